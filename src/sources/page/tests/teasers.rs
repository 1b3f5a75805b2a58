//! Lists with one teaser, as themes write them, and drafts.

use super::*;

/// What the page at a path of a weblog is, where it was found in a folder.
fn found_at(path: &str, html: &str) -> PageKind {
    let url = Url::parse(&format!("https://blog.example{path}")).unwrap();
    let nothing = HashSet::new();
    let hint = Hint {
        url: Some(&url),
        asked: ReadReason::Found,
        listed: &nothing,
        blog_name: "",
    };
    parse(&Document::parse(html), &hint)
}

/// A list at `/posts/` with one entry, as themes have it.
fn list(entry: &str) -> PageKind {
    let html = format!(
        "<title>Posts | A weblog</title><meta property=og:type content=website>\
         <body><header><a href=/>A weblog</a></header><main><h1>Posts</h1>{entry}</main>"
    );
    found_at("/posts/", &html)
}

const TEASERS: [&str; 9] = [
    // Hugo PaperMod.
    "<article class=post-entry><header class=entry-header><h2 class=entry-hint-parent>Cats</h2></header>\
     <div class=entry-content><p>The beginning of a text <a href=//t.example/>about cats</a>...</p></div>\
     <footer class=entry-footer><time>2026-11-01</time></footer>\
     <a class=entry-link aria-label='post link to Cats' href=https://blog.example/posts/cats/></a></article>",
    // Ghost Casper.
    "<article class='post-card post'><a class=post-card-image-link href=/cats/><img src=c.jpg></a>\
     <div class=post-card-content><a class=post-card-content-link href=/cats/><h2>Cats</h2><p>The beginning</p></a>\
     <time datetime=2026-11-01>1 Nov</time></div></article>",
    // WordPress.
    "<article class='post hentry'><header><h2 class=entry-title>Cats</h2><time>2026-11-01</time></header>\
     <div class=entry-content><p>The beginning <a href=//t.example/>x</a>. \
     <a href=/2026/11/cats/#more-12 class=more-link>Continue reading <span>Cats</span></a></p></div></article>",
    "<article><h2>Cats</h2><time>2026-11-01</time><p>The beginning.</p><a href=/cats/>Read more →</a></article>",
    "<article><h2>Katzen</h2><time>2026-11-01</time><p>Der Anfang.</p><p><a href=/cats/>» Weiterlesen …</a></article>",
    "<article><h2>猫</h2><time>2026-11-01</time><p>はじめ。</p><a href=/cats/>続きを読む</a></article>",
    "<article><h2>Cats</h2><p>The beginning.</p><a href=/cats/><time datetime=2026-11-01>1 November</time></a></article>",
    "<article><h2>Cats</h2><time><a href=/cats/>1 November</a></time><p>The beginning.</p></article>",
    "<div class=h-entry><h2>Cats</h2><div class=e-content><p>The beginning.</div><a class=stretched-link title=Cats href=/posts/cats/></a></div>",
];

#[test]
fn b_a_list_with_one_teaser_is_no_entry() {
    for teaser in TEASERS {
        match list(teaser) {
            PageKind::No(why) => assert_eq!(why, SkipReason::NotAnEntry, "{teaser}"),
            PageKind::Entry(entry, _) => panic!("{entry:?}: {teaser}"),
        }
    }
}

