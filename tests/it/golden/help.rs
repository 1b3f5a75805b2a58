//! What `tb help` and `--help` say.

use super::*;

#[test]
fn the_help_of_every_command() {
    let mut golden = Golden::of("help");
    let site = Site::new();
    golden.run(&site, "tb", &["help"]);
    golden.run(&site, "tb.version", &["--version"]);
    golden.run(&site, "tb.nothing", &[]);
    golden.run(&site, "tb.misspelt", &["aprove"]);
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(words) = open.pop() {
        let mut call: Vec<&str> = words.iter().map(String::as_str).collect();
        call.push("--help");
        for command in commands(&site.tb(&call)) {
            let deeper = [words.clone(), vec![command]].concat();
            let mut call: Vec<&str> = deeper.iter().map(String::as_str).collect();
            call.push("--help");
            golden.run(&site, &deeper.join(" "), &call);
            open.push(deeper);
        }
    }
    assert!(golden.seen.len() > 30, "{:?}", golden.seen.keys());
    golden.end();
}

/// The commands that a help lists.
fn commands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| !line.starts_with("Usage: "));
    lines
        .take_while(|line| !["Arguments:", "Options:"].contains(line))
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split(' ').next())
        .filter(|word| *word != "help")
        .map(str::to_owned)
        .collect()
}
