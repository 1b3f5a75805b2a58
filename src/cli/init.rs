//! `tb init`: sets up an installation, from questions on a terminal or from flags.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use url::Url;

use super::shell::{ExitStatus, Shell};
use super::{parsers, prompt, snippet};
use crate::config::{self, AllowPrivate, Config, Publish};
use crate::error::{Error, Result, system_message};
use crate::language::Language;
use crate::linkback::trackback::rdf;
use crate::setup::answers::{mail_address, parse_zone_name, publish, real_path};
use crate::setup::{self, FILE_NAME, SetupPlan, Sharing, web_root};
use crate::text::escape_xml;
use crate::web::session::hash_password;

/// Sets up an installation: its folders, tb.toml, header and footer
///
/// Asks for what it needs, each with a default; what is given as a flag is not asked. With --yes it asks nothing, and
/// --base-url is required. Existing files are not changed.
#[derive(Debug, clap::Args)]
pub(super) struct InitArgs {
    /// Ask nothing; use the defaults for what is not given
    #[arg(long)]
    yes: bool,
    /// The URL at which a browser reaches this program
    #[arg(long, value_name = "URL", value_parser = parsers::web_url)]
    base_url: Option<Url>,
    /// Where your pages begin; may be given several times [default: the site of the base URL]
    #[arg(long, value_name = "URL", value_parser = parsers::web_url)]
    site: Vec<Url>,
    /// What the site is called [default: its host]
    #[arg(long, value_name = "NAME")]
    site_name: Option<String>,
    /// A folder for the pings, outside of what the web server serves [default: a folder tb-data beside it]
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// A folder for static feeds, inside of what the web server serves [default: none are written]
    #[arg(long, value_name = "FOLDER")]
    rss_dir: Option<PathBuf>,
    /// When a new ping is published: known (its page links here, and you know its host), verified (its page links here),
    /// all (at once) or none (when you approve it) [default: known]
    #[arg(long, value_name = "POLICY", value_parser = parsers::PUBLISH, hide_possible_values = true)]
    publish: Option<Publish>,
    /// The zone of the dates on the pages, such as Europe/Paris [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = parse_zone_name)]
    time_zone: Option<String>,
    /// The address that gets a mail when pings wait [default: nobody gets one]
    #[arg(long, value_name = "ADDRESS", value_parser = mail_address)]
    notify: Option<String>,
    /// The language of the pages for readers: en, ja, de, fr or es [default: that of the header]
    #[arg(long, value_name = "CODE", value_parser = parsers::LANGUAGE, hide_possible_values = true)]
    language: Option<Language>,
    /// The web server runs programs as its own user, not as you: open the folders to it, and so to all users
    #[arg(long)]
    other_user: bool,
    /// Read the password from standard input (one line)
    #[arg(long)]
    password_stdin: bool,
    /// For test setups: allow requests to private addresses
    #[arg(long)]
    allow_private: bool,
}

pub(super) fn run(shell: &mut Shell, flags: InitArgs) -> Result<ExitStatus> {
    let file = shell.config_file()?;
    if file.file_name().is_none_or(|name| name != FILE_NAME) {
        return Err(Error::Usage(format!(
            "the configuration must be called `{FILE_NAME}`, not `{}`",
            file.display()
        )));
    }
    if std::fs::symlink_metadata(&file).is_ok() {
        return Err(Error::Config {
            place: file.display().to_string(),
            message: "exists already; edit it, or move it away to start again".into(),
        });
    }
    let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
    let plan = if flags.yes {
        plan_from_flags(&folder, flags)?
    } else if io::stdin().is_terminal() {
        plan_from_answers(shell, &folder, flags)?
    } else {
        return Err(Error::Usage(
            "standard input is not a terminal; use `--yes` and flags".to_owned(),
        ));
    };
    let config = setup::install(&plan)?;
    print_next_steps(shell, &plan, &config)?;
    Ok(ExitStatus::Done)
}

fn plan_from_flags(folder: &Path, flags: InitArgs) -> Result<SetupPlan> {
    let Some(base_url) = flags.base_url.clone() else {
        return Err(Error::Usage("`--yes` needs `--base-url`".to_owned()));
    };
    let password_hash = match flags.password_stdin {
        true => Some(hash_password(&prompt::read_password()?)?),
        false => None,
    };
    Ok(SetupPlan {
        password_hash,
        ..plan(folder, base_url, flags)?
    })
}

