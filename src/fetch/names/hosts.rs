//! `/etc/hosts`: an address, a name and further names on each line.

use std::io::BufRead;
use std::net::IpAddr;

/// Every address that stands on a line with `name`, which is in lower case and has no final dot. What is no such line
/// is passed over.
pub(super) fn find(hosts: impl BufRead, name: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for line in hosts.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let line = line.split('#').next().unwrap_or_default();
        let line = line.trim_start_matches('\u{feff}');
        let mut words = line.split_ascii_whitespace();
        let Some(address) = words.next().and_then(address) else {
            continue;
        };
        let is_here = words.any(|word| {
            let word = word.strip_suffix('.').unwrap_or(word);
            word.eq_ignore_ascii_case(name)
        });
        if is_here && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// An address, without the zone that some write behind it.
fn address(word: &str) -> Option<IpAddr> {
    word.split('%').next()?.parse().ok()
}
