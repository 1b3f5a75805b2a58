//! SVG and MathML inside of HTML. In them self-closing tags close, and `<title>`, `<style>` and `<script>` are not
//! HTML's: markup in them is markup.

use super::super::arena::Namespace;
use super::super::syntax::Syntax;
use super::super::tag::Tag;
use super::super::token::{HtmlToken, StartTag};
use super::builder::{Builder, FAR, Open, Point, Step};

impl Builder {
    /// The token with the name that its element has in HTML, SVG or MathML.
    pub(super) fn resolve_name(&mut self, token: HtmlToken) -> HtmlToken {
        match token {
            HtmlToken::Start(mut tag) if self.syntax == Syntax::Xml => {
                let around = self.current().filter(|open| open.point == Point::No);
                let foreign = around.map(|open| open.space);
                let foreign = foreign.filter(|space| *space != Namespace::Html);
                self.tree.is_full |= !self.namespaces.start(&mut tag, foreign);
                HtmlToken::Start(tag)
            }
            HtmlToken::End(name) if self.syntax == Syntax::Xml => {
                HtmlToken::End(self.namespaces.end(&name))
            }
            token => token,
        }
    }

    /// Whether a start tag is read by the rules of SVG or MathML.
    pub(super) fn is_foreign_start(&self, name: Tag) -> bool {
        let Some(open) = self.current() else {
            return false;
        };
        match (open.space, open.point) {
            (Namespace::Html, _) | (_, Point::Html) => false,
            (_, Point::MathText) => matches!(name, Tag::Mglyph | Tag::Malignmark),
            (Namespace::MathMl, Point::No) => !(open.tag == Tag::AnnotationXml && name == Tag::Svg),
            (Namespace::Svg, Point::No) => true,
        }
    }

    pub(super) fn foreign_start(&mut self, name: Tag, tag: &StartTag) -> Step {
        let is_old_font = ["color", "face", "size"]
            .iter()
            .any(|attribute| tag.attribute(attribute).is_some());
        if breaks_out(name) || (name == Tag::Font && is_old_font) {
            self.leave_foreign();
            return Step::Again;
        }
        let space = self.current().map_or(Namespace::Svg, |open| open.space);
        self.put_foreign(name, tag, space);
        Step::Done
    }

    /// Puts in an `<svg>` or `<math>`.
    pub(super) fn insert_foreign(&mut self, name: Tag, tag: &StartTag, space: Namespace) {
        self.reopen_formatting();
        self.put_foreign(name, tag, space);
    }

    fn put_foreign(&mut self, name: Tag, tag: &StartTag, space: Namespace) {
        let data = self.tree.element(name, space, &tag.name, &tag.attributes);
        let id = self.tree.create(data);
        let place = self.place();
        self.tree.insert(id, place);
        if !tag.is_self_closing {
            self.push(Open {
                id,
                tag: name,
                space,
                point: point(name, space, tag),
            });
        }
    }

    pub(super) fn foreign_end(&mut self, name: Tag, text: &str) -> Step {
        if matches!(name, Tag::Br | Tag::P) {
            self.leave_foreign();
            return Step::Again;
        }
        let first = self.open.len().saturating_sub(FAR).max(1);
        for at in (first..self.open.len()).rev() {
            let Some(open) = self.open.get(at).copied() else {
                break;
            };
            if open.space == Namespace::Html {
                return Step::Again;
            }
            if open.tag == name && self.is_named(open.id, name, text) {
                while self.open.len() > at {
                    self.pop();
                }
                return Step::Done;
            }
        }
        Step::Done
    }

    /// Closes foreign elements up to where HTML may stand.
    fn leave_foreign(&mut self) {
        while self
            .current()
            .is_some_and(|open| open.space != Namespace::Html && open.point == Point::No)
        {
            self.pop();
        }
    }
}

fn point(name: Tag, space: Namespace, tag: &StartTag) -> Point {
    use Tag::*;
    let is_html = |encoding: &str| {
        encoding.eq_ignore_ascii_case("text/html")
            || encoding.eq_ignore_ascii_case("application/xhtml+xml")
    };
    match (space, name) {
        (Namespace::MathMl, Mi | Mo | Mn | Ms | Mtext) => Point::MathText,
        (Namespace::MathMl, AnnotationXml) if tag.attribute("encoding").is_some_and(is_html) => {
            Point::Html
        }
        (Namespace::Svg, ForeignObject | Desc | Title) => Point::Html,
        _ => Point::No,
    }
}

/// Elements of HTML that end SVG and MathML.
fn breaks_out(name: Tag) -> bool {
    use Tag::*;
    name.is_heading()
        || matches!(
            name,
            B | Big
                | Blockquote
                | Body
                | Br
                | Center
                | Code
                | Dd
                | Div
                | Dl
                | Dt
                | Em
                | Embed
                | Head
                | Hr
                | I
                | Img
                | Li
                | Listing
                | Menu
                | Meta
                | Nobr
                | Ol
                | P
                | Pre
                | Ruby
                | S
                | Small
                | Span
                | Strong
                | Strike
                | Sub
                | Sup
                | Table
                | Tt
                | U
                | Ul
                | Var
        )
}
