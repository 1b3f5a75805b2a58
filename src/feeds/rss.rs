//! Writes RSS 2.0 and RSS 0.91.

use std::io;

use jiff::fmt::rfc2822::DateTimePrinter;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::channel::{Channel, FeedItem};
use crate::text;

pub(super) type Xml = Writer<Vec<u8>>;

/// An RSS 2.0 document with each ping's title, link, description, weblog, guid and date.
///
/// A description is HTML by that specification, so the excerpt, which is plain text, is escaped for HTML first.
pub fn rss_2_0(channel: &Channel, items: &[FeedItem]) -> String {
    let described = |item: &FeedItem| {
        let description = text::escape_xml(&item.record.excerpt).into_owned();
        (item.clone(), description)
    };
    let items: Vec<(FeedItem, String)> = items.iter().map(described).collect();
    rss_2_0_described(channel, &items)
}

/// Like [`rss_2_0`], with an HTML description given for each item.
pub fn rss_2_0_described(channel: &Channel, items: &[(FeedItem, String)]) -> String {
    document(|xml| {
        let root = [
            ("version", "2.0"),
            ("xmlns:atom", "http://www.w3.org/2005/Atom"),
            ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
        ];
        xml.create_element("rss")
            .with_attributes(root)
            .write_inner_content(|xml| {
                xml.create_element("channel").write_inner_content(|xml| {
                    describe(xml, channel)?;
                    if let Some(url) = &channel.self_url {
                        xml.create_element("atom:link")
                            .with_attributes([
                                ("href", url.as_str()),
                                ("rel", "self"),
                                ("type", "application/rss+xml"),
                            ])
                            .write_empty()?;
                    }
                    for (item, description) in items {
                        xml.create_element("item")
                            .write_inner_content(|xml| item_2_0(xml, item, description))?;
                    }
                    Ok(())
                })?;
                Ok(())
            })?;
        Ok(())
    })
}

/// The reply to `__mode=rss` by the TrackBack specification: RSS 0.91 inside `<response>`.
pub fn rss_0_91(channel: &Channel, items: &[FeedItem]) -> String {
    document(|xml| {
        xml.create_element("response").write_inner_content(|xml| {
            element(xml, "error", "0")?;
            xml.create_element("rss")
                .with_attribute(("version", "0.91"))
                .write_inner_content(|xml| {
                    xml.create_element("channel").write_inner_content(|xml| {
                        describe(xml, channel)?;
                        element(xml, "language", "en")?;
                        for FeedItem { record: ping, .. } in items {
                            xml.create_element("item").write_inner_content(|xml| {
                                element(xml, "title", &ping.title)?;
                                element(xml, "link", &ping.url)?;
                                element(xml, "description", &ping.excerpt)
                            })?;
                        }
                        Ok(())
                    })?;
                    Ok(())
                })?;
            Ok(())
        })?;
        Ok(())
    })
}

fn describe(xml: &mut Xml, channel: &Channel) -> io::Result<()> {
    element(xml, "title", &channel.title)?;
    element(xml, "link", channel.link.as_str())?;
    element(xml, "description", &channel.description)
}

fn item_2_0(xml: &mut Xml, item: &FeedItem, description: &str) -> io::Result<()> {
    let ping = &item.record;
    element(xml, "title", &ping.title)?;
    element(xml, "link", &ping.url)?;
    if !description.is_empty() {
        element(xml, "description", description)?;
    }
    if !ping.blog_name.is_empty() {
        element(xml, "dc:creator", &ping.blog_name)?;
    }
    let guid = text::escape_xml(&item.guid).into_owned();
    xml.create_element("guid")
        .with_attribute(("isPermaLink", "false"))
        .write_text_content(BytesText::from_escaped(guid))?;
    // Only years after 9999 cannot be written, and a `Timestamp` has none.
    let date = DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&ping.time)
        .unwrap_or_default();
    element(xml, "pubDate", &date)
}

pub(super) fn element(xml: &mut Xml, name: &str, value: &str) -> io::Result<()> {
    let escaped = text::escape_xml(value).into_owned();
    xml.create_element(name)
        .write_text_content(BytesText::from_escaped(escaped))?;
    Ok(())
}

