//! Discovery on pages like those of real sites.

use super::*;
use proptest::prelude::*;

pub(super) const PAGE: &str = "https://blog.example/2004/05/entry.html";

pub(super) fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

pub(super) fn on(page: &str, at: &str) -> Discovery {
    let kind = Some("text/html; charset=utf-8");
    discover(page.as_bytes(), kind, &url(at), &url(at))
}

pub(super) fn ping_urls(page: &str, at: &str) -> Vec<String> {
    let found = on(page, at).found.into_iter();
    found.map(|found| found.ping_url.into()).collect()
}

pub(super) fn others(page: &str, at: &str) -> Vec<String> {
    let others = on(page, at).others.into_iter();
    others.map(|other| other.ping_url.into()).collect()
}

fn block(identifier: &str, ping: &str) -> String {
    format!(
        "<!-- <rdf:RDF><rdf:Description rdf:about=\"{identifier}\" dc:identifier=\"{identifier}\" \
         dc:title=\"T\" trackback:ping=\"{ping}\" /></rdf:RDF> -->\n"
    )
}

#[test]
fn clause_9_movable_types_block_is_found_in_its_comment() {
    let page = r#"<html><head><title>x</title></head><body><h1>Entry</h1>
<!--
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
         xmlns:trackback="http://madskills.com/public/xml/rss/module/trackback/"
         xmlns:dc="http://purl.org/dc/elements/1.1/">
<rdf:Description
    rdf:about="https://blog.example/2004/05/entry.html"
    trackback:ping="https://blog.example/mt/mt-tb.cgi?a=1&amp;tb_id=17"
    dc:title="Tom &amp;amp; J&#233;r&ocirc;me -&#45; &lt;again&gt;"
    dc:identifier="https://blog.example/2004/05/entry.html"
    dc:subject="cats"
    dc:date="2004-05-01T10:00:00+09:00" />
</rdf:RDF>
-->"#;
    let discovery = on(page, PAGE);
    let best = discovery.best().unwrap();
    assert_eq!(
        best.ping_url.as_str(),
        "https://blog.example/mt/mt-tb.cgi?a=1&tb_id=17"
    );
    assert_eq!(best.source, DiscoverySource::Rdf);
    assert_eq!(best.identifier.as_ref().unwrap().as_str(), PAGE);
    assert_eq!(best.title.as_deref(), Some("Tom &amp; Jérôme -- <again>"));
    assert!(discovery.others.is_empty());
}

#[test]
fn arxivs_broken_comment_with_relative_urls_is_understood() {
    let page = r#"<div class="extra-services"><!--
rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
         xmlns:dc="http://purl.org/dc/elements/1.1/"
         xmlns:trackback="http://madskills.com/public/xml/rss/module/trackback/">
    <rdf:Description
        rdf:about="/abs/hep-th/9901001"
        dc:identifier="/abs/hep-th/9901001"
        dc:title="On $a<b$ and "quotes""
        trackback:ping="/trackback/hep-th/9901001" />
    </rdf:RDF>
--></div>"#;
    let discovery = on(page, "https://arxiv.org/abs/hep-th/9901001");
    let best = discovery.best().unwrap();
    assert_eq!(
        best.ping_url.as_str(),
        "https://arxiv.org/trackback/hep-th/9901001"
    );
    assert_eq!(best.title.as_deref(), Some("On $a<b$ and"));
}

#[test]
fn a_tag_that_closes_before_its_last_attribute_is_read_on() {
    let page = r#"<rdf:RDF xmlns:dc="http://purl.org/dc/elements/1.1/">
<rdf:Description
    rdf:about="https://blog.example/2004/05/entry.html"
    dc:title="Foo Bar"
    dc:identifier="https://blog.example/2004/05/entry.html" />
    trackback:ping="https://blog.example/cgi-bin/tb.cgi/foo" />
</rdf:RDF>"#;
    assert_eq!(
        ping_urls(page, PAGE),
        ["https://blog.example/cgi-bin/tb.cgi/foo"]
    );
    let with_link = format!("{page}<html><link rel=trackback href=/tb>");
    assert_eq!(ping_urls(&with_link, PAGE).len(), 2);
}

