//! A ping's title is its page's: who pings in the name of another's page does not choose what is published.

use std::fs;

use super::*;
use crate::support::live::{Host, Live};
use crate::support::process::wait_for;

/// Pings `id` from a page, with this title, in UTF-8.
#[track_caller]
fn ping_as(site: &Site, id: &str, page: &str, title: &str) {
    let fields = [
        ("title", title),
        ("url", page),
        ("excerpt", "An excerpt"),
        ("blog_name", "A weblog"),
    ];
    assert_accepted(&site.cgi(&Request::post(&fields).path(&format!("/{id}"))));
}

/// What becomes by itself of the first ping of an entry, with this title, whose page is `script`. `last` makes the
/// page's address.
#[track_caller]
fn becomes(site: &Site, last: usize, title: &str, script: Script) -> String {
    let last = u8::try_from(last).unwrap() + 1;
    let blog = Blog::start_at([127, 0, 14, last], [("/", script)]);
    let id = format!("entry-{last}");
    ping_as(site, &id, &blog.url("/"), title);
    look(site);
    state(site, &id, 1)
}

fn feed(site: &Site) -> String {
    fs::read_to_string(site.rss_dir().join("entry.xml")).unwrap_or_default()
}

#[test]
fn a_spoofed_title_in_the_name_of_an_approved_weblog_waits_for_the_owner() {
    for publish in ["known", "verified"] {
        let site = site(publish);
        let blog = peer(60, linking());
        site.tb(&["domains", "add", "127.0.10.60"]);
        ping_as(&site, "entry", &blog.url("/"), "Cheap pills");
        // By the worker that the ping itself has started.
        let held = wait_for(|| (state(&site, "entry", 1) == "held other-title").then_some(()));
        assert!(held.is_some(), "{}", state(&site, "entry", 1));
        assert!(!feed(&site).contains("Cheap pills"));
        site.tb(&["publish", "entry", "1"]);
        assert!(feed(&site).contains("Cheap pills"));
        // What the owner has approved stays, whatever its page is called.
        site.tb(&["verify", "--all"]);
        assert_eq!(state(&site, "entry", 1), "published owner");
    }
}

#[test]
fn the_owner_is_told_of_a_title_that_its_page_does_not_carry() {
    let live = Live::start_with(Host::Serve, |site| {
        set_up(site, "verified");
        site.set_password();
    });
    let blog = peer(66, entitled("Another title"));
    assert_accepted(&live.send(&Request::ping("entry", &blog.url("/"))));
    let is_held = || state(&live.site, "entry", 1) == "held other-title";
    wait_for(|| is_held().then_some(())).expect("that it is held");
    let mut owner = live.owner();
    let page = owner.get("__mode=moderate").expect(200);
    let sentence = "Its page links here, but does not carry its title.";
    assert!(page.text().contains(sentence), "{}", page.text());
    assert!(!live.list("entry").contains("A title"));
}

#[test]
fn s4_a_published_ping_is_neither_hidden_nor_given_another_title_by_anybody() {
    let site = site("known");
    let blog = peer(61, linking());
    site.tb(&["domains", "add", "127.0.10.61"]);
    let page = blog.url("/");
    ping(&site, "entry", &page);
    look(&site);
    assert_eq!(state(&site, "entry", 1), "published verified");
    for other in ["Cheap pills", "More pills"] {
        ping_as(&site, "entry", &page, other);
        look(&site);
        assert_eq!(state(&site, "entry", 1), "published verified");
        assert!(!feed(&site).contains("pills"));
    }
    assert!(feed(&site).contains("A title") && feed(&site).contains(&page));
    // A headline may be changed behind a ping.
    blog.play("/", entitled("Another headline"));
    site.tb(&["verify", "--all"]);
    assert_eq!(state(&site, "entry", 1), "published verified");
}

