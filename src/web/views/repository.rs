//! The page over the ids that are listed.

use askama::Template;

use super::OwnerTools;

/// The ids that the owner has listed, as categories that anybody may look through and send pings to.
#[derive(Debug, Clone, Template)]
#[template(path = "repository.html")]
pub struct Repository {
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
    pub owner: Option<OwnerTools>,
}

/// One listed id.
#[derive(Debug, Clone)]
pub struct Category {
    /// The id.
    pub tb_id: String,
    /// Its title, where it has one.
    pub title: Option<String>,
    /// What it is about, where the owner has said so.
    pub describe: Option<String>,
    /// How many published pings it has; `None` where that cannot be known now.
    pub count: Option<u64>,
    /// Its list.
    pub list_url: String,
    /// Its feed.
    pub rss_url: String,
    /// Where pings for it are sent; `None` where only the owner may know.
    pub ping_url: Option<String>,
}
