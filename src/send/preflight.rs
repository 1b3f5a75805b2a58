//! Checks whether an entry is published, and has the links that its source has.
//!
//! Receivers treat a ping as spam if its page does not exist yet or does not contain the link.

use std::collections::HashMap;

use url::Url;

use super::outcome::cause;
use crate::error::{Error, FetchError};
use crate::fetch::Client;
use crate::html::{Base, Document, PageLink};
use crate::linkback::discover::{arxiv_page, parse_page};
use crate::linkback::link_header;
use crate::sources::{all_answers, stated_by_page};
use crate::urls::{bare_host, is_home, page_key, parse_web, sent_entry_key};

/// How many links of a page are read.
const MAX_LINKS: usize = 20_000;
/// How many of them are also known as they would be on a page in UTF-8.
const MAX_OTHERS: usize = 1_000;

/// The links of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageLinks {
    /// How the page spells the first link to each page, by that page's key.
    spellings: HashMap<String, String>,
    /// Whether the page is longer than what was read.
    truncated: bool,
    /// The title of the entry; empty if it is unknown.
    title: String,
}

impl PageLinks {
    /// Parses the links of a page that was fetched from `at`, including those without text, and its microformats: an entry
    /// often names so the page that it replies to.
    pub fn parse(body: &[u8], content_type: Option<&str>, at: &Url) -> PageLinks {
        PageLinks::of(&parse_page(body, content_type), at)
    }

    fn of(page: &Document, at: &Url) -> PageLinks {
        let base = Base::new(page, at);
        let answers = all_answers(page);
        let links = page.links();
        let is_live = |link: &PageLink<'_>| !page.is_in_template(link.element);
        let hrefs = links.filter(is_live).map(|link| link.href);
        let hrefs = hrefs.chain(answers.iter().map(|answer| answer.trim()));
        let mut found = hrefs.filter_map(|href| {
            let url = base.join(href)?;
            let absolute = parse_web(href);
            // Elsewhere a query is encoded otherwise than on this page.
            let is_spelling = absolute.as_ref() == Some(&url);
            let spelling = if is_spelling { href } else { url.as_str() };
            let elsewhere = base.join_in_utf8(href).filter(|other| *other != url);
            let elsewhere = elsewhere.map(|other| key(&other));
            Some((key(&url), elsewhere, spelling.to_owned()))
        });
        let mut spellings = HashMap::new();
        let mut others = Vec::new();
        for (key, elsewhere, spelling) in found.by_ref().take(MAX_LINKS) {
            if others.len() < MAX_OTHERS {
                others.extend(elsewhere.map(|key| (key, spelling.clone())));
            }
            spellings.entry(key).or_insert(spelling);
        }
        // A feed in UTF-8 may have the link of a page that is not.
        for (key, spelling) in others {
            spellings.entry(key).or_insert(spelling);
        }
        PageLinks {
            spellings,
            truncated: page.is_cut() || found.next().is_some(),
            title: String::new(),
        }
    }

    /// The title of the entry whose page this is; empty if it is unknown.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Whether one of the links leads to the page `url`, however it is spelt. If not all links were read, any may be.
    pub fn contain(&self, url: &Url) -> bool {
        self.truncated || self.spellings.contains_key(&key(url))
    }

    /// How the page spells its link to the page `url`: a receiver searches the page for the URL that it was sent.
    pub fn spelling(&self, url: &Url) -> Option<&str> {
        let spelling = self.spellings.get(&key(url)).map(String::as_str);
        // The first link to the page may lead to another of its entries.
        spelling.filter(|spelling| {
            let fragment = url.fragment();
            fragment.is_none_or(|fragment| {
                spelling
                    .split_once('#')
                    .is_some_and(|(_, own)| own == fragment)
            })
        })
    }
}

/// Why the links of an entry's page are unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFailure {
    /// What went wrong.
    pub cause: String,
    /// Whether the server says that the page is gone (404, 410).
    pub is_gone: bool,
}

