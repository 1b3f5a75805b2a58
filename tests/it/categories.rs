//! The content repository: the ids that the owner has put on a public list, with `tb add`.

use std::fs;

use crate::support::http::Reply;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::assert_accepted;

const HOSTILE: &str = "</a><script>alert(1)</script>\"'&amp; {{ title }}";

fn list(site: &Site, query: &str) -> Reply {
    site.cgi(&Request::get(query)).expect(200)
}

/// Where each of the texts stands in the page, in this order.
fn assert_in_order(page: &str, texts: &[&str]) {
    let mut rest = page;
    for text in texts {
        let (_, after) = rest
            .split_once(text)
            .unwrap_or_else(|| panic!("{text} is not in its place in {page}"));
        rest = after;
    }
}

#[test]
fn without_a_listed_id_the_page_says_so_and_nothing_is_made() {
    let site = Site::new();
    assert_accepted(&site.cgi(&Request::ping("secret-draft", "http://weblog.example/1")));
    let before = site.snapshot();
    let page = list(&site, "__mode=list");
    assert!(
        page.text().contains("There are no public categories."),
        "{page}"
    );
    assert!(!page.text().contains("secret"), "{page}");
    assert_eq!(before, site.snapshot());
}

#[test]
fn listed_ids_stand_by_title_with_description_count_and_links() {
    let mut site = Site::new();
    site.live_at(8080);
    let base = site.base_url();
    assert_eq!(
        site.tb(&[
            "add",
            "cats",
            "--title",
            "Cats",
            "--describe",
            "All about cats"
        ]),
        format!("{base}/cats\n")
    );
    site.tb(&["add", "zebras", "--title", "apes"]);
    site.tb(&["add", "dogs"]);
    assert_accepted(&site.cgi(&Request::ping("unlisted", "http://weblog.example/1")));
    for number in 1..=2 {
        let url = format!("http://weblog.example/{number}");
        assert_accepted(&site.cgi(&Request::ping("cats", &url)));
    }
    site.tb(&["junk", "cats", "2"]);
    let page = list(&site, "__mode=list");
    assert_in_order(
        page.text(),
        &[
            ">apes</a>",
            "0 pings",
            "tb_id=zebras",
            "/zebras</div>",
            "tb_id=cats\">Cats</a>",
            "All about cats",
            "1 ping<",
            "/tb/cats.xml",
            "/cats</div>",
            ">dogs</a>",
            "0 pings",
        ],
    );
    assert!(!page.text().contains("unlisted"), "{page}");
    // Each link leads to something.
    for mode in ["list", "rss2"] {
        list(&site, &format!("__mode={mode}&tb_id=dogs"));
    }
    let own = list(&site, "__mode=list&tb_id=cats");
    assert_in_order(
        own.text(),
        &[
            "<bdi>Cats</bdi> <span class=\"id\">1 ping</span></h1>",
            "All about cats",
        ],
    );
    assert!(
        list(&site, "")
            .text()
            .contains("__mode=list\">All categories")
    );
    assert!(!site.tb(&["list", "cats"]).is_empty());
}

#[test]
fn what_is_added_again_is_changed_and_what_is_removed_keeps_its_pings() {
    let site = Site::new();
    site.tb(&["add", "cats", "--title", "Cats", "--describe", "Old words"]);
    site.tb(&["add", "cats", "--describe", "New words"]);
    let page = list(&site, "__mode=list");
    assert_in_order(page.text(), &[">Cats</a>", "New words"]);
    assert!(!page.text().contains("Old words"), "{page}");
    assert_accepted(&site.cgi(&Request::ping("cats", "http://weblog.example/1")));
    assert_eq!(site.tb(&["add", "cats", "--remove"]), "");
    assert!(
        list(&site, "__mode=list")
            .text()
            .contains("no public categories")
    );
    assert!(
        list(&site, "__mode=list&tb_id=cats")
            .text()
            .contains("http://weblog.example/1")
    );
    assert!(!list(&site, "").text().contains("All categories"));
    // Nothing is known of it any more.
    let known = fs::read_to_string(site.data_dir().join(".entries")).unwrap();
    assert!(!known.contains("cats"), "{known}");
    let said = site.tb_fails(2, &["add", "cats", "--remove"]);
    assert!(said.contains("not on the public list"), "{said}");
}

