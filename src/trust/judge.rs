//! Whether the links of a page lead to this site, and to the entry that was pinged, and whether the page carries the
//! ping's title. Pure: nothing is fetched.

use std::collections::HashMap;

use url::Url;

use super::Reason;
use crate::config::EntryPattern;
use crate::domain::registrable;
use crate::text;
use crate::trackback::links::Links;
use crate::trackback::{Ping, TbId};
use crate::urls::{is_below, is_entry};

/// What a page must link to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    /// The pages that count as the owner's.
    pub(super) site: &'a [Url],
    /// The entry, where it is known; then the link must be to it.
    pub(super) entry: Option<EntryPlace<'a>>,
}

/// Where an entry is published.
#[derive(Debug, Clone, Copy)]
pub(super) enum EntryPlace<'a> {
    /// At this permalink.
    At(&'a Url),
    /// Where the pattern of the configuration gives its id.
    ByPattern(&'a EntryPattern, &'a TbId),
}

/// What a ping says of its page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim<'a> {
    /// Where it is.
    pub(super) source: &'a Url,
    /// What it is called.
    pub(super) title: &'a str,
}

/// Whose words a ping's title is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Title {
    /// Its page's, or nobody's: the URL stands in for a title.
    OfPage,
    /// Perhaps somebody else's.
    Other,
}

impl Claim<'_> {
    /// Whether the page carries the title.
    pub(super) fn title(self, links: &Links) -> Title {
        let url = text::crop(self.source.as_str(), Ping::MAX_TITLE, "");
        if self.title == url || links.words.has(self.title) {
            Title::OfPage
        } else {
            Title::Other
        }
    }
}

/// The most links that are followed to see where they lead.
const MOST_CANDIDATES: usize = 8;
/// How many of them may be links into the site itself, which may be an entry's old permalink.
const MOST_INSIDE: usize = 3;
/// How many may be of one domain that is not the site's: nobody is to be asked often for somebody else's page.
const MOST_OF_A_DOMAIN: usize = 2;

impl<'a> Target<'a> {
    /// Whether a link to `url` is what is looked for.
    pub(super) fn is_hit(self, url: &Url) -> bool {
        match self.entry {
            Some(EntryPlace::At(entry)) => is_entry(url, entry),
            Some(EntryPlace::ByPattern(pattern, id)) => pattern.id_of(url).as_ref() == Some(id),
            None => self.is_site(url),
        }
    }

    /// Whether `url` is a page of the owner's.
    pub(super) fn is_site(self, url: &Url) -> bool {
        self.site.iter().any(|site| is_below(url, site))
    }

    /// The link that is looked for.
    pub(super) fn direct(self, links: &Links) -> Option<&Url> {
        links.shown.iter().find(|url| self.is_hit(url))
    }

