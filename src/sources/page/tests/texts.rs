//! The title and the excerpt of an entry.

use super::*;

#[test]
fn b4_an_excerpt_is_the_text_that_a_reader_reads() {
    for (html, expected) in [
        (
            "<article><h1>My title</h1><p><time>20 November</time> by me</p><div>First block</div>and then</article>",
            "First block and then",
        ),
        (
            "<article><header><h1>T</h1></header><time>1</time><p>Words<sup id=r1><a href='#f1'>1</a></sup> go<sup><a href='#f2'>[2]</a></sup> on.<p>More</article>",
            "Words go on. More",
        ),
        (
            "<article><h1>T</h1><time>1</time><p>A<a href='#a' class=anchor>¶</a> b <img src=x alt='a long description'>c</article>",
            "A b c",
        ),
        (
            "<article class=h-entry><h1 class=p-name>T</h1><a class=u-url href='/posts/1/'><time class=dt-published>1</time></a><p>x<ul><li>y<li>z</ul></article>",
            "x y z",
        ),
        (
            "<article><time>1</time><p>E<sup>2</sup> and H<sub>2</sub>O <img alt='🙂'></article>",
            "E2 and H2O 🙂",
        ),
        (
            "<meta property=og:title content='“My Entry” — Site'><article><h1>\"My entry\"</h1><time>5 May 2026</time><p>Real text</article>",
            "Real text",
        ),
        (
            "<meta property=og:title content='Site | It’s mine'><article><h1>It's mine <a href='#t'>#</a></h1><time>5 May 2026</time><p>Real text</article>",
            "Real text",
        ),
        (
            "<article><hgroup><h1>My entry</h1><p>Subtitle</p></hgroup><time>5 May 2026</time><p>Real text</article>",
            "Real text",
        ),
        (
            "<article><h1>T</h1><time>1</time><p>Real text<sup><a href='https://blog.example/posts/1/#fn1'>1</a></sup> link</article>",
            "Real text link",
        ),
        (
            "<article><h1>T</h1><time>1</time><p>Real text<sup>1</sup> is here.<sup>[2]</sup> At x<sup>2</sup>, 10<sup>3</sup> km<sup>2</sup> and 1<sup>st</sup><sup>*</sup></article>",
            "Real text is here. At x2, 103 km2 and 1st",
        ),
        (
            "<article><h1>T</h1><time>1</time><p>Real text<label for=s class='margin-toggle sidenote-number'></label><input id=s type=checkbox class=margin-toggle><span class=sidenote>side note</span> text</article>",
            "Real text text side note",
        ),
    ] {
        assert_eq!(entry(html).summary, expected, "{html}");
    }
}

#[test]
fn b4_an_excerpt_does_not_begin_with_what_a_theme_writes_above_the_text() {
    const TEXT: &str = "<p>Real text of the entry.</p>";
    for above in [
        // Substack.
        "<h1 class='post-title published'>T</h1><h3 class=subtitle>A subtitle of some words</h3>\
         <div class='pencraft byline-wrapper'><a href=https://x.example/@ann>Ann Smith</a><div>Nov 2</div></div>",
        // Hakyll.
        "<section class=header>Posted on November  2, 2026 by Ann</section>",
        // Telegraph.
        "<h1>T<br></h1><address><a rel=author href=https://x.example/>Ann Smith</a><br></address>",
        // Tables of contents.
        "<div id=ez-toc-container class=ez-toc-v2_0><p>Contents</p><ul><li><a href='#a'>Part one</a></ul></div>",
        "<div class='lwptoc'><b>Contents</b><a href='#a'>Part one</a></div>",
        "<div id=toc_container><p>Contents</p><ul><li><a href='#a'>Part one</a></ul></div>",
        "<div class=toc><ul><li><a href='#a'>Part one</a></ul></div>",
        "<ul id=markdown-toc><li><a href='#a'>Part one</a></ul>",
        "<nav id=TOC role=doc-toc><ul><li><a href='#a'>Part one</a></ul></nav>",
        "<div id=table-of-contents><h2>Table of Contents</h2><ul><li><a href='#a'>Part one</a></ul></div>",
        "<div class='contents topic' id=contents><p>Contents</p><ul><li><a href='#a'>Part one</a></ul></div>",
    ] {
        for html in [
            format!("<article><h1>T</h1><time>1</time>{above}{TEXT}</article>"),
            format!(
                "<article class=h-entry><h1 class=p-name>T</h1><div class=e-content>{above}{TEXT}</div></article>"
            ),
        ] {
            assert_eq!(entry(&html).summary, "Real text of the entry.", "{html}");
        }
    }
    // Medium.
    let html = format!(
        "<article class=h-entry><h1 class=p-name>T</h1><section class=p-summary>A subtitle</section>\
         <section class=e-content>{TEXT}</section></article>"
    );
    let PageKind::Entry(entry, _) = verdict(&html, ReadReason::Found, &[]) else {
        panic!("{html}")
    };
    assert!(
        !entry.summary.starts_with("A subtitle Real"),
        "{}",
        entry.summary
    );
}

