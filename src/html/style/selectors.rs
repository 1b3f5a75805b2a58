//! Selectors, as far as they can be told of a page that nobody has touched yet.

use std::iter::Peekable;
use std::str::Chars;

use super::css::{CssPart, CssReader, escaped};

/// What an element must be, and where.
#[derive(Debug, Default)]
pub(in crate::html) struct Condition {
    pub(in crate::html) tests: Vec<ElementTest>,
    /// How it must stand to that of the condition before.
    pub(in crate::html) place: Combinator,
}

/// How an element stands to another.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::html) enum Combinator {
    #[default]
    Within,
    Child,
    Next,
    Behind,
}

/// What can be asked about an element.
#[derive(Debug)]
pub(in crate::html) enum ElementTest {
    /// A type, a `.class`, an `#id` or `*`.
    Name(String),
    Attribute(AttributeTest),
    Nth(NthTest),
    /// Whether nothing is in it.
    Empty,
    /// Whether one of these selectors holds, none does, or one does for something in it.
    Any(Vec<Vec<Condition>>),
    None(Vec<Vec<Condition>>),
    Has(Condition),
}

/// What an attribute must be.
#[derive(Debug)]
pub(in crate::html) struct AttributeTest {
    /// In lower case.
    pub(in crate::html) name: String,
    relation: char,
    value: String,
    ignores_case: bool,
}

/// Which of its siblings an element must be: each `step`-th, from the `offset`-th.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::html) struct NthTest {
    step: i32,
    offset: i32,
    pub(in crate::html) is_from_end: bool,
    pub(in crate::html) is_of_type: bool,
}

/// A selector as it was read.
#[derive(Debug)]
pub(super) struct Selector {
    /// From the outermost element's to that of the element itself.
    pub(super) conditions: Vec<Condition>,
    /// Its specificity.
    pub(super) weight: u32,
    /// Whether it holds only while something is in a state, such as under the pointer.
    pub(super) is_of_a_state: bool,
}

/// Selectors of more conditions are not read, nor more of one list, nor those that are nested deeper.
const MOST_CONDITIONS: usize = 8;
const MOST_LISTED: usize = 1024;
const DEEPEST: usize = 3;

const STATES: [&str; 7] = [
    "hover",
    "focus",
    "focus-within",
    "focus-visible",
    "active",
    "checked",
    "target",
];

/// How a selector is read.
#[derive(Clone, Copy)]
struct Reading {
    /// Whether one that asks for a state is read at all.
    takes_states: bool,
    depth: usize,
}

/// Reads a selector: as far as it holds in no state, and as one of a state. Nothing where it says something else.
pub(super) fn selectors(text: &str) -> impl Iterator<Item = Selector> {
    let read = |takes_states| {
        let depth = 0;
        selector(
            text,
            Reading {
                takes_states,
                depth,
            },
        )
    };
    let of_a_state = read(true).filter(|selector| selector.is_of_a_state);
    read(false).into_iter().chain(of_a_state)
}

/// The parts of a list of selectors.
pub(super) fn list(text: &str) -> Vec<String> {
    let (mut all, mut last) = (Vec::new(), String::new());
    let mut depth = 0_usize;
    let mut reader = CssReader::of(text);
    while let Some(part) = reader.next() {
        match part {
            CssPart::Escape => {
                last.push('\\');
                last.extend(reader.characters.next());
            }
            CssPart::Sign(',') if depth == 0 => {
                all.push(std::mem::take(&mut last));
                if all.len() == MOST_LISTED {
                    return all;
                }
            }
            CssPart::Sign(character) => {
                match character {
                    '(' | '[' => depth += 1,
                    ')' | ']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                last.push(character);
            }
            CssPart::Text(character) => last.push(character),
        }
    }
    all.push(last);
    all
}

fn selector(text: &str, reading: Reading) -> Option<Selector> {
    let mut reader = SelectorReader {
        characters: text.trim().chars().peekable(),
        weight: 0,
        is_of_a_state: false,
        reading,
    };
    let conditions = reader.conditions()?;
    Some(Selector {
        conditions,
        weight: reader.weight,
        is_of_a_state: reader.is_of_a_state,
    })
}

/// Reads one selector.
struct SelectorReader<'a> {
    characters: Peekable<Chars<'a>>,
    weight: u32,
    is_of_a_state: bool,
    reading: Reading,
}

