//! What `tb send` says: each link as it is done with, and a summary.

use std::collections::BTreeMap;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use serde::Serialize;
use std::io::{self, IsTerminal};

use super::tally::{SourceTally, SourcesJson};
use crate::cli::output::{OutputMode, Row, field};
use crate::cli::shell::{ExitStatus, Shell, complain};
use crate::error::{Error, Result};
use crate::linkback::Protocol;
use crate::send::ledger::{LedgerEvent, LinkState, Occasion};
use crate::send::plan::{LeftOut, Planned, SendPlan};
use crate::send::run::{LinkReport, Progress};

/// Says what becomes of each link and counts it.
pub(super) struct SendReport<'a> {
    shell: &'a mut Shell,
    tally: &'a SourceTally,
    /// The entries that count as sent from now on, and how many links they have.
    taken_over: Vec<(String, usize)>,
    bar: ProgressBar,
    counts: BTreeMap<LinkState, usize>,
    /// Why pings were not taken, and how often.
    reasons: BTreeMap<(LinkState, String), usize>,
    next: Option<Timestamp>,
    /// Why nobody hears anything any more. The pings go on: who closes a pipe does not mean them.
    unheard: Option<io::Error>,
}

#[derive(Serialize)]
struct LinkRow<'a> {
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

impl Row for LinkRow<'_> {
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
    /// Told to come later.
    later: usize,
    failed: usize,
    /// Sent, but no answer says what came of it.
    uncertain: usize,
    none: usize,
    /// Another address of a page that the entry was sent to.
    adopted: usize,
    /// Not begun, because the run was stopped.
    not_done: usize,
    next: Option<Timestamp>,
    left_out: &'a LeftOut,
    sources: SourcesJson<'a>,
    /// Old entries that count as sent from now on.
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
    /// Whether it is the first of its entry.
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

/// How many entries that count as sent are named.
const MOST_ADOPTED: usize = 10;

/// How many different reasons the summary gives.
const MOST_REASONS: usize = 10;

