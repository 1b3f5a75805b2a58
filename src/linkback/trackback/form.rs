//! Parses bodies and query strings: urlencoded fields in any charset.
//!
//! The specification lets a sender name its charset in the `Content-Type` (clause 3); older senders name it in a field, or
//! not at all, or wrongly as UTF-8. A charset that is named applies to all fields of a form.

use std::fmt;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use crate::charset;
use crate::error::Refusal;

/// The fields of one request, in order.
#[derive(Clone, Default)]
pub struct Form {
    fields: Vec<FormField>,
}

#[derive(Clone)]
struct FormField {
    name: String,
    text: String,
    bytes: Vec<u8>,
}

impl Form {
    /// The longest body or query string, in bytes. The four fields at their limits need a quarter of it; a server should
    /// stop reading here.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// The most fields; empty ones (`&&`) are not counted. A ping has four, and perhaps a few more of its sender.
    pub const MAX_FIELDS: usize = 64;

    /// Parses a query string: each parameter as UTF-8 if it is, else as windows-1252.
    ///
    /// `;` separates parameters like `&`, as CGI.pm writes it, if a known name and a `=` follow; after free text (a URL, a
    /// title) only if there is no `&` at all. After a parameter that is not free text, any name may follow.
    /// `&amp;`, from links that an old page has escaped twice, is `&`.
    ///
    /// # Errors
    ///
    /// [`Refusal::BodyTooLarge`] over 64 KiB, [`Refusal::TooManyFields`] over 64 fields.
    pub fn query(raw: &[u8]) -> Result<Form, Refusal> {
        let pairs = decode_pairs(raw, split_query)?;
        Ok(decode(pairs, UTF_8))
    }

    /// Parses a body. `&` separates its fields, since their texts contain `;`; in a body without any `&` a `;` before the
    /// name of a field does. The charset is that of `content_type`, else that of a `charset` field, else UTF-8. If UTF-8 is
    /// assumed or declared but the bytes of a field are not valid, it is windows-1252, unless only a character was cut.
    ///
    /// # Errors
    ///
    /// [`Refusal::BodyTooLarge`], [`Refusal::TooManyFields`]; [`Refusal::WrongContentType`] if there is
    /// a `content_type` and it is not `application/x-www-form-urlencoded` (senders of 2002 had none);
    /// [`Refusal::UnknownCharset`] for a charset that hides ASCII; an unknown label is ignored.
    pub fn body(raw: &[u8], content_type: Option<&[u8]>) -> Result<Form, Refusal> {
        let content_type = content_type.unwrap_or_default().trim_ascii();
        // Some senders forget the semicolon, or send the field twice.
        let kind = content_type.split(|byte| b";, \t".contains(byte)).next();
        let kind = kind.unwrap_or_default();
        if !content_type.is_empty()
            && !kind.eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
        {
            return Err(Refusal::WrongContentType);
        }
        let pairs = decode_pairs(raw, split_body)?;
        let in_field = || {
            let (_, label) = pairs.iter().find(|(name, _)| name == b"charset")?;
            Some(label.trim_ascii()).filter(|label| !label.is_empty())
        };
        let encoding = match charset::parameter(content_type).or_else(in_field) {
            Some(label) => {
                let fields = || pairs.iter().flat_map(|(name, value)| [name, value]);
                match charset::accepted(label, fields().map(Vec::as_slice))? {
                    // What is UTF-8 by chance is hardly ever text in it.
                    western if western == WINDOWS_1252 && are_utf8(fields()) => UTF_8,
                    other => other,
                }
            }
            None => UTF_8,
        };
        Ok(decode(pairs, encoding))
    }

    /// The first value of the field `name`, decoded but not cleaned. `None` if there is no such field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The first value of the field `name`, percent-decoded only, for values whose charset must not be guessed.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        let field = self.fields.iter().find(|field| field.name == name)?;
        Some(&field.bytes)
    }

    /// Every value of the field `name`, decoded, in order.
    pub fn all<'form>(&'form self, name: &str) -> impl Iterator<Item = &'form str> {
        self.fields
            .iter()
            .filter(move |field| field.name == name)
            .map(|field| field.text.as_str())
    }
}

