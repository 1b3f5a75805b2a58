//! The names of elements that mean something, and what kinds of elements they are.

macro_rules! tags {
    ($($tag:ident = $name:literal,)*) => {
        /// An element's name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Tag {
            $($tag,)*
            /// A name that means nothing to HTML.
            Other,
        }

        /// All names with a meaning, in the order of the alphabet and of [`Tag`].
        const NAMES: [(&str, Tag); Tag::Other as usize] = [$(($name, Tag::$tag),)*];
    };
}

tags! {
    A = "a",
    Abbr = "abbr",
    Acronym = "acronym",
    Address = "address",
    AnnotationXml = "annotation-xml",
    Applet = "applet",
    Area = "area",
    Article = "article",
    Aside = "aside",
    Audio = "audio",
    B = "b",
    Base = "base",
    Basefont = "basefont",
    Bdi = "bdi",
    Bdo = "bdo",
    Bgsound = "bgsound",
    Big = "big",
    Blockquote = "blockquote",
    Body = "body",
    Br = "br",
    Button = "button",
    Canvas = "canvas",
    Caption = "caption",
    Center = "center",
    Cite = "cite",
    Code = "code",
    Col = "col",
    Colgroup = "colgroup",
    Data = "data",
    Datalist = "datalist",
    Dd = "dd",
    Del = "del",
    Desc = "desc",
    Details = "details",
    Dfn = "dfn",
    Dialog = "dialog",
    Dir = "dir",
    Div = "div",
    Dl = "dl",
    Dt = "dt",
    Em = "em",
    Embed = "embed",
    Fieldset = "fieldset",
    Figcaption = "figcaption",
    Figure = "figure",
    Font = "font",
    Footer = "footer",
    ForeignObject = "foreignobject",
    Form = "form",
    Frame = "frame",
    Frameset = "frameset",
    H1 = "h1",
    H2 = "h2",
    H3 = "h3",
    H4 = "h4",
    H5 = "h5",
    H6 = "h6",
    Head = "head",
    Header = "header",
    Hgroup = "hgroup",
    Hr = "hr",
    Html = "html",
    I = "i",
    Iframe = "iframe",
    Image = "image",
    Img = "img",
    Input = "input",
    Ins = "ins",
    Kbd = "kbd",
    Keygen = "keygen",
    Label = "label",
    Legend = "legend",
    Li = "li",
    Link = "link",
    Listing = "listing",
    Main = "main",
    Malignmark = "malignmark",
    Map = "map",
    Mark = "mark",
    Marquee = "marquee",
    Math = "math",
    Menu = "menu",
    Menuitem = "menuitem",
    Meta = "meta",
    Meter = "meter",
    Mglyph = "mglyph",
    Mi = "mi",
    Mn = "mn",
    Mo = "mo",
    Ms = "ms",
    Mtext = "mtext",
    Nav = "nav",
    Nobr = "nobr",
    Noembed = "noembed",
    Noframes = "noframes",
    Noscript = "noscript",
    Object = "object",
    Ol = "ol",
    Optgroup = "optgroup",
    Option = "option",
    Output = "output",
    P = "p",
    Param = "param",
    Picture = "picture",
    Plaintext = "plaintext",
    Pre = "pre",
    Progress = "progress",
    Q = "q",
    Rb = "rb",
    Rp = "rp",
    Rt = "rt",
    Rtc = "rtc",
    Ruby = "ruby",
    S = "s",
    Samp = "samp",
    Script = "script",
    Search = "search",
    Section = "section",
    Select = "select",
    Slot = "slot",
    Small = "small",
    Source = "source",
    Span = "span",
    Strike = "strike",
    Strong = "strong",
    Style = "style",
    Sub = "sub",
    Summary = "summary",
    Sup = "sup",
    Svg = "svg",
    Table = "table",
    Tbody = "tbody",
    Td = "td",
    Template = "template",
    Textarea = "textarea",
    Tfoot = "tfoot",
    Th = "th",
    Thead = "thead",
    Time = "time",
    Title = "title",
    Tr = "tr",
    Track = "track",
    Tt = "tt",
    U = "u",
    Ul = "ul",
    Var = "var",
    Video = "video",
    Wbr = "wbr",
    Xmp = "xmp",
}

impl Tag {
    /// How many there are.
    pub(super) const COUNT: usize = Tag::Other as usize + 1;

    /// The tag of a name in lower case.
    pub(super) fn of(name: &str) -> Tag {
        let place = NAMES.binary_search_by(|(known, _)| (*known).cmp(name));
        place
            .ok()
            .and_then(|place| NAMES.get(place))
            .map_or(Tag::Other, |(_, tag)| *tag)
    }

