//! Pages of webmentions as their authors write them.

use url::Url;

use super::*;
use crate::linkback::trackback::links::links;
use crate::verify::link_check::EntryPlace;

const TARGET: &str = "https://blog.example/cats";

fn parse(page: &str) -> MentionPage {
    let page = page.replace("{T}", TARGET);
    let site = [Url::parse("https://blog.example/").unwrap()];
    let entry = Url::parse(TARGET).unwrap();
    let target = LinkTarget {
        site: &site,
        entry: Some(EntryPlace::At(&entry)),
    };
    let fetched = Url::parse("https://weblog.example/1").unwrap();
    let content = (page.as_bytes(), Some("text/html; charset=utf-8"));
    let found = links(content.0, content.1, &fetched).unwrap();
    parse_mention(content, &fetched, &found, target)
}

fn text(page: &str) -> MentionText {
    parse(page).text
}

fn entry(inside: &str) -> MentionText {
    let link = "<a href='{T}'>this</a>";
    text(&format!("<div class=h-entry>{link} {inside}</div>"))
}

/// Name, URL and picture.
fn author(text: &MentionText) -> [&str; 3] {
    let author = text.author.as_ref();
    author.map_or(["-"; 3], |author| {
        [&author.name, &author.url, &author.photo].map(String::as_str)
    })
}

#[test]
fn an_author_is_named_by_a_card_or_by_a_url() {
    let me = "https://weblog.example/";
    let photo = "https://weblog.example/a.png";
    for (inside, expected) in [
        (
            "<a class='p-author h-card' href='/'>Ann</a>",
            ["Ann", me, ""],
        ),
        (
            "<div class='u-author h-card'><a class='u-url p-name' href='/'>Ann</a></div>",
            ["Ann", me, ""],
        ),
        (
            "<div class='u-author h-card'><a class=u-url href='/'><img class='u-photo p-name' src=a.png alt=Ann></a></div>",
            ["Ann", me, photo],
        ),
        ("<span class=p-author>Ann</span>", ["Ann", "", ""]),
        (
            "<data class='p-author h-card' value='Ann'></data>",
            ["Ann", "", ""],
        ),
        (
            "<data class=p-author value='Ann'></data>",
            ["Ann", "", ""],
        ),
        ("<a class=u-author href='/'></a>", ["", me, ""]),
        (
            "<span class=p-author>https://weblog.example/</span>",
            ["", me, ""],
        ),
        (
            "<a class=u-author href='/'></a></div><div class=h-card><img class=u-photo src=a.png alt=''>
             <b class=p-name>Ann</b><a class='u-url u-uid' href='/'>x</a>",
            ["Ann", me, photo],
        ),
        (
            "<a class='u-author h-card' href='/'></a></div><div class=h-card><b class=p-name>Ann</b>
             <a class=u-url href='/other'>x</a><a class=u-url href='/'>x</a>",
            ["Ann", me, ""],
        ),
        // The card of somebody else.
        (
            "<a class=u-author href='/'></a></div><div class=h-card><b class=p-name>Eve</b>
             <a class=u-url href='https://eve.example/'>x</a>",
            ["", me, ""],
        ),
        (
            "<img class=u-author src=a.png alt=Ann>",
            ["Ann", "", photo],
        ),
        (
            "<span class=p-author></span><span class=p-author>Ann</span>",
            ["Ann", "", ""],
        ),
        // Nobody is no author.
        ("<span class='p-author h-card'></span>", ["-"; 3]),
        ("<a class=u-author href='javascript:x()'></a>", ["-"; 3]),
        (
            "<a class='u-author h-card' href='mailto:a@example.org'></a>",
            ["-"; 3],
        ),
        ("", ["-"; 3]),
    ] {
        assert_eq!(author(&entry(inside)), expected, "{inside}");
    }
}

