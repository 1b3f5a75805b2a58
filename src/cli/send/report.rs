//! The output of `tb send`: each link when it is done, and a summary.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use std::io::{self, IsTerminal};

use super::status_line::StatusLine;
use super::tally::{SourceTally, SourcesJson};
use crate::cli::output::{OutputMode, Row, field};
use crate::cli::shell::{ExitStatus, Shell, warn};
use crate::error::{Error, Result};
use crate::linkback::Protocol;
use crate::send::ledger::{LedgerEvent, LinkState, Occasion};
use crate::send::plan::{LeftOut, Planned, SendPlan};
use crate::send::run::{LinkReport, Progress};

/// Prints and counts the outcome of each link.
pub(super) struct SendReport<'a> {
    shell: &'a mut Shell,
    tally: &'a SourceTally,
    /// The adopted entries, and how many links each has.
    taken_over: Vec<(String, usize)>,
    status_line: StatusLine,
    counts: BTreeMap<LinkState, usize>,
    /// How many of them are of places on the pages of links.
    places: usize,
    /// The reasons why pings were not accepted, and how often.
    reasons: BTreeMap<(LinkState, String), usize>,
    next: Option<Timestamp>,
    /// The error that ended the output. The run continues: closing the pipe must not stop the pings.
    output_error: Option<io::Error>,
}

#[derive(Serialize)]
struct SendLinkRow<'a> {
    event: &'static str,
    state: &'a str,
    entry: &'a str,
    target: &'a str,
    ping_url: Option<&'a str>,
    /// The protocol, where something was sent.
    via: Option<&'a str>,
    /// Why it was sent again.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    occasion: Option<&'a str>,
    answer: Option<&'a str>,
    next: Option<Timestamp>,
}

impl Row for SendLinkRow<'_> {
    const FIELDS: &'static [&'static str] =
        &["state", "entry", "target", "ping_url", "answer", "next"];

    fn terminal(&self) -> Vec<String> {
        let answer = field(self.answer.map(|answer| format!(": {answer}")));
        let occasion = field(self.occasion.map(|occasion| format!(" ({occasion})")));
        vec![
            format!("{:<8} {}{occasion}{answer}", self.state, self.target),
            format!("         from {}", self.entry),
        ]
    }
}

#[derive(Serialize)]
struct SummaryJson<'a> {
    event: &'static str,
    sent: usize,
    refused: usize,
    /// Rejected with a request to come later.
    later: usize,
    failed: usize,
    /// Sent, but without a clear reply.
    uncertain: usize,
    none: usize,
    /// Another URL of a page that was already pinged for the entry.
    adopted: usize,
    /// Not started, because the run was stopped.
    not_done: usize,
    next: Option<Timestamp>,
    left_out: &'a LeftOut,
    sources: SourcesJson<'a>,
    /// Old entries whose links count as sent from now on.
    taken_over: Vec<AdoptedJson<'a>>,
}

#[derive(Serialize)]
struct AdoptedJson<'a> {
    entry: &'a str,
    links: usize,
}

#[derive(Serialize)]
struct PlannedRow<'a> {
    event: &'static str,
    entry: &'a str,
    target: &'a str,
    /// Why it would be sent again.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    occasion: Option<&'a str>,
    /// Whether it is the first link of its entry.
    #[serde(skip)]
    is_first: bool,
}

impl Row for PlannedRow<'_> {
    const FIELDS: &'static [&'static str] = &["event", "entry", "target"];

    fn terminal(&self) -> Vec<String> {
        let entry = self.is_first.then(|| self.entry.to_owned());
        let occasion = field(self.occasion.map(|occasion| format!(" ({occasion})")));
        let target = format!("  {}{occasion}", self.target);
        entry.into_iter().chain([target]).collect()
    }
}

#[derive(Serialize)]
struct PlanJson<'a> {
    event: &'static str,
    pings: usize,
    entries: usize,
    left_out: &'a LeftOut,
    sources: SourcesJson<'a>,
}

