//! The load: connections that are kept open, each sending its next request when the answer is there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// As long as excerpts are; what repeats itself reads like spam.
const EXCERPT: &str = "Some words & then some more, 猫 too. \
    Warm bread & salt from Lima, 犬 ran. \
    Tall ships & long blue days, 魚 old. \
    Slow train & rain over Riga, 鳥 sky. \
    Thin paper & ink that holds, 馬 fed. \
    Cold tea & a map of harbour, 雨 now. ";

/// What is asked for, and what is right as an answer.
#[derive(Clone)]
pub(crate) enum Work {
    /// One request again and again; the answer is this page.
    Same {
        request: Vec<u8>,
        page: Arc<Vec<u8>>,
    },
    /// A request made from how many the connection has sent and its id; the answer accepts a ping.
    Each(Arc<Make>),
}

/// Makes a request.
type Make = dyn Fn(usize, &mut String) -> Vec<u8> + Send + Sync;

/// A run.
pub(crate) struct Load {
    pub(crate) port: u16,
    pub(crate) connections: usize,
    pub(crate) work: Work,
    pub(crate) length: Duration,
}

/// What a run came to.
#[derive(Default)]
pub(crate) struct Outcome {
    /// How long each request took, in milliseconds, sorted.
    times: Vec<f64>,
    length: Duration,
    /// The server's.
    pub(crate) processor: Duration,
}

impl Outcome {
    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.times.len() as f64 / self.length.as_secs_f64()
    }

    /// In milliseconds, at a share of all requests.
    pub(crate) fn latency(&self, share: f64) -> f64 {
        let last = self.times.len().saturating_sub(1) as f64;
        let at = (last * share).round() as usize;
        self.times.get(at).copied().unwrap_or(f64::NAN)
    }

    /// The server's processor time for one request, in microseconds.
    pub(crate) fn processor_each(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / self.times.len() as f64
    }
}

impl Load {
    /// Runs it, on one thread.
    pub(crate) fn run(&self) -> Result<Outcome, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|cause| cause.to_string())?;
        runtime.block_on(async {
            let begin = Instant::now();
            let end = begin + self.length;
            let mut running = Vec::new();
            for _ in 0..self.connections {
                let (port, work) = (self.port, self.work.clone());
                running.push(tokio::spawn(connection(port, work, end)));
            }
            let mut outcome = Outcome::default();
            for connection in running {
                let times = connection.await.map_err(|cause| cause.to_string())??;
                outcome.times.extend(times);
            }
            outcome.length = begin.elapsed();
            outcome.times.sort_by(f64::total_cmp);
            Ok(outcome)
        })
    }
}

async fn connection(port: u16, work: Work, end: Instant) -> Result<Vec<f64>, String> {
    let told = |cause: std::io::Error| cause.to_string();
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .map_err(told)?;
    stream.set_nodelay(true).map_err(told)?;
    let (mut times, mut id, mut answer) = (Vec::new(), String::new(), Vec::new());
    while Instant::now() < end {
        let begin = Instant::now();
        match &work {
            Work::Same { request, .. } => stream.write_all(request).await.map_err(told)?,
            Work::Each(make) => {
                let request = make(times.len(), &mut id);
                stream.write_all(&request).await.map_err(told)?;
            }
        }
        answer.clear();
        let body = loop {
            if stream.read_buf(&mut answer).await.map_err(told)? == 0 {
                return Err("the server closes a connection".to_owned());
            }
            if let Some(body) = body(&answer)? {
                break body;
            }
        };
        times.push(begin.elapsed().as_secs_f64() * 1e3);
        let is_right = match &work {
            Work::Same { page, .. } => body == page.as_slice(),
            Work::Each(_) => body.windows(16).any(|part| part == b"<error>0</error>"),
        };
        if !is_right {
            return Err(String::from_utf8_lossy(&answer).into_owned());
        }
    }
    Ok(times)
}

/// The body of an answer that is there whole.
fn body(answer: &[u8]) -> Result<Option<&[u8]>, String> {
    let Some(end) = answer.windows(4).position(|part| part == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    if !head.starts_with("http/1.1 200 ") {
        return Err(String::from_utf8_lossy(answer).into_owned());
    }
    let length = head
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.split('\r').next()?.parse::<usize>().ok())
        .ok_or("no Content-Length")?;
    Ok(answer.get(end + 4..).filter(|body| body.len() >= length))
}

/// One request on a connection of its own; returns the body.
pub(crate) fn exchange(port: u16, request: &[u8]) -> Result<Vec<u8>, String> {
    let told = |cause: std::io::Error| cause.to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(told)?;
    stream.write_all(request).map_err(told)?;
    let mut answer = Vec::new();
    let mut piece = [0; 1 << 16];
    loop {
        let count = stream.read(&mut piece).map_err(told)?;
        if count == 0 {
            return Err("the answer is cut short".to_owned());
        }
        answer.extend_from_slice(&piece[..count]);
        if let Some(body) = body(&answer)? {
            return Ok(body.to_vec());
        }
    }
}

/// A question.
pub(crate) fn get(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: blog.example\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n\r\n")
        .into_bytes()
}

/// A ping for `id`, as long as pings are, from a permalink of its own.
pub(crate) fn ping(id: &str, number: usize) -> Vec<u8> {
    let excerpt: String = form_urlencoded::byte_serialize(EXCERPT.as_bytes()).collect();
    let body = format!(
        "title={}&url=https%3A%2F%2Fother.example%2F2026%2F{number}&excerpt={excerpt}&blog_name=Another+weblog",
        title(number)
    );
    format!(
        "POST /cgi-bin/tb.cgi/{id} HTTP/1.1\r\nHost: blog.example\r\n\
         Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The title of a ping; none is part of another.
pub(crate) fn title(number: usize) -> String {
    format!("Entry-{number:06}")
}
