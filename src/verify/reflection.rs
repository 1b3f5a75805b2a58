//! Echoes: a page that repeats the contents of its own address links to any site. Pure: nothing is fetched.
//!
//! A page is suspected if its address contains the site's host, in any spelling or encoding that such pages decode:
//! percent-encoded up to three times, base64, HTML character references, and characters that a URL parser drops or maps
//! (soft hyphens, tabs, full stops of other scripts). The proof is a request for the same address with another host.
//!
//! The host may also be in an encoding that is not known, or split between several values. So the page is requested with
//! one letter of each value changed: if its link changes by a letter, too, the link is made from the value. If it has a
//! completely different link, or none, that proves nothing, since the address may select the page. Only if a value is
//! long enough to hold a packed URL, and is not made of words, the link must stay. Of several words each is changed, for a
//! page may show only some of them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{percent_decode, percent_decode_str, utf8_percent_encode};
use url::{Position, Url};

use super::changed_words::{ESCAPED, with_letter_changed, with_words_changed};
use super::spelling::{self, find_host, values};
use crate::urls::bare_host;

/// How many layers of encoding are undone.
const MAX_LEVELS: usize = 3;

/// How many words of one part of an address are tried as hosts.
const MAX_WORDS: usize = 64;

/// The shortest base64 text that can hold a URL, in characters.
const MIN_BASE64: usize = 12;

/// How many characters of a link may change with the values: two characters of one value, percent-encoded, or one each
/// of several values.
const MAX_CHANGED: usize = 6;

/// The shortest value that can hold a packed URL, in letters and digits, and in hexadecimal digits.
const MIN_PACKED: usize = 20;
const MIN_PACKED_HEX: usize = 40;

/// The longest value that may be one character, in a code, of a URL.
const MAX_PIECE: usize = 3;

/// More digits than any number of an entry has: a URL written as one number.
const MIN_NUMBER: usize = 21;

/// The fewest digits that can be a text by themselves, such as a telephone number.
const MIN_SAID: usize = 8;

/// The names of values, and of folders, that are what somebody searches for.
const SEARCHES: [&str; 14] = [
    "find",
    "k",
    "key",
    "keyword",
    "keywords",
    "keys",
    "query",
    "q",
    "recherche",
    "s",
    "search",
    "suche",
    "term",
    "words",
];

/// The fewest codes of characters that can be a URL.
const MIN_CODES: usize = 10;

/// Whether the address of a page contains one of the site's hosts.
pub(crate) fn names_site(address: &Url, site: &[Url]) -> bool {
    let host = address.host_str().unwrap_or_default();
    let is_named = |own: &String| {
        // Translation proxies write the dots of a host as hyphens.
        find_host(host, own).is_some()
            || host.split('.').any(|label| label == own.replace('.', "-"))
    };
    let hosts = hosts(site);
    hosts.iter().any(is_named)
        || hosts.iter().any(|own| spelling::is_spelt(address, own))
        || probe(address, site, "").is_some()
}

/// The address with `other` in place of the site's host; `None` if the site's host is not in its path, query or
/// fragment.
pub(crate) fn probe(address: &Url, site: &[Url], other: &str) -> Option<Url> {
    let hosts = hosts(site);
    let mut changed = address[..Position::BeforePath].to_owned();
    let mut found = false;
    let mut push = |text: &str, separators: &[char]| {
        for piece in text.split_inclusive(separators) {
            let part = piece.trim_end_matches(separators);
            let separator = piece.get(part.len()..).unwrap_or_default();
            let new = replace_encoded(part, &hosts, other);
            found |= new.is_some();
            changed.push_str(new.as_deref().unwrap_or(part));
            changed.push_str(separator);
        }
    };
    // A whole value may be base64, which contains slashes; otherwise it is split like a path.
    push(
        &address[Position::BeforePath..Position::AfterPath],
        &['/', '=', ';', '&'],
    );
    if let Some(query) = address.query() {
        push("?", &['?']);
        for pair in query.split_inclusive(['&', ';']) {
            match pair.split_once('=') {
                Some((name, value)) => {
                    push(name, &['=']);
                    push("=", &['=']);
                    push(value, &['&', ';']);
                }
                None => push(pair, &['&', ';', '/']),
            }
        }
    }
    if let Some(fragment) = address.fragment() {
        push("#", &['#']);
        push(fragment, &['/', '?', '&', '=', ';']);
    }
    if found {
        Url::parse(&changed).ok()
    } else {
        None
    }
}

