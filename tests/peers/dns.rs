//! Host names on hosts of every kind, where `/etc` is what a test says and the name server a real one.
//!
//! Each test runs itself again in a network and a file system of its own ([`apart`]): port 53 is free there, every file
//! of `/etc` is the test's, and nothing gets out.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tb::internals::error::{Error, FetchError};
use tb::internals::fetch::{Client, ClientOptions, Page, Reach, Timeout};
use url::Url;

use crate::support::apart::run_again;
use crate::support::blog::{Blog, Script};
use crate::support::{program, static_binary};

mod rebinding;
mod releases;
mod shipped;

/// Where the executable lies in the namespace.
const EXECUTABLE: &str = "TB_TEST_EXECUTABLE";

/// Runs the test of that name again in namespaces of its own, as their root; there, says where the executable lies.
fn apart(test: &str) -> Option<PathBuf> {
    apart_with(test, &[])
}

/// The same with further variables.
fn apart_with(test: &str, variables: &[(&str, &std::ffi::OsStr)]) -> Option<PathBuf> {
    if let Some(executable) = std::env::var_os(EXECUTABLE) {
        return Some(PathBuf::from(executable));
    }
    let set_up = "ip link set lo up; mount -t tmpfs none /etc; \
                  echo 'root:x:0:0::/:/bin/sh' >/etc/passwd; echo 'root:x:0:' >/etc/group";
    let executable = (EXECUTABLE, static_binary().as_os_str());
    let variables = [&[executable], variables].concat();
    run_again(&format!("dns::{test}"), set_up, &variables);
    None
}

/// dnsmasq, which nobody here wrote; ends when dropped.
struct NameServer(Child);

