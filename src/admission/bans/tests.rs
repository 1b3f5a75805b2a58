//! The list of bans as a file that two write: the program and the owner's editor.

use super::*;
use crate::admission::domains::Approvals;

fn now() -> Timestamp {
    "2026-11-20T05:00:00Z".parse().unwrap()
}

fn store(bans: &[u8]) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(".bans"), bans).unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

fn verdict(store: &Store, address: &str, permalink: &str, title: &str) -> String {
    let ping = Ping::new(permalink, title, "", "").unwrap();
    let url = Url::parse(&ping.url).unwrap();
    let address = address.parse().ok();
    let mut bans = check(store, address, &ping, &url, now()).unwrap().bans;
    let refused = |ban: &Ban| !matches!(ban.what, BanSubject::Word(_));
    match bans.pop_if(|ban| refused(ban)) {
        Some(_) => "refused".to_owned(),
        None => bans
            .first()
            .map_or("free".to_owned(), |ban| ban.to_string()),
    }
}

fn ban(text: &str) -> Ban<'_> {
    line::parse(text.as_bytes()).unwrap().unwrap().into_owned()
}

fn text(store: &Store) -> String {
    String::from_utf8(store.read_state(StateFile::Bans).unwrap().unwrap()).unwrap()
}

const BANS: &str = "\u{FEFF}address 203.0.113.0/24\r\n\
    # by hand\r\n\
    address 2001:db8::/32\r\n\
    nonsense\r\n\
    domain 猫.example\r\n\
    domain Spam.Example # x\r\n\
    \r\n\
    word cheap pills\r\n\
    address 198.51.100.7 until 2026-11-20T05:00:00Z\r\n\
    word later until 2026-11-20T05:00:01Z";

#[test]
fn a_list_that_was_edited_by_hand_is_read() {
    let (_dir, store) = store(BANS.as_bytes());
    let free = "192.0.2.1";
    let page = "http://a.example/";
    for (address, permalink, title, expected) in [
        (free, page, "T", "free"),
        ("", page, "T", "free"),
        ("203.0.113.255", page, "T", "refused"),
        ("::ffff:203.0.113.1", page, "T", "refused"),
        ("203.0.114.0", page, "T", "free"),
        ("2001:db8:ffff::1", page, "T", "refused"),
        ("2001:db9::1", page, "T", "free"),
        // It is over.
        ("198.51.100.7", page, "T", "free"),
        (free, "http://203.0.113.9/", "T", "refused"),
        (free, "http://[2001:db8::1]/", "T", "refused"),
        (free, "http://[::ffff:203.0.113.9]/", "T", "refused"),
        (free, "http://www.猫.example/", "T", "refused"),
        (free, "http://xn--z7x.example./", "T", "refused"),
        (free, "https://A.SPAM.example:8080/x", "T", "refused"),
        (free, "https://notspam.example/", "T", "free"),
        (free, "https://a.example/?spam.example", "T", "free"),
        (free, page, "Cheap&#32;PILLS!", "word cheap pills"),
        (
            free,
            "http://a.example/cheap-pills",
            "T",
            "word cheap pills",
        ),
        (free, page, "Later", "word later until 2026-11-20T05:00:01Z"),
        // Refusing costs less.
        ("203.0.113.1", page, "cheap pills", "refused"),
        (free, "http://spam.example/", "cheap pills", "refused"),
    ] {
        assert_eq!(
            verdict(&store, address, permalink, title),
            expected,
            "{address} {permalink} {title}"
        );
    }
    let list = list(&store, now()).unwrap();
    assert_eq!(list.bans.len(), 6);
    assert_eq!(list.faults.len(), 1);
    assert!(list.faults[0].to_string().starts_with("`.bans`, line 4: "));
}