/// An address with letters changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Altered {
    pub(crate) address: Url,
    /// Whether a changed value may be a packed URL, which any change destroys.
    pub(crate) may_be_packed: bool,
    /// How many letters were changed.
    pub(crate) changed: usize,
}

/// The address with one letter of each query value changed, of several words one of each, or of its path if that seems to
/// hold a value or a sentence; `None` if there is no such value.
pub(crate) fn altered(address: &Url) -> Option<Altered> {
    let mut altered = address.clone();
    let mut may_be_packed = false;
    // Many values of few characters may be the characters of a URL.
    let is_in_pieces = pieces(address) >= MIN_CODES;
    may_be_packed |= is_in_pieces;
    let mut change = |value: &str| {
        if is_in_pieces && value.len() <= MAX_PIECE {
            return with_last_changed(value);
        }
        let lettered = with_words_changed(value).or_else(|| with_letter_changed(value));
        let coded = with_code_changed(value).filter(|_| lettered.is_none());
        // A page may show nothing but digits.
        let numbered = with_number_changed(lettered.as_deref().unwrap_or(value));
        let changed = coded.or(numbered).or(lettered)?;
        may_be_packed |= is_packed(value);
        Some(changed)
    };
    let query = address.query().and_then(|query| {
        let mut found = false;
        let pairs: Vec<String> = query
            .split('&')
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or(("", pair));
                // A page that shows the name of a value shows what its sender says.
                let (new_name, new) = (with_name_changed(name), change(value));
                found |= new_name.is_some() || new.is_some();
                let name = new_name.as_deref().unwrap_or(name);
                let value = new.as_deref().unwrap_or(value);
                match pair.contains('=') {
                    true => format!("{name}={value}"),
                    false => value.to_owned(),
                }
            })
            .collect();
        found.then(|| pairs.join("&"))
    });
    match query {
        Some(query) => altered.set_query(Some(&query)),
        None => {
            let path = address.path();
            let has_value = path.contains("//")
                || path.contains(':')
                || path.to_ascii_lowercase().contains("%3a")
                || path.split('/').any(is_packed);
            if has_value {
                may_be_packed = path.split('/').any(is_packed);
                altered.set_path(&with_letter_changed(path)?);
            } else {
                altered.set_path(&with_names_changed(path)?);
            }
        }
    }
    let parts = changed_parts(address, &altered);
    let letters = parts
        .iter()
        .flat_map(|(own, other)| own.chars().zip(other.chars()));
    Some(Altered {
        changed: letters.filter(|(own, other)| own != other).count(),
        address: altered,
        may_be_packed,
    })
}

/// The address with a letter of each word changed of one name in its path, where on most sites nothing is then: of the one
/// with the largest `share`, or else of the last; `None` if it has a query, or no letters in its path. Numbers stay: the
/// entries of many sites differ in them alone.
pub(crate) fn neighbour(address: &Url, share: impl Fn(&str) -> usize) -> Option<Url> {
    let mut names: Vec<String> = address.path().split('/').map(str::to_owned).collect();
    let changed = names
        .iter()
        .enumerate()
        .filter_map(|(at, name)| Some((share(name), at, with_title_changed(name)?)));
    let chosen = changed.max_by_key(|(share, at, _)| (*share, *at));
    let (_, at, changed) = chosen.filter(|_| address.query().is_none())?;
    *names.get_mut(at)? = changed;
    let mut other = address.clone();
    other.set_path(&names.join("/"));
    Some(other)
}

/// The endings of names that say of what kind a page is.
const ENDINGS: [&str; 9] = [
    ".html", ".htm", ".xhtml", ".shtml", ".php", ".asp", ".aspx", ".jsp", ".cgi",
];

/// A name in a path with its words changed, but for such an ending.
fn with_title_changed(name: &str) -> Option<String> {
    let ending = ENDINGS.iter().find(|ending| name.ends_with(**ending));
    let (name, ending) = match ending {
        Some(ending) => (name.strip_suffix(ending)?, *ending),
        None => (name, ""),
    };
    let changed = with_words_changed(name).or_else(|| with_letter_changed(name))?;
    Some(changed + ending)
}

