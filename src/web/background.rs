//! What a request leaves to be done when it has been answered.

use super::Response;
use super::context::Context;
use super::response::FollowUp;
use crate::linkback::trackback::TbId;
use crate::store::{Event, EventName, Store};
use crate::verify::{self, queue};

/// Has the page behind a ping looked at, which is on disk: what is noted here is a hint.
pub(super) fn queue_verification(
    context: &Context<'_>,
    store: &Store,
    id: &TbId,
    number: u64,
    response: Response,
) -> Response {
    if let Err(error) = queue::add(store, id, number, context.now()) {
        let event = Event::new(context.now(), EventName::Postponed)
            .with("tb_id", id.as_str())
            .with("id", number)
            .with("error", error.to_string());
        store.log(&event);
    }
    response.then(FollowUp::Verify)
}

/// On a page of the owner's, takes up what a worker that was killed has left, and what was to be tried again.
pub(super) fn resume_verification(context: &Context<'_>, response: Response) -> Response {
    if context.session.is_none() {
        return response;
    }
    let due = context
        .store()
        .and_then(|store| verify::is_due(context.config, store, context.now()));
    match due {
        Ok(true) => response.then(FollowUp::Verify),
        // What keeps the queue from being read stands in the log already, or will.
        Ok(false) | Err(_) => response,
    }
}
