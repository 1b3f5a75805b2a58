//! Which parts of a page are the text of its entry, and which are those of other objects in it.

use super::*;

const OWN: &str = "<p>I agree <a href=//own.example/>q</a></p>";

/// An object of others, with its URL and its content.
fn nested(class: &str, inner: &str) -> String {
    format!(
        "<div class='{class}'><a class=u-url href=//url.example/>x</a>
        <div class='{inner}'>their words <a href=//theirs.example/>z</a></div></div>"
    )
}

/// The hosts that an entry links to, in alphabetical order, without `.example`.
fn hosts(entry: &Entry) -> String {
    let mut hosts: Vec<&str> = entry
        .links
        .iter()
        .map(|link| link.url.host_str().unwrap().trim_end_matches(".example"))
        .collect();
    hosts.sort_unstable();
    hosts.join(" ")
}

fn named(html: &str) -> PageKind {
    verdict(html, ReadReason::Named, &[])
}

#[test]
fn b3_the_content_of_what_an_entry_cites_is_not_its_own() {
    for (class, expected) in [
        ("u-in-reply-to h-cite", "own url"),
        ("u-in-reply-to h-entry", "own url"),
        ("p-in-reply-to h-entry", "own url"),
        ("h-cite u-like-of", "own url"),
        ("u-repost-of h-cite", "own url"),
        ("u-quotation-of h-cite", "own url"),
        ("u-bookmark-of h-entry", "own url"),
        ("h-cite", "own"),
        ("h-entry", "own"),
        ("hentry", "own"),
        ("h-feed", "own"),
        ("h-item", "own"),
        ("h-x-post", "own"),
        ("u-comment h-entry", "own"),
        ("p-author h-card", "own"),
    ] {
        for inner in [
            "e-content",
            "entry-content",
            "p-content",
            "p-summary",
            "entry-summary",
        ] {
            let other = nested(class, inner);
            let own = format!("<div class=e-content>{OWN}</div>");
            for (before, behind) in [(other.as_str(), ""), ("", other.as_str())] {
                let html = format!(
                    "<article class=h-entry><h1 class=p-name>E</h1>{before}{own}{behind}</article>"
                );
                let found = entry(&html);
                assert_eq!(hosts(&found), expected, "{html}");
                assert_eq!(found.summary, "I agree q", "{html}");
            }
            if class.ends_with("h-cite") && expected == "own url" {
                let html = format!("<article><h1>E</h1><time>1</time>{other}{OWN}</article>");
                let found = entry(&html);
                assert_eq!(hosts(&found), expected, "{html}");
                assert!(!found.summary.contains("their"), "{html}");
            }
        }
    }
    // What is embedded in the content is a part of it.
    let html = format!(
        "<article class=h-entry><div class=e-content>{OWN}{}</div></article>",
        nested("h-entry", "e-content")
    );
    assert_eq!(hosts(&entry(&html)), "own theirs url");
}

#[test]
fn b3_an_entry_without_content_has_none_of_what_it_reposts() {
    for class in [
        "u-repost-of h-cite",
        "u-repost-of h-entry",
        "p-like-of h-cite",
    ] {
        for inner in ["e-content", "entry-content", "p-content"] {
            let html = format!(
                "<article class=h-entry><h1 class=p-name>E</h1>{}<a class=u-url href='/posts/1/'></a></article>",
                nested(class, inner)
            );
            let found = entry(&html);
            assert_eq!(hosts(&found), "url", "{html}");
            assert_eq!(found.summary, "x", "{html}");
        }
    }
    let link = "<a href=//own.example/>q</a>";
    let url = "<a class=u-url href='/posts/1/'>1</a>";
    for html in [
        // A theme marks the body and a plugin the post.
        format!(
            "<body class=h-entry><article class=hentry>{url}<div class=entry-content>{link}</div></article>"
        ),
        format!("<div class=h-entry><div class=h-entry><p class=e-content>{link}</div></div>"),
        // A person mentioned in a text that is not marked.
        format!("<article class=h-entry>{url}<p>With <span class=h-card>{link}</span></article>"),
    ] {
        assert_eq!(hosts(&entry(&html)), "own", "{html}");
    }
}

