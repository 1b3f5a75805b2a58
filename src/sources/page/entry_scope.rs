//! Decides which element of a page is its entry.
//!
//! Programs mark teasers, cards of links and embedded posts as `<article>` or `h-entry`, too. Of the marked elements, the
//! entry is the one with the page's own title as its heading. Where the title stands outside of all of them, they are
//! compared with the text behind it: what has less text of its own is a card on the page of the entry. Elements that are
//! no more than a heading, a link and a few words never make a page one of several entries.

use std::ops::Range;

use super::boilerplate::{is_aside, is_aside_by_name, title_text};
use super::byline::{NO_CONTENT, is_byline, is_share_button};
use super::titles::{agreement, letters, readable};
use super::{EntryPage, EntryScope, ReadReason, SkipReason};
use crate::html::{Document, Element, Node};
use crate::order;
use crate::text::clean;
use crate::urls::{bare_host, is_page};

/// An element that is marked as an entry.
struct Candidate {
    number: usize,
    /// How many bytes of text it has of its own.
    prose: usize,
    is_card: bool,
    has_heading: bool,
    has_h1: bool,
    has_time: bool,
}

/// So many bytes of text are more than the label of a card.
pub(super) const LABEL: usize = 60;
/// So many bytes of text are more than a teaser.
const TEASER: usize = 600;
/// So many bytes between a title and an element are more than a byline.
const BETWEEN: usize = 120;
/// The text of an element with its own heading is outweighed only by this many times as much.
const OUTWEIGHS: usize = 3;
/// How many headings of a page are compared with its title, and how much of each.
pub(super) const MAX_HEADINGS: usize = 200;
pub(super) const MAX_HEADING: usize = 400;

/// Classes of an element around an entry and its heading.
const POST: [&str; 7] = [
    "post",
    "entry",
    "article",
    "blog-post",
    "blogpost",
    "blog-entry",
    "single-post",
];

