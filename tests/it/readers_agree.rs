//! What one reader of a page sees, all see: the sender of its pings, the receiver that checks its links, the reader of its
//! microformats and that of its endpoints, on pages in the shapes of real ones (`tests/html/`).

use std::fs;
use std::path::Path;

use tb::internals::html::{Base, Document, Microformat, MicroformatRules, Syntax};
use tb::internals::sources::{Entry, Follow, named_page};
use tb::linkback::discover::discover;
use tb::linkback::trackback::links::{Links, Standing, links};
use tb::text::clean;
use url::Url;

/// What the receiver takes for its author's, although the sender leaves it out: what is around the entry.
const AROUND: [(&str, &str); 2] = [
    ("indieweb_facepile.html", "https://a.example/"),
    ("jekyll_minima.html", "https://social.example/@me"),
];

/// Where pages are that state no canonical URL and name their permalink in another way: at another one they would be lists.
const AT: [(&str, &str); 2] = [
    (
        "pelican.html",
        "https://weblog.example/posts/1/my-post.html",
    ),
    ("indieweb_reply.html", "https://weblog.example/notes/1"),
];

#[test]
fn b1_the_readers_of_a_page_agree_on_its_links_its_title_its_permalink_and_its_entry() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/html");
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let html = fs::read_to_string(&path).unwrap();
        let kind = match name.ends_with(".xhtml") {
            true => "application/xhtml+xml; charset=utf-8",
            false => "text/html; charset=utf-8",
        };
        let page = Document::parse_in(&html, Syntax::of(Some(kind)));
        let at = AT.iter().find(|(known, _)| *known == name);
        let at = at.map_or("https://weblog.example/posts/1/", |(_, url)| url);
        let url = page.canonical().and_then(|href| Url::parse(href).ok());
        let url = url.unwrap_or_else(|| Url::parse(at).unwrap());
        let (entry, _) = named_page(&page, &url);
        let entry = entry.unwrap_or_else(|| panic!("{name} is no entry"));
        let found = links(html.as_bytes(), Some(kind), &url).unwrap();
        let faults = link_faults(&name, &entry, &found, &url)
            .into_iter()
            .chain(name_faults(&entry, &found))
            .chain(permalink_faults(&entry, &found, (&html, kind), &url))
            .chain(microformat_faults(&page, &entry, &url));
        wrong.extend(faults.map(|fault| format!("{name}: {fault}")));
        count += 1;
    }
    assert!(count >= 75, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A link that is sent is one that the receiver finds: vouched for as the sender says, or hidden, where nothing of it can be seen
/// (receivers of webmentions take that too). A link to another site that the receiver finds vouched for is sent.
fn link_faults(name: &str, entry: &Entry, found: &Links, url: &Url) -> Vec<String> {
    let mut faults = Vec::new();
    for link in &entry.links {
        let is_vouched = found.vouched.contains(&link.url);
        let is_known = match found.shown.contains(&link.url) {
            true => is_vouched == (link.follow == Follow::Yes),
            false => found.hidden.contains(&link.url),
        };
        if !is_known {
            faults.push(format!("{} is sent as {:?}", link.url, link.follow));
        }
    }
    for link in found
        .shown
        .iter()
        .filter(|link| found.vouched.contains(link))
    {
        let is_sent = entry.links.iter().any(|sent| sent.url == *link);
        let is_around = AROUND.contains(&(name, link.as_str()));
        if link.host() != url.host() && is_sent == is_around {
            faults.push(format!("{link} is vouched for, sent: {is_sent}"));
        }
    }
    faults
}

/// The title that is sent is one for the receiver, or the beginning of the text of a note that has none.
fn name_faults(entry: &Entry, found: &Links) -> Option<String> {
    let standing = found.standing(&entry.title);
    let is_title = matches!(standing, Standing::Title | Standing::Heading);
    let is_note = standing == Standing::Text && entry.summary == entry.title;
    (!entry.title.is_empty() && !is_title && !is_note)
        .then(|| format!("title {:?}: {standing:?}", entry.title))
}

/// All know the same permalink.
fn permalink_faults(
    entry: &Entry,
    found: &Links,
    (html, kind): (&str, &str),
    url: &Url,
) -> Option<String> {
    let stated = found.says.canonical.as_ref();
    let discovered = discover(html.as_bytes(), Some(kind), url, url).canonical;
    let is_own = |other: &Url| *other == entry.permalink;
    let agree = stated.is_none_or(is_own) && discovered.as_ref().is_none_or(is_own);
    (!agree).then(|| format!("{}, {stated:?}, {discovered:?}", entry.permalink))
}

/// A page's only post in microformats is the entry: of the same title and the same time, if it has them.
fn microformat_faults(page: &Document, entry: &Entry, url: &Url) -> Vec<String> {
    let found = page.microformats(&Base::new(page, url), MicroformatRules::default());
    let is_post = |item: &&Microformat| item.is("h-entry") && item.parent.is_none();
    let posts: Vec<&Microformat> = found.items.iter().filter(is_post).collect();
    let [post] = posts.as_slice() else {
        return Vec::new();
    };
    let first = |name: &str| post.values(name).next().map(|value| clean(value.text()));
    let mut faults = Vec::new();
    let classed = page
        .elements(post.nodes.clone())
        .any(|one| one.has_class("p-name") && !one.has_class("h-card"));
    if let Some(name) = first("name").filter(|_| classed)
        && name != entry.title
    {
        faults.push(format!("p-name {name:?}, title {:?}", entry.title));
    }
    if let Some(time) = first("published") {
        let day = entry.published.map(|time| time.to_string());
        if !day.as_ref().is_some_and(|day| day.starts_with(&time[..10])) {
            faults.push(format!("dt-published {time:?}, {day:?}"));
        }
    }
    faults
}
