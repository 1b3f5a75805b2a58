//! `tb check` says what is in another place than it should be.

use std::fs;
use std::os::unix::fs::symlink;

use super::pages::with_entry;
use super::{edit, offline, tells};
use crate::support::shell::Site;

#[test]
fn a_page_that_was_built_for_a_local_server_is_a_warning() {
    let local = "http://localhost:1313/posts/my-cats/";
    let block =
        tb::linkback::trackback::rdf::block(local, "Cats", "http://localhost:1313/tb.cgi/my-cats");
    for (page, named) in [
        (
            "<link rel=trackback href=http://localhost:8080/tb.cgi/my-cats>".to_owned(),
            "names `http://localhost:8080/tb.cgi/my-cats`, which is not this program",
        ),
        (
            "<link rel=trackback href=http://127.0.0.1:1/tb.cgi/my-cats>".to_owned(),
            "names `http://127.0.0.1:1/tb.cgi/my-cats`, which is not this program",
        ),
        (block, "names no ping URL"),
    ] {
        let (said, code) = with_entry(&page);
        assert_eq!(code, 0, "{said}");
        assert!(said.contains(named), "{page}: {said}");
    }
}

#[test]
fn s_one_folder_inside_the_other_is_told_by_whatever_name() {
    let site = Site::new();
    let (data, feeds) = (site.path("data"), site.path("tb"));
    fs::create_dir(data.join("feeds")).unwrap();
    let inside = format!("\"{}\"", data.join("feeds").display());
    let set = |value: &str| {
        let text = site.read("cgi-bin/tb.toml");
        let line = text
            .lines()
            .find(|line| line.starts_with("rss_dir"))
            .unwrap();
        edit(&site, line, &format!("rss_dir = {value}"));
    };
    set(&inside);
    let wanted = "`rss_dir` must not be in `data_dir`";
    tells(&site, "fault", wanted);
    assert!(
        site.tb(&["serve", "--listen", "127.0.0.1:0"])
            .failed(1)
            .contains(wanted)
    );
    // By a name that leads there.
    let alias = site.path("alias");
    symlink(&data, &alias).unwrap();
    set(&format!("\"{}\"", alias.join("feeds").display()));
    tells(&site, "fault", "inside the folder of the pings");
    set(&format!("\"{}\"", feeds.display()));
    assert!(!offline(&site).0.contains("inside the folder"));
    let root = format!("\"{}\"", site.path("").display());
    set(&root);
    let (said, _) = offline(&site);
    assert!(said.contains("inside the folder of the feeds"), "{said}");
}