#[test]
fn spellings_of_the_wild_are_understood() {
    for description in [
        "<rdf:Description about='ID' Trackback:ping='PING'>",
        "<RDF:description\n\ttrackback:ping = 'PING'\n\tdc:identifer=\"ID\"/>",
        "<![CDATA[<rdf:Description dc:identifier=ID TrackBack:Ping=PING />]]>",
        "<script>/*<rdf:Description rdf:about='x:y' dc:identifier='ID' trackback:ping=' PING '/>*/</script>",
        "<!-- <rdf:Description dc:identifier='urn:x' rdf:about='ID' trackback:ping='PING'/>",
        "<rdf:Description trackback:ping='PING#x' trackback:ping='http://second.example/'/>",
    ] {
        let page = description
            .replace("ID", PAGE)
            .replace("PING", "http://p.example/1");
        assert_eq!(ping_urls(&page, PAGE), ["http://p.example/1"], "{page}");
    }
}

#[test]
fn c7_what_rdf_writes_as_elements_or_under_another_prefix_is_understood() {
    const NAMESPACE: &str = "http://madskills.com/public/xml/rss/module/trackback/";
    for block in [
        "<rdf:Description rdf:about='ID'><trackback:ping rdf:resource='PING'/></rdf:Description>",
        "<rdf:Description rdf:about=\"ID\">\n <dc:title>T</dc:title><trackback:ping>PING</trackback:ping></rdf:Description>",
        "<rdf:Description><dc:identifier>ID</dc:identifier><TrackBack:Ping>\n PING \n</TrackBack:Ping></rdf:Description>",
        "<rdf:Description rdf:about='ID'><dc:title/><trackback:ping><![CDATA[PING]]></trackback:ping>",
        "<rdf:RDF xmlns:tb=\"NS\"><rdf:Description rdf:about=\"ID\" dc:identifier=\"ID\" tb:ping=\"PING\"/>",
        "<rdf:RDF\n xmlns:t-b = 'NS'><rdf:Description rdf:about='ID'><t-b:ping rdf:resource='PING'/></rdf:Description>",
        "<rdf:RDF xmlns:tb='https://madskills.com/public/xml/rss/module/trackback'><rdf:Description about='ID' TB:ping='PING'/>",
    ] {
        let block = block
            .replace("NS", NAMESPACE)
            .replace("ID", PAGE)
            .replace("PING", "http://p.example/1");
        for page in [block.clone(), format!("<html><!-- {block} --><p>x")] {
            assert_eq!(ping_urls(&page, PAGE), ["http://p.example/1"], "{page}");
        }
    }
    let other = "https://blog.example/2004/05/other.html";
    for page in [
        // What follows another block, or the comment, is not its own.
        format!(
            "<rdf:Description rdf:about='{PAGE}' dc:title='x'/><rdf:Description rdf:about='{other}'><trackback:ping rdf:resource='http://p.example/1'/>"
        ),
        format!(
            "<!-- <rdf:Description rdf:about='{PAGE}' --><trackback:ping>http://p.example/1</trackback:ping>"
        ),
        format!(
            "<rdf:Description rdf:about='{PAGE}'/></rdf:RDF><trackback:ping>http://p.example/1</trackback:ping>"
        ),
        format!("<rdf:Description rdf:about='{PAGE}'><x:ping>http://p.example/1</x:ping>"),
        format!("<rdf:Description rdf:about='{PAGE}' x:ping='http://p.example/1'/>"),
        format!(
            "<rdf:Description rdf:about='{PAGE}'><dc:identifier>{PAGE}</dc:identifier></rdf:Description>"
        ),
    ] {
        assert!(ping_urls(&page, PAGE).is_empty(), "{page}");
    }
    let feed = format!(
        "<rss xmlns:tb='{NAMESPACE}'><channel><item><link>{PAGE}</link><tb:ping>http://p.example/1</tb:ping></item></channel></rss>"
    );
    assert_eq!(ping_urls(&feed, PAGE), ["http://p.example/1"]);
    // Hostile pages take time linear in their length.
    for piece in [
        "<r:Description>".to_owned(),
        "<r:Description><a>".to_owned(),
        format!("xmlns:a='{NAMESPACE}'"),
        NAMESPACE.to_owned(),
    ] {
        let page = piece.repeat((1 << 20) / piece.len());
        assert!(ping_urls(&page, PAGE).is_empty());
    }
}

