//! The signed links in the mail: whoever has one can decide about one ping, without a log-in.
//!
//! The signature covers the ping, the hash of the text that the mail showed, the expiry and the hash of the password, so
//! that a link ends with the password. It is valid for no other ping and for no other purpose.

use jiff::{SignedDuration, Timestamp};

use crate::config::Config;
use crate::store::{ReasonKind, Record, Secret, State, same_secret};

/// The mode of the page.
pub const MODE: &str = "review";
/// How long a link is valid, in days.
pub const DAYS: i64 = 14;
/// Hexadecimal digits of the signature: 128 bits.
const DIGITS: usize = 32;

/// What a link names, as it is written in the URL.
#[derive(Debug, Clone, Copy)]
pub struct DecisionLink<'text> {
    /// The id.
    pub tb_id: &'text str,
    /// The number of the ping.
    pub number: &'text str,
    /// The hash of the text that the mail showed.
    pub text_hash: &'text str,
}

/// Whether a link may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkValidity {
    /// It may be used until then.
    Until(Timestamp),
    /// It was valid.
    Expired,
    /// It was changed, or made with another password or key.
    Forged,
}

impl DecisionLink<'_> {
    /// The URL; `None` if there is no password, because then nobody decides over the web.
    pub fn url(&self, config: &Config, secret: &Secret, now: Timestamp) -> Option<String> {
        let expires = now
            .checked_add(SignedDuration::from_hours(24 * DAYS))
            .ok()?;
        let expires = expires.as_second().to_string();
        let mac = self.sign(config, secret, &expires)?;
        let mut url = config.base_url.clone();
        url.query_pairs_mut()
            .append_pair("__mode", MODE)
            .append_pair("tb_id", self.tb_id)
            .append_pair("id", self.number)
            .append_pair("as", self.text_hash)
            .append_pair("key", &format!("{expires}.{mac}"));
        Some(url.into())
    }

    /// Checks the `key` of a URL.
    pub fn check(
        &self,
        config: &Config,
        secret: &Secret,
        key: &str,
        now: Timestamp,
    ) -> LinkValidity {
        let (expires, mac) = key.split_once('.').unwrap_or_default();
        let Some(expected) = self.sign(config, secret, expires) else {
            return LinkValidity::Forged;
        };
        let signed = same_secret(mac, &expected);
        let until = expires.parse().ok().map(Timestamp::from_second);
        match until {
            Some(Ok(until)) if signed && now < until => LinkValidity::Until(until),
            Some(Ok(_)) if signed => LinkValidity::Expired,
            _ => LinkValidity::Forged,
        }
    }

    /// The texts are signed as they are in the URL: no other spelling of a number is valid.
    fn sign(&self, config: &Config, secret: &Secret, expires: &str) -> Option<String> {
        let password = config.password.as_deref()?;
        let parts = [password, self.tb_id, self.number, self.text_hash, expires];
        // None of the signed texts has a NUL, so the parts of an equal text are equal.
        let mac = secret.sign("decision by mail", &parts.join("\0"));
        Some(mac.chars().take(DIGITS).collect())
    }
}

/// Whether a ping waits for a decision of the owner, who has not decided to hold it.
pub fn awaits_decision(record: &Record) -> bool {
    record.state == State::Held && record.reason() != Some(ReasonKind::Owner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn config(password: &str) -> Config {
        let text = format!(
            "base_url = \"https://blog.example/tb.cgi\"\ndata_dir = \"/d\"\npassword = \"{password}\"\n"
        );
        Config::read(Path::new("/tb.toml"), text.as_bytes(), |_| None).unwrap()
    }

    fn secret(key: &str) -> Secret {
        Secret {
            key: key.repeat(64),
            epoch: 1,
            feed: 0,
        }
    }

    #[test]
    fn s4_a_link_is_valid_unchanged_for_14_days_and_one_password_only() {
        let now: Timestamp = "2026-11-20T09:00:00Z".parse().unwrap();
        let link = DecisionLink {
            tb_id: "猫の話",
            number: "4",
            text_hash: "0123",
        };
        let (mine, key) = (config("$argon2id$a"), secret("a"));
        let url = link.url(&mine, &key, now).unwrap();
        assert!(url.is_ascii(), "{url}");
        let word = url.split_once("key=").unwrap().1;
        let until = now + SignedDuration::from_hours(14 * 24);
        let second = SignedDuration::from_secs(1);
        assert_eq!(
            link.check(&mine, &key, word, now),
            LinkValidity::Until(until)
        );
        assert_eq!(
            link.check(&mine, &key, word, until - second),
            LinkValidity::Until(until)
        );
        assert_eq!(link.check(&mine, &key, word, until), LinkValidity::Expired);
        let others = [
            DecisionLink {
                tb_id: "猫の",
                ..link
            },
            DecisionLink {
                number: "5",
                ..link
            },
            DecisionLink {
                number: "04",
                ..link
            },
            DecisionLink { number: "", ..link },
            DecisionLink {
                text_hash: "0124",
                ..link
            },
            DecisionLink {
                number: "4\u{0}0123",
                text_hash: "",
                ..link
            },
        ];
        for other in others {
            assert_eq!(
                other.check(&mine, &key, word, now),
                LinkValidity::Forged,
                "{other:?}"
            );
        }
        let (expires, mac) = word.split_once('.').unwrap();
        let later = expires.parse::<i64>().unwrap() + 1;
        let words = [
            String::new(),
            ".".to_owned(),
            expires.to_owned(),
            format!("{expires}."),
            format!(".{mac}"),
            format!("{later}.{mac}"),
            format!("+{word}"),
            format!("{word}0"),
            format!("{expires}.{}", mac.to_uppercase()),
            format!("{expires}.{}", mac.get(1..).unwrap()),
            format!("9{word}"),
            key.sign("decision by mail", ""),
        ];
        for word in words {
            assert_eq!(
                link.check(&mine, &key, &word, now),
                LinkValidity::Forged,
                "{word}"
            );
        }
        assert_eq!(
            link.check(&config("$argon2id$b"), &key, word, now),
            LinkValidity::Forged
        );
        assert_eq!(
            link.check(&mine, &secret("b"), word, now),
            LinkValidity::Forged
        );
    }

    #[test]
    fn s4_without_a_password_there_is_no_link_and_none_is_valid() {
        let now: Timestamp = "2026-11-20T09:00:00Z".parse().unwrap();
        let link = DecisionLink {
            tb_id: "entry",
            number: "1",
            text_hash: "",
        };
        let mut config = config("$argon2id$a");
        let url = link.url(&config, &secret("a"), now).unwrap();
        config.password = None;
        assert_eq!(link.url(&config, &secret("a"), now), None);
        let word = url.split_once("key=").unwrap().1;
        assert_eq!(
            link.check(&config, &secret("a"), word, now),
            LinkValidity::Forged
        );
    }
}
