//! Who speaks where on the pages of real themes: their templates are read from packages, and what a page of them would be
//! is made of their markup. A link in a visitor's comment or in the sidebar does not vouch for a ping; one in the entry does.

mod template;

use std::fs;
use std::path::Path;

use tb::linkback::trackback::links::{Links, links};
use url::Url;

use self::template::markup;
use crate::support::fetch::{laboratory, url};
use crate::support::wordpress::WordPress;

/// Where `tests/run` unpacks the packages that only this reads.
const UNPACKED: &str = "target/tools/themes";

/// Templates of comments: a file and what prints a comment's text there, or includes the next file.
const COMMENTS: &str = "
    mezzanine/generic/templates/generic/includes/comments.html | comment_thread object_for_comments \
        | mezzanine/generic/templates/generic/includes/comment.html | comment.comment
    puput/templates/puput/comments/django_comments.html | render_comment_list \
        | django_comments/templates/comments/list.html | comment.comment
    puput/templates/puput/comments/django_comments.html | render_comment_list
    django_comments/templates/comments/list.html | comment.comment
    django_comments_xtd/templates/comments/list.html | comment_content.html
    django_comments_xtd/templates/django_comments_xtd/comment_tree.html | comment_content.html
    /usr/share/ikiwiki/templates/page.tmpl | VAR COMMENTS | /usr/share/ikiwiki/templates/comment.tmpl | CONTENT
    /usr/share/ikiwiki/templates/page.tmpl | VAR SIDEBAR
    hexo-theme-keep-4.3.0/package/layout/_partial/comment/comment.ejs | plugins/valine
    hexo-theme-suka-1.4.0/package/layout/_pages/post.ejs | _plugin/comment
";

/// Templates of lists of other weblogs.
const BLOGROLLS: &str = "
    hexo-theme-next-8.29.0/package/layout/_macro/sidebar.njk | __('sidebar.links')
    hexo-theme-nexmoe-4.2.2/package/layout/_widget/link.ejs | widget.title
    /usr/share/ikiwiki/templates/page.tmpl | VAR SIDEBAR
";

/// Templates of entries.
const ENTRIES: &str = "
    /usr/share/ikiwiki/templates/page.tmpl | VAR CONTENT
    MINIMA/default.html | content | MINIMA/post.html | content
    mezzanine/blog/templates/blog/blog_post_detail.html | richtext_filters
    puput/templates/puput/base.html | block content | puput/templates/puput/entry_page.html | self.body|richtext
    hexo-theme-landscape-1.1.0/package/layout/layout.ejs | body \
        | hexo-theme-landscape-1.1.0/package/layout/_partial/article.ejs | post.content
    hexo-theme-next-8.29.0/package/layout/_macro/post.njk | post.content
    hexo-theme-keep-4.3.0/package/layout/_page/post.ejs | page.content
    hexo-theme-suka-1.4.0/package/layout/_pages/post.ejs | page.content
    hexo-theme-nexmoe-4.2.2/package/layout/post.ejs | page.content
    hexo-theme-kratos-rebirth-3.0.1/package/layout/post.ejs | page.content
";

/// The layouts of Jekyll's own theme.
const MINIMA: &str = "/usr/share/rubygems-integration/all/gems/minima-2.5.1/_layouts";

/// The translations of WordPress's.
const LANGUAGES: &str = "/usr/share/wordpress/wp-content/languages";

/// What heads comments in WordPress's templates and widgets.
const HEADINGS: [&str; 8] = [
    "Comments",
    "% Comments",
    "%s Comment",
    "1 Comment",
    "Recent Comments",
    "Trackbacks",
    "%1$s response to %2$s",
    "One response to %s",
];

