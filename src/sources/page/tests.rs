//! Which pages are entries, and what is read from them.

use super::*;
use crate::sources::entry::Follow;

mod around;
mod dates;
mod kept;
mod parts;
mod scope;
mod teasers;
mod texts;

const URL: &str = "https://blog.example/posts/1/";

fn verdict(html: &str, asked: ReadReason, listed: &[&str]) -> PageKind {
    let url = Url::parse(URL).unwrap();
    let listed = listed
        .iter()
        .map(|url| page_key(&Url::parse(url).unwrap()))
        .collect();
    let hint = Hint {
        url: Some(&url),
        asked,
        listed: &listed,
        blog_name: "Hinted",
    };
    parse(&Document::parse(html), &hint)
}

fn entry(html: &str) -> Entry {
    match verdict(html, ReadReason::Found, &[]) {
        PageKind::Entry(entry, missing) => {
            assert_eq!(missing, [], "{html}");
            *entry
        }
        PageKind::No(why) => panic!("{why}: {html}"),
    }
}

fn why(html: &str) -> SkipReason {
    match verdict(html, ReadReason::Found, &[]) {
        PageKind::No(why) => why,
        PageKind::Entry(entry, _) => panic!("{entry:?}: {html}"),
    }
}

fn links(entry: &Entry) -> Vec<&str> {
    entry.links.iter().map(|link| link.url.as_str()).collect()
}

#[test]
fn each_kind_of_evidence_makes_a_page_an_entry() {
    for html in [
        "<script type='application/ld+json'>{\"@type\":\"BlogPosting\"}</script><main>x</main>",
        "<meta property=og:type content=article><main>x</main>",
        "<div class='h-entry'><p class=e-content>x</div>",
        "<article><time datetime=2026-11-20>x</time></article>",
        "<article><a rel=bookmark href='/posts/1/'>#</a>x</article>",
    ] {
        assert_eq!(entry(html).permalink.as_str(), URL, "{html}");
    }
    let bare = "<main>x</main>";
    assert_eq!(why(bare), SkipReason::NotAnEntry);
    let listed = verdict(bare, ReadReason::Found, &[URL]);
    assert!(matches!(listed, PageKind::Entry(..)), "{listed:?}");
}

#[test]
fn c10_a_canonical_link_to_the_home_page_is_told_and_not_believed() {
    let html = "<link rel=canonical href='https://blog.example/'><article><time>1</time></article>";
    match verdict(html, ReadReason::Found, &[]) {
        PageKind::Entry(entry, missing) => {
            assert_eq!(entry.permalink.as_str(), "https://blog.example/posts/1/");
            assert_eq!(missing, [SkipReason::CanonicalIsHome]);
        }
        PageKind::No(why) => panic!("{why}"),
    }
}

#[test]
fn c10_a_page_that_only_says_that_it_is_the_home_page_is_told_so() {
    let nothing = HashSet::new();
    let hint = Hint {
        url: None,
        asked: ReadReason::Found,
        listed: &nothing,
        blog_name: "",
    };
    for (page, expected) in [
        (
            "<article><h1>T</h1><time>1</time>x</article>",
            SkipReason::CanonicalIsHome,
        ),
        (
            "<meta property=og:type content=article><main>x</main>",
            SkipReason::CanonicalIsHome,
        ),
        ("<p>x", SkipReason::NotAnEntry),
        (
            "<article class=h-entry><a class=u-url href='/posts/2/'>T</a></article>",
            SkipReason::NotAnEntry,
        ),
    ] {
        let html = format!("<link rel=canonical href='https://blog.example/'>{page}");
        match parse(&Document::parse(&html), &hint) {
            PageKind::No(why) => assert_eq!(why, expected, "{page}"),
            PageKind::Entry(entry, _) => panic!("{entry:?}: {page}"),
        }
    }
}

