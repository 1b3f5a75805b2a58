//! Imports lists of pings that other senders have sent, so that they are not sent again: a CSV table, or the simple
//! YAML of Jekyll's `_data/trackbacks.yml`.
//!
//! All or nothing: if a line cannot be parsed, the error names it and nothing is imported.

mod csv;
mod row;
mod yaml;

use jiff::Timestamp;
use url::Url;

use super::ledger::{LedgerEvent, LedgerState};
use crate::error::{Error, Result};
use crate::linkback::discover::arxiv_page;
use crate::send::import::row::SentRow;
use crate::urls::{is_web, trim_fragment};

/// The format of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentListFormat {
    /// A table with the columns `entry` and `target`.
    Csv,
    /// A list of mappings with these keys, or a mapping of entries to lists of targets.
    Yaml,
}

impl SentListFormat {
    /// The format by the file's name, or else by its content.
    pub fn guess(name: &str, text: &str) -> SentListFormat {
        let name = name.to_ascii_lowercase();
        let begins = text.trim_start();
        if name.ends_with(".yml") || name.ends_with(".yaml") {
            SentListFormat::Yaml
        } else if name.ends_with(".csv") || name.ends_with(".tsv") {
            SentListFormat::Csv
        } else if begins.starts_with("- ") || begins.starts_with("---") {
            SentListFormat::Yaml
        } else {
            SentListFormat::Csv
        }
    }
}

/// Parses a list into ledger events by which its pings count as sent. Entries may be relative to `base`, and a target
/// may be the number of a paper on arXiv.
pub fn parse_sent_list(
    text: &str,
    format: SentListFormat,
    base: Option<&Url>,
    ledger: &LedgerState,
    now: Timestamp,
) -> Result<Vec<LedgerEvent>> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let rows = match format {
        SentListFormat::Csv => csv::parse(text),
        SentListFormat::Yaml => yaml::parse(text),
    };
    let wrong = |line: usize, why: &str| Error::Usage(format!("line {line}: {why}"));
    let rows = rows.map_err(|(line, why)| wrong(line, why))?;
    let mut events = Vec::new();
    for SentRow {
        line,
        entry,
        target,
    } in rows
    {
        let entry = resolve(&entry, base).ok_or_else(|| {
            wrong(
                line,
                "the entry is not a URL; give the site's URL with `--base-url`",
            )
        })?;
        let target = parse_target(&target)
            .or_else(|| resolve(&target, None))
            .ok_or_else(|| wrong(line, "the target is not a URL"))?;
        events.push(LedgerEvent::Adopt {
            unread: false,
            time: ledger.time_for(entry.as_str(), target.as_str(), now),
            entry: entry.into(),
            targets: vec![target.into()],
        });
    }
    Ok(events)
}

fn resolve(text: &str, base: Option<&Url>) -> Option<Url> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let url = match base {
        Some(base) => base.join(text).ok()?,
        None => Url::parse(text).ok()?,
    };
    is_web(&url).then_some(url)
}

