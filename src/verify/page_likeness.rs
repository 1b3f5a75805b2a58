//! What two pages have in common, by what checks have noted of them: the same for the pages of pings and for those of
//! deleted ones, of which only the tombstones are left.

use serde_json::Value;
use url::Url;

use super::inspect::Linked;
use super::job::Job;
use super::page_identity::short_hash;
use super::sketch::is_alike;
use crate::admission::proxies;
use crate::admission::publisher::Publisher;
use crate::store::{MAX_PLACES, PAGE, PageTraits, ReasonKind, Record};
use crate::urls::{page_key, page_path, parse_plain_web};

/// Hexadecimal digits of the hash of a place, which only counts together with others.
const PLACE_DIGITS: usize = 8;

/// What the tombstone of a ping keeps of its page. Deleting a duplicate says nothing about the page.
pub(crate) fn deleted_page(record: &Record) -> Option<PageTraits> {
    if record.reason() == Some(ReasonKind::Duplicate) {
        return None;
    }
    let url = Url::parse(&record.url).ok()?;
    Some(PageTraits {
        places: places(&page_path(&url)),
        ..noted_traits(record, &url)
    })
}

/// What is known of the page of a ping, but for its places. Records without an identity were not checked by this version.
pub(super) fn noted_traits(record: &Record, url: &Url) -> PageTraits {
    let noted = |key: &str| {
        let value = record.rest.get(PAGE).and_then(|page| page.get(key));
        value.and_then(Value::as_str).unwrap_or_default()
    };
    let own_name = page_key(url);
    let name = Some(noted("name")).filter(|name| !name.is_empty());
    PageTraits {
        publisher: publisher_hash(url),
        url: short_hash(&own_name),
        name: short_hash(name.unwrap_or(&own_name)),
        plain: is_plain(url),
        words: noted("words").to_owned(),
        near: noted("near").to_owned(),
        title: noted("title").to_owned(),
        sketch: noted("sketch").to_owned(),
        ..stated_traits(record)
    }
}

/// The part of it that says which post the page is.
pub(super) fn stated_traits(record: &Record) -> PageTraits {
    post_traits(
        &record.url,
        record.stated_link(),
        proxies::noted_author(record),
    )
}

/// What a check has found out about a page.
pub(super) fn checked_traits(job: &Job, linked: &Linked) -> PageTraits {
    let (source, identity) = (&job.source, &linked.identity);
    let mention = linked.mention.as_ref();
    let stated = mention.and_then(|text| text.link.as_deref());
    let author = mention.and_then(|text| text.publisher.as_deref());
    PageTraits {
        publisher: publisher_hash(source),
        url: short_hash(&page_key(source)),
        name: short_hash(&identity.name),
        places: places(&page_path(source)),
        plain: is_plain(source),
        words: identity.words.clone(),
        near: identity.near.clone(),
        title: identity.title.clone(),
        sketch: identity.sketch.clone(),
        ..post_traits(source.as_str(), stated, author)
    }
}

/// Which post a page is: by its URL, by the permalink that it states, and by that with its author, if a proxy names one.
fn post_traits(url: &str, stated: Option<&str>, author: Option<&str>) -> PageTraits {
    let hash = |key: Option<&str>| key.map_or(String::new(), short_hash);
    let stated = stated.and_then(post_key);
    let link = match (author, stated.as_deref()) {
        (Some(author), Some(link)) if !author.is_empty() => short_hash(&format!("{author} {link}")),
        _ => String::new(),
    };
    PageTraits {
        post: hash(post_key(url).as_deref()),
        stated: hash(stated.as_deref()),
        link,
        ..PageTraits::default()
    }
}

/// Identifies a post. Some hosts give each response to a page a fragment of its own.
fn post_key(url: &str) -> Option<String> {
    let url = parse_plain_web(url)?;
    let fragment = url.fragment().unwrap_or_default();
    Some(format!("{}#{fragment}", page_key(&url)))
}

/// Whether two hashes are known and one.
pub(super) fn is_one(one: &str, other: &str) -> bool {
    !one.is_empty() && one == other
}

/// Where two pages are on their site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathRelation {
    Same,
    /// The checked page's path is the other one with more behind it.
    Before,
    /// The other path is that of the checked page with more behind it.
    Behind,
    Apart,
}

impl PathRelation {
    pub(super) fn of_paths(own: &str, other: &str) -> PathRelation {
        match own == other {
            true => PathRelation::Same,
            false if is_extended_path(other, own) => PathRelation::Before,
            false if is_extended_path(own, other) => PathRelation::Behind,
            false => PathRelation::Apart,
        }
    }

    /// The same by the hashes of both.
    pub(super) fn of_places(own: &[String], other: &[String]) -> PathRelation {
        let (Some(path), Some(other_path)) = (own.last(), other.last()) else {
            return PathRelation::Apart;
        };
        match path == other_path {
            true => PathRelation::Same,
            false if own.contains(other_path) => PathRelation::Before,
            false if other.contains(path) => PathRelation::Behind,
            false => PathRelation::Apart,
        }
    }
}

