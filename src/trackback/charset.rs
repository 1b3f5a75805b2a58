//! Bytes in the charsets of the wild → text.
//!
//! Strict where a peer chooses the charset of what is stored ([`accepted`]), lenient where a page or a
//! reply is only read ([`decode`]). A byte order mark never switches what was declared for a form.

use std::borrow::Cow;

use encoding_rs::{
    Encoding, ISO_2022_JP, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED,
};

use crate::error::Refusal;

/// Finds the `charset` parameter of a `Content-Type`, quoted or not; an empty one counts as absent.
pub(super) fn parameter(content_type: &[u8]) -> Option<&[u8]> {
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

/// Looks up a label that a sender may choose for its fields.
///
/// # Errors
///
/// [`Refusal::UnknownCharset`] for unknown labels and for encodings in which ASCII bytes are not ASCII
/// characters: what one reader takes for text would be markup for another.
pub(super) fn accepted(label: &[u8]) -> Result<&'static Encoding, Refusal> {
    let encoding = Encoding::for_label(label).ok_or(Refusal::UnknownCharset)?;
    let hides_ascii =
        [ISO_2022_JP, UTF_16BE, UTF_16LE, REPLACEMENT, X_USER_DEFINED].contains(&encoding);
    if hides_ascii {
        return Err(Refusal::UnknownCharset);
    }
    Ok(encoding)
}

/// Decodes a document that is only read: a byte order mark wins, then what was declared (unless it
/// says UTF-8 and is not), then UTF-8 if the bytes are that, else windows-1252.
pub(super) fn decode<'bytes>(bytes: &'bytes [u8], declared: Option<&[u8]>) -> Cow<'bytes, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding
            .decode_without_bom_handling(bytes.get(mark..).unwrap_or_default())
            .0;
    }
    match declared.and_then(Encoding::for_label) {
        Some(encoding) if encoding != UTF_8 => encoding.decode_without_bom_handling(bytes).0,
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
        },
    }
}

/// Finds the `encoding` of an XML declaration within the first 1,024 bytes.
pub(super) fn xml_declaration(bytes: &[u8]) -> Option<&[u8]> {
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
pub(super) fn label(value: &[u8]) -> Option<&[u8]> {
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
pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
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
}
