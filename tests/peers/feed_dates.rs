//! The dates of feeds that feedparser, the reader of feeds for Python, is tested with.

use std::collections::BTreeMap;
use std::fs;

use crate::support::indieweb;
use crate::support::site::Site;

/// Prints `[[date, seconds or null], …]`: the table of dates in the file that is named.
const TABLE: &str = r#"
import ast, calendar, json, sys
pairs = {}
for node in ast.walk(ast.parse(open(sys.argv[1]).read())):
    if isinstance(node, ast.Tuple) and len(node.elts) == 2:
        try:
            date, moment = ast.literal_eval(node)
        except ValueError:
            continue
        if isinstance(date, str) and date and (moment is None or isinstance(moment, tuple)):
            pairs[date] = None if moment is None else calendar.timegm(moment)
json.dump(list(pairs.items()), sys.stdout)
"#;

/// What is read in another way, and why.
const OTHERWISE: [(&str, &str); 14] = [
    ("-0312", "no feed of today has ISO 8601's short forms"),
    ("031231", "as above"),
    ("-03-12", "as above"),
    ("03335", "as above"),
    (
        "2003-012-31T10:14:55+00:00",
        "a month of three digits is none",
    ),
    ("2004-05-25 오후 11:23:17", "a time without a zone is UTC"),
    ("2004년 05월 28일  01:31:15", "as above"),
    (
        "Sun, 16 Dec 2012 1:2:3:4 GMT",
        "what is odd behind a time is passed over",
    ),
    ("Sun, 16 Dec 2012 11:47:32 +zz:00", "as above"),
    ("Sun, 16 Dec 2012 11:47:32 +00:zz", "as above"),
    ("2013-01-28T11:30:00-06:00Textra", "as above"),
    ("2013-01-28T09:00:00+00:xx", "as above"),
    ("2013-01-27-01", "as above"),
    (
        "Thu, 01 Jan 0100 00:00:01 +0100",
        "no entry was written before 1500",
    ),
];

#[test]
fn c11_the_dates_that_feedparser_is_tested_with_are_read() {
    let file = indieweb::home().join("runtests.py");
    let table = indieweb::python(TABLE, &[file.to_str().unwrap()], "");
    let table: Vec<(String, Option<i64>)> = serde_json::from_str(&table).unwrap();
    assert!(table.len() > 60, "{table:?}");
    let read = read_by_us(&table);
    let mut otherwise = Vec::new();
    for (number, (date, expected)) in table.iter().enumerate() {
        if read.get(&number) != Some(expected) {
            otherwise.push(date.as_str());
        }
    }
    otherwise.sort_unstable();
    let mut known: Vec<&str> = OTHERWISE.iter().map(|(date, _)| *date).collect();
    known.sort_unstable();
    assert_eq!(otherwise, known);
}

/// The times that `tb entries` shows for a feed with an item for each date, by the item's number.
fn read_by_us(table: &[(String, Option<i64>)]) -> BTreeMap<usize, Option<i64>> {
    let site = Site::new();
    let items: String = table
        .iter()
        .enumerate()
        .map(|(number, (date, _))| {
            let date = tb::text::escape_xml(date);
            format!(
                "<item><link>http://127.0.0.1/e/{number}</link><title>x</title>\
                 <pubDate>{date}</pubDate></item>"
            )
        })
        .collect();
    let feed = site.path("feed.xml");
    fs::write(&feed, format!("<rss><channel>{items}</channel></rss>")).unwrap();
    site.tb(&["entries", "sync", feed.to_str().unwrap()]);
    let list = site.tb(&["entries", "list", "--json"]);
    list.lines()
        .map(|line| {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            let (_, number) = entry["url"].as_str().unwrap().rsplit_once('/').unwrap();
            let time = entry["published"].as_str();
            let time = time.map(|time| time.parse::<jiff::Timestamp>().unwrap().as_second());
            (number.parse().unwrap(), time)
        })
        .collect()
}
