//! `__mode=login`, `do_login`, `logout`.
//!
//! Attempts are counted before the password is checked, so that parallel attempts gain nothing. Logging out ends every
//! session: there is one owner, and that way a stolen cookie becomes invalid too.

use super::context::{Context, Mode, OWNER_PAGES};
use super::views::{self, HiddenField};
use super::{Response, session, urls};
use crate::admission::client_addr::stored_address;
use crate::config::{self, Addresses, Throttle};
use crate::error::{Refusal, Result};
use crate::moderation::inbox;
use crate::store::{
    Bucket, EmptyNotice, Event, EventName, OnEmpty, Region, Secret, TokenGrant, TokenRequest,
};

/// Attempts from one address prefix: one a minute, five at once.
pub(crate) const PER_PREFIX: Bucket = Bucket {
    burst: 5,
    period_seconds: 300,
};
/// Attempts from anywhere: one each five seconds, 60 at once.
pub(crate) const PER_SITE: Bucket = Bucket {
    burst: 60,
    period_seconds: 300,
};

/// The fields that say where to go after the login.
const RETURN_FIELDS: [&str; 11] = [
    "to",
    "tb_id",
    "id",
    "index",
    "ping_url",
    "page",
    "url",
    "title",
    "blog_name",
    "state",
    "q",
];

/// The login form.
pub(super) fn show_form(context: &Context<'_>) -> Result<Response> {
    render_form(context, 200, None, None)
}

/// The login form instead of one of the owner's pages.
pub(super) fn require_login(context: &Context<'_>, mode: &Mode) -> Result<Response> {
    // Only a mode with GET can be returned to.
    let to = mode.words.first().filter(|_| mode.get.is_some()).copied();
    render_form(context, 403, Some(Refusal::NotLoggedIn.message()), to)
}

/// Logs in.
pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    if context.config.password.is_none() {
        return Err(Refusal::NoPassword.into());
    }
    let store = context.store()?;
    let (secret, from_here) = match store.secret()? {
        Some(secret) => {
            let from_here = session::check_login_token(context, &secret);
            (secret, from_here)
        }
        // Created here, since the owner's shell may run as another user than the web server.
        None => (store.make_secret()?, session::check_login_cookie(context)),
    };
    if from_here.is_err() {
        return render_form(context, 403, Some(Refusal::BadToken.message()), None);
    }
    let password = context.fields.get("password").unwrap_or_default();
    match try_password(context, &secret, password)? {
        PasswordAttempt::Right => {}
        PasswordAttempt::Wrong => {
            return render_form(context, 403, Some(Refusal::WrongPassword.message()), None);
        }
        PasswordAttempt::TooMany(seconds) => {
            let message = Refusal::TooManyLogins.message();
            let response = render_form(context, 429, Some(message), None)?;
            return Ok(response.with("Retry-After", seconds.to_string()));
        }
    }
    let from = stored_address(context.config.addresses, context.request.address);
    store.log(&Event::new(context.now(), EventName::LoggedIn).with("from", from));
    config::fault::clear(&context.config.file);
    let [session, device] = session::start(context, context.config, &secret)?;
    Ok(Response::see_other(return_url(context))
        .with("Set-Cookie", session)
        .with("Set-Cookie", device)
        .with("Cache-Control", "no-store"))
}

/// The result of an attempt to give the password.
pub(super) enum PasswordAttempt {
    /// It is the right one.
    Right,
    /// It is another.
    Wrong,
    /// There were too many attempts; after so many seconds there may be another.
    TooMany(u64),
}

/// Counts an attempt and checks the password. A failure is logged.
pub(super) fn try_password(
    context: &Context<'_>,
    secret: &Secret,
    password: &str,
) -> Result<PasswordAttempt> {
    let hash = context.config.password.as_deref();
    let hash = hash.ok_or(Refusal::NoPassword)?;
    if let TokenGrant::Denied(empty) = count_attempt(context, secret)? {
        if empty.notice == EmptyNotice::First {
            context.log_refusal(Refusal::TooManyLogins)?;
        }
        return Ok(PasswordAttempt::TooMany(empty.wait_seconds));
    }
    if session::check_password(hash, password)? {
        return Ok(PasswordAttempt::Right);
    }
    context.log_refusal(Refusal::WrongPassword)?;
    Ok(PasswordAttempt::Wrong)
}

