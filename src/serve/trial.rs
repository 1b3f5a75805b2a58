//! The trial site: without a configuration, `tb serve` creates one in `tb-trial/`, with sample pings and a new password
//! each time. Only this machine can reach it, so it may send pings to this machine.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;

use url::Url;

use crate::admission::entries::EntryReader;
use crate::config::{self, AllowPrivate, Config, Publish};
use crate::error::{Cause, Error, Result};
use crate::feeds::WriteWhen as Feed;
use crate::feeds::change_pings;
use crate::linkback::trackback::{Ping, TbId};
use crate::process::now;
use crate::random;
use crate::setup::{self, FILE_NAME, SetupPlan, Sharing};
use crate::store::{Arrival, ReasonKind, State, Store};
use crate::verify::repeat;
use crate::web::session;

/// The folder of the trial, in the current one.
const FOLDER: &str = "tb-trial";
/// The entry with the sample pings.
const SAMPLE: &str = "hello";

/// Creates the trial, or continues an earlier one, for a server at `address`, and prints how to log in.
pub(super) fn prepare(address: SocketAddr, out: &mut dyn Write) -> Result<Config> {
    if !address.ip().is_loopback() {
        return Err(Error::Usage(format!(
            "a trial is for this machine only, and `{address}` can be reached by others; \
             run `tb init` for a real site, or listen on 127.0.0.1"
        )));
    }
    let here = std::path::absolute(FOLDER).map_err(|cause| Error::file("find", FOLDER, cause))?;
    let file = here.join(FILE_NAME);
    config::check_owner(&file)?;
    let root = Url::parse(&format!("http://{address}/"))
        .map_err(|cause| Error::Internal(Cause::of(cause)))?;
    let base_url = root
        .join("tb.cgi")
        .map_err(|cause| Error::Internal(Cause::of(cause)))?;
    if !file.exists() {
        let config = setup::install(&setup_plan(&here, base_url.clone()))?;
        receive_samples(&config)?;
    }
    let password = new_password()?;
    setup::set_password(&file, &session::hash_password(&password)?)?;
    let config = Config {
        // The port may differ from last time.
        rss_url: root.join("tb/").ok(),
        site: vec![root],
        base_url,
        ..Config::load(&file)?
    };
    print_instructions(&config, &here, &password, out).map_err(Error::Stream)?;
    Ok(config)
}

fn setup_plan(folder: &Path, base_url: Url) -> SetupPlan {
    SetupPlan {
        folder: folder.to_owned(),
        base_url,
        site: Vec::new(),
        site_name: Some("A site to try".to_owned()),
        data_dir: "data".into(),
        rss_dir: Some("tb".into()),
        password_hash: None,
        publish: Publish::Known,
        time_zone: None,
        notify: None,
        language: None,
        allow_private: AllowPrivate::Yes,
        sharing: Sharing::OwnUser,
    }
}

fn print_instructions(
    config: &Config,
    folder: &Path,
    password: &str,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let base_url = &config.base_url;
    let program = config::executable().unwrap_or_else(|_| "tb".into());
    write!(
        out,
        "This is a trial: only this machine can reach it, and all its files are in {folder}.\n\n\
         \x20 an entry   {base_url}/{SAMPLE}\n\
         \x20 log in     {base_url}?__mode=login\n\
         \x20 password   {password}\n\n\
         Send it a ping, which waits until you approve it:\n\n\
         \x20 curl {base_url}/{SAMPLE} --data-urlencode 'url=https://weblog.example/reply' \
         --data-urlencode 'title=I beg to differ'\n\n\
         The other commands work on it too:\n\n\
         \x20 {program} --config {folder}/{FILE_NAME} queue\n\n\
         Ctrl-C ends it; `tb init` sets up a real site.\n",
        folder = folder.display(),
        program = program.display(),
    )
}

/// Twelve letters and digits, without those that look alike: 60 bits.
fn new_password() -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 12];
    random::fill(&mut bytes)?;
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    let parts: Vec<String> = bytes
        .chunks(4)
        .map(|chunk| chunk.iter().map(letter).collect())
        .collect();
    Ok(parts.join("-"))
}

fn receive_samples(config: &Config) -> Result<()> {
    let store = Store::open(&config.data_dir)?;
    let id = TbId::new(SAMPLE.as_bytes())?;
    let samples = [
        (
            "https://weblog.example/2002/08/talking-back",
            "Talking back",
            "A link tells the reader where to go next. A ping tells the writer who came by: the two \
             together make a conversation across weblogs.",
            "An early weblog",
            (State::Published, None),
        ),
        (
            "https://diary.example/二〇〇四年",
            "猫の話の続き",
            "あの記事を読んで、うちの猫のことを書きました。",
            "日記",
            (State::Published, None),
        ),
        (
            "https://notes.example/an-answer",
            "An answer to your entry",
            "Nobody has approved this weblog before, so its first ping waits.",
            "Notes",
            (State::Held, Some(ReasonKind::UnknownDomain)),
        ),
        (
            "https://pills.example/cheap",
            "Cheap pills",
            "A page that does not link to this site.",
            "Pills",
            (State::Junk, Some(ReasonKind::NoLink)),
        ),
    ];
    for (url, title, excerpt, blog_name, (state, why)) in samples {
        let ping = Ping::new(url, title, excerpt, blog_name)?;
        let arrival = Arrival {
            time: now(),
            state,
            why: why.map(Into::into),
            via: "trackback",
            from: None,
            rest: serde_json::Map::new(),
        };
        change_pings(
            (config, &store, &EntryReader::default()),
            &id,
            now(),
            |transaction| {
                transaction
                    .receive(&ping, &arrival, repeat::resolve)
                    .map(|received| (received, Feed::Always))
            },
        )?;
    }
    Ok(())
}
