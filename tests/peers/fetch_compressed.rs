//! Bodies that a server compresses though nobody asked, and codings that are none. Packed by other programs: gzip's
//! own and Python's zlib.

use std::io::Write;
use std::process::{Command, Stdio};

use tb::internals::error::FetchError;
use tb::internals::fetch::inflate::{gunzip, is_gzip};
use tb::internals::fetch::{Page, Validators};

use crate::support::blog::{Blog, Script};
use crate::support::fetch::{fault_of, get, laboratory, post, raw, url};
use crate::support::program;

/// What a program makes of a text on its standard input.
fn through(words: &[&str], text: &[u8]) -> Vec<u8> {
    let mut running = Command::new(program(words[0]))
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = running.stdin.take().unwrap();
    let text = text.to_owned();
    let writing = std::thread::spawn(move || input.write_all(&text).unwrap());
    let output = running.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(output.status.success());
    output.stdout
}

fn gzip(text: &[u8]) -> Vec<u8> {
    through(&["gzip", "-9c"], text)
}

/// Python's zlib with that size of the window: negative is without a header.
fn zlib(window: i32, text: &[u8]) -> Vec<u8> {
    let code = format!(
        "import sys,zlib;c=zlib.compressobj(9,8,{window});d=sys.stdin.buffer.read();\
         sys.stdout.buffer.write(c.compress(d)+c.flush())"
    );
    through(&["python3", "-c", &code], text)
}

fn coded(coding: &str, body: &[u8]) -> Script {
    let head = format!(
        "Content-Type: text/html\r\n{}Content-Length: {}\r\n",
        coding
            .split('|')
            .filter(|coding| !coding.is_empty())
            .map(|coding| format!("Content-Encoding: {coding}\r\n"))
            .collect::<String>(),
        body.len()
    );
    raw(&head, body)
}

fn both(blog: &Blog) -> [Page; 2] {
    [get(blog, "/").unwrap(), post(blog, "/").unwrap()]
}

#[test]
fn c9_what_a_server_compresses_unasked_is_unpacked() {
    let text = "<response><error>0</error></response> 猫".as_bytes();
    let (gz, deflate, bare) = (gzip(text), zlib(15, text), zlib(-15, text));
    let named = through(&["gzip", "-9cN"], text);
    let extra = [&gz[..], b"\0\0\0\0trailing"].concat();
    let two = [gzip(&text[..9]), gzip(&text[9..])].concat();
    let blog = Blog::start([]);
    for (coding, body) in [
        ("gzip", &gz),
        ("x-gzip", &gz),
        ("GZIP", &gz),
        ("\"gzip\"", &gz),
        (" gzip ;", &gz),
        ("gzip", &named),
        ("gzip", &extra),
        ("gzip", &two),
        ("deflate", &deflate),
        ("deflate", &bare),
        ("gzip, identity", &gz),
        ("UTF-8, gzip", &gz),
        ("none|gzip", &gz),
        ("gzip, gzip", &gzip(&gz)),
        ("deflate|gzip", &gzip(&deflate)),
        // Announced twice and done once, as a server and a proxy do between them.
        ("gzip, gzip", &gz),
        ("gzip|gzip", &gz),
        // Announced as none, as another, or once too few.
        ("", &gz),
        ("identity", &gz),
        ("UTF-8", &gz),
        ("deflate", &gz),
        ("gzip", &deflate),
        ("gzip", &gzip(&gz)),
        ("", &gzip(&gz)),
    ] {
        blog.play("/", coded(coding, body));
        for page in both(&blog) {
            assert_eq!((&page.body[..], page.truncated), (text, false), "{coding}");
        }
    }
}

#[test]
fn c9_what_is_no_coding_leaves_the_body_as_it_is() {
    let blog = Blog::start([]);
    for coding in [
        "",
        "identity",
        "IDENTITY",
        "none",
        "UTF-8",
        "utf-8",
        "iso-8859-1",
        "8bit",
        "7bit",
        "binary",
        "text/html",
        "*",
        ",",
        ";q=1",
        "\u{1}",
        "\"\"",
        "x|y",
        // Announced, and not done.
        "gzip",
        "deflate",
        "gzip, deflate",
    ] {
        blog.play("/", coded(coding, b"<error>0</error>"));
        if coding == "\u{1}" {
            continue;
        }
        for page in both(&blog) {
            assert_eq!(page.body, b"<error>0</error>", "{coding}");
        }
    }
}

