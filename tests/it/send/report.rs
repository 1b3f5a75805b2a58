//! What a run says of its sources: how many entries were read, taken over and left out, and why.

use serde_json::Value;

use crate::support::blog::Script;
use crate::support::writer::{Writer, link, peer, pings};

#[test]
fn c10_a_run_says_what_it_read_and_left_out() {
    let (writer, one) = (Writer::new(), peer(2));
    writer.publish(
        "/1",
        &format!("{}<a href='{}'>mine</a>", link(&one), writer.own.url("/2")),
    );
    writer.publish("/2", "no link");
    let out = writer.send(&[]).out();
    assert!(
        out.contains("\nentries read: 2, links in them: 2\n  1 left out: to the site itself\n"),
        "{out}"
    );
    let out = writer.send(&["--json"]).out();
    let row: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&row["sources"]["entries"], &row["sources"]["links"]),
        (&2.into(), &2.into())
    );
    assert_eq!(
        (&row["left_out"]["own"], &row["left_out"]["sent"]),
        (&1.into(), &1.into())
    );
    let out = writer.send(&["--dry-run"]).out();
    assert!(out.contains("entries read: 2"), "{out}");
}

#[test]
fn c10_no_entry_at_all_is_a_warning_with_its_reason() {
    let writer = Writer::new();
    let page = |name: &str, html: &str| {
        let file = writer.site.path(&format!("public/{name}/index.html"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, html).unwrap();
    };
    std::fs::create_dir_all(writer.site.path("public")).unwrap();
    let warned = |words: &[&str]| {
        let ran = writer.site.tb(&[&["send"], words].concat());
        assert_eq!(ran.0.status.code(), Some(0), "{:?}", ran.0);
        String::from_utf8(ran.0.stderr).unwrap()
    };
    let said = warned(&["public"]);
    assert!(
        said.contains(
            "`public`: no page in it is an entry (it has no page in HTML: name the folder"
        ),
        "{said}"
    );
    page("a", "<title>a</title><p>text");
    page("b", "<title>b</title><p>text");
    let said = warned(&["public"]);
    assert!(
        said.contains("2 left out: its markup does not say that it is an entry"),
        "{said}"
    );
    assert!(said.contains("og:type"), "{said}");
    let empty = "<rss version=\"2.0\"><channel><title>t</title></channel></rss>";
    writer.site.write("feed.xml", empty);
    let said = warned(&["feed.xml"]);
    assert!(
        said.contains("the feed has no entry to send for (it is empty)"),
        "{said}"
    );
}

#[test]
fn c10_one_entry_without_a_link_is_a_warning() {
    let writer = Writer::new();
    writer.announce("/1", "no link");
    writer
        .own
        .play("/1", Script::html("<title>Not found</title><p>nothing"));
    let page = writer.own.url("/1");
    for words in [["send", "feed.xml"], ["send", &page]] {
        let ran = writer.site.tb(&words);
        let said = String::from_utf8(ran.0.stderr).unwrap();
        assert!(
            said.contains("the entry has no link to another page"),
            "{said}"
        );
        assert_eq!(ran.0.status.code(), Some(0));
    }
}

#[test]
fn c11_an_entry_without_a_title_is_sent_under_that_of_its_page() {
    let (writer, one) = (Writer::new(), peer(2));
    let page = format!(
        "<title>The cat</title><article><h1>The cat</h1>{}</article>",
        link(&one)
    );
    writer.own.play("/1", Script::html(&page));
    // The page of an old entry is read only to see whether it is published.
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>B</title><item><link>{}</link><pubDate>2020-01-01</pubDate>\
         <content:encoded><![CDATA[{}]]></content:encoded></item></channel></rss>",
        writer.own.url("/1"),
        link(&one)
    );
    writer.site.write("feed.xml", &feed);
    writer.send(&["--adopt", "none"]).out();
    let all = pings(&one);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["title"], "The cat");
}

#[test]
fn c10_one_canonical_link_on_all_pages_is_found_out() {
    let writer = Writer::new();
    for name in ["a", "b", "c"] {
        let file = writer.site.path(&format!("public/posts/{name}/index.html"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let html = "<title>t</title><link rel=canonical href='https://me.example/posts/'>\
                    <meta property='og:type' content='article'><article><p>text</article>";
        std::fs::write(file, html).unwrap();
    }
    let ran = writer.site.tb(&["send", "public", "--dry-run"]);
    let said = String::from_utf8(ran.0.stderr).unwrap();
    assert!(
        said.contains("3 pages say that they are published at `https://me.example/posts/`"),
        "{said}"
    );
}

#[test]
fn c10_what_is_taken_over_is_said_and_what_sends_it() {
    let (writer, one) = (Writer::new(), peer(2));
    for number in 0..6 {
        writer.publish(&format!("/{number}"), &link(&one));
    }
    let out = writer.send(&["--adopt", "all"]).out();
    assert!(
        out.contains("6 links of 6 entries count as sent from now on"),
        "{out}"
    );
    assert!(
        out.contains(&writer.own.url("/3")) && out.contains("--resend"),
        "{out}"
    );
    writer.send(&["--resend", &writer.own.url("/3")]).out();
    assert_eq!(pings(&one).len(), 1);
    let (writer, _one) = (Writer::new(), peer(2));
    writer.publish("/1", &link(&_one));
    let out = writer.send(&["--adopt", "all", "--json"]).out();
    let row: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(row["taken_over"][0]["entry"], writer.own.url("/1"));
    assert_eq!(row["taken_over"][0]["links"], 1);
}

#[test]
fn a_site_that_was_built_for_a_preview_is_named_as_one() {
    let (writer, one) = (Writer::new(), peer(2));
    for (own, is_preview) in [
        ("http://localhost:1313/a/", true),
        ("http://127.0.0.1:1111/a/", true),
        ("http://127.0.0.9:1111/a/", false),
        ("https://me.example/a/", false),
    ] {
        let page = format!(
            "<link rel=canonical href={own}><meta property=og:type content=article><article><h1>A</h1>{}</article>",
            link(&one)
        );
        writer.site.write("a.html", &page);
        let ran = writer.site.tb(&["send", "a.html", "--dry-run"]);
        let err = String::from_utf8(ran.0.stderr).unwrap();
        assert_eq!(
            err.contains("built by a local server"),
            is_preview,
            "{own}: {err}"
        );
        // The site has another host.
        assert_eq!(err.contains("Left out: 1"), is_preview, "{own}: {err}");
    }
}

#[test]
fn nothing_is_sent_with_the_url_of_a_preview_on_this_computer_if_the_site_has_another() {
    let (writer, one) = (Writer::new(), peer(2));
    for path in ["a", "b"] {
        let page = format!(
            "<link rel=canonical href=http://localhost:1313/{path}/><meta property=og:type content=article>\
             <article><h1>A</h1>{}</article>",
            link(&one)
        );
        writer.site.write(&format!("{path}.html"), &page);
    }
    let send = |more: &[&str]| {
        let words = [&["send", "a.html", "b.html", "--adopt", "none"], more].concat();
        String::from_utf8(writer.site.tb(&words).0.stderr).unwrap()
    };
    let err = send(&[]);
    assert!(err.contains("Left out: 2"), "{err}");
    assert_eq!(pings(&one).len(), 0);
    // Whose site is on this computer sends from there.
    let err = send(&["--base-url", "http://localhost:1313/", "--dry-run"]);
    assert!(!err.contains("Left out"), "{err}");
}
