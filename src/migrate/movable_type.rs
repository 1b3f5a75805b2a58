//! Reads and writes Movable Type's export: entries are separated by lines of eight hyphens and their parts by lines of
//! five; the parts called `PING:` are pings.
//!
//! The format has no escapes. Any line of hyphens ends a part, even inside a comment's text; so a comment can forge a
//! ping in an export, and no parser can detect that.

use std::borrow::Cow;
use std::io::{BufRead, Write};

use encoding_rs::Encoding;
use jiff::tz::TimeZone;

use super::bounded::{self, BoundedLine};
use super::imported_item::{ImportStop, ImportedItem, ImportedPing, ItemContent, Skip, Taker};
use crate::charset;
use crate::linkback::trackback::TbId;
use crate::sources::date;
use crate::store::Record;
use crate::text::{clean, escape_xml};

/// The lines that end parts and entries.
const PART_END: &[u8] = b"-----";
const ENTRY_END: &[u8] = b"--------";

/// How much of one ping is kept in memory, in bytes; longer fields are cropped in any case.
const MOST: usize = 64 << 10;

/// What stands before the excerpt of a ping.
const KEYS: [&str; 5] = ["TITLE", "URL", "IP", "BLOG NAME", "DATE"];

/// The position of the parser.
enum Section {
    /// In the lines of keys at the head of an entry.
    Head,
    /// After a line of hyphens.
    Between,
    /// In a part that is not a ping, which began at that line.
    Elsewhere(u64),
    /// In a ping, which began at that line.
    Ping(u64),
}

/// Parses the pings of an export; dates without a zone are in `zone`.
pub(super) fn parse(
    reader: &mut impl BufRead,
    encoding: Option<&'static Encoding>,
    zone: &TimeZone,
    take: Taker<'_>,
) -> Result<(), ImportStop> {
    let (mut place, mut number) = (Section::Head, 0);
    let (mut names, mut ping) = (Names::default(), Vec::new());
    let mut held = Vec::new();
    let mut is_export = false;
    loop {
        let end = bounded::line(reader, &mut held)? == BoundedLine::None;
        number += 1;
        let line = held.trim_ascii_end();
        if number == 1 {
            held = held.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&held).to_vec();
            names.learn(&held, encoding);
            // Squarespace's exports begin with the line that ends an entry.
            is_export = held.trim_ascii_end() == ENTRY_END;
            continue;
        }
        if end || line == PART_END || line == ENTRY_END {
            let text = charset::decode_as(&ping, encoding);
            let (start, content) = match place {
                Section::Ping(start) if !end || is_whole(&text) => {
                    (start, Some(ItemContent::Ping(found(&text, &names, zone))))
                }
                Section::Ping(start) | Section::Elsewhere(start) if end => {
                    (start, Some(ItemContent::Unusable(Skip::CutOff)))
                }
                _ => (0, None),
            };
            if let Some(content) = content {
                take(ImportedItem {
                    place: format!("line {start}"),
                    names: names.list(),
                    content,
                })?;
            }
            ping.clear();
            if end {
                break;
            }
            is_export = true;
            place = Section::Between;
            if line == ENTRY_END {
                (place, names) = (Section::Head, Names::default());
            }
            continue;
        }
        match place {
            Section::Head => names.learn(line, encoding),
            Section::Between if line == b"PING:" => place = Section::Ping(number),
            Section::Between if line.is_empty() => {}
            Section::Between => place = Section::Elsewhere(number),
            Section::Elsewhere(_) => {}
            Section::Ping(_) => {
                ping.extend(held.iter().take(MOST.saturating_sub(ping.len())));
                ping.push(b'\n');
            }
        }
    }
    is_export.then_some(()).ok_or_else(|| {
        let cause = "nothing in it ends with a line of five or eight hyphens";
        ImportStop::Format(cause.to_owned())
    })
}

