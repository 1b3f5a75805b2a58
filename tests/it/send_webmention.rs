//! `tb send` as a sender of Webmentions: what arrives, by the numbers of the Recommendation's rules.

mod changes;
mod choice;
mod upgrade;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::shell::Site;
use crate::support::writer::{Writer, link, pings};

/// A weblog at 127.0.0.`last` whose entry `/x` names an endpoint that answers so.
fn receiver(last: u8, answer: Script) -> Blog {
    let page = Script::html("<link rel=webmention href=/wm>");
    Blog::start_at([127, 0, 0, last], [("/x", page), ("/wm", answer)])
}

/// One that takes everything.
fn taking(last: u8) -> Blog {
    receiver(last, Script::status(202))
}

/// The facts of the ledger that have this `op`.
fn facts(writer: &Writer, op: &str) -> Vec<Value> {
    let ledger = writer.ledger();
    let all = ledger
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|fact| fact["op"] == op).collect()
}

fn mention(source: &str, target: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("source".to_owned(), source.to_owned()),
        ("target".to_owned(), target.to_owned()),
    ])
}

#[test]
fn s9_a_link_is_told_once_as_a_form_of_two_urls() {
    let (writer, one) = (Writer::new(), taking(2));
    writer.publish("/1", &link(&one));
    let out = writer.send(&[]).out();
    assert!(
        out.ends_with("1 sent, 0 refused, 0 failed, 0 without a ping URL\n"),
        "{out}"
    );
    let expected = mention(&writer.own.url("/1"), &one.url("/x"));
    assert_eq!(pings(&one), [expected]);
    let post = one.requests().pop().unwrap();
    let kind = "application/x-www-form-urlencoded";
    assert_eq!(post.header("content-type"), Some(kind));
    let result = &facts(&writer, "result")[0];
    assert_eq!(
        (&result["via"], &result["state"]),
        (&"webmention".into(), &"sent".into())
    );
    assert!(result["digest"].is_string(), "{result}");
    // A second run asks nobody.
    let (ledger, asked) = (writer.ledger(), one.requests().len());
    writer.send(&[]).out();
    assert_eq!((writer.ledger(), one.requests().len()), (ledger, asked));
}

#[test]
fn s9_the_target_is_as_the_author_wrote_it_and_not_the_redirected_one() {
    let (writer, one) = (Writer::new(), taking(2));
    one.play("/moved", Script::redirect(301, "/x"));
    let host = one.url("");
    for (path, written) in [
        ("/1", format!("{host}/moved?utm_source=me#part")),
        ("/2", host.replace("http:", "HTTP:")),
        ("/3", format!("{host}/%7ecat/")),
    ] {
        writer.publish(path, &format!("<p><a href='{written}'>it</a>"));
        one.play("/", Script::html("<link rel=webmention href=/wm>"));
        one.play("/moved?utm_source=me", Script::redirect(301, "/x"));
        one.play("/%7ecat/", Script::html("<link rel=webmention href=/wm>"));
        writer.send(&[]).out();
        let got = pings(&one).pop().unwrap();
        assert_eq!(got, mention(&writer.own.url(path), &written));
    }
    assert_eq!(pings(&one).len(), 3);
}

#[test]
fn s8_the_query_of_the_endpoint_stays_in_its_url() {
    let writer = Writer::new();
    let page = Script::html("<link rel=webmention href='/wm?a=1&amp;target=x'>");
    let one = Blog::start_at([127, 0, 0, 2], [("/x", page), ("/wm", Script::status(200))]);
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    let post = one.requests().pop().unwrap();
    assert_eq!(
        (post.method.as_str(), post.target.as_str()),
        ("POST", "/wm?a=1&target=x")
    );
    let expected = mention(&writer.own.url("/1"), &one.url("/x"));
    assert_eq!(pings(&one), [expected]);
}

#[test]
fn s10_any_2xx_is_a_success_and_the_location_of_a_201_is_kept_and_not_asked() {
    let victim = Blog::start_at([127, 0, 0, 4], []);
    for status in [200, 201, 202, 204, 299] {
        let answer = Script::Respond {
            status,
            headers: vec![("Location".to_owned(), "/status/7".to_owned())],
            body: b"<response><error>1</error></response>".to_vec(),
        };
        let answer = if status == 204 {
            Script::status(204)
        } else {
            answer
        };
        let (writer, one) = (Writer::new(), receiver(2, answer));
        writer.publish("/1", &link(&one));
        writer.send(&[]).out();
        assert_eq!(writer.only().0, "sent", "{status}");
        if status == 201 {
            let result = &facts(&writer, "result")[0];
            assert_eq!(result["location"], one.url("/status/7"));
            let out = writer.site.tb(&["sent", "--json"]).out();
            assert!(out.contains("/status/7"), "{out}");
            // Nor is one inside asked, whoever names it.
            let inside = Script::Respond {
                status,
                headers: vec![("Location".to_owned(), victim.url("/inside"))],
                body: Vec::new(),
            };
            let (writer, one) = (Writer::new(), receiver(2, inside));
            writer.publish("/1", &link(&one));
            writer.send(&[]).out();
            writer.site.tb(&["sent", "--verify"]).out();
            assert!(victim.requests().is_empty());
        }
        assert!(
            one.requests()
                .iter()
                .all(|request| request.target != "/status/7")
        );
    }
}

#[test]
fn s12_the_user_agent_names_the_protocol() {
    let (writer, one) = (Writer::new(), taking(2));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    for request in one.requests() {
        let agent = request.header("user-agent").unwrap();
        assert!(agent.contains("Webmention"), "{agent}");
        assert!(
            agent.starts_with("tb/") && agent.contains("(+http"),
            "{agent}"
        );
    }
}

