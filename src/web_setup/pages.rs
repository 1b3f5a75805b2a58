//! The pages of the set-up.

use askama::Template;
use jiff::Timestamp;

use super::answers::Answers;
use crate::check::{self, Finding, Findings, Network};
use crate::config::Config;
use crate::fetch::Timeout;
use crate::setup::answers::{LANGUAGES, POLICIES};
use crate::setup::{DENY_FILES, PHRASE_FILE, SetupPlan, Sharing, web_root};
use crate::snippet;
use crate::web::views::HiddenField;

/// What to do first.
#[derive(Template)]
#[template(path = "setup_start.html")]
pub(super) struct StartPage {
    /// Why the set-up does not open.
    pub(super) message: Option<String>,
}

/// The questions.
#[derive(Template)]
#[template(path = "setup_ask.html")]
pub(super) struct AskPage {
    /// What is wrong with an answer.
    pub(super) message: Option<String>,
    pub(super) answers: Answers,
    pub(super) phrase: String,
    /// The user that the program runs as, if not as the owner of its folder.
    pub(super) user: String,
}

/// What would be written.
#[derive(Template)]
#[template(path = "setup_review.html")]
pub(super) struct ReviewPage {
    pub(super) config: Config,
    /// The text of `tb.toml`.
    pub(super) text: String,
    pub(super) fields: Vec<HiddenField>,
}

/// What to upload, where nothing can be written.
#[derive(Template)]
#[template(path = "setup_upload.html")]
pub(super) struct UploadPage {
    text: String,
    htaccess: &'static str,
    folders: Vec<String>,
    folder_mode: &'static str,
    file_mode: &'static str,
}

/// What was done.
#[derive(Template)]
#[template(path = "setup_done.html")]
pub(super) struct DonePage {
    /// Leads to the moderation page.
    login_url: String,
    findings: Vec<Finding>,
    /// What the page of an entry needs.
    snippet: String,
    /// Whether the phrase could not be removed.
    left: bool,
}

impl UploadPage {
    pub(super) fn of(config: &Config, text: String, plan: &SetupPlan) -> UploadPage {
        let folders = [Some(&config.data_dir), config.rss_dir.as_ref()];
        let (folder_mode, file_mode) = match plan.sharing {
            Sharing::OwnUser => ("700", "600"),
            Sharing::OtherUser => ("1777", "644"),
        };
        UploadPage {
            text,
            htaccess: DENY_FILES,
            folders: folders
                .into_iter()
                .flatten()
                .map(|path| path.display().to_string())
                .collect(),
            folder_mode,
            file_mode,
        }
    }
}

impl DonePage {
    pub(super) fn of(config: &Config, now: Timestamp, left: bool) -> DonePage {
        let mut findings = Findings::default();
        check::inspect(config, now, Network::Used(Timeout::Cgi), &mut findings);
        findings.count_hidden();
        let mut login = config.base_url.clone();
        login
            .query_pairs_mut()
            .append_pair("__mode", "login")
            .append_pair("to", "moderate");
        DonePage {
            login_url: login.into(),
            findings: findings.all,
            snippet: snippet::for_entry(config, config.language(), snippet::EXAMPLE_ID),
            left,
        }
    }
}

impl ReviewPage {
    /// The folder that looks like one that is served, if the pings would be in it.
    fn served(&self) -> Option<String> {
        web_root::find_above(&self.config.data_dir).map(|root| root.display().to_string())
    }
}
