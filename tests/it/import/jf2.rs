//! What webmention.io has received moves in: `mentions.jf2` and the older `mentions.json`.

use serde_json::{Value, json};

use super::forms::fixture;
use crate::support::import::{field, import, pings, put};
use crate::support::request::Request;
use crate::support::site::Site;

fn site() -> Site {
    let mut site = Site::new();
    site.set("site", "[\"https://blog.example/\"]");
    site.set("protocols", "[\"trackback\", \"webmention\"]");
    site
}

#[test]
fn an_account_moves_in_with_kinds_times_and_texts_and_only_once() {
    let site = site();
    let file = fixture(&site, "webmention-io.jf2.json");
    let report = import(&site, &[&file]);
    let whole = report.last().unwrap();
    assert_eq!(
        (&whole["form"], &whole["taken_in"]),
        (&json!("jf2"), &json!(4))
    );
    assert_eq!(whole["skipped"], json!({"target-not-found": 1}));
    assert_eq!(report[0]["url"], "https://eve.example/");
    assert_eq!(
        report[0]["entry"],
        "https://another-site.example/of-the-account/"
    );
    let cats = pings(&site, "posts_cats");
    assert_eq!(field(&cats, "kind"), ["like", "reply"]);
    assert_eq!(
        field(&cats, "time"),
        ["2024-02-01T03:00:00Z", "2024-02-02T03:00:00Z"]
    );
    assert_eq!(field(&cats, "state"), ["published", "published"]);
    assert_eq!(field(&cats, "via"), ["webmention", "webmention"]);
    assert_eq!(
        cats[0]["author"],
        json!({"name": "Ann Example", "url": "https://social.example/@ann", "photo": "https://avatars.example/ann.jpg"})
    );
    assert_eq!(cats[0]["link"], "https://social.example/@ann/1001");
    assert_eq!(cats[0]["date"], "2024-02-01T11:58:00+09:00");
    assert_eq!(cats[1]["title"], "Re: cats < dogs");
    assert_eq!(cats[1]["excerpt"], "I like cats & 1 < 2 dogs.");
    assert_eq!(cats[1]["blog_name"], "Bob & sons");
    assert_eq!(cats[1]["author"], json!({"name": "Bob & sons"}));
    let dogs = pings(&site, "posts_dogs");
    assert_eq!(
        (&dogs[0]["via"], &dogs[0]["time"]),
        (&json!("pingback"), &json!("2024-02-03T03:00:00Z"))
    );
    assert_eq!(dogs[0]["excerpt"], "A note of mine.");
    assert_eq!(dogs[0]["author"], Value::Null, "a data: URL is no picture");
    let meeting = pings(&site, "posts_meeting");
    assert_eq!(meeting[0]["kind"], "rsvp-maybe");
    assert_eq!(
        meeting[0]["state"], "held",
        "a private one is not published"
    );
    let again = import(&site, &[&file]);
    let whole = again.last().unwrap();
    assert_eq!(
        (&whole["taken_in"], &whole["skipped"]["there-already"]),
        (&json!(0), &json!(4))
    );
    assert_eq!(site.tb(&["export"]).lines().count(), 4);
}

#[test]
fn the_older_form_several_pages_and_a_bare_list_move_in() {
    let site = site();
    let links = fixture(&site, "webmention-io.links.json");
    import(&site, &[&links]);
    let cats = pings(&site, "posts_cats");
    assert_eq!(cats[0]["kind"], "repost");
    assert_eq!(cats[0]["time"], "2019-05-06T14:08:09Z");
    assert_eq!(
        (&cats[0]["excerpt"], &cats[0]["blog_name"]),
        (&json!("Look: cats"), &json!("Fay"))
    );
    let item = |name: &str| {
        format!(
            "{{\"wm-source\":\"https://{name}.example/\",\"wm-target\":\"https://blog.example/p/\",\"wm-received\":\"2024-01-01T00:00:00Z\"}}"
        )
    };
    let pages = format!(
        "{{\"children\":[{}]}}\n{{\"type\":\"feed\",\"children\":[{}]}}\n",
        item("a"),
        item("b")
    );
    let pages = put(&site, "pages.json", pages.as_bytes());
    let report = import(&site, &["--from", "jf2", pages.to_str().unwrap()]);
    assert_eq!(report.last().unwrap()["taken_in"], 2);
    let list = put(
        &site,
        "list.json",
        format!("\u{feff}[{}]", item("c")).as_bytes(),
    );
    assert_eq!(
        import(&site, &[list.to_str().unwrap()]).last().unwrap()["taken_in"],
        1
    );
    let piped = site.tb_with_input(&["import", "-"], &format!("[{}]", item("d")));
    assert!(piped.contains("- (jf2): 1 imported"), "{piped}");
    assert_eq!(pings(&site, "p").len(), 4);
    // A page that has moved.
    let moved = item("e").replace("https://blog.example/p/", "https://old.example/p");
    let moved = put(&site, "moved.json", format!("[{moved}]").as_bytes());
    import(
        &site,
        &["--map", "https://old.example/p=p", moved.to_str().unwrap()],
    );
    assert_eq!(pings(&site, "p").len(), 5);
}

