//! Charsets: lookup by name, and decoding.
//!
//! Strict for fields that a peer sends and that are stored (`accepted`), lenient for pages and replies that are only read
//! (`decode`). A byte order mark never overrides the declared charset of a form.

use std::borrow::Cow;
use std::ops::Deref;

use encoding_rs::{Encoding, ISO_2022_JP, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::error::Refusal;

mod stream;

pub(crate) use stream::Decoding;
#[cfg(test)]
pub(crate) use stream::PIECE;

/// Finds the `charset` parameter of a `Content-Type`, quoted or not; an empty one counts as absent.
pub(crate) fn parameter(content_type: &[u8]) -> Option<&[u8]> {
    content_type
        .split(|&byte| byte == b';')
        .skip(1)
        .find_map(|parameter| {
            let equals = parameter.iter().position(|&byte| byte == b'=')?;
            let (name, value) = parameter.split_at(equals);
            if !name.trim_ascii().eq_ignore_ascii_case(b"charset") {
                return None;
            }
            let label = unquote(value.get(1..)?);
            (!label.is_empty()).then_some(label)
        })
}

/// Looks up the label that a sender declares for its fields; an unknown one counts as UTF-8, like a missing one. So do
/// `x-user-defined`, which only browsers use, and the vague `unicode`, which names UTF-16 only in fields that have its
/// zero bytes.
pub(crate) fn accepted<'field>(
    label: &[u8],
    mut fields: impl Iterator<Item = &'field [u8]>,
) -> Result<&'static Encoding, Refusal> {
    let is_vague = match folded(label).as_str() {
        "unicode" | "csunicode" => !fields.any(|field| field.contains(&0)),
        "xuserdefined" => true,
        _ => false,
    };
    if is_vague {
        return Ok(UTF_8);
    }
    let encoding = for_label(label);
    let hides_ascii = match encoding {
        Some(encoding) => [ISO_2022_JP, UTF_16BE, UTF_16LE, REPLACEMENT].contains(&encoding),
        None => hides_ascii(&folded(label)),
    };
    if hides_ascii {
        return Err(Refusal::UnknownCharset);
    }
    Ok(encoding.unwrap_or(UTF_8))
}

/// Looks up the name of a charset; `None` if it is unknown, or if its ASCII is not ASCII.
pub(crate) fn named(label: &str) -> Option<&'static Encoding> {
    for_label(label.as_bytes())
        .filter(|encoding| ![UTF_16BE, UTF_16LE, REPLACEMENT].contains(encoding))
}

/// The charset that an XML declaration at the start of `head` names.
pub(crate) fn declared(head: &[u8]) -> Option<&'static Encoding> {
    named(std::str::from_utf8(xml_declaration(head)?).ok()?)
}

/// The encoding with a label: one of the Encoding Standard, or a name used by PHP, Perl, Python, Java, MySQL or Windows.
pub(crate) fn for_label(label: &[u8]) -> Option<&'static Encoding> {
    if let Some(encoding) = Encoding::for_label(unquote(label)) {
        return Some(encoding);
    }
    let folded = folded(label);
    let (name, _) = ALIASES
        .iter()
        .find(|(_, aliases)| aliases.split(' ').any(|alias| alias == folded))
        .copied()
        .or_else(|| folded.starts_with("utf8").then_some(("utf-8", "")))?;
    Encoding::for_label(name.as_bytes())
}

/// The letters and digits of a label, in lower case.
fn folded(label: &[u8]) -> String {
    let plain = label.iter().filter(|byte| byte.is_ascii_alphanumeric());
    plain
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect()
}

/// Whether a label that is unknown here belongs to an encoding in which ASCII bytes have another meaning.
fn hides_ascii(folded: &str) -> bool {
    // UTF-1, UTF-5, UTF-6, UTF-7, UTF-9, UTF-16, UTF-18, UTF-32, whatever stands around it.
    let other_utf = folded
        .match_indices("utf")
        .filter_map(|(at, utf)| folded.get(at + utf.len()..))
        .any(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit() && digit != '8'));
    other_utf
        || HIDING.iter().any(|word| folded.contains(word))
        || HIDING_ALONE.contains(&folded)
        || EBCDIC.iter().any(|page| {
            let number = folded.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
            number.trim_start_matches('0') == *page
        })
}