#[test]
fn clause_9_of_several_blocks_the_pages_own_is_taken() {
    let index = [
        block("https://blog.example/1", "/tb/1"),
        block("http://www.blog.example/2/", "/tb/2"),
        block("https://blog.example/3#part", "/tb/3"),
    ]
    .concat();
    let at = |entry| ping_urls(&index, &format!("https://blog.example/{entry}"));
    assert_eq!(at("2"), ["https://blog.example/tb/2"]);
    assert_eq!(at("3"), ["https://blog.example/tb/3"]);
    assert!(at("4").is_empty());
    assert!(at("").is_empty());
    assert_eq!(others(&index, "https://blog.example/").len(), 3);
}

#[test]
fn another_entrys_block_is_never_the_pages() {
    let lone = block("https://blog.example/1", "/tb/1");
    assert!(ping_urls(&lone, PAGE).is_empty());
    assert_eq!(others(&lone, PAGE), ["https://blog.example/tb/1"]);
    let anonymous = "<rdf:Description trackback:ping='/tb/0'/>";
    assert_eq!(ping_urls(anonymous, PAGE), ["https://blog.example/tb/0"]);
    assert_eq!(ping_urls(&anonymous.repeat(2), PAGE).len(), 1);
    assert!(ping_urls(&format!("{anonymous}{lone}"), PAGE).is_empty());
    let link = format!("{lone}<a rel=trackback href=/tb/1>TrackBack</a>");
    assert!(ping_urls(&link, PAGE).is_empty());
}

#[test]
fn c7_what_the_page_says_that_its_permalink_is_names_it_too() {
    let own = "https://blog.example/posts/cats/";
    let canonical = format!("<link rel=canonical href='{own}'>");
    let page = format!("{canonical}{}", block(own, "/tb/1"));
    let link = "<link rel='trackback' href='/tb/1'>";
    for asked in [
        "https://blog.example/posts/cats/?utm_source=x&utm_medium=y",
        "https://blog.example/posts/cats/?replytocom=7",
        "https://blog.example/posts/cats/?ref=z",
        "https://blog.example/?p=17",
        "https://m.blog.example/posts/cats",
        "https://blog.example/amp/posts/cats/#comments",
    ] {
        assert_eq!(ping_urls(&page, asked).len(), 1, "{asked}");
        assert_eq!(
            ping_urls(&format!("{page}{link}"), asked).len(),
            1,
            "{asked}"
        );
        let other = format!(
            "{canonical}{}",
            block("https://blog.example/posts/dogs/", "/tb/2")
        );
        assert!(ping_urls(&other, asked).is_empty(), "{asked}");
    }
    // Without a canonical link, the only block may name the page without its query.
    for (asked, identifier, expected) in [
        ("https://blog.example/posts/cats/?ref=ghost", own, 1),
        ("https://blog.example/posts/cats?s=09&amp=1", own, 1),
        ("https://blog.example/posts/dogs/?ref=ghost", own, 0),
        ("https://blog.example/?p=17", "https://blog.example/", 0),
        (
            "https://blog.example/posts/cats/?ref=ghost",
            "https://blog.example/posts/cats/?x=1",
            0,
        ),
    ] {
        let found = ping_urls(&block(identifier, "/tb/1"), asked);
        assert_eq!(found.len(), expected, "{asked}");
        let two = block(identifier, "/tb/1") + &block("https://blog.example/posts/dogs/", "/tb/2");
        assert!(
            expected == 0 || ping_urls(&two, asked).is_empty(),
            "{asked}"
        );
    }
    let relative = format!(
        "<link rel=canonical href=/posts/cats/>{}",
        block(own, "/tb/1")
    );
    assert_eq!(ping_urls(&relative, "https://blog.example/?p=17").len(), 1);
    let open_graph = |more: &str| {
        let meta = format!("<meta property='og:url' content='{own}'>");
        format!("{more}{meta}{}", block(own, "/tb/1"))
    };
    let count = |page: &str| ping_urls(page, "https://blog.example/?p=17").len();
    assert_eq!(count(&open_graph("")), 1);
    // It counts only where no canonical link says otherwise.
    assert_eq!(
        count(&open_graph("<link rel=canonical href=/posts/dogs/>")),
        0
    );
    assert!(ping_urls(&open_graph(""), "https://stranger.example/posts/cats/").is_empty());
    // A page may not name another domain.
    assert!(ping_urls(&page, "https://stranger.example/posts/cats/").is_empty());
    // A theme that names the home page on every page.
    let home = format!(
        "<link rel=canonical href=https://blog.example/>{}",
        block("https://blog.example/", "/tb/home")
    );
    assert!(ping_urls(&home, own).is_empty());
    assert_eq!(
        ping_urls(&home, "https://blog.example/?utm_source=x").len(),
        1
    );
    // A match with the requested URL takes precedence over the canonical one.
    let both = format!(
        "{page}{}",
        block("https://blog.example/posts/cats-2/", "/tb/2")
    );
    assert_eq!(
        ping_urls(&both, "https://blog.example/posts/cats-2/"),
        ["https://blog.example/tb/2"]
    );
}

