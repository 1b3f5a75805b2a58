//! The HTML pages: one struct of plain data for each template in `templates/`, and the owner's
//! header and footer around it.
//!
//! The templates escape every value. This room promises that no value becomes markup, an attribute
//! of its own or the target of a script link; it knows neither requests nor pings in the store, and
//! takes URLs of this site as given. The class names and the words are tb.cgi's where it had them,
//! so that an owner's old style sheet still works.

use askama::Template;

use crate::store::State;

mod owner;
mod repository;
mod thread;

pub use owner::{Moderate, Sure, Tab, Tombstone, WaitingPing, html_of};
pub use repository::{Category, Repository};
pub use thread::Discussion;

/// What the owner's header may hold and [`page`] replaces by the page's title.
pub const TITLE_PLACEHOLDER: &str = "{{ title }}";

/// Where a form is sent, and the proof that this site made it.
#[derive(Debug, Clone)]
pub struct FormTarget {
    /// This program's own absolute URL.
    pub action: String,
    /// The session's token against forged requests.
    pub token: String,
}

/// What the owner gets on a page beyond what a reader gets.
#[derive(Debug, Clone)]
pub struct OwnerTools {
    /// For the buttons that change a ping and the one that logs out.
    pub form: FormTarget,
    /// The pings of all ids.
    pub moderate_url: String,
    /// The form to send a ping.
    pub send_url: String,
}

/// A hidden field of a form.
#[derive(Debug, Clone)]
pub struct HiddenField {
    /// The field's name.
    pub name: String,
    /// The field's value.
    pub value: String,
}

/// A link under a message.
#[derive(Debug, Clone)]
pub struct MessageLink {
    /// Where it leads: a URL of this site.
    pub url: String,
    /// What it says.
    pub text: String,
}

/// A ping as the pages show it. All text comes from strangers.
#[derive(Debug, Clone)]
pub struct ListedPing {
    /// The id it was sent to.
    pub tb_id: String,
    /// Its number within that id.
    pub number: u64,
    /// The permalink; linked only if it is http or https.
    pub url: String,
    /// The title; never empty, or the link has no text.
    pub title: String,
    /// The excerpt; may be empty.
    pub excerpt: String,
    /// The weblog's name; may be empty.
    pub blog_name: String,
    /// When it came, as the owner's time zone and reader's eye like it.
    pub date: String,
    /// The same in RFC 3339.
    pub datetime: String,
    /// Who can see it; shown to the owner.
    pub state: State,
    /// The protocol it came by; shown to the owner unless empty.
    pub via: String,
    /// The list of its id, for pages that show pings of several; may be empty.
    pub list_url: String,
    /// The page that asks whether to delete it; shown to the owner.
    pub delete_url: String,
    /// Names what it says; for the owner's forms.
    pub text_hash: String,
}

/// The pings of one id, newest first.
#[derive(Debug, Clone, Template)]
#[template(path = "list.html")]
pub struct ListView {
    /// The id.
    pub tb_id: String,
    /// Its title, where it is known.
    pub title: Option<String>,
    /// What it is about, where the owner has said so.
    pub describe: Option<String>,
    /// Where pings for it are sent; `None` where only the owner may know.
    pub ping_url: Option<String>,
    /// Its feed.
    pub rss_url: String,
    /// Where the owner logs in.
    pub login_url: String,
    /// This page's pings.
    pub pings: Vec<ListedPing>,
    /// The page before, if this is not the first.
    pub newer: Option<String>,
    /// The page after, if there is one.
    pub older: Option<String>,
    /// Present when the owner is logged in.
    pub owner: Option<OwnerTools>,
}

/// The page without an id: what this is, how to ping, the newest pings of all ids.
#[derive(Debug, Clone, Template)]
#[template(path = "landing.html")]
pub struct Landing {
    /// The site's name.
    pub site_name: String,
    /// This program's URL, without a slash at its end; `None` where all ping URLs are private.
    pub base_url: Option<String>,
    /// The list of ids, if any is listed.
    pub list_url: Option<String>,
    /// Where the owner logs in.
    pub login_url: String,
    /// The newest pings.
    pub pings: Vec<ListedPing>,
    /// Present when the owner is logged in.
    pub owner: Option<OwnerTools>,
}

/// A ping URL that is good for a time.
#[derive(Debug, Clone, Template)]
#[template(path = "made_url.html")]
pub struct MadeUrl {
    /// The id.
    pub tb_id: String,
    /// Where pings for it are sent.
    pub ping_url: String,
    /// Until when.
    pub date: String,
    /// The list of the id.
    pub list_url: String,
}

/// The question before a ping is deleted.
#[derive(Debug, Clone, Template)]
#[template(path = "confirm_delete.html")]
pub struct ConfirmDelete {
    /// For the button.
    pub form: FormTarget,
    /// The ping, so that the owner sees which one it is.
    pub ping: ListedPing,
    /// Where to go instead.
    pub cancel_url: String,
}

/// The form that asks for the owner's password.
#[derive(Debug, Clone, Template)]
#[template(path = "login.html")]
pub struct Login {
    /// For the button.
    pub form: FormTarget,
    /// Where to go afterwards, as hidden fields.
    pub back: Vec<HiddenField>,
    /// Why the attempt before failed.
    pub message: Option<String>,
}

