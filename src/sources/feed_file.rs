//! Opens a feed in a file or a response, recognises its format by its first bytes, and parses it.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use url::Url;

use crate::dir::WholeFile;
use crate::error::{Error, Result};
use crate::sources::charset::{self, PREFIX, SourceFormat, Text};
use crate::sources::feed::{self, MOST_ITEM, SourceFeed, Weblog};
use crate::sources::filter::EntryFilter;

/// An open source, with its beginning.
pub(crate) struct OpenSource<R> {
    pub(crate) prefix: Vec<u8>,
    pub(crate) rest: R,
    pub(crate) content_type: Option<String>,
}

/// Opens a file and recognises its format.
pub(crate) fn open(path: &Path) -> Result<(SourceFormat, OpenSource<WholeFile>)> {
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
    let form = charset::form(&prefix, None);
    let opened = OpenSource {
        prefix,
        rest: file,
        content_type: None,
    };
    Ok((form, opened))
}

/// Parses a feed; a file of another format has no items.
pub(crate) fn feed<R: Read + Seek>(
    form: SourceFormat,
    mut opened: OpenSource<R>,
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
    // The metadata may follow the items.
    let twice = OpenSource {
        prefix: opened.prefix.clone(),
        rest: &mut opened.rest,
        content_type: opened.content_type.clone(),
    };
    let weblog = read_head(feed_of(twice, base.clone(), what.clone()));
    opened.rest.seek(SeekFrom::Start(begin)).map_err(&wrap)?;
    read(feed_of(opened, base, what.clone()), weblog, filter)
}

pub(super) fn feed_of<R: Read>(
    opened: OpenSource<R>,
    base: Option<Url>,
    what: String,
) -> SourceFeed<io::Chain<Cursor<Vec<u8>>, R>> {
    let prefix = opened.prefix.clone();
    let whole = Cursor::new(opened.prefix).chain(opened.rest);
    SourceFeed {
        text: Text::new(whole, &prefix, opened.content_type.as_deref(), MOST_ITEM),
        base,
        what,
    }
}
