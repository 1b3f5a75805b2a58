//! Replies and feeds, judged by tools that are not ours.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::http::Reply;
use super::program;
use super::site::Site;

/// Fails unless the reply is the specification's success: error 0, HTTP 200, no message.
#[track_caller]
pub(crate) fn assert_accepted(reply: &Reply) {
    assert_eq!(reply.status, 200, "{reply}");
    assert_eq!(response(reply), ("0".to_owned(), None), "{reply}");
}

/// Fails unless the reply is a refusal in XML with HTTP `status` and a `message` that begins so.
#[track_caller]
pub(crate) fn assert_refused(reply: &Reply, status: u16, message: &str) {
    assert_eq!(reply.status, status, "{reply}");
    let (error, said) = response(reply);
    assert_eq!(error, "1", "{reply}");
    let said = said.unwrap_or_else(|| panic!("a refusal says why: {reply}"));
    assert!(
        said.starts_with(message),
        "`{said}` is not `{message}`: {reply}"
    );
}

/// `<error>` and `<message>` of a `<response>`, which must be well-formed XML labelled as such.
#[track_caller]
pub(crate) fn response(reply: &Reply) -> (String, Option<String>) {
    let kind = reply.header("Content-Type").unwrap_or_default();
    assert!(
        kind.starts_with("text/xml") || kind.starts_with("application/xml"),
        "not XML: {reply}"
    );
    let text = reply.text();
    assert!(
        text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"),
        "{reply}"
    );
    assert_well_formed(&reply.body);
    let error = element(text, "error").unwrap_or_else(|| panic!("no <error>: {reply}"));
    (error, element(text, "message"))
}

/// Fails unless `bytes` is well-formed XML in UTF-8.
#[track_caller]
pub(crate) fn assert_well_formed(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    if let Err(fault) = roxmltree::Document::parse(text) {
        panic!("{fault}\n{text}");
    }
}

/// Fails unless `bytes` is RSS 2.0 as `tests/support/rss20.rng` has it.
#[track_caller]
pub(crate) fn assert_rss(bytes: &[u8]) {
    assert_schema("rss20.rng", bytes);
}

/// Fails unless `bytes` is Atom as `tests/support/atom.rng` has it.
#[track_caller]
pub(crate) fn assert_atom(bytes: &[u8]) {
    assert_schema("atom.rng", bytes);
}

#[track_caller]
fn assert_schema(name: &str, bytes: &[u8]) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/support")
        .join(name);
    let schema = schema.to_str().expect("a path in UTF-8");
    xmllint(&["--noout", "--nonet", "--relaxng", schema, "-"], bytes);
}

/// The text of the first element of that name, entities decoded.
pub(crate) fn element(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (inside, _) = rest.split_once(&format!("</{name}>"))?;
    Some(
        inside
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&"),
    )
}

#[track_caller]
fn xmllint(arguments: &[&str], input: &[u8]) {
    let mut child = Command::new(program("xmllint"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("xmllint");
    let mut stdin = child.stdin.take().expect("a piped stdin");
    // It may stop reading at the first fault; what it says about it comes below.
    stdin.write_all(input).unwrap_or_default();
    drop(stdin);
    let output = child.wait_with_output().expect("xmllint");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(input)
    );
}

/// Trouble of the site's own: an error 1 in XML, 5xx, and not a word about where.
#[track_caller]
pub(crate) fn assert_trouble(live: &Site, reply: &Reply) {
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
