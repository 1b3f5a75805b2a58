//! `tb snippet`: what a page needs so that its pings are found, in the words of the generator that makes the page.
//!
//! The texts stand in `templates/snippets/` and `examples/`, as files that work as they are once the example's URLs in
//! them are replaced by those of the configuration.

use askama::Template;
use clap::ValueEnum;
use url::Url;

use super::parsers;
use super::shell::{ExitStatus, Shell, complain};
use crate::config::Config;
use crate::error::{Cause, Error, Result};
use crate::linkback::trackback::{TbId, rdf};

/// Prints what to put into the templates of a weblog so that its pings are found
///
/// The link to an entry's pings, their number, the `<link rel="trackback">` and the block that programs look for, for
/// the generator that makes the pages; each part says where it goes. The URLs are those of the configuration. For a
/// page written by hand, `html` with --id, --url and --title prints them filled in.
#[derive(Debug, clap::Args)]
pub(super) struct SnippetArgs {
    /// What makes the pages
    #[arg(value_enum)]
    generator: Generator,
    /// Print this part only, as for a file of its own
    #[arg(long, value_enum)]
    part: Option<SnippetPart>,
    /// For `html`: the entry's id
    #[arg(long, value_parser = parsers::tb_id, requires = "url", requires = "title")]
    id: Option<TbId>,
    /// For `html`: its permalink
    #[arg(long, value_parser = parsers::web_url, requires = "id")]
    url: Option<Url>,
    /// For `html`: its title
    #[arg(long, value_name = "WORDS", requires = "id")]
    title: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Generator {
    Hugo,
    Jekyll,
    Eleventy,
    Zola,
    Pelican,
    Astro,
    Blosxom,
    Wordpress,
    Html,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SnippetPart {
    /// What must be there before the others: a setting, or a plugin that is all of it
    Settings,
    /// What goes into the head of the page
    Head,
    /// What goes below an entry
    Entry,
    /// The link to the pings with their number
    Count,
}

pub(super) fn run(shell: &mut Shell, flags: &SnippetArgs) -> Result<ExitStatus> {
    if flags.id.is_some() && flags.generator != Generator::Html {
        let message =
            "--id, --url and --title are for `html`; the others take them from the entries";
        return Err(Error::Usage(message.to_owned()));
    }
    let config = shell.config_if_any()?;
    let parts = match flags.generator {
        Generator::Html => by_hand(config.as_ref(), flags)?,
        generator => {
            let fill =
                |&(part, text): &(SnippetPart, &str)| (part, filled_in(text, config.as_ref()));
            texts(generator).iter().map(fill).collect()
        }
    };
    let texts: Vec<&str> = parts
        .iter()
        .filter(|(part, _)| flags.part.is_none_or(|wanted| wanted == *part))
        .map(|(_, text)| text.trim())
        .collect();
    if texts.is_empty() {
        let message = "there is no such part for this generator; without --part all are printed";
        return Err(Error::Usage(message.to_owned()));
    }
    shell
        .out
        .raw(format!("{}\n", texts.join("\n\n")).as_bytes())?;
    match config.filter(|config| config.program().is_some()) {
        None => complain(&format!(
            "there is no configuration, so the text names {EXAMPLE}; put the URL of your tb.cgi in its place"
        )),
        Some(config) if config.passphrase.is_some() => complain(
            "pings need the passphrase here, which the text does not name: it leads readers to the pings, but nobody \
             can send one to the URL in it",
        ),
        Some(_) => {}
    }
    Ok(ExitStatus::Done)
}

/// What stands in the texts for this program's URL, and for the weblog's.
const EXAMPLE: &str = "https://blog.example/cgi-bin/tb.cgi";
const EXAMPLE_SITE: &str = "https://site.example";

macro_rules! snippet {
    ($file:literal) => {
        include_str!(concat!("../../templates/snippets/", $file))
    };
}

fn texts(generator: Generator) -> &'static [(SnippetPart, &'static str)] {
    match generator {
        Generator::Hugo => &[
            (SnippetPart::Settings, snippet!("hugo/settings.toml")),
            (SnippetPart::Head, snippet!("hugo/head.html")),
            (
                SnippetPart::Entry,
                include_str!("../../examples/hugo/trackback.html"),
            ),
            (SnippetPart::Count, snippet!("hugo/count.html")),
        ],
        Generator::Jekyll => &[
            (SnippetPart::Settings, snippet!("jekyll/settings.yml")),
            (SnippetPart::Head, snippet!("jekyll/head.html")),
            (
                SnippetPart::Entry,
                include_str!("../../examples/jekyll/trackback.html"),
            ),
            (SnippetPart::Count, snippet!("jekyll/count.html")),
        ],
        Generator::Eleventy => &[
            (SnippetPart::Head, snippet!("eleventy/head.liquid")),
            (SnippetPart::Entry, snippet!("eleventy/entry.liquid")),
            (SnippetPart::Count, snippet!("eleventy/count.liquid")),
        ],
        Generator::Zola => &[
            (SnippetPart::Settings, snippet!("zola/settings.toml")),
            (SnippetPart::Head, snippet!("zola/head.html")),
            (SnippetPart::Entry, snippet!("zola/entry.html")),
            (SnippetPart::Count, snippet!("zola/count.html")),
        ],
        Generator::Pelican => &[
            (SnippetPart::Settings, snippet!("pelican/settings.py")),
            (SnippetPart::Head, snippet!("pelican/head.html")),
            (SnippetPart::Entry, snippet!("pelican/entry.html")),
            (SnippetPart::Count, snippet!("pelican/count.html")),
        ],
        Generator::Astro => &[
            (SnippetPart::Head, snippet!("astro/head.astro")),
            (SnippetPart::Entry, snippet!("astro/entry.astro")),
            (SnippetPart::Count, snippet!("astro/count.astro")),
        ],
        Generator::Blosxom => &[
            (SnippetPart::Settings, snippet!("blosxom/plugin.pl")),
            (SnippetPart::Head, snippet!("blosxom/head.html")),
            (SnippetPart::Entry, snippet!("blosxom/entry.html")),
            (SnippetPart::Count, snippet!("blosxom/count.html")),
        ],
        Generator::Wordpress => &[(SnippetPart::Settings, snippet!("wordpress/plugin.php"))],
        Generator::Html => &[],
    }
}

