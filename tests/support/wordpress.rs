//! A real WordPress, as Debian has it, on a database server of its own.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::process::{Process, as_owner, output, wait_for};
use super::{folder, free_port, give_to_owner, program, write};

/// Where Debian's package has it.
const SOURCE: &str = "/usr/share/wordpress";

/// A weblog on 127.0.0.1 that takes and sends TrackBacks and Pingbacks, and keeps what it took for its owner to see.
pub(crate) struct WordPress {
    port: u16,
    folder: tempfile::TempDir,
    _server: Process,
    _database: Process,
}

/// What WordPress keeps of a ping that it took.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Comment {
    #[serde(rename = "comment_type")]
    pub(crate) kind: String,
    #[serde(rename = "comment_author_url")]
    pub(crate) url: String,
    #[serde(rename = "comment_author")]
    pub(crate) author: String,
    #[serde(rename = "comment_content")]
    pub(crate) content: String,
}

impl WordPress {
    /// Starts one whose first post takes pings.
    pub(crate) fn start() -> WordPress {
        let folder = folder();
        let database = start_database(folder.path());
        let root = folder.path().join("www");
        lay_out(&root);
        let port = free_port();
        let mut command = php(folder.path(), port);
        command
            .env("PHP_CLI_SERVER_WORKERS", "4")
            .args(["-S", &format!("127.0.0.1:{port}"), "-t"])
            .arg(&root)
            .arg("router.php")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let wordpress = WordPress {
            port,
            _server: Process::start(command),
            _database: database,
            folder,
        };
        wordpress.run(
            "define('WP_INSTALLING', true); require 'wp-load.php'; require 'wp-admin/includes/upgrade.php'; \
             wp_install('A real weblog', 'owner', 'owner@example.org', true, '', 'a password of nobody'); \
             switch_theme('twentytwentyone'); \
             update_option('permalink_structure', '/%postname%/'); flush_rewrite_rules(false);",
        );
        let up = wait_for(|| std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        assert!(up.is_some(), "WordPress does not answer");
        wordpress
    }

    /// The URL of a page or a script.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The permalink of the post that it comes with.
    pub(crate) fn first_post(&self) -> String {
        self.url("/hello-world/")
    }

    /// Adds a plugin, which is switched on at once.
    pub(crate) fn add_plugin(&self, name: &str, text: &str) {
        let folder = self.folder.path().join("www/wp-content/mu-plugins");
        write(&folder.join(name), text);
    }

    /// Runs PHP in its folder and gives what it printed.
    pub(crate) fn run(&self, code: &str) -> String {
        let mut command = php(self.folder.path(), self.port);
        // WordPress takes its own URL's host from there.
        let start = format!(
            "$_SERVER['HTTP_HOST'] = '127.0.0.1:{}'; $_SERVER['REQUEST_METHOD'] = 'GET'; ",
            self.port
        );
        command.args(["-r", &format!("{start}{code}")]);
        as_owner(&mut command);
        let output = output(command);
        let text = String::from_utf8(output.stdout).unwrap();
        // An error of WordPress's own is a page.
        let is_error = text.contains("wp-die-message");
        assert!(output.status.success() && !is_error, "{code}: {text}");
        text
    }

    /// Publishes a post and sends what it has to send, TrackBacks to these ping URLs first.
    pub(crate) fn publish(&self, title: &str, content: &str, ping_urls: &[&str]) -> String {
        let quoted = |text: &str| serde_json::to_string(text).unwrap().replace('$', "\\$");
        let code = format!(
            "require 'wp-load.php'; $id = wp_insert_post(wp_slash(['post_title' => {}, 'post_content' => {}, \
             'post_status' => 'publish', 'to_ping' => {}])); do_all_pings(); echo get_permalink($id);",
            quoted(title),
            quoted(content),
            quoted(&ping_urls.join("\n")),
        );
        self.run(&code)
    }

    /// What it has taken, oldest first.
    pub(crate) fn pings(&self) -> Vec<Comment> {
        let code = "require 'wp-load.php'; $all = get_comments(['type__in' => ['trackback', 'pingback'], \
                    'status' => 'all', 'order' => 'ASC']); echo json_encode(array_values($all));";
        serde_json::from_str(&self.run(code)).unwrap()
    }
}

/// PHP with what the configuration reads.
fn php(folder: &Path, port: u16) -> Command {
    let mut command = Command::new(program("php"));
    command
        .env("WORDPRESS_URL", format!("http://127.0.0.1:{port}"))
        .env("WORDPRESS_DB_SOCKET", folder.join("db.sock"))
        .env("WORDPRESS_DB_USER", "wordpress")
        .args(["-d", "memory_limit=256M", "-d", "display_errors=stderr"])
        // It would wait for its database for a day.
        .args(["-d", "mysqlnd.net_read_timeout=60"])
        // Its clock and the database's agree in whatever zone this machine is.
        .args(["-d", "date.timezone=UTC"])
        .current_dir(folder.join("www"));
    command
}

/// WordPress's files: its own by links, the configuration and the content by files that are ours.
fn lay_out(root: &Path) {
    let content = root.join("wp-content");
    for folder in [root, &content, &content.join("mu-plugins")] {
        fs::create_dir(folder).unwrap();
        give_to_owner(folder);
    }
    let from = |name: &str| Path::new(SOURCE).join(name);
    for entry in fs::read_dir(SOURCE).expect("the package `wordpress`; `tests/run` installs it") {
        let name = entry.unwrap().file_name().into_string().unwrap();
        match name.as_str() {
            "wp-config.php" | "wp-content" | ".htaccess" => {}
            // A script takes the folder that it lies in for WordPress's own.
            _ if name.ends_with(".php") => {
                let text = fs::read_to_string(from(&name)).unwrap();
                write(&root.join(&name), &text);
            }
            _ => symlink(from(&name), root.join(&name)).unwrap(),
        }
    }
    symlink(from("wp-content/themes"), content.join("themes")).unwrap();
    for (name, text) in [
        ("wp-config.php", include_str!("wordpress/wp-config.php")),
        (
            "wp-content/mu-plugins/peers.php",
            include_str!("wordpress/peers.php"),
        ),
        ("router.php", include_str!("wordpress/router.php")),
    ] {
        write(&root.join(name), text);
    }
}

/// A database server that only this machine's user can reach, with an empty database.
fn start_database(folder: &Path) -> Process {
    let data: PathBuf = folder.join("db");
    let mut install = Command::new(program("mariadb-install-db"));
    install
        .arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg("--innodb-use-native-aio=0");
    as_owner(&mut install);
    let output = output(install);
    assert!(output.status.success(), "{output:?}");
    let first = folder.join("first.sql");
    write(
        &first,
        "CREATE DATABASE wordpress;\nCREATE USER wordpress@localhost;\n\
         GRANT ALL ON wordpress.* TO wordpress@localhost;\n",
    );
    let socket = folder.join("db.sock");
    let mut command = Command::new(program("mariadbd"));
    command
        .env("TZ", "UTC")
        .arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", socket.display()))
        .arg(format!("--pid-file={}", folder.join("db.pid").display()))
        .arg(format!("--init-file={}", first.display()))
        .args([
            "--skip-networking",
            "--skip-log-bin",
            "--innodb-buffer-pool-size=16M",
            "--innodb-flush-log-at-trx-commit=0",
            // With some kernels' io_uring it waits for ever.
            "--innodb-use-native-aio=0",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let process = Process::start(command);
    let up = wait_for(|| std::os::unix::net::UnixStream::connect(&socket).ok());
    assert!(up.is_some(), "mariadbd does not answer");
    process
}
