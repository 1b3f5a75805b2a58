//! The site: a [`Request`] in, a [`Response`] out.
//!
//! `MODES` is the table of all requests. Its rows state what a mode requires (methods, an id, the owner's session), which
//! is checked before its handler is called. A handler returns a response or an error; `error_page` turns errors into the
//! mode's dialect: XML or text for programs, HTML for people.

use crate::admission::client_addr::stored_address;
use crate::admission::throttle;
use crate::app::App;
use crate::config::Config;
use crate::error::{Error, Refusal, Result};
use crate::language::{Language, Sentence};
use crate::linkback::trackback::Form;
use crate::moderation::decision_link::MODE;
use crate::store::{Event, EventName, StateFile};
use crate::verify;

mod categories;
pub(crate) mod context;
mod delete;
mod error_page;
mod feeds;
mod index;
mod jf2;
mod linkback;
mod list;
pub(crate) mod login;
pub(crate) mod moderation;
mod owner;
mod ping_target;
mod pingback;
mod receive;
pub mod request;
pub mod response;
mod send;
pub mod session;
mod submit;
mod thread;
mod urls;
pub mod views;
mod webmention;

pub use ping_target::{id_in_url, mask_key};
pub use request::{MAX_BODY, Method, Request};
pub use response::{Download, FollowUp, Response, reason_phrase};

use error_page::{problem, respond};
use ping_target::RequestTarget;

use crate::web::context::{Context, Dialect, Mode, Need};
use Dialect::{Html, Json, Text, Xml, XmlRpc, XmlToPingers};
use Need::{Optional, Required};

#[rustfmt::skip]
const MODES: [Mode; 31] = [
    Mode { words: &["", "ping"], get: Some(index::handle), post: Some(receive::handle), tb_id: Optional, login: Optional, dialect: XmlToPingers },
    Mode { words: &[submit::MODE], get: Some(submit::show_status), post: Some(submit::handle), tb_id: Required, login: Optional, dialect: Html },
    Mode { words: &[webmention::MODE], get: Some(webmention::show), post: Some(webmention::handle), tb_id: Optional, login: Optional, dialect: Text },
    Mode { words: &[pingback::MODE], get: None, post: Some(pingback::handle), tb_id: Optional, login: Optional, dialect: XmlRpc },
    Mode { words: &["list"], get: Some(list::handle), post: None, tb_id: Optional, login: Optional, dialect: Html },
    Mode { words: &["rss"], get: Some(feeds::rss_0_91), post: None, tb_id: Required, login: Optional, dialect: Xml },
    Mode { words: &["rss2"], get: Some(feeds::rss), post: None, tb_id: Optional, login: Optional, dialect: Xml },
    Mode { words: &["atom"], get: Some(feeds::atom), post: None, tb_id: Optional, login: Optional, dialect: Xml },
    Mode { words: &["json"], get: Some(feeds::json), post: None, tb_id: Optional, login: Optional, dialect: Xml },
    Mode { words: &["jf2"], get: Some(jf2::handle), post: None, tb_id: Optional, login: Optional, dialect: Json },
    Mode { words: &["html"], get: Some(feeds::html), post: None, tb_id: Optional, login: Optional, dialect: Html },
    Mode { words: &["count"], get: Some(feeds::count), post: None, tb_id: Optional, login: Optional, dialect: Xml },
    Mode { words: &["js"], get: Some(feeds::script), post: None, tb_id: Optional, login: Optional, dialect: Html },
    Mode { words: &["thread"], get: Some(thread::handle), post: None, tb_id: Required, login: Optional, dialect: Html },
    Mode { words: &["delete"], get: Some(delete::show_form), post: Some(delete::handle), tb_id: Required, login: Required, dialect: Html },
    Mode { words: &["state"], get: None, post: Some(delete::change_state), tb_id: Required, login: Required, dialect: Html },
    Mode { words: &["make_url"], get: None, post: Some(list::make_url), tb_id: Required, login: Required, dialect: Html },
    Mode { words: &["moderate"], get: Some(moderation::page::handle), post: None, tb_id: Optional, login: Required, dialect: Html },
    Mode { words: &["decide"], get: None, post: Some(moderation::actions::handle), tb_id: Optional, login: Required, dialect: Html },
    Mode { words: &[MODE], get: Some(moderation::review::show), post: Some(moderation::review::handle), tb_id: Required, login: Optional, dialect: Html },
    Mode { words: &["queue"], get: Some(moderation::feed::handle), post: None, tb_id: Optional, login: Optional, dialect: Html },
    Mode { words: &["login"], get: Some(login::show_form), post: None, tb_id: Optional, login: Optional, dialect: Html },
    Mode { words: &["do_login"], get: Some(login::show_form), post: Some(login::handle), tb_id: Optional, login: Optional, dialect: Html },
    Mode { words: &["logout"], get: Some(login::show_logout_form), post: Some(login::logout), tb_id: Optional, login: Required, dialect: Html },
    Mode { words: &["domains"], get: Some(owner::domains::show), post: Some(owner::domains::handle), tb_id: Optional, login: Required, dialect: Html },
    Mode { words: &["bans"], get: Some(owner::bans::show), post: Some(owner::bans::handle), tb_id: Optional, login: Required, dialect: Html },
    Mode { words: &["check"], get: Some(owner::check::show), post: Some(owner::check::handle), tb_id: Optional, login: Required, dialect: Html },
    Mode { words: &["backup"], get: Some(owner::backup::show), post: Some(owner::backup::handle), tb_id: Optional, login: Required, dialect: Html },
    Mode { words: &["settings"], get: Some(owner::settings::show), post: Some(owner::settings::handle), tb_id: Optional, login: Required, dialect: Html },
    Mode { words: &["send_form", "sendform"], get: Some(send::show_form), post: None, tb_id: Optional, login: Required, dialect: Html },
    Mode { words: &["send_ping", "sendping"], get: Some(send::show_form), post: Some(send::handle), tb_id: Optional, login: Required, dialect: Html },
];

