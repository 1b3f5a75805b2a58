//! Parses the list of pings that a server returns for `ping_url?__mode=rss` (specification 1.1, "Retrieving").
//!
//! The format is RSS 0.91 inside `<response>`, but the peers of 2002 write it with unescaped text, in odd charsets, or
//! truncated. What precedes an error is used. Every text is cleaned as that of a ping.

use url::Url;

use super::ping::Ping;
use super::reply::{self, Reply};
use crate::charset;
use crate::linkback::markup::{MarkupPiece, local_name, pieces, unescape};

/// A parsed list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PingListing {
    /// The pings in the list's order, at most [`MOST`]; those without a usable link are left out.
    Pings {
        /// The pings; no list names their weblogs.
        pings: Vec<Ping>,
        /// The page that the list belongs to.
        link: Option<Url>,
    },
    /// An error, with the server's message: one line of plain text, never empty.
    Refused(String),
    /// Neither.
    Unreadable,
}

/// The most pings of one list; tb.cgi lists 15, but a hostile list may be endless.
pub const MOST: usize = 1_000;

/// Parses a list in the charset that `content_type` or the document names; relative links are resolved against `base`.
/// Takes time linear in its length, which the caller should limit. An unreadable list is [`PingListing::Unreadable`].
#[must_use]
pub fn parse(body: &[u8], content_type: Option<&str>, base: &Url) -> PingListing {
    if let Reply::Refused(message) = reply::parse(body, content_type) {
        return PingListing::Refused(message);
    }
    let declared = content_type.and_then(|header| charset::parameter(header.as_bytes()));
    let declared = declared.or_else(|| charset::xml_declaration(body));
    let text = charset::decode(body, declared);
    let mut parser = ListingParser::default();
    for piece in pieces(&text) {
        parser.piece(&piece, base);
        if parser.pings.len() >= MOST {
            break;
        }
    }
    if parser.is_list {
        PingListing::Pings {
            pings: parser.pings,
            link: parser.link,
        }
    } else {
        PingListing::Unreadable
    }
}

#[derive(Default)]
struct ListingParser<'text> {
    is_list: bool,
    pings: Vec<Ping>,
    link: Option<Url>,
    item: Option<ListingItem>,
    /// The current element, and its text so far.
    field: Option<(&'text str, String)>,
}

#[derive(Default)]
struct ListingItem {
    title: String,
    link: String,
    description: String,
}

impl<'text> ListingParser<'text> {
    fn piece(&mut self, piece: &MarkupPiece<'text>, base: &Url) {
        match piece {
            MarkupPiece::Open { name, .. } if is(name, "item") => {
                // Also ends an item that was not closed.
                self.end_item(base);
                self.item = Some(ListingItem::default());
            }
            MarkupPiece::Close(name) if is(name, "item") => self.end_item(base),
            MarkupPiece::Close(name)
                if self.field.as_ref().is_some_and(|(open, _)| open == name) =>
            {
                self.end_field(base);
            }
            MarkupPiece::Open { name, attributes } => {
                self.is_list |= is(name, "rss") || is(name, "channel");
                if let Some((_, text)) = &mut self.field {
                    // Unescaped markup separates words.
                    text.push(' ');
                } else if self.is_list && !attributes.ends_with('/') {
                    self.field = ["title", "link", "description"]
                        .iter()
                        .any(|wanted| is(name, wanted))
                        .then(|| (*name, String::new()));
                }
            }
            MarkupPiece::Text(part) => self.add_text(&unescape(part)),
            MarkupPiece::Cdata(part) => self.add_text(part),
            MarkupPiece::Close(_) => self.add_text(" "),
            MarkupPiece::Comment | MarkupPiece::Other => {}
        }
    }

    fn add_text(&mut self, part: &str) {
        if let Some((_, text)) = &mut self.field {
            text.push_str(part);
        }
    }

    fn end_field(&mut self, base: &Url) {
        let Some((name, text)) = self.field.take() else {
            return;
        };
        match &mut self.item {
            Some(item) if is(name, "title") => item.title = text,
            Some(item) if is(name, "link") => item.link = text,
            Some(item) => item.description = text,
            None if is(name, "link") && self.link.is_none() => {
                self.link = base.join(text.trim()).ok();
            }
            None => {}
        }
    }