/// How many adopted entries are listed.
const MOST_ADOPTED: usize = 10;

/// How many reasons the summary lists.
const MOST_REASONS: usize = 10;

impl<'a> SendReport<'a> {
    pub(super) fn new(shell: &'a mut Shell, tally: &'a SourceTally) -> SendReport<'a> {
        SendReport {
            shell,
            tally,
            taken_over: Vec::new(),
            status_line: StatusLine::default(),
            counts: BTreeMap::new(),
            places: 0,
            reasons: BTreeMap::new(),
            next: None,
            output_error: None,
        }
    }

    /// Adds the adopted entries to the summary.
    pub(super) fn add_adopted(&mut self, events: &[LedgerEvent]) {
        for event in events {
            if let LedgerEvent::Adopt { entry, targets, .. } = event
                && !targets.is_empty()
            {
                self.taken_over.push((entry.clone(), targets.len()));
            }
        }
    }

    /// Shows on a terminal how far it is.
    pub(super) fn begin(&mut self, plan: &SendPlan) {
        let is_seen = self.shell.out.mode() == OutputMode::Terminal && io::stderr().is_terminal();
        if !is_seen {
            return;
        }
        self.status_line.begin(plan.pings.len());
    }

    /// Adds links that were sent, but whose results could not be recorded.
    pub(super) fn add_unknown(&mut self, count: usize) {
        if count > 0 {
            *self.counts.entry(LinkState::Uncertain).or_default() += count;
            let reason = "its result could not be written to the ledger".to_owned();
            self.reasons.insert((LinkState::Uncertain, reason), count);
        }
    }

    /// How many links of the plan are done.
    pub(super) fn done_count(&self) -> usize {
        let all: usize = self.counts.values().sum();
        all.saturating_sub(self.places)
    }

    /// How many links are left to a later run.
    pub(super) fn remaining(&self, plan: &SendPlan) -> usize {
        self.count_of(LinkState::Failed)
            + self.count_of(LinkState::Later)
            + plan.left_out.waiting
            + plan.left_out.uncertain
    }

    pub(super) fn on_progress(&mut self, plan: &SendPlan, progress: &Progress) -> Result<()> {
        match progress {
            Progress::Link(link) => self.report_link(plan, link),
            Progress::Slow { host, pause } => {
                let seconds = pause.as_secs_f64().ceil();
                let said = format!("`{host}` limits pings: it now gets one every {seconds} s");
                self.status_line.hide();
                warn(&said);
                self.status_line.show();
                Ok(())
            }
        }
    }

    fn report_link(&mut self, plan: &SendPlan, link: &LinkReport) -> Result<()> {
        *self.counts.entry(link.state).or_default() += 1;
        let is_plain = matches!(link.state, LinkState::Sent | LinkState::Adopted);
        if let (false, Some(answer)) = (is_plain, &link.answer) {
            let reason = (link.state, answer.clone());
            *self.reasons.entry(reason).or_default() += 1;
        }
        let earlier = |next: Timestamp| self.next.map_or(next, |known| known.min(next));
        self.next = link.next.map(earlier).or(self.next);
        match link.place {
            Some(_) => self.places += 1,
            None => self.status_line.add_done(),
        }
        let planned = plan.pings.get(link.planned);
        let (Some(planned), None) = (planned, &self.output_error) else {
            return Ok(());
        };
        self.status_line.hide();
        let printed = self.print(plan, planned, link);
        self.status_line.show();
        match printed {
            Err(Error::Stream(cause)) => {
                self.output_error = Some(cause);
                Ok(())
            }
            printed => printed,
        }
    }

    fn print(&mut self, plan: &SendPlan, planned: &Planned, link: &LinkReport) -> Result<()> {
        let entry = plan.entries.get(planned.entry);
        let entry = entry.map_or("", |entry| entry.permalink.as_str());
        let out = &mut self.shell.out;
        out.print(&SendLinkRow {
            event: "ping",
            state: link.state.name(),
            entry,
            target: link.place.as_ref().unwrap_or(&planned.target).as_str(),
            ping_url: link.ping_url.as_deref(),
            via: link.via.map(Protocol::name),
            occasion: planned.occasion.map(Occasion::name),
            answer: link.answer.as_deref(),
            next: link.next,
        })?;
        // Each line is shown at once.
        out.flush()
    }

    /// Prints the summary; `not_done` links were not started.
    pub(super) fn end(&mut self, plan: &SendPlan, not_done: usize) -> Result<ExitStatus> {
        self.status_line.hide();
        let said = match self.output_error.take() {
            Some(cause) => Err(Error::Stream(cause)),
            None => self.print_summary(plan, not_done),
        };
        let failed = self.count_of(LinkState::Failed);
        if failed > 0 {
            let again = self.next.map_or(String::new(), |next| {
                format!("; a run after {next} retries them")
            });
            warn(&format!("{failed} failed{again}"));
        }
        let later = self.count_of(LinkState::Later);
        if later > 0 {
            let again = self
                .next
                .map_or(String::new(), |next| format!(" after {next}"));
            warn(&format!(
                "{later} are left to a run{again}: their hosts accept no more pings for now"
            ));
        }
        let unanswered = self.count_of(LinkState::Uncertain);
        if unanswered > 0 {
            warn(&format!(
                "{unanswered} were sent without a clear reply, and are not sent again automatically: \
                 `tb sent --state uncertain` lists them, `--retry-uncertain` sends them again"
            ));
        }
        let uncertain = plan.left_out.uncertain;
        if uncertain > 0 {
            warn(&format!(
                "{uncertain} may or may not have been sent, because a run was killed or could not write: `tb sent --state \
                 uncertain` lists them, `--retry-uncertain` sends them again"
            ));
        }
        match said {
            Err(Error::Stream(cause)) if cause.kind() == io::ErrorKind::BrokenPipe => {}
            said => said?,
        }
        Ok(if failed + later + unanswered + uncertain + not_done == 0 {
            ExitStatus::Done
        } else {
            ExitStatus::Failed
        })
    }

    fn count_of(&self, state: LinkState) -> usize {
        self.counts.get(&state).copied().unwrap_or_default()
    }

    fn print_json_summary(&mut self, plan: &SendPlan, not_done: usize) -> Result<()> {
        let taken_over = self.taken_over.iter();
        let summary = SummaryJson {
            event: "summary",
            sent: self.count_of(LinkState::Sent),
            refused: self.count_of(LinkState::Refused),
            later: self.count_of(LinkState::Later),
            failed: self.count_of(LinkState::Failed),
            uncertain: self.count_of(LinkState::Uncertain),
            none: self.count_of(LinkState::None),
            adopted: self.count_of(LinkState::Adopted),
            not_done,
            next: self.next,
            left_out: &plan.left_out,
            sources: self.tally.json(),
            taken_over: taken_over
                .map(|(entry, links)| AdoptedJson {
                    entry,
                    links: *links,
                })
                .collect(),
        };
        self.shell.out.json(&summary)?;
        self.shell.out.flush()
    }

    /// The line that says how many links had which outcome.
    fn totals(&self, not_done: usize) -> String {
        let count = |state| self.count_of(state);
        let mut line = format!(
            "{} sent, {} refused, {} failed, {} without a ping URL",
            count(LinkState::Sent),
            count(LinkState::Refused),
            count(LinkState::Failed),
            count(LinkState::None)
        );
        for (count, what) in [
            (count(LinkState::Later), "to be sent later"),
            (count(LinkState::Uncertain), "may have arrived"),
            (
                count(LinkState::Adopted),
                "sent before to another URL of the page",
            ),
            (not_done, "not started"),
        ] {
            if count > 0 {
                line.push_str(&format!(", {count} {what}"));
            }
        }
        line
    }

    fn print_summary(&mut self, plan: &SendPlan, not_done: usize) -> Result<()> {
        if self.shell.out.mode() == OutputMode::Json {
            return self.print_json_summary(plan, not_done);
        }
        let totals = self.totals(not_done);
        let out = &mut self.shell.out;
        for line in self.tally.lines() {
            out.line(&line)?;
        }
        // The adopted ones are listed by entry.
        let left_out = LeftOut {
            adopted: 0,
            ..plan.left_out
        };
        for line in left_out_lines(&left_out) {
            out.line(&line)?;
        }
        for line in adopted_lines(&self.taken_over) {
            out.line(&line)?;
        }
        out.line(&totals)?;
        for ((state, reason), count) in self.reasons.iter().take(MOST_REASONS) {
            let state = state.name();
            out.line(&format!("  {count} {state}: {reason}"))?;
        }
        if self.reasons.len() > MOST_REASONS {
            let more = self.reasons.len() - MOST_REASONS;
            out.line(&format!("  and {more} more reasons"))?;
        }
        out.flush()
    }
}

