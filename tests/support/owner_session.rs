//! A logged-in owner of a site with pings, by CGI or over `tb serve`.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tb::internals::config::Config;
use tb::internals::moderation::decision_link::DecisionLink;
use tb::internals::store::{Record, Secret};

use super::http::Reply;
use super::request::Request;
use super::scenario::log_in;
use super::site::{PASSWORD, Serving, Site};
use super::visitor::{Visitor, find_form};
use super::{set_mode, write};

/// A time so many days before now, as a record has it.
pub(crate) fn days_ago(days: i64) -> String {
    let time = Timestamp::now() - SignedDuration::from_hours(24 * days);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Where the owner comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interface {
    /// The program is run for each request.
    Cgi,
    /// `tb serve`.
    Serve,
}

/// The owner, logged in.
pub(crate) struct OwnerSession {
    pub(crate) site: Site,
    way: Way,
}

enum Way {
    Cgi {
        cookie: String,
    },
    Serve {
        _serving: Serving,
        visitor: Box<Visitor>,
    },
}

impl OwnerSession {
    /// One at a site with these pings by id.
    pub(crate) fn with(interface: Interface, pings: &[(&str, Vec<Value>)]) -> OwnerSession {
        OwnerSession::at(Site::new(), interface, pings)
    }

    /// The same at a site that is configured already.
    pub(crate) fn at(
        mut site: Site,
        interface: Interface,
        pings: &[(&str, Vec<Value>)],
    ) -> OwnerSession {
        site.set_password();
        for (id, lines) in pings {
            put(&site, id, lines);
        }
        let way = match interface {
            Interface::Cgi => Way::Cgi {
                cookie: log_in(&site, PASSWORD).expect("a session"),
            },
            Interface::Serve => {
                let serving = site.serve();
                let mut visitor = serving.visitor();
                visitor.log_in(PASSWORD).expect(303);
                Way::Serve {
                    visitor: Box::new(visitor),
                    _serving: serving,
                }
            }
        };
        OwnerSession { site, way }
    }

    /// Sends a request as the owner.
    pub(crate) fn send(&mut self, request: &Request) -> Reply {
        match &mut self.way {
            Way::Cgi { cookie } => self.site.cgi(&request.clone().header("Cookie", cookie)),
            Way::Serve { visitor, .. } => visitor.send(request),
        }
    }

    /// Sends a request as a stranger.
    pub(crate) fn stranger(&self, request: &Request) -> Reply {
        match &self.way {
            Way::Cgi { .. } => self.site.cgi(request),
            Way::Serve { _serving, .. } => _serving.visitor().send(request),
        }
    }

    /// A page of the owner's.
    #[track_caller]
    pub(crate) fn page(&mut self, query: &str) -> String {
        self.send(&Request::get(query))
            .expect(200)
            .text()
            .to_owned()
    }

    /// The token of the owner's forms.
    pub(crate) fn token(&mut self) -> String {
        let page = self.send(&Request::get(""));
        let form = find_form(&page, "logout");
        form.value("token").expect("a token").to_owned()
    }

    /// Sends the form of a page, with the token.
    pub(crate) fn change(&mut self, mode: &str, fields: &[(&str, &str)]) -> Reply {
        let token = self.token();
        let mut all = vec![("__mode", mode), ("token", token.as_str())];
        all.extend(fields);
        self.send(&Request::post(&all))
    }

    /// Sends the form of the moderation page.
    pub(crate) fn decide(&mut self, fields: &[(&str, &str)]) -> Reply {
        self.change("decide", fields)
    }

    /// The same, and the page that it leads to.
    #[track_caller]
    pub(crate) fn decided(&mut self, fields: &[(&str, &str)]) -> String {
        let reply = self.decide(fields).expect(303);
        let location = reply.header("Location").expect("a Location");
        let (_, query) = location.split_once('?').expect("a query");
        self.page(query)
    }

    /// State and reason of each ping of an id, by number, as the store has it.
    pub(crate) fn states(&self, id: &str) -> Vec<(u64, String)> {
        states(&self.site, id)
    }
}

/// The same of a site.
pub(crate) fn states(site: &Site, id: &str) -> Vec<(u64, String)> {
    let printed = site.tb(&["list", id, "--json"]);
    let pings = printed.lines().map(|line| {
        let ping: Value = serde_json::from_str(line).expect("JSON");
        let word = |key: &str| ping[key].as_str().unwrap_or_default().to_owned();
        let number = ping["id"].as_u64().expect("a number");
        (number, format!("{} {}", word("state"), word("why")))
    });
    let mut pings: Vec<_> = pings.collect();
    pings.sort();
    pings
}

/// A ping's line; its permalink is at a domain of its own.
pub(crate) fn ping(number: u64, time: &str, state: &str, why: &str) -> Value {
    json!({
        "op": "ping", "id": number, "time": time, "url": format!("http://www.weblog{number}.example/{number}"),
        "title": format!("Title {number}"), "excerpt": format!("An excerpt of {number}"), "blog_name": "A weblog",
        "state": state, "why": why, "via": "trackback", "from": "203.0.113.0/24",
    })
}

/// Writes the file of an id anew.
pub(crate) fn put(site: &Site, id: &str, lines: &[Value]) {
    let path = site.data_dir().join(format!("{id}.jsonl"));
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    write(&path, &text);
    set_mode(&path, 0o600);
}

/// A file of the program's own, empty if it is not there.
pub(crate) fn own(site: &Site, name: &str) -> String {
    fs::read_to_string(site.data_dir().join(name)).unwrap_or_default()
}

/// The query of a link about a ping of `entry`, as a mail at that time has it.
pub(crate) fn link_made_at(site: &Site, record: &Value, now: Timestamp) -> String {
    let text = fs::read(site.config()).expect("tb.toml");
    let config = Config::read(&site.config(), &text, |_| None).expect("a configuration");
    let record: Record = serde_json::from_value(record.clone()).expect("a ping");
    let link = DecisionLink {
        tb_id: "entry",
        number: &record.id.to_string(),
        text_hash: &record.text_hash(),
    };
    let secret: Secret = serde_json::from_str(&own(site, ".secret")).expect("a key");
    let url = link.url(&config, &secret, now).expect("a link");
    url.split_once('?').expect("a query").1.to_owned()
}

pub(crate) const LONG_AGO: &str = "2020-01-01T00:00:00Z";

/// Makes the next run think that the last was long ago.
pub(crate) fn forget_last_run(site: &Site) {
    super::write(&site.data_dir().join(".purged"), LONG_AGO);
}
