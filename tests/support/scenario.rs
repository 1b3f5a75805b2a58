//! Changes that a crash may interrupt: each can be repeated from the same initial state, and has an expected result.

use super::disk_state::{DiskState, assert_well_formed, fact, file_of, read};
use super::http::Reply;
use super::image::{Image, listed};
use super::request::Request;
use super::site::{PASSWORD, Site};
use super::strace::{Ended, Invocation, run_plain};
use super::visitor::find_form;
use super::{set_mode, write};

/// The id whose pings are changed.
pub(crate) const ID: &str = "entry";

/// What `tb passwd` sets.
pub(crate) const NEW_PASSWORD: &str = "another horse, another battery";

/// A change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// A ping of a permalink that is new.
    Receive,
    /// A ping of the permalink of number 1 with another text.
    Update,
    /// The owner deletes number 1 on the web.
    Delete,
    /// The owner junks number 1 on the web.
    Junk,
    /// The owner junks number 1 in the shell.
    JunkInShell,
    /// `tb rebuild`, with a feed that is behind its pings.
    Rebuild,
    /// A ping to a file whose dead lines outweigh the living.
    Compact,
    /// `tb passwd`.
    Passwd,
}

/// An installation in which one action can be done from the same beginning again and again.
pub(crate) struct Scenario {
    pub(crate) site: Site,
    pub(crate) action: Action,
    pub(crate) run: Invocation,
    beginning: Image,
    /// The file of pings before the action.
    before: String,
    /// What stood before the action.
    pub(crate) old: DiskState,
    /// What stands after it.
    pub(crate) new: DiskState,
}

impl Scenario {
    /// One with so many pings before the action.
    pub(crate) fn new(action: Action, pings_before: usize) -> Scenario {
        let mut site = Site::shipped();
        if matches!(action, Action::Delete | Action::Junk | Action::Passwd) {
            site.set_password();
        }
        write_pings(&site, ID, pings_before);
        site.tb(&["rebuild"]);
        match action {
            Action::Rebuild => {
                write_pings(&site, ID, pings_before + 1);
                // One whose feed is right, and one that has none.
                write_pings(&site, "newer", 2);
            }
            Action::Compact => add_dead_lines(&site),
            _ => {}
        }
        let run = invocation(&site, action);
        // An index is about one inode: whether a restored file has that one again is chance, and with it which
        // calls are made. Without it, each run makes it.
        let index = site.data_dir().join(format!(".{ID}.idx"));
        std::fs::remove_file(index).unwrap_or_default();
        let folders = [site.data_dir(), site.rss_dir()];
        let beginning = Image::capture(&folders, &site.config());
        let before = read(file_of(&site, ID)).unwrap_or_default();
        // Every line of it parses, so that it need not be looked at again.
        before.lines().for_each(|line| drop(fact(line)));
        let old = DiskState::of(&site, &before);
        let mut stage = Scenario {
            new: old.clone(),
            site,
            action,
            run,
            beginning,
            before,
            old,
        };
        stage.succeed();
        stage.new = stage.standing();
        if action == Action::Passwd {
            let (old, new) = (PASSWORD, NEW_PASSWORD);
            assert!(log_in(&stage.site, new).is_some() && log_in(&stage.site, old).is_none());
        }
        assert_eq!(stage.new.torn, "");
        assert_ne!(stage.new.feed, None);
        stage.restore();
        stage
    }

    /// Makes everything as it was before the action.
    pub(crate) fn restore(&self) {
        self.beginning.restore();
    }

    /// Does the action as it is done any day.
    pub(crate) fn run_again(&self) -> Ended {
        run_plain(&self.site.executable(), &self.run)
    }

    /// Does the action, which must go well.
    #[track_caller]
    pub(crate) fn succeed(&self) {
        let ended = self.run_again();
        assert!(self.is_done(&ended), "{:?}: {ended:?}", self.action);
    }

