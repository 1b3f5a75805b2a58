//! The pages that html5lib's readers of HTML are tested with: `tb` makes the same tree of each as Chromium, alone and within
//! an entry, and sees the same links and words.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tb::internals::html::{Document, Node, Syntax};
use tb::text::clean;

use super::html_browser::{SEEN, seen_by_tb};
use super::support::browser::Browser;
use super::support::indieweb;

/// Writes each of `pages` into a frame; its tree, and what is seen of it.
const READ: &str = r#"
    const tree = (around, depth, found) => {
        for (const node of around.childNodes) {
            const last = found.at(-1);
            if (node.nodeType === Node.ELEMENT_NODE) {
                found.push([depth, node.localName.toLowerCase()]);
                tree(node.localName === 'template' && node.content ? node.content : node, depth + 1, found);
            } else if (node.nodeType === Node.TEXT_NODE) {
                if (last?.[0] === depth && last.length === 3) last[2] += node.data;
                else found.push([depth, '', node.data]);
            }
        }
        return found;
    };
    return pages.map(page => {
        const frame = document.createElement('iframe');
        frame.style = 'width: 900px; height: 700px';
        document.body.append(frame);
        const opened = frame.contentDocument;
        opened.open();
        opened.write(page);
        opened.close();
        const read = { tree: tree(opened, 0, []) };
        if (opened.body?.localName === 'body') {
            read.seen = seen(opened, element => frame.contentWindow.getComputedStyle(element));
        }
        frame.remove();
        return read;
    });
"#;

/// Where Chromium makes another tree, and why nobody sees it.
const OTHERWISE: [(&str, &str); 1] = [(
    "tests1 54 within",
    "behind `</body>` it does not reopen an underline for white space, as the standard does",
)];

/// How many pages are in the browser's hands at a time.
const BATCH: usize = 100;

#[test]
fn b1_a_tree_is_chromiums_for_all_pages_that_html5lib_is_tested_with() {
    let pages = pages();
    assert!(pages.len() > 2500, "{}", pages.len());
    let browser = Browser::acquire();
    let mut wrong = Vec::new();
    for batch in pages.chunks(BATCH) {
        let all: Vec<&str> = batch.iter().map(|(_, html)| html.as_str()).collect();
        let seen = format!(
            "const LEFT_OUT = ''; const seen = (document, getComputedStyle) => {{ {SEEN} }};"
        );
        let read = browser.script(&format!("const pages = {}; {seen} {READ}", json!(all)));
        for ((name, html), theirs) in batch.iter().zip(read.as_array().unwrap()) {
            let page = Document::parse_in(html, Syntax::Html);
            let mut differs = |what: &str, theirs: &Value, own: &Value| {
                if theirs != own {
                    wrong.push(format!(
                        "{name}, {what}: {html:?}\n  chromium {theirs}\n  tb       {own}"
                    ));
                }
            };
            if !OTHERWISE.iter().any(|(known, _)| known == name) {
                differs("tree", &filled(&theirs["tree"]), &filled(&tree(&page)));
            }
            if theirs["seen"].is_object() {
                let own = seen_by_tb(&page, html, "text/html");
                differs("links", &theirs["seen"]["links"], &own["links"]);
                let text = clean(theirs["seen"]["text"].as_str().unwrap());
                differs("text", &json!(text), &own["text"]);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Its elements and texts, each with how many elements it is in.
fn tree(page: &Document) -> Value {
    let mut found: Vec<(usize, &str, Option<String>)> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for (number, node) in page.nodes() {
        while open.last().is_some_and(|end| *end <= number) {
            open.pop();
        }
        match (node, found.last_mut()) {
            (Node::Element(element), _) => {
                found.push((open.len(), element.name(), None));
                open.push(element.end());
            }
            (Node::Text(text), Some((depth, _, Some(before)))) if *depth == open.len() => {
                before.push_str(text);
            }
            (Node::Text(text), _) => found.push((open.len(), "", Some(text.to_owned()))),
            (Node::Comment(_), _) => {}
        }
    }
    let node = |(depth, name, text): (usize, &str, Option<String>)| match text {
        Some(text) => json!([depth, name, text]),
        None => json!([depth, name]),
    };
    found.into_iter().map(node).collect()
}

/// A tree without its `<html>`, `<head>` and `<body>` where nothing is in them: a browser adds those to the emptiest page.
fn filled(tree: &Value) -> Value {
    let mut left: Vec<Value> = Vec::new();
    for node in tree.as_array().unwrap().iter().rev() {
        let is_frame = matches!(node[1].as_str(), Some("html" | "head" | "body"));
        let is_empty = left
            .last()
            .is_none_or(|next| next[0].as_u64() <= node[0].as_u64());
        if !(is_frame && is_empty && node[0].as_u64() < Some(2)) {
            left.push(node.clone());
        }
    }
    left.into_iter().rev().collect()
}

/// The whole pages in the files, as they are and within an entry, with their names.
fn pages() -> Vec<(String, String)> {
    let folder = indieweb::home().join("tree-construction");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("html5lib's tests; `tests/run` fetches them")
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "dat"))
        .collect();
    files.sort();
    files.iter().flat_map(|path| pages_of(path)).collect()
}

fn pages_of(path: &Path) -> Vec<(String, String)> {
    let file = format!("\n{}", fs::read_to_string(path).unwrap());
    let name = path.file_stem().unwrap().to_string_lossy();
    let mut pages = Vec::new();
    for (number, test) in file.split("\n#data\n").skip(1).enumerate() {
        let test = format!("\n{test}");
        let (page, expected) = test.split_once("\n#errors").expect("its errors");
        let page = page.strip_prefix('\n').unwrap_or_default();
        if !expected.contains("\n#document-fragment") {
            let within = format!("<!DOCTYPE html><article><p>before {page} <p>after</article>");
            pages.push((format!("{name} {number}"), page.to_owned()));
            pages.push((format!("{name} {number} within"), within));
        }
    }
    pages
}
