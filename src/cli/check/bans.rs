//! The list of bans, which the owner may edit.

use jiff::Timestamp;

use super::findings::Findings;
use crate::admission::bans;
use crate::store::Store;

pub(super) fn inspect(store: &Store, now: Timestamp, findings: &mut Findings) {
    // That the file cannot be opened is told with the other files.
    let Ok(list) = bans::list(store, now) else {
        return;
    };
    for fault in list.faults {
        findings.warning(fault, "mend the line; the others hold");
    }
}
