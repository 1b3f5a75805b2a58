//! Names in another letter case, and the elements that have dates.

use super::*;

#[test]
fn c11_names_are_known_in_any_letter_case() {
    let one_of =
        |name: &str| -> [String; 3] { [name.to_owned(), name.to_uppercase(), name.to_lowercase()] };
    let feed = "<rss version='2.0'><channel><Title>B</Title><Link>https://blog.example/</Link>\
        <Item><Title>T</Title><Link>/1</Link><PubDate>Fri, 20 Nov 2026 10:00:00 GMT</PubDate>\
        <Content:Encoded>&lt;a href='/x'>x&lt;/a></Content:Encoded></Item></channel></rss>";
    let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><Title>B</Title><Link Rel='Alternate' Href='/'/>\
        <Entry><Title>T</Title><Link Rel='Alternate' Href='/1'/><Published>2026-11-20T10:00:00Z</Published>\
        <Content Type='html'>&lt;a href='/x'>x&lt;/a></Content></Entry></feed>";
    for text in [
        feed.to_owned(),
        feed.replace("rss", "RSS").replace("channel", "CHANNEL"),
        feed.replace("PubDate", "pubdate").replace("Item", "ITEM"),
        feed.replace("PubDate", "PUBDATE").replace("Link", "LINK"),
        feed.replace("</Item>", "</item>"),
        feed.replace("PubDate", "DC:Date")
            .replace("Content:Encoded", "CONTENT:encoded"),
        feed.replace(
            "version",
            "xmlns:C='http://purl.org/rss/1.0/modules/content/' version",
        )
        .replace("Content:", "C:"),
        atom.to_owned(),
        atom.replace("Href", "HREF").replace("Rel", "REL"),
        atom.replace("Entry", "ENTRY").replace("Content", "CONTENT"),
        atom.replace("feed", "FEED").replace("xmlns", "XMLNS"),
    ] {
        let entry = one(&text);
        assert_eq!(entry.permalink.as_str(), "https://blog.example/1", "{text}");
        let names = (entry.title.as_str(), entry.blog_name.as_str());
        assert_eq!(names, ("T", "B"), "{text}");
        assert_eq!(
            entry.published,
            "2026-11-20T10:00:00Z".parse().ok(),
            "{text}"
        );
        assert_eq!(links(&entry), ["https://blog.example/x"], "{text}");
    }
    for name in one_of("isPermaLink") {
        let text = format!(
            "<rss><channel><item><guid {name}='false'>https://blog.example/2</guid><link>/1</link></item></channel></rss>"
        );
        assert_eq!(
            one(&text).permalink.as_str(),
            "https://blog.example/1",
            "{text}"
        );
    }
}

#[test]
fn s7_an_item_that_is_not_closed_ends_in_any_letter_case() {
    let (list, skipped) = read(
        b"<RSS><CHANNEL><ITEM><LINK>/1</LINK><DESCRIPTION>1 <!-- x</ITEM><ITEM><LINK>/2</LINK></ITEM></CHANNEL></RSS>",
        None,
    );
    assert_eq!(list[0].permalink.as_str(), "https://blog.example/2");
    assert_eq!(skipped.len(), 1);
}

