//! Confirmations before pings are sent that may not be intended. Without a terminal, the error names the flag to use.

use std::io::{self, IsTerminal};
use std::str::FromStr;

use crate::cli::output::OutputMode;
use crate::cli::prompt::ask;
use crate::cli::shell::Shell;
use crate::error::{Error, Result};
use crate::send::arxiv;
use crate::send::ledger::{LedgerState, LinkState};
use crate::send::plan::{MAX_FIRST_ENTRIES, SendPlan};

/// Which existing links count as sent although they were not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adopt {
    /// All.
    All,
    /// None.
    None,
    /// Those of all entries but the newest so many.
    ButLast(usize),
}

impl Adopt {
    /// How many of the newest entries are not adopted; `None` if nothing is adopted.
    pub(super) fn newest_kept(self) -> Option<usize> {
        match self {
            Adopt::All => Some(0),
            Adopt::None => None,
            Adopt::ButLast(count) => Some(count),
        }
    }
}

impl FromStr for Adopt {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Adopt, String> {
        match text.trim() {
            "all" => Ok(Adopt::All),
            "none" => Ok(Adopt::None),
            number => match number.parse() {
                Ok(count) => Ok(Adopt::ButLast(count)),
                Err(_) => Err("expected `all`, `none`, or a number of entries".to_owned()),
            },
        }
    }
}

/// What to do with entries that have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Updates {
    /// Send Webmentions again to the pages that they link to.
    All,
    /// Count them as sent.
    None,
}

impl FromStr for Updates {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Updates, String> {
        match text.trim() {
            "all" => Ok(Updates::All),
            "none" => Ok(Updates::None),
            _ => Err("expected `all` or `none`".to_owned()),
        }
    }
}

/// The old links of which a later run is the first to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OldKind {
    /// Their pages named no ping URL when fewer protocols were in use.
    FewerProtocols,
    /// They are older than the ledger, and it has not seen them.
    Unseen,
}

/// Asks what to do with old links of so many entries.
pub(super) fn ask_adopt_old(
    shell: &mut Shell,
    entries: usize,
    links: usize,
    kind: OldKind,
) -> Result<Adopt> {
    let what = match kind {
        OldKind::FewerProtocols => format!(
            "more protocols are spoken than before: {entries} old entries link to {links} pages that named no ping URL \
             and may take a Webmention or Pingback"
        ),
        OldKind::Unseen => format!(
            "{entries} entries that no run has read before are older than the last run, or have no date; they link to \
             {links} pages of others"
        ),
    };
    if !is_interactive(shell) {
        return Err(Error::Usage(format!(
            "{what}; say what is meant: `--adopt all` counts them as pinged already, `--adopt 3` pings for the newest \
             3 entries only, `--adopt none` pings them all, `--dry-run` shows them"
        )));
    }
    let why = format!(
        "{what}.\n\
         `all`: they count as pinged already. `none`: they are all pinged now. A number: so many of the\n\
         newest entries are pinged, the rest counts as pinged."
    );
    ask(shell, &why, "Count as pinged already", "all", str::parse)
}

/// Asks before sending Webmentions of many changed entries again.
pub(super) fn ask_updates(shell: &mut Shell, plan: &SendPlan) -> Result<Updates> {
    let (entries, links) = plan.changed();
    if entries <= MAX_FIRST_ENTRIES {
        return Ok(Updates::All);
    }
    let what = format!(
        "{entries} entries have changed or are gone since their Webmentions were sent, to {links} pages"
    );
    if !is_interactive(shell) {
        return Err(Error::Usage(format!(
            "{what}; say what is meant: `--updates all` sends them again, `--updates none` counts them as told, \
             `--dry-run` shows them"
        )));
    }
    let is_meant = ask(
        shell,
        &format!("{what}."),
        "Send them again",
        "no",
        yes_or_no,
    )?;
    Ok(if is_meant {
        Updates::All
    } else {
        Updates::None
    })
}

/// On the first run on an existing site: asks what to do with its old entries.
pub(super) fn ask_adopt(shell: &mut Shell, plan: &SendPlan) -> Result<Adopt> {
    let (entries, pings) = (plan.entries_due(), plan.pings.len());
    if entries <= MAX_FIRST_ENTRIES {
        return Ok(Adopt::None);
    }
    let why = format!(
        "This is the first run: {entries} entries link to {pings} pages of others.\n\
         `all`: count them all as pinged already. `none`: ping them all now. A number: ping the links of that\n\
         many newest entries, and count the rest as pinged."
    );
    if !is_interactive(shell) {
        return Err(Error::Usage(format!(
            "this is the first run, and {entries} entries link to {pings} pages of others; choose: \
             `--adopt all` counts them as pinged already, `--adopt 3` pings for the newest 3 entries only, \
             `--adopt none` pings them all, `--dry-run` shows them"
        )));
    }
    ask(shell, &why, "Count as pinged already", "all", str::parse)
}

/// Asks before sending more pings to arXiv at once than it would welcome.
pub(super) fn confirm_arxiv(shell: &mut Shell, count: usize) -> Result<()> {
    if count <= arxiv::MOST_AT_ONCE {
        return Ok(());
    }
    let what = format!("{count} pings would be sent to arXiv.org, where people check each one");
    if !is_interactive(shell) {
        return Err(Error::Usage(format!("{what}; `--yes` sends them")));
    }
    let is_confirmed = ask(shell, &format!("{what}."), "Send them", "no", yes_or_no)?;
    if is_confirmed {
        return Ok(());
    }
    Err(Error::Usage("nothing was sent".to_owned()))
}

/// Asks whether to send uncertain pings again; no without a terminal.
pub(super) fn ask_uncertain(shell: &mut Shell, ledger: &LedgerState) -> Result<bool> {
    if !is_interactive(shell) {
        return Ok(false);
    }
    let open = ledger
        .links()
        .filter(|(.., standing)| standing.state == LinkState::Uncertain);
    let open: Vec<String> = open
        .map(|(entry, target, _)| format!("{target}\n  from {entry}"))
        .collect();
    if open.is_empty() {
        return Ok(false);
    }
    let why = format!(
        "A run was killed before it received the replies to these; they may have arrived:\n{}",
        open.join("\n")
    );
    ask(shell, &why, "Send them again", "no", yes_or_no)
}

fn yes_or_no(answer: &str) -> std::result::Result<bool, String> {
    match answer.to_ascii_lowercase().as_str() {
        "yes" | "y" => Ok(true),
        "no" | "n" => Ok(false),
        _ => Err("`yes` or `no`".to_owned()),
    }
}

fn is_interactive(shell: &Shell) -> bool {
    io::stdin().is_terminal() && shell.out.mode() == OutputMode::Terminal
}
