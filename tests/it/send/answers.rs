//! The pages that an entry answers, which only its own page names; and pings that are answered with a redirect.

use crate::support::blog::{Blog, Script};
use crate::support::writer::{Writer, link, peer, peer_with, pings};

/// The page of an entry that answers `/x` of a weblog above its text.
fn reply(blog: &Blog, class: &str, text: &str) -> Script {
    let to = blog.url("/x");
    Script::html(&format!(
        "<article class=h-entry><h1>T</h1><p><a class={class} href='{to}'>it</a></p><div class=e-content>{text}</div></article>"
    ))
}

#[test]
fn b3_a_page_that_an_entry_answers_is_told_although_the_feed_has_the_whole_text() {
    let (writer, one, two) = (Writer::new(), peer(2), peer(3));
    writer.announce("/1", "<p>I agree.</p>");
    writer
        .own
        .play("/1", reply(&one, "u-in-reply-to", "<p>I agree.</p>"));
    let out = writer.send(&[]).out();
    assert!(out.contains("1 sent"), "{out}");
    // Beside a link of the text.
    writer.announce("/2", &link(&two));
    writer.own.play("/2", reply(&one, "u-like-of", &link(&two)));
    writer.send(&[]).out();
    assert_eq!((pings(&one).len(), pings(&two).len()), (2, 1));
    // What is done is not read again.
    let asked = writer.own.requests().len();
    writer.send(&[]).out();
    assert_eq!(writer.own.requests().len(), asked);
    assert_eq!((pings(&one).len(), pings(&two).len()), (2, 1));
}

#[test]
fn b3_a_page_that_was_told_of_a_reply_is_told_of_its_end_and_not_before() {
    let writer = Writer::new();
    let page = Script::html("<link rel=webmention href=/wm>");
    let one = Blog::start_at([127, 0, 0, 2], [("/x", page), ("/wm", Script::status(202))]);
    writer.announce("/1", "<p>I agree.</p>");
    writer
        .own
        .play("/1", reply(&one, "u-in-reply-to", "<p>I agree.</p>"));
    for _ in 0..3 {
        let out = writer.send(&[]).out();
        assert_eq!(pings(&one).len(), 1, "{out}");
    }
    writer.own.play(
        "/1",
        Script::html("<article class=h-entry><div class=e-content><p>I agree.</div></article>"),
    );
    writer
        .send(&["--updates", "all"])
        .warned("the entry has no link to another page");
    assert_eq!(pings(&one).len(), 2);
}

#[test]
fn c9_a_ping_that_is_answered_with_a_redirect_is_not_sent_again_by_itself() {
    for (status, to) in [(301, "/z?ok=1"), (302, "/z?ok=1"), (302, "/x"), (303, "/x")] {
        let (writer, one) = (Writer::new(), peer_with(2, Script::redirect(status, to)));
        writer.publish("/1", &link(&one));
        writer.send(&[]);
        assert_eq!(writer.only().0, "uncertain", "{status} {to}");
        writer.send(&["--retry"]);
        assert_eq!(pings(&one).len(), 1, "{status} {to}");
        writer.send(&["--retry-uncertain"]);
        assert_eq!(pings(&one).len(), 2, "{status} {to}");
    }
}
