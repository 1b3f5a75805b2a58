//! The mail to the owner: when it comes and what is in it.

use std::fs;

use tb::internals::moderation::digest;
use tb::internals::store::ReasonKind;
use tb::internals::store::{State, StateFile};

mod mailbox;
mod sendmail;

use mailbox::{Mailbox, Parsed};

#[test]
fn a_digest_says_what_waits_why_and_where_to_decide() {
    let post = Mailbox::new();
    post.hold("entry", 1, &[("title", "One")], "unknown-domain");
    post.hold(
        "猫の話",
        2,
        &[("title", "Two & <b>"), ("blog_name", "")],
        "links-elsewhere: /x",
    );
    post.tell();
    let mail = Parsed::of(&post.mail(1));
    assert_eq!(mail.header("subject"), "Pings wait at A site");
    assert_eq!(
        (mail.header("to"), mail.header("from")),
        ("me@example.org", "me@example.org")
    );
    assert_eq!(mail.header("auto-submitted"), "auto-generated");
    assert_eq!(mail.header("date"), "Fri, 20 Nov 2026 09:00:00 +0000");
    assert!(mail.header("message-id").ends_with("@blog.example>"));
    for words in [
        "2 new pings wait for you at A site, 2 in all:",
        "https://blog.example/cgi-bin/tb.cgi?__mode=moderate",
        "Title: One",
        "Title: Two &",
        "URL:   https://weblog.example/2",
        "Entry: 猫の話",
        "From:  A weblog",
        "you have not approved its host before",
        "but not to this entry. (/x)",
    ] {
        assert!(mail.body.contains(words), "{words}: {}", mail.body);
    }
    assert_eq!(
        fs::read_to_string(post.path("mail.args")).unwrap(),
        "-t -i\n"
    );
    assert!(post.log().contains("\"notified\""), "{}", post.log());
}

#[test]
fn at_most_one_an_hour_and_each_ping_once() {
    let mut post = Mailbox::new();
    post.tell();
    assert_eq!(post.mails(), 0, "nothing waits");
    post.hold("entry", 1, &[], "unknown-domain");
    post.tell();
    post.hold("entry", 2, &[], "unknown-domain");
    post.hold("other", 3, &[], "unknown-domain");
    for _ in 0..3 {
        post.pass(19);
        post.tell();
    }
    assert_eq!(post.mails(), 1, "an hour is not over");
    post.pass(3);
    post.tell();
    let mail = Parsed::of(&post.mail(2));
    assert!(
        mail.body
            .contains("2 new pings wait for you at A site, 3 in all"),
        "{}",
        mail.body
    );
    assert!(!mail.body.contains("weblog.example/1\n"), "{}", mail.body);
    for _ in 0..5 {
        post.pass(61);
        post.tell();
    }
    assert_eq!(post.mails(), 2, "nothing new waits");
    // What is held again after it was decided on is new again.
    post.decide("entry", 1, State::Published, "owner");
    post.hold("entry", 4, &[], "unknown-domain");
    post.pass(61);
    post.tell();
    post.decide("entry", 1, State::Held, "gave-up");
    post.pass(61);
    post.tell();
    assert_eq!(post.mails(), 4);
}

#[test]
fn what_the_owner_holds_or_is_being_looked_at_is_not_told() {
    let mut post = Mailbox::new();
    post.hold("entry", 1, &[], "owner");
    post.hold("entry", 2, &[], ReasonKind::Unverified.name());
    post.tell();
    post.pass(59);
    post.tell();
    assert_eq!(post.mails(), 0);
    post.pass(1);
    post.tell();
    let mail = Parsed::of(&post.mail(1));
    assert!(mail.body.contains("1 new ping waits"), "{}", mail.body);
}

#[test]
fn a_page_that_is_tried_again_needs_no_decision_yet() {
    let mut post = Mailbox::new();
    post.hold("entry", 1, &[], "unreachable: timed out");
    for _ in 0..47 {
        post.tell();
        post.pass(60);
    }
    assert_eq!(post.mails(), 0);
    // Nothing tries again where the host allows no worker and there is no cron.
    post.pass(60);
    post.tell();
    assert_eq!(post.mails(), 1);
    post.hold("entry", 2, &[], "unreachable");
    post.decide("entry", 2, State::Held, "gave-up: timed out");
    post.pass(60);
    post.tell();
    assert_eq!(post.mails(), 2);
}

#[test]
fn a_clock_that_was_set_back_silences_nobody_for_long() {
    let mut post = Mailbox::new();
    post.hold("entry", 1, &[], "unknown-domain");
    post.tell();
    post.pass(-24 * 60);
    post.hold("entry", 2, &[], "unknown-domain");
    post.tell();
    post.hold("entry", 3, &[], "unknown-domain");
    post.tell();
    assert_eq!(post.mails(), 2);
    post.pass(60);
    post.tell();
    assert_eq!(post.mails(), 3);
}

