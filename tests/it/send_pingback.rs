//! `tb send` as a sender of Pingbacks, by the numbers of the specification's rules.

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::writer::{Writer, link};

const TAKEN: &str = "<?xml version=\"1.0\"?><methodResponse><params><param><value><string>Pingback registered.</string></value></param></params></methodResponse>";

fn fault(code: i64, message: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodResponse><fault><value><struct><member><name>faultCode</name>\
         <value><int>{code}</int></value></member><member><name>faultString</name><value><string>{message}</string></value>\
         </member></struct></value></fault></methodResponse>\n"
    )
}

/// A weblog at 127.0.0.2 whose entry `/x` names its server in a header.
fn receiver(answer: Script) -> Blog {
    let blog = Blog::start_at([127, 0, 0, 2], [("/xmlrpc.php", answer)]);
    name(&blog, &blog.url("/xmlrpc.php"), "");
    blog
}

/// Has `/x` name these servers: in a header, where that is not empty, and in its text.
fn name(blog: &Blog, header: &str, body: &str) {
    let mut headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
    if !header.is_empty() {
        headers.push(("X-Pingback".to_owned(), header.to_owned()));
    }
    let page = Script::Respond {
        status: 200,
        headers,
        body: body.as_bytes().to_vec(),
    };
    blog.play("/x", page);
}

/// A page that names this as its server is linked to: nothing is called.
fn gets_no_call(server: &str) {
    let (writer, one) = (Writer::new(), receiver(Script::xml(TAKEN)));
    let element = format!("<link rel=\"pingback\" href=\"{server}\">");
    name(&one, server, &element);
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    assert_eq!(writer.only().0, "none", "{server}");
    assert!(posted(&one).is_empty(), "{server}");
}

/// The paths that were posted to.
fn posted(blog: &Blog) -> Vec<String> {
    let requests = blog.requests().into_iter();
    let posts = requests.filter(|request| request.method == "POST");
    posts.map(|request| request.target).collect()
}

#[test]
fn p1_the_header_counts_before_the_page() {
    let (writer, one) = (Writer::new(), receiver(Script::xml(TAKEN)));
    let other = one.url("/other");
    name(
        &one,
        &one.url("/xmlrpc.php"),
        &format!("<link rel=\"pingback\" href=\"{other}\">"),
    );
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    assert_eq!(posted(&one), ["/xmlrpc.php"]);
    let out = writer
        .site
        .tb(&["discover", &one.url("/x"), "--json"])
        .out();
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["pingback"], one.url("/xmlrpc.php"));
    // Also that of a page that is not text.
    let image = Script::Respond {
        status: 200,
        headers: vec![
            ("Content-Type".to_owned(), "image/png".to_owned()),
            ("X-Pingback".to_owned(), one.url("/xmlrpc.php")),
        ],
        body: vec![0x89, b'P'],
    };
    one.play("/x", image);
    writer.publish("/2", &link(&one));
    writer.send(&[]).out();
    assert_eq!(posted(&one).len(), 2);
}

#[test]
fn p2_else_the_first_link_in_exactly_that_spelling() {
    let (writer, one) = (Writer::new(), receiver(Script::xml(TAKEN)));
    let server = one.url("/xmlrpc.php?a=1&b=2");
    one.play("/xmlrpc.php?a=1&b=2", Script::xml(TAKEN));
    let body = format!(
        "<link href=\"{0}\" rel=\"pingback\"><link rel='pingback' href='/no'><link rel=\"pingback\" href=\"{0}\" />",
        server.replace('&', "&amp;")
    );
    name(&one, "", &body);
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    assert_eq!(posted(&one), ["/xmlrpc.php?a=1&b=2"]);
}

#[test]
fn p3_only_absolute_web_addresses_are_servers() {
    for server in [
        "/xmlrpc.php",
        "javascript:alert(1)",
        "ftp://127.0.0.2/x",
        "xmlrpc.php",
        "mailto:a@b.example",
    ] {
        gets_no_call(server);
    }
}

#[test]
fn p4_the_call_is_xml_with_two_strings() {
    let (writer, one) = (Writer::new(), receiver(Script::xml(TAKEN)));
    one.play("/x?a=1&b=2", one_page(&one));
    let target = one.url("/x?a=1&b=2");
    writer.publish(
        "/1",
        &format!("<p><a href='{}'>it</a>", target.replace('&', "&amp;")),
    );
    writer.send(&[]).out();
    let post = one.requests().pop().unwrap();
    assert_eq!(post.header("content-type"), Some("text/xml; charset=utf-8"));
    let body = String::from_utf8(post.body).unwrap();
    let source = writer.own.url("/1");
    assert!(
        body.contains("<methodName>pingback.ping</methodName>"),
        "{body}"
    );
    let source = format!("<value><string>{source}</string></value>");
    let target = format!(
        "<value><string>{}</string></value>",
        target.replace('&', "&amp;")
    );
    let (first, second) = (body.find(&source).unwrap(), body.find(&target).unwrap());
    assert!(first < second, "{body}");
}