/// What the page of another ping has in common with the one that was checked.
pub(super) struct Likeness {
    pub(super) by_name: bool,
    pub(super) by_words: bool,
    /// Whether title and text around the link are the same.
    pub(super) by_near: bool,
    /// Whether neither states a permalink, and titles and most words are the same: of a page whose words change a little
    /// each time, or that was edited.
    pub(super) is_edited: bool,
    pub(super) is_one_url: bool,
    /// Whether the other URL is the permalink that the checked page states.
    pub(super) is_permalink: bool,
    /// Whether the checked page states no other permalink than its URL.
    pub(super) is_own_permalink: bool,
    /// Whether the other page does not either.
    pub(super) is_theirs: bool,
    pub(super) path: PathRelation,
}

impl Likeness {
    pub(super) fn of(own: &PageTraits, other: &PageTraits, path: PathRelation) -> Likeness {
        let mut alike = Likeness {
            by_name: other.name == own.name,
            by_words: is_one(&own.words, &other.words),
            by_near: is_one(&own.near, &other.near),
            is_edited: false,
            is_one_url: other.url == own.url,
            is_permalink: other.url == own.name,
            is_own_permalink: own.url == own.name,
            is_theirs: other.url == other.name,
            path,
        };
        let is_short = own.sketch.is_empty() && other.sketch.is_empty();
        alike.is_edited = alike.is_unnamed()
            && is_one(&own.title, &other.title)
            && (is_alike(&other.sketch, &own.sketch) || (is_short && alike.by_near));
        // Other query, or only more behind the path: a page that also shows the time, on a site that shows it whatever stands
        // behind.
        alike.by_words |= alike.is_one_place() && (alike.by_near || alike.is_edited);
        alike
    }

    /// Whether neither page states another permalink than its URL.
    pub(super) fn is_unnamed(&self) -> bool {
        self.is_own_permalink && self.is_theirs
    }

    /// Whether neither says which of two paths is the permalink, that of the page or `other`: it may be that of what the
    /// page stands in.
    pub(super) fn may_be_either(&self, other: &Url) -> bool {
        self.is_unnamed()
            && !self.by_name
            && match self.path {
                PathRelation::Apart => true,
                PathRelation::Before => other.path().ends_with('/'),
                PathRelation::Same | PathRelation::Behind => false,
            }
    }

    pub(super) fn is_one_place(&self) -> bool {
        self.path != PathRelation::Apart
    }
}

/// Whether a URL has neither query nor fragment.
pub(super) fn is_plain(url: &Url) -> bool {
    url.query().is_none() && url.fragment().is_none()
}

/// The hash of a page's publisher, whatever its query names; empty if that is not known.
fn publisher_hash(url: &Url) -> String {
    let mut bare = url.clone();
    bare.set_query(None);
    Publisher::of(&bare).map_or(String::new(), |publisher| {
        short_hash(&publisher.to_string())
    })
}

/// Hashes of a path and of its beginnings that end before a segment, a parameter, an ending or the like.
fn places(path: &str) -> Vec<String> {
    let ends = path
        .char_indices()
        .filter(|(_, next)| !continues_word(*next));
    let beginnings = ends.filter_map(|(end, _)| path.get(..end));
    let mut all: Vec<&str> = beginnings.filter(|part| !part.is_empty()).collect();
    all.push(path);
    let rest = all.split_off(all.len().saturating_sub(MAX_PLACES));
    let hash = |part: &str| short_hash(part).chars().take(PLACE_DIGITS).collect();
    rest.into_iter().map(hash).collect()
}

/// Whether `longer` is `path` with a further segment, a parameter, an ending or the like.
fn is_extended_path(path: &str, longer: &str) -> bool {
    let rest = longer.strip_prefix(path).unwrap_or_default();
    !path.is_empty()
        && rest
            .chars()
            .next()
            .is_some_and(|next| !continues_word(next))
}

fn continues_word(next: char) -> bool {
    next.is_alphanumeric() || matches!(next, '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_their_hashes_relate_alike() {
        let all = [
            "", "/", "/a", "/a/", "/a/b", "/a.html", "/a;x", "/a-b", "/ab", "/a/b/c", "/é", "/é/x",
        ];
        for own in all {
            for other in all {
                let by_places = PathRelation::of_places(&places(own), &places(other));
                assert_eq!(
                    PathRelation::of_paths(own, other),
                    by_places,
                    "{own} {other}"
                );
            }
        }
        assert_eq!(PathRelation::of_paths("/a/b", "/a"), PathRelation::Before);
        assert_eq!(
            PathRelation::of_paths("/a", "/a.html"),
            PathRelation::Behind
        );
        assert_eq!(PathRelation::of_paths("/a", "/ab"), PathRelation::Apart);
    }
}
