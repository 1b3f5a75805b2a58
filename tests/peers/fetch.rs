//! Requests to a TLS server that is not ours.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use tb::internals::error::FetchError;

use crate::support::fetch::*;

#[test]
fn s6_a_certificate_that_nobody_vouches_for_is_refused_in_a_laboratory_too() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
        ])
        .args([
            "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2",
        ])
        .args(["-subj", "/CN=localhost", "-addext"])
        .arg("subjectAltName=DNS:localhost,IP:127.0.0.1")
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let mut server = Command::new("openssl")
        .args(["s_server", "-www", "-accept", "127.0.0.1:0"])
        .args(["-key", "key.pem", "-cert", "cert.pem"])
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap()).lines();
    let port = said
        .find_map(|line| {
            Some(
                line.ok()?
                    .strip_prefix("ACCEPT ")?
                    .rsplit_once(':')?
                    .1
                    .to_owned(),
            )
        })
        .unwrap();
    let faults = ["localhost", "127.0.0.1"]
        .map(|host| fault_of(laboratory().get(&url(&format!("https://{host}:{port}/")))));
    server.kill().unwrap();
    server.wait().unwrap();
    for fault in faults {
        assert!(
            matches!(&fault, Err(FetchError::Tls(cause)) if cause.to_string().contains("certificate")),
            "{fault:?}"
        );
    }
}
