//! The plan of an installation, and the contents of its files.

use std::path::{Path, PathBuf};

use toml_edit::{Array, Value};
use url::Url;

use crate::config::{AllowPrivate, Publish};
use crate::error::{Cause, Error, Result};
use crate::language::Language;

/// The plan of an installation.
#[derive(Debug, Clone)]
pub struct SetupPlan {
    /// The folder of `tb.toml`: that of the executable.
    pub folder: PathBuf,
    /// The program's own URL.
    pub base_url: Url,
    /// The pages that count as the owner's; empty: the origin of `base_url`.
    pub site: Vec<Url>,
    /// The name of the site; `None`: the host of `base_url`.
    pub site_name: Option<String>,
    /// The folder of the pings; relative to `folder`.
    pub data_dir: PathBuf,
    /// The folder of the static feeds, as `data_dir`; `None` writes none.
    pub rss_dir: Option<PathBuf>,
    /// The hash of the owner's password.
    pub password_hash: Option<String>,
    /// When a new ping is published.
    pub publish: Publish,
    /// The zone that dates are shown in; `None`: UTC.
    pub time_zone: Option<String>,
    /// The address for mails about waiting pings.
    pub notify: Option<String>,
    /// The language of the pages for readers; `None`: that of the header.
    pub language: Option<Language>,
    /// Whether requests to private addresses are allowed.
    pub allow_private: AllowPrivate,
    /// The user that the web server runs the program as.
    pub sharing: Sharing,
}

/// The user that the web server runs CGI programs as; decides the modes of new files and folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// The owner of the files (as with suEXEC): only the owner can read the pings, mode 0700, and the configuration, 0600.
    OwnUser,
    /// The web server's own user: the folders are open to everybody, but sticky, 1777, so that nobody can remove or
    /// replace another user's file, and everybody can read the configuration, 0644. Other users of the machine can then
    /// read the pings and create files.
    OtherUser,
}

/// The line that identifies our block in an `.htaccess`.
pub(super) const BLOCK_MARK: &str = "# tb: its files are not for readers";

/// The block for the folder of the program. It also covers backups and temporary files of `tb.toml`.
pub const DENY_FILES: &str = "\
# tb: its files are not for readers
<FilesMatch \"^([.#~]*tb\\.toml|tb-setup\\.txt|header\\.txt$|footer\\.txt$)\">
  <IfModule mod_authz_core.c>
    Require all denied
  </IfModule>
  <IfModule !mod_authz_core.c>
    Order allow,deny
    Deny from all
  </IfModule>
</FilesMatch>
# tb: end
";

/// The `.htaccess` of the folder of the pings, in case the web server serves that folder.
pub(super) const DENY_ALL: &str = "\
# tb: its files are not for readers
<IfModule mod_authz_core.c>
  Require all denied
</IfModule>
<IfModule !mod_authz_core.c>
  Order allow,deny
  Deny from all
</IfModule>
# tb: end
";

/// The text of `tb.toml`: each key with a comment.
#[expect(clippy::too_many_lines, reason = "a template")]
pub(super) fn configuration(plan: &SetupPlan) -> Result<String> {
    let site: Array = plan.site.iter().map(|url| url.as_str()).collect();
    let base_url = Value::from(plan.base_url.as_str());
    let site = key_line(
        "site",
        (!site.is_empty()).then(|| Value::from(site)),
        "[\"https://blog.example/\"]",
    );
    let site_name = key_line(
        "site_name",
        plan.site_name.as_deref().map(Value::from),
        "\"My weblog\"",
    );
    let data_dir = path_value(&plan.data_dir)?;
    let rss_dir = plan.rss_dir.as_deref().map(path_value).transpose()?;
    let rss_dir = key_line("rss_dir", rss_dir, "\"/home/me/public_html/tb\"");
    let time_zone = key_line(
        "time_zone",
        plan.time_zone.as_deref().map(Value::from),
        "\"Europe/Paris\"",
    );
    let language = plan.language.map(|language| Value::from(language.name()));
    let language = key_line("language", language, "\"en\"");
    let notify = plan.notify.as_deref().map(Value::from);
    let notify = key_line("notify", notify, "\"me@example.org\"");
    let publish = plan.publish.name();
    let password = Value::from(plan.password_hash.as_deref().unwrap_or_default());
    let allow_private = match plan.allow_private {
        AllowPrivate::Yes => "allow_private = true",
        AllowPrivate::No => "# allow_private = true",
    };
    Ok(format!(
        "\
# The configuration of tb. A relative path is relative to the folder of this file, and
# TB_<KEY> in the environment overrides a key. `tb check` finds mistakes in it.

# This program's own URL. All links to it are made from this, never from what a visitor sends.
base_url = {base_url}

# The pages that count as yours.
{site}

# The name of the site in pages and feeds.
{site_name}

# The folder of the pings, one file an entry. The web server must not serve it.
data_dir = {data_dir}

# Static feeds, one <id>.xml an entry, for readers and for the pages of the site. They are
# reached at `rss_url`; by default it is guessed from `site` and the folder's name.
{rss_dir}
# rss_url = \"https://blog.example/tb/\"

# The hash of your password. `tb passwd` writes it; while it is empty nobody can log in.
password = {password}

# When a new ping is published: \"known\" once its page is found to link to yours and you have approved
# its host before, \"verified\" once its page links, \"all\" at once, \"none\" when you approve it.
publish = \"{publish}\"

# The protocols by which pings are received; `pingback` may be added. `tb send` uses all three. Pages
# must announce where Webmentions and Pingbacks go: `tb snippet webmention` prints how.
protocols = [\"trackback\", \"webmention\"]

# The form on each list for readers who have written about the entry. They enter only the address of
# their page: its text is taken from the page, once it is seen to link to the entry.
submit = true

# The language of the pages for readers: \"en\", \"ja\", \"de\", \"fr\" or \"es\"; by default that of
# the `lang` attribute in the header.
{language}

# The zone of the dates on the pages.
{time_zone}

# The URL of an entry's page; a ping's page must then link to that page.
# entry = \"https://blog.example/posts/{{id}}/\"

# The address for mails about waiting pings, sent with the host's sendmail.
{notify}

# How much of a sender's address is kept with a ping: \"prefix\", \"full\" or \"none\".
# addresses = \"prefix\"

# The files around every page; editable copies are beside this file.
# header = \"header.txt\"
# footer = \"footer.txt\"

# Who may show the pages in a frame, and scripts that the header and footer need: sources of a
# Content Security Policy.
# frame_ancestors = [\"'self'\"]
# script_src = []

# For test setups: no limit for guessing the password, requests to private addresses.
# throttle = \"off\"
{allow_private}
"
    ))
}

/// The line of a key; without a value, a commented example.
fn key_line(key: &str, value: Option<Value>, example: &str) -> String {
    match value {
        Some(value) => format!("{key} = {value}"),
        None => format!("# {key} = {example}"),
    }
}

fn path_value(path: &Path) -> Result<Value> {
    path.to_str()
        .map(Value::from)
        .ok_or_else(|| config_error(path, "a path in `tb.toml` must be UTF-8"))
}

pub(super) fn config_error(file: &Path, message: impl Into<Cause>) -> Error {
    Error::Config {
        place: file.display().to_string(),
        message: message.into(),
    }
}
