//! A real Zinnia: a weblog for Django, from PyPI, in the virtual environment that `tests/run` makes.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::process::Process;
use super::{folder, write};

/// A weblog on 127.0.0.1 with two entries that take TrackBacks; their ping URLs are links with `rel="trackback"`.
pub(crate) struct Zinnia {
    /// The entries' permalinks.
    pub(crate) entries: [String; 2],
    _server: Process,
    _folder: tempfile::TempDir,
}

/// What Zinnia keeps of a ping that it took; the title is not among it.
#[derive(Debug, PartialEq, serde::Deserialize)]
pub(crate) struct Taken {
    /// The number of the entry, from 1.
    #[serde(rename = "object_pk")]
    pub(crate) entry: String,
    #[serde(rename = "user_url")]
    pub(crate) url: String,
    #[serde(rename = "user_name")]
    pub(crate) blog_name: String,
    #[serde(rename = "comment")]
    pub(crate) excerpt: String,
    pub(crate) is_public: bool,
}

impl Zinnia {
    pub(crate) fn start() -> Zinnia {
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/zinnia/bin/python");
        assert!(
            python.is_file(),
            "Zinnia is not installed; `tests/run` installs it"
        );
        let folder = folder();
        write(
            &folder.path().join("site.py"),
            include_str!("zinnia/site.py"),
        );
        let mut command = Command::new(python);
        // It says on each start what it will not do in a later version.
        command
            .args(["-W", "ignore", "site.py"])
            .current_dir(folder.path())
            .stdout(Stdio::piped());
        // The environment may lie in a folder that only the tests' own user can enter.
        let mut server = Process::start_as_self(command);
        let mut lines = BufReader::new(server.stdout()).lines();
        let mut entry = || lines.next().expect("Zinnia does not start").unwrap();
        Zinnia {
            entries: [entry(), entry()],
            _server: server,
            _folder: folder,
        }
    }

    /// What it has taken, oldest first.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        let url = url::Url::parse(&self.entries[0])
            .unwrap()
            .join("/taken/")
            .unwrap();
        let output = Command::new(super::program("curl"))
            .args(["-sSf", "--noproxy", "*", url.as_str()])
            .output()
            .expect("curl");
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}
