//! The style sheets that stand in a page, and what their simple rules make of its elements.

use std::collections::HashMap;

use super::document::{Document, Element, Node};
use super::selected::{PageMatcher, type_of};
use super::style::{Combinator, Condition, ElementTest, Rules, Style, is_for_screens};
use super::tag::Tag;
use crate::order;

/// What the style sheets of a page say.
#[derive(Default)]
pub(super) struct Sheets {
    rules: Rules,
    /// The rules by one of the names that their element must have.
    by_name: HashMap<String, Vec<usize>>,
    /// Whether some of these names are of attributes.
    has_attribute_names: bool,
    matcher: PageMatcher,
    /// What elements are to which the same rules apply.
    known: HashMap<Vec<usize>, Style>,
}

/// What the bytes of styles that are read cost.
const PER_BYTE: usize = 4;
/// More combinations of rules are not remembered.
const MOST_KNOWN: usize = 1000;

/// Whether a rule applies to an element.
#[derive(PartialEq, Eq)]
enum Applies {
    Now,
    /// In a state that a click or the pointer brings about, or with a class that a script may add.
    Later,
    Never,
}

impl Sheets {
    /// Those of a page.
    pub(super) fn of(page: &Document) -> Sheets {
        let mut sheets = Sheets::default();
        for element in page.elements(0..page.node_count()) {
            let is_script = element.tag() == Tag::Script;
            if !is_script && element.name() != "style" {
                continue;
            }
            let says = |name: &str| element.attribute(name).unwrap_or_default();
            let kind = says("type").trim().to_ascii_lowercase();
            sheets.matcher.has_scripts |= is_script && !kind.contains("json");
            let is_sheet = !is_script
                && matches!(kind.as_str(), "" | "text/css")
                && is_for_screens(&says("media").to_ascii_lowercase())
                && !page.is_in_template(element);
            for number in element.inside().filter(|_| is_sheet) {
                if let Some(Node::Text(text)) = page.node(number) {
                    sheets.rules.read(text);
                }
            }
        }
        for (number, rule) in sheets.rules.all.iter().enumerate() {
            let Some(last) = rule.conditions.last() else {
                continue;
            };
            let mut keys = keys_of(last);
            if !sheets.matcher.has_scripts {
                keys.truncate(1);
            }
            for name in keys {
                sheets.has_attribute_names |= name.starts_with('[');
                sheets.by_name.entry(name).or_default().push(number);
            }
        }
        if sheets
            .rules
            .all
            .iter()
            .any(|rule| asks_for_place(&rule.conditions))
        {
            sheets.matcher.find_places(page);
        }
        sheets
    }

    /// Whether a page has more rules than are worked out.
    pub(super) fn are_too_many(&self) -> bool {
        self.matcher.budget == 0
    }

    /// The style of an element: what applies to it of the rules, and its own.
    pub(super) fn style(&mut self, element: Element<'_>, own: Style) -> Style {
        if self.rules.all.is_empty() {
            return own;
        }
        let (mut now, mut later) = (Vec::new(), Vec::new());
        if !self.are_too_many() {
            for number in self.candidates(element) {
                match self.fit(number, element) {
                    Applies::Now => now.push(number),
                    Applies::Later => later.push(number),
                    Applies::Never => {}
                }
            }
        }
        let style = match now.is_empty() {
            true => own,
            false => self.read(&mut now, element),
        };
        if self.are_too_many() {
            // Nobody can say what they do.
            return Style {
                hides_all: true,
                ..style
            };
        }
        let is_unseen = |style: Style| style.hides() || style.may_be_unseen;
        if now.is_empty() || !is_unseen(style) || later.is_empty() {
            return style;
        }
        now.append(&mut later);
        match is_unseen(self.read(&mut now, element)) {
            true => style,
            false => own,
        }
    }