#[test]
fn two_hundred_pings_are_one_mail_with_the_newest_twenty() {
    let mut post = Mailbox::new();
    for number in 1..=200 {
        post.pass(1);
        post.hold(
            &format!("entry{}", number % 7),
            number,
            &[],
            "unknown-domain",
        );
    }
    post.tell();
    post.tell();
    assert_eq!(post.mails(), 1);
    let mail = Parsed::of(&post.mail(1));
    assert!(mail.body.contains("200 new pings wait"), "{}", mail.body);
    assert!(mail.body.contains("… and 180 more."), "{}", mail.body);
    assert_eq!(mail.body.matches("Title: ").count(), 20);
    for number in 181..=200 {
        assert!(
            mail.body
                .contains(&format!("https://weblog.example/{number}\n")),
            "{number}"
        );
    }
}

#[test]
fn s3_nothing_in_a_ping_or_a_name_becomes_a_header_or_ends_the_mail() {
    let hostile =
        "x\r\nBcc: victim@example.org\r\n\r\n.\r\n\u{202E}\u{7}From evil\u{2028}.\n.\nSubject: y";
    let name = format!("猫 {hostile} {}", "é".repeat(200));
    let post = Mailbox::with(&name, "https://blog.example/tb.cgi");
    let long = format!("https://weblog.example/{}", "a".repeat(2_000));
    for (number, url) in [&long, "https://weblog.example/%0D%0ABcc:%20x?\r\n.\r\n"]
        .iter()
        .enumerate()
    {
        let fields = [
            ("title", hostile),
            ("blog_name", hostile),
            ("excerpt", hostile),
            ("url", url),
        ];
        let why = format!("no-such-reason: {hostile}");
        post.hold("entry", u32::try_from(number).unwrap(), &fields, &why);
    }
    post.tell();
    let bytes = post.mail(1);
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.is_ascii() && !text.contains('\r'), "{text}");
    assert!(
        text.lines().all(|line| line.len() <= 998 && line != "."),
        "{text}"
    );
    let mail = Parsed::of(&bytes);
    assert_eq!(
        mail.names(),
        [
            "from",
            "to",
            "subject",
            "date",
            "message-id",
            "auto-submitted",
            "mime-version",
            "content-type",
            "content-transfer-encoding"
        ]
    );
    assert!(
        mail.header("subject")
            .starts_with("Pings wait at 猫 x Bcc: victim@example.org . From evil . . Subject: y é")
    );
    assert!(mail.body.contains(&long), "{}", mail.body);
    let deceives = |c: char| c == '\u{202E}' || (c.is_control() && c != '\n');
    assert!(!mail.body.contains(deceives), "{:?}", mail.body);
    for line in mail.body.lines() {
        assert!(
            !line.starts_with("Bcc") && !line.starts_with('.') && !line.starts_with("From "),
            "{line}"
        );
    }
}

#[test]
fn plain_pings_go_as_plain_text_and_a_host_without_a_name_stands_in_no_message_id() {
    let post = Mailbox::with("=?UTF-8?Q?x?=", "http://[::1]:8080/tb.cgi");
    post.hold("entry", 1, &[], "unknown-domain");
    post.tell();
    let bytes = post.mail(1);
    let mail = Parsed::of(&bytes);
    assert_eq!(mail.header("content-transfer-encoding"), "7bit");
    assert!(
        String::from_utf8(bytes)
            .unwrap()
            .contains("  Title: A title\n")
    );
    assert_eq!(mail.header("subject"), "Pings wait at =?UTF-8?Q?x?=");
    assert!(mail.header("message-id").ends_with("@tb.invalid>"));
}

#[test]
fn damage_to_what_was_told_costs_one_mail_too_many() {
    let mut post = Mailbox::new();
    post.hold("entry", 1, &[], "unknown-domain");
    for (number, garbage) in ["", "{", "[1]", "{\"last\":7}", "\0\0\0"]
        .iter()
        .enumerate()
    {
        post.store
            .edit_state(StateFile::Notified, |_| {
                Ok(Some(garbage.as_bytes().to_vec()))
            })
            .unwrap();
        post.tell();
        post.tell();
        assert_eq!(post.mails(), number + 1, "{garbage:?}");
        post.pass(61);
    }
}

#[test]
fn s2_what_is_planted_at_the_name_of_the_notice_is_not_followed() {
    let post = Mailbox::new();
    post.hold("entry", 1, &[], "unknown-domain");
    let victim = post.path("victim");
    fs::write(&victim, "{}").unwrap();
    std::os::unix::fs::symlink(&victim, post.path("data/.notified")).unwrap();
    post.tell();
    assert_eq!(post.mails(), 0);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "{}");
    assert!(post.log().contains("notify-failed"), "{}", post.log());
}

#[test]
fn of_two_that_ask_at_once_one_gets_the_mail() {
    let post = Mailbox::new();
    post.hold("entry", 1, &[], "unknown-domain");
    let mails: usize = std::thread::scope(|scope| {
        let ask = || {
            usize::from(
                digest::due(&post.config, &post.store, post.now)
                    .unwrap()
                    .is_some(),
            )
        };
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        asking
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(mails, 1);
}
