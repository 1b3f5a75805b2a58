//! One protocol for each link: the best that the page offers and that is there.

use serde_json::Value;

use super::{facts, receiver, taking};
use crate::support::blog::{Blog, Script};
use crate::support::writer::{ACCEPTED, Writer, link, pings};

const PINGBACK_TAKEN: &str = "<methodResponse><params><param><value><string>ok</string></value></param></params></methodResponse>";

/// A page that offers all three, and what its endpoints answer.
fn all_three(webmention: Script, pingback: Script) -> Blog {
    let blog = Blog::start_at(
        [127, 0, 0, 2],
        [
            ("/wm", webmention),
            ("/xmlrpc", pingback),
            ("/tb", Script::xml(ACCEPTED)),
        ],
    );
    let server = blog.url("/xmlrpc");
    let page = format!(
        "<link rel=\"pingback\" href=\"{server}\"><link rel=trackback href=/tb><link rel=webmention href=/wm>"
    );
    blog.play("/x", Script::html(&page));
    blog
}

/// The paths that were posted to.
fn posted(blog: &Blog) -> Vec<String> {
    let requests = blog.requests().into_iter();
    let posts = requests.filter(|request| request.method == "POST");
    posts.map(|request| request.target).collect()
}

#[test]
fn the_best_protocol_is_used_alone() {
    for (words, path, via) in [
        (&[][..], "/wm", "webmention"),
        (
            &["--protocol", "pingback", "--protocol", "trackback"],
            "/xmlrpc",
            "pingback",
        ),
        (&["--protocol", "trackback"], "/tb", ""),
    ] {
        let writer = Writer::new();
        let one = all_three(Script::status(202), Script::xml(PINGBACK_TAKEN));
        writer.publish("/1", &link(&one));
        writer.send(words).out();
        assert_eq!(posted(&one), [path]);
        let result = &facts(&writer, "result")[0];
        let expected = if via.is_empty() {
            Value::Null
        } else {
            via.into()
        };
        assert_eq!(result["via"], expected);
        writer.send(words).out();
        assert_eq!(posted(&one).len(), 1);
    }
}

#[test]
fn what_is_not_there_is_passed_over() {
    for status in [404, 405, 410, 501] {
        let writer = Writer::new();
        let one = all_three(Script::status(status), Script::status(status));
        writer.publish("/1", &link(&one));
        writer.send(&[]).out();
        assert_eq!(posted(&one), ["/wm", "/xmlrpc", "/tb"], "{status}");
        assert_eq!(writer.only().0, "sent");
        writer.send(&[]).out();
        assert_eq!(posted(&one).len(), 3, "{status}");
    }
}

#[test]
fn what_may_have_arrived_is_not_sent_by_another_way() {
    let cut_off = || Script::CutOff(b"HTTP/1.1 200 OK\r\n\r\n".to_vec());
    for (answer, state) in [
        (Script::status(200), "sent"),
        (Script::status(400), "refused"),
        (Script::status(403), "refused"),
        (Script::status(408), "failed"),
        (Script::status(429), "later"),
        (Script::status(500), "failed"),
        (Script::status(502), "failed"),
        (Script::status(503), "later"),
        (Script::status(504), "uncertain"),
        (Script::Raw(b"nonsense".to_vec()), "uncertain"),
        (cut_off(), "sent"),
        (Script::CutOff(Vec::new()), "uncertain"),
        (Script::redirect(303, "/thanks"), "uncertain"),
        (Script::redirect(302, "/thanks"), "uncertain"),
        (Script::redirect(301, "/"), "uncertain"),
        (Script::redirect(307, "http://elsewhere.example/"), "failed"),
    ] {
        let writer = Writer::new();
        let one = all_three(answer.clone(), Script::xml(PINGBACK_TAKEN));
        writer.publish("/1", &link(&one));
        writer.send(&["--limit-wait", "0"]);
        assert_eq!(posted(&one), ["/wm"], "{answer:?}");
        assert_eq!(writer.only().0, state, "{answer:?}");
    }
}

#[test]
fn a_host_that_is_silent_is_not_asked_by_another_way() {
    let writer = Writer::new();
    let one = all_three(Script::Silent, Script::xml(PINGBACK_TAKEN));
    writer.publish("/1", &link(&one));
    writer.send(&[]);
    assert_eq!(
        (posted(&one), writer.only().0),
        (vec!["/wm".to_owned()], "uncertain".to_owned())
    );
}