#[test]
fn b3_the_contents_of_an_entry_its_summary_and_its_notes_are_united() {
    let second = "<a href=//second.example/>z</a>";
    let own = format!("<div class=e-content>{OWN}</div>");
    for (html, text) in [
        (
            format!("{own}<div class=e-content>part two {second}</div>"),
            "I agree q part two z",
        ),
        (
            format!("{own}<p>by me<section><p class=e-content>part two {second}</section>"),
            "I agree q part two z",
        ),
        (
            format!("<p class=p-summary>Sum {second}</p>{own}"),
            "Sum z I agree q",
        ),
        (
            format!("<header><p class=p-summary>Sum {second}</p></header>{own}"),
            "Sum z I agree q",
        ),
        (
            format!(
                "{own}<section class=footnotes role=doc-endnotes><ol><li id=fn1>Note {second} <a href='#r1'>↩</a></ol></section>"
            ),
            "I agree q Note z",
        ),
        (
            format!("{own}<aside class=sidenote>Note {second}</aside>"),
            "I agree q Note z",
        ),
        (
            format!("<div class=e-content>{OWN}<div class=e-content>part two {second}</div></div>"),
            "I agree q part two z",
        ),
    ] {
        let html = format!("<article class=h-entry><h1 class=p-name>E</h1>{html}</article>");
        let found = entry(&html).clone();
        assert_eq!(hosts(&found), "own second", "{html}");
        assert!(
            [text, "Sum z"].contains(&found.summary.as_str()),
            "{html}: {}",
            found.summary
        );
    }
    let page = format!(
        "<main><h1>E</h1>{own}<section class=footnotes><ol><li>{second}</ol></section></main>"
    );
    match named(&page) {
        PageKind::Entry(found, _) => assert_eq!(hosts(&found), "own second"),
        PageKind::No(why) => panic!("{why}"),
    }
    // Those of teasers, comments and other articles are not united.
    for html in [
        format!("<article><div class=e-content>{second}</div></article>"),
        format!("<div class=post-content>{second}</div>"),
        format!("<section id=comments><div class=e-content>{second}</div></section>"),
        format!("<section id=comments><p class=p-summary>{second}</p></section>"),
        format!("<nav><div class=e-content>{second}</div></nav>"),
        format!("<p>A label {second}</p>"),
    ] {
        let html = format!("<article class=h-entry><h1 class=p-name>E</h1>{own}{html}</article>");
        assert_eq!(hosts(&entry(&html)), "own", "{html}");
    }
}

