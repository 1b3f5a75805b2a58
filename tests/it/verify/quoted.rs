//! What a page says around its link, as evidence for the owner.

use super::*;
use crate::support::blog::Script;

fn shown(site: &Site) -> Value {
    serde_json::from_str(&site.tb(&["show", "entry", "1", "--json"])).unwrap()
}

#[test]
fn the_words_around_the_link_are_kept_as_they_were_at_the_last_check() {
    let site = site("known");
    let says = |words: &str| {
        Script::html(&format!(
            "<title>A title</title><h1>A title</h1><p>{words} <a href='{SITE}1'>the post</a>, truly."
        ))
    };
    let blog = peer(60, says("I have read"));
    ping(&site, "entry", &blog.url("/"));
    look(&site);
    let quote = "A title I have read the post, truly.";
    assert_eq!(shown(&site)["quote"], quote);
    assert!(
        site.tb(&["show", "entry", "1"])
            .contains(&format!("quote\t{quote}\n"))
    );
    // A page can change, and say anything.
    let words = format!("\u{202e}\u{1b}[2J<b>&lt;script&gt;{}", "x ".repeat(500));
    blog.play("/", says(&words));
    site.tb(&["verify", "--all"]);
    let quote = shown(&site)["quote"].as_str().unwrap().to_owned();
    assert!(
        quote.starts_with('…') && quote.ends_with("x the post, truly."),
        "{quote}"
    );
    assert!(quote.chars().count() <= 200, "{quote}");
    let file = std::fs::read_to_string(site.data_dir().join("entry.jsonl")).unwrap();
    assert!(!file.contains(['\u{1b}', '\u{202e}']), "{file}");
    // It is the owner's, not the readers'.
    site.tb(&["approve", "entry", "1"]);
    for query in ["__mode=list", "__mode=json", "__mode=rss2", "__mode=jf2"] {
        let reply = site.cgi(&Request::get(&format!("{query}&tb_id=entry")));
        assert!(reply.text().contains(&blog.url("/")), "{reply}");
        assert!(
            !reply.text().contains("\"quote\"") && !reply.text().contains(&quote),
            "{reply}"
        );
    }
}