#[test]
fn an_entry_inherits_the_author_of_its_feed_and_of_nothing_else() {
    let ann = "<a class='p-author h-card' href='/'>Ann</a>";
    let link = "<a href='{T}'>this</a>";
    let me = "https://weblog.example/";
    for (page, expected) in [
        (
            format!("<div class=h-feed>{ann}<div class=h-entry>{link}</div></div>"),
            ["Ann", me, ""],
        ),
        (
            format!("<div class=h-feed><div class=h-entry>{link}</div>{ann}</div>"),
            ["Ann", me, ""],
        ),
        (
            format!(
                "<div class=h-feed>{ann}<div class=h-entry>{link}<b class=p-author>Bo</b></div></div>"
            ),
            ["Bo", "", ""],
        ),
        (
            format!("<div class=h-feed>{ann}</div><div class=h-entry>{link}</div>"),
            ["-"; 3],
        ),
    ] {
        let text = text(&page);
        assert_eq!(author(&text), expected, "{page}");
        // Of a feed's author no proxy's page is published.
        let urls = text.author.map(|author| author.urls).unwrap_or_default();
        assert!(urls.is_empty(), "{page}: {urls:?}");
    }
}

#[test]
fn the_excerpt_of_an_event_is_its_description_and_kinds_of_2013_are_known() {
    let event = "<div class=h-event><h1 class=p-name>Meeting</h1><time class=dt-start>2026-12-01</time>\
                 <p class=p-description>We talk.</p><a class=u-in-reply-to href='{T}'>about this</a></div>";
    let text = parse(event).text;
    assert_eq!(
        (text.excerpt.as_str(), text.title.as_str()),
        ("We talk.", "Meeting")
    );
    let own = "<div class=h-entry><a class='{}' href='{T}'>x</a></div>";
    for (class, kind) in [
        ("u-like", "like"),
        ("u-repost", "repost"),
        ("u-favorite-of", "like"),
        ("u-liked", "mention"),
    ] {
        assert_eq!(parse(&own.replace("{}", class)).text.kind, kind, "{class}");
    }
    // A response to the entry, and not what it is itself.
    let cited = "<div class=h-entry><p class=p-name>x</p><div class='p-like h-cite'><a class=u-url href='{T}'>y</a></div></div>";
    assert_eq!(parse(cited).text.kind, "mention");
}

#[test]
fn the_pages_own_entry_may_be_in_a_feed_and_in_a_card() {
    let own = "<div class='{}h-entry'><a class=u-like-of href='{T}'>x</a></div>";
    let plain = own.replace("{}", "");
    let comment = own.replace("{}", "u-comment p-comment ");
    for (page, kind) in [
        (plain.clone(), "like"),
        (format!("<div class=h-feed>{plain}</div>"), "like"),
        (
            format!("<body class=h-card><b class=p-name>Ann</b>{plain}"),
            "like",
        ),
        (
            format!("<body class=h-card><div class=h-feed>{plain}</div>"),
            "like",
        ),
        (
            format!("<div class=h-feed><div class=h-feed>{plain}</div></div>"),
            "like",
        ),
        // A comment by somebody else.
        (
            format!("<div class=h-entry>{comment}</div><i class=h-entry></i>"),
            "mention",
        ),
        (
            format!("<div class=h-entry>{plain}</div><i class=h-entry></i>"),
            "mention",
        ),
        (
            format!(
                "<div class=h-entry><div class=h-feed>{plain}</div></div><i class=h-entry></i>"
            ),
            "mention",
        ),
        (format!("<body class=h-card>{comment}"), "mention"),
    ] {
        assert_eq!(text(&page).kind, kind, "{page}");
    }
}

#[test]
fn a_citation_of_the_target_is_a_response_by_any_of_its_urls() {
    let cite = "<a class='p-name' href='{T}'>Cats</a><a class=u-url href='https://a.example/'>x</a><a class=u-url href='{T}'>x</a>";
    for (inside, kind) in [
        (
            "<div class='p-in-reply-to h-cite'><a class=u-url href='{T}'>x</a></div>".to_owned(),
            "reply",
        ),
        (
            "<div class='u-in-reply-to h-cite'><a class='u-url p-name' href='{T}'>x</a></div>"
                .to_owned(),
            "reply",
        ),
        (
            format!("<div class='u-like-of h-cite'>{cite}</div>"),
            "like",
        ),
        (
            format!("<div class='p-repost-of h-cite'>{cite}</div>"),
            "repost",
        ),
        (
            format!("<div class='p-bookmark-of h-cite'>{cite}</div>"),
            "bookmark",
        ),
        ("<span class=p-in-reply-to>{T}</span>".to_owned(), "reply"),
        (
            "<div class='p-in-reply-to h-cite'><a class=u-url href='{T}-2'>x</a></div>".to_owned(),
            "mention",
        ),
        (format!("<div class='p-x h-cite'>{cite}</div>"), "mention"),
    ] {
        assert_eq!(entry(&inside).kind, kind, "{inside}");
    }
}