impl EntryPage<'_> {
    /// The part of the page that is the entry.
    pub(super) fn scope(&self) -> Result<EntryScope, SkipReason> {
        if let Some(own) = self.entry_by_url() {
            return Ok(EntryScope::Element(own));
        }
        for marked in [&self.metadata.h_entries, &self.metadata.articles] {
            if let Some(own) = self.own_of(marked)? {
                return Ok(EntryScope::Element(own));
            }
        }
        Ok(EntryScope::Page)
    }

    /// Which of these elements is the entry; `None` if the entry is none of them.
    fn own_of(&self, marked: &[usize]) -> Result<Option<usize>, SkipReason> {
        let candidates: Vec<Candidate> = marked.iter().map(|one| self.candidate(*one)).collect();
        let is_in =
            |heading: &usize, one: &Candidate| self.tree.inside(one.number).contains(heading);
        let with_title = |is_card: bool| {
            let mut all = candidates.iter().filter(move |one| one.is_card == is_card);
            all.find(|one| self.headings.iter().any(|heading| is_in(heading, one)))
        };
        if let Some(own) = with_title(false) {
            return Ok(Some(own.number));
        }
        let is_outside = |heading: &&usize| !candidates.iter().any(|one| is_in(heading, one));
        let outside: Vec<usize> = self.headings.iter().filter(is_outside).copied().collect();
        let main = self.metadata.main.map(|main| self.tree.inside(main));
        let is_in_main =
            |heading: &&usize| main.as_ref().is_some_and(|main| main.contains(heading));
        match outside.iter().find(is_in_main).or(outside.first()) {
            Some(heading) => self.own_below(*heading, marked, &candidates),
            None => match with_title(true) {
                Some(own) => Ok(Some(own.number)),
                None => self.own_untitled(marked, &candidates),
            },
        }
    }

    /// The entry of a page whose title stands outside of all that is marked.
    fn own_below(
        &self,
        title: usize,
        marked: &[usize],
        candidates: &[Candidate],
    ) -> Result<Option<usize>, SkipReason> {
        let end = self.tree.element(title).map_or(title + 1, Element::end);
        let mut full = candidates.iter().filter(|one| !one.is_card);
        let own = match (candidates, full.next(), full.next()) {
            ([], ..) => return Ok(None),
            ([one], ..) | (_, Some(one), None) => one,
            _ => {
                let elsewhere = self.prose(end..self.whole().end, marked);
                let inside: usize = match self.says_so() {
                    true => candidates.iter().map(|one| one.prose).max().unwrap_or(0),
                    false => candidates.iter().map(|one| one.prose).sum(),
                };
                return match elsewhere > inside || self.is_main_without(title, marked, end) {
                    true => Ok(None),
                    false => Err(SkipReason::SeveralEntries),
                };
            }
        };
        let around = self.around_both(title, own.number);
        let is_marked = around.is_some_and(|around| is_main(around) || is_post(around));
        let follows = own.number >= end && self.prose(end..own.number, marked) <= BETWEEN;
        // A note of a few words has no heading of its own.
        let is_text = !own.is_card || !own.has_heading && own.prose > 0;
        if follows && !is_marked && is_text {
            return Ok(Some(own.number));
        }
        let around = around.map_or(self.whole(), Element::inside);
        let elsewhere = self.prose(end..around.end, marked);
        let has_heading = !own.is_card && (own.has_h1 || own.has_time);
        let weight = if has_heading { OUTWEIGHS } else { 1 };
        let is_elsewhere = elsewhere > weight * own.prose
            || own.is_card && self.is_main_without(title, marked, end);
        Ok(Some(own.number).filter(|_| !is_elsewhere))
    }

    /// Whether the title stands in `<main>` above more than a label, and all that is marked does not.
    fn is_main_without(&self, title: usize, marked: &[usize], end: usize) -> bool {
        let Some(main) = self.metadata.main.map(|main| self.tree.inside(main)) else {
            return false;
        };
        main.contains(&title)
            && !marked.iter().any(|number| main.contains(number))
            && self.prose(end..main.end, marked) > 0
    }

    /// The entry of a page that does not show its title as a heading.
    fn own_untitled(
        &self,
        marked: &[usize],
        candidates: &[Candidate],
    ) -> Result<Option<usize>, SkipReason> {
        let is_one = self.says_so() || self.asked != ReadReason::Found;
        let mut headed = candidates.iter().filter(|one| one.has_h1);
        let headed = (headed.next(), headed.next());
        let main = self.metadata.main.map(|main| self.tree.inside(main));
        let contents = &self.metadata.contents;
        match (candidates, headed) {
            ([], _) => Ok(None),
            ([one], (Some(_), _)) => Ok(Some(one.number)),
            ([one], _) => {
                let own = self.tree.inside(one.number);
                let is_own = |number: &usize| own.contains(number) || *number == one.number;
                let is_beside =
                    |main: &Range<usize>| !main.contains(&one.number) && !is_within(main, &own);
                let places = contents.iter().map(|number| self.tree.inside(*number));
                let places = places.chain(main.clone().filter(|main| {
                    is_beside(main) || one.is_card && !one.has_time && !is_within(main, &own)
                }));
                let is_elsewhere = !contents.iter().any(is_own)
                    && places.map(|place| self.prose(place, marked)).max() > Some(one.prose);
                Ok(Some(one.number).filter(|_| !is_elsewhere))
            }
            (_, (Some(one), None)) if is_one => Ok(Some(one.number)),
            _ if is_one && contents.len() == 1 => {
                let holds = |one: &&Candidate| {
                    let number = contents.first();
                    number.is_some_and(|number| {
                        *number == one.number || self.tree.inside(one.number).contains(number)
                    })
                };
                Ok(candidates.iter().find(holds).map(|one| one.number))
            }
            _ => {
                let inside: usize = candidates.iter().map(|one| one.prose).sum();
                match main.is_some_and(|main| self.prose(main, marked) > inside) {
                    true => Ok(None),
                    false => Err(SkipReason::SeveralEntries),
                }
            }
        }
    }

    fn candidate(&self, number: usize) -> Candidate {
        let range = self.tree.inside(number);
        let has = |name: &str| {
            let mut elements = self.tree.elements(range.clone());
            elements.any(|element| element.is(name))
        };
        let prose = self.prose(range.clone(), &[]);
        Candidate {
            number,
            prose,
            is_card: prose < LABEL
                || prose < TEASER && self.is_heading_of_other_page(range.clone()),
            has_heading: self.tree.elements(range.clone()).any(is_heading),
            has_h1: has("h1"),
            has_time: has("time"),
        }
    }

    /// Whether the first heading in a range leads to another page of the site.
    fn is_heading_of_other_page(&self, range: Range<usize>) -> bool {
        let heading = self
            .tree
            .elements(range.clone())
            .find(|one| is_heading(*one));
        let Some((heading, base)) = heading.zip(self.base.as_ref()) else {
            return false;
        };
        let own = self.permalink(None);
        let mut inside = self.tree.elements(heading.inside()).take(MAX_IN_HEADING);
        let around = std::iter::successors(heading.parent(), |inner| inner.parent())
            .take_while(|around| range.contains(&around.number()))
            .take(MAX_IN_HEADING);
        let link = inside
            .find(|inner| inner.is("a"))
            .or_else(|| around.into_iter().find(|around| around.is("a")));
        let to = link.and_then(|link| base.join(link.attribute("href")?));
        to.zip(own)
            .is_some_and(|(to, own)| bare_host(&to) == bare_host(&own) && !is_page(&to, &own))
    }

    /// How many bytes of text its author has written in a range: without headings, bylines, links within the site, the
    /// comments of others, and what stands in the `left_out` elements. `left_out` is in the order of the page.
    pub(super) fn prose(&self, range: Range<usize>, left_out: &[usize]) -> usize {
        let (mut number, mut length) = (range.start, 0);
        while number < range.end {
            match self.tree.node(number) {
                Some(Node::Element(element)) if self.is_no_prose(element, left_out) => {
                    number = element.end().max(number + 1);
                    continue;
                }
                Some(Node::Text(text))
                    if self.tree.is_shown(number) && !self.tree.is_in_comments(number) =>
                {
                    length += text.trim().len();
                }
                Some(Node::Element(_) | Node::Text(_) | Node::Comment(_)) | None => {}
            }
            number += 1;
        }
        length
    }

    fn is_no_prose(&self, element: Element<'_>, left_out: &[usize]) -> bool {
        let is_form = element.is("form") && !is_aside_by_name(element);
        left_out.binary_search(&element.number()).is_ok()
            || is_heading(element)
            || is_byline(element)
            || element.is("a") && !self.is_link_of_author(element)
            || !(is_form || ["html", "body"].contains(&element.name())) && is_aside(element)
    }

    /// Whether a link leads to another site, and is not one of the page.
    fn is_link_of_author(&self, link: Element<'_>) -> bool {
        let Some(base) = &self.base else {
            return false;
        };
        let to = link.attribute("href").and_then(|href| base.join(href));
        !NO_CONTENT.iter().any(|word| link.has_rel(word))
            && to.zip(self.own_host.as_deref()).is_some_and(|(to, own)| {
                to.has_host() && bare_host(&to) != own && !is_share_button(&to)
            })
    }

    /// The smallest element around two, if that is not the whole page.
    fn around_both(&self, one: usize, other: usize) -> Option<Element<'_>> {
        let around = std::iter::successors(self.tree.parent(one), |inner| inner.parent());
        let mut around = around.take_while(|around| !around.is("body") && !around.is("html"));
        around.find(|around| around.inside().contains(&other))
    }

    /// The headings that are the page's own title, of those that agree with it best.
    pub(super) fn own_headings(&self) -> Vec<usize> {
        let metadata = &self.metadata;
        let article = self.article.as_ref();
        let titles: Vec<String> = [
            metadata.og_title.as_deref(),
            metadata.title.as_deref(),
            article.and_then(|article| article.headline.as_deref()),
        ]
        .into_iter()
        .flatten()
        .map(readable)
        .filter(|title| !title.is_empty())
        .collect();
        let headings = self.tree.elements(0..self.tree.node_count());
        let headings = headings
            .filter(|one| matches!(one.name(), "h1" | "h2" | "h3"))
            .take(MAX_HEADINGS);
        let mut best = (0, Vec::new());
        for heading in headings {
            let text = heading_text(heading);
            let rank = titles.iter().map(|title| agreement(&text, title)).max();
            let rank = rank.unwrap_or(0) * 4;
            if rank == 0 || self.sites.contains(&letters(&text)) || !self.is_in_text(heading) {
                continue;
            }
            let rank = rank + usize::from(heading.is("h1")) * 2 + usize::from(heading.is("h2"));
            if rank > best.0 {
                best = (rank, Vec::new());
            }
            if rank == best.0 {
                best.1.push(heading.number());
            }
        }
        best.1
    }

    /// Whether a heading is one that readers see of the page's own text, not of the site or of what stands beside it.
    fn is_in_text(&self, heading: Element<'_>) -> bool {
        let number = heading.number();
        let marked = [&self.metadata.h_entries, &self.metadata.articles];
        let is_marked = |around: &Element<'_>| {
            let mut marked = marked.into_iter();
            marked.any(|marked| marked.binary_search(&around.number()).is_ok())
        };
        let mut around = std::iter::successors(heading.parent(), |inner| inner.parent())
            .take(MAX_AROUND)
            .take_while(|around| !is_marked(around));
        let is_passed = |around: &Element<'_>| {
            ["html", "body", "header", "form"].contains(&around.name())
                && !is_aside_by_name(*around)
        };
        self.tree.is_shown(number)
            && !self.tree.is_in_comments(number)
            && !around.any(|around| !is_passed(&around) && is_aside(around))
            && !self.is_of_site(heading)
    }

    /// The element around the title that is called a post, if most of the text stands in it.
    pub(super) fn post_box(&self) -> Option<Range<usize>> {
        let heading = self.tree.element(*self.headings.first()?)?;
        let around = std::iter::successors(heading.parent(), |inner| inner.parent());
        let around = around
            .take_while(|around| !around.is("body"))
            .take(MAX_AROUND);
        let post = around.filter(|around| is_post(*around)).last()?;
        let own = self.prose(heading.end()..post.end(), &[]);
        let all = self.prose(heading.end()..self.whole().end, &[]);
        (2 * own >= all && own > 0).then(|| post.inside())
    }

    /// Whether an element stands in what is marked as an entry or called a post.
    pub(super) fn is_in_post(&self, number: usize) -> bool {
        let around = std::iter::successors(self.tree.parent(number), |inner| inner.parent());
        around
            .take_while(|around| !around.is("body"))
            .take(MAX_AROUND)
            .any(|around| is_main(around) || is_post(around))
    }

    /// The elements marked as the content of an entry that belong to the entry itself.
    pub(super) fn contents_of(&self, scope: EntryScope) -> Vec<usize> {
        let metadata = &self.metadata;
        let range = match scope {
            EntryScope::Element(number) => self.tree.inside(number),
            EntryScope::Page => 0..self.tree.node_count(),
        };
        // What is embedded in an entry has its own content.
        let is_other = |one: &usize| match scope {
            EntryScope::Element(own) => !metadata.h_entries.contains(&own) && range.contains(one),
            EntryScope::Page => true,
        };
        let articles = metadata
            .articles
            .iter()
            .filter(|_| scope == EntryScope::Page);
        let others: Vec<usize> = metadata
            .h_entries
            .iter()
            .filter(|one| is_other(one))
            .chain(articles)
            .copied()
            .collect();
        let is_of_other = |number: &usize| {
            let mut others = others.iter();
            others.any(|one| one == number || self.tree.inside(*one).contains(number))
        };
        let contents = metadata.contents.iter().copied();
        contents
            .filter(|number| range.contains(number) && !is_of_other(number))
            .collect()
    }

    /// The cards and teasers beside the text of an entry that is not marked itself: those with headings of their own, in
    /// boxes that do not have the title. One alone in `<main>` may be the author's own link.
    pub(super) fn teasers(&self, scope: EntryScope) -> Vec<usize> {
        let (EntryScope::Page, Some(title)) = (scope, self.headings.first()) else {
            return Vec::new();
        };
        let metadata = &self.metadata;
        let mut marked: Vec<usize> = metadata.h_entries.clone();
        marked.extend(&metadata.articles);
        let main = metadata.main.map(|main| self.tree.inside(main));
        let box_of = |number: usize| {
            let around = std::iter::successors(self.tree.element(number), |inner| inner.parent());
            let mut around = around.take_while(|around| !around.inside().contains(title));
            around.by_ref().last().map(|around| around.number())
        };
        let headed = marked.into_iter().filter(|number| {
            let mut inside = self.tree.elements(self.tree.inside(*number));
            inside.any(is_heading)
        });
        let boxed: Vec<(usize, Option<usize>)> =
            headed.map(|number| (number, box_of(number))).collect();
        let is_teaser = |(number, its_box): &&(usize, Option<usize>)| {
            let is_in_box = *its_box != Some(*number);
            let together = boxed.iter().filter(|(_, other)| other == its_box).count();
            let is_in_main = main.as_ref().is_some_and(|main| main.contains(number));
            is_in_box && (together > 1 || !is_in_main)
        };
        let mut teasers: Vec<usize> = boxed.iter().filter(is_teaser).map(|one| one.0).collect();
        order::sort(&mut teasers);
        teasers
    }

    /// Whether a sentence of the page, outside of what was read as the entry's content, has a link to another site.
    pub(super) fn has_link_outside(&self, read: &Range<usize>, teasers: &[usize]) -> bool {
        let main = self.metadata.main.map(|main| self.tree.inside(main));
        let range = main.unwrap_or_else(|| self.whole());
        if read.start <= range.start && range.end <= read.end {
            return false;
        }
        let mut number = range.start;
        while number < range.end {
            let element = self.tree.element(number);
            let is_skipped = |element: Element<'_>| {
                element.inside() == *read
                    || !element.is("header") && self.is_no_prose(element, teasers)
                    || self.tree.is_in_comments(number)
            };
            match element {
                Some(element) if is_skipped(element) => number = element.end().max(number + 1),
                Some(link) if link.is("a") && is_in_sentence(link) => return true,
                Some(_) | None => number += 1,
            }
        }
        false
    }
}

