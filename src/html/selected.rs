//! Whether selectors hold for the elements of a page.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::build::namespaces::MEANINGLESS;
use super::document::{Document, Element};
use super::style::{AttributeTest, Combinator, Condition, ElementTest, NthTest};
use crate::order;

/// Finds out whether selectors hold, as long as there is something left to spend.
pub(super) struct PageMatcher {
    /// Whether scripts may give elements further classes, and take some away.
    pub(super) has_scripts: bool,
    /// What may still be spent.
    pub(super) budget: usize,
    /// The places of the nodes that are elements, by number.
    places: Vec<SiblingPlace>,
}

/// What is spent on the rules of one page: names that are compared, and a quarter of the bytes of styles that are read.
const BUDGET: usize = 2_000_000;
/// More elements before one, or in one, are not looked at.
const MOST_BEFORE: usize = 256;
const MOST_INSIDE: usize = 256;

/// The place of an element among those of its parent, counted from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct SiblingPlace {
    from_start: u16,
    from_end: u16,
    of_type: u16,
    of_type_from_end: u16,
    /// The number of the element before it.
    previous: Option<std::num::NonZeroU32>,
}

/// Whether a selector holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    /// Nor does it with any other element around.
    Never,
}

impl Default for PageMatcher {
    fn default() -> PageMatcher {
        PageMatcher {
            has_scripts: false,
            budget: BUDGET,
            places: Vec::new(),
        }
    }
}

impl PageMatcher {
    pub(super) fn spend(&mut self, cost: usize) {
        self.budget = self.budget.saturating_sub(cost);
    }

