//! The man pages, as mandoc reads them.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::site::Site;

#[test]
fn each_command_has_a_man_page_in_which_mandoc_finds_no_error() {
    let site = Site::new();
    let commands: Vec<String> =
        fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/help"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "tb" && !name.contains('.'))
            .collect();
    assert!(commands.len() > 30, "{commands:?}");
    for command in commands.iter().map(String::as_str).chain([""]) {
        let words: Vec<&str> = ["man"]
            .into_iter()
            .chain(command.split_whitespace())
            .collect();
        let page = site.tb(&words);
        let mut mandoc = Command::new("mandoc")
            .args(["-Tlint", "-Werror"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("mandoc is installed");
        mandoc
            .stdin
            .take()
            .unwrap()
            .write_all(page.as_bytes())
            .unwrap();
        let output = mandoc.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said, "", "{command}");
        let name = ["tb"]
            .into_iter()
            .chain(command.split_whitespace())
            .collect::<Vec<_>>()
            .join("-");
        assert!(page.contains(&format!(".TH {name} 1")), "{page}");
    }
}
