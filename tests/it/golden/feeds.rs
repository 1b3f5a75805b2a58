//! The feeds of a small fixed site, served and static.

use super::*;

#[test]
fn served_feeds_of_one_id_and_of_all() {
    let mut golden = Golden::of("feeds/served");
    let site = furnished();
    site.tb(&["rebuild"]);
    for mode in ["rss", "rss2", "atom", "json", "html"] {
        golden.ask(
            &site,
            mode,
            &Request::get(&format!("__mode={mode}&tb_id=cats")),
        );
        let few = format!("__mode={mode}&tb_id=cats&n=1");
        golden.ask(&site, &format!("{mode}.n=1"), &Request::get(&few));
        let none = format!("__mode={mode}&tb_id=nobody");
        golden.ask(&site, &format!("{mode}.none"), &Request::get(&none));
        golden.ask(
            &site,
            &format!("{mode}.all"),
            &Request::get(&format!("__mode={mode}")),
        );
    }
    golden.end();
}

#[test]
fn static_feeds_of_each_form() {
    let mut golden = Golden::of("feeds/static");
    let mut site = furnished();
    site.set("static", "[\"rss\", \"atom\", \"json\", \"html\"]");
    site.set("entry", "\"https://blog.example/posts/{id}/\"");
    site.tb(&["rebuild"]);
    let mut names = String::new();
    for path in files(&site.rss_dir()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        names.push_str(&format!("{name}\n"));
        golden.see_file(&name, &path);
    }
    golden.see("FILES", &names);
    golden.end();
}