/// The plan from the flags, with defaults for what is not given.
fn plan(folder: &Path, base_url: Url, flags: InitArgs) -> Result<SetupPlan> {
    let real = |path: PathBuf| real_path(&path).map_err(|cause| Error::file("find", path, cause));
    let data_dir = flags.data_dir;
    Ok(SetupPlan {
        folder: folder.to_owned(),
        base_url,
        site: flags.site,
        site_name: flags.site_name,
        data_dir: real(data_dir.unwrap_or_else(|| web_root::data_dir(folder)))?,
        rss_dir: flags.rss_dir.map(real).transpose()?,
        password_hash: None,
        publish: flags.publish.unwrap_or(Publish::Known),
        time_zone: flags.time_zone,
        notify: flags.notify,
        language: flags.language,
        allow_private: match flags.allow_private {
            true => AllowPrivate::Yes,
            false => AllowPrivate::No,
        },
        sharing: match flags.other_user {
            true => Sharing::OtherUser,
            false => Sharing::OwnUser,
        },
    })
}

/// Asks for what the flags do not give.
fn plan_from_answers(shell: &mut Shell, folder: &Path, mut flags: InitArgs) -> Result<SetupPlan> {
    if flags.password_stdin {
        let message =
            "`--password-stdin` needs `--yes`, because the answers are read from standard input"
                .to_owned();
        return Err(Error::Usage(message));
    }
    shell.out.line(&format!(
        "This sets up an installation in {}. Enter accepts the answer in brackets.",
        folder.display()
    ))?;
    let base_url = match flags.base_url.take() {
        Some(url) => url,
        None => prompt::ask(
            shell,
            "The URL at which a browser reaches this program. All links to it are made from this.",
            "URL of this program",
            "",
            parsers::web_url,
        )?,
    };
    if flags.site.is_empty() {
        let guess = config::home(&base_url);
        let why = "Where your pages begin. A ping is checked for a link to them.";
        let site = prompt::ask(shell, why, "Your site", guess.as_str(), parsers::web_url)?;
        flags.site.push(site);
    }
    if flags.site_name.is_none() {
        let guess = base_url.host_str().unwrap_or_default();
        let why = "What your site is called, in pages and feeds.";
        let name = prompt::ask(shell, why, "Name of the site", guess, |text| {
            Ok(text.to_owned())
        })?;
        flags.site_name = Some(name);
    }
    ask_folders(shell, folder, &mut flags)?;
    ask_rules(shell, &mut flags)?;
    let mut plan = plan(folder, base_url, flags)?;
    shell
        .out
        .lines("\nThe password with which you log in to approve and delete pings.")?;
    shell.out.flush()?;
    if let Some(password) = prompt::optional_password()? {
        plan.password_hash = Some(hash_password(&password)?);
    }
    Ok(plan)
}

fn ask_rules(shell: &mut Shell, flags: &mut InitArgs) -> Result<()> {
    if flags.publish.is_none() {
        let why = "When a new ping is published: `known` once its page is found to link to yours and you have approved\n\
                   its host before; `verified` once its page links; `all` at once, as tb.cgi did; `none` when you approve it.";
        flags.publish = Some(prompt::ask(shell, why, "Publish", "known", publish)?);
    }
    if flags.time_zone.is_none() {
        let why = "The zone of the dates on the pages, such as Europe/Paris.";
        flags.time_zone = Some(prompt::ask(
            shell,
            why,
            "Time zone",
            "UTC",
            parse_zone_name,
        )?);
    }
    if !flags.other_user {
        let why = "The user that the web server runs programs as. If it is you, only you can read the pings. If it is\n\
                   another, the folders must be open to all users of the machine. If unsure, ask the host.";
        let question = "You (me) or another user (other)";
        flags.other_user = prompt::ask(shell, why, question, "me", |text| match text {
            "me" => Ok(false),
            "other" => Ok(true),
            _ => Err("`me` or `other`".to_owned()),
        })?;
    }
    Ok(())
}

