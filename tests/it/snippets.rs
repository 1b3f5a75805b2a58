//! `tb snippet` through the generators that it writes for: the pages that they make are found by our own discovery and
//! lead to the list and the count, whatever the entry's title is.

use std::collections::HashMap;
use std::path::Path;

use crate::generators::{TITLE, run, write};
use crate::support::http;
use crate::support::request::Request;
use crate::support::site::{BASE, Serving, Site};
use crate::support::xml::assert_accepted;

mod page;

use page::{Counted, Page};

/// An installation that runs and has one ping, and a folder for a weblog.
struct Weblog {
    site: Site,
    serving: Serving,
    folder: tempfile::TempDir,
}

impl Weblog {
    fn new() -> Weblog {
        Weblog::with_ping_for("my-entry")
    }

    fn with_ping_for(id: &str) -> Weblog {
        let mut site = Site::new();
        site.set("site", "[\"https://blog.example/\"]");
        let serving = site.serve();
        let ping = Request::ping(id, "http://weblog.example/1");
        assert_accepted(&http::send(serving.port, BASE, &ping));
        Weblog {
            site,
            serving,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn snippet(&self, generator: &str, part: &str) -> String {
        self.site.tb(&["snippet", generator, "--part", part])
    }

    /// Writes a part as a file of the weblog's folder.
    fn put(&self, generator: &str, part: &str, name: &str) {
        write(self.folder(), name, &self.snippet(generator, part));
    }

    /// That a page which the generator has made is found, with `count` in it.
    fn assert_found(&self, html: &[u8], permalink: &str, id: &str, count: Counted) {
        let page = Page::read(html, permalink);
        page.assert_found(&self.site.base_url(), id, count);
    }

    fn made(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder().join(name)).unwrap()
    }
}

#[test]
fn a_hugo_page_is_found() {
    let weblog = Weblog::new();
    let settings = weblog.snippet("hugo", "settings");
    let config = "baseURL = \"https://blog.example/\"\ndisableKinds = [\"section\", \"taxonomy\", \"term\", \"RSS\", \
                  \"sitemap\"]\n";
    write(
        weblog.folder(),
        "config.toml",
        &format!("{config}{settings}"),
    );
    weblog.put("hugo", "head", "layouts/partials/trackback-head.html");
    weblog.put("hugo", "entry", "layouts/partials/trackback.html");
    weblog.put("hugo", "count", "layouts/partials/trackback-count.html");
    write(
        weblog.folder(),
        "layouts/_default/single.html",
        "<!doctype html><html><head><title>{{ .Title }}</title>{{ partial \"trackback-head.html\" . }}</head><body>\
         {{ .Content }}{{ partial \"trackback-count.html\" . }}{{ partial \"trackback.html\" . }}</body></html>",
    );
    write(
        weblog.folder(),
        "layouts/index.html",
        "<!doctype html><html><head>{{ partial \"trackback-head.html\" . }}</head><body>{{ range site.RegularPages }}\
         {{ partial \"trackback-count.html\" . }}{{ end }}</body></html>",
    );
    let entry = format!("+++\ntitle = '''{TITLE}'''\n+++\nText.\n");
    write(weblog.folder(), "content/my-entry.md", &entry);
    run("hugo", &["--quiet"], weblog.folder());
    let html = weblog.made("public/my-entry/index.html");
    weblog.assert_found(
        &html,
        "https://blog.example/my-entry/",
        "my-entry",
        Counted::ByScript,
    );
    let index = Page::read(&weblog.made("public/index.html"), "https://blog.example/");
    index.assert_counts_only("my-entry");
}

#[test]
fn a_jekyll_page_is_found() {
    let weblog = Weblog::new();
    let settings = weblog.snippet("jekyll", "settings");
    write(
        weblog.folder(),
        "_config.yml",
        &format!("{settings}permalink: /:title/\n"),
    );
    weblog.put("jekyll", "head", "_includes/trackback-head.html");
    weblog.put("jekyll", "entry", "_includes/trackback.html");
    weblog.put("jekyll", "count", "_includes/trackback-count.html");
    write(
        weblog.folder(),
        "_layouts/post.html",
        "<!doctype html><html><head>{% include trackback-head.html %}</head><body>{{ content }}\
         {% include trackback-count.html %}{% include trackback.html %}</body></html>",
    );
    write(
        weblog.folder(),
        "index.html",
        "---\n---\n<!doctype html><html><head>{% include trackback-head.html %}</head><body>{% for post in site.posts %}\
         {% include trackback-count.html entry=post %}{% endfor %}</body></html>",
    );
    let title = TITLE.replace('\'', "''");
    write(
        weblog.folder(),
        "_posts/2026-11-20-my-entry.md",
        &format!("---\nlayout: post\ntitle: '{title}'\n---\nText.\n"),
    );
    run("jekyll", &["build", "--quiet", "--future"], weblog.folder());
    let html = weblog.made("_site/my-entry/index.html");
    weblog.assert_found(
        &html,
        "https://blog.example/my-entry/",
        "my-entry",
        Counted::ByScript,
    );
    let index = Page::read(&weblog.made("_site/index.html"), "https://blog.example/");
    index.assert_counts_only("my-entry");
}

#[test]
fn an_eleventy_page_is_found() {
    let weblog = Weblog::new();
    let parts = ["head", "count", "entry"].map(|part| weblog.snippet("eleventy", part));
    write(weblog.folder(), "page.liquid", &parts.concat());
    // The engine is Liquid's own; Eleventy has it in JavaScript.
    let program = "print Liquid::Template.parse(File.read('page.liquid'), error_mode: :strict).render!(\
                   JSON.parse(ARGV[0]), strict_filters: true)";
    let values = serde_json::json!({
        "title": TITLE, "page": {"url": "/my-entry/", "fileSlug": "my-entry"},
    });
    let html = run(
        "ruby",
        &[
            "-Eutf-8",
            "-rjson",
            "-rliquid",
            "-e",
            program,
            &values.to_string(),
        ],
        weblog.folder(),
    );
    weblog.assert_found(
        &html,
        "https://blog.example/my-entry/",
        "my-entry",
        Counted::ByScript,
    );
}

#[test]
fn a_zola_page_is_found() {
    let weblog = Weblog::new();
    let port = weblog.serving.port;
    let base = weblog.site.base_url();
    let mut tera = tera::Tera::default();
    for part in ["head", "count", "entry"] {
        let name = format!("{part}.html");
        tera.add_raw_template(&name, &weblog.snippet("zola", part))
            .unwrap();
    }
    let page =
        "{% include \"head.html\" %}{% include \"count.html\" %}{% include \"entry.html\" %}";
    tera.add_raw_template("page.html", page).unwrap();
    let load = move |given: &HashMap<String, tera::Value>| {
        assert_eq!(given["format"], "json");
        assert_eq!(given["required"], false);
        let query = given["url"].as_str().unwrap().strip_prefix(&base).unwrap();
        let answer = http::send(port, BASE, &Request::get(query.trim_start_matches('?')));
        Ok(serde_json::from_slice(&answer.expect(200).body).unwrap())
    };
    tera.register_function("load_data", load);
    let mut context = tera::Context::new();
    let settings = weblog.snippet("zola", "settings");
    let (_, url) = settings.split_once("trackback = ").unwrap();
    context.insert(
        "config",
        &serde_json::json!({"extra": {"trackback": url.trim().trim_matches('"')}}),
    );
    context.insert(
        "page",
        &serde_json::json!({
            "title": TITLE, "slug": "my-entry", "permalink": "https://blog.example/my-entry/", "extra": {},
        }),
    );
    let html = tera.render("page.html", &context).unwrap();
    weblog.assert_found(
        html.as_bytes(),
        "https://blog.example/my-entry/",
        "my-entry",
        Counted::WhenBuilt,
    );
}

#[test]
fn a_pelican_page_is_found() {
    let weblog = Weblog::new();
    let settings = weblog.snippet("pelican", "settings");
    let more = "SITENAME = 'Blog'\nSITEURL = 'https://blog.example'\nPATH = 'content'\nTHEME = 'theme'\nTIMEZONE = 'UTC'\n\
                ARTICLE_URL = '{slug}/'\nARTICLE_SAVE_AS = '{slug}/index.html'\nDIRECT_TEMPLATES = ['index']\n\
                AUTHOR_SAVE_AS = CATEGORY_SAVE_AS = TAG_SAVE_AS = ''\nFEED_ALL_ATOM = CATEGORY_FEED_ATOM = None\n\
                AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = TRANSLATION_FEED_ATOM = None\nDELETE_OUTPUT_DIRECTORY = False\n";
    write(
        weblog.folder(),
        "pelicanconf.py",
        &format!("{settings}{more}"),
    );
    weblog.put("pelican", "head", "theme/templates/trackback-head.html");
    weblog.put("pelican", "entry", "theme/templates/trackback.html");
    weblog.put("pelican", "count", "theme/templates/trackback-count.html");
    write(weblog.folder(), "theme/static/.keep", "");
    write(
        weblog.folder(),
        "theme/templates/article.html",
        "<!doctype html><html><head>{% include \"trackback-head.html\" %}</head><body>{{ article.content }}\
         {% include \"trackback-count.html\" %}{% include \"trackback.html\" %}</body></html>",
    );
    write(
        weblog.folder(),
        "theme/templates/index.html",
        "<!doctype html><html><head>{% include \"trackback-head.html\" %}</head><body>{% for article in articles %}\
         {% include \"trackback-count.html\" %}{% endfor %}</body></html>",
    );
    write(
        weblog.folder(),
        "content/my-entry.md",
        &format!("Title: {TITLE}\nDate: 2026-11-01\nSlug: my-entry\n\nText.\n"),
    );
    run(
        "pelican",
        &["-s", "pelicanconf.py", "-o", "output"],
        weblog.folder(),
    );
    let html = weblog.made("output/my-entry/index.html");
    weblog.assert_found(
        &html,
        "https://blog.example/my-entry/",
        "my-entry",
        Counted::ByScript,
    );
    let index = Page::read(&weblog.made("output/index.html"), "https://blog.example/");
    index.assert_counts_only("my-entry");
}

/// Stands for Astro: runs the code between the fences, and puts its values into what is behind them.
const ASTRO: &str = r#"
const { readFileSync } = require("fs");
const escape = (text) => String(text).replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
const Run = Object.getPrototypeOf(async () => {}).constructor;
const Astro = {
  props: JSON.parse(process.argv[2]),
  url: new URL("http://localhost:4321/my-entry/"),
  site: new URL("https://blog.example/"),
};
(async () => {
  for (const name of ["head", "count", "entry"]) {
    const [empty, code, markup] = readFileSync(name + ".astro", "utf8").split(/^---$/m);
    if (empty !== "" || markup === undefined) throw new Error("no fences in " + name);
    const template = markup
      .replace(/<Fragment set:html=\{(\w+)\} \/>/g, "${$1}")
      .replace(/=\{(\w+)\}/g, '="${escape($1)}"')
      .replace(/([^$])\{(\w+)\}/g, "$1${escape($2)}");
    console.log(await new Run("Astro", "escape", code + "\nreturn `" + template + "`;")(Astro, escape));
  }
})();
"#;

#[test]
fn an_astro_page_is_found() {
    let weblog = Weblog::new();
    for part in ["head", "count", "entry"] {
        weblog.put("astro", part, &format!("{part}.astro"));
    }
    write(weblog.folder(), "astro.cjs", ASTRO);
    // Astro gives the title as it is written; what looks like markup in it is text.
    let title = TITLE.replace("<b>", "").replace("</b>", "");
    let props = serde_json::json!({"id": "my-entry", "title": title}).to_string();
    let html = run("node", &["astro.cjs", &props], weblog.folder());
    weblog.assert_found(
        &html,
        "https://blog.example/my-entry/",
        "my-entry",
        Counted::WhenBuilt,
    );
}

#[test]
fn a_blosxom_page_is_found() {
    let weblog = Weblog::with_ping_for("cats_my-entry");
    weblog.put("blosxom", "settings", "plugins/trackback");
    let part = |part| weblog.snippet("blosxom", part);
    let head = format!("<!doctype html><html><head>{}</head><body>", part("head"));
    let story = format!("<h1>x</h1>$body{}{}", part("count"), part("entry"));
    write(weblog.folder(), "data/head.html", &head);
    write(weblog.folder(), "data/story.html", &story);
    write(weblog.folder(), "data/foot.html", "</body></html>");
    write(weblog.folder(), "data/date.html", "");
    write(
        weblog.folder(),
        "data/content_type.html",
        "text/html; charset=utf-8",
    );
    write(
        weblog.folder(),
        "data/cats/my-entry.txt",
        &format!("{TITLE}\nText.\n"),
    );
    // Blosxom shows no entry of the second that it runs in.
    let entry = std::fs::File::open(weblog.folder().join("data/cats/my-entry.txt")).unwrap();
    entry
        .set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000))
        .unwrap();
    let place = weblog.folder().display();
    write(
        weblog.folder(),
        "blosxom.conf",
        &format!(
            "$url = 'https://blog.example';\n$datadir = '{place}/data';\n$plugin_dir = '{place}/plugins';\n\
             $plugin_state_dir = '{place}';\n1;\n"
        ),
    );
    let program = format!(
        "BLOSXOM_CONFIG_FILE={place}/blosxom.conf REQUEST_METHOD=GET PATH_INFO=/cats/my-entry.html \
         exec /usr/lib/cgi-bin/blosxom"
    );
    let answer = run("sh", &["-c", &program], weblog.folder());
    let answer = crate::support::http::Reply::from_cgi(&answer).expect(200);
    let permalink = "https://blog.example/cats/my-entry.html";
    weblog.assert_found(&answer.body, permalink, "cats_my-entry", Counted::ByScript);
}

