//! One CGI/1.1 request (RFC 3875), as real servers implement it.
//!
//! * CGI mode is detected from the environment alone, and argv is never read: `?serve+--listen` arrives there as
//!   arguments. A client can only set `HTTP_*` variables.
//! * Standard input may never end, so no more than `CONTENT_LENGTH` is read and no longer than 10 s.
//! * In any case, even after a panic, one complete response is printed, after the body was read.
//! * Nothing is written to standard error, which some servers send to the client, before the headers; except for one line
//!   about a configuration or a folder of pings that cannot be used, after the complete response.

use std::cell::OnceCell;
use std::env;
use std::ffi::OsString;
use std::io::{self, Read, Seek, Write};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::SIGTERM;

use crate::app::App;
use crate::config::{self, Config, Found};
use crate::error::{Error, Refusal, Result, system_message};
use crate::fetch::Timeout;
use crate::process::{ignore_quota_signal, ignore_signal, now, spawn_error};
use crate::store::{Event, EventName};
use crate::verify;
use crate::web::{self, Download, FollowUp, MAX_BODY, Method, Request, Response};
use crate::web_setup::{self, Surroundings};

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// How much of a body that is too large is read anyway: a server that cannot pass on the whole body answers for itself
/// (nginx and Caddy with 502), and the client never sees the refusal.
const MAX_READ: usize = 1 << 20;

/// Whether a web server has started this process. `TB_MODE=cli`, which no client can set, overrides this.
pub fn is_cgi() -> bool {
    let given = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    (given("GATEWAY_INTERFACE") || given("REQUEST_METHOD"))
        && env::var_os("TB_MODE").is_none_or(|mode| mode != "cli")
}

/// Handles the request and writes the response to standard output.
pub fn handle() -> Result<()> {
    ignore_quota_signal()?;
    let request = read_request();
    let (config, app) = (OnceCell::new(), OnceCell::new());
    let mut fault = None;
    let response = catch_panic(&request, &app, || match Config::find_or_none() {
        Ok(Found::Config(found)) => {
            let config = config.get_or_init(|| *found);
            web::handle(app.get_or_init(|| App::new(config)), &request)
        }
        Ok(Found::Nothing(file)) => web_setup::handle(&request, &surroundings(file)),
        Err(error) => {
            let response = web::handle_without_config(&request, &error);
            fault = Some(error);
            response
        }
    });
    if response.follow_up == FollowUp::Verify {
        // Some servers kill a program as soon as its client is gone, which may be right after the response.
        ignore_signal(SIGTERM)?;
    }
    let mut stdout = io::stdout();
    let written = stdout
        .write_all(&serialize(&response, request.method))
        .and_then(|()| match (&response.download, request.method) {
            (Some(download), Method::Get | Method::Post) => copy_download(download, &mut stdout),
            (_, _) => Ok(()),
        })
        .and_then(|()| stdout.flush());
    // After the response, which says how long it is: what a server adds to it is not shown.
    if let Some(line) = report(fault, app.get(), request.now)
        && written.is_ok()
    {
        writeln!(io::stderr(), "tb: {line}").ok();
    }
    // Whether or not the response could be written, the ping is on disk.
    if let (FollowUp::Verify, Some(app)) = (response.follow_up, app.get()) {
        start_worker(app);
    }
    match written {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => Err(Error::Stream(cause)),
        _ => Ok(()),
    }
}

/// Tells the owner what keeps the configuration or the folder of the pings from being used; returns the line for the
/// server's error log.
fn report(fault: Option<Error>, app: Option<&App<'_>>, now: Timestamp) -> Option<String> {
    match (fault, app) {
        (Some(error), _) => {
            let file = config::default_file().ok()?;
            Some(config::fault::report(&file, &error, now))
        }
        (None, Some(app)) => config::fault::report_storage(app.config, app.failure()?, now),
        (None, None) => None,
    }
}

/// Starts `tb verify --queue`, unless one is running, in its own process group and without any input from the client, so
/// that it outlives this process and the server's timeouts. If the host does not allow that, it is logged; the next ping,
/// the owner's next request or cron tries again.
fn start_worker(app: &App<'_>) {
    let Ok(store) = app.store() else {
        return;
    };
    if !verify::is_idle(store).unwrap_or(false) {
        return;
    }
    if let Err(cause) = spawn_worker() {
        let cause = system_message(&cause);
        let error = format!("cannot start `tb verify`, which verifies pings: {cause}");
        store.log(&Event::new(now(), EventName::Failed).with("error", error));
    }
}

