//! Real web servers, in the foreground, configured by the files in `examples/`.
//!
//! The test replaces the examples' obvious places (`/var/www/blog`, `blog.example`, port 80 or
//! 8080, `/run/fcgiwrap.socket`) and adds what Debian's main configuration would have around them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::http;
use super::process::{Process, wait_for};
use super::request::Request;
use super::site::Site;
use super::{folder, free_port, give_to_owner, owner, program, write};

/// A web server that runs CGI programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Apache with the prefork MPM and mod_cgi.
    ApachePrefork,
    /// Apache with the event MPM and mod_cgid.
    ApacheEvent,
    /// lighttpd with mod_cgi.
    Lighttpd,
    /// nginx in front of fcgiwrap.
    Nginx,
    /// Caddy in front of fcgiwrap.
    Caddy,
    /// BusyBox's httpd.
    Busybox,
    /// `python3 -m http.server --cgi`.
    Python,
}

/// A running web server; dropping it ends it.
pub(crate) struct Server {
    /// Where it listens on 127.0.0.1.
    pub(crate) port: u16,
    // In this order: the processes end before their folder goes.
    _processes: Vec<Process>,
    _folder: tempfile::TempDir,
}

impl Server {
    /// Starts a server for `site`, and sets the URLs in the site's `tb.toml` to it.
    pub(crate) fn start(kind: Kind, site: &mut Site) -> Server {
        Server::started(|port, folder| {
            site.live_at(port);
            let plan = Plan {
                port,
                www: site.www(),
                ready_below: String::new(),
                folder,
            };
            let processes = plan.start(kind);
            (plan, processes)
        })
    }

    /// Starts Apache with mod_userdir, as Debian configures it, for the users of those names: `/~NAME/` is the `www` of
    /// the user's site, in whose `tb.toml` is only the program's URL.
    pub(crate) fn start_userdir(users: &mut [(&str, &mut Site)]) -> Server {
        Server::started(|port, folder| {
            for (name, site) in users.iter_mut() {
                site.live_below(port, &format!("/~{name}"));
            }
            let (name, site) = users.first().expect("a user");
            let plan = Plan {
                port,
                www: site.www(),
                ready_below: format!("/~{name}"),
                folder,
            };
            for (name, site) in &*users {
                let home = plan.folder.join("home").join(name);
                fs::create_dir_all(&home).expect("a folder");
                let link = home.join("public_html");
                std::os::unix::fs::symlink(site.www(), &link).expect("a link");
                if let Some((uid, gid)) = owner() {
                    std::os::unix::fs::lchown(&link, Some(uid), Some(gid)).expect("lchown");
                }
            }
            let processes = vec![plan.userdir()];
            (plan, processes)
        })
    }

    fn started(mut start: impl FnMut(u16, PathBuf) -> (Plan, Vec<Process>)) -> Server {
        let mut last_words = String::new();
        // Another process may take the port between our look at it and the server's.
        for _ in 0..5 {
            let folder = folder();
            let (plan, mut processes) = start(free_port(), folder.path().to_owned());
            if plan.is_ready(&mut processes) {
                return Server {
                    port: plan.port,
                    _processes: processes,
                    _folder: folder,
                };
            }
            last_words = plan.log();
        }
        panic!("the server does not start: {last_words}");
    }

    /// What it has logged.
    #[allow(dead_code, reason = "not every target has hosts")]
    pub(crate) fn log(&self) -> String {
        logged(self._folder.path())
    }
}

struct Plan {
    port: u16,
    www: PathBuf,
    /// The path at which `www` is served, without a slash at its end.
    ready_below: String,
    folder: PathBuf,
}

impl Plan {
    fn start(&self, kind: Kind) -> Vec<Process> {
        match kind {
            Kind::ApachePrefork => self.apache(&["mpm_prefork", "cgi"]),
            Kind::ApacheEvent => self.apache(&["mpm_event", "cgid"]),
            Kind::Lighttpd => self.lighttpd(),
            Kind::Nginx => self.nginx(),
            Kind::Caddy => self.caddy(),
            Kind::Busybox => self.script("busybox/httpd.sh", "127.0.0.1:8080"),
            Kind::Python => self.script("python/server.sh", " 8080"),
        }
    }

