//! The tokens of a page, as the tree builder takes them.

use html5gum::emitters::callback::CallbackEvent;

/// Attributes that some reader asks for. All others are dropped as soon as they are read, so that an element costs a
/// bounded amount of memory, however many attributes it has; but the first of the others are kept together as
/// [`OTHERS`], because style sheets may ask for them. Sorted.
const KEPT: [&str; 68] = [
    OTHERS,
    "alt",
    "aria-hidden",
    "aria-label",
    "background",
    "bgcolor",
    "charset",
    "cite",
    "class",
    "color",
    "content",
    "controls",
    "coords",
    "d",
    "data",
    "data-draft",
    "data-lazy-src",
    "data-original",
    "data-src",
    "data-srcset",
    "datetime",
    "display",
    "encoding",
    "face",
    "fill",
    "fill-opacity",
    "font-size",
    "height",
    "hidden",
    "href",
    "http-equiv",
    "id",
    "itemprop",
    "itemscope",
    "itemtype",
    "lang",
    "link",
    "media",
    "name",
    "opacity",
    "open",
    "points",
    "popover",
    "poster",
    "property",
    "r",
    "rel",
    "requiredextensions",
    "role",
    "rx",
    "shadowrootmode",
    "shape",
    "size",
    "src",
    "srcset",
    "stroke",
    "style",
    "text",
    "title",
    "transform",
    "type",
    "usemap",
    "value",
    "viewbox",
    "visibility",
    "width",
    "xlink:href",
    "xml:lang",
];

/// The name of what is kept of other attributes: their names and values, with these signs before each and between them.
pub(super) const OTHERS: &str = "";
pub(super) const BETWEEN_OTHERS: char = '\u{1}';
pub(super) const OTHER_VALUE: char = '\u{2}';

/// The most bytes that are kept of such names and values of an element, and of one.
const MOST_OF_OTHERS: usize = 256;
const MOST_OF_OTHER: usize = 64;

/// An attribute's name, as its place among those that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name(u8);

impl Name {
    /// The attribute of that name; `None` if it is not kept.
    pub(super) fn of(name: &str) -> Option<Name> {
        let place = KEPT.binary_search(&name).ok()?;
        u8::try_from(place).ok().map(Name)
    }

    pub(super) fn is(self, name: &str) -> bool {
        self.text() == name
    }

    pub(super) fn text(self) -> &'static str {
        KEPT.get(usize::from(self.0)).copied().unwrap_or_default()
    }
}

/// A start tag.
#[derive(Debug, Default)]
pub(super) struct StartTag {
    /// In lower case, but in XML as it is written.
    pub(super) name: String,
    /// Each name once: the first counts.
    pub(super) attributes: Vec<(Name, String)>,
    /// Attributes that declare prefixes, and links with one.
    pub(super) of_namespaces: Vec<(String, String)>,
    pub(super) is_self_closing: bool,
}

impl StartTag {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        all.find_map(|(own, value)| own.is(name).then_some(value.as_str()))
    }
}

/// A token.
#[derive(Debug)]
pub(super) enum HtmlToken {
    Start(StartTag),
    End(String),
    Text(String),
    Comment(String),
    /// A document type, and whether it asks for the layout of the 1990s.
    Doctype(Quirks),
}

/// Whether a page is laid out as in the 1990s: there a table does not end a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quirks {
    Yes,
    No,
}

/// Puts tokens together from the tokeniser's events.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    tag: StartTag,
    value: ValueKind,
    has_letter_case: bool,
    /// What is kept of other attributes of the tag.
    others: String,
}

/// Where the value that comes next belongs.
#[derive(Debug, Default)]
enum ValueKind {
    #[default]
    Dropped,
    Kept,
    Other,
    OfNamespace,
}

/// The most attributes of one tag that are kept because of namespaces: more than prefixes that are known at once, and as
/// many links.
pub(super) const MAX_OF_NAMESPACES: usize = 130;

fn is_of_namespaces(name: &str) -> bool {
    name == "xmlns" || name.starts_with("xmlns:") || name.ends_with(":href")
}

/// Whether a style sheet may ask for an attribute that no reader asks for.
fn is_asked_of_others(name: &str) -> bool {
    let is_sign = |c: char| matches!(c, BETWEEN_OTHERS | OTHER_VALUE);
    !name.is_empty()
        && name.len() <= MOST_OF_OTHER
        && !name.starts_with("on")
        && !name.contains(is_sign)
}

impl Assembler {
    /// One for a page in whose names letter case counts, or not.
    pub(super) fn new(has_letter_case: bool) -> Assembler {
        Assembler {
            has_letter_case,
            ..Assembler::default()
        }
    }

