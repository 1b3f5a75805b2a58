//! What becomes of requests to other servers, above all to hostile ones: `tb::internals::fetch` against real
//! peers on 127.0.0.1.

mod heads;
mod limits;
mod uncertain;

use std::net::SocketAddr;
use std::process::Command;
use std::time::Instant;

use rustix::net;
use tb::internals::error::FetchError;
use tb::internals::fetch::{Reach, Timeout};
use url::Url;

use crate::support::blog::{Blog, Script};
use crate::support::fetch::*;

#[test]
fn a_page_is_fetched_with_a_contact_and_without_anything_that_identifies_a_reader() {
    let blog = Blog::start([("/a", Script::html("<p>hello"))]);
    let page = get(&blog, "/a?b=c#d").unwrap();
    assert_eq!((page.status, page.truncated), (200, false));
    assert_eq!(page.body, b"<p>hello");
    assert_eq!(page.content_type.unwrap(), "text/html; charset=utf-8");
    assert_eq!(page.url.as_str(), blog.url("/a?b=c"));
    let [request] = &blog.requests()[..] else {
        panic!("one request")
    };
    assert_eq!((&*request.method, &*request.target), ("GET", "/a?b=c"));
    let agent = "tb/1 (+https://blog.example/)X-Evil: 1";
    assert_eq!(request.header("user-agent").unwrap(), agent);
    assert_eq!(request.header("accept-encoding").unwrap(), "identity");
    for name in ["cookie", "referer", "authorization", "x-evil"] {
        assert_eq!(request.header(name), None);
    }
}

#[test]
fn a_ping_is_posted_as_a_form() {
    let blog = Blog::start([("/tb", Script::xml("<response><error>0</error></response>"))]);
    let url = url(&blog.url("/tb?tb_id=1"));
    let body = "title=a%26b&url=https%3A%2F%2Fx.example%2F";
    let reply = laboratory().post_form(&url, FORM, body, |_| true).unwrap();
    assert_eq!(reply.body, b"<response><error>0</error></response>");
    let [request] = &blog.requests()[..] else {
        panic!("one request")
    };
    assert_eq!(
        (&*request.method, &*request.target),
        ("POST", "/tb?tb_id=1")
    );
    assert_eq!(request.header("content-type").unwrap(), FORM);
    assert_eq!(request.body, body.as_bytes());
}

#[test]
fn an_error_status_to_a_ping_keeps_its_message_and_to_a_page_is_a_failure() {
    let error = Script::Respond {
        status: 403,
        headers: Vec::new(),
        body: b"<response><error>1</error><message>no</message></response>".to_vec(),
    };
    let blog = Blog::start([("/tb", error), ("/empty", Script::ok("text/xml", b""))]);
    let reply = post(&blog, "/tb").unwrap();
    assert_eq!(reply.status, 403);
    assert!(String::from_utf8(reply.body).unwrap().contains("no"));
    assert!(matches!(get(&blog, "/tb"), Err(FetchError::Status(403))));
    assert!(matches!(get(&blog, "/none"), Err(FetchError::Status(404))));
    assert_eq!(post(&blog, "/empty").unwrap().body, b"");
}

#[test]
fn s6_no_address_inside_is_dialled_however_it_is_written() {
    let public = client(Timeout::Shell, Reach::Public);
    for inside in [
        "http://127.0.0.1/",
        "http://[::ffff:7f00:1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]:8080/",
        "https://10.0.0.1/",
        // A name that stands for an address inside.
        "http://localhost/",
        "https://localhost:8443/",
        "http://LOCALHOST/",
    ] {
        for result in [
            public.get(&url(inside)),
            public.post_form(&url(inside), FORM, "", |_| true),
        ] {
            let fault = fault_of(result);
            assert!(
                matches!(fault, Err(FetchError::Address(_))),
                "{inside}: {fault:?}"
            );
        }
    }
    let blog = Blog::start([("/", Script::html("inside"))]);
    let port = blog.address().port();
    let fault = fault_of(public.get(&url(&blog.url("/"))));
    assert!(
        matches!(fault, Err(FetchError::Port(found)) if found == port),
        "{fault:?}"
    );
    assert!(blog.requests().is_empty());
}

#[test]
fn s6_only_web_urls_are_dialled_even_in_a_laboratory() {
    for odd in [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://a@127.0.0.1/",
    ] {
        let fault = fault_of(laboratory().get(&url(odd)));
        assert!(matches!(fault, Err(FetchError::BadUrl)), "{odd}: {fault:?}");
    }
    let blog = Blog::start([("/", Script::redirect(302, "file:///etc/passwd"))]);
    assert!(matches!(get(&blog, "/"), Err(FetchError::BadUrl)));
    blog.play("/", Script::redirect(302, "javascript:alert(1)"));
    assert!(matches!(get(&blog, "/"), Err(FetchError::BadUrl)));
    let address = blog.address();
    blog.play(
        "/",
        Script::redirect(302, &format!("http://a:b@{address}/")),
    );
    assert!(matches!(get(&blog, "/"), Err(FetchError::BadUrl)));
}