/// The names in an address's path and the values of its query.
pub(super) fn parts(address: &Url) -> impl Iterator<Item = &str> {
    let text = &address[Position::BeforePath..Position::AfterQuery];
    text.split(['/', '?', '&', '=', ';'])
}

/// How many values of a query are as short as a character or its code.
fn pieces(address: &Url) -> usize {
    let is_piece = |value: &&str| (1..=MAX_PIECE).contains(&value.len());
    values(address).filter(is_piece).count()
}

/// A name with its words changed, if it is a sentence: any other may be what the page reads a value by, or is found by.
fn with_name_changed(name: &str) -> Option<String> {
    let is_sentence = name.contains('+') || name.contains("%20");
    with_words_changed(name).filter(|_| is_sentence)
}

/// A path with the words of each name that is a sentence changed; `None` if none is.
fn with_names_changed(path: &str) -> Option<String> {
    let mut found = false;
    let names = path.split('/').map(|name| {
        let new = with_name_changed(name);
        found |= new.is_some();
        new.unwrap_or_else(|| name.to_owned())
    });
    let path = names.collect::<Vec<_>>().join("/");
    found.then_some(path)
}

/// The digits of a text that are a text by themselves, and the position behind them: those with no letter among them, if
/// they are not a date.
fn digits(text: &str) -> Option<(String, usize)> {
    let mut runs = vec![(String::new(), 0)];
    for (at, character) in text.char_indices() {
        match (character.is_ascii_digit(), runs.last_mut()) {
            (true, Some((run, end))) => {
                run.push(character);
                *end = at + 1;
            }
            _ if character.is_alphabetic() => runs.push((String::new(), 0)),
            _ => {}
        }
    }
    runs.into_iter().find(|(run, _)| {
        let is_date = run.len() == 8 && (run.starts_with("19") || run.starts_with("20"));
        run.len() >= MIN_SAID && !is_date
    })
}

/// The digits in a value that are a text by themselves.
pub(crate) fn number(value: &str) -> Option<String> {
    digits(&decoded(value)).map(|(digits, _)| digits)
}

/// A value with the last digit of its [`number`] changed, and all else as it is spelt: the page may read it in any charset.
fn with_number_changed(value: &str) -> Option<String> {
    let text = decoded(value);
    let (number, end) = digits(&text)?;
    let last = if number.ends_with('9') { "8" } else { "9" };
    let before = text.get(..end)?.bytes().filter(u8::is_ascii_digit).count();
    let (from, to) = spelt_digits(value).nth(before.checked_sub(1)?)?;
    Some(format!("{}{last}{}", value.get(..from)?, value.get(to..)?))
}

/// Where each digit of a value is spelt, itself or as an escape.
fn spelt_digits(value: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let (from, rest) = (at, value.as_bytes().get(at..)?);
            let (byte, length) = match rest {
                [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    let code = percent_decode(rest.get(..3)?).next();
                    (code?, 3)
                }
                [byte, ..] => (*byte, 1),
                [] => return None,
            };
            at += length;
            if byte.is_ascii_digit() {
                return Some((from, at));
            }
        }
    })
}

/// What an address searches for, in words.
pub(crate) fn searched(address: &Url) -> Vec<String> {
    let text = &address[Position::BeforePath..Position::AfterQuery];
    let parts: Vec<&str> = text.split(['/', '?', '&', '=', ';']).collect();
    let pairs = parts.iter().zip(parts.iter().skip(1));
    let sought = pairs.filter(|(name, value)| {
        SEARCHES.contains(&name.to_ascii_lowercase().as_str()) && with_name_changed(value).is_some()
    });
    sought.map(|(_, value)| decoded(value)).collect()
}

/// A part of an address as people read it.
fn decoded(part: &str) -> String {
    let part = part.replace('+', " ");
    percent_decode_str(&part).decode_utf8_lossy().into_owned()
}

/// A short value with its last letter or digit changed.
fn with_last_changed(value: &str) -> Option<String> {
    let (last, before) = value.as_bytes().split_last()?;
    let changed = match last {
        b'0'..=b'8' | b'a'..=b'y' | b'A'..=b'Y' => last + 1,
        b'9' | b'z' | b'Z' => last - 1,
        _ => return None,
    };
    String::from_utf8([before, &[changed]].concat()).ok()
}