#[test]
fn c7_escapes_and_index_files_are_compared_and_not_spelt() {
    for (identifier, asked) in [
        ("/a?x=%2fy%20z", "/a?x=/y+z"),
        ("/a?x=%e7%8c%ab", "/a?x=猫"),
        ("/~cat/%e7%8c%ab/", "/%7Ecat/猫"),
        ("/cats/index.php", "/cats/?fbclid=1"),
        ("//cats//default.htm", "/cats"),
    ] {
        let page = format!(
            "{}<link rel=trackback href=/tb/1>",
            block(&format!("https://www.blog.example{identifier}"), "/tb/1")
        );
        let asked = format!("https://blog.example{asked}");
        assert_eq!(
            ping_urls(&page, &asked),
            ["https://blog.example/tb/1"],
            "{asked}"
        );
    }
}

#[test]
fn the_identifier_may_be_the_url_before_or_after_a_redirect() {
    let page = block("https://blog.example/1", "tb");
    let (short, long) = (url("https://s.example/x"), url("https://blog.example/1"));
    for (requested, fetched, ping) in [
        (&short, &long, "https://blog.example/tb"),
        (&long, &short, "https://s.example/tb"),
    ] {
        let discovery = discover(page.as_bytes(), None, requested, fetched);
        assert_eq!(discovery.best().unwrap().ping_url.as_str(), ping);
    }
}

#[test]
fn wordpress_names_one_ping_url_twice() {
    let page = block(PAGE, "https://blog.example/2004/trackback/")
        + "<a href=\"https://blog.example/2004/trackback/\" rel=\"trackback\">x</a>";
    let discovery = on(&page, PAGE);
    assert_eq!(discovery.found.len(), 1);
    assert_eq!(discovery.found[0].source, DiscoverySource::Rdf);
}

#[test]
fn version_1_0_put_the_ping_url_into_about() {
    let old = |about: &str| {
        format!("<rdf:Description rdf:about='{about}' dc:identifier='{PAGE}' dc:title='T'/>")
    };
    let discovery = on(&old("/tb.cgi/foo"), PAGE);
    assert_eq!(discovery.found[0].source, DiscoverySource::RdfAbout);
    assert_eq!(discovery.found[0].ping_url.path(), "/tb.cgi/foo");
    assert_eq!(on(&old(PAGE), PAGE), Discovery::default());
    let modern = old("/tb.cgi/foo") + &block(PAGE, "/tb/1");
    assert_eq!(ping_urls(&modern, PAGE), ["https://blog.example/tb/1"]);
    let elsewhere = "<rdf:Description rdf:about='/x' dc:identifier='/y'/>";
    assert!(ping_urls(elsewhere, PAGE).is_empty());
}

