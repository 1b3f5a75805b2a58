//! Any bytes as a file that another program kept: rehearsed, taken in, and taken in again.
#![no_main]

use std::collections::HashMap;
use std::fs;
use std::sync::LazyLock;

use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use tb::internals::config::Config;
use tb::internals::migrate::import::import;
use tb::internals::migrate::plan::{ImportPlan, ImportProgress, ImportSource};
use tb::internals::store::{DryRun, Store, StoredItem};
use tb::linkback::trackback::Ping;
use tb_fuzz::{check_line, configuration, empty, scratch};
use tempfile::TempDir;

static SITE: LazyLock<(TempDir, Config)> = LazyLock::new(|| {
    let folder = scratch();
    let config = configuration(folder.path(), "");
    (folder, config)
});

fuzz_target!(|data: &[u8]| {
    let (folder, config) = &*SITE;
    for name in ["data", "rss"] {
        empty(&folder.path().join(name));
    }
    let path = folder.path().join("entry.stor");
    fs::write(&path, data).expect("the file is written");
    let store = Store::open(&config.data_dir).expect("the store opens");
    let run = |dry_run| {
        let plan = ImportPlan {
            config,
            store: &store,
            now: "2026-11-20T05:00:00Z".parse().expect("a time"),
            format: None,
            map: HashMap::new(),
            state: None,
            charset: None,
            zone: TimeZone::UTC,
            dry_run,
        };
        let mut count = 0;
        let outcome = import(&plan, ImportSource::File(path.clone()), &mut |told| {
            if let ImportProgress::TakenIn { count: more, .. } = told {
                count += more;
            }
            Ok(())
        });
        outcome.map(|_| count).map_err(|error| error.to_string())
    };
    let rehearsed = run(DryRun::Yes);
    assert!(store.ids().expect("the ids").is_empty());
    let done = run(DryRun::No);
    assert_eq!(rehearsed, done);
    if done.is_ok() {
        assert_eq!(run(DryRun::No), Ok(0));
    }
    let mut kept = 0;
    for id in store.ids().expect("the ids") {
        let pings = store
            .pings_for_copy(&id)
            .expect("it is read")
            .expect("it is there");
        let each = pings.for_each_item(&mut |one| {
            if let StoredItem::Ping(record) = one {
                kept += 1;
                let ping = Ping::new(&record.url, "", "", "").expect("a permalink");
                assert_eq!(ping.url, record.url);
                check_line(&record.title, Ping::MAX_TITLE);
                check_line(&record.excerpt, Ping::MAX_EXCERPT + 1);
                check_line(&record.blog_name, Ping::MAX_BLOG_NAME);
            }
            Ok(())
        });
        each.expect("it is read");
    }
    // An own export may bring the trace of a ping behind the ping.
    assert!(kept <= done.unwrap_or(0));
});