/// The functions of WordPress that the plugin calls, for one post.
const WORDPRESS: &str = r#"<?php
error_reporting(E_ALL);
set_error_handler(function ($number, $message) { fwrite(STDERR, $message); exit(1); });
$hooks = [];
$kept = [];
function add_action($name, $function) { global $hooks; $hooks[$name] = $function; }
function add_filter($name, $function, $priority) { global $hooks; $hooks[$name] = $function; }
function is_singular($type) { return $type === 'post'; }
function in_the_loop() { return true; }
function is_main_query() { return true; }
function get_the_ID() { return 17; }
function get_post_field($field, $post) { return $field === 'post_name' && $post === 17 ? 'my-entry' : ''; }
function get_permalink() { return 'https://blog.example/my-entry/'; }
function get_the_title() { global $argv; return $argv[1]; }
function wp_strip_all_tags($text) { return trim(strip_tags($text)); }
function get_transient($key) { global $kept; return $kept[$key] ?? false; }
function set_transient($key, $value, $seconds) { global $kept; $kept[$key] = $value; return $seconds > 0; }
function wp_remote_get($url, $options) { return file_get_contents($url); }
function wp_remote_retrieve_body($answer) { return $answer; }
require 'plugin.php';
echo '<!doctype html><html><head>';
$hooks['wp_head']();
echo '</head><body>', $hooks['the_content']('<p>Text.</p>'), "</body></html>\n";
"#;

