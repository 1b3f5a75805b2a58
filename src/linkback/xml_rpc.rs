//! Parses XML-RPC documents as far as Pingback needs it: into the texts of the innermost elements, each with its path.
//!
//! A document with a document type is refused, so only the five entities of XML are ever expanded. So is one that is nested
//! deeper than [`MAX_DEPTH`], has more than [`MAX_TEXTS`] texts, is not well-formed or is truncated.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::Event;

/// The maximum depth of elements; a fault has eight levels.
pub(super) const MAX_DEPTH: usize = 16;

/// The maximum number of texts in a document.
pub(super) const MAX_TEXTS: usize = 256;

/// An element without child elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct XmlText {
    /// The names of the elements from the root to this one, separated by slashes.
    pub(super) path: String,
    /// Its text, decoded.
    pub(super) text: String,
}

/// A parsed document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct XmlDocument {
    /// Its texts, in order.
    pub(super) texts: Vec<XmlText>,
    /// How many elements it has.
    pub(super) elements: usize,
    /// Whether there is text before or behind the root.
    pub(super) has_text_around: bool,
}

/// Parses a document; `None` if it is refused.
pub(super) fn parse(document: &str) -> Option<XmlDocument> {
    let mut reader = Reader::from_str(document.trim_start_matches('\u{FEFF}').trim_start());
    reader.config_mut().allow_dangling_amp = true;
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut is_leaf = false;
    let mut texts = Vec::new();
    let (mut roots, mut elements) = (0, 0);
    let mut has_text_around = false;
    loop {
        let event = reader.read_event().ok()?;
        has_text_around |= open.is_empty() && is_text(&event);
        match event {
            Event::Start(tag) => {
                roots += usize::from(open.is_empty());
                elements += 1;
                open.push(tag.name().as_ref().to_owned());
                if open.len() > MAX_DEPTH || roots > 1 {
                    return None;
                }
                text.clear();
                is_leaf = true;
            }
            Event::End(_) => {
                if is_leaf {
                    if texts.len() == MAX_TEXTS {
                        return None;
                    }
                    texts.push(XmlText {
                        path: open.join("/"),
                        text: std::mem::take(&mut text),
                    });
                }
                open.pop();
                is_leaf = false;
            }
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::CData(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(name) => match name.resolve_char_ref() {
                Ok(Some(character)) => text.push(character),
                Ok(None) => text.push_str(resolve_xml_entity(&name)?),
                Err(_) => return None,
            },
            Event::DocType(_) => return None,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => {
                let is_whole = roots == 1 && open.is_empty();
                return is_whole.then_some(XmlDocument {
                    texts,
                    elements,
                    has_text_around,
                });
            }
        }
    }
}

/// Whether an event is text other than white space.
fn is_text(event: &Event<'_>) -> bool {
    match event {
        Event::Text(part) => !part.xml10_content().trim().is_empty(),
        Event::CData(_) | Event::GeneralRef(_) => true,
        Event::Start(_)
        | Event::End(_)
        | Event::Empty(_)
        | Event::Comment(_)
        | Event::Decl(_)
        | Event::PI(_)
        | Event::DocType(_)
        | Event::Eof => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_the_path_of_their_element() {
        let document = "\u{FEFF}\n<?xml version='1.0'?><a><b>1 &lt; 2 &#x732b;</b> <!-- c --><b/><d><e><![CDATA[<x>]]></e></d></a>\n";
        let parsed = parse(document).unwrap();
        assert_eq!(parsed.elements, 5);
        let texts = parsed.texts;
        let pairs: Vec<_> = texts
            .iter()
            .map(|text| (text.path.as_str(), text.text.as_str()))
            .collect();
        assert_eq!(pairs, [("a/b", "1 < 2 猫"), ("a/b", ""), ("a/d/e", "<x>")]);
    }

    #[test]
    fn text_around_the_root_is_told() {
        for (document, expected) in [
            ("<a/>", false),
            (
                "\n<?xml version='1.0'?>\n<!-- x --><a>x</a>\n<?y?>\n",
                false,
            ),
            ("<a/>garbage", true),
            ("<a/>&amp;", true),
            ("<a/><![CDATA[x]]>", true),
            ("<?xml version='1.0'?>x<a/>", true),
        ] {
            let parsed = parse(document).unwrap();
            assert_eq!(parsed.has_text_around, expected, "{document}");
        }
    }

    #[test]
    fn hostile_documents_are_refused() {
        let deep = |depth: usize| format!("{}x{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(parse(&deep(MAX_DEPTH)).is_some());
        let bomb = "<!DOCTYPE a [<!ENTITY b 'bbbbbbbb'><!ENTITY c '&b;&b;&b;&b;'>]><a>&c;</a>";
        for document in [
            bomb,
            "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a>x</a>",
            "<a>&b;</a>",
            "<a>&#0;</a>",
            "<a><b></a></b>",
            "<a>",
            "<a/><a/>",
            "",
            "text",
            "</a>",
            "<a b=\"",
            &deep(MAX_DEPTH + 1),
            &deep(10_000),
            &"<a>".repeat(20_000),
            &format!("<a>{}</a>", "<b/>".repeat(20_000)),
        ] {
            let start: String = document.chars().take(60).collect();
            assert_eq!(parse(document), None, "{start}");
        }
    }
}
