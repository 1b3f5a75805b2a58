//! What the web server says about itself and the request.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use url::Url;

/// The mode of the forms.
pub(super) const MODE: &str = "setup";

/// What the web server says about itself.
#[derive(Debug)]
pub struct Surroundings {
    /// Where `tb.toml` would be.
    pub file: PathBuf,
    /// Of this request.
    pub scheme: &'static str,
    /// The host and port as the client has sent them, or the server's name.
    pub host: Option<String>,
    /// The path of this program.
    pub script_name: Option<String>,
    /// The folder that the server serves.
    pub document_root: Option<PathBuf>,
    /// The address and port at which it has received this request.
    pub server_address: Option<IpAddr>,
    /// See `config::reported_address`.
    pub server_port: Option<u16>,
}

impl Surroundings {
    /// The folder of the program.
    pub(super) fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("/"))
    }

    /// The URL of this program, as far as the request tells it. The client chooses the host, so it must look like one.
    pub(super) fn guess_url(&self) -> Option<Url> {
        let host = self.host.as_deref()?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if host.len() > 260 || !host.chars().all(is_plain) {
            return None;
        }
        let mut url = Url::parse(&format!("{}://{host}/", self.scheme)).ok()?;
        let path = self.script_name.as_deref()?;
        let is_path = path.starts_with('/') && !path.starts_with("//");
        if !is_path || path.chars().any(char::is_control) {
            return None;
        }
        url.set_path(path);
        Some(url)
    }
}