#[test]
fn a_wordpress_page_is_found() {
    let weblog = Weblog::new();
    weblog.put("wordpress", "settings", "plugin.php");
    write(weblog.folder(), "page.php", WORDPRESS);
    // WordPress hands titles out as HTML, with hyphens of its own.
    let title = TITLE.replace(" & ", " &amp; ").replace('"', "&#34;");
    let html = run("php", &["page.php", &title], weblog.folder());
    weblog.assert_found(
        &html,
        "https://blog.example/my-entry/",
        "my-entry",
        Counted::WhenBuilt,
    );
}

#[test]
fn a_page_written_by_hand_is_found() {
    let weblog = Weblog::new();
    let title = TITLE.replace("<b>", "").replace("</b>", "");
    let all = weblog.site.tb(&[
        "snippet",
        "html",
        "--id",
        "my-entry",
        "--url",
        "https://blog.example/?a=1&b=--2",
        "--title",
        &title,
    ]);
    // The program names ids as it keeps them.
    let permalink = "https://blog.example/?a=1&b=--2";
    weblog.assert_found(all.as_bytes(), permalink, "my_entry", Counted::ByScript);
    let bare = weblog.site.tb(&["snippet", "html"]);
    assert!(
        bare.contains("rdf:about=\"https://blog.example/my-entry\""),
        "{bare}"
    );
}

