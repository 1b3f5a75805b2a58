//! Converts between hyper's types and those of `web`, and words the access log.

use std::io;
use std::net::IpAddr;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, StatusCode};
use jiff::Timestamp;

use super::page_cache::CachedResponse;
use crate::text;
use crate::web::{Download, Response};

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
        download: response.download,
    }
}

/// The response where there is no memory for a body.
pub(super) fn busy() -> CachedResponse {
    let headers = [(header::RETRY_AFTER, HeaderValue::from_static("10"))];
    CachedResponse {
        status: StatusCode::SERVICE_UNAVAILABLE,
        headers: headers.into_iter().collect(),
        body: Bytes::new(),
        download: None,
    }
}

/// The body of a response: in memory, or a file that is read in pieces.
pub(super) enum ResponseBody {
    Whole(Full<Bytes>),
    File { download: Download, at: u64 },
}

/// How much of a file is read at once, in bytes.
const PIECE: u64 = 64 << 10;

impl CachedResponse {
    /// The length of the body in bytes.
    fn length(&self) -> u64 {
        match &self.download {
            Some(download) => download.length,
            None => self.body.len() as u64,
        }
    }

    /// The body.
    pub(super) fn into_body(self) -> ResponseBody {
        match self.download {
            Some(download) => ResponseBody::File { download, at: 0 },
            None => ResponseBody::Whole(Full::new(self.body)),
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            ResponseBody::Whole(body) => Pin::new(body)
                .poll_frame(context)
                .map_err(|never| match never {}),
            ResponseBody::File { download, at } if *at < download.length => {
                let length = PIECE.min(download.length - *at) as usize;
                let mut piece = vec![0; length];
                let read = download.file.read_exact_at(&mut piece, *at);
                *at += length as u64;
                Poll::Ready(Some(read.map(|()| Frame::data(piece.into()))))
            }
            ResponseBody::File { .. } => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.size_hint().exact() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            ResponseBody::Whole(body) => body.size_hint(),
            ResponseBody::File { download, at } => {
                SizeHint::with_exact(download.length.saturating_sub(*at))
            }
        }
    }
}

/// The line of a request in the access log, in the Common Log Format.
pub(super) fn access_line(
    peer: IpAddr,
    now: Timestamp,
    line: &str,
    answer: &CachedResponse,
) -> String {
    let line = line.replace('\\', "\\\\");
    let line = text::escape_terminal(&line).replace('"', "\\\"");
    let time = now.strftime("%d/%b/%Y:%H:%M:%S +0000");
    format!(
        "{peer} - - [{time}] \"{line}\" {} {}\n",
        answer.status.as_u16(),
        answer.length()
    )
}
