//! A configuration that cannot be used.

use std::fs;

use crate::hosts::hostile_set_up::ping;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::assert_trouble;

/// Configurations that cannot be used.
const FAULTS: [(&str, &[u8]); 6] = [
    ("an unknown key", b"pasword = \"x\"\n"),
    ("a wrong type", b"site_name = 3\n"),
    ("a wrong value", b"publish = \"sometimes\"\n"),
    ("not UTF-8", b"# \xFF\n"),
    ("not TOML", b"[[[\n"),
    ("a password in clear", b"password = \"secret-in-clear\"\n"),
];

#[test]
fn s9_a_faulty_configuration_is_said_to_the_owner_and_not_to_strangers() {
    for (fault, line) in FAULTS {
        let site = Site::new();
        let mut bytes = fs::read(site.config()).unwrap();
        bytes.retain(|&byte| byte != 0);
        let text = String::from_utf8(bytes).unwrap();
        let key = String::from_utf8_lossy(line);
        let key = key.split('=').next().unwrap_or_default().to_owned();
        let mut bytes: Vec<u8> = text
            .lines()
            .filter(|other| key.contains('[') || !other.starts_with(&key))
            .flat_map(|line| [line.as_bytes(), b"\n"].concat())
            .collect();
        bytes.extend(line);
        fs::write(site.config(), &bytes).unwrap();
        let before = site.snapshot();
        assert_trouble(&site, &site.cgi(&ping()));
        let page = site.cgi(&Request::get("__mode=list&tb_id=entry"));
        assert!((500..600).contains(&page.status), "{fault}: {page}");
        assert!(!page.text().contains("secret-in-clear"), "{page}");
        assert_eq!(site.snapshot(), before, "{fault}");
        let said = site.tb_fails(1, &["list"]);
        assert!(said.contains("tb.toml"), "{fault}: {said}");
        assert!(!said.contains("secret-in-clear"), "{said}");
        let refused = site.tb_fails(1, &["serve", "--listen", "127.0.0.1:0"]);
        assert!(refused.contains("tb.toml"), "{fault}: {refused}");
    }
}
