//! Someone moves off tb.cgi: one command, and every old URL still answers.

use std::fs;
use std::process::Command;

use crate::support::http;
use crate::support::import::put;
use crate::support::process::as_owner;
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

#[test]
fn wordpresss_old_ping_urls_work_by_the_rule_that_the_import_prints() {
    let mut site = Site::new();
    let server = Server::start(Kind::ApachePrefork, &mut site);
    let export = fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/import/wordpress.xml"
    ));
    let export = put(&site, "wordpress.xml", &export.unwrap());
    // On a terminal.
    let mut command = Command::new("script");
    command
        .arg("-qec")
        .arg(format!(
            "{} import {}",
            site.executable().display(),
            export.display()
        ))
        .arg("/dev/null")
        .env_clear()
        .env("PATH", "/usr/bin:/bin");
    as_owner(&mut command);
    let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let rules: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("Rewrite"))
        .collect();
    assert_eq!(rules.len(), 2, "{said}");
    let folder = site.www().join("moved");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(".htaccess"), rules.join("\n")).unwrap();
    for (number, path) in ["/moved/2005/03/hello/trackback/", "/moved/hello/trackback"]
        .iter()
        .enumerate()
    {
        let url = format!("http://weblog.example/after/{number}");
        let reply = http::send(server.port, path, &Request::post(&[("url", &url)]));
        assert!(reply.text().contains("<error>0</error>"), "{path}: {reply}");
        let listed = site.tb(&["list", "hello"]);
        assert!(listed.contains(&url), "{listed}");
    }
}
