//! A scanner for tags and attributes in text that may not be well-formed XML. It never fails.
//!
//! It ignores document types and nesting, and knows only the five entities of XML. Each piece of the input is read once,
//! so hostile input takes linear time.

use std::borrow::Cow;

use crate::html::strip_markup;

/// One piece of a document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MarkupPiece<'text> {
    /// Undecoded character data; includes a `<` that starts no tag.
    Text(&'text str),
    /// The content of a CDATA section, which needs no decoding.
    Cdata(&'text str),
    /// A comment.
    Comment,
    /// A start tag, or an empty element's.
    Open {
        /// The name with its prefix.
        name: &'text str,
        /// Everything between the name and the `>`.
        attributes: &'text str,
    },
    /// An end tag.
    Close(&'text str),
    /// A processing instruction or a declaration.
    Other,
}

/// The pieces of a document, in order.
pub(crate) struct Pieces<'text> {
    rest: &'text str,
}

/// The attributes at the start of some text, up to a `<` or `-->` outside of quotes. A `>` does *not*
/// end them: real pages close a tag too early and continue with its attributes.
pub(crate) struct Attributes<'text> {
    rest: &'text str,
}

/// The longest name of a character reference.
const MAX_NAME: usize = 40;

/// The longest attribute value in bytes; a quote that is not closed within it is ignored.
const MAX_VALUE: usize = 16 * 1024;

/// Splits `text` into pieces.
pub(crate) fn pieces(text: &str) -> Pieces<'_> {
    Pieces { rest: text }
}

/// The attributes at the start of `text`, with undecoded values.
pub(crate) fn attributes(text: &str) -> Attributes<'_> {
    Attributes { rest: text }
}

/// The name without its prefix.
pub(crate) fn local_name(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Decodes character references once: numbers and the five names of XML; others are kept.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let end = after.bytes().take(10).position(|byte| byte == b';');
        let named = end.and_then(|end| after.split_at_checked(end));
        if let Some((name, tail)) = named
            && let Some(character) = decode_reference(name)
        {
            out.push(character);
            rest = tail.strip_prefix(';').unwrap_or(tail);
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// Escapes only what would be read as a tag or a character reference.
///
/// PHP's `strip_tags`, which WordPress uses, treats any `<` without following white space as a tag.
pub(crate) fn escape_markup(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '&']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match from.strip_prefix('<') {
            Some(after) => {
                let is_tag = !after.starts_with(|next: char| next.is_ascii_whitespace());
                out.push_str(if is_tag { "&lt;" } else { "<" });
                rest = after;
            }
            None => {
                let after = from.strip_prefix('&').unwrap_or(from);
                out.push_str(if is_reference(after) { "&amp;" } else { "&" });
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether a browser reads `&` and the text after it as a character reference. Many need no `;`.
fn is_reference(after: &str) -> bool {
    if let Some(number) = after.strip_prefix('#') {
        return match number.strip_prefix(['x', 'X']) {
            Some(hex) => hex.starts_with(|digit: char| digit.is_ascii_hexdigit()),
            None => number.starts_with(|digit: char| digit.is_ascii_digit()),
        };
    }
    let name: String = after
        .chars()
        .take(MAX_NAME)
        .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == ';')
        .collect();
    !name.is_empty() && !strip_markup(&format!("&{name}")).starts_with(&format!("&{name}"))
}

impl<'text> Iterator for Pieces<'text> {
    type Item = MarkupPiece<'text>;

    fn next(&mut self) -> Option<MarkupPiece<'text>> {
        if self.rest.is_empty() {
            return None;
        }
        let Some(inside) = self.rest.strip_prefix('<') else {
            return Some(MarkupPiece::Text(self.until_tag(0)));
        };
        if let Some(inside) = inside.strip_prefix("!--") {
            self.rest = inside.split_once("-->").map_or("", |(_, rest)| rest);
            return Some(MarkupPiece::Comment);
        }
        if let Some(inside) = inside.strip_prefix("![CDATA[") {
            let (content, rest) = inside.split_once("]]>").unwrap_or((inside, ""));
            self.rest = rest;
            return Some(MarkupPiece::Cdata(content));
        }
        let opens = |character: char| character.is_alphabetic() || matches!(character, '/' | '_');
        let ends = inside.find(['<', '>']).map(|end| inside.split_at(end));
        let Some((tag, rest)) = ends.and_then(|(tag, rest)| Some((tag, rest.strip_prefix('>')?)))
        else {
            return Some(MarkupPiece::Text(self.until_tag(1)));
        };
        if tag.starts_with(['!', '?']) {
            self.rest = rest;
            return Some(MarkupPiece::Other);
        }
        if !tag.starts_with(opens) {
            return Some(MarkupPiece::Text(self.until_tag(1)));
        }
        self.rest = rest;
        if let Some(name) = tag.strip_prefix('/') {
            let name = name.split_whitespace().next();
            return Some(MarkupPiece::Close(name.unwrap_or_default()));
        }
        let name_ends = tag
            .find(|character: char| character.is_whitespace() || character == '/')
            .unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(name_ends);
        Some(MarkupPiece::Open { name, attributes })
    }
}

impl<'text> Pieces<'text> {
    /// The text up to the next `<` after the first `skip` bytes.
    fn until_tag(&mut self, skip: usize) -> &'text str {
        let end = self
            .rest
            .bytes()
            .skip(skip)
            .position(|byte| byte == b'<')
            .map_or(self.rest.len(), |end| end + skip);
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        text
    }
}

impl<'text> Attributes<'text> {
    /// The text after the attributes that were read so far.
    pub(crate) fn rest(&self) -> &'text str {
        self.rest
    }

    /// Reads a value at the start of the rest: quoted, or up to white space.
    fn read_value(&mut self) -> Option<&'text str> {
        let quote = *self.rest.as_bytes().first()?;
        if matches!(quote, b'"' | b'\'') {
            let inside = self.rest.strip_prefix(['"', '\''])?;
            self.rest = inside;
            let length = inside
                .bytes()
                .take(MAX_VALUE)
                .position(|byte| byte == quote)?;
            let (value, rest) = inside.split_at(length);
            self.rest = rest.strip_prefix(['"', '\''])?;
            return Some(value);
        }
        let ends = |character: char| character.is_whitespace() || "\"'<>".contains(character);
        let length = self.rest.find(ends).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(value)
    }
}