#[test]
fn lists_stubs_and_hidden_pages_are_no_entries() {
    for (html, expected) in [
        ("<p>x", SkipReason::NotAnEntry),
        ("<article>no date</article>", SkipReason::NotAnEntry),
        (
            "<article><time>1</time></article><article><time>2</time></article>",
            SkipReason::SeveralEntries,
        ),
        (
            "<div class=h-feed><p class=h-entry>1</p><p class=h-entry>2</p></div>",
            SkipReason::SeveralEntries,
        ),
        (
            "<meta property=og:type content=article><article><h2>1</h2></article><article><h2>2</h2></article>",
            SkipReason::SeveralEntries,
        ),
        (
            "<meta property=og:type content=website><article><h2><a href='/posts/2/'>T</a></h2><time>1</time></article>",
            SkipReason::NotAnEntry,
        ),
        (
            "<article class=h-entry><a class=u-url href='/posts/2/'>T</a></article>",
            SkipReason::NotAnEntry,
        ),
        (
            "<meta http-equiv=Refresh content='0; URL=/posts/2/'><article><time>1</time></article>",
            SkipReason::Redirect,
        ),
        (
            "<meta name=robots content='NOINDEX, follow'><article><time>1</time></article>",
            SkipReason::NoIndex,
        ),
        (
            "<meta name=draft content=true><article><time>1</time></article>",
            SkipReason::Draft,
        ),
        (
            "<article class=draft><time>1</time></article>",
            SkipReason::Draft,
        ),
        (
            "<script type='application/ld+json'>{\"@type\":\"Article\",\"creativeWorkStatus\":\"Draft\"}</script>",
            SkipReason::Draft,
        ),
        (
            "<script type='application/ld+json'>[{\"@type\":\"Article\"},{\"@type\":\"Article\"}]</script>",
            SkipReason::NotAnEntry,
        ),
    ] {
        assert_eq!(why(html), expected, "{html}");
    }
}

#[test]
fn b2_a_strangers_url_is_never_the_entrys() {
    for html in [
        "<article><h1>My reply</h1><time>1</time><p>x</p><ol><li class='h-cite u-comment'><a class=u-url href='https://stranger.example/1'>x</a></ol></article>",
        "<article class=h-entry><p class=e-content>x</p><div class='u-comment h-entry'><a class=u-url href='https://stranger.example/1'>x</a></div></article>",
        "<article><time>1</time><div class='h-cite'><a class=u-url href='https://stranger.example/1'>x</a></div></article>",
        "<article><time>1</time><a rel=bookmark href='https://stranger.example/1'>x</a></article>",
        "<article class=h-entry><div class='u-like h-cite'><a class=u-url href='https://stranger.example/1'>x</a></div></article>",
        "<article><time>1</time><section class=webmentions><a class=u-url href='https://stranger.example/1'>x</a></section></article>",
        "<script type='application/ld+json'>{\"@type\":\"Article\",\"url\":\"https://stranger.example/1\"}</script><main>x</main>",
        "<link rel=canonical href='https://stranger.example/1'><article><time>1</time>x</article>",
        "<meta property=og:url content='https://stranger.example/1'><article><time>1</time>x</article>",
    ] {
        assert_eq!(entry(html).permalink.as_str(), URL, "{html}");
    }
    let html = "<article class=h-entry><a class=u-url href='/posts/1/'>x</a><div class=h-cite><a class=u-url href='//s.example'>x</a></div></article>";
    assert_eq!(entry(html).permalink.as_str(), URL);
}