    /// Notes the places of all elements.
    pub(super) fn find_places(&mut self, page: &Document) {
        self.places = vec![SiblingPlace::default(); page.node_count()];
        let elements = page.elements(0..page.node_count());
        let mut all: Vec<(u32, u32, u32)> = elements
            .map(|element| {
                let parent = element
                    .parent()
                    .map_or(u32::MAX, |parent| short(parent.number()));
                (parent, type_hash(element), short(element.number()))
            })
            .collect();
        order::sort(&mut all);
        for same in all.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            for (at, (_, _, number)) in same.iter().enumerate() {
                if let Some(place) = self.places.get_mut(*number as usize) {
                    place.of_type = counted(at);
                    place.of_type_from_end = counted(same.len() - 1 - at);
                }
            }
        }
        order::sort_by_key(&mut all, |(parent, _, number)| (*parent, *number));
        for siblings in all.chunk_by(|one, other| one.0 == other.0) {
            let mut previous = None;
            for (at, (_, _, number)) in siblings.iter().enumerate() {
                if let Some(place) = self.places.get_mut(*number as usize) {
                    place.from_start = counted(at);
                    place.from_end = counted(siblings.len() - 1 - at);
                    place.previous = previous;
                }
                previous = std::num::NonZeroU32::new(*number);
            }
        }
    }

    /// Whether all conditions before the last, which holds, do for what is around and before an element.
    pub(super) fn is_placed(&mut self, conditions: &[Condition], element: Element<'_>) -> bool {
        match conditions.split_last() {
            Some((last, outer)) => self.outer_holds(outer, last, element) == Holds::Yes,
            None => false,
        }
    }

    fn outer_holds(
        &mut self,
        outer: &[Condition],
        inner: &Condition,
        element: Element<'_>,
    ) -> Holds {
        let Some((condition, rest)) = outer.split_last() else {
            return Holds::Yes;
        };
        let is_upwards = matches!(inner.place, Combinator::Within | Combinator::Child);
        let mut at = element;
        for step in 0.. {
            let other = match is_upwards {
                true => at.parent(),
                false if step < MOST_BEFORE => self.previous(at),
                false => None,
            };
            let Some(other) = other.filter(|_| self.budget > 0) else {
                return if is_upwards { Holds::Never } else { Holds::No };
            };
            at = other;
            if self.all_hold(condition, at) {
                match self.outer_holds(rest, condition, at) {
                    Holds::No => {}
                    sure => return sure,
                }
            }
            if matches!(inner.place, Combinator::Child | Combinator::Next) {
                return Holds::No;
            }
        }
        Holds::No
    }

    /// The element before one, with the same parent.
    fn previous<'page>(&self, element: Element<'page>) -> Option<Element<'page>> {
        let number = self.places.get(element.number())?.previous?.get();
        element.page().element(number as usize)
    }

    /// Whether an element around another is what a condition says.
    fn all_hold(&mut self, condition: &Condition, element: Element<'_>) -> bool {
        !self.may_end_around(condition, element)
            && condition.tests.iter().all(|test| self.holds(test, element))
    }

    /// Whether what is asked for of an element in a state like this may end as soon as a script runs: one that is to be
    /// shown loses a class or gets one, but is known by another.
    pub(super) fn may_end(&self, tests: &[ElementTest]) -> bool {
        let is_named = tests.iter().any(|test| match test {
            ElementTest::Name(name) => name.starts_with(['.', '#']),
            ElementTest::Attribute(_) => true,
            _ => false,
        });
        self.has_scripts && is_named && tests.iter().any(is_missing_mark)
    }

    /// The same of the page itself, whose marks say what the reader has: scripts, a dark screen.
    fn may_end_around(&self, condition: &Condition, element: Element<'_>) -> bool {
        let is_page = element.is("html") || element.is("body");
        let is_mark = |test: &ElementTest| match test {
            ElementTest::Name(name) => NO_SCRIPTS.contains(&name.as_str()),
            ElementTest::Attribute(test) => test.name.starts_with("data-"),
            other => is_missing_mark(other),
        };
        self.may_end(&condition.tests)
            || (self.has_scripts && is_page && condition.tests.iter().any(is_mark))
    }

    /// Whether an element is what is asked for.
    pub(super) fn holds(&mut self, test: &ElementTest, element: Element<'_>) -> bool {
        self.spend(1);
        match test {
            ElementTest::Name(name) => self.is_called(element, name),
            ElementTest::Attribute(test) => self.has_attribute(element, test),
            ElementTest::Nth(nth) => self.is_nth(element, *nth),
            ElementTest::Empty => element.inside().is_empty(),
            ElementTest::Any(lists) => lists.iter().any(|own| self.selects(own, element)),
            ElementTest::None(lists) => !lists.iter().any(|own| self.selects(own, element)),
            ElementTest::Has(condition) => self.has_inside(element, condition),
        }
    }

    fn selects(&mut self, conditions: &[Condition], element: Element<'_>) -> bool {
        let last = conditions.last();
        let mut tests = last.into_iter().flat_map(|last| &last.tests);
        tests.all(|test| self.holds(test, element)) && self.is_placed(conditions, element)
    }

    fn has_inside(&mut self, element: Element<'_>, condition: &Condition) -> bool {
        if !matches!(condition.place, Combinator::Within | Combinator::Child) {
            return false;
        }
        let is_child = condition.place == Combinator::Child;
        let mut inside = element.page().elements(element.inside()).take(MOST_INSIDE);
        inside.any(|inner| {
            let is_there = || inner.parent().map(Element::number) == Some(element.number());
            (!is_child || is_there()) && condition.tests.iter().all(|test| self.holds(test, inner))
        })
    }

    fn has_attribute(&mut self, element: Element<'_>, test: &AttributeTest) -> bool {
        let Some(value) = element.any_attribute(&test.name) else {
            return false;
        };
        self.spend(value.len() / 16);
        test.holds(value)
    }

    fn is_nth(&self, element: Element<'_>, nth: NthTest) -> bool {
        let Some(place) = self.places.get(element.number()) else {
            return false;
        };
        nth.holds(match (nth.is_of_type, nth.is_from_end) {
            (false, false) => place.from_start,
            (false, true) => place.from_end,
            (true, false) => place.of_type,
            (true, true) => place.of_type_from_end,
        })
    }

    /// Whether an element is of a type, a class or an id.
    fn is_called(&mut self, element: Element<'_>, name: &str) -> bool {
        let (kind, rest) = (name.chars().next(), name.get(1..).unwrap_or_default());
        match kind {
            Some('.') => {
                self.spend(element.attribute("class").map_or(0, str::len) / 16);
                element.has_class(rest)
            }
            Some('#') => element.attribute("id") == Some(rest),
            _ => name == "*" || name == type_of(element),
        }
    }
}

