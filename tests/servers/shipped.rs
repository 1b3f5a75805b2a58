//! The executable that is shipped: its size, its memory, and that it needs no library.

use std::fs;

use crate::support::request::Request;
use crate::support::site::{Site, limited};
use crate::support::static_binary;
use crate::support::xml::assert_accepted;

fn ping() -> Request {
    Request::ping("entry", "http://weblog.example/1")
}

#[test]
fn s7_a_ping_and_a_list_need_little_memory() {
    let site = Site::shipped();
    // Of address space, code included, which is more than what is resident.
    let little = "-v 40000";
    assert_accepted(&limited(&site, little, &ping()));
    limited(&site, little, &Request::get("__mode=list&tb_id=entry")).expect(200);
}

#[test]
fn the_shipped_executable_is_static_and_of_at_most_9_mib() {
    let bytes = fs::read(static_binary()).expect("the executable");
    // What a request touches is what it costs; this is what a host with little room has to hold.
    assert!(bytes.len() <= 9 << 20, "{} bytes", bytes.len());
    let word = |at: usize, size: usize| {
        let bytes = bytes[at..at + size].iter().rev();
        bytes.fold(0_usize, |word, &byte| word << 8 | usize::from(byte))
    };
    assert_eq!(&bytes[..5], b"\x7FELF\x02");
    let (table, size, count) = (word(32, 8), word(54, 2), word(56, 2));
    let kinds: Vec<usize> = (0..count).map(|at| word(table + at * size, 4)).collect();
    // 3 is PT_INTERP: the name of a dynamic linker.
    assert!(!kinds.contains(&3), "{kinds:?}");
}
