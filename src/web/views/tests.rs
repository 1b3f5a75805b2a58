//! Properties of all pages, as a browser's tokenizer reads them.

use std::collections::{BTreeMap, HashSet};

use html5gum::{Token, Tokenizer};

use super::*;

const HEADER: &str = include_str!("../../../header.txt");
const FOOTER: &str = include_str!("../../../footer.txt");

/// A harmless value for every field of a page.
const MARK: &str = "MARK";

const HOSTILE: [&str; 12] = [
    "</script><script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)\" autofocus onfocus=alert(1) x=\"",
    "' onclick='alert(1)",
    "` onclick=`alert(1)",
    "]]><!-- --><!DOCTYPE x><style>*{}</style>",
    "</textarea></title></style></form></main></body>",
    "&lt;b&gt; &amp;amp; &#60; &quot",
    "javascript:alert(1)",
    "{{ title }} {% include \"list.html\" %}",
    "猫の話 \u{5D0}\u{5D1} <\u{1F600}>",
];

/// What a tokenizer sees: tags with their attributes, and the text between them in one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Start(String, BTreeMap<String, String>),
    End(String),
    Text(String),
    Other(String),
}

fn tokens(html: &str) -> Vec<Seen> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut seen = Vec::new();
    for Ok(token) in Tokenizer::new(html) {
        match token {
            Token::StartTag(tag) => {
                let attributes = tag.attributes.iter();
                let attributes = attributes.map(|(name, value)| (text(name), text(value)));
                seen.push(Seen::Start(text(&tag.name), attributes.collect()));
            }
            Token::EndTag(tag) => seen.push(Seen::End(text(&tag.name))),
            Token::String(string) => match seen.last_mut() {
                Some(Seen::Text(before)) => before.push_str(&text(&string)),
                _ => seen.push(Seen::Text(text(&string))),
            },
            Token::Error(error) => panic!("{error:?} in {html}"),
            other => seen.push(Seen::Other(format!("{other:?}"))),
        }
    }
    seen
}

fn start_tags(html: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let start_tags = tokens(html).into_iter().filter_map(|token| match token {
        Seen::Start(name, attributes) => Some((name, attributes)),
        _ => None,
    });
    start_tags.collect()
}

/// A ping with `text` in each field; its permalink can be followed whatever the text is.
fn ping(text: &str, state: State) -> PingView {
    PingView {
        tb_id: text.to_owned(),
        number: 17,
        url: format!("https://blog.example/{text}"),
        title: text.to_owned(),
        excerpt: text.to_owned(),
        blog_name: text.to_owned(),
        date: text.to_owned(),
        datetime: text.to_owned(),
        state,
        via: text.to_owned(),
        kind: "reply",
        entry: text.to_owned(),
        host: text.to_owned(),
        list_url: text.to_owned(),
        delete_url: text.to_owned(),
        text_hash: text.to_owned(),
    }
}

fn titled(title: &str) -> PageHead<'_> {
    PageHead {
        title,
        language: Language::English,
        feeds: &[],
    }
}

