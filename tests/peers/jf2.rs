//! Generators and scripts that read webmention.io, with one URL changed: Eleventy, Gatsby and MkDocs with their plugins
//! for it, `webmention.js`, and Hugo.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::generators::{run, write};
use crate::support::browser::Browser;
use crate::support::process::wait_for;
use crate::support::site::{Serving, Site};

/// A site with a reply, a like, a ping, and a ping that waits.
fn site() -> Site {
    let mut site = Site::new();
    site.set("site", "[\"https://blog.example/\"]");
    let line = |number: u64, more: serde_json::Value| {
        let mut record = json!({
            "op": "ping", "id": number, "time": format!("2026-11-20T05:0{number}:00Z"),
            "url": format!("https://a{number}.example/"), "title": format!("Title {number}"),
            "excerpt": format!("Words {number}: 1 < 2 <script>alert({number})</script>"),
            "blog_name": format!("Name {number}"), "state": "published", "via": "webmention",
        });
        let keys = more.as_object().unwrap().clone();
        record.as_object_mut().unwrap().extend(keys);
        format!("{record}\n")
    };
    let author = json!({"url": "https://ann.example/", "photo": "https://ann.example/me.png"});
    let lines = line(1, json!({"kind": "reply", "author": author}))
        + &line(2, json!({"kind": "like"}))
        + &line(3, json!({"via": "trackback"}))
        + &line(4, json!({"state": "held"}));
    crate::support::write(&site.data_dir().join("cats.jsonl"), &lines);
    let entries = "cats\t{\"url\":\"https://blog.example/cats/\"}\n";
    crate::support::write(&site.data_dir().join(".entries"), entries);
    site
}

fn assert_shown(page: &str, shown: &[u64], hidden: &[u64]) {
    for number in shown {
        let text = format!("Words {number}: 1 &lt; 2 &lt;script&gt;alert({number})&lt;/script&gt;");
        assert!(
            page.contains(&text) && page.contains(&format!("Name {number}")),
            "{page}"
        );
    }
    for number in hidden {
        assert!(!page.contains(&format!("Name {number}")), "{page}");
    }
    assert!(!page.contains("<script>alert"), "{page}");
}

/// What `tests/run` has installed there.
fn tool(path: &str) -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools");
    let found = tools.join(path);
    assert!(found.exists(), "{found:?}: `tests/run` installs it");
    found
}

/// The script of docs/static-site.md for scripts whose URL is fixed.
fn fixed_url_script(serving: &Serving) -> String {
    let text = include_str!("../../docs/static-site.md");
    let (_, block) = text.split_once("```js\n").unwrap();
    let (script, _) = block.split_once("```").unwrap();
    let ours = format!("http://127.0.0.1:{}/", serving.port);
    assert!(script.contains("https://blog.example/"));
    script.replace("https://blog.example/", &ours)
}

/// Opens a page in the browser, and gives the HTML of an element as soon as a script has put two pings into it.
fn shown_by_script(page: &Path, css: &str) -> String {
    let browser = Browser::acquire();
    browser.open(&format!("file://{}", page.display()));
    let html = || {
        let html = browser.script(&format!("return document.querySelector('{css}').innerHTML"));
        let html = html.as_str().unwrap().to_owned();
        (html.contains("Name 1") && html.contains("Name 3")).then_some(html)
    };
    wait_for(html).unwrap_or_else(|| panic!("{}\n{:?}", browser.text(), browser.console()))
}

#[test]
fn eleventy_and_its_plugin_for_webmention_io_show_the_pings_and_later_the_new_ones() {
    let mut site = site();
    let serving = site.serve();
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(
        tool("eleventy/node_modules"),
        folder.path().join("node_modules"),
    )
    .unwrap();
    let config = format!(
        "import plugin from '@chrisburnell/eleventy-cache-webmentions';
         export default async (config) => {{
           await config.addPlugin(plugin, {{
             domain: 'https://blog.example', duration: '0s', key: 'children',
             feed: 'http://127.0.0.1:{}/cgi-bin/tb.cgi?__mode=jf2&per-page=1000' }});
         }};",
        serving.port
    );
    write(folder.path(), "eleventy.config.mjs", &config);
    let page = "{% set all = webmentionsByURL['https://blog.example/cats/'] %}
        <p>{{ all | getWebmentionsByTypes(['like-of']) | length }} like</p>
        {% for one in all | getWebmentionsByTypes(['in-reply-to', 'mention-of']) %}
        <p><img src='{{ one.author.photo }}'><a href='{{ one | getWebmentionURL }}'>{{ one.author.name }}</a>
        {{ one | getWebmentionContent | safe }} <time>{{ one | getWebmentionPublished }}</time></p>
        {% endfor %}";
    write(folder.path(), "index.njk", page);
    let eleventy = "node_modules/@11ty/eleventy/cmd.cjs";
    let built = || {
        run("node", &[eleventy, "--quiet"], folder.path());
        fs::read_to_string(folder.path().join("_site/index.html")).unwrap()
    };
    let page = built();
    assert_shown(&page, &[1, 3], &[4]);
    assert!(page.contains("<p>1 like</p>"), "{page}");
    assert!(
        page.contains("<img src='https://ann.example/me.png'><a href='https://a1.example/'>"),
        "{page}"
    );
    // From now on the plugin asks only for what is newer than the newest it has.
    site.tb(&["publish", "cats", "4"]);
    assert_shown(&built(), &[1, 3, 4], &[]);
}

