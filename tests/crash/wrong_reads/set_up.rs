//! `tb init` and the set-up in a browser: all is set up or nothing, and what lay there lies there still.

use std::fs;

use super::scene::{assert_no_faults, lies, thinned};
use crate::support::site::Site;
use crate::support::strace::{Ended, Invocation, calls, run_injected, run_plain};
use crate::support::web_setup::{MADE, PHRASE, bare, contents, upload, writing_run};
use crate::support::{give_to_owner, set_mode, write};

/// A set-up that is done again and again.
struct SetUp {
    site: Site,
    run: Invocation,
    done: fn(&Ended) -> bool,
    /// What it makes.
    whole: [Option<String>; 5],
}

/// What the owner has in the `.htaccess` beside the program.
const OWNERS: &str = "Options -Indexes";

/// Makes everything as before.
fn restore(site: &Site) {
    fs::remove_dir_all(site.data_dir()).unwrap_or_default();
    for name in MADE {
        fs::remove_file(site.path(name)).unwrap_or_default();
    }
    upload(site, PHRASE);
    let path = site.path(MADE[1]);
    write(&path, OWNERS);
    set_mode(&path, 0o644);
    give_to_owner(&path);
}

impl SetUp {
    fn new(site: Site, run: Invocation, done: fn(&Ended) -> bool) -> SetUp {
        restore(&site);
        let ended = run_plain(&site.executable(), &run);
        assert!(done(&ended), "{ended:?}");
        let whole = contents(&site);
        assert!(whole.iter().all(Option::is_some), "{whole:?}");
        SetUp {
            site,
            run,
            done,
            whole,
        }
    }

    fn judge(&self, lie: (&str, &str, &str)) -> Result<(), String> {
        restore(&self.site);
        let ended = run_injected(&self.site.executable(), &self.run, lie, None);
        let now = contents(&self.site);
        let is_done = (self.done)(&ended);
        let key = fs::read_to_string(self.site.data_dir().join(".secret")).unwrap_or_default();
        let htaccess = now[1].clone().unwrap_or_default();
        let is_old = htaccess == OWNERS;
        let mut others = now.iter().zip(&self.whole).enumerate();
        let what = match () {
            () if ended.signal.is_some() || ended.stderr.contains("panicked") => "it died",
            () if !htaccess.starts_with(&format!("{OWNERS}\n")) && !is_old => {
                "the owner's lines are lost"
            }
            () if others
                .any(|(which, (now, whole))| which != 1 && now.is_some() && now != whole) =>
            {
                "a file is half there"
            }
            () if is_done && (now != self.whole || key.len() < 64) => {
                "success, and it is not set up"
            }
            () if !is_done && now[0].is_some() && (now != self.whole || key.len() < 64) => {
                "it is in effect and not whole"
            }
            () if !is_done && now[0].is_none() => {
                let again = run_plain(&self.site.executable(), &self.run);
                match (self.done)(&again) && contents(&self.site) == self.whole {
                    true => return Ok(()),
                    false => "it cannot be done again",
                }
            }
            () => return Ok(()),
        };
        Err(format!("{lie:?}: {what}\n  {ended:?}\n  {now:?}"))
    }

    fn sweep_at_most(&self, most: usize) {
        restore(&self.site);
        let lies = lies(&calls(&self.site.executable(), &self.run), true);
        assert_no_faults(
            thinned(&lies, most)
                .filter_map(|(name, what, when)| self.judge((name, what, when)).err()),
        );
    }
}

#[test]
fn a0_whatever_is_read_tb_init_sets_up_all_or_nothing() {
    let site = Site::shipped();
    bare(&site);
    let data = site.data_dir();
    let words = [
        "init",
        "--yes",
        "--base-url",
        "http://127.0.0.1/cgi-bin/tb.cgi",
        "--data-dir",
    ];
    let words = words.into_iter().chain([data.to_str().unwrap()]);
    let run = Invocation {
        arguments: words.map(str::to_owned).collect(),
        ..Invocation::default()
    };
    SetUp::new(site, run, |ended| ended.code == Some(0)).sweep_at_most(80);
}

#[test]
fn a0_whatever_is_read_the_set_up_in_a_browser_sets_up_all_or_nothing() {
    let site = Site::shipped();
    bare(&site);
    restore(&site);
    let run = writing_run(&site);
    let is_done = |ended: &Ended| String::from_utf8_lossy(&ended.stdout).contains("is set up");
    SetUp::new(site, run, is_done).sweep_at_most(80);
}
