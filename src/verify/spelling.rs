//! Ways in which an address can spell a host so that its name stands nowhere in it. Pure.
//!
//! The values of its query together, or parts of its path: its labels, in order or reversed, or pieces of them; each as it
//! is, in base64 or base32, in hexadecimal digits, as codes of characters, or with other letters between its own.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use url::Url;

/// The most parts of an address that are looked at.
const MAX_PARTS: usize = 256;

/// Whether the values of an address or the parts of its path spell a host.
pub(super) fn is_spelt(address: &Url, host: &str) -> bool {
    let decode = |part: &str| {
        let part = percent_decode_str(part).decode_utf8_lossy();
        part.into_owned()
    };
    let values: Vec<String> = values(address).take(MAX_PARTS).map(decode).collect();
    if find_host(&values.concat(), host).is_some() {
        return true;
    }
    let path = decode(address.path());
    let in_path = path.split('/').take(MAX_PARTS).map(str::to_owned).collect();
    [values, in_path]
        .into_iter()
        .any(|parts| is_host_in(&parts, host))
}

fn is_host_in(parts: &[String], host: &str) -> bool {
    let backwards: String = host.chars().rev().collect();
    let labels: Vec<&str> = host.split('.').collect();
    let reversed: Vec<&str> = labels.iter().rev().copied().collect();
    let names = [
        labels.concat(),
        reversed.concat(),
        backwards.replace('.', ""),
    ];
    READINGS.iter().any(|read| {
        let texts: Vec<String> = parts.iter().map(|part| read(part)).collect();
        let is_in_one = texts
            .iter()
            .any(|text| find_host(text, &backwards).is_some() || find_host(text, host).is_some());
        let pieces = texts.iter().flat_map(|text| text.split('.'));
        let pieces: Vec<String> = pieces
            .filter(|piece| !piece.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        is_in_one || (labels.len() > 1 && names.iter().any(|name| is_joined(&pieces, name)))
    })
}

/// Whether some adjacent parts together are `name`; one alone proves nothing.
fn is_joined(parts: &[String], name: &str) -> bool {
    (0..parts.len()).any(|start| {
        let mut rest = name;
        for (number, part) in parts.iter().skip(start).enumerate() {
            match rest.strip_prefix(part.as_str()) {
                Some("") => return number > 0,
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        false
    })
}

/// How a part may be read; what is not text in a reading is nothing.
const READINGS: [fn(&str) -> String; 12] = [
    str::to_owned,
    |part| {
        let bare = part.trim_end_matches('=');
        let engines = [STANDARD_NO_PAD, URL_SAFE_NO_PAD];
        text(engines.iter().find_map(|engine| engine.decode(bare).ok()))
    },
    |part| {
        let pairs = part.as_bytes().chunks(2);
        let code = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        text(pairs.map(code).collect())
    },
    |part| text(codes(part, 10)),
    |part| text(codes(part, 16)),
    |part| text(u8::from_str(part).ok().map(|code| vec![code])),
    |part| text(u8::from_str_radix(part, 16).ok().map(|code| vec![code])),
    base64_at_start,
    |part| text_at_start(&base32(part)),
    |part| each(part, 2),
    |part| each(part, 3),
    |part| each(part, 4),
];

/// A part of an address as it is read: decoded, and what base64 and base32 make of it.
pub(super) fn readings(part: &str) -> [String; 3] {
    let part = part.replace('+', " ");
    let plain = percent_decode_str(&part).decode_utf8_lossy().into_owned();
    let (packed, other) = (base64_at_start(&plain), text_at_start(&base32(&plain)));
    [plain, packed, other]
}

/// The fewest characters of a text that is read at the start of a part: fewer are there by chance.
const MIN_AT_START: usize = 12;

/// The text that base64 at the start of a part is, whatever is behind it: a check sum, for one.
fn base64_at_start(part: &str) -> String {
    let is_sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | ' ');
    let end = part.find(|c| !is_sign(c)).unwrap_or(part.len());
    let signs = part.chars().take(end);
    let signs: String = signs
        .map(|sign| match sign {
            '-' | ' ' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let whole = signs.get(..signs.len() - signs.len() % 4);
    let bytes = STANDARD_NO_PAD.decode(whole.unwrap_or_default());
    text_at_start(&bytes.unwrap_or_default())
}

/// The bytes that a part is in base32, up to what is none.
fn base32(part: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for sign in part.bytes().map(|sign| sign.to_ascii_uppercase()) {
        let value = match sign {
            b'A'..=b'Z' => sign - b'A',
            b'2'..=b'7' => sign - b'2' + 26,
            _ => break,
        };
        bits = (bits << 5 | u32::from(value)) & 0xFFFF;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}

/// The printable text at the start of some bytes, if there is more than chance puts there.
fn text_at_start(bytes: &[u8]) -> String {
    let is_printable = |byte: &&u8| (b' '..=b'~').contains(*byte);
    let text: Vec<u8> = bytes.iter().take_while(is_printable).copied().collect();
    let text = String::from_utf8(text).unwrap_or_default();
    match text.len() >= MIN_AT_START {
        true => text,
        false => String::new(),
    }
}

/// Each `step`-th character of a part, from each of its first ones.
fn each(part: &str, step: usize) -> String {
    let from = |start| part.chars().skip(start).step_by(step);
    let all = (0..step).map(|start| from(start).collect::<String>());
    all.collect::<Vec<_>>().join(" ")
}

/// The numbers in a part, if there are several.
fn codes(part: &str, radix: u32) -> Option<Vec<u8>> {
    let codes = part.split(|letter: char| !letter.is_digit(radix));
    let codes = codes.filter(|code| !code.is_empty());
    let bytes: Vec<u8> = codes
        .filter_map(|code| u8::from_str_radix(code, radix).ok())
        .collect();
    (bytes.len() > 1).then_some(bytes)
}

/// The text that bytes are, if they are printable ASCII; else nothing.
fn text(bytes: Option<Vec<u8>>) -> String {
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let is_printable = |text: &String| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    text.filter(is_printable).unwrap_or_default()
}

/// The values of a query, without their names.
pub(super) fn values(address: &Url) -> impl Iterator<Item = &str> {
    let pairs = address.query().unwrap_or_default().split(['&', ';']);
    pairs.map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value))
}

/// The position of `host` in `text`, ignoring case, as whole labels.
pub(super) fn find_host(text: &str, host: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let goes_on = |c: char| c.is_alphanumeric() || c == '-';
    let whole = |at: &usize| {
        let before = text
            .get(..*at)
            .and_then(|before| before.chars().next_back());
        let after = text
            .get(at + host.len()..)
            .and_then(|after| after.chars().next());
        !before.is_some_and(goes_on) && !after.is_some_and(goes_on)
    };
    lower.match_indices(host).map(|(at, _)| at).find(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str, separator: &str, spell: impl Fn(u8) -> String) -> String {
        let codes: Vec<String> = text.bytes().map(spell).collect();
        codes.join(separator)
    }

    #[test]
    fn f6_a_host_in_pieces_or_in_codes_is_found() {
        let base64 = |text: &str| STANDARD_NO_PAD.encode(text);
        let decimal = |code: u8| code.to_string();
        let hexadecimal = |code: u8| format!("{code:02x}");
        let escape = |code: u8| format!("%5Cu{code:04x}");
        let url = "http://blog.example/posts";
        for address in [
            "?a=http://bl&b=og.exa&c=mple/posts/hello/".to_owned(),
            "?a=bl;b=og;c=.example".to_owned(),
            "?b&l&o&g&.&e&x&a&m&p&l&e".to_owned(),
            "r/blog/example/".to_owned(),
            "r/example.blog/".to_owned(),
            "r/example/blog/posts".to_owned(),
            "r/Blog%2Fexample/".to_owned(),
            "r/bl/og/exam/ple".to_owned(),
            "r/b/l/o/g/e/x/a/m/p/l/e".to_owned(),
            "r/elpmaxe.golb/".to_owned(),
            format!("r/{}/{}", base64("blog"), base64("example")),
            format!("r/{}", joined("blog.example", "", hexadecimal)),
            format!(
                "r/{}/{}",
                joined("blog", "", hexadecimal),
                joined("example", "", hexadecimal)
            ),
            format!("r/{}", joined(url, "-", decimal)),
            format!("r/{}", joined(url, "/", decimal)),
            format!("r/{}", joined(url, "/", hexadecimal)),
            format!("?u={}", joined(url, ",", decimal)),
            format!("?u={}", joined(url, "", escape)),
            format!("?{}", joined(url, "&", decimal)),
            format!("?{}", joined(url, "&", |code| format!("n={code}"))),
            "r/NB2HI4DTHIXS6YTMN5TS4ZLYMFWXA3DFF5YG643UOMXWQZLMNRXS6===".to_owned(),
            "r/A-fine-reply/nb2hi4dthixs6ytmn5ts4zlymfwxa3dff5yg643uomxwqzlmnrxs6".to_owned(),
            "?u=NB2HI4DTHIXS6YTMN5TS4ZLYMFWXA3DFF5YG643UOMXWQZLMNRXS6%3D%3D%3D".to_owned(),
            format!("?u={}f00dcafe", base64("http://blog.example/posts/")),
            format!("r/{}-1234abcd", base64("http://blog.example/posts/hi/")),
            format!(
                "?u={}",
                joined(url, "", |byte| format!("{}zz", char::from(byte)))
            ),
            format!(
                "?u={}",
                joined(url, "", |byte| format!("q{}", char::from(byte)))
            ),
            format!(
                "r/{}",
                joined("blog.example", "", |byte| format!("{}_", char::from(byte)))
            ),
        ] {
            let full = Url::parse(&format!("https://e.example/{address}")).unwrap();
            assert!(is_spelt(&full, "blog.example"), "{address}");
        }
        for address in [
            "blog/an-example/",
            "examples/blog/",
            "blogexample/",
            "?a=blog&b=cats",
            "?tag=web&q=log.example",
            "2026/11/28/98/108/111/103/",
            "?p=123&page=2",
            "about-blog-example",
            "",
        ] {
            let full = Url::parse(&format!("https://e.example/{address}")).unwrap();
            assert!(!is_spelt(&full, "blog.example"), "{address}");
        }
    }
}
