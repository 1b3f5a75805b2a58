//! A set-up in a browser that is killed at any call has set up all or nothing, and can be done again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::request::Request;
use crate::support::site::{PASSWORD, Site};
use crate::support::strace::{Fate, calls, run_plain, run_with};
use crate::support::web_setup::{MADE, PHRASE, bare, contents, upload, writing_run};

/// Makes everything as before the set-up.
fn restore(site: &Site) {
    fs::remove_dir_all(site.data_dir()).unwrap_or_default();
    for name in names(&site.path("www/cgi-bin")) {
        if name != "tb.cgi" {
            fs::remove_file(site.path("www/cgi-bin").join(name)).unwrap();
        }
    }
    upload(site, PHRASE);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn s10_killed_at_any_call_a_set_up_has_set_up_all_or_nothing() {
    let site = Site::shipped();
    bare(&site);
    restore(&site);
    let run = writing_run(&site);
    let executable = site.executable();
    restore(&site);
    let calls = calls(&executable, &run);
    let whole = contents(&site);
    assert!(whole.iter().all(Option::is_some), "{whole:?}");
    let beside = names(&site.path("www/cgi-bin"));
    for call in &calls {
        restore(&site);
        let ended = run_with(&executable, &run, call, Fate::Kill);
        let what = format!("killed before {}", call.text);
        assert_eq!(ended.signal, Some(9), "{what}: {ended:?}");
        for (name, (now, whole)) in MADE.iter().zip(contents(&site).iter().zip(&whole)) {
            assert!(now.is_none() || now == whole, "{what}: {name}: {now:?}");
        }
        if let Ok(data) = fs::metadata(site.data_dir()) {
            assert_eq!(data.permissions().mode() & 0o7777, 0o700, "{what}");
        }
        let is_set_up = site.config().exists();
        let landing = site.cgi(&Request::get("")).expect(200);
        assert_eq!(
            landing.text().contains("value=\"setup\""),
            !is_set_up,
            "{what}"
        );
        if is_set_up {
            // All else was there before.
            assert_eq!(contents(&site), whole, "{what}");
            continue;
        }
        let again = run_plain(&executable, &run);
        let said = String::from_utf8_lossy(&again.stdout).into_owned();
        assert!(said.contains("is set up"), "{what}: {said}");
        assert_eq!(contents(&site), whole, "{what}");
        assert_eq!(names(&site.path("www/cgi-bin")), beside, "{what}");
        for name in names(&site.data_dir()) {
            assert!(
                !name.ends_with(".tmp") && name != "tb-probe.txt",
                "{what}: {name}"
            );
        }
    }
    assert!(crate::support::scenario::log_in(&site, PASSWORD).is_some());
}