#[test]
fn editing_keeps_what_it_does_not_understand_and_drops_what_is_over() {
    let (_dir, store) = store(BANS.as_bytes());
    add(
        &store,
        &[
            ban("domain SPAM.example until 2027-01-01T00:00:00Z"),
            ban("word casino"),
        ],
        "page",
        now(),
    )
    .unwrap();
    assert_eq!(
        text(&store),
        "address 203.0.113.0/24\r\n# by hand\r\naddress 2001:db8::/32\r\nnonsense\r\ndomain 猫.example\r\n\r\n\
         word cheap pills\r\nword later until 2026-11-20T05:00:01Z\n\
         domain spam.example until 2027-01-01T00:00:00Z\nword casino\n"
    );
    let gone = [
        "domain xn--z7x.example",
        "word CHEAP  pills",
        "address 203.0.113.9/24",
    ];
    let gone = gone.map(|text| ban(text).what);
    assert_eq!(remove(&store, &gone, "shell", now()).unwrap(), []);
    assert!(
        text(&store)
            .starts_with("# by hand\r\naddress 2001:db8::/32\r\nnonsense\r\n\r\nword later")
    );
}

#[test]
fn bans_and_their_end_are_logged_with_who_decided() {
    let (dir, store) = store(BANS.as_bytes());
    let casino = ban("word casino");
    add(&store, std::slice::from_ref(&casino), "page", now()).unwrap();
    let all = [casino.what, ban("word nobody").what];
    remove(&store, &all, "shell", now()).unwrap();
    remove(&store, &all[..1], "shell", now()).unwrap();
    let log = std::fs::read_to_string(dir.path().join(".log")).unwrap();
    let line = |event: &str, by: &str| serde_json::json!({"time": now(), "event": event, "kind": "word", "what": "casino", "by": by});
    let logged: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(logged, [line("banned", "page"), line("unbanned", "shell")]);
}

#[test]
fn all_bans_that_are_named_are_taken_away_or_none() {
    let (_dir, store) = store(BANS.as_bytes());
    let all = [ban("address 2001:db8::/32").what, ban("word nobody").what];
    assert_eq!(remove(&store, &all, "shell", now()).unwrap(), all[1..]);
    assert_eq!(text(&store), BANS);
}

#[test]
fn without_a_list_nothing_is_banned() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(
        verdict(&store, "203.0.113.1", "http://a.example/", "T"),
        "free"
    );
    assert_eq!(list(&store, now()).unwrap(), BanList::default());
    assert!(!dir.path().join(".bans").exists());
}

#[test]
fn a_list_of_nonsense_bans_nobody_and_names_some_of_it() {
    let nonsense: Vec<u8> = (0..100_000_u32)
        .flat_map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes())
        .collect();
    let (_dir, store) = store(&nonsense);
    assert_eq!(
        verdict(&store, "203.0.113.1", "http://a.example/", "T"),
        "free"
    );
    let list = list(&store, now()).unwrap();
    assert!(list.bans.is_empty());
    assert_eq!(list.faults.len(), MAX_ERRORS);
}

#[test]
fn a_ban_that_would_cover_everything_is_known_for_it() {
    let site = "base_url = \"https://cgi.blog.example.co.uk/tb.cgi\"\ndata_dir = \"data\"\nsite = [\"https://www.mine.example/\"]";
    let config = Config::read(std::path::Path::new("/x/tb.toml"), site.as_bytes(), |_| {
        None
    })
    .unwrap();
    for (text, broad) in [
        ("address 0.0.0.0/0", true),
        ("address ::/0", true),
        ("address ::ffff:0:0/96", true),
        ("address 128.0.0.0/1", true),
        ("address 10.0.0.0/8", false),
        ("address 2001:db8::/32", false),
        ("domain com", true),
        ("domain co.uk", true),
        ("domain github.io", true),
        ("domain mine.example", true),
        ("domain www.mine.example", true),
        ("domain example.co.uk", true),
        ("domain other.example.co.uk", false),
        ("domain ine.example", false),
        ("word pills", false),
    ] {
        assert_eq!(
            too_broad(&config, &ban(text).what).is_some(),
            broad,
            "{text}"
        );
    }
}

