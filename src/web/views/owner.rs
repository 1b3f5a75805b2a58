//! The pages over the pings of all ids, which only the owner sees.

use askama::Template;

use super::{FormTarget, ListedPing, OwnerTools};
use crate::moderation::action::Action;

/// The pings of all ids in one state.
#[derive(Debug, Clone, Template)]
#[template(path = "moderate.html")]
pub struct Moderate {
    /// The owner's links, and the form's token.
    pub owner: OwnerTools,
    /// What was done just now, or empty.
    pub notice: String,
    /// The states.
    pub tabs: Vec<Tab>,
    /// The word of the state that is shown.
    pub state: String,
    /// What is searched for.
    pub search: String,
    /// A sentence about what is shown, or empty.
    pub about: String,
    /// The ids whose file cannot be read.
    pub unread: Vec<String>,
    /// The pings.
    pub pings: Vec<WaitingPing>,
    /// What is left of those that were deleted.
    pub tombstones: Vec<Tombstone>,
    /// What can be done with the pings.
    pub actions: Vec<Action>,
    /// What says where on the list this page is: the names and values of the address.
    pub here: Vec<super::HiddenField>,
    /// The page before.
    pub newer: Option<String>,
    /// The page after.
    pub older: Option<String>,
    /// The private feed's URL; empty while there is none.
    pub feed_url: String,
}

/// A link to the pings in a state.
#[derive(Debug, Clone)]
pub struct Tab {
    /// The state's word.
    pub state: String,
    /// What it says.
    pub label: String,
    /// How many there are.
    pub count: u64,
    /// Where it leads.
    pub url: String,
}

/// A ping that the owner can choose.
#[derive(Debug, Clone)]
pub struct WaitingPing {
    /// The ping.
    pub ping: ListedPing,
    /// Who publishes its page: a host, or a part of one.
    pub domain: String,
    /// Whom its approval would make known; empty for nobody new.
    pub approves: String,
    /// Where it came from; may be empty.
    pub from: String,
    /// Why it is in its state; may be empty.
    pub why: String,
}

/// What is left of a ping that was deleted.
#[derive(Debug, Clone)]
pub struct Tombstone {
    /// The id.
    pub tb_id: String,
    /// The list of the id.
    pub list_url: String,
    /// The ping's number.
    pub number: u64,
    /// When it was deleted.
    pub date: String,
    /// The same in RFC 3339.
    pub datetime: String,
}

/// The question before pings are deleted, domains banned, or all of a page are changed.
#[derive(Debug, Clone, Template)]
#[template(path = "moderate_sure.html")]
pub struct Sure {
    /// For the button.
    pub form: FormTarget,
    /// The question.
    pub question: String,
    /// What follows from it.
    pub consequence: String,
    /// What will be banned; may be empty.
    pub banned: Vec<String>,
    /// The pings.
    pub pings: Vec<WaitingPing>,
    /// The button.
    pub action: Action,
    /// Where to go back to: the names and values of the address.
    pub here: Vec<super::HiddenField>,
    /// Where to go instead.
    pub cancel_url: String,
}

impl WaitingPing {
    fn ping(&self) -> &ListedPing {
        &self.ping
    }

    /// What names it in a form.
    fn name(&self) -> String {
        format!("{}/{}", self.ping.tb_id, self.ping.number)
    }
}

/// How the button of an action looks.
fn button_class(action: Action) -> &'static str {
    match action {
        Action::Approve | Action::Widen | Action::Hold => "main",
        Action::Junk | Action::Delete | Action::Forget | Action::Ban => "bad",
    }
}

/// The names of all pings, as one field of a form: many fields would be too many.
fn names(pings: &[WaitingPing]) -> String {
    let names: Vec<String> = pings.iter().map(WaitingPing::name).collect();
    names.join(" ")
}

/// What each of the pings says, by its name: a decision is about what was shown.
fn hashes(pings: &[WaitingPing]) -> String {
    let hash = |waiting: &WaitingPing| format!("{}={}", waiting.name(), waiting.ping.text_hash);
    let hashes: Vec<String> = pings.iter().map(hash).collect();
    hashes.join(" ")
}

/// A ping as HTML in an entry of a feed: what it says, why it waits, and where to decide about it.
pub fn html_of(excerpt: &str, why: &str, url: &str) -> String {
    #[derive(Template)]
    #[template(
        source = "{% if !excerpt.is_empty() %}<p>{{ excerpt }}</p>{% endif %}{% if !why.is_empty() %}<p>{{ why }}</p>{% endif %}<p><a href=\"{{ url }}\">Moderate</a></p>",
        ext = "html"
    )]
    struct Entry<'text> {
        excerpt: &'text str,
        why: &'text str,
        url: &'text str,
    }
    super::fragment(&Entry { excerpt, why, url })
}
