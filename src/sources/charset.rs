//! Recognises the format and the charset of a source by its first bytes, and decodes its text while it is read.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::charset::{self, DecodedText, Decoding};
use crate::html::Document;
use crate::linkback::discover::declared_charset;
use crate::urls::parse_plain_web;

/// How many bytes at the beginning of a source are inspected.
pub(super) const PREFIX: usize = 64 * 1024;

/// The format of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceFormat {
    /// RSS, RDF, Atom.
    XmlFeed,
    /// JSON Feed.
    JsonFeed,
    /// `<urlset>` or `<sitemapindex>`, or a URL on each line (`sitemap.txt`).
    Sitemap,
    /// A page.
    Page,
    /// Something else.
    Unknown,
}

/// With which elements a page begins that does not say that it is HTML: those of the MIME Sniffing Standard, those that
/// stand in a head, and those that generators write around an entry.
const PAGE_BEGINS: [&str; 32] = [
    "a",
    "article",
    "aside",
    "b",
    "base",
    "blockquote",
    "body",
    "br",
    "center",
    "div",
    "font",
    "footer",
    "h1",
    "h2",
    "head",
    "header",
    "html",
    "iframe",
    "link",
    "main",
    "meta",
    "nav",
    "noscript",
    "p",
    "script",
    "section",
    "span",
    "style",
    "table",
    "template",
    "title",
    "ul",
];

/// The format of a source, by its first element; comments and declarations before that are skipped.
pub(crate) fn form(prefix: &[u8], content_type: Option<&str>) -> SourceFormat {
    let text = text(prefix, content_type);
    if let Some(output) = behind_messages(&text)
        && let found @ (SourceFormat::XmlFeed | SourceFormat::Sitemap) = form_of(output)
    {
        return found;
    }
    form_of(&text)
}

/// The XML behind the messages that PHP writes before it where `display_errors` is on.
fn behind_messages(text: &str) -> Option<&str> {
    const KINDS: [&str; 4] = ["Warning", "Notice", "Deprecated", "Strict Standards"];
    let mut begin = text.trim_start();
    while let Some(behind) = ["<br />", "<br>", "<b>"]
        .iter()
        .find_map(|tag| begin.strip_prefix(tag))
    {
        begin = behind.trim_start();
    }
    let is_message = |kind: &&str| {
        let behind = begin.strip_prefix(*kind);
        behind.is_some_and(|behind| behind.starts_with([':', '<']))
    };
    if !KINDS.iter().any(is_message) {
        return None;
    }
    begin.find("<?xml").and_then(|at| begin.get(at..))
}

fn form_of(text: &str) -> SourceFormat {
    let mut rest = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
    if rest.starts_with('{') {
        return SourceFormat::JsonFeed;
    }
    let first = rest.lines().next().unwrap_or_default().trim();
    if !first.contains(char::is_whitespace) && parse_plain_web(first).is_some() {
        return SourceFormat::Sitemap;
    }
    let mut says_html = false;
    loop {
        rest = rest.trim_start();
        says_html = says_html || is_html_doctype(rest);
        let after = if let Some(inside) = rest.strip_prefix("<!--") {
            inside.split_once("-->")
        } else if rest.starts_with("<?") {
            rest.split_once("?>")
        } else if rest.starts_with("<!") {
            let subset = rest
                .find(['[', '>'])
                .filter(|&at| rest.as_bytes().get(at) == Some(&b'['));
            let end = if subset.is_some() {
                rest.split_once(']')
            } else {
                Some(("", rest))
            };
            end.and_then(|(_, behind)| behind.split_once('>'))
        } else {
            break;
        };
        match after {
            Some((_, after)) => rest = after,
            None => return SourceFormat::Unknown,
        }
    }
    let other = match says_html {
        true => SourceFormat::Page,
        false => SourceFormat::Unknown,
    };
    let Some(tag) = rest.strip_prefix('<') else {
        return other;
    };
    let ends = |character: char| character.is_whitespace() || matches!(character, '>' | '/');
    let name = tag.split(ends).next().unwrap_or_default();
    let local = name.rsplit(':').next().unwrap_or_default();
    match local.to_ascii_lowercase().as_str() {
        "rss" | "rdf" | "feed" | "channel" => SourceFormat::XmlFeed,
        "urlset" | "sitemapindex" => SourceFormat::Sitemap,
        name if PAGE_BEGINS.contains(&name) => SourceFormat::Page,
        _ => other,
    }
}

fn is_html_doctype(text: &str) -> bool {
    let (begin, rest) = text.split_at_checked(9).unwrap_or_default();
    let name = rest.trim_start().as_bytes().get(..4);
    begin.eq_ignore_ascii_case("<!doctype")
        && name.is_some_and(|name| name.eq_ignore_ascii_case(b"html"))
}

