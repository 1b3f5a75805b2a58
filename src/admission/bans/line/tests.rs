//! Lines as people write them.

use super::*;

fn ban(line: &str) -> Option<String> {
    let line = parse(line.as_bytes()).unwrap_or_else(|fault| panic!("{line}: {fault}"));
    line.map(|line| line.into_owned().to_string())
}

#[test]
fn what_is_read_is_written_in_one_way() {
    for (line, written) in [
        ("address 203.0.113.0/24", "address 203.0.113.0/24"),
        (
            "  address\t203.0.113.77/24 # x\r\n",
            "address 203.0.113.0/24",
        ),
        ("address 203.0.113.77", "address 203.0.113.77"),
        ("address 203.0.113.77/32", "address 203.0.113.77"),
        ("address ::ffff:203.0.113.77", "address 203.0.113.77"),
        ("address ::ffff:203.0.113.0/120", "address 203.0.113.0/24"),
        ("address 2001:DB8::1/32", "address 2001:db8::/32"),
        ("domain Spam.Example", "domain spam.example"),
        ("domain *.spam.example.", "domain spam.example"),
        ("domain 猫.example", "domain xn--z7x.example"),
        ("domain localhost", "domain localhost"),
        ("tenant medium.com/@Evil/ # x", "tenant medium.com/@Evil/"),
        (
            "tenant users.example/~evil/ until 2026-12-20T00:00:00Z",
            "tenant users.example/~evil/ until 2026-12-20T00:00:00Z",
        ),
        ("word  Cheap   pills ", "word Cheap pills"),
        ("word wait until dawn", "word wait until dawn"),
        (
            "word a b until 2026-12-20T00:00:00Z",
            "word a b until 2026-12-20T00:00:00Z",
        ),
        (
            "domain a.example until 2026-12-20T00:00:00+01:00 # one",
            "domain a.example until 2026-12-19T23:00:00Z",
        ),
    ] {
        assert_eq!(ban(line).as_deref(), Some(written), "{line}");
        assert_eq!(ban(written).as_deref(), Some(written));
    }
    for line in ["", "  \r\n", "# address x", "\t#"] {
        assert_eq!(ban(line), None);
    }
}

#[test]
fn a_wrong_line_is_said_to_be_wrong() {
    for line in [
        &b"address"[..],
        b"address 203.0.113.0/33",
        b"address 203.0.113",
        b"address spam.example",
        b"address 203.0.113.0/24 until",
        b"address 203.0.113.0/24 until tomorrow",
        b"address 203.0.113.0/24 for ever",
        b"domain",
        b"domain http://spam.example/",
        b"domain spam..example",
        b"domain 203.0.113.5",
        b"domain 0x7f.1",
        b"domain !\xF0\x9D\xBC\x80",
        b"domain spam example",
        b"domain \xe2\x80\xae.example",
        b"tenant",
        b"tenant medium.com",
        b"tenant medium.com/",
        b"tenant medium.com/@evil/ x",
        b"word",
        b"word !!!",
        b"word a",
        b"word pills until 2026-13-01T00:00:00Z",
        b"adress 203.0.113.0/24",
        b"Domain spam.example",
        b"word \xff",
        b"203.0.113.0/24",
    ] {
        assert!(parse(line).is_err(), "{}", line.escape_ascii());
    }
}