fn filled_in(text: &str, config: Option<&Config>) -> String {
    let program = config.and_then(Config::program);
    let base = program.map_or_else(|| EXAMPLE.to_owned(), harmless);
    let site = config.and_then(|config| config.site.first());
    let site = site.map_or_else(|| "https://blog.example".to_owned(), harmless);
    // One after the other in one pass: what is put in may look like an example itself.
    let parts = text.split(EXAMPLE);
    let parts: Vec<_> = parts
        .map(|part| part.replace(EXAMPLE_SITE, &site))
        .collect();
    parts.join(&base)
}

/// A URL that says the same and means nothing to any of the languages that it is put into: in quotes, in comments, in
/// attributes.
fn harmless(url: &Url) -> String {
    let mut out = String::new();
    for byte in url.as_str().trim_end_matches('/').bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'/' | b':' | b'.' | b'-' | b'_' | b'~' | b'%' | b'[' | b']' => {
                out.push(char::from(byte))
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// The parts of a page that is written by hand.
#[derive(Template)]
#[template(path = "snippets/html.html")]
struct ByHand<'text> {
    /// The part's name.
    part: &'static str,
    tb_id: &'text str,
    ping_url: &'text str,
    list_url: &'text str,
    script_url: &'text str,
    /// The block, escaped by the room that writes it.
    block: &'text str,
}

fn by_hand(config: Option<&Config>, flags: &SnippetArgs) -> Result<Vec<(SnippetPart, String)>> {
    let example = "https://blog.example/my-entry".to_owned();
    let tb_id = flags.id.as_ref().map_or("my_entry", TbId::as_str);
    let permalink = flags.url.as_ref().map_or(example, Url::to_string);
    let title = flags.title.as_deref().unwrap_or("The title of my entry");
    let base = match config.and_then(Config::program) {
        Some(program) => program.clone(),
        None => Url::parse(EXAMPLE).map_err(|cause| Error::Internal(Cause::of(cause)))?,
    };
    let with = |query: &[(&str, &str)]| {
        let mut url = base.clone();
        url.query_pairs_mut().extend_pairs(query);
        url.to_string()
    };
    let mut ping_url = base.clone();
    if let Ok(mut segments) = ping_url.path_segments_mut() {
        segments.pop_if_empty().push(tb_id);
    }
    let ping_url = String::from(ping_url);
    let block = rdf::block(&permalink, title, &ping_url);
    let page = |(part, name)| {
        let text = ByHand {
            part: name,
            tb_id,
            ping_url: &ping_url,
            list_url: &with(&[("__mode", "list"), ("tb_id", tb_id)]),
            script_url: &with(&[("__mode", "js")]),
            block: block.trim_end(),
        };
        // Rendering into memory fails only if a value's `Display` does, and the values are strings.
        (part, text.render().unwrap_or_default())
    };
    let parts = [
        (SnippetPart::Head, "head"),
        (SnippetPart::Entry, "entry"),
        (SnippetPart::Count, "count"),
    ];
    Ok(parts.into_iter().map(page).collect())
}