impl<'text> Iterator for Attributes<'text> {
    type Item = (&'text str, &'text str);

    fn next(&mut self) -> Option<(&'text str, &'text str)> {
        let junk = |character: char| character.is_whitespace() || "/>\"'=".contains(character);
        let ends = |character: char| junk(character) || character == '<';
        loop {
            self.rest = self.rest.trim_start_matches(junk);
            if self.rest.is_empty() || self.rest.starts_with('<') || self.rest.starts_with("-->") {
                return None;
            }
            let length = self.rest.find(ends).unwrap_or(self.rest.len());
            let (name, rest) = self.rest.split_at(length);
            self.rest = rest;
            if let Some(value) = rest.trim_start().strip_prefix('=') {
                self.rest = value.trim_start();
                if let Some(value) = self.read_value() {
                    return Some((name, value));
                }
            }
        }
    }
}

fn decode_reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// Whether a document is a page, as far as a program that looks for its endpoints is concerned.
pub(super) fn is_page(content_type: Option<&str>, text: &str) -> bool {
    let kind = content_type.and_then(|kind| kind.split([';', ',']).next());
    match kind
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "" | "text/html" | "application/xhtml+xml" => true,
        "text/xml" | "application/xml" => root(text).is_some_and(|tag| {
            let name: String = tag.chars().take_while(char::is_ascii_alphabetic).collect();
            name.eq_ignore_ascii_case("html")
        }),
        _ => false,
    }
}

/// Whether a browser would show a document as a page with links. Of several media types browsers take one or another.
pub(super) fn is_shown_page(content_type: Option<&str>, text: &str) -> bool {
    let essence = |kind: &str| {
        let essence = kind.split(';').next().unwrap_or_default();
        essence.trim().to_ascii_lowercase()
    };
    let header = content_type.unwrap_or_default();
    let all = header.split(',').map(essence);
    let mut kinds: Vec<String> = all.filter(|kind| kind.contains('/')).collect();
    kinds.dedup();
    match kinds.as_slice() {
        [] => essence(header).is_empty(),
        [kind] => match kind.as_str() {
            "text/html" => true,
            "application/xhtml+xml" | "text/xml" | "application/xml" => is_xhtml(text),
            _ => false,
        },
        [_, _, ..] => false,
    }
}

/// Whether the root of a document in XML is an `html` in the namespace of XHTML: the links of others lead nowhere. One with
/// a style sheet in XSLT, or entities of its own, is shown as another document.
fn is_xhtml(text: &str) -> bool {
    let tag = root(text).unwrap_or_default();
    let before = text.len().saturating_sub(tag.len());
    let prolog = text.get(..before).unwrap_or_default();
    let has_xslt = |instruction: &str| {
        let end = instruction.find("?>").unwrap_or(instruction.len());
        !instruction.get(..end).is_some_and(|it| it.contains("css"))
    };
    let declares = |rest: &str| rest.split('>').next().is_some_and(|it| it.contains('['));
    let is_plain = !prolog.split("<!DOCTYPE").skip(1).any(declares)
        && !prolog.split("<?xml-stylesheet").skip(1).any(has_xslt);
    let tag = tag.split_once('>').map_or(tag, |(tag, _)| tag);
    let ends = |letter: char| letter.is_whitespace() || letter == '/';
    let (name, values) = tag.split_at(tag.find(ends).unwrap_or(tag.len()));
    let (declaration, local) = match name.split_once(':') {
        Some((prefix, local)) => (format!("xmlns:{prefix}"), local),
        None => ("xmlns".to_owned(), name),
    };
    let mut values = attributes(values);
    is_plain
        && local == "html"
        && values.any(|(name, value)| name == declaration && unescape(value).trim() == XHTML)
}

