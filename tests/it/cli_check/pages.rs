//! Whether programs find the ping URL on the pages of entries.

use super::{edit, offline, online, play_program, tells};
use crate::support::blog::Script;
use crate::support::senders;
use crate::support::shell::Site;

/// What `tb check` says where the page of an entry is `page`; `{base}` in it is the program's URL.
pub(super) fn with_entry(page: &str) -> (String, i32) {
    online(|blog, site| {
        play_program(blog, site);
        let base = blog.url("/tb.cgi");
        let permalink = blog.url("/posts/my-cats/");
        let block =
            tb::linkback::trackback::rdf::block(&permalink, "Cats", &format!("{base}/my-cats"));
        let page = page.replace("{block}", &block).replace("{base}", &base);
        let page = page.replace("{permalink}", &permalink);
        blog.play("/posts/my-cats/", Script::html(&page));
        let sitemap = format!("<urlset><url><loc>{permalink}</loc></url></urlset>");
        site.write("sitemap.xml", &sitemap);
        site.tb(&["entries", "sync", "sitemap.xml"]).out();
    })
}

#[test]
fn a_page_that_has_lost_its_block_is_a_warning() {
    let link = "<link rel=\"trackback\" href=\"{base}/my-cats\">";
    for (page, expected) in [
        (format!("<html><head>{link}</head>{{block}}</html>"), None),
        ("<p>x</p>{block}".to_owned(), None),
        (link.to_owned(), Some("by a link only")),
        (
            "<link rel=trackback href={base}/my-cats>".to_owned(),
            Some("keepComments"),
        ),
        ("<p>Cats".to_owned(), Some("names no ping URL")),
        (
            "<link rel=trackback href={base}/cats>".to_owned(),
            Some("names the ping URL of `cats`, but is known as `my_cats`"),
        ),
        (
            "<link rel=trackback href='{base}?tb_id=posts_my-cats'>".to_owned(),
            Some("names the ping URL of `posts_my_cats`, but is known as `my_cats`"),
        ),
        (
            "<link rel=trackback href=https://old.example/mt-tb.cgi/1>".to_owned(),
            Some("names `https://old.example/mt-tb.cgi/1`"),
        ),
        (
            "<link rel=trackback href={base}.old/my-cats>".to_owned(),
            Some("which is not this program"),
        ),
    ] {
        let (said, code) = with_entry(&page);
        assert_eq!(code, 0, "{said}");
        match expected {
            None => assert!(!said.contains("my-cats"), "{page}: {said}"),
            Some(words) => assert!(said.contains(words), "{page}: {said}"),
        }
    }
}

#[test]
fn e2_a_block_that_other_programs_do_not_read_is_a_warning() {
    const BLOCK: &str = "<!-- <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
        xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
        xmlns:trackback=\"http://madskills.com/public/xml/rss/module/trackback/\">\
        <rdf:Description rdf:about=\"{permalink}\" dc:identifier=\"{permalink}\" dc:title=\"Cats\" \
        trackback:ping=\"{base}/my-cats\" /></rdf:RDF> -->";
    let without_namespaces = "<!-- <rdf:RDF>".to_owned() + BLOCK.split_once("/\">").unwrap().1;
    let quotes = "in quotes like these";
    for (block, why) in [
        (BLOCK.to_owned(), ""),
        (BLOCK.replace(" />", "/>"), ""),
        (format!("{}{BLOCK}", BLOCK.replace('"', "'")), ""),
        (BLOCK.replace('"', "'"), quotes),
        (BLOCK.replace('"', ""), quotes),
        (BLOCK.replace("rdf:RDF", "rdf:rdf"), "`<rdf:RDF …>`"),
        (BLOCK.to_lowercase(), "`<rdf:RDF …>`"),
        (
            BLOCK.replace("rdf:Desc", "rdf:desc"),
            "`<rdf:Description … />`",
        ),
        (
            BLOCK.replace(" />", "></rdf:Description>"),
            "`<rdf:Description … />`",
        ),
        (BLOCK.replace("dc:ident", "DC:Ident"), quotes),
        (BLOCK.replace("ping=", "Ping="), quotes),
        (
            BLOCK.replace("=\"{base}", "=\"/tb.cgi"),
            "is not the ping URL",
        ),
        (
            BLOCK.replace("my-cats", "my&#45;cats"),
            "is not the ping URL",
        ),
        (
            BLOCK.replace("identifier=\"{permalink}", "identifier=\"/posts/my-cats/"),
            "is not a whole URL",
        ),
        (without_namespaces, "namespaces"),
    ] {
        let page = format!("<p>Cats</p>{block}");
        let (said, code) = with_entry(&page);
        assert_eq!(code, 0, "{said}");
        let told = said.lines().find(|line| line.contains("do not read"));
        match (why, told) {
            ("", told) => assert_eq!(told, None, "{page}"),
            (why, None) => panic!("no `{why}` about {page}: {said}"),
            (why, Some(told)) => assert!(told.contains(why), "{page}: {told}"),
        }
        // The patterns of those programs agree.
        let permalink = "https://blog.example/posts/my-cats.html";
        let page = page.replace("{permalink}", permalink);
        let page = page.replace("{base}", "https://blog.example/tb.cgi");
        let ping_url = Some("https://blog.example/tb.cgi/my-cats".to_owned());
        let is_read = senders::movable_type(&page, permalink) == ping_url
            && senders::dotclear(&page, permalink) == ping_url;
        assert_eq!(is_read, matches!(why, "" | "namespaces"), "{page}");
    }
}

#[test]
fn pages_without_a_pattern_and_without_known_entries_are_a_warning() {
    let site = Site::new();
    let cure = "set `entry` or run `tb entries sync`";
    assert!(tells(&site, "warning", "`entry` is not set").contains(cure));
    edit(&site, "[\"trackback\", \"webmention\"]", "[\"trackback\"]");
    assert!(!offline(&site).0.contains("`entry` is not set"));
    edit(&site, "[\"trackback\"]", "[\"pingback\"]");
    tells(&site, "warning", "`entry` is not set");
    edit(&site, "# entry = ", "entry = ");
    assert!(!offline(&site).0.contains("`entry` is not set"));
}
