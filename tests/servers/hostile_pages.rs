//! Hostile text on every page, in a real browser.

use crate::support::browser::Browser;
use crate::support::live::{Host, Live, for_each_host};
use crate::support::request::Request;
use crate::support::server::Kind;
use crate::support::site::PASSWORD;
use crate::support::xml::assert_accepted;

for_each_host! {
    [
        apache: Host::Web(Kind::ApacheEvent),
        serve: Host::Serve,
    ]
    s3_no_field_becomes_script_on_any_page
}

/// Markup, a way out of every kind of quotes, and the same behind one layer of entities.
const EVIL: &str = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>]]>{{title}}\
    &lt;/title&gt;&lt;script&gt;alert(3)&lt;/script&gt;&quot;onfocus=alert(4) autofocus x=&quot;";

fn s3_no_field_becomes_script_on_any_page(host: Host) {
    let live = Live::start(host);
    let ping = Request::post(&[
        (
            "url",
            "http://weblog.example/\"'><script>alert(5)</script>]]>",
        ),
        ("title", EVIL),
        ("excerpt", EVIL),
        ("blog_name", EVIL),
    ]);
    assert_accepted(&live.send(&ping.path("/entry")));
    let base = live.site.base_url();
    let browser = Browser::acquire();
    browser.resize(480, 480);
    let see = |query: &str| {
        browser.open(&format!("{base}{query}"));
        browser.assert_quiet();
        let scripts = browser.script("return document.querySelectorAll('script, img').length");
        assert_eq!(scripts, 0, "{query}");
        browser.text()
    };
    let list = see("?__mode=list&tb_id=entry");
    assert!(list.contains("<script>alert(3)</script>"), "{list}");
    for query in [
        "",
        "/entry",
        "?__mode=rss&tb_id=entry",
        "?__mode=login&tb_id=%22%3E%3Cscript%3Ealert(6)%3C/script%3E",
        "?__mode=list&tb_id=%22%3E%3Cscript%3Ealert(6)%3C/script%3E",
    ] {
        see(query);
    }
    see("?__mode=login");
    let field = browser.find("input[type=password]");
    browser.keys(&field, PASSWORD);
    browser.click_through(&browser.find("form button"));
    browser.assert_quiet();
    assert!(see("?__mode=list&tb_id=entry").contains("Log out"));
    see("");
    let confirm = see("?__mode=delete&tb_id=entry&id=1");
    assert!(confirm.contains("alert(3)"), "{confirm}");
    see("?__mode=send_form");
    // Nobody listens there, so that the page says why and shows the fields again.
    browser.keys(
        &browser.find("[name=ping_url]"),
        "http://127.0.0.1:1/\"><script>alert(7)</script>",
    );
    browser.keys(&browser.find("[name=url]"), "http://127.0.0.1/mine");
    browser.keys(&browser.find("[name=title]"), EVIL);
    browser.keys(&browser.find("[name=excerpt]"), EVIL);
    browser.click_through(&browser.find("form[method=post] .answer button"));
    browser.assert_quiet();
    assert!(!browser.find_all(".error").is_empty(), "{}", browser.text());
}
