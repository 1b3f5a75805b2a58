//! What is the owner's alone: nothing changes without the session and its token, no page of ours
//! dials inside, and no stored text is ever markup, under Apache and `tb serve`.

use tb::internals::error::Refusal;

use crate::support::listener::Listener;
use crate::support::live::{Host, Live};
use crate::support::request::Request;
use crate::support::site::PASSWORD;
use crate::support::visitor::{Visitor, find_form};
use crate::support::xml::assert_accepted;

for_each_host_here! {
    [
        apache: ApacheEvent,
        serve: Serve,
    ]
    s4_a_delete_needs_the_sessions_own_token
    s4_a_delete_needs_a_session
    s4_a_get_deletes_nothing
    a_delete_of_a_number_that_is_gone_changes_nothing
    an_old_delete_link_deletes_the_ping_that_it_showed
    s4_the_send_form_needs_a_session_and_its_token
    s5_a_session_cookie_is_kept_from_scripts_and_other_sites
    s5_a_forged_or_used_up_cookie_is_nobody
    s5_guessing_the_password_is_throttled
    s5_without_a_password_nobody_logs_in
    s6_no_inside_address_is_dialled
}

/// A site with one ping, on the id `entry`; its number is 1.
fn site(host: Host) -> Live {
    let live = Live::start(host);
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/1")));
    live
}

const CONFIRM: &str = "__mode=delete&tb_id=entry&id=1";

fn s4_a_delete_needs_the_sessions_own_token(host: Host) {
    let live = site(host);
    let mut owner = live.owner();
    let mut other = live.owner();
    let form = find_form(&owner.get(CONFIRM).expect(200), "delete");
    let foreign = find_form(&other.get(CONFIRM).expect(200), "delete");
    let token = form.value("token").expect("a token").to_owned();
    let foreign = foreign.value("token").expect("a token").to_owned();
    assert_ne!(token, foreign);
    let before = live.site.snapshot();
    for bad in [
        form.clone().without("token"),
        form.clone().with("token", ""),
        form.clone().with("token", "0"),
        form.clone().with("token", &foreign),
        form.clone().with("token", &token[1..]),
        form.clone().with("token", &format!("{token}0")),
    ] {
        let reply = owner.submit(&bad).expect(403);
        assert!(reply.text().contains("out of date"), "{reply}");
        assert_eq!(live.site.snapshot(), before);
    }
    owner.submit(&form).expect(303);
    assert!(!live.list("entry").contains("http://weblog.example/1"));
}

fn s4_a_delete_needs_a_session(host: Host) {
    let live = site(host);
    let mut owner = live.owner();
    let form = find_form(&owner.get(CONFIRM).expect(200), "delete");
    let before = live.site.snapshot();
    let page = live.visitor().get(CONFIRM).expect(403);
    find_form(&page, "do_login");
    let reply = live.visitor().submit(&form).expect(403);
    assert!(
        reply.text().contains(Refusal::NotLoggedIn.message()),
        "{reply}"
    );
    assert_eq!(live.site.snapshot(), before);
}

fn s4_a_get_deletes_nothing(host: Host) {
    let live = site(host);
    let mut owner = live.owner();
    let form = find_form(&owner.get(CONFIRM).expect(200), "delete");
    let before = live.site.snapshot();
    let token = form.value("token").expect("a token");
    for query in [
        CONFIRM.to_owned(),
        format!("{CONFIRM}&token={token}"),
        "__mode=delete&tb_id=entry&index=0".to_owned(),
    ] {
        owner.get(&query).expect(200);
        assert_eq!(live.site.snapshot(), before, "{query}");
    }
    let mut visitor = live.visitor();
    let password = PASSWORD.replace(' ', "+");
    visitor.get(&format!("__mode=do_login&password={password}"));
    assert_eq!(visitor.cookie("tb"), None, "a login by GET");
}

fn a_delete_of_a_number_that_is_gone_changes_nothing(host: Host) {
    let live = site(host);
    let mut owner = live.owner();
    let form = find_form(&owner.get(CONFIRM).expect(200), "delete");
    owner.submit(&form).expect(303);
    let before = live.site.snapshot();
    for gone in [
        form.clone(),
        form.clone().with("id", "2"),
        form.clone().with("id", "0"),
        form.clone().with("id", "-1"),
        form.clone().with("id", "x"),
        form.clone().with("id", "99999999999999999999"),
    ] {
        let reply = owner.submit(&gone);
        assert!((400..500).contains(&reply.status), "{reply}");
        assert!(
            reply.text().contains(Refusal::NoSuchPing.message()),
            "{reply}"
        );
        assert_eq!(live.site.snapshot(), before);
    }
    let elsewhere = owner.submit(&form.with("tb_id", "another"));
    assert!((400..500).contains(&elsewhere.status), "{elsewhere}");
    assert!(!live.site.data_dir().join("another.jsonl").exists());
}

fn an_old_delete_link_deletes_the_ping_that_it_showed(host: Host) {
    let live = site(host);
    let mut owner = live.owner();
    let page = owner.get("__mode=delete&tb_id=entry&index=0").expect(200);
    // The newest ping has index 0, so that one which comes in between takes its place.
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/2")));
    owner.submit(&find_form(&page, "delete")).expect(303);
    let list = live.list("entry");
    assert!(!list.contains("http://weblog.example/1"), "{list}");
    assert!(list.contains("http://weblog.example/2"), "{list}");
}

