//! `tb add`: puts an id on the public list of ids (the categories), or removes it.

use super::parsers;
use super::shell::{ExitStatus, Shell};
use crate::admission::entries::{self, ListingPolicy, MAX_DESCRIPTION};
use crate::admission::ping_auth;
use crate::error::{Error, Result};
use crate::feeds;
use crate::linkback::trackback::{Ping, TbId};
use crate::store::{Event, EventName, Store};
use crate::text::{clean, crop};

/// Puts an id on the public list of ids, with a title
///
/// Any id can be a category that receives pings: the page `?__mode=list` without an id shows the ids on the list with
/// their number of pings, and links to their lists and feeds. Run it again to change title or description. Prints the
/// id's ping URL.
#[derive(Debug, clap::Args)]
pub(super) struct AddArgs {
    /// The id, as in the ping URL
    #[arg(value_parser = parsers::tb_id)]
    id: TbId,
    /// Its title, up to 250 characters [default: the title of the entry, else the id]
    #[arg(long, value_name = "WORDS")]
    title: Option<String>,
    /// Its description, up to 500 characters
    #[arg(long, value_name = "WORDS")]
    describe: Option<String>,
    /// Remove it from the list; its pings stay, and it still receives pings
    #[arg(long, conflicts_with_all = ["title", "describe"])]
    remove: bool,
}

pub(super) fn run(shell: &mut Shell, flags: &AddArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let id = &flags.id;
    if flags.remove {
        remove(shell, &store, id)?;
        feeds::rewrite_static(&config, &store, std::slice::from_ref(id), shell.now)?;
        return Ok(ExitStatus::Done);
    }
    let title = clean_line("title", flags.title.as_deref(), Ping::MAX_TITLE)?;
    let describe = clean_line("describe", flags.describe.as_deref(), MAX_DESCRIPTION)?;
    entries::edit(&store, id, |info| {
        info.listing = ListingPolicy::Listed;
        info.title = title.or_else(|| info.title.take());
        info.describe = describe.or_else(|| info.describe.take());
    })?;
    let event = Event::new(shell.now, EventName::Listed).with("tb_id", id.as_str());
    store.log(&event.with("by", "shell"));
    feeds::rewrite_static(&config, &store, std::slice::from_ref(id), shell.now)?;
    let passphrase = ping_auth::passphrase(&config, &store, id)?;
    let url = ping_auth::ping_url(&config, id, passphrase.as_deref());
    shell.out.line(&url)?;
    Ok(ExitStatus::Done)
}

fn remove(shell: &Shell, store: &Store, id: &TbId) -> Result<()> {
    let is_listed =
        entries::find(store, id)?.is_some_and(|info| info.listing == ListingPolicy::Listed);
    if !is_listed {
        return Err(Error::Usage(format!("`{id}` is not on the public list")));
    }
    entries::edit(store, id, |info| {
        info.listing = ListingPolicy::Unlisted;
        info.describe = None;
        // The title of an entry of the weblog stays: it comes from `tb entries sync`.
        info.title = info.title.take().filter(|_| info.url.is_some());
    })?;
    let event = Event::new(shell.now, EventName::Unlisted).with("tb_id", id.as_str());
    store.log(&event.with("by", "shell"));
    Ok(())
}

/// Cleans and crops a title or description. An empty one is an error: it would be a link without text.
fn clean_line(flag: &str, text: Option<&str>, most: usize) -> Result<Option<String>> {
    let Some(text) = text else {
        return Ok(None);
    };
    let text = clean(text);
    if text.is_empty() {
        return Err(Error::Usage(format!("`--{flag}` is empty")));
    }
    Ok(Some(crop(&text, most, "…").into_owned()))
}
