//! The partials in `examples/` through the generators that they are for: what a page then says is
//! found by our own discovery, whatever its title.

use std::fs;
use std::path::Path;
use std::process::Command;

use tb::trackback::discover::{Source, discover};

/// What a title could break: the comment, the attribute, the tag.
const TITLE: &str = r#"A --> "title" & <b>its</b> 'end' --"#;

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name);
    fs::read_to_string(path).unwrap()
}

fn run(program: &str, arguments: &[&str], folder: &Path) {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .output()
        .unwrap_or_else(|cause| panic!("{program}: {cause}; `tests/run` installs it"));
    assert!(output.status.success(), "{program}: {output:?}");
}

fn write(folder: &Path, name: &str, text: &str) {
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
        .find(|found| found.source == Source::Rdf);
    let block = block.unwrap_or_else(|| panic!("no RDF block found in {text}"));
    assert_eq!(block.ping_url.as_str(), ping_url);
    assert_eq!(block.identifier.as_ref(), Some(&permalink));
    assert_eq!(
        block.title.as_deref(),
        Some("A --> \"title\" & its 'end' --"),
        "{text}"
    );
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