#[test]
fn f4_what_others_write_on_pages_of_real_themes_does_not_vouch() {
    for row in rows(COMMENTS) {
        for page in with_comments(&made_of(&row, &text(LINKED))) {
            assert!(!is_vouched(&page, LINKED), "{row:?}: {page}");
        }
    }
    let front = "https://blog.example/";
    for row in rows(BLOGROLLS) {
        let [page, ..] = with_comments(&made_of(&row, &text(front)));
        assert!(!is_vouched(&page, front), "{row:?}: {page}");
    }
}

#[test]
fn f4_what_the_author_writes_on_pages_of_real_themes_vouches() {
    let (own, linked) = (text("/own"), text(LINKED));
    for row in rows(ENTRIES) {
        for content in [
            linked.clone(),
            format!("{own}<h2>Comments on the new RFC</h2>{own}{linked}"),
            format!("{own}<h2>Responses to critics</h2>{linked}"),
            format!("{own}<h2>Reactions</h2>{linked}"),
            format!("{own}<h2>Discussion</h2>{linked}"),
            format!("{own}<h3>Links</h3><ul><li>{linked}</ul>"),
            format!("{own}<p>Comments</p>{linked}"),
        ] {
            let mut page = made_of(&row, &content);
            if !page.contains("<title") {
                page = format!("<!DOCTYPE html><title>A title | A weblog</title>{page}");
            }
            assert!(is_vouched(&page, LINKED), "{row:?}: {page}");
        }
    }
}

/// The style sheets below a folder.
fn style_sheets(folder: &Path, all: &mut Vec<String>) {
    let folder = fs::read_dir(folder).expect("`tests/run` installs the themes");
    for path in folder.map(|file| file.unwrap().path()) {
        match path.extension().is_some_and(|kind| kind == "css") {
            true => all.push(fs::read_to_string(path).unwrap()),
            false if path.is_dir() => style_sheets(&path, all),
            false => {}
        }
    }
}

#[test]
fn f17_style_sheets_of_real_themes_hide_no_text_of_an_entry() {
    let mut sheets = Vec::new();
    style_sheets(Path::new(UNPACKED), &mut sheets);
    let number = sheets.len();
    let entries: Vec<String> = rows(ENTRIES)
        .map(|row| made_of(&row, &text(LINKED)))
        .collect();
    for (sheet, entry) in sheets.iter().zip(entries.iter().cycle()) {
        let page = format!("<!DOCTYPE html><title>A title</title><style>{sheet}</style>{entry}");
        assert!(is_vouched(&page, LINKED), "{page}");
        let page = format!(
            "<!DOCTYPE html><html lang=en class=js data-theme=light><title>A title</title><style>{sheet}</style>\
             <body class='post single'><header class=header><nav><ul class=nav><li><a href=/>x</a></ul></nav></header>\
             <div class=container><main class='content row' role=main><article class='post h-entry' id=post-1>\
             <h1 class='title p-name'>A title</h1><div class='entry-content e-content' itemprop=articleBody>\
             <h2>More</h2><ul><li>x<li>{0}</ul><blockquote>{0}</blockquote><p>{0}</p></div></article></main></div>",
            text(LINKED)
        );
        assert!(is_vouched(&page, LINKED), "{page}");
    }
    assert!(number >= 10, "{number}");
}

#[test]
fn f4_headings_for_comments_are_known_in_the_languages_of_wordpress() {
    let (mut number, mut wrong) = (0, Vec::new());
    for file in
        fs::read_dir(LANGUAGES).expect("the package `wordpress-l10n`; `tests/run` installs it")
    {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".mo") || name.starts_with("admin") || name.starts_with("continents") {
            continue;
        }
        for (original, forms) in catalogue(&fs::read(&path).unwrap()) {
            let is_heading = HEADINGS.contains(&original.as_str());
            for said in forms.iter().map(|form| filled(&original, form)) {
                let list = format!("<h2>{said}</h2><ol><li>{}</ol>", text(LINKED));
                if is_heading && !said.is_empty() {
                    number += 1;
                    let [page, ..] = with_comments(&list);
                    if is_vouched(&page, LINKED) {
                        wrong.push(format!("{name}: {original}: {said}"));
                    }
                } else if !said.is_empty()
                    && said.len() <= 24
                    && !said.contains('<')
                    && !is_of_comments(&original)
                {
                    let page = format!("<title>A title</title><h1>A title</h1>{list}");
                    if !is_vouched(&page, LINKED) {
                        wrong.push(format!("{name}: {original}: {said}"));
                    }
                }
            }
        }
    }
    assert!(number > 250 && wrong.is_empty(), "{number}: {wrong:#?}");
}

