//! A client that finds a page's ping URL and pings it, with an HTTP library of one's own.
//!
//! ```sh
//! cargo run --example discover_and_ping -- PAGE PERMALINK TITLE [EXCERPT [BLOG_NAME]]
//! ```
//!
//! Of the library it uses `trackback` only, which is pure: a page's text goes in and its ping URLs come out, a
//! reply's bytes go in and a verdict comes out. All the limits on what is fetched are the client's own, here: time,
//! length, redirects.
//!
//! It dials whatever it is told to, so it is for the shell. A server that does this for strangers must not reach
//! the addresses inside its own network, as the client of `tb` itself refuses them at every hop.

#![allow(clippy::print_stdout, reason = "an example talks to whoever starts it")]

use std::env;
use std::error::Error;
use std::io::Read;
use std::time::Duration;

use tb::linkback::discover::{self, Discovery};
use tb::linkback::trackback::{Ping, Reply, ping, reply};
use tb::text::escape_terminal;
use ureq::http::{Response, header};
use ureq::{Agent, Body, ResponseExt};
use url::Url;

/// The most of a page, and of a reply, that is read, in bytes.
const PAGE: u64 = 1 << 20;
const REPLY: u64 = 64 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    if words.len() < 3 {
        return Err("PAGE PERMALINK TITLE [EXCERPT [BLOG_NAME]]".into());
    }
    // Checked, cleaned and cropped as the receiver will do it.
    let ping =
        Ping::new(word(1), word(2), word(3), word(4)).map_err(|refusal| refusal.message())?;
    let found = discover_at(&Url::parse(word(0))?)?;
    let best = found.best().ok_or("the page has no ping URL")?;
    println!("found ({}): {}", best.source.name(), best.ping_url);
    match send(&best.ping_url, &ping)? {
        Reply::Accepted => println!("accepted"),
        // One line of plain text; only for the terminal is there something left to escape.
        Reply::Refused(why) => return Err(format!("refused: {}", escape_terminal(&why)).into()),
        Reply::Unreadable => return Err("not acknowledged, so not received".into()),
    }
    Ok(())
}

/// Fetches a page and finds the ping URLs in it.
fn discover_at(page: &Url) -> Result<Discovery, Box<dyn Error>> {
    let response = agent(5).get(page.as_str()).call()?;
    // Where the redirects ended: the block may name either URL.
    let fetched = Url::parse(&response.get_uri().to_string())?;
    let (content_type, bytes) = read(response, PAGE)?;
    Ok(discover::discover(
        &bytes,
        content_type.as_deref(),
        page,
        &fetched,
    ))
}

/// Sends a ping. A redirect is not followed: as a GET it would be a ping that nobody received.
fn send(ping_url: &Url, ping: &Ping) -> Result<Reply, Box<dyn Error>> {
    let response = agent(0)
        .post(ping_url.as_str())
        .header(header::CONTENT_TYPE, ping::CONTENT_TYPE)
        .send(ping.to_form())?;
    let (content_type, bytes) = read(response, REPLY)?;
    Ok(reply::parse(&bytes, content_type.as_deref()))
}

fn agent(redirects: u32) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(15)))
        .max_redirects(redirects)
        // Some servers send the reply with an error status; what it says counts.
        .http_status_as_error(redirects > 0)
        .user_agent("discover_and_ping (an example of tb)")
        .build();
    config.into()
}

/// The type and the beginning of the body.
fn read(response: Response<Body>, most: u64) -> Result<(Option<String>, Vec<u8>), Box<dyn Error>> {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let content_type = content_type.map(str::to_owned);
    let mut bytes = Vec::new();
    response
        .into_body()
        .into_reader()
        .take(most)
        .read_to_end(&mut bytes)?;
    Ok((content_type, bytes))
}