/// Fetches the published page at `permalink` and returns its links and its title.
pub fn fetch_links(client: &Client, permalink: &Url) -> Result<PageLinks, PageFailure> {
    fetch(client, permalink).map(|page| page.links)
}

/// The published page of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedPage {
    /// Its links and its title.
    pub links: PageLinks,
    /// Where the entry is by its page, if that is another page of its site than where it was fetched.
    pub moved: Option<Url>,
    /// Whether the page is that of an entry.
    is_entry: bool,
    /// Whether another page was asked for than the front page, which was read.
    is_front: bool,
    /// Whether the page that was read is the one at `moved`.
    is_there: bool,
}

/// Fetches the page of an entry that has these links, each in several spellings. A page may redirect to another of its
/// site, or name that as the entry's permalink. The entry is believed to be there only if the page there is an entry, says
/// nothing else, and has all of these links that the first page has: a theme may name one page on all others, and old
/// pages may all lead to a new front page. Then the page there is the one that counts, because receivers look at it.
pub fn fetch_entry(
    client: &Client,
    permalink: &Url,
    links: &[[&Url; 2]],
) -> Result<PublishedPage, PageFailure> {
    let first = fetch(client, permalink)?;
    let Some(to) = first.moved.clone() else {
        return Ok(first);
    };
    let there = match first.is_there {
        true => Some(first.clone()),
        false => fetch(client, &to)
            .ok()
            .filter(|there| there.moved.is_none()),
    };
    let has =
        |page: &PublishedPage, link: &[&Url; 2]| link.iter().any(|url| page.links.contain(url));
    let is_same = |there: &PublishedPage| {
        let mut all = links.iter();
        there.is_entry
            && all.all(|link| has(there, link) || !has(&first, link))
            && links.iter().any(|link| has(there, link))
    };
    Ok(match there.filter(is_same) {
        Some(there) => PublishedPage {
            moved: Some(to),
            ..there
        },
        None => PublishedPage {
            moved: None,
            ..first
        },
    })
}

/// What is at the URL that an entry may have had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldPage {
    /// It redirects to the entry, or names that as its permalink.
    Moved,
    /// Nothing.
    Gone,
    /// The front page, or one that has none of the links: it may say that the entry is not found.
    Replaced,
    /// A page with one of the links, or it is unknown.
    There,
}

/// What is at `before`, where the entry at `permalink` may have been, with one of `links`.
pub fn old_page(client: &Client, before: &Url, permalink: &Url, links: &[Url]) -> OldPage {
    match fetch(client, before) {
        Err(failure) if failure.is_gone => OldPage::Gone,
        Err(_) => OldPage::There,
        Ok(page) => {
            let is_it = |to: &Url| is_one_entry(to, permalink);
            let has_links = links.iter().any(|link| page.links.contain(link));
            if page.moved.as_ref().is_some_and(is_it) {
                OldPage::Moved
            } else if has_links && !page.is_front {
                OldPage::There
            } else {
                OldPage::Replaced
            }
        }
    }
}

/// Fetches a page, and reads what it says of its entry.
fn fetch(client: &Client, permalink: &Url) -> Result<PublishedPage, PageFailure> {
    let page = client.get(permalink).map_err(|error| PageFailure {
        is_gone: matches!(
            error,
            Error::Fetch {
                fault: FetchError::Status(404 | 410),
                ..
            }
        ),
        cause: cause(&error),
    })?;
    let canonical = link_header::canonical(&page.links, &page.url);
    let tree = parse_page(&page.body, page.content_type.as_deref()).with_canonical(canonical);
    let links = PageLinks::of(&tree, &page.url);
    let mut at = page.url.clone();
    at.set_fragment(permalink.fragment());
    let stated = stated_by_page(&tree, &at);
    let is_entry = stated.is_some();
    let (title, to) = match stated {
        Some((title, to)) => (title, Some(to)),
        None => (String::new(), leads_to(&tree, &page.url)),
    };
    let is_elsewhere = |to: &Url| {
        bare_host(to) == bare_host(permalink)
            && !is_one_entry(to, permalink)
            && permalink.fragment().is_none()
            && !is_home(to)
    };
    let moved = to.filter(is_elsewhere);
    Ok(PublishedPage {
        links: PageLinks {
            truncated: page.truncated || links.truncated,
            title,
            ..links
        },
        is_entry,
        is_front: is_home(&page.url) && !is_home(permalink),
        is_there: moved.as_ref().is_some_and(|to| is_one_entry(to, &page.url)),
        moved,
    })
}

