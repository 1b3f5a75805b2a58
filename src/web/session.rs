//! Who is logged in: a signed cookie, and a token in every form.
//!
//! A cookie says `NUMBER.EXPIRES.MAC`. The MAC covers the epoch and the password's hash, so a session
//! ends after 12 hours, when anybody logs out, and when the password changes. A form's token is a MAC
//! of the session's number: one session's token is useless in another.
//!
//! A browser that has logged in keeps a second cookie, of the same form, which says no more than that: its attempts
//! to log in are counted by themselves. It lasts until the password changes.
//!
//! Cookies go to the path of `base_url` only: on an origin with many users (`/~alice/`) a neighbour's programs do not
//! receive them.

use std::io;
use std::sync::{Mutex, PoisonError};

use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use cookie::{Cookie, SameSite};

use super::context::Context;
use crate::config::Config;
use crate::error::{Error, Refusal, Result};
use crate::store::{Secret, random, same_secret};
use crate::text;
use crate::web::context::Session;

/// Seconds that a session lasts.
const LIFETIME: i64 = 12 * 60 * 60;
/// Seconds that a browser is known for after a login; none keeps a cookie for longer.
const DEVICE_LIFETIME: i64 = 400 * 24 * 60 * 60;

/// What a login takes besides Argon2's own memory, in bytes.
const SPARE: usize = 4 << 20;

/// The session of a request's cookie, if it has one that is good.
pub(super) fn load(context: &Context<'_>) -> Result<Option<Session>> {
    let mut cookies = cookies(context, &name(context.config, "tb")).peekable();
    if cookies.peek().is_none() || context.config.password.is_none() {
        return Ok(None);
    }
    let Some(secret) = context.store()?.secret()? else {
        return Ok(None);
    };
    for value in cookies {
        if let Some(number) = number_of(context, &secret, Signed::Session, &value) {
            return Ok(Some(Session {
                token: secret.sign("token", number),
            }));
        }
    }
    Ok(None)
}

/// What a signed cookie says.
#[derive(Clone, Copy)]
enum Signed {
    /// The owner is logged in.
    Session,
    /// The owner has logged in with this browser before.
    Device,
}

impl Signed {
    fn word(self) -> &'static str {
        match self {
            Signed::Session => "tb",
            Signed::Device => "tb-device",
        }
    }

    fn lifetime(self) -> i64 {
        match self {
            Signed::Session => LIFETIME,
            Signed::Device => DEVICE_LIFETIME,
        }
    }

    /// The MAC of `NUMBER.EXPIRES`. Those of a cookie that went to the whole origin were for another purpose.
    fn sign(self, config: &Config, secret: &Secret, signed: &str) -> String {
        let password = config.password.as_deref().unwrap_or_default();
        match self {
            Signed::Session => secret.sign(
                "session of a path",
                &format!("{}\0{password}\0{signed}", secret.epoch),
            ),
            Signed::Device => secret.sign("device", &format!("{password}\0{signed}")),
        }
    }
}

/// The number in a cookie's value, if it was signed here and is not over.
fn number_of<'value>(
    context: &Context<'_>,
    secret: &Secret,
    what: Signed,
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

/// The number of a browser with which the owner has logged in before.
pub(super) fn device(context: &Context<'_>, secret: &Secret) -> Option<String> {
    let what = Signed::Device;
    cookies(context, &name(context.config, what.word()))
        .find_map(|value| number_of(context, secret, what, &value).map(str::to_owned))
}

/// Refuses a POST whose form this session was not given.
pub(super) fn check_token(context: &Context<'_>) -> Result<()> {
    let expected = context.session.as_ref().ok_or(Refusal::NotLoggedIn)?;
    match context.fields.get("token") {
        Some(token) if same_secret(token, &expected.token) => Ok(()),
        _ => Err(Refusal::BadToken.into()),
    }
}