#[test]
fn f18_each_form_of_a_banned_address_is_banned() {
    let (_dir, store) = store(b"address 203.0.113.0/24\ndomain evil.example\n");
    for address in [
        "203.0.113.9",
        "::ffff:203.0.113.9",
        "64:ff9b::203.0.113.9",
        "64:ff9b::cb00:7109",
        "64:ff9b:1::cb00:7109",
        "64:ff9b:1:2:3:4:cb00:7109",
        "2002:cb00:7109::1",
        "2002:cb00:7109:ffff::",
        "::203.0.113.9",
        "::ffff:0:203.0.113.9",
        "2001:db8:1::5efe:203.0.113.9",
        "2001:db8:1::200:5efe:cb00:7109",
        "fe80::5efe:203.0.113.9",
        "2001:0:4136:e378:8000:63bf:34ff:8ef6",
    ] {
        let from = verdict(&store, address, "http://a.example/", "T");
        assert_eq!(from, "refused", "{address}");
        if address.contains(':') {
            let page = format!("http://[{address}]/");
            let page = verdict(&store, "192.0.2.1", &page, "T");
            assert_eq!(page, "refused", "{address}");
        }
        let hosts = [address.to_owned()];
        assert!(
            banned_host(&store, &hosts, now()).unwrap().is_some(),
            "{address}"
        );
    }
    for address in [
        "203.0.114.9",
        "2002:cb00:7209::1",
        "::203.0.114.9",
        "2001:0:cb00:7109:8000:63bf:34ff:8df6",
        "2001:1:4136:e378:8000:63bf:34ff:8ef6",
        "64:ff9b::203.0.114.9",
        "2001:db8::cb00:7109",
        "2001:db8::1:5efe:cb00:7109",
        "2001:db8::5efe:203.0.114.9",
    ] {
        let from = verdict(&store, address, "http://a.example/", "T");
        assert_eq!(from, "free", "{address}");
    }
    let named = |host: &str| banned_host(&store, &[host.to_owned()], now()).unwrap();
    assert!(named("evil.example").is_some() && named("www.evil.example").is_some());
    assert_eq!(named("medieval.example"), None);
}

#[test]
fn f10_a_ban_of_one_person_is_of_nobody_else_on_the_host() {
    let (_dir, store) =
        store(b"tenant users.example/~evil/\ntenant medium.com/@evil/\ndomain evil.free.fr\n");
    for (page, expected) in [
        ("http://users.example/~evil/x", "refused"),
        ("http://users.example/%7EEVIL/", "refused"),
        ("https://www.medium.com/@Evil/x-1", "refused"),
        ("https://evil.free.fr/x", "refused"),
        ("http://users.example/~ann/x", "free"),
        ("http://users.example/", "free"),
        ("https://medium.com/@evil2/", "free"),
        ("https://friend.free.fr/", "free"),
    ] {
        assert_eq!(verdict(&store, "192.0.2.1", page, "T"), expected, "{page}");
        let chain = Publisher::of(&Url::parse(page).unwrap());
        let is_tenants = expected == "refused" && !page.contains("free.fr");
        let banned = banned_tenant(&store, &chain, now()).unwrap();
        assert_eq!(banned.is_some(), is_tenants, "{page}");
    }
}

#[test]
fn f10_a_ban_names_what_is_approved_within_it() {
    let (dir, store) = store(b"");
    let lines = "friend.free.fr/\nmedium.com/@ann/\n192.0.2.7\n*.friend.example\nold.example\n";
    std::fs::write(dir.path().join(".domains"), lines).unwrap();
    let approvals = Approvals::load(&store).unwrap();
    for (what, expected) in [
        ("free.fr", &["friend.free.fr/"][..]),
        ("medium.com", &["medium.com/@ann/"]),
        ("medium.com/@Ann/", &["medium.com/@ann/"]),
        ("192.0.2.0/24", &["192.0.2.7"]),
        ("friend.example", &["*.friend.example"]),
        ("old.example", &["old.example"]),
        ("https://evil.free.fr/x", &[]),
        ("https://medium.com/@evil/x", &[]),
    ] {
        let what = BanSubject::guess(what).unwrap();
        let named = what
            .approvals_within(&approvals)
            .map(|known| known.to_string());
        assert_eq!(named.collect::<Vec<_>>(), expected, "{what}");
    }
}
