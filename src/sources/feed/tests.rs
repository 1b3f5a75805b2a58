//! The formats, and what is wrong with feeds in the wild.

use super::*;
use crate::sources::Skipped;
use crate::sources::charset::{self, SourceFormat};
use crate::sources::entry::{Entry, OwnPages, SourceItem, SourceOptions};
use crate::sources::filter::{OwnPage, ReadOwnPage};
use crate::sources::page::ReadReason;

mod faults;
mod names;
mod order;
mod strangers;
mod summaries;

/// Reads a feed that was found at `https://blog.example/feed`.
fn read(bytes: &[u8], content_type: Option<&str>) -> (Vec<Entry>, Vec<Skipped>) {
    read_with(bytes, content_type, None)
}

/// As [`read`], with the function that fetches the pages of entries.
fn read_with(
    bytes: &[u8],
    content_type: Option<&str>,
    pages: Option<&ReadOwnPage<'_>>,
) -> (Vec<Entry>, Vec<Skipped>) {
    read_at(bytes, content_type, pages, &[])
}

/// As [`read_with`], where these pages are configured.
fn read_at(
    bytes: &[u8],
    content_type: Option<&str>,
    pages: Option<&ReadOwnPage<'_>>,
    sites: &[&str],
) -> (Vec<Entry>, Vec<Skipped>) {
    let (mut entries, mut skipped) = (Vec::new(), Vec::new());
    let mut take = |item: SourceItem| {
        match item {
            SourceItem::Entry(entry) => entries.push(entry),
            SourceItem::Skipped(what) => skipped.push(what),
        }
        Ok(())
    };
    let options = SourceOptions {
        pages: OwnPages::Read,
        ..SourceOptions::default()
    };
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let mut filter = EntryFilter::new(&options, now, &mut take);
    if let Some(pages) = pages {
        filter.with_pages(pages);
    }
    let feed = || SourceFeed {
        text: Text::new(bytes, bytes, content_type, MOST_ITEM),
        base: Url::parse("https://blog.example/feed").ok(),
        what: "feed".to_owned(),
    };
    let at_sites = |weblog: Weblog| Weblog {
        sites: sites.iter().map(|site| Url::parse(site).unwrap()).collect(),
        ..weblog
    };
    match charset::form(bytes, content_type) {
        SourceFormat::JsonFeed => {
            read_json(feed(), at_sites(read_json_head(feed())), &mut filter).unwrap()
        }
        SourceFormat::XmlFeed => {
            read_xml(feed(), at_sites(read_xml_head(feed())), &mut filter).unwrap()
        }
        form => panic!("{form:?}"),
    };
    (entries, skipped)
}

fn entries(text: &str) -> Vec<Entry> {
    let (entries, skipped) = read(text.as_bytes(), None);
    assert_eq!(skipped, [], "{text}");
    entries
}

fn one(text: &str) -> Entry {
    let mut entries = entries(text);
    assert_eq!(entries.len(), 1, "{text}");
    entries.remove(0)
}

fn links(entry: &Entry) -> Vec<&str> {
    entry.links.iter().map(|link| link.url.as_str()).collect()
}