    /// Links that may be redirected to what is looked for: into the site, and to other hosts than the page's
    /// own. The shortest first, as those of shorteners are; home pages last.
    pub(super) fn candidates<'l>(self, links: &'l Links, page: &Url) -> Vec<&'l Url> {
        let (inside, outside): (Vec<&Url>, Vec<&Url>) = links
            .shown
            .iter()
            .filter(|url| !self.is_hit(url))
            .partition(|url| self.is_site(url));
        let mut outside: Vec<&Url> = outside
            .into_iter()
            .filter(|url| url.host_str() != page.host_str())
            .collect();
        let length = |url: &Url| url.path().len() + url.query().map_or(0, str::len);
        outside.sort_by_key(|url| (length(url) <= 1, length(url)));
        let mut asked: HashMap<String, usize> = HashMap::new();
        outside.retain(|url| {
            let count = asked.entry(registrable(url)).or_default();
            *count += 1;
            *count <= MOST_OF_A_DOMAIN
        });
        let inside = inside.into_iter().take(MOST_INSIDE);
        inside.chain(outside).take(MOST_CANDIDATES).collect()
    }

    /// Why a page without the link is turned away.
    pub(super) fn missing(self, links: &Links) -> Reason {
        let site = |url: &Url| self.is_site(url) || self.is_hit(url);
        if links.shown.iter().any(site) {
            Reason::LinksElsewhere
        } else if links.hidden.iter().any(site) {
            Reason::HiddenLink
        } else {
            Reason::NoLink
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trackback::links::links;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn shown(urls: &[&str]) -> Links {
        Links {
            shown: urls.iter().map(|text| url(text)).collect(),
            ..Links::default()
        }
    }

    #[test]
    fn a_title_that_its_page_does_not_carry_is_somebody_elses() {
        let source = url("https://weblog.example/a-page-about-cats");
        let page = "<title>Weblog</title><h1>About cats</h1>";
        let found = links(page.as_bytes(), Some("text/html"), &source).unwrap();
        let title = |title| {
            let source = &source;
            Claim { source, title }.title(&found)
        };
        assert_eq!(title("About “Cats”"), Title::OfPage);
        assert_eq!(title(source.as_str()), Title::OfPage);
        assert_eq!(title("About dogs"), Title::Other);
        assert_eq!(title("https://pills.example/"), Title::Other);
    }

    #[test]
    fn a_link_to_the_site_counts_where_the_entry_is_not_known() {
        let site = [url("https://blog.example/me/")];
        let target = Target {
            site: &site,
            entry: None,
        };
        for hit in [
            "http://www.blog.example/me",
            "https://blog.example/me/x?y#z",
        ] {
            assert!(target.direct(&shown(&[hit])).is_some(), "{hit}");
        }
        for miss in [
            "https://blog.example/",
            "https://blog.example/meow",
            "https://blog.example.evil.example/me/",
            "https://blog.exampIe.com/me/",
            "https://evil.example/?https://blog.example/me/",
        ] {
            let links = shown(&[miss]);
            assert!(target.direct(&links).is_none(), "{miss}");
            assert_eq!(target.missing(&links), Reason::NoLink, "{miss}");
        }
    }

    #[test]
    fn where_the_entry_is_known_the_link_must_be_to_it() {
        let site = [url("https://blog.example/")];
        let entry = url("https://blog.example/posts/cats/");
        let target = Target {
            site: &site,
            entry: Some(EntryPlace::At(&entry)),
        };
        assert!(
            target
                .direct(&shown(&["http://blog.example/posts/cats#c1"]))
                .is_some()
        );
        let other = shown(&["https://blog.example/posts/dogs/"]);
        assert!(target.direct(&other).is_none());
        assert_eq!(target.missing(&other), Reason::LinksElsewhere);
        let hidden = Links {
            hidden: vec![entry.clone()],
            ..Links::default()
        };
        assert_eq!(target.missing(&hidden), Reason::HiddenLink);
    }

    #[test]
    fn d3_the_entry_of_an_id_is_known_by_its_id_where_only_the_pattern_says_where_it_is() {
        let site = [url("https://blog.example/")];
        let pattern = EntryPattern::new("https://blog.example/posts/{id}/").unwrap();
        let id = TbId::new("my-café-cats".as_bytes()).unwrap();
        let target = Target {
            site: &site,
            entry: Some(EntryPlace::ByPattern(&pattern, &id)),
        };
        for hit in [
            "https://blog.example/posts/my-caf%C3%A9-cats/",
            "http://www.blog.example/posts//my-café-cats/index.html?utm_source=rss#c1",
        ] {
            assert!(target.direct(&shown(&[hit])).is_some(), "{hit}");
        }
        for miss in [
            "https://blog.example/posts/my-cats/",
            "https://blog.example/my-café-cats/",
            "https://evil.example/posts/my-café-cats/",
        ] {
            assert!(target.direct(&shown(&[miss])).is_none(), "{miss}");
        }
        let other = shown(&["https://blog.example/posts/my-cats/"]);
        assert_eq!(target.missing(&other), Reason::LinksElsewhere);
    }

    #[test]
    fn a_few_short_links_to_other_hosts_are_followed() {
        let site = [url("https://blog.example/")];
        let entry = url("https://blog.example/posts/cats/");
        let target = Target {
            site: &site,
            entry: Some(EntryPlace::At(&entry)),
        };
        let mut all = vec![
            "https://weblog.example/own",
            "https://far.example/a/long/path/of/an/ordinary/page",
            "https://home.example/",
            "https://s.example/x1",
            "https://blog.example/?p=7",
        ];
        let page = url("https://weblog.example/1");
        let links = shown(&all);
        let found: Vec<&str> = target
            .candidates(&links, &page)
            .iter()
            .map(|url| url.as_str())
            .collect();
        assert_eq!(found, [all[4], all[3], all[1], all[2]]);
        let many: Vec<String> = (0..50)
            .map(|n| format!("https://s{n}-short.example/y"))
            .collect();
        all.extend(many.iter().map(String::as_str));
        assert_eq!(
            target.candidates(&shown(&all), &page).len(),
            MOST_CANDIDATES
        );
        let one: Vec<String> = (0..50)
            .map(|n| format!("https://s{n}.victim.example/y"))
            .collect();
        let one: Vec<&str> = one.iter().map(String::as_str).collect();
        assert_eq!(target.candidates(&shown(&one), &page).len(), 2);
    }
}