    fn end_item(&mut self, base: &Url) {
        self.field = None;
        let Some(item) = self.item.take() else {
            return;
        };
        let link = item.link.trim();
        let Some(url) = (!link.is_empty()).then(|| base.join(link).ok()).flatten() else {
            return;
        };
        let ping = Ping::new(url.as_str(), &item.title, &item.description, "");
        self.pings.extend(ping);
    }
}

fn is(name: &str, wanted: &str) -> bool {
    local_name(name).eq_ignore_ascii_case(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn listing(body: &str) -> PingListing {
        let base = Url::parse("http://peer.example/tb/1?a=b").unwrap();
        parse(body.as_bytes(), Some("text/xml"), &base)
    }

    fn pings(body: &str) -> Vec<(String, String)> {
        match listing(body) {
            PingListing::Pings { pings, .. } => pings
                .into_iter()
                .map(|ping| (ping.url, ping.title))
                .collect(),
            other => panic!("{other:?}: {body}"),
        }
    }

    fn pair(url: &str, title: &str) -> (String, String) {
        (url.to_owned(), title.to_owned())
    }

    #[test]
    fn clause_1_1_the_list_of_the_specification_is_read() {
        let body = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><response><error>0</error>\
            <rss version=\"0.91\"><channel><title>TrackBack</title><link>http://peer.example/1</link>\
            <description>x</description><language>en-us</language>\
            <item><title>Foo &amp; bar</title><link>http://a.example/1</link><description>d</description></item>\
            <item><title><![CDATA[Baz <b>1</b>]]></title><link> /2 </link></item>\
            </channel></rss></response>";
        let PingListing::Pings { pings, link } = listing(body) else {
            panic!("no list")
        };
        assert_eq!(link.unwrap().as_str(), "http://peer.example/1");
        assert_eq!(pings[0].title, "Foo & bar");
        assert_eq!(pings[0].excerpt, "d");
        assert_eq!(pings[1].title, "Baz 1");
        assert_eq!(pings[1].url, "http://peer.example/2", "relative links");
    }

    #[test]
    fn what_stands_before_a_fault_is_used() {
        let one = "<item><title>1</title><link>http://a.example/1</link></item>";
        for rest in [
            "",
            "<item><title>2</title><link>http://a.example/2</link>",
            "<item><link>http://a.example/2",
            "<item><link></item><title>x</link>",
            "<item><link>javascript:alert(1)</link></item>",
            "<item><link>http://u:p@a.example/</link></item>",
            "<item><title>no link</title></item>",
            "<!-- <item><link>http://a.example/2</link></item>",
            "& <b <<< ]]> \u{0}",
        ] {
            let body = format!("<response><error>0</error><rss><channel>{one}{rest}");
            assert_eq!(pings(&body), [pair("http://a.example/1", "1")], "{rest}");
        }
        let unclosed = format!("<rss><item><link>http://b.example/</link>{one}");
        assert_eq!(pings(&unclosed).len(), 2);
    }

    #[test]
    fn s3_hostile_text_is_one_line_of_plain_text() {
        let body = "<rss><item><title>&lt;/script&gt;a\u{1b}[2J\u{202E}\n<b>b</b></title><link>http://a.example/</link></item>";
        assert_eq!(pings(body), [pair("http://a.example/", "a[2J b")]);
    }

    #[test]
    fn what_is_no_list_is_told_apart() {
        assert_eq!(
            listing("<response><error>1</error><message>no <b>list</b></message></response>"),
            PingListing::Refused("no list".to_owned())
        );
        for body in [
            "",
            "<html><title>x</title><a href=x>",
            "<response><error>0</error></response>",
        ] {
            assert_eq!(listing(body), PingListing::Unreadable, "{body}");
        }
        assert_eq!(pings("<rss/>"), []);
    }

    #[test]
    fn s7_a_list_without_end_is_finished() {
        let item = "<item><link>http://a.example/</link></item>";
        assert_eq!(pings(&format!("<rss>{}", item.repeat(100_000))).len(), MOST);
        for piece in ["<item>", "<title>", "<item><link>", "</item>", "<", "&"] {
            listing(&format!("<rss>{}", piece.repeat(100_000)));
        }
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]
        #[test]
        fn any_bytes_are_read(body: Vec<u8>, content_type: Option<String>) {
            let base = Url::parse("http://a.example/").unwrap();
            prop_assert_eq!(parse(&body, content_type.as_deref(), &base), PingListing::Unreadable);
        }
    }
}