#[test]
fn b3_what_stands_beside_the_content_by_the_author_has_links_of_the_entry() {
    let second = "<a href=//second.example/>z</a>";
    let own = format!("<div class=post-content>{OWN}</div>");
    // Dotclear, Serendipity, and what themes for static sites have.
    for (html, text) in [
        (
            format!("<div class=post-excerpt><p>Intro {second}</div>{own}"),
            "Intro z I agree q",
        ),
        (
            format!("<div class=post-lead>Lead {second}</div>{own}"),
            "Lead z I agree q",
        ),
        (
            format!("{own}<div class=post-update><h2>Update</h2><p>More {second}</div>"),
            "I agree q Update More z",
        ),
        (
            format!("{own}<div class=serendipity_entry_extended>More {second}</div>"),
            "I agree q More z",
        ),
        (format!("{own}<p class=via>via {second}"), "I agree q"),
        (
            format!("<p class=post-source>Source: {second}</p>{own}"),
            "I agree q",
        ),
        (
            format!("<figure><img src=x><figcaption>Photo: {second}</figcaption></figure>{own}"),
            "I agree q",
        ),
        (
            format!("{own}<section class=notes><ol><li>{second}</ol></section>"),
            "I agree q",
        ),
    ] {
        let html = format!("<article class=post><h1>E</h1><time>1</time>{html}</article>");
        let found = entry(&html).clone();
        assert_eq!(hosts(&found), "own second", "{html}");
        let around = found.summary.as_str();
        assert!(around.starts_with(text), "{html}: {around}");
    }
    for (html, expected) in [
        (
            format!(
                "<article class=h-entry><h1>E</h1>{own}</article><section role=doc-endnotes>{second}</section>"
            ),
            "own second",
        ),
        (
            format!(
                "<div class=reply-context><a class=u-in-reply-to href=//second.example/>z</a></div><article class=h-entry>{own}</article>"
            ),
            "own second",
        ),
        // Tumblr's notes are what others did.
        (
            format!(
                "<article class=h-entry><h1>E</h1>{own}<ol class=notes><li>{second}</ol></article>"
            ),
            "own",
        ),
        (
            format!(
                "<article class=h-entry><h1>E</h1>{own}</article><div class=post-excerpt>{second}</div>"
            ),
            "own",
        ),
        (
            format!(
                "<article class=h-entry>{own}</article><article class=h-entry><a class=u-in-reply-to href=//second.example/>z</a></article>"
            ),
            "own",
        ),
    ] {
        let html = format!("<main>{html}</main>");
        match named(&html) {
            PageKind::Entry(found, _) => assert_eq!(hosts(&found), expected, "{html}"),
            PageKind::No(why) => assert_eq!(expected, "own", "{html}: {why}"),
        }
    }
}

#[test]
fn b3_what_an_entry_answers_counts_however_it_is_marked() {
    let answer = "https://answer.example/1";
    let own = "<h1 class=p-name>E</h1><div class=e-content>Yes.</div>";
    for (html, expected) in [
        (
            format!(
                "<link rel='in-reply-to' href='{answer}'><article class=h-entry>{own}</article>"
            ),
            "answer",
        ),
        (
            format!(
                "<link rel='Nofollow IN-REPLY-TO' href='{answer}'><main class=h-entry>{own}</main>"
            ),
            "answer",
        ),
        (
            format!(
                "<body><nav><link rel=in-reply-to href='{answer}'></nav><article class=h-entry>{own}</article>"
            ),
            "",
        ),
        (
            format!(
                "<article class=h-entry><span class=u-in-reply-to>x <span class=value>{answer}</span></span>{own}</article>"
            ),
            "answer",
        ),
        (
            format!(
                "<article class=h-entry><p class=u-like-of>x <b class=value>https://</b><b class=value>answer.example/1</b></p>{own}</article>"
            ),
            "answer",
        ),
        (
            format!(
                "<article class=h-entry>{own}<a class=u-mention-of href='{answer}'>x</a></article>"
            ),
            "answer",
        ),
        (
            format!(
                "<article class=h-entry>{own}<a class=u-tag-of href='{answer}'>x</a></article>"
            ),
            "answer",
        ),
        (
            format!(
                "<article class=h-entry><a class='p-item h-product' href='{answer}'>x</a>{own}</article>"
            ),
            "",
        ),
        (
            format!(
                "<article class=h-review><time>1</time><a class='p-item h-product' href='{answer}'>x</a>{own}</article>"
            ),
            "answer",
        ),
        (
            format!("<div class=h-review><a class=u-item href='{answer}'>x</a>{own}</div>"),
            "answer",
        ),
        (
            format!(
                "<div class=h-review><div class='p-item h-card'><b class=p-name>x</b><a class=u-url href='{answer}'>x</a></div>{own}</div>"
            ),
            "answer",
        ),
        (
            format!("<div class=h-review><data class=p-item value=Cats></data>{own}</div>"),
            "",
        ),
        (
            format!(
                "<div class=h-review>{own}{}</div>",
                nested("u-in-reply-to h-cite", "e-content")
            ),
            "url",
        ),
    ] {
        assert_eq!(hosts(&entry(&html)), expected, "{html}");
    }
}

