//! The rules of style sheets.

use super::css::{CssPart, CssReader, is_read};
use super::selectors::{Condition, list, selectors};
use super::values::pixels;

/// The rules of a page's style sheets.
#[derive(Debug, Default)]
pub(in crate::html) struct Rules {
    pub(in crate::html) all: Vec<Rule>,
    /// What they declare.
    pub(in crate::html) blocks: Vec<String>,
}

#[derive(Debug)]
pub(in crate::html) struct Rule {
    /// From the outermost element's to that of the element itself.
    pub(in crate::html) conditions: Vec<Condition>,
    /// Its specificity.
    pub(in crate::html) weight: u32,
    pub(in crate::html) block: usize,
    /// Whether it holds only while something around is in a state, such as under the pointer.
    pub(in crate::html) is_of_a_state: bool,
}

/// More rules are not read.
const MOST_RULES: usize = 8192;
/// Nor longer selectors.
const LONGEST_SELECTOR: usize = 256;
/// Nor is the rest of a style sheet whose blocks are nested deeper, or rules that are nested in one of more selectors.
const DEEPEST: usize = 16;
const MOST_OUTER: usize = 4;

/// The window that media are held against.
const WINDOW: [f64; 2] = [1280.0, 800.0];

/// A block that is open.
struct OpenBlock {
    selectors: Vec<String>,
    is_in_force: bool,
    text: String,
}

impl Rules {
    /// Reads a style sheet.
    pub(in crate::html) fn read(&mut self, sheet: &str) {
        let mut open: Vec<OpenBlock> = Vec::new();
        let mut text = String::new();
        let mut reader = CssReader::of(sheet);
        while let Some(part) = reader.next() {
            match part {
                CssPart::Escape => {
                    text.push('\\');
                    text.extend(reader.characters.next());
                }
                CssPart::Text(character) => text.push(character),
                CssPart::Sign('{') if open.len() == DEEPEST => return,
                CssPart::Sign('{') => {
                    open.push(OpenBlock::behind(&text, open.last()));
                    text.clear();
                }
                CssPart::Sign('}') => {
                    self.close(open.pop(), &text);
                    text.clear();
                }
                CssPart::Sign(';') => {
                    if let Some(block) = open.last_mut() {
                        block.text.push_str(&text);
                        block.text.push(';');
                    }
                    text.clear();
                }
                CssPart::Sign(other) => text.push(other),
            }
        }
        // The end of a style sheet ends all that is open.
        while let Some(block) = open.pop() {
            self.close(Some(block), &text);
            text.clear();
        }
    }

    fn close(&mut self, block: Option<OpenBlock>, rest: &str) {
        let Some(mut block) = block.filter(|block| block.is_in_force) else {
            return;
        };
        block.text.push_str(rest);
        // What is faded in or moved in is seen in a moment.
        let is_moving = block.text.contains("animation") && !block.text.contains("display");
        let matters = block.text.contains('\\') || block.text.split(';').any(is_read);
        if is_moving || !matters {
            return;
        }
        for selector in &block.selectors {
            if self.all.len() < MOST_RULES {
                let block = self.blocks.len();
                self.all.extend(selectors(selector).map(|own| Rule {
                    conditions: own.conditions,
                    weight: own.weight,
                    block,
                    is_of_a_state: own.is_of_a_state,
                }));
            }
        }
        self.blocks.push(block.text);
    }
}

impl OpenBlock {
    /// The block behind a selector or an at-rule, in another.
    fn behind(prelude: &str, outer: Option<&OpenBlock>) -> OpenBlock {
        let prelude = prelude.trim().trim_start_matches("<!--");
        let around = outer.map_or(&[][..], |outer| &outer.selectors);
        let may_be = around.len() <= MOST_OUTER && outer.is_none_or(|outer| outer.is_in_force);
        let is_at_rule = prelude.starts_with('@');
        let own = match is_at_rule {
            true => Vec::new(),
            false => list(prelude),
        };
        let own = own.into_iter().map(|own| own.trim().to_owned());
        let own = own.filter(|own| own.len() <= LONGEST_SELECTOR);
        let selectors = match around {
            _ if !may_be => Vec::new(),
            around if is_at_rule => around.to_vec(),
            [] => own.collect(),
            around => own
                .flat_map(|own| {
                    around.iter().map(move |around| match own.contains('&') {
                        true => own.replacen('&', around, 1),
                        false => format!("{around} {own}"),
                    })
                })
                .filter(|own| own.len() <= LONGEST_SELECTOR)
                .collect(),
        };
        OpenBlock {
            selectors,
            is_in_force: may_be && (!is_at_rule || is_at_rule_in_force(prelude)),
            text: String::new(),
        }
    }
}

fn is_at_rule_in_force(rule: &str) -> bool {
    let rule = rule.to_ascii_lowercase();
    match rule.strip_prefix("@media") {
        Some(media) => is_for_screens(media),
        None => {
            rule.starts_with("@layer") || (rule.starts_with("@supports") && !rule.contains("not"))
        }
    }
}

/// Whether media are those of an ordinary screen.
pub(in crate::html) fn is_for_screens(media: &str) -> bool {
    let holds = |part: &str| {
        let part = part.trim();
        let feature = part
            .strip_prefix('(')
            .and_then(|part| part.strip_suffix(')'));
        let Some((name, size)) = feature.and_then(|feature| feature.split_once(':')) else {
            return matches!(part, "" | "all" | "screen" | "only screen" | "only all");
        };
        let [width, height] = WINDOW;
        pixels(size).is_some_and(|size| match name.trim() {
            "min-width" => size <= width,
            "max-width" => size >= width,
            "min-height" => size <= height,
            "max-height" => size >= height,
            _ => false,
        })
    };
    media
        .split(',')
        .any(|query| query.split(" and ").all(holds))
}