/// The classes of a page for readers without scripts.
const NO_SCRIPTS: [&str; 5] = [".no-js", ".nojs", ".no_js", ".no-script", ".noscript"];

/// Whether something holds only until an element gets a class or an attribute.
fn is_missing_mark(test: &ElementTest) -> bool {
    let ElementTest::None(lists) = test else {
        return false;
    };
    let mut tests = lists
        .iter()
        .flatten()
        .flat_map(|condition| &condition.tests);
    tests.any(|test| match test {
        ElementTest::Name(name) => name.starts_with('.'),
        ElementTest::Attribute(_) => true,
        _ => false,
    })
}

/// The type of an element, which is the same in all namespaces.
pub(super) fn type_of(element: Element<'_>) -> &str {
    let name = element.name();
    name.strip_prefix(MEANINGLESS).unwrap_or(name)
}

fn type_hash(element: Element<'_>) -> u32 {
    let mut hasher = DefaultHasher::new();
    type_of(element).hash(&mut hasher);
    hasher.finish() as u32
}

fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A place from 1, where `at` is from 0.
fn counted(at: usize) -> u16 {
    u16::try_from(at + 1).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the style sheet hides the link of a page.
    fn hides(page: &str) -> bool {
        let page = Document::parse(page);
        let link = page.links().next();
        link.is_some_and(|link| !link.is_shown && link.is_doubtful)
    }

    const PAGE: &str = "<h1>x</h1><p data-x='One two' title=t>a <i>b</i></p>\
        <p data-y lang=en-GB><b class=q id=i><a href='https://blog.example/posts/hello/' rel=friend>x</a></b></p><p>z</p>";

    #[test]
    fn f17_a_selector_that_a_style_sheet_hides_by_is_understood() {
        for selector in [
            "[data-y]",
            "[DATA-Y]",
            "p[data-y]",
            "[data-y] a",
            "a[href*=\"blog.example\"]",
            "a[href*='BLOG.example' i]",
            "a[href^='https://blog.']",
            "a[href$='/hello/']",
            "a[href=https\\:\\/\\/blog\\.example\\/posts\\/hello\\/]",
            "[lang|=en]",
            "[rel~=friend]",
            "[ rel = 'friend' ]",
            "[title~=nonesuch],[rel]",
            ":is(.q,.z)",
            ":is(p b, .z) a",
            ":where(.q)",
            ":matches(:nonesuch, .q)",
            ":-webkit-any(.q)",
            "p:nth-of-type(2)",
            "p:nth-child(3)",
            "p:nth-child(2n + 1)",
            "p:nth-last-child(2)",
            "p:nth-last-of-type(-n+2)",
            "b:first-child",
            "b:last-child",
            "a:only-child",
            "b:first-of-type",
            "b:last-of-type",
            "b:only-of-type",
            "p:not(.z)",
            "p:not(.z, [title]):not(:first-child)",
            ":not(html,body,h1)",
            "p:has(a)",
            "p:has(> b)",
            "body:has(h1) a",
            "h1 ~ p",
            "h1 + p + p",
            "[data-x] + p",
            ":root p",
            "p > :is(b):not(i) > a",
            "a[title='x,y'],b[id=i]",
        ] {
            let page = format!("<style>{selector}{{display:none}}</style>{PAGE}");
            assert!(hides(&page), "{selector}");
        }
    }

    #[test]
    fn f17_a_selector_of_something_else_hides_nothing() {
        for selector in [
            "[data-x] a",
            "[data-y=on]",
            "[hidden=\"false\"]",
            "[data-x='one two']",
            "a[href*=nonesuch]",
            "a[href*='']",
            "a[href^=blog]",
            ":is(.z,i)",
            "p:is(.q)",
            "p:nth-of-type(2n+5)",
            "p:nth-child(2) a",
            "p:first-child",
            "b:not(.q)",
            "a:not(:hover)",
            "li:hover > ul",
            "p:not(:hover) a",
            ":is(:hover, :focus) a",
            "p:has(u)",
            "p + h1 a",
            "p ~ h1",
            "i + b",
            "a:empty",
            "a:visited",
            "a:lang(en)",
            "a:nonesuch",
            ":not(:nonesuch)",
            "a:nth-child(1 of .z)",
            "p::before",
            "a:before",
            ".no-js a",
            "[data-theme=dark] a",
        ] {
            let page = format!("<style>{selector}{{display:none}}</style>{PAGE}");
            assert!(!hides(&page), "{selector}");
        }
    }

    #[test]
    fn f17_what_a_script_or_the_reader_changes_is_not_hidden() {
        for (html, sheet, expected) in [
            ("<html class=no-js><p>LINK", ".no-js p{display:none}", true),
            (
                "<html class=no-js><script></script><p>LINK",
                ".no-js p{display:none}",
                false,
            ),
            (
                "<html data-theme=light><script></script><p>LINK",
                "[data-theme=light] p{display:none}",
                false,
            ),
            (
                "<script></script><p class=lazy>LINK",
                ".lazy:not(.loaded){opacity:0}",
                false,
            ),
            ("<p class=lazy>LINK", ".lazy:not(.loaded){opacity:0}", true),
            ("<script></script><p>LINK", "p:not(.z){display:none}", true),
            (
                "<script></script><body><p>LINK",
                "body:not(.ready) p{opacity:0}",
                false,
            ),
            (
                "<script></script><p data-aos=fade>LINK",
                "[data-aos]{opacity:0}[data-aos].done{opacity:1}",
                false,
            ),
            (
                "<ul><li><ul><li>LINK</ul></ul>",
                "li ul{display:none}li:hover > ul{display:block}",
                false,
            ),
            (
                "<ul><li><ul><li>LINK</ul></ul>",
                "li ul{display:none}li:is(:hover,.open) > ul{display:block}",
                false,
            ),
            (
                "<div class=x><p>LINK",
                ".x p{display:none}.x:not(.shut) p{display:block}",
                false,
            ),
            (
                "<p>LINK",
                "@media (prefers-color-scheme:dark){p:not(.z){display:none}}",
                false,
            ),
            ("<p>LINK", "@media print{[href]{display:none}}", false),
        ] {
            let html = html.replace("LINK", "<a href=/x>x</a>");
            let page = format!("<style>{sheet}</style>{html}");
            assert_eq!(hides(&page), expected, "{sheet} {html}");
        }
    }

    #[test]
    fn places_are_counted_among_the_elements_of_one_parent() {
        let page = Document::parse("<p>a <i>1</i><!-- --><b>2</b> x <i>3</i></p>");
        let mut matcher = PageMatcher::default();
        matcher.find_places(&page);
        let elements = page.elements(0..page.node_count());
        let places: Vec<[u16; 4]> = elements
            .filter(|element| element.is("i") || element.is("b"))
            .filter_map(|element| matcher.places.get(element.number()))
            .map(|place| {
                [
                    place.from_start,
                    place.from_end,
                    place.of_type,
                    place.of_type_from_end,
                ]
            })
            .collect();
        assert_eq!(places, [[1, 3, 1, 2], [2, 2, 1, 1], [3, 1, 2, 1]]);
    }

    #[test]
    fn a_page_of_many_rules_and_elements_takes_a_bounded_time() {
        let rules = "b:not(.x) ~ i:nth-child(2n) :is(a,b) :has(u){color:red}[a] * b > i{top:0}";
        let started = std::time::Instant::now();
        for html in [
            "<b a=1 class=y>",
            "<b a=1></b>",
            "<i><b a=1></b>",
            "<b><i></b>",
        ] {
            let page = format!(
                "<style>{}</style>{}",
                rules.repeat(4000),
                html.repeat(40_000)
            );
            drop(Document::parse(&page));
        }
        // Without a bound each takes hours.
        assert!(started.elapsed().as_secs() < 100);
    }
}