/// The response for a path that is not this program's; only `tb serve` receives such requests.
pub fn not_found(config: &Config) -> Response {
    plain_problem(config, 404, Sentence::PageMissing)
}

/// The response to a request that is not valid HTTP, which a web server would have rejected.
pub fn bad_request(config: &Config) -> Response {
    plain_problem(config, 400, Sentence::OneHost)
}

/// The response if the handler has failed.
pub fn internal_error(config: &Config) -> Response {
    plain_problem(config, 500, Sentence::NotUnderstood)
}

fn plain_problem(config: &Config, status: u16, message: Sentence) -> Response {
    let in_language = |language: Language| (language, language.say(message).to_owned());
    problem(Some(config), status, &in_language)
}

/// Handles any request.
pub fn handle(app: &App<'_>, request: &Request) -> Response {
    let (mode, outcome) = dispatch(app, request);
    outcome.unwrap_or_else(|error| {
        log_error(app, request, &error);
        let dialect = mode.map_or(Html, |mode| mode.dialect.for_request(request));
        let response = respond(Some(app.config), dialect, request, &error);
        let response = match mode {
            Some(mode) if mode.words == [submit::MODE] => submit::for_every_origin(response),
            Some(_) | None => response,
        };
        let response = match (&error, mode) {
            (Error::Refused(Refusal::MethodNotAllowed | Refusal::PingByGet), Some(mode)) => {
                response.with("Allow", allowed_methods(mode, &error))
            }
            _ => response,
        };
        app.fail(error);
        response
    })
}

fn dispatch(app: &App<'_>, request: &Request) -> (Option<&'static Mode>, Result<Response>) {
    let query = match Form::query(&request.query) {
        Ok(query) => query,
        Err(refusal) => return (default_mode(request), Err(refusal.into())),
    };
    if is_pingback(request, &query)
        && let Some(mode) = find_mode(pingback::MODE)
    {
        let fields = Form::default();
        return (Some(mode), run_mode(app, mode, request, query, fields));
    }
    let fields = parse_body(request, &query);
    let word = fields.as_ref().ok().and_then(mode_word);
    let word = word.or_else(|| mode_word(&query)).unwrap_or_default();
    let is_webmention = request.method == Method::Post
        && webmention::is_webmention(
            app.config,
            (&word, is_bare_post(request, &query)),
            &query,
            fields.as_ref().ok(),
        );
    let mode = find_mode(if is_webmention {
        webmention::MODE
    } else {
        &word
    });
    match (mode, fields) {
        (mode, Err(refusal)) => (mode, Err(refusal.into())),
        (None, Ok(_)) => (None, Err(Refusal::UnknownMode.into())),
        (Some(mode), Ok(fields)) => (Some(mode), run_mode(app, mode, request, query, fields)),
    }
}