#[test]
fn a_link_that_says_in_reply_to_by_its_rel_makes_a_reply() {
    let rel = "<a rel='nofollow In-Reply-To' href='{T}'>x</a>";
    let own = "<div class=e-content>Yes.</div>";
    for (page, kind) in [
        (
            format!("<article class=h-entry>{rel}{own}</article>"),
            "reply",
        ),
        (
            format!("<article class=h-entry><link rel=in-reply-to href='{{T}}'>{own}</article>"),
            "reply",
        ),
        (
            format!(
                "<head><link rel=in-reply-to href='{{T}}'></head><article class=h-entry>{own}</article>"
            ),
            "reply",
        ),
        (
            format!("<article class=h-entry>{rel}<data class=p-rsvp value=yes></data></article>"),
            "rsvp-yes",
        ),
        (
            format!(
                "<article class=h-entry><a class=u-like-of rel=in-reply-to href='{{T}}'>x</a>{own}"
            ),
            "like",
        ),
        (
            format!("<article class=hentry>{rel}<p class=entry-content>x</article>"),
            "reply",
        ),
        (format!("<article><p>{rel}</article>"), "reply"),
        // What others answer.
        (
            format!(
                "<article class=h-entry>{own}<div class='u-comment h-cite'>{rel}</div></article>"
            ),
            "mention",
        ),
        (
            format!("<article class=h-entry>{own}</article><p>{rel}"),
            "mention",
        ),
        (
            format!("<div class=h-cite>{rel}</div><div class=h-cite></div>"),
            "reply",
        ),
        (format!("<div class=comments>{rel}</div>"), "mention"),
        (format!("<template>{rel}</template>"), "mention"),
        (
            format!(
                "<article class=h-entry>{}{own}",
                rel.replace("{T}", "{T}-2")
            ),
            "mention",
        ),
    ] {
        assert_eq!(text(&page).kind, kind, "{page}");
    }
}

#[test]
fn the_permalink_that_a_page_states_is_no_page_of_the_site() {
    for (page, link) in [
        // The only link is implied as the URL.
        ("<div class=h-entry><a href='{T}'>this</a></div>", None),
        (
            "<div class=h-entry><a class=u-url href='{T}'>x</a></div>",
            None,
        ),
        (
            "<div class=h-entry><a class=u-url href='https://blog.example/dogs'>x</a><a href='{T}'>x</a></div>",
            None,
        ),
        (
            "<div class=h-entry><a class=u-url href='/1'>x</a><a href='{T}'>x</a></div>",
            None,
        ),
        (
            "<div class=h-entry><a class=u-url href='https://ann.example/7'>x</a><a href='{T}'>x</a></div>",
            Some("https://ann.example/7"),
        ),
        (
            "<div class=h-entry><a class=u-url href='{T}'>x</a><a class=u-url href='https://ann.example/7'>x</a></div>",
            Some("https://ann.example/7"),
        ),
    ] {
        assert_eq!(text(page).link.as_deref(), link, "{page}");
    }
}

#[test]
fn a_date_is_kept_in_one_form_or_not_at_all() {
    for (stated, date) in [
        ("2026-11-20", Some("2026-11-20")),
        ("2026-11-20T10:00:00Z", Some("2026-11-20T10:00:00Z")),
        ("2026-11-20T10:00:00+02:00", Some("2026-11-20T08:00:00Z")),
        ("2026-11-20 10:00", Some("2026-11-20T10:00:00Z")),
        ("2026-11-20 10:00:00 +0000", Some("2026-11-20T10:00:00Z")),
        ("2026-11-20 19:00-0800", Some("2026-11-21T03:00:00Z")),
        (
            "Fri, 20 Nov 2026 10:00:00 GMT",
            Some("2026-11-20T10:00:00Z"),
        ),
        ("yesterday", None),
        ("2026-02-30", None),
        ("0001-01-01", None),
        ("<b>x</b>", None),
        ("", None),
    ] {
        let text = entry(&format!(
            "<time class=dt-published datetime='{stated}'>x</time>"
        ));
        assert_eq!(text.date.as_deref(), date, "{stated}");
    }
}

