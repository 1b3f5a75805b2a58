//! Opens a feed in a file or a response, recognises its format by its first bytes, and parses it.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use url::Url;

use crate::dir::WholeFile;
use crate::error::{Error, Result};
use crate::fetch::Page;
use crate::fetch::inflate::{gunzip, is_gzip};
use crate::sources::charset::{self, PREFIX, SourceFormat, Text};
use crate::sources::feed::{self, MOST_ITEM, SourceFeed, Weblog};
use crate::sources::filter::EntryFilter;

/// An open source, with its beginning.
pub(crate) struct OpenSource {
    pub(crate) prefix: Vec<u8>,
    pub(crate) rest: SourceBytes,
    pub(crate) content_type: Option<String>,
}

/// The bytes of a source: one type for all, so that what parses them is compiled once.
pub(crate) enum SourceBytes {
    File(WholeFile),
    Memory(Cursor<Vec<u8>>),
}

impl Read for SourceBytes {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            SourceBytes::File(file) => file.read(out),
            SourceBytes::Memory(text) => text.read(out),
        }
    }
}

impl Seek for SourceBytes {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            SourceBytes::File(file) => file.seek(to),
            SourceBytes::Memory(text) => text.seek(to),
        }
    }
}

/// The limit of bytes of a gzip file (`sitemap.xml.gz`), packed and unpacked; the standard of sitemaps has 50 MiB.
const MOST_UNPACKED: usize = 64 << 20;

/// Opens a file and recognises its format.
pub(crate) fn open(path: &Path) -> Result<(SourceFormat, OpenSource)> {
    let wrap = |cause| Error::file("read", path, cause);
    let is_file = path.metadata().map_err(wrap)?.is_file();
    if !is_file {
        let cause = io::Error::other("it is not a file");
        return Err(wrap(cause));
    }
    let mut file = File::open(path).map(WholeFile::of).map_err(wrap)?;
    let mut prefix = Vec::new();
    let most = u64::try_from(PREFIX).unwrap_or(u64::MAX);
    file.by_ref()
        .take(most)
        .read_to_end(&mut prefix)
        .map_err(wrap)?;
    let mut rest = SourceBytes::File(file);
    if is_gzip(&prefix) {
        let mut packed = prefix.clone();
        let most = u64::try_from(MOST_UNPACKED).unwrap_or(u64::MAX);
        rest.by_ref()
            .take(most)
            .read_to_end(&mut packed)
            .map_err(wrap)?;
        let text = gunzip(&packed, MOST_UNPACKED).unwrap_or_default().bytes;
        (prefix, rest) = begun(text);
    }
    let form = charset::form(&prefix, None);
    let opened = OpenSource {
        prefix,
        rest,
        content_type: None,
    };
    Ok((form, opened))
}

/// A response whose body is in memory.
pub(crate) fn in_memory(page: Page) -> OpenSource {
    let (prefix, rest) = begun(page.body);
    OpenSource {
        prefix,
        rest,
        content_type: page.content_type,
    }
}

/// The beginning of `bytes`, and the rest.
fn begun(bytes: Vec<u8>) -> (Vec<u8>, SourceBytes) {
    let prefix = bytes.get(..PREFIX).unwrap_or(&bytes).to_owned();
    let mut rest = Cursor::new(bytes);
    rest.set_position(prefix.len() as u64);
    (prefix, SourceBytes::Memory(rest))
}

/// Parses a feed; a file of another format has no items.
pub(crate) fn feed(
    form: SourceFormat,
    mut opened: OpenSource,
    base: Option<Url>,
    what: String,
    filter: &mut EntryFilter<'_>,
) -> Result<Weblog> {
    let (read_head, read): (fn(_) -> _, fn(_, _, &mut EntryFilter<'_>) -> _) = match form {
        SourceFormat::XmlFeed => (feed::read_xml_head, feed::read_xml),
        SourceFormat::JsonFeed => (feed::read_json_head, feed::read_json),
        SourceFormat::Sitemap | SourceFormat::Page | SourceFormat::Unknown => {
            return Ok(Weblog::default());
        }
    };
    let wrap = |cause| Error::file("read", &what, cause);
    let begin = opened.rest.stream_position().map_err(&wrap)?;
    let encoding = charset::encoding(&opened.prefix, opened.content_type.as_deref());
    // The metadata may follow the items.
    let mut weblog = read_head(feed_of(&mut opened, base.clone(), what.clone()));
    weblog.encoding = Some(encoding);
    weblog.sites = filter.options().sites.clone();
    opened.rest.seek(SeekFrom::Start(begin)).map_err(&wrap)?;
    read(feed_of(&mut opened, base, what.clone()), weblog, filter)
}

pub(super) fn feed_of(
    opened: &mut OpenSource,
    base: Option<Url>,
    what: String,
) -> SourceFeed<io::Chain<&[u8], &mut SourceBytes>> {
    let prefix = opened.prefix.as_slice();
    let content_type = opened.content_type.as_deref();
    SourceFeed {
        text: Text::new(
            prefix.chain(&mut opened.rest),
            prefix,
            content_type,
            MOST_ITEM,
        ),
        base,
        what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_packed_sitemap_in_a_file_is_unpacked() {
        let map = format!("<urlset>{}</urlset>", "<url></url>".repeat(PREFIX / 8));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(map.as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sitemap.xml.gz");
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let (form, mut opened) = open(&path).unwrap();
            let mut text = String::new();
            let mut feed = feed_of(&mut opened, None, String::new());
            feed.text.read_to_string(&mut text).unwrap();
            (form, text)
        };
        assert_eq!(read(&packed), (SourceFormat::Sitemap, map));
        // One that is cut off is read as far as it goes.
        let (form, text) = read(packed.get(..packed.len() / 2).unwrap());
        assert!(form == SourceFormat::Sitemap && text.starts_with("<urlset>"));
        assert_eq!(read(b"\x1f\x8b\x08 not packed").0, SourceFormat::Unknown);
    }
}