impl SelectorReader<'_> {
    fn conditions(&mut self) -> Option<Vec<Condition>> {
        let mut all = vec![Condition::default()];
        while let Some(&character) = self.characters.peek() {
            let last = all.last_mut()?;
            let place = match character {
                '>' => Combinator::Child,
                '+' => Combinator::Next,
                '~' => Combinator::Behind,
                _ if character.is_ascii_whitespace() => Combinator::Within,
                _ => {
                    last.tests.extend(self.tests()?);
                    continue;
                }
            };
            self.characters.next();
            if !last.tests.is_empty() {
                all.push(Condition::default());
            }
            if place != Combinator::Within {
                all.last_mut()?.place = place;
            }
        }
        let is_whole = all.last().is_some_and(|last| !last.tests.is_empty());
        (is_whole && all.len() <= MOST_CONDITIONS).then_some(all)
    }

    /// What the next part asks for.
    fn tests(&mut self) -> Option<Vec<ElementTest>> {
        let character = *self.characters.peek()?;
        if matches!(character, '.' | '#' | ':' | '*' | '[') {
            self.characters.next();
        }
        match character {
            '[' => {
                self.weight += 100;
                return Some(vec![ElementTest::Attribute(self.attribute()?)]);
            }
            ':' => return self.pseudo_class(),
            _ => {}
        }
        let name = identifier(&mut self.characters);
        let (name, weight) = match (character, name.as_str()) {
            ('*', "") => ("*".to_owned(), 0),
            ('*', _) | (_, "") => return None,
            ('.', _) => (format!(".{name}"), 100),
            ('#', _) => (format!("#{name}"), 10_000),
            _ => (name.to_ascii_lowercase(), 1),
        };
        self.weight += weight;
        Some(vec![ElementTest::Name(name)])
    }

    /// What stands in the square brackets that were just opened.
    fn attribute(&mut self) -> Option<AttributeTest> {
        self.skip_space();
        let name = identifier(&mut self.characters).to_ascii_lowercase();
        self.skip_space();
        let mut relation = self.characters.next()?;
        let (mut value, mut ignores_case) = (String::new(), false);
        if matches!(relation, '~' | '|' | '^' | '$' | '*') {
            self.characters.next_if_eq(&'=')?;
        }
        if relation != ']' {
            self.skip_space();
            value = match self.characters.next_if(|c| matches!(c, '"' | '\'')) {
                Some(quote) => self.string(quote)?,
                None => identifier(&mut self.characters),
            };
            self.skip_space();
            ignores_case = self
                .characters
                .next_if(|c| matches!(c, 'i' | 'I'))
                .is_some();
            self.characters.next_if(|c| matches!(c, 's' | 'S'));
            self.skip_space();
            self.characters.next_if_eq(&']')?;
        } else {
            relation = ' ';
        }
        let is_known = matches!(relation, ' ' | '=' | '~' | '|' | '^' | '$' | '*');
        (is_known && !name.is_empty()).then_some(AttributeTest {
            name,
            relation,
            value,
            ignores_case,
        })
    }

    fn string(&mut self, quote: char) -> Option<String> {
        let mut out = String::new();
        loop {
            match self.characters.next()? {
                '\\' => out.extend(escaped(&mut self.characters)),
                character if character == quote => return Some(out),
                character => out.push(character),
            }
        }
    }

    fn skip_space(&mut self) {
        while self.characters.next_if(char::is_ascii_whitespace).is_some() {}
    }

    /// What stands in the parentheses that begin here, if they do.
    fn arguments(&mut self) -> Option<String> {
        self.characters.next_if_eq(&'(')?;
        let (mut out, mut depth, mut quote) = (String::new(), 0_usize, None);
        loop {
            let character = self.characters.next()?;
            match (character, quote) {
                ('\\', _) => {
                    out.push(character);
                    out.extend(self.characters.next());
                    continue;
                }
                (_, Some(end)) => quote = quote.filter(|_| character != end),
                ('"' | '\'', None) => quote = Some(character),
                ('(', None) => depth += 1,
                (')', None) if depth == 0 => return Some(out),
                (')', None) => depth -= 1,
                _ => {}
            }
            out.push(character);
        }
    }

    fn pseudo_class(&mut self) -> Option<Vec<ElementTest>> {
        let name = identifier(&mut self.characters).to_ascii_lowercase();
        let arguments = self.arguments();
        self.weight += 100;
        let nth = |offset, is_from_end, is_of_type| {
            ElementTest::Nth(NthTest {
                step: 0,
                offset,
                is_from_end,
                is_of_type,
            })
        };
        if let Some(arguments) = arguments {
            return self.function(&name, &arguments).map(|test| vec![test]);
        }
        Some(match name.as_str() {
            "link" | "any-link" => vec![ElementTest::Name("a".to_owned())],
            "root" | "scope" => vec![ElementTest::Name("html".to_owned())],
            "empty" => vec![ElementTest::Empty],
            "first-child" => vec![nth(1, false, false)],
            "last-child" => vec![nth(1, true, false)],
            "only-child" => vec![nth(1, false, false), nth(1, true, false)],
            "first-of-type" => vec![nth(1, false, true)],
            "last-of-type" => vec![nth(1, true, true)],
            "only-of-type" => vec![nth(1, false, true), nth(1, true, true)],
            state if STATES.contains(&state) && self.reading.takes_states => {
                self.is_of_a_state = true;
                vec![ElementTest::Name("*".to_owned())]
            }
            _ => return None,
        })
    }

    fn function(&mut self, name: &str, arguments: &str) -> Option<ElementTest> {
        const NTH: &str = "nth-";
        if let Some(kind) = name.strip_prefix(NTH) {
            let (step, offset) = steps(arguments)?;
            return Some(ElementTest::Nth(NthTest {
                step,
                offset,
                is_from_end: matches!(kind, "last-child" | "last-of-type"),
                is_of_type: match kind {
                    "child" | "last-child" => false,
                    "of-type" | "last-of-type" => true,
                    _ => return None,
                },
            }));
        }
        let is_none = name == "not";
        let reading = Reading {
            takes_states: self.reading.takes_states && !is_none,
            depth: self.reading.depth + 1,
        };
        let known = [
            "not",
            "is",
            "where",
            "has",
            "matches",
            "-webkit-any",
            "-moz-any",
        ];
        if !known.contains(&name) || reading.depth > DEEPEST {
            return None;
        }
        let parts = list(arguments);
        let count = parts.len();
        let all: Vec<Selector> = parts
            .iter()
            .filter_map(|part| selector(part, reading))
            .collect();
        // Of what must not hold, all must be known.
        if all.is_empty() || (is_none && all.len() < count) {
            return None;
        }
        self.is_of_a_state |= all.iter().any(|one| one.is_of_a_state);
        let heaviest = all.iter().map(|one| one.weight).max().unwrap_or_default();
        self.weight = (self.weight - 100) + if name == "where" { 0 } else { heaviest };
        let mut all: Vec<Vec<Condition>> = all.into_iter().map(|one| one.conditions).collect();
        Some(match name {
            "not" => ElementTest::None(all),
            "has" => {
                let only = all.pop().filter(|only| all.is_empty() && only.len() == 1)?;
                ElementTest::Has(only.into_iter().next()?)
            }
            _ => ElementTest::Any(all),
        })
    }
}