/// A post with all that others than its author put on a page: a visitor's comment, a blogroll, a menu, a sidebar.
const POPULATED: &str = r#"
    require 'wp-load.php';
    require 'wp-admin/includes/bookmark.php';
    switch_theme('THEME');
    update_option('link_manager_enabled', 1);
    $link = fn ($name) => "<a href='https://blog.example/posts/$name/'>the $name</a>";
    $id = wp_insert_post(['post_title' => 'Cats', 'post_status' => 'publish', 'comment_status' => 'open',
        'post_content' => '<!-- wp:paragraph --><p>Cats and ' . $link('entry') . ' are what I write of.</p><!-- /wp:paragraph -->']);
    foreach (['', 'pingback', 'trackback'] as $kind) {
        wp_insert_comment(['comment_post_ID' => $id, 'comment_approved' => 1, 'comment_type' => $kind, 'comment_author' => 'Visitor',
            'comment_author_url' => "https://blog.example/posts/visitor$kind/", 'comment_content' => 'I wrote ' . $link("comment$kind") . ' on cats.']);
    }
    wp_insert_link(['link_name' => 'A friend', 'link_url' => 'https://blog.example/posts/blogroll/']);
    update_option('widget_links', [2 => ['name' => 1], '_multiwidget' => 1]);
    update_option('widget_recent-comments', [2 => ['number' => 5], '_multiwidget' => 1]);
    update_option('widget_block', [2 => ['content' => '<!-- wp:html --><p>See ' . $link('sidebar') . ' too.</p><!-- /wp:html -->'],
        3 => ['content' => '<!-- wp:latest-comments /-->'], '_multiwidget' => 1]);
    update_option('sidebars_widgets', ['sidebar-1' => ['links-2', 'recent-comments-2', 'block-2', 'block-3'],
        'wp_inactive_widgets' => [], 'array_version' => 3]);
    $menu = wp_create_nav_menu('Menu THEME');
    wp_update_nav_menu_item($menu, 0, ['menu-item-title' => 'A friend', 'menu-item-url' => 'https://blog.example/posts/menu/',
        'menu-item-status' => 'publish']);
    set_theme_mod('nav_menu_locations', ['primary' => $menu, 'footer' => $menu]);
    echo get_permalink($id);
"#;

#[test]
fn f4_of_a_page_of_wordpress_the_entry_vouches_and_nothing_else() {
    let wordpress = WordPress::start();
    for (theme, expected) in [
        ("twentytwentyone", 7),
        ("twentytwentytwo", 4),
        ("twentytwentythree", 4),
    ] {
        let permalink = url(&wordpress.run(&POPULATED.replace("THEME", theme)));
        let page = laboratory().get(&permalink).unwrap();
        let links: Links = links(&page.body, Some("text/html; charset=utf-8"), &permalink).unwrap();
        let is_linked = |link: &&Url| link.host_str() == Some("blog.example");
        let shown: Vec<&str> = links
            .shown
            .iter()
            .filter(is_linked)
            .map(Url::path)
            .collect();
        let vouched: Vec<&str> = links
            .vouched
            .iter()
            .filter(is_linked)
            .map(Url::path)
            .collect();
        assert_eq!(vouched, ["/posts/entry/"], "{theme}: {shown:?}");
        assert!(shown.len() >= expected, "{theme}: {shown:?}");
    }
}

