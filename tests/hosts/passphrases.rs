//! Passphrases and signed ping URLs: who may ping a private id, and that no page shows how.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use tb::internals::admission::ping_auth;
use tb::internals::store::Store;
use tb::linkback::trackback::TbId;

use crate::support::http::Reply;
use crate::support::live::{Host, Live};
use crate::support::passphrases::{ALL, OWN, WRONG, protect};
use crate::support::request::Request;
use crate::support::site::{BASE, PASSWORD, Site};
use crate::support::visitor::find_form;
use crate::support::xml::{assert_accepted, assert_refused};

const OVER: &str = "That ping URL has expired";

for_each_host_here! {
    [
        apache_prefork_mod_cgi: ApachePrefork,
        tb_serve: Serve,
    ]
    a_ping_with_the_passphrase_is_taken_by_path_and_by_parameter
    s5_a_ping_without_the_passphrase_is_refused_and_leaves_nothing
    an_id_with_a_passphrase_of_its_own_takes_only_that
    a_slash_in_other_ids_means_what_it_meant
    a_signed_url_is_good_in_place_of_a_passphrase
    s5_a_signed_url_is_no_good_when_changed_or_over
    s9_no_page_feed_or_log_shows_a_passphrase
    a_ping_url_that_is_followed_shows_the_list_of_its_id
    the_owner_sees_private_urls_and_makes_one
}

fn a_ping_with_the_passphrase_is_taken_by_path_and_by_parameter(host: Host) {
    let live = Live::start_with(host, protect);
    let ping = |number: u32| Request::ping("x", &format!("http://weblog.example/{number}"));
    for (number, request) in [
        ping(1).path(&format!("/entry/{ALL}")),
        ping(2).path(&format!("/entry/{ALL}/")),
        ping(3).path(&format!("/entry//{ALL}")),
        ping(4).path("").query(&format!("tb_id=entry&key={ALL}")),
        ping(5).path("/entry").query(&format!("key={ALL}")),
        ping(6).path("").query(&format!("tb_id=entry/{ALL}")),
        Request::post(&[
            ("tb_id", "entry"),
            ("key", ALL),
            ("url", "http://weblog.example/7"),
        ]),
        ping(8).path(&format!("/2026/11/entry/{ALL}")),
        ping(9).path(&format!("/entry/{}", ALL.replace('_', "%5F"))),
    ]
    .into_iter()
    .enumerate()
    {
        let reply = live.send(&request);
        assert_eq!(reply.status, 200, "{}: {request:?}", number + 1);
        assert_accepted(&reply);
    }
    assert_eq!(
        live.site.tb(&["list"]),
        "2026_11_entry\t1\t0\t0\nentry\t8\t0\t0\n"
    );
}

fn s5_a_ping_without_the_passphrase_is_refused_and_leaves_nothing(host: Host) {
    let live = Live::start_with(host, |site| {
        protect(site);
        site.tb(&["passphrase", "other", "--set", OWN]);
    });
    let before = live.site.snapshot();
    let ping = || Request::ping("entry", "http://weblog.example/1");
    let lower = ALL.to_lowercase();
    let shorter = ALL.get(..ALL.len() - 1).unwrap();
    for wrong in [
        ping(),
        ping().path("/entry/"),
        ping().path("/entry/wrong"),
        ping().path(&format!("/entry/{lower}")),
        ping().path(&format!("/entry/{shorter}")),
        ping().path(&format!("/entry/{ALL}x")),
        ping().path(&format!("/entry/{OWN}")),
        ping().path(&format!("/other/{ALL}")),
        ping().path(&format!("/entry/{ALL}/wrong")),
        ping().path(&format!("/entry/wrong/?/{ALL}")),
        ping().path("/entry/%E7%8C%AB"),
        ping().path("").query("tb_id=entry"),
        ping().path("").query("tb_id=entry&key="),
        ping().path("").query("tb_id=entry&key=wrong"),
        // What stands in the path counts first.
        ping().path("/entry/wrong").query(&format!("key={ALL}")),
    ] {
        let reply = live.send(&wrong);
        assert_refused(&reply, 200, WRONG);
        assert_hides(&reply);
    }
    assert_eq!(live.site.snapshot(), before);
    let log = fs::read_to_string(live.site.data_dir().join(".log")).unwrap();
    assert!(log.contains("wrong-passphrase"), "{log}");
}

