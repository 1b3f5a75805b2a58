//! The set-up in a browser: what the program shows as CGI while there is no `tb.toml` beside it and no configuration in
//! the environment.
//!
//! Nothing opens without the phrase of `tb-setup.txt` ([`phrase`]), which only somebody who can upload files knows. Each
//! step is a POST with all answers; nothing is kept between them. The first two show what would be done; the third does
//! it, with the code of `tb init`, and writes `tb.toml` last, so that a set-up that is killed has set up nothing. The
//! answers are those of whoever knows the phrase; `Host` is only what the form suggests.

use crate::config::{self, DEFAULT_FOOTER, DEFAULT_HEADER};
use crate::error::{Error, Result};
use crate::language::Language;
use crate::linkback::trackback::Form;
use crate::setup;
use crate::web::views::{self, code_parts};
use crate::web::{self, Method, Request, Response};

mod answers;
mod pages;
mod phrase;
mod probe;
mod surroundings;

use answers::Answers;
use pages::{AskPage, DonePage, ReviewPage, StartPage, UploadPage};
use phrase::{PhraseFault, PhraseFile};
use surroundings::MODE;
pub use surroundings::Surroundings;

/// Handles a request while there is no configuration.
pub fn handle(request: &Request, around: &Surroundings) -> Response {
    let is_read = matches!(request.method, Method::Get | Method::Head);
    if is_read && web::is_for_people(request) {
        return page(200, "Set up", &start(None));
    }
    let nothing = config::no_such_file(&around.file);
    if request.method != Method::Post {
        return web::handle_without_config(request, &nothing);
    }
    let fields = Form::query(&request.query).and_then(|query| web::parse_body(request, &query));
    match fields {
        Ok(fields) if fields.get("__mode") == Some(MODE) => {
            take_step(request, around, &fields).unwrap_or_else(|error| {
                // Whoever sees this has typed the phrase.
                page(503, "Set up", &start(Some(error.to_string())))
            })
        }
        // A ping, or a form that cannot be read.
        Ok(_) | Err(_) => web::handle_without_config(request, &nothing),
    }
}

/// One step of the set-up.
fn take_step(request: &Request, around: &Surroundings, fields: &Form) -> Result<Response> {
    let folder = around.folder();
    let typed = fields.get("phrase").unwrap_or_default();
    let opened = PhraseFile::open(folder).and_then(|file| {
        file.check(folder, typed, request)?;
        Ok(file)
    });
    let file = match opened {
        Ok(file) => file,
        Err(fault) => return Ok(refuse(fault)),
    };
    // As root, only what root owns is configured.
    config::check_owner(&around.file)?;
    let step = fields.get("step").unwrap_or_default();
    if step == "look" {
        return Ok(ask(around, &Answers::suggested(around), typed, None));
    }
    let answers = Answers::of(fields);
    let plan = match answers.plan(folder) {
        Ok(plan) => plan,
        Err(message) => return Ok(ask(around, &answers, typed, Some(message))),
    };
    let can_write = answers::is_writable(folder);
    let (text, config) = match setup::preview(&plan) {
        Ok(preview) => preview,
        Err(error) => return Ok(ask(around, &answers, typed, Some(error.to_string()))),
    };
    if step != "write" {
        let hash = plan.password_hash.clone().unwrap_or_default();
        let review = ReviewPage {
            config,
            text,
            fields: answers.fields(typed, &hash),
        };
        return Ok(match can_write {
            true => page(200, "Set up", &review),
            false => page(
                200,
                "Set up",
                &UploadPage::of(&review.config, review.text, &plan),
            ),
        });
    }
    if let Err(fault) = file.lock() {
        return Ok(refuse(fault));
    }
    let written = write(around, &plan);
    drop(file);
    match written {
        Ok(config) => {
            let left = phrase::remove(folder).is_err();
            Ok(page(
                200,
                "Set up",
                &DonePage::of(&config, request.now, left),
            ))
        }
        Err(error) => Ok(ask(around, &answers, typed, Some(error.to_string()))),
    }
}

/// Writes the installation, unless its private files turn out to be served.
fn write(around: &Surroundings, plan: &setup::SetupPlan) -> Result<config::Config> {
    let prepared = setup::prepare(plan)?;
    if let Some(url) = probe::served_url(around, &prepared.config)? {
        return Err(Error::Usage(format!(
            "the web server serves the program's private files: {url} can be read by everybody. Nothing was set up. \
             Choose a folder that is not served; if it is a file beside the program that is served, the web server \
             ignores .htaccess: move the program to a folder that is only for programs"
        )));
    }
    prepared.finish()
}

/// The form with the questions.
fn ask(around: &Surroundings, answers: &Answers, typed: &str, message: Option<String>) -> Response {
    let status = if message.is_some() { 400 } else { 200 };
    let asked = AskPage {
        message,
        answers: answers.clone(),
        phrase: typed.to_owned(),
        user: answers::user_notice(around.folder()),
    };
    page(status, "Set up", &asked)
}

fn refuse(fault: PhraseFault) -> Response {
    let response = page(fault.status(), "Set up", &start(Some(fault.message())));
    match fault {
        PhraseFault::Throttled(seconds) => response.with("Retry-After", seconds.to_string()),
        PhraseFault::Busy => response.with("Retry-After", "10"),
        PhraseFault::Missing
        | PhraseFault::NotTrusted(_)
        | PhraseFault::TooShort
        | PhraseFault::Wrong => response,
    }
}

fn start(message: Option<String>) -> StartPage {
    StartPage { message }
}

/// A page in the built-in header and footer.
fn page(status: u16, title: &str, template: &impl askama::Template) -> Response {
    page_of(status, title, &views::fragment(template))
}

// It would be compiled for each template.
#[inline(never)]
fn page_of(status: u16, title: &str, fragment: &str) -> Response {
    let html = views::page(
        DEFAULT_HEADER,
        DEFAULT_FOOTER,
        &views::PageHead {
            title,
            language: Language::English,
            feeds: &[],
        },
        fragment,
    );
    Response::html(status, None, html).secret_url()
}