/// Where a page that is no entry sends its readers at once.
fn leads_to(tree: &Document, at: &Url) -> Option<Url> {
    let departure = tree.refresh()?.departure(&Base::new(tree, at), at)?;
    departure.to.filter(|_| departure.is_at_once)
}

fn is_one_entry(one: &Url, other: &Url) -> bool {
    sent_entry_key(one) == sent_entry_key(other)
}

fn key(url: &Url) -> String {
    let paper = arxiv_page(url);
    page_key(paper.as_ref().unwrap_or(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_link_counts_however_it_is_spelt() {
        let page = "<base href='https://b.example/x/'><a href=' ../1/#c '>1</a><A HREF=//www.c.example/?a=1&amp;b>
            <blockquote cite=https://d.example><p><a href='https://arxiv.org/pdf/1501.00001v2'>";
        let links = PageLinks::parse(page.as_bytes(), None, &url("https://me.example/"));
        for there in [
            "https://b.example/1",
            "http://c.example/?a=1&b",
            "https://d.example/",
            "https://arxiv.org/abs/1501.00001",
        ] {
            assert!(links.contain(&url(there)), "{there}");
        }
        for elsewhere in [
            "https://b.example/x/1",
            "https://c.example/",
            "https://d.example:8080/",
        ] {
            assert!(!links.contain(&url(elsewhere)), "{elsewhere}");
        }
    }

    #[test]
    fn a_page_in_xml_has_links_behind_an_empty_script() {
        let page = "<html><head><script src='a.js'/></head><body><a href='https://b.example/1'>1</a></body></html>";
        for (kind, expected) in [("application/xhtml+xml", true), ("text/html", false)] {
            let links = PageLinks::parse(page.as_bytes(), Some(kind), &url("https://me.example/"));
            assert_eq!(
                links.contain(&url("https://b.example/1")),
                expected,
                "{kind}"
            );
        }
    }

    #[test]
    fn c4_a_query_is_compared_in_the_charset_of_the_page_and_as_a_feed_in_utf_8_has_it() {
        let page = b"<a href='https://b.example/?q=\x94\x4c'>1</a><a href='/?q=\x94\x4c'>2</a><a href='//c.example/?q=%94L'>3</a>";
        let kind = Some("text/html; charset=Shift_JIS");
        let links = PageLinks::parse(page, kind, &url("https://me.example/"));
        for (feed, sent) in [
            ("https://b.example/?q=%94L", "https://b.example/?q=%94L"),
            ("https://b.example/?q=猫", "https://b.example/?q=%94L"),
            ("https://me.example/?q=%94l", "https://me.example/?q=%94L"),
            ("https://me.example/?q=猫", "https://me.example/?q=%94L"),
            ("https://c.example/?q=%94L", "https://c.example/?q=%94L"),
        ] {
            let expected = (!feed.ends_with('l')).then_some(sent);
            assert_eq!(links.spelling(&url(feed)), expected, "{feed}");
        }
        assert!(!links.contain(&url("https://c.example/?q=猫")));
    }

    #[test]
    fn a_response_counts_wherever_its_microformats_name_the_page() {
        for response in [
            "<a class=u-in-reply-to href=//b.example/1></a>",
            "<data class=u-in-reply-to value=https://b.example/1></data>",
            "<span class=u-like-of>https://b.example/1</span>",
            "<span class=p-in-reply-to> https://b.example/1 </span>",
            "<input class=u-repost-of value=https://b.example/1>",
            "<abbr class=u-bookmark-of title=https://b.example/1>it</abbr>",
            "<img class=u-like-of src=https://b.example/1>",
            "<video class=u-like-of poster=https://b.example/1></video>",
            "<object class=u-like-of data=https://b.example/1></object>",
            "<span class=u-in-reply-to>x <data class=value value=https://b.example/1></data></span>",
            "<div class='u-like-of h-cite'><data class=u-url value=https://b.example/1></data></div>",
            "<div class='u-like-of h-cite'><a class=u-url href=https://b.example/1>it</a></div>",
            "<div class='u-like-of h-cite'><span class=u-url>https://b.example/1</span></div>",
        ] {
            let at = url("https://me.example/");
            for (page, expected) in [
                (format!("<div class=h-entry><p>x {response}</div>"), true),
                (
                    format!(
                        "<div class=h-feed><p class=h-entry>y</p><div class=h-entry>{response}</div></div>"
                    ),
                    true,
                ),
                (
                    format!("<div class=h-entry><template>{response}</template></div>"),
                    false,
                ),
            ] {
                let links = PageLinks::parse(page.as_bytes(), None, &at);
                assert_eq!(
                    links.contain(&url("https://b.example/1")),
                    expected,
                    "{page}"
                );
            }
        }
    }

    #[test]
    fn what_only_looks_like_a_link_does_not_count() {
        let page =
            "<!-- <a href=https://a.example/1> --><script>'<a href=https://a.example/1>'</script>
            <textarea><a href=https://a.example/1></textarea><p>https://a.example/1";
        let links = PageLinks::parse(page.as_bytes(), None, &url("https://me.example/"));
        assert!(!links.contain(&url("https://a.example/1")));
    }

    #[test]
    fn c4_feed_and_page_may_spell_a_link_in_two_ways() {
        for (page, feed) in [
            ("http://b.example/%7Ecat", "https://b.example/~cat/"),
            ("https://b.example/~cat", "https://b.example/%7ecat"),
            ("https://b.example/猫", "https://b.example/%e7%8c%ab"),
            ("https://b.example/%e7%8c%ab", "https://b.example/%E7%8C%AB"),
            ("//www.b.example/x/index.html", "https://b.example/x"),
            ("https://猫.example/", "https://xn--z7x.example"),
            (
                "https://b.example/x?a=1&amp;b=%2F",
                "https://b.example/x?a=1&b=/",
            ),
            ("https://b.example/x?utm_source=me", "https://b.example/x"),
        ] {
            let html = format!("<meta charset=utf-8><p><a href='{page}'>x</a>");
            let links = PageLinks::parse(
                html.as_bytes(),
                Some("text/html"),
                &url("https://me.example/"),
            );
            assert!(links.contain(&url(feed)), "{page} {feed}");
        }
    }

    #[test]
    fn c4_the_charset_is_the_pages() {
        let at = url("https://me.example/");
        let page = "<p><a href='https://b.example/猫'>猫</a>";
        for (label, is_in_header) in [
            ("Shift_JIS", true),
            ("EUC-JP", false),
            ("utf-8", true),
            ("Big5", false),
        ] {
            let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
            let html = format!("<meta charset={label}>{page}");
            let html = if is_in_header { page } else { &html };
            let (body, _, _) = encoding.encode(html);
            let kind = format!("text/html; charset={label}");
            let kind = if is_in_header {
                kind.as_str()
            } else {
                "text/html"
            };
            let links = PageLinks::parse(&body, Some(kind), &at);
            assert!(
                links.contain(&url("https://b.example/%E7%8C%AB")),
                "{label}"
            );
        }
    }
}
