//! Parses a page's metadata in JSON-LD with the vocabulary of schema.org.

use serde_json::{Map, Value};

/// An article.
#[derive(Debug, Default, Clone)]
pub(crate) struct Article {
    pub(crate) url: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) published: Option<String>,
    pub(crate) updated: Option<String>,
    pub(crate) publisher: Option<String>,
    /// `creativeWorkStatus`.
    pub(crate) status: Option<String>,
}

/// The articles that a page is about, from its JSON-LD blocks; not those of a list.
pub(crate) fn articles(blocks: &[String]) -> Vec<Article> {
    let mut found = Vec::new();
    for block in blocks {
        // Some generators wrap the block for XHTML.
        let text = block.trim().trim_start_matches("//").trim();
        let text = text.strip_prefix("<![CDATA[").unwrap_or(text).trim();
        let text = text.strip_suffix("]]>").unwrap_or(text).trim();
        let text = text.trim_end_matches("//").trim();
        if let Ok(value) = serde_json::from_str::<Value>(text) {
            collect_articles(&value, &mut found);
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

fn collect_articles(value: &Value, found: &mut Vec<Article>) {
    match value {
        Value::Array(values) => values
            .iter()
            .for_each(|value| collect_articles(value, found)),
        Value::Object(object) if is_article(object) => found.push(article(object)),
        Value::Object(object) => {
            if let Some(graph) = object.get("@graph") {
                collect_articles(graph, found);
            }
        }
        _ => {}
    }
}

fn is_article(object: &Map<String, Value>) -> bool {
    let kind = |value: &Value| {
        let name = value.as_str().unwrap_or_default();
        let name = name.rsplit(['/', ':']).next().unwrap_or_default();
        KINDS.contains(&name)
    };
    match object.get("@type") {
        Some(Value::Array(values)) => values.iter().any(kind),
        Some(value) => kind(value),
        None => false,
    }
}

fn article(object: &Map<String, Value>) -> Article {
    let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
    let inner = |key: &str, inner: &str| match object.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Object(object) => object.get(inner)?.as_str().map(str::to_owned),
        _ => None,
    };
    Article {
        url: text("url").or_else(|| inner("mainEntityOfPage", "@id")),
        title: text("headline").or_else(|| text("name")),
        summary: text("description"),
        published: text("datePublished"),
        updated: text("dateModified"),
        publisher: inner("publisher", "name").or_else(|| inner("isPartOf", "name")),
        status: text("creativeWorkStatus"),
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
}
