//! Rewrites the head of a response before the HTTP library parses it.
//!
//! The library refuses a whole response for one field that is not as RFC 9112 has it. Browsers and other clients do not,
//! so that servers send folded lines, a space before a colon, lines without a colon, control characters, and more fields
//! than the library counts. For a ping, a refused response means that nobody knows whether it arrived.
//!
//! Only the fields that this client reads are passed on (RFC 9112, section 5). What delimits the body is passed on
//! whatever it says, so two lengths that differ are still refused; and as a connection serves one request, nothing behind
//! a body is ever taken for a response.

use std::mem;

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// Adds a [`RewrittenConnection`] to a connection.
#[derive(Debug)]
pub(super) struct HeadRewriter {
    /// The most bytes of a head.
    pub(super) most: usize,
    /// How many bytes may wait for the library.
    pub(super) buffer: usize,
}

impl<In: Transport> Connector<In> for HeadRewriter {
    type Out = RewrittenConnection<In>;

    fn connect(
        &self,
        _details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<RewrittenConnection<In>>, Error> {
        Ok(chained.map(|inner| RewrittenConnection {
            inner,
            most: self.most,
            buffer: self.buffer,
            head: Some(Vec::new()),
            input: Vec::new(),
            consumed: 0,
            has_consumed: false,
        }))
    }
}

/// A connection whose response has a head that the HTTP library can parse.
#[derive(Debug)]
pub(super) struct RewrittenConnection<In> {
    inner: In,
    most: usize,
    buffer: usize,
    /// What was received of the head; `None` when the head has been passed on.
    head: Option<Vec<u8>>,
    input: Vec<u8>,
    /// How many bytes of `input` the library has used.
    consumed: usize,
    /// Whether its last call used any.
    has_consumed: bool,
}

impl<In: Transport> RewrittenConnection<In> {
    /// Passes on the heads that are complete in `received`, with what follows them. Interim responses (1xx) say nothing
    /// that matters here, so they are left out.
    fn pass_heads(&mut self, received: Vec<u8>, has_ended: bool) -> Result<(), Error> {
        let mut rest = received;
        loop {
            let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
            let blank = blank.count();
            rest.drain(..blank);
            let Some(end) = head_end(&rest).filter(|_| may_be_http(&rest)) else {
                if has_ended || !may_be_http(&rest) {
                    // The library says what is wrong with it.
                    self.input.append(&mut rest);
                } else if rest.len() > self.most {
                    return Err(Error::LargeResponseHeader(rest.len(), self.most));
                } else {
                    self.head = Some(rest);
                }
                return Ok(());
            };
            if end > self.most {
                return Err(Error::LargeResponseHeader(end, self.most));
            }
            let body = rest.split_off(end);
            match rewrite(&rest) {
                Rewritten::Interim => rest = body,
                Rewritten::Final(head) => {
                    self.input.extend(head);
                    self.input.extend(body);
                    return Ok(());
                }
                Rewritten::Unknown => {
                    self.input.extend(rest);
                    self.input.extend(body);
                    return Ok(());
                }
            }
        }
    }
}

impl<In: Transport> Transport for RewrittenConnection<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.inner.transmit_output(amount, timeout)
    }

    /// Waits once only, since the caller counts the time: while the head is incomplete there is progress without input.
    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.input.drain(..mem::take(&mut self.consumed));
        if self.input.len() >= self.buffer {
            return Ok(false);
        }
        let has_more = self.inner.await_input(timeout)?;
        let buffers = self.inner.buffers();
        let received = buffers.input().to_vec();
        buffers.input_consume(received.len());
        match self.head.take() {
            None => self.input.extend(received),
            Some(head) => self.pass_heads([head, received].concat(), !has_more)?,
        }
        Ok(has_more)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

impl<In: Transport> Buffers for RewrittenConnection<In> {
    fn output(&mut self) -> &mut [u8] {
        self.inner.buffers().output()
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.inner.buffers().tmp_and_output()
    }

    fn input(&self) -> &[u8] {
        self.input.get(self.consumed..).unwrap_or_default()
    }

    /// Nobody but this connection adds to its input.
    fn input_append_buf(&mut self) -> &mut [u8] {
        &mut []
    }

    fn input_appended(&mut self, _amount: usize) {}

    fn input_consume(&mut self, amount: usize) {
        self.consumed += amount;
        self.has_consumed = amount > 0;
    }