/// Whether a ping at which a file ends, without the line that ends it, has all that stands before its excerpt.
fn is_whole(text: &str) -> bool {
    let date = text.split_once("\nDATE:");
    let excerpt = date.and_then(|(_, behind)| behind.split_once('\n'));
    excerpt.is_some_and(|(_, excerpt)| !excerpt.is_empty())
}

/// The names of an entry, and its date.
#[derive(Default)]
struct Names {
    basename: Option<String>,
    title: Option<String>,
    date: Option<String>,
}

impl Names {
    fn learn(&mut self, line: &[u8], encoding: Option<&'static Encoding>) {
        let text = charset::decode_as(line, encoding);
        if let Some(basename) = text.strip_prefix("BASENAME:") {
            self.basename.get_or_insert(basename.trim().to_owned());
        } else if let Some(title) = text.strip_prefix("TITLE:") {
            self.title.get_or_insert(title.trim().to_owned());
        } else if let Some(date) = text.strip_prefix("DATE:") {
            self.date.get_or_insert(date.to_owned());
        }
    }

    /// The basename, the basename that Movable Type derives from the title, and the title.
    fn list(&self) -> Vec<String> {
        let from_title = self.title.as_ref().map(|title| {
            let words = title.to_lowercase();
            let words = words.replace(|c: char| !c.is_alphanumeric() && c != ' ' && c != '_', "");
            words.split_whitespace().collect::<Vec<_>>().join("_")
        });
        [self.basename.clone(), from_title, self.title.clone()]
            .into_iter()
            .flatten()
            .filter(|name| !name.is_empty())
            .collect()
    }
}

/// Parses the lines of a ping: each key once; the rest is the excerpt.
fn found(text: &str, entry: &Names, zone: &TimeZone) -> ImportedPing {
    let mut values: [Option<&str>; 5] = [None; 5];
    let mut rest = text;
    while let Some((line, behind)) = rest.split_once('\n') {
        let pair = line.split_once(':');
        let key = pair.and_then(|(name, _)| KEYS.iter().position(|key| *key == name));
        let place = key.and_then(|key| values.get_mut(key));
        match (place, pair) {
            (Some(place), Some((_, value))) if place.is_none() => *place = Some(value.trim()),
            _ => break,
        }
        rest = behind;
    }
    let [title, url, ip, blog_name, date] = values.map(|value| value.unwrap_or_default());
    ImportedPing {
        url: url.to_owned(),
        title: title.to_owned(),
        excerpt: rest.to_owned(),
        blog_name: blog_name.to_owned(),
        // Usually `MM/DD/YYYY hh:mm:ss AM`.
        time: date::parse_in(date, zone),
        entry_time: entry
            .date
            .as_deref()
            .and_then(|date| date::parse_in(date, zone)),
        address: ip.parse().ok(),
        ..ImportedPing::default()
    }
}

/// Writes the head of an entry for `id`, up to its pings.
pub(super) fn write_head(out: &mut dyn Write, id: &TbId) -> std::io::Result<()> {
    write!(
        out,
        "TITLE: {id}\nBASENAME: {id}\nSTATUS: Publish\nALLOW PINGS: 1\n-----\nBODY:\n\n-----\n"
    )
}

/// Writes a ping, its date in `zone`.
pub(super) fn write_ping(
    out: &mut dyn Write,
    record: &Record,
    zone: &TimeZone,
) -> std::io::Result<()> {
    let date = record.time.to_zoned(zone.clone());
    // Importers expect an address, so the length of a prefix is left out.
    let from = record.from.as_deref().unwrap_or_default();
    let from = from.split('/').next().unwrap_or_default();
    write!(
        out,
        "PING:\nTITLE: {}\nURL: {}\nIP: {}\nBLOG NAME: {}\nDATE: {}\n{}\n-----\n",
        html(&record.title),
        clean(&record.url),
        clean(from),
        html(&record.blog_name),
        date.strftime("%m/%d/%Y %I:%M:%S %p"),
        html(&record.excerpt),
    )
}

