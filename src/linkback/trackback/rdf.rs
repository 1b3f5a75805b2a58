//! Writes the RDF block in a page by which its ping URL is discovered.
//!
//! The block is inside an HTML comment, as version 1.1 of the specification allows (clause 8) and validators require; so
//! nothing in it may end the comment.

use super::ping::Ping;
use crate::text::{clean, crop, escape_xml};

/// Writes the block for the entry `identifier` (its permalink), for its page (clause 8): several lines that end with
/// a newline, to be inserted into the HTML without escaping.
///
/// The title is cleaned and cropped as that of a ping. The two URLs must be absolute; they are escaped, but not validated.
/// No value can end the comment.
#[must_use]
pub fn block(identifier: &str, title: &str, ping_url: &str) -> String {
    let title = clean(title);
    let title = in_comment(&crop(&title, Ping::MAX_TITLE, ""));
    let identifier = in_comment(identifier);
    let ping_url = in_comment(ping_url);
    format!(
        "<!--\n\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"\n\
         \x20        xmlns:dc=\"http://purl.org/dc/elements/1.1/\"\n\
         \x20        xmlns:trackback=\"http://madskills.com/public/xml/rss/module/trackback/\">\n\
         <rdf:Description\n\
         \x20   rdf:about=\"{identifier}\"\n\
         \x20   dc:identifier=\"{identifier}\"\n\
         \x20   dc:title=\"{title}\"\n\
         \x20   trackback:ping=\"{ping_url}\" />\n\
         </rdf:RDF>\n\
         -->\n"
    )
}

/// Escapes an attribute value so that it contains no `--`, which would end the comment.
fn in_comment(text: &str) -> String {
    escape_xml(text).replace("--", "-&#45;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkback::discover::{DiscoverySource, discover};
    use proptest::prelude::*;
    use quick_xml::Reader;
    use quick_xml::events::Event;
    use url::Url;

    const ENTRY: &str = "https://blog.example/a--b/?x=1&y=--2";
    const PING: &str = "https://blog.example/cgi-bin/tb.cgi?tb_id=a--->b&c=d";

    fn inside(block: &str) -> &str {
        let inside = block.strip_prefix("<!--\n").unwrap();
        let inside = inside.strip_suffix("-->\n").unwrap();
        assert!(!inside.contains("--"), "{inside}");
        assert!(!inside.starts_with('>') && !inside.ends_with('-'));
        inside
    }

    /// Reads the title as an XML parser does, which also checks that the block is well-formed.
    fn title_by_xml(document: &str) -> String {
        let mut reader = Reader::from_str(document);
        let mut title = String::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Empty(tag) => {
                    for attribute in tag.attributes() {
                        let attribute = attribute.unwrap();
                        if attribute.key.as_ref() == "dc:title" {
                            title = quick_xml::escape::unescape(&attribute.value)
                                .unwrap()
                                .into_owned();
                        }
                    }
                }
                Event::Eof => return title,
                _ => {}
            }
        }
    }

    #[test]
    fn clause_8_the_block_carries_all_four_attributes() {
        let block = block("http://a/1", "T", "http://a/tb/1");
        for attribute in [
            "rdf:about=\"http://a/1\"",
            "dc:identifier=\"http://a/1\"",
            "dc:title=\"T\"",
            "trackback:ping=\"http://a/tb/1\"",
        ] {
            assert!(block.contains(attribute), "{attribute}");
        }
    }

    #[test]
    fn s3_a_title_cannot_end_the_comment() {
        for title in [
            "--><script>alert(1)</script>",
            "--!>",
            "-",
            "--",
            "---",
            "----",
            "->",
            "<!--",
            "\"'&amp;",
            "-\u{0}-",
            "-\u{202E}-",
        ] {
            inside(&block(ENTRY, title, PING));
        }
        inside(&block("-->", "x", "--!><b>"));
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]
        #[test]
        fn any_title_comes_back_through_discovery(title in "(?s)([-<>&;\"'!#]|.){0,300}") {
            let block = block(ENTRY, &title, PING);
            let cleaned = clean(&title);
            prop_assert_eq!(title_by_xml(inside(&block)), crop(&cleaned, Ping::MAX_TITLE, ""));
            let entry = Url::parse(ENTRY).unwrap();
            let page = format!("<html><body>\n{block}</body></html>");
            let discovery = discover(page.as_bytes(), Some("text/html;charset=utf-8"), &entry, &entry);
            let found = discovery.best().unwrap();
            prop_assert_eq!(found.source, DiscoverySource::Rdf);
            prop_assert_eq!(found.ping_url.as_str(), PING.replace('>', "%3E"));
            prop_assert_eq!(found.identifier.as_ref(), Some(&entry));
            let cropped = crop(&cleaned, Ping::MAX_TITLE, "");
            prop_assert_eq!(found.title.as_deref().unwrap_or_default(), cropped);
        }
    }
}