    fn can_use_input(&self) -> bool {
        self.has_consumed && self.consumed < self.input.len()
    }
}

/// What [`rewrite`] makes of a head.
#[derive(Debug, PartialEq, Eq)]
enum Rewritten {
    /// An interim response: another head follows.
    Interim,
    /// The head to parse.
    Final(Vec<u8>),
    /// Not a head that can be read.
    Unknown,
}

/// The fields that this client reads, with how many of each: the library refuses more than 128 in all.
const FIELDS: [(&str, usize); 15] = [
    ("content-length", usize::MAX),
    ("transfer-encoding", usize::MAX),
    ("content-type", 4),
    ("content-encoding", 8),
    ("content-disposition", 4),
    ("location", 1),
    ("link", 64),
    ("refresh", 1),
    ("retry-after", 1),
    ("etag", 1),
    ("last-modified", 1),
    ("x-robots-tag", 16),
    ("x-pingback", 1),
    ("x-content-type-options", 1),
    ("set-cookie", 1),
];

/// How many bytes `HTTP/1.1` has.
const VERSION: usize = 8;

fn is_control(byte: &u8) -> bool {
    byte.is_ascii_control() && *byte != b'\t'
}

/// Whether it begins as a response of HTTP does, as far as it goes.
fn may_be_http(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .zip(b"HTTP/")
        .all(|(found, wanted)| found.eq_ignore_ascii_case(wanted))
}

/// Where the first empty line ends.
fn head_end(bytes: &[u8]) -> Option<usize> {
    let mut begin = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        begin += line.len();
        if matches!(line, b"\n" | b"\r\n") {
            return Some(begin);
        }
    }
    None
}

/// Rewrites a head that ends with an empty line.
fn rewrite(head: &[u8]) -> Rewritten {
    let lines = head.split(|byte| *byte == b'\n');
    let mut lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let status = lines.next().and_then(status_line);
    // A NUL is refused, as the fetch standard has it.
    let Some((minor, code)) = status.filter(|_| !head.contains(&0)) else {
        return Rewritten::Unknown;
    };
    if code.starts_with(b"1") && code != b"101" {
        return Rewritten::Interim;
    }
    let mut rewritten = Vec::with_capacity(head.len());
    rewritten.extend_from_slice(b"HTTP/1.");
    rewritten.extend_from_slice(&[minor, b' ']);
    rewritten.extend_from_slice(code);
    rewritten.extend_from_slice(b"\r\nconnection: close\r\n");
    let mut counts = [0_usize; FIELDS.len()];
    for line in unfolded(lines) {
        let Some((at, value)) = field(&line) else {
            // The head of another response in this one.
            if line.len() > VERSION && may_be_http(&line) {
                return Rewritten::Unknown;
            }
            continue;
        };
        let (Some((name, most)), Some(count)) = (FIELDS.get(at), counts.get_mut(at)) else {
            continue;
        };
        // What a control character stands for in a URL nobody knows.
        let is_broken = *name == "location" && value.iter().any(is_control);
        if *count < *most && !is_broken {
            *count += 1;
            rewritten.extend_from_slice(name.as_bytes());
            rewritten.extend_from_slice(b": ");
            rewritten.extend(value.iter().map(|byte| match byte.is_ascii_control() {
                true => b' ',
                false => *byte,
            }));
            rewritten.extend_from_slice(b"\r\n");
        }
    }
    rewritten.extend_from_slice(b"\r\n");
    Rewritten::Final(rewritten)
}

/// The minor version, as a digit that the library knows, and the status.
fn status_line(line: &[u8]) -> Option<(u8, &[u8])> {
    let version = line.get(..VERSION).filter(|version| may_be_http(version))?;
    let minor = match version.get(5..)? {
        b"1.0" => b'0',
        [b'1', b'.', b'1'..=b'9'] => b'1',
        _ => return None,
    };
    let rest = line.get(VERSION..)?;
    let spaces = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
    let rest = rest.get(spaces.count()..)?;
    let (code, reason) = rest.split_at_checked(3)?;
    let is_status = code.iter().all(u8::is_ascii_digit)
        && !reason.first().is_some_and(u8::is_ascii_alphanumeric)
        && line.get(VERSION).is_some_and(u8::is_ascii_whitespace);
    is_status.then_some((minor, code))
}

