//! Formats a discussion as lines of text, and as a graph in Graphviz's DOT. Neither is escaped for a terminal here.

use jiff::tz::TimeZone;

use super::{DiscussionPage, FetchStatus, Thread};
use crate::text::escape_dot;

/// Draws the tree: two lines per page, its title and its URL, with box-drawing characters before them.
pub fn lines(thread: &Thread, zone: &TimeZone) -> Vec<String> {
    let mut lines = Vec::with_capacity(2 * thread.pages.len());
    // For each ancestor: whether it is the last of its siblings.
    let mut above: Vec<bool> = Vec::new();
    for (index, page) in thread.pages.iter().enumerate() {
        above.truncate(page.depth.saturating_sub(1));
        let trunk: String = above.iter().map(|last| stem(*last)).collect();
        let (before, below) = if page.depth == 0 {
            ("", "")
        } else if is_last(thread, index) {
            ("└─ ", stem(true))
        } else {
            ("├─ ", stem(false))
        };
        lines.push(format!("{trunk}{before}{}", head(page, zone)));
        let address = match page.note().as_str() {
            "" => page.url.clone(),
            note => format!("{} ({note})", page.url),
        };
        lines.push(format!("{trunk}{below}{address}"));
        if page.depth > 0 {
            above.push(is_last(thread, index));
        }
    }
    lines
}

/// Writes the graph: each page once, with arrows from the pinging page to the pinged one.
pub fn dot(thread: &Thread) -> String {
    let mut out =
        "digraph discussion {\nrankdir=LR;\nnode [shape=box, style=rounded];\n".to_owned();
    for page in &thread.pages {
        let number = page.number;
        let shown = page.again.unwrap_or(number);
        if shown == number {
            let note = match page.note() {
                note if note.is_empty() => note,
                note => format!("\n({note})"),
            };
            let parts = [&page.title, &page.blog_name, &note];
            let label: Vec<String> = parts
                .iter()
                .filter(|part| !part.is_empty())
                .map(|part| escape_dot(part.trim()))
                .collect();
            let (label, url) = (label.join("\\n"), escape_dot(&page.url));
            out.push_str(&format!("n{number} [label=\"{label}\", URL=\"{url}\"];\n"));
        }
        if let Some(parent) = page.parent {
            let style = match page.standing {
                FetchStatus::Again => ", style=dashed",
                _ => "",
            };
            // With `dir=back` the root is drawn first.
            out.push_str(&format!("n{parent} -> n{shown} [dir=back{style}];\n"));
        }
    }
    out.push_str("}\n");
    out
}

fn head(page: &DiscussionPage, zone: &TimeZone) -> String {
    let mut head = page.title.clone();
    let date = page
        .time
        .map(|time| time.to_zoned(zone.clone()).date().to_string());
    let about = [Some(page.blog_name.clone()), date];
    for part in about.into_iter().flatten().filter(|part| !part.is_empty()) {
        head.push_str(" · ");
        head.push_str(&part);
    }
    head
}

fn stem(last: bool) -> &'static str {
    if last { "   " } else { "│  " }
}

/// Whether no later page has the same parent.
fn is_last(thread: &Thread, index: usize) -> bool {
    let depth = thread.pages.get(index).map_or(0, |page| page.depth);
    let later = thread.pages.iter().skip(index + 1);
    later
        .take_while(|page| page.depth >= depth)
        .all(|page| page.depth > depth)
}
