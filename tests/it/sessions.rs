//! Where the session's cookies go, and which browsers are known.

use std::fs;

use crate::support::http::Reply;
use crate::support::request::Request;
use crate::support::site::{PASSWORD, Site};
use crate::support::visitor::find_form;

/// The `Set-Cookie` headers of a reply.
fn cookies(reply: &Reply) -> Vec<String> {
    let set = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("Set-Cookie")
            .then(|| value.clone())
    };
    reply.headers.iter().filter_map(set).collect()
}

/// A request's cookies: those that were set.
fn back(set: &[String]) -> String {
    let pairs = set.iter().filter_map(|cookie| cookie.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}

/// The login form that a browser with these cookies gets, and the cookies that it has then.
fn form(site: &Site, known: &str) -> (Request, String) {
    let page = site.cgi(&Request::get("__mode=login").header("Cookie", known));
    let all = [known.to_owned(), back(&cookies(&page))];
    let all: Vec<String> = all.into_iter().filter(|part| !part.is_empty()).collect();
    (
        find_form(&page, "do_login")
            .with("password", PASSWORD)
            .request(),
        all.join("; "),
    )
}

fn log_in(site: &Site) -> Reply {
    let (request, known) = form(site, "");
    site.cgi(&request.header("Cookie", &known))
}

#[test]
fn s4_cookies_go_to_the_program_alone_where_it_does_not_lie_at_the_root() {
    for (base_url, prefix, path) in [
        ("https://blog.example/tb.cgi", "__Host-", "/"),
        ("https://blog.example/", "__Host-", "/"),
        (
            "https://blog.example/cgi-bin/tb.cgi",
            "__Secure-",
            "/cgi-bin/tb.cgi",
        ),
        (
            "https://host.example/~alice/tb.cgi",
            "__Secure-",
            "/~alice/tb.cgi",
        ),
        (
            "https://host.example/~alice/cgi-bin/tb.cgi",
            "__Secure-",
            "/~alice/cgi-bin/tb.cgi",
        ),
        (
            "https://host.example/cgi-bin/cgiwrap/alice/tb.cgi",
            "__Secure-",
            "/cgi-bin/cgiwrap/alice/tb.cgi",
        ),
        // The program answers at the folder itself.
        ("https://host.example/~alice/", "__Secure-", "/~alice"),
        ("https://host.example/~alice", "__Secure-", "/~alice"),
        ("https://host.example/%7Ealice/", "__Secure-", "/%7Ealice"),
        ("https://host.example/alice/", "__Secure-", "/alice"),
        // A browser takes the folder of the page where no path is written.
        ("https://host.example/a;b/c/tb.cgi", "__Secure-", ""),
        ("https://host.example/a;b/tb.cgi", "__Secure-", ""),
        ("https://host.example/a;b/", "__Secure-", ""),
        ("http://host.example/~al;ice/tb.cgi", "", ""),
        ("https://host.example/a;b.cgi", "__Host-", "/"),
        (
            "https://host.example/~alice/a;b.cgi",
            "__Secure-",
            "/~alice",
        ),
        ("https://host.example/a/b/c;d/tb.cgi", "__Secure-", "/a/b"),
        ("http://host.example/~alice/tb.cgi", "", "/~alice/tb.cgi"),
        ("http://blog.example/tb.cgi", "", "/"),
    ] {
        let mut site = Site::new();
        site.set_password();
        site.set("base_url", &format!("\"{base_url}\""));
        let reply = log_in(&site).expect(303);
        let set = cookies(&reply);
        assert_eq!(set.len(), 2, "{set:?}");
        for (cookie, word) in set.iter().zip(["tb", "tb-device"]) {
            let parts: Vec<&str> = cookie.split("; ").collect();
            assert!(
                parts[0].starts_with(&format!("{prefix}{word}=")),
                "{base_url}: {cookie}"
            );
            let paths = parts.iter().filter_map(|part| part.strip_prefix("Path="));
            let expected = Some(path).filter(|path| !path.is_empty());
            assert!(paths.eq(expected), "{base_url}: {cookie}");
            assert!(
                parts.contains(&"HttpOnly") && parts.contains(&"SameSite=Strict"),
                "{cookie}"
            );
            assert_eq!(
                parts.contains(&"Secure"),
                base_url.starts_with("https"),
                "{cookie}"
            );
        }
        let inside = Request::get("__mode=moderate").header("Cookie", &back(&set));
        site.cgi(&inside).expect(200);
    }
}

#[test]
fn s5_a_browser_that_has_logged_in_is_not_locked_out_by_others() {
    let mut site = Site::new();
    site.set_password();
    site.set("throttle", "\"on\"");
    let known = back(&cookies(&log_in(&site).expect(303)));
    let device = known
        .split("; ")
        .find(|pair| pair.starts_with("tb-device="))
        .unwrap();
    // Attempts from many networks use up the site's.
    let (request, cookie) = form(&site, "");
    let guess = request.body.clone();
    let guess = String::from_utf8(guess)
        .unwrap()
        .replace("password=", "password=x");
    let attempt = |number: usize, cookie: &str, body: &str| {
        let request = Request::post_bytes(body.as_bytes()).header("Cookie", cookie);
        let address = format!("198.51.{number}.7");
        site.cgi_with(&request, &[], |command| {
            command.env("REMOTE_ADDR", &address);
        })
    };
    // What the site allows comes back with time, one attempt in five seconds: whether an attempt is refused is seen
    // right behind one that was.
    let is_refused_after = |number: usize,
                            (guess_cookie, guess): (&str, &str),
                            (cookie, body): (&str, &str)| {
        (0..5).any(|_| {
            let used_up = (0..80).any(|number| attempt(number, guess_cookie, guess).status == 429);
            assert!(used_up, "80 guesses are too many");
            attempt(number, cookie, body).status == 429
        })
    };
    let (right, other) = form(&site, "");
    let right = String::from_utf8(right.body).unwrap();
    assert!(is_refused_after(200, (&cookie, &guess), (&other, &right)));
    let (right, all) = form(&site, device);
    let right = String::from_utf8(right.body).unwrap();
    attempt(201, &all, &right).expect(303);
    // Whoever has the cookie guesses no faster for it, and nobody makes one up.
    let wrong = right.replace("password=", "password=x");
    let limit = (0..20)
        .map(|_| attempt(202, &all, &wrong))
        .find(|reply| reply.status == 429);
    assert!(limit.is_some());
    let forged = all.replace("tb-device=", "tb-device=0");
    assert!(is_refused_after(203, (&cookie, &guess), (&forged, &right)));
    // Another password, and it is a browser like any other.
    site.tb_with_input(&["passwd"], "another password\n");
    let (request, cookie) = form(&site, "");
    let guess = String::from_utf8(request.body).unwrap();
    let guess = guess.replace("password=", "password=x");
    let (request, all) = form(&site, device);
    let other = String::from_utf8(request.body).unwrap();
    assert!(is_refused_after(204, (&cookie, &guess), (&all, &other)));
}

#[test]
fn the_first_login_after_the_key_was_removed_succeeds() {
    let mut site = Site::new();
    site.set_password();
    let secret = site.data_dir().join(".secret");
    // Removed before the form was asked for, and while it was open.
    for early in [true, false] {
        if early {
            fs::remove_file(&secret).unwrap_or_default();
        }
        let (request, known) = form(&site, "");
        fs::remove_file(&secret).unwrap_or_default();
        let set = cookies(
            &site
                .cgi(&request.clone().header("Cookie", &known))
                .expect(303),
        );
        site.cgi(&Request::get("__mode=moderate").header("Cookie", &back(&set)))
            .expect(200);
        fs::remove_file(&secret).unwrap();
        // What another site's page sends comes without the cookie.
        let (request, _) = form(&site, "");
        assert!(
            site.cgi(&request)
                .expect(403)
                .text()
                .contains("out of date")
        );
    }
}