#[test]
fn s13_an_endpoint_on_a_private_address_or_of_no_web_is_not_asked() {
    use tb::internals::fetch::{Client, ClientOptions, Reach, Timeout};
    use tb::internals::send::ping_url::{Endpoint, EndpointRules, GuessPolicy, find};
    use tb::internals::send::{LinkbackMessage, post};
    use tb::linkback::Protocol;

    let victim = Blog::start_at([127, 0, 0, 3], [("/wm", Script::status(202))]);
    let rules = EndpointRules {
        ping_hosts: Vec::new(),
        guess: GuessPolicy::Never,
        reach: Reach::Public,
        protocols: Protocol::ALL.to_vec(),
    };
    // The page may be fetched, its endpoint may not be used.
    let client = |reach| {
        Client::new(ClientOptions {
            timeout: Timeout::Shell,
            reach,
            user_agent: "tb".to_owned(),
        })
    };
    for endpoint in [
        victim.url("/wm").as_str(),
        "http://10.0.0.1/wm",
        "http://[::1]/wm",
        "http://169.254.169.254/latest",
        "http://localhost/wm",
        "http://192.168.1.1/wm",
        "https://b.example:22/wm",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
    ] {
        for page in [
            Script::html(&format!("<link rel=webmention href='{endpoint}'>")),
            Script::html(&format!("<link rel=\"pingback\" href=\"{endpoint}\">")),
        ] {
            let blog = Blog::start_at([127, 0, 0, 2], [("/x", page)]);
            let target = blog.url("/x").parse().unwrap();
            let found = find(&client(Reach::Private), &target, &[], &rules).unwrap();
            assert!(
                found.usable.is_empty() || endpoint.contains("localhost"),
                "{endpoint}: {found:?}"
            );
        }
    }
    // A public name may resolve to a private address, which is checked when it is connected to.
    let endpoint = Endpoint {
        protocol: Protocol::Webmention,
        url: victim.url("/wm").parse().unwrap(),
    };
    let message =
        LinkbackMessage::mention(&endpoint, "https://me.example/1", "https://b.example/x");
    let now = "2026-11-26T12:00:00Z".parse().unwrap();
    let posted = post(&client(Reach::Public), &message, now);
    assert!(format!("{posted:?}").contains("Refused"), "{posted:?}");
    assert!(victim.requests().is_empty());
}

#[test]
fn s13_an_endpoint_that_leads_to_another_host_takes_the_mention_nowhere() {
    let (writer, victim) = (Writer::new(), taking(3));
    let one = receiver(2, Script::redirect(307, &victim.url("/wm")));
    writer.publish("/1", &link(&one));
    writer.send(&[]);
    assert_ne!(writer.only().0, "sent");
    assert!(victim.requests().is_empty());
}

#[test]
fn hostile_pages_are_looked_at_and_nothing_is_sent() {
    let header = |value: String| Script::Respond {
        status: 200,
        headers: vec![
            ("Content-Type".to_owned(), "text/html".to_owned()),
            ("Link".to_owned(), value),
        ],
        body: b"<p>x".to_vec(),
    };
    for (page, state) in [
        (
            header(format!(
                "</wm>; rel=webmention; title=\"{}\"",
                "x".repeat(100_000)
            )),
            "failed",
        ),
        (header("<a>,".repeat(3_000)), "none"),
        (header("/wm; rel=webmention".to_owned()), "none"),
        (
            header("<javascript:alert(1)>; rel=webmention".to_owned()),
            "none",
        ),
        (
            Script::html(&"<a rel=webmention href=javascript:1>".repeat(20_000)),
            "none",
        ),
    ] {
        let writer = Writer::new();
        let one = Blog::start_at([127, 0, 0, 2], [("/x", page), ("/wm", Script::status(202))]);
        writer.publish("/1", &link(&one));
        writer.send(&[]);
        assert_eq!(writer.only().0, state);
        assert!(pings(&one).is_empty());
    }
}

#[test]
fn a_webmention_can_be_sent_by_hand_and_noted() {
    let site = Site::with(&["--base-url", "http://me.example/cgi-bin/tb.cgi"]);
    let one = taking(2);
    let target = format!("{}#part", one.url("/x"));
    let words = [
        "webmention",
        "https://me.example/1",
        &target,
        "--ledger",
        "sent.jsonl",
    ];
    let out = site.tb(&words).out();
    assert_eq!(out, format!("accepted by {}\n", one.url("/wm")));
    assert_eq!(pings(&one), [mention("https://me.example/1", &target)]);
    assert!(site.read("sent.jsonl").contains("\"via\":\"webmention\""));
    for (answer, code, outcome) in [
        (Script::status(201), 0, "accepted"),
        (Script::status(400), 1, "refused"),
        (Script::status(429), 1, "later"),
        (Script::status(500), 1, "failed"),
        (Script::status(504), 1, "uncertain"),
    ] {
        one.play("/wm", answer);
        let ran = site.tb(&[
            "webmention",
            "https://me.example/1",
            &one.url("/x"),
            "--json",
        ]);
        let said: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
        assert_eq!(
            (ran.0.status.code().unwrap(), &said["outcome"]),
            (code, &outcome.into()),
            "{said}"
        );
    }
    let bare = Blog::start_at([127, 0, 0, 3], [("/x", Script::html("x"))]);
    let said = site
        .tb(&["webmention", "https://me.example/1", &bare.url("/x")])
        .failed(1);
    assert!(said.contains("names no Webmention endpoint"), "{said}");
    site.tb(&["webmention", "https://me.example/1", "mailto:a@b.example"])
        .failed(2);
}
