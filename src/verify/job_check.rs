//! Checks the page of one job, rejects results because of bans or spam, and notes them in the record.

use std::panic::{self, AssertUnwindSafe};

use jiff::Timestamp;

use super::inspect::{Inspection, Inspector};
use super::job::Job;
use super::link_check::{EntryPlace, LinkTarget, PingClaim};
use super::mention_inspection::source_status;
use super::same_page::{self, TextChoice};
use super::transition::{TextOrigin, Transition};
use super::{mention_record, offer};
use crate::admission::bans::{self, BanSubject};
use crate::admission::publisher::Publisher;
use crate::admission::spam_score;
use crate::config::Config;
use crate::error::Result;
use crate::linkback::trackback::Ping;
use crate::store::{ReasonKind, Record, State, Store};

/// Checks the page of a job. A panic is a failure of that page alone.
pub(super) fn inspect_job(inspector: &Inspector, config: &Config, job: &Job) -> Inspection {
    let mention_targets = mention_record::targets(&job.record);
    let target = LinkTarget {
        site: &config.site,
        entry: match (&job.entry, &config.entry) {
            _ if !mention_targets.is_empty() => Some(EntryPlace::AtAny(&mention_targets)),
            (Some(permalink), _) => Some(EntryPlace::At(permalink)),
            (None, Some(pattern)) => Some(EntryPlace::ByPattern(pattern, &job.key.0)),
            (None, None) if job.others.is_empty() => None,
            (None, None) => Some(EntryPlace::NotAt(&job.others)),
        },
    };
    let claim = PingClaim {
        source: &job.source,
        title: &job.record.title,
        excerpt: &job.record.excerpt,
        blog_name: &job.record.blog_name,
        from: job.record.from.as_deref(),
        state: job.record.state,
    };
    let is_mention = !mention_targets.is_empty() || job.record.is_mention();
    let inspection = || match is_mention {
        true => inspector.inspect_mention(config, &job.source, target, job.browser_check),
        false => inspector.inspect(claim, &job.offers, target, job.browser_check),
    };
    let caught = || {
        panic::catch_unwind(AssertUnwindSafe(inspection))
            .unwrap_or_else(|_| Inspection::Failed("a panic".to_owned()))
    };
    inspector.on_account(&job.account, caught)
}

/// The result instead, if the owner has banned the page or its text, or the text looks like spam.
pub(super) fn rejection(
    store: &Store,
    job: &Job,
    seen: &Inspection,
    now: Timestamp,
) -> Result<Option<Inspection>> {
    match banned_page(store, seen, now)? {
        Some(banned) => Ok(Some(banned)),
        None => rejected_text(store, job, seen, now),
    }
}

/// The result instead, if the page or one of the URLs requested belongs to a banned domain.
fn banned_page(store: &Store, seen: &Inspection, now: Timestamp) -> Result<Option<Inspection>> {
    let Inspection::Linked(linked) = seen else {
        return Ok(None);
    };
    let hosts = linked.chain.publishers.iter().map(Publisher::host);
    let hosts = hosts.chain(linked.chain.unnamed_hosts.iter().map(String::as_str));
    let hosts: Vec<String> = hosts.map(without_port).collect();
    let banned = match bans::banned_host(store, &hosts, now)? {
        Some(host) => Some(host),
        None => bans::banned_tenant(store, &linked.chain.publishers, now)?,
    };
    Ok(banned.map(|banned| Inspection::Not(ReasonKind::BannedDomain, banned)))
}

/// The result instead, if the text of a page that replaces that of a webmention has a banned word, or looks like spam.
fn rejected_text(
    store: &Store,
    job: &Job,
    seen: &Inspection,
    now: Timestamp,
) -> Result<Option<Inspection>> {
    let changed = match seen {
        Inspection::Linked(linked) => job.changed_text(linked),
        _ => None,
    };
    let Some(text) = changed else {
        return Ok(None);
    };
    let ping = Ping {
        url: job.record.url.clone(),
        title: text.title.clone(),
        excerpt: text.excerpt.clone(),
        blog_name: text.blog_name.clone(),
    };
    let banned = bans::check(store, None, &ping, &job.source, now)?;
    let word = banned.bans.into_iter().find_map(|ban| match ban.what {
        BanSubject::Word(word) => Some(word.into_owned()),
        BanSubject::Address(_) | BanSubject::Domain(_) | BanSubject::Tenant(_) => None,
    });
    if let Some(word) = word {
        return Ok(Some(Inspection::Not(ReasonKind::BannedWord, word)));
    }
    let signs = spam_score::spam_signs_in(&text.title, &text.excerpt, &text.blog_name);
    Ok(signs.map(|signs| Inspection::Not(ReasonKind::Score, signs)))
}

/// A host without its port; IPv6 addresses come without brackets.
fn without_port(host: &str) -> String {
    let bare = match host.matches(':').count() {
        1 => host.split(':').next().unwrap_or(host),
        _ => host,
    };
    bare.to_owned()
}

/// The record with what a check has found out.
pub(super) fn note_result(
    record: &Record,
    job: &Job,
    (seen, text_choice): (&Inspection, TextChoice),
    transition: &Transition,
    now: Timestamp,
) -> Record {
    let before = job.before();
    let becomes = transition.change.as_ref().map(|(state, _)| *state);
    let mut noted = match seen {
        Inspection::Linked(linked) => {
            let noted = same_page::with_page_identity(record, job, linked, text_choice);
            let is_offered = text_choice == TextChoice::Offered && linked.offered.is_some();
            match becomes.unwrap_or(record.state) {
                // Published by itself, or with a text that is.
                State::Published if becomes.is_some() || is_offered => noted.with_own_title(),
                State::Published | State::Held | State::Junk => noted,
            }
        }
        Inspection::Not(..)
        | Inspection::Unfollowed(..)
        | Inspection::Gone(..)
        | Inspection::Failed(_)
        | Inspection::Later => record.clone(),
    };
    let is_over = transition.item.is_none();
    if seen.is_judgement() || (is_over && before.is_rechecked()) {
        offer::forget(&mut noted, &job.offers);
    }
    let is_mention = before.text_origin != TextOrigin::Sender;
    if is_mention && *seen != Inspection::Later {
        mention_record::note_check(&mut noted, source_status(seen), now);
        if is_over {
            mention_record::end_repetition(&mut noted, &job.record);
        }
    }
    noted
}
