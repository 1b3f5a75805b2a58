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
    let client = Client::new(Outward {
        patience: Patience::Shell,
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
        let error = client.follow(&page, &Ask::Get, Reach::Private);
        peer.join().unwrap();
        assert!(
            matches!(&error, Err(Error::Fetch { fault: Fault::Address(_), url }) if *url != page.as_str()),
            "{location}: {error:?}"
        );
    }
    for (location, port) in [("http://localhost:6379/", 6379), ("//127.0.0.1:22/", 22)] {
        let (page, peer) = redirect_to(location);
        let error = client.follow(&page, &Ask::Get, Reach::Private);
        peer.join().unwrap();
        assert!(
            matches!(&error, Err(Error::Fetch { fault: Fault::Port(found), .. }) if *found == port),
            "{location}: {error:?}"
        );
    }
}

#[test]
fn s6_where_a_link_leads_is_not_asked_inside() {
    let client = |reach| {
        Client::new(Outward {
            patience: Patience::Shell,
            reach,
            user_agent: "tb".to_owned(),
        })
    };
    let inside = Url::parse("http://127.0.0.1/").unwrap();
    let asked = client(Reach::Public).leads(&inside, |_| true);
    assert!(
        matches!(
            &asked,
            Err(Error::Fetch {
                fault: Fault::Address(_),
                ..
            })
        ),
        "{asked:?}"
    );
    // The end itself is not asked: nothing listens there.
    let (page, peer) = redirect_to("http://127.0.0.1:1/end#x");
    let end = |to: &Url| to.as_str() == "http://127.0.0.1:1/end";
    let hops = client(Reach::Private).leads(&page, end).unwrap();
    assert_eq!(hops, Some(vec![page]));
    peer.join().unwrap();
    let (page, peer) = redirect_to("http://127.0.0.1:1/other");
    assert!(client(Reach::Private).leads(&page, end).is_err());
    peer.join().unwrap();
}

#[test]
fn a_ping_is_not_sent_again_without_encryption() {
    let ask = Ask::Post {
        content_type: "text/plain",
        body: "",
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
    assert!(matches!(down, Err(Fault::Moved { status: 308, .. })));
    let same = redirect(&from, &ask, &response("/tb/2#x")).unwrap();
    assert_eq!(same.unwrap().as_str(), "https://blog.example/tb/2");
    let page = redirect(&from, &Ask::Get, &response("http://blog.example/")).unwrap();
    assert_eq!(page.unwrap().as_str(), "http://blog.example/");
}