#[test]
fn s6_ping_urls_that_are_not_plain_http_are_dropped() {
    for hostile in [
        "javascript:alert(1)",
        "ftp://a/",
        "file:///etc/passwd",
        "http://user@blog.example/tb",
        "https://a:b@evil.example/",
        "//x:y@evil.example/",
        "",
        "  ",
        "http://[::1",
        &format!("/{}", "x".repeat(2_048)),
        &"猫".repeat(600),
    ] {
        let page = format!(
            "{}<link rel=trackback href=\"{hostile}\"><a rel=trackback href=\"{hostile}\">",
            block(PAGE, hostile)
        );
        assert!(on(&page, PAGE).best().is_none(), "{hostile}");
    }
}

#[test]
fn a_sample_that_a_page_only_shows_is_not_found() {
    let page = format!(
        "<pre>&lt;rdf:Description rdf:about=\"{PAGE}\" trackback:ping=\"/tb/1\" /&gt;
        &lt;link rel=\"trackback\" href=\"/tb/2\"&gt;</pre>"
    );
    assert_eq!(on(&page, PAGE), Discovery::default());
}

#[test]
fn s3_a_found_title_is_one_plain_line() {
    let page = format!(
        "<rdf:Description dc:identifier='{PAGE}' trackback:ping='/tb' dc:title='a&#10;\u{202E}\u{1b}[2J&#27;{}'/>",
        "x".repeat(5_000)
    );
    let title = on(&page, PAGE).found[0].title.clone().unwrap();
    assert!(title.starts_with("a [2J"), "{title}");
    assert_eq!(title.chars().count(), Ping::MAX_TITLE);
}

#[test]
fn rsd_rarely_names_a_ping_url() {
    let at = url("https://blog.example/rsd.xml");
    let usual =
        b"<rsd><service><apis><api name=\"MetaWeblog\" apiLink=\"/x\" /></apis></service></rsd>";
    assert_eq!(rsd(usual, &at), None);
    assert_eq!(rsd(b"", &at), None);
    let named = b"<rsd><!-- <api name='trackback' apiLink='/no'> --><api apiLink='tb?a&amp;b' name='TrackBack'/>";
    assert_eq!(
        rsd(named, &at).unwrap().as_str(),
        "https://blog.example/tb?a&b"
    );
}

#[test]
fn s7_hostile_pages_of_a_mebibyte_are_finished() {
    let size = 1024 * 1024;
    for piece in [
        "<rdf:Description ",
        "<rdf:Description a=\"",
        "<rdf:Description a='\" b=\"' ",
        "<rdf:Description trackback:ping='/a'>",
        "<rdf:Description x",
        "<!--",
        "<![CDATA[",
        "<",
        "</",
        "&",
        "&#",
        "\"'=",
        "a=",
        "<a rel=trackback href=/x ",
        "<a rel=trackback href=/x>",
        "<link rel='",
        "<base href='x",
        "<meta",
        "<item><link>",
        "<script>",
        "<div>",
        "\u{301}",
    ] {
        for root in ["", "<rss>"] {
            let page = root.to_owned() + &piece.repeat(size / piece.len());
            assert!(on(&page, PAGE).found.len() <= 1, "{piece}");
        }
    }
    let attributes: String = (0..100_000)
        .map(|number| format!(" a{number}=''"))
        .collect();
    assert!(on(&format!("<a{attributes}>"), PAGE).found.is_empty());
    let one = |number: usize| format!("<r:Description trackback:ping='{number}'>");
    let many: String = (0..100_000).map(one).collect();
    assert!(on(&many, PAGE).others.len() <= 2_000);
    let links: String = (0..30_000)
        .map(|number| format!("<link>/{number}</link>"))
        .collect();
    let feed = format!("<rss><item>{links}<trackback:ping>/tb</trackback:ping></item>");
    assert_eq!(others(&feed, PAGE).len(), 1);
}

