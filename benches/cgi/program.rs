//! The programs: built, and each set up in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program that is ready to be started.
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The file whose size counts.
    pub(crate) executable: PathBuf,
    /// What is started: the executable, or its interpreter with it.
    pub(crate) command: Vec<PathBuf>,
    /// Where the program finds its folders.
    pub(crate) environment: Vec<(&'static str, PathBuf)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An executable of this project.
    Tb,
    /// `baseline/tb.pl`.
    Perl,
    /// One of `floor/*.c`, by name.
    Floor(&'static str),
}

impl Program {
    /// Whether it can receive the pings that are listed later.
    pub(crate) fn can_fill(&self) -> bool {
        matches!(self.kind, Kind::Tb | Kind::Perl | Kind::Floor("ping"))
    }
}

/// Makes everything ready below `folder`, which is begun anew. With no executable given, the static
/// one is built. Perl and C are left out, with a word, where they are not installed.
pub(crate) fn prepare(folder: &Path, given: Vec<(String, PathBuf)>) -> Vec<Program> {
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap();
    }
    let given = match given.is_empty() {
        true => vec![("tb".to_owned(), build_static())],
        false => given,
    };
    let mut programs: Vec<Program> = given
        .into_iter()
        .map(|(name, path)| tb(&folder.join(&name), name, &path))
        .collect();
    programs.extend(perl(&folder.join("perl")));
    let floor = folder.join("floor");
    programs.extend(
        ["ping", "list", "noop"]
            .into_iter()
            .filter_map(|name| c(&floor, name)),
    );
    programs
}

fn tb(folder: &Path, name: String, built: &Path) -> Program {
    let (data, rss) = folders(folder);
    let executable = folder.join("tb.cgi");
    fs::copy(built, &executable).unwrap_or_else(|cause| panic!("{}: {cause}", built.display()));
    let config = format!(
        "base_url = \"https://blog.example/cgi-bin/tb.cgi\"\nsite = [\"https://blog.example/\"]\n\
         site_name = \"My weblog\"\ndata_dir = {data:?}\nrss_dir = {rss:?}\npublish = \"all\"\n\
         limits = [\"prefix 1000000000\", \"domain 1000000000\", \"id 1000000000\", \"site 1000000000\", \
         \"new_ids 1000000\", \"prefix_ids 1000000\", \"ids 1000000\"]\n\
         time_zone = \"Asia/Tokyo\"\n"
    );
    fs::write(folder.join("tb.toml"), config).unwrap();
    let (header, footer) = page_parts();
    fs::copy(header, folder.join("header.txt")).unwrap();
    fs::copy(footer, folder.join("footer.txt")).unwrap();
    Program {
        name,
        kind: Kind::Tb,
        command: vec![executable.clone()],
        executable,
        environment: Vec::new(),
    }
}

fn perl(folder: &Path) -> Option<Program> {
    let works = Command::new("perl")
        .args(["-MCGI", "-MStorable", "-e", "1"])
        .stderr(Stdio::null())
        .status();
    if !works.is_ok_and(|status| status.success()) {
        println!(
            "no Perl with CGI.pm and Storable, so it is left out (Debian: perl libcgi-pm-perl)"
        );
        return None;
    }
    let (data, rss) = folders(folder);
    let (header, footer) = page_parts();
    let script = source("baseline/tb.pl");
    Some(Program {
        name: "Perl".to_owned(),
        kind: Kind::Perl,
        command: vec!["perl".into(), script.clone()],
        executable: script,
        environment: vec![
            ("BASELINE_DATA", data),
            ("BASELINE_RSS", rss),
            ("BASELINE_HEADER", header),
            ("BASELINE_FOOTER", footer),
        ],
    })
}

fn c(folder: &Path, name: &'static str) -> Option<Program> {
    let (data, rss) = folders(folder);
    let (header, footer) = page_parts();
    let executable = folder.join(name);
    let compiled = Command::new("cc")
        .args(["-O2", "-static", "-o"])
        .arg(&executable)
        .arg(source(&format!("floor/{name}.c")))
        .status();
    match compiled {
        Ok(status) => assert!(status.success(), "floor/{name}.c does not compile"),
        Err(_) => {
            println!("no `cc`, so the floor in C is left out");
            return None;
        }
    }
    Some(Program {
        name: "C".to_owned(),
        kind: Kind::Floor(name),
        command: vec![executable.clone()],
        executable,
        environment: vec![
            ("FLOOR_DATA", data),
            ("FLOOR_RSS", rss),
            ("FLOOR_HEADER", header),
            ("FLOOR_FOOTER", footer),
        ],
    })
}

/// The executable that is shipped.
fn build_static() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["static", "--message-format=json-render-diagnostics"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "`cargo static` failed");
    let messages = String::from_utf8(output.stdout).unwrap();
    let executable = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executable.expect("`cargo static` names the executable")
}

fn folders(folder: &Path) -> (PathBuf, PathBuf) {
    let (data, rss) = (folder.join("data"), folder.join("rss"));
    fs::create_dir_all(&data).unwrap();
    fs::create_dir_all(&rss).unwrap();
    (data, rss)
}

fn page_parts() -> (PathBuf, PathBuf) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    (root.join("header.txt"), root.join("footer.txt"))
}

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("benches")
        .join(path)
}
