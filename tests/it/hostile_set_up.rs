//! What a broken installation answers, under Apache and as a program alone: an error in the
//! mode's dialect that names no path, and nothing changed.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::http::Reply;
use crate::support::live::{Host, Live, for_each_host};
use crate::support::request::Request;
use crate::support::server::Kind;
use crate::support::site::Site;
use crate::support::snapshot::Snapshot;
use crate::support::xml::{assert_accepted, response};
use crate::support::{give_to_owner, program, set_mode, write};

for_each_host! {
    [
        apache: Host::Web(Kind::ApacheEvent),
        serve: Host::Serve,
    ]
    a_data_folder_that_is_missing_is_said_so
    a_data_folder_that_is_read_only_is_said_so
    s2_a_data_folder_that_is_a_link_is_not_followed
    s2_a_planted_link_is_not_followed
    s2_a_planted_pipe_holds_nobody_up
    s10_a_full_disk_refuses_and_keeps_what_is_there
    feeds_that_cannot_be_written_lose_no_ping
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

/// Trouble of the site's own: an error 1 in XML, 5xx, and not a word about where.
#[track_caller]
fn assert_trouble(live: &Site, reply: &Reply) {
    assert!((500..600).contains(&reply.status), "{reply}");
    let (error, message) = response(reply);
    assert_eq!(error, "1", "{reply}");
    assert!(
        message.is_some_and(|message| !message.is_empty()),
        "{reply}"
    );
    let folder = live.path("").display().to_string();
    assert!(!reply.to_string().contains(&folder), "{reply}");
    assert!(!reply.to_string().contains("os error"), "{reply}");
}

fn a_data_folder_that_is_missing_is_said_so(host: Host) {
    let live = site(host);
    let data = live.site.data_dir();
    fs::rename(&data, live.site.path("elsewhere")).unwrap();
    assert_trouble(&live.site, &live.send(&ping()));
    assert!(!data.exists(), "a request makes no folder");
    fs::rename(live.site.path("elsewhere"), &data).unwrap();
    assert_accepted(&live.send(&ping()));
}

fn a_data_folder_that_is_read_only_is_said_so(host: Host) {
    let live = site(host);
    let data = live.site.data_dir();
    set_mode(&data, 0o500);
    let before = live.site.snapshot();
    let new = Request::ping("new", "http://weblog.example/2");
    assert_trouble(&live.site, &live.send(&new));
    assert_eq!(live.site.snapshot(), before);
    set_mode(&data, 0o700);
    assert_accepted(&live.send(&new));
}

fn s2_a_data_folder_that_is_a_link_is_not_followed(host: Host) {
    let live = site(host);
    let data = live.site.data_dir();
    let real = live.site.path("elsewhere");
    fs::rename(&data, &real).unwrap();
    symlink(&real, &data).unwrap();
    let before = Snapshot::of(&[&real]);
    let reply = live.send(&ping());
    assert_trouble(&live.site, &reply);
    assert_eq!(Snapshot::of(&[&real]), before);
}

fn s2_a_planted_link_is_not_followed(host: Host) {
    let live = site(host);
    let target = live.site.path("precious");
    write(&target, "precious\n");
    for name in ["victim.jsonl", "victim2.jsonl"] {
        symlink(&target, live.site.data_dir().join(name)).unwrap();
    }
    fs::hard_link(&target, live.site.data_dir().join("victim3.jsonl")).unwrap();
    for id in ["victim", "victim2", "victim3"] {
        let reply = live.send(&Request::ping(id, "http://weblog.example/2"));
        assert_trouble(&live.site, &reply);
        let list = live.send(&Request::get("__mode=list").path(&format!("/{id}")));
        assert!(!list.text().contains("precious"), "{list}");
    }
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious\n");
    symlink(&target, live.site.rss_dir().join("feed.xml")).unwrap();
    live.send(&Request::ping("feed", "http://weblog.example/2"));
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious\n");
}

fn s2_a_planted_pipe_holds_nobody_up(host: Host) {
    let live = site(host);
    let pipe = live.site.data_dir().join("pipe.jsonl");
    assert!(
        Command::new(program("mkfifo"))
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    give_to_owner(&pipe);
    let reply = live.send(&Request::ping("pipe", "http://weblog.example/2"));
    assert_trouble(&live.site, &reply);
    let list = live.send(&Request::get("__mode=list&tb_id=pipe"));
    assert!((500..600).contains(&list.status), "{list}");
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

fn feeds_that_cannot_be_written_lose_no_ping(host: Host) {
    let live = site(host);
    let rss = live.site.rss_dir();
    set_mode(&rss, 0o555);
    let before = Snapshot::of(&[&rss]);
    assert_accepted(&live.send(&ping()));
    assert!(live.list("entry").contains("http://weblog.example/2"));
    assert_eq!(Snapshot::of(&[&rss]), before);
    set_mode(&rss, 0o755);
    // Made good at the next touch.
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/3")));
    let feed = fs::read_to_string(rss.join("entry.xml")).unwrap();
    assert!(feed.contains("http://weblog.example/2"), "{feed}");
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

/// Configurations that cannot be used.
const FAULTS: [(&str, &[u8]); 6] = [
    ("an unknown key", b"pasword = \"x\"\n"),
    ("a wrong type", b"site_name = 3\n"),
    ("a wrong value", b"publish = \"sometimes\"\n"),
    ("not UTF-8", b"# \xFF\n"),
    ("not TOML", b"[[[\n"),
    ("a password in clear", b"password = \"secret-in-clear\"\n"),
];

#[test]
fn s9_a_faulty_configuration_is_said_to_the_owner_and_not_to_strangers() {
    for (fault, line) in FAULTS {
        let site = Site::new();
        let mut bytes = fs::read(site.config()).unwrap();
        bytes.retain(|&byte| byte != 0);
        let text = String::from_utf8(bytes).unwrap();
        let key = String::from_utf8_lossy(line);
        let key = key.split('=').next().unwrap_or_default().to_owned();
        let mut bytes: Vec<u8> = text
            .lines()
            .filter(|other| key.contains('[') || !other.starts_with(&key))
            .flat_map(|line| [line.as_bytes(), b"\n"].concat())
            .collect();
        bytes.extend(line);
        fs::write(site.config(), &bytes).unwrap();
        let before = site.snapshot();
        assert_trouble(&site, &site.cgi(&ping()));
        let page = site.cgi(&Request::get("__mode=list&tb_id=entry"));
        assert!((500..600).contains(&page.status), "{fault}: {page}");
        assert!(!page.text().contains("secret-in-clear"), "{page}");
        assert_eq!(site.snapshot(), before, "{fault}");
        let said = site.tb_fails(1, &["list"]);
        assert!(said.contains("tb.toml"), "{fault}: {said}");
        assert!(!said.contains("secret-in-clear"), "{said}");
        let refused = site.tb_fails(1, &["serve", "--listen", "127.0.0.1:0"]);
        assert!(refused.contains("tb.toml"), "{fault}: {refused}");
    }
}