impl<'a> SendReport<'a> {
    pub(super) fn new(shell: &'a mut Shell, tally: &'a SourceTally) -> SendReport<'a> {
        SendReport {
            shell,
            tally,
            taken_over: Vec::new(),
            bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
            counts: BTreeMap::new(),
            reasons: BTreeMap::new(),
            next: None,
            unheard: None,
        }
    }

    /// Takes note of what counts as sent from now on.
    pub(super) fn adopted(&mut self, facts: &[LedgerEvent]) {
        for fact in facts {
            if let LedgerEvent::Adopt { entry, targets, .. } = fact {
                self.taken_over.push((entry.clone(), targets.len()));
            }
        }
    }

    /// Shows a bar, where there is somebody to look at it.
    pub(super) fn begin(&mut self, plan: &SendPlan) {
        let is_seen = self.shell.out.mode() == OutputMode::Terminal && io::stderr().is_terminal();
        if !is_seen {
            return;
        }
        let total = u64::try_from(plan.pings.len()).ok();
        self.bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} links") {
            self.bar.set_style(style);
        }
    }

    /// How many links are done with.
    pub(super) fn count(&self) -> usize {
        self.counts.values().sum()
    }

    /// How many links of the sources are to be looked at again.
    pub(super) fn left_to_do(&self, plan: &SendPlan) -> usize {
        self.counted(LinkState::Failed)
            + self.counted(LinkState::Later)
            + plan.left_out.waiting
            + plan.left_out.uncertain
    }

    pub(super) fn tell(&mut self, plan: &SendPlan, progress: &Progress) -> Result<()> {
        match progress {
            Progress::Link(told) => self.tell_link(plan, told),
            Progress::Slow { host, pause } => {
                let seconds = pause.as_secs_f64().ceil();
                let said = format!("`{host}` asks for fewer pings: it gets one in {seconds} s now");
                self.bar.suspend(|| complain(&said));
                Ok(())
            }
        }
    }

    fn tell_link(&mut self, plan: &SendPlan, told: &LinkReport) -> Result<()> {
        *self.counts.entry(told.state).or_default() += 1;
        let is_plain = matches!(told.state, LinkState::Sent | LinkState::Adopted);
        if let (false, Some(answer)) = (is_plain, &told.answer) {
            let reason = (told.state, answer.clone());
            *self.reasons.entry(reason).or_default() += 1;
        }
        let earlier = |next: Timestamp| self.next.map_or(next, |known| known.min(next));
        self.next = told.next.map(earlier).or(self.next);
        self.bar.inc(1);
        let planned = plan.pings.get(told.planned);
        let (Some(planned), None) = (planned, &self.unheard) else {
            return Ok(());
        };
        let bar = self.bar.clone();
        match bar.suspend(|| self.print(plan, planned, told)) {
            Err(Error::Stream(cause)) => {
                self.unheard = Some(cause);
                Ok(())
            }
            printed => printed,
        }
    }

    fn print(&mut self, plan: &SendPlan, planned: &Planned, told: &LinkReport) -> Result<()> {
        let entry = plan.entries.get(planned.entry);
        let entry = entry.map_or("", |entry| entry.permalink.as_str());
        let out = &mut self.shell.out;
        out.print(&LinkRow {
            event: "ping",
            state: told.state.name(),
            entry,
            target: planned.target.as_str(),
            ping_url: told.ping_url.as_deref(),
            via: told.via.map(Protocol::name),
            occasion: planned.occasion.map(Occasion::name),
            answer: told.answer.as_deref(),
            next: told.next,
        })?;
        // Whoever follows a run wants to see each line when it is true.
        out.flush()
    }

    /// Says how it ended; `not_done` links were not begun.
    pub(super) fn end(&mut self, plan: &SendPlan, not_done: usize) -> Result<ExitStatus> {
        self.bar.finish_and_clear();
        let said = match self.unheard.take() {
            Some(cause) => Err(Error::Stream(cause)),
            None => self.sum_up(plan, not_done),
        };
        let failed = self.counted(LinkState::Failed);
        if failed > 0 {
            let again = self.next.map_or(String::new(), |next| {
                format!("; a run after {next} tries again")
            });
            complain(&format!("{failed} failed{again}"));
        }
        let later = self.counted(LinkState::Later);
        if later > 0 {
            let again = self
                .next
                .map_or(String::new(), |next| format!(" after {next}"));
            complain(&format!(
                "{later} are left for a run{again}: their hosts take no more pings for now"
            ));
        }
        let unanswered = self.counted(LinkState::Uncertain);
        if unanswered > 0 {
            complain(&format!(
                "{unanswered} were sent, but no answer says whether they arrived: they are not sent again by \
                 themselves; `tb sent --state uncertain` lists them, `--retry-uncertain` sends them again"
            ));
        }
        let uncertain = plan.left_out.uncertain;
        if uncertain > 0 {
            complain(&format!(
                "{uncertain} may have been sent or not, because a run was ended in between: `tb sent --state \
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

    fn counted(&self, state: LinkState) -> usize {
        self.counts.get(&state).copied().unwrap_or_default()
    }

    fn sum_up(&mut self, plan: &SendPlan, not_done: usize) -> Result<()> {
        let (sent, refused) = (
            self.counted(LinkState::Sent),
            self.counted(LinkState::Refused),
        );
        let (later, uncertain) = (
            self.counted(LinkState::Later),
            self.counted(LinkState::Uncertain),
        );
        let (failed, none) = (
            self.counted(LinkState::Failed),
            self.counted(LinkState::None),
        );
        let adopted = self.counted(LinkState::Adopted);
        let out = &mut self.shell.out;
        if out.mode() == OutputMode::Json {
            out.json(&SummaryJson {
                event: "summary",
                sent,
                refused,
                later,
                failed,
                uncertain,
                none,
                adopted,
                not_done,
                next: self.next,
                left_out: &plan.left_out,
                sources: self.tally.json(),
                taken_over: self
                    .taken_over
                    .iter()
                    .map(|(entry, links)| AdoptedJson {
                        entry,
                        links: *links,
                    })
                    .collect(),
            })?;
            return out.flush();
        }
        for line in self.tally.lines() {
            out.line(&line)?;
        }
        for line in left_out_lines(&plan.left_out) {
            out.line(&line)?;
        }
        for line in adopted_lines(&self.taken_over) {
            out.line(&line)?;
        }
        let mut line =
            format!("{sent} sent, {refused} refused, {failed} failed, {none} without a ping URL");
        for (count, what) in [(later, "to come later"), (uncertain, "may have arrived")] {
            if count > 0 {
                line.push_str(&format!(", {count} {what}"));
            }
        }
        if adopted > 0 {
            line.push_str(&format!(", {adopted} sent there already"));
        }
        if not_done > 0 {
            line.push_str(&format!(", {not_done} not done"));
        }
        out.line(&line)?;
        for ((state, reason), count) in self.reasons.iter().take(MOST_REASONS) {
            let state = state.name();
            out.line(&format!("  {count} {state}: {reason}"))?;
        }
        if self.reasons.len() > MOST_REASONS {
            let more = self.reasons.len() - MOST_REASONS;
            out.line(&format!("  and {more} reasons more"))?;
        }
        out.flush()
    }
}

/// Shows what a run would do.
pub(super) fn plan(shell: &mut Shell, plan: &SendPlan, tally: &SourceTally) -> Result<()> {
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
        "{pings} links of {entries} entries would be looked at and pinged"
    ))?;
    for line in left_out_lines(left_out) {
        shell.out.line(&line)?;
    }
    Ok(())
}

/// How many links are left out, and why, in lines for people.
fn left_out_lines(left_out: &LeftOut) -> Vec<String> {
    let counts = [
        (left_out.own, "to the own site"),
        (left_out.nofollow, "with `nofollow`"),
        (left_out.skipped, "to be skipped"),
        (left_out.double, "to a page that the entry links to already"),
        (left_out.sent, "sent before"),
        (left_out.refused, "refused before"),
        (left_out.waiting, "to be tried again later"),
        (left_out.given_up, "given up"),
        (left_out.uncertain, "may have been sent or not"),
        (
            left_out.unanswered,
            "sent, but never answered: they may have arrived",
        ),
        (left_out.none, "to a page without a ping URL"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    counts
        .map(|(count, why)| format!("  {count} left out: {why}"))
        .collect()
}

/// What counts as sent from now on, in lines for people.
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
