//! The JSON object in a line of `.entries`.

use serde_json::{Map, Value};
use url::Url;

use crate::urls::is_web;

use super::info::{EntryInfo, ListingPolicy};

/// The key that marks an id as listed.
pub(super) const LISTED: &str = "listed";

/// Parses the JSON; `None` if it is not an object, or a known key has the wrong type.
pub(super) fn parse(text: &str) -> Option<EntryInfo> {
    let Ok(Value::Object(mut object)) = serde_json::from_str(text) else {
        return None;
    };
    let mut string = |key: &str| match object.remove(key) {
        None => Some(None),
        Some(Value::String(text)) => Some(Some(text)),
        Some(_) => None,
    };
    let url = string("url")?;
    let published = string("published")?;
    let title = string("title")?;
    let describe = string("describe")?;
    let passphrase = string("passphrase")?;
    let listing = match object.remove(LISTED) {
        None | Some(Value::Bool(false)) => ListingPolicy::Unlisted,
        Some(Value::Bool(true)) => ListingPolicy::Listed,
        Some(_) => return None,
    };
    Some(EntryInfo {
        url: match url {
            Some(text) => Some(Url::parse(&text).ok().filter(is_web)?),
            None => None,
        },
        title,
        describe,
        listing,
        published: match published {
            Some(text) => Some(text.parse().ok()?),
            None => None,
        },
        passphrase,
        rest: object,
    })
}

/// Formats the JSON, without a newline.
pub(super) fn format(info: &EntryInfo) -> String {
    let mut object = Map::new();
    let known = [
        ("url", info.url.as_ref().map(Url::to_string)),
        ("title", info.title.clone()),
        ("describe", info.describe.clone()),
        ("published", info.published.map(|time| time.to_string())),
        ("passphrase", info.passphrase.clone()),
    ];
    for (key, value) in known {
        if let Some(value) = value {
            object.insert(key.to_owned(), Value::String(value));
        }
    }
    if info.listing == ListingPolicy::Listed {
        object.insert(LISTED.to_owned(), Value::Bool(true));
    }
    for (key, value) in &info.rest {
        object.entry(key.clone()).or_insert_with(|| value.clone());
    }
    Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_newer_version_wrote_is_kept() {
        let text = r#"{"title":"T","closed":{"by":"owner"},"n":1}"#;
        let mut info = parse(text).unwrap();
        info.passphrase = Some("p".to_owned());
        let again = parse(&format(&info)).unwrap();
        assert_eq!(again, info);
        assert_eq!(again.rest.len(), 2);
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]
        #[test]
        fn any_text_comes_back_from_one_line(title: String, describe: Option<String>, listed: bool) {
            let listing = if listed { ListingPolicy::Listed } else { ListingPolicy::Unlisted };
            let info = EntryInfo { title: Some(title), passphrase: describe.clone(), describe, listing, ..EntryInfo::default() };
            let text = format(&info);
            prop_assert!(!text.contains('\n') && !text.contains('\t'));
            prop_assert_eq!(parse(&text), Some(info));
        }
    }
}
