//! The partials in `examples/` through the generators that they are for: what a page then says is
//! found by our own discovery, whatever its title.

use std::fs;
use std::path::Path;
use std::process::Command;

use tb::linkback::discover::{DiscoverySource, discover};

use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::assert_accepted;

/// What a title could break: the comment, the attribute, the tag.
pub(crate) const TITLE: &str = r#"A --> "title" & <b>its</b> 'end' --"#;

/// The same where a title is HTML.
pub(crate) const TITLE_OF_HTML: &str = r#"A --> "title" & its 'end' --"#;

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name);
    fs::read_to_string(path).unwrap()
}

/// Runs a program in a folder that is its home too, and gives what it printed.
pub(crate) fn run(program: &str, arguments: &[&str], folder: &Path) -> Vec<u8> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        // A date without a zone is one of this machine's to them.
        .env("TZ", "UTC")
        .output()
        .unwrap_or_else(|cause| panic!("{program}: {cause}; `tests/run` installs it"));
    assert!(output.status.success(), "{program}: {output:?}");
    output.stdout
}

/// Writes a file below `folder`.
pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn assert_discoverable(page: &Path, permalink: &str, ping_url: &str) {
    let bytes = fs::read(page).unwrap_or_else(|cause| panic!("{}: {cause}", page.display()));
    let permalink = permalink.parse().unwrap();
    let discovery = discover(
        &bytes,
        Some("text/html; charset=utf-8"),
        &permalink,
        &permalink,
    );
    let text = String::from_utf8(bytes).unwrap();
    let block = discovery
        .found
        .iter()
        .find(|found| found.source == DiscoverySource::Rdf);
    let block = block.unwrap_or_else(|| panic!("no RDF block found in {text}"));
    assert_eq!(block.ping_url.as_str(), ping_url);
    assert_eq!(block.identifier.as_ref(), Some(&permalink));
    assert_eq!(block.title.as_deref(), Some(TITLE), "{text}");
    assert!(discovery.others.is_empty());
    let (before, inside) = text.split_once("<!--").unwrap();
    let (_, after) = inside.split_once("-->").unwrap();
    assert!(
        !after.contains("rdf:"),
        "the comment ends too early: {text}"
    );
    assert!(before.contains("__mode=list&amp;tb_id=my-entry"), "{text}");
}

#[test]
fn a_hugo_page_with_the_partial_is_discovered() {
    let site = tempfile::tempdir().unwrap();
    let folder = site.path();
    write(
        folder,
        "layouts/partials/trackback.html",
        &example("hugo/trackback.html"),
    );
    write(
        folder,
        "layouts/_default/single.html",
        "<html><body>{{ .Content }}{{ partial \"trackback.html\" . }}</body></html>",
    );
    write(
        folder,
        "config.toml",
        "baseURL = \"https://blog.example/\"\ndisableKinds = [\"home\", \"section\", \"taxonomy\", \"term\", \"RSS\", \
         \"sitemap\"]\n[params]\ntrackback = \"https://blog.example/cgi-bin/tb.cgi\"\n",
    );
    write(
        folder,
        "content/my-entry.md",
        &format!("+++\ntitle = '''{TITLE}'''\n+++\nText.\n"),
    );
    run("hugo", &["--quiet"], folder);
    assert_discoverable(
        &folder.join("public/my-entry/index.html"),
        "https://blog.example/my-entry/",
        "https://blog.example/cgi-bin/tb.cgi/my-entry",
    );
}

#[test]
fn a_jekyll_page_with_the_partial_is_discovered() {
    let site = tempfile::tempdir().unwrap();
    let folder = site.path();
    write(
        folder,
        "_includes/trackback.html",
        &example("jekyll/trackback.html"),
    );
    write(
        folder,
        "_layouts/post.html",
        "<html><body>{{ content }}{% include trackback.html %}</body></html>",
    );
    write(
        folder,
        "_config.yml",
        "url: https://blog.example\ntrackback: https://blog.example/cgi-bin/tb.cgi\npermalink: /:title/\n",
    );
    let title = TITLE.replace('\'', "''");
    write(
        folder,
        "_posts/2026-11-20-my-entry.md",
        &format!("---\nlayout: post\ntitle: '{title}'\n---\nText.\n"),
    );
    run("jekyll", &["build", "--quiet"], folder);
    assert_discoverable(
        &folder.join("_site/my-entry/index.html"),
        "https://blog.example/my-entry/",
        "https://blog.example/cgi-bin/tb.cgi/my-entry",
    );
}

