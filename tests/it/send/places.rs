//! Pages with several entries: the fragment of a link tells which one it means where a block of the page has it.

use crate::support::blog::{Blog, Script};
use crate::support::writer::{ACCEPTED, Writer};

/// A weblog whose `/log.html` has a block for each of these places, with a ping URL named for it. `is_told_by_about` writes
/// the blocks as some themes do: with the page as the identifier of each.
fn archive(places: &[&str], is_told_by_about: bool) -> Blog {
    let blog = Blog::start_at([127, 0, 0, 2], []);
    let page = blog.url("/log.html");
    let block = |place: &&str| {
        let about = format!("{page}{place}");
        let identifier = if is_told_by_about { &page } else { &about };
        let ping = format!("/tb/{}", place.trim_start_matches('#'));
        blog.play(&ping, Script::xml(ACCEPTED));
        format!(
            "<!-- <rdf:Description rdf:about='{about}' dc:identifier='{identifier}' dc:title='{place}' trackback:ping='{ping}'/> -->"
        )
    };
    let blocks: String = places.iter().map(block).collect();
    blog.play("/log.html", Script::html(&blocks));
    blog
}

fn links(blog: &Blog, places: &[&str]) -> String {
    let link = |place: &&str| {
        format!(
            "<p>See <a href='{}{place}'>it</a>.</p>",
            blog.url("/log.html")
        )
    };
    places.iter().map(link).collect()
}

/// The ping URLs that got a ping, in order.
fn pinged(blog: &Blog) -> Vec<String> {
    let requests = blog.requests().into_iter();
    let posts = requests.filter(|request| request.method == "POST");
    let mut paths: Vec<String> = posts.map(|request| request.target).collect();
    paths.sort();
    paths
}

#[test]
fn c6_a_link_to_an_entry_of_a_page_pings_that_entry() {
    let all = ["#dogs", "#birds", "#cats"];
    for is_told_by_about in [false, true] {
        for (linked, expected) in [
            (&["#dogs"][..], &["/tb/dogs"][..]),
            (&["#birds"], &["/tb/birds"]),
            (&["#%62irds", "#birds"], &["/tb/birds"]),
            (&["#birds", "#dogs"], &["/tb/birds", "/tb/dogs"]),
            (&["#birds", "", "#dogs"], &["/tb/birds", "/tb/dogs"]),
            (&["#nowhere", "#birds"], &["/tb/birds"]),
            (&["#nowhere"], &[]),
            (&[""], &[]),
        ] {
            let (writer, blog) = (Writer::new(), archive(&all, is_told_by_about));
            writer.publish("/1", &links(&blog, linked));
            for run in 0..3 {
                let said = writer.send(&["--adopt", "none"]).out();
                assert_eq!(pinged(&blog), expected, "{linked:?} {run}: {said}");
                let sent = format!("{} sent", expected.len());
                assert!(run > 0 || said.contains(&sent), "{linked:?}: {said}");
            }
            let sent = writer.standing();
            let sent = sent.values().filter(|(state, _)| state == "sent");
            assert_eq!(sent.count(), expected.len(), "{linked:?}");
        }
    }
}

#[test]
fn c6_a_page_with_an_own_ping_url_gets_it_only_for_links_to_itself() {
    for (linked, expected) in [
        (&["", "#dogs"][..], &["/tb/", "/tb/dogs"][..]),
        (&["#dogs"], &["/tb/dogs"]),
        (&["#nowhere", "#dogs"], &["/tb/", "/tb/dogs"]),
        (&["#nowhere"], &["/tb/"]),
    ] {
        let (writer, blog) = (Writer::new(), archive(&["", "#dogs", "#birds"], false));
        writer.publish("/1", &links(&blog, linked));
        for _ in 0..2 {
            writer.send(&["--adopt", "none"]).out();
            assert_eq!(pinged(&blog), expected, "{linked:?}");
        }
    }
}

#[test]
fn c6_each_entry_of_a_page_is_tried_again_by_itself() {
    let (writer, blog) = (Writer::new(), archive(&["#dogs", "#birds"], false));
    blog.play("/tb/birds", Script::status(500));
    writer.publish("/1", &links(&blog, &["#dogs", "#birds"]));
    assert_eq!(writer.send(&["--adopt", "none"]).code(), 1);
    blog.play("/tb/birds", Script::xml(ACCEPTED));
    writer.send(&["--retry"]).out();
    writer.send(&["--retry"]).out();
    assert_eq!(pinged(&blog), ["/tb/birds", "/tb/birds", "/tb/dogs"]);
    let targets: Vec<String> = writer
        .standing()
        .into_keys()
        .map(|(_, target)| target)
        .collect();
    let page = blog.url("/log.html");
    assert_eq!(targets, [page.clone(), format!("{page}#birds")]);
    // Forgetting the page does not send the other entry's ping again.
    writer.site.tb(&["sent", "--forget", &page]).out();
    writer.send(&[]).out();
    assert_eq!(pinged(&blog).len(), 4);
}

#[test]
fn c6_the_places_on_a_page_with_one_entry_mean_nothing() {
    for of_page in ["", "#top"] {
        let (writer, blog) = (Writer::new(), archive(&[of_page], false));
        writer.publish("/1", &links(&blog, &["#dogs", "#birds", "#comments"]));
        for _ in 0..2 {
            writer.send(&["--adopt", "none"]).out();
            assert_eq!(pinged(&blog).len(), 1);
            let targets: Vec<_> = writer
                .standing()
                .into_keys()
                .map(|(_, target)| target)
                .collect();
            assert_eq!(targets, [blog.url("/log.html")]);
        }
    }
}

#[test]
fn c6_an_old_ledger_that_knows_the_page_sends_nothing_to_its_entries() {
    for known in ["", "#dogs"] {
        let (writer, blog) = (Writer::new(), archive(&["#dogs", "#birds"], false));
        writer.publish("/1", &links(&blog, &["#dogs", "#birds"]));
        let (entry, target) = (writer.own.url("/1"), blog.url(&format!("/log.html{known}")));
        let line = format!(
            "{{\"op\":\"begin\",\"time\":\"2020-01-01T00:00:00Z\"}}\n{{\"op\":\"result\",\"entry\":\"{entry}\",\
             \"target\":\"{target}\",\"state\":\"sent\",\"time\":\"2020-01-01T00:00:00Z\"}}\n"
        );
        writer.site.write("tb-sent.jsonl", &line);
        let said = writer.send(&["--adopt", "none"]).out();
        assert!(pinged(&blog).is_empty(), "{known}: {said}");
    }
}
