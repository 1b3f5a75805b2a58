//! What `tb` sees on a page is what Chromium sees: its links, which of them a reader can see, its words, its title, its
//! canonical link and its base, on pages in the shapes of real ones (`tests/html/`).

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tb::internals::html::{Document, Syntax};
use tb::internals::sources::named_page;
use tb::linkback::trackback::links::links;
use tb::text::clean;
use url::Url;

use super::support::browser::Browser;

/// What a page is seen to be. What a click opens is opened first. A link is visible if some of its text, or a picture in it, takes room on the page that
/// nothing cuts away.
pub(crate) const SEEN: &str = r#"
    for (const details of document.querySelectorAll('details')) details.open = true;
    const title = document.title;
    const cut = element => {
        for (let around = element; around; around = around.parentElement) {
            const style = getComputedStyle(around);
            const box = around.getBoundingClientRect();
            if (/^rect\((0px,? ?)+\)$/.test(style.clip)) return true;
            if (style.overflow === 'hidden' && around !== document.body && (box.height < 2 || box.width < 2)) return true;
        }
        return false;
    };
    const onPage = box => box.width > 1 && box.height > 1 && box.right + scrollX > 0 && box.bottom + scrollY > 0;
    const rendered = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && !cut(element);
    const isSeen = text => {
        const range = document.createRange();
        range.selectNodeContents(text);
        return rendered(text.parentElement) && [...range.getClientRects()].some(onPage);
    };
    const visible = link => {
        if (link.localName === 'area') return !link.closest('[hidden]');
        const walker = document.createTreeWalker(link, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (node.nodeType === Node.TEXT_NODE) {
                if (node.data.trim() && isSeen(node)) return true;
            } else if (/^(img|svg)$/.test(node.localName) && rendered(node) && onPage(node.getBoundingClientRect())) {
                return true;
            }
        }
        return false;
    };
    const ofSvg = link => link.getAttributeNS('http://www.w3.org/1999/xlink', 'href') ?? link.getAttribute('xlink:href');
    const address = link => link.getAttribute('href') ?? ofSvg(link);
    const href = link => address(link).trim();
    const links = [...document.querySelectorAll('a, area')]
        .filter(link => /xhtml|svg/.test(link.namespaceURI) && address(link) !== null)
        .map(link => [href(link), visible(link)]);
    const attribute = css => document.querySelector(css)?.getAttribute('href')?.trim() ?? null;
    for (const box of LEFT_OUT ? document.querySelectorAll(LEFT_OUT) : []) box.remove();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const unseen = [];
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        if (text.data.trim() && !isSeen(text)) unseen.push(text);
    }
    for (const text of unseen) text.data = '';
    const style = document.head.appendChild(document.createElement('style'));
    style.textContent = '* { text-transform: none !important }';
    return {
        links,
        text: document.body.innerText,
        title,
        canonical: attribute('link[rel~="canonical" i][href]'),
        base: attribute('base[href]'),
    };
"#;

/// What is left of a page is what its author says in the entry, without what the sender leaves out on purpose: the
/// title above the text, what is around it, what readers operate, drawings, formulas and what is hidden from
/// screen readers, deleted words, readings of characters, dates, and marks of notes.
const ENTRY: &str = r#"
    const find = css => document.querySelector(css);
    const entry = find('.e-content') ?? find('.entry-content') ?? find('article') ?? find('main') ?? document.body;
    const kinds = 'nav, aside, header, footer, form, button, select, textarea, dialog, menu, math, time, '
        + 'svg:not(:has(foreignObject)), del, s, strike, rt, rp, [aria-hidden=true], .p-author, a[href^=\\#]';
    const titles = [...document.querySelectorAll('h1, h2, h3')]
        .filter(heading => heading.innerText.length > 2 && document.title.includes(heading.innerText));
    for (const box of [...document.querySelectorAll(LEFT_OUT ? `${kinds}, ${LEFT_OUT}` : kinds), ...titles]) {
        // Some call something else a drawing; the words beside a menu are apart.
        if (box.localName === 'svg' && !box.namespaceURI.endsWith('svg')) continue;
        const isInLine = box.localName !== 'select' && /^inline|none/.test(getComputedStyle(box).display);
        box.replaceWith(isInLine ? '' : document.createElement('div'));
    }
    return entry.innerText;
"#;

/// On which pages visitors have written, and where.
const BY_OTHERS: [(&str, &str); 2] = [
    ("indieweb_reply.html", ".webmentions"),
    ("wordpress_single.html", ".comment-list"),
];

/// What else is around the texts of entries.
const AROUND_ENTRY: [(&str, &str); 2] = [
    ("eleventy_base.html", ".post-metadata, .links-nextprev"),
    ("movable_type.html", ".entry-footer"),
];

fn script(body: &str, left_out: &[(&str, &str)], page: &str) -> String {
    let css = left_out.iter().find(|(name, _)| *name == page);
    let css = css.map_or("", |(_, css)| css);
    format!("const LEFT_OUT = {}; {body}", json!(css))
}

#[test]
fn b1_and_f17_tb_sees_of_a_page_what_chromium_shows() {
    let browser = Browser::acquire();
    let mut wrong = Vec::new();
    let pages = pages();
    assert!(pages.len() >= 60, "{}", pages.len());
    for path in pages {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        browser.open(&format!("file://{}", path.display()));
        let mut seen = browser.script(&script(SEEN, &BY_OTHERS, &name));
        seen["entry"] = browser.script(&script(ENTRY, &AROUND_ENTRY, &name));
        let html = fs::read_to_string(&path).unwrap();
        // A browser takes a file for XML by its name.
        let kind = match path.extension().is_some_and(|ending| ending == "xhtml") {
            true => "application/xhtml+xml",
            false => "text/html",
        };
        let page = Document::parse_in(&html, Syntax::of(Some(kind)));
        let own = seen_by_tb(&page, &html, kind);
        for part in ["links", "title", "canonical", "base", "text", "entry"] {
            let theirs = match part {
                "text" | "entry" | "title" => json!(clean(seen[part].as_str().unwrap_or_default())),
                _ => seen[part].clone(),
            };
            if theirs != own[part] {
                wrong.push(format!(
                    "{name}, {part}:\n  chromium {theirs}\n  tb       {}",
                    own[part]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What `tb` sees of a page.
pub(crate) fn seen_by_tb(page: &Document, html: &str, kind: &str) -> Value {
    let url = page.canonical().and_then(|href| Url::parse(href).ok());
    let url = url.unwrap_or_else(|| Url::parse("https://weblog.example/posts/1/").unwrap());
    let found = links(
        html.as_bytes(),
        Some(&format!("{kind}; charset=utf-8")),
        &url,
    );
    let text = found.expect("a page").text().to_owned();
    let links: Vec<Value> = page
        .links()
        .filter(|link| ["a", "area"].contains(&link.element.name()))
        .filter(|link| !page.is_in_template(link.element))
        .map(|link| json!([link.href, link.is_shown]))
        .collect();
    json!({
        "links": links,
        "title": page.title().unwrap_or_default(),
        "canonical": page.canonical(),
        "base": page.base_href(),
        "text": clean(&text),
        "entry": named_page(page, &url).1,
    })
}

fn pages() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/html");
    let mut pages: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "html" || extension == "xhtml")
        })
        .collect();
    pages.sort();
    pages
}
