//! What stands in the files of a site.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::image::listed;
use crate::support::site::Site;

/// What the files say: of each ping its permalink and state, the lines of all other files, and the feeds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facts {
    pub(super) pings: BTreeMap<(String, u64), (String, String)>,
    pub(super) lines: BTreeSet<(String, String)>,
    pub(super) feeds: BTreeMap<String, String>,
}

/// Files of which no line may be lost.
const KEPT: [&str; 5] = [".bans", ".domains", ".entries", ".secret", "sent.jsonl"];

/// All files of the data and the feeds.
pub(super) fn files(site: &Site) -> Vec<PathBuf> {
    let mut files = listed(&site.data_dir());
    files.extend(listed(&site.rss_dir()));
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
            feeds: listed(&site.rss_dir()).into_iter().map(feed).collect(),
        };
        for path in listed(&site.data_dir()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            if KEPT.contains(&name.as_str()) {
                let lines = text.lines().map(|line| (name.clone(), timeless(line)));
                facts.lines.extend(lines);
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
