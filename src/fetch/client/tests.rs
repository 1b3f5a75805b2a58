//! Requests to peers that redirect, and to the inside.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use super::*;

/// Answers one request on 127.0.0.1 with a redirect, as a public page would.
fn redirect_to(location: &str) -> (Url, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    let peer = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).unwrap() > 0);
        stream.write_all(answer.as_bytes()).unwrap();
    });
    (Url::parse(&url).unwrap(), peer)
}

#[test]
fn s6_a_public_page_cannot_redirect_to_the_inside() {
    let client = Client::new(ClientOptions {
        timeout: Timeout::Shell,
        reach: Reach::Public,
        user_agent: "tb".to_owned(),
    });
    for location in [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://[::ffff:7f00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost/",
        "//localhost:8080/",
    ] {
        let (page, peer) = redirect_to(location);
        // The first hop is let through, so that a peer of this machine can be the public page.
        let error = client.follow(&page, &RequestKind::Get, Reach::Private);
        peer.join().unwrap();
        assert!(
            matches!(&error, Err(Error::Fetch { fault: FetchError::Address(_), url }) if *url != page.as_str()),
            "{location}: {error:?}"
        );
    }
    for (location, port) in [("http://localhost:6379/", 6379), ("//127.0.0.1:22/", 22)] {
        let (page, peer) = redirect_to(location);
        let error = client.follow(&page, &RequestKind::Get, Reach::Private);
        peer.join().unwrap();
        assert!(
            matches!(&error, Err(Error::Fetch { fault: FetchError::Port(found), .. }) if *found == port),
            "{location}: {error:?}"
        );
    }
}

#[test]
fn s6_where_a_link_leads_is_not_asked_inside() {
    let client = |reach| {
        Client::new(ClientOptions {
            timeout: Timeout::Shell,
            reach,
            user_agent: "tb".to_owned(),
        })
    };
    let inside = Url::parse("http://127.0.0.1/").unwrap();
    let asked = client(Reach::Public).follow_redirects(&inside, |_| true, |_| true);
    assert!(
        matches!(
            &asked,
            Err(Error::Fetch {
                fault: FetchError::Address(_),
                ..
            })
        ),
        "{asked:?}"
    );
    // The end itself is not asked: nothing listens there.
    let (page, peer) = redirect_to("http://127.0.0.1:1/end#x");
    let end = |to: &Url| to.as_str() == "http://127.0.0.1:1/end";
    let hops = client(Reach::Private)
        .follow_redirects(&page, end, |_| true)
        .unwrap();
    assert_eq!(hops, Some(vec![page]));
    peer.join().unwrap();
    let (page, peer) = redirect_to("http://127.0.0.1:1/other");
    assert!(
        client(Reach::Private)
            .follow_redirects(&page, end, |_| true)
            .is_err()
    );
    peer.join().unwrap();
}

#[test]
fn a_ping_is_not_sent_again_without_encryption() {
    let ask = RequestKind::Post {
        content_type: "text/plain",
        body: "",
        may_follow: &|to: &Url| to.host_str() == Some("blog.example"),
    };
    let response = |location: &str| {
        Response::builder()
            .status(308)
            .header(header::LOCATION, location)
            .body(Body::builder().data(""))
            .unwrap()
    };
    let from = Url::parse("https://blog.example/tb/1").unwrap();
    let down = redirect(&from, &ask, &response("http://blog.example/tb/1"));
    assert!(matches!(down, Err(FetchError::Moved { status: 308, .. })));
    let same = redirect(&from, &ask, &response("/tb/2#x")).unwrap();
    assert_eq!(same.unwrap().as_str(), "https://blog.example/tb/2");
    let away = redirect(&from, &ask, &response("https://other.example/tb/1"));
    assert!(matches!(away, Err(FetchError::Moved { status: 308, .. })));
    let page = redirect(&from, &RequestKind::Get, &response("http://blog.example/")).unwrap();
    assert_eq!(page.unwrap().as_str(), "http://blog.example/");
}