/// The page in place of the login form while there is no password.
#[derive(Debug, Clone, Template)]
#[template(path = "no_password.html")]
pub struct NoPassword {
    /// Where to go instead.
    pub back_url: String,
}

/// The question before every session ends.
#[derive(Debug, Clone, Template)]
#[template(path = "logout.html")]
pub struct Logout {
    /// For the button.
    pub form: FormTarget,
    /// Where to go instead.
    pub cancel_url: String,
}

/// The form to send a ping with, and what was filled in so far.
#[derive(Debug, Clone, Template)]
#[template(path = "send_form.html")]
pub struct SendForm {
    /// For the button.
    pub form: FormTarget,
    /// The owner's entry.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Its excerpt.
    pub excerpt: String,
    /// The owner's weblog.
    pub blog_name: String,
    /// Where to send the ping to; if empty, `page` says where to find that out.
    pub ping_url: String,
    /// The page that the entry writes about.
    pub page: String,
    /// Why nothing was sent.
    pub error: Option<String>,
    /// Where to go instead.
    pub cancel_url: String,
}

/// What became of a ping that was sent.
#[derive(Debug, Clone, Template)]
#[template(path = "sent.html")]
pub struct Sent {
    /// Where it was sent to.
    pub ping_url: String,
    /// What the other side said.
    pub outcome: SendOutcome,
    /// The form again.
    pub again_url: String,
}

/// The other side's answer to a ping.
#[derive(Debug, Clone)]
pub enum SendOutcome {
    /// It took the ping.
    Accepted,
    /// It refused the ping, with this message of its own.
    Refused(String),
    /// It takes no more pings for now, in its own words.
    Later(String),
    /// The ping may have arrived, but no answer says so, for this reason of ours.
    Uncertain(String),
    /// It could not be asked, for this reason of ours.
    Failed(String),
}

/// A request that cannot be answered, and why.
#[derive(Debug, Clone, Template)]
#[template(path = "problem.html")]
pub struct Problem {
    /// What it is about.
    pub heading: String,
    /// What went wrong.
    pub message: String,
    /// Where to go instead.
    pub links: Vec<MessageLink>,
}

/// Something that was done, as "Logged out".
#[derive(Debug, Clone, Template)]
#[template(path = "message.html")]
pub struct Message {
    /// What was done.
    pub text: String,
    /// Where to go now.
    pub links: Vec<MessageLink>,
}

/// Renders a template: the part of a page between header and footer.
pub fn fragment(template: &impl Template) -> String {
    // Rendering into memory fails only if a value's `Display` does, and the values are strings and
    // numbers.
    let mut html = template.render().unwrap_or_default();
    // What a form repeats may hold what HTML cannot: NUL and other control characters.
    if html.bytes().any(may_begin_no_html) && html.contains(is_no_html) {
        html.retain(|character| !is_no_html(character));
    }
    html
}

/// Whether a byte of UTF-8 may be the first of a character that HTML cannot hold. Most pages have none, and a byte is
/// looked at in a fifth of the time of a character.
const fn may_begin_no_html(byte: u8) -> bool {
    match byte {
        b'\t' | b'\n' | b'\r' | 0xC => false,
        // C1 controls begin with C2; U+FDD0 and the last two characters of each plane with EF or more.
        ..0x20 | 0x7F | 0xC2 | 0xEF.. => true,
        _ => false,
    }
}

fn is_no_html(character: char) -> bool {
    let number = u32::from(character);
    let is_space = matches!(character, '\t' | '\n' | '\r' | '\u{C}');
    let is_no_character = (0xFDD0..=0xFDEF).contains(&number) || number & 0xFFFE == 0xFFFE;
    (character.is_control() && !is_space) || is_no_character
}

/// Puts the owner's header and footer around a fragment.
///
/// Both are HTML that the owner is trusted with. Each [`TITLE_PLACEHOLDER`] in the header becomes
/// the escaped title; a header without one is left as it is.
pub fn page(header: &str, footer: &str, title: &str, fragment: &str) -> String {
    let header = header.replace(TITLE_PLACEHOLDER, &self::fragment(&PageTitle { title }));
    [header.as_str(), fragment, footer].concat()
}

/// The page's title alone, escaped.
#[derive(Template)]
#[template(source = "{{ title }}", ext = "html")]
struct PageTitle<'text> {
    title: &'text str,
}

impl ListedPing {
    /// The permalink if a browser may follow it. Every stored one was written by [`url::Url`]; of one that was
    /// edited by hand, what begins just so is http or https to a browser too.
    fn permalink(&self) -> Option<&str> {
        let web = self.url.starts_with("https://") || self.url.starts_with("http://");
        web.then_some(self.url.as_str())
    }
}

/// The word for the eye.
fn label(state: &State) -> &'static str {
    match state {
        State::Published => "Published",
        State::Held => "Held",
        State::Junk => "Junk",
    }
}

/// What the button that leads to `state` says.
fn verb(state: &State) -> &'static str {
    match state {
        State::Published => "Publish",
        State::Held => "Hold",
        State::Junk => "Junk",
    }
}

/// The states that a ping can go to from `state`, the likeliest first.
fn changes(state: &State) -> [State; 2] {
    match state {
        State::Published => [State::Held, State::Junk],
        State::Held => [State::Published, State::Junk],
        State::Junk => [State::Published, State::Held],
    }
}

#[cfg(test)]
mod owner_tests;
#[cfg(test)]
mod style_tests;
#[cfg(test)]
mod tests;
