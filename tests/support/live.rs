//! An installation that is live: behind a web server or as `tb serve`.

use super::http::{self, Reply};
use super::request::Request;
use super::server::{Kind, Server};
use super::site::{BASE, Serving, Site};
use super::visitor::Visitor;

/// What stands between the network and the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// A web server that runs the static executable as a CGI program.
    Web(Kind),
    /// `tb serve`, of the executable with its assertions and overflow checks.
    Serve,
}

/// Makes a module for each host, with one test for each clause; each test has a server of its own.
#[allow(unused_macros, reason = "not every target has hosts")]
macro_rules! for_each_host {
    ([$($module:ident: $host:expr,)*] $($clause:ident)*) => {
        for_each_host! { @ ($($clause)*) $($module: $host,)* }
    };
    (@ $clauses:tt $($module:ident: $host:expr,)*) => {
        $(for_each_host! { @@ $module, $host, $clauses })*
    };
    (@@ $module:ident, $host:expr, ($($clause:ident)*)) => {
        mod $module {
            use super::*;
            $(
                #[test]
                fn $clause() {
                    super::$clause($host);
                }
            )*
        }
    };
}
#[allow(unused_imports, reason = "as above")]
pub(crate) use for_each_host;

/// A site and what serves it; dropping it ends the server first, then removes the site.
pub(crate) struct Live {
    /// Where it is to be reached on 127.0.0.1.
    pub(crate) port: u16,
    _keeper: Keeper,
    /// The installation.
    pub(crate) site: Site,
}

enum Keeper {
    Web { _server: Server },
    Serve { _serving: Serving },
}

impl Live {
    /// Starts a site with a password.
    pub(crate) fn start(host: Host) -> Live {
        Live::start_with(host, |site| site.set_password())
    }

    /// Starts a site that `set_up` has changed.
    pub(crate) fn start_with(host: Host, set_up: impl FnOnce(&mut Site)) -> Live {
        match host {
            Host::Web(kind) => {
                let mut site = Site::shipped();
                set_up(&mut site);
                let server = Server::start(kind, &mut site);
                Live {
                    port: server.port,
                    _keeper: Keeper::Web { _server: server },
                    site,
                }
            }
            Host::Serve => {
                let mut site = Site::new();
                set_up(&mut site);
                let serving = site.serve();
                Live {
                    port: serving.port,
                    _keeper: Keeper::Serve { _serving: serving },
                    site,
                }
            }
        }
    }

    /// Someone who has not been here.
    pub(crate) fn visitor(&self) -> Visitor {
        Visitor::new(self.port, BASE)
    }

    /// The owner, logged in.
    #[track_caller]
    pub(crate) fn owner(&self) -> Visitor {
        let mut owner = self.visitor();
        owner.log_in(super::site::PASSWORD).expect(303);
        owner
    }

    /// Sends a request to the program.
    pub(crate) fn send(&self, request: &Request) -> Reply {
        http::send(self.port, BASE, request)
    }

    /// Gets a page that is not the program's.
    pub(crate) fn page(&self, path: &str) -> Reply {
        http::send(self.port, path, &Request::new("GET"))
    }

    /// The list of an id, as a stranger sees it.
    #[track_caller]
    pub(crate) fn list(&self, id: &str) -> String {
        let reply = self.send(&Request::get(&format!("__mode=list&tb_id={id}")));
        reply.expect(200).text().to_owned()
    }
}