#[test]
fn a_title_that_comes_while_the_page_is_read_is_looked_for_too() {
    let site = site("verified");
    let text = format!("<h1>A title</h1><a href={SITE}>x</a>{}", ".".repeat(30));
    let slow = Script::Drip {
        bytes: format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{text}").into_bytes(),
        interval: std::time::Duration::from_millis(15),
    };
    let blog = peer(62, slow);
    ping(&site, "entry", &blog.url("/"));
    wait_for(|| (!blog.requests().is_empty()).then_some(())).expect("the worker");
    ping_as(&site, "entry", &blog.url("/"), "Cheap pills");
    assert_eq!(state(&site, "entry", 1), "held unverified");
    let held = wait_for(|| {
        let state = state(&site, "entry", 1);
        assert!(!state.starts_with("published"), "{state}");
        (state == "held other-title").then_some(())
    });
    assert!(held.is_some(), "{}", state(&site, "entry", 1));
    assert!(!feed(&site).contains("Cheap pills"));
}

#[test]
fn a_title_counts_however_the_page_sets_it() {
    let site = site("verified");
    let encoded = |text: &str| {
        let page = format!("<h1>{text}</h1><a href={SITE}>x</a>");
        let (page, _, _) = encoding_rs::WINDOWS_1251.encode(&page);
        Script::ok("text/html; charset=windows-1251", &page)
    };
    let meta = |text: &str| {
        let page = format!("<meta property=og:title content='{text}'><a href={SITE}>x</a>");
        Script::html(&page)
    };
    let long = "A title that says at length what others leave to the text below it, as was the fashion in books of \
        the eighteenth century, with all the adventures, journeys by sea, marriages, quarrels about money and happy \
        ends; to which is added a true account of the author's cat, never printed before";
    assert!(long.len() > 250);
    let titles = [
        (
            "\"It's\" -- so...",
            entitled("“It&rsquo;s”&nbsp;&#8212; <i>so</i>…"),
        ),
        ("Tom &amp; Jerry", entitled("TOM &amp; jerry")),
        ("今日の猫の話", entitled("ブログ：今日の猫の<wbr>話")),
        ("Снова о кошках", encoded("СНОВА О «КОШКАХ»")),
        ("A page & more", meta("A page &amp; more")),
        (long, entitled(long)),
        ("", entitled("Some title")),
    ];
    for (number, (title, script)) in titles.into_iter().enumerate() {
        let became = becomes(&site, number, title, script);
        assert_eq!(became, "published verified", "{title}");
    }
}

#[test]
fn a_title_that_nobody_sees_on_the_page_does_not_count() {
    let site = site("verified");
    let places = [
        "<!-- Cheap pills -->",
        "<script>'Cheap pills'</script>",
        "<p hidden>Cheap pills</p>",
        "<template><title>Cheap pills</title></template>",
        "<a title='Cheap pills' href='/cheap-pills'>x</a>",
    ];
    for (number, place) in places.into_iter().enumerate() {
        let script = Script::html(&format!("<a href={SITE}>x</a>{place}"));
        let became = becomes(&site, number, "Cheap pills", script);
        assert_eq!(became, "held other-title", "{place}");
    }
    // Nor what stands behind the first MiB.
    let far = format!("<a href={SITE}>x</a>{}Cheap pills", "<p>x".repeat(300_000));
    let became = becomes(&site, 99, "Cheap pills", Script::html(&far));
    assert_eq!(became, "held other-title");
}

#[test]
fn a_title_without_letters_and_digits_stands_on_no_page() {
    let site = site("verified");
    for (number, title) in ["!?", "€@$¥", "★☆★", "💊💊💊", "—"].into_iter().enumerate()
    {
        let page = entitled(&format!("Some title {title}"));
        let became = becomes(&site, 50 + number, title, page);
        assert_eq!(became, "held other-title", "{title}");
    }
}

#[test]
fn what_is_held_anyway_is_held_for_its_own_reason() {
    for (publish, title, why) in [
        ("known", "Cheap pills", "held other-title"),
        ("known", "A title", "held unknown-domain: 127.0.14.1"),
        ("none", "Cheap pills", "held moderated"),
    ] {
        let site = site(publish);
        assert_eq!(becomes(&site, 0, title, linking()), why);
    }
}

