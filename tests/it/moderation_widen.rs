//! "Approve domain" on the moderation page: what becomes known is a domain of one publisher, else a host or a part of one.

use serde_json::json;
use tb::internals::admission::publisher::Publisher;
use url::Url;

use crate::support::live::for_each_host;
use crate::support::owner_session::{Interface, LONG_AGO, OwnerSession, ping, put};
use crate::support::site::Site;
use crate::support::visitor::find_form;

for_each_host! {
    [
        cgi: Interface::Cgi,
        serve: Interface::Serve,
    ]
    f2_approving_a_domain_makes_no_shared_host_known
}

/// A page, a page of somebody else near it, what becomes known, and whether that covers the other page.
const PAGES: [(&str, &str, &str, bool); 13] = [
    (
        "http://www.weblog.example/1",
        "http://cats.weblog.example/1",
        "*.weblog.example",
        true,
    ),
    (
        "http://weblog.co.uk/1",
        "http://other.co.uk/1",
        "*.weblog.co.uk",
        false,
    ),
    (
        "https://me.github.io/1",
        "https://other.github.io/1",
        "*.me.github.io",
        false,
    ),
    (
        "https://me.blogspot.com/1",
        "https://other.blogspot.com/1",
        "*.me.blogspot.com",
        false,
    ),
    (
        "https://medium.com/@me/1",
        "https://medium.com/@other/1",
        "medium.com/@me/",
        false,
    ),
    (
        "https://me.medium.com/1",
        "https://other.medium.com/1",
        "me.medium.com/",
        false,
    ),
    (
        "https://github.com/me/1",
        "https://github.com/other/1",
        "github.com/me/",
        false,
    ),
    (
        "https://sites.google.com/view/me/1",
        "https://sites.google.com/view/other/1",
        "sites.google.com/view/me/",
        false,
    ),
    (
        "http://me.free.fr/1",
        "http://other.free.fr/1",
        "me.free.fr/",
        false,
    ),
    (
        "https://www.mit.edu/~me/1",
        "https://www.mit.edu/~other/1",
        "mit.edu/~me/",
        false,
    ),
    // Hosts that are on no list, and show by their paths that many people share them.
    (
        "https://host.example/~me/1",
        "https://host.example/~other/1",
        "host.example/~me/",
        false,
    ),
    (
        "https://host.example/users/me/1",
        "https://host.example/1",
        "host.example/users/me/",
        false,
    ),
    (
        "https://host.example:8443/@me/1",
        "https://host.example/@me/1",
        "host.example:8443/@me/",
        false,
    ),
];

fn f2_approving_a_domain_makes_no_shared_host_known(door: Interface) {
    let mut site = Site::new();
    site.set("publish", "\"known\"");
    let mut session = OwnerSession::at(site, door, &[]);
    for (page, other, known, covers_other) in PAGES {
        for word in ["widen", "all-widen"] {
            let held = [(1, page), (2, other)].map(|(number, url)| {
                let publisher = Publisher::of(&Url::parse(url).unwrap()).unwrap();
                let why = format!("unknown-domain: {publisher}");
                let mut line = ping(number, LONG_AGO, "held", &why);
                line["url"] = json!(url);
                line
            });
            put(&session.site, "entry", &held);
            let chosen = match word {
                "widen" => [("do", word), ("ping", "entry/1")],
                _ => [("do", word), ("shown", "entry/1")],
            };
            let asked = session.decide(&chosen).expect(200);
            assert_eq!(session.site.tb(&["domains"]), "", "{page}");
            assert!(session.states("entry")[0].1.starts_with("held"), "{page}");
            let is_whole = known.starts_with("*.");
            assert!(asked.text().contains(known), "{page}: {asked}");
            assert_eq!(
                asked.text().contains("shared by many"),
                !is_whole,
                "{page}: {asked}"
            );
            let sure = find_form(&asked, "decide");
            assert_eq!(sure.value("sure"), Some("yes"), "{asked}");
            session.send(&sure.request()).expect(303);
            assert_eq!(
                session.site.tb(&["domains"]),
                format!("{known}\n"),
                "{page} by {word}"
            );
            let listed = session.site.tb(&["domains", "list"]);
            assert_eq!(listed, format!("{known}\n"), "{page} by {word}");
            let states = session.states("entry");
            assert_eq!(states[0].1, "published owner", "{page}");
            let other_is_public = states[1].1.starts_with("published");
            assert_eq!(other_is_public, covers_other, "{other}: {states:?}");
            session.site.tb(&["domains", "remove", known]);
        }
    }
}
