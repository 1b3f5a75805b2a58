//! Which element of a page is its entry, among teasers, cards and embedded posts.

use super::*;

const LINK: &str = "https://t.example/";

fn page(head: &str, body: &str) -> String {
    let words =
        "The quick brown fox jumps over a lazy dog while seven wizards brew potions. ".repeat(4);
    let text = format!("<p>{words} <a href={LINK}>x</a></p>");
    let body = body.replace("TEXT", &text).replace("WORDS", &words);
    format!("<head><title>My post | A weblog</title>{head}</head><body>{body}</body>")
}

/// The links of the entry, or why it is none.
fn read(html: &str, asked: ReadReason) -> String {
    match verdict(html, asked, &[]) {
        PageKind::Entry(entry, missing) => {
            let mut all: Vec<String> = links(&entry).into_iter().map(str::to_owned).collect();
            all.extend(missing.iter().map(|why| why.name().to_owned()));
            all.join(" ")
        }
        PageKind::No(why) => why.name().to_owned(),
    }
}

const SAYS_SO: [&str; 2] = [
    "<meta property=og:type content=article>",
    "<script type='application/ld+json'>{\"@type\":\"BlogPosting\"}</script>",
];

const CARD: &str = "<article><h3><a href=//card.example/a>A</a></h3></article>";
const TEASER: &str = "<article><h2><a href=/posts/2/>Another post</a></h2><time>2026-11-01</time>\
    <p>The beginning of another post, of some ninety letters or so, to be read on its own <a href=//card.example/b>page</a>.</article>";
const TWEET: &str =
    "<article class=tweet><p>A post of somebody else, embedded in this one.</article>";

#[test]
fn a_card_beside_the_entry_is_not_taken_for_it() {
    for card in [
        CARD,
        TEASER,
        &CARD.replace("h3", "h1"),
        TWEET,
        "<article class=promo><h3>A</h3><p>buy</article>",
    ] {
        for body in [
            format!("<main><h1>My post</h1>TEXT</main><div>{card}</div>"),
            format!("<div>{card}</div><main><h1>My post</h1>TEXT</main>"),
            format!("<div>{card}</div><div role=main><h1>My post</h1>TEXT</div>"),
            format!(
                "<main><h1>My post</h1><div class=e-content>TEXT</div></main><div>{card}</div>"
            ),
            format!("<main><header><h1>My post</h1></header>TEXT</main><div>{card}</div>"),
            format!("<header><h1>My post</h1></header><main>TEXT</main><div>{card}</div>"),
            format!("<div class=post><h2>My post</h2>TEXT</div><div>{card}</div>"),
        ] {
            for (head, asked) in [
                (SAYS_SO[0], ReadReason::Found),
                (SAYS_SO[1], ReadReason::Found),
                (SAYS_SO[0], ReadReason::Named),
                ("", ReadReason::Named),
                ("", ReadReason::Listed),
            ] {
                let html = page(head, &body);
                assert_eq!(read(&html, asked), LINK, "{asked:?}: {html}");
            }
        }
    }
}

#[test]
fn several_cards_beside_the_entry_do_not_make_it_several() {
    for cards in [
        format!("<div class=cards>{CARD}{CARD}</div>"),
        format!("<ul class=post-list><li>{CARD}</li><li>{TEASER}</li></ul>"),
        format!("<section><h2>Related posts</h2>{TEASER}{TEASER}</section>"),
        format!("<section><h2>Read next</h2>{}</section>", CARD.repeat(6)),
        format!(
            "<div>{}</div>",
            CARD.replace("<article>", "<div class=h-entry>")
                .replace("</article>", "</div>")
                .repeat(3)
        ),
    ] {
        for body in [
            format!("<main><h1>My post</h1>TEXT</main>{cards}"),
            format!("{cards}<main><h1>My post</h1>TEXT</main>"),
            format!("<main><h1>My post</h1>TEXT{cards}</main>"),
            format!("<div role=main><h1>My post</h1>TEXT</div>{cards}"),
            format!("<div class=post><h1>My post</h1>TEXT</div>{cards}"),
            format!("<article><h1>My post</h1><time>2026-11-20</time>TEXT</article>{cards}"),
            format!("<article><h2>My post</h2><time>2026-11-20</time>TEXT</article>{cards}"),
            format!("<h1>My post</h1><article><time>2026-11-20</time>TEXT</article>{cards}"),
            format!(
                "<div class=h-entry><h1 class=p-name>My post</h1><div class=e-content>TEXT</div></div>{cards}"
            ),
        ] {
            for (head, asked) in [
                (SAYS_SO[0], ReadReason::Found),
                (SAYS_SO[1], ReadReason::Found),
                ("", ReadReason::Named),
                ("", ReadReason::Listed),
            ] {
                let html = page(head, &body);
                assert_eq!(read(&html, asked), LINK, "{asked:?}: {html}");
            }
            if body.contains("<time>2026-11-20") || body.contains("e-content") {
                let html = page("", &body);
                assert_eq!(read(&html, ReadReason::Found), LINK, "{html}");
            }
        }
    }
}

