//! The two syntaxes of HTML.

/// In which syntax a page is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// HTML's own.
    Html,
    /// That of XML: each tag may be self-closing, scripts and titles are as other elements, and the letter case of names
    /// counts. All else is read as HTML: of a page with a fault in its XML, browsers show only what stands before it.
    Xml,
}

impl Syntax {
    /// The syntax of a page with this media type.
    pub fn of(content_type: Option<&str>) -> Syntax {
        let kind = content_type.unwrap_or_default();
        let kind = kind.split([';', ',']).next().unwrap_or_default();
        let kind = kind.trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/xml" | "text/xml" => Syntax::Xml,
            kind if kind.ends_with("+xml") => Syntax::Xml,
            _ => Syntax::Html,
        }
    }
}