impl AttributeTest {
    /// Whether an attribute of that name has a value that is asked for.
    pub(in crate::html) fn holds(&self, own: &str) -> bool {
        let folded = |text: &str| match self.ignores_case {
            true => text.to_ascii_lowercase(),
            false => text.to_owned(),
        };
        let (own, value) = (folded(own), folded(&self.value));
        let is_said = !value.is_empty();
        match self.relation {
            ' ' => true,
            '=' => own == value,
            '~' => own.split_ascii_whitespace().any(|word| word == value),
            '|' => own
                .strip_prefix(&value)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
            '^' => is_said && own.starts_with(&value),
            '$' => is_said && own.ends_with(&value),
            '*' => is_said && own.contains(&value),
            _ => false,
        }
    }
}

impl NthTest {
    /// Whether a place, counted from 1, is one of those that are asked for.
    pub(in crate::html) fn holds(self, place: u16) -> bool {
        let behind = i64::from(place) - i64::from(self.offset);
        match i64::from(self.step) {
            0 => behind == 0,
            step => behind % step == 0 && behind / step >= 0,
        }
    }
}

/// Reads `2n+1`, `odd` and the like: the step, and where it begins.
fn steps(text: &str) -> Option<(i32, i32)> {
    let text: String = text.split_ascii_whitespace().collect();
    match text.to_ascii_lowercase().as_str() {
        "odd" => Some((2, 1)),
        "even" => Some((2, 0)),
        formula => match formula.split_once('n') {
            None => Some((0, formula.parse().ok()?)),
            Some((step, offset)) => {
                let step = match step {
                    "" | "+" => 1,
                    "-" => -1,
                    step => step.parse().ok()?,
                };
                let offset = match offset {
                    "" => 0,
                    offset => offset.parse().ok()?,
                };
                Some((step, offset))
            }
        },
    }
}