/// The cookies of a new session: its own, and the one by which the browser is known from now on.
pub(super) fn start(context: &Context<'_>, secret: &Secret) -> Result<[String; 2]> {
    let device = match device(context, secret) {
        Some(number) => number,
        None => number()?,
    };
    let cookie = |what: Signed, number: String| {
        let expires = context.now().as_second() + what.lifetime();
        let signed = format!("{number}.{expires}");
        let mac = what.sign(context.config, secret, &signed);
        let value = format!("{signed}.{mac}");
        write(context.config, what.word(), &value, what.lifetime())
    };
    Ok([
        cookie(Signed::Session, number()?),
        cookie(Signed::Device, device),
    ])
}

/// The cookie that takes a session away from the browser.
pub(super) fn end(config: &Config) -> String {
    write(config, "tb", "", 0)
}

/// The token of the login form, and the cookie that it is bound to if the browser has none yet.
pub(super) fn login_token(
    context: &Context<'_>,
    secret: Option<&Secret>,
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
    // Where there is no secret yet, the first attempt makes it: a GET makes no file.
    let token = secret.map_or(String::new(), |secret| secret.sign("login", &number));
    Ok((token, cookie))
}

/// Refuses a login form from a browser that was given none, where there was no secret to sign a token with: the
/// cookie alone says it, which no page of another site can send.
pub(super) fn check_login_cookie(context: &Context<'_>) -> Result<()> {
    let mut numbers = cookies(context, &name(context.config, "tb-login"));
    match numbers.any(|number| number.len() == 32) {
        true => Ok(()),
        false => Err(Refusal::BadToken.into()),
    }
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
pub fn hash_password(password: &str) -> Result<String> {
    let salt = number()?;
    let argon2 = argon2::Argon2::default();
    let hash = with_memory(|| argon2.hash_password_with_salt(password.as_bytes(), salt.as_bytes()));
    Ok(hash?.to_string())
}

/// Whether `password` is the one of `hash`.
pub fn check_password(hash: &str, password: &str) -> Result<bool> {
    let argon2 = argon2::Argon2::default();
    match with_memory(|| argon2.verify_password(password.as_bytes(), hash)) {
        Ok(()) => Ok(true),
        Err(error) if is_out_of_memory(&error) => Err(error),
        // A hash that cannot be read is nobody's.
        Err(_) => Ok(false),
    }
}

/// Runs Argon2, which takes 19 MiB, once at a time: many attempts at once must not take all memory.
fn with_memory<T>(run: impl FnOnce() -> password_hash::Result<T>) -> Result<T> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let fault = |kind: io::ErrorKind| Error::System {
        doing: "look at the password",
        cause: kind.into(),
    };
    let needed = SPARE + argon2::Params::DEFAULT.block_count() * argon2::Block::SIZE;
    // What else is going on must find memory too: asked for here, and given back.
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

/// A number that nobody guesses.
fn number() -> Result<String> {
    Ok(text::hex(&random::<16>()?))
}

/// Under HTTPS a prefix keeps plain HTTP, and at the root of a host other hosts too, from setting the cookie.
fn name(config: &Config, word: &str) -> String {
    if config.base_url.scheme() != "https" {
        word.to_owned()
    } else if path(config) == "/" {
        format!("__Host-{word}")
    } else {
        format!("__Secure-{word}")
    }
}

/// Where cookies go: to this program, and to all of a host only where the program lies at its root.
fn path(config: &Config) -> &str {
    let path = config.base_url.path();
    // What would end the attribute cannot stand in it: then the folder above that.
    let path = match path.split_once(';') {
        Some((before, _)) => before.rsplit_once('/').map_or("/", |(folder, _)| folder),
        None => path,
    };
    let path = path.trim_end_matches('/');
    if path.matches('/').count() < 2 {
        "/"
    } else {
        path
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
        .path(path(config).to_owned())
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(config.base_url.scheme() == "https")
        .max_age(cookie::time::Duration::seconds(seconds))
        .to_string()
}