#[test]
fn blocks_and_line_breaks_part_words() {
    let text = text(
        "<div class=h-entry><h1 class=p-name><span>He</span>ad<div>Para</div><code>code</code></h1>
        <div class=e-content><p>First.</p><p>Sec<b>ond</b>.</p><ul><li>one</li><li>two</li></ul>line<br>break
        <table><tr><td>a<td>b</table>end<a href='{T}'>.</a></div></div>",
    );
    assert_eq!(text.title, "Head Para code");
    assert_eq!(text.excerpt, "First. Second. one two line break a b end.");
}

#[test]
fn the_class_names_of_2005_count_where_a_page_has_no_others() {
    let classic = "<title>Page</title><body class=hfeed><article class='post hentry'>
        <h1 class=entry-title>Cats</h1><span class='author vcard'><a class='url fn n' href='/ann'>Ann</a></span>
        <a href='https://ann.example/7' rel=bookmark><time class='entry-date published' datetime='2026-11-20T10:00:00Z'>x</time></a>
        <div class=entry-content><p>I like</p><p><a href='{T}'>this</a>.</p></div></article>
        <div class='comment-author vcard'><b class=fn>Eve</b></div>";
    let found = text(classic);
    assert_eq!(
        (found.title.as_str(), found.kind.as_str()),
        ("Cats", "mention")
    );
    assert_eq!(found.excerpt, "I like this.");
    assert_eq!(author(&found), ["Ann", "https://weblog.example/ann", ""]);
    assert_eq!(found.link.as_deref(), Some("https://ann.example/7"));
    assert_eq!(found.date.as_deref(), Some("2026-11-20T10:00:00Z"));
    // Themes without `entry-title` have the title in the heading, else in the head.
    let untitled = classic.replace("entry-title", "wp-block-post-title");
    assert_eq!(text(&untitled).title, "Cats");
    let without = classic.replace("<h1 class=entry-title>Cats</h1>", "");
    assert_eq!(text(&without).title, "Page");
    let reply = classic.replace("<a href='{T}'", "<a class=u-in-reply-to href='{T}'");
    assert_eq!(text(&reply).kind, "reply");
    let current =
        format!("{classic}<div class=h-entry><b class=p-name>Dogs</b> <a href='{{T}}'>x</a></div>");
    let found = text(&current);
    assert_eq!(found.title, "Dogs");
    assert_eq!(author(&found), ["-"; 3]);
}

#[test]
fn no_page_makes_the_search_for_its_entry_or_author_long() {
    let cards =
        "<i class=h-card><b class=p-name>x</b><a class=u-url href=/x></a></i>".repeat(5_000);
    let deep = "<div class=h-feed>".repeat(5_000);
    let entries = "<i class=h-entry><a class=u-author href='/'></a></i>".repeat(5_000);
    let names: String = (0..500)
        .map(|number| format!("p-a{} ", "b".repeat(number)))
        .collect();
    let urls = "<a class=u-url href=y>z</a>".repeat(20_000);
    let cite = format!("<div class=h-entry><div class='{names} h-cite'>{urls}</div></div>");
    let page = format!("{deep}{entries}{cards}{cite}<a href='{{T}}'>x</a>");
    assert_eq!(text(&page).kind, "mention");
}