/// How many elements around one are looked at.
const MAX_AROUND: usize = 64;
/// How many elements in and around a heading are searched for its link.
const MAX_IN_HEADING: usize = 16;

fn is_within(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    inner.contains(&outer.start)
}

pub(super) fn is_heading(element: Element<'_>) -> bool {
    matches!(element.name(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

fn is_main(element: Element<'_>) -> bool {
    element.is("main") || element.is("article") || element.attribute("role") == Some("main")
}

fn is_post(element: Element<'_>) -> bool {
    POST.iter().any(|class| element.has_class(class))
}

pub(super) fn heading_text(heading: Element<'_>) -> String {
    let range = heading.inside();
    let end = range.end.min(range.start + MAX_HEADING);
    clean(&title_text(heading.page(), range.start..end, MAX_HEADING))
}

/// Whether a link stands in a paragraph or an item with more words around it than a label.
fn is_in_sentence(link: Element<'_>) -> bool {
    let page: &Document = link.page();
    let mut around = std::iter::successors(link.parent(), |inner| inner.parent()).take(8);
    let block = around.find(|one| matches!(one.name(), "p" | "li" | "dd" | "blockquote" | "td"));
    block.is_some_and(|block| {
        let text = page.text(block.inside(), MAX_HEADING);
        let own = page.text(link.inside(), MAX_HEADING);
        text.trim().len() >= own.trim().len() + LABEL
    })
}
