//! The session among other programs of one server.

use std::fs;
use std::process::Command;

use crate::support::program;
use crate::support::server::{Kind, Server};
use crate::support::site::{BASE, PASSWORD, Site};

/// With a browser's own rules for cookies: curl's.
#[test]
fn s4_a_neighbours_program_on_the_same_origin_does_not_receive_the_session() {
    let mut site = Site::shipped();
    site.set_password();
    let server = Server::start(Kind::ApachePrefork, &mut site);
    let folder = crate::support::folder();
    let jar = folder.path().join("jar");
    let curl = |arguments: &[&str], path: &str| {
        let output = Command::new(program("curl"))
            .args(["-sS", "-b"])
            .arg(&jar)
            .arg("-c")
            .arg(&jar)
            .args(arguments)
            .arg(format!("http://127.0.0.1:{}{path}", server.port))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let page = curl(&[], &format!("{BASE}?__mode=login"));
    let (_, rest) = page.split_once("name=\"token\" value=\"").expect("a token");
    let token = rest.split('"').next().unwrap();
    let fields = [
        "--data-urlencode".to_owned(),
        format!("password={PASSWORD}"),
        "-d".to_owned(),
        format!("__mode=do_login&token={token}"),
    ];
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    curl(&fields, BASE);
    let inside = curl(&[], &format!("{BASE}?__mode=moderate"));
    assert!(inside.contains("logout"), "{inside}");
    let sends_cookies = |path: &str| {
        let output = Command::new(program("curl"))
            .args(["-sS", "-v", "-b"])
            .arg(&jar)
            .arg(format!("http://127.0.0.1:{}{path}", server.port))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).to_ascii_lowercase();
        assert!(said.contains("> get "), "{said}");
        said.contains("> cookie:")
    };
    assert!(sends_cookies(&format!("{BASE}?__mode=moderate")));
    for neighbour in [
        "/cgi-bin/neighbour.cgi",
        "/cgi-bin/neighbour.cgi/tb.cgi?x=/cgi-bin/tb.cgi",
        "/cgi-bin/tb.cgix",
        "/cgi-bin/",
        "/",
        "/~mallory/cgi-bin/tb.cgi",
    ] {
        assert!(!sends_cookies(neighbour), "{neighbour}");
    }
    assert!(fs::read_to_string(&jar).unwrap().contains("tb-device"));
}
