//! A ledger's file, through what can happen to it.

use std::fs;
use std::io::Write;

use super::*;

const LATE: Duration = Duration::from_secs(20);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn none(target: &str) -> LedgerEvent {
    LedgerEvent::None {
        target: target.to_owned(),
        why: None,
        protocols: Vec::new(),
        time: at(0),
    }
}

fn line(target: &str) -> String {
    String::from_utf8(none(target).to_line().unwrap()).unwrap()
}

fn targets(state: &LedgerState) -> Vec<String> {
    let targets = state.absences().map(|(target, ..)| target.to_owned());
    targets.collect()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(DEFAULT_NAME);
    (folder, path)
}

#[test]
fn what_is_added_is_read_again() {
    let (_folder, path) = folder();
    assert_eq!(Ledger::peek(&path).unwrap().0.links().count(), 0);
    assert!(!path.exists());
    let mut ledger = Ledger::open(&path, Duration::ZERO).unwrap();
    ledger.add(vec![none("a"), none("b")]).unwrap();
    ledger.sync_handle().sync().unwrap();
    assert_eq!(targets(&ledger.state), ["a", "b"]);
    drop(ledger);
    let ledger = Ledger::open(&path, Duration::ZERO).unwrap();
    assert_eq!(targets(&ledger.state), ["a", "b"]);
    assert!(ledger.warnings.is_empty());
    assert_eq!(fs::read_to_string(&path).unwrap(), line("a") + &line("b"));
}

#[test]
fn one_run_at_a_time_and_the_second_is_told_who_the_first_is() {
    let (_folder, path) = folder();
    let first = Ledger::open(&path, Duration::ZERO).unwrap();
    let refused = Ledger::open(&path, Duration::from_millis(120)).unwrap_err();
    let me = format!("process {} is using it", std::process::id());
    assert!(refused.to_string().contains(&me), "{refused}");
    // Reading needs no lock.
    Ledger::peek(&path).unwrap();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| Ledger::open(&path, LATE).map(drop));
        drop(first);
        second.join().unwrap().unwrap();
    });
}

#[test]
fn s10_a_torn_end_is_kept_aside_wherever_it_was_torn() {
    let whole = line("a") + &line("b");
    for cut in 0..whole.len() {
        let (folder, path) = folder();
        fs::write(&path, &whole.as_bytes()[..cut]).unwrap();
        let (peeked, _) = Ledger::peek(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole.as_bytes()[..cut]);
        let mut ledger = Ledger::open(&path, Duration::ZERO).unwrap();
        assert_eq!(ledger.state, peeked);
        ledger.add(vec![none("c")]).unwrap();
        drop(ledger);
        let (ledger, warnings) = Ledger::peek(&path).unwrap();
        assert!(warnings.is_empty(), "{cut}: {warnings:?}");
        let first = line("a").len();
        let expected: &[&str] = match cut {
            _ if cut + 1 >= whole.len() => &["a", "b", "c"],
            _ if cut + 1 >= first => &["a", "c"],
            _ => &["c"],
        };
        assert_eq!(targets(&ledger), expected, "{cut}");
        let aside = fs::read_to_string(folder.path().join("tb-sent.jsonl.torn"));
        let torn = cut > first && cut + 1 < whole.len() || cut > 0 && cut + 1 < first;
        assert_eq!(aside.is_ok(), torn, "{cut}");
    }
}

