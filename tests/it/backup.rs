//! `tb backup` and `tb restore`: all of it in one file, and nothing but that comes out again.

mod hostile;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::{give_to_owner, program, write};

fn site() -> Site {
    let mut site = Site::new();
    site.set_password();
    for number in 1..=20 {
        site.cgi(&Request::ping(
            "plain",
            &format!("http://weblog.example/{number}"),
        ));
    }
    let long = "x".repeat(128);
    site.cgi(&Request::ping(&long, "http://weblog.example/long"));
    site.cgi(&Request::ping("%E7%8C%AB", "http://weblog.example/cat"));
    site.tb(&["hold", "plain", "3"]);
    site.tb(&["delete", "plain", "5"]);
    write(&site.data_dir().join(".bans"), "spam.example\n");
    fs::set_permissions(
        site.data_dir().join(".bans"),
        PermissionsExt::from_mode(0o600),
    )
    .unwrap();
    site
}

fn backup(site: &Site, words: &[&str]) -> PathBuf {
    let file = site.path("backup.tar");
    site.tb(&[&["backup", file.to_str().unwrap()], words].concat());
    file
}

/// The archive of one site where another's owner finds it.
fn carry(from: &Path, to: &Site) -> String {
    let path = to.path("carried.tar");
    fs::copy(from, &path).unwrap();
    give_to_owner(&path);
    path.to_str().unwrap().to_owned()
}

