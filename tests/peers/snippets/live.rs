//! What makes pages by running code: Astro, Blosxom, WordPress.

use super::page::Counted;
use super::{IDS, Weblog};
use crate::generators::{TITLE, TITLE_OF_HTML, run, write};
use crate::support::http::{self, Reply};
use crate::support::request::Request;
use crate::support::wordpress::WordPress;

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
  for (const name of ["head", "count", "entry", "list"]) {
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
    for id in IDS {
        astro_page_is_found(id);
    }
}

fn astro_page_is_found(id: &str) {
    let weblog = Weblog::with_ping_for(id);
    for part in ["head", "count", "entry", "list"] {
        weblog.put("astro", part, &format!("{part}.astro"));
    }
    write(weblog.folder(), "astro.cjs", ASTRO);
    // Astro gives the title as it is written; what looks like markup in it is text.
    let props = serde_json::json!({"id": id, "title": TITLE}).to_string();
    let html = run("node", &["astro.cjs", &props], weblog.folder());
    weblog.assert_listed(
        &html,
        "https://blog.example/my-entry/",
        [id, TITLE],
        Counted::WhenBuilt,
    );
}

#[test]
fn a_blosxom_page_is_found() {
    for id in IDS {
        blosxom_page_is_found(id);
    }
}

fn blosxom_page_is_found(name: &str) {
    let weblog = Weblog::new();
    weblog.put("blosxom", "settings", "plugins/trackback");
    let part = |part| weblog.snippet("blosxom", part);
    let head = format!("<!doctype html><html><head>{}</head><body>", part("head"));
    let story = format!(
        "<h1>x</h1>$body{}{}{}",
        part("count"),
        part("entry"),
        part("list")
    );
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
        &format!("data/cats/{name}.txt"),
        &format!("{TITLE}\nText.\n"),
    );
    // Blosxom shows no entry of the second that it runs in.
    let entry = std::fs::File::open(weblog.folder().join(format!("data/cats/{name}.txt"))).unwrap();
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
        "BLOSXOM_CONFIG_FILE={place}/blosxom.conf REQUEST_METHOD=GET PATH_INFO=/cats/{name}.html \
         exec /usr/lib/cgi-bin/blosxom"
    );
    let answer = run("sh", &["-c", &program], weblog.folder());
    let answer = Reply::from_cgi(&answer).expect(200);
    let permalink = format!("https://blog.example/cats/{name}.html");
    let id = format!("cats_{name}");
    weblog.assert_listed(
        &answer.body,
        &permalink,
        [&id, TITLE_OF_HTML],
        Counted::ByScript,
    );
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
function get_post_field($field, $post) { global $argv; return $field === 'post_name' && $post === 17 ? $argv[2] : ''; }
function get_permalink() { return 'https://blog.example/my-entry/'; }
function get_the_title() { global $argv; return $argv[1]; }
function wp_strip_all_tags($text) { return trim(strip_tags($text)); }
function get_transient($key) { global $kept; return $kept[$key] ?? false; }
function set_transient($key, $value, $seconds) { global $kept; $kept[$key] = $value; return $seconds > 0; }
$shortcodes = [];
$scripts = [];
function add_shortcode($name, $function) { global $shortcodes; $shortcodes[$name] = $function; }
function wp_enqueue_script($name, $url, $needs, $version, $in_footer) { global $scripts; $scripts[$name] = $url; }
function wp_remote_get($url, $options) { return file_get_contents($url); }
function wp_remote_retrieve_body($answer) { return $answer; }
require 'plugin.php';
echo '<!doctype html><html><head>';
$hooks['wp_head']();
echo '</head><body>', $hooks['the_content']('<p>Text.</p>'), $shortcodes['tb_trackbacks']();
foreach ($scripts as $url) { echo '<script src="', htmlspecialchars($url), '"></script>'; }
echo "</body></html>\n";
"#;

#[test]
fn a_wordpress_page_is_found() {
    for id in IDS {
        wordpress_page_is_found(id);
    }
}

fn wordpress_page_is_found(id: &str) {
    let weblog = Weblog::with_ping_for(id);
    weblog.put("wordpress", "settings", "plugin.php");
    write(weblog.folder(), "page.php", WORDPRESS);
    // WordPress hands titles out as HTML, with hyphens of its own.
    let title = TITLE.replace(" & ", " &amp; ").replace('"', "&#34;");
    let html = run("php", &["page.php", &title, id], weblog.folder());
    weblog.assert_listed(
        &html,
        "https://blog.example/my-entry/",
        [id, TITLE_OF_HTML],
        Counted::WhenBuilt,
    );
}

#[test]
fn a_real_wordpress_shows_the_list_where_the_shortcode_is() {
    let weblog = Weblog::new();
    let wordpress = WordPress::start();
    let plugin = weblog.snippet("wordpress", "settings");
    wordpress.add_plugin("tb-trackback.php", &plugin);
    let post = wordpress.publish("My entry", "<p>Text.</p>\n\n[tb_trackbacks]", &[]);
    let (port, path) = post
        .strip_prefix("http://127.0.0.1:")
        .unwrap()
        .split_once('/')
        .unwrap();
    let request = Request::new("GET");
    let page = http::send(port.parse().unwrap(), &format!("/{path}"), &request).expect(200);
    let text = page.text();
    assert!(!text.contains("[tb_trackbacks]"), "{text}");
    // WordPress makes no paragraphs of the lines of the list.
    let (_, list) = text
        .split_once("<section class=\"trackback-list\">")
        .unwrap();
    let (list, _) = list.split_once("</section>").unwrap();
    assert!(!list.contains("<p>") && !list.contains("<br"), "{list}");
}
