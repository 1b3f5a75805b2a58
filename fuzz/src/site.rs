//! A site with an owner who is logged in: its key is fixed, so an input does the same each time.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use jiff::Timestamp;
use tb::internals::app::App;
use tb::internals::config::Config;
use tb::internals::fetch::Timeout;
use tb::internals::web::{self, Method, Request, Response};
use tb::linkback::trackback::Form;
use tempfile::TempDir;

use crate::{configuration, empty, scratch};

/// When everything happens, in seconds: the time of the owner's login.
pub const NOW: i64 = 1_795_150_800;

const PASSWORD: &str = "correct horse";

/// A site in a folder of its own.
pub struct Laboratory {
    folder: TempDir,
    /// The site's configuration.
    pub config: Config,
    /// The owner's `Cookie` header.
    pub cookie: String,
    /// The token in the owner's forms.
    pub token: String,
}

impl Laboratory {
    /// Sets the site up and logs the owner in.
    #[must_use]
    pub fn new() -> Laboratory {
        let folder = scratch();
        let hash = web::session::hash_password(PASSWORD).expect("a hash");
        let more = format!("password = \"{hash}\"\npublish = \"all\"\nthrottle = \"off\"\n");
        let config = configuration(folder.path(), &more);
        let mut laboratory = Laboratory {
            folder,
            config,
            cookie: String::new(),
            token: String::new(),
        };
        laboratory.reset();
        laboratory.log_in();
        laboratory
    }

    /// The site's response.
    #[must_use]
    pub fn respond(&self, request: &Request) -> Response {
        web::handle(&App::new(&self.config), request)
    }

    /// Makes the site as it was on its first day.
    pub fn reset(&self) {
        empty(&self.data());
        empty(&self.folder.path().join("rss"));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.data().join(".secret"))
            .expect("the secret is made");
        let key = "5".repeat(64);
        write!(file, "{{\"key\":\"{key}\",\"epoch\":1}}").expect("it is written");
    }

    /// The names of the files of `data_dir` and `rss_dir`, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let folders = [self.data(), self.folder.path().join("rss")];
        let mut names: Vec<String> = folders
            .iter()
            .flat_map(|folder| fs::read_dir(folder).expect("the folder is listed"))
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("UTF-8")
            })
            .collect();
        names.sort();
        names
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log_in(&mut self) {
        let form = self.respond(&request(Method::Get, b"__mode=login"));
        let cookie = cookie(&form);
        let token = token(&form);
        let mut login = request(Method::Post, b"__mode=do_login");
        login.cookie = cookie.into_bytes();
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("password", PASSWORD)
            .append_pair("token", &token);
        login.body = Ok(body.finish().into_bytes());
        let answer = self.respond(&login);
        assert_eq!(answer.status, 303, "the owner logs in");
        self.cookie = self::cookie(&answer);
        let mut page = request(Method::Get, b"__mode=logout");
        page.cookie = self.cookie.clone().into_bytes();
        self.token = self::token(&self.respond(&page));
    }
}

impl Default for Laboratory {
    fn default() -> Laboratory {
        Laboratory::new()
    }
}

/// A request with nothing in it but a query.
#[must_use]
pub fn request(method: Method, query: &[u8]) -> Request {
    Request {
        method,
        path: Vec::new(),
        query: query.to_vec(),
        content_type: None,
        content_encoding: None,
        accept: None,
        cookie: Vec::new(),
        if_none_match: None,
        body: Ok(Vec::new()),
        address: None,
        now: Timestamp::from_second(NOW).expect("a time"),
        timeout: Timeout::Cgi,
    }
}

/// Whether a request may make the site dial out: those are never made.
#[must_use]
pub fn dials(request: &Request) -> bool {
    let body = request.body.as_deref().unwrap_or_default();
    let forms = [
        Form::query(&request.query),
        Form::body(body, request.content_type.as_deref()),
    ];
    let sends = |form: &Form| {
        ["__mode", "_mode"].iter().any(|name| {
            form.all(name)
                .any(|word| matches!(word, "send_ping" | "sendping"))
        })
    };
    request.method == Method::Post && forms.iter().flatten().any(sends)
}

/// The value of a header.
#[must_use]
pub fn header<'response>(response: &'response Response, name: &str) -> Option<&'response str> {
    let mut headers = response.headers.iter();
    headers.find_map(|(known, value)| (*known == name).then_some(value.as_str()))
}

fn cookie(response: &Response) -> String {
    let header = header(response, "Set-Cookie").expect("a cookie is set");
    header.split(';').next().unwrap_or_default().to_owned()
}

fn token(response: &Response) -> String {
    let page = String::from_utf8_lossy(&response.body);
    let (_, rest) = page
        .split_once("name=\"token\" value=\"")
        .expect("the form has a token");
    rest.split('"').next().unwrap_or_default().to_owned()
}
