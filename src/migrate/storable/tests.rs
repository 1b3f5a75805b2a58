//! Storable: what is cut off, deep, huge or would be run is refused.

use super::*;
use proptest::prelude::*;

/// The body behind a header in network order.
fn network(body: &[u8]) -> Vec<u8> {
    [b"pst0\x05\x0b", body].concat()
}

fn refused(body: &[u8]) -> StorableError {
    parse(&network(body)).expect_err("it must be refused")
}

#[test]
fn what_is_cut_off_is_refused_wherever_it_is_cut() {
    let whole = network(b"\x02\0\0\0\x01\x04\x03\0\0\0\x01\x0a\x01x\0\0\0\x03url");
    assert!(parse(&whole).is_ok());
    for end in 0..whole.len() {
        let fault = parse(&whole[..end]).expect_err("cut off");
        assert!(fault.offset <= end, "{fault}");
    }
}

#[test]
fn a_hundred_thousand_levels_overflow_nothing() {
    let fault = refused(&b"\x04".repeat(100_000));
    assert_eq!(fault.what, "nested deeper than 16");
    assert_eq!(fault.offset, 6 + 17);
    refused(&b"\x02\0\0\0\x01".repeat(100_000));
    refused(&b"\x03\0\0\0\x01".repeat(100_000));
}

#[test]
fn a_count_or_a_length_allocates_nothing() {
    for body in [
        b"\x02\xff\xff\xff\xff\x05".as_slice(),
        b"\x03\xff\xff\xff\xff\x05",
        b"\x19\0\xff\xff\xff\xff\x05",
        b"\x01\xff\xff\xff\xffx",
        b"\x18\x7f\xff\xff\xffx",
    ] {
        assert!(refused(body).offset >= 6, "{}", body.escape_ascii());
    }
}

#[test]
fn what_perl_would_run_is_refused_by_name() {
    for (kind, name) in [
        (11, "tied"),
        (12, "tied"),
        (17, "blessed"),
        (19, "blessed"),
        (20, "overloaded"),
        (26, "code"),
        (32, "regular expression"),
        (99, "unknown kind 99"),
    ] {
        let fault = refused(&[2, 0, 0, 0, 1, kind, 0, 0, 0, 0]);
        assert!(fault.what.contains(name), "{fault}");
        assert_eq!(fault.offset, 11);
    }
}

#[test]
fn a_reference_to_itself_or_to_nothing_is_refused() {
    assert_eq!(
        refused(b"\x02\0\0\0\x01\0\0\0\0\0").what,
        "a list or a hash that is there twice"
    );
    assert!(
        refused(b"\x02\0\0\0\x01\0\0\0\0\x07")
            .what
            .contains("not come yet")
    );
    let file = network(b"\x02\0\0\0\x02\x0a\x01x\0\0\0\0\x01");
    let Ok(Value::Array(both)) = parse(&file) else {
        panic!("a value may come twice")
    };
    assert!(matches!(both[..], [Value::Bytes(b"x"), Value::Bytes(b"x")]));
}

proptest! {
    #![proptest_config(crate::proptest_config())]
    #[test]
    fn no_bytes_make_the_reader_panic(body in proptest::collection::vec(prop_oneof![0u8..36, any::<u8>()], 0..200)) {
        for header in [b"pst0\x05\x0b".as_slice(), b"pst0\x04\x0b\x0812345678\x04\x08\x08\x08", b"pst0\x04\x0b\x044321\x04\x04\x04\x08", b""] {
            parse(&[header, &body].concat()).ok();
        }
    }
}