/// Decodes a page that is in memory.
pub(crate) fn text<'bytes>(bytes: &'bytes [u8], content_type: Option<&str>) -> DecodedText<'bytes> {
    DecodedText::sniffed(bytes, encoding(bytes, content_type))
}

/// Reads a page that is in memory.
pub(super) fn tree_of(bytes: &[u8], content_type: Option<&str>) -> Document {
    Document::parse_decoded(&text(bytes, content_type), content_type)
}

/// The encoding of a source, by its beginning: the declared one (unless it is UTF-8 and the bytes are not), else UTF-8
/// if the bytes are mostly that, else windows-1252. A byte order mark wins over all of these where the text is decoded.
pub(crate) fn encoding(prefix: &[u8], content_type: Option<&str>) -> &'static Encoding {
    match prefix {
        [b'<', 0, _, 0, ..] => return UTF_16LE,
        [0, b'<', 0, _, ..] => return UTF_16BE,
        _ => {}
    }
    let declared = declared_charset(prefix, content_type);
    // A declaration of UTF-16 that is written in ASCII is wrong.
    let wide = |encoding| encoding == UTF_16LE || encoding == UTF_16BE;
    let is_wide = prefix.iter().take(100).any(|&byte| byte == 0);
    match declared {
        Some(encoding) if encoding != UTF_8 && (is_wide || !wide(encoding)) => encoding,
        _ if is_cut(prefix) => UTF_8,
        _ => charset::utf8_or_windows_1252(prefix),
    }
}

