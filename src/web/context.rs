//! The type of a mode, and the context of a request.

use crate::admission::client_addr::stored_address;
use crate::admission::entries::EntryInfo;
use crate::admission::ping_auth;
use crate::app::App;
use crate::config::Config;
use crate::error::{Refusal, Result};
use crate::language::Language;
use crate::linkback::trackback::{Form, TbId};
use crate::store::{Event, EventName, Store};
use crate::web::request::{Method, Request};
use crate::web::response::Response;
use jiff::Timestamp;

use crate::web::urls;
use crate::web::views::{self, FeedLink, FormTarget, NavigationLink, OwnerNavigation, PageHead};
use Dialect::{Html, Xml, XmlToPingers};

/// One mode: its names, its handlers and what it requires.
pub(super) struct Mode {
    /// Its name in `__mode`, and other spellings.
    pub(super) words: &'static [&'static str],
    /// The handler of GET and HEAD.
    pub(super) get: Option<ModeHandler>,
    /// The handler of POST.
    pub(super) post: Option<ModeHandler>,
    pub(super) tb_id: Need,
    pub(super) login: Need,
    pub(super) dialect: Dialect,
}

pub(super) type ModeHandler = fn(&Context<'_>) -> Result<Response>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
}

/// The format of error responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `<response>` of the TrackBack specification.
    Xml,
    /// A page.
    Html,
    /// JSON with the name of the refusal, which scripts of all origins may read.
    Json,
    /// Plain text that begins with the name of the refusal; a page for a person who used a form.
    Text,
    /// `<methodResponse>` of XML-RPC, always with the status 200; a page for a person who follows the URL.
    XmlRpc,
    /// XML for a ping, even one sent by GET; a page for a person who follows a ping URL.
    XmlToPingers,
}

/// The pages of the navigation: the mode and the label.
pub(super) const OWNER_PAGES: [(&str, &str); 7] = [
    ("moderate", "Moderate"),
    ("send_form", "Send a ping"),
    ("domains", "Known domains"),
    ("bans", "Bans"),
    ("check", "Check"),
    ("backup", "Backup"),
    ("settings", "Settings"),
];

/// The context of a request.
pub(crate) struct Context<'site> {
    pub(super) app: &'site App<'site>,
    pub(super) config: &'site Config,
    pub(super) request: &'site Request,
    /// The query string's fields.
    pub(super) query: Form,
    /// The body's fields; for GET those of the query.
    pub(super) fields: Form,
    /// Always present if the row of `MODES` requires it.
    pub(super) tb_id: Option<TbId>,
    /// The passphrase or the signature that came with the id, unchecked.
    pub(super) key: Option<String>,
    /// Present when the owner is logged in.
    pub(super) session: Option<Session>,
}

