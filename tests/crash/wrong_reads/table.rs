//! That each command and each form that writes has a test here.

use std::fs;
use std::path::Path;

use super::commands::with_entries;

/// Each command, and each mode that takes a POST, with the end of the name of its test; what writes nothing that lasts
/// has the words that show it instead.
const ROWS: &str = "
init: tb_init_sets_up_all_or_nothing
passwd: the_password_is_the_old_one_or_the_new_one
check: `check`
serve: = post ping
list: `list entry`
show: `show entry 1`
delete: a_change_in_the_shell_is_made_or_refused
queue: the_feed_of_the_queue_has_its_old_or_its_new_url
approve: a_change_in_the_shell_is_made_or_refused
hold: a_change_in_the_shell_is_made_or_refused
junk: a_change_in_the_shell_is_made_or_refused
url: a_url_that_expires_is_made_with_the_key_that_is_kept
passphrase: no_passphrase_is_lost
passphrase add: no_passphrase_is_lost
passphrase remove: no_passphrase_is_lost
ban: bans_and_domains_stay
ban add: bans_and_domains_stay
ban remove: bans_and_domains_stay
ban list: `ban list`
unban: bans_and_domains_stay
verify: what_was_seen_of_a_page_is_recorded_or_not_said
domains: `domains`
domains list: `domains list`
domains add: bans_and_domains_stay
domains remove: bans_and_domains_stay
rebuild: a_rebuild_makes_whole_feeds_or_fails
import: an_import_is_made_or_refused
export: a_backup_or_an_export_is_whole_or_said_not_to_be
backup: a_backup_or_an_export_is_whole_or_said_not_to_be
restore: a_restored_site_is_whole_or_said_not_to_be
stats: `stats`
prune: a_compaction_loses_no_ping
send: nothing_is_sent_twice
sent: the_ledger_keeps_what_was_sent
ping: a_ping_by_hand_is_in_the_ledger_before_it_is_sent
webmention: a_ping_by_hand_is_in_the_ledger_before_it_is_sent
discover: `discover http://127.0.0.1:1/`
thread: a_discussion_is_saved_whole_or_said_not_to_be
entries: `entries`
entries sync: of_the_weblog_or_the_entries_a_sync_forgets_none
entries list: `entries list`
entries remove: only_the_entry_that_is_named_is_forgotten
add: an_entry_is_added_or_refused_and_none_is_lost
snippet: `snippet html`
completions: `completions bash`
man: `man`
post ping: the_first_pings_of_an_id_are_kept_or_refused
post submit: a_page_that_a_reader_enters_is_kept_or_refused
post webmention: a_webmention_or_a_pingback_is_kept_or_refused
post pingback: a_webmention_or_a_pingback_is_kept_or_refused
post delete: the_owner_deletes_and_moves_a_ping_or_is_told_not
post state: the_owner_deletes_and_moves_a_ping_or_is_told_not
post make_url: a_url_that_expires_is_made_with_the_key_that_is_kept
post decide: the_moderation_page_does_what_it_says
post review: a_link_of_a_mail_decides_or_says_that_it_did_not
post do_login: a_log_in_keeps_the_key_and_gives_a_session_or_none
post logout: who_has_logged_out_is_logged_out
post domains: the_pages_of_bans_and_domains_lose_none
post bans: the_pages_of_bans_and_domains_lose_none
post check: = check
post backup: = backup
post settings: the_settings_are_the_old_or_the_new_ones
post send_ping: a_ping_by_hand_is_in_the_ledger_before_it_is_sent
post setup: the_set_up_in_a_browser_sets_up_all_or_nothing
";

/// The text of a source file.
fn source(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The names of the variants of an enum of commands.
fn variants(text: &str) -> Vec<String> {
    let (body, _) = text.split_once("\n}").unwrap();
    let is_variant = |line: &&str| {
        let word = line.strip_prefix("    ").unwrap_or_default();
        word.starts_with(|sign: char| sign.is_ascii_uppercase())
    };
    let name = |line: &str| {
        let word = line.trim().split(['(', ' ', ',']).next().unwrap();
        word.to_lowercase()
    };
    body.lines().filter(is_variant).map(name).collect()
}

/// All commands, those with a second word, and all modes that take a POST, as the sources have them.
fn all() -> Vec<String> {
    let text = source("src/cli/mod.rs");
    let (_, commands) = text.split_once("\nenum Command {").unwrap();
    let commands = variants(commands);
    let mut all = commands.clone();
    for command in &commands {
        let path = format!("src/cli/{command}.rs");
        let is_file = Path::new(env!("CARGO_MANIFEST_DIR")).join(&path).exists();
        let text = if is_file {
            source(&path)
        } else {
            String::new()
        };
        if let Some((_, second)) = text.split_once("clap::Subcommand)]\nenum ") {
            all.extend(
                variants(second)
                    .iter()
                    .map(|word| format!("{command} {word}")),
            );
        }
    }
    assert!(all.contains(&"ban remove".to_owned()), "{all:?}");
    let text = source("src/web/mod.rs");
    let rows = text.split("Mode { words: &[").skip(1);
    for row in rows.filter(|row| row.lines().next().unwrap().contains("post: Some(")) {
        let word = row.split([',', ']']).next().unwrap();
        all.push(match word.trim_matches('"') {
            "" => "post ping".to_owned(),
            // Of the links in mails.
            "MODE" => "post review".to_owned(),
            word => format!("post {}", word.trim_end_matches("::MODE")),
        });
    }
    all.push("post setup".to_owned());
    all
}

#[test]
fn a0_each_command_and_each_form_that_writes_is_answered_wrongly() {
    let row = |line: &str| {
        let (name, test) = line.split_once(": ").unwrap();
        (name.to_owned(), test.to_owned())
    };
    let rows: Vec<(String, String)> = ROWS
        .lines()
        .filter(|line| !line.is_empty())
        .map(row)
        .collect();
    let names: Vec<&str> = rows.iter().map(|(name, _)| name.as_str()).collect();
    let mut all = all();
    all.sort();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, all);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crash/wrong_reads");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| fs::read_to_string(file.unwrap().path()));
    let tests =
        files.map(Result::unwrap).collect::<String>() + &source("tests/crash/wrong_reads.rs");
    let site = with_entries();
    for (name, test) in &rows {
        if let Some(other) = test.strip_prefix("= ") {
            assert!(names.contains(&other), "{name}");
        } else if let Some(words) = test.strip_prefix('`') {
            let words: Vec<&str> = words.trim_end_matches('`').split(' ').collect();
            let before = site.snapshot();
            drop(site.command().args(&words).output().unwrap());
            assert_eq!(site.snapshot(), before, "{name}");
        } else {
            assert!(tests.contains(&format!("_{test}()")), "{name}: {test}");
        }
    }
}
