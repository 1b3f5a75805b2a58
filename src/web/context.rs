//! What a mode is, and what it is given to answer a request.

use crate::app::App;
use crate::config::Config;
use crate::error::{Refusal, Result};
use crate::linkback::trackback::{Form, TbId};
use crate::store::Store;
use crate::web::request::{Method, Request};
use crate::web::response::Response;
use jiff::Timestamp;

use crate::web::views;
use Dialect::{Html, Xml, XmlToPingers};

/// One mode: what it is called and what it requires.
pub(super) struct Mode {
    /// The word in `__mode`; other spellings of it.
    pub(super) words: &'static [&'static str],
    /// What answers GET and HEAD.
    pub(super) get: Option<ModeHandler>,
    /// What answers POST.
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

/// How an error is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `<response>` of the TrackBack specification.
    Xml,
    /// A page.
    Html,
    /// XML for a ping, also one that is sent the wrong way; a page for a person who follows a ping URL.
    XmlToPingers,
}

/// What a mode is given.
pub(crate) struct Context<'site> {
    pub(super) app: &'site App<'site>,
    pub(super) config: &'site Config,
    pub(super) request: &'site Request,
    /// The query string's fields.
    pub(super) query: Form,
    /// The body's fields; those of the query for GET.
    pub(super) fields: Form,
    /// Present where the row of `MODES` requires it.
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

    /// A page inside the owner's header and footer.
    pub(super) fn page(&self, title: &str, template: &impl askama::Template) -> Response {
        let fragment = views::fragment(template);
        let html = views::page(
            &self.config.header_text(),
            &self.config.footer_text(),
            title,
            &fragment,
        );
        let response = Response::html(200, Some(self.config), html);
        if self.session.is_some() {
            response.with("Cache-Control", "no-store")
        } else {
            response
        }
    }
}

impl Dialect {
    /// The dialect, `Xml` or `Html`, in which `request` is answered.
    pub(super) fn spoken(self, request: &Request) -> Dialect {
        let reads = matches!(request.method, Method::Get | Method::Head);
        match self {
            XmlToPingers if reads && !names_url(&request.query) => Html,
            XmlToPingers => Xml,
            own => own,
        }
    }
}

/// Whether somebody sends a ping by GET, as in 2002.
pub(super) fn names_url(query: &[u8]) -> bool {
    Form::query(query).is_ok_and(|query| query.get("url").is_some())
}

/// The owner's session.
#[derive(Debug)]
pub(crate) struct Session {
    /// What the forms of this session carry.
    pub(crate) token: String,
}