impl Context<'_> {
    pub(super) fn store(&self) -> Result<&Store> {
        self.app.store()
    }

    pub(super) fn tb_id(&self) -> Result<&TbId> {
        Ok(self.tb_id.as_ref().ok_or(Refusal::NoTbId)?)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.request.now
    }

    /// Logs a refused attempt to act as the owner.
    pub(super) fn log_refusal(&self, refusal: Refusal) -> Result<()> {
        let from = stored_address(self.config.addresses, self.request.address);
        self.store()?.log(
            &Event::new(self.now(), EventName::Refused)
                .with("reason", refusal.name())
                .with("from", from),
        );
        Ok(())
    }

    /// The action and the token of a form of the owner's; an error for a stranger.
    pub(super) fn form(&self) -> Result<FormTarget> {
        let session = self.session.as_ref().ok_or(Refusal::NotLoggedIn)?;
        Ok(FormTarget {
            action: self.config.base_url.to_string(),
            token: session.token.clone(),
        })
    }

    /// The ping URL of an id; `None` for a stranger if it is private.
    pub(super) fn ping_url(&self, id: &TbId, entry: Option<&EntryInfo>) -> Option<String> {
        match ping_auth::passphrase_of(self.config, entry) {
            Some(_) if self.session.is_none() => None,
            passphrase => Some(ping_auth::ping_url(self.config, id, passphrase.as_deref())),
        }
    }

    /// The language of a page for readers, for the owner too; the owner's own pages are English.
    pub(super) fn language(&self) -> Language {
        self.app.language()
    }

    /// A page of the owner, inside the header and footer.
    pub(super) fn page(&self, title: &str, template: &impl askama::Template) -> Response {
        self.page_with(&english(title), views::fragment(template), "")
    }

    /// Like [`Context::page`], with a link over the navigation to the element `skip_to`.
    pub(super) fn page_to_skip_to(
        &self,
        title: &str,
        template: &impl askama::Template,
        skip_to: &'static str,
    ) -> Response {
        self.page_with(&english(title), views::fragment(template), skip_to)
    }

    /// Like [`Context::page`], without the navigation, which has the session's token: for a page at an address that is
    /// passed on, and for one after the session.
    pub(super) fn page_without_session(
        &self,
        title: &str,
        template: &impl askama::Template,
    ) -> Response {
        self.page_of(&english(title), &views::fragment(template))
    }

    /// A page for readers, with the feeds that it links to.
    pub(super) fn reader_page(
        &self,
        title: &str,
        feeds: &[FeedLink],
        template: &impl askama::Template,
    ) -> Response {
        let head = PageHead {
            title,
            language: self.language(),
            feeds,
        };
        self.page_with(&head, views::fragment(template), "")
    }

    fn navigation(&self, form: FormTarget, skip_to: &'static str) -> OwnerNavigation {
        let word = |form: &Form| form.get("__mode").map(str::to_owned);
        let current = word(&self.fields).or_else(|| word(&self.query));
        let link = |&(mode, label): &(&str, &'static str)| NavigationLink {
            url: urls::with_query(self.config, &[("__mode", mode)]),
            label,
            is_current: current.as_deref() == Some(mode),
        };
        OwnerNavigation {
            form,
            links: OWNER_PAGES.iter().map(link).collect(),
            skip_to,
        }
    }

    /// The page of this HTML, with the navigation if the owner is logged in.
    // It would be compiled into each page else, and so would those below that say so.
    #[inline(never)]
    fn page_with(&self, head: &PageHead<'_>, fragment: String, skip_to: &'static str) -> Response {
        let navigation = match self.form() {
            Ok(form) => views::fragment(&self.navigation(form, skip_to)) + "\n",
            Err(_) => String::new(),
        };
        self.page_of(head, &(navigation + &fragment))
    }

    /// A page of this HTML, without the navigation.
    #[inline(never)]
    fn page_of(&self, head: &PageHead<'_>, fragment: &str) -> Response {
        let html = views::page(
            self.app.header(),
            &self.config.footer_text(),
            head,
            fragment,
        );
        let response = Response::html(200, Some(self.config), html);
        if self.session.is_some() {
            response.with("Cache-Control", "no-store")
        } else {
            response
        }
    }
}

fn english(title: &str) -> PageHead<'_> {
    PageHead {
        title,
        language: Language::English,
        feeds: &[],
    }
}

impl Dialect {
    /// The dialect, none of those that depend on it, of the response to `request`.
    pub(super) fn for_request(self, request: &Request) -> Dialect {
        let reads = matches!(request.method, Method::Get | Method::Head);
        match self {
            XmlToPingers if reads && !is_ping_by_get(&request.query) => Html,
            XmlToPingers => Xml,
            Dialect::XmlRpc if request.method != Method::Post => Html,
            Dialect::Text if reads || is_from_form(request) || request.asks_for_page() => Html,
            own => own,
        }
    }
}

/// Whether a query is a ping sent by GET, as in 2002.
pub(super) fn is_ping_by_get(query: &[u8]) -> bool {
    Form::query(query).is_ok_and(|query| query.get("url").is_some())
}

/// Whether a request was sent by the form of the webmention endpoint.
fn is_from_form(request: &Request) -> bool {
    let body = request.body.as_deref().unwrap_or_default();
    Form::body(body, request.content_type.as_deref()).is_ok_and(|form| form.get("form").is_some())
}

/// The owner's session.
#[derive(Debug)]
pub(crate) struct Session {
    /// The token in the forms of this session.
    pub(crate) token: String,
}