/// Encodings and their other names, reduced to letters and digits.
const ALIASES: [(&str, &str); 24] = [
    (
        "euc-kr",
        "euckr ksc5601 korean cp949 ms949 windows949 uhc xwindows949 ksc56011987 ksx1001 xeuckr cp51949",
    ),
    (
        "euc-jp",
        "eucjp xeucjp eucjpwin eucjpms eucjpopen ujis cp51932 eucjp2004 eucjisx0213 cp20932 xujis",
    ),
    (
        "shift_jis",
        "shiftjis sjis xsjis sjiswin cp932 mskanji windows31j ms932 sjisopen sjismac cp943 cp943c shiftjis2004 sjis2004 shiftjisx0213 macjapanese cp31j windows932",
    ),
    (
        "gbk",
        "gbk xgbk cp936 ms936 windows936 euccn xeuccn gb2312 xgb2312",
    ),
    ("gb18030", "gb180302000 gb180302005 cp54936"),
    (
        "big5",
        "big5 cp950 ms950 windows950 big5eten bigfive big5hkscs xbig5hkscs cp951",
    ),
    ("windows-1250", "win1250 ansi1250 windows1250 ms1250 cp1250"),
    ("windows-1251", "win1251 ansi1251 windows1251 ms1251 cp1251"),
    (
        "windows-1252",
        "win1252 ansi1252 windows1252 ms1252 cp1252 ansi iso88591windows30latin1",
    ),
    ("windows-1253", "win1253 ansi1253 windows1253 ms1253 cp1253"),
    ("windows-1254", "win1254 ansi1254 windows1254 ms1254 cp1254"),
    ("windows-1255", "win1255 ansi1255 windows1255 ms1255 cp1255"),
    ("windows-1256", "win1256 ansi1256 windows1256 ms1256 cp1256"),
    ("windows-1257", "win1257 ansi1257 windows1257 ms1257 cp1257"),
    ("windows-1258", "win1258 ansi1258 windows1258 ms1258 cp1258"),
    ("windows-874", "cp874 ms874 windows874 win874 tis620"),
    ("iso-8859-1", "iso88591 isolatin1 latin1 cp28591 isoir100"),
    ("iso-8859-2", "iso88592 isolatin2 latin2 cp28592"),
    ("iso-8859-15", "iso885915 latin9 latin0 isolatin9 cp28605"),
    ("iso-8859-13", "iso885913 latin7"),
    ("iso-8859-16", "iso885916 latin10"),
    ("koi8-r", "koi8r koi8 cp20866 koi8ru"),
    ("koi8-u", "koi8u cp21866"),
    ("utf-8", "utf8 cp65001 unicode11utf8 unicode20utf8 xutf8"),
];

/// Parts of the labels of encodings that hide ASCII.
const HIDING: [&str; 10] = [
    "unicodebig",
    "unicodelittle",
    "iso2022",
    "ebcdic",
    "ucs2",
    "ucs4",
    "cp5022",
    "hzgb",
    "scsu",
    "bocu",
];
/// Whole labels of such encodings.
const HIDING_ALONE: [&str; 13] = [
    "u7",
    "u16",
    "u32",
    "hz",
    "jis",
    "jis7",
    "jisms",
    "jisencoding",
    "csjisencoding",
    "unicode",
    "unicodefffe",
    "koi7",
    "punycode",
];
/// Code pages of EBCDIC, and an Arabic one without a percent sign, with names like `cp037`, `IBM500` or `ibm-1047`.
const EBCDIC: [&str; 24] = [
    "39", "864", "37", "273", "277", "278", "280", "284", "285", "290", "297", "420", "424", "500",
    "871", "875", "930", "933", "935", "937", "939", "1026", "1047", "1140",
];

/// Decodes a document that is only read: a byte order mark wins, then what was declared (unless it
/// says UTF-8 and is not), then UTF-8 if the bytes are that, else windows-1252.
pub(crate) fn decode<'bytes>(bytes: &'bytes [u8], declared: Option<&[u8]>) -> Cow<'bytes, str> {
    decode_known(bytes, declared.and_then(for_label)).text
}

/// A text that was decoded.
#[derive(Debug, Clone)]
pub(crate) struct DecodedText<'bytes> {
    text: Cow<'bytes, str>,
    /// The encoding that it was in.
    pub(crate) encoding: &'static Encoding,
}

