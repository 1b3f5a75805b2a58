//! `Content-Type` 0x1F body: what another server answers to a ping.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tb::linkback::trackback::reply::{self, Reply};
use tb::text::clean;
use tb_fuzz::{check_line, check_xml, fields, present, words};

fuzz_target!(|input: &[u8]| {
    let [content_type, body] = fields(input);
    let content_type = present(content_type).map(words);
    match reply::parse(body, content_type.as_deref()) {
        // UTF-16 and its like aside, what is accepted says so in so many letters.
        Reply::Accepted if !body.contains(&0) => {
            let text = words(body).to_ascii_lowercase();
            assert!(text.contains("response") && text.contains("error") && text.contains('0'));
        }
        Reply::Refused(message) => {
            assert!(!message.is_empty());
            check_line(&message, Reply::MAX_MESSAGE);
        }
        Reply::Accepted | Reply::Unreadable => {}
    }
    let message = words(body);
    let written = reply::refused(&message);
    check_xml(&written);
    let Reply::Refused(read) = reply::parse(written.as_bytes(), Some("text/xml")) else {
        panic!("a refusal is read as another thing: {written}");
    };
    let cleaned = clean(&message);
    if !cleaned.is_empty() && cleaned.chars().count() < Reply::MAX_MESSAGE {
        assert_eq!(read, cleaned);
    }
});
