//! `__mode=backup`: downloads what `tb backup` writes.
//!
//! Never with the secrets: a stolen session must not become the key that signs ping URLs, or a hash to guess passwords
//! with. The archive is written into an unnamed file first, so that an error is a page and not half an archive, and so
//! that no archive is held in memory.

use std::io::{BufWriter, Write};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::migrate::backup::{self, Secrets};
use crate::store::{Event, EventName};
use crate::web::Response;
use crate::web::context::Context;
use crate::web::response::Download;
use crate::web::views::BackupPage;

/// Offers the download.
pub(crate) fn show(context: &Context<'_>) -> Result<Response> {
    let page = BackupPage {
        form: context.form()?,
    };
    Ok(context.page("Backup", &page))
}

/// Writes the archive and sends it.
pub(crate) fn handle(context: &Context<'_>) -> Result<Response> {
    let (config, store) = (context.config, context.store()?);
    backup::check_space_to_write(store, &config.data_dir)?;
    let text = backup::configuration(config, Secrets::Without)?;
    let file = store.unnamed_file()?;
    let fault = |cause| Error::file("write", config.data_dir.join("the archive"), cause);
    let mut out = BufWriter::with_capacity(1 << 16, &file);
    let written = backup::write(
        store,
        text.as_deref(),
        Secrets::Without,
        context.now(),
        &mut out,
    );
    let ids = match written {
        Err(Error::Stream(cause)) => return Err(fault(cause)),
        written => written?,
    };
    out.flush().map_err(fault)?;
    drop(out);
    let length = file.metadata().map_err(fault)?.len();
    store.log(
        &Event::new(context.now(), EventName::BackedUp)
            .with("ids", ids)
            .with("by", "page"),
    );
    let name = context.now().strftime("tb-backup-%Y-%m-%d.tar");
    let response = Response::data("application/x-tar", String::new())
        .with(
            "Content-Disposition",
            format!("attachment; filename=\"{name}\""),
        )
        .with("Cache-Control", "no-store");
    Ok(response.with_download(Download {
        file: Arc::new(file),
        length,
    }))
}
