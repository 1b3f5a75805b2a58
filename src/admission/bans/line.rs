//! A line of `.bans`: the subject of a ban, and its end.
//!
//! ```text
//! # a comment
//! address 203.0.113.0/24
//! address 2001:db8::/32 until 2026-12-20T00:00:00Z
//! domain spam.example     # and all below it
//! tenant medium.com/@spam/
//! word cheap pills
//! ```

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};
use jiff::Timestamp;
use url::{Host, Url};

use super::word;
use crate::admission::domains::{Approval, Approvals};
use crate::admission::publisher::{self, Publisher};
use crate::text;
use crate::urls::split_port;

/// What is banned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BanSubject<'text> {
    /// Addresses of senders, and of permalinks whose host is an address; never an IPv4-mapped IPv6 address.
    Address(IpNet),
    /// Permalinks at a domain and its subdomains, in Punycode.
    Domain(Cow<'text, str>),
    /// Permalinks of one person on a host that many share; never a whole host.
    Tenant(Publisher),
    /// A word or phrase in a ping.
    Word(Cow<'text, str>),
}

/// A ban.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban<'text> {
    /// What is banned.
    pub what: BanSubject<'text>,
    /// When the ban ends, if it does.
    pub until: Option<Timestamp>,
}

impl BanSubject<'_> {
    /// Guesses the subject from its form: an address, a prefix, a domain, or a URL, which stands for its registrable
    /// domain, or for its publisher where many people share that.
    pub fn guess(text: &str) -> Option<BanSubject<'static>> {
        let text = text.trim();
        // Parsers of URLs drop line ends and tabs, which would join two names.
        if text.contains(char::is_control) {
            return None;
        }
        if text.contains("://") {
            let publisher = Publisher::of(&Url::parse(text).ok()?)?;
            return BanSubject::of_publisher(publisher);
        }
        // As in a URL: a ban is of all ports.
        let text = split_port(text).0;
        let in_brackets = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if let Some(address) = address(in_brackets.unwrap_or(text)) {
            return Some(BanSubject::Address(address));
        }
        if let Some(tenant) = tenant(text).or_else(|| typed_tenant(text)) {
            return Some(BanSubject::Tenant(tenant));
        }
        // A name without a dot is more likely meant as a word.
        let dotted = text.trim_matches('.').contains('.');
        let host = host(text).filter(|_| dotted)?;
        Some(BanSubject::Domain(host.to_ascii_lowercase().into()))
    }

    /// What is wrong with a prefix of addresses, if `text` is meant to be one.
    pub fn prefix_fault(text: &str) -> Option<String> {
        let (address, length) = text.trim().split_once('/')?;
        let address: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
        let (version, most, narrow) = match address {
            IpAddr::V4(_) => (4, 32, 24),
            IpAddr::V6(_) => (6, 128, 48),
        };
        let net = length.parse().map(|length| IpNet::new(address, length));
        let Ok(Ok(net)) = net else {
            return Some(format!(
                "the prefix of an IPv{version} address is a number up to {most}"
            ));
        };
        let all = net.trunc();
        // `203.0.113.7/24` is often written for the network of an address.
        (all != net && net.prefix_len() < narrow)
            .then(|| format!("`{net}` would be all of `{all}`; write that if it is meant"))
    }

    /// The widest subject that is one publisher's: a tenant, an address, a domain, or a host of a domain that many share.
    /// `None` for a host that many share.
    pub fn of_publisher(publisher: Publisher) -> Option<BanSubject<'static>> {
        if !publisher.is_host() {
            return Some(BanSubject::Tenant(publisher));
        }
        let host = publisher.host_without_port();
        if let Some(address) = address(host) {
            return Some(BanSubject::Address(address));
        }
        let domain = publisher.domain();
        let banned = match publisher::is_shared(domain) {
            false => domain,
            true if host != domain && !publisher::has_tenants(host) => host,
            true => return None,
        };
        Some(BanSubject::Domain(banned.to_owned().into()))
    }

    /// Whether the publisher is this tenant. Platforms do not distinguish names by their case.
    pub(super) fn is_tenant(&self, publisher: &Publisher) -> bool {
        matches!(self, BanSubject::Tenant(banned) if banned.is_spelt_like(publisher))
    }

    /// Which approvals are of publishers whose pings this refuses.
    pub fn approvals_within<'a>(
        &self,
        approvals: &'a Approvals,
    ) -> impl Iterator<Item = &'a Approval> {
        approvals.iter().filter(move |approval| {
            let host = match approval {
                Approval::Publisher(publisher) => publisher.host_without_port(),
                Approval::Domain(domain) | Approval::Legacy(domain) => domain,
            };
            match self {
                BanSubject::Address(net) => {
                    host.parse::<IpAddr>().is_ok_and(|it| net.contains(&it))
                }
                BanSubject::Domain(banned) => is_within(host, banned),
                BanSubject::Tenant(_) => matches!(approval,
                    Approval::Publisher(publisher) if self.is_tenant(publisher)),
                BanSubject::Word(_) => false,
            }
        })
    }

    /// A word or phrase; `None` if it has fewer than two letters, because it would match everywhere.
    pub fn word(text: &str) -> Option<BanSubject<'static>> {
        let text = text::clean(text);
        let mut folded = String::new();
        word::fold(&text, &mut folded);
        (!word::is_too_short(&folded)).then_some(BanSubject::Word(text.into()))
    }

    /// The keyword at the start of the line.
    pub fn kind(&self) -> &'static str {
        match self {
            BanSubject::Address(_) => "address",
            BanSubject::Domain(_) => "domain",
            BanSubject::Tenant(_) => "tenant",
            BanSubject::Word(_) => "word",
        }
    }

    /// Whether both ban the same.
    pub fn is_same(&self, other: &BanSubject<'_>) -> bool {
        let fold = |text: &str| {
            let mut folded = String::new();
            word::fold(text, &mut folded);
            folded
        };
        match (self, other) {
            (BanSubject::Word(a), BanSubject::Word(b)) => fold(a) == fold(b),
            _ => self == other,
        }
    }
}

