//! `__mode=settings`: changes a few keys of `tb.toml`, and shows the others.
//!
//! Each change needs the password, not only the session: whoever has found a browser open, or can act in a session, must
//! not redirect the mail, lock the owner out or publish everything from then on. Only the values that differ are written.

use super::super::login::{self, PasswordAttempt};
use super::super::{session, urls};
use super::Typed;
use crate::config::{self, Config};
use crate::error::{Error, Refusal, Result};
use crate::language::Language;
use crate::linkback::trackback::TbId;
use crate::setup::answers::{
    LANGUAGES, check_password, language, mail_address, parse_zone_name, publish,
};
use crate::setup::{self, ConfigEdit, NewValue};
use crate::snippet;
use crate::store::{Event, EventName};
use crate::web::Response;
use crate::web::context::Context;
use crate::web::session::hash_password;
use crate::web::views::{SettingView, SettingsPage};

const TITLE: &str = "Settings";

/// A key that can be changed.
struct Setting {
    key: &'static str,
    label: &'static str,
    hint: &'static str,
    /// The values to choose from, and how they are called; empty for a text.
    choices: &'static [(&'static str, &'static str)],
    /// The present value.
    of: fn(&Config) -> &str,
    /// What is wrong with a value.
    check: fn(&str) -> Typed<()>,
}

const SETTINGS: [Setting; 4] = [
    Setting {
        key: "publish",
        label: "Publish",
        hint: "When a new ping is published: known once its page is found to link to yours and you have approved its \
               host before; verified once its page links; all at once; none when you approve it.",
        choices: &[
            ("known", "known"),
            ("verified", "verified"),
            ("all", "all"),
            ("none", "none"),
        ],
        of: |config| config.publish.name(),
        check: |text| publish(text).map(drop),
    },
    Setting {
        key: "notify",
        label: "Mail to",
        hint: "The address that gets a mail when pings wait. Empty: nobody gets one.",
        choices: &[],
        of: |config| config.notify.as_deref().unwrap_or_default(),
        check: |text| match text {
            "" => Ok(()),
            address => mail_address(address).map(drop),
        },
    },
    Setting {
        key: "time_zone",
        label: "Time zone",
        hint: "Of the dates on the pages, such as Europe/Paris.",
        choices: &[],
        of: |config| config.zone.iana_name().unwrap_or_default(),
        check: |text| parse_zone_name(text).map(drop),
    },
    Setting {
        key: "language",
        label: "Language",
        hint: "Of the pages for readers, and of the list under an entry. Your own pages are English.",
        choices: &LANGUAGES,
        of: |config| config.language.map_or("", Language::name),
        check: |text| match text {
            "" => Ok(()),
            code => language(code).map(drop),
        },
    },
];

/// Shows the settings.
pub(crate) fn show(context: &Context<'_>) -> Result<Response> {
    let mut page = page(context, context.config)?;
    if context.query.get("done").is_some() {
        page.notice = "Saved.";
    }
    Ok(context.page(TITLE, &page))
}

/// Changes those that differ.
pub(crate) fn handle(context: &Context<'_>) -> Result<Response> {
    let store = context.store()?;
    let secret = store.secret()?.ok_or(Refusal::NotLoggedIn)?;
    let typed = context.fields.get("current").unwrap_or_default();
    match login::try_password(context, &secret, typed)? {
        PasswordAttempt::Right => {}
        PasswordAttempt::Wrong => {
            let message = "Current password: that is not it. Nothing was changed.";
            return refuse(context, 403, message.to_owned());
        }
        PasswordAttempt::TooMany(seconds) => {
            let message = Refusal::TooManyLogins.message().to_owned();
            let response = refuse(context, 429, message)?;
            return Ok(response.with("Retry-After", seconds.to_string()));
        }
    }
    let hash = match new_password(context) {
        Ok(Some(password)) => Some(hash_password(password)?),
        Ok(None) => None,
        Err(message) => return refuse(context, 400, message),
    };
    let mut values: Vec<NewValue<'_>> = Vec::new();
    for setting in &SETTINGS {
        let value = field(context, setting).filter(|value| *value != (setting.of)(context.config));
        let Some(value) = value.filter(|_| !config::is_overridden(setting.key)) else {
            continue;
        };
        if let Err(right) = (setting.check)(value) {
            return refuse(context, 400, format!("{}: {right}.", setting.label));
        }
        values.push((setting.key, value));
    }
    values.extend(hash.as_deref().map(|hash| ("password", hash)));
    if values.is_empty() {
        return Ok(saved(context));
    }
    // Of two changes at the same time, one is read by the other.
    let _lock = store.lock_config()?;
    let edit = ConfigEdit::prepare(&context.config.file, &values);
    let new = match edit.as_ref().map(ConfigEdit::config) {
        Ok(Ok(new)) => new,
        Ok(Err(error)) => return refuse(context, 400, format!("{error}.")),
        Err(error) => return by_hand(context, error, &values),
    };
    if let Err(error) = edit.and_then(ConfigEdit::write) {
        return by_hand(context, &error, &values);
    }
    let keys: Vec<&str> = values.iter().map(|(key, _)| *key).collect();
    store.log(&Event::new(context.now(), EventName::SettingsChanged).with("keys", keys.join(" ")));
    let response = match hash {
        None => saved(context),
        Some(_) => {
            setup::end_sessions(&context.config.data_dir)?;
            let [session, device] = session::start(context, &new, &store.make_secret()?)?;
            saved(context)
                .with("Set-Cookie", session)
                .with("Set-Cookie", device)
        }
    };
    context.app.take_settings(new);
    Ok(response)
}