fn spawn_worker() -> io::Result<()> {
    let kept = |name: &OsString| {
        let name = name.as_encoded_bytes();
        name.starts_with(b"TB_")
            || [&b"PATH"[..], b"HOME", b"SCRIPT_FILENAME", b"SERVER_ADDR"].contains(&name)
    };
    let executable = config::executable().map_err(io::Error::other)?;
    // Reaped by init: this process ends at once.
    Command::new(executable)
        .args(["verify", "--queue"])
        .env_clear()
        .envs(env::vars_os().filter(|(name, _)| kept(name)))
        .env("TB_MODE", "cli")
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(drop)
        .map_err(spawn_error)
}

/// Turns a panic into a response and a line in the log, without printing it to standard error.
fn catch_panic(
    request: &Request,
    app: &OnceCell<App<'_>>,
    make_response: impl FnOnce() -> Response,
) -> Response {
    let message = Arc::new(Mutex::new(String::new()));
    let hook_message = Arc::clone(&message);
    panic::set_hook(Box::new(move |info| {
        if let Ok(mut message) = hook_message.lock() {
            *message = info.to_string();
        }
    }));
    panic::catch_unwind(AssertUnwindSafe(make_response)).unwrap_or_else(|_| {
        let text = message
            .lock()
            .map(|message| message.clone())
            .unwrap_or_default();
        if let Some(Ok(store)) = app.get().map(App::store) {
            store.log(&Event::new(request.now, EventName::Panicked).with("error", text));
        }
        web::handle_without_config(request, &Error::Internal("a panic".into()))
    })
}

fn read_request() -> Request {
    let method = Method::parse(&env_var("REQUEST_METHOD").unwrap_or_default());
    let address = env_var("REMOTE_ADDR").and_then(|text| String::from_utf8(text).ok());
    Request {
        method,
        path: env_var("PATH_INFO").unwrap_or_default(),
        query: env_var("QUERY_STRING").unwrap_or_default(),
        content_type: env_var("CONTENT_TYPE"),
        content_encoding: env_var("HTTP_CONTENT_ENCODING"),
        accept: env_var("HTTP_ACCEPT"),
        cookie: env_var("HTTP_COOKIE").unwrap_or_default(),
        body: match method {
            Method::Post => read_body(),
            Method::Get | Method::Head | Method::Other => {
                // The body is ignored, but a server that cannot pass it on may not pass on the response either.
                if env_var("CONTENT_LENGTH").is_some() {
                    read_body().ok();
                }
                Ok(Vec::new())
            }
        },
        if_none_match: env_var("HTTP_IF_NONE_MATCH"),
        address: address.as_deref().and_then(config::reported_address),
        now: now(),
        timeout: Timeout::Cgi,
    }
}

/// What the server says about itself, for a set-up. The host is what the client has sent.
fn surroundings(file: PathBuf) -> Surroundings {
    let text = |name| env_var(name).and_then(|bytes| String::from_utf8(bytes).ok());
    let is = |name, expected| text(name).is_some_and(|value| value.eq_ignore_ascii_case(expected));
    Surroundings {
        file,
        scheme: match is("HTTPS", "on") || is("HTTPS", "1") || is("REQUEST_SCHEME", "https") {
            true => "https",
            false => "http",
        },
        host: text("HTTP_HOST").or_else(|| text("SERVER_NAME")),
        script_name: text("SCRIPT_NAME"),
        document_root: text("DOCUMENT_ROOT").map(PathBuf::from),
        server_address: text("SERVER_ADDR")
            .as_deref()
            .and_then(config::reported_address),
        server_port: text("SERVER_PORT").and_then(|port| port.parse().ok()),
    }
}

fn env_var(name: &str) -> Option<Vec<u8>> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(OsString::into_vec)
}