/// The URL of a paper's abstract; the paper may be given by its number.
fn parse_target(target: &str) -> Option<Url> {
    let target = target.trim();
    let number = target
        .split_at_checked("arxiv:".len())
        .filter(|(prefix, _)| prefix.eq_ignore_ascii_case("arxiv:"))
        .map_or(target, |(_, number)| number);
    let by_number = || Url::parse(&format!("https://arxiv.org/abs/{number}")).ok();
    match Url::parse(target) {
        Ok(url) if url.has_host() => arxiv_page(&url).or_else(|| {
            let mut url = url;
            trim_fragment(&mut url);
            resolve(url.as_str(), None)
        }),
        Ok(_) | Err(_) => arxiv_page(&by_number()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, format: SentListFormat) -> Result<Vec<(String, String)>> {
        let base = Url::parse("https://me.example/").unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let events = parse_sent_list(text, format, Some(&base), &LedgerState::default(), now)?;
        Ok(events
            .into_iter()
            .map(|event| match event {
                LedgerEvent::Adopt { entry, targets, .. } => (entry, targets.concat()),
                other => panic!("{other:?}"),
            })
            .collect())
    }

    fn pair(entry: &str, target: &str) -> (String, String) {
        (format!("https://me.example{entry}"), target.to_owned())
    }

    #[test]
    fn a_table_is_read_by_the_names_of_its_columns() {
        let two = vec![
            pair("/1", "https://b.example/x?a,b"),
            pair("/2", "https://arxiv.org/abs/1501.00001"),
        ];
        for text in [
            "\u{FEFF}entry,target\r\nhttps://me.example/1,\"https://b.example/x?a,b\"\r\n/2,1501.00001v2\r\n\r\n",
            "Date;Target;note;Source\n2020;https://b.example/x?a,b#c;\"a \"\"b\"\"\nc;d\";/1\n;arXiv:1501.00001;;2\n",
            "post\tlink\n/1\thttps://b.example/x?a,b\n/2\thttp://www.arxiv.org/pdf/1501.00001.pdf",
            "https://me.example/1,\"https://b.example/x?a,b\"\n/2,https://arxiv.org/abs/1501.00001\n",
        ] {
            assert_eq!(parse(text, SentListFormat::Csv).unwrap(), two, "{text}");
        }
        assert!(parse("", SentListFormat::Csv).unwrap().is_empty());
    }

    #[test]
    fn a_list_of_mappings_is_read() {
        let text = "---\n# sent by hand\n- entry: /1   # the first\n  target: 'https://b.example/it''s'\n  title: \"a: b\"\n\n\
                    - target: \"https://c.example/\\\"\"\n  date: 2020-01-01\n  post: https://me.example/2\n\
                    -\n  source: /3\n  arxiv: hep-th/9901001\n- entry: /4\n  targets:\n    - https://d.example/\n    - https://e.example/\n";
        assert_eq!(
            parse(text, SentListFormat::Yaml).unwrap(),
            [
                pair("/1", "https://b.example/it's"),
                pair("/2", "https://c.example/%22"),
                pair("/3", "https://arxiv.org/abs/hep-th/9901001"),
                pair("/4", "https://d.example/"),
                pair("/4", "https://e.example/"),
            ]
        );
    }

    #[test]
    fn a_mapping_of_entries_to_targets_is_read() {
        let text = "https://me.example/1:\n- https://b.example/\n- 1501.00001\n\"/2\":\n    - 'https://c.example/#x'\n";
        assert_eq!(
            parse(text, SentListFormat::Yaml).unwrap(),
            [
                pair("/1", "https://b.example/"),
                pair("/1", "https://arxiv.org/abs/1501.00001"),
                pair("/2", "https://c.example/"),
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        for (text, format, line) in [
            (
                "entry,target\n/1,https://b.example/\n/2,nonsense\n",
                SentListFormat::Csv,
                3,
            ),
            ("entry,target\n/1\n", SentListFormat::Csv, 2),
            (
                "entry,target\n/1,\"https://b.example/\n\n",
                SentListFormat::Csv,
                2,
            ),
            (
                "name,thing\n/1,https://b.example/\n",
                SentListFormat::Csv,
                1,
            ),
            (
                "- entry: /1\n- target: https://b.example/\n",
                SentListFormat::Yaml,
                1,
            ),
            ("- https://b.example/\n", SentListFormat::Yaml, 1),
            (
                "- entry: /1\n  target: [https://b.example/]\n",
                SentListFormat::Yaml,
                2,
            ),
            (
                "- entry: |\n    /1\n  target: https://b.example/\n",
                SentListFormat::Yaml,
                1,
            ),
            ("entry,target\n\n\n/2,nonsense\n", SentListFormat::Csv, 4),
            (
                "- entry: javascript:x\n  target: https://b.example/\n",
                SentListFormat::Yaml,
                1,
            ),
            ("words\n", SentListFormat::Yaml, 1),
        ] {
            let error = parse(text, format).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("line {line}: ")),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn the_format_is_told_by_the_name_or_the_content() {
        for (name, text, format) in [
            ("_data/trackbacks.yml", "x", SentListFormat::Yaml),
            ("a.CSV", "- a: b", SentListFormat::Csv),
            ("list", "\n- a: b", SentListFormat::Yaml),
            ("list", "entry,target", SentListFormat::Csv),
        ] {
            assert_eq!(SentListFormat::guess(name, text), format, "{name}");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::proptest_config())]
        #[test]
        fn any_text_is_read_or_refused(text in "(- |entry|target|: |https://a/|\n|\"|'|,|;| |#|[a-z]|.){0,40}") {
            parse(&text, SentListFormat::Csv).ok();
            parse(&text, SentListFormat::Yaml).ok();
        }
    }
}
