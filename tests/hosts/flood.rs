//! The limits in a flood, from addresses of their own.

use crate::support::flood::*;
use crate::support::live::Host;
use crate::support::xml::assert_accepted;

for_each_host_here! {
    [
        apache: ApacheEvent,
        serve: Serve,
    ]
    s7_over_a_senders_limit_the_answer_is_429_and_nothing_is_stored
    s7_an_honest_sender_comes_in_while_another_floods
    s7_over_the_limit_of_the_site_pings_are_held
}

fn s7_over_a_senders_limit_the_answer_is_429_and_nothing_is_stored(host: Host) {
    let live = flooded(host, "");
    for number in 0..6 {
        assert_accepted(&send_from(live.port, [127, 0, 1, 1], &ping(number)));
    }
    let before = pings(&live.site);
    for number in 6..9 {
        // Of the same /24.
        let reply = send_from(live.port, [127, 0, 1, number], &ping(u32::from(number)));
        assert_too_many(&reply, 600, TOO_MANY);
        assert_eq!(pings(&live.site), before);
    }
}

fn s7_an_honest_sender_comes_in_while_another_floods(host: Host) {
    let live = flooded(host, "");
    let refused = (0..40)
        .map(|number| send_from(live.port, [127, 0, 1, 1], &ping(number)))
        .filter(|reply| reply.status == 429);
    assert_eq!(refused.count(), 34);
    assert_accepted(&send_from(live.port, [127, 0, 2, 1], &ping(100)));
}

fn s7_over_the_limit_of_the_site_pings_are_held(host: Host) {
    let live = flooded(host, "\"site 3\"");
    for number in 0..5 {
        let from = [127, 0, u8::try_from(number).unwrap(), 1];
        assert_accepted(&send_from(live.port, from, &ping(number)));
    }
    let mut states = states(&live.site);
    assert_eq!(states.split_off(2), vec![("published".to_owned(), None); 3]);
    assert_eq!(
        states,
        vec![("held".to_owned(), Some("flood".to_owned())); 2]
    );
}
