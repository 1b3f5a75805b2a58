//! Errors as responses: in the mode's dialect, with a status, and without any paths.

use serde_json::json;

use super::context::Dialect;
use super::{Method, Request, Response, views};
use crate::config::{Config, DEFAULT_FOOTER, DEFAULT_HEADER};
use crate::error::{Error, Refusal, Status};
use crate::language::{Language, Sentence};
use crate::linkback::pingback::fault_code;
use crate::linkback::pingback_call::to_fault;
use crate::linkback::trackback::reply;

/// The faults of refused pingbacks; of other errors it is [`fault_code::OTHER`].
const FAULTS: [(Refusal, i64); 10] = [
    (Refusal::InvalidSource, fault_code::NO_SOURCE),
    (Refusal::InvalidTarget, fault_code::NO_TARGET),
    (Refusal::TargetNotFound, fault_code::NOT_A_TARGET),
    (Refusal::UnknownId, fault_code::NOT_A_TARGET),
    (Refusal::Closed, fault_code::NOT_A_TARGET),
    (Refusal::ProtocolOff, fault_code::NOT_A_TARGET),
    (Refusal::Banned, fault_code::DENIED),
    (Refusal::Throttled, fault_code::DENIED),
    (Refusal::TooManyIds, fault_code::DENIED),
    (Refusal::QueueFull, fault_code::DENIED),
];

/// Turns an error into a response.
pub(super) fn respond(
    config: Option<&Config>,
    dialect: Dialect,
    request: &Request,
    error: &Error,
) -> Response {
    let status = status(error, dialect);
    let response = match dialect {
        Dialect::Xml | Dialect::XmlToPingers => {
            Response::xml(status, reply::refused(&error.public()))
        }
        Dialect::XmlRpc => Response::xml(status, to_fault(fault_of(error), &error.public())),
        Dialect::Json => {
            let error = json!({ "error": error_name(error), "error_description": error.public() });
            let response = Response::data("application/json; charset=utf-8", error.to_string());
            Response { status, ..response }.with("Access-Control-Allow-Origin", "*")
        }
        Dialect::Text => Response::text(
            status,
            format!("{}: {}\n", error_name(error), error.public()),
        ),
        Dialect::Html => problem(config, status, &|language| localized(language, error)),
    };
    let response = if status == 503 {
        response.with("Retry-After", "600")
    } else {
        response
    };
    if request.method == Method::Post {
        response.with("Cache-Control", "no-store")
    } else {
        response
    }
}

fn fault_of(error: &Error) -> i64 {
    let is_it = |refusal: &Refusal| matches!(error, Error::Refused(other) if other == refusal);
    let found = FAULTS.iter().find(|(refusal, _)| is_it(refusal));
    found.map_or(fault_code::OTHER, |(_, code)| *code)
}

/// The name of an error for programs, such as `target_not_found`.
fn error_name(error: &Error) -> String {
    error.refusal().map_or_else(
        || "error".to_owned(),
        |refusal| refusal.name().replace('-', "_"),
    )
}

/// The message of an error, in the language of the readers unless only the owner can get it.
fn localized(language: Language, error: &Error) -> (Language, String) {
    let message = match error {
        Error::Refused(refusal) => language.refusal(*refusal),
        _ if language == Language::English => None,
        _ => Some(language.say(Sentence::Unavailable)),
    };
    match message {
        Some(message) => (language, message.to_owned()),
        None => (Language::English, error.public()),
    }
}

/// An error page for the owner.
pub(super) fn owner_problem(config: &Config, status: u16, message: &str) -> Response {
    let english = |_| (Language::English, message.to_owned());
    problem(Some(config), status, &english)
}

/// An error page, with a status. `message` is given the language of the readers, and returns that of its text.
pub(super) fn problem(
    config: Option<&Config>,
    status: u16,
    message: &dyn Fn(Language) -> (Language, String),
) -> Response {
    let (header, footer) = match config {
        Some(config) => (config.header_text(), config.footer_text()),
        None => (DEFAULT_HEADER.to_owned(), DEFAULT_FOOTER.to_owned()),
    };
    let of_readers = |config: &Config| config.language_with(|| header.as_str().into());
    let (language, message) = message(config.map_or(Language::English, of_readers));
    let title = language.say(Sentence::Problem);
    let heading = title.to_owned();
    let home = |config: &Config| views::MessageLink {
        url: config.base_url.to_string(),
        text: config.site_name.clone(),
    };
    let problem = views::Problem {
        heading,
        message,
        links: config.map(home).into_iter().collect(),
    };
    let head = views::PageHead {
        title,
        language,
        feeds: &[],
    };
    let html = views::page(&header, &footer, &head, &views::fragment(&problem));
    Response::html(status, config, html)
}

/// The HTTP status of an error. In XML the error is in the body and the status is 200; in TrackBack's, except where the
/// transport itself is at fault or the sender should try again.
fn status(error: &Error, dialect: Dialect) -> u16 {
    if dialect == Dialect::XmlRpc {
        return 200;
    }
    let refusal = match error {
        Error::Refused(refusal) => *refusal,
        Error::File { .. }
        | Error::Planted { .. }
        | Error::Lock { .. }
        | Error::NoSpace { .. }
        | Error::System { .. }
        | Error::Random(_) => {
            return 503;
        }
        Error::Fetch { .. } => return 502,
        Error::Config { .. } | Error::Usage(_) | Error::Stream(_) | Error::Internal(_) => {
            return 500;
        }
    };
    match refusal.status() {
        Status::Always(status) => status,
        Status::OnPages(status) => match dialect {
            Dialect::Html => status,
            // The target is part of the request.
            Dialect::Text if refusal == Refusal::Closed => 400,
            Dialect::Text | Dialect::Json => status,
            Dialect::Xml | Dialect::XmlRpc | Dialect::XmlToPingers => 200,
        },
    }
}
