//! Any bytes as what `tb backup` wrote: nothing is put back that is not a plain file of ours.
#![no_main]

use std::fs::{self, File};
use std::path::Path;
use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use tb::internals::migrate::backup::{Secrets, examine};
use tb::internals::migrate::restore::{Merge, RestorePlan, restore};
use tb::internals::store::{Store, is_own_name};
use tb_fuzz::{empty, scratch};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = scratch();
    fs::create_dir(folder.path().join("data")).expect("the folder is made");
    folder
});

fuzz_target!(|data: &[u8]| {
    let path = FOLDER.path().join("backup.tar");
    let data_dir = FOLDER.path().join("data");
    empty(&data_dir);
    fs::write(&path, data).expect("the file is written");
    let file = File::open(&path).expect("the file opens");
    let Ok(found) = examine(&file) else { return };
    let store = Store::open(&data_dir).expect("the store opens");
    let plan = RestorePlan {
        config: None,
        store: &store,
        now: Timestamp::UNIX_EPOCH,
        merge: Merge::No,
        secrets: Secrets::With,
    };
    restore(&plan, &file, Path::new("backup.tar"), &found).ok();
    for entry in fs::read_dir(&data_dir).expect("the folder is listed") {
        let name = entry.expect("an entry").file_name();
        assert!(is_own_name(&name.to_string_lossy()), "{name:?}");
    }
    let mut beside = fs::read_dir(FOLDER.path()).expect("the folder is listed");
    assert!(beside.all(|entry| {
        let name = entry.expect("an entry").file_name();
        name == "data" || name == "backup.tar"
    }));
});
