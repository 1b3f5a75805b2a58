//! A weblog that has moved to https, behind a certificate that the program trusts.
//!
//! The executable trusts the authorities of Mozilla's list only. Here it is a copy in which the key of one of them is
//! replaced with a key of the test's, so that what is tested is what is shipped.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::process::{Process, wait_for};
use crate::support::{folder, program, set_mode, static_binary};

/// An authority of Mozilla's list with a key of 65 bytes.
const AUTHORITY: &str = "/etc/ssl/certs/Amazon_Root_CA_3.pem";
/// How long such a key is.
const KEY: usize = 65;

/// Makes the authority's key ours, and a certificate for 127.0.0.1 that it has signed.
const CERTIFICATES: &str = r#"
set -e
openssl ecparam -name prime256v1 -genkey -noout -out ca.key
openssl x509 -in "$1" -signkey ca.key -days 30 -out ca.pem
openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER -out old.der
openssl pkey -in ca.key -pubout -outform DER -out new.der
openssl ecparam -name prime256v1 -genkey -noout -out key.pem
openssl req -new -key key.pem -subj /CN=127.0.0.1 -out request.pem
printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' > extensions
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -set_serial 7 -days 20 -extfile extensions -out cert.pem
"#;

/// A server that answers http with a redirect and accepts pings over https, on one port; it notes each request.
const SERVER: &str = r#"
import socket, ssl, sys, threading
folder, status, location = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]

