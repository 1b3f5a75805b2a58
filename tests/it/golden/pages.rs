//! The pages, as strangers and as the owner see them.

use super::*;
use crate::support::blog::{Blog, Script};
use crate::support::visitor::find_form;

const PAGES: [(&str, &str); 9] = [
    ("landing", ""),
    ("list", "__mode=list&tb_id=cats"),
    ("list.older", "__mode=list&tb_id=cats&before=2"),
    ("list.none", "__mode=list&tb_id=nobody"),
    ("public-list", "__mode=list"),
    ("thread", "__mode=thread&tb_id=cats"),
    ("login", "__mode=login"),
    ("delete", "__mode=delete&tb_id=cats&id=2"),
    ("send-form", "__mode=send_form&tb_id=cats"),
];

/// A site with all that pages show.
fn shown() -> Site {
    let site = furnished();
    name_cats(&site);
    site.tb(&["rebuild"]);
    site
}

#[test]
fn pages_for_strangers() {
    let mut golden = Golden::of("pages/stranger");
    let site = shown();
    for (name, query) in PAGES {
        golden.ask(&site, name, &Request::get(query));
    }
    golden.ask(&site, "bad-id", &Request::get("__mode=list&tb_id=%01"));
    golden.end();
}

#[test]
fn pages_for_the_owner() {
    let mut golden = Golden::of("pages/owner");
    let mut site = shown();
    let cookie = logged_in(&mut site);
    let owners = |request: Request| request.header("Cookie", &cookie);
    for (name, query) in PAGES {
        golden.ask(&site, name, &owners(Request::get(query)));
    }
    for (name, query) in [
        ("moderate", "__mode=moderate"),
        ("moderate.junk", "__mode=moderate&state=junk"),
        ("moderate.published", "__mode=moderate&state=published"),
        ("moderate.deleted", "__mode=moderate&state=deleted"),
        ("moderate.search", "__mode=moderate&q=Title"),
        ("logout", "__mode=logout"),
        ("domains", "__mode=domains"),
        ("bans", "__mode=bans"),
        ("check", "__mode=check"),
        ("backup", "__mode=backup"),
        ("settings", "__mode=settings"),
    ] {
        golden.ask(&site, name, &owners(Request::get(query)));
    }
    let feed = site.tb(&["queue", "--feed"]);
    let (_, query) = feed.trim().split_once('?').expect("a query");
    golden.ask(&site, "queue", &Request::get(query));
    golden.end();
}

#[test]
fn what_the_owners_deeds_answer() {
    let mut golden = Golden::of("pages/deeds");
    let mut site = shown();
    let cookie = logged_in(&mut site);
    let blog = Blog::start_at(
        [127, 0, 31, 1],
        [
            ("/tb", Script::xml("<response><error>0</error></response>")),
            (
                "/no",
                Script::xml(
                    "<response><error>1</error><message>Not &lt;you&gt;</message></response>",
                ),
            ),
        ],
    );
    let page = site.cgi(&Request::get("__mode=send_form").header("Cookie", &cookie));
    let token = find_form(&page, "send_ping")
        .value("token")
        .expect("a token")
        .to_owned();
    let owners = |fields: &[(&str, &str)]| {
        Request::post(&[&[("token", token.as_str())], fields].concat()).header("Cookie", &cookie)
    };
    for (name, path) in [
        ("sent", "/tb"),
        ("not-taken", "/no"),
        ("nobody-there", "/gone"),
    ] {
        let to = blog.url(path);
        let fields = [
            ("__mode", "send_ping"),
            ("ping_url", to.as_str()),
            ("url", "https://blog.example/1"),
            ("title", "A title"),
        ];
        golden.ask(&site, name, &owners(&fields));
    }
    for (name, fields) in [
        (
            "state",
            vec![
                ("__mode", "state"),
                ("tb_id", "cats"),
                ("id", "3"),
                ("to", "published"),
            ],
        ),
        (
            "delete",
            vec![("__mode", "delete"), ("tb_id", "cats"), ("id", "2")],
        ),
        (
            "make-url",
            vec![("__mode", "make_url"), ("tb_id", "cats"), ("days", "7")],
        ),
        ("decide.nothing", vec![("__mode", "decide")]),
        (
            "decide",
            vec![("__mode", "decide"), ("do", "junk"), ("ping", "dogs/1")],
        ),
        ("logout", vec![("__mode", "logout")]),
    ] {
        golden.ask(&site, name, &owners(&fields));
    }
    golden.end();
    let mut golden = Golden::of("log/web");
    golden.see("log", &crate::support::owner_session::own(&site, ".log"));
    golden.end();
}

#[test]
fn the_style_of_all_pages() {
    let mut golden = Golden::of("pages/style");
    let page = Site::new().cgi(&Request::get("")).expect(200);
    let (_, rest) = page.text().split_once("<style>").expect("a style");
    let (style, _) = rest.split_once("</style>").expect("its end");
    golden.see("style.css", &format!("{}\n", style.trim_end()));
    golden.end();
}
