//! This site's own URLs. All come from the configuration, since clients can choose `Host` and `SERVER_NAME`.

use crate::config::Config;
use crate::config::FeedFormat;
use crate::feeds;
use crate::linkback::trackback::TbId;
use crate::web::views::FeedLink;

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

/// This program's URL without a final slash, for people who append an id.
pub(super) fn base(config: &Config) -> &str {
    config.base_url.as_str().trim_end_matches('/')
}

/// The feeds of an id, or of all ids together.
pub(super) fn feed_links(config: &Config, id: Option<&TbId>) -> Vec<FeedLink> {
    let url = |word| match id {
        Some(id) => mode(config, word, id),
        None => with_query(config, &[("__mode", word)]),
    };
    let rss = id.map_or_else(|| url("rss2"), |id| feed_url(config, id));
    [
        ("RSS", rss, "application/rss+xml"),
        ("Atom", url("atom"), "application/atom+xml"),
        ("JSON Feed", url("json"), "application/feed+json"),
    ]
    .into_iter()
    .map(|(name, url, media_type)| FeedLink {
        name,
        url,
        media_type,
    })
    .collect()
}

/// The URL of the static feed if it exists, else of the mode, which works for an id without pings too.
pub(crate) fn feed_url(config: &Config, id: &TbId) -> String {
    let own = feeds::static_url(config, id, FeedFormat::Rss);
    let own = own.filter(|_| feeds::has_static(config, id, FeedFormat::Rss));
    own.map_or_else(|| mode(config, "rss2", id), String::from)
}