/// Prints what a run would do.
pub(super) fn print_plan(shell: &mut Shell, plan: &SendPlan, tally: &SourceTally) -> Result<()> {
    let mut last = None;
    for planned in &plan.pings {
        let entry = plan.entries.get(planned.entry);
        let entry = entry.map_or("", |entry| entry.permalink.as_str());
        shell.out.print(&PlannedRow {
            event: "planned",
            entry,
            target: planned.target.as_str(),
            occasion: planned.occasion.map(Occasion::name),
            is_first: last != Some(planned.entry),
        })?;
        last = Some(planned.entry);
    }
    let (pings, entries) = (plan.pings.len(), plan.entries_due());
    let left_out = &plan.left_out;
    if shell.out.mode() == OutputMode::Json {
        return shell.out.json(&PlanJson {
            event: "plan",
            pings,
            entries,
            left_out,
            sources: tally.json(),
        });
    }
    for line in tally.lines() {
        shell.out.line(&line)?;
    }
    shell.out.line(&format!(
        "{pings} links of {entries} entries would be checked and pinged"
    ))?;
    for line in left_out_lines(left_out) {
        shell.out.line(&line)?;
    }
    Ok(())
}

/// The numbers of skipped links by reason, in lines for people.
fn left_out_lines(left_out: &LeftOut) -> Vec<String> {
    let counts = [
        (left_out.own, "to the site itself"),
        (left_out.nofollow, "with `nofollow`"),
        (left_out.skipped, "excluded by `skip`"),
        (left_out.double, "to a page that the entry links to already"),
        (left_out.sent, "sent before"),
        (left_out.adopted, "old, would count as sent from now on"),
        (left_out.refused, "refused before"),
        (left_out.waiting, "to be retried later"),
        (left_out.given_up, "given up"),
        (left_out.uncertain, "may or may not have been sent"),
        (
            left_out.unanswered,
            "sent without a reply: they may have arrived",
        ),
        (left_out.none, "to a page without a ping URL"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    counts
        .map(|(count, why)| format!("  {count} left out: {why}"))
        .collect()
}

/// The adopted entries, in lines for people.
fn adopted_lines(taken_over: &[(String, usize)]) -> Vec<String> {
    if taken_over.is_empty() {
        return Vec::new();
    }
    let links: usize = taken_over.iter().map(|(_, links)| links).sum();
    let mut lines = vec![format!(
        "{links} links of {} entries count as sent from now on; `--resend URL` sends those of an entry, or to a page:",
        taken_over.len()
    )];
    let first = taken_over.iter().take(MOST_ADOPTED);
    lines.extend(first.map(|(entry, links)| format!("  {entry} ({links})")));
    if taken_over.len() > MOST_ADOPTED {
        let more = taken_over.len() - MOST_ADOPTED;
        lines.push(format!(
            "  and {more} more: `tb sent --state adopted` lists them"
        ));
    }
    lines
}