#[test]
fn what_is_exported_as_jf2_moves_into_another_installation() {
    let (from, to) = (site(), site());
    import(&from, &[&fixture(&from, "webmention-io.jf2.json")]);
    from.cgi(&Request::ping("plain", "https://weblog.example/1"));
    from.tb(&["publish", "plain", "1"]);
    let export = from.tb(&["export", "--format", "jf2"]);
    let feed: Value = serde_json::from_str(&export).unwrap();
    assert_eq!(
        feed["children"].as_array().unwrap().len(),
        4,
        "published ones"
    );
    assert!(!export.contains(['<', '>']), "{export}");
    let file = put(&to, "moved.json", export.as_bytes());
    assert_eq!(
        import(&to, &[file.to_str().unwrap()]).last().unwrap()["taken_in"],
        4
    );
    let again = to.tb(&["export", "--format", "jf2"]);
    let numbers = |feed: &Value| -> Vec<Value> {
        let children = feed["children"].as_array().unwrap().iter();
        children
            .map(|child| {
                json!([
                    child["wm-source"],
                    child["wm-property"],
                    child["content"],
                    child["author"]
                ])
            })
            .collect()
    };
    assert_eq!(
        numbers(&serde_json::from_str(&again).unwrap()),
        numbers(&feed)
    );
}

#[test]
fn an_export_is_recognised_whichever_numbers_its_mentions_have() {
    let site = site();
    import(&site, &[&fixture(&site, "webmention-io.jf2.json")]);
    let export = site.tb(&["export", "--format", "jf2"]);
    let mut feed: Value = serde_json::from_str(&export).unwrap();
    for child in feed["children"].as_array_mut().unwrap() {
        // As exports had them: the second of receipt above 21 bits.
        child["wm-id"] = json!(child["wm-id"].as_u64().unwrap() | 849_000_000 << 21);
    }
    let file = put(&site, "older.json", feed.to_string().as_bytes());
    let again = import(&site, &[file.to_str().unwrap()]);
    let whole = again.last().unwrap();
    assert_eq!(
        (&whole["taken_in"], &whole["skipped"]["there-already"]),
        (&json!(0), &json!(3))
    );
    assert_eq!(site.tb(&["export"]).lines().count(), 4);
}

#[test]
fn s_what_is_no_such_answer_imports_nothing_and_says_why() {
    let site = site();
    let deep = format!("{{\"children\":[{}", "[".repeat(100_000));
    let good = "{\"wm-source\":\"https://a.example/\",\"wm-target\":\"https://blog.example/p\"}";
    for (text, why) in [
        (
            "{\"type\":\"feed\",\"name\":\"x\"}".to_owned(),
            "neither `children` nor `links`",
        ),
        (
            "{\"error\":\"forbidden\\u001b[2J\",\"error_description\":\"x\"}".to_owned(),
            "it is no list of mentions but an error: forbidden",
        ),
        (
            "{\"items\":[]}".to_owned(),
            "neither `children` nor `links`",
        ),
        (format!("{{\"children\":[{good},"), "EOF"),
        ("{\"children\": 7}".to_owned(), "a list of mentions"),
        (format!("[{good}] trailing"), "expected"),
        (deep, "EOF"),
        (format!("[{good},\u{1b}[2J]"), "expected value"),
    ] {
        let file = put(&site, "bad.json", text.as_bytes());
        let said = site.tb_fails(1, &["import", "--from", "jf2", file.to_str().unwrap()]);
        assert!(said.contains(why) && !said.contains('\u{1b}'), "{said}");
        assert_eq!(site.tb(&["export"]), "");
    }
}

