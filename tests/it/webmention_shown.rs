//! How webmentions are shown: replies and mentions in full, likes and other reactions in one line.

use crate::support::blog::{Blog, Script};
use crate::support::request::Request;
use crate::support::scenario::log_in;
use crate::support::site::{PASSWORD, Site};
use crate::support::verification::{look, peer};
use crate::support::write;
use crate::webmention::{accepted, receiver, target};

/// A peer whose page responds to the target with this property, by an author.
fn response(last: u8, class: &str, (author, more): (&str, &str)) -> Blog {
    peer(
        last,
        Script::html(&format!(
            "<div class=h-entry><a class='p-author h-card' href='/'>{author}</a>
            <a class='{class}' href='{}'>this</a>{more}<p class=e-content>My words {last}.</p></div>",
            target()
        )),
    )
}

/// A site with a reply, two likes and an RSVP, all published.
fn site_with(reactions: Option<&str>) -> Site {
    let mut site = receiver("verified");
    if let Some(reactions) = reactions {
        site.set("reactions", &format!("\"{reactions}\""));
    }
    site.set("throttle", "\"off\"");
    let rsvp = ("Dan", "<data class=p-rsvp value=no></data>");
    let peers = [
        response(201, "u-like-of", ("Ann", "")),
        response(202, "u-in-reply-to", ("Bob", "")),
        response(203, "u-like-of", ("Cay", "")),
        response(204, "u-in-reply-to", rsvp),
    ];
    for peer in &peers {
        accepted(&|request| site.cgi(request), &peer.url("/"), &target());
    }
    look(&site);
    site
}

fn answer(site: &Site, query: &str) -> String {
    site.cgi(&Request::get(query)).expect(200).text().to_owned()
}

const LIKES: &str =
    "2 likes: \u{2068}Cay\u{2069} (127.0.10.203), \u{2068}Ann\u{2069} (127.0.10.201)";
const RSVP: &str = "1 RSVP: \u{2068}Dan\u{2069} (127.0.10.204): no";

#[test]
fn reactions_share_a_line_with_the_host_that_was_checked_beside_each_name() {
    let site = site_with(None);
    for mode in ["list", "html"] {
        let page = answer(&site, &format!("__mode={mode}&tb_id=cats"));
        assert!(page.contains(LIKES) && page.contains(RSVP), "{page}");
        assert!(
            page.contains("My words 202.") && page.contains("(127.0.10.202)"),
            "{page}"
        );
        assert!(
            !page.contains("My words 201.") && !page.contains("My words 204."),
            "{page}"
        );
    }
    assert!(answer(&site, "__mode=list&tb_id=cats").contains("· reply"));
    let start = answer(&site, "");
    assert!(
        start.contains("My words 202.") && !start.contains("My words 201."),
        "{start}"
    );
}

#[test]
fn feeds_have_replies_and_mentions_and_on_request_all() {
    let site = site_with(None);
    for mode in ["rss", "rss2", "atom", "json"] {
        let feed = answer(&site, &format!("__mode={mode}&tb_id=cats"));
        assert!(
            feed.contains("My words 202.") && !feed.contains("My words 201."),
            "{feed}"
        );
    }
    for place in ["&tb_id=cats", ""] {
        for mode in ["rss2", "atom", "json"] {
            let feed = answer(&site, &format!("__mode={mode}{place}&kinds=all"));
            for number in 201..=204 {
                assert!(feed.contains(&format!("My words {number}.")), "{feed}");
            }
            let some = answer(&site, &format!("__mode={mode}{place}"));
            assert!(!some.contains("My words 201."), "{some}");
        }
    }
    let feed = answer(&site, "__mode=json&tb_id=cats");
    let feed: serde_json::Value = serde_json::from_str(&feed).unwrap();
    assert_eq!(feed["_reactions"], serde_json::json!([LIKES, RSVP]));
}

#[test]
fn reactions_are_counted_or_left_out_as_the_key_says() {
    for (value, likes) in [("count", "2 likes"), ("off", "")] {
        let site = site_with(Some(value));
        for query in [
            "__mode=list&tb_id=cats",
            "__mode=html&tb_id=cats",
            "__mode=json&tb_id=cats",
            "__mode=json&tb_id=cats&kinds=all",
            "__mode=atom&kinds=all",
            "__mode=rss2&tb_id=cats&kinds=all",
            "",
        ] {
            let page = answer(&site, query);
            assert!(page.contains("My words 202."), "{page}");
            for hidden in ["Ann", "Cay", "127.0.10.201", "My words 203."] {
                assert!(!page.contains(hidden), "{value} {query} {hidden}: {page}");
            }
        }
        let list = answer(&site, "__mode=list&tb_id=cats");
        assert!(
            list.contains(likes) && list.contains(" like") != likes.is_empty(),
            "{list}"
        );
    }
    let mut wrong = receiver("verified");
    wrong.set("reactions", "\"some\"");
    let (reply, said) = wrong.cgi_and_log(&Request::get("__mode=list&tb_id=cats"), |_| {});
    assert_eq!(reply.status, 500);
    assert!(
        said.contains("`reactions` must be `names` or `count` or `off`"),
        "{said}"
    );
}