    /// Apache with mod_userdir and a folder `cgi-bin` of each user's.
    fn userdir(&self) -> Process {
        let home = self.folder.join("home");
        let own = fs::read_to_string("/etc/apache2/mods-available/userdir.conf").expect("Debian's");
        assert!(own.contains("/home/*/public_html"), "{own}");
        let own = own
            .replace("UserDir public_html", "UserDir /home/*/public_html")
            .replace("/home/", &format!("{}/", home.display()));
        let home = home.display();
        let text = format!(
            "LoadModule userdir_module /usr/lib/apache2/modules/mod_userdir.so\n{own}\n\
             <Directory {home}/*/public_html/cgi-bin>\nOptions +ExecCGI\nRequire all denied\n\
             <Files \"*.cgi\">\nSetHandler cgi-script\nRequire all granted\n</Files>\n</Directory>\n"
        );
        self.apache_with(
            &["mpm_prefork", "cgi"],
            &[&self.write("userdir.conf", &text)],
        )
    }

    fn apache(&self, kind: &[&str]) -> Vec<Process> {
        let place = [("/var/www/blog", self.www.as_path())];
        let example = self.example("apache/tb.conf", &place);
        let include = self.example("apache/include.conf", &place);
        vec![self.apache_with(kind, &[&example, &include])]
    }

    /// Apache with these modules besides those that it always has, and these files included in its configuration.
    fn apache_with(&self, kind: &[&str], included: &[&Path]) -> Process {
        let modules: String = kind
            .iter()
            .chain(&[
                "authz_core",
                "alias",
                "dir",
                "mime",
                "headers",
                "filter",
                "include",
                "reqtimeout",
                "rewrite",
            ])
            .map(|name| {
                format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n")
            })
            .collect();
        let included: String = included
            .iter()
            .map(|path| format!("Include {}\n", path.display()))
            .collect();
        let folder = self.folder.display();
        let port = self.port;
        let main = format!(
            "{modules}\
             ServerRoot {folder}\nDefaultRuntimeDir {folder}\nPidFile {folder}/pid\n\
             Listen 127.0.0.1:{port}\nServerName 127.0.0.1\nErrorLog {folder}/log\n\
             TypesConfig /etc/mime.types\n\
             <IfModule mpm_prefork_module>\nStartServers 2\nMinSpareServers 1\n</IfModule>\n\
             <IfModule mpm_event_module>\nStartServers 1\nThreadsPerChild 64\nMaxRequestWorkers 64\n</IfModule>\n\
             <IfModule cgid_module>\nScriptSock {folder}/cgisock\n</IfModule>\n\
             {included}\
             <Directory {}/moved>
Options +FollowSymLinks
AllowOverride FileInfo
</Directory>
",
            self.www.display()
        );
        let mut command = Command::new(program("apache2"));
        command
            .args(["-DFOREGROUND", "-f"])
            .arg(self.write("apache.conf", &main));
        self.launch(command)
    }

    fn lighttpd(&self) -> Vec<Process> {
        let example = self.example("lighttpd/tb.conf", &[("/var/www/blog", &self.www)]);
        let folder = self.folder.display();
        let main = format!(
            "server.port = {}\nserver.bind = \"127.0.0.1\"\nserver.errorlog = \"{folder}/log\"\n\
             server.upload-dirs = ( \"{folder}\" )\ninclude \"{}\"\n",
            self.port,
            example.display()
        );
        let mut command = Command::new(program("lighttpd"));
        command
            .args(["-D", "-f"])
            .arg(self.write("lighttpd.conf", &main));
        vec![self.launch(command)]
    }

