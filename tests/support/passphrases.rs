//! An installation whose ids have passphrases.

use crate::support::site::Site;

/// The passphrase of all ids.
pub(crate) const ALL: &str = "Open-Sesame_4.2";
/// That of one.
pub(crate) const OWN: &str = "a-word-of-its-own";

pub(crate) const WRONG: &str = "This entry accepts pings only at a private URL";

pub(crate) fn protect(site: &mut Site) {
    site.set("passphrase", &format!("\"{ALL}\""));
}
