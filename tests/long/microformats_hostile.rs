//! What microformats cost: pages of 1 MiB whose authors want the values of many properties to hold the same text again
//! and again. The peak of memory is that of a process of its own.

use std::process::Command;
use std::time::Instant;

use tb::internals::html::{Base, Document, MicroformatRules, TextRule, Vocabulary};
use url::Url;

use super::html_hostile::{peak, reset_peak};

/// Bytes of a page.
const SIZE: usize = 1 << 20;
/// What reading them may cost beyond what the process has anyway, in KiB.
const MOST: usize = 64 << 10;
/// As the pages of webmentions are read.
const MENTION_RULES: MicroformatRules = MicroformatRules {
    vocabulary: Vocabulary::WithClassic,
    texts: TextRule::AsShown,
};
/// Tells the process that is started that it is the one to read.
const READER: &str = "TB_TEST_READS_HOSTILE_MICROFORMATS";

fn page(head: &str, piece: &str) -> String {
    format!("{head}{}", piece.repeat((SIZE - head.len()) / piece.len()))
}

fn pages() -> [(&'static str, String); 7] {
    let long = "b".repeat(2_000);
    let words: String = (0..20)
        .map(|n| format!("p-{} ", "x".repeat(n + 1)))
        .collect();
    let named = "<a class='u-url' href='https://blog.example/posts/hello/'>x</a>".repeat(10_000);
    [
        ("entries in entries", page("", "<div class=h-entry>")),
        (
            "entries that are properties of entries, with text",
            page("", "<div class='p-a u-b dt-c e-d h-entry'>x"),
        ),
        (
            "properties in properties",
            page("<div class=h-entry>", "<p class=p-a><b class=e-b>x"),
        ),
        (
            "10,000 properties that name a page, and text",
            page(&format!("<div class=h-entry>{named}"), "x <i>y</i> "),
        ),
        (
            "relative URLs with a long base",
            page(
                &format!("<base href='https://weblog.example/{long}/'><p class=h-entry>"),
                "<a class='u-a u-b u-c u-d' href=x>y</a>",
            ),
        ),
        (
            "many names for one long text",
            page(
                &format!("<div class=h-entry><div class='{words}'>"),
                "text <br>",
            ),
        ),
        (
            "values of the value class pattern",
            page(
                "<div class=h-entry><div class='p-a dt-b u-c e-d p-e'>",
                "<i class=value>12:00</i><i class='a b c d e f g h'></i>",
            ),
        ),
    ]
}

#[test]
fn seven_hostile_pages_cost_bounded_memory() {
    if std::env::var_os(READER).is_some() {
        read_all();
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "microformats_hostile::seven_hostile_pages_cost_bounded_memory",
            "--nocapture",
        ])
        .env(READER, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(output.status.success(), "{said}");
    let costs = said.lines().filter_map(|line| line.strip_prefix("cost "));
    let costs: Vec<usize> = costs
        .map(|line| line.split(' ').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(costs.len(), pages().len(), "{said}");
    // What is freed may still be the process's when the next page is read.
    assert!(costs.iter().sum::<usize>() <= MOST, "{said}");
}

fn read_all() {
    let fetched = Url::parse("https://weblog.example/1").unwrap();
    for (name, html) in pages() {
        reset_peak();
        let before = peak();
        let begin = Instant::now();
        let page = Document::parse(&html);
        let parsed = begin.elapsed();
        let found = page.microformats(&Base::new(&page, &fetched), MENTION_RULES);
        let values = found.items.iter().flat_map(|item| &item.properties);
        let kept: usize = values.map(|property| property.value.text().len()).sum();
        assert!(kept <= 5 << 20, "{name}: {kept}");
        println!(
            "\ncost {} KiB, tree {parsed:?}, all {:?}: {name}, {} items, cut: {}",
            peak().saturating_sub(before),
            begin.elapsed(),
            found.items.len(),
            found.is_cut
        );
    }
}
