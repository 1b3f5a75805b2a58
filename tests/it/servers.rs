//! x
use crate::support::server::{Kind, Server};
use crate::support::site::Site;
use crate::support::request::Request;

fn probe(kind: Kind) {
    let mut site = Site::new();
    std::fs::remove_file(site.executable()).unwrap();
    crate::support::write(&site.executable(), "#!/bin/sh\nif [ \"$REQUEST_METHOD\" = POST ]; then b=$(head -c ${CONTENT_LENGTH:-0}); fi\nprintf 'Status: 403 Nope\\r\\nContent-Type: text/plain\\r\\n\\r\\n'\necho \"m=$REQUEST_METHOD args=$*,\"\nprintf %s \"$PATH_INFO\" | od -c\necho \"q=$QUERY_STRING b=$b ct=$CONTENT_TYPE cl=$CONTENT_LENGTH px=$HTTP_PROXY id=$(id -un) gi=$GATEWAY_INTERFACE\"");
    crate::support::set_mode(&site.executable(), 0o755);
    let server = Server::start(kind, &mut site);
    for r in [Request::ping("a%0Ab%ffc", "http://x/").query("a=b&c").header("Proxy", "x"), Request::get("serve+--listen").path("/x"), Request::new("PUT").path("/x").header("Content-Length","0"), Request::new("FOO"), Request::new("HEAD")] {
        eprintln!("{kind:?}: {}", server.send(&r));
    }
    eprintln!("TOML {}", server.page("/cgi-bin/tb.toml"));
    std::fs::write(site.rss_dir().join("a.xml"), "<a/>").unwrap();
    eprintln!("RSS {}", server.page("/tb/a.xml"));
}
#[test] fn probe_apache_prefork() { probe(Kind::ApachePrefork) }
#[test] fn probe_apache_event() { probe(Kind::ApacheEvent) }
#[test] fn probe_lighttpd() { probe(Kind::Lighttpd) }
#[test] fn probe_nginx() { probe(Kind::Nginx) }
#[test] fn probe_caddy() { probe(Kind::Caddy) }
#[test] fn probe_busybox() { probe(Kind::Busybox) }
#[test] fn probe_python() { probe(Kind::Python) }
