//! What a real WordPress sends is taken as it was written.

use serde_json::Value;

use crate::support::http;
use crate::support::live::{Host, Live};
use crate::support::request::Request;
use crate::support::server::Kind;
use crate::support::wordpress::WordPress;

#[test]
fn what_wordpress_sends_is_kept_as_it_was_written() {
    let wordpress = WordPress::start();
    for host in [Host::Web(Kind::ApacheEvent), Host::Serve] {
        let live = Live::start(host);
        let ping_url = format!("{}/my-entry", live.site.base_url());
        let permalink = wordpress.publish(
            "Cats & dogs — 猫",
            "<p>I read <a href=\"http://127.0.0.1/my-entry/\">an entry</a> &amp; liked it.</p>",
            &[&ping_url],
        );
        let feed = http::send(
            live.port,
            crate::support::site::BASE,
            &Request::get("__mode=json&tb_id=my-entry"),
        );
        let feed: Value = serde_json::from_slice(&feed.expect(200).body).unwrap();
        let item = &feed["items"][0];
        assert_eq!(item["url"], Value::from(permalink), "{host:?}: {feed}");
        assert_eq!(item["title"], "Cats & dogs — 猫", "{host:?}");
        let text = item.to_string();
        assert!(text.contains("I read an entry & liked it."), "{text}");
        assert!(text.contains("A real weblog"), "{text}");
        let left =
            wordpress.run("require 'wp-load.php'; echo get_post(get_posts()[0]->ID)->to_ping;");
        assert_eq!(left, "", "WordPress would send it again");
    }
}
