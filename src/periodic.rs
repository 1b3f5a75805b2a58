//! What is done now and then, after pages were looked at: old junk goes, and the owner is told of what waits.

use jiff::Timestamp;

use crate::config::Config;
use crate::sendmail;
use crate::store::{Event, EventName, Store};
use crate::upkeep::retention;

/// Does what is due; what fails is logged, and no ping is affected. Takes up to 30 s where `sendmail` hangs.
pub fn run(config: &Config, store: &Store, now: Timestamp) {
    if let Err(error) = retention::run(config, store, now) {
        store.log(&Event::new(now, EventName::Failed).with("error", error.to_string()));
    }
    sendmail::tell(config, store, now);
}
