//! Writes built sites as Hugo lays them out, the same ones every time.
//!
//! Each entry links to where its author means to link, and also to places that no ping may go to: the navigation,
//! the related posts, the footer, a link marked `nofollow`, the site itself. Those targets hold [`TRAP`].

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::rng::Rng;

/// Part of every URL that must not be pinged.
pub(crate) const TRAP: &str = "trap";

/// Who links to whom.
pub(crate) type Pairs = BTreeSet<(String, String)>;

/// Writes a site of `entries` entries, published at `site` (which ends in `/`), into an empty folder. `targets` says
/// what an entry links to. Returns who links to whom.
pub(crate) fn build(
    folder: &Path,
    site: &str,
    entries: usize,
    targets: impl Fn(usize) -> Vec<String>,
) -> Pairs {
    let mut rng = Rng::seeded(2_002);
    let mut pairs = Pairs::new();
    let mut list = String::new();
    let mut items = String::new();
    for number in 0..entries {
        let permalink = permalink(site, number);
        let title = sentence(&mut rng);
        let targets = targets(number);
        let place = folder.join(format!("posts/entry-{number}"));
        fs::create_dir_all(&place).expect("a folder");
        let text = entry(site, &permalink, &title, number, &targets, &mut rng);
        fs::write(place.join("index.html"), text).expect("a page");
        // As Hugo writes them: lists name entries, and some show them.
        writeln!(
            list,
            "<li><a href=\"{permalink}\">{title}</a> <a href=\"{}\">via</a></li>",
            targets.first().unwrap_or(&permalink)
        )
        .unwrap();
        if number + 15 >= entries {
            writeln!(
                items,
                "<item><title>{title}</title><link>{permalink}</link><guid>{permalink}</guid>\
                 <pubDate>Fri, 01 Jan 2010 00:00:00 +0000</pubDate></item>"
            )
            .unwrap();
        }
        let pair = |target: String| (permalink.clone(), target);
        pairs.extend(targets.into_iter().map(pair));
    }
    let home = format!(
        "<!DOCTYPE html><html><head><title>{BLOG_NAME}</title><link rel=\"canonical\" href=\"{site}\">\
         <meta property=\"og:type\" content=\"website\"></head><body><main><ul>\n{list}</ul></main></body></html>\n"
    );
    fs::write(folder.join("index.html"), home).expect("a page");
    let feed = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>{BLOG_NAME}</title>\
         <link>{site}</link><description>Of things</description>\n{items}</channel></rss>\n"
    );
    fs::write(folder.join("index.xml"), feed).expect("a feed");
    let lost = "<!DOCTYPE html><title>404</title><main><h1>Page not found</h1></main>\n";
    fs::write(folder.join("404.html"), lost).expect("a page");
    pairs
}

/// Where an entry is published.
pub(crate) fn permalink(site: &str, number: usize) -> String {
    format!("{site}posts/entry-{number}/")
}

/// The name of each site.
pub(crate) const BLOG_NAME: &str = "Letters from the farm";

const WORDS: [&str; 24] = [
    "garden", "kernel", "letters", "winter", "compiler", "bread", "museum", "train", "harbour",
    "static", "pages", "weblog", "reading", "radio", "cats", "protocol", "coffee", "library",
    "maps", "rain", "printing", "bicycle", "violin", "archive",
];

/// Twelve hours lie between one entry and the next, so ten thousand of them end in 2023.
fn date(number: usize) -> String {
    let first = jiff::civil::date(2010, 1, 1).at(0, 0, 0, 0);
    let hours = jiff::SignedDuration::from_hours(12 * number as i64);
    format!("{}Z", first + hours)
}

fn entry(
    site: &str,
    permalink: &str,
    title: &str,
    number: usize,
    targets: &[String],
    rng: &mut Rng,
) -> String {
    let date = date(number);
    let outside = targets.first().map_or(site, String::as_str);
    let origin: String = outside.split_inclusive('/').take(3).collect();
    let mut content = String::new();
    for target in targets {
        let (before, words, after) = (sentence(rng), sentence(rng), sentence(rng));
        writeln!(
            content,
            "<p>{before} <a href=\"{target}\">{words}</a> {after} {}</p>",
            sentence(rng)
        )
        .unwrap();
    }
    format!(
        r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title} | {BLOG_NAME}</title>
<link rel="canonical" href="{permalink}"><link rel="stylesheet" href="/css/main.css">
<link rel="alternate" type="application/rss+xml" href="/index.xml">
<meta name="description" content="{title}, told at length."><meta property="og:title" content="{title}">
<meta property="og:type" content="article"><meta property="og:url" content="{permalink}">
<meta property="og:site_name" content="{BLOG_NAME}"><meta property="article:published_time" content="{date}">
</head><body>
<header class="site-header"><nav><a href="{site}">Home</a> <a href="{origin}rdf/{TRAP}-navigation">A friend</a></nav></header>
<main><article class="h-entry"><h1 class="p-name">{title}</h1>
<p><time class="dt-published" datetime="{date}">{date}</time> <a class="u-url" href="{permalink}">#</a></p>
<div class="e-content">
{content}<p>See also <a href="{site}posts/entry-0/">the first</a> and
<a rel="nofollow" href="{origin}rdf/{TRAP}-nofollow">this shop</a>.</p>
<!-- <a href="{origin}rdf/{TRAP}-comment">not yet</a> -->
</div></article></main>
<aside class="related"><a href="{origin}rdf/{TRAP}-related">Others like it</a></aside>
<section class="comments"><p>Nice! <a href="{origin}rdf/{TRAP}-reader">my page</a></p></section>
<footer><a href="{origin}rdf/{TRAP}-footer">Made with care</a></footer>
</body></html>
"#
    )
}

fn sentence(rng: &mut Rng) -> String {
    let count = 4 + rng.below(8) as usize;
    let words: Vec<&str> = (0..count).map(|_| rng.one_of(&WORDS)).collect();
    words.join(" ")
}
