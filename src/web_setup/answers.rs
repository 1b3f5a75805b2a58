//! The answers of the form, what is suggested for them, and the plan that they make.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::Access;
use rustix::process::geteuid;

use super::surroundings::{MODE, Surroundings};
use crate::config::{self, AllowPrivate};
use crate::linkback::trackback::Form;
use crate::setup::answers::{
    check_password, language, mail_address, parse_zone_name, publish, real_path, web_url,
};
use crate::setup::{SetupPlan, Sharing, web_root};
use crate::web::session::hash_password;
use crate::web::views::HiddenField;

/// The name of the folder that is suggested where no better place can be written.
const DATA: &str = "tb-data";

/// The answers as they were typed.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers {
    pub(super) base_url: String,
    pub(super) site: String,
    pub(super) site_name: String,
    pub(super) data_dir: String,
    pub(super) rss_dir: String,
    pub(super) publish: String,
    pub(super) time_zone: String,
    pub(super) language: String,
    pub(super) notify: String,
    password: String,
    again: String,
    /// The hash of the password, after it was checked.
    hash: String,
}

impl Answers {
    /// What the form suggests.
    pub(super) fn suggested(around: &Surroundings) -> Answers {
        let folder = around.folder();
        let url = around.guess_url();
        let text = |path: PathBuf| path.to_str().unwrap_or_default().to_owned();
        let best = web_root::data_dir(folder);
        let data_dir = match can_make(&best) {
            true => best,
            false => folder.join(DATA),
        };
        let rss_dir = web_root::rss_dir(folder).filter(|path| can_make(path));
        Answers {
            site: url
                .as_ref()
                .map_or(String::new(), |url| config::home(url).into()),
            site_name: url
                .as_ref()
                .and_then(|url| url.host_str())
                .unwrap_or_default()
                .to_owned(),
            base_url: url.map_or(String::new(), String::from),
            data_dir: text(data_dir),
            rss_dir: rss_dir.map(text).unwrap_or_default(),
            publish: "known".to_owned(),
            time_zone: "UTC".to_owned(),
            ..Answers::default()
        }
    }

    /// Those of a form.
    pub(super) fn of(fields: &Form) -> Answers {
        let field = |name| fields.get(name).unwrap_or_default().trim().to_owned();
        Answers {
            base_url: field("base_url"),
            site: field("site"),
            site_name: field("site_name"),
            data_dir: field("data_dir"),
            rss_dir: field("rss_dir"),
            publish: field("publish"),
            time_zone: field("time_zone"),
            language: field("language"),
            notify: field("notify"),
            password: fields.get("password").unwrap_or_default().to_owned(),
            again: fields.get("again").unwrap_or_default().to_owned(),
            hash: field("hash"),
        }
    }

    /// The fields of the next step: the hash in place of the password.
    pub(super) fn fields(&self, phrase: &str, hash: &str) -> Vec<HiddenField> {
        vec![
            hidden("__mode", MODE),
            hidden("step", "write"),
            hidden("phrase", phrase),
            hidden("base_url", &self.base_url),
            hidden("site", &self.site),
            hidden("site_name", &self.site_name),
            hidden("data_dir", &self.data_dir),
            hidden("rss_dir", &self.rss_dir),
            hidden("publish", &self.publish),
            hidden("time_zone", &self.time_zone),
            hidden("language", &self.language),
            hidden("notify", &self.notify),
            hidden("hash", hash),
        ]
    }

