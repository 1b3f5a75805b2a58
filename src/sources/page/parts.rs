//! The parts of a page that are the text of its entry: the entry's own contents, its summary and its notes, and not the
//! contents of the objects of microformats in it, which are those of other entries.

use std::iter::successors;
use std::ops::Range;

use super::beside::{is_outside_text, is_rest_of_text};
use super::boilerplate::{is_aside, is_beside_text};
use super::metadata::{CitedContent, is_h_entry, is_object, is_response};
use super::{EntryPage, EntryScope, microformats};
use crate::html::{Element, Node};
use crate::order;
use crate::urls::{is_home, is_page};

impl EntryPage<'_> {
    /// The ranges of the entry's text, in the order of the page.
    pub(super) fn parts(&self, scope: EntryScope) -> Option<Vec<Range<usize>>> {
        let (region, metadata) = (self.region(scope)?, &self.metadata);
        let first = metadata
            .contents
            .iter()
            .find(|number| self.tree.inside(**number) == region);
        let Some(first) = first else {
            return Some(self.without_cited(region));
        };
        let (range, around) = (self.range(scope), self.around(*first));
        let is_of_it = |number: &usize| range.contains(number) && self.around(*number) == around;
        // A summary without a link is no more than a subtitle: the text says the same.
        let is_shown_beside = |number: &usize| {
            let is_marked = matches!(scope, EntryScope::Element(_));
            self.is(*number, is_beside_text)
                || (is_marked || self.is(*number, is_rest_of_text)) && self.has_link(*number)
        };
        let contents = metadata.contents.iter().copied();
        // The first may be the element of the entry itself, which is not in its range.
        let contents = contents.filter(|number| {
            number == first || is_of_it(number) && self.have_same_mark(*first, *number)
        });
        let beside = metadata.beside.iter().copied();
        let beside = beside.filter(|number| {
            is_of_it(number) && is_shown_beside(number) || self.is_note_below(scope, *number)
        });
        let mut parts: Vec<Range<usize>> = contents
            .map(|number| self.tree.inside(number))
            .chain(beside.map(|number| self.beside(number)))
            .collect();
        order::sort_by_key(&mut parts, |part| part.start);
        Some(parts)
    }

    /// The range of a summary, or of a note or source, which is told by its element.
    fn beside(&self, number: usize) -> Range<usize> {
        let inside = self.tree.inside(number);
        match self.is(number, is_outside_text) {
            true => number..inside.end,
            false => inside,
        }
    }

    fn has_link(&self, number: usize) -> bool {
        let mut inside = self.tree.elements(self.tree.inside(number));
        let mut first = inside.by_ref().take(MAX_IN_SUMMARY);
        // More elements than a subtitle has are more than a subtitle.
        first.any(|inner| inner.is("a")) || inside.next().is_some()
    }

    fn is(&self, number: usize, is_it: fn(Element<'_>) -> bool) -> bool {
        self.tree.element(number).is_some_and(is_it)
    }

    /// Whether an element is a note in the box around the only entry of the page, below it.
    fn is_note_below(&self, scope: EntryScope, number: usize) -> bool {
        let EntryScope::Element(entry) = scope else {
            return false;
        };
        let parent = |number| self.tree.parent(number).map(Element::number);
        self.is_only_entry(entry)
            && number > entry
            && parent(number) == parent(entry)
            && self.is(number, is_beside_text)
    }

    fn is_only_entry(&self, entry: usize) -> bool {
        let metadata = &self.metadata;
        let mut marked = metadata.h_entries.iter().chain(&metadata.articles);
        marked.all(|other| *other == entry)
    }

    /// The pages that the entry replies to: `marked` ones and those of the head, else those of the main part of the page,
    /// if the entry is the only one on it: a theme may say above the entry's element what it answers.
    pub(super) fn answers(&self, scope: EntryScope, marked: Vec<String>) -> Vec<String> {
        let of_head = self.metadata.replies_to.iter().cloned();
        let answers: Vec<String> = marked.into_iter().chain(of_head).collect();
        match (scope, self.metadata.main.map(|main| self.tree.inside(main))) {
            (EntryScope::Element(entry), Some(main))
                if answers.is_empty() && main.contains(&entry) && self.is_only_entry(entry) =>
            {
                microformats::answers(self.tree, main)
            }
            _ => answers,
        }
    }

    /// A range without the contents of other objects in it.
    fn without_cited(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let (mut parts, mut start) = (Vec::new(), range.start);
        for cited in &self.metadata.cited {
            if (start..range.end).contains(&cited.number) {
                parts.push(start..cited.number);
                start = self.tree.inside(cited.number).end;
            }
        }
        parts.push(start..range.end);
        parts
    }

    /// The number of the object or article that an element stands in.
    fn around(&self, number: usize) -> Option<usize> {
        let mut around = successors(self.tree.parent(number), |inner| inner.parent());
        around
            .find(|around| around.is("article") || is_object(*around))
            .map(Element::number)
    }

    /// Whether two elements are marked as values of one property of microformats or microdata.
    fn have_same_mark(&self, one: usize, other: usize) -> bool {
        let marks = |number: usize| {
            let element = self.tree.element(number);
            let has = |class: &str| element.is_some_and(|element| element.has_class(class));
            let mut properties = element
                .into_iter()
                .flat_map(|element| element.words("itemprop"));
            [
                has("e-content"),
                has("entry-content"),
                properties.any(|word| word == "articleBody"),
            ]
        };
        let (one, other) = (marks(one), marks(other));
        one.iter().zip(other).any(|(one, other)| *one && other)
    }

    /// Takes the contents of the `h-entry` in an entry without contents for those of the entry, where both are one: a
    /// theme marks `<body>` and its plugin the post.
    pub(super) fn take_wrapped_contents(&mut self) {
        let metadata = &self.metadata;
        let has_content = |entry: &usize| {
            let range = self.tree.inside(*entry);
            metadata.contents.iter().any(|one| range.contains(one))
        };
        let empty = metadata.h_entries.iter().filter(|one| !has_content(one));
        let empty: Vec<Range<usize>> = empty.map(|one| self.tree.inside(*one)).collect();
        let is_in_empty = |object: &usize| empty.iter().any(|range| range.contains(object));
        let mut objects: Vec<usize> = metadata.cited.iter().map(|cited| cited.object).collect();
        objects.dedup();
        objects.retain(|object| is_in_empty(object) && self.is_same_entry(*object));
        let (wrapped, cited): (Vec<CitedContent>, Vec<CitedContent>) = metadata
            .cited
            .iter()
            .partition(|cited| objects.contains(&cited.object));
        self.metadata.cited = cited;
        let contents = &mut self.metadata.contents;
        contents.extend(wrapped.iter().map(|wrapped| wrapped.number));
        order::sort(contents);
    }

    /// Whether an object in an entry says that it is no other entry.
    fn is_same_entry(&self, object: usize) -> bool {
        let is_entry = |object: Element<'_>| is_h_entry(object) && !is_response(object);
        let url = || microformats::url(self.tree, self.tree.inside(object));
        self.tree.element(object).is_some_and(is_entry)
            && url().is_none_or(|url| self.is_own_url(&url))
    }

    /// Whether a link leads to this page, and to no place on it.
    fn is_own_url(&self, href: &str) -> bool {
        let to = self.base.as_ref().and_then(|base| base.join(href));
        to.zip(self.permalink(None)).is_some_and(|(to, own)| {
            to.fragment().unwrap_or_default().is_empty() && is_page(&to, &own)
        })
    }

    /// The one of several entries on the page that is marked with the page's URL.
    pub(super) fn entry_by_url(&self) -> Option<usize> {
        let metadata = &self.metadata;
        let marked = match metadata.h_entries.as_slice() {
            [] => &metadata.articles,
            _ => &metadata.h_entries,
        };
        if marked.len() < 2 || self.permalink(None).is_none_or(|own| is_home(&own)) {
            return None;
        }
        let mut own = marked.iter().filter(|number| {
            let url = microformats::url(self.tree, self.tree.inside(**number));
            url.is_some_and(|url| self.is_own_url(&url))
        });
        own.next().filter(|_| own.next().is_none()).copied()
    }

    /// Whether the page is about a person: an `h-card` is all of its text.
    pub(super) fn is_profile(&self, scope: EntryScope) -> bool {
        let metadata = &self.metadata;
        if !matches!(scope, EntryScope::Page) || self.says_so() || !metadata.contents.is_empty() {
            return false;
        }
        if self.is_body_profile() {
            return true;
        }
        let range = metadata
            .main
            .map_or_else(|| self.whole(), |main| self.tree.inside(main));
        let (mut number, mut has_card) = (range.start, false);
        while number < range.end {
            match self.tree.node(number) {
                Some(Node::Element(element)) if element.has_class("h-card") => {
                    has_card = true;
                    number = element.end().max(number + 1);
                    continue;
                }
                Some(Node::Element(element)) if is_heading(element) || is_aside(element) => {
                    number = element.end().max(number + 1);
                    continue;
                }
                Some(Node::Text(text)) if !text.trim().is_empty() => return false,
                Some(Node::Element(_) | Node::Text(_) | Node::Comment(_)) | None => {}
            }
            number += 1;
        }
        has_card
    }

    /// Whether `<body>` is an `h-card` whose URL is the page's.
    fn is_body_profile(&self) -> bool {
        let body = self.metadata.body.and_then(|body| self.tree.element(body));
        let url = |body: Element<'_>| microformats::url(self.tree, body.inside());
        body.filter(|body| body.has_class("h-card"))
            .and_then(url)
            .is_some_and(|url| self.is_own_url(&url))
    }
}

/// How many elements of a summary are searched for a link.
const MAX_IN_SUMMARY: usize = 64;

fn is_heading(element: Element<'_>) -> bool {
    matches!(element.name(), "h1" | "h2" | "h3")
}
