//! Finds out whether the web server serves the private files: a file is put into the folder and requested.

use std::net::IpAddr;
use std::path::Path;

use url::{Host, Url};

use super::surroundings::Surroundings;
use crate::check;
use crate::config::Config;
use crate::dir::{Folder, OpenMode, PUBLIC};
use crate::error::{Error, Result};
use crate::fetch::{Client, ClientOptions, Reach, Timeout};
use crate::setup::PHRASE_FILE;
use crate::text;
use std::io::Write;

/// The file in the folder of the pings.
const NAME: &str = "tb-probe.txt";

/// The URL at which a private file is served, if one is: of the folder of the pings, or beside the program.
pub(super) fn served_url(around: &Surroundings, config: &Config) -> Result<Option<Url>> {
    let client = client(around, config);
    // Beside the program, the phrase itself is requested.
    let phrase = std::fs::read(around.folder().join(PHRASE_FILE)).unwrap_or_default();
    if let Ok(url) = config.base_url.join(PHRASE_FILE)
        && client.get(&url).is_ok_and(|page| page.body == phrase)
    {
        return Ok(Some(url));
    }
    let urls = urls_of(around, config);
    if urls.is_empty() {
        return Ok(None);
    }
    let folder = Folder::open(&config.data_dir)?;
    let mut number = [0; 16];
    crate::random::fill(&mut number)?;
    let content = text::hex(&number);
    // Left by a process that was killed.
    folder.remove(NAME)?;
    // Readable for a web server that runs as another user, as a feed would be.
    let mut file = folder.new_file(NAME, OpenMode::Change, PUBLIC)?;
    let written = file.write_all(content.as_bytes());
    let served = urls.into_iter().find(|url| {
        let body = client.get(url).map(|page| page.body);
        body.is_ok_and(|body| body == content.as_bytes())
    });
    folder.remove(NAME)?;
    written.map_err(|cause| Error::file("write", config.data_dir.join(NAME), cause))?;
    Ok(served)
}

/// Where the file would be served: by the server's own folder, or by the place of the program.
fn urls_of(around: &Surroundings, config: &Config) -> Vec<Url> {
    let mut urls = Vec::new();
    let mut root = config.base_url.clone();
    root.set_path("/");
    let program = config.base_url.join(".").ok();
    let document_root = around
        .document_root
        .as_deref()
        .and_then(|path| path.canonicalize().ok());
    let places: [Option<(&Path, &Url)>; 2] = [
        document_root.as_deref().map(|folder| (folder, &root)),
        program.as_ref().map(|url| (around.folder(), url)),
    ];
    for (folder, url) in places.into_iter().flatten() {
        let found = check::url_of(folder, url, &config.data_dir);
        if let Some(url) = found.and_then(|url| url.join(NAME).ok())
            && !urls.contains(&url)
        {
            urls.push(url);
        }
    }
    urls
}

/// A client that reaches public addresses, and that of the web server itself where `base_url` has it literally, as on a
/// machine of one's own.
fn client(around: &Surroundings, config: &Config) -> Client {
    let host = match config.base_url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) | None => None,
    };
    let is_own = host.is_some()
        && host == around.server_address
        && config.base_url.port_or_known_default() == around.server_port;
    Client::new(ClientOptions {
        timeout: Timeout::Cgi,
        reach: match is_own {
            true => Reach::Private,
            false => Reach::Public,
        },
        user_agent: format!("tb/{}", env!("CARGO_PKG_VERSION")),
    })
}
