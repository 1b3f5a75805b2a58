//! Microformats as others read them: the official test suite, and mf2py.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tb::internals::html::{Base, Document, MicroformatRules, Microformats, PropertyValue};
use url::Url;

use crate::support::indieweb::{SuiteTest, python, suite};

/// What the suite and mf2py call an item.
fn item(found: &Microformats, number: usize) -> Map<String, Value> {
    let item = &found.items[number];
    let mut properties: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for property in &item.properties {
        let value = match &property.value {
            PropertyValue::Text(text) | PropertyValue::Url(text) => json!(text),
            PropertyValue::Image { url, alt } => json!({ "value": url, "alt": alt }),
            PropertyValue::Item { item: inner, value } => {
                let mut inner = self::item(found, *inner);
                inner.insert("value".to_owned(), json!(value));
                Value::Object(inner)
            }
        };
        properties.entry(&property.name).or_default().push(value);
    }
    let mut out = Map::new();
    out.insert("type".to_owned(), json!(item.types));
    out.insert("properties".to_owned(), json!(properties));
    if let Some(id) = &item.id {
        out.insert("id".to_owned(), json!(id));
    }
    if !item.children.is_empty() {
        let children = item.children.iter();
        let children = children.map(|child| Value::Object(self::item(found, *child)));
        out.insert("children".to_owned(), children.collect());
    }
    out
}

fn base_of(page: &Document, url: &str) -> Base {
    Base::new(page, &Url::parse(url).unwrap())
}

fn items(html: &str, url: &str) -> Value {
    let page = Document::parse(html);
    let found = page.microformats(&base_of(&page, url), MicroformatRules::default());
    assert!(!found.is_cut);
    let roots = found.items.iter().enumerate();
    let roots = roots.filter(|(_, item)| item.parent.is_none());
    roots
        .map(|(number, _)| Value::Object(item(&found, number)))
        .collect()
}

/// The links with a `rel`, of which the suite has tests too: this program asks the tree for those that it needs.
fn rels(html: &str, url: &str) -> (Value, Value) {
    let page = Document::parse(html);
    let base = base_of(&page, url);
    let mut rels: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut urls: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for element in page.elements(0..page.node_count()) {
        let is_link = ["a", "area", "link"].iter().any(|name| element.is(name));
        let href = element.attribute("href").filter(|_| is_link);
        let (Some(href), Some(_)) = (href, element.attribute("rel")) else {
            continue;
        };
        let url = base.join(href).map_or(href.to_owned(), String::from);
        let known = urls.entry(url.clone()).or_default();
        for rel in element.words("rel") {
            let of_rel = rels.entry(rel).or_default();
            if !of_rel.contains(&url) {
                of_rel.push(url.clone());
            }
            let of_url = known.entry("rels").or_insert_with(|| json!([]));
            let of_url = of_url.as_array_mut().unwrap();
            of_url.push(json!(rel));
            of_url.sort_by_key(Value::to_string);
            of_url.dedup();
        }
        let text = page.text(element.inside(), 1000);
        known.entry("text").or_insert_with(|| json!(text));
        for name in ["media", "title", "type"] {
            if let Some(value) = element.attribute(name) {
                known.entry(name).or_insert_with(|| json!(value));
            }
        }
    }
    (json!(rels), json!(urls))
}

/// What is compared: without the markup of `e-*`, which is never kept, and the language of items; a URL of a host alone
/// with its path, as browsers write it.
fn without_markup(value: &mut Value) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(without_markup),
        Value::Object(map) => {
            map.remove("lang");
            let had_markup = map.remove("html").is_some();
            map.values_mut().for_each(without_markup);
            if had_markup && !map.contains_key("type") {
                *value = value["value"].take();
            }
        }
        Value::String(text) => {
            let host = text.split_once("://").map(|(_, host)| host);
            if host.is_some_and(|host| !host.contains(['/', '?', '#'])) {
                text.push('/');
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// With a space for all white space.
fn folded(value: &mut Value) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(folded),
        Value::Object(map) => map.values_mut().for_each(folded),
        Value::String(text) => *text = text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The names of the tests that do not pass.
fn failed(tests: &[SuiteTest], url: &str) -> Vec<String> {
    let fails = tests.iter().filter(|test| {
        let mut expected = test.expected.clone();
        without_markup(&mut expected);
        let (rels, urls) = rels(&test.html, url);
        let found = json!({ "items": items(&test.html, url), "rels": rels, "rel-urls": urls });
        if found != expected {
            println!("{}\n{found}\n{expected}", test.name);
        }
        found != expected
    });
    fails.map(|test| test.name.clone()).collect()
}

#[test]
fn the_official_tests_of_microformats_2_pass() {
    let tests = suite("microformats-v2");
    let failed = failed(&tests, "http://example.com/");
    println!("{} of {} fail: {failed:?}", failed.len(), tests.len());
    assert!(tests.len() >= 78, "{}", tests.len());
    // `hreflang` is not kept.
    assert_eq!(failed, ["rel/rel-urls"]);
}

#[test]
fn the_official_tests_of_single_rules_pass() {
    let tests = suite("microformats-v2-unit");
    let failed = failed(&tests, "http://example.test/");
    println!("{} of {} fail: {failed:?}", failed.len(), tests.len());
    // A name of two prefixes; a value of another kind than its property's; offsets, which the other tests want without
    // the colon.
    assert!(failed.len() <= 4, "{failed:?}");
}

#[test]
fn mf2py_reads_the_same() {
    let mut tests = suite("microformats-v2");
    tests.extend(suite("microformats-v2-unit"));
    let pages: Vec<&str> = tests.iter().map(|test| test.html.as_str()).collect();
    let script = "import json, sys, mf2py
pages = json.load(sys.stdin)
print(json.dumps([mf2py.parse(doc=page, url='http://example.com/')['items'] for page in pages]))";
    let read = python(script, &[], &json!(pages).to_string());
    let mut read: Vec<Value> = serde_json::from_str(&read).unwrap();
    let mut differ = Vec::new();
    for (test, theirs) in tests.iter().zip(&mut read) {
        // It folds white space, which the official tests keep.
        without_markup(theirs);
        folded(theirs);
        let mut ours = items(&test.html, "http://example.com/");
        folded(&mut ours);
        if ours != *theirs {
            println!("{}\n{ours}\n{theirs}", test.name);
            differ.push(test.name.as_str());
        }
    }
    println!("{} of {} differ: {differ:?}", differ.len(), tests.len());
    assert!(differ.len() <= tests.len() / 7, "{differ:?}");
}