fn names(file: &Path) -> Vec<String> {
    let output = Command::new(program("tar"))
        .arg("tf")
        .arg(file)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_system_s_tar_reads_it_and_only_the_owner_can() {
    let site = site();
    let file = backup(&site, &[]);
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let long = format!("data/{}.jsonl", "x".repeat(128));
    let mut names = names(&file);
    names.sort();
    assert_eq!(
        names,
        [
            "data/.bans",
            "data/plain.jsonl",
            &long,
            "data/猫.jsonl",
            "tb.toml"
        ]
    );
    assert!(
        !fs::read(&file)
            .unwrap()
            .windows(10)
            .any(|window| window == b"\"epoch\":1}")
    );
    assert!(names_with_secret(&site).contains(&"data/.secret".to_owned()));
}

fn names_with_secret(site: &Site) -> Vec<String> {
    names(&backup(site, &["--with-secrets"]))
}

#[test]
fn what_was_backed_up_is_put_back_with_its_feeds() {
    let old = site();
    let file = backup(&old, &[]);
    let new = Site::new();
    let file = carry(&file, &new);
    let said = new.tb(&["restore", &file]);
    assert!(said.contains("3 ids"), "{said}");
    assert_eq!(new.tb(&["export"]), old.tb(&["export"]));
    for id in ["plain", "猫"] {
        let name = format!("{id}.jsonl");
        let bytes = |site: &Site| fs::read(site.data_dir().join(&name)).unwrap();
        assert_eq!(bytes(&new), bytes(&old));
        let feed = |site: &Site| fs::read(site.rss_dir().join(format!("{id}.xml"))).unwrap();
        assert_eq!(feed(&new), feed(&old));
    }
    assert_eq!(
        fs::read_to_string(new.data_dir().join(".bans")).unwrap(),
        "spam.example\n"
    );
    assert!(!new.data_dir().join(".secret").exists());
    let landing = new.cgi(&Request::get(""));
    assert!(
        landing.text().contains("http://weblog.example/20"),
        "{landing}"
    );
    // Not over pings that are there, and beside them it is as if it were run once.
    new.cgi(&Request::ping("plain", "http://new.example/"));
    let said = new.tb_fails(2, &["restore", &file]);
    assert!(said.contains("--merge"), "{said}");
    let before = new.tb(&["export"]);
    let said = new.tb(&["restore", "--merge", &file]);
    assert!(said.contains(" 0 new pings"), "{said}");
    assert_eq!(new.tb(&["export"]), before);
}

#[test]
fn a_merge_takes_in_what_is_missing() {
    let old = site();
    let file = backup(&old, &[]);
    let new = Site::new();
    let file = carry(&file, &new);
    new.cgi(&Request::ping("plain", "http://weblog.example/2"));
    new.cgi(&Request::ping("other", "http://weblog.example/2"));
    new.tb(&["restore", "--merge", &file]);
    let count = |id: &str| new.tb(&["list", id]).lines().count();
    assert_eq!((count("plain"), count("other"), count("猫")), (19, 1, 1));
    let refused = new.cgi(&Request::ping("plain", "http://weblog.example/5"));
    assert!(
        refused.text().contains("<error>1</error>"),
        "the deleted stay away: {refused}"
    );
    assert!(fs::read_dir(new.data_dir()).unwrap().all(|entry| {
        !entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .ends_with(".tmp")
    }));
}

#[test]
fn it_can_be_put_into_a_folder_of_its_own() {
    let old = site();
    let file = backup(&old, &["--with-secrets"]);
    let file = file.to_str().unwrap();
    let into = old.path("elsewhere");
    give_to_owner(into.parent().unwrap());
    old.tb(&[
        "restore",
        file,
        "--into",
        into.to_str().unwrap(),
        "--with-secrets",
    ]);
    let mode = fs::metadata(&into).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let read = |name: &str| {
        (
            fs::read(into.join(name)).unwrap(),
            fs::read(old.data_dir().join(name)).unwrap(),
        )
    };
    let (new, was) = read("plain.jsonl");
    assert_eq!(new, was);
    let (new, was) = read(".secret");
    let key =
        |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap()["key"].clone();
    assert_eq!(key(&new), key(&was));
    assert_ne!(new, was, "sessions are over");
    assert!(!into.join("tb.toml").exists());
    old.tb_fails(2, &["restore", file, "--into", into.to_str().unwrap()]);
    old.tb_fails(
        2,
        &["restore", file, "--into", into.to_str().unwrap(), "--merge"],
    );
}

#[test]
fn pings_that_come_in_meanwhile_are_whole_or_not_in_it() {
    let site = site();
    let file = site.path("backup.tar");
    std::thread::scope(|scope| {
        let pinger = scope.spawn(|| {
            for number in 0..30 {
                site.cgi(&Request::ping(
                    "busy",
                    &format!("http://busy.example/{number}"),
                ));
            }
        });
        let mut rounds = 0;
        while !pinger.is_finished() || rounds == 0 {
            site.tb(&["backup", file.to_str().unwrap()]);
            rounds += 1;
        }
    });
    let new = Site::new();
    new.tb(&["restore", &carry(&file, &new)]);
    let text = new.tb(&["list", "busy"]);
    let numbers: Vec<usize> = text
        .lines()
        .rev()
        .map(|line| line.split('\t').next().unwrap().parse().unwrap())
        .collect();
    let expected: Vec<usize> = (1..=numbers.len()).collect();
    assert_eq!(numbers, expected, "a beginning, in order");
}

#[test]
fn a_backup_is_not_written_where_a_web_server_or_the_store_is() {
    let site = site();
    for folder in [
        site.data_dir(),
        site.rss_dir(),
        site.www(),
        site.www().join("cgi-bin"),
    ] {
        let file = folder.join("backup.tar");
        site.tb_fails(2, &["backup", file.to_str().unwrap()]);
        assert!(!file.exists());
    }
    site.tb_fails(1, &["backup", "/nonexistent/backup.tar"]);
    let victim = site.path("victim");
    write(&victim, "kept");
    std::os::unix::fs::symlink(&victim, site.path("link.tar")).unwrap();
    site.tb(&["backup", site.path("link.tar").to_str().unwrap()]);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "kept");
}