#[test]
fn f4_what_stands_among_comments_is_nothing_of_the_entry() {
    let own = "<div class=e-content><p>I read <a href={T}>this</a>.</div>";
    let spam = "<b class=p-name>Pills</b> <i class=p-author>Eve</i> <i class=p-summary>Pills</i> <time class=dt-published>2001-01-01</time>\
        <a class=u-url href=https://weblog.example/other>x</a> <a class='u-like-of u-author h-card' href={T}>Eve</a>";
    let comment = format!(
        "<div class='h-entry comment'><b class=p-author>Eve</b><p class='e-content p-name'>Pills <a href={{T}}>x</a>{spam}</div>"
    );
    let card = "<a class=u-author href='/'></a>";
    let ann = "<b class=p-author>Ann</b>";
    for page in [
        format!("<article class=h-entry><ol class=commentlist><li>{spam}</ol>{ann}{own}</article>"),
        format!("<article class=h-entry>{ann}{own}<div id=comments><p>{spam}</div></article>"),
        format!("<article class=h-entry>{ann}{own}<h2>2 comments</h2><p>{spam}</article>"),
        format!(
            "<h1>x</h1><article class=h-entry>{ann}{own}<section class=reviews>{spam}</section></article>"
        ),
        format!(
            "<article class=h-entry>{ann}<div class=e-content><p>I read <a href={{T}}>this</a>.<ol class=comments><li>{spam}</ol></div></article>"
        ),
        format!(
            "<article class=h-entry>{ann}{own}<ol class=comments><li><div class='p-comment h-cite'>{spam}</div></ol></article>"
        ),
        format!("{comment}<article class=h-entry>{ann}{own}</article>"),
        format!("<div class=h-feed>{comment}<article class=h-entry>{ann}{own}</article></div>"),
        format!(
            "<article class=hentry><div class='author vcard'><b class=fn>Ann</b></div><div class=entry-content>I read <a href={{T}}>this</a>.</div></article>{comment}"
        ),
        format!(
            "<article class=h-entry>{card}{own}</article><div class=comments><p class=h-card><b class=p-name>Eve</b><a class=u-url href='/'>x</a></div>\
            <p class=h-card><b class=p-name>Ann</b><a class=u-url href='/'>x</a>"
        ),
        format!(
            "<article class=h-entry>{card}{own}</article><p class=h-card><b class=p-name>Ann</b><a class=u-url href='/'>x</a><span class=comments>{spam}</span>"
        ),
    ] {
        let said = text(&page);
        let who = said.author.map_or(String::new(), |author| author.name);
        assert_eq!(
            (who.as_str(), said.kind.as_str(), said.link, said.date),
            ("Ann", "mention", None, None),
            "{page}"
        );
        let is_own = |said: &str| said.contains("I read this") || said.contains("weblog.example");
        assert!(
            is_own(&said.title) && said.excerpt == "I read this.",
            "{page}: {} {}",
            said.title,
            said.excerpt
        );
    }
    // Nor is a URL implied by a comment.
    for inside in [
        "<h2>Comments</h2><a href=https://weblog.example/other>Eve</a>",
        "<section class=comments><a href=https://weblog.example/other>Eve</a></section>",
    ] {
        let said = text(&format!(
            "<article class=h-entry><p class=p-content>I read <b><a href={{T}}>this</a></b></p>{inside}</article>"
        ));
        assert_eq!(said.link, None, "{inside}");
    }
    // An entry that stands nowhere else is still read.
    let said = text(&format!(
        "<title>x</title><h1>x</h1><div class=comments>{comment}</div>"
    ));
    assert!(said.title.contains("Pills"), "{}", said.title);
}

#[test]
fn a_title_is_that_of_the_post_without_the_name_of_the_site() {
    let title = |page: &str| text(&format!("{page}<p>On <a href='{{T}}'>this</a>.</p>")).title;
    for page in [
        "<title>My post – My blog</title><h1>My post</h1>",
        "<title>My post – My blog</title><meta property=og:site_name content='My blog'>",
        "<title>My post – My blog</title><meta property=og:title content='My post'>",
        "<meta property=og:title content='My post – My blog'><meta property=og:site_name content='My blog'>",
        "<title>My post – My blog</title><meta name=robots content=noindex><h1>My post</h1>",
        "<title>My post</title>",
    ] {
        assert_eq!(title(page), "My post", "{page}");
    }
    assert_eq!(title("<title>Cats – Part 2</title>"), "Cats – Part 2");
    let unnamed = title("<p>Words</p>");
    assert_eq!(unnamed, "https://weblog.example/1");
}