fn identifier(characters: &mut Peekable<Chars<'_>>) -> String {
    let mut out = String::new();
    while let Some(character) = characters
        .next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '\\') || !c.is_ascii())
    {
        match character {
            '\\' => out.extend(escaped(characters)),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_selectors_is_cut_at_its_own_commas() {
        assert_eq!(list("a, b"), ["a", " b"]);
        assert_eq!(list(":is(a,b) c,d"), [":is(a,b) c", "d"]);
        assert_eq!(list("[a=','],\\,b"), ["[a=',']", "\\,b"]);
    }

    #[test]
    fn steps_are_read_as_css_writes_them() {
        for (text, expected) in [
            ("2", Some((0, 2))),
            ("odd", Some((2, 1))),
            ("EVEN", Some((2, 0))),
            ("n", Some((1, 0))),
            ("-n + 3", Some((-1, 3))),
            ("+3n-2", Some((3, -2))),
            ("2n+1 of .x", None),
            ("x", None),
        ] {
            assert_eq!(steps(text), expected, "{text}");
        }
        let nth = |step, offset, place| {
            NthTest {
                step,
                offset,
                is_from_end: false,
                is_of_type: false,
            }
            .holds(place)
        };
        assert!(nth(-1, 3, 3) && nth(-1, 3, 1) && !nth(-1, 3, 4));
        assert!(nth(3, -2, 1) && nth(3, -2, 4) && !nth(3, -2, 2));
    }

    #[test]
    fn what_holds_in_a_state_is_told_apart_from_what_always_does() {
        let states =
            |text: &str| -> Vec<bool> { selectors(text).map(|one| one.is_of_a_state).collect() };
        assert_eq!(states("a.b > [c]"), [false]);
        assert_eq!(states("a:hover"), [true]);
        assert_eq!(states(":is(.x, :hover)"), [false, true]);
        for unknown in [
            "a:not(:hover)",
            "a::before",
            "a:before",
            ":nonesuch",
            ":is(:nonesuch)",
            "[a",
            "[a!=b]",
            "",
            ">",
            "a(b)",
        ] {
            assert!(states(unknown).is_empty(), "{unknown}");
        }
    }

    #[test]
    fn a_selector_weighs_what_css_says() {
        let weight = |text: &str| selectors(text).next().map(|one| one.weight);
        for (text, expected) in [
            ("a", 1),
            ("#x a.b", 10_101),
            ("[a]", 100),
            (":where(#x)", 0),
            (":is(.b, #x)", 10_000),
            ("p:not(.z)", 101),
            ("p:first-child", 101),
        ] {
            assert_eq!(weight(text), Some(expected), "{text}");
        }
    }
}
