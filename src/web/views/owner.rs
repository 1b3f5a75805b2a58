//! The moderation pages.

use askama::Template;

use super::{FormTarget, PingView};
use crate::language::{Language, Sentence};
use crate::moderation::action::Action;

/// The pings of all ids in one state.
#[derive(Debug, Clone, Template)]
#[template(path = "moderate.html")]
pub struct Moderate {
    /// For the forms.
    pub owner: FormTarget,
    /// The result of the last action.
    pub notice: Notice,
    /// The states.
    pub tabs: Vec<Tab>,
    /// The name of the state that is shown.
    pub state: String,
    /// The search.
    pub search: String,
    /// A description of the list; may be empty.
    pub about: String,
    /// The ids whose file cannot be read.
    pub unread: Vec<String>,
    /// The pings.
    pub pings: Vec<WaitingPing>,
    /// The deleted ones.
    pub tombstones: Vec<Tombstone>,
    /// The available actions.
    pub actions: Vec<Action>,
    /// Those that have a button in each ping.
    pub quick: Vec<Action>,
    /// The fields of the URL that identify this page of the list.
    pub here: Vec<super::HiddenField>,
    /// The page before.
    pub newer: Option<String>,
    /// The page after.
    pub older: Option<String>,
    /// The private feed's URL; empty while there is none.
    pub feed_url: String,
}

/// What the last action did, with buttons for what can follow.
#[derive(Debug, Clone, Default)]
pub struct Notice {
    /// The text; may be empty.
    pub text: String,
    /// The fields of its form.
    pub fields: Vec<super::HiddenField>,
    /// The buttons.
    pub buttons: Vec<NoticeButton>,
}

/// A button of a notice.
#[derive(Debug, Clone)]
pub struct NoticeButton {
    /// The value that the form sends.
    pub action: String,
    /// The label.
    pub label: String,
}

/// A link to the pings in a state.
#[derive(Debug, Clone)]
pub struct Tab {
    /// The state's name.
    pub state: String,
    /// Its text.
    pub label: String,
    /// How many there are.
    pub count: u64,
    /// Where it leads.
    pub url: String,
}

/// A ping that the owner can select.
#[derive(Debug, Clone)]
pub struct WaitingPing {
    /// The ping.
    pub ping: PingView,
    /// Who publishes its page: a host, or a part of one.
    pub domain: String,
    /// What its approval would make known; empty if it is known already.
    pub approves: String,
    /// Whether another check of its page can change its state.
    pub can_look_again: bool,
    /// Where it came from; may be empty.
    pub from: String,
    /// Why it is in its state; may be empty.
    pub why: String,
    /// The text of its page around the link; may be empty.
    pub quote: String,
}

/// What remains of a deleted ping.
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

/// The confirmation before pings are deleted, domains banned, or all pings of a page changed.
#[derive(Debug, Clone, Template)]
#[template(path = "moderate_confirm.html")]
pub struct ConfirmDecision {
    /// For the button.
    pub form: FormTarget,
    /// The question.
    pub question: String,
    /// The consequence.
    pub consequence: String,
    /// What will be banned, approved or forgotten; may be empty.
    pub banned: Vec<String>,
    /// The pings.
    pub pings: Vec<WaitingPing>,
    /// The button.
    pub action: Action,
    /// The fields of the URL to return to.
    pub here: Vec<super::HiddenField>,
    /// Where to go instead.
    pub cancel_url: String,
}

/// One ping, for whoever has a link from the mail.
#[derive(Debug, Clone, Template)]
#[template(path = "review.html")]
pub struct ReviewedPing {
    /// The heading.
    pub heading: String,
    /// What happened to the ping, or why nothing can be decided; may be empty.
    pub notice: String,
    /// The ping.
    pub waiting: WaitingPing,
    /// Present if it waits for a decision.
    pub form: Option<ReviewForm>,
    /// Where to go instead.
    pub links: Vec<super::MessageLink>,
}

/// The form of [`ReviewedPing`].
#[derive(Debug, Clone)]
pub struct ReviewForm {
    /// This program's own URL.
    pub url: String,
    /// The fields of the link, which are sent back.
    pub fields: Vec<super::HiddenField>,
    /// The buttons, the likeliest first.
    pub actions: Vec<Action>,
    /// The button apart from these, of what cannot be undone.
    pub last: Action,
    /// When the link expires.
    pub until: String,
}

impl WaitingPing {
    fn ping(&self) -> &PingView {
        &self.ping
    }

    /// Its name in a form.
    fn name(&self) -> String {
        format!("{}/{}", self.ping.tb_id, self.ping.number)
    }

    /// The bytes that it takes on the page with these buttons, with its name and hash in the hidden fields.
    pub fn html_length(&self, quick: &[Action]) -> usize {
        #[derive(Template)]
        #[template(path = "moderate_ping.html")]
        struct PingForm<'page> {
            waiting: &'page WaitingPing,
            ping: &'page PingView,
            quick: &'page [Action],
        }
        let row = PingForm {
            waiting: self,
            ping: &self.ping,
            quick,
        };
        super::fragment(&row).len()
            + names(std::slice::from_ref(self)).len()
            + hashes(std::slice::from_ref(self)).len()
    }
}

/// The CSS class of an action's button.
fn button_class(action: Action) -> &'static str {
    match action {
        Action::Approve | Action::Widen | Action::Hold => "main",
        Action::Junk | Action::Delete | Action::Forget | Action::Ban => "bad",
    }
}

/// The names of all pings as one field of a form, since the number of fields is limited.
fn names(pings: &[WaitingPing]) -> String {
    let names: Vec<String> = pings.iter().map(WaitingPing::name).collect();
    names.join(" ")
}

/// The hash of each ping's text, by name: a decision applies to the text that was shown.
fn hashes(pings: &[WaitingPing]) -> String {
    let hash = |waiting: &WaitingPing| format!("{}={}", waiting.name(), waiting.ping.text_hash);
    let hashes: Vec<String> = pings.iter().map(hash).collect();
    hashes.join(" ")
}

/// A ping as HTML for an entry of a feed: its text, why it waits, and a link to the moderation page.
pub fn html_of(excerpt: &str, why: &str, url: &str) -> String {
    #[derive(Template)]
    #[template(
        source = "{% if !excerpt.is_empty() %}<p>{{ excerpt }}</p>{% endif %}{% if !why.is_empty() %}<p>{{ why }}</p>{% endif %}<p><a href=\"{{ url }}\">Moderate</a></p>",
        ext = "html"
    )]
    struct FeedEntryHtml<'text> {
        excerpt: &'text str,
        why: &'text str,
        url: &'text str,
    }
    super::fragment(&FeedEntryHtml { excerpt, why, url })
}