/// A site with a hostile ping and an ordinary one on `my-entry`, written as JSON.
fn pinged() -> Site {
    let mut site = Site::new();
    site.set("static", "[\"rss\", \"json\"]");
    for (url, text) in [
        (
            "http://weblog.example/1",
            "&lt;script>alert(1)&lt;/script>\"'&amp; {{ x }} {% y %}",
        ),
        ("http://weblog.example/2", "Plain words"),
    ] {
        let ping = Request::post(&[
            ("tb_id", "my-entry"),
            ("url", url),
            ("title", text),
            ("excerpt", text),
            ("blog_name", text),
        ]);
        assert_accepted(&site.cgi(&ping));
    }
    site
}

fn assert_shows_pings(page: &Path) {
    let text = fs::read_to_string(page).unwrap();
    assert!(
        text.contains("nofollow ugc noopener\">Plain words</a>"),
        "{text}"
    );
    assert!(text.contains("href=\"http://weblog.example/1\""), "{text}");
    let (_, time) = text.split_once("<time datetime=\"").expect("a time");
    let (time, rest) = time.split_once("\">").unwrap();
    let (shown, _) = rest.split_once("</time>").unwrap();
    let time: jiff::Timestamp = time.parse().unwrap();
    let date = time.to_zoned(jiff::tz::TimeZone::UTC);
    assert_eq!(shown, date.strftime("%-d %B %Y").to_string(), "{text}");
    assert!(text.contains("&lt;script&gt;alert(1)"), "{text}");
    assert!(!text.contains("<script"), "{text}");
    assert!(text.contains("{{ x }} {% y %}"), "{text}");
}

#[test]
fn a_hugo_page_shows_its_pings_when_it_is_built() {
    let pinged = pinged();
    let site = tempfile::tempdir().unwrap();
    let folder = site.path();
    write(
        folder,
        "layouts/partials/pings.html",
        &example("hugo/pings.html"),
    );
    write(
        folder,
        "layouts/_default/single.html",
        "<html><body>{{ .Content }}{{ partial \"pings.html\" . }}</body></html>",
    );
    let config = format!(
        "baseURL = \"https://blog.example/\"\ndisableKinds = [\"home\", \"section\", \"taxonomy\", \"term\", \"RSS\", \
         \"sitemap\"]\n[module]\n[[module.mounts]]\nsource = \"content\"\ntarget = \"content\"\n\
         [[module.mounts]]\nsource = \"layouts\"\ntarget = \"layouts\"\n\
         [[module.mounts]]\nsource = \"{}\"\ntarget = \"data/trackbacks\"\nincludeFiles = \"*.json\"\n",
        pinged.rss_dir().display()
    );
    write(folder, "config.toml", &config);
    write(
        folder,
        "content/my-entry.md",
        "+++\ntitle = 'T'\n+++\nText.\n",
    );
    write(folder, "content/other.md", "+++\ntitle = 'T'\n+++\nText.\n");
    run("hugo", &["--quiet"], folder);
    assert_shows_pings(&folder.join("public/my-entry/index.html"));
    let other = fs::read_to_string(folder.join("public/other/index.html")).unwrap();
    assert!(!other.contains("trackbacks"), "{other}");
}

#[test]
fn a_jekyll_page_shows_its_pings_when_it_is_built() {
    let pinged = pinged();
    let site = tempfile::tempdir().unwrap();
    let folder = site.path();
    write(
        folder,
        "_includes/pings.html",
        &example("jekyll/pings.html"),
    );
    write(
        folder,
        "_layouts/post.html",
        "<html><body>{{ content }}{% include pings.html %}</body></html>",
    );
    write(
        folder,
        "_config.yml",
        "url: https://blog.example\npermalink: /:title/\n",
    );
    let json = fs::read_to_string(pinged.rss_dir().join("my_entry.json")).unwrap();
    write(folder, "_data/trackbacks/my_entry.json", &json);
    for name in ["my-entry", "other"] {
        write(
            folder,
            &format!("_posts/2026-11-20-{name}.md"),
            "---\nlayout: post\ntitle: T\n---\nText.\n",
        );
    }
    run("jekyll", &["build", "--quiet"], folder);
    assert_shows_pings(&folder.join("_site/my-entry/index.html"));
    let other = fs::read_to_string(folder.join("_site/other/index.html")).unwrap();
    assert!(!other.contains("trackbacks"), "{other}");
}
