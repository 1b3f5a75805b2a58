//! Generators that build pages from templates: Hugo, Jekyll, Eleventy, Zola, Pelican.

use super::page::{Counted, Page};
use super::{IDS, Weblog};
use crate::generators::{TITLE, TITLE_OF_HTML, run, write};
use crate::support::http;
use crate::support::request::Request;
use crate::support::site::BASE;

#[test]
fn a_hugo_page_is_found() {
    for id in IDS {
        hugo_page_is_found(&["--quiet", "--panicOnWarning"], id);
    }
}

#[test]
fn a_hugo_page_is_found_when_it_is_minified() {
    for id in IDS {
        hugo_page_is_found(&["--quiet", "--panicOnWarning", "--minify"], id);
    }
}

/// A line of front matter that gives the entry an id, unless it has that by its name.
fn id_line(id: &str, line: &str) -> String {
    match id == IDS[0] {
        true => String::new(),
        false => line.replace("ID", id),
    }
}

fn hugo_page_is_found(arguments: &[&str], id: &str) {
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
    weblog.put("hugo", "list", "layouts/partials/trackback-list.html");
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
         {{ partial \"trackback-count.html\" . }}{{ end }}{{ range slice \"\" \"-count\" \"-list\" }}\
         {{ partial (printf \"trackback%s.html\" .) $ }}{{ end }}</body></html>",
    );
    let id_line = id_line(id, "tb_id = \"ID\"\n");
    let entry = format!("+++\ntitle = '''{TITLE}'''\n{id_line}+++\nText.\n");
    write(weblog.folder(), "content/my-entry.md", &entry);
    run("hugo", arguments, weblog.folder());
    let html = weblog.made("public/my-entry/index.html");
    weblog.assert_found(
        &html,
        "https://blog.example/my-entry/",
        [id, TITLE],
        Counted::ByScript,
    );
    let index = Page::read(&weblog.made("public/index.html"), "https://blog.example/");
    index.assert_counts_only(id);
}

#[test]
fn a_jekyll_page_is_found() {
    for id in IDS {
        jekyll_page_is_found(id);
    }
}

fn jekyll_page_is_found(id: &str) {
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
        &format!(
            "---\nlayout: post\ntitle: '{title}'\n{}---\nText.\n",
            id_line(id, "tb_id: ID\n")
        ),
    );
    run("jekyll", &["build", "--quiet", "--future"], weblog.folder());
    let html = weblog.made("_site/my-entry/index.html");
    weblog.assert_found(
        &html,
        "https://blog.example/my-entry/",
        [id, TITLE],
        Counted::ByScript,
    );
    let index = Page::read(&weblog.made("_site/index.html"), "https://blog.example/");
    index.assert_counts_only(id);
}

#[test]
fn an_eleventy_page_is_found() {
    for id in IDS {
        eleventy_page_is_found(id);
    }
}

fn eleventy_page_is_found(id: &str) {
    let weblog = Weblog::new();
    let parts = ["head", "count", "entry"].map(|part| weblog.snippet("eleventy", part));
    write(weblog.folder(), "page.liquid", &parts.concat());
    // The engine is Liquid's own; Eleventy has it in JavaScript.
    let program = "print Liquid::Template.parse(File.read('page.liquid'), error_mode: :strict).render!(\
                   JSON.parse(ARGV[0]), strict_filters: true)";
    let values = serde_json::json!({
        "title": TITLE, "page": {"url": "/my-entry/", "fileSlug": IDS[0]},
        "tb_id": if id == IDS[0] { None } else { Some(id) },
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
        [id, TITLE],
        Counted::ByScript,
    );
}

#[test]
fn a_zola_page_is_found() {
    for id in IDS {
        zola_page_is_found(id);
    }
}

fn zola_page_is_found(id: &str) {
    let weblog = Weblog::with_ping_for(id);
    let port = weblog.serving.port;
    let base = weblog.site.base_url();
    let mut tera = tera::Tera::default();
    tera.register_filter("striptags", tera_contrib::regex::striptags);
    tera.register_filter("urlencode", tera_contrib::urlencode::urlencode);
    let load = move |given: tera::Kwargs, _: &tera::State| -> tera::TeraResult<tera::Value> {
        assert_eq!(given.must_get::<&str>("format")?, "json");
        assert!(!given.must_get::<bool>("required")?);
        let query = given.must_get::<&str>("url")?.strip_prefix(&base).unwrap();
        let answer = http::send(port, BASE, &Request::get(query.trim_start_matches('?')));
        let counts: serde_json::Value = serde_json::from_slice(&answer.expect(200).body).unwrap();
        Ok(tera::Value::from_serializable(&counts))
    };
    tera.register_function("load_data", load);
    for part in ["head", "count", "entry"] {
        let name = format!("{part}.html");
        tera.add_raw_template(&name, &weblog.snippet("zola", part))
            .unwrap();
    }
    let page =
        "{% include \"head.html\" %}{% include \"count.html\" %}{% include \"entry.html\" %}";
    tera.add_raw_template("page.html", page).unwrap();
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
            "title": TITLE, "slug": IDS[0], "permalink": "https://blog.example/my-entry/",
            "extra": if id == IDS[0] { serde_json::json!({}) } else { serde_json::json!({"tb_id": id}) },
        }),
    );
    let html = tera.render("page.html", &context).unwrap();
    weblog.assert_found(
        html.as_bytes(),
        "https://blog.example/my-entry/",
        [id, TITLE],
        Counted::WhenBuilt,
    );
}

#[test]
fn a_pelican_page_is_found() {
    for id in IDS {
        pelican_page_is_found(id);
    }
}

fn pelican_page_is_found(id: &str) {
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
        &format!(
            "Title: {TITLE}\nDate: 2026-11-01\nSlug: my-entry\n{}\nText.\n",
            id_line(id, "Tb_id: ID\n")
        ),
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
        [id, TITLE_OF_HTML],
        Counted::ByScript,
    );
    let index = Page::read(&weblog.made("output/index.html"), "https://blog.example/");
    index.assert_counts_only(id);
}
