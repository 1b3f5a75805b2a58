//! The HTML pages: one struct of plain data for each template in `templates/`, and the owner's header and footer around
//! it.
//!
//! The templates escape every value: no value can become markup, an attribute or the target of a script link. URLs of
//! this site are trusted. The class names and texts are those of tb.cgi where it had them, so that an owner's old style
//! sheet still works.

use askama::Template;

use crate::language::{self, Language, Sentence};
use crate::store::State;
use crate::text;

mod owner;
mod thread;
mod tools;

pub use owner::{
    ConfirmDecision, Moderate, Notice, NoticeButton, ReviewForm, ReviewedPing, Tab, Tombstone,
    WaitingPing, html_of,
};
pub use thread::Discussion;
pub use tools::{
    BackupPage, CheckPage, ListChoice, ListRow, ListTexts, OwnerList, SettingView, SettingsPage,
};

/// The placeholder in the owner's header that [`page`] replaces by the page's title.
pub const TITLE_PLACEHOLDER: &str = "{{ title }}";

/// Where a form is sent, and the token that proves that this site made it.
#[derive(Debug, Clone)]
pub struct FormTarget {
    /// This program's own absolute URL.
    pub action: String,
    /// The session's token against forged requests.
    pub token: String,
}

/// The navigation on all of the owner's pages.
#[derive(Debug, Clone, Template)]
#[template(path = "owner.html")]
pub struct OwnerNavigation {
    /// For the button that logs out.
    pub form: FormTarget,
    /// The pages.
    pub links: Vec<NavigationLink>,
    /// The element after the navigation that a keyboard can skip to; empty if there is none.
    pub skip_to: &'static str,
}

/// A page of the navigation.
#[derive(Debug, Clone)]
pub struct NavigationLink {
    /// Its URL.
    pub url: String,
    /// Its name.
    pub label: &'static str,
    /// Whether it is the one that is shown.
    pub is_current: bool,
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
    /// Its text.
    pub text: String,
}

/// A feed that a page links to.
#[derive(Debug, Clone)]
pub struct FeedLink {
    /// Its name.
    pub name: &'static str,
    /// Its URL.
    pub url: String,
    /// Its media type.
    pub media_type: &'static str,
}

/// A ping as the pages show it. All text comes from strangers.
#[derive(Debug, Clone)]
pub struct PingView {
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
    /// When it was received, in the owner's time zone, for people.
    pub date: String,
    /// The same in RFC 3339.
    pub datetime: String,
    /// Who can see it; shown to the owner.
    pub state: State,
    /// The protocol it came by; shown to the owner unless empty.
    pub via: String,
    /// The kind of a webmention; empty for a ping.
    pub kind: &'static str,
    /// The host of a webmention's page, which was checked; empty for a ping.
    pub host: String,
    /// The name of the entry for people.
    pub entry: String,
    /// The list of its id, for pages that show pings of several; may be empty.
    pub list_url: String,
    /// The page that asks whether to delete it; shown to the owner.
    pub delete_url: String,
    /// The hash of its text; for the owner's forms.
    pub text_hash: String,
}

/// The pings of one id, newest first.
#[derive(Debug, Clone, Template)]
#[template(path = "list.html")]
pub struct ListView {
    /// The language.
    pub language: Language,
    /// The id.
    pub tb_id: String,
    /// The name of the entry: its title, else its id.
    pub name: String,
    /// How many pings there are.
    pub count: String,
    /// The entry, the site, the discussion.
    pub links: Vec<MessageLink>,
    /// Its description, if the owner has set one.
    pub describe: Option<String>,
    /// Its ping URL; `None` if it is private.
    pub ping_url: Option<String>,
    /// Its feeds.
    pub feeds: Vec<FeedLink>,
    /// Where the owner logs in.
    pub login_url: String,
    /// This page's pings.
    pub pings: Vec<PingView>,
    /// A line for each kind of reaction, on the first page.
    pub reactions: Vec<String>,
    /// The page before, if this is not the first.
    pub newer: Option<String>,
    /// The page after, if there is one.
    pub older: Option<String>,
    /// The form for readers, where their pages are accepted.
    pub submit: Option<SubmitForm>,
    /// Present when the owner is logged in.
    pub owner: Option<FormTarget>,
}

