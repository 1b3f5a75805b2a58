//! The official tests of the public suffix list, which one of PyPI's packages ships.

use tb::internals::domain::{is_public_suffix, registrable};
use url::Url;

use crate::support::indieweb::home;

/// The words in quotation marks of a line such as `checkPublicSuffix('a.b.com', null);`.
fn quoted(line: &str) -> Vec<&str> {
    line.split('\'').skip(1).step_by(2).collect()
}

#[test]
fn a_name_belongs_to_whom_the_official_tests_say() {
    let tests = std::fs::read_to_string(home().join("test_psl.txt")).unwrap();
    let mut count = 0;
    for line in tests.lines().filter(|line| line.starts_with("check")) {
        let words = quoted(line);
        let Some(host) = words.first() else {
            continue;
        };
        let url = Url::parse(&format!("http://{host}/")).unwrap();
        let host = url.host_str().unwrap();
        assert_eq!(is_public_suffix(host), words.len() == 1, "{line}");
        if let Some(domain) = words.get(1) {
            let domain = url::Host::parse(domain).unwrap().to_string();
            assert_eq!(registrable(&url), domain, "{line}");
        }
        count += 1;
    }
    assert!(count > 70, "{count}");
}
