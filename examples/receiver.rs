//! A TrackBack receiver inside somebody's own axum application.
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
use std::env;
use std::error::Error;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use tb::error::Refusal;
use tb::text::escape_xml;
use tb::trackback::{Form, Ping, TbId, rdf, reply};

/// The entries of this weblog: id and title.
const ENTRIES: [(&str, &str); 2] = [("cats", "Cats -- and <dogs>"), ("dogs", "Dogs")];

/// The most pings that an entry keeps.
const MOST: usize = 1_000;

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
    let app = Router::new()
        .route("/entries/{id}", get(entry))
        .route("/tb/{id}", post(receive))
        .layer(DefaultBodyLimit::max(Form::MAX_BYTES))
        .with_state(blog);
    axum::serve(listener, app).await?;
    Ok(())
}

/// `POST /tb/{id}`: a ping. The specification answers with status 200 whatever it says.
async fn receive(
    State(blog): State<Arc<Blog>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.map(|value| value.as_bytes());
    let kept = body
        .map_err(|_| Refusal::BodyTooLarge)
        .and_then(|body| blog.keep(&id, &body, content_type));
    let xml = match kept {
        Ok(()) => reply::accepted(),
        Err(refusal) => reply::refused(refusal.message()),
    };
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], xml).into_response()
}

/// `GET /entries/{id}`: an entry with the block that lets others discover its ping URL, and with its pings.
async fn entry(State(blog): State<Arc<Blog>>, Path(id): Path<String>) -> Response {
    let Some((id, title)) = find(&id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // No script, whatever a mistake lets through.
    let policy = [(header::CONTENT_SECURITY_POLICY, "default-src 'none'")];
    (policy, Html(blog.page(&id, title))).into_response()
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