impl Deref for DecodedText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl<'bytes> DecodedText<'bytes> {
    /// Decodes in `encoding`, whatever the text begins with.
    fn new(bytes: &'bytes [u8], encoding: &'static Encoding) -> DecodedText<'bytes> {
        DecodedText {
            text: encoding.decode_without_bom_handling(bytes).0,
            encoding,
        }
    }

    /// Decodes in `encoding`, or in that of a byte order mark.
    pub(crate) fn sniffed(bytes: &'bytes [u8], encoding: &'static Encoding) -> DecodedText<'bytes> {
        match Encoding::for_bom(bytes) {
            Some((encoding, mark)) => {
                DecodedText::new(bytes.get(mark..).unwrap_or_default(), encoding)
            }
            None => DecodedText::new(bytes, encoding),
        }
    }
}

/// As [`decode`], with the declared encoding.
pub(crate) fn decode_known<'bytes>(
    bytes: &'bytes [u8],
    declared: Option<&'static Encoding>,
) -> DecodedText<'bytes> {
    DecodedText::sniffed(bytes, encoding_of(bytes, declared))
}

/// Decodes a text whose byte order mark says nothing: in `charset` unless that says UTF-8, then in UTF-8 if the bytes are
/// mostly that, else in windows-1252.
pub(crate) fn decode_as<'bytes>(
    bytes: &'bytes [u8],
    charset: Option<&'static Encoding>,
) -> Cow<'bytes, str> {
    DecodedText::new(bytes, encoding_of(bytes, charset)).text
}

fn encoding_of(bytes: &[u8], charset: Option<&'static Encoding>) -> &'static Encoding {
    match charset {
        Some(encoding) if encoding != UTF_8 => encoding,
        _ => utf8_or_windows_1252(bytes),
    }
}

/// UTF-8 if `bytes` are mostly that, else windows-1252. As in a browser, a broken sequence does not make the rest of a
/// text another charset; text in windows-1252 has hardly any bytes that are sequences of UTF-8.
pub(crate) fn utf8_or_windows_1252(bytes: &[u8]) -> &'static Encoding {
    let (mut sequences, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        sequences += chunk.valid().bytes().filter(|&byte| byte >= 0xC0).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    if broken == 0 || (sequences > 0 && sequences >= broken) {
        UTF_8
    } else {
        WINDOWS_1252
    }
}

/// Finds the `encoding` of an XML declaration within the first 1,024 bytes.
pub(crate) fn xml_declaration(bytes: &[u8]) -> Option<&[u8]> {
    let head = bytes.get(..1024).unwrap_or(bytes);
    let start = find(head, b"<?xml")?;
    let declaration = head.get(start..)?;
    let end = find(declaration, b"?>").unwrap_or(declaration.len());
    let declaration = declaration.get(..end)?;
    let value = declaration.get(find(declaration, b"encoding")? + b"encoding".len()..)?;
    let value = value.trim_ascii_start().strip_prefix(b"=")?;
    label(value)
}

/// Reads the label at the start of `value`: quoted, or up to the first byte that no label has.
pub(crate) fn label(value: &[u8]) -> Option<&[u8]> {
    let value = value.trim_ascii_start();
    let value = match value {
        [b'"' | b'\'', rest @ ..] => rest.trim_ascii_start(),
        _ => value,
    };
    let end = value
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && !b"-_:.+()".contains(byte))
        .unwrap_or(value.len());
    value.get(..end).filter(|label| !label.is_empty())
}

/// Where `needle` (ASCII, any case) first stands in a *short* `haystack`.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window.eq_ignore_ascii_case(needle))
}

