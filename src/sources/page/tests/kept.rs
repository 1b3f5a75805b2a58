//! What looks like boilerplate and is the author's text.

use super::*;

const LINK: &str = "<a href='https://a.example/'>a post</a>";
const REST: &str = "<p>Long other text of the entry <a href='https://b.example/'>b</a> with words.";

/// The hosts, by their first letters, that an entry with this content links to.
fn hosts(content: &str) -> String {
    let content = content.replace("LINK", LINK).replace("REST", REST);
    let html = format!(
        "<title>My entry - Blog</title><article class=h-entry><h1 class=p-name>My entry</h1><div class=e-content>{content}</div></article>"
    );
    first_letters(&html)
}

fn first_letters(html: &str) -> String {
    let entry = entry(html);
    let hosts = entry
        .links
        .iter()
        .filter_map(|link| link.url.host_str()?.get(..1).map(str::to_owned));
    hosts.collect()
}

#[test]
fn no_link_is_lost_with_what_looks_like_a_date_or_an_author_above_the_text() {
    let time = "<time datetime=2026-11-20>20 Nov</time>";
    for line in [
        format!("<p>On {time} I read LINK.</p>"),
        format!("<p>{time}、LINKを読んだ。</p>"),
        format!("<p>Via LINK, {time}.</p>"),
        format!("<ul><li>{time}: LINK</li></ul>"),
        "<p class=meta>via LINK</p>".to_owned(),
        "<p class=date>Seen at LINK on Friday.</p>".to_owned(),
        "<div class=date><p>Read LINK.</p></div>".to_owned(),
        "<div class=published>First published at LINK.</div>".to_owned(),
        "<p class=updated>Update: see LINK.</p>".to_owned(),
        "<div class=updated><strong>Update</strong> LINK has replied.</div>".to_owned(),
        "<p class=reading-time>5 min, after LINK</p>".to_owned(),
        "<p class=p-name>LINK</p>".to_owned(),
        "<p class=entry-title>LINK</p>".to_owned(),
    ] {
        assert_eq!(hosts(&format!("{line}REST")), "ab", "{line}");
        assert_eq!(hosts(&line), "a", "{line}");
    }
    let url = "<a class=u-url href='/posts/1/'><time class=dt-published datetime=2026-11-27T10:00Z>27 Nov</time></a>";
    for html in [
        format!("<article class=h-entry><div><p>Nice: LINK</p>{url}</div></article>"),
        format!("<article class=h-entry><span>Nice: LINK, {url}</span></article>"),
        format!("<article class=h-entry><p class=p-name>I read LINK today.</p>{url}</article>"),
        format!("<article class=h-entry><p class='p-name e-content'>LINK</p>{url}</article>"),
        format!(
            "<main><article><div class=prose><div class=title><div class=date>{time}</div><h1>T</h1><hr></div>Short LINK.</div></article></main>"
        ),
    ] {
        let html = html.replace("LINK", LINK);
        assert_eq!(first_letters(&html), "a", "{html}");
    }
}

#[test]
fn a_date_and_an_author_above_the_text_are_left_out_with_their_links() {
    for line in [
        "<p><time>20 Nov</time> by me",
        "<p class=meta><time>20 Nov</time> by <a rel=author href='https://me.example/'>me</a>",
        "<p class=meta>By <span class='p-author h-card'><a class=u-url href='https://me.example/'>me</a></span>",
        "<p class=meta><time>20 Nov</time> in <a href='/tags/x/'>x</a>",
        "<p><time>20.11.2026</time> · Lesezeit: 5 Min.",
    ] {
        let html = format!(
            "<article class=h-entry><h1>T</h1><div class=e-content>{line}<p>Words.</div></article>"
        );
        let entry = entry(&html);
        assert_eq!(entry.summary, "Words.", "{html}");
        assert!(entry.links.is_empty(), "{html}");
    }
    let sentence = "<p>On <time>20 Nov</time> I went to the lake again.";
    let html = format!("<article><h1>T</h1>{sentence}<p>Words.</article>");
    assert_eq!(
        entry(&html).summary,
        "On 20 Nov I went to the lake again. Words."
    );
}