#[test]
fn no_link_is_lost_with_a_heading_or_a_mark() {
    for content in [
        "<h2>T <a href='https://other.example/'>there</a></h2>",
        "<hgroup><h2>T</h2><p>On <a href='https://other.example/'>this</a></p></hgroup>",
        "<p>Real text<sup><a href='https://other.example/'>1</a></sup>",
    ] {
        let html = format!(
            "<article class=h-entry><p class=p-name>T</p><div class=e-content>{content}</div></article>"
        );
        assert_eq!(links(&entry(&html)), ["https://other.example/"], "{html}");
    }
}

#[test]
fn a_title_has_no_anchor() {
    for heading in [
        "My Entry <a class=headerlink href='#t'>¶</a>",
        "<a class=anchor href='#t' aria-hidden=true><span>#</span></a>My Entry",
        "<a href='https://blog.example/posts/1/#t'>#</a> My Entry",
        "My Entry<sup><a href='#fn1'>1</a></sup>",
        "<a href='#t'>My Entry</a><button>Copy link</button>",
        "<svg><title>Link</title></svg>My <em>Entry</em>",
    ] {
        for html in [
            format!("<article><h1 id=t>{heading}</h1><time>1</time>x</article>"),
            format!("<article class=h-entry><h2 class=p-name>{heading}</h2>x</article>"),
        ] {
            assert_eq!(entry(&html).title, "My Entry", "{html}");
        }
    }
    assert_eq!(
        entry("<article><h1><a href='#t'>#</a></h1><time>1</time></article>").title,
        "#"
    );
}

#[test]
fn a_title_for_programs_is_the_one_that_readers_see() {
    let json = |headline: &str| {
        format!(
            "<script type='application/ld+json'>{{\"@type\":\"BlogPosting\",\"headline\":\"{headline}\"}}</script><main>"
        )
    };
    for (html, expected) in [
        (json("Tom &amp; Jerry") + "x</main>", "Tom & Jerry"),
        (json("Tom&#8217;s") + "x</main>", "Tom’s"),
        (json("The &lt;em> tag") + "<h1>The &lt;em&gt; tag</h1>x</main>", "The <em> tag"),
        (
            json("A very long title that the plugin...") + "<h1>A very long title that the plugin cuts</h1>x</main>",
            "A very long title that the plugin cuts",
        ),
        (
            "<meta property=og:type content=article><meta property=og:title content='A &amp;amp; B'><main>x</main>".to_owned(),
            "A & B",
        ),
        (json("A constitutional monarchy") + "<h1>New Zealand</h1>x</main>", "New Zealand"),
        (
            "<title>New Zealand - Wiki</title>".to_owned() + &json("A monarchy\",\"name\":\"New Zealand") + "x</main>",
            "New Zealand",
        ),
        (
            "<meta property=og:title content='New Zealand'>".to_owned() + &json("Short headline for programs") + "x</main>",
            "New Zealand",
        ),
        ("<title>Cats | A weblog</title>".to_owned() + &json("Cats") + "<h1>Dogs</h1>x</main>", "Cats"),
        (json("Only the headline") + "x</main>", "Only the headline"),
    ] {
        assert_eq!(entry(&html).title, expected, "{html}");
    }
}

