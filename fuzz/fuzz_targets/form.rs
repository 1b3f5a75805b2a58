//! `Content-Type` 0x1F body: fields in any charset, and the ping that they make.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tb::internals::error::Refusal;
use tb::linkback::trackback::{Form, Ping, ping};
use tb_fuzz::{check_line, fields, present, words};

const NAMES: [&str; 8] = [
    "url",
    "title",
    "excerpt",
    "blog_name",
    "charset",
    "tb_id",
    "__mode",
    "",
];

fuzz_target!(|input: &[u8]| {
    let [content_type, raw] = fields(input);
    if let Ok(query) = Form::query(raw) {
        check(&query, raw);
    }
    match Form::body(raw, present(content_type)) {
        Ok(form) => {
            check(&form, raw);
            if let Ok(ping) = Ping::from_form(&form) {
                check_ping(&ping);
            }
        }
        Err(refusal) => assert!(matches!(
            refusal,
            Refusal::BodyTooLarge
                | Refusal::TooManyFields
                | Refusal::WrongContentType
                | Refusal::UnknownCharset
        )),
    }
});

fn check(form: &Form, raw: &[u8]) {
    let mut count = 0;
    for name in NAMES {
        count += form.all(name).count();
        assert_eq!(form.get(name), form.all(name).next());
        let (text, bytes) = (form.get(name), form.bytes(name));
        assert_eq!(text.is_some(), bytes.is_some());
        if let (Some(text), Some(bytes)) = (text, bytes)
            && bytes.is_ascii()
        {
            assert_eq!(
                text.as_bytes(),
                bytes,
                "a charset gives ASCII another meaning"
            );
        }
        assert!(text.is_none_or(|text| text.len() <= 4 * raw.len()));
    }
    assert!(count <= Form::MAX_FIELDS);
}

fn check_ping(ping: &Ping) {
    let url = url::Url::parse(&ping.url).expect("a kept URL is a URL");
    assert_eq!(url.as_str(), ping.url, "and its own spelling");
    assert!(matches!(url.scheme(), "http" | "https") && url.username().is_empty());
    assert!(ping.url.len() <= Ping::MAX_URL && ping.url.is_ascii());
    assert!(!ping.title.is_empty());
    check_line(&ping.title, Ping::MAX_TITLE);
    check_line(&ping.excerpt, Ping::MAX_EXCERPT + 1);
    check_line(&ping.blog_name, Ping::MAX_BLOG_NAME);
    // What is sent on is read as what it was, wherever it is not taken for markup again.
    let body = ping.to_form();
    let form = Form::body(body.as_bytes(), Some(ping::CONTENT_TYPE.as_bytes()));
    let form = form.expect("our own form is read");
    for (name, value) in [
        ("url", &ping.url),
        ("title", &ping.title),
        ("excerpt", &ping.excerpt),
        ("blog_name", &ping.blog_name),
    ] {
        assert_eq!(&words(form.get(name).unwrap_or_default().as_bytes()), value);
    }
}