#[test]
fn without_a_configuration_the_example_is_printed_with_a_note() {
    let site = Site::new();
    std::fs::remove_file(site.config()).unwrap();
    for generator in [
        "hugo",
        "jekyll",
        "eleventy",
        "zola",
        "pelican",
        "astro",
        "blosxom",
        "wordpress",
        "html",
    ] {
        let output = site
            .command()
            .args(["snippet", generator])
            .output()
            .unwrap();
        let (text, note) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        );
        assert!(output.status.success(), "{note}");
        assert!(
            text.contains("https://blog.example/cgi-bin/tb.cgi"),
            "{text}"
        );
        assert!(!text.contains("site.example"), "{text}");
        assert!(note.contains("no configuration"), "{note}");
    }
}

#[test]
fn a_base_url_ends_no_string_comment_or_attribute() {
    let mut site = Site::new();
    site.set(
        "base_url",
        "\"https://blog.example/a'b$c@d&e*/f`g;h|i/tb.cgi\"",
    );
    for generator in [
        "hugo",
        "jekyll",
        "eleventy",
        "zola",
        "pelican",
        "astro",
        "blosxom",
        "wordpress",
    ] {
        let text = site.tb(&["snippet", generator]);
        let harmless = "https://blog.example/a%27b%24c%40d%26e%2A/f%60g%3Bh%7Ci/tb.cgi";
        assert!(text.contains(harmless), "{text}");
    }
}

#[test]
fn words_that_make_no_sense_are_refused() {
    let site = Site::new();
    for arguments in [
        &[
            "snippet",
            "hugo",
            "--id",
            "x",
            "--url",
            "https://a.example/",
            "--title",
            "T",
        ][..],
        &["snippet", "html", "--id", "x"],
        &[
            "snippet",
            "html",
            "--id",
            "x",
            "--url",
            "javascript:x",
            "--title",
            "T",
        ],
        &["snippet", "wordpress", "--part", "head"],
        &["snippet", "frontpage"],
        &["snippet"],
    ] {
        assert!(!site.tb_fails(2, arguments).is_empty());
    }
}
