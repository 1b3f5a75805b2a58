//! `__mode=thread`: the discussion that an entry is part of, as `tb thread --save` has saved it.
//!
//! Makes no requests. A ping that is no longer published disappears from the page at once, with everything below it.

use super::context::Context;
use super::views::Discussion;
use super::{Response, urls};
use crate::discussion;
use crate::error::Result;
use crate::language::Sentence;
use crate::text;

pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    let id = context.tb_id()?;
    let config = context.config;
    let store = context.store()?;
    let zone = &config.zone;
    let (language, name) = (context.language(), context.app.entry_name(id));
    let discussion = discussion::load(store, id)?
        .map(|thread| Discussion::of(&thread, zone, language))
        .unwrap_or_default();
    let page = Discussion {
        language,
        name: name.clone(),
        list_url: Some(urls::mode(config, "list", id)),
        ..discussion
    };
    let title = language.fill(Sentence::DiscussionOf, &[&text::isolate(&name)]);
    let title = format!("{title} - {}", config.site_name);
    let files = vec![
        store.thread_file(id),
        store.file_of(id),
        config.header.clone(),
        config.footer.clone(),
    ];
    Ok(context.reader_page(&title, &[], &page).depends_on(files))
}
