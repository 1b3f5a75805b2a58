//! What the targets share: how an input is cut into fields, a site to ask, and judges of what came out.
//!
//! Inputs are text where they can be, so that a real page or request is a seed as it stands: fields are
//! parted by the byte 0x1F, and requests by 0x1E.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use tb::internals::config::Config;
use tb::internals::store::{Record, Repeat};
use tb::text;
use tempfile::TempDir;

pub mod site;

/// Parts the fields of one input.
pub const FIELD: u8 = 0x1F;
/// Parts the requests of one input.
pub const REQUEST: u8 = 0x1E;

/// Cuts an input into `N` fields; those that are missing are empty, the last holds the rest.
pub fn fields<const N: usize>(input: &[u8]) -> [&[u8]; N] {
    let mut pieces = input.splitn(N, |&byte| byte == FIELD);
    std::array::from_fn(|_| pieces.next().unwrap_or_default())
}

/// An empty field is an absent one.
pub fn present(field: &[u8]) -> Option<&[u8]> {
    Some(field).filter(|field| !field.is_empty())
}

/// A field as text.
pub fn words(field: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(field)
}

/// A folder in memory where there is one: a sync costs nothing there.
pub fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = match memory.is_dir() {
        true => TempDir::new_in(memory),
        false => TempDir::new(),
    };
    made.expect("a temporary folder")
}

/// Removes every file of a folder.
pub fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).expect("the folder is listed") {
        fs::remove_file(entry.expect("an entry").path()).expect("the file goes");
    }
}

/// A configuration with all its folders below `folder`.
pub fn configuration(folder: &Path, more: &str) -> Config {
    for name in ["data", "rss"] {
        fs::create_dir_all(folder.join(name)).expect("the folder is made");
    }
    let keys = format!(
        "base_url = \"https://blog.example/cgi-bin/tb.cgi\"\nsite_name = \"A & B <weblog>\"\n\
         data_dir = \"data\"\nrss_dir = \"rss\"\ntime_zone = \"Asia/Tokyo\"\n{more}"
    );
    Config::read(&folder.join("tb.toml"), keys.as_bytes(), |_| None).expect("it is well-formed")
}

/// A ping that comes again with another text: the text is replaced.
pub fn replace_text(old: Record, new: Record) -> Repeat {
    let texts =
        |record: &Record| [&record.title, &record.excerpt, &record.blog_name].map(String::clone);
    if texts(&old) == texts(&new) {
        return Repeat::Same;
    }
    Repeat::Updated(Record {
        title: new.title,
        excerpt: new.excerpt,
        blog_name: new.blog_name,
        ..old
    })
}

/// Checks what every text of a stranger becomes before it is kept: one line, at most `most` characters.
pub fn check_line(line: &str, most: usize) {
    assert_eq!(text::clean(line), line);
    assert!(
        line.chars().count() <= most,
        "{} characters",
        line.chars().count()
    );
}

/// Checks that a document is well-formed XML, of characters that XML allows, with balanced elements.
pub fn check_xml(document: &str) {
    assert!(document.chars().all(text::is_xml_char), "{document:?}");
    let mut reader = quick_xml::Reader::from_str(document);
    reader.config_mut().enable_all_checks(true);
    let mut depth = 0_usize;
    loop {
        use quick_xml::events::Event;
        match reader
            .read_event()
            .unwrap_or_else(|fault| panic!("{fault}: {document}"))
        {
            Event::Start(tag) => {
                depth += 1;
                check_attributes(&tag);
            }
            Event::Empty(tag) => check_attributes(&tag),
            Event::End(_) => depth -= 1,
            Event::GeneralRef(name) => {
                let known = ["lt", "gt", "amp", "quot", "apos"].contains(&&*name);
                assert!(known || name.starts_with('#'), "&{}; in {document}", &*name);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{document}");
}

fn check_attributes(tag: &quick_xml::events::BytesStart<'_>) {
    for attribute in tag.attributes() {
        let attribute = attribute.expect("a name and a quoted value");
        assert!(!attribute.value.contains('<'));
        quick_xml::escape::unescape(&attribute.value).expect("its references are known");
    }
}
