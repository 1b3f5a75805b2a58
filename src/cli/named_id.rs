//! An id as the owner names it: the id itself, its ping URL, or the page of its entry.

use url::Url;

use super::parsers;
use crate::admission::linkback_target;
use crate::app::App;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::urls::{is_below, parse_web};
use crate::web;

/// An id, or a URL that stands for one.
#[derive(Debug, Clone)]
pub(super) enum NamedId {
    Id(TbId),
    Url(Url),
}

impl NamedId {
    /// Parses an argument.
    pub(super) fn parse(text: &str) -> std::result::Result<NamedId, String> {
        match parse_web(text).filter(|_| text.contains("://")) {
            Some(url) => Ok(NamedId::Url(url)),
            None => parsers::tb_id(text).map(NamedId::Id),
        }
    }

    /// The id.
    pub(super) fn find(&self, config: &Config) -> Result<TbId> {
        let url = match self {
            NamedId::Id(id) => return Ok(id.clone()),
            NamedId::Url(url) => url,
        };
        let app = App::new(config);
        let found = match is_below(url, &config.base_url) {
            true => web::id_in_url(&app, url)?,
            false => linkback_target::page_id(config, app.store()?, &app.entries, url)?,
        };
        found.ok_or_else(|| {
            let message = format!("`{url}` is neither a page of your site nor a ping URL");
            Error::Usage(message)
        })
    }
}
