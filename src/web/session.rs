//! Sessions: a signed cookie, and a token in every form.
//!
//! A cookie is `NUMBER.EXPIRES.MAC`. The MAC covers the epoch and the password's hash, so a session
//! ends after 12 hours, when anybody logs out, and when the password changes. A form's token is a MAC
//! of the session's number: one session's token is useless in another.
//!
//! A browser that has logged in keeps a second cookie, of the same form. It only makes its attempts to log in count
//! separately, and lasts until the password changes.
//!
//! Cookies go to the path of `base_url` only: on an origin with many users (`/~alice/`) a neighbour's programs do not
//! receive them.

use std::io;
use std::sync::{Mutex, PoisonError};

use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};

use super::context::Context;
use crate::config::{Config, user_folder};
use crate::error::{Error, Refusal, Result};
use crate::store::{Secret, random, same_secret};
use crate::text;
use crate::web::context::Session;

/// Seconds that a session lasts.
const LIFETIME: i64 = 12 * 60 * 60;
/// Seconds that a browser is known for after a login; browsers keep no cookie for longer.
const DEVICE_LIFETIME: i64 = 400 * 24 * 60 * 60;

/// The memory that a login needs besides that of Argon2, in bytes.
const SPARE: usize = 4 << 20;

/// The session of a request's cookie, if it has a valid one.
pub(super) fn load(context: &Context<'_>) -> Result<Option<Session>> {
    let mut cookies = cookies(context, &cookie_name(context.config, "tb")).peekable();
    if cookies.peek().is_none() || context.config.password.is_none() {
        return Ok(None);
    }
    let Some(secret) = context.store()?.secret()? else {
        return Ok(None);
    };
    for value in cookies {
        if let Some(number) = verify_cookie(context, &secret, SignedCookie::Session, &value) {
            return Ok(Some(Session {
                token: secret.sign("token", number),
            }));
        }
    }
    Ok(None)
}

/// A signed cookie.
#[derive(Clone, Copy)]
enum SignedCookie {
    /// The owner is logged in.
    Session,
    /// The owner has logged in with this browser before.
    Device,
}

impl SignedCookie {
    fn name(self) -> &'static str {
        match self {
            SignedCookie::Session => "tb",
            SignedCookie::Device => "tb-device",
        }
    }

    fn lifetime(self) -> i64 {
        match self {
            SignedCookie::Session => LIFETIME,
            SignedCookie::Device => DEVICE_LIFETIME,
        }
    }

    /// The MAC of `NUMBER.EXPIRES`. The purpose differs from that of earlier cookies, which were sent to the whole origin.
    fn sign(self, config: &Config, secret: &Secret, signed: &str) -> String {
        let password = config.password.as_deref().unwrap_or_default();
        match self {
            SignedCookie::Session => secret.sign(
                "session of a path",
                &format!("{}\0{password}\0{signed}", secret.epoch),
            ),
            SignedCookie::Device => secret.sign("device", &format!("{password}\0{signed}")),
        }
    }
}

/// The number in a cookie's value, if the signature is valid and it has not expired.
fn verify_cookie<'value>(
    context: &Context<'_>,
    secret: &Secret,
    what: SignedCookie,
    value: &'value str,
) -> Option<&'value str> {
    let (signed, mac) = value.rsplit_once('.')?;
    let (number, expires) = signed.split_once('.')?;
    let now = context.now().as_second();
    let fresh = expires
        .parse()
        .is_ok_and(|expires: i64| now < expires && expires <= now + what.lifetime());
    let good = fresh && same_secret(mac, &what.sign(context.config, secret, signed));
    good.then_some(number)
}

/// The number of a browser that has logged in before.
pub(super) fn known_device(context: &Context<'_>, secret: &Secret) -> Option<String> {
    let what = SignedCookie::Device;
    cookies(context, &cookie_name(context.config, what.name()))
        .find_map(|value| verify_cookie(context, secret, what, &value).map(str::to_owned))
}

/// Refuses a POST whose form is not from this session.
pub(super) fn check_token(context: &Context<'_>) -> Result<()> {
    let expected = context.session.as_ref().ok_or(Refusal::NotLoggedIn)?;
    match context.fields.get("token") {
        Some(token) if same_secret(token, &expected.token) => Ok(()),
        _ => Err(Refusal::BadToken.into()),
    }
}

/// The cookies of a new session under `config`: its own, and the one that marks the browser as known.
pub(super) fn start(
    context: &Context<'_>,
    config: &Config,
    secret: &Secret,
) -> Result<[String; 2]> {
    let device = match known_device(context, secret) {
        Some(number) => number,
        None => random_number()?,
    };
    let cookie = |what: SignedCookie, number: String| {
        let expires = context.now().as_second() + what.lifetime();
        let signed = format!("{number}.{expires}");
        let mac = what.sign(config, secret, &signed);
        let value = format!("{signed}.{mac}");
        build_cookie(config, what.name(), &value, what.lifetime())
    };
    Ok([
        cookie(SignedCookie::Session, random_number()?),
        cookie(SignedCookie::Device, device),
    ])
}

/// The cookie that removes the session from the browser.
pub(super) fn end(config: &Config) -> String {
    build_cookie(config, "tb", "", 0)
}

/// The token of the login form, and the cookie that it is bound to if the browser has none yet.
pub(super) fn login_token(
    context: &Context<'_>,
    secret: Option<&Secret>,
) -> Result<(String, Option<String>)> {
    let known =
        cookies(context, &cookie_name(context.config, "tb-login")).find(|value| value.len() == 32);
    let (number, cookie) = match known {
        Some(number) => (number, None),
        None => {
            let number = random_number()?;
            let cookie = build_cookie(context.config, "tb-login", &number, LIFETIME);
            (number, Some(cookie))
        }
    };
    // A GET creates no file: the secret is created by the first attempt to log in.
    let token = secret.map_or(String::new(), |secret| secret.sign("login", &number));
    Ok((token, cookie))
}

