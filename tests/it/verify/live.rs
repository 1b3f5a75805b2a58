//! The whole way, behind Apache and as `tb serve`: the worker starts by itself, and nobody waits for it.

use super::*;
use crate::support::process::wait_for;
use crate::support::site::Serving;

#[test]
fn a_server_that_is_told_to_end_does_not_wait_for_a_page() {
    let mut site = site("known");
    let blog = Blog::start_at([127, 0, 13, 4], [("/", Script::Silent)]);
    let serving: Serving = site.serve();
    let ping = Request::ping("entry", &blog.url("/"));
    let base = crate::support::site::BASE;
    assert_accepted(&crate::support::http::send(serving.port, base, &ping));
    wait_for(|| (!blog.requests().is_empty()).then_some(())).expect("the worker");
    assert_eq!(serving.stop(), Some(0));
    assert_eq!(state(&site, "entry", 1), "held unverified");
    blog.play("/", linking());
    look(&site);
    assert_eq!(reason(&site, "entry", 1), "held unknown-domain");
}

#[test]
fn s1_the_worker_has_nothing_of_the_request() {
    let site = site("known");
    let blog = Blog::start_at([127, 0, 13, 6], [("/", Script::Silent)]);
    let ping = Request::ping("entry", &blog.url("/"))
        .query("__mode=ping")
        .header("Proxy", "http://127.0.0.1:1/")
        .header("Cookie", "secret=1");
    assert_accepted(&site.cgi(&ping));
    wait_for(|| (!blog.requests().is_empty()).then_some(())).expect("the worker");
    let worker = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|process| {
            std::fs::read_link(process.join("exe")).is_ok_and(|exe| exe == site.executable())
        })
        .expect("its process");
    let environment = std::fs::read(worker.join("environ")).unwrap();
    assert_eq!(environment, b"TB_MODE=cli\0");
    for descriptor in ["0", "1", "2"] {
        let target = std::fs::read_link(worker.join("fd").join(descriptor)).unwrap();
        assert_eq!(target, std::path::Path::new("/dev/null"), "{descriptor}");
    }
    assert_eq!(
        std::fs::read_link(worker.join("cwd")).unwrap(),
        std::path::Path::new("/")
    );
    let status = std::fs::read_to_string(worker.join("stat")).unwrap();
    // Behind the name: state, parent, group.
    let group = status
        .rsplit(')')
        .next()
        .unwrap()
        .split(' ')
        .nth(3)
        .unwrap();
    assert_eq!(worker.file_name().unwrap(), group);
}