/// The parts of an address that differ from those of the altered one, and what they have become; both decoded.
pub(crate) fn changed_parts(address: &Url, altered: &Url) -> Vec<(String, String)> {
    let parts = |address: &Url| -> Vec<String> {
        let text = &address[Position::BeforePath..Position::AfterQuery];
        text.split(['/', '?', '&', '=', ';']).map(decoded).collect()
    };
    let pairs = parts(address).into_iter().zip(parts(altered));
    pairs.filter(|(own, other)| own != other).collect()
}

/// Whether a value may be a packed URL written in letters and digits, that is, neither words nor a number.
fn is_packed(value: &str) -> bool {
    let value: Vec<u8> = percent_decode_str(value).collect();
    // Readable base64 was already searched for the host.
    let is_text = [STANDARD_NO_PAD, URL_SAFE_NO_PAD].iter().any(|engine| {
        let padding = value.iter().rev().take_while(|byte| **byte == b'=').count();
        let bare = value.get(..value.len() - padding).unwrap_or_default();
        let decoded = engine.decode(bare).ok();
        let text = decoded.and_then(|decoded| String::from_utf8(decoded).ok());
        text.is_some_and(|text| !text.contains(char::is_control))
    });
    if is_text || !value.is_ascii() {
        return false;
    }
    if value.len() >= MIN_PACKED_HEX && value.iter().all(u8::is_ascii_hexdigit) {
        return true;
    }
    if is_of_codes(&value) {
        return true;
    }
    let kind = |byte: &u8| match byte {
        b'A'..=b'Z' => 0,
        b'a'..=b'z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let changes = value.iter().zip(value.iter().skip(1));
    let changes = changes
        .filter(|(one, next)| kind(one) != kind(next))
        .count();
    let has_all = (0..3).all(|wanted| value.iter().any(|byte| kind(byte) == wanted));
    // Words consist of runs of letters of one kind.
    value.len() >= MIN_PACKED && has_all && changes * 20 > value.len() * 11
}

/// Whether a value consists of the codes of characters, or of escapes of them, as many as the shortest URL has; or of
/// one number that is as long.
fn is_of_codes(value: &[u8]) -> bool {
    if value.len() >= MIN_NUMBER && value.iter().all(u8::is_ascii_digit) {
        return true;
    }
    let numbers = value.split(|byte| !byte.is_ascii_digit());
    let numbers = numbers.filter(|number| !number.is_empty()).count();
    let has_letters = value.iter().any(u8::is_ascii_alphabetic);
    let escapes = value.iter().filter(|byte| **byte == b'\\').count();
    (numbers >= MIN_CODES && !has_letters) || escapes >= MIN_CODES
}

/// A value of codes with a digit changed: the last of its first three quarters.
fn with_code_changed(value: &str) -> Option<String> {
    let decoded = percent_decode_str(value).decode_utf8().ok()?;
    let mut bytes = decoded.as_bytes().to_vec();
    if !is_of_codes(&bytes) {
        return None;
    }
    let most = (bytes.len() * 3).div_ceil(4);
    let digit = bytes
        .iter_mut()
        .take(most)
        .rfind(|byte| byte.is_ascii_digit())?;
    *digit = match *digit {
        b'9' => b'8',
        other => other + 1,
    };
    let changed = String::from_utf8(bytes).ok()?;
    Some(utf8_percent_encode(&changed, &ESCAPED).to_string())
}

/// Whether `other` differs from `link` in a few characters, or in as many as letters of the address were changed.
pub(crate) fn is_nearly_equal(other: &Url, link: &Url, letters: usize) -> bool {
    let (other, link) = (other.as_str(), link.as_str());
    if other == link {
        return false;
    }
    let shorter = other.len().min(link.len());
    let same = |(a, b): &(u8, u8)| a == b;
    let changed = other.bytes().zip(link.bytes()).filter(|pair| !same(pair));
    // A word has three letters at least, and stands apart.
    let most = MAX_CHANGED.max(letters.min(link.len() / 4));
    if other.len() == link.len() && changed.count() <= most {
        return true;
    }
    let before = other.bytes().zip(link.bytes()).take_while(same).count();
    let behind = other.bytes().rev().zip(link.bytes().rev());
    let behind = behind.take(shorter - before).take_while(same).count();
    other.len().max(link.len()) - before - behind <= MAX_CHANGED
}

/// The hosts of the site, without `www.`.
fn hosts(site: &[Url]) -> Vec<String> {
    let hosts = site.iter().map(|url| bare_host(url).to_owned());
    hosts.filter(|host| !host.is_empty()).collect()
}

/// Decodes a part of an address until it contains one of `hosts`, puts `other` there, and encodes it as often again.
fn replace_encoded(part: &str, hosts: &[String], other: &str) -> Option<String> {
    let mut text = part.to_owned();
    for level in 0..=MAX_LEVELS {
        let new =
            replace_host(&text, hosts, other).or_else(|| replace_in_base64(&text, hosts, other));
        if let Some(mut new) = new {
            for _ in 0..level {
                new = utf8_percent_encode(&new, &ESCAPED).to_string();
            }
            return Some(new);
        }
        text = percent_decode_str(&text).decode_utf8_lossy().into_owned();
    }
    None
}

fn replace_in_base64(text: &str, hosts: &[String], other: &str) -> Option<String> {
    let bare = text.trim_end_matches(['=', '.']);
    if bare.len() < MIN_BASE64 {
        return None;
    }
    [STANDARD_NO_PAD, URL_SAFE_NO_PAD]
        .iter()
        .find_map(|engine| {
            let decoded = String::from_utf8(engine.decode(bare).ok()?).ok()?;
            // The decoded text may be percent-encoded, too.
            let plain = percent_decode_str(&decoded).decode_utf8_lossy();
            let new = replace_host(&decoded, hosts, other)
                .or_else(|| replace_host(&plain, hosts, other))?;
            let padding = (4 - engine.encode(&new).len() % 4) % 4;
            let padding = if text.len() > bare.len() { padding } else { 0 };
            Some(engine.encode(new) + &"=".repeat(padding))
        })
}

fn replace_host(text: &str, hosts: &[String], other: &str) -> Option<String> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((at, host)) = hosts
        .iter()
        .find_map(|host| Some((find_host(rest, host)?, host)))
    {
        let (before, named) = rest.split_at_checked(at)?;
        out.push_str(before);
        out.push_str(other);
        rest = named.get(host.len()..)?;
    }
    if rest.len() < text.len() {
        return Some(out + rest);
    }
    // As a browser would read the link: character references are decoded, and the URL parser drops line ends and tabs,
    // and further characters in the host.
    let text: String = without_references(text)
        .chars()
        .filter(|c| !matches!(c, '\t' | '\r' | '\n'))
        .collect();
    let named = |word: &&str| {
        let named = Url::parse(&format!("http://{word}/"));
        named.is_ok_and(|named| hosts.iter().any(|own| own == bare_host(&named)))
    };
    let separators = |c: char| c.is_whitespace() || "/?#&=:@\\\"'<>()[]{}|,;^`".contains(c);
    let words = text.split(separators).filter(|word| !word.is_empty());
    let word = words.take(MAX_WORDS).find(named)?;
    Some(text.replace(word, other))
}

