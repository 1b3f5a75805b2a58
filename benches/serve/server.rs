//! A server in a process of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A server that listens; it ends when this is dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    child: Child,
}

impl Server {
    /// `tb serve` with everything below `folder`: feeds are written, the access log goes to `/dev/null`.
    pub(crate) fn tb(executable: &Path, folder: &Path) -> Server {
        for name in ["data", "rss"] {
            fs::create_dir_all(folder.join(name)).unwrap();
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["header.txt", "footer.txt"] {
            fs::copy(root.join(name), folder.join(name)).unwrap();
        }
        let config = folder.join("tb.toml");
        let keys = "base_url = \"https://blog.example/cgi-bin/tb.cgi\"\nsite_name = \"My weblog\"\n\
                    data_dir = \"data\"\nrss_dir = \"rss\"\npublish = \"all\"\n\
         limits = [\"prefix 1000000000\", \"domain 1000000000\", \"id 1000000000\", \"site 1000000000\", \
         \"new_ids 1000000\", \"prefix_ids 1000000\", \"ids 1000000\"]\n\
                    time_zone = \"Asia/Tokyo\"\n";
        fs::write(&config, keys).unwrap();
        let mut command = Command::new(executable);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("TB_CONFIG", &config);
        Server::start(command)
    }

    /// The constant page in `file`, from this very executable.
    pub(crate) fn constant(file: &Path) -> Server {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("--constant").arg(file);
        Server::start(command)
    }

    fn start(mut command: Command) -> Server {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let port = line
            .split_once("http://127.0.0.1:")
            .and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        Server {
            port: port.unwrap_or_else(|| panic!("no port in `{line}`")),
            child,
        }
    }

    /// What it has used of the processors so far.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // Behind the name in parentheses; in hundredths of a second on Linux.
        let (_, rest) = stat.rsplit_once(')').unwrap();
        let ticks: u64 = rest
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|number| number.parse::<u64>().unwrap())
            .sum();
        Duration::from_millis(ticks * 10)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