    fn nginx(&self) -> Vec<Process> {
        let (socket, fcgiwrap) = self.fcgiwrap();
        let example = self.example(
            "nginx/tb.conf",
            &[
                ("/var/www/blog", &self.www),
                ("/run/fcgiwrap.socket", &socket),
                (
                    "listen 80",
                    Path::new(&format!("listen 127.0.0.1:{}", self.port)),
                ),
                ("blog.example", Path::new("127.0.0.1")),
            ],
        );
        let folder = self.folder.display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|name| format!("{name}_temp_path {folder}/{name};\n"))
            .collect();
        let main = format!(
            "daemon off;\npid {folder}/pid;\nerror_log {folder}/log;\nworker_processes 1;\n\
             events {{}}\nhttp {{\naccess_log off;\ninclude /etc/nginx/mime.types;\n\
             {temporary}include {};\n}}\n",
            example.display()
        );
        let mut command = Command::new(program("nginx"));
        command
            .args(["-p", &folder.to_string(), "-e", "log", "-c"])
            .arg(self.write("nginx.conf", &main));
        vec![self.launch(command), fcgiwrap]
    }

    fn caddy(&self) -> Vec<Process> {
        let (socket, fcgiwrap) = self.fcgiwrap();
        let example = self.example(
            "caddy/Caddyfile",
            &[
                ("/var/www/blog", &self.www),
                ("/run/fcgiwrap.socket", &socket),
                (
                    "blog.example {",
                    Path::new(&format!("http://127.0.0.1:{} {{", self.port)),
                ),
            ],
        );
        let main = format!(
            "{{\nadmin off\nauto_https off\ndefault_bind 127.0.0.1\n}}\nimport {}\n",
            example.display()
        );
        let mut command = Command::new(program("caddy"));
        command
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(self.write("Caddyfile", &main));
        vec![self.launch(command), fcgiwrap]
    }

    fn fcgiwrap(&self) -> (PathBuf, Process) {
        let socket = self.folder.join("fcgi");
        let mut command = Command::new(program("fcgiwrap"));
        command.args(["-c", "4", "-s", &format!("unix:{}", socket.display())]);
        let process = self.launch(command);
        wait_for(|| socket.exists().then_some(())).expect("fcgiwrap's socket");
        (socket, process)
    }

    /// A server whose configuration is its command line.
    fn script(&self, example: &str, place: &str) -> Vec<Process> {
        let address = place.replace("8080", &self.port.to_string());
        let script = self.example(
            example,
            &[("/var/www/blog", &self.www), (place, Path::new(&address))],
        );
        let mut command = Command::new("/bin/sh");
        command.arg(script);
        vec![self.launch(command)]
    }

    /// Copies an example with its placeholders replaced; one that is not there fails the test.
    fn example(&self, name: &str, places: &[(&str, &Path)]) -> PathBuf {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples")
            .join(name);
        let mut text = fs::read_to_string(&path).expect("an example");
        for (placeholder, real) in places {
            assert!(text.contains(placeholder), "`{placeholder}` in {name}");
            text = text.replace(placeholder, real.to_str().expect("UTF-8"));
        }
        self.write(&format!("example-{}", name.replace('/', "-")), &text)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        write(&path, text);
        path
    }

    fn launch(&self, mut command: Command) -> Process {
        let output = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("output"))
            .expect("a file for its output");
        give_to_owner(&self.folder.join("output"));
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", &self.folder)
            .current_dir(&self.folder)
            .stdout(output.try_clone().expect("a second descriptor"))
            .stderr(output);
        Process::start(command)
    }

    /// Waits until the server serves *our* page, not another process that took the port.
    fn is_ready(&self, processes: &mut [Process]) -> bool {
        let name = format!("ready-{}-{}.html", std::process::id(), self.port);
        let page = self.www.join(&name);
        write(&page, &name);
        let request = http::spell(
            self.port,
            &format!("{}/{name}", self.ready_below),
            &Request::new("GET"),
        );
        let ready = wait_for(|| {
            if processes.iter_mut().any(Process::has_ended) {
                return Some(false);
            }
            let reply = http::try_exchange(self.port, &request).ok()?;
            reply.ends_with(name.as_bytes()).then_some(true)
        });
        fs::remove_file(page).expect("remove");
        ready == Some(true)
    }

    fn log(&self) -> String {
        logged(&self.folder)
    }
}

fn logged(folder: &Path) -> String {
    ["output", "log"]
        .iter()
        .filter_map(|name| fs::read_to_string(folder.join(name)).ok())
        .collect()
}