/// Whether all are UTF-8, and some have letters beyond ASCII.
fn are_utf8<'raw>(mut fields: impl Iterator<Item = &'raw Vec<u8>>) -> bool {
    let mut has_letters = false;
    let are = fields.all(|field| {
        has_letters |= !field.is_ascii();
        std::str::from_utf8(field).is_ok()
    });
    are && has_letters
}

/// Shows the names only: a value may be a password.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.fields.iter().map(|field| &field.name))
            .finish()
    }
}

type Pair = (Vec<u8>, Vec<u8>);

/// Parameters without free text.
const NOT_FREE_TEXT: [&[u8]; 13] = [
    b"__mode", b"_mode", b"tb_id", b"id", b"index", b"n", b"before", b"after", b"key", b"state",
    b"charset", b"to", b"expires",
];

/// Parameters with free text, which may also contain a `;` followed by a name.
const FREE_TEXT: [&[u8]; 10] = [
    b"url",
    b"title",
    b"excerpt",
    b"blog_name",
    b"ping_url",
    b"page",
    b"q",
    b"name",
    b"source",
    b"target",
];

/// The fields of a linkback, without those that URLs have as parameters, too.
const IN_BODIES: [&[u8]; 9] = [
    b"__mode",
    b"tb_id",
    b"url",
    b"title",
    b"excerpt",
    b"blog_name",
    b"charset",
    b"source",
    b"target",
];

fn split_query(raw: &[u8]) -> Vec<&[u8]> {
    let only_semicolons = !raw.contains(&b'&');
    let mut pieces = Vec::new();
    for piece in raw.split(|&byte| byte == b'&') {
        let mut rest = piece.strip_prefix(b"amp;").unwrap_or(piece);
        let mut from = 0;
        while let Some(at) = rest.iter().skip(from).position(|&byte| byte == b';') {
            let (before, after) = rest.split_at(from + at);
            let after = after.strip_prefix(b";").unwrap_or(after);
            let (name, next) = (name_of(before), name_of(after));
            let is_free = FREE_TEXT.contains(&name);
            let is_value = NOT_FREE_TEXT.contains(&name);
            let is_known = NOT_FREE_TEXT.contains(&next) || FREE_TEXT.contains(&next);
            let is_name = is_known || (is_value && is_word(next));
            let is_separator = is_name && next.len() < after.len() && (only_semicolons || !is_free);
            if before.is_empty() || is_separator {
                pieces.push(before);
                (rest, from) = (after, 0);
            } else {
                from += at + 1;
            }
        }
        pieces.push(rest);
    }
    pieces
}

fn split_body(raw: &[u8]) -> Vec<&[u8]> {
    if raw.contains(&b'&') {
        return raw.split(|&byte| byte == b'&').collect();
    }
    let (mut pieces, mut begin) = (Vec::new(), 0);
    let semicolons = raw.iter().enumerate().filter(|&(_, &byte)| byte == b';');
    for (at, _) in semicolons {
        let after = raw.get(at + 1..).unwrap_or_default();
        let next = name_of(after);
        if IN_BODIES.contains(&next) && next.len() < after.len() {
            pieces.push(raw.get(begin..at).unwrap_or_default());
            begin = at + 1;
        }
    }
    pieces.push(raw.get(begin..).unwrap_or_default());
    pieces
}

fn is_word(name: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    !name.is_empty() && name.iter().all(is_letter)
}

/// The part before the first `=`.
fn name_of(piece: &[u8]) -> &[u8] {
    piece.split(|&byte| byte == b'=').next().unwrap_or_default()
}

