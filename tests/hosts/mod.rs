//! What holds under each host: `tests/it` has these clauses under `tb serve`, `tests/servers` has them under web servers.

/// Makes a module for each host of this target, with one test for each clause; each test has a server of its own.
macro_rules! for_each_host_here {
    ([$($module:ident: $host:ident,)*] $($clause:ident)*) => {
        for_each_host_here! { @ ($($clause)*) $($module: $host,)* }
    };
    (@ $clauses:tt $($module:ident: $host:ident,)*) => {
        $(for_each_host_here! { @@ $module, $host, $clauses })*
    };
    (@@ $module:ident, Serve, ($($clause:ident)*)) => {
        under_tb_serve! {
            mod $module {
                $(
                    #[test]
                    fn $clause() {
                        super::$clause(crate::support::live::Host::Serve);
                    }
                )*
            }
        }
    };
    (@@ $module:ident, $kind:ident, ($($clause:ident)*)) => {
        under_a_web_server! {
            mod $module {
                $(
                    #[test]
                    fn $clause() {
                        super::$clause(crate::support::live::Host::Web(
                            crate::support::server::Kind::$kind,
                        ));
                    }
                )*
            }
        }
    };
}

pub(crate) mod bans;
mod flood;
mod hostile;
mod hostile_owner;
pub(crate) mod hostile_set_up;
mod mail_links;
mod passphrases;
mod send;
mod send_form;
mod submit;
mod verify;
mod webmention;
mod whole_tool;