#[test]
fn an_archive_that_the_system_s_tar_has_packed_again_is_read() {
    let old = site();
    let file = backup(&old, &[]);
    let new = Site::new();
    let (open, packed) = (new.path("open"), new.path("packed.tar"));
    fs::create_dir(&open).unwrap();
    let tar = |words: &[&str]| {
        let output = Command::new(program("tar")).args(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    tar(&["xf", file.to_str().unwrap(), "-C", open.to_str().unwrap()]);
    for format in ["--format=gnu", "--format=pax", "--format=ustar"] {
        // A name of that length does not fit into the oldest form.
        if format == "--format=ustar" {
            fs::remove_file(open.join(format!("data/{}.jsonl", "x".repeat(128)))).unwrap();
        }
        tar(&[
            format,
            "-cf",
            packed.to_str().unwrap(),
            "-C",
            open.to_str().unwrap(),
            ".",
        ]);
        give_to_owner(&packed);
        let into = new.path(format);
        new.tb(&[
            "restore",
            packed.to_str().unwrap(),
            "--into",
            into.to_str().unwrap(),
        ]);
        assert!(into.join("猫.jsonl").exists(), "{format}");
    }
}

/// All bytes of an archive as text.
fn text(file: &Path) -> String {
    String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned()
}

#[test]
fn f16_without_its_flag_a_backup_holds_no_passphrase_and_no_hash_and_opens_nothing() {
    let mut site = site();
    site.set("passphrase", "\"for-all-of-them\"");
    site.tb(&["passphrase", "plain", "--set", "for-plain-only"]);
    let toml = fs::read_to_string(site.config()).unwrap();
    write(
        &site.config(),
        &format!("{toml}# once: $argon2id$v=19$old\n"),
    );
    let plain = text(&backup(&site, &[]));
    for secret in ["for-all-of-them", "for-plain-only", "$argon2", "\"epoch\""] {
        assert!(!plain.contains(secret), "{secret}");
    }
    assert!(plain.contains("site_name = ") && plain.contains("data/.entries"));
    let new = Site::new();
    let file = carry(&site.path("backup.tar"), &new);
    let said = new.tb(&["restore", &file]);
    assert!(said.contains("plain receives no pings until"), "{said}");
    for key in ["", "&key=", "&key=for-plain-only"] {
        let reply = new.cgi(&Request::ping(
            &format!("plain{key}"),
            "http://weblog.example/new",
        ));
        let open = reply.text().contains("<error>0</error>") && key.is_empty();
        assert!(!open, "{key}: {reply}");
    }
    new.tb(&["passphrase", "plain", "--set", "another-one"]);
    let url = new.tb(&["passphrase", "plain"]);
    assert!(url.contains("another-one"), "{url}");
    let whole = text(&backup(&site, &["--with-secrets"]));
    for secret in [
        "for-all-of-them",
        "for-plain-only",
        "$argon2id",
        "\"epoch\"",
    ] {
        assert!(whole.contains(secret), "{secret}");
    }
}

#[test]
fn a7_a_site_that_is_configured_by_the_environment_is_backed_up_and_restored() {
    let old = site();
    let by_environment = |site: &Site, words: &[&str]| {
        let aside = site.path("aside.toml");
        fs::rename(site.config(), &aside).unwrap();
        let output = site
            .command()
            .args(words)
            .env("TB_BASE_URL", "http://127.0.0.1/cgi-bin/tb.cgi")
            .env("TB_DATA_DIR", site.data_dir())
            .output()
            .unwrap();
        fs::rename(&aside, site.config()).unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let file = old.path("backup.tar");
    let said = by_environment(&old, &["backup", file.to_str().unwrap()]);
    assert!(said.contains("in the environment"), "{said}");
    assert!(!names(&file).contains(&"tb.toml".to_owned()));
    let new = Site::new();
    let said = by_environment(&new, &["restore", &carry(&file, &new)]);
    assert!(said.contains("3 ids"), "{said}");
    assert_eq!(new.tb(&["export"]), old.tb(&["export"]));
}