fn ask_folders(shell: &mut Shell, folder: &Path, flags: &mut InitArgs) -> Result<()> {
    if flags.data_dir.is_none() {
        let why = "The folder of the pings. The web server must not serve it.";
        let guess = web_root::data_dir(folder).display().to_string();
        flags.data_dir = Some(prompt::ask(
            shell,
            why,
            "Folder for the pings",
            &guess,
            parse_path,
        )?);
    }
    if flags.rss_dir.is_none() {
        let why = "A folder for static feeds, inside of what the web server serves: one <id>.xml an entry.";
        let guess = web_root::rss_dir(folder);
        let guess = guess.map_or("none".to_owned(), |path| path.display().to_string());
        let question = "Folder for feeds, or none";
        flags.rss_dir = prompt::ask(shell, why, question, &guess, |text| match text {
            "none" => Ok(None),
            path => parse_path(path).map(Some),
        })?;
    }
    Ok(())
}

fn parse_path(text: &str) -> std::result::Result<PathBuf, String> {
    real_path(Path::new(text)).map_err(|cause| system_message(&cause))
}

/// Prints what was created, warnings, and the next steps.
fn print_next_steps(shell: &mut Shell, plan: &SetupPlan, config: &Config) -> Result<()> {
    let out = &mut shell.out;
    out.line(&format!("Created {}", config.file.display()))?;
    out.line(&format!("Pings go to {}", config.data_dir.display()))?;
    if let (Some(folder), Some(url)) = (&config.rss_dir, &config.rss_url) {
        out.line(&format!("Feeds go to {} ({url})", folder.display()))?;
    }
    if let Some(root) = web_root::find_above(&config.data_dir) {
        out.line(&format!(
            "Warning: the folder of the pings is in {}, which looks like a folder that the web server serves. \
             Move it elsewhere if you can.",
            root.display()
        ))?;
    }
    if plan.sharing == Sharing::OtherUser {
        out.line(
            "Warning: the folders are open to every user of this machine, who can read the pings and add files. \
             The program opens no file that is not its own.",
        )?;
    }
    print_snippet(shell, plan, config)?;
    let base = config.base_url.as_str();
    let password = match config.password {
        Some(_) => "",
        None => "tb passwd    sets the password to log in with\n  ",
    };
    let program = config::executable().unwrap_or_else(|_| plan.folder.join("tb.cgi"));
    let program = program.display();
    shell.out.lines(&format!(
        "\n\
         Next:\n  \
           {password}tb check     checks the installation\n  \
           tb ping --to {}/test --url {} --title Test\n               \
                        sends you a ping; it waits in `tb queue`\n\n\
         Log in at {base}?__mode=login\n\n\
         If the host stops programs that go on in the background, have cron verify the pings:\n\
         */10 * * * * TB_MODE=cli '{program}' verify",
        base.trim_end_matches('/'),
        config.site.first().map_or(base, Url::as_str),
    ))
}

/// Prints what the pages of the site need, or the command that does.
fn print_snippet(shell: &mut Shell, plan: &SetupPlan, config: &Config) -> Result<()> {
    let current = std::path::absolute(".").ok();
    let folders = current
        .as_deref()
        .into_iter()
        .chain(plan.folder.ancestors());
    if let Some(generator) = snippet::find_generator(folders) {
        return shell.out.line(&format!(
            "\nYour pages are built by {generator}: `tb snippet {generator}` prints what to add to its templates."
        ));
    }
    let base = config.base_url.as_str().trim_end_matches('/');
    let ping_url = format!("{base}/ID");
    shell.out.lines(&format!(
        "\n\
         Add this to the pages of your site. ID is a name for the entry, of letters and digits.\n\
         `tb snippet --help` names the generators for which it prints more.\n\n\
         In its head:\n\
         <link rel=\"trackback\" href=\"{}\">\n\n\
         Where its links are:\n\
         <a href=\"{}\">TrackBack</a>\n\n\
         Anywhere, with the entry's own URL and title:\n{}",
        escape_xml(&ping_url),
        escape_xml(&format!("{base}?__mode=list&tb_id=ID")),
        rdf::block("URL", "TITLE", &ping_url)
    ))
}