#[test]
fn an_endpoint_that_answers_after_15_seconds_is_never_asked_again() {
    let late = |_: &crate::support::blog::Request| {
        std::thread::sleep(std::time::Duration::from_secs(16));
        Script::status(200)
    };
    let writer = Writer::new();
    let one = all_three(Script::By(late), Script::xml(PINGBACK_TAKEN));
    writer.publish("/1", &link(&one));
    writer.send(&[]);
    assert_eq!(writer.only().0, "uncertain");
    writer.send(&[]);
    // The request stands there once the script has slept.
    let arrived = crate::support::process::wait_for(|| (!posted(&one).is_empty()).then_some(()));
    assert!(arrived.is_some());
    assert_eq!(posted(&one), ["/wm"]);
}

#[test]
fn an_endpoint_may_lie_on_another_domain_and_be_that_of_many_pages() {
    let (writer, service) = (Writer::new(), taking(3));
    let page = format!("<link rel=webmention href='{}'>", service.url("/wm"));
    let one = Blog::start_at(
        [127, 0, 0, 2],
        [("/x", Script::html(&page)), ("/y", Script::html(&page))],
    );
    writer.publish(
        "/1",
        &format!("{}{}", link(&one), link(&one).replace("/x", "/y")),
    );
    writer.send(&[]).out();
    let mut targets: Vec<_> = pings(&service)
        .iter()
        .map(|ping| ping["target"].clone())
        .collect();
    targets.sort();
    assert_eq!(targets, [one.url("/x"), one.url("/y")]);
}

#[test]
fn an_endpoint_named_by_500_pages_gets_100_mentions_in_a_run() {
    let (writer, victim) = (Writer::new(), taking(3));
    let page = format!("<link rel=webmention href='{}'>", victim.url("/wm"));
    let one = Blog::start_at([127, 0, 0, 2], []);
    let mut links = String::new();
    for number in 0..500 {
        one.play(&format!("/{number}"), Script::html(&page));
        links.push_str(&format!(
            "<a href='{}'>x</a> ",
            one.url(&format!("/{number}"))
        ));
    }
    writer.publish("/1", &links);
    let out = writer.send(&[]);
    let out = String::from_utf8(out.0.stdout).unwrap();
    assert!(
        out.contains("100 sent") && out.contains("400 to be sent later"),
        "{out}"
    );
    assert_eq!(pings(&victim).len(), 100);
    writer.send(&[]);
    assert_eq!(pings(&victim).len(), 200);
    writer.send(&["--yes"]).out();
    assert_eq!(pings(&victim).len(), 500);
}

#[test]
fn one_endpoint_host_gets_one_mention_a_second() {
    let (writer, service) = (Writer::polite(), taking(3));
    let page = format!("<link rel=webmention href='{}'>", service.url("/wm"));
    let mut links = String::new();
    let mut blogs = Vec::new();
    for last in 10..13 {
        let blog = Blog::start_at([127, 0, 0, last], [("/x", Script::html(&page))]);
        links.push_str(&link(&blog));
        blogs.push(blog);
    }
    writer.publish("/1", &links);
    let begin = std::time::Instant::now();
    writer.send(&[]).out();
    assert_eq!(pings(&service).len(), 3);
    assert!(begin.elapsed() >= std::time::Duration::from_secs(2));
}

#[test]
fn protocols_in_the_configuration_hold_unless_a_flag_names_others() {
    let writer = Writer::new();
    let config = writer.site.read("cgi-bin/tb.toml");
    let others = config.lines().filter(|line| !line.starts_with("protocols"));
    let config: String = others.map(|line| format!("{line}\n")).collect();
    writer.site.write(
        "cgi-bin/tb.toml",
        &format!("{config}protocols = [\"trackback\"]\n"),
    );
    let one = receiver(2, Script::status(202));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    assert!(posted(&one).is_empty());
    writer.send(&["--protocol", "webmention"]).out();
    assert_eq!(posted(&one), ["/wm"]);
    for wrong in ["[]", "[\"salmention\"]", "\"WebMention\""] {
        writer
            .site
            .write("cgi-bin/tb.toml", &format!("{config}protocols = {wrong}\n"));
        let said = writer.send(&[]).failed(1);
        assert!(
            said.contains("protocols") && said.contains("trackback, pingback, webmention"),
            "{said}"
        );
    }
}