#[test]
fn the_kind_is_guessed_from_the_form() {
    for (text, guessed) in [
        ("203.0.113.0/24", Some("address 203.0.113.0/24")),
        ("::ffff:203.0.113.9", Some("address 203.0.113.9")),
        ("2001:db8::/32", Some("address 2001:db8::/32")),
        ("spam.example", Some("domain spam.example")),
        ("WWW.Spam.Example", Some("domain www.spam.example")),
        ("https://www.spam.example/page", Some("domain spam.example")),
        ("http://[2001:db8::1]/", Some("address 2001:db8::1")),
        ("http://0xcb007109/", Some("address 203.0.113.9")),
        ("spam.example:8080", Some("domain spam.example")),
        ("203.0.113.9:80", Some("address 203.0.113.9")),
        ("[2001:db8::5]", Some("address 2001:db8::5")),
        ("[2001:db8::5]:8080", Some("address 2001:db8::5")),
        ("pills:20", None),
        ("[spam.example]", None),
        ("spam.example:", None),
        ("spam.example:http", None),
        // Where many share a domain, one publisher of them.
        ("https://evil.free.fr/x", Some("domain evil.free.fr")),
        ("https://evil.tumblr.com/x", Some("domain evil.tumblr.com")),
        ("https://evil.mit.edu/", Some("domain evil.mit.edu")),
        ("https://evil.mit.edu/x.html", None),
        (
            "https://medium.com/@evil/x",
            Some("tenant medium.com/@evil/"),
        ),
        ("https://github.com/evil", Some("tenant github.com/evil/")),
        (
            "http://users.example/~evil/x",
            Some("tenant users.example/~evil/"),
        ),
        ("http://192.0.2.1/~evil/", Some("tenant 192.0.2.1/~evil/")),
        (
            "http://[2001:db8::1]/~evil/",
            Some("tenant 2001:db8::1/~evil/"),
        ),
        ("https://medium.com/p/1", None),
        ("https://telegra.ph/x", None),
        ("https://free.fr/", None),
        ("https://github.com/", None),
        ("https://bit.ly/x", None),
        ("http://users.example/~ann/..%2f~evil/", None),
        ("medium.com/@evil/", Some("tenant medium.com/@evil/")),
        ("medium.com/@evil", Some("tenant medium.com/@evil/")),
        ("spam.example/page", None),
        ("a/b", None),
        ("spam.example\nfriend.example", None),
        ("https://spam.example\n.friend.example/", None),
        ("pills", None),
        ("cheap pills", None),
        ("3.14", None),
        ("", None),
        ("a.b c", None),
    ] {
        let what = BanSubject::guess(text).map(|what| format!("{} {what}", what.kind()));
        assert_eq!(what.as_deref(), guessed, "{text}");
    }
}

#[test]
fn a_prefix_that_would_be_another_network_is_told() {
    for (text, fault) in [
        ("203.0.113.0/8", Some("all of `203.0.0.0/8`")),
        ("203.0.113.0/16", Some("all of `203.0.0.0/16`")),
        ("2001:db8:1::/32", Some("all of `2001:db8::/32`")),
        ("[2001:db8:1::]/32", Some("all of `2001:db8::/32`")),
        ("203.0.113.0/33", Some("IPv4 address is a number up to 32")),
        ("2001:db8::/129", Some("IPv6 address is a number up to 128")),
        ("203.0.113.0/x", Some("a number up to 32")),
        ("203.0.113.0/", Some("a number up to 32")),
        ("203.0.113.0/-1", Some("a number up to 32")),
        // The network of an address.
        ("203.0.113.77/24", None),
        ("2001:db8:1:2::1/48", None),
        ("10.0.0.0/8", None),
        ("203.0.113.7", None),
        ("medium.com/@name", None),
    ] {
        let said = BanSubject::prefix_fault(text);
        match (said, fault) {
            (Some(said), Some(fault)) => assert!(said.contains(fault), "{text}: {said}"),
            (said, fault) => assert_eq!(said.as_deref(), fault, "{text}"),
        }
    }
}

#[test]
fn a_domain_covers_what_is_below_it_and_nothing_that_only_looks_so() {
    for (host, within) in [
        ("spam.example", true),
        ("www.spam.example", true),
        ("notspam.example", false),
        ("example", false),
        ("spam.example.org", false),
        ("", false),
        ("猫spam.example", false),
    ] {
        assert_eq!(is_within(host, "Spam.example"), within, "{host}");
    }
}

#[test]
fn a_phrase_cannot_make_a_line_of_its_own() {
    let what = BanSubject::word("pills\naddress 0.0.0.0/0\u{2028}x").unwrap();
    let ban = Ban { what, until: None };
    assert_eq!(ban.to_string(), "word pills address 0.0.0.0/0 x");
    assert_eq!(BanSubject::word("$"), None);
}

#[test]
fn a_domain_of_odd_letters_is_refused_or_read_again_as_it_was_written() {
    let mut count = 0;
    for text in ["domain weblog.example", "domain !\u{1df00}"] {
        if let Ok(Some(line)) = parse(text.as_bytes()) {
            let written = line.into_owned().to_string();
            let again = parse(written.as_bytes()).unwrap().unwrap().into_owned();
            assert_eq!(again.to_string(), written);
            count += 1;
        }
    }
    assert!(count >= 1);
}

proptest::proptest! {
    #![proptest_config(crate::proptest_config())]
    #[test]
    fn any_line_is_read_and_what_was_read_is_read_again(line in "(address |domain |tenant |word )?\\PC{0,40}( until [0-9TZ:-]{0,20})?") {
        if let Ok(Some(line)) = parse(line.as_bytes()) {
            let ban = line.into_owned();
            let written = ban.to_string();
            let again = parse(written.as_bytes()).unwrap().unwrap().into_owned();
            proptest::prop_assert_eq!(again.to_string(), written);
        }
    }
}