/// Asks before logging out: a link alone changes nothing.
pub(super) fn show_logout_form(context: &Context<'_>) -> Result<Response> {
    let logout = views::Logout {
        form: context.form()?,
        cancel_url: context.config.base_url.to_string(),
    };
    Ok(context.page("Log out", &logout))
}

/// Ends every session.
pub(super) fn logout(context: &Context<'_>) -> Result<Response> {
    let store = context.store()?;
    store.next_epoch()?;
    store.log(&Event::new(context.now(), EventName::LoggedOut));
    let message = views::Message {
        heading: "Logged out".to_owned(),
        text: String::new(),
        links: vec![views::MessageLink {
            url: context.config.base_url.to_string(),
            text: context.config.site_name.clone(),
        }],
    };
    Ok(context
        .page_without_session("Logged out", &message)
        .with("Set-Cookie", session::end(context.config)))
}

fn render_form(
    context: &Context<'_>,
    status: u16,
    message: Option<&str>,
    to: Option<&str>,
) -> Result<Response> {
    let config = context.config;
    if config.password.is_none() {
        let page = views::NoPassword {
            back_url: config.base_url.to_string(),
        };
        return Ok(Response {
            status: 403,
            ..context.page("Log in", &page)
        });
    }
    let secret = context.store()?.secret()?;
    let (token, cookie) = session::login_token(context, secret.as_ref())?;
    let page = views::Login {
        form: views::FormTarget {
            action: config.base_url.to_string(),
            token,
        },
        back: return_fields(context, to),
        message: message.map(str::to_owned),
    };
    let response = Response {
        status,
        ..context.page("Log in", &page)
    }
    .with("Cache-Control", "no-store");
    Ok(match cookie {
        Some(cookie) => response.with("Set-Cookie", cookie),
        None => response,
    })
}

/// The hidden fields for the page to return to: those of the submitted form, else of the requested page.
fn return_fields(context: &Context<'_>, to: Option<&str>) -> Vec<HiddenField> {
    let field = |name: &str, value: &str| HiddenField {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let mut back: Vec<HiddenField> = RETURN_FIELDS
        .iter()
        .filter_map(|name| context.fields.get(name).map(|value| field(name, value)))
        .collect();
    if let Some(to) = to {
        back.retain(|field| field.name != "to");
        back.push(field("to", to));
    }
    if let (Some(id), false) = (
        &context.tb_id,
        back.iter().any(|field| field.name == "tb_id"),
    ) {
        back.push(field("tb_id", id.as_str()));
    }
    back
}

/// The URL to return to, always one of this site.
fn return_url(context: &Context<'_>) -> String {
    let to = match context.fields.get("to") {
        Some(to @ ("list" | "delete")) => to,
        Some(to) if OWNER_PAGES.iter().any(|(mode, _)| *mode == to) => to,
        _ if context.tb_id.is_some() => "list",
        // Go to the moderation page when pings are waiting.
        _ if has_waiting_pings(context) => "moderate",
        _ => return context.config.base_url.to_string(),
    };
    let mut query = vec![("__mode", to)];
    let known = RETURN_FIELDS.iter().filter(|name| **name != "to");
    query.extend(known.filter_map(|name| context.fields.get(name).map(|value| (*name, value))));
    urls::with_query(context.config, &query)
}

/// Whether pings wait for a decision. Errors are reported by the moderation page itself.
fn has_waiting_pings(context: &Context<'_>) -> bool {
    let waits = context.store().and_then(inbox::anything_waits);
    waits.unwrap_or(false)
}

/// Counts an attempt. A browser that has logged in before is counted separately, so that attempts from many networks
/// cannot lock the owner out of it.
fn count_attempt(context: &Context<'_>, secret: &Secret) -> Result<TokenGrant> {
    if context.config.throttle == Throttle::Off {
        return Ok(TokenGrant::All);
    }
    let ask = |region, key, bucket| TokenRequest {
        region,
        key,
        bucket,
        on_empty: OnEmpty::Refuse,
    };
    let store = context.store()?;
    if let Some(device) = session::known_device(context, secret) {
        // Cannot be confused with an address.
        let key = format!("device {device}");
        let asks = [ask(Region::LoginPrefix, &key, PER_PREFIX)];
        return store.take_tokens(&asks, context.now());
    }
    let prefix = stored_address(Addresses::Prefix, context.request.address).unwrap_or_default();
    let asks = [
        ask(Region::LoginPrefix, prefix.as_str(), PER_PREFIX),
        ask(Region::Logins, "", PER_SITE),
    ];
    store.take_tokens(&asks, context.now())
}