    pub(super) fn event(&mut self, event: CallbackEvent<'_>) -> Option<HtmlToken> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag = StartTag {
                    name: text(name),
                    ..StartTag::default()
                };
                self.others.clear();
                None
            }
            CallbackEvent::AttributeName { name } => {
                self.begin_attribute(std::str::from_utf8(name).unwrap_or_default());
                None
            }
            CallbackEvent::AttributeValue { value } => {
                self.add_value(value);
                None
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                self.tag.is_self_closing = self_closing;
                self.value = ValueKind::Dropped;
                if let (Some(name), false) = (Name::of(OTHERS), self.others.is_empty()) {
                    let others = std::mem::take(&mut self.others);
                    self.tag.attributes.push((name, others));
                }
                Some(HtmlToken::Start(std::mem::take(&mut self.tag)))
            }
            CallbackEvent::EndTag { name } => {
                // An end tag may have attributes too; they are the end tag's.
                self.tag = StartTag::default();
                self.value = ValueKind::Dropped;
                Some(HtmlToken::End(text(name)))
            }
            CallbackEvent::String { value } => Some(HtmlToken::Text(text(value))),
            CallbackEvent::Comment { value } => Some(HtmlToken::Comment(text(value))),
            CallbackEvent::Doctype {
                name,
                public_identifier,
                system_identifier,
                force_quirks,
            } => {
                let public = text(public_identifier.unwrap_or_default()).to_ascii_lowercase();
                let is_old = is_quirky(&public, system_identifier.is_some());
                let is_quirky = force_quirks || name != b"html" || is_old;
                let quirks = if is_quirky { Quirks::Yes } else { Quirks::No };
                Some(HtmlToken::Doctype(quirks))
            }
            CallbackEvent::Error(_) => None,
        }
    }

    fn add_value(&mut self, value: &[u8]) {
        let tag = &mut self.tag;
        let last = match self.value {
            ValueKind::Dropped => None,
            ValueKind::Kept => tag.attributes.last_mut().map(|(_, last)| last),
            ValueKind::OfNamespace => tag.of_namespaces.last_mut().map(|(_, last)| last),
            ValueKind::Other => Some(&mut self.others).filter(|_| value.len() <= MOST_OF_OTHER),
        };
        if let Some(last) = last {
            last.push_str(&String::from_utf8_lossy(value));
        }
    }

    fn begin_attribute(&mut self, name: &str) {
        let StartTag {
            attributes,
            of_namespaces,
            ..
        } = &mut self.tag;
        self.value = ValueKind::Dropped;
        let known = match name {
            "viewBox" => "viewbox",
            "requiredExtensions" => "requiredextensions",
            "viewbox" | "requiredextensions" if self.has_letter_case => return,
            _ => name,
        };
        if let Some(name) = Name::of(known) {
            if attributes.iter().all(|(own, _)| *own != name) {
                attributes.push((name, String::new()));
                self.value = ValueKind::Kept;
            }
        } else if is_of_namespaces(name) && of_namespaces.len() < MAX_OF_NAMESPACES {
            of_namespaces.push((name.to_owned(), String::new()));
            self.value = ValueKind::OfNamespace;
        } else if is_asked_of_others(name) && self.others.len() < MOST_OF_OTHERS {
            let new = format!("{BETWEEN_OTHERS}{name}{OTHER_VALUE}");
            if !self.others.contains(&new) {
                self.others.push_str(&new);
                self.value = ValueKind::Other;
            }
        }
    }
}

/// Public identifiers (in lower case) of document types that browsers lay out in quirks mode.
fn is_quirky(public: &str, has_system: bool) -> bool {
    const OLD: [&str; 9] = [
        "-//ietf//dtd html",
        "-//w3c//dtd html 3",
        "-//w3c//dtd html 4.0 ",
        "-//w3c//dtd html experimental",
        "-//w3c//dtd w3 html",
        "-//w3o//dtd w3 html",
        "-//netscape comm. corp.//dtd",
        "-//microsoft//dtd internet explorer",
        "-//softquad",
    ];
    let is_loose = ["frameset", "transitional"]
        .iter()
        .any(|kind| public.starts_with(&format!("-//w3c//dtd html 4.01 {kind}//")));
    OLD.iter().any(|old| public.starts_with(old)) || (is_loose && !has_system)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_attributes_are_sorted_so_that_they_can_be_found() {
        assert!(KEPT.is_sorted_by(|one, two| one < two));
        for name in KEPT {
            assert!(Name::of(name).is_some_and(|kept| kept.is(name)), "{name}");
        }
        assert_eq!(Name::of("onclick"), None);
    }
}
