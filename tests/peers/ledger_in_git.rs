//! The recipes for GitHub and GitLab, which keep the ledger in git: their steps, unchanged, each run from a new clone.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::blog::{Blog, Script};
use crate::support::debug_binary;
use crate::support::texts::path_of;
use crate::support::writer::{link, peer, pings};

/// Where GitLab's recipe pushes to.
const REMOTE: &str = "https://ledger:secret@gitlab.example/me/weblog.git";

/// A weblog in a repository that runners clone.
struct Repository {
    folder: tempfile::TempDir,
    own: Blog,
    one: Blog,
}

impl Repository {
    fn new() -> Repository {
        let repository = Repository {
            folder: tempfile::tempdir().unwrap(),
            own: Blog::start_at([127, 0, 0, 9], []),
            one: peer(2),
        };
        repository.run(
            &repository.path(""),
            "git init -q --bare -b main origin.git && git clone -q origin.git author",
        );
        let author = repository.path("author");
        fs::create_dir(author.join("tools")).unwrap();
        symlink(debug_binary(), author.join("tools/tb")).unwrap();
        fs::write(author.join(".gitattributes"), "tb-sent.jsonl merge=union\n").unwrap();
        repository
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a script as the runners do, without a person's configuration of git.
    fn run(&self, folder: &Path, script: &str) {
        let output = Command::new("bash")
            .args(["-e", "-c", script])
            .current_dir(folder)
            .env_clear()
            .envs([
                ("PATH", "/usr/local/bin:/usr/bin:/bin"),
                ("HOME", self.folder.path().to_str().unwrap()),
                ("GIT_CONFIG_COUNT", "1"),
                (
                    "GIT_CONFIG_KEY_0",
                    &format!("url.{}.insteadOf", self.path("origin.git").display()),
                ),
                ("GIT_CONFIG_VALUE_0", REMOTE),
                ("LEDGER_TOKEN", "secret"),
                ("CI_SERVER_HOST", "gitlab.example"),
                ("CI_PROJECT_PATH", "me/weblog"),
                ("CI_COMMIT_BRANCH", "main"),
                ("TB_ALLOW_PRIVATE", "true"),
                ("TB_THROTTLE", "off"),
            ])
            .output()
            .expect("bash and git; `tests/run` installs them");
        assert!(output.status.success(), "{script}: {output:?}");
    }

    /// Publishes an entry, and pushes it.
    fn publish(&self, day: usize) {
        let (path, author) = (format!("/{day}/"), self.path("author"));
        let page = format!(
            "<!doctype html><title>Entry {day}</title><link rel=canonical href=\"{}\"><article><h1>Entry {day}</h1>\
             <time datetime=\"2026-01-0{day}T00:00:00Z\">day {day}</time>{}</article>",
            self.own.url(&path),
            link(&self.one)
        );
        let folder = author.join(format!("public{path}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("index.html"), &page).unwrap();
        self.own.play(&path, Script::html(&page));
        self.run(
            &author,
            "if git ls-remote -q --exit-code origin main > ../refs; then git pull -q --rebase; fi; git add -A; \
             git -c user.name=A -c user.email=a@me.example commit -qm x; git push -q origin HEAD:main",
        );
    }

    /// Which entries the linked weblog was pinged for.
    fn pinged(&self) -> Vec<String> {
        let all = pings(&self.one);
        all.iter()
            .map(|ping| ping["url"].replace(&self.own.url(""), ""))
            .collect()
    }
}

/// The lines of a recipe's step that stand below the line `head`, without their indentation and the mark of a list.
fn step(recipe: &str, head: &str) -> String {
    let text = fs::read_to_string(path_of("examples").join(recipe)).unwrap();
    let mut lines = text.lines().skip_while(|line| line.trim() != head);
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let outer = indentation(lines.next().expect(head));
    let lines = lines.take_while(|line| indentation(line) > outer);
    let lines = lines.filter(|line| !line.trim_start().starts_with('#'));
    let lines: Vec<&str> = lines
        .map(|line| line.trim_start().trim_start_matches("- "))
        .collect();
    lines.join("\n")
}

#[test]
fn a5_a_ledger_in_git_is_known_to_the_next_run_whatever_is_pushed_meanwhile() {
    let (github, gitlab) = ("github-actions/trackback.yml", "gitlab-ci/trackback.yml");
    let send = |recipe: &str| {
        let text = fs::read_to_string(path_of("examples").join(recipe)).unwrap();
        let line = text
            .lines()
            .find(|line| line.contains("tools/tb send "))
            .unwrap();
        line.split_once("tools/")
            .map(|(_, words)| format!("tools/{words}"))
            .unwrap()
    };
    let get = "git checkout -q \"$CI_COMMIT_BRANCH\" && git pull -q";
    assert!(step(gitlab, "before_script:").contains(&get.replace(" -q", "")));
    for (before, send, after) in [
        ("true", send(github), step(github, "run: |")),
        (get, send(gitlab), step(gitlab, "after_script:")),
    ] {
        let repository = Repository::new();
        for day in 1..=3 {
            repository.publish(day);
        }
        for (number, expected) in [
            &["/3/"][..],
            &["/3/"],
            &["/3/", "/5/"],
            &["/3/", "/5/", "/6/"],
        ]
        .into_iter()
        .enumerate()
        {
            let runner = format!("runner-{number}");
            repository.run(
                &repository.path(""),
                &format!("git clone -q origin.git {runner}"),
            );
            let runner = repository.path(&runner);
            repository.run(&runner, before);
            repository.run(&runner, &send);
            let mut pinged = repository.pinged();
            pinged.sort();
            assert_eq!(pinged, expected, "{after}");
            // The author pushes before the runner does.
            if number > 0 {
                repository.publish(number + 4);
            }
            repository.run(&runner, &after);
            fs::remove_dir_all(&runner).unwrap();
        }
    }
}
