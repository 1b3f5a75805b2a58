//! Someone moves off tb.cgi: one command, and every old URL still answers.

use std::fs;

use crate::support::http;
use crate::support::import::put;
use crate::support::request::Request;
use crate::support::server::{Kind, Server};
use crate::support::site::{BASE, Site};
use crate::support::storable::{Kept, kept, perl};
use crate::support::xml::{assert_rss, assert_well_formed};

#[test]
fn an_old_folder_made_by_real_perl_moves_in_and_every_old_url_answers() {
    let mut site = Site::new();
    let server = Server::start(Kind::ApachePrefork, &mut site);
    put(&site, "old/.placeholder", b"");
    put(&site, "old/lock.txt", b"not a store");
    let ids = ["17", "2002_09_cats", "foo_bar"];
    for (number, id) in ids.iter().enumerate() {
        let list: Vec<Kept> = (0..20).map(|ping| kept(number * 100 + ping)).collect();
        let how = if number == 1 { "nstore" } else { "store" };
        let script = format!("Storable::{how}(\\@pings, $ARGV[0]);");
        perl(&site.path(&format!("old/{id}.stor")), &list, &script);
    }
    let said = site.tb(&["import", site.path("old").to_str().unwrap()]);
    assert!(said.ends_with("total: 60 imported\n"), "{said}");
    let get = |path: &str| http::send(server.port, path, &Request::new("GET")).expect(200);
    for (number, id) in ids.iter().enumerate() {
        let newest = format!("http://weblog.example/{}", number * 100 + 19);
        for path in [
            format!("{BASE}?__mode=list&tb_id={id}"),
            format!("{BASE}/{id}"),
            format!("{BASE}?__mode=rss&tb_id={id}"),
            format!("{BASE}/{id}?__mode=rss"),
            format!("/tb/{id}.xml"),
        ] {
            let reply = get(&path);
            assert!(reply.text().contains(&newest), "{path}: {reply}");
            assert!(reply.text().contains("Excerpt"), "{path}: {reply}");
            if path.contains("rss") {
                assert_well_formed(&reply.body);
            }
            if path.ends_with(".xml") {
                assert_rss(&reply.body);
                assert!(reply.text().contains("Thu, 26 Sep 2002 00:"), "{reply}");
            }
        }
    }
    // A new ping comes in behind the old ones.
    http::send(
        server.port,
        BASE,
        &Request::ping("17", "http://new.example/"),
    )
    .expect(200);
    let list = get(&format!("{BASE}?__mode=list&tb_id=17"));
    let at = |what: &str| list.text().find(what).unwrap();
    assert!(at("http://new.example/") < at("http://weblog.example/19"));
    let landing = get(BASE);
    assert!(
        landing.text().contains("http://weblog.example/219"),
        "{landing}"
    );
    assert!(
        fs::read_dir(site.path("old")).unwrap().count() >= 3,
        "nothing of the old is touched"
    );
}