#[test]
fn what_is_embedded_in_the_entry_is_not_the_entry() {
    let link_card = "<article class=linkcard><a href=/b>B</a></article>";
    let entry_of_others = "<div class=h-entry><p class=e-content>Words of somebody else.</div>";
    for body in [
        format!("<main><h1>My post</h1>{link_card}TEXT</main>"),
        format!("<main><h1>My post</h1>TEXT{TWEET}</main>"),
        format!("<div class=post><h1>My post</h1>TEXT{TWEET}</div>"),
        format!("<div class=post><h1>My post</h1>{TWEET}TEXT</div>"),
        format!("<main><h1>My post</h1>WORDS{TWEET}{TWEET}TEXT</main>"),
        format!("<article><h1>My post</h1>WORDS{entry_of_others}TEXT</article>"),
        format!("<main><h1>My post</h1>WORDS{entry_of_others}TEXT</main>"),
    ] {
        let html = page(SAYS_SO[0], &body);
        let found = read(&html, ReadReason::Named);
        assert_eq!(found.replace("https://blog.example/b ", ""), LINK, "{html}");
    }
}

#[test]
fn a_page_of_several_entries_is_still_none_of_them() {
    let post = |n: usize| {
        format!("<article><h2><a href=/posts/{n}/>Post {n}</a></h2><time>1</time>TEXT</article>")
    };
    let note = "<article><time>1</time><p>A note of some forty letters, or more.</article>";
    let h_entry =
        "<div class=h-entry><a class=u-url href=/posts/3/>3</a><p class=e-content>WORDS</div>";
    for list in [
        post(2) + &post(3),
        post(2) + CARD + &post(3),
        note.repeat(5),
        TEASER.repeat(3),
        h_entry.repeat(2),
        format!(
            "<p>{}</p>{}",
            "Welcome to my weblog. ".repeat(4),
            TEASER.repeat(5)
        ),
    ] {
        for body in [
            format!("<main><h1>A weblog</h1>{list}</main>"),
            format!("<header><h1><a href=/>A weblog</a></h1></header><main>{list}</main>"),
            format!("<h1>My post</h1>{list}"),
            list.clone(),
        ] {
            let html = page("", &body);
            let found = read(&html, ReadReason::Found);
            assert!(
                ["several-entries", "not-an-entry"].contains(&found.as_str()),
                "{found}: {html}"
            );
            assert_eq!(read(&html, ReadReason::Named), "several-entries", "{html}");
        }
    }
}

#[test]
fn a_short_entry_is_the_entry_whatever_stands_around_it() {
    let text = format!("<p>Short, with <a href={LINK}>x</a>.");
    let about = format!(
        "<div id=about>{}</div>",
        "Words about the author of this weblog. ".repeat(3)
    );
    for body in [
        format!("<h1>My post</h1><article>{text}</article>{about}"),
        format!("<main><article><time>1</time>{text}</article></main>{about}"),
        format!("{about}<main><article><h1>My post</h1><time>1</time>{text}</article></main>"),
        format!(
            "<div><h1>A weblog</h1>{about}</div><article><h1>Something else</h1><time>1</time>WORDS{text}</article>"
        ),
        format!("<article><time>1</time>{text}</article>{about}"),
        format!("<main>{about}<article><time>1</time>{text}</article></main>"),
    ] {
        for asked in [ReadReason::Found, ReadReason::Named] {
            let html = page(SAYS_SO[0], &body);
            assert_eq!(read(&html, asked), LINK, "{html}");
        }
    }
}

#[test]
fn links_outside_of_what_was_taken_for_the_entry_are_told() {
    let link = format!(
        "<p>A sentence of the author, long enough for a text, that links to <a href={LINK}>a page</a>."
    );
    for (body, expected) in [
        (
            format!("<article><h1>My post</h1>WORDS</article><main>{link}</main>"),
            "links-elsewhere",
        ),
        (
            format!("<article><h1>My post</h1>WORDS</article>{link}"),
            "links-elsewhere",
        ),
        (
            format!("<article><h1>My post</h1><div class=e-content>WORDS</div>{link}</article>"),
            "links-elsewhere",
        ),
        (
            format!("<article><h1>My post</h1>WORDS</article><footer>{link}</footer>"),
            "",
        ),
        (
            format!("<article><h1>My post</h1>WORDS</article><div class=comments>{link}</div>"),
            "",
        ),
        (
            format!("<article><h1>My post</h1>WORDS</article><h2>Comments</h2>{link}"),
            "",
        ),
        (
            format!("<article><h1>My post</h1>WORDS</article><p>Powered by <a href={LINK}>x</a>"),
            "",
        ),
        ("<article><h1>My post</h1>WORDS</article>".to_owned(), ""),
    ] {
        let html = page(SAYS_SO[0], &body);
        assert_eq!(read(&html, ReadReason::Found), expected, "{html}");
    }
}

#[test]
fn a_list_with_one_teaser_is_no_entry() {
    for heading in [
        "<h2><a href=/posts/2/>T</a></h2>",
        "<a href=/posts/2/><h2>T</h2></a>",
        "<a href=/posts/2/><img src=x><div><h2>T</h2></div></a>",
    ] {
        for behind in ["", "<a href=/posts/2/>Read more</a>"] {
            let list = format!("<article>{heading}<time>1</time><p>TEXT{behind}</article>");
            let html = page("", &format!("<main><h1>Cats</h1>{list}</main>"));
            assert_eq!(read(&html, ReadReason::Found), "not-an-entry", "{html}");
        }
    }
    let own = "<article><a href=/posts/1/><h1>T</h1></a><time>1</time><p>TEXT</article>";
    let found = read(&page("", own), ReadReason::Found);
    assert_ne!(found, "not-an-entry");
}