#[test]
fn published_pings_are_counted_by_kind() {
    let site = site_with(None);
    site.tb(&["junk", "cats", "3"]);
    let counts = |more: &str| {
        let query = format!("__mode=count&tb_id=cats&tb_id=none&tb_id=..{more}");
        serde_json::from_str::<serde_json::Value>(&answer(&site, &query)).unwrap()
    };
    assert_eq!(
        counts(""),
        serde_json::json!({"cats": 3, "none": 0, "..": 0})
    );
    let none = serde_json::json!({"count": 0, "kinds": {}});
    let cats = serde_json::json!({"count": 3, "kinds": {"like": 1, "reply": 1, "rsvp": 1}});
    let all = serde_json::json!({"cats": cats, "none": none, "..": none});
    assert_eq!(counts("&kinds=all"), all);
    let site = site_with(Some("off"));
    let reply = answer(&site, "__mode=count&tb_id=cats&kinds=all");
    assert_eq!(reply.trim(), r#"{"cats":{"count":4,"kinds":{"reply":1}}}"#);
}

/// The line of a published ping.
fn line(number: usize, via: &str, kind: &str) -> String {
    format!(
        "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-20T05:00:00Z\",\
        \"url\":\"https://a{number}.example/\",\"title\":\"t{number}\",\"blog_name\":\"n{number}\",\
        \"state\":\"published\",\"via\":\"{via}\"{kind}}}\n"
    )
}

#[test]
fn pings_are_shown_although_many_reactions_are_newer() {
    let site = receiver("verified");
    let mut lines = line(1, "trackback", ",\"kind\":\"like\"");
    for number in 2..60 {
        lines += &line(number, "webmention", ",\"kind\":\"like\"");
    }
    write(&site.data_dir().join("cats.jsonl"), &lines);
    for mode in ["rss", "rss2", "atom", "json", "html", "list"] {
        let feed = answer(&site, &format!("__mode={mode}&tb_id=cats"));
        assert!(feed.contains(">t1<") || feed.contains("\"t1\""), "{feed}");
        assert!(
            !feed.contains(">t59<") && !feed.contains("\"t59\""),
            "{feed}"
        );
    }
    let fragment = answer(&site, "__mode=html&tb_id=cats");
    assert!(
        fragment.contains("58 likes: \u{2068}n59\u{2069} (a59.example), "),
        "{fragment}"
    );
    assert!(fragment.contains(" and 38 more<"), "{fragment}");
}

#[test]
fn all_reactions_stand_once_on_the_first_page_of_the_list_whatever_is_newer() {
    let mut site = receiver("verified");
    // Between and before 120 pings; a hand has written a kind that is none, and one that only this version knows.
    let mut lines = line(1, "webmention", ",\"kind\":\"like\"")
        + &line(2, "webmention", ",\"kind\":\"rsvp-no\"");
    for number in 3..123 {
        let kind = match number {
            5 => ",\"kind\":7",
            6 => ",\"kind\":\"wow\"",
            _ => "",
        };
        lines += &line(number, "trackback", kind);
    }
    lines += &line(123, "webmention", ",\"kind\":\"like\"");
    lines += &line(124, "pingback", ",\"kind\":\"like\"").replace("published", "junk");
    lines += "{\"op\":\"state\",\"id\":50,\"to\":\"held\",\"time\":\"2026-11-20T05:00:00Z\"}\n";
    write(&site.data_dir().join("cats.jsonl"), &lines);
    let first = answer(&site, "__mode=list&tb_id=cats");
    let likes = "2 likes: \u{2068}n123\u{2069} (a123.example), \u{2068}n1\u{2069} (a1.example)<";
    assert!(
        first.contains(likes) && first.contains("1 RSVP: "),
        "{first}"
    );
    assert!(first.contains(">122 pings<"), "{first}");
    assert_eq!(first.matches("class=\"ping\"").count(), 50);
    let mut shown = 50;
    let mut before = 73;
    while answer(&site, &format!("__mode=list&tb_id=cats&before={before}"))
        .contains("class=\"ping\"")
    {
        let page = answer(&site, &format!("__mode=list&tb_id=cats&before={before}"));
        assert!(!page.contains(" like") && !page.contains("RSVP"), "{page}");
        shown += page.matches("class=\"ping\"").count();
        let last = page.rsplit("id=\"ping-").next().unwrap();
        before = last.split('"').next().unwrap().parse().unwrap();
    }
    assert_eq!(shown, 119);
    // The feeds, which name fewer pings, say the same.
    let fragment = answer(&site, "__mode=html&tb_id=cats");
    assert!(
        fragment.contains(likes) && !fragment.contains(">t100<"),
        "{fragment}"
    );
    // The static feed too.
    site.set("static", "[\"json\", \"html\"]");
    site.tb(&["approve", "cats", "50"]);
    for name in ["cats.json", "cats.html"] {
        let text = std::fs::read_to_string(site.rss_dir().join(name)).unwrap();
        assert!(text.contains("2 likes: "), "{name}: {text}");
    }
    site.set("reactions", "\"count\"");
    assert!(answer(&site, "__mode=list&tb_id=cats").contains(">2 likes<"));
    site.set("reactions", "\"off\"");
    let page = answer(&site, "__mode=list&tb_id=cats");
    assert!(
        !page.contains(" like") && page.contains("class=\"ping\""),
        "{page}"
    );
}

#[test]
fn hostile_names_and_urls_of_authors_are_text_and_no_link_or_picture() {
    let mut site = receiver("verified");
    site.set("throttle", "\"off\"");
    site.set_password();
    let name = "&lt;script&gt;alert(1)&lt;/script&gt;\u{202E}&amp;quot; onload=x";
    let author = format!("{name}<img class=u-photo src='https://tracker.example/me.png'>");
    let page = |class: &str| {
        format!(
            "<div class=h-entry><div class='p-author h-card'><a class=u-url href='javascript:alert(2)'>x</a>
            <span class=p-name>{author}</span></div><a class=u-url href='data:text/html,x'></a>
            <a class='{class}' href='{}'>this</a><p class=e-content>&lt;b onclick=y&gt;</p></div>",
            target()
        )
    };
    let peers = [(206, "u-like-of"), (207, "u-in-reply-to")];
    let peers = peers.map(|(last, class)| peer(last, Script::html(&page(class))));
    for peer in &peers {
        accepted(&|request| site.cgi(request), &peer.url("/"), &target());
    }
    look(&site);
    let owner = log_in(&site, PASSWORD).unwrap();
    let mut pages = vec![];
    for query in [
        "__mode=list&tb_id=cats",
        "__mode=html&tb_id=cats",
        "",
        "__mode=json&tb_id=cats",
    ] {
        pages.push(answer(&site, query));
    }
    for query in [
        "__mode=atom&kinds=all",
        "__mode=rss2&kinds=all",
        "__mode=json&kinds=all",
    ] {
        pages.push(answer(&site, query));
    }
    let get = Request::get("__mode=moderate&state=published").header("Cookie", &owner);
    pages.push(site.cgi(&get).expect(200).text().to_owned());
    for page in pages {
        assert!(page.contains("alert(1)"), "{page}");
        for bad in [
            "<script>alert",
            "<b onclick",
            "javascript:",
            "data:text",
            "<img",
            "\"https://tracker.example",
            "\u{202E}",
            "\" onload",
        ] {
            assert!(!page.contains(bad), "{bad}: {page}");
        }
    }
}

#[test]
fn the_owner_sees_the_kind_of_each_and_reads_all_on_the_command_line() {
    let mut site = site_with(Some("off"));
    site.set_password();
    let owner = log_in(&site, PASSWORD).unwrap();
    for (query, kinds, ann) in [
        (
            "__mode=list&tb_id=cats",
            ["· like", "· rsvp", "· reply"],
            "Ann</bdi> (127.0.10.201)",
        ),
        (
            "__mode=moderate&state=published",
            ["like ·", "rsvp ·", "reply ·"],
            "Ann</bdi> · 127.0.10.201 ·",
        ),
    ] {
        let page = site.cgi(&Request::get(query).header("Cookie", &owner));
        let page = page.expect(200);
        let page = page.text();
        assert_eq!(page.matches(kinds[0]).count(), 2, "{page}");
        assert!(page.contains(kinds[1]) && page.contains(kinds[2]), "{page}");
        // The host that was verified stands beside the name that the page claims.
        assert!(page.contains(ann), "{page}");
    }
    let rows = site.tb(&["list", "cats", "--json"]);
    let likes = rows.matches("\"kind\":\"like\"").count();
    assert_eq!(likes, 2, "{rows}");
    assert!(rows.contains("\"author\":{\"name\":\"Ann\""), "{rows}");
}