#[test]
fn an_id_that_is_made_of_a_heading_leaves_nothing_out() {
    for word in [
        "Comments",
        "Responses",
        "Reactions",
        "Author",
        "Mentions",
        "Tags",
        "Share",
        "Social",
        "Bio",
        "Categories",
        "Navigation",
        "Newsletter",
        "Subscribe",
        "Replies",
        "Likes",
        "Related",
    ] {
        let id = word.to_lowercase();
        for section in [
            format!("<section id={id} class=level2><h2>{word}</h2><p>LINK</section>"),
            format!("<section id={id}><h2>{word}</h2><p>LINK</section>"),
            format!(
                "<div class=section id={id}><h2>{word}<a class=headerlink href='#{id}'>¶</a></h2><p>LINK</div>"
            ),
            format!(
                "<div class='section level2' id={id}><span id=id1></span><h2>{word}</h2><p>LINK</div>"
            ),
            format!("<h2 id={id}>{word}</h2><p>LINK"),
            format!("<h3 id={id}>{word} LINK</h3>"),
            format!("<ol><li id={id}>LINK</ol>"),
            format!("<p><a id={id} href='https://a.example/'>x</a>"),
        ] {
            assert_eq!(hosts(&format!("{section}REST")), "ab", "{section}");
        }
    }
    for html in [
        "<blockquote><p>x<p class=author>— LINK</blockquote>REST",
        "<blockquote><p>x<footer class=byline>— LINK</footer></blockquote>REST",
        "<figure><blockquote>x</blockquote><figcaption class=author>LINK</figcaption></figure>REST",
    ] {
        assert_eq!(hosts(html), "ab", "{html}");
    }
    let quarto = "<meta property=og:type content=article><main><h1>T</h1><section id=related class=level2><h2>Related</h2><p>LINK</section></main>";
    assert_eq!(first_letters(&quarto.replace("LINK", LINK)), "a");
}

#[test]
fn what_holds_comments_is_left_out_whatever_its_heading_says() {
    for comments in [
        "<div id=comments><p>LINK</div>",
        "<div id=comments><h2>Comments</h2><ol class=commentlist><li>LINK</ol></div>",
        "<section id=comments><h2>Comments</h2><div class=comment><p>LINK</div></section>",
        "<section id=comments class=comments><h2>Comments</h2><p>LINK</section>",
        "<section id=responses><h2>Responses</h2><ul><li class='h-cite u-comment'>LINK</ul></section>",
        "<div class=comments-body>LINK</div>",
        "<section aria-label=Comments><p>LINK</section>",
        "<div id=share>Share LINK</div>",
        "<div id=related><h2>You may like</h2>LINK</div>",
        "<section class=related><h2>Related</h2>LINK</section>",
        "<p class=author>LINK",
    ] {
        assert_eq!(hosts(&format!("{comments}REST")), "b", "{comments}");
    }
    let html = format!(
        "<article><h1>T</h1><time>1</time><p>x<section id=comments><h2>Comments</h2><p>{LINK}</section></article>"
    );
    assert_eq!(first_letters(&html), "");
}

#[test]
fn the_content_of_the_first_weblog_programs_is_known_and_their_commenters_are_not_pinged() {
    let comments = "<div class=comments-head><a name=comments></a>Comments</div><div class=comments-body><p>I agree.
        <span class=comments-post>Posted by: <a href='https://c.example/'>Carl</a></span></div>
        <div id=footer><a href='https://wordpress.example/'>x</a></div>";
    for content in [
        "<div class=blogbody><h3 class=title>T</h3><p>LINK</div>",
        "<div class=storycontent><p>LINK</div>",
        "<div class=post><h2>T</h2><div class=entrytext><p>LINK</div></div>",
        "<div class=post><h2>T</h2><div class=entry><p>LINK</div></div>",
        "<div class=serendipity_entry_body><p>LINK</div>",
        "<div class=blosxomEntry><p>LINK</div>",
        "<p>LINK",
    ] {
        let content = content.replace("LINK", LINK);
        let menu = "<div id=banner><h1><a href='/'>My Blog</a></h1></div>";
        let html = format!("<title>T</title>{menu}{content}{comments}");
        for asked in [ReadReason::Named, ReadReason::Listed] {
            match verdict(&html, asked, &[URL]) {
                PageKind::Entry(entry, missing)
                    if content.starts_with("<div") || asked == ReadReason::Named =>
                {
                    assert_eq!(missing, [], "{html}");
                    let others: Vec<_> = links(&entry)
                        .into_iter()
                        .filter(|link| !link.starts_with("https://blog.example/"))
                        .collect();
                    assert_eq!(others, ["https://a.example/"], "{html}");
                }
                PageKind::Entry(_, missing) => assert_eq!(missing, [SkipReason::NoContent]),
                PageKind::No(why) => panic!("{why}: {html}"),
            }
        }
    }
}
