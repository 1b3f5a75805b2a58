//! Private ping URLs: a passphrase for all ids or for one, and signed URLs with an expiry time.
//!
//! As in Movable Type, the passphrase follows the id: `tb.cgi/ID/passphrase`; a host without `PATH_INFO` uses
//! `?tb_id=ID&key=passphrase`. A signature `~EXPIRES.MAC` can take its place: the MAC covers the id and the expiry time,
//! so neither can be changed, and nothing is stored to verify it. A signature also proves that the owner knows the id,
//! which a passphrase for all ids does not.

use super::entries::{self, EntryInfo, EntryReader};
use crate::config::Config;
use crate::error::{Refusal, Result};
use crate::linkback::trackback::TbId;
use crate::store::{Secret, Store, same_secret};
use jiff::Timestamp;
use url::Url;

/// The first character of a signature; no passphrase begins with it.
pub const SIGNATURE: char = '~';
/// Hexadecimal digits of a MAC: 128 bits.
const MAC_DIGITS: usize = 32;

/// How a ping was authorised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PingAccess {
    /// The id needs no passphrase.
    Open,
    /// With the passphrase.
    Passphrase,
    /// With a signature: the owner made a ping URL for this id.
    Signed,
}

/// Checks the key of a ping for `id`. The caller must have counted the ping before, so that guessing is rate limited.
pub fn check(
    config: &Config,
    (store, entries): (&Store, &EntryReader),
    id: &TbId,
    key: Option<&str>,
    now: Timestamp,
) -> Result<PingAccess> {
    let key = key.unwrap_or_default();
    if key.starts_with(SIGNATURE) {
        let secret = store.secret()?.ok_or(Refusal::PingUrlExpired)?;
        return match is_valid_signature(&secret, id, key, now) {
            true => Ok(PingAccess::Signed),
            false => Err(Refusal::PingUrlExpired.into()),
        };
    }
    match passphrase_of(config, entries.find(store, id)?.as_ref()) {
        None => Ok(PingAccess::Open),
        Some(passphrase) if same_secret(key, &passphrase) => Ok(PingAccess::Passphrase),
        Some(_) => Err(Refusal::WrongPassphrase.into()),
    }
}

/// The passphrase that pings for `id` need: its own, or the general one.
pub fn passphrase(config: &Config, store: &Store, id: &TbId) -> Result<Option<String>> {
    Ok(passphrase_of(config, entries::find(store, id)?.as_ref()))
}

/// The same for an entry that was looked up.
pub fn passphrase_of(config: &Config, entry: Option<&EntryInfo>) -> Option<String> {
    let own = entry.and_then(|entry| entry.passphrase.clone());
    own.or_else(|| config.passphrase.clone())
}

/// A signature, which replaces the passphrase until `expires`.
pub fn signature(secret: &Secret, id: &TbId, expires: Timestamp) -> String {
    let expires = expires.as_second().to_string();
    format!("{SIGNATURE}{expires}.{}", mac(secret, id, &expires))
}

/// The ping URL of `id`, with a passphrase or signature.
pub fn ping_url(config: &Config, id: &TbId, key: Option<&str>) -> String {
    let mut url = config.base_url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push(id.as_str()).extend(key);
    }
    url.into()
}

/// The same for a host without `PATH_INFO`.
pub fn ping_url_by_query(config: &Config, id: &TbId, key: Option<&str>) -> String {
    let mut url = config.base_url.clone();
    url.query_pairs_mut()
        .append_pair("tb_id", id.as_str())
        .extend_pairs(key.map(|key| ("key", key)));
    url.into()
}

/// The id of a ping URL of this program, without a key; `None` for any other URL.
pub fn id_of_ping_url(config: &Config, url: &Url) -> Option<TbId> {
    let own = config.base_url.as_str().trim_end_matches('/');
    let rest = url.as_str().strip_prefix(own)?;
    let raw = match rest.strip_prefix('?') {
        Some(_) => {
            let mut fields = url.query_pairs();
            fields
                .find(|(name, _)| name == "tb_id")?
                .1
                .into_owned()
                .into_bytes()
        }
        None => {
            let path = rest.strip_prefix('/')?.split(['?', '#']).next()?;
            percent_encoding::percent_decode_str(path.trim_matches('/')).collect()
        }
    };
    TbId::new(&raw).ok()
}

