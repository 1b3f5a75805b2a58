//! Tasks that run after verification: deletes old junk, and notifies the owner of waiting pings.

use jiff::Timestamp;

use crate::config::Config;
use crate::sendmail;
use crate::store::{Event, EventName, Store};
use crate::upkeep::retention;

/// Runs the tasks that are due. Failures are logged and affect no ping. Takes up to 30 s if `sendmail` hangs.
pub fn run(config: &Config, store: &Store, now: Timestamp) {
    if let Err(error) = retention::run(config, store, now) {
        store.log(&Event::new(now, EventName::Failed).with("error", error.to_string()));
    }
    sendmail::notify_owner(config, store, now);
}
