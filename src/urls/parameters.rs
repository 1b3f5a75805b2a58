//! What the parameters of a query mean, by their names. Pure.

/// Whether a parameter is for tracking or presentation on any site, so that the page is the same without it.
pub(super) fn says_where_from(name: &str) -> bool {
    // No other program has names that begin like these; `pk_` is also the primary key of a table.
    const BEGINNINGS: [&str; 4] = ["utm_", "mtm_", "hsa_", "matomo_"];
    const NAMES: [&str; 52] = [
        "__hsfp",
        "__hssc",
        "__hstc",
        "__twitter_impression",
        "_ga",
        "_gl",
        "_hsenc",
        "_hsmi",
        "cmpid",
        "dclid",
        "fb_action_ids",
        "fb_action_types",
        "fb_source",
        "fbclid",
        "gad_source",
        "gbraid",
        "gclid",
        "gclsrc",
        "igsh",
        "igshid",
        "like_comment",
        "mc_cid",
        "mc_eid",
        "mibextid",
        "mkt_tok",
        "msclkid",
        "oly_anon_id",
        "oly_enc_id",
        "phpsessid",
        "piwik_campaign",
        "piwik_keyword",
        "piwik_kwd",
        "pk_campaign",
        "pk_cid",
        "pk_content",
        "pk_cpn",
        "pk_keyword",
        "pk_kwd",
        "pk_medium",
        "pk_source",
        "ref_src",
        "ref_url",
        "replytocom",
        "s_cid",
        "srsltid",
        "ttclid",
        "twclid",
        "vero_conv",
        "vero_id",
        "wbraid",
        "xtor",
        "yclid",
    ];
    BEGINNINGS.iter().any(|start| name.starts_with(start)) || NAMES.contains(&name)
}

/// Whether a parameter selects nothing on the owner's site, whatever the path is.
pub(super) fn is_mark(name: &str) -> bool {
    says_where_from(name)
        || matches!(
            name,
            "amp" | "from" | "ref" | "rss" | "source" | "src" | "via"
        )
}

/// Whether weblog programs select a page by a parameter of that name.
pub(super) fn names_a_page(name: &str) -> bool {
    const NAMES: [&str; 42] = [
        "action",
        "aid",
        "archive",
        "article",
        "articleid",
        "attachment_id",
        "author",
        "blogid",
        "cat",
        "category",
        "date",
        "day",
        "eid",
        "entry",
        "entry_id",
        "entryid",
        "file",
        "id",
        "item",
        "itemid",
        "month",
        "name",
        "nid",
        "node",
        "offset",
        "p",
        "page",
        "page_id",
        "paged",
        "path",
        "pid",
        "post",
        "post_id",
        "postid",
        "q",
        "s",
        "search",
        "slug",
        "start",
        "story",
        "tag",
        "year",
    ];
    NAMES.contains(&name)
}

/// Whether Twitter's programs added a parameter (`?s=20`): it says in which of them a link was shared.
pub(super) fn is_of_twitter(name: &str, value: &str) -> bool {
    name == "s" && value.len() == 2 && is_number(value)
}

/// Whether a parameter is one with which a feed marks the links to its entries.
pub(super) fn is_feed_mark(name: &str, value: &str) -> bool {
    const FEEDS: [&str; 10] = [
        "",
        "1",
        "atom",
        "email",
        "feed",
        "mail",
        "newsletter",
        "rdf",
        "rss",
        "rss2",
    ];
    match name {
        // Elsewhere these are the file that a script shows, or the number of the first entry.
        "from" | "source" | "src" => FEEDS.contains(&value.to_ascii_lowercase().as_str()),
        // Elsewhere these are the number of an item.
        "ref" | "via" => value == "1" || !is_number(value),
        _ => is_mark(name),
    }
}

/// Whether a parameter is a version or a view of the page that the path selects.
pub(super) fn is_view(name: &str, value: &str) -> bool {
    match name {
        "m" => matches!(value, "0" | "1"),
        "print" | "rev" | "ts" | "v" | "ver" | "version" => {
            value.is_empty() || value.split('.').all(is_number)
        }
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