    /// The rules that have one of an element's names.
    fn candidates(&mut self, element: Element<'_>) -> Vec<usize> {
        let mut all = Vec::new();
        let id = element.attribute("id").map(|id| format!("#{id}"));
        let classes = element.words("class").map(|class| format!(".{class}"));
        let has_names = self.has_attribute_names;
        let attributes = element.attribute_names().filter(|_| has_names);
        let names = classes
            .chain(id)
            .chain(attributes.map(|name| format!("[{name}")));
        for name in names.chain(["*".to_owned(), type_of(element).to_owned()]) {
            if let Some(rules) = self.by_name.get(&name) {
                self.matcher.spend(rules.len());
                if self.matcher.budget > 0 {
                    all.extend(rules);
                }
            }
        }
        order::sort(&mut all);
        all.dedup();
        all
    }

    fn fit(&mut self, number: usize, element: Element<'_>) -> Applies {
        let Some(rule) = self.rules.all.get(number) else {
            return Applies::Never;
        };
        let Some(last) = rule.conditions.last() else {
            return Applies::Never;
        };
        let matcher = &mut self.matcher;
        let (mut has_some, mut lacks_some) = (false, false);
        for test in &last.tests {
            if matcher.holds(test, element) {
                has_some = true;
            } else if matcher.has_scripts && may_be_given(test) && !rule.is_of_a_state {
                lacks_some = true;
            } else {
                return Applies::Never;
            }
        }
        if rule.is_of_a_state || (lacks_some && has_some) {
            return Applies::Later;
        }
        let is_now = !lacks_some
            && !matcher.may_end(&last.tests)
            && matcher.is_placed(&rule.conditions, element);
        if is_now { Applies::Now } else { Applies::Never }
    }

    /// Reads what rules declare, in the order in which they count.
    fn read(&mut self, rules: &mut [usize], element: Element<'_>) -> Style {
        let weight = |number: &usize| self.rules.all.get(*number).map(|rule| rule.weight);
        order::sort_by_key(rules, |number| (weight(number), *number));
        let own = element.attribute("style").unwrap_or_default();
        if own.is_empty()
            && let Some(style) = self.known.get(rules)
        {
            return *style;
        }
        let rules_of = rules
            .iter()
            .filter_map(|number| self.rules.all.get(*number));
        let blocks = rules_of.filter_map(|rule| self.rules.blocks.get(rule.block));
        let mut text = String::new();
        for block in blocks.map(String::as_str).chain([own]) {
            self.matcher.spend(PER_BYTE * block.len());
            if self.matcher.budget > 0 {
                text.push_str(block);
                text.push(';');
            }
        }
        let style = Style::read(&text);
        if own.is_empty() && self.known.len() < MOST_KNOWN {
            self.known.insert(rules.to_vec(), style);
        }
        style
    }
}

/// Names of which an element has one at least if a rule applies to it, or may apply as soon as a script has given it the
/// others; without scripts it must have the first.
fn keys_of(condition: &Condition) -> Vec<String> {
    let (mut own, mut kinds) = (Vec::new(), Vec::new());
    for test in &condition.tests {
        match test {
            ElementTest::Name(name) if name.starts_with(['.', '#']) => own.push(name.clone()),
            ElementTest::Name(name) => kinds.push(name.clone()),
            ElementTest::Attribute(test) => own.push(format!("[{}", test.name)),
            _ => {}
        }
    }
    if own.is_empty() {
        kinds.push("*".to_owned());
        kinds.truncate(1);
        return kinds;
    }
    own
}

/// Whether a script may give an element what it lacks.
fn may_be_given(test: &ElementTest) -> bool {
    match test {
        ElementTest::Name(name) => name.starts_with('.'),
        ElementTest::Attribute(_) => true,
        _ => false,
    }
}

/// Whether the places of elements among their siblings matter.
fn asks_for_place(conditions: &[Condition]) -> bool {
    let all = |lists: &[Vec<Condition>]| lists.iter().any(|one| asks_for_place(one));
    conditions.iter().any(|condition| {
        matches!(condition.place, Combinator::Next | Combinator::Behind)
            || condition.tests.iter().any(|test| match test {
                ElementTest::Nth(_) => true,
                ElementTest::Any(lists) | ElementTest::None(lists) => all(lists),
                ElementTest::Has(one) => asks_for_place(std::slice::from_ref(one)),
                _ => false,
            })
    })
}