#[test]
fn s7_what_is_unpacked_counts_and_a_bomb_is_cut_off() {
    let bomb = gzip(&vec![b'x'; 50 << 20]);
    let (twice, deflate) = (gzip(&bomb), zlib(15, &vec![b'x'; 50 << 20]));
    let many: Vec<u8> = gzip(b"").repeat(40_000);
    let blog = Blog::start([]);
    for (coding, body) in [
        ("gzip", &bomb),
        ("gzip, gzip", &twice),
        ("deflate", &deflate),
        ("", &bomb),
        ("", &twice),
        ("identity", &bomb),
        ("gzip", &deflate),
    ] {
        blog.play("/", coded(coding, body));
        let [page, reply] = both(&blog);
        assert_eq!((page.body.len(), page.truncated), (1 << 20, true));
        assert_eq!((reply.body.len(), reply.truncated), (64 << 10, true));
    }
    blog.play("/", coded("gzip", &many));
    assert_eq!(get(&blog, "/").unwrap().body, b"");
    // Text that does not shrink is read to the limit too.
    let noise = through(&["head", "-c", "1048576", "/dev/urandom"], b"");
    blog.play("/", coded("gzip", &gzip(&noise)));
    let page = get(&blog, "/").unwrap();
    assert_eq!((page.body.len(), page.truncated), (1 << 20, false));
    assert_eq!(page.body, noise);
}

#[test]
fn c9_a_coding_that_hides_the_body_is_said_and_leaves_a_ping_uncertain() {
    let blog = Blog::start([]);
    for coding in ["br", "zstd", "compress", "gzip, br", "dcb"] {
        blog.play("/", coded(coding, b"\x8b\x05\x80"));
        let name = coding.rsplit(' ').next().unwrap();
        let fault = get(&blog, "/").unwrap_err();
        assert!(
            matches!(&fault, FetchError::NotText(found) if found == name),
            "{fault:?}"
        );
        // Of a reply the status and the headers count; what it says is unknown.
        let reply = post(&blog, "/").unwrap();
        assert_eq!(
            (reply.status, reply.other_type.as_deref()),
            (200, Some(name))
        );
        assert!(reply.body.is_empty());
    }
}

#[test]
fn what_breaks_off_or_is_damaged_gives_what_came_before() {
    let text: Vec<u8> = (0..20_000u32)
        .flat_map(|n| format!("{n} ").into_bytes())
        .collect();
    let whole = gzip(&text);
    let begun = Blog::start([("/", coded("gzip", &whole[..2]))]);
    let fault = get(&begun, "/").unwrap_err();
    assert!(matches!(&fault, FetchError::NotText(kind) if kind == "gzip"));
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 8].fill(0xff);
    let mut sum = whole.clone();
    let end = sum.len() - 8;
    sum[end] ^= 1;
    let blog = Blog::start([]);
    for (body, least) in [
        (&whole[..whole.len() / 2], 1000),
        (&whole[..whole.len() - 8], text.len()),
        (&damaged[..], 1000),
        (&sum[..], text.len()),
    ] {
        blog.play("/", coded("gzip", body));
        let page = get(&blog, "/").unwrap();
        assert!(page.truncated && page.body.len() >= least);
        assert!(text.starts_with(&page.body[..1000]));
    }
}

#[test]
fn a_sitemap_may_be_a_gzip_file() {
    let text = b"<urlset/>";
    let packed = gzip(text);
    let blog = Blog::start([]);
    let newer = |most| {
        let none = Validators::default();
        fault_of(
            laboratory()
                .get_if_modified(&url(&blog.url("/")), &none, most)
                .map(Option::unwrap),
        )
    };
    for (kind, coding) in [
        ("application/gzip", ""),
        ("application/x-gzip", ""),
        ("application/octet-stream", ""),
        ("text/xml", ""),
        ("application/xml", ""),
        // Apache's `AddEncoding x-gzip .gz`, with and without a type of its own.
        ("application/x-gzip", "Content-Encoding: x-gzip\r\n"),
        ("text/xml", "Content-Encoding: x-gzip\r\n"),
    ] {
        let head = format!("Content-Type: {kind}\r\n{coding}");
        blog.play("/", raw(&head, &packed));
        let page = newer(1000).unwrap();
        assert_eq!(
            (&page.body[..], page.truncated),
            (&text[..], false),
            "{kind}"
        );
        let page = newer(5).unwrap();
        assert_eq!(page.body, text[..5].to_vec(), "{kind}");
        assert!(page.truncated, "{kind}");
    }
    // A store of files knows no types; what is no text is seen by its bytes.
    blog.play("/", raw("Content-Type: application/octet-stream\r\n", text));
    assert_eq!(newer(1000).unwrap().body, text.to_vec());
    let binary = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    blog.play(
        "/",
        raw("Content-Type: application/octet-stream\r\n", binary),
    );
    assert!(matches!(newer(1000), Err(FetchError::NotText(_))));
    blog.play("/", raw("Content-Type: image/png\r\n", &packed));
    assert!(matches!(newer(1000), Err(FetchError::NotText(_))));
    // A stranger's page is not.
    blog.play("/", raw("Content-Type: application/gzip\r\n", &packed));
    assert!(matches!(get(&blog, "/"), Err(FetchError::NotText(_))));
    assert!(is_gzip(&packed) && !is_gzip(text));
    assert_eq!(gunzip(text, 10), None);
}
