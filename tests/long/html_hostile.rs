//! S7, F1: what a stranger's page costs. Each shape is the product of two sizes that its author chooses, and goes
//! through every reader of HTML; the peak of memory is that of a process of its own.

use std::fs;
use std::process::Command;

use jiff::Timestamp;
use tb::internals::fetch::{Client, ClientOptions, Reach, Timeout};
use tb::internals::html::strip_markup;
use tb::internals::html::{Base, Document, MicroformatRules};
use tb::internals::sources::{self, Source, SourceOptions};
use tb::linkback::discover::{discover, page_title};
use tb::linkback::trackback::links::links;
use url::Url;

use super::support::folder;

/// Makes a piece of a page, of its number.
type Make = fn(usize) -> String;

/// Bytes of a page.
const SIZE: usize = 32 << 10;
/// What reading a page may cost beyond what the process has anyway, in KiB.
const MOST: usize = 32 << 10;
/// Tells the process that is started that it is the one to read.
const READER: &str = "TB_TEST_READS_HOSTILE_PAGES";

/// A page that somebody made to be dear.
pub(crate) struct Shape {
    /// What its author chooses two sizes of.
    pub(crate) group: &'static str,
    pub(crate) name: String,
    pub(crate) html: String,
}

/// All shapes, each of about `size` bytes; `frame` stands before their base, and behind it.
pub(crate) fn shapes(size: usize, [begin, entry]: [&str; 2]) -> Vec<Shape> {
    // `head`, then as often as it fits what `piece` gives for the numbers from 0.
    let page = |head: &str, piece: &dyn Fn(usize) -> String| {
        let mut page = format!("{begin}{head}{entry}");
        for number in 0.. {
            if page.len() >= size {
                break;
            }
            page.push_str(&piece(number));
        }
        page
    };
    let mut all = Vec::new();
    let mut add = |group, name, html| all.push(Shape { group, name, html });
    // Lengths of a base by links, each way to write a link.
    for length in [10, 1_000, 2_000, 2_100, 100_000] {
        let base = format!("<base href='/{}/'>", "b".repeat(length));
        for (kind, link) in [
            ("a", "<a href=N>x</a>"),
            ("area", "<area href=N>"),
            ("cite", "<q cite=N>x</q>"),
            ("trackback", "<a rel=trackback href=N>x</a>"),
            (
                "escaped",
                "<a href=N%20\u{732b}\u{732b}\u{732b}\u{732b}>x</a>",
            ),
        ] {
            let html = page(&base, &|number| link.replace('N', &number.to_string()));
            let name = format!("base of {length} by links {kind}");
            add("links by the length of their base", name, html);
        }
    }
    // Elements that are never closed, by what comes in each.
    for element in [
        "div",
        "span",
        "p",
        "b",
        "a href=x",
        "font color=red",
        "li",
        "dd",
        "table",
        "tr",
        "td",
        "select",
        "option",
        "button",
        "form",
        "svg",
        "math",
        "mi",
        "foreignObject",
        "template",
        "article",
        "section",
        "h1",
        "ruby",
        "rt",
        "object",
        "marquee",
        "nobr",
        "blockquote cite=x",
        "details",
        "dialog",
        "x-y",
        "frameset",
        "head",
        "body",
        "b><i><font",
        "b><i><u><s><p",
        "a href=x><b><i><p",
        "b title=1><b title=2><b title=3><p",
        "font color=1><font color=2><table",
        "table><a><b><i",
        "b><table><tr><td",
        "svg><foreignObject><b><p",
        "ruby><rt><b><p",
    ] {
        let open = format!("<{element}>");
        let group = "elements that are never closed";
        let html = page("", &|_| open.clone());
        add(group, format!("{element} by depth"), html);
        let html = page("<!doctype html><svg></svg>", &|_| format!("{open}x"));
        add(group, format!("{element} by depth and text"), html);
    }
    let numbered: [(&str, &str, Make); 35] = [
        (
            FORMATTING,
            "different formatting by paragraphs",
            |n| match n {
                0..50 => format!("<font class=c{n}>"),
                _ => "<p>x".to_owned(),
            },
        ),
        (FORMATTING, "formatting by crossing ends", |n| match n {
            0..20_000 => "<b><i><div>".to_owned(),
            _ => "</b></i>".to_owned(),
        }),
        (FORMATTING, "depth by ends of another name", |n| match n {
            0..20_000 => "<span>".to_owned(),
            _ => "</x-y></i></p>".to_owned(),
        }),
        (FORMATTING, "table by stray content", |n| {
            if n == 0 { "<table>" } else { "x<b><p>" }.to_owned()
        }),
        (FORMATTING, "tables in tables in links", |_| {
            "<a href=x><table><tr><td>".to_owned()
        }),
        (ATTRIBUTES, "attributes of one element", |n| {
            if n == 0 {
                "<a ".to_owned()
            } else {
                format!("a{n}=x ")
            }
        }),
        (ATTRIBUTES, "one attribute often", |n| {
            if n == 0 { "<a " } else { "href=x class=y " }.to_owned()
        }),
        // The tokeniser calls itself from one such attribute to the next.
        (ATTRIBUTES, "one quoted attribute often", |n| {
            if n == 0 { "<a " } else { "href=\"x\" " }.to_owned()
        }),
        (ATTRIBUTES, "quoted attributes of an end tag", |n| {
            if n == 0 { "</p " } else { "a=\"\" " }.to_owned()
        }),
        (ATTRIBUTES, "attributes by elements", |n| {
            format!("<p class=a id=b{n} href=c title=d style=e>")
        }),
        (ATTRIBUTES, "class words of one element", |n| {
            if n == 0 {
                "<p class='"
            } else {
                "share u-url h-x "
            }
            .to_owned()
        }),
        (ATTRIBUTES, "rel words of one element", |n| {
            if n == 0 {
                "<a href=x rel='"
            } else {
                "tag me ugc "
            }
            .to_owned()
        }),
        (ATTRIBUTES, "class words by elements", |_| {
            "<p class='a b c d e f g h i j k h-entry e-content'>".to_owned()
        }),
        (ATTRIBUTES, "declarations of one style", |n| {
            if n == 0 {
                "<p style='"
            } else {
                "color:red;display:none;"
            }
            .to_owned()
        }),
        (ATTRIBUTES, "brackets of a style", |n| {
            if n == 0 { "<p style='" } else { "a:(" }.to_owned()
        }),
        (ATTRIBUTES, "long sums of styles", |_| {
            format!("<p style='left:calc({}x)'>", "1 + ".repeat(28))
        }),
        (ATTRIBUTES, "nested functions of styles", |_| {
            format!(
                "<p style='left:{}1px{}'>",
                "min(x,".repeat(11),
                ")".repeat(11)
            )
        }),
        (SHEETS, "rules by elements", |n| {
            match n {
                0 => "<style>",
                1..400 => ".a .b .c{left:min(1px,2px)}",
                400 => "</style>",
                _ => "<p class='a b c'>",
            }
            .to_owned()
        }),
        (SHEETS, "rules by classes of elements", |n| match n {
            0 => "<style>".to_owned(),
            1..400 => format!(".c{n}{{left:calc(1px*2)}}"),
            400 => "</style>".to_owned(),
            _ => format!(
                "<p class='c{} c{} c{}'>",
                n % 400,
                n * 7 % 400,
                n * 13 % 400
            ),
        }),
        (SHEETS, "selectors of one rule", |n| {
            if n == 0 { "<style>" } else { "a b," }.to_owned()
        }),
        (SHEETS, "rules in rules", |n| {
            if n == 0 { "<style>" } else { "a,b{c " }.to_owned()
        }),
        (SHEETS, "style sheets", |_| {
            "<style>a{left:0}</style>".to_owned()
        }),
        (SHEETS, "sums of a rule by elements", |n| match n {
            0 => format!("<style>a{{left:calc({}x)}}</style>", "1 + ".repeat(28)),
            _ => "<a style=top:0>x</a>".to_owned(),
        }),
        (TEXT, "references", |_| {
            "&amp;&nGt;&#x1F600;&notit;".to_owned()
        }),
        (TEXT, "references that end nowhere", |_| "&#&&x;".to_owned()),
        (METADATA, "h-* in h-*", |_| {
            "<div class='h-entry h-cite u-url'>".to_owned()
        }),
        (METADATA, "canonical links", |n| {
            format!("<link rel=canonical href=/{n}>")
        }),
        (METADATA, "titles", |_| "<title>x</title>".to_owned()),
        (METADATA, "JSON-LD blocks", |_| {
            "<script type=application/ld+json>{\"@type\":\"Article\"}</script>".to_owned()
        }),
        (METADATA, "JSON-LD objects", |n| {
            if n == 0 {
                "<script type=application/ld+json>["
            } else {
                "{\"\":0},"
            }
            .to_owned()
        }),
        (METADATA, "JSON-LD depth", |n| {
            if n == 0 {
                "<script type=application/ld+json>"
            } else {
                "[{\"@graph\":"
            }
            .to_owned()
        }),
        (METADATA, "comments", |n| {
            format!("<!-- http://a.example/{n} -->")
        }),
        (METADATA, "RDF blocks by identifiers", |n| {
            format!("<rdf:Description trackback:ping='{n}' dc:identifier='i{n}'/>")
        }),
        (METADATA, "items of a feed by links", |n| {
            let head = if n == 0 { "<rss>" } else { "" };
            format!(
                "{head}<item><link>{n}</link><link>a{n}</link><guid>b{n}</guid><trackback:ping>{n}</trackback:ping></item>"
            )
        }),
        (TEXT, "letters that grow", |_| "\u{FDFA}".to_owned()),
    ];
    for (group, name, piece) in numbered {
        add(group, name.to_owned(), page("", &piece));
    }
    all
}

