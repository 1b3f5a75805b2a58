//! What is released: the tarball in a cgi-bin, the Debian package, and the GitHub Action.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::blog::Script;
use crate::support::http;
use crate::support::package::{packages, root, run, unpacked};
use crate::support::request::Request;
use crate::support::server::{Kind, Server};
use crate::support::site::{BASE, Site};
use crate::support::writer::{Writer, link, peer, pings};
use crate::support::{give_to_owner, write};

#[test]
fn the_packages_are_the_same_each_time_and_have_their_checksums() {
    let (out, names) = packages();
    let [tarball, deb, sums] = &names[..] else {
        panic!("{names:?}")
    };
    assert!(
        tarball.ends_with("-linux.tar.gz") && deb.ends_with(".deb"),
        "{names:?}"
    );
    run(Command::new("sha256sum")
        .args(["--check", sums])
        .current_dir(out.path()));
    let (again, _) = packages();
    assert_eq!(
        fs::read_to_string(out.path().join(sums)).unwrap(),
        fs::read_to_string(again.path().join(sums)).unwrap()
    );
    let listed = run(Command::new("tar")
        .arg("-tvzf")
        .arg(out.path().join(tarball)));
    assert!(
        listed.lines().all(|line| line.contains(" 0/0 ")),
        "{listed}"
    );
    // A file that others can write would be refused by suEXEC.
    assert!(
        !listed
            .lines()
            .any(|line| line[..10].chars().nth(8) == Some('w')),
        "{listed}"
    );

    let package = out.path().join("package");
    run(Command::new("dpkg-deb")
        .arg("-x")
        .arg(out.path().join(deb))
        .arg(&package));
    let said = run(Command::new(package.join("usr/bin/tb"))
        .arg("--version")
        .env("TB_MODE", "cli"));
    assert_eq!(said, format!("tb {}\n", env!("CARGO_PKG_VERSION")));
    for file in [
        "usr/share/man/man1/tb.1.gz",
        "usr/share/man/man1/tb-send.1.gz",
        "usr/share/bash-completion/completions/tb",
        "usr/share/doc/tb/copyright",
    ] {
        assert!(package.join(file).is_file(), "{file}");
    }
}

#[test]
fn the_tarballs_files_in_a_cgi_bin_receive_a_ping() {
    let (out, names) = packages();
    let folder = unpacked(out.path(), &names[0]);
    let mut site = Site::new();
    let server = Server::start(Kind::ApachePrefork, &mut site);
    let cgi_bin = site.www().join("cgi-bin");
    for name in ["tb.cgi", "header.txt", "footer.txt", ".htaccess"] {
        fs::remove_file(cgi_bin.join(name)).ok();
        fs::copy(folder.join(name), cgi_bin.join(name)).unwrap();
        give_to_owner(&cgi_bin.join(name));
    }
    let data = site.path("uploaded");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    give_to_owner(&data);
    let sample = fs::read_to_string(folder.join("tb.toml.sample")).unwrap();
    let settings = sample
        .replace("https://blog.example/cgi-bin/tb.cgi", &site.base_url())
        .replace("/home/me/tb-data", data.to_str().unwrap());
    assert!(settings.contains(data.to_str().unwrap()) && settings.contains(&site.base_url()));
    fs::write(site.config(), settings).unwrap();
    let ping = Request::ping("hello", "http://weblog.example/1");
    let reply = http::send(server.port, BASE, &ping);
    assert!(reply.text().contains("<error>0</error>"), "{reply}");
    assert!(
        site.tb(&["list", "hello"])
            .contains("http://weblog.example/1")
    );
    assert!(
        site.tb(&["check", "--offline"])
            .lines()
            .all(|line| !line.starts_with("fault"))
    );
    for file in ["tb.toml", "header.txt", "tb.toml.sample", ".htaccess"] {
        let reply = http::send(
            server.port,
            &format!("/cgi-bin/{file}"),
            &Request::new("GET"),
        );
        assert!([403, 404].contains(&reply.status), "{file}: {reply}");
    }
    let guide = fs::read_to_string(folder.join("INSTALL.txt")).unwrap();
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_of_itself = ["INSTALL.txt", "LICENSE"].contains(&name.as_str());
        assert!(is_of_itself || guide.contains(&name), "{name}");
    }
}