#[test]
fn f4_a_ping_without_a_title_gets_that_of_its_page_whatever_its_url_says() {
    let site = site("known");
    let blog = peer(63, linking());
    site.tb(&["domains", "add", "127.0.10.63"]);
    for (id, url) in [
        ("fragment", "/#Buy-cheap-pills-at-evil.example"),
        ("query", "/?Buy-cheap-pills-at-evil.example"),
    ] {
        ping_as(&site, id, &blog.url(url), "");
        look(&site);
        assert_eq!(state(&site, id, 1), "published verified");
        let shown = site.tb(&["show", id, "1", "--json"]);
        let shown: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["title"], "A title");
    }
}

#[test]
fn f4_the_owners_answer_to_a_forgery_silences_nobody() {
    let site = site("known");
    let blog = peer(64, linking());
    site.tb(&["domains", "add", "127.0.10.64"]);
    let page = blog.url("/");
    ping_as(&site, "entry", &page, "Cheap pills");
    look(&site);
    assert_eq!(state(&site, "entry", 1), "held other-title");
    site.tb(&["junk", "entry", "1"]);
    ping_as(&site, "entry", &page, "Cheap pills");
    assert_eq!(state(&site, "entry", 1), "junk owner");
    ping_as(&site, "entry", &page, "A title");
    look(&site);
    assert_eq!(state(&site, "entry", 1), "held rejected-before");
    let shown = site.tb(&["show", "entry", "1", "--json"]);
    assert!(shown.contains("A title") && !shown.contains("pills"));
    site.tb(&["approve", "entry", "1"]);
    assert_eq!(state(&site, "entry", 1), "published owner");
    // One that is deleted may come back with the page's own title.
    ping_as(&site, "other", &page, "Cheap pills");
    look(&site);
    site.tb(&["delete", "other", "1"]);
    ping_as(&site, "other", &page, "A title");
    look(&site);
    assert_eq!(state(&site, "other", 2), "published verified");
    // What the page said is decided.
    site.tb(&["junk", "other", "2"]);
    blog.play("/", entitled("Another title"));
    ping_as(&site, "other", &page, "Another title");
    look(&site);
    assert_eq!(state(&site, "other", 2), "junk owner");
}