/// Every page with all its parts, with `text` in each field.
fn all_pages(text: &str) -> Vec<String> {
    let some = || Some(text.to_owned());
    let own = || text.to_owned();
    let form = || FormTarget {
        action: own(),
        token: own(),
    };
    let owner = || Some(form());
    let links = || {
        vec![MessageLink {
            url: own(),
            text: own(),
        }]
    };
    let feeds = || {
        vec![FeedLink {
            name: "RSS",
            url: own(),
            media_type: "application/rss+xml",
        }]
    };
    let list = |owner, pings| ListView {
        tb_id: own(),
        language: Language::English,
        name: own(),
        count: own(),
        links: links(),
        describe: some(),
        ping_url: some(),
        feeds: feeds(),
        login_url: own(),
        pings,
        reactions: vec![own()],
        newer: some(),
        older: some(),
        submit: Some(SubmitForm {
            action: own(),
            tb_id: own(),
        }),
        owner,
    };
    let landing = |owner, pings| Landing {
        language: Language::English,
        feeds: feeds(),
        site_name: own(),
        base_url: some(),
        list_url: some(),
        login_url: own(),
        pings,
        owner,
    };
    let sent = |outcome| Sent {
        ping_url: own(),
        outcome,
        again_url: own(),
    };
    let mut pages = vec![
        fragment(&list(None, vec![])),
        fragment(&list(None, vec![ping(text, State::Published)])),
        fragment(&list(owner(), vec![ping(text, State::Held)])),
        fragment(&landing(None, vec![])),
        fragment(&landing(owner(), vec![ping(text, State::Junk)])),
        fragment(&Repository {
            language: Language::English,
            site_name: own(),
            categories: vec![Category {
                tb_id: own(),
                title: some(),
                describe: some(),
                count: Some(own()),
                list_url: own(),
                rss_url: own(),
                ping_url: some(),
            }],
            newer: some(),
            older: some(),
            login_url: own(),
            owner: owner(),
        }),
        fragment(&MadeUrl {
            name: own(),
            ping_url: own(),
            date: own(),
            list_url: own(),
        }),
        fragment(&ConfirmDelete {
            form: form(),
            ping: ping(text, State::Published),
            cancel_url: own(),
        }),
        fragment(&Login {
            form: form(),
            back: vec![HiddenField {
                name: own(),
                value: own(),
            }],
            message: some(),
        }),
        fragment(&NoPassword { back_url: own() }),
        fragment(&SendForm {
            form: form(),
            url: own(),
            title: own(),
            excerpt: own(),
            blog_name: own(),
            ping_url: own(),
            page: own(),
            error: some(),
            cancel_url: own(),
        }),
        fragment(&sent(SendOutcome::Accepted)),
        fragment(&sent(SendOutcome::Refused(own()))),
        fragment(&sent(SendOutcome::Later(own()))),
        fragment(&sent(SendOutcome::Uncertain(own()))),
        fragment(&sent(SendOutcome::Failed(own()))),
        fragment(&Problem {
            heading: own(),
            message: own(),
            links: links(),
        }),
        fragment(&Message {
            heading: own(),
            text: own(),
            links: links(),
        }),
    ];
    pages.extend(thread::tests::all_pages(text));
    pages.extend(owner_tests::all_pages(text, |state| ping(text, state)));
    pages
}