#[test]
fn gatsbys_plugin_for_webmention_io_takes_the_pings_as_the_types_that_it_declares() {
    let mut site = site();
    let serving = site.serve();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/jf2/gatsby.cjs");
    let ours = format!("http://127.0.0.1:{}/cgi-bin/tb.cgi", serving.port);
    let folder = tempfile::tempdir().unwrap();
    let modules = tool("webmention_io/node_modules");
    let modules = format!("NODE_PATH={}", modules.display());
    let arguments = [&modules, "node", script.to_str().unwrap(), &ours];
    let page = String::from_utf8(run("env", &arguments, folder.path())).unwrap();
    assert_shown(&page, &[1, 3], &[4]);
    assert!(
        page.contains("<img src=\"https://ann.example/me.png\">"),
        "{page}"
    );
    assert_eq!(
        page.matches("https://blog.example/cats/</p>").count(),
        3,
        "{page}"
    );
    for kind in ["in-reply-to", "like-of", "mention-of"] {
        let element = format!("class=\"{kind}\"");
        assert_eq!(page.matches(&element).count(), 1, "{page}");
    }
    assert!(
        page.ends_with("/api/mentions.jf2?domain=blog.example&per-page=10000&token=a-token\n"),
        "{page}"
    );
}

#[test]
fn mkdocs_and_its_plugin_for_webmention_io_show_the_pings_under_their_page() {
    let mut site = site();
    let serving = site.serve();
    let folder = tempfile::tempdir().unwrap();
    let config = "site_name: Blog\nsite_url: https://blog.example/\ntheme: {name: mkdocs}\n\
        plugins:\n  - webmention: {lazy: false}\nextra_javascript: [fixed-url.js]\n";
    write(folder.path(), "mkdocs.yml", config);
    write(folder.path(), "docs/index.md", "# Blog\n");
    write(folder.path(), "docs/cats.md", "# Cats\n\nThe entry.\n");
    write(
        folder.path(),
        "docs/fixed-url.js",
        &fixed_url_script(&serving),
    );
    let mkdocs = tool("webmention_io/venv/bin/mkdocs");
    run(
        mkdocs.to_str().unwrap(),
        &["build", "--quiet"],
        folder.path(),
    );
    let shown = shown_by_script(&folder.path().join("site/cats/index.html"), ".wm");
    assert_shown(&shown, &[1, 3], &[4]);
    assert!(shown.contains("Name 2"), "the like: {shown}");
}

#[test]
fn webmention_js_shows_the_pings_in_a_page() {
    let mut site = site();
    let serving = site.serve();
    let folder = tempfile::tempdir().unwrap();
    let script = tool("webmention_io/node_modules/webmention.js/static/webmention.js");
    fs::copy(script, folder.path().join("webmention.js")).unwrap();
    let page = format!(
        "<!doctype html><meta charset=utf-8><title>Cats</title><div id=webmentions></div>
         <script>{}</script>
         <script src=webmention.js data-page-url=https://blog.example/cats/></script>",
        fixed_url_script(&serving)
    );
    write(folder.path(), "index.html", &page);
    let shown = shown_by_script(&folder.path().join("index.html"), "#webmentions");
    for (number, verb) in [(2, "liked"), (3, "mentioned")] {
        let url = format!("https://a{number}.example/");
        let verb = format!("Name {number} {verb}");
        assert!(shown.contains(&url) && shown.contains(&verb), "{shown}");
    }
    // It shows a title where there is one.
    assert!(
        shown.contains("Title 1") && shown.contains("Title 3"),
        "{shown}"
    );
    assert!(
        !shown.contains("Name 4") && !shown.contains("<script"),
        "{shown}"
    );
}

#[test]
fn hugo_shows_the_pings_of_a_page_when_it_builds_the_site() {
    let mut site = site();
    let serving = site.serve();
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "hugo.toml",
        "baseURL = 'https://blog.example/'\ndisableKinds = ['RSS', 'sitemap', 'taxonomy', 'term']\n",
    );
    let layout = format!(
        "{{{{ $url := printf \"http://127.0.0.1:{}/cgi-bin/tb.cgi?__mode=jf2&target=%s&wm-property=in-reply-to&wm-property=mention-of\" .Permalink }}}}
         {{{{ range (resources.GetRemote $url | transform.Unmarshal).children }}}}
         <p><a href=\"{{{{ .url }}}}\">{{{{ .author.name }}}}</a> {{{{ .content.html | safeHTML }}}} {{{{ time.Format \"2006-01-02\" .published }}}}
         {{{{ index . \"wm-target\" }}}}</p>
         {{{{ end }}}}",
        serving.port
    );
    for name in ["layouts/_default/single.html", "layouts/index.html"] {
        write(folder.path(), name, &layout);
    }
    write(folder.path(), "content/cats.md", "---\ntitle: Cats\n---\n");
    run("hugo", &[], folder.path());
    let page = fs::read_to_string(folder.path().join("public/cats/index.html")).unwrap();
    assert_shown(&page, &[1, 3], &[2, 4]);
    assert!(
        page.contains("https://blog.example/cats/") && page.contains("2026-11-20"),
        "{page}"
    );
}
