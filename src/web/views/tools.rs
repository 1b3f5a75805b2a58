//! The owner's pages for what is otherwise done in the shell.

use askama::Template;

use super::FormTarget;
use crate::check::{Findings, Level};
use crate::language::{Language, Sentence};

/// Bans or approvals, with a form that adds one.
#[derive(Debug, Clone, Template)]
#[template(path = "owner_list.html")]
pub struct OwnerList {
    /// For the forms.
    pub form: FormTarget,
    /// What does not change.
    pub texts: &'static ListTexts,
    /// Lines of the file that are invalid.
    pub faults: Vec<String>,
    /// The rows of this page.
    pub rows: Vec<ListRow>,
    /// The page before.
    pub newer: Option<String>,
    /// The page after.
    pub older: Option<String>,
    /// What was done; may be empty.
    pub notice: String,
    /// Why nothing was done; may be empty.
    pub error: String,
    /// What was typed, if nothing was done.
    pub typed: String,
}

/// The texts of an [`OwnerList`].
#[derive(Debug)]
pub struct ListTexts {
    /// The mode.
    pub mode: &'static str,
    /// The heading.
    pub heading: &'static str,
    /// What the list is for.
    pub about: &'static str,
    /// Instead of rows, if there are none.
    pub nothing: &'static str,
    /// The label of the buttons that remove a row.
    pub remove: &'static str,
    /// The label of the field for a new row.
    pub label: &'static str,
    /// What can be typed there.
    pub hint: &'static str,
    /// The other fields.
    pub choice: ListChoice,
    /// The label of the button that adds a row.
    pub add: &'static str,
}

/// The other fields of the form of [`OwnerList`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListChoice {
    /// Whether it is a word, and for how long.
    Bans,
    /// Whether the whole domain is meant.
    Domains,
}

/// A row of [`OwnerList`].
#[derive(Debug, Clone)]
pub struct ListRow {
    /// What it is about.
    pub what: String,
    /// More about it.
    pub detail: String,
    /// What the button sends; without it the row cannot be removed here.
    pub value: String,
}

/// The check of the installation.
#[derive(Debug, Template)]
#[template(path = "owner_check.html")]
pub struct CheckPage {
    /// For the button.
    pub form: FormTarget,
    /// What was found, if it has run.
    pub findings: Option<Findings>,
}

/// The download.
#[derive(Debug, Clone, Template)]
#[template(path = "owner_backup.html")]
pub struct BackupPage {
    /// For the button.
    pub form: FormTarget,
}

/// The settings.
#[derive(Debug, Clone, Template)]
#[template(path = "owner_settings.html")]
pub struct SettingsPage {
    /// For the button.
    pub form: FormTarget,
    /// What was done; may be empty.
    pub notice: &'static str,
    /// Why nothing was done; may be empty.
    pub error: String,
    /// The lines to write by hand, if the file cannot be changed.
    pub lines: Vec<String>,
    /// The path of the file.
    pub file: String,
    /// The settings that can be changed.
    pub settings: Vec<SettingView>,
    /// The variable of the environment that has the password; empty if none has.
    pub password_variable: String,
    /// The others: key and value.
    pub others: Vec<(&'static str, String)>,
    /// An entry's id.
    pub id: String,
    /// What that entry's page needs.
    pub snippet: String,
}

/// A setting that can be changed.
#[derive(Debug, Clone)]
pub struct SettingView {
    /// The key.
    pub key: &'static str,
    /// Its name.
    pub label: &'static str,
    /// What it is for.
    pub hint: &'static str,
    /// The possible values, and how they are called; empty if it is any text.
    pub choices: &'static [(&'static str, &'static str)],
    /// The value.
    pub value: String,
    /// The variable of the environment that overrides it; empty if none does.
    pub variable: String,
}
