//! How commands take the names of ids, hosts and networks.

use crate::support::shell::Site;

#[test]
fn an_id_may_be_named_by_its_ping_url_or_the_page_of_its_entry() {
    let site = Site::with(&["--base-url", "https://blog.example/cgi-bin/tb.cgi"]);
    let text = site.read("cgi-bin/tb.toml");
    let entry = "entry = \"https://blog.example/posts/{id}/\"\n";
    site.write("cgi-bin/tb.toml", &format!("{entry}{text}"));
    site.receive("猫", "url=https://a.example/1&title=T");
    let listed = site.tb(&["list", "猫"]).out();
    assert!(listed.contains("https://a.example/1"), "{listed}");
    for name in [
        "%E7%8C%AB",
        "https://blog.example/cgi-bin/tb.cgi/猫",
        "http://www.blog.example/cgi-bin/tb.cgi/%E7%8C%AB/",
        "https://blog.example/cgi-bin/tb.cgi?__mode=list&tb_id=%E7%8C%AB",
        "https://blog.example/posts/猫/",
        "https://blog.example/posts/%E7%8C%AB#comments",
    ] {
        assert_eq!(site.tb(&["list", name]).out(), listed, "{name}");
        let shown = site.tb(&["show", name, "1"]).out();
        assert!(shown.starts_with("id\t猫\nnumber\t1\n"), "{name}: {shown}");
        let held = site.tb(&["hold", name, "1"]).out();
        assert_eq!(held, "猫 1: held\n", "{name}");
        site.tb(&["approve", name, "1"]).out();
        assert!(
            site.tb(&["export", name]).out().contains("a.example/1"),
            "{name}"
        );
    }
    for none in [
        "https://blog.example/cgi-bin/tb.cgi",
        "https://other.example/猫",
    ] {
        let said = site.tb(&["delete", none, "1"]).failed(2);
        assert!(
            said.contains("neither a page of your site nor a ping URL"),
            "{said}"
        );
    }
}

#[test]
fn what_is_no_name_is_told_with_what_was_expected() {
    let site = Site::new();
    for (arguments, code, why) in [
        (
            &["url", "https://blog.example/tb.cgi/foo"][..],
            2,
            "expected an id such as `hello`, not a URL",
        ),
        (
            &["show", "https://other.example/foo", "1"],
            2,
            "neither a page of your site nor a ping URL",
        ),
        (
            &["domains", "add", "--", "-x"],
            2,
            "expected a host such as",
        ),
        (
            &["ban", "add", "203.0.113.0/8"],
            2,
            "`203.0.113.0/8` would be all of `203.0.0.0/8`",
        ),
        (
            &["ban", "add", "203.0.113.0/33"],
            2,
            "the prefix of an IPv4 address is a number up to 32",
        ),
    ] {
        let said = site.tb(arguments).failed(code);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(why), "{arguments:?}: {said}");
    }
}
