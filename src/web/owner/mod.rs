//! The owner's pages for what is otherwise done in the shell.
//!
//! A GET shows and changes nothing; what changes something is a POST with the token of the session. What is written into
//! `tb.toml` needs the password as well.

pub(super) mod backup;
pub(super) mod bans;
pub(super) mod check;
pub(super) mod domains;
pub(super) mod settings;

use super::context::Context;
use super::views::OwnerList;
use super::{Response, urls};
use crate::error::Result;

/// How many rows a page shows.
const ROWS: usize = 50;
/// The longest text that a form takes, in characters.
const LONGEST: usize = 200;

/// What was typed, or what is wrong with it.
type Typed<T> = std::result::Result<T, String>;

/// The result of a form.
enum FormResult {
    /// It is done; the owner is told this.
    Done(String),
    /// Nothing was changed, for this reason.
    Refused(String),
}

/// The part of a list that the request asks for, and the numbers of the pages before and after it.
fn page_of<T>(context: &Context<'_>, all: Vec<T>) -> (Vec<T>, Option<usize>, Option<usize>) {
    let asked = context
        .fields
        .get("page")
        .and_then(|text| text.parse().ok());
    let last = all.len().saturating_sub(1) / ROWS;
    let page = asked.unwrap_or(0).min(last);
    let rows = all.into_iter().skip(page * ROWS).take(ROWS).collect();
    (rows, page.checked_sub(1), (page < last).then_some(page + 1))
}

/// The URL of a page of a list.
fn page_url(context: &Context<'_>, mode: &str, page: usize) -> String {
    let page = page.to_string();
    urls::with_query(context.config, &[("__mode", mode), ("page", &page)])
}

/// Shows a list after a form was handled.
fn list_after(
    context: &Context<'_>,
    result: FormResult,
    list: fn(&Context<'_>) -> Result<OwnerList>,
) -> Result<Response> {
    let mut list = list(context)?;
    let status = match result {
        FormResult::Done(notice) => {
            list.notice = notice;
            200
        }
        FormResult::Refused(error) => {
            list.error = error;
            list.typed = context.fields.get("what").unwrap_or_default().to_owned();
            400
        }
    };
    Ok(Response {
        status,
        ..context.page(list.heading, &list)
    })
}

/// The text that the form has in a field; an error if it is too long.
fn typed<'form>(context: &'form Context<'_>, name: &str) -> Typed<&'form str> {
    let text = context.fields.get(name).unwrap_or_default().trim();
    match text.chars().count() {
        0 => Err("Nothing was typed.".to_owned()),
        _ if text.contains(char::is_control) => Err("It must be one line.".to_owned()),
        count if count > LONGEST => Err(format!("At most {LONGEST} characters; this has {count}.")),
        _ => Ok(text),
    }
}
