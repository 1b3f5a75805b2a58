//! The text of the mail (RFC 5322, 2045, 2047). Pings cannot change its header.
//!
//! The header is made from the configuration alone. In the body, text from strangers is one cleaned, indented line, so it
//! can neither end the mail nor imitate another part of it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use sha2::{Digest, Sha256};
use url::Host;

use crate::config::Config;
use crate::linkback::trackback::TbId;
use crate::moderation::decision_link::{DAYS, DecisionLink};
use crate::store::{Record, Secret};
use crate::text;

/// Bytes of text in an encoded word, which may have 75 characters in all.
const WORD: usize = 45;
/// Bytes of text in a line of Base64, which may have 76 characters.
const LINE: usize = 57;
/// Bytes in an unencoded line; the limit of SMTP is 998.
const LONGEST: usize = 900;

/// The mail, with `\n` at the end of each line.
pub(super) fn compose(
    config: &Config,
    address: &str,
    waiting: &WaitingPings,
    secret: Option<&Secret>,
    now: Timestamp,
) -> String {
    let name = text::clean(&config.site_name);
    let name = text::crop(&name, 100, "…");
    let link = |id: &TbId, record: &Record| {
        let link = DecisionLink {
            tb_id: id.as_str(),
            number: &record.id.to_string(),
            text_hash: &record.text_hash(),
        };
        link.url(config, secret?, now)
    };
    let body = body(config, &name, waiting, &link);
    let (encoding, body) = encode_body(body);
    let hash = text::hex(&Sha256::digest(&body));
    let id: String = hash.chars().take(24).collect();
    let host = match config.base_url.host() {
        Some(Host::Domain(host)) => host,
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => "tb.invalid",
    };
    let header = [
        format!("From: {address}"),
        format!("To: {address}"),
        format!(
            "Subject: {}",
            encode_words(&format!("Pings wait at {name}"))
        ),
        format!("Date: {}", date(now)),
        format!("Message-ID: <{}.{id}@{host}>", now.as_second()),
        "Auto-Submitted: auto-generated".to_owned(),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        format!("Content-Transfer-Encoding: {encoding}"),
    ];
    format!("{}\n\n{body}", header.join("\n"))
}

fn body(
    config: &Config,
    name: &str,
    waiting: &WaitingPings,
    link: &dyn Fn(&TbId, &Record) -> Option<String>,
) -> String {
    let mut moderate = config.base_url.clone();
    moderate.query_pairs_mut().append_pair("__mode", "moderate");
    let pings = match waiting.new {
        1 => "1 new ping waits".to_owned(),
        new => format!("{new} new pings wait"),
    };
    let mut out = format!(
        "{pings} for you at {name}, {} in all:\n{moderate}\n",
        waiting.all
    );
    let mut has_links = false;
    for (id, record) in &waiting.newest {
        out.push('\n');
        let title = waiting.titles.get(id).map(String::as_str);
        show(&mut out, title.unwrap_or(id.as_str()), record);
        if let Some(url) = link(id, record) {
            out.push_str(&format!("  Decide: {url}\n"));
            has_links = true;
        }
    }
    let more = waiting.new - waiting.newest.len().min(waiting.new);
    if more > 0 {
        out.push_str(&format!("\n… and {more} more.\n"));
    }
    if has_links {
        out.push_str(&format!(
            "\nThe page behind Decide has the buttons Approve, Junk and Delete. It needs no password, for {DAYS}\n\
             days: whoever you forward this mail to can decide too.\n"
        ));
    }
    out.push_str("\nThis mail comes at most once an hour; `notify` in tb.toml says to whom.\n");
    out
}

fn show(out: &mut String, entry: &str, record: &Record) {
    let why = record.explain();
    let lines = [
        ("Entry: ", entry),
        ("Title: ", &record.title),
        ("Text:  ", &record.excerpt),
        ("From:  ", &record.blog_name),
        ("URL:   ", &record.url),
        ("Why:   ", &why),
    ];
    for (name, value) in lines {
        let value = text::clean(value);
        if !value.is_empty() {
            out.push_str(&format!("  {name}{value}\n"));
        }
    }
}

/// The transfer encoding and the encoded body.
fn encode_body(body: String) -> (&'static str, String) {
    if body.is_ascii() && body.lines().all(|line| line.len() <= LONGEST) {
        return ("7bit", body);
    }
    let mut out = String::with_capacity(body.len() / 2 * 3);
    for line in body.as_bytes().chunks(LINE) {
        STANDARD.encode_string(line, &mut out);
        out.push('\n');
    }
    ("base64", out)
}

/// The text of a header field: unchanged, or in encoded words if it is not ASCII or looks like one.
fn encode_words(text: &str) -> String {
    if text.is_ascii() && !text.contains("=?") {
        return text.to_owned();
    }
    let mut words = vec![String::new()];
    for character in text.chars() {
        match words.last_mut() {
            Some(word) if word.len() + character.len_utf8() <= WORD => word.push(character),
            _ => words.push(character.to_string()),
        }
    }
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word)))
        .collect();
    words.join("\n ")
}

fn date(now: Timestamp) -> String {
    rfc2822::to_string(&now.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default()
}

/// A mail to the owner.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Header and body, with `\n` line ends, for `sendmail -t -i`.
    pub text: String,
    /// How many pings it is about.
    pub count: usize,
    /// All waiting pings, for `.notified`.
    pub(super) waiting: PingNumbers,
}

/// Numbers of pings by id.
pub(super) type PingNumbers = BTreeMap<String, BTreeSet<u64>>;

/// The pings that wait for the owner.
#[derive(Debug, Default)]
pub(super) struct WaitingPings {
    /// How many pings wait in all.
    pub(super) all: usize,
    /// How many of them were not in a mail before.
    pub(super) new: usize,
    /// The newest of the new ones.
    pub(super) newest: Vec<(TbId, Record)>,
    /// The titles of their entries, where they are known.
    pub(super) titles: BTreeMap<TbId, String>,
    /// All waiting pings.
    pub(super) numbers: PingNumbers,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_ascii_in_lines_of_78_and_says_the_same() {
        let text = format!("Pings wait at {}", "猫の話 ".repeat(40));
        let words = encode_words(&text);
        let mut decoded = Vec::new();
        for line in words.split('\n') {
            assert!(line.len() <= 76 && line.is_ascii(), "{line}");
            let word = line.trim_start();
            let word = word.strip_prefix("=?UTF-8?B?").unwrap();
            let word = STANDARD.decode(word.strip_suffix("?=").unwrap()).unwrap();
            // Each word must be whole characters.
            decoded.push(String::from_utf8(word).unwrap());
        }
        assert_eq!(decoded.concat(), text);
        assert_eq!(encode_words("Pings wait at home"), "Pings wait at home");
        assert!(encode_words("=?UTF-8?B?eA==?=").starts_with("=?UTF-8?B?PT9V"));
    }

    #[test]
    fn no_line_of_a_body_is_longer_than_mail_allows() {
        for body in [
            "x".repeat(5_000),
            "é".to_owned(),
            format!("{}\n", "y".repeat(899)),
        ] {
            let (_, encoded) = encode_body(body);
            assert!(encoded.is_ascii());
            assert!(encoded.lines().all(|line| line.len() <= 998));
        }
    }
}
