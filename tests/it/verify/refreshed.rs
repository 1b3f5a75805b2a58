//! Pages that send their readers to another one without a redirect.

use super::pages::judge;
use super::*;

#[test]
fn a_page_that_sends_its_readers_to_another_one_is_a_redirect_and_its_own_link_is_unseen() {
    let link = format!("<title>A title</title><p>x <a href='{SITE}cats'>cats</a>");
    let elsewhere = Blog::start_at([127, 0, 12, 2], []);
    elsewhere.play("/linked", Script::html(&link));
    elsewhere.play("/pills", Script::html("pills"));
    elsewhere.play(
        "/loop",
        Script::By(|request| {
            let next = request.target.replace("/loop", "/loop?x");
            Script::html(&format!("<meta http-equiv=refresh content='0;url={next}'>"))
        }),
    );
    let to = |path: &str, delay: u32| {
        let url = elsewhere.url(path);
        format!("<meta http-equiv=Refresh content='{delay}; URL={url}'>")
    };
    let by_header = |path: &str, body: &str| {
        let Script::Respond {
            mut headers, body, ..
        } = Script::html(body)
        else {
            panic!("not a page");
        };
        headers.push((
            "Refresh".to_owned(),
            format!("0;url={}", elsewhere.url(path)),
        ));
        Script::Respond {
            status: 200,
            headers,
            body,
        }
    };
    let html = |before: String, text: &str| Script::html(&format!("{before}{text}"));
    judge(
        "verified",
        |_| {},
        vec![
            ("/", html(to("/pills", 0), &link), "held hidden-link"),
            ("/", html(to("/pills", 600), &link), "held hidden-link"),
            (
                "/",
                Script::html(&format!("{link}{}", to("/pills", 0))),
                "held hidden-link",
            ),
            ("/", by_header("/pills", &link), "held hidden-link"),
            ("/", html(to("/linked", 0), "moved"), "published verified"),
            ("/", by_header("/linked", "moved"), "published verified"),
            ("/", html(to("/linked", 600), "moved"), "junk no-link"),
            ("/", html(to("/pills", 0), "moved"), "junk no-link"),
            (
                "/",
                html(to("/none", 0), "moved"),
                "held unreachable: HTTP error: 404",
            ),
            (
                "/",
                html(to("/loop", 0), "moved"),
                "held unreachable: more than 5 redirects",
            ),
            (
                "/",
                html("<meta http-equiv=refresh content=60>".to_owned(), &link),
                "published verified",
            ),
            (
                "/",
                html(format!("<noscript>{}</noscript>", to("/pills", 0)), &link),
                "published verified",
            ),
        ],
    );
    // Whose page it is that is published, is asked of each that was requested.
    let site = site("known");
    site.tb(&["domains", "add", "127.0.12.3"]);
    let friend = Blog::start_at([127, 0, 12, 3], []);
    friend.play("/", html(to("/linked", 0), "moved"));
    ping(&site, "cats", &friend.url("/"));
    look(&site);
    assert_eq!(state(&site, "cats", 1), "held unknown-domain: 127.0.12.2");
}