/// The address, domain, tenant or phrase.
impl fmt::Display for BanSubject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BanSubject::Address(net) if net.prefix_len() == net.max_prefix_len() => {
                write!(f, "{}", net.addr())
            }
            BanSubject::Address(net) => write!(f, "{net}"),
            BanSubject::Tenant(publisher) => publisher.fmt(f),
            BanSubject::Domain(text) | BanSubject::Word(text) => f.write_str(text),
        }
    }
}

/// The line, without its newline.
impl fmt::Display for Ban<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what.kind(), self.what)?;
        match self.until {
            Some(until) => write!(f, " until {until}"),
            None => Ok(()),
        }
    }
}

/// Parses a line without normalising it, checking only that it is valid; `None` for a blank line or a comment.
pub(super) fn parse(line: &[u8]) -> Result<Option<Ban<'_>>, &'static str> {
    let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (kind, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim_start();
    if rest.is_empty() {
        return Err("a line is `address`, `domain`, `tenant` or `word` and what is banned");
    }
    let (what, until) = match kind {
        "word" => {
            let (phrase, until) = phrase_and_end(rest)?;
            // Folding is slow, and two ASCII letters or digits are proof enough.
            let letters = phrase.bytes().filter(u8::is_ascii_alphanumeric).take(2);
            if letters.count() < 2 && BanSubject::word(phrase).is_none() {
                return Err("a word has more than a single letter");
            }
            (BanSubject::Word(phrase.into()), until)
        }
        "address" | "domain" | "tenant" => {
            let (what, end) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let what = match kind {
                "address" => BanSubject::Address(address(what).ok_or(
                    "not an address or a prefix such as `203.0.113.0/24` or `2001:db8::/32`",
                )?),
                "tenant" => BanSubject::Tenant(
                    tenant(what)
                        .ok_or("not one person's part of a host, such as `medium.com/@name/`")?,
                ),
                _ => BanSubject::Domain(host(what).ok_or("not a domain such as `spam.example`")?),
            };
            (what, end_of(end)?)
        }
        _ => return Err("a line begins with `address`, `domain`, `tenant` or `word`"),
    };
    Ok(Some(Ban { what, until }))
}

impl Ban<'_> {
    /// Parses a line of the file.
    pub fn parse(line: &str) -> Option<Ban<'static>> {
        parse(line.as_bytes()).ok()?.map(Ban::into_owned)
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Normalised: the domain in lower case, the phrase on one line.
    pub(super) fn into_owned(self) -> Ban<'static> {
        let what = match self.what {
            BanSubject::Address(net) => BanSubject::Address(net),
            BanSubject::Domain(host) => BanSubject::Domain(host.to_ascii_lowercase().into()),
            BanSubject::Tenant(publisher) => BanSubject::Tenant(publisher),
            BanSubject::Word(phrase) => BanSubject::Word(text::clean(&phrase).into()),
        };
        let until = self.until;
        Ban { what, until }
    }
}