const FORMATTING: &str = "formatting and tables that cross";
const ATTRIBUTES: &str = "attributes and the words in them";
pub(crate) const SHEETS: &str = "style sheets";
const TEXT: &str = "references and letters";
const METADATA: &str = "microformats, JSON-LD, RDF, feeds";

#[test]
fn f1_no_shape_of_a_page_costs_much_memory() {
    if std::env::var_os(READER).is_some() {
        read_all();
        return;
    }
    let count = shapes(SIZE, [""; 2]).len();
    assert!(count >= 80, "{count}");
    let own = std::env::current_exe().unwrap();
    let output = Command::new(own)
        .args([
            "--exact",
            "html_hostile::f1_no_shape_of_a_page_costs_much_memory",
            "--nocapture",
        ])
        .env(READER, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let costs: Vec<(&str, usize)> = said
        .lines()
        .filter_map(|line| line.strip_prefix("cost "))
        .filter_map(|line| line.split_once(' '))
        .map(|(cost, name)| (name, cost.parse().unwrap()))
        .collect();
    assert_eq!(costs.len(), count, "{said}");
    let dear: Vec<_> = costs.iter().filter(|(_, cost)| *cost > MOST).collect();
    assert!(dear.is_empty(), "{dear:?}");
}

/// Reads each page in every way, and prints what memory that took.
fn read_all() {
    // As long as a page's own URL can be.
    let fetched = Url::parse(&format!("https://weblog.example/{}", "f".repeat(2_000))).unwrap();
    let kind = Some("text/html; charset=utf-8");
    let client = Client::new(ClientOptions {
        timeout: Timeout::Cgi,
        reach: Reach::Public,
        user_agent: String::new(),
    });
    let options = SourceOptions {
        base_url: Some(fetched.clone()),
        ..SourceOptions::default()
    };
    let folder = folder();
    let path = folder.path().join("page.html");
    let entry = |html: &str| {
        fs::write(&path, html).unwrap();
        let source = Source::File(path.clone());
        sources::load(&source, &options, &client, Timestamp::UNIX_EPOCH)
    };
    for Shape { name, html, .. } in shapes(SIZE, [""; 2]) {
        reset_peak();
        let before = peak();
        let found = discover(html.as_bytes(), kind, &fetched, &fetched);
        assert!(found.found.len() + found.others.len() <= 4_000, "{name}");
        drop(found);
        let found = links(html.as_bytes(), kind, &fetched).unwrap();
        assert!(
            found.shown.len() <= 20_000 && found.hidden.len() <= 20_000,
            "{name}"
        );
        drop(found);
        assert!(
            page_title(html.as_bytes(), kind).is_none_or(|title| title.len() <= 1_000),
            "{name}"
        );
        assert!(strip_markup(&html).len() <= 3 * html.len(), "{name}");
        let tree = Document::parse(&html);
        assert!(tree.node_count() <= 301_000, "{name}");
        tree.microformats(&Base::new(&tree, &fetched), MicroformatRules::default());
        drop(tree);
        if let Ok(reading) = entry(&html) {
            assert!(reading.entries.len() <= 4_000, "{name}");
        }
        println!("\ncost {} {name}", peak().saturating_sub(before));
    }
}

/// Forgets the most memory that the process has had.
pub(crate) fn reset_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// The most memory that the process has had since, in KiB.
pub(crate) fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}
