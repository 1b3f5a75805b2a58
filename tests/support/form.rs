//! The forms of a page, read as a browser reads them.

use std::collections::BTreeMap;

use html5gum::{Token, Tokenizer};

use super::request::Request;

/// One form and what it would send.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    /// `action`, decoded.
    pub(crate) action: String,
    /// `method` in upper case.
    pub(crate) method: String,
    /// Name and value of each field, in order.
    pub(crate) fields: Vec<(String, String)>,
}

impl Form {
    /// The value of a field.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    /// Fills in a field; one that the form does not have fails the test.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Form {
        let field = self
            .fields
            .iter_mut()
            .find(|(other, _)| other == name)
            .unwrap_or_else(|| panic!("the form has no field `{name}`"));
        value.clone_into(&mut field.1);
        self
    }

    /// Takes a field away, which only somebody hostile can.
    pub(crate) fn without(mut self, name: &str) -> Form {
        self.fields.retain(|(other, _)| other != name);
        self
    }

    /// The request that its button sends, without its target.
    pub(crate) fn request(&self) -> Request {
        assert_eq!(self.method, "POST", "only lists are asked for with GET");
        let fields: Vec<(&str, &str)> = self
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        Request::post(&fields)
    }

    /// Path (below the program's URL) and query that it is sent to.
    pub(crate) fn target(&self, base_url: &str) -> (String, Option<String>) {
        let base = url::Url::parse(base_url).expect("the program's URL");
        let action = base.join(&self.action).expect("an action that is a URL");
        let path = action
            .as_str()
            .strip_prefix(base_url)
            .unwrap_or_else(|| panic!("`{action}` is not below {base_url}"));
        let path = path.split(['?', '#']).next().unwrap_or_default();
        (path.to_owned(), action.query().map(str::to_owned))
    }
}

/// All forms of a page; the name and value of a button count as a field of its form.
pub(crate) fn forms(html: &str) -> Vec<Form> {
    let mut found = Vec::new();
    let mut open: Option<Form> = None;
    for token in Tokenizer::new(html).flatten() {
        match token {
            Token::StartTag(tag) => {
                let attributes: BTreeMap<String, String> = tag
                    .attributes
                    .iter()
                    .map(|(name, value)| (lossy(name), lossy(&value.value)))
                    .collect();
                let attribute = |name: &str| attributes.get(name).cloned().unwrap_or_default();
                match (tag.name.as_slice(), &mut open) {
                    (b"form", _) => {
                        open = Some(Form {
                            action: attribute("action"),
                            method: attribute("method").to_ascii_uppercase(),
                            fields: Vec::new(),
                        });
                    }
                    (b"input" | b"textarea" | b"button" | b"select", Some(form))
                        if attributes.contains_key("name") =>
                    {
                        form.fields.push((attribute("name"), attribute("value")));
                    }
                    (b"option", Some(form)) if attributes.contains_key("selected") => {
                        if let Some((_, value)) = form.fields.last_mut() {
                            *value = attribute("value");
                        }
                    }
                    _ => {}
                }
            }
            Token::EndTag(tag) if tag.name.as_slice() == b"form" => found.extend(open.take()),
            _ => {}
        }
    }
    found
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