#[test]
fn the_package_for_aarch64_stores_a_ping() {
    // A whole release build, for another processor.
    if std::env::var_os("TB_LONG").is_none() {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let said = run(Command::new(root().join("tests/package"))
        .arg(out.path())
        .arg("aarch64"));
    let names: Vec<&str> = said.lines().collect();
    let [tarball, deb, _] = names[..] else {
        panic!("{names:?}")
    };
    assert!(
        tarball.ends_with("-aarch64-linux.tar.gz") && deb.ends_with("_arm64.deb"),
        "{names:?}"
    );
    let folder = unpacked(out.path(), tarball);
    let data = out.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    let sample = fs::read_to_string(folder.join("tb.toml.sample")).unwrap();
    let settings = sample.replace("/home/me/tb-data", data.to_str().unwrap());
    write(&folder.join("tb.toml"), &settings);
    let program = || {
        let executable = folder.join("tb.cgi");
        let mut command = match cfg!(target_arch = "aarch64") {
            true => Command::new(executable),
            false => {
                let mut emulator = Command::new("qemu-aarch64");
                emulator.arg(executable);
                emulator
            }
        };
        command.env_clear();
        command
    };
    let tb = |arguments: &[&str]| run(program().env("TB_MODE", "cli").args(arguments));
    let version = format!("tb {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(tb(&["--version"]), version);
    let ping = Request::ping("hello", "http://weblog.example/1");
    let body = out.path().join("body");
    fs::write(&body, &ping.body).unwrap();
    let reply = run(program()
        .envs(ping.environment())
        .stdin(fs::File::open(&body).unwrap()));
    assert!(reply.contains("<error>0</error>"), "{reply}");
    let listed = tb(&["list", "hello"]);
    assert!(listed.contains("\thttp://weblog.example/1\t"), "{listed}");
}

#[test]
fn the_action_sends_once_and_writes_a_summary_that_no_page_can_write_into() {
    let (writer, one) = (Writer::new(), peer(2));
    let url = writer.own.url("/1/");
    let page = format!(
        "<!doctype html><title># <b>Entry</b></title><link rel=canonical href=\"{url}\"><article><h1>Entry</h1>\
         <time datetime=\"2026-01-01T00:00:00Z\">day</time>{}</article>",
        link(&one)
    );
    let folder = writer.site.path("a site/1");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("index.html"), &page).unwrap();
    writer.own.play("/1/", Script::html(&page));
    let summary = writer.site.path("summary");
    let call = || {
        Command::new(root().join("packaging/action"))
            .current_dir(writer.site.path(""))
            .env("TB", writer.site.path("cgi-bin/tb.cgi"))
            .env("SOURCE", "a site\n")
            .env("LEDGER", "tb-sent.jsonl")
            .env("ADOPT", "1")
            .env("ARGUMENTS", "--jobs\n1\n")
            .env("GITHUB_STEP_SUMMARY", &summary)
            // What a runner's process may have, and a shell would run.
            .env("BASE_URL", "")
            .output()
            .unwrap()
    };
    for _ in 0..2 {
        let output = call();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(pings(&one).len(), 1);
    }
    let text = fs::read_to_string(&summary).unwrap();
    assert!(text.contains("    1 sent"), "{text}");
    let foreign = text.lines().filter(|line| !line.starts_with("    "));
    let own: Vec<&str> = foreign.filter(|line| !line.is_empty()).collect();
    assert_eq!(own, ["### Pings sent", "### Pings sent"], "{text}");
    // A failure is the step's.
    fs::remove_dir_all(writer.site.path("a site")).unwrap();
    assert!(!call().status.success());
}

#[test]
fn the_workflows_and_the_action_name_files_and_inputs_that_exist() {
    let read = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let action = read("action.yml");
    let script = read("packaging/action");
    for input in ["SOURCE", "BASE_URL", "LEDGER", "ADOPT", "ARGUMENTS"] {
        let name = input.to_lowercase().replace('_', "-");
        let passed = format!("{input}: ${{{{ inputs.{name} }}}}");
        assert!(action.contains(&passed), "{passed}");
        assert!(action.contains(&format!("\n  {name}:\n")), "{name}");
        assert!(
            script.contains(&format!("${{{input}-}}")) || script.contains(&format!("\"${input}\"")),
            "{input}"
        );
    }
    // No input is pasted into a script, where it could end the word that it stands in.
    for (_, script) in action
        .match_indices("run: ")
        .map(|(at, _)| action[at..].split_at(4))
    {
        let script = script.split("\n    - ").next().unwrap();
        assert!(!script.contains("${{"), "{script}");
    }
    let release = read(".github/workflows/release.yml");
    assert!(release.contains("- run: tests/package out \"$MACHINE\""));
    assert!(root().join("tests/package").is_file() && action.contains("packaging/action"));
    // YAML that is not well formed would only be found by the forge.
    for name in [
        "action.yml",
        ".github/workflows/release.yml",
        ".github/workflows/ci.yml",
    ] {
        run(Command::new("ruby")
            .args(["-ryaml", "-e", "YAML.load_file(ARGV[0])", name])
            .current_dir(root()));
    }
}
