//! What the hosts of the hosts say: pages, replies to pings, the files of a built site.

use std::fs;
use std::path::Path;

use super::peers::Habit;

/// What is sent back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

impl Answer {
    /// With that status and type.
    pub(super) fn new(status: u16, content_type: &'static str, body: &str) -> Answer {
        Answer {
            status,
            content_type,
            body: body.to_owned(),
        }
    }
}

/// What most of it is.
pub(super) const HTML: &str = "text/html; charset=utf-8";
const XML: &str = "text/xml; charset=utf-8";

/// What a weblog says to a ping.
pub(super) fn reply(habit: Habit) -> Answer {
    let xml = |inside: &str| {
        let text =
            format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<response>{inside}</response>\n");
        Answer::new(200, XML, &text)
    };
    match habit {
        Habit::Takes => xml("<error>0</error>"),
        Habit::Refuses => xml("<error>1</error><message>Not from you.</message>"),
        Habit::Garbage => Answer::new(200, HTML, "<h1>It works!</h1>\u{1b}[31m"),
        Habit::Silence | Habit::CutsOff | Habit::Waits => Answer::new(200, XML, ""),
        Habit::Unavailable | Habit::Down => Answer::new(503, HTML, "later"),
    }
}

/// An entry of a weblog.
pub(super) fn page(name: &str, port: u16, path: &str) -> Answer {
    let own = format!("http://{name}:{port}{path}");
    let ping_url = format!("http://{name}:{port}/ping{path}");
    let names_it = if path.starts_with("/rdf/") {
        format!(
            "<!--\n<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
             xmlns:trackback=\"http://madskills.com/public/xml/rss/module/trackback/\">\n\
             <rdf:Description rdf:about=\"{own}\" dc:identifier=\"{own}\" dc:title=\"An entry\" \
             trackback:ping=\"{ping_url}\" />\n</rdf:RDF>\n-->"
        )
    } else if path.starts_with("/link/") {
        format!("<link rel=\"trackback\" href=\"{ping_url}\">")
    } else if path.starts_with("/none/") {
        String::new()
    } else {
        return Answer::new(404, HTML, "no such entry");
    };
    let body = format!(
        "<!DOCTYPE html><html><head><title>An entry</title>{names_it}</head><body><h1>An entry</h1></body></html>"
    );
    Answer::new(200, HTML, &body)
}

/// A page of the built site.
pub(super) fn file(published: Option<&Path>, path: &str) -> Answer {
    let name = path.trim_start_matches('/');
    let index = if name.is_empty() || name.ends_with('/') {
        "index.html"
    } else {
        ""
    };
    let found = published
        .filter(|_| !name.contains(".."))
        .and_then(|folder| fs::read_to_string(folder.join(format!("{name}{index}"))).ok());
    match found {
        Some(text) => Answer::new(200, HTML, &text),
        None => Answer::new(404, HTML, "no such page"),
    }
}