fn one_page(blog: &Blog) -> Script {
    let server = blog.url("/xmlrpc.php");
    Script::html(&format!("<link rel=\"pingback\" href=\"{server}\">"))
}

#[test]
fn p7_what_servers_answer() {
    let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]><methodResponse><params><param><value>&b;</value></param></params></methodResponse>";
    let deep = format!(
        "{}{}",
        "<methodResponse>".repeat(10_000),
        "</methodResponse>".repeat(10_000)
    );
    for (answer, state, said) in [
        (Script::xml(TAKEN), "sent", ""),
        (
            Script::xml(&fault(48, "The pingback has already been registered.")),
            "sent",
            "",
        ),
        // All that WordPress ever says.
        (Script::xml(&fault(0, "")), "refused", "fault 0"),
        (
            Script::xml(&fault(17, "no &lt;b&gt;link&lt;/b&gt; \u{202e}there")),
            "refused",
            "fault 17: no link there",
        ),
        (
            Script::xml(&fault(49, "denied")),
            "refused",
            "fault 49: denied",
        ),
        (
            Script::xml(&fault(50, "upstream")),
            "failed",
            "fault 50: upstream",
        ),
        (
            Script::xml(&fault(0, "Slow down cowboy, too many requests")),
            "later",
            "Slow down",
        ),
        (
            Script::html("<p>thank you"),
            "uncertain",
            "not an XML-RPC response",
        ),
        (Script::xml(""), "uncertain", "not an XML-RPC response"),
        (Script::xml(bomb), "uncertain", "not an XML-RPC response"),
        (Script::xml(&deep), "uncertain", "not an XML-RPC response"),
        (Script::status(500), "failed", "500"),
        (Script::status(403), "failed", "403"),
        (Script::status(404), "failed", "404"),
        (Script::status(429), "later", "429"),
        (Script::CutOff(Vec::new()), "uncertain", ""),
    ] {
        let (writer, one) = (Writer::new(), receiver(answer.clone()));
        writer.publish("/1", &link(&one));
        writer.send(&["--limit-wait", "0"]);
        let (is, why) = writer.only();
        assert!(is == state && why.contains(said), "{answer:?}: {is} {why}");
        assert_eq!(posted(&one), ["/xmlrpc.php"]);
        // A refusal is final.
        if matches!(state, "sent" | "refused" | "uncertain") {
            writer.send(&["--retry"]);
            assert_eq!(posted(&one).len(), 1, "{answer:?}");
        }
    }
}

#[test]
fn p8_two_pages_of_one_server_are_told_once_each() {
    let (writer, one) = (Writer::new(), receiver(Script::xml(TAKEN)));
    one.play("/y", one_page(&one));
    let links = format!("{}{}", link(&one), link(&one).replace("/x", "/y"));
    writer.publish("/1", &links);
    writer.send(&[]).out();
    writer.send(&[]).out();
    assert_eq!(posted(&one).len(), 2);
    assert!(writer.ledger().contains("\"via\":\"pingback\""));
}

#[test]
fn a_server_that_leads_elsewhere_or_is_no_web_address_gets_no_call() {
    let victim = Blog::start_at([127, 0, 0, 3], [("/xmlrpc.php", Script::xml(TAKEN))]);
    for status in [301, 302, 303, 307, 308] {
        let writer = Writer::new();
        let one = receiver(Script::redirect(status, &victim.url("/xmlrpc.php")));
        writer.publish("/1", &link(&one));
        writer.send(&[]);
        assert_ne!(writer.only().0, "sent", "{status}");
    }
    for server in [
        "javascript:alert(1)",
        "data:text/xml,x",
        "//",
        "http://",
        "file:///etc/passwd",
    ] {
        gets_no_call(server);
    }
    assert!(victim.requests().is_empty());
}

#[test]
fn a_server_named_by_500_pages_gets_100_calls_in_a_run() {
    let (writer, victim) = (
        Writer::new(),
        Blog::start_at([127, 0, 0, 3], [("/xmlrpc.php", Script::xml(TAKEN))]),
    );
    let page = format!(
        "<link rel=\"pingback\" href=\"{}\">",
        victim.url("/xmlrpc.php")
    );
    let one = Blog::start_at([127, 0, 0, 2], []);
    let mut links = String::new();
    for number in 0..500 {
        let path = format!("/{number}");
        one.play(&path, Script::html(&page));
        links.push_str(&format!("<a href='{}'>x</a> ", one.url(&path)));
    }
    writer.publish("/1", &links);
    let out = String::from_utf8(writer.send(&[]).0.stdout).unwrap();
    assert!(
        out.contains("100 sent") && out.contains("400 to be sent later"),
        "{out}"
    );
    assert_eq!(posted(&victim).len(), 100);
}
