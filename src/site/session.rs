//! Who is logged in: a signed cookie, and a token in every form.
//!
//! A cookie says `NUMBER.EXPIRES.MAC`. The MAC covers the epoch and the password's hash, so a session
//! ends after 12 hours, when anybody logs out, and when the password changes. A form's token is a MAC
//! of the session's number: one session's token is useless in another.

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use cookie::{Cookie, SameSite};

use super::Context;
use crate::config::Config;
use crate::error::{Error, Refusal, Result};
use crate::store::{Secret, random, same_secret};
use crate::text;

/// Seconds that a session lasts.
const LIFETIME: i64 = 12 * 60 * 60;

/// The owner's session.
#[derive(Debug)]
pub(super) struct Session {
    /// What the forms of this session carry.
    pub(super) token: String,
}

/// The session of a request's cookie, if it has one that is good.
pub(super) fn read(context: &Context<'_>) -> Result<Option<Session>> {
    let mut cookies = cookies(context, &name(context.config, "tb")).peekable();
    if cookies.peek().is_none() || context.config.password.is_none() {
        return Ok(None);
    }
    let Some(secret) = context.store()?.secret()? else {
        return Ok(None);
    };
    let now = context.now().as_second();
    for value in cookies {
        let Some((signed, mac)) = value.rsplit_once('.') else {
            continue;
        };
        let Some((number, expires)) = signed.split_once('.') else {
            continue;
        };
        let fresh = expires
            .parse()
            .is_ok_and(|expires: i64| now < expires && expires <= now + LIFETIME);
        if fresh && same_secret(mac, &sign_session(context.config, &secret, signed)) {
            return Ok(Some(Session {
                token: secret.sign("token", number),
            }));
        }
    }
    Ok(None)
}

/// Refuses a POST whose form this session was not given.
pub(super) fn check_token(context: &Context<'_>) -> Result<()> {
    let expected = context.session.as_ref().ok_or(Refusal::NotLoggedIn)?;
    match context.fields.get("token") {
        Some(token) if same_secret(token, &expected.token) => Ok(()),
        _ => Err(Refusal::BadToken.into()),
    }
}

/// A new session's cookie.
pub(super) fn begin(context: &Context<'_>, secret: &Secret) -> Result<String> {
    let expires = context.now().as_second() + LIFETIME;
    let signed = format!("{}.{expires}", number()?);
    let mac = sign_session(context.config, secret, &signed);
    Ok(write(
        context.config,
        "tb",
        &format!("{signed}.{mac}"),
        LIFETIME,
    ))
}

/// The cookie that takes a session away from the browser.
pub(super) fn end(config: &Config) -> String {
    write(config, "tb", "", 0)
}

/// The token of the login form, and the cookie that it is bound to if the browser has none yet.
pub(super) fn login_token(
    context: &Context<'_>,
    secret: &Secret,
) -> Result<(String, Option<String>)> {
    let known = cookies(context, &name(context.config, "tb-login")).find(|value| value.len() == 32);
    let (number, cookie) = match known {
        Some(number) => (number, None),
        None => {
            let number = number()?;
            let cookie = write(context.config, "tb-login", &number, LIFETIME);
            (number, Some(cookie))
        }
    };
    Ok((secret.sign("login", &number), cookie))
}

/// Refuses a login form that was not given to this browser.
pub(super) fn check_login_token(context: &Context<'_>, secret: &Secret) -> Result<()> {
    let token = context.fields.get("token").unwrap_or_default();
    let mut numbers =
        cookies(context, &name(context.config, "tb-login")).filter(|value| value.len() == 32);
    match numbers.any(|number| same_secret(token, &secret.sign("login", &number))) {
        true => Ok(()),
        false => Err(Refusal::BadToken.into()),
    }
}

/// The Argon2id hash of a password, in PHC form.
///
/// # Errors
///
/// [`Error::Random`] if the system gives no salt.
pub fn hash_password(password: &str) -> Result<String> {
    let salt = number()?;
    let hash =
        argon2::Argon2::default().hash_password_with_salt(password.as_bytes(), salt.as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|cause| Error::Random(cause.to_string()))
}

/// Whether `password` is the one of `hash`.
#[must_use]
pub fn is_password(hash: &str, password: &str) -> bool {
    argon2::Argon2::default()
        .verify_password(password.as_bytes(), hash)
        .is_ok()
}

fn sign_session(config: &Config, secret: &Secret, signed: &str) -> String {
    let password = config.password.as_deref().unwrap_or_default();
    secret.sign(
        "session",
        &format!("{}\0{password}\0{signed}", secret.epoch),
    )
}

/// A number that nobody guesses.
fn number() -> Result<String> {
    Ok(text::hex(&random::<16>()?))
}

/// Under HTTPS the `__Host-` prefix keeps other hosts and plain HTTP from setting the cookie.
fn name(config: &Config, word: &str) -> String {
    if config.base_url.scheme() == "https" {
        format!("__Host-{word}")
    } else {
        word.to_owned()
    }
}

/// The values of all cookies of that name: some servers join duplicates, by `, ` or `; `.
fn cookies(context: &Context<'_>, name: &str) -> impl Iterator<Item = String> + use<> {
    let header = String::from_utf8_lossy(&context.request.cookie).into_owned();
    let values: Vec<String> = header
        .split([';', ','])
        .filter_map(|pair| Cookie::parse(pair.trim().to_owned()).ok())
        .filter(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
        .collect();
    values.into_iter()
}

fn write(config: &Config, word: &str, value: &str, seconds: i64) -> String {
    Cookie::build((name(config, word), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(config.base_url.scheme() == "https")
        .max_age(cookie::time::Duration::seconds(seconds))
        .to_string()
}
