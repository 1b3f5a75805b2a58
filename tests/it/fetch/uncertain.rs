//! Whether a ping that failed may have arrived: never sent, answered, or unknown.

use std::io::Read;
use std::net::TcpListener;
use std::thread;

use tb::internals::error::FetchError;
use tb::internals::fetch::{Reach, Timeout};

use crate::support::blog::{Blog, Script};
use crate::support::fetch::{FORM, SOON, arrived, client, fault_of, laboratory, post, raw, url};

/// Posts to a peer that takes one connection and does this with it.
fn posted(scheme: &str, peer: fn(std::net::TcpStream)) -> FetchError {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = url(&format!("{scheme}://{}/tb", listener.local_addr().unwrap()));
    let peer = thread::spawn(move || peer(listener.accept().unwrap().0));
    let hasty = client(Timeout::Within(SOON), Reach::Private);
    let fault = fault_of(hasty.post_form(&at, FORM, "url=x", |_| true)).unwrap_err();
    peer.join().unwrap();
    fault
}

/// Reads to the end, so that closing is no reset.
fn to_the_end(mut stream: std::net::TcpStream) {
    let mut bytes = Vec::new();
    drop(stream.read_to_end(&mut bytes));
}

#[test]
fn c9_what_was_not_sent_is_not_uncertain() {
    // Over TLS nothing of the request is sent before the handshake has ended, whatever ends it.
    for peer in [
        drop::<std::net::TcpStream> as fn(_),
        to_the_end,
        |mut stream| {
            let mut hello = [0; 2000];
            assert!(stream.read(&mut hello).unwrap() > 0);
        },
    ] {
        let fault = posted("https", peer);
        assert!(
            matches!(
                fault,
                FetchError::Tls(_)
                    | FetchError::Timeout
                    | FetchError::Protocol(_)
                    | FetchError::Connect(_)
            ),
            "{fault:?}"
        );
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap();
    drop(taken);
    for gone in [format!("http://{at}/"), format!("https://{at}/")] {
        let fault = fault_of(laboratory().post_form(&url(&gone), FORM, "url=x", |_| true));
        assert!(matches!(fault, Err(FetchError::Connect(_))), "{fault:?}");
    }
    for never in ["http://no-such-host.invalid/", "ftp://a.example/"] {
        let fault = fault_of(laboratory().post_form(&url(never), FORM, "url=x", |_| true));
        assert!(
            matches!(fault, Err(FetchError::Resolve | FetchError::BadUrl)),
            "{fault:?}"
        );
    }
}

#[test]
fn c9_what_was_sent_and_not_answered_is_uncertain() {
    for peer in [to_the_end as fn(_), |mut stream: std::net::TcpStream| {
        let mut request = [0; 2000];
        assert!(stream.read(&mut request).unwrap() > 0);
    }] {
        let fault = arrived(posted("http", peer));
        assert!(
            matches!(fault, FetchError::Timeout | FetchError::Protocol(_)),
            "{fault:?}"
        );
    }
    let blog = Blog::start([
        ("/huge", raw(&format!("X: {}\r\n", "x".repeat(40_000)), b"")),
        ("/short", raw("Content-Length: 9\r\n", b"x")),
        ("/reset", Script::CutOff(b"HTTP/1.1 2".to_vec())),
    ]);
    for path in ["/huge", "/short", "/reset"] {
        let fault = arrived(post(&blog, path).unwrap_err());
        assert!(
            matches!(fault, FetchError::TooLarge | FetchError::Protocol(_)),
            "{path}: {fault:?}"
        );
        assert!(
            FetchError::Uncertain(Box::new(fault))
                .to_string()
                .contains("without a clear reply")
        );
    }
}

#[test]
fn c9_an_answer_is_not_uncertain() {
    let blog = Blog::start([
        ("/303", Script::redirect(303, "/x")),
        ("/300", Script::status(304)),
        ("/loop", Script::redirect(308, "/loop")),
        ("/gone", Script::redirect(307, "http://127.0.0.1:1/")),
        (
            "/packed",
            Script::Raw(b"HTTP/1.1 500 No\r\nContent-Encoding: br\r\n\r\nx".to_vec()),
        ),
    ]);
    for path in ["/303", "/loop", "/gone"] {
        let fault = post(&blog, path).unwrap_err();
        assert!(
            !matches!(fault, FetchError::Uncertain(_)),
            "{path}: {fault:?}"
        );
    }
    assert_eq!(post(&blog, "/300").unwrap().status, 304);
    // The status counts though nobody can read the body.
    assert_eq!(post(&blog, "/packed").unwrap().status, 500);
}