proptest! {
    #![proptest_config(crate::proptest_config())]
    #[test]
    fn any_bytes_are_searched(page: Vec<u8>, kind: Option<String>) {
        let discovery = discover(&page, kind.as_deref(), &url(PAGE), &url(PAGE));
        prop_assert!(discovery.found.is_empty());
    }

    #[test]
    fn whatever_is_found_may_be_dialled(page in "(?s)(<rdf:Description |<a |<link |<base |<item>|<rss>|rel=trackback |href=|dc:identifier=|trackback:ping=|http://|//|@|/|['\"#<>&: ]|[a-z]|.){0,40}") {
        let discovery = on(&page, PAGE);
        for found in discovery.found.iter().chain(&discovery.others) {
            prop_assert!(crate::urls::is_plain_web(&found.ping_url));
            prop_assert!(found.ping_url.as_str().len() <= Ping::MAX_URL);
        }
    }

    #[test]
    fn the_blocks_of_others_are_never_found(own in prop::option::of(0..5_usize), count in 0..6_usize) {
        let page: String = (0..count)
            .map(|number| block(&format!("https://blog.example/{number}"), &format!("/tb/{number}")))
            .collect();
        let at = own.map_or("https://blog.example/".to_owned(), |own| format!("https://blog.example/{own}/"));
        let expected: Vec<_> = own
            .filter(|own| *own < count)
            .map(|own| format!("https://blog.example/tb/{own}"))
            .into_iter()
            .collect();
        prop_assert_eq!(ping_urls(&page, &at), expected);
    }
}

#[test]
fn a_page_says_what_it_is_called() {
    for (page, title) in [
        (
            "<!-- <title>no</title> --><TITLE lang=x> A &amp;\n<b> &raquo; c </title>d",
            Some("A & <b> » c"),
        ),
        (
            "<title>Why &lt;details> and <box> beat &amp;amp;</title>",
            Some("Why <details> and <box> beat &amp;"),
        ),
        (
            "<svg><title>Icon</title></svg><title>The page</title>",
            Some("The page"),
        ),
        ("<title></title><title>no</title>", None),
        ("<p>none", None),
        ("<title>not closed", Some("not closed")),
    ] {
        assert_eq!(
            page_title(page.as_bytes(), Some("text/html")).as_deref(),
            title,
            "{page}"
        );
    }
    let long = format!("<title>{}", "x".repeat(100_000));
    assert_eq!(page_title(long.as_bytes(), None).unwrap().len(), 250);
}

#[test]
fn clause_9_a_link_counts_where_the_only_block_names_the_page_with_a_query_that_means_nothing() {
    let page = |identifier: &str, link: &str| {
        let block = block(identifier, "/tb");
        format!("{block}<link rel=trackback href='{link}'>")
    };
    for (at, identifier, link, expected) in [
        ("/p", "/p?ref=feed", "/tb", true),
        ("/p", "/p/?m=1", "/tb", true),
        ("/p", "/p?ref=feed", "/other", true),
        ("/p", "/q?ref=feed", "/tb", false),
        ("/p", "/p?p=12", "/tb", false),
        ("/p.php", "/p.php?x=12", "/tb", false),
        ("/", "/?x=12", "/tb", false),
    ] {
        let found = ping_urls(
            &page(identifier, link),
            &format!("https://blog.example{at}"),
        );
        let is_found = found == [format!("https://blog.example{link}")];
        assert_eq!(is_found, expected, "{at} {identifier} {link}: {found:?}");
    }
    // Of two blocks each is an entry's.
    let two = page("/p?ref=feed", "/tb") + &block("/q", "/tb2");
    assert!(ping_urls(&two, "https://blog.example/p").is_empty());
}

mod places;
