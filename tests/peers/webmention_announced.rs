//! What `tb snippet webmention` prints, put into the configuration of real web servers, announces the endpoint to the
//! senders of others.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::indieweb::python;
use crate::support::process::{Process, wait_for};
use crate::support::shell::Site;
use crate::support::{folder, free_port, give_to_owner, program, write};
use crate::webmention::FIND;

const ENDPOINT: &str = "http://127.0.0.1/cgi-bin/tb.cgi";

/// The printed lines for a server.
fn lines_for<'text>(printed: &'text str, server: &str) -> &'text str {
    let sections = printed.split("\n\n");
    let named = |section: &&str| {
        section
            .lines()
            .next()
            .is_some_and(|line| line.contains(server))
    };
    let section = sections.into_iter().find(named).expect(server);
    section.split_once('\n').expect("lines").1
}

fn apache(folder: &Path, port: u16, lines: &str) -> Command {
    let root = folder.join("www");
    write(&root.join(".htaccess"), &format!("{lines}\n"));
    let modules = ["mpm_event", "authz_core", "dir", "mime", "headers"];
    let modules = modules
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"));
    let (folder, root) = (folder.display(), root.display());
    let text = format!(
        "{}ServerRoot {folder}\nDefaultRuntimeDir {folder}\nPidFile {folder}/pid\nListen 127.0.0.1:{port}\n\
         ServerName 127.0.0.1\nErrorLog {folder}/log\nTypesConfig /etc/mime.types\nDocumentRoot {root}\n\
         <Directory {root}>\nAllowOverride FileInfo\nRequire all granted\n</Directory>\n",
        modules.concat()
    );
    let mut command = Command::new(program("apache2"));
    command
        .args(["-DFOREGROUND", "-f"])
        .arg(config(&folder.to_string(), &text));
    command
}

fn nginx(folder: &Path, port: u16, lines: &str) -> Command {
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|name| format!("{name}_temp_path {folder}/{name};\n"));
    let text = format!(
        "daemon off;\npid {folder}/pid;\nerror_log {folder}/log;\nworker_processes 1;\nevents {{}}\n\
         http {{\naccess_log off;\ninclude /etc/nginx/mime.types;\n{}server {{\nlisten 127.0.0.1:{port};\nroot {folder}/www;\n\
         {lines}\n}}\n}}\n",
        temporary.concat()
    );
    let mut command = Command::new(program("nginx"));
    command
        .args(["-p", &folder.to_string(), "-e", "log", "-c"])
        .arg(config(&folder.to_string(), &text));
    command
}

fn caddy(folder: &Path, port: u16, lines: &str) -> Command {
    let folder = folder.display();
    let text = format!(
        "{{\nadmin off\nauto_https off\ndefault_bind 127.0.0.1\n}}\nhttp://127.0.0.1:{port} {{\nroot * {folder}/www\n\
         file_server\n{lines}\n}}\n"
    );
    let mut command = Command::new(program("caddy"));
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(config(&folder.to_string(), &text));
    command
}

fn config(folder: &str, text: &str) -> std::path::PathBuf {
    let path = Path::new(folder).join("server.conf");
    write(&path, text);
    path
}

#[test]
fn the_headers_of_tb_snippet_webmention_announce_the_endpoint_on_apache_nginx_and_caddy() {
    let site = Site::with(&["--base-url", ENDPOINT]);
    let toml = site.read("cgi-bin/tb.toml");
    let named = "protocols = [\"trackback\", \"webmention\"]";
    assert!(toml.contains(named), "{toml}");
    site.write(
        "cgi-bin/tb.toml",
        &toml
            .replace(named, "protocols = [\"webmention\", \"pingback\"]")
            .replace("# entry = ", "entry = "),
    );
    let printed = site.tb(&["snippet", "webmention"]).out();
    for name in ["Apache", "nginx", "Caddy"] {
        let folder = folder();
        let root = folder.path().join("www");
        fs::create_dir(&root).unwrap();
        give_to_owner(&root);
        write(
            &root.join("index.html"),
            "<title>Home</title><p>Nothing in the page.",
        );
        let port = free_port();
        let start = match name {
            "Apache" => apache,
            "nginx" => nginx,
            _ => caddy,
        };
        let mut command = start(folder.path(), port, lines_for(&printed, name));
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", folder.path());
        let _server = Process::start(command);
        let up = wait_for(|| std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        assert!(up.is_some(), "{name} does not answer");
        let url = format!("http://127.0.0.1:{port}/index.html");
        let others: Vec<Value> = serde_json::from_str(python(FIND, &[], &url).trim()).unwrap();
        assert_eq!(others, [ENDPOINT, ENDPOINT], "{name}");
        let own = site.tb(&["discover", &url, "--json"]).out();
        let own: Value = serde_json::from_str(&own).unwrap();
        assert_eq!(
            (&own["webmention"], &own["pingback"]),
            (&ENDPOINT.into(), &ENDPOINT.into()),
            "{name}"
        );
    }
    // The line for the page.
    let blog = crate::support::blog::Blog::start_at([127, 0, 0, 3], []);
    let head = site.tb(&["snippet", "webmention", "--part", "head"]).out();
    let page = format!("<html><head>{head}</head><body><p>x</p></body></html>");
    blog.play("/", crate::support::blog::Script::html(&page));
    let others = python(FIND, &[], &blog.url("/"));
    let others: Vec<Value> = serde_json::from_str(others.trim()).unwrap();
    assert_eq!(others, [ENDPOINT, ENDPOINT]);
}