#[test]
fn code_is_between_two_backticks() {
    let parts = |text| -> String {
        let part = |(is_code, text)| format!("{}{text:?}", if is_code { "code " } else { "" });
        let parts: Vec<String> = code_parts(text).into_iter().map(part).collect();
        parts.join(" ")
    };
    for (text, expected) in [
        ("", r#""""#),
        ("run `tb check` now", r#""run " code "tb check" " now""#),
        ("a ` b", r#""a ` b""#),
        ("``<b>`", r#""" code "" "<b>`""#),
    ] {
        assert_eq!(parts(text), expected);
    }
}

#[test]
fn s3_no_text_in_any_field_changes_a_page_but_for_that_text() {
    for hostile in HOSTILE {
        for (harmless, page) in all_pages(MARK).iter().zip(all_pages(hostile)) {
            let put = |text: String| text.replace(MARK, hostile);
            let expected: Vec<_> = tokens(harmless)
                .into_iter()
                .map(|token| match token {
                    Seen::Text(text) => Seen::Text(put(text)),
                    Seen::Start(name, attributes) => {
                        let attributes = attributes.into_iter();
                        let attributes = attributes.map(|(name, value)| (name, put(value)));
                        Seen::Start(name, attributes.collect())
                    }
                    other => other,
                })
                .collect();
            assert_eq!(tokens(&page), expected, "{hostile}");
        }
    }
}

#[test]
fn s3_no_page_has_a_script_or_an_event_handler() {
    for page in all_pages(MARK) {
        for (name, attributes) in start_tags(&page) {
            assert!(
                !matches!(&*name, "script" | "iframe" | "object" | "embed" | "base"),
                "{page}"
            );
            for attribute in attributes.keys() {
                assert!(!attribute.starts_with("on"), "{attribute} in {page}");
            }
        }
    }
}

#[test]
fn s3_a_permalink_is_a_link_only_if_it_is_http_or_https() {
    let rendered = |url: &str| {
        fragment(&ConfirmDelete {
            form: FormTarget {
                action: String::new(),
                token: String::new(),
            },
            ping: PingView {
                url: url.to_owned(),
                list_url: String::new(),
                ..ping(MARK, State::Published)
            },
            cancel_url: "https://cancel.example/".to_owned(),
        })
    };
    for url in [
        "javascript:alert(1)",
        " JaVa\nscript:alert(1)",
        "\u{1}javascript:alert(1)",
        "javascript://https://blog.example/%0Aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//blog.example/",
        "",
    ] {
        let html = rendered(url);
        assert_eq!(html.matches("href=").count(), 1, "{url:?} in {html}");
        assert!(html.contains("href=\"https://cancel.example/\""));
    }
    let html = rendered("https://blog.example/?a=1&b=2");
    let (_, link) = start_tags(&html)
        .into_iter()
        .find(|(name, _)| name == "a")
        .unwrap();
    assert_eq!(link["href"], "https://blog.example/?a=1&b=2");
    assert_eq!(link["rel"], "nofollow ugc noopener");
}

#[test]
fn every_page_is_balanced_within_header_and_footer() {
    const VOID: [&str; 4] = ["input", "meta", "link", "br"];
    for fragment in all_pages(MARK) {
        let mut open = Vec::new();
        for token in tokens(&page(HEADER, FOOTER, &titled("TrackBack"), &fragment)) {
            match token {
                Seen::Start(name, _) if VOID.contains(&&*name) => {}
                Seen::Start(name, _) => open.push(name),
                Seen::End(name) => assert_eq!(open.pop(), Some(name), "{fragment}"),
                Seen::Text(_) | Seen::Other(_) => {}
            }
        }
        assert!(open.is_empty(), "{open:?} in {fragment}");
    }
}

#[test]
fn every_visible_field_has_a_label_and_every_id_is_unique() {
    for page in all_pages(MARK) {
        let start_tags = start_tags(&page);
        let ids: Vec<_> = start_tags
            .iter()
            .filter_map(|(_, tag)| tag.get("id"))
            .collect();
        assert_eq!(
            ids.iter().collect::<HashSet<_>>().len(),
            ids.len(),
            "{page}"
        );
        let labels: HashSet<_> = start_tags
            .iter()
            .filter_map(|(_, tag)| tag.get("for"))
            .collect();
        assert!(labels.iter().all(|label| ids.contains(label)), "{page}");
        for (name, tag) in &start_tags {
            let hidden = tag.get("type").is_some_and(|kind| kind == "hidden");
            if matches!(&**name, "input" | "textarea") && !hidden && !tag.contains_key("hidden") {
                let labelled = tag.get("id").is_some_and(|id| labels.contains(id))
                    || tag.get("aria-label").is_some_and(|label| !label.is_empty());
                assert!(labelled, "{page}");
            }
        }
    }
}

#[test]
fn every_page_has_one_first_heading_and_skips_no_level() {
    for page in all_pages(MARK) {
        let levels: Vec<u8> = start_tags(&page)
            .iter()
            .filter_map(|(name, tag)| match &**name {
                "h1" => Some(1),
                "h2" => Some(2),
                _ => tag.get("aria-level").and_then(|level| level.parse().ok()),
            })
            .collect();
        assert_eq!(levels.first(), Some(&1), "{page}");
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
        assert!(
            levels.windows(2).all(|pair| pair[1] <= pair[0] + 1),
            "{page}"
        );
    }
}

#[test]
fn s4_every_form_that_changes_anything_is_a_post_with_a_mode_and_a_token() {
    for page in all_pages(MARK) {
        let start_tags = start_tags(&page);
        let forms: Vec<_> = start_tags
            .iter()
            .filter(|(name, _)| name == "form")
            .collect();
        let (posts, gets): (Vec<_>, Vec<_>) = forms
            .iter()
            .copied()
            .partition(|(_, tag)| tag["method"] == "post");
        assert!(
            gets.iter()
                .all(|(_, tag)| tag["method"] == "get" && tag["role"] == "search")
        );
        // Readers have no session whose token they could send.
        let is_readers = |tag: &BTreeMap<_, _>| tag.get("class").is_some_and(|c| c == "submit");
        let owners = posts.iter().filter(|(_, tag)| !is_readers(tag)).count();
        for (field, expected) in [("__mode", forms.len()), ("token", owners)] {
            let named = |tag: &BTreeMap<_, _>| tag.get("name").is_some_and(|name| name == field);
            let count = start_tags.iter().filter(|(_, tag)| named(tag)).count();
            assert_eq!(count, expected, "{field} in {page}");
        }
    }
}

#[test]
fn classic_words_and_classes_are_kept() {
    let pages = all_pages(MARK).concat();
    for kept in [
        "<div class=\"url\">TrackBack URL for this entry:\n<div class=\"ping-url\">",
        "<div class=\"ping\"",
        "<div class=\"title\"",
        "<div class=\"excerpt\"",
        "<div class=\"footer\">Tracked: ",
        "Is this your site? Log in to delete pings.",
        "Ping successfully sent",
    ] {
        assert!(pages.contains(kept), "{kept}");
    }
}

#[test]
fn the_title_is_escaped_and_put_in_once() {
    assert_eq!(
        page(
            "<title>{{ title }}</title>",
            "</body>",
            &titled("</title>{{ title }}&"),
            "x"
        ),
        "<title>&#60;/title&#62;{{ title }}&#38;</title>x</body>"
    );
    assert_eq!(page("<body>", "", &titled("t"), "x"), "<body>x");
    assert_eq!(HEADER.matches(TITLE_PLACEHOLDER).count(), 1);
}
