//! temporary
use crate::support::server::{Kind, Server};
use crate::support::site::Site;
use crate::support::browser::Browser;
#[test] fn probe_browser() {
    let mut site = Site::new();
    let server = Server::start(Kind::Busybox, &mut site);
    std::fs::write(site.www().join("x.html"), "<title>x</title><form><input id=i><button id=b>y</button></form><p>Hello").unwrap();
    let b = Browser::take();
    b.open(&format!("http://127.0.0.1:{}/x.html", server.port));
    eprintln!("{} {} {:?}", b.title(), b.text(), b.console());
    b.keys(&b.find("#i"), "abc");
    eprintln!("{}", b.script("return document.querySelector('#i').value"));
    b.assert_quiet();
    b.screenshot(std::path::Path::new("/tmp/h.png"));
    b.script("console.error('oh')");
    eprintln!("{:?}", b.console());
    eprintln!("{}", String::from_utf8_lossy(&std::process::Command::new("ps").args(["-eo","pid,pgid,user,args"]).output().unwrap().stdout).lines().filter(|l| l.contains("chrom")).map(|l| &l[..90.min(l.len())]).collect::<Vec<_>>().join("\n"));
}
#[test] #[should_panic] fn probe_browser2() {
    let b = Browser::take();
    b.open("data:text/html,<script>setTimeout(()=>alert(1),0)</script>x");
    b.assert_quiet();
}
