//! A response, and the headers that every response has.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use crate::config::Config;

/// A complete response.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers, without `Content-Length`.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// What is to be done after the response has been sent.
    pub follow_up: FollowUp,
    /// The body instead, if it is a file.
    pub download: Option<Download>,
    /// The files that the response to a stranger depends on, for caching; empty if it depends on anything else.
    pub files: Vec<PathBuf>,
}

/// A file as the body of a response, which is sent in pieces.
#[derive(Debug, Clone)]
pub struct Download {
    /// The file.
    pub file: Arc<File>,
    /// Its length in bytes.
    pub length: u64,
}

/// Work after the response has been sent, for which the client does not wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowUp {
    /// Nothing.
    Nothing,
    /// Verify the pages behind pings ([`crate::verify`]).
    Verify,
}

impl Response {
    /// An XML document, as TrackBack clients expect it.
    pub fn xml(status: u16, body: String) -> Response {
        Response::new(status, "text/xml; charset=utf-8", body)
    }

    /// An HTML page. Its Content Security Policy allows only the scripts that are configured for the owner's header and
    /// footer.
    pub fn html(status: u16, config: Option<&Config>, body: String) -> Response {
        let mut response = Response::new(status, "text/html; charset=utf-8", body);
        response
            .headers
            .push(("Content-Security-Policy", content_security_policy(config)));
        response
    }

    /// Plain text.
    pub fn text(status: u16, body: String) -> Response {
        Response::new(status, "text/plain; charset=utf-8", body)
    }

    /// Data of another type, such as a feed.
    pub fn data(content_type: &str, body: String) -> Response {
        Response::new(200, content_type, body)
    }

    /// A redirect after a POST. `location` is absolute, since several web servers handle a relative one themselves.
    pub fn see_other(location: String) -> Response {
        let mut response = Response::new(
            303,
            "text/plain; charset=utf-8",
            format!("See {location}\n"),
        );
        response.headers.push(("Location", location));
        response
    }

    /// Sets the files that the response depends on.
    pub fn depends_on(mut self, files: Vec<PathBuf>) -> Response {
        self.files = files;
        self
    }

    /// Sets the work after the response.
    pub fn with_follow_up(mut self, follow_up: FollowUp) -> Response {
        self.follow_up = follow_up;
        self
    }

    /// The length of the body in bytes.
    pub fn length(&self) -> u64 {
        match &self.download {
            Some(download) => download.length,
            None => self.body.len() as u64,
        }
    }

    /// Sets the file that is the body.
    pub fn with_download(mut self, download: Download) -> Response {
        self.download = Some(download);
        self
    }

    /// For a page whose URL is a secret: it is not cached, not indexed, and its URL is in no `Referer`.
    pub fn secret_url(mut self) -> Response {
        for (name, value) in [
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Robots-Tag", "noindex, nofollow"),
        ] {
            self.headers.retain(|(other, _)| *other != name);
            self.headers.push((name, value.to_owned()));
        }
        self
    }

    /// Adds a header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Response {
        self.headers.push((name, value.into()));
        self
    }

    fn new(status: u16, content_type: &str, body: String) -> Response {
        Response {
            status,
            headers: vec![
                ("Content-Type", content_type.to_owned()),
                ("X-Content-Type-Options", "nosniff".to_owned()),
                ("Referrer-Policy", "same-origin".to_owned()),
            ],
            body: body.into_bytes(),
            follow_up: FollowUp::Nothing,
            download: None,
            files: Vec::new(),
        }
    }
}

/// The reason phrase of the statuses that this program uses.
pub fn reason_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        303 => "See Other",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

fn content_security_policy(config: Option<&Config>) -> String {
    let join = |sources: &[String]| match sources {
        [] => "'none'".to_owned(),
        sources => sources.join(" "),
    };
    let (ancestors, scripts, own) = match config {
        Some(config) => {
            let origins: Vec<String> = config
                .site
                .iter()
                .map(|url| url.origin().ascii_serialization())
                .collect();
            (
                join(&config.frame_ancestors),
                join(&config.script_src),
                origins.join(" "),
            )
        }
        None => (join(&[]), join(&[]), String::new()),
    };
    let own = own.trim_end();
    format!(
        "default-src 'none'; style-src 'self' 'unsafe-inline' {own}; img-src 'self' data: {own}; \
         font-src 'self' {own}; script-src {scripts}; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )
}
