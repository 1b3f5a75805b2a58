//! Discussions in a real browser.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::discussion::*;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::assert_accepted;

#[test]
fn a_discussion_over_three_servers_is_drawn_as_the_right_tree_in_each_form() {
    let [a, b, c] = [2, 3, 4].map(Peer::start);
    let (a1, b1, c1, c2) = (
        a.publish("one"),
        b.publish("one"),
        c.publish("one"),
        c.publish("two"),
    );
    a.receive("one", &b1, "B answers A");
    a.receive("one", &c2, "C answers A");
    b.receive("one", &c1, "C answers B");
    c.receive("one", &format!("{a1}#comments"), "A answers C");
    let shown = a.site.tb(&["thread", &a1]);
    expect(
        &shown,
        &[
            ("1", "", "0", "read", &a1),
            ("2", "1", "1", "read", &c2),
            ("3", "1", "1", "read", &b1),
            ("4", "3", "2", "read", &c1),
            ("5", "4", "3", "again", &format!("{a1}#comments")),
        ],
    );
    let line: Vec<&str> = shown.lines().nth(1).unwrap().split('\t').collect();
    assert_eq!(line[5..7], ["C answers A", "A weblog"]);
    let date = line[7].parse::<jiff::Timestamp>().unwrap().to_string();
    let date = date.split('T').next().unwrap();

    let tree = a.site.tb(&["thread", &a1, "--tree"]);
    let expected = format!(
        "Title of {a1}\n{a1}\n\
         ├─ C answers A · A weblog · {date}\n│  {c2}\n\
         └─ B answers A · A weblog · {date}\n   {b1}\n   \
            └─ C answers B · A weblog · {date}\n      {c1}\n      \
               └─ A answers C · A weblog · {date}\n         {a1}#comments (shown elsewhere)\n"
    );
    assert_eq!(tree, expected);

    let json = a.site.tb(&["thread", &a1, "--json"]);
    let json: Vec<Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(json.len(), 5);
    assert_eq!(json[3]["parent"], 3);
    assert_eq!(json[4]["again"], 1);
    assert_eq!(json[2]["title"], "B answers A");

    let dot = a.site.tb(&["thread", &a1, "--dot"]);
    let arrows: Vec<&str> = dot.lines().filter(|line| line.contains("->")).collect();
    assert_eq!(
        arrows,
        [
            "n1 -> n2 [dir=back];",
            "n1 -> n3 [dir=back];",
            "n3 -> n4 [dir=back];",
            "n4 -> n1 [dir=back, style=dashed];",
        ]
    );

    let html = a.site.tb(&["thread", &a1, "--html"]);
    assert!(html.starts_with("<!DOCTYPE html>"), "{html}");
    let browser = Browser::acquire();
    let file = a.site.path("www/thread.html");
    fs::write(&file, html).unwrap();
    browser.open(&format!("file://{}", file.display()));
    let below = "return [...document.querySelectorAll('.thread li')].map(e => \
                 e.parentElement.closest('li')?.id ?? '').join(' ')";
    assert_eq!(browser.script(below), " page-1 page-1 page-3 page-4");
    assert!(browser.text().contains("C answers B"));
}

#[test]
fn narrow_or_wide_light_or_dark_the_tree_is_read_whole() {
    let browser = Browser::acquire();
    let mut site = Site::new();
    let url = |number: u8| format!("http://127.0.0.{number}/{}", "unbroken".repeat(20));
    for number in 2..5 {
        assert_accepted(&site.cgi(&Request::ping("entry", &url(number))));
    }
    site.tb(&["thread", "--save", "--id", "entry", "--depth", "1", &url(9)]);
    let kept = site.data_dir().join(".entry.thread");
    let text = fs::read_to_string(&kept).unwrap();
    let mut thread: Value = serde_json::from_str(&text).unwrap();
    let pages = thread["pages"].as_array_mut().unwrap();
    // Deep and long: each below the one before.
    let mut last = pages.pop().unwrap();
    for depth in 1..=10 {
        last["number"] = Value::from(pages.len() + 1);
        last["depth"] = Value::from(depth);
        last["title"] = Value::from(format!("Answer {depth} {}", "so ".repeat(depth * 3)));
        last["standing"] = Value::from(["read", "unreachable"][depth % 2]);
        pages.push(last.clone());
    }
    fs::write(&kept, thread.to_string()).unwrap();
    let _serving = site.serve();
    for scheme in ["dark", "light"] {
        browser.scheme(scheme);
        for width in [320, 390, 480, 1280] {
            browser.resize(width, 900);
            browser.open(&format!("{}?__mode=thread&tb_id=entry", site.base_url()));
            let wide =
                "const root = document.documentElement; return root.scrollWidth - root.clientWidth";
            assert_eq!(browser.script(wide), 0, "{width} px, {scheme}");
            let picture = format!("thread-{width}-{scheme}.png");
            browser.screenshot(&Path::new(env!("CARGO_TARGET_TMPDIR")).join(picture));
        }
    }
    browser.scheme("");
    assert!(browser.text().contains("Answer 10"), "{}", browser.text());
    browser.assert_quiet();
}
