//! A browser without a screen: keeps cookies, fills in forms, does not follow redirects unasked.

use std::collections::BTreeMap;

use super::form::{Form, forms};
use super::http::{self, Reply};
use super::request::Request;

/// Someone who visits one installation.
pub(crate) struct Visitor {
    port: u16,
    base: String,
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    /// A newcomer; `base` is the program's path on the server at `port`.
    pub(crate) fn new(port: u16, base: &str) -> Visitor {
        Visitor {
            port,
            base: base.to_owned(),
            cookies: BTreeMap::new(),
        }
    }

    /// The program's own URL as this visitor knows it.
    pub(crate) fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.base)
    }

    /// Sends `request` with the cookies so far and keeps those that come.
    pub(crate) fn send(&mut self, request: &Request) -> Reply {
        let mut request = request.clone();
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header("Cookie", &pairs.join("; "));
        }
        let reply = http::send(self.port, &self.base, &request);
        for (name, value) in &reply.headers {
            if name.eq_ignore_ascii_case("set-cookie") {
                self.keep(value);
            }
        }
        reply
    }

    /// `GET` with a query.
    pub(crate) fn get(&mut self, query: &str) -> Reply {
        self.send(&Request::get(query))
    }

    /// Sends a form where it says.
    pub(crate) fn submit(&mut self, form: &Form) -> Reply {
        let base_url = self.base_url();
        let (path, query) = form.target(&base_url);
        let mut request = form.request().path(&path);
        request.query = query;
        self.send(&request)
    }

    /// Follows the `Location` of `reply`, which must lie below the program's own URL.
    pub(crate) fn follow(&mut self, reply: &Reply) -> Reply {
        let location = reply
            .header("Location")
            .unwrap_or_else(|| panic!("no Location: {reply}"));
        let rest = location
            .strip_prefix(&self.base_url())
            .unwrap_or_else(|| panic!("`{location}` is not below {}", self.base_url()));
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (rest, None),
        };
        let mut request = Request::new("GET").path(path);
        request.query = query;
        self.send(&request)
    }

    /// Logs in through the form and gives the answer to it.
    pub(crate) fn log_in(&mut self, password: &str) -> Reply {
        let page = self.get("__mode=login").expect(200);
        let form = self.form(&page, "do_login").with("password", password);
        self.submit(&form)
    }

    /// The form on `page` that asks for `mode`.
    pub(crate) fn form(&self, page: &Reply, mode: &str) -> Form {
        find_form(page, mode)
    }

    /// The cookie of that name, as it would be sent.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Replaces or adds a cookie.
    pub(crate) fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    fn keep(&mut self, set_cookie: &str) {
        let mut parts = set_cookie.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            panic!("not a cookie: {set_cookie}");
        };
        let gone = parts.any(|part| {
            part.eq_ignore_ascii_case("max-age=0") || part.contains("Thu, 01 Jan 1970")
        });
        if gone || value.is_empty() {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// The form on `page` that asks for `mode`.
#[track_caller]
pub(crate) fn find_form(page: &Reply, mode: &str) -> Form {
    forms(page.text())
        .into_iter()
        .find(|form| form.value("__mode") == Some(mode))
        .unwrap_or_else(|| panic!("no form for `{mode}`: {page}"))
}