#[test]
fn b3_what_an_entry_answers_is_a_link_of_it() {
    for class in [
        "u-in-reply-to",
        "p-in-reply-to",
        "u-bookmark-of",
        "p-bookmark-of",
        "u-like-of",
        "u-repost-of",
    ] {
        for answer in [
            format!("<a class={class} href='https://t.example/1'>x</a>"),
            format!("<header><a class={class} href='https://t.example/1'>x</a></header>"),
            format!("<h1 class=p-name><a class={class} href='https://t.example/1'>x</a></h1>"),
            format!(
                "<div class='{class} h-cite'><a class=u-url href='https://t.example/1'>x</a></div>"
            ),
            format!(
                "<div class='{class} h-cite'><a class='p-author h-card' href='//a.example'>a</a><a class=u-url href='https://t.example/1'>x</a></div>"
            ),
            format!("<data class={class} value='https://t.example/1'></data>"),
            format!("<p>Answer to <span class={class}>https://t.example/1</span></p>"),
        ] {
            let html = format!("<article class=h-entry>{answer}<div class=e-content>Yes.</div>
                <ul><li class='u-comment h-cite'><a class='u-in-reply-to u-url' href='//c.example'>c</a></ul></article>");
            assert_eq!(links(&entry(&html)), ["https://t.example/1"], "{html}");
        }
    }
    for (quotation, target) in [
        (
            "<blockquote>x<footer><cite><a href='//t.example/2'>T</a></cite></footer></blockquote>",
            "https://t.example/2",
        ),
        (
            "<blockquote cite='//t.example/3'><p>x</blockquote>",
            "https://t.example/3",
        ),
        ("<p><q cite='//t.example/4'>x</q>", "https://t.example/4"),
        (
            "<figure><blockquote>x</blockquote><figcaption><a href='//t.example/5'>T</a></figcaption></figure>",
            "https://t.example/5",
        ),
        (
            "<aside class=sidenote><a href='//t.example/6'>T</a></aside>",
            "https://t.example/6",
        ),
        (
            "<p>x<span class=marginnote><a href='//t.example/7'>T</a></span>",
            "https://t.example/7",
        ),
        (
            "<section class=footnotes role=doc-endnotes><ol><li><a href='//t.example/8'>T</a></ol></section>",
            "https://t.example/8",
        ),
        (
            "<aside role=doc-footnote><a href='//t.example/9'>T</a></aside>",
            "https://t.example/9",
        ),
    ] {
        let html = format!("<article><h1>x</h1><time>1</time>{quotation}<aside><a href='//no.example'>no</a></aside>
            <footer><a href='//no.example'>no</a></footer><div class=author-card><a href='//no.example'>no</a></div>
            <a href='https://twitter.com/intent/tweet?url=x'>Share</a></article>");
        assert_eq!(links(&entry(&html)), [target], "{html}");
    }
}

#[test]
fn a_page_of_links_may_link_its_title_elsewhere() {
    let html = "<article><h1><a href='https://other.example/'>T</a></h1><time>1</time></article>";
    assert_eq!(links(&entry(html)), ["https://other.example/"]);
}

#[test]
fn an_article_among_cards_of_others_is_the_one_with_the_heading() {
    let html = "<meta property=og:type content=article><article><h1>Mine</h1><a href=//a.example>a</a></article>
        <article><h3>Other</h3><a href=//b.example>b</a></article>";
    assert_eq!(links(&entry(html)), ["https://a.example/"]);
    assert_eq!(entry(html).title, "Mine");
}

#[test]
fn only_the_content_has_links() {
    let html = "<body><header><a href=//h.example>h</a></header><nav><a href=//n.example>n</a></nav><main>
        <article class=h-entry><header><h1 class=p-name>The title</h1><a class=p-author href=//author.example>me</a>
        <time class=dt-published datetime='2026-11-20 10:00:00 +0900'>x</time></header>
        <div class=e-content><p>See <a href=//a.example>a</a> and <a rel=nofollow href=//b.example>b</a>.</p>
        <div class=related-posts><a href=//r.example>r</a></div><div id=comments><a href=//c.example>c</a></div></div>
        <footer><a href=//f.example>f</a></footer></article><section><a href=//s.example>s</a></section></main>
        <aside><a href=//x.example>x</a></aside></body>";
    let entry = entry(html);
    assert_eq!(links(&entry), ["https://a.example/", "https://b.example/"]);
    assert_eq!(entry.links[1].follow, Follow::No);
    assert_eq!(entry.title, "The title");
    assert_eq!(entry.summary, "See a and b.");
    assert_eq!(entry.published, "2026-11-20T01:00:00Z".parse().ok());
}

#[test]
fn the_head_says_what_the_body_does_not() {
    let html = "<head><title>T | Blog</title><meta property=og:title content='The &amp; title'><meta property=og:type content=article>
        <meta property=og:site_name content='A blog'><meta name=description content='  What it\n is about '>
        <meta property=article:published_time content=2026-11-20T10:00:00Z><meta property=article:modified_time content=2026-11-21>
        <link rel='canonical' href='/posts/one/#x'></head><main><h1>Heading</h1>Text</main>";
    let found = entry(html);
    assert_eq!(found.title, "The & title");
    assert_eq!(found.summary, "What it is about");
    assert_eq!(found.blog_name, "A blog");
    assert_eq!(found.permalink.as_str(), "https://blog.example/posts/one/");
    assert_eq!(found.published, "2026-11-20T10:00:00Z".parse().ok());
    assert_eq!(found.updated, "2026-11-21T00:00:00Z".parse().ok());
    let html = "<script type='application/ld+json'>{\"@type\":\"BlogPosting\",\"headline\":\"H\",\"description\":\"D\",
        \"url\":\"https://blog.example/p/\",\"datePublished\":\"2026-11-20T10:00:00+00:00\",\"publisher\":{\"name\":\"P\"}}</script><main>x</main>";
    let found = entry(html);
    assert_eq!((found.title.as_str(), found.summary.as_str()), ("H", "D"));
    assert_eq!(found.permalink.as_str(), "https://blog.example/p/");
}

#[test]
fn the_sites_own_heading_is_not_the_entrys() {
    let site = "<header><h1>The site</h1></header>";
    for html in [
        "<main><h1>Mine</h1>x</main>",
        "<main><h1>Mine</h1><article>x</article></main>",
        "<main><article><h1>Mine</h1>x</article></main>",
    ] {
        let html = format!("<meta property=og:type content=article><body>{site}{html}");
        assert_eq!(entry(&html).title, "Mine", "{html}");
    }
}

#[test]
fn content_that_is_not_marked_has_no_links_unless_a_person_named_the_page() {
    let html = "<meta property=og:type content=article><body><div><a href=//a.example>a</a></div>";
    match verdict(html, ReadReason::Found, &[]) {
        PageKind::Entry(entry, missing) => {
            assert_eq!(missing, [SkipReason::NoContent]);
            assert!(entry.links.is_empty());
        }
        verdict => panic!("{verdict:?}"),
    }
    let html =
        "<title>T</title><body><nav><a href=//n.example>n</a></nav><p><a href=//a.example>a</a>";
    match verdict(html, ReadReason::Named, &[]) {
        PageKind::Entry(entry, missing) => {
            assert_eq!(missing, []);
            assert_eq!(links(&entry), ["https://a.example/"]);
        }
        verdict => panic!("{verdict:?}"),
    }
}

#[test]
fn classes_of_style_sheets_are_no_objects() {
    for class in [
        "h-64", "h-8", "h-100", "h-full", "h-screen", "h-px", "h-auto", "h-fit",
    ] {
        let html = format!("<article class=h-entry><div class='w-full {class}'><a class=u-in-reply-to href='//t.example/1'>t</a>
            <h1 class=p-name>T</h1></div><div class=e-content>x</div></article>");
        let found = entry(&html);
        assert_eq!(links(&found), ["https://t.example/1"], "{class}");
        assert_eq!(found.title, "T", "{class}");
    }
}

#[test]
fn relative_links_follow_the_base() {
    let html = "<base href='/files/'><article><time>1</time><a href='x'>x</a></article>";
    assert_eq!(links(&entry(html)), ["https://blog.example/files/x"]);
}

#[test]
fn a_page_that_does_not_say_where_it_is_has_no_permalink() {
    let hint = Hint {
        url: None,
        asked: ReadReason::Found,
        listed: &HashSet::new(),
        blog_name: "",
    };
    let page = "<link rel=canonical href='/relative/'><article><time>1</time></article>";
    assert!(matches!(
        parse(&Document::parse(page), &hint),
        PageKind::No(SkipReason::NoPermalink)
    ));
    // What it marks as its URL may be the page that it is about.
    for link in [
        "<h1><a class='u-url p-name' href='https://s.example/1'>x</a></h1>",
        "<a rel=bookmark href='https://s.example/1'>x</a>",
    ] {
        let page = format!("<article class=h-entry>{link}<time>1</time><p>x</article>");
        let found = parse(&Document::parse(&page), &hint);
        assert!(matches!(found, PageKind::No(_)), "{link}: {found:?}");
    }
    let page = "<link rel=canonical href='javascript:x'><meta property=og:url content='https://a.example/1#x'>
        <article><time>1</time><a href='2'>x</a></article>";
    match parse(&Document::parse(page), &hint) {
        PageKind::Entry(entry, _) => {
            assert_eq!(entry.permalink.as_str(), "https://a.example/1");
            assert_eq!(links(&entry), ["https://a.example/2"]);
        }
        verdict => panic!("{verdict:?}"),
    }
}

#[test]
fn s3_what_a_page_says_is_one_line_of_plain_text() {
    let html = "<article><h1>a\u{1b}[2J\u{202E}<b>b</b>\n c</h1><time>1</time></article>";
    assert_eq!(entry(html).title, "a[2Jb c");
    let long = "x".repeat(1000);
    let found = entry(&format!(
        "<article><h1>{long}</h1><time>1</time><p>{long}</article>"
    ));
    assert_eq!(found.title.chars().count(), 251);
    assert_eq!(found.summary.chars().count(), MAX_SUMMARY);
}

#[test]
fn s7_no_page_costs_more_than_its_length() {
    let many = 8_000;
    for html in [
        "<article>".repeat(many),
        "<article></article>".repeat(many),
        "<div class='h-entry e-content'>".repeat(many),
        "<div class=e-content></div>".repeat(many),
        "<h1>".repeat(many),
        "<time>".repeat(many),
        "<script type=application/ld+json>[".repeat(many),
        "<script type=application/ld+json>[</script>".repeat(many),
        "<meta property=og:type content=article><article><h1>".repeat(many),
        "<title>a: b</title><h1>a</h1><h2>b</h2>".repeat(many),
        format!(
            "<title>a</title><h1>a</h1>{}",
            "<article><div><h3><a href=/>a</a></h3>".repeat(many)
        ),
        format!(
            "<title>a</title>{}",
            "<article><h2>a<p>x</article><main>".repeat(many)
        ),
        "<a href=//a.example/".repeat(many),
        format!("<article><time>{}", "<a href=//a.example>x<b>".repeat(many)),
        format!("<a href={}>", "x".repeat(many)),
        "<div class='".to_owned() + &"share ".repeat(many),
        "<article><time>1</time><svg><a href=//a.example><g>".repeat(many),
        format!(
            "<article><time>1</time>{}",
            "<p class=sidenote><s>x".repeat(many)
        ),
        format!("<article><time>1</time>{}", "<div>1 min read".repeat(many)),
        format!("<article><time>1</time>{}", "<div>".repeat(many)),
        "<div class='h-entry u-x'><i class=e-content>".repeat(many),
        "<p class='h-entry'><i class=h-entry><i class=e-content></i></i>".repeat(many),
        format!(
            "<p class=h-entry>{}",
            "<i class=h-cite><i class=e-content>x".repeat(many)
        ),
        format!(
            "<div class=h-entry>{}",
            "<i class=p-summary></i><i class=e-content></i>".repeat(many)
        ),
        format!(
            "<div class=h-review>{}",
            "<div><i class=p-item>".repeat(many)
        ),
        format!(
            "<article><time>1</time>{}",
            "<a href=//a.example/#x>x<ruby><rt>".repeat(many)
        ),
    ] {
        verdict(&html, ReadReason::Found, &[]);
        verdict(&html, ReadReason::Named, &[]);
    }
}

proptest::proptest! {
    #![proptest_config(crate::proptest_config())]
    #[test]
    fn no_page_is_too_strange(html in "(<(/?(article|div|p|a|b|li|h1|time|main|body|script|svg|template|base) ?(class=.h-entry e-content.|href=.//a.|type=application/ld.json|hidden)?/?|!--|!)>?|&(amp|x|#x?9*);?|-->|\\{|\\PC){0,60}") {
        verdict(&html, ReadReason::Found, &[]);
        if let PageKind::Entry(entry, _) = verdict(&html, ReadReason::Named, &[]) {
            for link in &entry.links {
                proptest::prop_assert!(link.around.chars().count() <= crate::sources::entry::MAX_AROUND);
                proptest::prop_assert!(link.url.fragment().is_none());
            }
        }
    }
}
