//! Verification under web servers, each of which starts and ends programs in its own way.

use crate::support::blog::Blog;
use crate::support::live::{Host, for_each_host};
use crate::support::request::Request;
use crate::support::server::Kind;
use crate::support::verification::*;
use crate::support::xml::assert_accepted;

#[test]
fn the_owners_next_view_takes_up_what_was_left() {
    let live = live(Host::Web(Kind::ApachePrefork));
    let mut owner = live.owner();
    // A worker that was killed, or a host that allows none: the ping waits and nobody looks.
    let blog = Blog::start_at([127, 0, 13, 3], [("/", linking())]);
    let line = format!(
        "{{\"op\":\"ping\",\"id\":1,\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{}\",\"title\":\"t\",\"state\":\"held\",\"why\":\"unverified\"}}\n",
        blog.url("/")
    );
    let file = live.site.data_dir().join("entry.jsonl");
    crate::support::write(&file, &line);
    crate::support::set_mode(&file, 0o600);
    live.list("entry");
    assert_eq!(blog.requests().len(), 0, "a stranger starts nothing");
    owner.get("__mode=list&tb_id=entry").expect(200);
    becomes(&live, "entry", "held unknown-domain");
}

/// The other servers, which start and end programs in their own ways.
mod elsewhere {
    use super::*;

    for_each_host! {
        [
            lighttpd: Host::Web(Kind::Lighttpd),
            nginx: Host::Web(Kind::Nginx),
            caddy: Host::Web(Kind::Caddy),
            busybox: Host::Web(Kind::Busybox),
            python: Host::Web(Kind::Python),
        ]
        a_ping_is_verified_in_the_background
    }

    fn a_ping_is_verified_in_the_background(host: Host) {
        let live = live(host);
        let blog = Blog::start_at([127, 0, 13, 5], [("/", linking())]);
        assert_accepted(&live.send(&Request::ping("entry", &blog.url("/"))));
        becomes(&live, "entry", "held unknown-domain");
    }
}