#[test]
fn f4_words_that_a_page_only_repeats_from_its_url_wait_for_the_owner() {
    let site = site("verified");
    let echo = Script::By(|request| {
        let query = request.target.split_once("q=").unwrap_or_default().1;
        let query = query.replace('+', " ");
        let words = percent_encoding::percent_decode_str(&query).decode_utf8_lossy();
        Script::html(&format!(
            "<title>Search</title><h1>{words}</h1><a href={SITE}cats>x</a>"
        ))
    });
    let cropped = Script::By(|request| {
        let query = request.target.split_once('?').unwrap_or_default().1;
        let words = query.replace("q=", "").replace("=1", "").replace('+', " ");
        let words = words.replace("%C2%A0", " ");
        let words: String = words.chars().take(9).collect();
        Script::html(&format!(
            "<title>{words} …</title><h1>Results</h1><a href={SITE}cats>x</a>"
        ))
    });
    // One that knows no other words, and one that shows the digits alone.
    let found = Script::By(|request| match request.target.as_str() {
        "/?q=Buy+cheap+pills" => Script::html(&format!(
            "<title>Found</title><h1>Buy cheap pills</h1><a href={SITE}cats>x</a>"
        )),
        _ => Script::status(404),
    });
    let digits = Script::By(|request| {
        let digits: String = request
            .target
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        Script::html(&format!(
            "<title>Calls</title><h1>{digits}</h1><a href={SITE}cats>x</a>"
        ))
    });
    let suspected = "held echo-suspected";
    for (number, (url, title, script, expected)) in [
        ("/?q=Buy+cheap+pills", "Buy cheap pills", &found, suspected),
        ("/?q=Buy+cheap+pills", "", &found, suspected),
        ("/?q=call+0800+123456", "0800 123456", &digits, suspected),
        ("/?q=0800-123456", "", &digits, suspected),
        ("/?q=Buy+cheap+pills", "Buy cheap", &cropped, suspected),
        ("/?q=Buy+cheap+pills", "", &cropped, suspected),
        ("/?Buy+cheap+pills=1", "Buy cheap", &cropped, suspected),
        // Whatever stands between the words.
        ("/?q=Buy+cheap+pills+a:b", "Buy cheap", &cropped, suspected),
        ("/?q=Buy,cheap,pills", "Buy cheap", &cropped, suspected),
        ("/?q=Buy-cheap-pills", "Buy cheap", &cropped, suspected),
        ("/?q=Buy:cheap:pills", "Buy cheap", &cropped, suspected),
        ("/?q=Buy/cheap2/pills2", "Buy cheap", &cropped, suspected),
        (
            "/?q=Buy%C2%A0cheap%C2%A0pills",
            "Buy cheap",
            &cropped,
            suspected,
        ),
        ("/?q=Buy+cheap+pills", "Buy cheap pills", &echo, suspected),
        ("/?q=Buy+cheap+pills", "Cheap pills", &echo, suspected),
        // It gets the page's own title, the heading, which is the echo.
        ("/?q=Buy+cheap+pills", "", &echo, suspected),
        (
            "/?q=%E5%AE%89%E3%81%84%E8%96%AC%E5%B1%8B",
            "薬屋",
            &echo,
            suspected,
        ),
        // The page has that title whatever its address says.
        ("/?q=A+title", "A title", &linking(), "published verified"),
    ]
    .into_iter()
    .enumerate()
    {
        let blog = Blog::start_at([127, 0, 37, u8::try_from(number).unwrap() + 1], []);
        blog.play("/", script.clone());
        let id = format!("entry-{number}");
        ping_as(&site, &id, &blog.url(url), title);
        look(&site);
        assert_eq!(state(&site, &id, 1), expected, "{url} {title}");
        assert!(blog.requests().len() <= 3);
        let feed = fs::read_to_string(site.rss_dir().join(format!("{id}.xml")));
        assert!(!feed.unwrap_or_default().contains("cheap pills"));
    }
}

#[test]
fn f4_a_title_that_a_page_with_a_link_on_each_page_takes_from_its_path_waits_for_the_owner() {
    let site = site("verified");
    // A weblog with this site in its blogroll, whose lists of tags show what was asked for.
    let weblog = Script::By(|request| {
        let decoded = percent_encoding::percent_decode_str(&request.target).decode_utf8_lossy();
        let words = decoded.replace(['+', '_', '/', '-'], " ");
        let (title, text) = match request.target.as_str() {
            "/2026/my-trip/" => ("My trip", format!("<a href='{SITE}cats'>cats</a>")),
            "/2026/our-cats/" => ("Our cats", String::new()),
            path if path.starts_with("/2026/") => ("Nothing is here", String::new()),
            _ => (words.as_str(), String::new()),
        };
        Script::html(&format!(
            "<title>Tag: {title}</title><h1>{title}</h1>{text}<ul><li><a href={SITE}>A friend</a></ul>"
        ))
    });
    let blog = Blog::start_at([127, 0, 38, 1], [("/*", weblog)]);
    let suspected = "held echo-suspected";
    for (number, (path, title, expected)) in [
        ("/tag/Buy-cheap-pills", "Buy cheap pills", suspected),
        ("/tag/Buy%20cheap%20pills/", "Buy cheap pills", suspected),
        ("/search/Buy+cheap+pills/2", "Buy cheap pills", suspected),
        ("/t/Buy/cheap/pills", "Buy cheap pills", suspected),
        // An entry that links here itself, and one that has no link but that of each page.
        ("/2026/my-trip/", "My trip", "published verified"),
        ("/2026/our-cats/", "Our cats", suspected),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("entry-{number}");
        ping_as(&site, &id, &blog.url(path), title);
        let before = blog.requests().len();
        look(&site);
        assert_eq!(state(&site, &id, 1), expected, "{path}");
        assert!(blog.requests().len() <= before + 3, "{path}");
    }
}