/// Ends an entry.
pub(super) fn write_end(out: &mut dyn Write) -> std::io::Result<()> {
    out.write_all(b"--------\n")
}

/// Escapes a text, because the texts of an export are HTML. A leading hyphen could end the part.
fn html(text: &str) -> Cow<'static, str> {
    let text = clean(text);
    match text.strip_prefix('-') {
        Some(rest) => format!("&#45;{}", escape_xml(rest)).into(),
        None => escape_xml(&text).into_owned().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::State;
    use proptest::prelude::*;

    fn pings(bytes: &[u8]) -> Vec<(Vec<String>, ImportedPing)> {
        let mut pings = Vec::new();
        let mut take = |item: ImportedItem| {
            let ItemContent::Ping(found) = item.content else {
                panic!("{item:?}")
            };
            pings.push((item.names, found));
            Ok(())
        };
        parse(&mut &bytes[..], None, &TimeZone::UTC, &mut take).unwrap();
        pings
    }

    #[test]
    fn the_pings_of_an_export_are_read_with_their_entries_names() {
        let export = b"\xEF\xBB\xBFAUTHOR: Me\r\nTITLE: Hello, World!\r\nDATE: 01/31/2002 03:31:05 PM\r\n-----\r\n\
            BODY:\r\nPING:\r\nURL: http://no.example/\r\n-----\r\nCOMMENT:\r\nx\r\n-----\r\n\
            PING:\r\nTITLE: T\r\nURL: http://a.example/\r\nIP: 192.0.2.9\r\nBLOG NAME: B\r\n\
            DATE: 12/31/1968 12:00:01 AM\r\none\r\nTITLE: two\r\n-----\r\n--------\r\n\
            TITLE: x\nBASENAME: second_entry\n-----\nPING:\nURL: http://b.example/\nDATE: 13/13/2002\nDATE: x\n-----\n--------\n";
        let pings = pings(export);
        assert_eq!(pings.len(), 2);
        assert_eq!(pings[0].0, ["hello_world", "Hello, World!"]);
        let first = &pings[0].1;
        assert_eq!(first.excerpt.replace('\r', ""), "one\nTITLE: two\n");
        assert_eq!(first.time.unwrap().to_string(), "1968-12-31T00:00:01Z");
        assert_eq!(first.address.unwrap().to_string(), "192.0.2.9");
        assert_eq!(pings[1].0[0], "second_entry");
        assert_eq!(pings[1].1.excerpt, "DATE: x\n");
        assert_eq!(pings[1].1.time, None);
    }

    #[test]
    fn e3_dates_are_read_as_exports_have_them() {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        for (date, time) in [
            ("01/31/2002 03:31:05 PM", "2002-01-31T06:31:05Z"),
            ("1/31/2002 3:31:05 pm", "2002-01-31T06:31:05Z"),
            ("01/31/2002 03:31:05 p.m.", "2002-01-31T06:31:05Z"),
            ("01/31/2002 15:31:05 PM", "2002-01-31T06:31:05Z"),
            ("01/31/2002 15:31:05", "2002-01-31T06:31:05Z"),
            ("01/31/2002 03:31 PM", "2002-01-31T06:31:00Z"),
            ("01/31/2002 15:31", "2002-01-31T06:31:00Z"),
            ("01/31/2002 12:15:00 AM", "2002-01-30T15:15:00Z"),
            ("01/31/2002 00:15:00 AM", "2002-01-30T15:15:00Z"),
            ("01/31/02 03:31:05 PM", "2002-01-31T06:31:05Z"),
            ("01/31/2002", "2002-01-30T15:00:00Z"),
            ("02/03/2002 03:31:05 PM", "2002-02-03T06:31:05Z"),
            ("31/01/2002 15:31:05", "2002-01-31T06:31:05Z"),
            ("31.01.2002 15:31:05", "2002-01-31T06:31:05Z"),
            ("2002-01-31 15:31:05", "2002-01-31T06:31:05Z"),
            ("2002/01/31 15:31:05", "2002-01-31T06:31:05Z"),
            ("20020131153105", "2002-01-31T06:31:05Z"),
            ("2002-01-31T15:31:05Z", "2002-01-31T15:31:05Z"),
            ("Thu, 31 Jan 2002 15:31:05 +0100", "2002-01-31T14:31:05Z"),
            // Of its entry.
            ("13/13/2002 03:31:05 PM", ""),
            ("00/00/0000 00:00:00 AM", ""),
            ("soon", ""),
            ("", ""),
        ] {
            let text = format!("URL: http://a.example/\nDATE: {date}\none\n");
            let mut entry = Names::default();
            entry.learn(b"DATE: 01/30/2002 11:00:00 AM", None);
            let found = found(&text, &entry, &tokyo);
            let read = found.time.map(|time| time.to_string());
            assert_eq!(read.unwrap_or_default(), time, "{date}");
            let of_entry = found.entry_time.unwrap().to_string();
            assert_eq!(of_entry, "2002-01-30T02:00:00Z");
        }
    }

    #[test]
    fn an_export_may_begin_with_the_line_that_ends_entries() {
        for (start, end) in [
            ("--------\n", "--------\n"),
            ("--------\n", ""),
            ("\u{FEFF}--------\r\n", ""),
            ("\n\n--------\n", "--------\n"),
        ] {
            let export = format!(
                "{start}AUTHOR: Me\nTITLE: x\nBASENAME: cats\n-----\nBODY:\ntext\n-----\n\
                 PING:\nTITLE: T\nURL: http://a.example/\nDATE: 01/31/2002 03:31:05 PM\none\n-----\n{end}"
            );
            let pings = pings(export.as_bytes());
            assert_eq!(pings.len(), 1, "{export:?}");
            assert_eq!(pings[0].0[0], "cats", "{export:?}");
            assert_eq!(pings[0].1.url, "http://a.example/");
        }
    }

    #[test]
    fn s3_a_hostile_ping_that_is_written_is_read_as_itself() {
        let hostile = [
            "-----",
            "--------",
            "DATE: 01/01/2001",
            "TITLE: x",
            "PING:",
            "<b>&amp;</b> \"'",
        ];
        for text in hostile {
            let record = Record {
                id: 1,
                time: "2002-01-31T15:31:05Z".parse().unwrap(),
                since: None,
                updated: None,
                url: "http://a.example/".to_owned(),
                title: text.to_owned(),
                excerpt: text.to_owned(),
                blog_name: text.to_owned(),
                state: State::Published,
                why: None,
                via: "trackback".to_owned(),
                from: Some("192.0.2.0/24".to_owned()),
                rest: serde_json::Map::new(),
            };
            let mut out = Vec::new();
            write_head(&mut out, &TbId::new(b"cats").unwrap()).unwrap();
            write_ping(&mut out, &record, &TimeZone::UTC).unwrap();
            write_end(&mut out).unwrap();
            let [(names, found)] = &pings(&out)[..] else {
                panic!("one ping")
            };
            assert_eq!(names[0], "cats");
            let ping = crate::linkback::trackback::Ping::new(
                &found.url,
                &found.title,
                &found.excerpt,
                &found.blog_name,
            )
            .unwrap();
            assert_eq!(
                (
                    ping.title.as_str(),
                    ping.excerpt.as_str(),
                    ping.blog_name.as_str()
                ),
                (text, text, text)
            );
            assert_eq!(found.time, Some(record.time));
        }
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]
        #[test]
        fn no_bytes_make_the_reader_panic(lines in proptest::collection::vec(prop_oneof![
            Just(b"-----".to_vec()), Just(b"--------".to_vec()), Just(b"PING:".to_vec()),
            Just(b"DATE: 13/32/99999 25:00:00 PM".to_vec()), Just(b"URL: x".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..20),
        ], 0..30)) {
            let text = lines.join(&b'\n');
            parse(&mut &text[..], None, &TimeZone::UTC, &mut |_| Ok(())).ok();
        }
    }
}
