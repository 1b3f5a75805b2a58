//! Any bytes as a `Cookie` header: only the owner's own cookie logs in.
//!
//! The reader of cookies is private, so this asks for a page and looks whether it is the owner's.
//! `VALID` in an input stands for the value that is good, `LOGIN` for the whole header.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tb::internals::web::Method;
use tb_fuzz::site::{Laboratory, header, request};

static LABORATORY: LazyLock<Laboratory> = LazyLock::new(Laboratory::new);

fuzz_target!(|input: &[u8]| {
    let good = LABORATORY.cookie.as_bytes();
    let equals = good.iter().position(|&byte| byte == b'=').expect("a pair");
    let value = &good[equals + 1..];
    let cookie = replace(&replace(input, b"LOGIN", good), b"VALID", value);
    let mut asked = request(Method::Get, b"__mode=list&tb_id=a");
    asked.cookie.clone_from(&cookie);
    let answer = LABORATORY.respond(&asked);
    assert_eq!(answer.status, 200);
    let is_owner = header(&answer, "Cache-Control") == Some("no-store");
    let page = String::from_utf8(answer.body).expect("a page is UTF-8");
    assert_eq!(page.contains(&LABORATORY.token), is_owner);
    assert!(
        !page.contains(&String::from_utf8_lossy(value)[..]),
        "a cookie stays in its header"
    );
    if is_owner {
        assert!(
            cookie.windows(value.len()).any(|part| part == value),
            "a forged cookie logs in"
        );
    }
    if cookie == good {
        assert!(is_owner, "the owner's cookie logs in");
    }
    // The epoch, the number, the time and the MAC in any other form are nothing.
    let mut late = asked.clone();
    late.now = jiff::Timestamp::from_second(tb_fuzz::site::NOW + 12 * 60 * 60).expect("a time");
    let answer = LABORATORY.respond(&late);
    assert_eq!(header(&answer, "Cache-Control"), None, "a session ends");
});

fn replace(text: &[u8], word: &[u8], by: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        match rest.strip_prefix(word) {
            Some(behind) => {
                out.extend_from_slice(by);
                rest = behind;
            }
            None => {
                out.push(first);
                rest = after;
            }
        }
    }
    out
}