/// Lists with one whole entry, whose permalink is on its date.
const WHOLE: [(&str, &str); 9] = [
    (
        "/tags/x/",
        "<h1>Tag x</h1><article class=h-entry><h2 class=p-name>My post</h2><time class=dt-published datetime=2026-11-28><a href=/posts/a/>28 Nov</a></time>\
     <div class=e-content><p>Words <a href=//t.example/a>a</a>.</p><h3>A part</h3><p>More.</p></div></article>",
    ),
    (
        "/tags/x/",
        "<h1>Tag x</h1><article class=post><h2>My post</h2><a class=post-date href=/posts/a/><time datetime=2026-11-28>28 Nov</time></a>\
     <p>Words <a href=//t.example/a>a</a>.</p><h2>A part</h2><p>More.</p></article>",
    ),
    (
        "/2026/11/",
        "<h1>November 2026</h1><article class=h-entry><h2 class=p-name>My post</h2><p class=meta><a href=/2026/11/28/my-post/><time>28 Nov</time></a></p>\
     <div class=e-content><p>Words <a href=//t.example/a>a</a>.</div></article>",
    ),
    (
        "/page/2/",
        "<article class=h-entry><h2 class=p-name>My post</h2><time><a href=/posts/a/>28 Nov</a></time>\
     <div class=e-content><p>Words <a href=//t.example/a>a</a>.</div></article>",
    ),
    (
        "/notes/",
        "<article class=post><p>A note <a href=//t.example/a>a</a>.</p><a class=permalink href=/notes/1/><time datetime=2026-11-28>28 Nov</time></a></article>",
    ),
    (
        "/notes/",
        "<article class=h-entry><p class=e-content>A note <a href=//t.example/a>a</a>.</p><a class=permalink href=/notes/1/>#</a></article>",
    ),
    (
        "/notes/",
        "<h1>Notes</h1><article class=h-entry><p class=e-content>A note <a href=//t.example/a>a</a>.</p><a href=/notes/12/><time class=dt-published>28 Nov</time></a></article>",
    ),
    (
        "/blog/",
        "<h1>Blog</h1><article><header><h2>My post</h2><time><a href=/2026/11/28/1234/>28 Nov</a></time></header><p>Words <a href=//t.example/a>a</a>.</p></article>",
    ),
    (
        "/author/ann/",
        "<h1>Ann</h1><article class=h-entry><h2 class=p-name>My post</h2><div class=e-content><p>Words <a href=//t.example/a>a</a>.</div>\
     <footer>Posted on <a href=/posts/a/ rel=permalink><time>28 Nov</time></a> by Ann</footer></article>",
    ),
];

fn whole(path: &str, title: &str, entry: &str, canonical: bool) -> PageKind {
    let canonical = if canonical {
        format!("<link rel=canonical href=https://blog.example{path}>")
    } else {
        String::new()
    };
    let html = format!("<title>{title}</title>{canonical}<body><main>{entry}</main>");
    found_at(path, &html)
}

#[test]
fn c10_a_list_with_one_whole_entry_whose_permalink_is_on_its_date_is_no_entry() {
    for (path, list) in WHOLE {
        for title in ["Tag x | A weblog", "A weblog", ""] {
            for canonical in [true, false] {
                let found = whole(path, title, list, canonical);
                let is_list = matches!(found, PageKind::No(SkipReason::NotAnEntry));
                assert!(is_list, "{title} {list}: {found:?}");
            }
        }
    }
}

#[test]
fn c10_an_entry_may_have_a_date_that_leads_elsewhere() {
    let posted = |link: &str| {
        format!(
            "<article class=h-entry><h2 class=p-name>My post</h2>{link}<div class=e-content>\
             <p>Words <a href=//t.example/a>a</a>.</p><h3>A part</h3><p>More.</p></div></article>"
        )
    };
    for link in [
        // Itself, in another spelling.
        "<a href=/posts/a/><time>28 Nov</time></a>",
        "<time><a href=/posts/a.html>28 Nov</a></time>",
        "<a class=permalink href='/posts/a?utm_source=x'>#</a>",
        // The archive of a month or a day, the list of all entries, the home page.
        "<a href=/2026/11/><time>28 Nov</time></a>",
        "<time><a href=/blog/2026/11/28/>28 Nov</a></time>",
        "<a href=/archives/><time>28 Nov</time></a>",
        "<a href=/archive/november.html><time>28 Nov</time></a>",
        "<a href='/?m=202611'><time>28 Nov</time></a>",
        "<a href=/posts/><time>28 Nov</time></a>",
        "<a href=/><time>28 Nov</time></a>",
        "<a class=permalink href=//t.example/x>#</a>",
        // Other entries, and what it answers or quotes.
        "<a rel=prev href=/posts/z/><time>27 Nov</time></a>",
        "<p>In reply to <a class=u-in-reply-to href=/posts/z/><time>27 Nov</time></a>",
        "<blockquote><p>x</p><a class=permalink href=/notes/1/><time>28 Nov</time></a></blockquote>",
        "<ul><li><a href=/posts/z/><time>27 Nov</time></a></ul>",
        "<p><a href=/posts/y/><time>26 Nov</time></a> <a href=/posts/z/><time>27 Nov</time></a>",
        "<p><a href=/posts/y/>As I wrote on <time>26 Nov</time></a>, but not so.",
    ] {
        for title in ["A weblog", "My post | A weblog"] {
            let found = whole("/posts/a/", title, &posted(link), false);
            assert!(matches!(found, PageKind::Entry(..)), "{link}: {found:?}");
        }
    }
    // With the title of the page, it is the entry wherever its date leads.
    let dated = posted("<a href=/dates/28-nov/><time>28 Nov</time></a>");
    let found = whole("/posts/a/", "My post - A weblog", &dated, true);
    assert!(matches!(found, PageKind::Entry(..)), "{found:?}");
}

