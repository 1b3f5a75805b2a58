//! A feed in a file or a reply: opened, recognised by its first bytes, read.

use crate::error::{Error, Result};
use crate::sources::charset::{self, PREFIX, SourceFormat, Text};
use crate::sources::feed::{self, MOST_ITEM, SourceFeed, Weblog};
use crate::sources::filter::Sieve;
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use url::Url;

/// A source that was opened, with its beginning.
pub(crate) struct Opened<R> {
    pub(crate) prefix: Vec<u8>,
    pub(crate) rest: R,
    pub(crate) content_type: Option<String>,
}

/// Opens a file and looks what it is.
pub(crate) fn open(path: &Path) -> Result<(SourceFormat, Opened<File>)> {
    let wrap = |cause| Error::file("read", path, cause);
    let is_file = path.metadata().map_err(wrap)?.is_file();
    if !is_file {
        let cause = std::io::Error::other("it is no file");
        return Err(wrap(cause));
    }
    let mut file = File::open(path).map_err(wrap)?;
    let mut prefix = Vec::new();
    let most = u64::try_from(PREFIX).unwrap_or(u64::MAX);
    file.by_ref()
        .take(most)
        .read_to_end(&mut prefix)
        .map_err(wrap)?;
    let form = charset::form(&prefix, None);
    let opened = Opened {
        prefix,
        rest: file,
        content_type: None,
    };
    Ok((form, opened))
}

/// Reads a feed; what is none has nothing.
pub(crate) fn feed<R: Read + Seek>(
    form: SourceFormat,
    mut opened: Opened<R>,
    base: Option<Url>,
    what: String,
    sieve: &mut Sieve<'_>,
) -> Result<Weblog> {
    let (read_head, read): (fn(_) -> _, fn(_, _, &mut Sieve<'_>) -> _) = match form {
        SourceFormat::XmlFeed => (feed::read_xml_head, feed::read_xml),
        SourceFormat::JsonFeed => (feed::read_json_head, feed::read_json),
        SourceFormat::Sitemap | SourceFormat::Page | SourceFormat::Unknown => {
            return Ok(Weblog::default());
        }
    };
    let wrap = |cause| Error::file("read", &what, cause);
    let begin = opened.rest.stream_position().map_err(&wrap)?;
    // Its name may stand behind its items.
    let twice = Opened {
        prefix: opened.prefix.clone(),
        rest: &mut opened.rest,
        content_type: opened.content_type.clone(),
    };
    let weblog = read_head(feed_of(twice, base.clone(), what.clone()));
    opened.rest.seek(SeekFrom::Start(begin)).map_err(&wrap)?;
    read(feed_of(opened, base, what.clone()), weblog, sieve)
}

pub(super) fn feed_of<R: Read>(
    opened: Opened<R>,
    base: Option<Url>,
    what: String,
) -> SourceFeed<std::io::Chain<Cursor<Vec<u8>>, R>> {
    let prefix = opened.prefix.clone();
    let whole = Cursor::new(opened.prefix).chain(opened.rest);
    SourceFeed {
        text: Text::new(whole, &prefix, opened.content_type.as_deref(), MOST_ITEM),
        base,
        what,
    }
}