/// The lines, with those that begin with a space appended to the one before. One behind the status line is dropped.
fn unfolded<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut whole: Vec<Vec<u8>> = Vec::new();
    for line in lines {
        match (line.first(), whole.last_mut()) {
            (Some(b' ' | b'\t'), Some(last)) => {
                last.push(b' ');
                last.extend_from_slice(line.trim_ascii());
            }
            (Some(b' ' | b'\t'), None) => {}
            (Some(_), _) => whole.push(line.trim_ascii_end().to_vec()),
            (None, _) => {}
        }
    }
    whole
}

/// The place of a field in [`FIELDS`], and its value.
fn field(line: &[u8]) -> Option<(usize, &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let name = name.trim_ascii_end();
    let at = FIELDS
        .iter()
        .position(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()))?;
    Some((at, value.get(1..)?.trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of a head that are passed on.
    fn passed(lines: &str) -> String {
        let head = format!("HTTP/1.1 200 OK\r\n{lines}\r\n");
        match rewrite(head.as_bytes()) {
            Rewritten::Final(head) => {
                let head = String::from_utf8(head).unwrap();
                let fields = head.strip_prefix("HTTP/1.1 200\r\nconnection: close\r\n");
                let fields = fields.and_then(|fields| fields.strip_suffix("\r\n"));
                fields.unwrap().replace("\r\n", "|")
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn c9_fields_are_read_as_browsers_read_them() {
        let rows = [
            ("Content-Type: a/b\r\n", "content-type: a/b|"),
            ("CONTENT-TYPE:a/b\n", "content-type: a/b|"),
            (
                "Link: <a>;\r\n  rel=x\r\n\trel=y\r\n",
                "link: <a>; rel=x rel=y|",
            ),
            ("Location : /x\r\n", "location: /x|"),
            ("Location\t:\t/x\r\n", "location: /x|"),
            ("no colon\r\nETag: \"1\"\r\n", "etag: \"1\"|"),
            ("no colon\r\n Location: /x\r\nETag: 1\r\n", "etag: 1|"),
            (" Location: /x\r\nETag: 1\r\n", "etag: 1|"),
            ("Refresh: a\u{1}b\u{7f}c\rd\te\r\n", "refresh: a b c d e|"),
            ("X: y\r\nSet Cookie: a\r\n(Location): /\r\n", ""),
            ("Location:\r\nLocation: /b\r\n", "location: |"),
            (
                "Content-Length: 1\r\nContent-Length: 2\r\n",
                "content-length: 1|content-length: 2|",
            ),
            ("Location: /a\u{1}b\r\nETag: 1\r\n", "etag: 1|"),
            ("Content-Length: 1\r\n 2\r\n", "content-length: 1 2|"),
            (
                "Transfer-Encoding : chunked\r\n",
                "transfer-encoding: chunked|",
            ),
        ];
        for (lines, wanted) in rows {
            assert_eq!(passed(lines), wanted, "{lines:?}");
        }
        let many = format!(
            "{}Content-Type: a/b\r\n",
            "Link: <a>\r\nX: y\r\n".repeat(400)
        );
        let passed = passed(&many);
        assert_eq!(passed.matches('|').count(), 65);
        assert!(passed.ends_with("content-type: a/b|"));
    }

    #[test]
    fn c9_status_lines_are_read_as_browsers_read_them() {
        for (line, wanted) in [
            ("HTTP/1.1 200 OK", Some("HTTP/1.1 200")),
            ("HTTP/1.1 404", Some("HTTP/1.1 404")),
            ("http/1.0  200\tO\u{1}K", Some("HTTP/1.0 200")),
            ("HTTP/1.2 503 é", Some("HTTP/1.1 503")),
            ("HTTP/1.1 101 Switching", Some("HTTP/1.1 101")),
            ("HTTP/2 200", None),
            ("HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK", None),
            ("HTTP/1.1 20", None),
            ("HTTP/1.1 2000", None),
            ("HTTP/1.1200 OK", None),
            ("SSH-2.0-x", None),
            ("", None),
        ] {
            let rewritten = rewrite(format!("{line}\r\n\r\n").as_bytes());
            let wanted = match wanted {
                Some(line) => {
                    let head = format!("{line}\r\nconnection: close\r\n\r\n");
                    Rewritten::Final(head.into_bytes())
                }
                None => Rewritten::Unknown,
            };
            assert_eq!(rewritten, wanted, "{line}");
        }
        assert_eq!(
            rewrite(b"HTTP/1.1 103 Hints\r\nX\r\n\r\n"),
            Rewritten::Interim
        );
    }
}