    /// Its name; empty for [`Tag::Other`].
    pub(super) fn name(self) -> &'static str {
        NAMES.get(self as usize).map_or("", |(name, _)| name)
    }

    /// Elements that are reopened where they were not closed.
    pub(super) fn is_formatting(self) -> bool {
        use Tag::*;
        matches!(
            self,
            A | B | Big | Code | Em | Font | I | Nobr | S | Small | Strike | Strong | Tt | U
        )
    }

    /// The standard's "special" category: an end tag does not reach out of them.
    pub(super) fn is_special(self) -> bool {
        use Tag::*;
        self.is_block()
            || matches!(
                self,
                Applet
                    | Area
                    | Base
                    | Basefont
                    | Bgsound
                    | Body
                    | Br
                    | Button
                    | Caption
                    | Col
                    | Colgroup
                    | Embed
                    | Frame
                    | Frameset
                    | Head
                    | Html
                    | Iframe
                    | Img
                    | Input
                    | Keygen
                    | Link
                    | Marquee
                    | Meta
                    | Noembed
                    | Noframes
                    | Noscript
                    | Object
                    | Param
                    | Script
                    | Select
                    | Source
                    | Style
                    | Tbody
                    | Td
                    | Template
                    | Textarea
                    | Tfoot
                    | Th
                    | Thead
                    | Title
                    | Tr
                    | Track
                    | Wbr
                    | Dd
                    | Dt
                    | Li
                    | Xmp
            )
    }

    /// Elements before which a paragraph ends, and between which text does not run on.
    pub(super) fn is_block(self) -> bool {
        use Tag::*;
        self.is_heading()
            || matches!(
                self,
                Address
                    | Article
                    | Aside
                    | Blockquote
                    | Center
                    | Details
                    | Dialog
                    | Dir
                    | Div
                    | Dl
                    | Fieldset
                    | Figcaption
                    | Figure
                    | Footer
                    | Form
                    | Header
                    | Hgroup
                    | Hr
                    | Listing
                    | Main
                    | Menu
                    | Nav
                    | Ol
                    | P
                    | Plaintext
                    | Pre
                    | Search
                    | Section
                    | Summary
                    | Table
                    | Ul
                    | Xmp
            )
    }

    /// Elements that belong into the head, wherever they stand.
    pub(super) fn is_of_head(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Base | Basefont | Bgsound | Link | Meta | Noframes | Script | Style | Template | Title
        )
    }

    /// The parts of a table.
    pub(super) fn is_of_table(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Caption | Col | Colgroup | Tbody | Td | Tfoot | Th | Thead | Tr
        )
    }

    pub(super) fn is_heading(self) -> bool {
        use Tag::*;
        matches!(self, H1 | H2 | H3 | H4 | H5 | H6)
    }

    /// Elements through which text runs on without a gap.
    pub(super) fn is_inline(self) -> bool {
        use Tag::*;
        self.is_formatting()
            || self.is_in_line()
            || matches!(
                self,
                Abbr | Acronym
                    | Bdi
                    | Bdo
                    | Cite
                    | Data
                    | Del
                    | Dfn
                    | Ins
                    | Kbd
                    | Label
                    | Mark
                    | Menuitem
                    | Other
                    | Output
                    | Q
                    | Rb
                    | Rp
                    | Rt
                    | Rtc
                    | Ruby
                    | Samp
                    | Slot
                    | Span
                    | Sub
                    | Sup
                    | Time
                    | Var
                    | Wbr
            )
    }

    /// Pictures, fields and the like in a line, and what takes no place.
    fn is_in_line(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Applet
                | Area
                | Audio
                | Base
                | Basefont
                | Bgsound
                | Button
                | Canvas
                | Datalist
                | Embed
                | Iframe
                | Image
                | Img
                | Input
                | Keygen
                | Link
                | Map
                | Marquee
                | Meta
                | Meter
                | Noembed
                | Noframes
                | Noscript
                | Object
                | Param
                | Picture
                | Progress
                | Script
                | Source
                | Style
                | Svg
                | Template
                | Textarea
                | Title
                | Track
                | Video
        )
    }

    /// Elements whose end tag is implied where an outer element ends.
    pub(super) fn is_implied_end(self) -> bool {
        use Tag::*;
        matches!(
            self,
            Dd | Dt | Li | Optgroup | Option | P | Rb | Rp | Rt | Rtc
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_sorted_so_that_they_can_be_found() {
        assert!(NAMES.is_sorted_by(|(one, _), (two, _)| one < two));
        for (name, tag) in NAMES {
            assert_eq!((Tag::of(name), tag.name()), (tag, name));
        }
        assert_eq!(Tag::of("x-card"), Tag::Other);
        assert_eq!(Tag::Other.name(), "");
    }
}