#[test]
fn f6_a_title_that_a_page_takes_from_its_path_waits_where_the_entry_is_known_too() {
    let mut site = site("verified");
    site.set("entry", &format!("\"{SITE}{{id}}\""));
    // One that links to one entry on every page, and shows the last name of its path, decoded.
    let weblog = Script::By(|request| {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD_NO_PAD;
        let decoded = percent_encoding::percent_decode_str(&request.target).decode_utf8_lossy();
        let name = decoded
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let packed = STANDARD_NO_PAD.decode(name).ok();
        let packed = packed.and_then(|bytes| String::from_utf8(bytes).ok());
        let words = packed
            .unwrap_or_else(|| name.to_owned())
            .replace(['_', '-', '.'], " ");
        let title = match request.target.as_str() {
            "/2026/my-first-post/" => "My first post".to_owned(),
            path if path.starts_with("/2026/") => return Script::status(404),
            _ => format!("Results for: {words}"),
        };
        Script::html(&format!(
            "<title>My weblog</title><h1>{title}</h1><p>I wrote lately about <a href='{SITE}cats'>my friend</a> and \
             more."
        ))
    });
    let blog = Blog::start_at([127, 0, 38, 9], [("/*", weblog)]);
    let suspected = "held echo-suspected";
    for (number, (path, title, expected)) in [
        ("/search/viagra/", "Results for: viagra", suspected),
        ("/search/buy-cheap-pills", "buy cheap pills", suspected),
        ("/cheap.viagra.sale", "cheap viagra sale", suspected),
        ("/cheap_viagra_sale", "sale", suspected),
        (
            "/%E6%BF%80%E5%AE%89%E8%B2%A9%E5%A3%B2",
            "激安販売",
            suspected,
        ),
        (
            "/tag/Y2hlYXAgdmlhZ3JhIHNhbGU",
            "cheap viagra sale",
            suspected,
        ),
        (
            "/2026/my-first-post/",
            "My first post",
            "published verified-entry",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        ping_as(&site, "cats", &blog.url(path), title);
        let before = blog.requests().len();
        look(&site);
        assert_eq!(state(&site, "cats", number + 1), expected, "{path}");
        assert!(blog.requests().len() <= before + 3, "{path}");
    }
}

#[test]
fn f4_what_merely_stands_in_a_friends_text_is_published_under_the_pages_own_title() {
    let site = site("known");
    let page = |title: &str| {
        let text = format!(
            "<title>{title}</title><p>{title}, again. I do not think that Bob is a fraud, as \
             <a href='{SITE}cats'>he</a> says."
        );
        Script::html(&text)
    };
    let title = |id: &str| {
        let shown = site.tb(&["show", id, "1", "--json"]);
        let shown: Value = serde_json::from_str(&shown).unwrap();
        shown["title"].as_str().unwrap().to_owned()
    };
    let friend = peer(65, page("On Bob"));
    let stranger = peer(66, page("On fraud"));
    site.tb(&["domains", "add", "127.0.10.65"]);
    ping_as(&site, "friend", &friend.url("/"), "Bob is a fraud");
    for id in ["seen", "unseen"] {
        ping_as(&site, id, &stranger.url("/"), "Bob is a fraud");
    }
    look(&site);
    assert_eq!(state(&site, "friend", 1), "published verified");
    assert_eq!(title("friend"), "On Bob");
    // The owner sees what was sent, and publishes that; what this publishes as well was not seen.
    assert_eq!(state(&site, "seen", 1), "held unknown-domain: 127.0.10.66");
    assert_eq!(title("seen"), "Bob is a fraud");
    let said = site.tb(&["approve", "seen", "1"]);
    assert!(said.contains("unseen 1: published too"), "{said}");
    assert_eq!(state(&site, "seen", 1), "published owner");
    assert_eq!(title("seen"), "Bob is a fraud");
    assert_eq!(state(&site, "unseen", 1), "published verified");
    assert_eq!(title("unseen"), "On fraud");
    // Neither does a later ping bring it back.
    ping_as(&site, "friend", &friend.url("/"), "I do not think");
    look(&site);
    assert_eq!(state(&site, "friend", 1), "published verified");
    assert_eq!(title("friend"), "On Bob");
}