#[test]
fn rss_2_0_has_its_content_escaped_or_in_cdata() {
    let entry = one("<?xml version='1.0'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'
        xmlns:media='http://search.yahoo.com/mrss/'><channel><title>A &amp;amp; B</title><link>https://blog.example/</link>
        <image><title>no</title><link>https://no.example/</link></image>
        <item><title>The &lt;i&gt;title&lt;/i&gt;</title><media:title>no</media:title><link> https://blog.example/1#x </link>
        <guid>https://blog.example/?p=1</guid><pubDate>Fri, 20 Nov 2026 10:00:00 +0900</pubDate>
        <description>About &lt;b&gt;it&lt;/b&gt;&nbsp;all &mdash; R&D</description>
        <content:encoded><![CDATA[<p>See <a href='https://a.example/?x=1&amp;y=2'>this</a> and <a href='/2'>that</a>.]]></content:encoded>
        </item></channel></rss>");
    assert_eq!(entry.permalink.as_str(), "https://blog.example/1");
    assert_eq!(entry.title, "The title");
    assert_eq!(entry.blog_name, "A & B");
    assert_eq!(entry.summary, "About it all — R&D");
    assert_eq!(entry.published, "2026-11-20T01:00:00Z".parse().ok());
    assert_eq!(
        links(&entry),
        ["https://a.example/?x=1&y=2", "https://blog.example/2"]
    );
    assert_eq!(entry.links[0].around, "See this and that.");
}

#[test]
fn rss_0_91_and_rss_1_0_are_read() {
    let old = one("<!DOCTYPE rss PUBLIC \"-//Netscape//DTD RSS 0.91//EN\" \"http://x.example/rss.dtd\">
        <rss version='0.91'><channel><title>B</title><item><title>T</title><link>https://blog.example/1</link>
        <description>See &lt;a href=\"//a.example\"&gt;it&lt;/a&gt;.</description></item></channel></rss>");
    assert_eq!(links(&old), ["https://a.example/"]);
    assert_eq!(
        (old.summary.as_str(), old.blog_name.as_str()),
        ("See it.", "B")
    );
    let rdf = entries("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'
        xmlns:d='http://purl.org/dc/elements/1.1/'><channel rdf:about='/'><title>B</title><items><rdf:Seq><rdf:li/></rdf:Seq></items></channel>
        <item rdf:about='https://blog.example/1'><title>T</title><d:date>2026-11-20</d:date></item>
        <item rdf:about='x'><link>https://blog.example/2</link></item></rdf:RDF>");
    assert_eq!(rdf.len(), 2);
    assert_eq!(rdf[0].permalink.as_str(), "https://blog.example/1");
    assert_eq!(rdf[0].published, "2026-11-20T00:00:00Z".parse().ok());
    assert_eq!(rdf[1].permalink.as_str(), "https://blog.example/2");
}

#[test]
fn atom_says_what_its_texts_are() {
    for (content, expected) in [
        (
            "<content type='html'>&lt;a href='x'&gt;1 &amp;lt; 2&lt;/a&gt;</content>",
            "1 < 2",
        ),
        (
            "<content type='text/html' mode='escaped'>&lt;a href='x'>1 &amp;lt; 2&lt;/a></content>",
            "1 < 2",
        ),
        (
            "<content type='html'><![CDATA[<a href='x'>1 &lt; 2</a>]]></content>",
            "1 < 2",
        ),
        (
            "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><a href='x'>1 &lt;<br/> 2</a></div></content>",
            "1 < 2",
        ),
        (
            "<content type='xhtml'><h:div xmlns:h='http://www.w3.org/1999/xhtml'><h:a href='x'>1 &lt; 2</h:a></h:div></content>",
            "1 < 2",
        ),
    ] {
        let entry = one(&format!("<feed xmlns='http://www.w3.org/2005/Atom'><title>B</title><entry><title>1 &lt; 2 &lt;b></title>
            <link rel='edit' href='/e'/><link rel='alternate' href='/1'/><published>2026-11-20T10:00:00Z</published>
            <updated>2026-11-20T11:00:00Z</updated>{content}</entry></feed>"));
        assert_eq!(links(&entry), ["https://blog.example/x"], "{content}");
        assert_eq!(entry.summary, expected, "{content}");
        assert_eq!(entry.title, "1 < 2 <b>");
        assert_eq!(entry.updated, "2026-11-20T11:00:00Z".parse().ok());
    }
    let plain = one(
        "<feed><entry><id>https://blog.example/1</id><content>&lt;a href='x'>x&lt;/a></content></entry></feed>",
    );
    assert!(plain.links.is_empty());
    assert_eq!(plain.summary, "<a href='x'>x</a>");
    let prefixed = one(
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:link href='/1'/><a:title>T</a:title></a:entry></a:feed>",
    );
    assert_eq!(prefixed.title, "T");
}

#[test]
fn an_element_may_declare_its_own_namespace() {
    for content in [
        "<encoded xmlns='http://purl.org/rss/1.0/modules/content/'>&lt;a href='/x'>x&lt;/a></encoded>",
        "<body xmlns='http://www.w3.org/1999/xhtml'><p><a href='/x'>x</a></p></body>",
        "<div xmlns='http://www.w3.org/1999/xhtml'><p xmlns='x:y'><a href='/x'>x</a></p></div>",
    ] {
        let two = entries(&format!(
            "<rss><channel><title>B</title><item><title xmlns='http://search.yahoo.com/mrss/'>no</title><title>T</title>
            {content}<date xmlns='http://purl.org/dc/elements/1.1/'>2026-11-19</date><link>/1</link></item>
            <item><title>U</title><link>/2</link></item></channel></rss>"
        ));
        assert_eq!(links(&two[0]), ["https://blog.example/x"], "{content}");
        assert_eq!((two[0].title.as_str(), two[1].title.as_str()), ("T", "U"));
        assert!(two[0].published.is_some());
    }
}

#[test]
fn xml_base_holds_for_what_is_inside_of_it() {
    let entry = one("<feed xml:base='https://b.example/blog/'><link href='./'/><entry xml:base='2026/'><link href='1'/>
        <summary type='html'>no</summary><content type='html' xml:base='files/'>&lt;a href='x'>x&lt;/a></content></entry></feed>");
    assert_eq!(entry.permalink.as_str(), "https://b.example/blog/2026/1");
    assert_eq!(links(&entry), ["https://b.example/blog/2026/files/x"]);
    let two = entries(
        "<feed><entry xml:base='https://x.blog.example/'><link href='1'/></entry><entry><link href='2'/></entry></feed>",
    );
    assert_eq!(two[1].permalink.as_str(), "https://blog.example/2");
}

#[test]
fn a_json_feed_is_read_and_wrong_types_are_overlooked() {
    let list = entries(
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"B","home_page_url":"https://blog.example/","x":[{}],
        "items":[{"id":1,"url":"https://blog.example/1","title":5,"content_html":"<a href='x'>x</a>","tags":["a"],
        "date_published":"2026-11-20T10:00:00Z"},{"id":"https://blog.example/2","content_text":"<a href='x'>","summary":"S"}]}"#,
    );
    assert_eq!(list[0].permalink.as_str(), "https://blog.example/1");
    assert_eq!(list[0].blog_name, "B");
    assert_eq!(links(&list[0]), ["https://blog.example/x"]);
    assert_eq!(list[1].permalink.as_str(), "https://blog.example/2");
    assert_eq!(list[1].summary, "S");
    assert!(list[1].links.is_empty());
}

/// Programs that sort the members of an object put `items` before `title`.
#[test]
fn what_a_json_feed_says_of_itself_may_stand_behind_its_items() {
    let list = entries(
        r#"{"items":[{"content_html":"<a href='x'>x</a>","url":"https://blog.example/1"}],"title":"B",
        "version":"https://jsonfeed.org/version/1.1"}"#,
    );
    assert_eq!(list[0].blog_name, "B");
}

#[test]
fn the_permalink_is_the_best_address_of_the_entry() {
    let item = |inside: &str| {
        let text = format!(
            "<rss><channel><link>https://blog.example/</link><item>{inside}</item></channel></rss>"
        );
        let (mut entries, skipped) = read(text.as_bytes(), None);
        match entries.pop() {
            Some(entry) => entry.permalink.to_string(),
            None => skipped[0].why.name().to_owned(),
        }
    };
    for (inside, expected) in [
        (
            "<guid>https://blog.example/1</guid>",
            "https://blog.example/1",
        ),
        (
            "<guid isPermaLink='false'>https://blog.example/1</guid>",
            "no-permalink",
        ),
        ("<guid>tag:1</guid>", "no-permalink"),
        ("<title>T</title>", "no-permalink"),
        ("<link>javascript:x</link>", "no-permalink"),
        (
            "<link>https://a.example/x</link><guid>https://blog.example/1</guid>",
            "https://blog.example/1",
        ),
        (
            "<link>https://a.example/x</link><feedburner:origLink>https://blog.example/1</feedburner:origLink>",
            "https://blog.example/1",
        ),
        (
            "<link>/1</link><atom:link rel='self' href='/2'/>",
            "https://blog.example/1",
        ),
    ] {
        assert_eq!(item(inside), expected, "{inside}");
    }
}

#[test]
fn drafts_future_dates_and_repetitions_are_left_out() {
    let (list, skipped) = read(
        b"<feed xmlns:app='http://www.w3.org/2007/app'><entry><link href='/1'/><app:control><app:draft>yes</app:draft></app:control></entry>
        <entry><link href='/2'/><published>2026-11-20T12:00:01Z</published></entry><entry><link href='/3'/></entry>
        <entry><link href='/3#x'/></entry></feed>",
        None,
    );
    assert_eq!(list.len(), 1);
    let why: Vec<_> = skipped.iter().map(|skipped| skipped.why.name()).collect();
    assert_eq!(why, ["draft", "future", "twice"]);
}

#[test]
fn c11_an_empty_element_hides_no_other() {
    let summary =
        "<description>&lt;p>See &lt;a href='https://a.example/'>this&lt;/a>&lt;/p></description>";
    for empty in [
        "<content:encoded/>",
        "<content:encoded></content:encoded>",
        "<content:encoded> <![CDATA[ ]]> </content:encoded>",
        "<content:encoded><![CDATA[<p>&nbsp;</p>]]></content:encoded>",
        "<description/>",
        "<content type='html'/>",
    ] {
        for inside in [format!("{empty}{summary}"), format!("{summary}{empty}")] {
            let entry = one(&format!(
                "<rss><channel><item><link>/1</link>{inside}</item></channel></rss>"
            ));
            assert_eq!(links(&entry), ["https://a.example/"], "{inside}");
        }
    }
    let json = r#"{"items":[{"url":"/1","content_html":" ","content_text":"A text"}]}"#;
    assert_eq!(one(json).summary, "A text");
}

#[test]
fn c11_what_is_odd_about_feeds_in_the_wild_is_understood() {
    let item = "<item><link>https://blog.example/1</link><content:encoded><![CDATA[<a href='https://a.example/'>x</a>]]></content:encoded><dc:date>2026-05-25</dc:date></item>";
    for text in [
        format!("\n <?xml version='1.0'?><rss><channel>{item}</channel></rss>"),
        format!("\u{FEFF}<!-- made by hand --><rss><channel>{item}</channel></rss>"),
        format!(
            "\u{FEFF}\n<rss xmlns:content='https://purl.org/RSS/1.0/modules/content' xmlns:dc='x:y'><channel>{item}</channel></rss>"
        ),
        format!(
            "<!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN' 'http://my.netscape.com/publish/formats/rss-0.91.dtd'><rss version='0.91'><channel>{item}</channel></rss>"
        ),
        format!(
            "<rdf:RDF xmlns='http://purl.org/rss/1.0/' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><channel><items><rdf:Seq><rdf:li resource='https://blog.example/1'/></rdf:Seq></items></channel>{item}</rdf:RDF>"
        ),
        format!(
            "<br />\n<b>Warning</b>:  x() in <b>/y.php</b> on line <b>3</b><br />\n<?xml version='1.0'?><rss><channel>{item}</channel></rss>"
        ),
        format!("<rss><channel><title>A&nbsp;B &copy &unknown;</title>{item}</channel></rss>"),
        format!(
            "<?xml version='1.0' encoding='utf-8'?><?xml-stylesheet href='x'?><rss xmlns='http://backend.userland.com/rss2'><channel>{item}</channel></rss>\n<!-- 7 queries -->"
        ),
    ] {
        let entry = one(&text);
        assert_eq!(entry.permalink.as_str(), "https://blog.example/1", "{text}");
        assert_eq!(links(&entry), ["https://a.example/"], "{text}");
        assert!(entry.published.is_some(), "{text}");
    }
    for (guid, permalink) in [
        (
            "<guid>https://blog.example/2</guid>",
            "https://blog.example/2",
        ),
        (
            "<guid isPermaLink='False'>https://blog.example/2</guid><link>https://blog.example/3</link>",
            "https://blog.example/3",
        ),
        (
            "<guid ispermalink='false'>https://blog.example/2</guid><link>https://blog.example/3</link>",
            "https://blog.example/3",
        ),
        (
            "<link>https://proxy.example/x</link><feedburner:origLink>https://blog.example/4</feedburner:origLink>",
            "https://blog.example/4",
        ),
        (
            "<link/><guid>https://blog.example/5</guid>",
            "https://blog.example/5",
        ),
        (
            "<link>https://blog.example/2005_01.php#000024</link>",
            "https://blog.example/2005_01.php#000024",
        ),
    ] {
        let entry = one(&format!(
            "<rss><channel><link>https://blog.example/</link><item>{guid}</item></channel></rss>"
        ));
        assert_eq!(entry.permalink.as_str(), permalink, "{guid}");
        // The proxy of a feed that counts its readers is no page that the entry is about.
        assert!(entry.links.is_empty(), "{guid}");
    }
}

#[test]
fn c5_a_title_that_lost_what_looks_like_markup_is_that_of_its_page() {
    for (own, of_page, expected) in [
        ("Vec in Rust", "Vec<T> in Rust", "Vec<T> in Rust"),
        ("One & two", "One <b> & two", "One <b> & two"),
        (
            "Why is good",
            "Why <details> is good",
            "Why <details> is good",
        ),
        ("", "Cats", "Cats"),
        ("Cats", "Dogs <b>", "Cats"),
        ("Cats", "Cats | My weblog", "Cats"),
    ] {
        let mut entry = one(
            "<rss><channel><link>https://blog.example/</link><item><link>https://blog.example/1</link></item></channel></rss>",
        );
        entry.title = own.to_owned();
        entry.take_title(of_page.to_owned());
        assert_eq!(entry.title, expected, "{own}");
    }
}

#[test]
fn feeds_come_in_the_charsets_of_the_wild() {
    let with = |declaration: &str, title: &[u8]| {
        let head =
            format!("{declaration}<rss><channel><item><link>https://blog.example/1</link><title>");
        [head.as_bytes(), title, b"</title></item></channel></rss>"].concat()
    };
    let declared = |label: &str| format!("<?xml version=\"1.0\" encoding=\"{label}\"?>");
    for (bytes, content_type, expected) in [
        (
            with(&declared("Shift_JIS"), b"\x94\x4C\x83\x5C"),
            None,
            "猫ソ",
        ),
        (with(&declared("EUC-JP"), b"\xC7\xAD\xA5\xBD"), None, "猫ソ"),
        (
            with(&declared("windows-1251"), b"\xEA\xEE\xF2"),
            None,
            "кот",
        ),
        (
            with(&declared("ISO-8859-1"), b"caf\xE9 \x93x\x94"),
            None,
            "café “x”",
        ),
        (with(&declared("utf-8"), b"caf\xE9"), None, "café"),
        (with("", b"caf\xE9"), None, "café"),
        (with("", "猫".as_bytes()), None, "猫"),
        (
            with(&declared("utf-8"), b"\x94\x4C\x83\x5C"),
            Some("text/xml; charset=\"sjis\""),
            "猫ソ",
        ),
        (
            with("\u{FEFF}", "猫".as_bytes()),
            Some("text/xml; charset=latin1"),
            "猫",
        ),
    ] {
        let (list, skipped) = read(&bytes, content_type);
        assert_eq!(skipped, [], "{expected}");
        assert_eq!(list[0].title, expected);
    }
}

#[test]
fn s7_no_nesting_overflows_or_costs_more_than_its_length() {
    let deep = 100_000;
    for text in [
        format!(
            "<feed><entry><content type='xhtml'>{}",
            "<div>".repeat(deep)
        ),
        format!("<feed>{}", "<x xml:base='https://x.example/'>".repeat(deep)),
        format!("<feed>{}", "<entry>".repeat(deep)),
        format!(
            "<feed>{}",
            (0..deep)
                .map(|n| format!("<x{n} xmlns:p{n}='x'>"))
                .collect::<String>()
        ),
        format!("{{\"items\":{}", "[".repeat(deep)),
        format!("{{\"items\":[{{\"id\":{}", "{\"a\":".repeat(deep)),
        format!(
            "<!DOCTYPE feed [{}]><feed><entry><title>&a;</title></entry></feed>",
            "<!ENTITY a 'x'>".repeat(1000)
        ),
    ] {
        let (list, skipped) = read(text.as_bytes(), None);
        assert!(
            list.is_empty() && !skipped.is_empty(),
            "{}",
            crate::text::crop(&text, 40, "")
        );
    }
}

proptest::proptest! {
    #![proptest_config(crate::proptest_config())]
    #[test]
    fn no_bytes_are_too_strange(text in "(<(/?(rss|feed|entry|item|link|title|content|div) ?(type=.xhtml.|href=.x.|xml:base=./a/.)?/?|!\\[CDATA\\[|!--|\\?)>?|&(amp|x|#x?9*);?|--|\\]\\]>|\\PC){0,60}", cut: u16, noise: u8) {
        let mut bytes = format!("<feed>{text}").into_bytes();
        let at = usize::from(cut) % bytes.len();
        if at > 6 {
            bytes[at] = noise;
        }
        if charset::form(&bytes, None) == SourceFormat::XmlFeed {
            read(&bytes, None);
        }
        let json = format!("{{\"items\":[{{\"url\":\"https://a.example/\",\"title\":{text}");
        read(json.as_bytes(), None);
    }
}
