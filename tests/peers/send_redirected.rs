//! Entries that moved: the pages that Hugo's `aliases` and jekyll-redirect-from leave at their old URLs.

use std::fs;
use std::path::Path;

use crate::generators::{run, write};
use crate::send_generated::{own_address, put_online};
use crate::support::blog::Script;
use crate::support::writer::{Writer, link, peer, pings};

/// A generator, and a site of it with one entry that moves.
struct MovingSite {
    program: &'static str,
    arguments: &'static [&'static str],
    built: &'static str,
    entry: &'static str,
    /// The files besides the entry, with `OWN` for the URL of the site.
    files: &'static [(&'static str, &'static str)],
    /// How the front matter names the old URL.
    old: &'static str,
}

const TEMPLATE: &str = "<!DOCTYPE html><html><head><title>T</title></head><body><article><h1>T</h1><time datetime='2026-01-02'>2 January</time>";

const SITES: [MovingSite; 2] = [
    MovingSite {
        program: "hugo",
        arguments: &["--quiet", "--cleanDestinationDir"],
        built: "public",
        entry: "content/posts/cats.md",
        files: &[
            (
                "config.toml",
                "baseURL = \"OWN\"\ntitle = \"W\"\ndisableKinds = [\"taxonomy\", \"term\"]\n[markup.goldmark.renderer]\nunsafe = true\n",
            ),
            (
                "layouts/_default/single.html",
                "TEMPLATE{{ .Content }}</article></body></html>",
            ),
            (
                "layouts/_default/rss.xml",
                "<rss version=\"2.0\"><channel><title>W</title>{{ range .Site.RegularPages }}<item><title>{{ .Title }}</title>\
                 <link>{{ .Permalink }}</link><guid>{{ .Permalink }}</guid><description>{{ .Content | html }}</description></item>\
                 {{ end }}</channel></rss>",
            ),
            (
                "layouts/_default/list.html",
                "<title>W</title>{{ range .Pages }}<a href=\"{{ .Permalink }}\">{{ .Title }}</a>{{ end }}",
            ),
        ],
        old: "aliases: [/posts/dogs/]",
    },
    MovingSite {
        program: "jekyll",
        arguments: &["build", "--quiet"],
        built: "_site",
        entry: "_posts/2026-01-02-cats.md",
        files: &[
            (
                "_config.yml",
                "url: OWN\npermalink: /posts/:title/\nplugins: [jekyll-redirect-from]\n",
            ),
            (
                "_layouts/post.html",
                "TEMPLATE{{ content }}</article></body></html>",
            ),
            (
                "feed.xml",
                "---\n---\n<rss version='2.0'><channel><title>W</title>{% for post in site.posts %}<item><title>{{ post.title }}</title>\
                 <link>{{ post.url | absolute_url }}</link><description>{{ post.content | xml_escape }}</description></item>\
                 {% endfor %}</channel></rss>",
            ),
        ],
        old: "redirect_from: /posts/dogs/",
    },
];

/// Builds the site into its folder and puts it online.
fn publish(site: &MovingSite, folder: &Path, writer: &Writer) {
    run(site.program, site.arguments, folder);
    put_online(&folder.join(site.built), "", &writer.own);
}

/// The feed of a built site.
fn feed(site: &MovingSite, folder: &Path) -> String {
    let built = folder.join(site.built);
    let names = ["feed.xml", "index.xml"];
    let mut feeds = names.iter().map(|name| built.join(name));
    fs::read_to_string(feeds.find(|name| name.exists()).unwrap()).unwrap()
}

/// Builds the site, and once more with another slug and title of its entry, and gives the feeds of both.
fn publish_and_move(
    site: &MovingSite,
    folder: &Path,
    writer: &Writer,
    linked: &str,
) -> [String; 2] {
    for (name, text) in site.files {
        let text = text.replace("OWN", &own_address(writer));
        write(folder, name, &text.replace("TEMPLATE", TEMPLATE));
    }
    let entry = |name: &str, title: &str, old: &str| {
        let matter = format!("layout: post\ntitle: {title}\ndate: 2026-01-02\n{old}");
        write(folder, name, &format!("---\n{matter}\n---\n{linked}\n"));
    };
    let dogs = site.entry.replace("cats", "dogs");
    entry(&dogs, "Dogs", "");
    publish(site, folder, writer);
    let old = feed(site, folder);
    assert!(old.contains("/posts/dogs/"), "{old}");

    fs::remove_file(folder.join(&dogs)).unwrap();
    entry(site.entry, "Cats", site.old);
    publish(site, folder, writer);
    let new = feed(site, folder);
    let is_moved = new.contains("/posts/cats/") && !new.contains("dogs");
    assert!(is_moved, "{new}");
    let left = folder.join(site.built).join("posts/dogs/index.html");
    let left = fs::read_to_string(left).unwrap();
    assert!(left.contains("http-equiv=\"refresh\""), "{left}");
    [old, new]
}

#[test]
fn c3_an_entry_that_a_generator_has_moved_is_pinged_once_from_feed_and_folder_in_any_order() {
    for site in &SITES {
        for order in [
            ["old", "new"],
            ["new", "old"],
            ["old", "folder"],
            ["folder", "old"],
        ] {
            let (writer, one) = (Writer::new(), peer(2));
            let own = own_address(&writer);
            let folder = tempfile::tempdir().unwrap();
            let [old, new] = publish_and_move(site, folder.path(), &writer, &link(&one));
            let built = folder.path().join(site.built);
            for source in order.iter().chain(&order) {
                let source = match *source {
                    "folder" => built.to_str().unwrap(),
                    feed => {
                        let text = if feed == "old" { &old } else { &new };
                        writer.site.write("feed.xml", text);
                        "feed.xml"
                    }
                };
                let words = ["send", source, "--base-url", &own, "--yes"];
                let ran = writer.site.tb(&words);
                let case = format!("{} {order:?}: {:?}", site.program, ran.0);
                assert_eq!(ran.code(), 0, "{case}");
                let sent = pings(&one);
                let urls: Vec<&str> = sent.iter().map(|ping| ping["url"].as_str()).collect();
                assert_eq!(urls, [format!("{own}/posts/cats/")], "{case}");
            }
            // What is not moved is another entry.
            for path in ["/posts/dogs/", "/posts/birds/"] {
                let page = format!("{TEMPLATE}{}", link(&one));
                writer.own.play(path, Script::html(&page));
            }
            let other = old.replace("/posts/dogs/", "/posts/birds/");
            writer.site.write("feed.xml", &other);
            writer.send(&["--yes"]).out();
            assert_eq!(pings(&one).len(), 2, "{}", writer.ledger());
        }
    }
}
