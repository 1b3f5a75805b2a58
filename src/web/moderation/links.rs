//! The address of the moderation page, and the decisions that can be made there.

use crate::config::Config;
use crate::web::context::Context;
use crate::web::urls;
use crate::web::views::{Action, HiddenField};

/// Characters of a search that are looked at.
pub(super) const SEARCH: usize = 200;

/// The fields of an address that say which part of the list it is.
pub(super) const HERE: [&str; 4] = ["state", "q", "before", "after"];

/// Everything that can be done with pings, in the order of the buttons.
pub(crate) const ACTIONS: [Action; 7] = [
    action("approve", "Approve"),
    action("widen", "Approve domain"),
    action("hold", "Hold"),
    action("junk", "Junk"),
    action("delete", "Delete"),
    action("forget", "Forget host"),
    action("ban", "Ban domain"),
];

/// The address of a page of the list.
pub(crate) fn url(config: &Config, query: &[(&str, &str)]) -> String {
    let said = query.iter().filter(|(_, value)| !value.is_empty()).copied();
    let query: Vec<_> = [("__mode", "moderate")].into_iter().chain(said).collect();
    urls::with_query(config, &query)
}

/// What of the address, or of the form, says which part of the list it is about.
pub(crate) fn here(context: &Context<'_>) -> Vec<HiddenField> {
    let field = |name: &&str| {
        let value = context.fields.get(name).filter(|value| !value.is_empty())?;
        let value = value.chars().take(SEARCH).collect();
        Some(HiddenField {
            name: (*name).to_owned(),
            value,
        })
    };
    HERE.iter().filter_map(field).collect()
}

pub(super) const fn action(word: &'static str, label: &'static str) -> Action {
    Action { word, label }
}
