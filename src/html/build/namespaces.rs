//! The namespaces of XML: which elements of a page are HTML's, SVG's or MathML's, whatever the prefixes of their names.
//!
//! Where something else than the namespace's vocabulary stands, browsers draw it as an element that means nothing, or not
//! at all. The tree has such an element under a name that no tag stands for.

use super::super::arena::Namespace;
use super::super::token::{MAX_OF_NAMESPACES, Name, StartTag};

/// What a prefix stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PrefixMeaning {
    Of(Namespace),
    XLink,
    Unknown,
}

/// What becomes of an element's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameChange {
    Same,
    /// Without its prefix.
    WithoutPrefix,
    /// As that of an element that means nothing.
    Meaningless,
}

/// The elements of SVG with a meaning here that have capital letters; the tree has all names in lower case.
const CAPITALISED: [&str; 4] = [
    "foreignObject",
    "clipPath",
    "linearGradient",
    "radialGradient",
];

/// The prefixes that are declared in what is open.
#[derive(Debug, Default)]
pub(super) struct PrefixScopes {
    /// Whether the page says that it is in the namespace of HTML; all others are read by the names alone.
    is_in_use: Option<bool>,
    declared: Vec<(String, PrefixMeaning)>,
    /// For each element that is open how many were declared before, and what became of its name.
    open: Vec<(u32, NameChange)>,
}

/// More prefixes at once are not known.
const MAX_DECLARED: u32 = 64;

/// What the name begins with of an element that means nothing. No name of a page does: those with a prefix are replaced.
pub(in crate::html) const MEANINGLESS: &str = "X:";

impl PrefixScopes {
    /// Gives an element the name that it has in HTML, SVG or MathML. `false` if nobody knows what it is.
    /// `foreign` is the namespace around it, where HTML may not stand.
    pub(super) fn start(&mut self, tag: &mut StartTag, foreign: Option<Namespace>) -> bool {
        let before = self.count();
        for (name, value) in &tag.of_namespaces {
            let prefix = match name.strip_prefix("xmlns:") {
                Some(prefix) => prefix,
                None if name == "xmlns" => "",
                None => continue,
            };
            self.declared.push((prefix.to_owned(), vocabulary(value)));
        }
        let (prefix, local) = tag.name.split_once(':').unwrap_or(("", &tag.name));
        let is_html = self.vocabulary_of(prefix) == Some(PrefixMeaning::Of(Namespace::Html));
        if !*self.is_in_use.get_or_insert(is_html) {
            self.declared.clear();
            tag.name.make_ascii_lowercase();
            return true;
        }
        let new = self.name_change((prefix, local), foreign);
        let name = renamed(&tag.name, new);
        let mut own = tag.of_namespaces.iter();
        let link = own.find_map(|(name, value)| {
            let prefix = name.strip_suffix(":href")?;
            (self.vocabulary_of(prefix) == Some(PrefixMeaning::XLink)).then(|| value.clone())
        });
        // Where that prefix stands for something else, this is no link.
        if let Some(PrefixMeaning::Of(_) | PrefixMeaning::Unknown) = self.vocabulary_of("xlink") {
            tag.attributes.retain(|(name, _)| !name.is("xlink:href"));
        }
        if let (Some(value), Some(name)) = (link, Name::of("xlink:href")) {
            tag.attributes.push((name, value));
        }
        tag.name = name;
        let is_known = self.count() <= MAX_DECLARED && tag.of_namespaces.len() < MAX_OF_NAMESPACES;
        match tag.is_self_closing {
            true => self.declared.truncate(before as usize),
            false => self.open.push((before, new)),
        }
        is_known
    }

    /// The name by which the start of an element that ends is known.
    pub(super) fn end(&mut self, name: &str) -> String {
        let Some((before, new)) = self.open.pop() else {
            return name.to_ascii_lowercase();
        };
        self.declared.truncate(before as usize);
        renamed(name, new)
    }

    fn count(&self) -> u32 {
        u32::try_from(self.declared.len()).unwrap_or(u32::MAX)
    }

    fn vocabulary_of(&self, prefix: &str) -> Option<PrefixMeaning> {
        let mut near = self.declared.iter().rev();
        near.find_map(|(own, stands_for)| (own == prefix).then_some(*stands_for))
    }

    fn name_change(&self, (prefix, local): (&str, &str), foreign: Option<Namespace>) -> NameChange {
        let is_own = match self.vocabulary_of(prefix) {
            Some(PrefixMeaning::Of(Namespace::Html)) => {
                foreign.is_none() && !matches!(local, "svg" | "math")
            }
            Some(PrefixMeaning::Of(space @ Namespace::Svg)) => {
                local == "svg" || foreign == Some(space)
            }
            Some(PrefixMeaning::Of(space @ Namespace::MathMl)) => {
                local == "math" || foreign == Some(space)
            }
            Some(PrefixMeaning::XLink | PrefixMeaning::Unknown) => false,
            None => prefix.is_empty(),
        };
        let is_misspelt = CAPITALISED
            .iter()
            .any(|known| *known != local && known.eq_ignore_ascii_case(local));
        match is_own && !is_misspelt {
            true if prefix.is_empty() => NameChange::Same,
            true => NameChange::WithoutPrefix,
            false => NameChange::Meaningless,
        }
    }
}

fn renamed(name: &str, new: NameChange) -> String {
    let local = name.split_once(':').map_or(name, |(_, local)| local);
    match new {
        NameChange::Same | NameChange::WithoutPrefix if CAPITALISED.contains(&local) => {
            local.to_ascii_lowercase()
        }
        NameChange::Same => name.to_owned(),
        NameChange::WithoutPrefix => local.to_owned(),
        NameChange::Meaningless => format!("{MEANINGLESS}{local}"),
    }
}

fn vocabulary(namespace: &str) -> PrefixMeaning {
    match namespace {
        "http://www.w3.org/1999/xhtml" => PrefixMeaning::Of(Namespace::Html),
        "http://www.w3.org/2000/svg" => PrefixMeaning::Of(Namespace::Svg),
        "http://www.w3.org/1998/Math/MathML" => PrefixMeaning::Of(Namespace::MathMl),
        "http://www.w3.org/1999/xlink" => PrefixMeaning::XLink,
        _ => PrefixMeaning::Unknown,
    }
}