/// Whether only the last character of a text in UTF-8 is incomplete.
fn is_cut(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

/// A reader that decodes to UTF-8, with a limit on the size of each part.
pub(crate) struct Text<R> {
    inner: Decoding<R>,
    allowance: Allowance,
}

/// How many bytes may still be read, shared between the reader and its user.
#[derive(Clone)]
pub(crate) struct Allowance {
    left: Rc<Cell<usize>>,
    most: usize,
}

impl Allowance {
    /// Resets the limit: a new part begins.
    pub(crate) fn renew(&self) {
        self.left.set(self.most);
    }
}

impl<R: Read> Text<R> {
    /// Decodes `inner`, which begins with `prefix`. Reading fails after more than `most` bytes without a call
    /// of [`Allowance::renew`].
    pub(crate) fn new(inner: R, prefix: &[u8], content_type: Option<&str>, most: usize) -> Text<R> {
        let decoder = encoding(prefix, content_type).new_decoder();
        Text::of(Decoding::new(inner, Some(decoder)), most)
    }

    /// A text that is decoded already, with that limit.
    pub(crate) fn of(inner: Decoding<R>, most: usize) -> Text<R> {
        Text {
            inner,
            allowance: Allowance {
                left: Rc::new(Cell::new(most)),
                most,
            },
        }
    }

    /// The limit, which the user of the reader resets for each part.
    pub(crate) fn allowance(&self) -> Allowance {
        self.allowance.clone()
    }
}

impl<R: Read> BufRead for Text<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let all = self.inner.fill_buf()?;
        let left = self.allowance.left.get();
        if left == 0 && !all.is_empty() {
            let most = self.allowance.most >> 20;
            return Err(io::Error::other(format!(
                "a part of it is larger than {most} MiB"
            )));
        }
        Ok(all.get(..left).unwrap_or(all))
    }

    fn consume(&mut self, count: usize) {
        self.inner.consume(count);
        let left = &self.allowance.left;
        left.set(left.get().saturating_sub(count));
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charset::PIECE;

    #[test]
    fn a_source_is_told_by_its_first_element() {
        for (text, expected) in [
            (
                "\u{FEFF}<?xml version='1.0'?>\n<!-- <x> --><?y z?><rss>",
                SourceFormat::XmlFeed,
            ),
            (
                "<!DOCTYPE rss PUBLIC 'x'><rss version='0.91'>",
                SourceFormat::XmlFeed,
            ),
            (
                "<!DOCTYPE rdf:RDF [<!ENTITY % l PUBLIC 'x' 'y'>\n%l;]  ><rdf:RDF>",
                SourceFormat::XmlFeed,
            ),
            ("<!DOCTYPE x [ <!ENTITY", SourceFormat::Unknown),
            ("<rdf:RDF xmlns:rdf='x'>", SourceFormat::XmlFeed),
            ("<a:feed>", SourceFormat::XmlFeed),
            (" {\"version\":", SourceFormat::JsonFeed),
            ("<urlset>", SourceFormat::Sitemap),
            (
                "<br />\n<b>Warning</b>:  x() in <b>/y.php</b> on line <b>3</b><br />\n<?xml version='1.0'?><rss>",
                SourceFormat::XmlFeed,
            ),
            (
                "\nNotice: x in y.php on line 3\n<?xml version='1.0'?>\n<urlset>",
                SourceFormat::Sitemap,
            ),
            (
                "<br />\n<b>Warning</b>: x<br />\n<!DOCTYPE html><html><pre>&lt;?xml",
                SourceFormat::Page,
            ),
            ("<br>\n<b>Warning</b>: x", SourceFormat::Page),
            ("<sitemapindex/>", SourceFormat::Sitemap),
            ("<!doctype html><html>", SourceFormat::Page),
            ("<HTML>", SourceFormat::Page),
            (
                "<!DOCTYPE HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'><base href='/'>",
                SourceFormat::Page,
            ),
            ("<!-- x --><!doctype\n html\n><figure>", SourceFormat::Page),
            ("<!doctype html>hello", SourceFormat::Page),
            ("<!doctype svg><svg>", SourceFormat::Unknown),
            ("<!doctype html><!-- x --><figure>", SourceFormat::Page),
            ("<!doctype html>", SourceFormat::Page),
            ("<base href=/>", SourceFormat::Page),
            ("<Style>", SourceFormat::Page),
            ("<script src=x>", SourceFormat::Page),
            ("<abbr>", SourceFormat::Unknown),
            ("", SourceFormat::Unknown),
            ("hello", SourceFormat::Unknown),
            ("<!--", SourceFormat::Unknown),
            ("<svg>", SourceFormat::Unknown),
        ] {
            assert_eq!(form(text.as_bytes(), None), expected, "{text}");
        }
        let wrong = b"<?xml version='1.0' encoding='utf-16'?><rss>";
        assert_eq!(form(wrong, None), SourceFormat::XmlFeed);
        let utf16: Vec<u8> = "\u{FEFF}<rss>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(form(&utf16, None), SourceFormat::XmlFeed);
    }

    #[test]
    fn a_charset_is_known_by_the_names_that_php_java_and_windows_give_it() {
        for (label, cat) in [
            ("SJIS-win", b"\x94\x4C"),
            ("windows-932", b"\x94\x4C"),
            ("eucJP-win", b"\xC7\xAD"),
            ("CP51932", b"\xC7\xAD"),
            ("CP936", b"\xC3\xA8"),
            ("ms950", b"\xBF\xDF"),
        ] {
            let kind = format!("text/xml; charset={label}");
            let known = charset::named(label).unwrap();
            let text = text(cat, Some(&kind));
            assert_eq!(*text, *known.decode_without_bom_handling(cat).0, "{label}");
            assert_eq!(text.chars().count(), 1, "{label}: {}", &*text);
        }
    }

    #[test]
    fn utf_16_is_known_without_a_byte_order_mark() {
        let feed = "<?xml version='1.0' encoding='UTF-16'?><rss>猫";
        let bytes =
            |unit: fn(u16) -> [u8; 2]| feed.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        for bytes in [bytes(u16::to_le_bytes), bytes(u16::to_be_bytes)] {
            assert_eq!(form(&bytes, None), SourceFormat::XmlFeed);
            assert_eq!(&*text(&bytes, Some("text/xml")), feed);
        }
    }

    #[test]
    fn text_is_decoded_across_the_edges_of_what_is_read_at_once() {
        let euc = b"\xC7\xAD".repeat(PIECE);
        for shift in 0..2 {
            let mut bytes = vec![b'x'; shift];
            bytes.extend(&euc);
            let kind = Some("text/xml; charset=EUC-JP");
            let mut reader = Text::new(bytes.as_slice(), &bytes, kind, usize::MAX);
            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            assert_eq!(text, format!("{}{}", "x".repeat(shift), "猫".repeat(PIECE)));
        }
        let cut = "é".as_bytes().get(..1).unwrap();
        let mut text = String::new();
        Text::new(cut, cut, None, 100)
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "\u{FFFD}");
    }

    #[test]
    fn s7_only_so_much_is_read_at_once() {
        let bytes = vec![b'x'; 3 << 20];
        let mut reader = Text::new(bytes.as_slice(), &bytes, None, 1 << 20);
        let mut text = String::new();
        assert!(reader.read_to_string(&mut text).is_err());
        let mut exact = Text::new(bytes.as_slice(), &bytes, None, 3 << 20);
        text.clear();
        assert_eq!(exact.read_to_string(&mut text).unwrap(), 3 << 20);
    }
}