#[test]
fn b_an_entry_may_link_to_others_of_its_site() {
    for text in [
        "<p>Words.</p><p><a href=/dogs/>Read more about dogs</a>",
        "<p>Words. <a href=/dogs/>Read more</a> of that elsewhere, in a text that goes on for quite a while after the link.",
        "<p>Words.</p><h3>A part</h3><p>Words.</p><a href=/dogs/>Read more</a>",
        "<p>Words.</p><ul><li><a href=/dogs/ class=read-more>Dogs</a></ul>",
        "<p>Words.</p><a href=/2026/11/01/><time>1 November</time></a>",
        "<p>Words.</p><a href=/posts/><time>1 November</time></a>",
        "<p>Words.</p><a href=/archives/2026.html><time>1 November</time></a>",
        "<p>Words.</p><a href=/posts/1/><time>1 November</time></a><a href=/posts/1/#more class=more-link>more</a>",
        "<p>Words.</p><a href=//t.example/x class=stretched-link></a><a id=x name=y></a>",
    ] {
        let html = format!("<article><h2>Cats</h2><time>2026-11-01</time>{text}</article>");
        assert_eq!(entry(&html).permalink.as_str(), URL, "{text}");
    }
    for more in [
        "<a href=/dogs/>Read more</a>",
        "<a href=/dogs/ class=overlay></a>",
    ] {
        let html = format!(
            "<title>Cats | A weblog</title><article><h1>Cats</h1><time>1</time><p>x{more}</article>"
        );
        assert_eq!(entry(&html).permalink.as_str(), URL, "{more}");
    }
}

#[test]
fn c10_a_draft_of_pelican_is_none_of_the_entries() {
    let html = "<article><h1>Cats</h1><time>2026-11-01</time>x</article>";
    let nothing = HashSet::new();
    let read = |path: &str, asked: ReadReason| {
        let url = Url::parse(&format!("https://blog.example{path}")).unwrap();
        let hint = Hint {
            url: Some(&url),
            asked,
            listed: &nothing,
            blog_name: "",
        };
        parse(&Document::parse(html), &hint)
    };
    for path in [
        "/drafts/cats.html",
        "/drafts/pages/cats.html",
        "/blog/drafts/cats/index.html",
    ] {
        let found = read(path, ReadReason::Found);
        assert!(matches!(found, PageKind::No(SkipReason::Draft)), "{path}");
        assert!(
            matches!(read(path, ReadReason::Listed), PageKind::Entry(..)),
            "{path}"
        );
    }
    for path in ["/drafts.html", "/posts/drafts", "/posts/my-drafts/1/"] {
        assert!(
            matches!(read(path, ReadReason::Found), PageKind::Entry(..)),
            "{path}"
        );
    }
}

#[test]
fn c6_the_page_of_several_items_of_a_feed_is_not_read_for_one() {
    let nothing = HashSet::new();
    let read = |fragment: &str| {
        let url = Url::parse(&format!("https://blog.example/log.html#{fragment}")).unwrap();
        let hint = Hint {
            url: Some(&url),
            asked: ReadReason::Listed,
            listed: &nothing,
            blog_name: "",
        };
        let html = "<title>Log</title><main><h1 id=title>Log</h1><h2 id=cats>Cats</h2><p>x\
             <a name=dogs></a><h2>Dogs</h2><p>x<h2 id=\u{732b}>Cats</h2><p>x</main>";
        match parse(&Document::parse(html), &hint) {
            PageKind::Entry(..) => "entry",
            PageKind::No(why) => why.name(),
        }
    };
    for place in ["cats", "dogs", "%E7%8C%AB", "!/a", "/a"] {
        assert_eq!(read(place), "several-entries", "{place}");
    }
    for page in ["", "title", "li", "birds"] {
        assert_eq!(read(page), "entry", "{page}");
    }
}