/// The text with numeric HTML character references decoded.
fn without_references(text: &str) -> String {
    let mut parts = text.split("&#");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, radix) = match part.strip_prefix(['x', 'X']) {
            Some(digits) => (digits, 16),
            None => (part, 10),
        };
        let end = digits
            .find(|digit: char| !digit.is_digit(radix))
            .unwrap_or(digits.len());
        let (number, rest) = digits.split_at_checked(end).unwrap_or((digits, ""));
        let named = u32::from_str_radix(number, radix).ok();
        match named.and_then(char::from_u32) {
            Some(named) => {
                out.push(named);
                out.push_str(rest.strip_prefix(';').unwrap_or(rest));
            }
            None => {
                out.push_str("&#");
                out.push_str(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn probed(address: &str) -> Option<String> {
        let site = [url("https://www.blog.example/"), url("https://猫.example/")];
        assert_eq!(
            names_site(&url(address), &site),
            probe(&url(address), &site, "x").is_some(),
            "{address}"
        );
        Some(probe(&url(address), &site, "probe.example")?.to_string())
    }

    #[test]
    fn the_name_is_found_and_replaced_however_it_is_written() {
        for (address, other) in [
            (
                "https://e.example/?q=http://BLOG.example/cats",
                "https://e.example/?q=http://probe.example/cats",
            ),
            (
                "https://e.example/to/www.blog.example/cats",
                "https://e.example/to/www.probe.example/cats",
            ),
            (
                "https://e.example/?q=http%3A%2F%2Fblog.example%2F&x=1",
                "https://e.example/?q=http%3A%2F%2Fprobe.example%2F&x=1",
            ),
            (
                "https://e.example/?q=blog%2Eexample&b=%20",
                "https://e.example/?q=probe.example&b=%20",
            ),
            (
                "https://e.example/?q=%2562log%252Eexample",
                "https://e.example/?q=probe.example",
            ),
            (
                "https://e.example/?q=https://猫.example/",
                "https://e.example/?q=https://probe.example/",
            ),
            (
                "https://e.example/blog.example,Blog.Example/x",
                "https://e.example/probe.example,probe.example/x",
            ),
            (
                "https://e.example/#blog.example",
                "https://e.example/#probe.example",
            ),
        ] {
            assert_eq!(probed(address).as_deref(), Some(other), "{address}");
        }
    }

    #[test]
    fn no_spelling_of_the_name_evades() {
        let base64 = |text: &str| STANDARD_NO_PAD.encode(text);
        let url_safe = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for value in [
            // A soft hyphen, full stops of other scripts, a tab and a line end, zero width.
            "http://blog%C2%AD.example/".to_owned(),
            "http://bl%C2%ADog.exa%C2%ADmple/x".to_owned(),
            "http://blog%EF%BD%A1example/".to_owned(),
            "http://blog%E3%80%82example/".to_owned(),
            "http://blog%EF%BC%8Eexample/".to_owned(),
            "http://blog%2509.example/".to_owned(),
            "http://bl%09og.exam%0Aple/".to_owned(),
            "http%253A%252F%252Fbl%2509og.example".to_owned(),
            "http://blog%E2%80%8B.example/".to_owned(),
            "http://%EF%BD%82log.example/".to_owned(),
            // Percent-encoded in the host itself, and references of HTML.
            "http://%2562log.example/".to_owned(),
            "http://blog%26%2346%3Bexample/".to_owned(),
            "http://blog%26%23x2e%3Bexample/".to_owned(),
            // Base64, in the alphabets and paddings that there are, and what is encoded in it.
            base64("https://blog.example/posts/cats/"),
            base64("//blog.example") + "%3D%3D",
            base64("https://blog.example/?>?>") + "==",
            url_safe("https://blog.example/?>?>"),
            base64("https%3A%2F%2Fblog%2Eexample%2F"),
            base64("https://blog\u{ad}.example/"),
            // Another name of the site.
            "https://xn--z7x.example/".to_owned(),
            "https://%E7%8C%AB.example/".to_owned(),
        ] {
            for address in [
                format!("https://e.example/?q={value}"),
                format!("https://e.example/?a=1&q={value}&b=2"),
                format!("https://e.example/echo/{}", value.replace("://", ":/")),
            ] {
                assert!(probed(&address).is_some(), "{address}");
            }
        }
        let of_base64 = format!("https://e.example/?q={}", base64("https://blog.example/"));
        let expected = format!("https://e.example/?q={}", base64("https://probe.example/"));
        assert_eq!(probed(&of_base64), Some(expected));
    }

    #[test]
    fn a_link_that_changes_with_a_letter_of_the_address_is_made_of_it() {
        let address = url("https://e.example/?p=12&u=uggcf%3A%2F%2Foybt.rknzcyr%2Fcbfgf");
        let altered = altered(&address).unwrap().address;
        assert_ne!(altered, address);
        assert!(altered.as_str().starts_with("https://e.example/?p=12&u="));
        let link = url("https://blog.example/posts/cats/");
        for (other, near) in [
            ("https://blog.exbmple/posts/cats/", true),
            ("https://blog.example/posts/ca%C3%89s/", true),
            ("https://blog.example/posts/cats/", false),
            ("https://blpg.exbmple/posts/cbts/", true),
            ("https://blog.example/", false),
            ("https://weblog.example/about", false),
            ("https://news.example/posts/dogs/", false),
        ] {
            assert_eq!(is_nearly_equal(&url(other), &link, 1), near, "{other}");
        }
        // Two entries of one site on one day have much in common.
        let long = "https://weblog.example/2026/11/28/what-i-think-about-cats-that-sit-in-boxes-in-the-hall";
        let same_day = long.replace("cats-that-sit", "dogs-who-bark");
        for (letters, near) in [(1, false), (9, false), (10, true)] {
            let (other, link) = (url(&same_day), url(long));
            assert_eq!(is_nearly_equal(&other, &link, letters), near, "{letters}");
        }
        for nothing in [
            "https://e.example/",
            "https://e.example/?p=12",
            "https://e.example/?id=2026-11",
            "https://e.example/?date=2026-11-28&p=1234567",
            "https://e.example/2026/11/a-long-title-of-an-entry/",
            "https://e.example/2026/%E7%8C%AB%E3%81%AE%E8%A9%B1-about-cats/",
            "https://e.example/HowToUseTheLanguageIn2026AndLater",
        ] {
            assert_eq!(super::altered(&url(nothing)), None, "{nothing}");
        }
    }

    #[test]
    fn f4_the_changed_values_of_an_address_are_told_in_words() {
        for (address, expected) in [
            (
                "/search?q=Buy+cheap+pills&p=12",
                &[("Buy cheap pills", "Buz chebp pilms")][..],
            ),
            (
                "/?q=buy%20pills%20%E8%96%AC%E5%B1%8B+x",
                &[("buy pills 薬屋 x", "buz pilms 薬届 x")],
            ),
            ("/?Buy+pills=1", &[("Buy pills", "Buz pilms")]),
            ("/?q=1234567ab", &[("1234567ab", "1234567bb")]),
            ("/?Buy-pills", &[("Buy-pills", "Buz-pilms")]),
            (
                "/?q=Buy+cheap+pills+a:b",
                &[("Buy cheap pills a:b", "Buz chebp pilms a:b")],
            ),
            (
                "/?q=Buy%C2%A0cheap,pills2",
                &[("Buy\u{a0}cheap,pills2", "Buz\u{a0}chebp,pillt2")],
            ),
            (
                "/?q=Buy:cheap:pills",
                &[("Buy:cheap:pills", "Buz:chebp:pilms")],
            ),
            ("/?q=a/cheap%2Fpills", &[("cheap/pills", "chebp/pilms")]),
            // The name of a protocol stays, whatever it is written in.
            (
                "/?q=uggc://oybt.rknzcyr/",
                &[("oybt.rknzcyr", "oyct.rknzczr")],
            ),
            (
                "/?q=rypmanxe.tbyo%2F%2F:cggu",
                &[("rypmanxe.tbyo//:cggu", "rypmaoxe.tbzo//:cggu")],
            ),
            ("/?my_long_name=cheap", &[("cheap", "chebp")]),
            ("/?q=%E8%96%AC%E5%B1%8B", &[("薬屋", "薬届")]),
            (
                "/?a=cats;b=Katzen&c=12",
                &[("cats", "caus"), ("Katzen", "Katzfn")],
            ),
            ("/about/Buy+pills/2", &[("Buy pills", "Buz pilms")]),
            // A page may show the digits alone.
            ("/?q=0800-1234567", &[("0800-1234567", "0800-1234569")]),
            (
                "/?q=Call+0800+123+4569",
                &[("Call 0800 123 4569", "Caml 0800 123 4568")],
            ),
            (
                "/?q=tel0800.123456",
                &[("tel0800.123456", "tem0800.123459")],
            ),
        ] {
            let address = url(&format!("https://e.example{address}"));
            let altered = altered(&address).unwrap().address;
            let found = changed_parts(&address, &altered);
            let found: Vec<(&str, &str)> = found
                .iter()
                .map(|(own, other)| (own.as_str(), other.as_str()))
                .collect();
            assert_eq!(found, expected, "{address}");
        }
    }

    #[test]
    fn f6_a_number_is_changed_and_the_words_beside_it_are_in_the_charset_in_which_they_were() {
        for (query, expected) in [
            ("q=%EF%F0%E8+08001234567", "+08001234569"),
            ("q=%ef%f0%e8%200800%2D123456%37", "%200800%2D1234569"),
            ("q=%E7%8C%AB+0800-1234569", "+0800-1234568"),
            ("q=0800123%34569%9", "0800123%34569%8"),
        ] {
            let altered = altered(&url(&format!("https://e.example/?{query}"))).unwrap();
            let changed = altered.address.query().unwrap();
            assert!(changed.ends_with(expected), "{query}: {changed}");
            assert!(!changed.contains("%EF%BF%BD"), "{query}: {changed}");
        }
    }

    #[test]
    fn f6_values_that_make_a_name_together_and_values_in_the_path_are_changed() {
        for (address, other, may_be_packed) in [
            ("?h=blog&d=example", "?h=blpg&d=exampme", false),
            ("?u=blog", "?u=blpg", false),
            // Hexadecimal digits stay such.
            ("?u=626c6f67", "?u=626c6e67", false),
            (
                "echo/uggc://oybt.rknzcyr/",
                "echo/uggc://oybt.rlnzcyr/",
                false,
            ),
            (
                "echo/uggc%3A%2F%2Foybt.rknzcyr",
                "echo/uggc%3A%2F%2Foybu.rknzcyr",
                false,
            ),
            (
                "?u=eJzLKCkpsNLXT8rJT9dLrUjM",
                "?u=eJzLKCkpsNLXT8rJU9dLrUjM",
                true,
            ),
            (
                "go/eJzLKCkpsNLXT8rJT9dLrUjM",
                "go/eJzLKCkpsNLXT8rJU9dLrUjM",
                true,
            ),
            (
                "?u=QWJvdXQgY2F0cyBhbmQgZG9ncw==",
                "?u=QWJvdXQgY2F0cyBhbmQgYG9ncw==",
                false,
            ),
            (
                "?title=HowToUseTheLanguageIn2026AndLater",
                "?title=HowToUseTheLanguageIo2026AndLater",
                false,
            ),
            (
                "?title=my-long-thoughts-about-cats",
                "?title=my-loog-thougits-abovt-caus",
                false,
            ),
            (
                "?id=0b9f6a3e-1c2d-4e5f-8a9b-0c1d2e3f4a5b",
                "?id=0b9f6a3e-1c2d-4e5f-8a9b-0d1d2e3f4a5b",
                false,
            ),
        ] {
            let begin = "https://e.example/";
            let altered = altered(&url(&format!("{begin}{address}"))).unwrap();
            assert_eq!(altered.address.as_str(), format!("{begin}{other}"));
            assert_eq!(altered.may_be_packed, may_be_packed, "{address}");
        }
    }

    #[test]
    fn f6_a_url_in_codes_or_in_many_short_values_may_be_packed() {
        let codes: Vec<String> = "http://blog.example/"
            .bytes()
            .map(|c| c.to_string())
            .collect();
        let escapes: String = "http://blog.example/"
            .bytes()
            .map(|c| format!("%5Cu{c:04x}"))
            .collect();
        for value in [codes.join("-"), codes.join(","), codes.join("%20"), escapes] {
            let altered = altered(&url(&format!("https://e.example/?u={value}"))).unwrap();
            assert!(altered.may_be_packed, "{value}");
        }
        let number = "4839201847561029384756";
        let pieces: Vec<&str> = "104 116 116 112 58 47 47 98 108 111".split(' ').collect();
        for value in [number.to_owned(), pieces.join("&u=")] {
            let address = url(&format!("https://e.example/?u={value}"));
            let altered = altered(&address).unwrap();
            assert!(altered.may_be_packed, "{value}");
            assert_ne!(altered.address, address);
        }
        for value in [
            "2026-11-28",
            "12",
            "1,2,3,4,5",
            "2026-11-28T00:31:50",
            "18446744073709551615",
            "1&a=2&b=3&m=11&y=2026",
        ] {
            let altered = altered(&url(&format!("https://e.example/?u={value}")));
            assert!(
                altered.is_none_or(|altered| !altered.may_be_packed),
                "{value}"
            );
        }
    }

    #[test]
    fn an_ordinary_address_is_no_echo() {
        for address in [
            "https://weblog.example/2026/about-blog-example",
            "https://weblog.example/%E7%8C%AB",
            "https://weblog.example/%FF%252525%",
        ] {
            assert_eq!(probed(address), None, "{address}");
        }
    }

    #[test]
    fn a_host_that_holds_the_sites_name_is_suspected() {
        let site = [url("https://blog.example/")];
        assert!(names_site(
            &url("https://blog.example.proxy.example/"),
            &site
        ));
        assert!(names_site(
            &url("https://blog-example.translate.example/x"),
            &site
        ));
        assert!(!names_site(
            &url("https://my-blog-example.example/x"),
            &site
        ));
        assert_eq!(
            probe(&url("https://blog.example.proxy.example/"), &site, "x"),
            None
        );
    }
}