#[test]
fn both_sides_of_a_conflict_count_and_it_is_told() {
    let (_folder, path) = folder();
    let text = format!(
        "{}<<<<<<< HEAD\r\n{}||||||| base\n=======\n{}>>>>>>> topic\n",
        line("a"),
        line("b").replace('\n', "\r\n"),
        line("c")
    );
    fs::write(&path, &text).unwrap();
    let ledger = Ledger::open(&path, Duration::ZERO).unwrap();
    assert_eq!(targets(&ledger.state), ["a", "b", "c"]);
    assert!(
        ledger.warnings[0].contains("lines 2, 4, 5, 7"),
        "{:?}",
        ledger.warnings
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn what_cannot_be_read_is_passed_over_told_and_kept() {
    let (_folder, path) = folder();
    let newer = "{\"op\":\"bounce\",\"depth\":[1,2]}\n";
    let before = ["\u{FEFF}", &line("a"), newer, "garbage\n"].concat();
    let text = [before.as_bytes(), b"\xFF\n", line("b").as_bytes()].concat();
    fs::write(&path, &text).unwrap();
    let mut ledger = Ledger::open(&path, Duration::ZERO).unwrap();
    assert_eq!(targets(&ledger.state), ["a", "b"]);
    assert_eq!(ledger.warnings.len(), 1);
    assert!(
        ledger.warnings[0].contains("lines 3, 4"),
        "{:?}",
        ledger.warnings
    );
    ledger.add(vec![none("c")]).unwrap();
    drop(ledger);
    assert!(fs::read(&path).unwrap().starts_with(&text));
}

#[test]
fn nothing_is_added_to_a_ledger_that_was_replaced() {
    let (folder, path) = folder();
    let mut ledger = Ledger::open(&path, Duration::ZERO).unwrap();
    ledger.add(vec![none("a")]).unwrap();
    let new = folder.path().join("new");
    fs::write(&new, line("b")).unwrap();
    fs::rename(&new, &path).unwrap();
    let refused = ledger.add(vec![none("c")]).unwrap_err();
    assert!(refused.to_string().contains("replaced"), "{refused}");
    assert_eq!(targets(&ledger.state), ["a"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), line("b"));
}

#[test]
fn s2_a_ledger_that_is_a_link_is_refused_and_its_folder_may_be_one() {
    let (folder, path) = folder();
    std::os::unix::fs::symlink("elsewhere", &path).unwrap();
    for opened in [
        Ledger::open(&path, Duration::ZERO).map(drop),
        Ledger::peek(&path).map(drop),
    ] {
        assert!(matches!(opened, Err(Error::Planted { .. })), "{opened:?}");
    }
    let other = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(folder.path(), other.path().join("link")).unwrap();
    Ledger::open(&other.path().join("link/sent.jsonl"), Duration::ZERO).unwrap();
    assert!(folder.path().join("sent.jsonl").exists());
}

#[test]
fn s7_a_line_of_many_megabytes_is_passed_over() {
    let (_folder, path) = folder();
    let mut file = File::create(&path).unwrap();
    let long = "x".repeat(9 << 20);
    writeln!(file, "{}{long}", line("a")).unwrap();
    file.write_all(line("b").as_bytes()).unwrap();
    let (ledger, warnings) = Ledger::peek(&path).unwrap();
    assert_eq!(targets(&ledger), ["a", "b"]);
    assert!(
        warnings.len() == 1 && warnings[0].contains("line 2:"),
        "{warnings:?}"
    );
}

#[test]
fn s10_what_is_added_behind_a_long_line_without_an_end_is_a_line_of_its_own() {
    for length in [4 << 20, (4 << 20) - 1, (4 << 20) + 1, 9 << 20] {
        let (_folder, path) = folder();
        fs::write(&path, line("a") + &"x".repeat(length)).unwrap();
        let mut ledger = Ledger::open(&path, Duration::ZERO).unwrap();
        ledger.add(vec![none("b")]).unwrap();
        drop(ledger);
        let (ledger, _) = Ledger::peek(&path).unwrap();
        assert_eq!(targets(&ledger), ["a", "b"], "{length}");
    }
}

#[test]
fn a1_lost_events_are_known_and_a_torn_end_is_none() {
    let event = line("a");
    let sixteen: Vec<u8> = event.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (text, is_lost) in [
        (event.clone().into_bytes(), false),
        ([event.as_bytes(), b"{\"op\":\"no"].concat(), false),
        ([event.as_bytes(), b"\0\0\0"].concat(), false),
        (
            format!("<<<<<<< a\n{event}=======\n>>>>>>> b\n").into_bytes(),
            false,
        ),
        (sixteen, true),
        (event.replace(['{', ','], "{\n").into_bytes(), true),
        (event.replace('"', "\u{201c}").into_bytes(), true),
        (event.trim_end().replace('"', "\u{201c}").into_bytes(), true),
        ([event.as_bytes(), b"garbage\n"].concat(), true),
    ] {
        let (_folder, path) = folder();
        fs::write(&path, &text).unwrap();
        let shown = String::from_utf8_lossy(&text);
        assert_eq!(
            Ledger::peek(&path).unwrap().0.lost().is_some(),
            is_lost,
            "{shown}"
        );
        let ledger = Ledger::open(&path, Duration::ZERO).unwrap();
        assert_eq!(ledger.state.lost().is_some(), is_lost, "{shown}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 64, ..crate::proptest_config() })]

    #[test]
    fn s10_whatever_stands_there_what_is_added_is_read_again(
        pieces in proptest::collection::vec(proptest::sample::select(vec![0_u8, 1, 2, 3, 4, 5, 6]), 0..12),
        cut in proptest::prelude::any::<proptest::sample::Index>(),
    ) {
        let known = [line("a"), line("b"), "\n".to_owned(), "{\"op\":".to_owned(), "\0\u{FEFF}".to_owned(),
            "<<<<<<< x\n".to_owned(), "null".to_owned()];
        let text: String = pieces.iter().map(|&piece| known[usize::from(piece)].as_str()).collect();
        let bytes = text.as_bytes();
        let bytes = &bytes[..cut.index(bytes.len() + 1)];
        let (_folder, path) = folder();
        fs::write(&path, bytes).unwrap();
        let (before, _) = Ledger::peek(&path).unwrap();
        let mut ledger = Ledger::open(&path, Duration::ZERO).unwrap();
        proptest::prop_assert_eq!(&ledger.state, &before);
        ledger.add(vec![none("c")]).unwrap();
        let expected = ledger.state.clone();
        drop(ledger);
        proptest::prop_assert_eq!(Ledger::peek(&path).unwrap().0, expected);
    }
}