fn decode_pairs<'raw>(
    raw: &'raw [u8],
    split: impl Fn(&'raw [u8]) -> Vec<&'raw [u8]>,
) -> Result<Vec<Pair>, Refusal> {
    if raw.len() > Form::MAX_BYTES {
        return Err(Refusal::BodyTooLarge);
    }
    let mut pairs = Vec::new();
    for piece in split(raw) {
        if piece.is_empty() {
            continue;
        }
        if pairs.len() == Form::MAX_FIELDS {
            return Err(Refusal::TooManyFields);
        }
        let mut halves = piece.splitn(2, |&byte| byte == b'=');
        let name = halves.next().unwrap_or_default();
        let value = halves.next().unwrap_or_default();
        pairs.push((percent_decode(name), percent_decode(value)));
    }
    Ok(pairs)
}

/// Decodes `%xy` and `+`; a `%` without two hexadecimal digits is kept.
fn percent_decode(raw: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if let (b'%', [high, low, after @ ..]) = (byte, after)
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
            && let Ok(decoded) = u8::try_from(high * 16 + low)
        {
            out.push(decoded);
            rest = after;
        } else {
            out.push(if byte == b'+' { b' ' } else { byte });
        }
    }
    out
}

/// Decodes the fields. Where UTF-8 is expected, what is not is windows-1252, field by field, unless only a character was
/// cut in it.
fn decode(pairs: Vec<Pair>, encoding: &'static Encoding) -> Form {
    let has_utf8 = |bytes: &[u8]| bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii());
    let knows_utf8 = encoding == UTF_8
        && pairs
            .iter()
            .any(|(name, value)| has_utf8(name) || has_utf8(value));
    let text = |bytes: &[u8]| {
        let utf8 = (encoding == UTF_8).then(|| without_cut(bytes, knows_utf8));
        utf8.flatten().unwrap_or_else(|| {
            let other = if encoding == UTF_8 {
                WINDOWS_1252
            } else {
                encoding
            };
            other.decode_without_bom_handling(bytes).0.into_owned()
        })
    };
    let fields = pairs.into_iter().map(|(name, bytes)| FormField {
        name: text(&name),
        text: text(&bytes),
        bytes,
    });
    Form {
        fields: fields.collect(),
    }
}

/// UTF-8 without a character that was cut off at the end or before the mark of an omission, and with pairs of surrogates,
/// as Java and MySQL write them, read as the characters that they are. That it is UTF-8 is known by the text before, or
/// by another field and more than one byte of the character.
fn without_cut(bytes: &[u8], knows_utf8: bool) -> Option<String> {
    const LEADS: std::ops::RangeInclusive<u8> = 0xC2..=0xF4;
    let (mut text, mut rest) = (String::new(), bytes);
    loop {
        let fault = match std::str::from_utf8(rest) {
            Ok(valid) => return Some(text + valid),
            Err(fault) => fault,
        };
        let (valid, other) = rest.split_at_checked(fault.valid_up_to())?;
        text.push_str(std::str::from_utf8(valid).ok()?);
        if let Some((character, behind)) = surrogates(other) {
            text.push(character);
            rest = behind;
            continue;
        }
        let cut = fault.error_len().unwrap_or(other.len());
        let behind = std::str::from_utf8(other.get(cut..)?).ok()?;
        let is_mark = behind.chars().all(|c| " .[]()…".contains(c));
        let is_utf8 = !text.is_ascii() || knows_utf8 && cut > 1;
        let is_omitted = is_mark || OMISSIONS.contains(&behind);
        let is_cut = is_utf8 && is_omitted && LEADS.contains(other.first()?);
        return is_cut.then(|| text + behind);
    }
}

/// Marks of an omission that are escaped.
const OMISSIONS: [&str; 3] = ["&hellip;", "&#8230;", "&#x2026;"];

