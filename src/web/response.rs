//! A response, and the headers that every response has.

use std::path::PathBuf;

use crate::config::Config;

/// A complete response; a door writes it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers, without `Content-Length`.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// What the door does when the response has been written.
    pub after: FollowUp,
    /// The files that alone make the answer what it is, for a stranger; empty if other things do too.
    pub files: Vec<PathBuf>,
}

/// What is to be done when a response has been written: nobody waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowUp {
    /// Nothing.
    Nothing,
    /// The pages behind pings are to be looked at ([`crate::verify`]).
    Verify,
}

impl Response {
    /// An XML document, as TrackBack clients expect it.
    pub fn xml(status: u16, body: String) -> Response {
        Response::new(status, "text/xml; charset=utf-8", body)
    }

    /// An HTML page. Its Content Security Policy admits no script but what the owner's header and
    /// footer are configured to need.
    pub fn html(status: u16, config: Option<&Config>, body: String) -> Response {
        let mut response = Response::new(status, "text/html; charset=utf-8", body);
        response
            .headers
            .push(("Content-Security-Policy", policy(config)));
        response
    }

    /// Data of another type, as a feed.
    pub fn data(content_type: &str, body: String) -> Response {
        Response::new(200, content_type, body)
    }

    /// A redirect after a POST. `location` is absolute: several servers answer a path themselves.
    pub fn see_other(location: String) -> Response {
        let mut response = Response::new(
            303,
            "text/plain; charset=utf-8",
            format!("See {location}\n"),
        );
        response.headers.push(("Location", location));
        response
    }

    /// Says which files alone make the answer what it is.
    pub fn made_of(mut self, files: Vec<PathBuf>) -> Response {
        self.files = files;
        self
    }

    /// Says what is to be done afterwards.
    pub fn then(mut self, after: FollowUp) -> Response {
        self.after = after;
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
            after: FollowUp::Nothing,
            files: Vec::new(),
        }
    }
}

/// The reason phrase of the statuses that this program uses.
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        303 => "See Other",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
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

fn policy(config: Option<&Config>) -> String {
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