fn s4_the_send_form_needs_a_session_and_its_token(host: Host) {
    let live = site(host);
    let listener = Listener::open();
    let target = format!("http://127.0.0.1:{}/", listener.port());
    let mut owner = live.owner();
    let page = owner.get("__mode=send_form").expect(200);
    let form = find_form(&page, "send_ping")
        .with("ping_url", &target)
        .with("url", "http://127.0.0.1/mine");
    for spelling in ["__mode=send_form", "_mode=sendform"] {
        find_form(&live.visitor().get(spelling).expect(403), "do_login");
    }
    live.visitor().submit(&form).expect(403);
    owner.submit(&form.clone().without("token")).expect(403);
    owner.submit(&form.clone().with("token", "x")).expect(403);
    let in_query = format!("__mode=send_ping&ping_url={target}&url=http://127.0.0.1/mine");
    let by_get = live.visitor().get(&in_query);
    assert!((400..500).contains(&by_get.status), "{by_get}");
    listener.assert_nobody_came();
}

fn s5_a_session_cookie_is_kept_from_scripts_and_other_sites(host: Host) {
    let live = site(host);
    let reply = live.visitor().log_in(PASSWORD).expect(303);
    let cookie = reply.header("Set-Cookie").expect("a cookie");
    for attribute in ["HttpOnly", "SameSite=Strict", "Path="] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain="), "{cookie}");
    let location = reply.header("Location").expect("a Location");
    assert!(location.starts_with(&live.site.base_url()), "{location}");
    assert_eq!(reply.header("Cache-Control"), Some("no-store"), "{reply}");
}

fn s5_a_forged_or_used_up_cookie_is_nobody(host: Host) {
    let live = site(host);
    let mut owner = live.owner();
    let good = owner.cookie("tb").expect("a cookie").to_owned();
    let is_owner = |visitor: &mut Visitor| visitor.get("__mode=send_form").status == 200;
    assert!(is_owner(&mut owner));
    let (front, back) = good.split_at(good.len() / 2);
    let changed: String = good.chars().rev().collect();
    for forged in [
        "",
        "x",
        "0",
        front,
        back,
        &format!("{good}0"),
        &changed,
        &"A".repeat(5000),
    ] {
        let mut visitor = live.visitor();
        visitor.set_cookie("tb", forged);
        assert!(!is_owner(&mut visitor), "{forged}");
    }
    let page = owner.get("__mode=send_form").expect(200);
    let list = owner.get("__mode=list&tb_id=entry").expect(200);
    let page = if page.text().contains("logout") {
        page
    } else {
        list
    };
    owner.submit(&find_form(&page, "logout")).expect(200);
    let mut thief = live.visitor();
    thief.set_cookie("tb", &good);
    assert!(!is_owner(&mut thief), "a cookie outlives the logout");
}

fn s5_guessing_the_password_is_throttled(host: Host) {
    let live = Live::start_with(host, |site| {
        site.set_password();
        site.set("throttle", "\"on\"");
    });
    let mut guesser = live.visitor();
    let refused = (0..20)
        .map(|number| guesser.log_in(&format!("guess {number}")))
        .find(|reply| reply.status != 403)
        .expect("20 guesses in a row are too many");
    let refused = refused.expect(429);
    let seconds = refused.header("Retry-After").expect("when to try again");
    assert!(seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0));
    // The right password is not even looked at then.
    guesser.log_in(PASSWORD).expect(429);
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/1")));
}

fn s5_without_a_password_nobody_logs_in(host: Host) {
    let live = Live::start_with(host, |_| {});
    let mut visitor = live.visitor();
    let page = visitor.get("__mode=login");
    assert!(page.text().contains("tb passwd"), "{page}");
    let fields = [("__mode", "do_login"), ("password", "")];
    let reply = visitor.send(&Request::post(&fields));
    assert!((400..500).contains(&reply.status), "{reply}");
    assert_eq!(reply.header("Set-Cookie"), None);
}

fn s6_no_inside_address_is_dialled(host: Host) {
    let live = Live::start_with(host, |site| {
        site.set_password();
        site.set("allow_private", "false");
    });
    let listener = Listener::open();
    let mut owner = live.owner();
    let page = owner.get("__mode=send_form").expect(200);
    let form = find_form(&page, "send_ping").with("url", "http://127.0.0.1/mine");
    let trapped = format!("http://127.0.0.1:{}/", listener.port());
    for target in [
        "http://127.0.0.1",
        "http://[::ffff:7f00:1]",
        "http://2130706433",
        "http://0x7f.1/",
        "http://169.254.169.254",
        "http://[::1]:8080/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://[64:ff9b::7f00:1]/",
        "http://localhost/",
        "http://user@127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        &trapped,
    ] {
        for field in ["ping_url", "page"] {
            let reply = owner.submit(&form.clone().with(field, target));
            assert!(!reply.text().contains("Ping successfully sent"), "{reply}");
            assert!(
                reply.text().contains("class=\"error\""),
                "{target}: {reply}"
            );
            assert!(
                !reply.text().contains("refused (os error"),
                "dialled: {reply}"
            );
        }
    }
    listener.assert_nobody_came();
}