fn saved(context: &Context<'_>) -> Response {
    let url = urls::with_query(context.config, &[("__mode", "settings"), ("done", "yes")]);
    Response::see_other(url).with("Cache-Control", "no-store")
}

/// What the form has for a key, cleaned of white space.
fn field<'form>(context: &'form Context<'_>, setting: &Setting) -> Option<&'form str> {
    context.fields.get(setting.key).map(str::trim)
}

/// The new password, if one was typed.
fn new_password<'form>(context: &'form Context<'_>) -> Typed<Option<&'form str>> {
    let field = |name| context.fields.get(name).unwrap_or_default();
    let password = field("password");
    if (password.is_empty() && field("again").is_empty()) || config::is_overridden("password") {
        return Ok(None);
    }
    check_password(password).map_err(|error| format!("New password: {error}."))?;
    match password == field("again") {
        true => Ok(Some(password)),
        false => Err("New password: the two differ.".to_owned()),
    }
}

/// The form again, with what was typed but the passwords.
fn refuse(context: &Context<'_>, status: u16, error: String) -> Result<Response> {
    let mut page = page(context, context.config)?;
    page.error = error;
    for (view, setting) in page.settings.iter_mut().zip(&SETTINGS) {
        if let Some(typed) = field(context, setting) {
            view.value = typed.chars().take(super::LONGEST).collect();
        }
    }
    Ok(Response {
        status,
        ..context.page(TITLE, &page)
    })
}

/// The lines to write by hand, where the program cannot.
fn by_hand(context: &Context<'_>, error: &Error, values: &[NewValue<'_>]) -> Result<Response> {
    let mut page = page(context, context.config)?;
    page.error = format!("The program cannot change the file: {error}. Nothing was changed.");
    page.lines = values.iter().map(|value| setup::line(*value)).collect();
    Ok(Response {
        status: 409,
        ..context.page(TITLE, &page)
    })
}

fn page(context: &Context<'_>, config: &Config) -> Result<SettingsPage> {
    let settings = SETTINGS.iter().map(|setting| SettingView {
        key: setting.key,
        label: setting.label,
        hint: setting.hint,
        choices: setting.choices,
        value: (setting.of)(config).to_owned(),
        variable: variable(setting.key),
    });
    let id = context
        .query
        .get("entry")
        .and_then(|text| TbId::new(text.as_bytes()).ok());
    let id = id.as_ref().map_or(snippet::EXAMPLE_ID, TbId::as_str);
    Ok(SettingsPage {
        snippet: snippet::for_entry(config, context.app.language(), id),
        id: id.to_owned(),
        form: context.form()?,
        notice: "",
        error: String::new(),
        lines: Vec::new(),
        file: config.file.display().to_string(),
        settings: settings.collect(),
        password_variable: variable("password"),
        others: others(config),
    })
}

/// The variable of the environment that overrides a key; empty if none does.
fn variable(key: &str) -> String {
    match config::is_overridden(key) {
        true => format!("TB_{}", key.to_ascii_uppercase()),
        false => String::new(),
    }
}

/// What only the file changes.
fn others(config: &Config) -> Vec<(&'static str, String)> {
    let sites: Vec<&str> = config.site.iter().map(url::Url::as_str).collect();
    let rss_dir = config.rss_dir.as_ref();
    let others = [
        ("base_url", config.base_url.to_string()),
        ("site", sites.join(", ")),
        ("site_name", config.site_name.clone()),
        ("data_dir", config.data_dir.display().to_string()),
        (
            "rss_dir",
            rss_dir.map_or_else(String::new, |path| path.display().to_string()),
        ),
        (
            "passphrase",
            config.passphrase.as_ref().map_or("", |_| "set").to_owned(),
        ),
    ];
    let is_set = |(_, value): &(_, String)| !value.is_empty();
    others.into_iter().filter(is_set).collect()
}