/// Whether `host` is `domain` or a subdomain, ignoring ASCII case.
pub(super) fn is_within(host: &str, domain: &str) -> bool {
    let Some(before) = host.len().checked_sub(domain.len()) else {
        return false;
    };
    let (above, end) = host.split_at_checked(before).unwrap_or((host, ""));
    end.eq_ignore_ascii_case(domain) && (above.is_empty() || above.ends_with('.'))
}

/// An address or a prefix, with its host bits cleared; IPv4-mapped IPv6 becomes IPv4.
fn address(text: &str) -> Option<IpNet> {
    let net: IpNet = match text.parse::<IpAddr>() {
        Ok(address) => address.into(),
        Err(_) => text.parse().ok()?,
    };
    let net = net.trunc();
    if let IpNet::V6(v6) = net
        && let Some(v4) = v6.addr().to_ipv4_mapped()
        && let Some(prefix) = v6.prefix_len().checked_sub(96)
    {
        return Ipv4Net::new(v4, prefix).ok().map(IpNet::V4);
    }
    Some(net)
}

/// A publisher that is not a whole host.
fn tenant(text: &str) -> Option<Publisher> {
    Publisher::parse(text)
        .filter(|publisher| !publisher.is_host() && publisher.host().contains(['.', ':']))
}

/// The same without the slash at its end, if that is whose the pages are.
fn typed_tenant(text: &str) -> Option<Publisher> {
    let text = format!("{text}/");
    let url = Url::parse(&format!("http://{text}")).ok()?;
    tenant(&text).filter(|tenant| Publisher::of(&url).as_ref() == Some(tenant))
}

/// A host name in ASCII, without `*.` and dots around it; `None` for an address and anything else.
fn host(text: &str) -> Option<Cow<'_, str>> {
    let text = text.strip_prefix("*.").unwrap_or(text).trim_matches('.');
    if text.is_ascii() {
        return is_name(text).then_some(Cow::Borrowed(text));
    }
    match Host::parse(text).ok()? {
        Host::Domain(host) => {
            let host = host.trim_matches('.');
            is_name(host).then(|| Cow::Owned(host.to_owned()))
        }
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    // A name whose last label is a number is an address, in whatever notation.
    let ends_in_a_name = text.rsplit('.').next().is_some_and(|label| {
        label.contains(|letter: char| !letter.is_ascii_digit()) && !label.starts_with("0x")
    });
    ends_in_a_name && text.len() <= 253 && !text.contains("..") && text.bytes().all(plain)
}

/// A phrase and the end of its ban. `wait until dawn` is all phrase.
fn phrase_and_end(rest: &str) -> Result<(&str, Option<Timestamp>), &'static str> {
    match rest.rsplit_once(" until ") {
        Some((phrase, end))
            if end
                .trim_start()
                .starts_with(|first: char| first.is_ascii_digit()) =>
        {
            Ok((phrase.trim_end(), Some(time(end.trim())?)))
        }
        _ => Ok((rest, None)),
    }
}

/// Parses the rest of an address or domain line: the end of the ban, a comment, or nothing.
fn end_of(rest: &str) -> Result<Option<Timestamp>, &'static str> {
    let rest = rest.split('#').next().unwrap_or_default().trim();
    if rest.is_empty() {
        return Ok(None);
    }
    let end = rest
        .strip_prefix("until ")
        .ok_or("only `until` and a time may follow")?;
    time(end.trim()).map(Some)
}

fn time(text: &str) -> Result<Timestamp, &'static str> {
    text.parse()
        .map_err(|_| "`until` needs a time such as `2026-12-20T00:00:00Z`")
}

#[cfg(test)]
mod tests;
