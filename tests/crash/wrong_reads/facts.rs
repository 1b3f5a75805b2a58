//! What stands in the files of a site.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::image::listed;
use crate::support::site::Site;

/// What the files say: of each ping its permalink and state, the lines of other files, those files that are replaced as
/// a whole, and the feeds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facts {
    pub(super) pings: BTreeMap<(String, u64), (String, String)>,
    pub(super) lines: BTreeSet<(String, String)>,
    pub(super) whole: BTreeMap<String, String>,
    pub(super) feeds: BTreeMap<String, String>,
}

/// Files of which no line may be lost.
const KEPT: [&str; 4] = [".bans", ".domains", ".entries", "sent.jsonl"];

/// All files of the data and the feeds, and the configuration.
pub(super) fn files(site: &Site) -> Vec<PathBuf> {
    let mut files = listed(&site.data_dir());
    files.extend(listed(&site.rss_dir()));
    files.push(site.config());
    files
}

impl Facts {
    pub(super) fn of(site: &Site) -> Facts {
        let feed = |path: PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        };
        let mut facts = Facts {
            pings: BTreeMap::new(),
            lines: BTreeSet::new(),
            whole: BTreeMap::from([("tb.toml".to_owned(), configuration(site))]),
            feeds: listed(&site.rss_dir()).into_iter().map(feed).collect(),
        };
        for path in listed(&site.data_dir()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            if KEPT.contains(&name.as_str()) {
                // The first line of `.entries` counts the others.
                let lines = text.lines().filter(|line| !line.starts_with('#'));
                let lines = lines.map(|line| (name.clone(), timeless(line)));
                facts.lines.extend(lines);
            }
            if name == ".secret" {
                facts.whole.insert(name.clone(), secret(&text));
            } else if name.ends_with(".thread") {
                let pages = pages(&text).map(|_| "a discussion".to_owned());
                facts
                    .whole
                    .insert(name.clone(), pages.unwrap_or_else(|| text.clone()));
            }
            if name.ends_with(".jsonl") && !name.starts_with("sent") {
                facts.take(&name, &text);
            }
        }
        facts
    }

    /// Reads a file of pings as `docs/files.md` describes it.
    fn take(&mut self, name: &str, text: &str) {
        for line in text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
        {
            let Ok(line) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            let key = (name.to_owned(), line["id"].as_u64().unwrap_or(0));
            let word = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
            match line["op"].as_str() {
                Some("ping") => {
                    let text = format!("{} {}", word("url"), word("title"));
                    self.pings
                        .insert(key, (text, word("state") + " " + &word("why")));
                }
                // A worker may have looked for the page already, which is nowhere.
                Some("state") if word("why").starts_with("unreachable") => {}
                Some("state") => {
                    if let Some(ping) = self.pings.get_mut(&key) {
                        ping.1 = word("to") + " " + &word("why");
                    }
                }
                Some("delete" | "purge") => drop(self.pings.remove(&key)),
                _ => {}
            }
        }
    }
}

/// A line of the ledger without its time.
fn timeless(line: &str) -> String {
    match serde_json::from_str::<Value>(line) {
        Ok(Value::Object(mut fields)) => {
            fields.remove("time");
            Value::Object(fields).to_string()
        }
        _ => line.to_owned(),
    }
}

/// The number of pages of a saved discussion; `None` if it is damaged.
pub(super) fn pages(text: &str) -> Option<usize> {
    let saved: Value = serde_json::from_str(text).ok()?;
    text.ends_with('\n')
        .then(|| saved["pages"].as_array().map(Vec::len))?
}

/// The key of `.secret` that a test puts there. Another one is as good as any that was made at random.
pub(super) const PLANTED: &str = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed";

/// The file of the sessions' key with that key.
pub(super) fn planted_secret() -> String {
    format!("{{\"key\":\"{PLANTED}\",\"epoch\":7,\"feed\":3}}")
}

/// What a file of the sessions' key says.
fn secret(text: &str) -> String {
    let Ok(secret) = serde_json::from_str::<Value>(text) else {
        return format!("damaged: {text}");
    };
    let key = secret["key"].as_str().unwrap_or_default();
    let is_made = key != PLANTED && key.len() == PLANTED.len();
    let key = if is_made { "made" } else { key };
    format!("{key} {} {}", secret["epoch"], secret["feed"])
}

/// The configuration, in which each whole hash of a password reads alike: its salt is random.
fn configuration(site: &Site) -> String {
    let text = fs::read_to_string(site.config()).unwrap();
    let is_whole = |hash: &str| {
        let hash = hash.trim_matches('"');
        let parts: Vec<&str> = hash.split('$').collect();
        hash.starts_with("$argon2id$v=19$m=") && parts.len() == 6 && parts[5].len() == 43
    };
    let line = |line: &str| match line.strip_prefix("password = ") {
        Some(hash) if is_whole(hash) => "password = a hash".to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