fn run_mode(
    app: &App<'_>,
    mode: &'static Mode,
    request: &Request,
    query: Form,
    fields: Form,
) -> Result<Response> {
    let handle = match request.method {
        Method::Get | Method::Head => mode.get,
        Method::Post => mode.post,
        Method::Other => None,
    };
    let handle = handle.ok_or(Refusal::MethodNotAllowed)?;
    let RequestTarget { tb_id, key } = ping_target::parse(app, request, &query, &fields)?;
    if mode.tb_id == Required && tb_id.is_none() {
        return Err(Refusal::NoTbId.into());
    }
    let mut context = Context {
        app,
        config: app.config,
        request,
        query,
        fields,
        tb_id,
        key,
        session: None,
    };
    context.session = session::load(&context)?;
    if mode.login == Required && context.session.is_none() {
        log_error(app, request, &Refusal::NotLoggedIn.into());
        return login::require_login(&context, mode);
    }
    if mode.login == Required && request.method == Method::Post {
        session::check_token(&context)?;
    }
    let mut response = handle(&context)?;
    if !response.files.is_empty() {
        // This file says which ids are private, which affects how a path is parsed.
        let entries = app.config.data_dir.join(StateFile::Entries.name());
        response.files.push(entries);
    }
    Ok(resume_verification(&context, response))
}

/// On an owner's page, resumes the work of a worker that was killed, and the retries that are due.
fn resume_verification(context: &Context<'_>, response: Response) -> Response {
    if context.session.is_none() {
        return response;
    }
    let due = context
        .store()
        .and_then(|store| verify::is_due(context.config, store, context.now()));
    match due {
        Ok(true) => response.with_follow_up(FollowUp::Verify),
        // The error is logged by whatever reads the queue next.
        Ok(false) | Err(_) => response,
    }
}

fn log_error(app: &App<'_>, request: &Request, error: &Error) {
    let refusal = error.refusal();
    let event = match refusal {
        Some(refusal) => Event::new(request.now, EventName::Refused).with("reason", refusal.name()),
        None => Event::new(request.now, EventName::Failed).with("error", error.to_string()),
    };
    // Without the store there is no log to write to.
    let Ok(store) = app.store() else {
        return;
    };
    if refusal.is_none() || throttle::may_log_refusal(app.config, store, request.now) {
        let from = stored_address(app.config.addresses, request.address);
        store.log(&event.with("from", from));
    }
}

/// The response if there is no usable configuration, in the dialect that `request` expects.
pub fn handle_without_config(request: &Request, error: &Error) -> Response {
    let dialect = default_mode(request).map_or(Html, |mode| mode.dialect.for_request(request));
    respond(None, dialect, request, error)
}

/// Whether the response to `request` is a page for people, and not XML or a feed.
pub fn is_for_people(request: &Request) -> bool {
    let mode = default_mode(request);
    mode.map_or(Html, |mode| mode.dialect.for_request(request)) == Html
}

fn allowed_methods(mode: &Mode, error: &Error) -> &'static str {
    match (mode.get, mode.post) {
        _ if matches!(error, Error::Refused(Refusal::PingByGet)) => "POST",
        (Some(_), Some(_)) => "GET, HEAD, POST",
        (Some(_), None) => "GET, HEAD",
        _ => "POST",
    }
}

fn mode_word(form: &Form) -> Option<String> {
    form.get("__mode")
        .or_else(|| form.get("_mode"))
        .map(str::to_owned)
}

fn find_mode(word: &str) -> Option<&'static Mode> {
    MODES.iter().find(|mode| mode.words.contains(&word))
}

/// Whether a request is a pingback, whose body is not a form.
fn is_pingback(request: &Request, query: &Form) -> bool {
    let word = mode_word(query).unwrap_or_default();
    match word.as_str() {
        pingback::MODE => request.method == Method::Post,
        "" | "ping" => is_bare_post(request, query) && pingback::is_call(request),
        _ => false,
    }
}

/// Whether a request posts something to no id.
fn is_bare_post(request: &Request, query: &Form) -> bool {
    request.method == Method::Post
        && !ping_target::names_id(&request.path)
        && !query.bytes("tb_id").is_some_and(ping_target::names_id)
}

/// The mode of a request whose fields cannot be parsed.
fn default_mode(request: &Request) -> Option<&'static Mode> {
    let query = Form::query(&request.query).unwrap_or_default();
    match is_pingback(request, &query) {
        true => find_mode(pingback::MODE),
        false => find_mode(&mode_word(&query).unwrap_or_default()),
    }
}

/// The fields of a body; those of the query if there is none.
pub fn parse_body(request: &Request, query: &Form) -> std::result::Result<Form, Refusal> {
    if request.method != Method::Post {
        return Ok(query.clone());
    }
    Form::body(request.readable_body()?, request.content_type.as_deref())
}
