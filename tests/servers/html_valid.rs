//! No page has an HTML error: HTML Tidy reads the markup of all golden pages, and rust-url each URL in them.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use html5gum::{Token, Tokenizer};
use url::Url;

use crate::support::process::output_with;
use crate::support::program;
use crate::support::request::Request;
use crate::support::site::Site;

/// What Tidy 5.6 says of correct HTML: `lang=""` is an unknown language, `aria-current` is of WAI-ARIA 1.1, and a
/// `summary` may hold a heading.
const MISTAKEN: [&str; 5] = [
    "attribute \"lang\" lacks value",
    "proprietary attribute \"aria-current\"",
    "missing </summary> before <h2>",
    "discarding unexpected </summary>",
    "trimming empty <summary>",
];

/// What Tidy says of a document, one fault a line.
fn faults_of_markup(document: &str) -> Vec<String> {
    let mut tidy = Command::new(program("tidy"));
    tidy.args(["-quiet", "-errors", "-utf8", "--show-info", "no"]);
    let said = output_with(tidy, document.as_bytes());
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let is_fault = |line: &&str| !MISTAKEN.iter().any(|words| line.contains(words));
    said.lines().filter(is_fault).map(str::to_owned).collect()
}

/// Errors of the tokeniser, and URLs that are not written as the URL standard wants them.
fn faults_of_urls(document: &str) -> Vec<String> {
    let base = Url::parse("https://blog.example/cgi-bin/tb.cgi").unwrap();
    let faults = RefCell::new(Vec::new());
    for token in Tokenizer::new(document).flatten() {
        let tag = match token {
            Token::StartTag(tag) => tag,
            Token::Error(error) => {
                faults.borrow_mut().push(error.to_string());
                continue;
            }
            _ => continue,
        };
        for (name, value) in &tag.attributes {
            let is_url = [&b"href"[..], b"src", b"action", b"formaction", b"cite"]
                .contains(&name.as_slice());
            if !is_url {
                continue;
            }
            let text = String::from_utf8_lossy(&value.value).into_owned();
            let note = |fault: String| faults.borrow_mut().push(format!("{text}: {fault}"));
            let on_violation = |violation| note(format!("{violation:?}"));
            let options = Url::options()
                .base_url(Some(&base))
                .syntax_violation_callback(Some(&on_violation));
            if let Err(error) = options.parse(&text) {
                note(error.to_string());
            }
        }
    }
    faults.into_inner()
}

/// All that is wrong with a document.
fn faults(document: &str) -> Vec<String> {
    [faults_of_markup(document), faults_of_urls(document)].concat()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// A part of a page in a document of its own.
fn document_around(part: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>A page</title></head><body>{part}</body></html>\n"
    )
}

/// The document in a golden file, which may have a reply's headers above it; `None` if there is none.
fn document_in(path: &Path) -> Option<String> {
    // The files say `PORT` for what differs from run to run.
    let text = fs::read_to_string(path).unwrap().replace(":PORT", ":80");
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    match text.find("<!DOCTYPE html>") {
        // The file `header.txt` is half of one.
        Some(_) if name == "header.txt" => None,
        Some(begin) => Some(text[begin..].to_owned()),
        None if name.ends_with(".html") => Some(document_around(&text)),
        None => {
            let (head, body) = text.split_once("\n\n")?;
            head.contains("Content-Type: text/html")
                .then(|| document_around(body))
        }
    }
}

#[test]
fn d9_no_page_has_an_html_error() {
    let mut found = Vec::new();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    files(&golden, &mut found);
    let mut seen = 0;
    for path in &found {
        let Some(document) = document_in(path) else {
            continue;
        };
        seen += 1;
        assert_eq!(
            faults(&document),
            Vec::<String>::new(),
            "{}",
            path.display()
        );
    }
    assert!(seen > 60, "{seen} pages");
}

#[test]
fn d9_no_page_between_ones_own_header_and_footer_has_an_html_error() {
    let site = Site::new();
    for (header, footer) in [
        // The built-in ones, with their style, which the golden files leave out.
        (None, None),
        (
            Some(
                "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Mine</title></head><body><div>\n",
            ),
            Some("</div></body></html>\n"),
        ),
    ] {
        for (name, text) in [("header.txt", header), ("footer.txt", footer)] {
            let path = site.path("www/cgi-bin").join(name);
            match text {
                Some(text) => fs::write(path, text).unwrap(),
                None => fs::remove_file(path).unwrap_or_default(),
            }
        }
        site.cgi(&Request::ping("entry", "http://weblog.example/1"));
        for query in [
            "",
            "__mode=list",
            "__mode=list&tb_id=entry",
            "__mode=login",
            "__mode=delete&tb_id=no",
        ] {
            let page = site.cgi(&Request::get(query));
            assert_eq!(faults(page.text()), Vec::<String>::new(), "{query}: {page}");
        }
    }
}

#[test]
fn the_validators_see_errors() {
    let good = document_around("<p>A page</p>");
    assert_eq!(faults(&good), Vec::<String>::new());
    for part in [
        "<p><div></p></div>",
        "<p id=a>x</p><p id=a>y</p>",
        "<img src=\"a.png\">",
        "<a href=\"data:image/svg+xml,<svg xmlns='x'>\">x</a>",
        "<a href=\"data:image/svg+xml,%3Csvg xmlns\">x</a>",
        "<a href=\"/a b\">x</a>",
        "<a href=\"http://[/\">x</a>",
        "<blink>x</blink>",
        "<a href=\"x\"class=\"y\">x</a>",
        "<form action=\"x y\"><p></form>",
    ] {
        assert!(!faults(&document_around(part)).is_empty(), "{part}");
    }
}