fn unquote(value: &[u8]) -> &[u8] {
    let value = value.trim_ascii();
    match value {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner.trim_ascii(),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charset_parameter_is_found_in_any_spelling() {
        for header in [
            "text/xml; charset=utf-8",
            "text/xml;CHARSET=\"utf-8\"",
            "text/xml; a=b ; Charset = ' utf-8 ' ; x",
            "text/xml; charset=; charset=utf-8",
        ] {
            let found = parameter(header.as_bytes());
            assert_eq!(found, Some(b"utf-8".as_slice()), "{header}");
        }
        assert_eq!(parameter(b"charset=utf-8"), None);
        assert_eq!(parameter(b"text/xml; charset"), None);
    }

    #[test]
    fn what_senders_call_an_encoding_is_understood() {
        for (labels, name) in [
            (
                "CP949 cp-949 ks_c_5601-1987 KS_C_5601-1989 euckr EUC-KR UHC",
                "EUC-KR",
            ),
            ("eucJP-win EUCJP eucJP-ms ujis x-euc-jp", "EUC-JP"),
            (
                "SJIS-win cp932 CP932 x-sjis Shift-JIS sjis MS_Kanji Windows-31J MS932",
                "Shift_JIS",
            ),
            (
                "utf8 UTF8 UTF-8 utf_8 utf8mb4 UTF-8mb4 utf8mb3 'utf-8' \"UTF-8\" utf8_unicode_ci",
                "UTF-8",
            ),
            (
                "iso8859-1 ISO8859_1 latin1 latin-1 iso-latin-1 Windows1252 WIN-1252 ansi",
                "windows-1252",
            ),
            ("win-1251 cp1251 Windows-1251 windows1251", "windows-1251"),
            ("cp936 gb2312 GBK MS936", "GBK"),
            ("cp950 big5-eten Big5", "Big5"),
            ("koi8r KOI8-R KOI8", "KOI8-R"),
            ("latin9 iso8859-15 ISO_8859-15", "ISO-8859-15"),
            (
                "x-user-defined unicode UNICODE csUnicode none nonsense auto 8bit x-unknown \"utf HTML-ENTITIES EUC-TW johab",
                "UTF-8",
            ),
        ] {
            for label in labels.split(' ') {
                for label in [label.to_owned(), format!(" {label} ")] {
                    let fields = [b"A title".as_slice()].into_iter();
                    let found = accepted(label.as_bytes(), fields).map(Encoding::name);
                    assert_eq!(found, Ok(name), "{label}");
                }
            }
        }
    }

    #[test]
    fn s3_what_lets_ascii_become_something_else_is_refused() {
        for label in [
            "utf-7",
            "UTF7",
            "x-unicode-2-0-utf-7",
            "UTF7-IMAP",
            "utf-16",
            "UTF-16LE",
            "utf_16",
            "utf-32",
            "UTF-32BE",
            "utf-5",
            "ucs-2",
            "UCS-4LE",
            "ISO-10646-UCS-2",
            "unicode",
            "csUnicode",
            "iso-2022-jp",
            "ISO-2022-JP-MS",
            "iso2022-jp-3",
            "JIS",
            "JIS-ms",
            "CP50220",
            "cp50221",
            "ISO-2022-KR",
            "iso-2022-cn-ext",
            "hz",
            "HZ-GB-2312",
            "SCSU",
            "BOCU-1",
            "UTF-EBCDIC",
            "EBCDIC-CP-US",
            "cp037",
            "IBM037",
            "ibm-1047",
            "cp500",
            "replacement",
            "punycode",
        ] {
            let fields = [b"A title".as_slice(), b"<\0s\0"].into_iter();
            assert_eq!(
                accepted(label.as_bytes(), fields),
                Err(Refusal::UnknownCharset),
                "{label}"
            );
        }
    }

    #[test]
    fn the_xml_declaration_names_its_encoding() {
        let declaration = b"\n<?xml version='1.0' encoding = 'EUC-JP' ?><a encoding='x'/>";
        assert_eq!(xml_declaration(declaration), Some(b"EUC-JP".as_slice()));
        assert_eq!(
            xml_declaration(b"<?xml version='1.0'?><a encoding='x'/>"),
            None
        );
    }

    #[test]
    fn a_document_is_decoded_by_mark_then_declaration_then_guess() {
        assert_eq!(decode(b"\xEF\xBB\xBF\xC3\xA9", Some(b"latin1")), "é");
        assert_eq!(decode(b"\x8E\xA9\x95\xAA", Some(b"shift_jis")), "自分");
        assert_eq!(decode("é".as_bytes(), None), "é");
        assert_eq!(decode(b"\xE9", Some(b"utf-8")), "é");
        assert_eq!(decode(b"\xE9", Some(b"nonsense")), "é");
    }

    #[test]
    fn a_broken_sequence_does_not_make_the_rest_another_charset() {
        for (bytes, text) in [
            (
                b"Caf\xC3\xA9 \xE7\x8C\xAB abc\xE7\x8C d".as_slice(),
                "Café 猫 abc\u{FFFD} d",
            ),
            (b"Caf\xC3\xA9 <!-- \xE9 -->", "Café <!-- \u{FFFD} -->"),
            (b"Caf\xC3\xA9 \xE7\x8C", "Café \u{FFFD}"),
            (b"caf\xE9 d\xE9j\xE0 \xC3\xA9", "café déjà Ã©"),
            (b"\x93x\x94", "“x”"),
        ] {
            for declared in [None, Some(b"utf-8".as_slice())] {
                assert_eq!(decode(bytes, declared), text);
            }
        }
    }
}