fn an_id_with_a_passphrase_of_its_own_takes_only_that(host: Host) {
    let live = Live::start_with(host, |site| site.set_password());
    let url = live.site.tb(&["passphrase", "entry", "--set", OWN]);
    assert_eq!(url, format!("{}/entry/{OWN}\n", live.site.base_url()));
    let ping = |path: &str| live.send(&Request::ping("x", "http://weblog.example/1").path(path));
    assert_refused(&ping("/entry"), 200, WRONG);
    assert_refused(&ping("/entry/"), 200, WRONG);
    assert_refused(&ping("/entry/x"), 200, WRONG);
    assert_accepted(&ping(&format!("/entry/{OWN}")));
    assert_accepted(&ping("/other"));
    live.site.tb(&["passphrase", "entry", "--remove"]);
    assert_accepted(&ping("/entry"));
}

fn a_slash_in_other_ids_means_what_it_meant(host: Host) {
    let live = Live::start_with(host, |site| site.set_password());
    live.site.tb(&["passphrase", "entry", "--set", OWN]);
    let ping = |path: &str| live.send(&Request::ping("x", "http://weblog.example/1").path(path));
    for path in ["/foo/bar", "/2026/11/a.html", "/end/", "/~alice"] {
        assert_accepted(&ping(path));
    }
    assert_eq!(
        live.site.tb(&["list"]),
        "2026_11_a_html\t1\t0\t0\n_alice\t1\t0\t0\nend\t1\t0\t0\nfoo_bar\t1\t0\t0\n"
    );
}

fn a_signed_url_is_good_in_place_of_a_passphrase(host: Host) {
    let live = Live::start_with(host, |site| {
        protect(site);
        site.tb(&["passphrase", "other", "--set", OWN]);
    });
    for (id, number) in [("entry", 1), ("other", 2), ("猫の話", 3), ("a/b", 4)] {
        let by_path = live.site.tb(&["url", id, "--expires", "30d"]);
        let by_query = live
            .site
            .tb(&["url", id, "--expires", "36 hours", "--query"]);
        for (url, half) in [(by_path, 0), (by_query, 1)] {
            let rest = url.trim().strip_prefix(&live.site.base_url()).unwrap();
            let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
            let ping = Request::ping("x", &format!("http://weblog.example/{number}/{half}"));
            let ping = ping.path(path).query(query);
            assert_accepted(&live.send(&ping));
        }
    }
    let ids = live.site.tb(&["list"]);
    assert_eq!(
        ids,
        "a_b\t2\t0\t0\nentry\t2\t0\t0\nother\t2\t0\t0\n猫の話\t2\t0\t0\n"
    );
}

fn s5_a_signed_url_is_no_good_when_changed_or_over(host: Host) {
    // Also where nobody needs one: who has it is not told that it is worth nothing.
    for set_up in [
        (|site: &mut Site| site.set_password()) as fn(&mut Site),
        protect,
    ] {
        let live = Live::start_with(host, set_up);
        let before_any = Request::ping("entry", "http://weblog.example/1").path("/entry/~1.x");
        assert_refused(&live.send(&before_any), 200, OVER);
        let good = live.site.tb(&["url", "entry", "--expires", "1h"]);
        let good = good.trim().rsplit('/').next().unwrap();
        let over = signed(&live.site, "entry", -1);
        let other = signed(&live.site, "other", 3600);
        let (until, mac) = good.trim_start_matches('~').split_once('.').unwrap();
        let other_digit = if mac.ends_with('0') { '1' } else { '0' };
        let later: i64 = until.parse::<i64>().unwrap() + 1;
        let before = live.site.snapshot();
        for wrong in [
            over,
            other,
            format!("~{later}.{mac}"),
            format!("~0{until}.{mac}"),
            format!("~{until}.{}", mac.to_uppercase()),
            format!("~{until}.{}{other_digit}", mac.get(..31).unwrap()),
            format!("~{until}."),
            format!("~{until}"),
            "~".to_owned(),
        ] {
            let path = format!("/entry/{wrong}");
            let ping = Request::ping("x", "http://weblog.example/1");
            assert_refused(&live.send(&ping.clone().path(&path)), 200, OVER);
            let query = format!("tb_id=entry&key={wrong}");
            assert_refused(&live.send(&ping.path("").query(&query)), 200, OVER);
        }
        assert_eq!(live.site.snapshot(), before);
        let ping = Request::ping("x", "http://weblog.example/1").path(&format!("/entry/{good}"));
        assert_accepted(&live.send(&ping));
    }
}

