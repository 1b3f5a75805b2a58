//! A program that is not set up yet, and the owner who sets it up in a browser.

use std::fs;
use std::path::Path;

use super::form::Form;
use super::http::Reply;
use super::request::Request;
use super::site::{PASSWORD, Site};
use super::strace::Invocation;
use super::visitor::find_form;
use super::{give_to_owner, set_mode, write};

/// The phrase that the owner uploads.
pub(crate) const PHRASE: &str = "a phrase of my own";

/// The name of its file.
pub(crate) const PHRASE_FILE: &str = "www/cgi-bin/tb-setup.txt";

/// What a set-up makes, besides the key.
pub(crate) const MADE: [&str; 5] = [
    "www/cgi-bin/tb.toml",
    "www/cgi-bin/.htaccess",
    "www/cgi-bin/header.txt",
    "www/cgi-bin/footer.txt",
    "data/.htaccess",
];

/// What is there of it.
pub(crate) fn contents(site: &Site) -> [Option<String>; 5] {
    MADE.map(|name| fs::read_to_string(site.path(name)).ok())
}

/// Takes the configuration away, and the folders that a set-up makes.
pub(crate) fn bare(site: &Site) {
    fs::remove_file(site.config()).expect("tb.toml");
    fs::remove_dir(site.data_dir()).expect("the folder of the pings");
    fs::remove_dir(site.rss_dir()).expect("the folder of the feeds");
}

/// Uploads a phrase.
pub(crate) fn upload(site: &Site, phrase: &str) {
    let path = site.path(PHRASE_FILE);
    write(&path, phrase);
    set_mode(&path, 0o644);
    give_to_owner(&path);
}

/// The first step.
pub(crate) fn look(phrase: &str) -> Request {
    Request::post(&[("__mode", "setup"), ("step", "look"), ("phrase", phrase)])
}

/// The form with the questions, answered.
pub(crate) fn answered(page: &Reply, data_dir: &Path) -> Form {
    find_form(page, "setup")
        .with("base_url", "http://127.0.0.1/cgi-bin/tb.cgi")
        .with("site", "http://127.0.0.1/")
        .with("data_dir", data_dir.to_str().expect("UTF-8"))
        .with("rss_dir", "")
        .with("password", PASSWORD)
        .with("again", PASSWORD)
}

/// The request of the last step, which writes, as a run of the program.
pub(crate) fn writing_run(site: &Site) -> Invocation {
    let page = site.cgi(&look(PHRASE)).expect(200);
    let review = site
        .cgi(&answered(&page, &site.data_dir()).request())
        .expect(200);
    let request = find_form(&review, "setup").request();
    let mut environment = request.environment();
    // With it, the folder of the pings is looked for on the web.
    environment.push(("DOCUMENT_ROOT".into(), site.path("").into()));
    Invocation {
        arguments: Vec::new(),
        environment,
        input: request.body,
    }
}

/// Everything that lies in the site's folder, without the count of attempts.
pub(crate) fn all(site: &Site) -> super::snapshot::Snapshot {
    let mut all = super::snapshot::Snapshot::of(&[&site.path("")]);
    all.retain(|path| path.file_name().is_none_or(|name| name != ".throttle"));
    all
}