/// The character of two surrogates that are encoded each by itself, and what is behind it.
fn surrogates(bytes: &[u8]) -> Option<(char, &[u8])> {
    let (first, behind) = bytes.split_first_chunk()?;
    let &[0xED, a @ 0xA0..=0xAF, b, 0xED, c @ 0xB0..=0xBF, d] = first else {
        return None;
    };
    // What continues no character is text in another charset.
    if ![b, d].iter().all(|byte| (0x80..=0xBF).contains(byte)) {
        return None;
    }
    let half = |high: u8, low: u8| 0xD000 | (u16::from(high & 0x3F) << 6) | u16::from(low & 0x3F);
    let pair = char::decode_utf16([half(a, b), half(c, d)]).next()?;
    Some((pair.ok()?, behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const URLENCODED: &[u8] = b"application/x-www-form-urlencoded";

    fn body(raw: &[u8]) -> Form {
        Form::body(raw, Some(URLENCODED)).unwrap()
    }

    fn with(raw: &[u8], content_type: &str) -> Result<Form, Refusal> {
        Form::body(raw, Some(content_type.as_bytes()))
    }

    #[test]
    fn fields_are_percent_decoded_and_the_first_value_counts() {
        let form = body(b"title=a+b%21&&url=http%3A%2F%2Fa%2F%3Fx%3D1=2&title=second&empty&=n");
        assert_eq!(form.get("title"), Some("a b!"));
        assert_eq!(form.all("title").collect::<Vec<_>>(), ["a b!", "second"]);
        assert_eq!(form.get("url"), Some("http://a/?x=1=2"));
        assert_eq!(form.get("empty"), Some(""));
        assert_eq!(form.get(""), Some("n"));
        assert_eq!(form.get("excerpt"), None);
    }

    #[test]
    fn a_semicolon_separates_parameters_of_a_query_where_it_is_unambiguous() {
        for (query, name, value) in [
            ("a=1;__mode=list", "__mode", Some("list")),
            ("a=1;__mode=list", "a", Some("1")),
            ("__mode=list;tb_id=hello", "tb_id", Some("hello")),
            ("__mode=list;tb_id=hello;index=0&n=3", "index", Some("0")),
            ("__mode=list;tb_id=hello;index=0&n=3", "n", Some("3")),
            ("__mode=list&amp;tb_id=hello", "tb_id", Some("hello")),
            (";__mode=list", "__mode", Some("list")),
            ("__mode=list;", "__mode", Some("list;")),
            ("tb_id=a;b", "tb_id", Some("a;b")),
            ("tb_id=a;b=c", "tb_id", Some("a")),
            ("tb_id=a;b=c", "b", Some("c")),
            ("__mode=list;tb_id=y;utm_source=x", "tb_id", Some("y")),
            ("__mode=list&tb_id=y;utm_source=x;n=3", "n", Some("3")),
            ("__mode=rss;lang=en", "lang", Some("en")),
            ("lang=en;__mode=rss", "__mode", Some("rss")),
            (
                "__mode=send_form;url=http://a/;sid=1;b=c",
                "url",
                Some("http://a/;sid=1;b=c"),
            ),
            ("q=a;b=c", "q", Some("a;b=c")),
            ("tb_id=a;n", "tb_id", Some("a;n")),
            ("__mode=send_form;url=http://a/;title=t", "title", Some("t")),
            (
                "__mode=send_form&url=http://a/?x;n=5",
                "url",
                Some("http://a/?x;n=5"),
            ),
            ("title=a;tb_id=b&__mode=list", "tb_id", None),
            ("tb_id=%3Bn=5", "tb_id", Some(";n=5")),
            ("__mode=rss;lang=en;tb_id=a", "__mode", Some("rss")),
            ("__mode=rss;lang=en;tb_id=a", "tb_id", Some("a")),
            (";;__mode=rss", "__mode", Some("rss")),
            ("__mode=rss;;n=3", "__mode", Some("rss;")),
            ("__mode=send_form&title=a;lang=b", "title", Some("a;lang=b")),
        ] {
            assert_eq!(
                Form::query(query.as_bytes()).unwrap().get(name),
                value,
                "{query} {name}"
            );
        }
        for (fields, name, value) in [
            ("tb_id=a;url=b&title=c", "tb_id", "a;url=b"),
            ("url=http://w/a;title=A;excerpt=x; y", "url", "http://w/a"),
            ("url=http://w/a;title=A;excerpt=x; y", "excerpt", "x; y"),
            ("title=A;url=http://w/a", "url", "http://w/a"),
            ("title=A;blog_name;url=http://w/a", "title", "A;blog_name"),
            ("url=http://w/a;id=3;n=2", "url", "http://w/a;id=3;n=2"),
            (
                "source=http://w/a;target=http://w/b",
                "target",
                "http://w/b",
            ),
        ] {
            assert_eq!(
                body(fields.as_bytes()).get(name),
                Some(value),
                "{fields} {name}"
            );
        }
        let many = "n=1;".repeat(70);
        assert_eq!(
            Form::query(many.as_bytes()).unwrap_err(),
            Refusal::TooManyFields
        );
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]
        /// As Java encodes characters of two surrogates: each by itself.
        #[test]
        fn surrogates_are_the_character_that_they_were_and_any_other_bytes_are_none(
            character in proptest::char::range('\u{10000}', '\u{10FFFF}'),
            bytes in proptest::array::uniform6(0_u8..),
        ) {
            let java = |halves: &[u16]| -> Vec<u8> {
                let half = |half: &u16| {
                    [half >> 12 | 0xE0, half >> 6 & 0x3F | 0x80, half & 0x3F | 0x80]
                };
                let bytes = halves.iter().flat_map(half);
                bytes.map(|byte| u8::try_from(byte).unwrap()).collect()
            };
            let encoded = java(character.encode_utf16(&mut [0; 2]));
            prop_assert_eq!(surrogates(&encoded), Some((character, &b""[..])));
            let fields = [b"title=", encoded.as_slice(), b"!"].concat();
            let (form, expected) = (body(&fields), format!("{character}!"));
            prop_assert_eq!(form.get("title"), Some(expected.as_str()));
            if let Some((character, _)) = surrogates(&bytes) {
                prop_assert_eq!(java(character.encode_utf16(&mut [0; 2])), bytes);
            }
        }
    }

    #[test]
    fn what_only_begins_like_surrogates_is_text_of_windows() {
        let fields = b"title=\xED\xA0A\xED\xB0B&excerpt=\xED\xA0\x80\xED\xB0B";
        assert_eq!(body(fields).get("title"), Some("í\u{a0}Aí°B"));
        assert_eq!(body(fields).get("excerpt"), Some("í\u{a0}€í°B"));
    }

    #[test]
    fn a_broken_escape_stands_for_itself() {
        assert_eq!(body(b"a=%&b=%4&c=%zz&d=%%41").get("a"), Some("%"));
        assert_eq!(body(b"c=%zz%+1").get("c"), Some("%zz% 1"));
        assert_eq!(body(b"d=%%41").get("d"), Some("%A"));
    }

    #[test]
    fn clause_2_another_content_type_is_refused_and_none_is_accepted() {
        for kind in [
            "",
            "  ",
            "Application/X-WWW-Form-URLEncoded ; x=y",
            "application/x-www-form-urlencoded charset=utf-8",
            "application/x-www-form-urlencoded, application/x-www-form-urlencoded",
        ] {
            assert!(with(b"url=x", kind).is_ok(), "{kind}");
        }
        assert!(Form::body(b"url=x", None).is_ok());
        for kind in [
            "text/plain",
            "multipart/form-data; boundary=x",
            "; charset=utf-8",
            "application/json, application/x-www-form-urlencoded",
            "application/x-www-form-urlencodedx",
        ] {
            assert_eq!(
                with(b"url=x", kind).unwrap_err(),
                Refusal::WrongContentType,
                "{kind}"
            );
        }
    }

    #[test]
    fn clause_3_the_charset_of_the_header_wins_over_the_field() {
        let sjis = b"title=%8E%A9%95%AA&charset=utf-8";
        for kind in [
            "application/x-www-form-urlencoded; charset=Shift_JIS",
            "application/x-www-form-urlencoded;CHARSET=\"shift-jis\"",
        ] {
            assert_eq!(with(sjis, kind).unwrap().get("title"), Some("自分"));
        }
        let in_field = body(b"title=%BC%AB%CA%AC&charset=EUC-JP");
        assert_eq!(in_field.get("title"), Some("自分"));
    }

    #[test]
    fn d6_what_is_utf8_is_so_whatever_western_charset_is_declared() {
        for label in ["us-ascii", "iso-8859-1", "latin1", "windows-1252"] {
            let declared = format!("application/x-www-form-urlencoded; charset={label}");
            let form = with(b"title=%E7%8C%AB&excerpt=caf%C3%A9", &declared).unwrap();
            assert_eq!(
                (form.get("title"), form.get("excerpt")),
                (Some("猫"), Some("café"))
            );
            let form = with(b"title=caf%E9&excerpt=%C3%A9", &declared).unwrap();
            assert_eq!(
                (form.get("title"), form.get("excerpt")),
                (Some("café"), Some("Ã©"))
            );
        }
        let declared = "application/x-www-form-urlencoded; charset=windows-1251";
        let form = with(b"title=%C3%A9", declared).unwrap();
        assert_eq!(form.get("title"), Some("Г©"));
    }

    #[test]
    fn raw_shift_jis_bytes_need_no_escapes() {
        let form = body(b"title=\x83\x5C\x95\x5C&charset=sjis");
        assert_eq!(form.get("title"), Some("ソ表"));
    }

    #[test]
    fn a_field_that_is_not_utf8_is_windows_1252() {
        let declared = "application/x-www-form-urlencoded; charset=utf-8";
        let form = with(b"title=caf%E9&excerpt=%C3%A9", declared).unwrap();
        assert_eq!(form.get("title"), Some("café"));
        assert_eq!(form.get("excerpt"), Some("é"));
        assert_eq!(form.bytes("title"), Some(b"caf\xE9".as_slice()));
        let query = Form::query(b"title=%93x%94").unwrap();
        assert_eq!(query.get("title"), Some("\u{201C}x\u{201D}"));
    }

    #[test]
    fn d6_a_character_that_was_cut_spoils_no_other_of_the_ping() {
        let cat = "猫は冬に";
        let declared = "application/x-www-form-urlencoded; charset=utf-8";
        for (sent, name, read) in [
            ("excerpt=%E7%8C%AB%E3%81".into(), "excerpt", "猫"),
            ("excerpt=%E7%8C%AB%E3%81...".into(), "excerpt", "猫..."),
            ("excerpt=%E7%8C%AB%E3+[...]".into(), "excerpt", "猫 [...]"),
            ("excerpt=%E7%8C%AB%E3%81%E2%80%A6".into(), "excerpt", "猫…"),
            (
                "excerpt=%E7%8C%AB%F0%9F%98%26hellip%3B".into(),
                "excerpt",
                "猫&hellip;",
            ),
            (
                format!("title={cat}&excerpt=cats%E3%81..."),
                "excerpt",
                "cats...",
            ),
            (format!("title={cat}&excerpt=x%E3%81..."), "title", cat),
            (format!("title={cat}&blog_name=Caf%E9+Ann"), "title", cat),
            (
                format!("title={cat}&blog_name=Caf%E9+Ann"),
                "blog_name",
                "Café Ann",
            ),
            ("title=%ED%A0%BD%ED%B8%80+cats".into(), "title", "😀 cats"),
            (
                format!("title=%ED%A0%BD%ED%B8%80+cats&blog_name={cat}"),
                "title",
                "😀 cats",
            ),
            ("title=caf%E9".into(), "title", "café"),
            ("title=caf%E9...&excerpt=%E9t%E9".into(), "title", "café..."),
            ("title=%E9t%E9&excerpt=x".into(), "title", "été"),
        ] {
            for kind in ["", declared] {
                let form = with(sent.as_bytes(), kind).unwrap();
                assert_eq!(form.get(name), Some(read), "{sent} {kind}");
            }
        }
    }

    #[test]
    fn a_byte_order_mark_does_not_switch_the_charset() {
        let form = body(b"title=%FF%FEa%00&charset=latin1");
        assert_eq!(form.get("title"), Some("ÿþa\0"));
        assert_eq!(body(b"title=%EF%BB%BFa").get("title"), Some("\u{FEFF}a"));
    }

    #[test]
    fn s3_unicode_names_utf_16_only_in_fields_that_are() {
        let form = |raw: &[u8]| with(raw, "application/x-www-form-urlencoded; charset=unicode");
        assert_eq!(
            form(b"title=%E9t%E9+%3Cb%3E").unwrap().get("title"),
            Some("été <b>")
        );
        for raw in [b"title=%3C%00b%00".as_slice(), b"t%00=x", b"url=x&a=%00"] {
            assert_eq!(form(raw).unwrap_err(), Refusal::UnknownCharset);
        }
    }

    #[test]
    fn s3_charsets_that_hide_markup_are_refused() {
        for label in [
            "utf-7",
            "UTF-16",
            "utf-16be",
            "utf-32",
            "iso-2022-jp",
            "ISO-2022-KR",
            "iso-2022-cn",
            "hz-gb-2312",
            "replacement",
            "JIS",
            "cp037",
        ] {
            let kind = format!("application/x-www-form-urlencoded; charset={label}");
            assert_eq!(
                with(b"url=x", &kind).unwrap_err(),
                Refusal::UnknownCharset,
                "{label}"
            );
            let raw = format!("url=x&charset={label}");
            assert_eq!(
                Form::body(raw.as_bytes(), None).unwrap_err(),
                Refusal::UnknownCharset,
                "{label}"
            );
        }
    }

    #[test]
    fn s7_size_and_number_of_fields_are_capped() {
        let fields = |count: usize| "a=1&".repeat(count);
        assert!(Form::query(fields(64).as_bytes()).is_ok());
        let refusal = Form::query(fields(65).as_bytes()).unwrap_err();
        assert_eq!(refusal, Refusal::TooManyFields);
        assert!(Form::body(&[b'&'; Form::MAX_BYTES], None).is_ok());
        let refusal = Form::body(&[b'a'; Form::MAX_BYTES + 1], None).unwrap_err();
        assert_eq!(refusal, Refusal::BodyTooLarge);
    }

    #[test]
    fn s9_debug_output_shows_no_value() {
        let shown = format!("{:?}", body(b"password=secret"));
        assert_eq!(shown, "[\"password\"]");
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]
        #[test]
        fn any_bytes_are_read_or_refused_for_a_reason(raw: Vec<u8>, kind: Option<Vec<u8>>) {
            if let Err(refusal) = Form::body(&raw, kind.as_deref()) {
                let has_reason = match refusal {
                    Refusal::WrongContentType => kind.is_some(),
                    Refusal::UnknownCharset => true,
                    other => other == Refusal::TooManyFields && raw.len() > Form::MAX_FIELDS,
                };
                prop_assert!(has_reason);
            }
            prop_assert!(Form::query(&raw).is_ok() || raw.len() > Form::MAX_FIELDS);
        }

        #[test]
        fn what_was_urlencoded_comes_back(names in prop::collection::vec("[a-bd-z_]{1,8}", 0..20), value: String) {
            let mut raw = form_urlencoded::Serializer::new(String::new());
            for name in &names {
                raw.append_pair(name, &value);
            }
            let form = Form::body(raw.finish().as_bytes(), Some(URLENCODED)).unwrap();
            for name in &names {
                prop_assert_eq!(form.get(name), Some(value.as_str()));
                prop_assert_eq!(form.bytes(name), Some(value.as_bytes()));
            }
        }
    }
}
