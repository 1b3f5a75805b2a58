//! One request by CGI/1.1 (RFC 3875), as real servers do it rather than as it says.
//!
//! * The door is chosen by the environment alone, and argv is never read: `?serve+--listen` arrives
//!   there as words. What a client sends can only become `HTTP_*` variables.
//! * Standard input may never end, so no more than `CONTENT_LENGTH` is read and no longer than 10 s.
//! * Whatever happens, a panic included, one complete response is printed, after the body was read.
//! * Nothing is written to standard error: some servers send it to the client, before the headers.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStringExt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::config::Config;
use crate::error::{Error, Refusal, Result};
use crate::net::Patience;
use crate::site::{self, MAX_BODY, Method, Request, Response, Site};

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Whether a web server has started this process. `TB_MODE=cli`, which no client can set, says no.
#[must_use]
pub fn is_called() -> bool {
    let given = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    (given("GATEWAY_INTERFACE") || given("REQUEST_METHOD"))
        && env::var_os("TB_MODE").is_none_or(|mode| mode != "cli")
}

/// Answers the request on standard output.
///
/// # Errors
///
/// [`Error::Stream`] if the response cannot be written; a client that has gone is no error.
pub fn answer() -> Result<()> {
    // A panic is told in the log and in the response, never on standard error.
    panic::set_hook(Box::new(|_| {}));
    // Over a quota of file size, writing fails instead of killing the process in mid-line.
    signal_hook::flag::register(
        signal_hook::consts::SIGXFSZ,
        Arc::new(AtomicBool::new(false)),
    )
    .map_err(Error::Stream)?;
    let request = read_request();
    let answered = panic::catch_unwind(AssertUnwindSafe(|| match Config::find() {
        Ok(config) => Site::new(config).answer(&request),
        Err(error) => site::answer_broken(&request, &error),
    }));
    let response =
        answered.unwrap_or_else(|_| site::answer_broken(&request, &Error::Usage(String::new())));
    match io::stdout().write_all(&print(&response, request.method)) {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => Err(Error::Stream(cause)),
        _ => Ok(()),
    }
}

fn read_request() -> Request {
    let method = Method::named(&variable("REQUEST_METHOD").unwrap_or_default());
    let address = variable("REMOTE_ADDR").and_then(|text| String::from_utf8(text).ok());
    Request {
        method,
        path: variable("PATH_INFO").unwrap_or_default(),
        query: variable("QUERY_STRING").unwrap_or_default(),
        content_type: variable("CONTENT_TYPE"),
        content_encoding: variable("HTTP_CONTENT_ENCODING"),
        cookie: variable("HTTP_COOKIE").unwrap_or_default(),
        body: if method == Method::Post {
            read_body()
        } else {
            Ok(Vec::new())
        },
        address: address.and_then(|text| text.parse::<IpAddr>().ok()),
        now: now(),
        patience: Patience::Cgi,
    }
}

/// Whole seconds: finer ones say nothing and would be printed.
fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn variable(name: &str) -> Option<Vec<u8>> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(OsString::into_vec)
}

/// Reads as much as `CONTENT_LENGTH` says; all there is where it says nothing (Apache takes the
/// framing off a chunked body and gives no length).
fn read_body() -> std::result::Result<Vec<u8>, Refusal> {
    let length = match variable("CONTENT_LENGTH") {
        None => None,
        Some(digits) if digits.iter().all(u8::is_ascii_digit) => {
            // Only digits: what does not fit is too large.
            let text = String::from_utf8_lossy(&digits).into_owned();
            Some(text.parse::<usize>().unwrap_or(usize::MAX))
        }
        Some(_) => return Err(Refusal::BadContentLength),
    };
    if length.is_some_and(|length| length > MAX_BODY) {
        return Err(Refusal::BodyTooLarge);
    }
    let body = read_until(
        rustix::stdio::stdin(),
        length.unwrap_or(MAX_BODY + 1),
        Instant::now() + BODY_TIME,
    )?;
    match length {
        Some(length) if body.len() < length => Err(Refusal::BodyCutShort),
        None if body.len() > MAX_BODY => Err(Refusal::BodyTooLarge),
        _ => Ok(body),
    }
}

fn read_until(
    input: BorrowedFd<'_>,
    most: usize,
    deadline: Instant,
) -> std::result::Result<Vec<u8>, Refusal> {
    let mut body = Vec::new();
    let mut buffer = [0; 1 << 14];
    while body.len() < most {
        let left = deadline.saturating_duration_since(Instant::now());
        let time = Timespec::try_from(left).map_err(|_| Refusal::BodyTimeout)?;
        match poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&time)) {
            Ok(0) => return Err(Refusal::BodyTimeout),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(_) => return Err(Refusal::BodyCutShort),
        }
        let room = buffer.len().min(most - body.len());
        match rustix::io::read(input, &mut buffer[..room]) {
            Ok(0) => break,
            Ok(count) => body.extend_from_slice(&buffer[..count]),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => return Err(Refusal::BodyCutShort),
        }
    }
    Ok(body)
}

/// The response as a CGI program prints it: `Status:` first, no body for HEAD.
fn print(response: &Response, method: Method) -> Vec<u8> {
    let mut bytes = format!(
        "Status: {} {}\r\n",
        response.status,
        site::reason(response.status)
    )
    .into_bytes();
    for (name, value) in &response.headers {
        // A line break would begin another header; none of ours has one.
        let value: String = value
            .chars()
            .filter(|character| !character.is_control())
            .collect();
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    if method == Method::Head {
        bytes.extend_from_slice(b"\r\n");
        return bytes;
    }
    bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", response.body.len()).as_bytes());
    bytes.extend_from_slice(&response.body);
    bytes
}
