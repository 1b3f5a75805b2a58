//! The texts of the files that an installation begins with.

use std::path::Path;

use toml_edit::{Array, Value};

use super::plan::{SetupPlan, config_error};
use crate::config::{AllowPrivate, Publish};
use crate::error::Result;

/// By this line our block in an `.htaccess` is known.
pub(super) const MARK: &str = "# tb: its files are not for readers";

/// The block for the folder of the program. Backups and temporary files of `tb.toml` are meant too.
pub(super) const DENY_FILES: &str = "\
# tb: its files are not for readers
<FilesMatch \"^([.#~]*tb\\.toml|header\\.txt$|footer\\.txt$)\">
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

/// The whole `.htaccess` of the folder of the pings, should that ever lie where the web can see it.
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
pub(super) fn configuration(plan: &SetupPlan) -> Result<String> {
    let site: Array = plan.site.iter().map(|url| url.as_str()).collect();
    let base_url = Value::from(plan.base_url.as_str());
    let site = optional(
        "site",
        (!site.is_empty()).then(|| Value::from(site)),
        "[\"https://blog.example/\"]",
    );
    let site_name = optional(
        "site_name",
        plan.site_name.as_deref().map(Value::from),
        "\"My weblog\"",
    );
    let data_dir = path(&plan.data_dir)?;
    let rss_dir = plan.rss_dir.as_deref().map(path).transpose()?;
    let rss_dir = optional("rss_dir", rss_dir, "\"/home/me/public_html/tb\"");
    let time_zone = optional(
        "time_zone",
        plan.time_zone.as_deref().map(Value::from),
        "\"Europe/Paris\"",
    );
    let publish = match plan.publish {
        Publish::All => "all",
        Publish::Verified => "verified",
        Publish::Known => "known",
        Publish::None => "none",
    };
    let password = Value::from(plan.password_hash.as_deref().unwrap_or_default());
    let allow_private = match plan.allow_private {
        AllowPrivate::Yes => "allow_private = true",
        AllowPrivate::No => "# allow_private = true",
    };
    Ok(format!(
        "\
# The configuration of tb. A relative path is relative to the folder of this file, and
# TB_<KEY> in the environment wins over a key. `tb check` says what is wrong with it.

# This program's own URL. All links to it are made from this, never from what a visitor sends.
base_url = {base_url}

# The pages that count as yours.
{site}

# What the site is called in pages and feeds.
{site_name}

# The pings: one file an entry. Keep it where no web server hands files out.
data_dir = {data_dir}

# Static feeds, one <id>.xml an entry, for readers and for the pages of the site. They are
# reached at `rss_url`, which is guessed from `site` and the folder's name where it is not given.
{rss_dir}
# rss_url = \"https://blog.example/tb/\"

# The hash of your password. `tb passwd` writes it; while it is empty nobody can log in.
password = {password}

# What becomes of a new ping: \"known\" publishes it once its page is seen to link to yours and you have
# approved its domain before, \"verified\" once its page links, \"all\" at once; \"none\" waits for you.
publish = \"{publish}\"

# The zone of the dates on the pages.
{time_zone}

# How an entry's page is called; pings are then checked for a link to that very page.
# entry = \"https://blog.example/posts/{{id}}/\"

# Where you are told of pings that wait, by the host's sendmail.
# notify = \"me@example.org\"

# How much of a sender's address is kept with a ping: \"prefix\", \"full\" or \"none\".
# addresses = \"prefix\"

# Files that stand around every page; tb's own are beside this file to begin with.
# header = \"header.txt\"
# footer = \"footer.txt\"

# Who may show the pages in a frame, and scripts that the header and footer need: sources of a
# Content Security Policy.
# frame_ancestors = [\"'self'\"]
# script_src = []

# For laboratories: guesses of the password without limit, pings to addresses inside.
# throttle = \"off\"
{allow_private}
"
    ))
}

/// A key's line; where it has no value, one to edit.
fn optional(key: &str, value: Option<Value>, example: &str) -> String {
    match value {
        Some(value) => format!("{key} = {value}"),
        None => format!("# {key} = {example}"),
    }
}

fn path(path: &Path) -> Result<Value> {
    path.to_str()
        .map(Value::from)
        .ok_or_else(|| config_error(path, "a path in `tb.toml` must be UTF-8"))
}
