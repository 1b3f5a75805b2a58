//! The mail that notifies the owner of waiting pings: at most one an hour, and none without new ones.
//!
//! `.notified` records when the last mail was attempted and which waiting pings were in a mail. It is written before a
//! mail is sent (so that an hour passes even if sending fails) and after (so that the pings of a lost mail are in the
//! next one). Pings whose pages are just being checked, or are tried again, are left for later: most of them become junk.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::mail::Mail;
use self::mail::{PingNumbers, WaitingPings};
use crate::admission::entries::EntryReader;
use crate::config::Config;
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::order;
use crate::store::{ReasonKind, Record, State, StateFile, Store, Which};

mod mail;

/// The time between two mails, and the longest time that a check is assumed to take.
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// The time within which a page that could not be fetched has been tried for the last time.
const RETRIES: SignedDuration = SignedDuration::from_hours(48);
/// How many pings a mail shows.
const SHOWN: usize = 20;
/// How many waiting pings are read.
const MAX: usize = 10_000;

/// The content of `.notified`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Notified {
    /// When a mail was last made.
    last: Option<Timestamp>,
    /// The waiting pings that were in a mail.
    #[serde(default, rename = "told")]
    pings: PingNumbers,
}

/// The mail to send now, if the owner wants mail, there are new waiting pings, and the last mail is an hour old. The
/// caller has an hour to send it: no other process gets one meanwhile.
pub fn due(config: &Config, store: &Store, now: Timestamp) -> Result<Option<Mail>> {
    let Some(address) = &config.notify else {
        return Ok(None);
    };
    // Most calls end here, without a lock.
    if !is_time(&parse_notified(store.read_state(StateFile::Notified)?), now) {
        return Ok(None);
    }
    let mut mail = None;
    store.edit_state(StateFile::Notified, |old| {
        let known = parse_notified(Some(old));
        if !is_time(&known, now) {
            return Ok(None);
        }
        let waiting = load_waiting(store, &known.pings, now)?;
        if waiting.new == 0 {
            return Ok(None);
        }
        // The owner's crontab may run as a user who cannot read the key; the mail then has no links.
        let secret = store.secret().ok().flatten();
        mail = Some(Mail {
            text: mail::compose(config, address, &waiting, secret.as_ref(), now),
            count: waiting.new,
            waiting: waiting.numbers,
        });
        Ok(Some(encode_notified(&Notified {
            last: Some(now),
            pings: known.pings,
        })))
    })?;
    Ok(mail)
}

/// Records that a mail was sent, so that its pings are not in the next one.
pub fn sent(store: &Store, mail: &Mail) -> Result<()> {
    store.edit_state(StateFile::Notified, |old| {
        Ok(Some(encode_notified(&Notified {
            last: parse_notified(Some(old)).last,
            pings: mail.waiting.clone(),
        })))
    })
}

fn load_waiting(store: &Store, notified: &PingNumbers, now: Timestamp) -> Result<WaitingPings> {
    let mut waiting = WaitingPings::default();
    for id in store.ids()? {
        // Unreadable files are skipped; `tb check` reports them.
        let Ok(Some(pings)) = store.pings(&id) else {
            continue;
        };
        let most = MAX.saturating_sub(waiting.all);
        let held = pings.newest(Which::In(State::Held), None, most);
        let before = notified.get(id.as_str());
        for record in held.unwrap_or_default() {
            let is_old = before.is_some_and(|before| before.contains(&record.id));
            if !is_old && !waits(&record, now) {
                continue;
            }
            waiting.all += 1;
            let numbers = waiting.numbers.entry(id.to_string()).or_default();
            numbers.insert(record.id);
            if !is_old {
                waiting.new += 1;
                waiting.newest.push((id.clone(), record));
            }
        }
        let time = |(_, record): &(TbId, Record)| std::cmp::Reverse(record.time);
        order::sort_by_key(&mut waiting.newest, time);
        waiting.newest.truncate(SHOWN);
    }
    let entries = EntryReader::default();
    for (id, _) in &waiting.newest {
        let entry = entries.find(store, id).ok().flatten();
        if let Some(title) = entry.and_then(|entry| entry.title) {
            waiting.titles.insert(id.clone(), title);
        }
    }
    Ok(waiting)
}

/// Whether a held ping needs a decision: not if the owner holds it, nor while its page may still be in the first check,
/// which takes less than an hour, or is tried again.
fn waits(record: &Record, now: Timestamp) -> bool {
    let age = now.duration_since(record.time);
    match record.reason() {
        Some(ReasonKind::Owner) => false,
        Some(ReasonKind::Unverified) => age.is_negative() || age >= HOUR,
        Some(ReasonKind::Unreachable) => age.is_negative() || age >= RETRIES,
        _ => true,
    }
}

/// Whether the last mail is an hour old, or in the future, which means that the clock was set back.
fn is_time(known: &Notified, now: Timestamp) -> bool {
    known
        .last
        .is_none_or(|last| last > now || now.duration_since(last) >= HOUR)
}

/// Parses `.notified`; a damaged file counts as empty, which causes one redundant mail.
fn parse_notified(bytes: Option<Vec<u8>>) -> Notified {
    serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default()
}

fn encode_notified(notified: &Notified) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(notified).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
