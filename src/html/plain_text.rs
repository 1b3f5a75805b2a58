//! Markup as plain text.

use html5gum::State;

use super::source::{TokenConsumer, tokenize};
use super::token::HtmlToken;

/// Removes markup and decodes character references *once*, as a browser would show the text.
#[must_use]
pub fn strip_markup(text: &str) -> String {
    if !text.contains(['<', '&']) {
        return text.to_owned();
    }
    let mut plain = PlainText(String::with_capacity(text.len()));
    tokenize(text, &mut plain);
    plain.0
}

/// Decodes character references that are left in a text which was already decoded; what looks like markup stays.
#[must_use]
pub fn decoded_again(text: &str) -> String {
    strip_markup(&text.replace('<', "&lt;"))
}

struct PlainText(String);

impl TokenConsumer for PlainText {
    fn token(&mut self, token: HtmlToken) -> Option<State> {
        match token {
            HtmlToken::Text(text) => self.0.push_str(&text),
            // A tag separates words: `a<br>b` is two.
            HtmlToken::Start(_) | HtmlToken::End(_) => self.0.push(' '),
            HtmlToken::Comment(_) | HtmlToken::Doctype(_) => {}
        }
        None
    }

    fn has_cdata(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::strip_markup;
    use crate::text::clean;

    #[test]
    fn strip_markup_decodes_once() {
        assert_eq!(
            clean(&strip_markup("<b>1 &lt; 2</b> &amp;amp; <!-- x -->3 < 4")),
            "1 < 2 &amp; 3 < 4"
        );
    }
}