#[test]
fn a_passphrase_and_what_a_newer_version_wrote_outlive_the_list() {
    let site = Site::new();
    let known = site.data_dir().join(".entries");
    crate::support::write(
        &known,
        "cats\t{\"passphrase\":\"sesame\",\"colour\":\"red\"}\n",
    );
    crate::support::set_mode(&known, 0o600);
    let url = site.tb(&["add", "cats", "--title", "Cats"]);
    assert!(url.ends_with("/cats/sesame\n"), "{url}");
    // A stranger is not told where.
    let page = list(&site, "__mode=list");
    assert!(page.text().contains(">Cats</a>"), "{page}");
    assert!(
        !page.text().contains("sesame") && !page.text().contains("class=\"ping-url\""),
        "{page}"
    );
    site.tb(&["add", "cats", "--remove"]);
    let text = fs::read_to_string(&known).unwrap();
    assert!(
        text.contains("\"sesame\"") && text.contains("\"red\""),
        "{text}"
    );
    assert!(!text.contains("listed") && !text.contains("Cats"), "{text}");
}

#[test]
fn an_id_on_the_list_takes_pings_where_only_known_ids_do() {
    let mut site = Site::new();
    site.set("ids", "\"known\"");
    site.tb(&["add", "cats", "--title", "Cats"]);
    assert_accepted(&site.cgi(&Request::ping("cats", "http://weblog.example/1")));
    let refused = site.cgi(&Request::ping("dogs", "http://weblog.example/1"));
    assert!(refused.text().contains("<error>1</error>"), "{refused}");
}

#[test]
fn s3_titles_and_descriptions_stay_text() {
    let site = Site::new();
    site.tb(&["add", "a", "--title", HOSTILE, "--describe", HOSTILE]);
    // The list has it in the title of the page, too.
    for (query, count) in [("__mode=list", 2), ("__mode=list&tb_id=a", 3)] {
        let page = list(&site, query);
        assert!(!page.text().contains("<script>alert"), "{page}");
        let escaped = page.text().matches("&#60;script&#62;alert(1)").count();
        assert_eq!(escaped, count, "{page}");
    }
    // Nor can they break a line of the file, steer a terminal or be endless.
    let long = "x".repeat(10_000);
    site.tb(&[
        "add",
        "b",
        "--title",
        "B\u{1b}[2J\n\u{202e}c",
        "--describe",
        &long,
    ]);
    let known = fs::read_to_string(site.data_dir().join(".entries")).unwrap();
    assert_eq!(known.lines().count(), 3, "{known}");
    assert!(known.contains("\"B[2J c\""), "{known}");
    assert!(known.len() < 2_000, "{known}");
    for arguments in [
        &["add", "b", "--title", " \u{202e} "][..],
        &["add", "b", "--describe", ""],
    ] {
        let said = site.tb_fails(2, arguments);
        assert!(said.contains("is empty"), "{said}");
    }
    assert!(
        site.tb_fails(2, &["add", "x", "--remove", "--title", "T"])
            .contains("--title")
    );
}

#[test]
fn damaged_lines_and_files_close_no_page() {
    let site = Site::new();
    site.tb(&["add", "cats", "--title", "Cats"]);
    site.tb(&["add", "dogs", "--title", "Dogs"]);
    let known = site.data_dir().join(".entries");
    let text = fs::read_to_string(&known).unwrap();
    let more = "apes\t{\"listed\":\"yes\",\"title\":\"Apes\"}\nbats\t{\"listed\":true,\n";
    fs::write(&known, format!("{text}{more}")).unwrap();
    fs::create_dir(site.data_dir().join("dogs.jsonl")).unwrap();
    let page = list(&site, "__mode=list");
    assert_in_order(page.text(), &[">Cats</a>", "0 pings", ">Dogs</a>"]);
    assert!(
        !page.text().contains("Apes") && !page.text().contains("bats"),
        "{page}"
    );
    list(&site, "__mode=list&tb_id=apes");
}

#[test]
fn a_hundred_ids_fill_a_page_and_no_number_is_out_of_range() {
    let site = Site::new();
    let lines: String = (0..201)
        .map(|number| format!("e{number:03}\t{{\"title\":\"T{number:03}\",\"listed\":true}}\n"))
        .collect();
    let known = site.data_dir().join(".entries");
    crate::support::write(&known, &lines);
    crate::support::set_mode(&known, 0o600);
    let count = |query: &str| {
        list(&site, query)
            .text()
            .matches("class=\"ping category\"")
            .count()
    };
    assert_eq!(count("__mode=list"), 100);
    assert_eq!(count("__mode=list&page=2"), 100);
    let last = list(&site, "__mode=list&page=3");
    assert_in_order(last.text(), &[">T200</a>", "rel=\"prev\"", "page=2"]);
    assert!(!last.text().contains("rel=\"next\""), "{last}");
    for (page, shown) in [
        ("0", 100),
        ("-1", 100),
        ("x", 100),
        ("99999999999999999999", 100),
        ("4", 1),
    ] {
        assert_eq!(count(&format!("__mode=list&page={page}")), shown, "{page}");
    }
}
