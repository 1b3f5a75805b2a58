//! `.throttle` itself: damaged, and left by a process that was killed.

use std::fs;

use crate::support::flood::{FROM, TOO_MANY, assert_too_many, cgi_from, ping, put, site};
use crate::support::site::Site;
use crate::support::xml::assert_accepted;

#[test]
fn s7_a_throttle_that_is_damaged_is_begun_anew_and_holds_again() {
    let site = site("\"prefix 2\"");
    assert_accepted(&cgi_from(&site, FROM, &ping(0)));
    let good = fs::read(site.data_dir().join(".throttle")).expect("the throttle");
    let damaged = [
        Vec::new(),
        good[..good.len() / 2].to_vec(),
        vec![0; good.len()],
        vec![0; 64 << 10],
        b"not a throttle\n".repeat(100_000),
    ];
    for (turn, bytes) in damaged.iter().enumerate() {
        put(&site, bytes);
        let number = u32::try_from(turn).unwrap() * 10;
        assert_accepted(&cgi_from(&site, FROM, &ping(number)));
        assert_accepted(&cgi_from(&site, FROM, &ping(number + 1)));
        assert_too_many(&cgi_from(&site, FROM, &ping(number + 2)), 1_800, TOO_MANY);
        let length = fs::metadata(site.data_dir().join(".throttle"))
            .expect("it")
            .len();
        assert_eq!(length, good.len() as u64);
    }
}

#[test]
fn without_a_throttle_there_is_no_limit_and_no_file() {
    let site = Site::new();
    for number in 0..70 {
        assert_accepted(&cgi_from(&site, FROM, &ping(number)));
    }
    assert!(!site.data_dir().join(".throttle").exists());
}