impl NameServer {
    fn start(address: &str, records: &[String]) -> NameServer {
        let mut server = Command::new(program("dnsmasq"))
            .args([
                "--keep-in-foreground",
                "--no-resolv",
                "--no-hosts",
                "--conf-file=/dev/null",
            ])
            .args([
                "--user=root",
                "--group=root",
                "--pid-file",
                "--bind-interfaces",
            ])
            .args([
                "--log-facility=-",
                "--local=/example/",
                "--local=/intranet/",
            ])
            .arg(format!("--listen-address={address}"))
            .args(records)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(server.stderr.take().unwrap()).lines();
        let begun = said.find(|line| line.as_ref().is_ok_and(|line| line.contains("started")));
        assert!(begun.is_some(), "dnsmasq does not start");
        thread::spawn(move || said.for_each(drop));
        NameServer(server)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn records(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| format!("--{line}")).collect()
}

fn etc(name: &str, text: Option<&[u8]>) {
    let path = Path::new("/etc").join(name);
    match text {
        Some(text) => fs::write(path, text).unwrap(),
        None => drop(fs::remove_file(path)),
    }
}

fn get(reach: Reach, url: &str) -> Result<Page, FetchError> {
    let client = Client::new(ClientOptions {
        timeout: Timeout::Shell,
        reach,
        user_agent: "tb".to_owned(),
    });
    client
        .get(&Url::parse(url).unwrap())
        .map_err(|error| match error {
            Error::Fetch { fault, .. } => fault,
            other => panic!("{other}"),
        })
}

#[test]
fn a1_a_real_name_server_is_asked_as_resolv_conf_says() {
    if apart("a1_a_real_name_server_is_asked_as_resolv_conf_says").is_none() {
        return;
    }
    let mut all = records(&[
        "host-record=a.example,127.0.0.1",
        "host-record=six.example,::1",
        "host-record=both.example,127.0.0.1,::1",
        "cname=one.example,two.example",
        "cname=two.example,three.example",
        "cname=three.example,a.example",
        "host-record=www.intranet,127.0.0.1",
        "host-record=inside.example,93.184.215.14",
        // Of other names here it says that there are none, instead of refusing to answer.
        "local=/example/intranet/",
        "local=/www/",
    ]);
    all.extend((0..1000).map(|n| {
        format!(
            "--host-record=many.example,127.1.{}.{}",
            n / 250,
            n % 250 + 1
        )
    }));
    let server = NameServer::start("127.0.0.1", &all);
    let blog = Blog::start_at([0, 0, 0, 0], [("/", Script::html("here"))]);
    let port = blog.address().port();
    let six = TcpListener::bind(("::1", port)).unwrap();
    thread::spawn(move || {
        for stream in six.incoming() {
            let mut stream = stream.unwrap();
            drop(stream.read(&mut [0; 1000]));
            drop(stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nhere"));
        }
    });
    let at = |host: &str| get(Reach::Private, &format!("http://{host}:{port}/"));
    let good = ["a", "six", "both", "one", "many"].map(|name| format!("{name}.example"));
    for resolv_conf in [
        &b"nameserver 127.0.0.1\n"[..],
        b"# nothing\r\n\r\nnameserver\t127.0.0.1 # this machine\r\noptions edns0 trust-ad\r\n",
        b"nameserver 127.9.9.9\nnameserver 127.0.0.1\noptions rotate\n",
        b"nameserver 127.0.0.1\noptions use-vc\n",
        b"",
    ] {
        etc("resolv.conf", Some(resolv_conf));
        for name in &good {
            assert_eq!(at(name).unwrap().body, b"here", "{name} {resolv_conf:?}");
        }
        for name in ["none.example", "www"] {
            let fault = at(name).unwrap_err();
            assert!(
                matches!(fault, FetchError::Resolve),
                "{name} {resolv_conf:?}: {fault:?}"
            );
        }
    }
    etc("resolv.conf", None);
    assert!(at("a.example").is_ok());
    etc("resolv.conf", Some(b"search example intranet\n"));
    for name in ["www", "a", "one"] {
        assert!(at(name).is_ok(), "{name}");
    }
    assert!(matches!(at("www."), Err(FetchError::Resolve)));
    for hosts in [
        "127.0.0.1 Hosts.Example other\n",
        "127.0.0.1\thosts.example\r\n",
    ] {
        etc("hosts", Some(hosts.as_bytes()));
        assert!(at("hosts.example").is_ok() && at("a.example").is_ok());
    }
    // The file of hosts is asked first.
    etc("hosts", Some(b"127.0.0.1 inside.example\n"));
    assert!(at("inside.example").is_ok());
    etc("hosts", None);
    assert!(at("localhost").is_ok() && at("a.localhost").is_ok());
    // Every address is judged, and what was judged is what is dialled.
    for name in [
        "a.example",
        "many.example",
        "one.example",
        "six.example",
        "localhost",
    ] {
        let url = format!("http://{name}/");
        let fault = get(Reach::Public, &url);
        assert!(
            matches!(fault, Err(FetchError::Address(_))),
            "{name}: {fault:?}"
        );
    }
    drop(server);
    let begin = Instant::now();
    let fault = at("a.example").unwrap_err();
    assert!(fault.to_string().contains("no name server"), "{fault:?}");
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn f11_this_machines_public_address_is_inside_for_what_strangers_name() {
    if apart("f11_this_machines_public_address_is_inside_for_what_strangers_name").is_none() {
        return;
    }
    for own in ["93.184.215.14/32", "2606:4700::1111/128"] {
        let done = Command::new(program("ip"))
            .args(["address", "add", own, "dev", "lo", "nodad"])
            .status();
        assert!(done.unwrap().success());
    }
    etc(
        "hosts",
        Some(
            b"93.184.215.14 own.example\n2606:4700::1111 six.example\n\
            151.101.1.1 site.example\n151.101.1.1 other.example\n151.101.65.1 served.example\n",
        ),
    );
    for address in ["93.184.215.14:8080", "[2606:4700::1111]:8080"] {
        let listener = TcpListener::bind(address).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                drop(stream.read(&mut [0; 1000]));
                drop(stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nRequire local"));
            }
        });
    }
    for host in [
        "own.example",
        "six.example",
        "93.184.215.14",
        "[2606:4700::1111]",
        "[::ffff:93.184.215.14]",
        "[64:ff9b::5db8:d70e]",
    ] {
        let url = format!("http://{host}:8080/");
        let fault = get(Reach::Outside, &url);
        assert!(
            matches!(fault, Err(FetchError::Address(_))),
            "{host}: {fault:?}"
        );
    }
    // The owner's site behind another machine's address, as a proxy's or a router's, by its name and by its address.
    let client = Client::new(ClientOptions {
        timeout: Timeout::Within(std::time::Duration::from_secs(5)),
        reach: Reach::Outside,
        user_agent: "tb".to_owned(),
    });
    let server = Some("151.101.65.1".parse().unwrap());
    let base_url = Url::parse("https://site.example/cgi-bin/tb.cgi").unwrap();
    let client = client.with_site(&base_url, server);
    for host in [
        "site.example",
        "SITE.example.",
        "other.example",
        "151.101.1.1",
        "[::ffff:151.101.1.1]",
        // Where the web server says that it is.
        "served.example",
        "151.101.65.1",
        "[::ffff:151.101.65.1]",
        "[64:ff9b::9765:4101]",
    ] {
        let url = Url::parse(&format!("http://{host}/")).unwrap();
        match client.get(&url) {
            Err(Error::Fetch { fault, .. }) => {
                assert!(matches!(fault, FetchError::Address(_)), "{host}: {fault:?}");
            }
            other => panic!("{host}: {other:?}"),
        }
    }
    // What the owner names may be the site itself.
    for host in ["own.example", "six.example", "93.184.215.14"] {
        let page = get(Reach::Public, &format!("http://{host}:8080/")).unwrap();
        assert_eq!(page.body, b"Require local");
    }
}
