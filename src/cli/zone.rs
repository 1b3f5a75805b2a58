//! A time zone in the command line.

use jiff::tz::{TimeZone, TimeZoneDatabase};

pub(crate) fn zone(text: &str) -> std::result::Result<TimeZone, String> {
    TimeZoneDatabase::bundled()
        .get(text)
        .map_err(|_| "no zone has that name; one is `Europe/Paris`".to_owned())
}