/// The form for readers who have written about an entry.
#[derive(Debug, Clone)]
pub struct SubmitForm {
    /// This program's own absolute URL.
    pub action: String,
    /// The id.
    pub tb_id: String,
}

/// The page without an id: what this is, how to ping, the newest pings of all ids.
#[derive(Debug, Clone, Template)]
#[template(path = "landing.html")]
pub struct Landing {
    /// The language.
    pub language: Language,
    /// The feeds of all ids together.
    pub feeds: Vec<FeedLink>,
    /// The site's name.
    pub site_name: String,
    /// This program's URL, without a slash at its end; `None` where all ping URLs are private.
    pub base_url: Option<String>,
    /// The public list of ids, if it has any.
    pub list_url: Option<String>,
    /// Where the owner logs in.
    pub login_url: String,
    /// The newest pings.
    pub pings: Vec<PingView>,
    /// Present when the owner is logged in.
    pub owner: Option<FormTarget>,
}

/// The public list of ids, as categories that anybody may read and ping.
#[derive(Debug, Clone, Template)]
#[template(path = "repository.html")]
pub struct Repository {
    /// The language.
    pub language: Language,
    /// The site's name.
    pub site_name: String,
    /// This page's ids.
    pub categories: Vec<Category>,
    /// The page before, if this is not the first.
    pub newer: Option<String>,
    /// The page after, if there is one.
    pub older: Option<String>,
    /// Where the owner logs in.
    pub login_url: String,
    /// Present when the owner is logged in.
    pub owner: Option<FormTarget>,
}

/// One listed id.
#[derive(Debug, Clone)]
pub struct Category {
    /// The id.
    pub tb_id: String,
    /// Its title, where it has one.
    pub title: Option<String>,
    /// Its description, if the owner has set one.
    pub describe: Option<String>,
    /// How many published pings it has; `None` if that could not be read.
    pub count: Option<String>,
    /// Its list.
    pub list_url: String,
    /// Its feed.
    pub rss_url: String,
    /// Its ping URL; `None` if it is private.
    pub ping_url: Option<String>,
}

/// A ping URL that expires.
#[derive(Debug, Clone, Template)]
#[template(path = "made_url.html")]
pub struct MadeUrl {
    /// The name of the entry.
    pub name: String,
    /// The ping URL.
    pub ping_url: String,
    /// When it expires.
    pub date: String,
    /// The list of the id.
    pub list_url: String,
}

/// The confirmation before a ping is deleted.
#[derive(Debug, Clone, Template)]
#[template(path = "confirm_delete.html")]
pub struct ConfirmDelete {
    /// For the button.
    pub form: FormTarget,
    /// The ping.
    pub ping: PingView,
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

/// The page shown instead of the login form if no password is set.
#[derive(Debug, Clone, Template)]
#[template(path = "no_password.html")]
pub struct NoPassword {
    /// Where to go instead.
    pub back_url: String,
}

/// The confirmation before all sessions end.
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
    /// The ping URL; if empty, it is discovered on `page`.
    pub ping_url: String,
    /// The page that the entry writes about.
    pub page: String,
    /// Why nothing was sent.
    pub error: Option<String>,
    /// Where to go instead.
    pub cancel_url: String,
}

/// The form to send a webmention.
#[derive(Debug, Clone, Template)]
#[template(path = "webmention_form.html")]
pub struct WebmentionForm {
    /// The language.
    pub language: Language,
    /// This program's own absolute URL.
    pub action: String,
    /// The site's name.
    pub site_name: String,
    /// The page that is linked to, if known.
    pub target: String,
}

/// The result of sending a ping.
#[derive(Debug, Clone, Template)]
#[template(path = "sent.html")]
pub struct Sent {
    /// Where it was sent to.
    pub ping_url: String,
    /// The outcome.
    pub outcome: SendOutcome,
    /// The form again.
    pub again_url: String,
}

/// The outcome of sending a ping.
#[derive(Debug, Clone)]
pub enum SendOutcome {
    /// The receiver accepted the ping.
    Accepted,
    /// The receiver refused the ping, with this message.
    Refused(String),
    /// The receiver accepts no more pings for now, with this message.
    Later(String),
    /// The ping may have arrived, but there was no clear reply, for this reason.
    Uncertain(String),
    /// The ping could not be sent, for this reason.
    Failed(String),
}