#[test]
fn a_title_is_never_the_name_of_the_site() {
    let banner = "<div id=banner><h1><a href='https://blog.example/' accesskey=1>My Blog</a></h1><h2>About cats</h2></div>";
    for (html, expected) in [
        (
            format!("<title>My Blog: Cats</title>{banner}<div class=blogbody><h3 class=title>Cats</h3><p>x</div>"),
            "Cats",
        ),
        (
            format!("<title>My Blog » Cats</title>{banner}<h2>Archives</h2><div class=post><h2>Cats</h2><div class=entry>x</div></div>"),
            "Cats",
        ),
        (
            "<title>Cats | My Blog</title><h1><a href='/posts/'>My Blog</a></h1><h2>Cats</h2><p>x".to_owned(),
            "Cats",
        ),
        (
            "<title>Cats | Hinted</title><p>x".to_owned(),
            "Cats",
        ),
        (
            "<title>Real title | B</title><meta property=og:site_name content=B><h2>Real title</h2><p>x".to_owned(),
            "Real title",
        ),
        (
            "<meta property=og:title content='Real title | B'><meta property=og:site_name content=B><p>x".to_owned(),
            "Real title",
        ),
        ("<title>Mine</title><h1><a href='/posts/1/'>My <img class=emoji alt='🎉'> own</a></h1><p>x".to_owned(), "My 🎉 own"),
        ("<title>Mine</title><h1>Own</h1><h2>Mine</h2><p>x".to_owned(), "Mine"),
        ("<title>Mine</title><main><h1>Own</h1><h2>Mine</h2><p>x</main>".to_owned(), "Own"),
        ("<title>Babies Who Eat Peanuts | WebMD</title><h1>WebMD</h1><div><h2>Babies Who Eat Peanuts</h2><p>x</div>".to_owned(), "Babies Who Eat Peanuts"),
        ("<title>My Site: My entry</title><h1>My Site</h1><p>tagline</p><h2>About me</h2><div class=post><h2>My entry</h2><p>x</div>".to_owned(), "My entry"),
        ("<title>My Site :: My entry</title><div id=top><h1>My Site</h1></div><div class=post><h3>My entry</h3><p>x</div>".to_owned(), "My entry"),
        ("<title>Cats: a story</title><h1>Cats</h1><h2>a story</h2><p>x".to_owned(), "Cats"),
        ("<title>My entry - My Site</title><h1>My entry</h1><p>x<h2>My Site</h2>".to_owned(), "My entry"),
        ("<title>Superbugs: what they are</title><div><h1>Information and Resources</h1></div><p>x".to_owned(), "Superbugs: what they are"),
        ("<title>My Blog</title><meta property=og:site_name content='My Blog'><h1>My entry</h1><p>x".to_owned(), "My entry"),
        ("<title>A &amp;amp; B</title><p>x".to_owned(), "A & B"),
    ] {
        match verdict(&html, ReadReason::Named, &[]) {
            PageKind::Entry(entry, _) => assert_eq!(entry.title, expected, "{html}"),
            PageKind::No(why) => panic!("{why}: {html}"),
        }
    }
}

#[test]
fn what_is_said_for_programs_is_decoded_where_it_was_escaped_twice() {
    for (said, expected) in [
        (
            "It&amp;#8217;s &amp;quot;x&amp;quot; and&amp;nbsp;more",
            "It’s \"x\" and\u{a0}more",
        ),
        ("It&#8217;s a &lt;b> &amp; c", "It’s a <b> & c"),
    ] {
        for name in ["name=description", "property=og:description"] {
            let html = format!(
                "<meta property=og:type content=article><meta {name} content='{said}'><main>x</main>"
            );
            let found = entry(&html).summary;
            assert_eq!(
                found.replace('\u{a0}', " "),
                expected.replace('\u{a0}', " "),
                "{html}"
            );
        }
    }
}