#[test]
fn b2_of_several_entries_the_one_with_the_pages_url_is_read() {
    let note = |url: &str, host: &str| {
        format!(
            "<div class=h-entry><a class=u-url href='{url}'>1</a><p class=e-content>one <a href=//{host}.example/>x</a></div>"
        )
    };
    let (own, other) = (note("/posts/1/", "own"), note("/posts/2/", "other"));
    for html in [
        format!("<div class=h-feed>{own}{other}</div>"),
        format!("{other}{own}{other}"),
        "<article><time>1</time><a rel=bookmark href='/posts/1/?utm_source=x'>1</a><a href=//own.example/>x</a></article><article><a rel=bookmark href='/posts/2/'>2</a></article>".to_owned(),
    ] {
        assert_eq!(hosts(&entry(&html)), "own", "{html}");
        assert!(matches!(named(&html), PageKind::Entry(..)), "{html}");
    }
    for html in [
        format!("<div class=h-feed>{other}{other}</div>"),
        format!("<div class=h-feed>{own}{own}</div>"),
        format!(
            "<div class=h-feed>{}{}</div>",
            note("/posts/1/#1", "a"),
            note("/posts/1/#2", "b")
        ),
        format!(
            "<div class=h-feed>{}{other}</div>",
            note("//stranger.example/posts/1/", "a")
        ),
    ] {
        assert!(
            matches!(named(&html), PageKind::No(SkipReason::SeveralEntries)),
            "{html}"
        );
    }
}

#[test]
fn b2_a_page_about_a_person_is_no_entry() {
    let link = "<a href=//own.example/>x</a>";
    let note = format!("<b class=p-name>Ann</b><p class=p-note>I am {link}</p>");
    let url = "<a class=u-url href='/posts/1/'>Ann</a>";
    for (html, is_entry) in [
        (format!("<div class=h-card>{url}{note}</div>"), false),
        (
            format!(
                "<nav>Home</nav><main><h1>About</h1><div class='h-card p-author'>{note}</div></main><footer>x</footer>"
            ),
            false,
        ),
        (format!("<body class=h-card>{url}{note}"), false),
        (
            format!(
                "<body class=h-card><a class=u-url href='//own.example/'>Ann</a><p>My post {link}"
            ),
            true,
        ),
        (
            format!("<div class=h-card>{url}{note}</div><p>My post {link}"),
            true,
        ),
        (
            format!("<div class=h-card>{url}{note}</div><article>{link}</article>"),
            true,
        ),
        (
            format!(
                "<div class=h-card><article class=h-entry>{url}<p class=e-content>{link}</article></div>"
            ),
            true,
        ),
        (
            format!("<meta property=og:type content=article><div class=h-card>{url}{note}</div>"),
            true,
        ),
    ] {
        match (named(&html), is_entry) {
            (PageKind::Entry(found, _), true) => assert_eq!(hosts(&found), "own", "{html}"),
            (PageKind::No(why), false) => assert_eq!(why, SkipReason::NotAnEntry, "{html}"),
            (found, _) => panic!("{html}: {found:?}"),
        }
    }
}

#[test]
fn b3_an_element_that_is_the_entry_and_its_content_has_its_text() {
    let text = "I agree <a href=//own.example/>q</a>";
    for html in [
        format!("<article class=post-content>{text}</article>"),
        format!("<article class='entry-content'><h2>x</h2><p>{text}</article>"),
        format!("<article itemprop=articleBody>{text}</article>"),
        format!("<div class='h-entry e-content'>{text}</div>"),
        format!("<main class='h-entry e-content'><p>{text}</main>"),
        format!("<main><article class=article-body>{text}</article></main>"),
        format!("<article><div class=e-content></div><p>{text}</article>"),
        format!("<article><div class=entry-content> <p> </p></div><div>{text}</div></article>"),
        format!(
            "<div class=h-entry><p class=e-content></p><div class=post-content>{text}</div></div>"
        ),
    ] {
        let PageKind::Entry(entry, _) = named(&format!("<title>E</title>{html}")) else {
            panic!("{html}");
        };
        assert_eq!(hosts(&entry), "own", "{html}");
    }
}
