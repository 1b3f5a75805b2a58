//! Generators whose sites read webmention.io, with one URL changed: Eleventy with a plugin for it, and Hugo.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::generators::{run, write};
use crate::support::site::Site;

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

#[test]
fn eleventy_and_its_plugin_for_webmention_io_show_the_pings_and_later_the_new_ones() {
    let mut site = site();
    let serving = site.serve();
    let folder = tempfile::tempdir().unwrap();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/eleventy/node_modules");
    std::os::unix::fs::symlink(&tools, folder.path().join("node_modules")).unwrap();
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
