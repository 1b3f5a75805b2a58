//! The style sheets that stand in a page, and what their simple rules make of its elements.

use std::collections::HashMap;

use super::build::namespaces::MEANINGLESS;
use super::document::{Document, Element, Node};
use super::style::{Rule, Rules, Style, is_for_screens};
use super::tag::Tag;
use crate::order;

/// What the style sheets of a page say.
#[derive(Default)]
pub(super) struct Sheets {
    rules: Rules,
    /// The rules by one of the names that their element must have.
    by_name: HashMap<String, Vec<usize>>,
    /// Whether scripts may give elements further classes.
    has_scripts: bool,
    /// What elements are to which the same rules apply.
    known: HashMap<Vec<usize>, Style>,
    /// What may still be spent on them.
    budget: usize,
}

/// What is spent on the rules of one page: names that are compared, and a quarter of the bytes of styles that are read.
const BUDGET: usize = 3_000_000;
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
        let mut sheets = Sheets {
            budget: BUDGET,
            ..Sheets::default()
        };
        for element in page.elements(0..page.node_count()) {
            let is_script = element.tag() == Tag::Script;
            if !is_script && element.name() != "style" {
                continue;
            }
            let says = |name: &str| element.attribute(name).unwrap_or_default();
            let kind = says("type").trim().to_ascii_lowercase();
            sheets.has_scripts |= is_script && !kind.contains("json");
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
            let names = || {
                rule.conditions
                    .last()
                    .into_iter()
                    .flat_map(|last| &last.names)
            };
            let name = names().find(|name| name.starts_with(['.', '#']));
            if let Some(name) = name.or_else(|| names().next()) {
                let all = sheets.by_name.entry(name.clone()).or_default();
                all.push(number);
            }
        }
        sheets
    }

    /// Whether a page has more rules than are worked out.
    pub(super) fn are_too_many(&self) -> bool {
        self.budget == 0
    }

    /// The style of an element: what applies to it of the rules, and its own.
    pub(super) fn style(&mut self, element: Element<'_>, own: Style) -> Style {
        if self.rules.all.is_empty() {
            return own;
        }
        let (mut now, mut later) = (Vec::new(), Vec::new());
        for number in self.candidates(element) {
            match self.fit(number, element) {
                Applies::Now => now.push(number),
                Applies::Later => later.push(number),
                Applies::Never => {}
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
        if now.is_empty() || !style.hides() || later.is_empty() {
            return style;
        }
        now.append(&mut later);
        match self.read(&mut now, element).hides() {
            true => style,
            false => own,
        }
    }

    /// The rules that have one of an element's names.
    fn candidates(&mut self, element: Element<'_>) -> Vec<usize> {
        let mut all = Vec::new();
        let id = element.attribute("id").map(|id| format!("#{id}"));
        let classes = element.words("class").map(|class| format!(".{class}"));
        let names = classes.chain(id);
        for name in names.chain(["*".to_owned(), type_of(element).to_owned()]) {
            if let Some(rules) = self.by_name.get(&name) {
                self.budget = self.budget.saturating_sub(rules.len());
                if self.budget > 0 {
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
        let budget = &mut self.budget;
        let lacks = |name: &&String| !is_called(element, name, budget);
        let lacking: Vec<&String> = last.names.iter().filter(lacks).collect();
        let has_name = last.names.iter().any(|name| name.starts_with(['.', '#']));
        if rule.is_of_a_state {
            return if lacking.is_empty() {
                Applies::Later
            } else {
                Applies::Never
            };
        }
        if lacking.is_empty() && is_within(rule, element, budget) {
            return Applies::Now;
        }
        let may_get = lacking.iter().all(|name| name.starts_with('.'));
        match self.has_scripts && has_name && may_get && lacking.len() < last.names.len() {
            true => Applies::Later,
            false => Applies::Never,
        }
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
            self.budget = self.budget.saturating_sub(PER_BYTE * block.len());
            if self.budget > 0 {
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

/// Whether an element is what is around it in what the rule says.
fn is_within(rule: &Rule, element: Element<'_>, budget: &mut usize) -> bool {
    let mut at = element;
    let mut inner: Option<&super::style::Condition> = None;
    for condition in rule.conditions.iter().rev() {
        let Some(within) = inner.replace(condition) else {
            continue;
        };
        loop {
            let Some(parent) = at.parent().filter(|_| *budget > 0) else {
                return false;
            };
            at = parent;
            let mut names = condition.names.iter();
            if names.all(|name| is_called(at, name, budget)) {
                break;
            }
            if within.is_child {
                return false;
            }
        }
    }
    true
}

/// Whether an element is of a type, a class or an id.
fn is_called(element: Element<'_>, name: &str, budget: &mut usize) -> bool {
    let (kind, rest) = (name.chars().next(), name.get(1..).unwrap_or_default());
    let classes = element.attribute("class").map_or(0, str::len);
    *budget = budget.saturating_sub(1 + classes / 16);
    match kind {
        Some('.') => element.has_class(rest),
        Some('#') => element.attribute("id") == Some(rest),
        _ => name == "*" || name == type_of(element),
    }
}

/// The type of an element, which is the same in all namespaces.
fn type_of(element: Element<'_>) -> &str {
    let name = element.name();
    name.strip_prefix(MEANINGLESS).unwrap_or(name)
}