/// Reads `CONTENT_LENGTH` bytes, or everything if that is not set (Apache decodes a chunked body and gives no length).
fn read_body() -> std::result::Result<Vec<u8>, Refusal> {
    let length = match env_var("CONTENT_LENGTH") {
        None => None,
        Some(digits) if digits.iter().all(u8::is_ascii_digit) => {
            // Only digits, so a number that does not fit is too large.
            let text = String::from_utf8_lossy(&digits).into_owned();
            Some(text.parse::<usize>().unwrap_or(usize::MAX))
        }
        Some(_) => return Err(Refusal::BadContentLength),
    };
    let (body, count) = read_until(
        rustix::stdio::stdin(),
        length.unwrap_or(MAX_READ).min(MAX_READ),
        Instant::now() + BODY_TIME,
    )?;
    if length.unwrap_or(count) > MAX_BODY {
        return Err(Refusal::BodyTooLarge);
    }
    match length {
        Some(length) if count < length => Err(Refusal::BodyCutShort),
        _ => Ok(body),
    }
}

/// Reads up to `most` bytes; returns the first [`MAX_BODY`] and the number of all.
fn read_until(
    input: BorrowedFd<'_>,
    most: usize,
    deadline: Instant,
) -> std::result::Result<(Vec<u8>, usize), Refusal> {
    let mut body = Vec::new();
    let mut count = 0;
    // On the heap: most bodies are a few hundred bytes, and a large buffer on the stack would touch all its pages.
    let mut buffer = vec![0; most.min(1 << 14)];
    while count < most {
        let left = deadline.saturating_duration_since(Instant::now());
        let time = Timespec::try_from(left).map_err(|_| Refusal::BodyTimeout)?;
        match poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&time)) {
            Ok(0) => return Err(Refusal::BodyTimeout),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(_) => return Err(Refusal::BodyCutShort),
        }
        let room = buffer.len().min(most - count);
        match rustix::io::read(input, &mut buffer[..room]) {
            Ok(0) => break,
            Ok(more) => {
                let kept = more.min(MAX_BODY - body.len());
                body.extend_from_slice(&buffer[..kept]);
                count += more;
            }
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => return Err(Refusal::BodyCutShort),
        }
    }
    Ok((body, count))
}

/// Writes a file in pieces; it is never in memory as a whole.
fn copy_download(download: &Download, out: &mut impl Write) -> io::Result<()> {
    let mut file = &*download.file;
    file.rewind()?;
    io::copy(&mut file.take(download.length), out).map(drop)
}

/// The response in CGI form: `Status:` first, no body for HEAD.
fn serialize(response: &Response, method: Method) -> Vec<u8> {
    let mut bytes = format!(
        "Status: {} {}\r\n",
        response.status,
        web::reason_phrase(response.status)
    )
    .into_bytes();
    for (name, value) in &response.headers {
        // A line break would begin another header.
        let value: String = value
            .chars()
            .filter(|character| !character.is_control())
            .collect();
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    // A 304 has no body, and its length would be that of the client's copy.
    if method == Method::Head || response.status == 304 {
        bytes.extend_from_slice(b"\r\n");
        return bytes;
    }
    bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", response.length()).as_bytes());
    bytes.extend_from_slice(&response.body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method) -> Request {
        Request {
            method,
            path: b"/entry".to_vec(),
            query: Vec::new(),
            content_type: None,
            content_encoding: None,
            accept: None,
            cookie: Vec::new(),
            body: Ok(Vec::new()),
            if_none_match: None,
            address: None,
            now: now(),
            timeout: Timeout::Cgi,
        }
    }

    #[test]
    fn a_panic_is_a_complete_response_in_the_modes_dialect() {
        let response = catch_panic(&request(Method::Post), &OnceCell::new(), || {
            panic!("secret")
        });
        let text = String::from_utf8(serialize(&response, Method::Post)).unwrap();
        assert!(
            text.starts_with("Status: 500 Internal Server Error\r\nContent-Type: text/xml"),
            "{text}"
        );
        assert!(
            text.contains("<error>1</error>") && !text.contains("secret"),
            "{text}"
        );
        let response = catch_panic(&request(Method::Get), &OnceCell::new(), || panic!("secret"));
        assert!(
            String::from_utf8(serialize(&response, Method::Get))
                .unwrap()
                .contains("text/html")
        );
    }

    #[test]
    fn s3_a_value_cannot_begin_another_header() {
        let response = Response::see_other("https://a/\r\nSet-Cookie: x".to_owned());
        let text = String::from_utf8(serialize(&response, Method::Get)).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("\nSet-Cookie"), "{head}");
    }
}
