//! Parses a page's metadata in JSON-LD with the vocabulary of schema.org.
//!
//! Only what is read is kept in memory: whole values would take a hundred times the page's length.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// An article.
#[derive(Debug, Default, Clone)]
pub(crate) struct Article {
    pub(crate) url: Option<String>,
    pub(crate) headline: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) published: Option<String>,
    pub(crate) updated: Option<String>,
    pub(crate) publisher: Option<String>,
    /// `creativeWorkStatus`.
    pub(crate) status: Option<String>,
}

/// More articles are not kept: a page with several is about none of them.
const MOST: usize = 2;

/// The articles that a page is about, from its JSON-LD blocks, at most [`MOST`]; not those of a list.
pub(crate) fn articles(blocks: &[String]) -> Vec<Article> {
    let mut found = Vec::new();
    for block in blocks {
        // Some generators wrap the block for XHTML.
        let text = block.trim().trim_start_matches("//").trim();
        let text = text.strip_prefix("<![CDATA[").unwrap_or(text).trim();
        let text = text.strip_suffix("]]>").unwrap_or(text).trim();
        let text = text.trim_end_matches("//").trim();
        if let Ok(value) = serde_json::from_str::<LdValue>(text) {
            found.extend(value.articles);
            found.truncate(MOST);
        }
    }
    found
}

/// The types of articles.
const KINDS: [&str; 7] = [
    "Article",
    "BlogPosting",
    "NewsArticle",
    "TechArticle",
    "ScholarlyArticle",
    "SocialMediaPosting",
    "Report",
];

/// What is read of a value.
#[derive(Default)]
struct LdValue {
    /// Itself, if it is a string.
    text: Option<String>,
    /// Of an object.
    id: Option<String>,
    name: Option<String>,
    /// Whether it is, as a type or a list of types, that of an article.
    is_article: bool,
    /// The articles that it is or, as a list or a graph, has.
    articles: Vec<Article>,
}

impl<'de> Deserialize<'de> for LdValue {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<LdValue, D::Error> {
        source.deserialize_any(LdVisitor)
    }
}

struct LdVisitor;