#[test]
fn every_element_that_has_a_date_is_read() {
    let (first, second) = ("2026-11-19T10:00:00Z", "2026-11-20T10:00:00Z");
    for (dates, published, updated) in [
        ("<updated>2</updated>", None, Some(second)),
        ("<modified>2</modified>", None, Some(second)),
        ("<atom:updated>2</atom:updated>", None, Some(second)),
        ("<a10:updated>2</a10:updated>", None, Some(second)),
        ("<dcterms:modified>2</dcterms:modified>", None, Some(second)),
        (
            "<issued>1</issued><modified>2</modified>",
            Some(first),
            Some(second),
        ),
        ("<dc:date>1</dc:date>", Some(first), None),
        // What was written earlier is published when it is issued.
        ("<created>1</created><issued>2</issued>", Some(second), None),
        (
            "<dcterms:issued>2</dcterms:issued><dcterms:created>1</dcterms:created>",
            Some(second),
            None,
        ),
        ("<created>1</created>", Some(first), None),
        // What cannot be read hides no other.
        ("<pubDate/><dc:date>1</dc:date>", Some(first), None),
        (
            "<pubDate>soon</pubDate><published>1</published>",
            Some(first),
            None,
        ),
        (
            "<published>1</published><pubDate>soon</pubDate>",
            Some(first),
            None,
        ),
        (
            "<dc:date>1</dc:date><pubDate>2</pubDate>",
            Some(first),
            None,
        ),
    ] {
        let dates = dates.replace(">1<", &format!(">{first}<"));
        let dates = dates.replace(">2<", &format!(">{second}<"));
        for text in [
            format!("<rss><channel><item><link>/1</link>{dates}</item></channel></rss>"),
            format!(
                "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='/1'/>{dates}</entry></feed>"
            ),
            format!(
                "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><link href='/1'/>{dates}</entry></feed>"
            ),
        ] {
            let entry = one(&text);
            let time = |text: Option<&str>| text.map(|text| text.parse().unwrap());
            assert_eq!(entry.published, time(published), "{text}");
            assert_eq!(entry.updated, time(updated), "{text}");
            assert_eq!(entry.dated(), time(published.or(updated)), "{text}");
        }
    }
}

#[test]
fn atom_0_3_may_have_its_texts_in_base64() {
    let entry = one(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><link rel='alternate' href='/1'/>\
        <title mode='base64'>\nMSA8\n IDIg8J+QiA==</title>\
        <content type='text/html' mode='BASE64'>PGEgaHJlZj0nL3gnPjEgJmx0OyAyPC9hPg==</content></entry></feed>",
    );
    assert_eq!(entry.title, "1 < 2 \u{1F408}");
    assert_eq!(links(&entry), ["https://blog.example/x"]);
    assert_eq!(entry.summary, "1 < 2");
    for wrong in ["####", "MSA8", "=", "QUJD\u{1F408}"] {
        let text = format!(
            "<feed><entry><link href='/1'/><title mode='base64'>{wrong}</title></entry></feed>"
        );
        let expected = if wrong == "MSA8" { "1 <" } else { "" };
        assert_eq!(one(&text).title, expected, "{wrong}");
    }
}

#[test]
fn c11_a_relation_may_be_named_by_its_iri() {
    let entry = one(
        "<feed><entry><link rel='http://www.iana.org/assignments/relation/alternate' href='/1'/><title>x</title></entry></feed>",
    );
    assert_eq!(entry.permalink.path(), "/1");
}

#[test]
fn c6_items_whose_links_differ_are_several_entries() {
    for (one, other) in [
        ("/?date=2026-01-02#p01", "/?date=2026-01-02#p02"),
        ("/log.html#cats", "/log.html#dogs"),
        ("/#!/a", "/#!/b"),
        ("/#a", "/#b"),
        ("/x?cats", "/x?dogs"),
        ("/x?cats", "/x?dogs&utm_source=rss"),
        ("/?src=12", "/?src=13"),
        ("/p?src=12", "/p?src=13"),
        ("/p?from=a", "/p?from=b"),
        ("/p?via=12", "/p?via=13"),
        ("/?12", "/?13"),
        ("/?x=1#cats", "/?x=1#dogs"),
        ("/log.html", "/log.html#dogs"),
    ] {
        let item = |path: &str| {
            let path = path.replace('&', "&amp;");
            format!(
                "<item><title>A {path}</title><link>https://blog.example{path}</link>\
                 <description>&lt;a href='https://t.example{path}'&gt;x&lt;/a&gt;</description></item>"
            )
        };
        let items = [item(one), item(other)].concat();
        let found = entries(&format!("<rss><channel>{items}</channel></rss>"));
        assert_eq!(found.len(), 2, "{one} {other}");
    }
}
