//! One request to one program, as a web server makes it, and what it took.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::Program;

/// As long as excerpts are; what repeats itself reads like spam.
const EXCERPT: &str = "Some words & then some more, 猫 too. \
    Warm bread & salt from Lima, 犬 ran. \
    Tall ships & long blue days, 魚 old. \
    Slow train & rain over Riga, 鳥 sky. \
    Thin paper & ink that holds, 馬 fed. \
    Cold tea & a map of harbour, 雨 now. ";

/// A request in CGI's terms.
pub(crate) struct Request {
    method: &'static str,
    path: String,
    query: String,
    body: String,
}

/// What many runs took, in milliseconds.
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) p95: f64,
}

impl Request {
    /// A ping for `id`, as long as pings are.
    pub(crate) fn ping(id: &str, number: usize) -> Request {
        let excerpt: String = form_urlencoded::byte_serialize(EXCERPT.as_bytes()).collect();
        Request {
            method: "POST",
            path: format!("/{id}"),
            query: String::new(),
            body: format!(
                "title={}&url=https%3A%2F%2Fother.example%2F2026%2F{number}&excerpt={excerpt}&blog_name=Another+weblog",
                title(number)
            ),
        }
    }

    /// A question.
    pub(crate) fn get(query: &str) -> Request {
        Request {
            method: "GET",
            path: String::new(),
            query: query.to_owned(),
            body: String::new(),
        }
    }
}

/// The title of a ping; none is part of another.
pub(crate) fn title(number: usize) -> String {
    format!("Entry-{number:06}")
}

impl Summary {
    pub(crate) fn of(mut times: Vec<Duration>) -> Summary {
        times.sort_unstable();
        let at = |share: f64| {
            let place = ((times.len() - 1) as f64 * share).round() as usize;
            times[place].as_secs_f64() * 1e3
        };
        Summary {
            median: at(0.5),
            p95: at(0.95),
        }
    }
}

/// Starts the program, gives it the request and reads the answer to its end; the time is that of all.
pub(crate) fn answer(program: &Program, request: &Request) -> (Duration, String) {
    exchange(command(program, request, &[]), program, request)
}

/// The most memory that one of the requests took, in bytes; `None` without GNU time (Debian: `time`).
pub(crate) fn peak_memory(
    program: &Program,
    requests: impl Iterator<Item = Request>,
) -> Option<u64> {
    let report = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-peak");
    let report_name = report.to_str()?;
    let mut peak = None;
    for request in requests {
        let wrapper = ["/usr/bin/time", "-f", "%M", "-o", report_name];
        if !fs::exists(wrapper[0]).is_ok_and(|there| there) {
            return None;
        }
        exchange(command(program, &request, &wrapper), program, &request);
        let kibibytes: u64 = fs::read_to_string(&report).unwrap().trim().parse().unwrap();
        peak = peak.max(Some(kibibytes * 1024));
    }
    fs::remove_file(&report).ok();
    peak
}

fn command(program: &Program, request: &Request, wrapper: &[&str]) -> Command {
    let mut words = wrapper
        .iter()
        .map(|word| word.as_ref())
        .chain(program.command.iter().map(|path| path.as_os_str()));
    let mut command = Command::new(words.next().unwrap_or_default());
    command
        .args(words)
        .env_clear()
        .envs(program.environment.iter().map(|(name, path)| (name, path)))
        .envs([
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("GATEWAY_INTERFACE", "CGI/1.1"),
            ("SERVER_PROTOCOL", "HTTP/1.1"),
            ("SERVER_SOFTWARE", "Apache/2.4"),
            ("SERVER_NAME", "blog.example"),
            ("SERVER_PORT", "443"),
            ("HTTPS", "on"),
            ("HTTP_HOST", "blog.example"),
            ("HTTP_USER_AGENT", "Mozilla/5.0"),
            ("HTTP_ACCEPT", "*/*"),
            ("REMOTE_ADDR", "203.0.113.77"),
            ("SCRIPT_NAME", "/cgi-bin/tb.cgi"),
            ("REQUEST_METHOD", request.method),
            ("PATH_INFO", &request.path),
            ("QUERY_STRING", &request.query),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if request.method == "POST" {
        command
            .env(
                "CONTENT_TYPE",
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .env("CONTENT_LENGTH", request.body.len().to_string());
    }
    command
}

fn exchange(mut command: Command, program: &Program, request: &Request) -> (Duration, String) {
    let begin = Instant::now();
    let mut child = command
        .spawn()
        .unwrap_or_else(|cause| panic!("{}: {cause}", program.name));
    // A body fits into the pipe, so this cannot wait for a program that does not read.
    let mut input = child.stdin.take().unwrap();
    input.write_all(request.body.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let time = begin.elapsed();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && errors.is_empty(),
        "{}: {}: {errors}",
        program.name,
        output.status
    );
    (time, String::from_utf8_lossy(&output.stdout).into_owned())
}
