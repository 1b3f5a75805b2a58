//! Pages of the shape that Bridgy renders: a head that sends browsers on to the silo, one `h-entry` with a hidden id, a
//! permalink in the silo, an author with a profile there, and an empty link for each copy of the entry.

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::verification::{look, peer, reason};
use crate::webmention::{accepted, receiver, shown, target};

/// The silo's copy of the entry.
const COPY: &str = "https://silo.example/@owner/100";

/// A page by Ann, with this inside her entry.
fn page(permalink: &str, inside: &str) -> Script {
    let refresh = match permalink {
        "" => String::new(),
        url => format!("<meta http-equiv=\"refresh\" content=\"0;url={url}\">"),
    };
    let link = match permalink {
        "" => String::new(),
        url => format!(
            "  <a title=\"silo.example/@ann/7...\" class=\"u-url\" href=\"{url}\">silo.example/@ann/7...</a>\n"
        ),
    };
    Script::html(&format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n{refresh}\n<title>Bridgy Response</title>\n\
         <style type=\"text/css\">\n.p-uid {{\n  display: none;\n}}\n.u-photo {{\n  max-width: 50px;\n}}\n</style>\n</head>\n\
         <article class=\"h-entry\">\n  <span class=\"p-uid\">tag:silo.example,2013:7</span>\n\n  \
         <time class=\"dt-published\" datetime=\"2026-11-20T05:00:00+00:00\">2026-11-20T05:00:00+00:00</time>\n\n  \
         <span class=\"p-author h-card\">\n    <data class=\"p-uid\" value=\"tag:silo.example,2013:ann\"></data>\n\
         <data class=\"p-numeric-id\" value=\"55\"></data>\n    \
         <a class=\"p-name u-url\" href=\"https://silo.example/@ann\">Ann</a>\n    \
         <a class=\"u-url\" href=\"https://ann.example/\"></a>\n    <span class=\"p-nickname\">ann</span>\n    \
         <img class=\"u-photo\" src=\"https://silo.example/ann.png\" alt=\"\" />\n  </span>\n\n{link}{inside}\n</article>\n</html>\n"
    ))
}

/// Empty links to the copy and to the entry itself.
fn links(class: &str) -> String {
    format!(
        "  <a class=\"{class}\" href=\"{COPY}\"></a>\n  <a class=\"{class}\" href=\"{}\"></a>\n",
        target()
    )
}

fn content(html: &str) -> String {
    format!("  <div class=\"e-content p-name\">\n\n  {html}\n  </div>\n\n")
}

/// The same as a citation, with an author of its own.
fn citation(class: &str) -> String {
    let cited = |url: &str| {
        format!(
            "  <article class=\"{class} h-cite\">\n    <span class=\"p-uid\"></span>\n    <span class=\"p-author h-card\">\n\
             <a class=\"p-name u-url\" href=\"https://silo.example/@owner\">The owner</a>\n    </span>\n    \
             <a class=\"u-url\" href=\"{url}\">{url}</a>\n    <div class=\"e-content p-name\">\n    What was shared\n    </div>\n\
             </article>\n"
        )
    };
    cited(COPY) + &cited(&target())
}

fn site() -> (Site, Blog) {
    let mut site = receiver("verified");
    site.set("proxies", "[\"127.0.10.150\"]");
    (site, peer(150, Script::status(404)))
}

/// Sends the page, and gives the record that was made of it.
#[track_caller]
fn record(script: Script) -> Value {
    let (site, bridgy) = site();
    bridgy.play("/x/mastodon/@owner@silo.example/100/7", script);
    let source = bridgy.url("/x/mastodon/@owner@silo.example/100/7");
    accepted(&|request| site.cgi(request), &source, &target());
    look(&site);
    assert_eq!(reason(&site, "cats", 1), "published verified-entry");
    assert_eq!(bridgy.requests().len(), 1);
    let list = site.cgi(&Request::get("__mode=list&tb_id=cats"));
    assert!(list.text().contains("Ann"), "{}", list.text());
    assert!(!list.text().contains("ann.png"), "{}", list.text());
    shown(&site, 1)
}

#[test]
fn a_response_has_its_kind_author_and_text() {
    let permalink = "https://silo.example/@ann/7";
    let reply = format!("<p>I <b>agree</b> with <a href=\"{COPY}\">@owner</a>.</p>");
    for (name, script, kind, text) in [
        (
            "like",
            page(permalink, &(content("") + &links("u-like-of"))),
            "like",
            "",
        ),
        (
            "like without a permalink, with words for people",
            page(
                "",
                &(content(&format!("<a href=\"{COPY}\">likes this.</a>")) + &links("u-like-of")),
            ),
            "like",
            "likes this.",
        ),
        (
            "repost",
            page(permalink, &(content("") + &links("u-repost-of"))),
            "repost",
            "",
        ),
        (
            "repost of a citation",
            page(permalink, &(content("") + &citation("u-repost-of"))),
            "repost",
            "",
        ),
        (
            "comment",
            page(permalink, &(content(&reply) + &links("u-in-reply-to"))),
            "reply",
            "I agree with @owner.",
        ),
        (
            "reaction",
            page(permalink, &(content("\u{1F389}") + &links("u-in-reply-to"))),
            "reply",
            "\u{1F389}",
        ),
        (
            "rsvp",
            page(
                permalink,
                &(content("<data class=\"p-rsvp\" value=\"yes\">is attending.</data>")
                    + &links("u-in-reply-to")),
            ),
            "rsvp-yes",
            "is attending.",
        ),
        (
            "post",
            page(
                permalink,
                &content(&format!("Read <a href=\"{}\">this</a>!", target())),
            ),
            "mention",
            "Read this!",
        ),
    ] {
        let record = record(script);
        let case = format!("{name}: {record}");
        assert_eq!(record["kind"], kind, "{case}");
        assert_eq!(record["blog_name"], "Ann", "{case}");
        assert_eq!(record["author"]["name"], "Ann", "{case}");
        assert_eq!(record["excerpt"], text, "{case}");
        assert!(!record["title"].as_str().unwrap().is_empty(), "{case}");
        // The profile in the silo, not the page that the profile names.
        assert_eq!(record["publisher"], "silo.example/@ann/", "{case}");
        if name != "like without a permalink, with words for people" {
            assert_eq!(record["link"], permalink, "{case}");
        }
    }
}

#[test]
fn a_response_that_was_deleted_or_blocked_goes_and_one_of_an_outage_stays() {
    for (status, expected) in [
        (410, "junk source-gone"),
        (404, "published verified-entry"),
        (504, "published verified-entry"),
    ] {
        let (site, bridgy) = site();
        bridgy.play("/1", page("", &(content("") + &links("u-like-of"))));
        let send = || accepted(&|request| site.cgi(request), &bridgy.url("/1"), &target());
        send();
        look(&site);
        crate::support::verification::ten_minutes_later(&site);
        bridgy.play("/1", Script::status(status));
        send();
        look(&site);
        assert_eq!(reason(&site, "cats", 1), expected, "{status}");
    }
}
