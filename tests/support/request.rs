//! A request that can be sent in every way: as a CGI environment or over a socket.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// A request below the program's URL.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Any word.
    pub(crate) method: String,
    /// What follows the program's URL, percent-encoded; empty or beginning with `/`.
    pub(crate) path: String,
    /// What follows the `?`, percent-encoded; `None` for no `?`.
    pub(crate) query: Option<String>,
    /// In the order they are sent. `Content-Length` is here too, true or not.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    /// Sent as it is.
    pub(crate) body: Vec<u8>,
}

/// The content type of pings and forms.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

impl Request {
    /// A request without a body.
    pub(crate) fn new(method: &str) -> Request {
        Request {
            method: method.to_owned(),
            path: String::new(),
            query: None,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// `GET` with a query (already encoded; empty for none).
    pub(crate) fn get(query: &str) -> Request {
        let request = Request::new("GET");
        if query.is_empty() {
            request
        } else {
            request.query(query)
        }
    }

    /// `POST` of form fields.
    pub(crate) fn post(fields: &[(&str, &str)]) -> Request {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        Request::post_bytes(body.as_bytes())
    }

    /// `POST` of a body as it is, labelled as a form, with its true length.
    pub(crate) fn post_bytes(body: &[u8]) -> Request {
        Request::new("POST")
            .header("Content-Type", FORM)
            .header("Content-Length", &body.len().to_string())
            .body(body)
    }

    /// A valid ping of `id` from `permalink`.
    pub(crate) fn ping(id: &str, permalink: &str) -> Request {
        Request::post(&[
            ("title", "A title"),
            ("url", permalink),
            ("excerpt", "An excerpt"),
            ("blog_name", "A weblog"),
        ])
        .path(&format!("/{id}"))
    }

    /// Sets the path info (encoded).
    pub(crate) fn path(mut self, path: &str) -> Request {
        path.clone_into(&mut self.path);
        self
    }

    /// Sets the query (encoded).
    pub(crate) fn query(mut self, query: &str) -> Request {
        self.query = Some(query.to_owned());
        self
    }

    /// Sets a header, replacing one of the same name.
    pub(crate) fn header(self, name: &str, value: &str) -> Request {
        let mut request = self.without(name);
        request
            .headers
            .push((name.to_owned(), value.as_bytes().to_vec()));
        request
    }

    /// Whether it has a header of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        let mut names = self.headers.iter().map(|(name, _)| name);
        names.any(|other| other.eq_ignore_ascii_case(name))
    }

    /// Takes a header away.
    pub(crate) fn without(mut self, name: &str) -> Request {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// Replaces the body and leaves the headers alone.
    pub(crate) fn body(mut self, body: &[u8]) -> Request {
        self.body = body.to_vec();
        self
    }

    /// The environment that a web server makes of it.
    pub(crate) fn environment(&self) -> Vec<(OsString, OsString)> {
        let mut pairs: Vec<(OsString, OsString)> = [
            ("GATEWAY_INTERFACE", "CGI/1.1"),
            ("SERVER_PROTOCOL", "HTTP/1.1"),
            ("SERVER_SOFTWARE", "test"),
            ("SERVER_NAME", "127.0.0.1"),
            ("SERVER_PORT", "80"),
            ("SCRIPT_NAME", "/cgi-bin/tb.cgi"),
            ("REMOTE_ADDR", "127.0.0.1"),
            ("REQUEST_METHOD", &self.method),
            ("QUERY_STRING", self.query.as_deref().unwrap_or_default()),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .to_vec();
        if !self.path.is_empty() {
            let decoded = percent_decode(&self.path);
            pairs.push(("PATH_INFO".into(), OsString::from_vec(decoded)));
        }
        for (name, value) in &self.headers {
            let upper = name.to_ascii_uppercase().replace('-', "_");
            let name = match upper.as_str() {
                "CONTENT_TYPE" | "CONTENT_LENGTH" => upper,
                _ => format!("HTTP_{upper}"),
            };
            pairs.push((name.into(), OsString::from_vec(value.clone())));
        }
        pairs
    }
}

fn percent_decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = bytes
            .get(at + 1..at + 3)
            .filter(|_| byte == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(code.unwrap_or(byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    decoded
}
