//! This site's own URLs, all from the configuration: `Host` and `SERVER_NAME` are the client's words.

use crate::config::Config;
use crate::linkback::trackback::TbId;

/// This program's URL with a query.
pub(super) fn with_query(config: &Config, query: &[(&str, &str)]) -> String {
    let mut url = config.base_url.clone();
    url.query_pairs_mut().extend_pairs(query);
    url.into()
}

/// The URL of a mode for an id.
pub(super) fn mode(config: &Config, mode: &str, id: &TbId) -> String {
    with_query(config, &[("__mode", mode), ("tb_id", id.as_str())])
}

/// This program's URL without a slash at its end, as it is shown to people who put an id behind it.
pub(super) fn base(config: &Config) -> &str {
    config.base_url.as_str().trim_end_matches('/')
}