fn is_of_comments(english: &str) -> bool {
    let english = english.to_lowercase();
    let words = [
        "comment",
        "%1$s on",
        "respon",
        "repl",
        "ping",
        "trackback",
        "discussion",
        "say it",
        "thought",
        "feedback",
        "reaction",
    ];
    words.iter().any(|word| english.contains(word))
}

/// A translation with a title or a number in it.
fn filled(original: &str, form: &str) -> String {
    let form = form.replace("%1$s", "3").replace("%2$s", "“A title”");
    match original {
        "One response to %s" => form.replace("%s", "“A title”"),
        _ => form
            .replace("%s", "3")
            .replace("%d", "3")
            .replace('%', "3 "),
    }
}

/// The texts of a catalogue of gettext: in English, and each form of their translation.
fn catalogue(bytes: &[u8]) -> Vec<(String, Vec<String>)> {
    let number = |at: usize| {
        let bytes: [u8; 4] = bytes[at..at + 4].try_into().unwrap();
        u32::from_le_bytes(bytes) as usize
    };
    let text = |table: usize, row: usize| {
        let (length, at) = (number(table + row * 8), number(table + row * 8 + 4));
        String::from_utf8_lossy(&bytes[at..at + length]).into_owned()
    };
    let (rows, originals, translations) = (number(8), number(12), number(16));
    let forms = |text: &str| text.split('\0').map(str::to_owned).collect();
    (0..rows)
        .map(|row| {
            let original: Vec<String> = forms(&text(originals, row));
            (original[0].clone(), forms(&text(translations, row)))
        })
        .collect()
}

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.split(" | ").map(str::trim).collect())
}

const LINKED: &str = "https://blog.example/posts/hello/";

/// A paragraph that is longer than a heading, with a link.
fn text(link: &str) -> String {
    format!(
        "<p>Some words about cats, enough of them for a paragraph that somebody has written on a day in May, and what is \
         meant: <a href=\"{link}\">an entry</a>. More words follow it, which say nothing of importance.</p>"
    )
}

/// Whether the author of a page vouches for a link, which is on it.
fn is_vouched(page: &str, link: &str) -> bool {
    let fetched = Url::parse("https://friend.example/a-title/").unwrap();
    let links: Links = links(page.as_bytes(), Some("text/html; charset=utf-8"), &fetched).unwrap();
    let link = Url::parse(link).unwrap();
    assert!(links.shown.contains(&link), "{page}");
    links.vouched.contains(&link)
}

/// What the templates of a row make of `inner`, which the last one prints.
fn made_of(row: &[&str], inner: &str) -> String {
    let mut made = inner.to_owned();
    for pair in row.rchunks(2) {
        let [file, marker] = pair else {
            panic!("{row:?}")
        };
        let path = Path::new(UNPACKED).join(file.replace("MINIMA", MINIMA));
        let template = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}; `tests/run` installs it", path.display()));
        made = markup(&template, marker, &made).unwrap_or_else(|| panic!("{file}: no {marker}"));
    }
    made
}

/// Pages with comments below the entry, or beside it.
fn with_comments(comments: &str) -> [String; 4] {
    let words = text("/own");
    let head = "<!DOCTYPE html><title>A title | A weblog</title><header><h1><a href=/>A weblog</a></h1></header>";
    [
        "<main><article><h1>A title</h1><div class=e-content>TEXT</div></article>COMMENTS</main>",
        "<main><article><h1>A title</h1><div class=e-content>TEXT</div>COMMENTS</article></main>",
        "<article><h1>A title</h1>TEXT COMMENTS</article>",
        "<div id=content><h2>A title</h2>TEXT COMMENTS</div>",
    ]
    .map(|page| {
        format!(
            "{head}{}",
            page.replace("TEXT", &words).replace("COMMENTS", comments)
        )
    })
}