    /// Whether the action is a ping that comes in.
    pub(crate) fn is_receiving(&self) -> bool {
        matches!(
            self.action,
            Action::Receive | Action::Update | Action::Compact
        )
    }

    /// What stands now; a line that does not parse fails the test.
    #[track_caller]
    pub(crate) fn standing(&self) -> DiskState {
        DiskState::of(&self.site, &self.before)
    }

    /// Whether a request said nothing on standard error but what keeps the configuration from being read, or the pings from
    /// being stored.
    pub(crate) fn tells_only_owner(&self, ended: &Ended) -> bool {
        let said = ended.stderr.as_str();
        let is_of_config = said.starts_with("tb: cannot read `")
            && said.contains("/tb.toml`: ")
            && said.lines().count() == 1;
        let is_line = is_of_config || self.site.is_storage_line(said);
        said.is_empty() || is_line && !self.is_done(ended)
    }

    /// Whether the program has answered that the action is done.
    pub(crate) fn is_done(&self, ended: &Ended) -> bool {
        match self.action {
            _ if self.is_receiving() => {
                // All of the response, else it is no answer.
                let text = String::from_utf8_lossy(&ended.stdout);
                text.contains("<error>0</error>") && text.ends_with("</response>\n")
            }
            Action::Delete | Action::Junk => ended.stdout.starts_with(b"Status: 303 "),
            _ => ended.code == Some(0),
        }
    }

    /// Whether the action comes in by the web.
    pub(crate) fn is_web(&self) -> bool {
        !matches!(
            self.action,
            Action::JunkInShell | Action::Rebuild | Action::Passwd
        )
    }

    /// Fails unless what stands is whole: each file old or new, the pings perhaps one line longer.
    #[track_caller]
    pub(crate) fn judge(&self, what: &str) -> DiskState {
        let now = self.standing();
        let appended = || {
            let longer = [
                self.old.lines.as_slice(),
                self.new.lines.last().map_or(&[], std::slice::from_ref),
            ]
            .concat();
            now.lines == longer
        };
        assert!(
            now.lines == self.old.lines || now.lines == self.new.lines || appended(),
            "{what}: lines {:?}",
            now.lines
        );
        if let Some(feed) = &now.feed {
            assert_well_formed(feed, what);
        }
        assert!(
            now.feed == self.old.feed || now.feed == self.new.feed,
            "{what}: feed {:?}",
            now.feed
        );
        assert!(
            now.key == self.old.key || now.key == self.new.key,
            "{what}: the secret {:?}",
            now.key
        );
        assert_eq!(now.config, self.old.config, "{what}");
        for path in listed(&self.site.rss_dir()) {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            // What begins with a dot is refused by `tb serve` and is no feed's name for anybody.
            let is_feed = name == "entry.xml" || name == "newer.xml";
            assert!(
                is_feed || (name.starts_with('.') && name.ends_with(".tmp")),
                "{what}: {name}"
            );
        }
        now
    }

    /// Fails unless the same action goes well now, makes everything as if nothing had happened, and the
    /// next ping is received.
    #[track_caller]
    pub(crate) fn recover(&self, what: &str) {
        let ended = self.run_again();
        let gone = self.action == Action::Delete && ended.stdout.starts_with(b"Status: 404 ");
        assert!(self.is_done(&ended) || gone, "{what}: again: {ended:?}");
        let now = self.standing();
        assert_eq!(now.torn, "", "{what}");
        assert_eq!(now.lines, self.new.lines, "{what}: again");
        assert_eq!(now.feed, self.new.feed, "{what}: again");
        let reply = self
            .site
            .cgi(&Request::ping(ID, "http://weblog.example/the-next"));
        assert!(reply.text().contains("<error>0</error>"), "{what}: {reply}");
        let feed = self.standing().feed.expect("a feed");
        assert!(
            feed.contains("<link>http://weblog.example/the-next</link>"),
            "{what}: {feed}"
        );
        for folder in [
            self.site.data_dir(),
            self.site.rss_dir(),
            self.site.path("www/cgi-bin"),
        ] {
            for path in listed(&folder) {
                assert_ne!(
                    path.extension().unwrap_or_default(),
                    "tmp",
                    "{what}: {}",
                    path.display()
                );
            }
        }
    }
}