/// Refuses a login form without the cookie of the login page, for when there was no secret to sign a token with. Pages of
/// other sites cannot send that cookie.
pub(super) fn check_login_cookie(context: &Context<'_>) -> Result<()> {
    let mut numbers = cookies(context, &cookie_name(context.config, "tb-login"));
    match numbers.any(|number| number.len() == 32) {
        true => Ok(()),
        false => Err(Refusal::BadToken.into()),
    }
}

/// Refuses a login form that was not sent to this browser.
pub(super) fn check_login_token(context: &Context<'_>, secret: &Secret) -> Result<()> {
    let token = context.fields.get("token").unwrap_or_default();
    let mut numbers = cookies(context, &cookie_name(context.config, "tb-login"))
        .filter(|value| value.len() == 32);
    match numbers.any(|number| same_secret(token, &secret.sign("login", &number))) {
        true => Ok(()),
        false => Err(Refusal::BadToken.into()),
    }
}

/// The Argon2id hash of a password, in PHC form.
pub fn hash_password(password: &str) -> Result<String> {
    let salt = random_number()?;
    let argon2 = argon2::Argon2::default();
    let hash = with_memory("hash the password", || {
        argon2.hash_password_with_salt(password.as_bytes(), salt.as_bytes())
    });
    Ok(hash?.to_string())
}

/// Whether `password` is the one of `hash`.
pub fn check_password(hash: &str, password: &str) -> Result<bool> {
    let argon2 = argon2::Argon2::default();
    match with_memory("check the password", || {
        argon2.verify_password(password.as_bytes(), hash)
    }) {
        Ok(()) => Ok(true),
        Err(error) if is_out_of_memory(&error) => Err(error),
        // An invalid hash matches no password.
        Err(_) => Ok(false),
    }
}

/// Runs Argon2, which needs 19 MiB, one at a time: parallel attempts must not use up the memory.
fn with_memory<T>(
    doing: &'static str,
    run: impl FnOnce() -> password_hash::Result<T>,
) -> Result<T> {
    static LOCK: Mutex<()> = Mutex::new(());
    let _guard = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let fault = |kind: io::ErrorKind| Error::System {
        doing,
        cause: kind.into(),
    };
    let needed = SPARE + argon2::Params::DEFAULT.block_count() * argon2::Block::SIZE;
    // Checks that enough memory is left for other requests: allocated here, and released at once.
    let mut memory: Vec<u8> = Vec::new();
    if memory.try_reserve_exact(needed).is_err() {
        return Err(fault(io::ErrorKind::OutOfMemory));
    }
    drop(memory);
    run().map_err(|error| match error {
        password_hash::Error::OutOfMemory => fault(io::ErrorKind::OutOfMemory),
        _ => fault(io::ErrorKind::InvalidData),
    })
}

fn is_out_of_memory(error: &Error) -> bool {
    matches!(error, Error::System { cause, .. } if cause.kind() == io::ErrorKind::OutOfMemory)
}

/// An unguessable number.
fn random_number() -> Result<String> {
    Ok(text::hex(&random::<16>()?))
}

/// Under HTTPS a prefix prevents that plain HTTP, and at the root of a host also that other hosts, set the cookie.
fn cookie_name(config: &Config, word: &str) -> String {
    if config.base_url.scheme() != "https" {
        word.to_owned()
    } else if cookie_path(config) == "/" {
        format!("__Host-{word}")
    } else {
        format!("__Secure-{word}")
    }
}

/// The path of the cookies: that of this program; `/` only if the program is at the root of its host. Empty if none can be
/// written; a browser then takes the folder of the page.
fn cookie_path(config: &Config) -> &str {
    let path = config.base_url.path();
    // `/tb.cgi` is at the root, `/alice/` is not, nor is the program that answers at `/~alice`.
    let trimmed = path.trim_end_matches('/');
    let is_at_the_root = trimmed.matches('/').count() < 2
        && !path.ends_with('/')
        && user_folder(&config.base_url).is_none();
    if trimmed.is_empty() || is_at_the_root {
        return "/";
    }
    // A `;` would end the attribute: use the folder above it, unless that is the whole origin.
    match trimmed.split_once(';') {
        Some((before, _)) => before.rsplit_once('/').map_or("", |(folder, _)| folder),
        None => trimmed,
    }
}

/// The values of all cookies with that name; some servers join duplicates with `, ` or `; `.
fn cookies(context: &Context<'_>, name: &str) -> impl Iterator<Item = String> + use<> {
    let header = String::from_utf8_lossy(&context.request.cookie).into_owned();
    let values: Vec<String> = header
        .split([';', ','])
        .filter_map(|pair| pair.split_once('='))
        .filter(|(found, _)| found.trim() == name)
        .map(|(_, value)| value.trim().to_owned())
        .collect();
    values.into_iter()
}

fn build_cookie(config: &Config, word: &str, value: &str, seconds: i64) -> String {
    let secure = match config.base_url.scheme() {
        "https" => "; Secure",
        _ => "",
    };
    let path = match cookie_path(config) {
        "" => String::new(),
        path => format!("; Path={path}"),
    };
    let name = cookie_name(config, word);
    format!("{name}={value}; HttpOnly; SameSite=Strict{secure}{path}; Max-Age={seconds}")
}