pub(super) fn document(write: impl FnOnce(&mut Xml) -> io::Result<()>) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    let declaration = Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None));
    // Writing to memory cannot fail.
    let done = xml.write_event(declaration).and_then(|()| write(&mut xml));
    debug_assert!(done.is_ok());
    let mut text = String::from_utf8(xml.into_inner()).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::store::{Record, State};
    use quick_xml::Reader;

    fn channel() -> Channel {
        Channel {
            title: "TrackBacks for a & b".to_owned(),
            link: "https://blog.example/tb.cgi?__mode=list&tb_id=a"
                .parse()
                .unwrap(),
            description: "d".to_owned(),
            self_url: Some("https://blog.example/tb/a.xml".parse().unwrap()),
            updated: None,
            reactions: Vec::new(),
            language: Language::English,
        }
    }

    fn ping(text: &str) -> FeedItem {
        let record = Record {
            id: 17,
            time: "2026-11-20T05:00:00Z".parse().unwrap(),
            updated: None,
            url: "https://a.example/?a=1&b=2".to_owned(),
            title: text.to_owned(),
            excerpt: text.to_owned(),
            blog_name: text.to_owned(),
            state: State::Published,
            since: None,
            why: None,
            via: "trackback".to_owned(),
            from: None,
            rest: serde_json::Map::new(),
        };
        let guid = "https://blog.example/tb.cgi?__mode=list&tb_id=a#ping-17".to_owned();
        FeedItem {
            guid,
            id: crate::linkback::trackback::TbId::new(b"a").unwrap(),
            permalink: None,
            record,
        }
    }

    fn texts(xml: &str) -> Vec<String> {
        let mut reader = Reader::from_str(xml);
        let mut texts = Vec::new();
        let mut current = String::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Eof => return texts,
                Event::Start(_) => current.clear(),
                Event::Text(text) => current.push_str(&text),
                Event::GeneralRef(name) => {
                    current.push('&');
                    current.push_str(&name);
                    current.push(';');
                }
                Event::End(_) => {
                    texts.push(quick_xml::escape::unescape(&current).unwrap().into_owned())
                }
                _ => {}
            }
        }
    }

    #[test]
    fn clause_1_1_the_rss_mode_answers_0_91_inside_a_response() {
        let xml = rss_0_91(&channel(), &[ping("t")]);
        assert!(xml.starts_with(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<response>\n <error>0</error>"
        ));
        assert!(xml.contains("<rss version=\"0.91\">"));
        assert!(xml.contains("<language>"));
    }

    #[test]
    fn the_static_feed_has_what_a_validator_asks_for() {
        let xml = rss_2_0(&channel(), &[ping("t")]);
        for part in [
            "<atom:link href=\"https://blog.example/tb/a.xml\" rel=\"self\" type=\"application/rss+xml\"/>",
            "<guid isPermaLink=\"false\">https://blog.example/tb.cgi?__mode=list&amp;tb_id=a#ping-17</guid>",
            "<pubDate>Fri, 20 Nov 2026 05:00:00 GMT</pubDate>",
            "<link>https://a.example/?a=1&amp;b=2</link>",
        ] {
            assert!(xml.contains(part), "{part} in {xml}");
        }
    }

    #[test]
    fn s3_hostile_text_stays_text_in_every_feed() {
        let hostile = "</title>]]><script>\"'&\u{0}\u{FFFE}";
        let kept = "</title>]]><script>\"'&";
        let xml = rss_0_91(&channel(), &[ping(hostile)]);
        assert_eq!(texts(&xml).iter().filter(|text| *text == kept).count(), 2);
        let xml = rss_2_0(&channel(), &[ping(hostile)]);
        assert_eq!(
            texts(&xml).iter().filter(|text| *text == kept).count(),
            2,
            "title and weblog"
        );
        assert!(
            texts(&xml).contains(&text::escape_xml(hostile).into_owned()),
            "the description is HTML"
        );
    }
}