def converse(peer):
    secure = peer.recv(1, socket.MSG_PEEK) == b"\x16"
    stream = context.wrap_socket(peer, server_side=True) if secure else peer
    data = b""
    while b"\r\n\r\n" not in data:
        data += stream.recv(65536)
    head, body = data.split(b"\r\n\r\n", 1)
    length = [int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while length and len(body) < length[0]:
        body += stream.recv(65536)
    method, target = head.split(b" ")[:2]
    with open(folder + "/requests", "a") as log:
        log.write("%s %s %s %s\n" % ("https" if secure else "http", method.decode(), target.decode(), body.decode()))
    answer = b"<?xml version='1.0'?><response><error>0</error></response>"
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
    if not secure:
        answer = b""
        head = "HTTP/1.1 %s Moved\r\nLocation: %s\r\n" % (status, location.replace("PORT", str(port)))
    head += "Content-Length: %d\r\nConnection: close\r\n\r\n" % len(answer)
    stream.sendall(head.encode() + answer)
    stream.close()

def guarded(peer):
    try:
        converse(peer)
    except OSError:
        pass

with open(folder + "/port.new", "w") as file:
    file.write(str(port))
import os
os.rename(folder + "/port.new", folder + "/port")
while True:
    threading.Thread(target=guarded, args=(listener.accept()[0],), daemon=True).start()
"#;

/// The executable, and where the certificate is.
struct Trusting {
    folder: tempfile::TempDir,
}

impl Trusting {
    fn new() -> Trusting {
        let folder = folder();
        let made = Command::new(program("sh"))
            .args(["-c", CERTIFICATES, "sh", AUTHORITY])
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let key = |name: &str| {
            let bytes = fs::read(folder.path().join(name)).unwrap();
            bytes[bytes.len() - KEY..].to_vec()
        };
        let (old, new) = (key("old.der"), key("new.der"));
        let mut executable = fs::read(static_binary()).unwrap();
        let places: Vec<usize> = (0..executable.len() - KEY)
            .filter(|at| executable[*at..].starts_with(&old))
            .collect();
        assert_eq!(places.len(), 1, "the authority's key in the executable");
        executable[places[0]..places[0] + KEY].copy_from_slice(&new);
        let path = folder.path().join("tb");
        fs::write(&path, executable).unwrap();
        set_mode(&path, 0o755);
        for name in ["cert.pem", "key.pem"] {
            set_mode(&folder.path().join(name), 0o644);
        }
        Trusting { folder }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the server; it answers http with this status and `Location`.
    fn serve(&self, status: u16, location: &str) -> (Process, String) {
        for name in ["port", "requests"] {
            fs::remove_file(self.path(name)).unwrap_or_default();
        }
        let mut command = Command::new(program("python3"));
        command.args(["-c", SERVER]).arg(self.folder.path());
        command.args([&status.to_string(), location]);
        let process = Process::start_as_self(command);
        let port = wait_for(|| fs::read_to_string(self.path("port")).ok());
        (process, port.expect("a port"))
    }

    fn requests(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("requests")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Runs the program, which is copied so that no other test has the file open for writing.
    fn tb(&self, words: &[&str]) -> std::process::Output {
        Command::new(program("env"))
            .arg(self.path("tb"))
            .args(words)
            .env_clear()
            .env("TB_ALLOW_PRIVATE", "true")
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

#[test]
fn c8_a_ping_arrives_once_at_a_weblog_that_has_moved_to_https() {
    let weblog = Trusting::new();
    let same = "https://127.0.0.1:PORT/tb.cgi/1?k=%C3%A9";
    for (status, location, outcome) in [
        (301, same, "accepted"),
        (302, same, "accepted"),
        (307, same, "accepted"),
        (308, same, "accepted"),
        (
            301,
            "https://127.0.0.1:PORT/tb.cgi/1?k=%C3%A9#top",
            "accepted",
        ),
        (303, same, "uncertain"),
        (301, "https://127.0.0.1:PORT/tb.cgi/1", "uncertain"),
        (301, "https://127.0.0.1:PORT/tb.cgi/2?k=%C3%A9", "uncertain"),
        (301, "https://127.0.0.1:PORT/", "uncertain"),
        (301, "/tb.cgi/1?k=%C3%A9", "uncertain"),
    ] {
        let (_server, port) = weblog.serve(status, location);
        let to = format!("http://127.0.0.1:{port}/tb.cgi/1?k=%C3%A9");
        let url = "http://blog.example/1";
        let output = weblog.tb(&[
            "ping", "--json", "--to", &to, "--url", url, "--title", "One",
        ]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let reply: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{output:?}"));
        let what = format!("{status} {location}: {said} {:?}", weblog.requests());
        let requests = weblog.requests();
        let secure: Vec<&String> = requests
            .iter()
            .filter(|line| line.starts_with("https "))
            .collect();
        assert_eq!(requests.len(), 1 + secure.len(), "{what}");
        assert_eq!(reply["outcome"], outcome, "{what}");
        if outcome == "accepted" {
            assert_eq!(output.status.code(), Some(0), "{what}");
            let [ping] = secure[..] else { panic!("{what}") };
            assert!(ping.starts_with("https POST /tb.cgi/1?k=%C3%A9 "), "{what}");
            assert!(
                ping.contains("title=One") && ping.contains("url=http%3A%2F%2Fblog.example%2F1"),
                "{what}"
            );
        } else {
            assert!(secure.is_empty(), "{what}");
        }
    }
}

#[test]
fn c8_send_notes_that_ping_and_sends_it_no_more() {
    let weblog = Trusting::new();
    let (_server, port) = weblog.serve(301, "https://127.0.0.1:PORT/tb.cgi/1");
    let page = format!("<link rel=trackback href=\"http://127.0.0.1:{port}/tb.cgi/1\"><p>Cats</p>");
    let other = Blog::start([("/cats", Script::html(&page))]);
    let own = Blog::start_at([127, 0, 0, 9], []);
    let text = format!(
        "<article><p>See <a href='{}'>the cats</a>.</p></article>",
        other.url("/cats")
    );
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>W</title><item><title>One</title><link>{}</link>\
         <description><![CDATA[{text}]]></description></item></channel></rss>",
        own.url("/1")
    );
    own.play("/1", Script::html(&text));
    fs::write(weblog.path("feed.xml"), feed).unwrap();
    for run in 0..3 {
        let output = weblog.tb(&["send", "feed.xml", "--adopt", "none"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(
            said.contains(if run == 0 { "1 sent" } else { "0 sent" }),
            "{said}"
        );
        let arrived = weblog.requests();
        let posts = arrived.iter().filter(|line| line.starts_with("https POST"));
        assert_eq!(posts.count(), 1, "run {run}: {arrived:?}");
    }
    assert!(Path::new(&weblog.path("tb-sent.jsonl")).exists());
}
