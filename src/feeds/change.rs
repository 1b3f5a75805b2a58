//! A change to an id's pings and all that follows from it, in the one order that loses nothing: the
//! change is on disk, then the static feed is written under the same lock, then the caller answers.
//!
//! The web's modes and the owner's commands both come through here.

use jiff::Timestamp;

use crate::config::Config;
use crate::error::Result;
use crate::feeds::{self, Write};
use crate::linkback::trackback::TbId;
use crate::store::{Event, EventName, Store, Transaction};

/// Makes a change and brings the static feed up to date.
///
/// A feed that cannot be written is logged and made good at the next change: the pings are the truth.
pub fn change<T>(
    config: &Config,
    store: &Store,
    id: &TbId,
    now: Timestamp,
    make: impl FnOnce(&mut Transaction<'_>) -> Result<(T, Write)>,
) -> Result<T> {
    let mut transaction = store.begin(id)?;
    let (outcome, when) = make(&mut transaction)?;
    let later = [
        feeds::write_static(config, id, transaction.pings(), when),
        transaction.maintain(),
    ];
    for error in later.into_iter().filter_map(Result::err) {
        let event = Event::new(now, EventName::Postponed)
            .with("tb_id", id.as_str())
            .with("error", error.to_string());
        store.log(&event);
    }
    Ok(outcome)
}