/// The text from the name of the first element on.
fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        let end = match after.chars().next() {
            Some('!') if after.starts_with("!--") => "-->",
            Some('!') => ">",
            Some('?') => "?>",
            _ => return Some(after),
        };
        rest = after.split_once(end).map_or("", |(_, behind)| behind);
    }
    None
}

/// The namespace of XHTML.
const XHTML: &str = "http://www.w3.org/1999/xhtml";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_document_falls_into_pieces() {
        let text = "<?xml?><a:b c='d'/>x < y<!-- <z> --><![CDATA[<z>&]]></ a:b c ><q";
        assert_eq!(
            pieces(text).collect::<Vec<_>>(),
            [
                MarkupPiece::Other,
                MarkupPiece::Open {
                    name: "a:b",
                    attributes: " c='d'/"
                },
                MarkupPiece::Text("x "),
                MarkupPiece::Text("< y"),
                MarkupPiece::Comment,
                MarkupPiece::Cdata("<z>&"),
                MarkupPiece::Close("a:b"),
                MarkupPiece::Text("<q"),
            ]
        );
    }

    #[test]
    fn attributes_go_on_behind_a_tag_that_was_closed_too_early() {
        let text = " a = \"1\" b='2' c=3 d />\n e=\"f>g\" \"h=\"stray\" i='<' --> j='4' <k l='5'>";
        let mut found = attributes(text);
        assert_eq!(
            found.by_ref().collect::<Vec<_>>(),
            [
                ("a", "1"),
                ("b", "2"),
                ("c", "3"),
                ("e", "f>g"),
                ("h", "stray"),
                ("i", "<")
            ]
        );
        assert!(found.rest().starts_with("-->"));
    }

    #[test]
    fn an_unclosed_quote_spoils_only_itself() {
        let text = format!("a=\"{} b='2'", "x ".repeat(MAX_VALUE));
        assert_eq!(attributes(&text).last(), Some(("b", "2")));
    }

    #[test]
    fn f4_what_no_browser_shows_as_a_page_is_none() {
        let html = "<html><p>x";
        let xhtml = "<?xml version='1.0'?><!DOCTYPE html><!-- <x> --><html lang='en' xmlns='http://www.w3.org/1999/xhtml'><p/></html>";
        for (kind, text, expected) in [
            ("", html, true),
            ("text/html", html, true),
            ("Text/HTML;charset=utf-8", html, true),
            ("text/html; charset=utf-8, text/html", html, true),
            ("text/html, text/plain", html, false),
            ("text/plain, text/html", html, false),
            ("text/html,application/xhtml+xml", xhtml, false),
            ("text/plain", html, false),
            ("html", html, false),
            ("application/xhtml+xml", xhtml, true),
            ("application/xml", xhtml, true),
            ("text/xml; charset=utf-8", xhtml, true),
            ("application/xhtml+xml", html, false),
            ("text/xml", html, false),
        ] {
            assert_eq!(is_shown_page(Some(kind), text), expected, "{kind}: {text}");
        }
        let namespace = "xmlns='http://www.w3.org/1999/xhtml'";
        for root in [
            "<html xmlns='urn:x'>".to_owned(),
            "<html xmlns:x='http://www.w3.org/1999/xhtml'>".to_owned(),
            format!("<html title=\"{namespace}\">"),
            format!("<html><p {namespace}>"),
            format!("<HTML {namespace}>"),
            format!("<x {namespace}>"),
            format!("<x><html {namespace}>"),
            format!("<x:html xmlns:x='urn:x' {namespace}>"),
            format!("<!DOCTYPE x [<!ENTITY y \"<html {namespace}>\">]><x>"),
            format!("<?y <html {namespace}> ?><x>"),
            format!("<?xml-stylesheet type='text/xsl' href='/y'?><html {namespace}>"),
            format!("<!-- <html {namespace}> --><x>"),
            "plain".to_owned(),
        ] {
            assert!(!is_shown_page(Some("text/xml"), &root), "{root}");
        }
        let prefixed = "<h:html xmlns='urn:x' xmlns:h='http://www.w3.org/1999/xhtml'>";
        assert!(is_shown_page(Some("text/xml"), prefixed));
        let styled = format!("<?xml-stylesheet type='text/css' href='/y'?><html {namespace}>");
        assert!(is_shown_page(Some("text/xml"), &styled));
    }

    #[test]
    fn references_are_decoded_once() {
        assert_eq!(
            unescape("&amp;lt; &#45;&#x2D; &nbsp; & &#xD800; &猫猫猫猫猫; &lt;&gt;&quot;&apos;"),
            "&lt; -- &nbsp; & &#xD800; &猫猫猫猫猫; <>\"'"
        );
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]
        #[test]
        fn any_text_is_read_without_panic(text in "(?s)([<>!?/\\[\\]\"'=&;#a-] ?|.|<!--|-->|<!\\[CDATA\\[){0,60}") {
            prop_assert!(pieces(&text).count() <= text.len());
            prop_assert!(attributes(&text).count() <= text.len());
            prop_assert!(unescape(&text).len() <= text.len());
        }
    }
}