fn s9_no_page_feed_or_log_shows_a_passphrase(host: Host) {
    let live = Live::start_with(host, |site| {
        protect(site);
        site.tb(&["passphrase", "other", "--set", OWN]);
    });
    let ping = |path: &str| live.send(&Request::ping("x", "http://weblog.example/1").path(path));
    for path in [
        format!("/entry/{ALL}"),
        format!("/entry/{ALL}/"),
        format!("/other/{OWN}"),
        format!("//other//{OWN}//"),
        format!("/entry/{ALL}x"),
        format!("/other/{OWN}/x"),
    ] {
        assert_hides(&ping(&path));
    }
    let mut visitor = live.visitor();
    for path in [
        "",
        "/entry",
        "/other",
        &format!("/entry/{ALL}"),
        &format!("/other/{OWN}"),
    ] {
        for query in [
            "",
            "__mode=list",
            "__mode=rss",
            "__mode=login&to=list",
            "url=http://a.example/",
        ] {
            let request = Request::new("GET").path(path).query(query);
            let reply = visitor.send(&request);
            assert_hides(&reply);
            assert!(
                !reply.text().contains(&format!("{BASE}/entry")),
                "a ping URL: {reply}"
            );
        }
    }
    let list = live.list("entry");
    assert!(list.contains("accepts pings at a private URL"), "{list}");
    assert!(!list.contains("class=\"ping-url\""), "{list}");
    for file in ["data/.log", "www/tb/entry.xml", "www/tb/other.xml"] {
        let text = fs::read_to_string(live.site.path(file)).unwrap();
        assert!(!text.contains(ALL) && !text.contains(OWN), "{file}: {text}");
    }
    let names = fs::read_dir(live.site.data_dir()).unwrap();
    for name in names.map(|entry| entry.unwrap().file_name()) {
        let name = name.into_string().unwrap();
        assert!(!name.contains("Sesame") && !name.contains("own"), "{name}");
    }
    let listed = live.site.tb(&["list"]);
    assert!(
        !listed.contains("Sesame") && !listed.contains("own"),
        "{listed}"
    );
}

fn a_ping_url_that_is_followed_shows_the_list_of_its_id(host: Host) {
    let live = Live::start_with(host, protect);
    let ping = Request::ping("x", "http://weblog.example/1").path(&format!("/entry/{ALL}"));
    assert_accepted(&live.send(&ping));
    let list = live.list("entry");
    // Right or wrong: who reads learns nothing of the passphrase.
    for path in [
        format!("/entry/{ALL}"),
        "/entry/wrong".to_owned(),
        "/entry/~1.x".to_owned(),
    ] {
        let reply = live.send(&Request::new("GET").path(&path)).expect(200);
        assert_eq!(reply.text(), list, "{path}");
        let by_get = Request::get("url=http://weblog.example/2").path(&path);
        assert_refused(&live.send(&by_get), 405, "Pings must be sent with POST");
    }
}

fn the_owner_sees_private_urls_and_makes_one(host: Host) {
    let live = Live::start_with(host, |site| {
        site.set_password();
        protect(site);
    });
    let mut owner = live.visitor();
    owner.log_in(PASSWORD).expect(303);
    let list = owner.get("__mode=list&tb_id=entry").expect(200);
    let url = format!("{}/entry/{ALL}", live.site.base_url());
    assert!(list.text().contains(&url), "{list}");
    let form = find_form(&list, "make_url");
    let forged = owner.submit(&form.clone().with("token", "x"));
    assert_eq!(forged.status, 403, "{forged}");
    let by_stranger = live.visitor().submit(&form);
    assert!(!by_stranger.text().contains("/~"), "{by_stranger}");
    let made = owner.submit(&form).expect(200);
    assert_eq!(made.header("Cache-Control"), Some("no-store"));
    let start = format!("{}/entry/~", live.site.base_url());
    let (_, rest) = made.text().split_once(&start).expect("a signed URL");
    let key = rest.split('<').next().unwrap();
    let ping = Request::ping("x", "http://weblog.example/1").path(&format!("/entry/~{key}"));
    assert_accepted(&live.send(&ping));
    let log = fs::read_to_string(live.site.data_dir().join(".log")).unwrap();
    assert!(log.contains("made-url") && !log.contains(key), "{log}");
}

/// A signature of this site that ends so many seconds from now.
fn signed(site: &Site, id: &str, seconds: i64) -> String {
    let secret = Store::open(&site.data_dir()).unwrap().secret().unwrap();
    let expires = Timestamp::now() + SignedDuration::from_secs(seconds);
    ping_auth::signature(
        &secret.unwrap(),
        &TbId::new(id.as_bytes()).unwrap(),
        expires,
    )
}

#[track_caller]
fn assert_hides(reply: &Reply) {
    let shown = format!("{reply}");
    assert!(!shown.contains(ALL) && !shown.contains(OWN), "{shown}");
    // Munged, as an id would be.
    assert!(
        !shown.contains("Sesame") && !shown.contains("word_of_its"),
        "{shown}"
    );
}
