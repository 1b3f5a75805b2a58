//! An HTTP client that sends exact bytes, and unprocessed replies.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use super::process::PATIENCE;
use super::request::Request;

/// A reply.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// The HTTP status; of a server that leaves `Status:` in the header (Python's) that one, as
    /// it is the program's answer.
    pub(crate) status: u16,
    /// As they came, in order.
    pub(crate) headers: Vec<(String, String)>,
    /// Without the chunked framing.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The first header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body, which must be UTF-8.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// Fails unless the status is `status`; returns the reply.
    pub(crate) fn expect(self, status: u16) -> Reply {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Reads what a CGI program prints: `Status:` is optional and means 200 when absent.
    pub(crate) fn from_cgi(output: &[u8]) -> Reply {
        Reply::from_head_and_body(200, output).unwrap_or_else(|| {
            panic!("not a CGI response: {}", String::from_utf8_lossy(output));
        })
    }

    fn from_head_and_body(status: u16, bytes: &[u8]) -> Option<Reply> {
        let (end, gap) = [&b"\r\n\r\n"[..], b"\n\n"]
            .iter()
            .filter_map(|gap| Some((find(bytes, gap)?, gap.len())))
            .min()?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let headers: Vec<(String, String)> = head
            .lines()
            .map(|line| {
                let (name, value) = line.split_once(':')?;
                Some((name.trim().to_owned(), value.trim().to_owned()))
            })
            .collect::<Option<_>>()?;
        let mut reply = Reply {
            status,
            headers,
            body: bytes[end + gap..].to_vec(),
        };
        if let Some(status) = reply.header("Status") {
            reply.status = status.split(' ').next()?.parse().ok()?;
        }
        Some(reply)
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} {:?}", self.status, self.headers)?;
        write!(f, "{}", String::from_utf8_lossy(&self.body))
    }
}

/// Sends `request` to 127.0.0.1:`port`; `base` is the path of the program.
pub(crate) fn send(port: u16, base: &str, request: &Request) -> Reply {
    let bytes = spell(port, base, request);
    let reply = exchange(port, &bytes);
    parse(&reply, &request.method)
        .unwrap_or_else(|| panic!("not HTTP: {:?}", String::from_utf8_lossy(&reply)))
}

/// Sends `request` and gives the bytes that come back until the peer closes, or until they stand
/// for one whole response.
pub(crate) fn exchange(port: u16, bytes: &[u8]) -> Vec<u8> {
    try_exchange(port, bytes).unwrap_or_else(|error| panic!("127.0.0.1:{port}: {error}"))
}

/// The same, for a peer that may not be there yet.
pub(crate) fn try_exchange(port: u16, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    converse(port, bytes, |_| Ok(()))
}

/// Sends less than it promises and hangs up, but listens for the answer.
pub(crate) fn exchange_cut_short(port: u16, bytes: &[u8]) -> Vec<u8> {
    converse(port, bytes, |stream| stream.shutdown(Shutdown::Write)).unwrap_or_default()
}

fn converse(
    port: u16,
    bytes: &[u8],
    after: impl FnOnce(&TcpStream) -> std::io::Result<()>,
) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // A server that refuses a long body early may reset the connection while we still write; its
    // answer is then what counts.
    let written = stream.write_all(bytes);
    after(&stream)?;
    let mut reply = Vec::new();
    let mut buffer = [0; 16_384];
    while !is_whole(&reply) {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => reply.extend(&buffer[..count]),
            Err(error) if reply.is_empty() => {
                written?;
                return Err(error);
            }
            Err(_) => break,
        }
    }
    stream.shutdown(Shutdown::Both).unwrap_or_default();
    Ok(reply)
}

/// Whether the body is as long as the header says; a server need not close then.
fn is_whole(reply: &[u8]) -> bool {
    let Some(end) = find(reply, b"\r\n\r\n") else {
        return false;
    };
    String::from_utf8_lossy(&reply[..end])
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
        .is_some_and(|length: usize| reply.len() >= end + 4 + length)
}

/// The request as it goes over the wire: HTTP/1.1, closed after the answer.
pub(crate) fn spell(port: u16, base: &str, request: &Request) -> Vec<u8> {
    let query = request.query.as_deref().map(|query| format!("?{query}"));
    let mut bytes = format!(
        "{} {base}{}{} HTTP/1.1\r\n",
        request.method,
        request.path,
        query.unwrap_or_default()
    )
    .into_bytes();
    if !request.has("Host") {
        bytes.extend(format!("Host: 127.0.0.1:{port}\r\n").bytes());
    }
    for (name, value) in &request.headers {
        bytes.extend(name.bytes());
        bytes.extend(b": ");
        bytes.extend(value);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"Connection: close\r\n\r\n");
    bytes.extend(&request.body);
    bytes
}

/// Reads one response to a request of that method; `None` if it is none.
pub(crate) fn parse(bytes: &[u8], method: &str) -> Option<Reply> {
    let mut rest = bytes;
    loop {
        let line_end = find(rest, b"\r\n")?;
        let line = std::str::from_utf8(&rest[..line_end]).ok()?;
        let status: u16 = line.split(' ').nth(1)?.parse().ok()?;
        let head = &rest[line_end + 2..];
        if status == 100 {
            rest = &head[find(head, b"\r\n").map_or(0, |at| at + 2)..];
            continue;
        }
        // A response without any header has its empty line at once.
        let mut reply = match head.strip_prefix(b"\r\n") {
            Some(body) => Reply {
                status,
                headers: Vec::new(),
                body: body.to_vec(),
            },
            None => Reply::from_head_and_body(status, head)?,
        };
        if method != "HEAD" {
            let chunked = reply
                .header("Transfer-Encoding")
                .is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
            if chunked {
                reply.body = dechunk(&reply.body)?;
            }
        }
        return Some(reply);
    }
}

fn dechunk(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line_end = find(bytes, b"\r\n")?;
        let line = std::str::from_utf8(&bytes[..line_end]).ok()?;
        let length = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend(bytes.get(line_end + 2..line_end + 2 + length)?);
        bytes = bytes.get(line_end + 2 + length + 2..)?;
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
