//! Converts between hyper's types and those of `web`, and writes the access log.

use std::io::Write;
use std::net::IpAddr;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, StatusCode};
use jiff::Timestamp;

use super::page_cache::CachedResponse;
use super::slots::REQUEST_TIMEOUT;
use crate::error::Refusal;
use crate::text;
use crate::web::{MAX_BODY, Response};

/// Reads a body, with limits for its size and time.
pub(super) async fn read_body(
    body: Incoming,
    headers: &HeaderMap,
) -> std::result::Result<Vec<u8>, Refusal> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_BODY) {
        return Err(Refusal::BodyTooLarge);
    }
    match tokio::time::timeout(REQUEST_TIMEOUT, Limited::new(body, MAX_BODY).collect()).await {
        Err(_) => Err(Refusal::BodyTimeout),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::BodyTooLarge),
        Ok(Err(_)) => Err(Refusal::BodyCutShort),
        Ok(Ok(collected)) => Ok(collected.to_bytes().to_vec()),
    }
}

/// Joins several headers of one name, as a web server does for CGI.
pub(super) fn join(headers: &HeaderMap, name: &HeaderName) -> Vec<u8> {
    let values: Vec<&[u8]> = headers
        .get_all(name)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    values.join(&b"; "[..])
}

/// Converts a response to hyper's types.
pub(super) fn convert(response: Response) -> CachedResponse {
    let mut headers = HeaderMap::new();
    for (name, value) in response.headers {
        // Our names are valid; an invalid value is left out.
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(&value),
        ) {
            headers.append(name, value);
        }
    }
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    CachedResponse {
        status,
        headers,
        body: response.body.into(),
    }
}

/// One line a request in the Common Log Format, to standard error.
pub(super) fn log_access(peer: IpAddr, now: Timestamp, line: &str, answer: &CachedResponse) {
    let line = line.replace('\\', "\\\\");
    let line = text::escape_terminal(&line).replace('"', "\\\"");
    let time = now.strftime("%d/%b/%Y:%H:%M:%S +0000");
    let entry = format!(
        "{peer} - - [{time}] \"{line}\" {} {}\n",
        answer.status.as_u16(),
        answer.body.len()
    );
    // Standard error may be closed.
    std::io::stderr().write_all(entry.as_bytes()).ok();
}