/// Runs itself again with a proxy in the environment, as nginx with fcgiwrap sets it from a header.
#[test]
fn s6_no_proxy_of_the_environment_is_obeyed() {
    const PAGE: &str = "TB_TEST_PAGE";
    if let Ok(page) = std::env::var(PAGE) {
        assert_eq!(laboratory().get(&url(&page)).unwrap().body, b"direct");
        return;
    }
    let blog = Blog::start([("/page", Script::html("direct"))]);
    let proxy = Blog::start([("/page", Script::html("by proxy"))]);
    let mut again = Command::new(std::env::current_exe().unwrap());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        again.env(name, proxy.url(""));
        again.env(name.to_ascii_lowercase(), proxy.url(""));
    }
    let output = again
        .args(["--exact", "fetch::s6_no_proxy_of_the_environment_is_obeyed"])
        .env(PAGE, blog.url("/page"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(blog.requests().len(), 1);
    assert!(proxy.requests().is_empty());
}

#[test]
fn a_page_is_followed_through_at_most_five_redirects() {
    let blog = Blog::start([("/6", Script::html("end"))]);
    for (hop, status) in [301, 302, 303, 307, 308].into_iter().enumerate() {
        let next = format!("{}?from={hop}#x", hop + 2);
        blog.play(&format!("/{}", hop + 1), Script::redirect(status, &next));
    }
    blog.play("/0", Script::redirect(302, &blog.url("/1")));
    let page = get(&blog, "/1").unwrap();
    assert_eq!(page.body, b"end");
    assert_eq!(page.url.as_str(), blog.url("/6?from=4"));
    let hops = page.redirects.iter().map(Url::to_string);
    let asked = ["/1", "/2?from=0", "/3?from=1", "/4?from=2", "/5?from=3"];
    assert!(hops.eq(asked.map(|path| blog.url(path))));
    assert!(matches!(
        get(&blog, "/0"),
        Err(FetchError::TooManyRedirects)
    ));

    let loops = Blog::start([("/", Script::redirect(301, "/"))]);
    assert!(matches!(
        get(&loops, "/"),
        Err(FetchError::TooManyRedirects)
    ));
    assert_eq!(loops.requests().len(), 6);
}

#[test]
fn a_page_that_wants_its_cookie_back_is_said_to() {
    let again = |location: &str| Script::Respond {
        status: 302,
        headers: vec![
            ("Set-Cookie".to_owned(), "seen=1".to_owned()),
            ("Location".to_owned(), location.to_owned()),
        ],
        body: Vec::new(),
    };
    let blog = Blog::start([
        ("/self", again("/self")),
        ("/wall", again("/back")),
        ("/back", Script::redirect(302, "/wall")),
        ("/once", again("/end")),
        ("/end", Script::html("end")),
    ]);
    for (path, asked) in [("/self", 1), ("/wall", 3)] {
        let fault = get(&blog, path).unwrap_err();
        assert!(matches!(fault, FetchError::CookieLoop), "{fault:?}");
        assert!(fault.to_string().contains("cookies"));
        assert_eq!(blog.requests().len(), asked);
    }
    assert_eq!(get(&blog, "/once").unwrap().body, b"end");
}

#[test]
fn whatever_a_server_offers_is_accepted() {
    let blog = Blog::start([("/", Script::html("x"))]);
    get(&blog, "/").unwrap();
    post(&blog, "/").unwrap();
    let accepted = blog.requests().into_iter();
    let accepted: Vec<_> = accepted
        .map(|request| request.header("accept").unwrap().to_owned())
        .collect();
    assert!(accepted[0].starts_with("text/html") && accepted[0].contains("*/*"));
    assert_eq!(accepted[1], "*/*");
}

#[test]
fn a_coding_that_was_not_applied_is_ignored() {
    let blog = Blog::start([]);
    for coding in ["br", "zstd", "compress", "br, gzip"] {
        let head = format!("Content-Encoding: {coding}\r\n");
        let reply = "<response><error>0</error></response>";
        blog.play("/", raw(&head, reply.as_bytes()));
        for page in [get(&blog, "/"), post(&blog, "/")] {
            let page = page.unwrap();
            assert_eq!((&*page.body, page.other_type), (reply.as_bytes(), None));
        }
        blog.play("/", raw(&head, b"\x0b\x02\x80<p>x</p>\x03"));
        assert!(matches!(get(&blog, "/"), Err(FetchError::NotText(_))));
        assert!(post(&blog, "/").unwrap().other_type.is_some());
    }
}

#[test]
fn a_redirect_to_nowhere_is_a_failure() {
    let blog = Blog::start([("/", Script::status(302))]);
    assert!(matches!(get(&blog, "/"), Err(FetchError::Status(302))));
    for location in ["http://", "http://[::1", "http://a b/", "\u{1}:\u{7f}//"] {
        blog.play("/", Script::redirect(302, location));
        let fault = get(&blog, "/");
        assert!(
            matches!(
                fault,
                Err(FetchError::Status(302) | FetchError::Protocol(_))
            ),
            "{location:?}: {fault:?}"
        );
    }
    blog.play(
        "/",
        Script::Raw(b"HTTP/1.1 302 F\r\nLocation: /\xFF\xFE\r\n\r\n".to_vec()),
    );
    assert!(matches!(get(&blog, "/"), Err(FetchError::Status(302))));
    blog.play("/", Script::status(304));
    assert!(matches!(get(&blog, "/"), Err(FetchError::Status(304))));
}

#[test]
fn a_ping_is_posted_again_on_307_and_308_only() {
    for status in [307, 308] {
        let blog = Blog::start([
            ("/old", Script::redirect(status, "/new?id=1")),
            ("/new", Script::xml("<response/>")),
        ]);
        let reply = post(&blog, "/old").unwrap();
        assert_eq!(reply.url.as_str(), blog.url("/new?id=1"));
        let requests = blog.requests();
        assert_eq!(requests.len(), 2);
        for request in requests {
            assert_eq!(request.method, "POST");
            assert_eq!(request.header("content-type").unwrap(), FORM);
            assert_eq!(request.body, b"url=x");
        }
    }
    for moved in [301, 302, 303] {
        let blog = Blog::start([
            ("/old", Script::redirect(moved, "/new?id=1")),
            ("/new", Script::xml("<response/>")),
        ]);
        let fault = post(&blog, "/old");
        assert!(
            matches!(&fault, Err(FetchError::Moved { status, to }) if *status == moved && *to == blog.url("/new?id=1")),
            "{fault:?}"
        );
        assert_eq!(blog.requests().len(), 1);
    }
    let blog = Blog::start([("/", Script::redirect(301, "javascript:alert(1)"))]);
    assert!(matches!(post(&blog, "/"), Err(FetchError::Status(301))));
    let loops = Blog::start([("/", Script::redirect(308, "/"))]);
    assert!(matches!(
        post(&loops, "/"),
        Err(FetchError::TooManyRedirects)
    ));
    assert_eq!(loops.requests().len(), 6);
}

#[test]
fn nobody_there_is_no_connection_and_no_such_name_has_no_address() {
    // A port that is taken and that nobody listens at: a free one may be another test's a moment later.
    let socket = net::socket(net::AddressFamily::INET, net::SocketType::STREAM, None).unwrap();
    net::bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let taken = SocketAddr::try_from(net::getsockname(&socket).unwrap()).unwrap();
    let gone = url(&format!("http://{taken}/"));
    assert!(matches!(
        fault_of(laboratory().get(&gone)),
        Err(FetchError::Connect(_))
    ));
    // Longer than a label can be, so that no name server needs to be asked.
    let unknown = format!("http://{}.example/", "x".repeat(64));
    let fault = fault_of(laboratory().get(&url(&unknown)));
    assert!(matches!(fault, Err(FetchError::Resolve)), "{fault:?}");
}

#[test]
fn s3_an_error_repeats_no_secret_and_no_control_characters() {
    let hostile = "text\u{1b}]0;x\u{7}/\u{202e}evil ";
    let blog = Blog::start([
        ("/a", Script::ok(hostile, b"")),
        ("/b", Script::status(500)),
    ]);
    let error = laboratory()
        .get(&url(&blog.url("/b?token=secret#s")))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("`{}`: HTTP error: 500", blog.url("/b"))
    );
    let long = blog.url(&format!("/{}", "x".repeat(2000)));
    let error = laboratory().get(&url(&long)).unwrap_err();
    assert!(error.to_string().len() < 500);
    for fault in [get(&blog, "/a"), post(&blog, "/a")] {
        let shown = match fault {
            Ok(page) => page.content_type.unwrap(),
            Err(fault) => fault.to_string(),
        };
        assert!(
            !shown.contains(|c: char| c.is_control() || c == '\u{202e}'),
            "{shown:?}"
        );
    }
}

#[test]
fn a_server_without_tls_is_a_tls_failure() {
    let blog = Blog::start([]);
    let https = blog.url("/").replace("http://", "https://");
    let fault = fault_of(laboratory().get(&url(&https)));
    assert!(matches!(fault, Err(FetchError::Tls(_))), "{fault:?}");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let https = format!("https://{}/", silent.local_addr().unwrap());
    let begin = Instant::now();
    let hasty = client(Timeout::Within(SOON), Reach::Private);
    assert!(matches!(
        fault_of(hasty.get(&url(&https))),
        Err(FetchError::Timeout)
    ));
    assert!(begin.elapsed() < LATE);
}
