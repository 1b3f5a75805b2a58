//! What `tb.toml` may say, and what is said back.

use super::*;

const GOOD: &str = "base_url = \"https://blog.example/cgi-bin/tb.cgi\"\ndata_dir = \"data\"\n";

fn read(text: &str) -> Result<Config> {
    Config::read(Path::new("/srv/tb.toml"), text.as_bytes(), |_| None)
}

fn fault(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn two_keys_are_enough_and_paths_are_relative_to_the_file() {
    let config = read(GOOD).unwrap();
    assert_eq!(config.data_dir, Path::new("/srv/data"));
    assert_eq!(config.publish, Publish::Known);
    assert_eq!(config.site[0].as_str(), "https://blog.example/");
    assert_eq!(config.rss_url, None);
}

#[test]
fn the_url_of_the_static_feeds_follows_from_site_and_rss_dir() {
    let config = read(&format!("{GOOD}rss_dir = \"/home/me/public_html/tb\"\n")).unwrap();
    assert_eq!(config.rss_url.unwrap().as_str(), "https://blog.example/tb/");
}

#[test]
fn f10_the_site_defaults_to_the_users_folder() {
    for (base_url, site) in [
        ("https://blog.example/tb.cgi", "https://blog.example/"),
        (
            "https://blog.example/cgi-bin/tb.cgi",
            "https://blog.example/",
        ),
        (
            "https://host.example/~alice/cgi-bin/tb.cgi",
            "https://host.example/~alice/",
        ),
        (
            "https://host.example/~alice/tb.cgi",
            "https://host.example/~alice/",
        ),
        (
            "https://host.example/~alice/",
            "https://host.example/~alice/",
        ),
        (
            "https://host.example/~alice",
            "https://host.example/~alice/",
        ),
        (
            "https://host.example/%7Ealice/tb.cgi",
            "https://host.example/%7Ealice/",
        ),
        (
            "https://host.example/%7ealice/tb.cgi",
            "https://host.example/%7ealice/",
        ),
        (
            "http://host.example:8080/~alice/tb.cgi",
            "http://host.example:8080/~alice/",
        ),
        (
            "https://host.example/users/~alice/tb.cgi",
            "https://host.example/users/~alice/",
        ),
        (
            "https://host.example/cgi-bin/~alice/tb.cgi",
            "https://host.example/~alice/",
        ),
        (
            "https://host.example/cgi-bin/cgiwrap/~alice/tb.cgi",
            "https://host.example/~alice/",
        ),
        (
            "https://host.example/cgi-bin/cgiwrap/alice/tb.cgi",
            "https://host.example/~alice/",
        ),
        (
            "https://host.example/CGI-bin/nph-cgiwrapd/alice/tb.cgi",
            "https://host.example/~alice/",
        ),
        // Nobody's name.
        ("https://host.example/~/tb.cgi", "https://host.example/"),
        ("https://host.example/%7E/tb.cgi", "https://host.example/"),
        (
            "https://host.example/cgi-bin/cgiwrap",
            "https://host.example/",
        ),
        (
            "https://host.example/cgi-bin/~tb.cgi",
            "https://host.example/",
        ),
        ("https://host.example/a~b/tb.cgi", "https://host.example/"),
    ] {
        let config = read(&format!("base_url = \"{base_url}\"\ndata_dir = \"data\"\n")).unwrap();
        assert_eq!(config.site[0].as_str(), site, "{base_url}");
    }
}

#[test]
fn an_unknown_key_is_an_error_with_a_suggestion() {
    assert_eq!(
        fault(&format!("{GOOD}pubish = \"all\"\n")),
        "/srv/tb.toml: unknown key `pubish`; did you mean `publish`?"
    );
}

#[test]
fn a_wrong_type_is_an_error_that_names_the_right_one() {
    assert_eq!(
        fault(&format!("{GOOD}publish = 3\n")),
        "/srv/tb.toml: `publish` must be a text in quotes"
    );
    assert!(fault(&format!("{GOOD}[publish]\n")).contains("not a table"));
    assert!(fault(&format!("{GOOD}publish = \"some\"\n")).contains("`known` or `all`"));
    assert!(fault("base_url = \"ftp://x/\"\ndata_dir = \"d\"\n").contains("https://"));
    assert!(fault(&format!("{GOOD}allow_private = \"yes\"\n")).contains("`true` or `false`"));
}

#[test]
fn s_the_folder_of_the_feeds_is_not_in_that_of_the_pings() {
    let base = "base_url = \"https://blog.example/tb.cgi\"\n";
    for (pings, feeds, is_fault) in [
        ("data", "data", true),
        ("data", "data/feeds", true),
        ("data/", "./data//feeds", true),
        ("data", "data/../feeds", false),
        ("/srv/data", "data/feeds", true),
        ("data", "data-feeds", false),
        ("data", "feeds", false),
    ] {
        let text = format!("{base}data_dir = \"{pings}\"\nrss_dir = \"{feeds}\"\n");
        let read = Config::read(Path::new("/srv/tb.toml"), text.as_bytes(), |_| None);
        assert_eq!(read.is_err(), is_fault, "{pings} {feeds}");
        if let Err(error) = read {
            assert!(
                error
                    .to_string()
                    .contains("`rss_dir` must not be in `data_dir`"),
                "{error}"
            );
        }
    }
}

#[test]
fn a_file_that_is_not_utf_8_is_an_error() {
    let error = Config::read(Path::new("/srv/tb.toml"), b"\xFF", |_| None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/srv/tb.toml: the file is not UTF-8 (line 1); save it as UTF-8"
    );
}

#[test]
fn what_pings_may_do_is_read_and_checked() {
    let config = read(&format!(
        "{GOOD}limits = [\"prefix 2\", \"ids 9\"]\nclose_after = \"90 days\"\nids = \"known\"\n\
         entry = \"https://blog.example/{{id}}\"\nnotify = \"me@example.org\"\npassphrase = \"open-sesame\"\n"
    ))
    .unwrap();
    assert_eq!(
        (config.limits.prefix, config.limits.ids, config.limits.site),
        (2, 9, 60)
    );
    assert_eq!(
        config.close_after,
        Some(SignedDuration::from_hours(90 * 24))
    );
    assert_eq!(config.ids, Ids::Known);
    for (line, right) in [
        ("limits = [\"prefix many\"]", "`prefix many`"),
        ("limits = [\"prefix 0\"]", "`prefix 0`"),
        ("limits = [\"prefixes 3\"]", "new_ids"),
        ("close_after = \"soon\"", "`90 days`"),
        ("close_after = \"-3 days\"", "`90 days`"),
        ("entry = \"https://blog.example/\"", "{id}"),
        ("passphrase = \"a/b\"", "ASCII"),
        ("passphrase = \"~a\"", "ASCII"),
        ("notify = \"-oQ/tmp@x\"", "one address"),
        ("notify = \"a@b\\nBcc: c@d\"", "one address"),
    ] {
        let fault = fault(&format!("{GOOD}{line}\n"));
        assert!(fault.contains(right), "{line}: {fault}");
    }
}

#[test]
fn a_password_in_the_clear_is_refused() {
    assert!(fault(&format!("{GOOD}password = \"secret\"\n")).contains("tb passwd"));
}

#[test]
fn the_environment_wins_and_lists_are_separated_by_commas() {
    let environment = |key: &str| match key {
        "site" => Some(OsString::from("https://a.example/, https://b.example/")),
        "publish" => Some(OsString::from("all")),
        _ => None,
    };
    let config = Config::read(Path::new("/srv/tb.toml"), GOOD.as_bytes(), environment).unwrap();
    assert_eq!(config.site.len(), 2);
    assert_eq!(config.publish, Publish::All);
}

#[test]
fn s3_a_frame_source_cannot_end_the_header() {
    assert!(
        fault(&format!(
            "{GOOD}frame_ancestors = [\"'self'; script-src *\"]\n"
        ))
        .contains("list of sources")
    );
}

#[test]
fn a_proxy_is_one_host_of_somebody_else() {
    let proxies = |item: &str| read(&format!("{GOOD}proxies = [\"{item}\"]\n"));
    for (item, host) in [
        ("brid.gy", "brid.gy"),
        ("WWW.Brid.gy.", "brid.gy"),
        ("猫.example", "xn--z7x.example"),
        ("someone.github.io", "someone.github.io"),
        ("127.0.10.1", "127.0.10.1"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("localhost", "localhost"),
    ] {
        assert_eq!(proxies(item).unwrap().proxies, [host], "{item}");
    }
    for (item, rule) in [
        ("*.brid.gy", "has a wildcard"),
        ("*", "has a wildcard"),
        ("com", "public suffix"),
        ("co.uk", "public suffix"),
        ("github.io", "public suffix"),
        ("brid.gy:443", "has a port"),
        ("brid.gy:80", "has a port"),
        ("[2001:db8::1]:443", "has a port"),
        ("blog.example", "your own site"),
        ("www.Blog.example", "your own site"),
        ("https://brid.gy/", "not the name of a host"),
        ("brid.gy/x", "not the name of a host"),
        ("brid.gy?x", "not the name of a host"),
        ("me@brid.gy", "not the name of a host"),
        ("2001:db8::1", "not the name of a host"),
        ("brid gy", "not the name of a host"),
        ("", "not the name of a host"),
    ] {
        let fault = proxies(item).unwrap_err().to_string();
        assert!(
            fault.contains("`proxies` must be") && fault.contains(&format!("; `{item}` ")),
            "{fault}"
        );
        assert!(fault.contains(rule), "{fault}");
    }
    let site = "site = [\"https://shop.example/~me/\"]\nproxies = [\"shop.example\"]\n";
    assert!(fault(&format!("{GOOD}{site}")).contains("your own site"));
}

#[test]
fn of_a_limit_the_wrong_part_is_named() {
    let (number, name) = (
        "must end with a whole number from 1",
        "begins with none of prefix, domain",
    );
    for (item, wrong) in [
        ("pair 0", number),
        ("pair 6/h", number),
        ("pair -1", number),
        ("pair 1.5", number),
        ("pair 4294967296", number),
        ("pair", number),
        ("pair  ", number),
        ("pairs 6", name),
        ("6 pair", name),
        ("pair=6", name),
        ("", name),
    ] {
        let fault = fault(&format!("{GOOD}limits = [\"{item}\"]\n"));
        assert!(fault.contains(&format!("`{item}` {wrong}")), "{fault}");
    }
    let config = read(&format!("{GOOD}limits = [\" pair  7 \"]\n")).unwrap();
    assert_eq!(config.limits.pair, 7);
}