    /// The plan, or what is wrong with an answer.
    pub(super) fn plan(&self, folder: &Path) -> Result<SetupPlan, String> {
        let base_url =
            web_url(&self.base_url).map_err(|right| format!("URL of this program: {right}."))?;
        if base_url.query().is_some() || base_url.fragment().is_some() {
            return Err("URL of this program: it has neither ? nor #.".to_owned());
        }
        let site = match self.site.as_str() {
            "" => Vec::new(),
            site => vec![web_url(site).map_err(|right| format!("Your site: {right}."))?],
        };
        // Where the owner uploads `tb.toml`, the owner makes the folders as well.
        let maker = match is_writable(folder) {
            true => Maker::Program,
            false => Maker::Owner,
        };
        let data_dir = folder_at(&self.data_dir, "Folder for the pings", maker)?;
        let rss_dir = match self.rss_dir.as_str() {
            "" => None,
            path => Some(folder_at(path, "Folder for feeds", maker)?),
        };
        if data_dir == folder || rss_dir.as_ref() == Some(&data_dir) {
            return Err("Folder for the pings: it must be a folder of its own.".to_owned());
        }
        Ok(SetupPlan {
            folder: folder.to_owned(),
            base_url,
            site,
            site_name: Some(self.site_name.clone()).filter(|name| !name.is_empty()),
            data_dir,
            rss_dir,
            publish: publish(&self.publish).map_err(|right| format!("Publish: {right}."))?,
            time_zone: Some(
                parse_zone_name(&self.time_zone).map_err(|right| format!("Time zone: {right}."))?,
            ),
            language: match self.language.as_str() {
                "" => None,
                code => Some(language(code).map_err(|right| format!("Language: {right}."))?),
            },
            notify: match self.notify.as_str() {
                "" => None,
                address => {
                    Some(mail_address(address).map_err(|right| format!("Mail to: {right}."))?)
                }
            },
            allow_private: AllowPrivate::No,
            // What this process makes belongs to the user that it runs as.
            sharing: match is_writable(folder) || is_owner(folder) {
                true => Sharing::OwnUser,
                false => Sharing::OtherUser,
            },
            // Last, because it takes time.
            password_hash: Some(self.password_hash()?),
        })
    }

    fn password_hash(&self) -> Result<String, String> {
        if !self.hash.is_empty() {
            let is_hash = self.hash.starts_with("$argon2id$") && self.hash.len() < 300;
            return match is_hash && self.hash.chars().all(|c| c.is_ascii_graphic()) {
                true => Ok(self.hash.clone()),
                false => Err("Password: type it again.".to_owned()),
            };
        }
        check_password(&self.password).map_err(|error| format!("Password: {error}."))?;
        if self.password != self.again {
            return Err("Password: the two differ.".to_owned());
        }
        hash_password(&self.password).map_err(|error| error.to_string())
    }
}

/// Who makes the folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Maker {
    Program,
    Owner,
}

/// An absolute path to a folder that is there, or that can be made.
fn folder_at(text: &str, name: &str, maker: Maker) -> Result<PathBuf, String> {
    let path = Path::new(text);
    if !path.is_absolute() || text.chars().any(char::is_control) {
        return Err(format!("{name}: a path begins with /."));
    }
    let path = real_path(path).map_err(|cause| format!("{name}: {cause}."))?;
    match maker == Maker::Owner || can_make(&path) {
        true => Ok(path),
        false => Err(format!(
            "{name}: the program cannot make {} or write into it; choose another place, or make that folder and open it \
             to the program.",
            path.display()
        )),
    }
}

/// Whether the folder is there and can be written, or can be made.
fn can_make(path: &Path) -> bool {
    match path
        .ancestors()
        .find(|above| fs::symlink_metadata(above).is_ok())
    {
        Some(above) => above.is_dir() && is_writable(above),
        None => false,
    }
}

/// Whether files can be made in a folder.
pub(super) fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// Whether this process runs as the owner of the folder.
fn is_owner(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|found| found.uid() == geteuid().as_raw())
}

/// Which user the program runs as, if it is not the owner of its folder.
pub(super) fn user_notice(folder: &Path) -> String {
    let user = geteuid().as_raw();
    match is_owner(folder) {
        true => String::new(),
        false => config::name_of_user(user).unwrap_or_else(|| user.to_string()),
    }
}

fn hidden(name: &str, value: &str) -> HiddenField {
    HiddenField {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}