/// A session of the owner's, as its cookie; `None` if the password is wrong.
pub(crate) fn log_in(site: &Site, password: &str) -> Option<String> {
    let page = site.cgi(&Request::get("__mode=login"));
    let form = find_form(&page, "do_login").with("password", password);
    let request = form
        .request()
        .header("Cookie", &cookie(&page).expect("a cookie"));
    cookie(&site.cgi(&request)).filter(|cookie| cookie.starts_with("tb="))
}

fn cookie(reply: &Reply) -> Option<String> {
    let value = reply.header("Set-Cookie")?;
    value.split(';').next().map(str::to_owned)
}

fn invocation(site: &Site, action: Action) -> Invocation {
    let in_shell = |arguments: &[&str], input: &str| Invocation {
        arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
        environment: Vec::new(),
        input: input.as_bytes().to_vec(),
    };
    let by_web = |request: Request| Invocation {
        arguments: Vec::new(),
        environment: request.environment(),
        input: request.body,
    };
    match action {
        Action::Receive | Action::Compact => by_web(Request::ping(ID, "http://weblog.example/new")),
        Action::Update => by_web(Request::ping(ID, &permalink(1))),
        Action::Delete => by_web(owners(site, "delete", &[])),
        Action::Junk => by_web(owners(site, "state", &[("to", "junk")])),
        Action::JunkInShell => in_shell(&["junk", ID, "1"], ""),
        Action::Rebuild => in_shell(&["rebuild"], ""),
        Action::Passwd => in_shell(&["passwd"], &format!("{NEW_PASSWORD}\n")),
    }
}

/// A form of the owner's about ping 1.
fn owners(site: &Site, mode: &str, more: &[(&str, &str)]) -> Request {
    let cookie = log_in(site, PASSWORD).expect("a session");
    let query = format!("__mode=delete&tb_id={ID}&id=1");
    let page = site.cgi(&Request::get(&query).header("Cookie", &cookie));
    let form = find_form(&page, "delete");
    let token = form.value("token").expect("a token");
    let mut fields = vec![
        ("__mode", mode),
        ("tb_id", ID),
        ("id", "1"),
        ("token", token),
    ];
    fields.extend(more);
    Request::post(&fields).header("Cookie", &cookie)
}

fn permalink(number: usize) -> String {
    format!("http://weblog.example/{number}")
}

/// Writes the file of an id anew, with pings numbered from 1; none is no file.
fn write_pings(site: &Site, id: &str, count: usize) {
    if count == 0 {
        return;
    }
    let line = |number: usize| {
        let url = permalink(number);
        format!(
            "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{url}\",\"title\":\"Title {number}\",\"excerpt\":\"An excerpt of number {number}\",\"blog_name\":\"A weblog\",\"state\":\"published\",\"via\":\"trackback\",\"from\":\"127.0.0.0/24\"}}\n"
        )
    };
    let text: String = (1..=count).map(line).collect();
    put(site, id, &text);
}

/// As many state lines as make the file due for compaction at the next change.
fn add_dead_lines(site: &Site) {
    let mut text = read(file_of(site, ID)).expect("pings");
    let lines = 66.max(text.lines().count() + 2);
    for turn in 0..lines {
        let to = if turn % 2 == 0 { "held" } else { "published" };
        text.push_str(&format!(
            "{{\"op\":\"state\",\"id\":1,\"time\":\"2026-11-01T06:00:00Z\",\"to\":\"{to}\",\"why\":\"owner\"}}\n"
        ));
    }
    put(site, ID, &text);
}

fn put(site: &Site, id: &str, text: &str) {
    let path = file_of(site, id);
    write(&path, text);
    set_mode(&path, 0o600);
}