fn is_valid_signature(secret: &Secret, id: &TbId, key: &str, now: Timestamp) -> bool {
    let signed = key.strip_prefix(SIGNATURE).unwrap_or_default();
    let Some((expires, given)) = signed.split_once('.') else {
        return false;
    };
    let fresh = expires
        .parse()
        .is_ok_and(|expires: i64| now.as_second() < expires);
    // The MAC covers the digits as written: `+1` and `01` were never signed.
    same_secret(given, &mac(secret, id, expires)) && fresh
}

fn mac(secret: &Secret, id: &TbId, expires: &str) -> String {
    let mut mac = secret.sign("ping-url", &format!("{id}\0{expires}"));
    mac.truncate(MAC_DIGITS);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    fn id(text: &str) -> TbId {
        TbId::new(text.as_bytes()).unwrap()
    }

    fn secret(key: &str) -> Secret {
        Secret {
            key: key.repeat(64),
            epoch: 1,
            feed: 0,
        }
    }

    #[test]
    fn an_id_is_read_from_the_ping_urls_of_this_program_alone() {
        let text = b"base_url = \"https://blog.example/tb.cgi\"\ndata_dir = \"/x\"\n";
        let config = Config::read(std::path::Path::new("/x/tb.toml"), text, |_| None).unwrap();
        for (url, expected) in [
            (ping_url(&config, &id("猫"), None), Some("猫")),
            (ping_url_by_query(&config, &id("猫"), None), Some("猫")),
            (
                "https://blog.example/tb.cgi/2026/hello/".into(),
                Some("2026_hello"),
            ),
            (
                "https://blog.example/tb.cgi/hello?x#y".into(),
                Some("hello"),
            ),
            ("https://blog.example/tb.cgi".into(), None),
            ("https://blog.example/tb.cgi?__mode=list".into(), None),
            ("https://blog.example/tb.cgix/hello".into(), None),
            ("https://other.example/tb.cgi/hello".into(), None),
            ("https://blog.example/tb.cgi/..%2fx".into(), None),
        ] {
            let found = id_of_ping_url(&config, &Url::parse(&url).unwrap());
            assert_eq!(found.as_ref().map(TbId::as_str), expected, "{url}");
        }
    }

    #[test]
    fn s5_a_signature_is_good_for_its_id_its_time_and_its_installation_only() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let ours = secret("a");
        let key = signature(&ours, &id("entry"), now + 24.hours());
        assert!(
            key.starts_with("~1800086400.") && key.len() == 12 + 32,
            "{key}"
        );
        let good = |id_: &str, key: &str, at| is_valid_signature(&ours, &id(id_), key, at);
        assert!(good("entry", &key, now));
        assert!(good("entry", &key, now + 24.hours() - 1.second()));
        assert!(!good("entry", &key, now + 24.hours()), "its time is over");
        assert!(!good("other", &key, now), "another id");
        assert!(!is_valid_signature(&secret("b"), &id("entry"), &key, now));
        for wrong in [
            key.to_uppercase(),
            key.replace("~18", "~19"),
            key.replace("~18", "~+18"),
            key.replace("~18", "~018"),
            key.replace('~', "~~"),
            key.replace('.', ""),
            format!("{key}0"),
            key.get(..key.len() - 1).unwrap().to_owned(),
            "~".to_owned(),
            "~1900000000.".to_owned(),
            format!("~1900000000.{}", "0".repeat(32)),
            "~9223372036854775808.x".to_owned(),
        ] {
            assert!(!good("entry", &wrong, now), "{wrong}");
        }
    }

    #[test]
    fn what_signs_a_session_signs_no_ping_url() {
        let ours = secret("a");
        let text = format!("{}\0{}", id("entry"), 1);
        assert_ne!(
            mac(&ours, &id("entry"), "1"),
            ours.sign("token", &text).get(..MAC_DIGITS).unwrap()
        );
    }
}
