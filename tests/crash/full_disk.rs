//! A file system that is full, under Apache and `tb serve`.

use std::process::Command;

use crate::support::live::{Host, Live, for_each_host};
use crate::support::program;
use crate::support::request::Request;
use crate::support::server::Kind;
use crate::support::site::Site;
use crate::support::snapshot::Snapshot;
use crate::support::xml::{assert_accepted, assert_trouble};

for_each_host! {
    [
        apache: Host::Web(Kind::ApacheEvent),
        serve: Host::Serve,
    ]
    s10_a_full_disk_refuses_and_keeps_what_is_there
}

fn ping() -> Request {
    Request::ping("entry", "http://weblog.example/2")
}

/// A site with one ping.
fn site(host: Host) -> Live {
    let live = Live::start_with(host, |_| {});
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/1")));
    live
}

fn s10_a_full_disk_refuses_and_keeps_what_is_there(host: Host) {
    let live = site(host);
    let data = live.site.data_dir();
    let disk = SmallDisk::mount(&live.site);
    let reply = live.send(&ping());
    assert_trouble(&live.site, &reply);
    assert!(reply.text().contains("no space"), "{reply}");
    let mut left = Snapshot::of(&[&data]);
    assert!(
        left.paths()
            .iter()
            .all(|path| !path.ends_with("entry.jsonl"))
    );
    left = Snapshot::of(&[&data]);
    assert_trouble(&live.site, &live.send(&ping()));
    assert_eq!(Snapshot::of(&[&data]), left);
    live.send(&Request::get("__mode=list&tb_id=entry"))
        .expect(200);
    drop(disk);
    assert!(live.list("entry").contains("http://weblog.example/1"));
    assert_accepted(&live.send(&ping()));
}

/// A file system of 1 MB over the data folder, which is less than must stay free.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(site: &Site) -> SmallDisk {
        let data = site.data_dir();
        let done = as_root(
            "mount",
            &["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs"],
            &data,
        );
        assert!(done, "`mount` needs root, or sudo");
        as_root(
            "chown",
            &[&format!("--reference={}", site.rss_dir().display())],
            &data,
        );
        SmallDisk(data)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // `tb serve` may hold the folder open.
        as_root("umount", &["--lazy"], &self.0);
    }
}

fn as_root(name: &str, arguments: &[&str], path: &std::path::Path) -> bool {
    let mut command = if rustix::process::geteuid().is_root() {
        Command::new(program(name))
    } else {
        let mut command = Command::new(program("sudo"));
        command.arg("-n").arg(program(name));
        command
    };
    command
        .args(arguments)
        .arg(path)
        .status()
        .unwrap()
        .success()
}
