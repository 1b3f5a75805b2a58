//! The recipe of docs/arxiv.md as it is written, from the release and the source of a site to the first ping.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::generators::write;
use crate::send_generated::put_online;
use crate::support::blog::{Blog, Script};
use crate::support::package::{packages, root};
use crate::support::writer::{ACCEPTED, pings};

/// The page of a paper as arXiv writes it.
const PAPER: &str = include_str!("../fixtures/discovery/arxiv.html");

/// The lines of the recipe.
fn recipe() -> Vec<String> {
    let text = fs::read_to_string(root().join("docs/arxiv.md")).unwrap();
    let (_, section) = text.split_once("## From nothing\n").expect("the section");
    let (_, rest) = section.split_once("```sh\n").expect("the lines");
    let (lines, _) = rest.split_once("```").expect("their end");
    lines.lines().map(str::to_owned).collect()
}

/// The source of a site with one post, in an empty folder.
fn make_site(folder: &Path, own: &str, paper: &str) {
    let settings = format!("baseURL = \"{own}\"\ntitle = \"Notes\"\nlanguageCode = \"en\"\n");
    write(folder, "hugo.toml", &settings);
    let post = format!(
        "+++\ntitle = \"On cats\"\ndate = 2026-01-02T00:00:00Z\n+++\nSee [the paper]({paper}).\n"
    );
    write(folder, "content/posts/cats.md", &post);
    let page = "<!doctype html><html><title>{{ .Title }}</title><article><h1>{{ .Title }}</h1>\
                {{ .Content }}</article></html>";
    write(folder, "layouts/_default/single.html", page);
    let list = "<!doctype html><title>{{ .Title }}</title>\
                {{ range .RegularPagesRecursive }}<a href=\"{{ .Permalink }}\">{{ .Title }}</a>{{ end }}";
    write(folder, "layouts/_default/list.html", list);
}

#[test]
fn the_recipe_for_arxiv_sends_the_first_ping_in_five_commands() {
    let arxiv = Blog::start_at([127, 0, 0, 21], []);
    arxiv.play("/abs/1501.00001", Script::html(PAPER));
    arxiv.play("/trackback/1501.00001", Script::xml(ACCEPTED));
    let own = Blog::start_at([127, 0, 0, 9], []);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    make_site(folder, &own.url("/"), &arxiv.url("/abs/1501.00001"));
    let (out, names) = packages();
    fs::copy(out.path().join(&names[0]), folder.join(&names[0])).unwrap();

    let lines = recipe();
    assert!(lines.len() <= 5, "{lines:?}");
    let mut said = Vec::new();
    for line in &lines {
        let output = Command::new("sh")
            .args(["-ec", line])
            .current_dir(folder)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", folder)
            // The stand-ins are on this machine.
            .env("TB_ALLOW_PRIVATE", "true")
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
        said.push(String::from_utf8(output.stdout).unwrap());
        if line == "hugo" {
            put_online(&folder.join("public"), "", &own);
        }
        if line.contains("--dry-run") {
            assert_eq!(pings(&arxiv).len(), 0);
            assert!(!folder.join("tb-sent.jsonl").exists());
        }
    }
    let sent = &said[3];
    assert!(sent.contains("1 sent"), "{said:?}");
    assert!(said[4].contains("/abs/1501.00001"), "{said:?}");
    let taken = pings(&arxiv);
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(taken[0]["url"], own.url("/posts/cats/"));
    assert_eq!(taken[0]["title"], "On cats");
}
