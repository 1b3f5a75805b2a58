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
use super::views::{ListRow, ListTexts, OwnerList};
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

/// The page of a list that the request asks for.
fn list_page<T>(
    context: &Context<'_>,
    texts: &'static ListTexts,
    all: Vec<T>,
    row: impl Fn(T) -> ListRow,
) -> Result<OwnerList> {
    let asked = context
        .fields
        .get("page")
        .and_then(|text| text.parse().ok());
    let last = all.len().saturating_sub(1) / ROWS;
    let page = asked.unwrap_or(0).min(last);
    let rows = all.into_iter().skip(page * ROWS).take(ROWS);
    let url = |page: usize| {
        let fields = [("__mode", texts.mode), ("page", &page.to_string())];
        urls::with_query(context.config, &fields)
    };
    Ok(OwnerList {
        form: context.form()?,
        texts,
        faults: Vec::new(),
        rows: rows.map(row).collect(),
        newer: page.checked_sub(1).map(url),
        older: (page < last).then(|| url(page + 1)),
        notice: String::new(),
        error: String::new(),
        typed: String::new(),
    })
}

/// A row with a button that removes it, which sends `value`; what is too long for the form is removed in the shell.
fn list_row(what: &str, detail: String, value: String) -> ListRow {
    ListRow {
        detail,
        value: match what.chars().count() > LONGEST {
            true => String::new(),
            false => value,
        },
        what: what.chars().take(LONGEST).collect(),
    }
}

fn show_list(context: &Context<'_>, list: &OwnerList) -> Response {
    context.page(list.texts.heading, list)
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
        ..show_list(context, &list)
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
