//! The tokens of a page, as the tree builder takes them.

use html5gum::emitters::callback::CallbackEvent;

/// Attributes that some reader asks for. All others are dropped as soon as they are read, so that an element costs a
/// bounded amount of memory, however many attributes it has.
const KEPT: [&str; 67] = [
    "alt",
    "aria-hidden",
    "aria-label",
    "bgcolor",
    "charset",
    "cite",
    "class",
    "color",
    "content",
    "controls",
    "coords",
    "data",
    "data-draft",
    "datetime",
    "encoding",
    "height",
    "hidden",
    "href",
    "http-equiv",
    "id",
    "itemprop",
    "itemscope",
    "lang",
    "media",
    "name",
    "open",
    "popover",
    "poster",
    "property",
    "rel",
    "role",
    "shadowrootmode",
    "shape",
    "size",
    "src",
    "srcset",
    "style",
    "text",
    "title",
    "type",
    "usemap",
    "value",
    "width",
    "xlink:href",
    "xml:lang",
    "face",
    "display",
    "fill",
    "fill-opacity",
    "font-size",
    "itemtype",
    "opacity",
    "stroke",
    "visibility",
    "background",
    "link",
    "d",
    "points",
    "r",
    "rx",
    "requiredextensions",
    "transform",
    "viewbox",
    "data-src",
    "data-lazy-src",
    "data-srcset",
    "data-original",
];

/// An attribute's name, as its place among those that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name(u8);

impl Name {
    /// The attribute of that name; `None` if it is not kept.
    pub(super) fn of(name: &str) -> Option<Name> {
        let place = KEPT.iter().position(|kept| *kept == name)?;
        u8::try_from(place).ok().map(Name)
    }
}

/// A start tag.
#[derive(Debug, Default)]
pub(super) struct StartTag {
    /// In lower case.
    pub(super) name: String,
    /// Each name once: the first counts.
    pub(super) attributes: Vec<(Name, String)>,
    pub(super) is_self_closing: bool,
}

impl StartTag {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let name = Name::of(name)?;
        let mut all = self.attributes.iter();
        all.find_map(|(own, value)| (*own == name).then_some(value.as_str()))
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
    /// Where the value that comes next belongs.
    wanted: bool,
}

impl Assembler {
    pub(super) fn event(&mut self, event: CallbackEvent<'_>) -> Option<HtmlToken> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag = StartTag {
                    name: text(name),
                    ..StartTag::default()
                };
                None
            }
            CallbackEvent::AttributeName { name } => {
                let name = std::str::from_utf8(name).ok().and_then(Name::of);
                let is_new = |name: &Name| self.tag.attributes.iter().all(|(own, _)| own != name);
                let name = name.filter(is_new);
                self.wanted = name.is_some();
                self.tag
                    .attributes
                    .extend(name.map(|name| (name, String::new())));
                None
            }
            CallbackEvent::AttributeValue { value } => {
                if self.wanted
                    && let Some((_, last)) = self.tag.attributes.last_mut()
                {
                    last.push_str(&String::from_utf8_lossy(value));
                }
                None
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                self.tag.is_self_closing = self_closing;
                self.wanted = false;
                Some(HtmlToken::Start(std::mem::take(&mut self.tag)))
            }
            CallbackEvent::EndTag { name } => {
                // An end tag may have attributes too; they are the end tag's.
                self.tag = StartTag::default();
                self.wanted = false;
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