#[test]
fn c8_a_ping_goes_again_to_the_same_url_in_https_and_to_no_other() {
    let ask = RequestKind::Post {
        content_type: "text/plain",
        body: "",
        may_follow: &|_: &Url| true,
    };
    let led = |from: &str, status: u16, to: &str| {
        let response = Response::builder()
            .status(status)
            .header(header::LOCATION, to)
            .body(Body::builder().data(""))
            .unwrap();
        redirect(&Url::parse(from).unwrap(), &ask, &response)
    };
    let from = "http://blog.example/tb.cgi/1?k=%C3%A9";
    let again = "https://blog.example/tb.cgi/1?k=%C3%A9";
    for status in [301, 302, 307, 308] {
        for to in [
            again,
            &format!("{again}#x"),
            "https://BLOG.example:443/tb.cgi/1?k=%C3%A9",
        ] {
            let to = led(from, status, to).unwrap().unwrap();
            assert_eq!(to.as_str(), again, "{status}");
        }
    }
    for to in [
        "https://blog.example/tb.cgi/1",
        "https://www.blog.example:8443/tb.cgi/1?k=%C3%A9",
        "https://tb.blog.example/tb.cgi/1?k=%C3%A9",
        "https://blog.example/",
        "https://blog.example:8443/tb.cgi/1?k=%C3%A9",
        "https://evil.example/tb.cgi/1?k=%C3%A9",
        "/tb.cgi/2",
        from,
    ] {
        for status in [301, 302, 303] {
            let moved = led(from, status, to);
            assert!(
                matches!(moved, Err(FetchError::Moved { .. })),
                "{status} {to}"
            );
        }
    }
    // 303 asks for a GET, and nothing goes from https to http.
    assert!(matches!(
        led(from, 303, again),
        Err(FetchError::Moved { .. })
    ));
    for status in [301, 302, 303, 307, 308] {
        assert!(matches!(
            led(again, status, from),
            Err(FetchError::Moved { .. })
        ));
    }
    // A server may correct the spelling of the path, which is no other page.
    for (from, to) in [
        ("http://blog.example/tb", "/tb/"),
        ("https://blog.example:8443/tb/?k=1", "/tb?k=1"),
        // Nor is another name of the host one, with encryption or not.
        ("http://t3.example/tb", "http://www.t3.example/tb"),
        ("http://t3.example/tb", "https://www.t3.example/tb"),
        ("http://www.t3.example/tb?k=1", "https://t3.example/tb?k=1"),
        ("https://t3.example/tb", "https://www.t3.example/tb/"),
        ("http://t3.example/tb", "https://t3.example/tb/"),
    ] {
        for status in [301, 302] {
            let to_url = Url::parse(from).unwrap().join(to).unwrap();
            assert_eq!(
                led(from, status, to).unwrap(),
                Some(to_url),
                "{status} {from}"
            );
        }
        assert!(led(from, 303, to).is_err());
        assert!(led(from, 301, from).is_err());
    }
    // A ping URL at a port of its own has no such twin.
    let odd = led("http://blog.example:8080/1", 301, "https://blog.example/1");
    assert!(matches!(odd, Err(FetchError::Moved { .. })));
}

#[test]
fn f9_what_a_response_has_beside_its_body_is_bounded() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n";
    let rows: [(&str, String); 3] = [
        ("4\r\nbody\r\n0\r\n", "X: a\r\n".repeat(8000)),
        ("4\r\nbody\r\n", "1\r\na\r\n".repeat(8000)),
        ("4\r\nbody\r\n0\r\n", "x".repeat(48_000)),
    ];
    for (begin, forever) in rows {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let begin = [head, begin].concat();
        let peer = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            assert!(stream.read(&mut request).unwrap() > 0);
            stream.write_all(begin.as_bytes()).unwrap();
            let mut written = 0;
            while written < 64 << 20 && stream.write_all(forever.as_bytes()).is_ok() {
                written += forever.len();
            }
            written
        });
        let client = Client::new(ClientOptions {
            timeout: Timeout::Within(Duration::from_secs(60)),
            reach: Reach::Private,
            user_agent: "tb".to_owned(),
        });
        let page = client.get(&url);
        let is_bounded = match &page {
            Ok(page) => page.truncated,
            Err(Error::Fetch { fault, .. }) => {
                matches!(fault, FetchError::TooLarge | FetchError::Protocol(_))
            }
            Err(_) => false,
        };
        assert!(is_bounded, "{page:?}");
        // What the sockets hold comes on top.
        assert!(peer.join().unwrap() < 32 << 20);
    }
}
