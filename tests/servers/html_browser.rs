//! What `tb` sees on a page is what Chromium sees: its links, which of them a reader can see, its title, its canonical
//! link and its base, on pages in the shapes of real ones (`tests/html/`).

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tb::internals::html::{Document, Syntax};
use tb::text::clean;

use super::support::browser::Browser;

/// What a page is seen to be. A link is visible if some of its text, or a picture in it, takes room on the page that
/// nothing cuts away. What a click opens is opened first.
const SEEN: &str = r#"
    for (const details of document.querySelectorAll('details')) details.open = true;
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
    const visible = link => {
        if (link.localName === 'area') return !link.closest('[hidden]');
        const walker = document.createTreeWalker(link, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (node.nodeType === Node.TEXT_NODE) {
                const range = document.createRange();
                range.selectNodeContents(node);
                const boxes = [...range.getClientRects()];
                if (node.data.trim() && rendered(node.parentElement) && boxes.some(onPage)) return true;
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
    return {
        links,
        title: document.title,
        canonical: attribute('link[rel~="canonical" i][href]'),
        base: attribute('base[href]'),
    };
"#;

#[test]
fn b1_and_f17_tb_sees_of_a_page_what_chromium_shows() {
    let browser = Browser::acquire();
    let mut wrong = Vec::new();
    let pages = pages();
    assert!(pages.len() >= 60, "{}", pages.len());
    for path in pages {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        browser.open(&format!("file://{}", path.display()));
        let seen = browser.script(SEEN);
        let html = fs::read_to_string(&path).unwrap();
        // A browser takes a file for XML by its name.
        let kind = path.extension().filter(|ending| *ending == "xhtml");
        let syntax = Syntax::of(kind.map(|_| "application/xhtml+xml"));
        let own = own(&Document::parse_in(&html, syntax));
        for part in ["links", "title", "canonical", "base"] {
            let theirs = match part {
                "title" => json!(clean(seen["title"].as_str().unwrap_or_default())),
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

fn own(page: &Document) -> Value {
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