impl<'de> Visitor<'de> for LdVisitor {
    type Value = LdValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON-LD")
    }

    fn visit_str<E>(self, text: &str) -> Result<LdValue, E> {
        let name = text.rsplit(['/', ':']).next().unwrap_or_default();
        Ok(LdValue {
            is_article: KINDS.contains(&name),
            text: Some(text.to_owned()),
            ..LdValue::default()
        })
    }

    fn visit_bool<E>(self, _: bool) -> Result<LdValue, E> {
        Ok(LdValue::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<LdValue, E> {
        Ok(LdValue::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<LdValue, E> {
        Ok(LdValue::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<LdValue, E> {
        Ok(LdValue::default())
    }

    fn visit_unit<E>(self) -> Result<LdValue, E> {
        Ok(LdValue::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<LdValue, A::Error> {
        let mut all = LdValue::default();
        while let Some(value) = list.next_element::<LdValue>()? {
            all.is_article |= value.is_article;
            all.articles.extend(value.articles);
            all.articles.truncate(MOST);
        }
        Ok(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LdValue, A::Error> {
        let mut is_article = false;
        // On the heap, for what is nested deeply.
        let mut own = Box::<Properties>::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == "@type" {
                is_article = map.next_value::<LdValue>()?.is_article;
                continue;
            }
            match own.property(&key) {
                Some(property) => *property = map.next_value()?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(LdValue {
            id: own.id.text.clone(),
            name: own.name.text.clone(),
            articles: match is_article {
                true => vec![own.into_article()],
                false => own.graph.articles,
            },
            ..LdValue::default()
        })
    }
}

/// The properties of an object that are read.
#[derive(Default)]
struct Properties {
    graph: LdValue,
    id: LdValue,
    url: LdValue,
    main: LdValue,
    headline: LdValue,
    name: LdValue,
    description: LdValue,
    published: LdValue,
    modified: LdValue,
    publisher: LdValue,
    part_of: LdValue,
    status: LdValue,
}

impl Properties {
    fn property(&mut self, key: &str) -> Option<&mut LdValue> {
        Some(match key {
            "@graph" => &mut self.graph,
            "@id" => &mut self.id,
            "url" => &mut self.url,
            "mainEntityOfPage" => &mut self.main,
            "headline" => &mut self.headline,
            "name" => &mut self.name,
            "description" => &mut self.description,
            "datePublished" => &mut self.published,
            "dateModified" => &mut self.modified,
            "publisher" => &mut self.publisher,
            "isPartOf" => &mut self.part_of,
            "creativeWorkStatus" => &mut self.status,
            _ => return None,
        })
    }

    fn into_article(self) -> Article {
        let named = |value: LdValue| value.text.or(value.name);
        Article {
            url: self.url.text.or(self.main.text).or(self.main.id),
            headline: self.headline.text,
            name: self.name.text,
            summary: self.description.text,
            published: self.published.text,
            updated: self.modified.text,
            publisher: named(self.publisher).or_else(|| named(self.part_of)),
            status: self.status.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(block: &str) -> Vec<Article> {
        articles(&[block.to_owned()])
    }

    #[test]
    fn articles_are_found_alone_in_a_list_and_in_a_graph() {
        let one = r#"{"@context":"https://schema.org","@type":"BlogPosting","url":"/1","headline":"T","publisher":{"name":"B"}}"#;
        for block in [
            one.to_owned(),
            format!("[{one}]"),
            format!("{{\"@graph\":[{{\"@type\":\"WebSite\"}},{one}]}}"),
            format!("//<![CDATA[\n{one}\n//]]>"),
        ] {
            let found = of(&block);
            assert_eq!(found.len(), 1, "{block}");
            let article = found.first().unwrap();
            assert_eq!(article.url.as_deref(), Some("/1"));
            assert_eq!(article.publisher.as_deref(), Some("B"));
        }
        let typed = r#"{"@type":["Thing","http://schema.org/NewsArticle"],"mainEntityOfPage":{"@id":"/2"}}"#;
        assert_eq!(of(typed).first().unwrap().url.as_deref(), Some("/2"));
    }

    #[test]
    fn lists_and_nonsense_are_no_articles() {
        for block in [
            "",
            "{",
            "null",
            r#"{"@type":"Blog","blogPost":[{"@type":"BlogPosting"}]}"#,
            r#"{"@type":"ItemList","itemListElement":[{"@type":"Article"}]}"#,
            r#"{"@type":5,"url":{}}"#,
        ] {
            assert!(of(block).is_empty(), "{block}");
        }
        assert!(of(&"[".repeat(100_000)).is_empty());
    }

    #[test]
    fn f1_what_is_not_read_is_not_kept() {
        for (begin, piece, end) in [
            ("[", r#"{"":0},"#, "0]"),
            ("[", r#"{"a":{"":0}},"#, "0]"),
            ("[", r#"{"@type":"Report"},"#, "0]"),
            ("[", r#"{"@graph":[{"":0},{"@type":"Thing"}]},"#, "0]"),
            ("{", r#""url":{"":[{},{}]},"#, r#""x":0}"#),
            ("{", r#""@type":["Report"],"#, r#""x":0}"#),
            (r#"{"publisher":"#, r#"{"publisher":"#, ""),
            (r#"{"@graph":"#, r#"{"@graph":"#, ""),
        ] {
            let found = of(&format!("{begin}{}{end}", piece.repeat(10_000)));
            assert!(found.len() <= MOST, "{piece}");
            assert!(found.capacity() <= 16, "{piece}");
        }
        let later = r#"{"headline":"T","publisher":[],"url":5,"@type":"Report","@graph":[{"@type":"Article"}]}"#;
        let found = of(later);
        assert_eq!(found.len(), 1);
        assert_eq!(found.first().unwrap().headline.as_deref(), Some("T"));
    }
}
