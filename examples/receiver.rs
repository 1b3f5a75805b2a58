//! A TrackBack receiver inside somebody's own hyper application.
//!
//! ```sh
//! cargo run --example receiver -- 127.0.0.1:8090
//! ```
//!
//! Of the library it uses `trackback` only, which is pure: the application brings its own server, its own store
//! (here: memory) and its own entries. It shows what a receiver must not forget: pings are taken for entries that
//! there are, with caps on everything; every answer to a ping is the XML of the specification, also a refusal; the
//! ping URL is made from the application's own address, never from what the client says that is; and what
//! strangers wrote is escaped where it is shown.
//!
//! It publishes every ping at once. In the open, hold each until you have looked at it, or see first whether its
//! page links to yours: nearly every ping that a public URL gets is spam.

#![allow(clippy::print_stdout, reason = "an example talks to whoever starts it")]

use std::collections::HashMap;
use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderName};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use percent_encoding::percent_decode_str;
use tb::linkback::trackback::{Form, Ping, Refusal, TbId, rdf, reply};
use tb::text::escape_xml;

/// The entries of this weblog: id and title.
const ENTRIES: [(&str, &str); 2] = [("cats", "Cats -- and <dogs>"), ("dogs", "Dogs")];

/// The most pings that an entry keeps.
const MOST: usize = 1_000;

/// How long a connection may last.
const LIFE: Duration = Duration::from_secs(60);

/// The weblog: where it is, and the pings of each of its entries.
struct Blog {
    address: String,
    pings: Mutex<HashMap<TbId, Vec<Ping>>>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:8090".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let blog = Arc::new(Blog {
        address: format!("http://{}", listener.local_addr()?),
        pings: Mutex::new(HashMap::new()),
    });
    println!("A weblog that takes pings: {}/entries/cats", blog.address);
    std::io::stdout().flush()?;
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors: they come back when others are done.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let blog = Arc::clone(&blog);
        let service = service_fn(move |request| answer(Arc::clone(&blog), request));
        // Without a timer hyper waits for ever for a head that does not come.
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        // How it ends is the client's affair, but it ends.
        tokio::spawn(tokio::time::timeout(LIFE, connection));
    }
}

/// Answers a request by its method and path.
async fn answer(
    blog: Arc<Blog>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = percent_decode_str(request.uri().path()).decode_utf8_lossy();
    let (get, post) = (
        request.method() == Method::GET,
        request.method() == Method::POST,
    );
    let response = if let Some(id) = path.strip_prefix("/tb/") {
        let id = id.to_owned();
        if post {
            receive(&blog, &id, request).await
        } else {
            status(StatusCode::METHOD_NOT_ALLOWED)
        }
    } else if let Some(id) = path.strip_prefix("/entries/").filter(|_| get) {
        entry(&blog, id)
    } else {
        status(StatusCode::NOT_FOUND)
    };
    Ok(response)
}

/// `POST /tb/{id}`: a ping. The specification answers with status 200 whatever it says.
async fn receive(blog: &Blog, id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let content_type = head.headers.get(header::CONTENT_TYPE);
    let content_type = content_type.map(|value| value.as_bytes());
    let kept = Limited::new(body, Form::MAX_BYTES)
        .collect()
        .await
        .map_err(|_| Refusal::BodyTooLarge)
        .and_then(|body| blog.keep(id, &body.to_bytes(), content_type));
    let xml = match kept {
        Ok(()) => reply::accepted(),
        Err(refusal) => reply::refused(refusal.message()),
    };
    text(xml, &[(header::CONTENT_TYPE, "text/xml; charset=utf-8")])
}

/// `GET /entries/{id}`: an entry with the block that lets others discover its ping URL, and with its pings.
fn entry(blog: &Blog, id: &str) -> Response<Full<Bytes>> {
    let Some((id, title)) = find(id) else {
        return status(StatusCode::NOT_FOUND);
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        // No script, whatever a mistake lets through.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    text(blog.page(&id, title), &headers)
}

/// An answer of text.
fn text(text: String, headers: &[(HeaderName, &'static str)]) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    for (name, value) in headers {
        let value = header::HeaderValue::from_static(value);
        response.headers_mut().insert(name.clone(), value);
    }
    response
}

/// An answer that is only a status.
fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

impl Blog {
    fn keep(&self, id: &str, body: &[u8], content_type: Option<&[u8]>) -> Result<(), Refusal> {
        // An entry that is not there must not take memory.
        let (id, _) = find(id).ok_or(Refusal::UnknownId)?;
        let ping = Ping::from_form(&Form::body(body, content_type)?)?;
        let mut all = self.pings.lock().unwrap_or_else(PoisonError::into_inner);
        let pings = all.entry(id).or_default();
        // The same permalink again is the newer text of the same ping.
        pings.retain(|old| old.url != ping.url);
        if pings.len() == MOST {
            return Err(Refusal::QueueFull);
        }
        pings.push(ping);
        Ok(())
    }

    fn page(&self, id: &TbId, title: &str) -> String {
        let permalink = format!("{}/entries/{id}", self.address);
        let ping_url = format!("{}/tb/{id}", self.address);
        let block = rdf::block(&permalink, title, &ping_url);
        let all = self.pings.lock().unwrap_or_else(PoisonError::into_inner);
        let items: String = all.get(id).into_iter().flatten().map(item).collect();
        let title = escape_xml(title);
        format!(
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\n{block}\
             <h1>{title}</h1>\n<p>TrackBack URL: <code>{ping_url}</code></p>\n<ul>\n{items}</ul>\n"
        )
    }
}

fn item(ping: &Ping) -> String {
    format!(
        "<li><a href=\"{}\" rel=\"nofollow ugc noopener\">{}</a> {} {}</li>\n",
        escape_xml(&ping.url),
        escape_xml(&ping.title),
        escape_xml(&ping.excerpt),
        escape_xml(&ping.blog_name)
    )
}

/// The entry with that id.
fn find(id: &str) -> Option<(TbId, &'static str)> {
    let id = TbId::new(id.as_bytes()).ok()?;
    let (_, title) = ENTRIES.iter().find(|(known, _)| *known == id.as_str())?;
    Some((id, *title))
}