#[test]
fn s_items_of_other_types_are_skipped_and_hostile_ones_bring_nothing() {
    let site = site();
    let target = "https://blog.example/p";
    let items = json!({"children": [
        7, null, "x", [], {}, {"wm-target": target},
        {"wm-source": "javascript:alert(1)", "wm-target": target},
        {"wm-source": "https://a.example/", "wm-target": {"a": [[[]]]}},
        {"wm-source": "https://b.example/", "wm-target": target, "wm-received": "yesterday"},
        {"wm-source": "https://c.example/", "wm-target": target, "wm-received": "2999-01-01T00:00:00Z"},
        {"wm-source": "https://e.example/", "wm-target": target, "wm-received": "2024-05-02 10:00:00 +0200"},
        {"wm-source": "https://f.example/", "wm-target": target, "verified_date": "2024-05-02 10:00:00 UTC"},
        {"wm-source": "https://g.example/", "wm-target": target, "wm-received": "soon",
         "published": "2024-05-03T00:00:00Z"},
        {"wm-source": "https://h.example/", "wm-target": "https://elsewhere.example/"},
        {"wm-source": "https://d.example/", "wm-target": target, "wm-received": "2024-01-01T00:00:00Z",
         "name": "\u{1b}[2J\u{202e}<b>x</b>", "content": "<img src=x onerror=y>words", "author": "Dan",
         "url": "data:text/html,x", "published": "x".repeat(99), "wm-property": "evil-of", "rsvp": 1},
    ]});
    let file = put(&site, "hostile.json", items.to_string().as_bytes());
    let report = import(&site, &["--from", "jf2", file.to_str().unwrap()]);
    let whole = report.last().unwrap();
    assert_eq!(whole["taken_in"], 6, "{report:?}");
    assert_eq!(whole["guessed_times"], 2, "{report:?}");
    assert_eq!(whole["skipped"]["damaged"], 6, "{report:?}");
    // People are told the page that `--map` takes, not the sender's.
    let said = site.tb(&[
        "import",
        "--from",
        "jf2",
        "--dry-run",
        file.to_str().unwrap(),
    ]);
    assert!(
        said.contains("target-not-found `https://elsewhere.example/`"),
        "{said}"
    );
    let kept = pings(&site, "p");
    // Two have no legible date, so that of the file.
    let is_undated = |ping: &&Value| {
        ["https://b.example/", "https://c.example/"].contains(&ping["url"].as_str().unwrap())
    };
    let (undated, dated): (Vec<_>, Vec<_>) = kept.iter().partition(is_undated);
    let modified = std::fs::metadata(&file).unwrap().modified().unwrap();
    let modified = jiff::Timestamp::try_from(modified).unwrap();
    for ping in &undated {
        let time: jiff::Timestamp = ping["time"].as_str().unwrap().parse().unwrap();
        assert_eq!(time.as_second(), modified.as_second(), "{ping}");
    }
    assert_eq!(undated.len(), 2);
    let times = dated.iter().map(|ping| ping["time"].as_str().unwrap());
    assert_eq!(
        times.collect::<std::collections::BTreeSet<_>>(),
        [
            "2024-01-01T00:00:00Z",
            "2024-05-02T08:00:00Z",
            "2024-05-02T10:00:00Z",
            "2024-05-03T00:00:00Z"
        ]
        .into()
    );
    let kept = kept.iter().find(|ping| ping["url"] == "https://d.example/");
    let kept = kept.unwrap();
    assert_eq!(kept["blog_name"], "Dan");
    assert_eq!(
        (&kept["title"], &kept["excerpt"]),
        (&json!("[2J<b>x</b>"), &json!("words"))
    );
    assert_eq!(
        (&kept["kind"], &kept["link"], &kept["date"]),
        (&json!("mention"), &Value::Null, &Value::Null)
    );
}

#[test]
fn s7_a_file_of_a_hundred_megabytes_is_refused_before_anything_is_imported() {
    let site = site();
    let item = "{\"wm-source\":\"https://a.example/\",\"wm-target\":\"https://blog.example/p\"},";
    let mut text = format!("{{\"children\":[{item}\"");
    text += &"x".repeat(100 << 20);
    text += "\"]}";
    let file = put(&site, "big.json", text.as_bytes());
    let said = site.tb_fails(1, &["import", file.to_str().unwrap()]);
    assert!(said.contains("larger than 67108864 bytes"), "{said}");
    assert_eq!(site.tb(&["export"]), "");
}