/// An error page.
#[derive(Debug, Clone, Template)]
#[template(path = "problem.html")]
pub struct Problem {
    /// The heading.
    pub heading: String,
    /// What went wrong.
    pub message: String,
    /// Where to go instead.
    pub links: Vec<MessageLink>,
}

/// A confirmation, such as "Logged out".
#[derive(Debug, Clone, Template)]
#[template(path = "message.html")]
pub struct Message {
    /// The text, or the heading above it.
    pub heading: String,
    /// The text below the heading; may be empty.
    pub text: String,
    /// Where to go now.
    pub links: Vec<MessageLink>,
}

/// Renders a template: the part of a page between header and footer.
pub fn fragment(template: &impl Template) -> String {
    // Rendering into memory fails only if a value's `Display` does, and the values are strings and
    // numbers.
    valid_html(template.render().unwrap_or_default())
}

/// A form repeats its input, which may contain characters that HTML does not allow, such as NUL.
#[inline(never)]
fn valid_html(html: String) -> String {
    text::without_invalid_in_html(html)
}

/// What the header of a page states.
#[derive(Debug, Clone, Copy)]
pub struct PageHead<'text> {
    /// The title.
    pub title: &'text str,
    /// The language.
    pub language: Language,
    /// The feeds of the page.
    pub feeds: &'text [FeedLink],
}

/// Puts the owner's header and footer around a fragment.
///
/// Both are trusted HTML of the owner. Each [`TITLE_PLACEHOLDER`] in the header becomes the escaped title; a header
/// without one is left as it is. The language is declared on its `<html>`, and the feeds at the end of its `<head>`.
pub fn page(header: &str, footer: &str, head: &PageHead<'_>, fragment: &str) -> String {
    let PageHead {
        title,
        language,
        feeds,
    } = *head;
    let header = language::declare(header, language);
    let header = match header.split_once("</head>") {
        Some((before, behind)) if !feeds.is_empty() => {
            let links = self::fragment(&HeadFeeds { feeds });
            [before, &links, "\n</head>", behind].concat()
        }
        Some(_) | None => header,
    };
    // Before the title, which may be a stranger's.
    let header = header.replace("{{title}}", TITLE_PLACEHOLDER);
    let header = header.replace(TITLE_PLACEHOLDER, &self::fragment(&PageTitle { title }));
    [header.as_str(), fragment, footer].concat()
}

/// The feeds in the head of a page.
#[derive(Template)]
#[template(
    source = r#"{% for feed in feeds %}<link rel="alternate" type="{{ feed.media_type }}" title="{{ feed.name }}" href="{{ feed.url }}">
{% endfor %}"#,
    ext = "html"
)]
struct HeadFeeds<'text> {
    feeds: &'text [FeedLink],
}

/// The page's title alone, escaped.
#[derive(Template)]
#[template(source = "{{ title }}", ext = "html")]
struct PageTitle<'text> {
    title: &'text str,
}

impl PingView {
    /// The permalink if it is http or https, so that a link to it is safe.
    fn permalink(&self) -> Option<&str> {
        let web = self.url.starts_with("https://") || self.url.starts_with("http://");
        web.then_some(self.url.as_str())
    }
}

/// A text in parts, each with whether it is code, between backticks. A backtick without another is text.
pub(crate) fn code_parts(text: &str) -> Vec<(bool, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, code, behind)) = rest.split_once('`').and_then(|(before, rest)| {
        let (code, behind) = rest.split_once('`')?;
        Some((before, code, behind))
    }) {
        parts.extend([(false, before), (true, code)]);
        rest = behind;
    }
    parts.push((false, rest));
    parts
}

/// The label of a state.
fn label(state: &State) -> &'static str {
    match state {
        State::Published => "Published",
        State::Held => "Held",
        State::Junk => "Junk",
    }
}

/// The label of the button that changes a ping to `state`.
fn verb(state: &State) -> &'static str {
    match state {
        State::Published => "Approve",
        State::Held => "Hold",
        State::Junk => "Junk",
    }
}

/// The other states, the likeliest first.
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
