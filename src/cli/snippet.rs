//! `tb snippet`: prints what a page needs so that its pings are found, for the template language of its generator.
//!
//! The texts are the files of `templates/snippets/` and `examples/`, with the example URLs in them replaced by those of
//! the configuration.

use std::path::Path;

use askama::Template;
use clap::ValueEnum;
use url::Url;

use super::parsers;
use super::shell::{ExitStatus, Shell, warn};
use crate::admission::linkback_target;
use crate::config::Config;
use crate::error::{Cause, Error, Result};
use crate::linkback::Protocol;
use crate::linkback::trackback::{TbId, rdf};
use crate::snippet::{EXAMPLE_ID, ListValues, with_list};
use crate::store::Store;
use crate::text;

/// Prints what to add to a weblog's templates so that it is pinged
///
/// The link to an entry's pings, their number, the pings themselves, the `<link rel="trackback">` and the RDF block that
/// programs look for, in the template language of the generator; each part says where it goes, and --part prints it
/// alone. The URLs are those of the configuration. For a page written by hand, `html` with --id, --url and --title
/// prints them filled in. `webmention` prints the link that announces where Webmentions go (and Pingbacks, if
/// `protocols` names them), and headers that do the same.
#[derive(Debug, clap::Args)]
pub(super) struct SnippetArgs {
    /// The generator of the pages
    #[arg(value_enum)]
    generator: Generator,
    /// Print this part only
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
    Webmention,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SnippetPart {
    /// A setting that the other parts need, or a plugin that is all of them
    Settings,
    /// For the head of the page
    Head,
    /// For below an entry
    Entry,
    /// The link to the pings with their number
    Count,
    /// The pings themselves, for below an entry
    List,
}

/// Files that only one generator's sites have, with its name.
const MARKS: [(&str, Generator); 14] = [
    ("hugo.toml", Generator::Hugo),
    ("hugo.yaml", Generator::Hugo),
    ("hugo.json", Generator::Hugo),
    ("archetypes/default.md", Generator::Hugo),
    ("_config.yml", Generator::Jekyll),
    (".eleventy.js", Generator::Eleventy),
    ("eleventy.config.js", Generator::Eleventy),
    ("eleventy.config.mjs", Generator::Eleventy),
    ("eleventy.config.cjs", Generator::Eleventy),
    ("astro.config.mjs", Generator::Astro),
    ("astro.config.ts", Generator::Astro),
    ("pelicanconf.py", Generator::Pelican),
    ("wp-config.php", Generator::Wordpress),
    ("wp-includes/version.php", Generator::Wordpress),
];

/// The name of the generator whose site is in one of the folders, as the argument of `tb snippet`.
pub(super) fn find_generator<'a>(folders: impl Iterator<Item = &'a Path>) -> Option<String> {
    let generator = folders.into_iter().find_map(|folder| {
        let is_there = |file: &&(&str, Generator)| folder.join(file.0).is_file();
        MARKS.iter().find(is_there).map(|(_, generator)| *generator)
    })?;
    Some(generator.to_possible_value()?.get_name().to_owned())
}

pub(super) fn run(shell: &mut Shell, flags: &SnippetArgs) -> Result<ExitStatus> {
    if flags.id.is_some() && flags.generator != Generator::Html {
        let message =
            "--id, --url and --title are for `html`; the others take them from the entries";
        return Err(Error::Usage(message.to_owned()));
    }
    let config = shell.config_if_any()?;
    let is_off = |config: &Config| {
        let mentions = [Protocol::Webmention, Protocol::Pingback];
        !mentions
            .into_iter()
            .any(|protocol| config.receives(protocol))
    };
    if flags.generator == Generator::Webmention && config.as_ref().is_some_and(is_off) {
        warn("`protocols` names neither `webmention` nor `pingback`, so none are received");
    }
    let parts = match flags.generator {
        Generator::Html => html_parts(config.as_ref(), flags)?,
        generator => {
            let values = list_values(generator);
            let fill = |&(part, text): &(SnippetPart, &str)| {
                let is_announcement = generator == Generator::Webmention;
                let fill = if is_announcement {
                    announcement
                } else {
                    fill_in
                };
                let text = with_list(text, values, config.as_ref());
                (part, fill(&text, config.as_ref()))
            };
            snippets(generator).iter().map(fill).collect()
        }
    };
    let texts: Vec<&str> = parts
        .iter()
        .filter(|(part, _)| flags.part.is_none_or(|wanted| wanted == *part))
        .map(|(_, text)| text.trim())
        .collect();
    if texts.is_empty() {
        let message = "this generator has no such part; without --part all are printed";
        return Err(Error::Usage(message.to_owned()));
    }
    shell
        .out
        .raw(format!("{}\n", texts.join("\n\n")).as_bytes())?;
    warn_of_configuration(config, flags.generator);
    Ok(ExitStatus::Done)
}

/// Says where the text cannot work with the configuration.
fn warn_of_configuration(config: Option<Config>, generator: Generator) {
    match config.filter(|config| config.program().is_some()) {
        None => warn(&format!(
            "no configuration found, so the text has {EXAMPLE}; replace it with the URL of your tb.cgi"
        )),
        Some(config) if config.passphrase.is_some() && generator != Generator::Webmention => warn(
            "pings need the passphrase, which the text does not contain: it links to the pings, but nobody can send one \
             to the URL in it",
        ),
        Some(config) if lacks_pattern(&config) => {
            let [message, cure] = linkback_target::NO_PATTERN;
            warn(&format!("{message}; {cure}"));
        }
        Some(_) => {}
    }
}

/// Whether the webmentions of a page get another id than its ping URL. Without a store there are no entries either; what
/// cannot be read is reported by `tb check`.
fn lacks_pattern(config: &Config) -> bool {
    let store = Store::open(&config.data_dir);
    store.is_ok_and(|store| linkback_target::has_no_pattern(config, &store).unwrap_or(false))
}

macro_rules! snippet {
    ($file:literal) => {
        include_str!(concat!("../../templates/snippets/", $file))
    };
}

/// The placeholders in the texts for this program's URL, and for the weblog's.
const EXAMPLE: &str = "https://blog.example/cgi-bin/tb.cgi";
const EXAMPLE_SITE: &str = "https://site.example";

#[expect(clippy::too_many_lines, reason = "a table: one row a generator")]
fn snippets(generator: Generator) -> &'static [(SnippetPart, &'static str)] {
    match generator {
        Generator::Hugo => &[
            (SnippetPart::Settings, snippet!("hugo/settings.toml")),
            (SnippetPart::Head, snippet!("hugo/head.html")),
            (
                SnippetPart::Entry,
                include_str!("../../examples/hugo/trackback.html"),
            ),
            (SnippetPart::Count, snippet!("hugo/count.html")),
            (SnippetPart::List, snippet!("hugo/list.html")),
        ],
        Generator::Jekyll => &[
            (SnippetPart::Settings, snippet!("jekyll/settings.yml")),
            (SnippetPart::Head, snippet!("jekyll/head.html")),
            (
                SnippetPart::Entry,
                include_str!("../../examples/jekyll/trackback.html"),
            ),
            (SnippetPart::Count, snippet!("jekyll/count.html")),
            (SnippetPart::List, snippet!("jekyll/list.html")),
        ],
        Generator::Eleventy => &[
            (SnippetPart::Head, snippet!("eleventy/head.liquid")),
            (SnippetPart::Entry, snippet!("eleventy/entry.liquid")),
            (SnippetPart::Count, snippet!("eleventy/count.liquid")),
            (SnippetPart::List, snippet!("eleventy/list.liquid")),
        ],
        Generator::Zola => &[
            (SnippetPart::Settings, snippet!("zola/settings.toml")),
            (SnippetPart::Head, snippet!("zola/head.html")),
            (SnippetPart::Entry, snippet!("zola/entry.html")),
            (SnippetPart::Count, snippet!("zola/count.html")),
            (SnippetPart::List, snippet!("zola/list.html")),
        ],
        Generator::Pelican => &[
            (SnippetPart::Settings, snippet!("pelican/settings.py")),
            (SnippetPart::Head, snippet!("pelican/head.html")),
            (SnippetPart::Entry, snippet!("pelican/entry.html")),
            (SnippetPart::Count, snippet!("pelican/count.html")),
            (SnippetPart::List, snippet!("pelican/list.html")),
        ],
        Generator::Astro => &[
            (SnippetPart::Head, snippet!("astro/head.astro")),
            (SnippetPart::Entry, snippet!("astro/entry.astro")),
            (SnippetPart::Count, snippet!("astro/count.astro")),
            (SnippetPart::List, snippet!("astro/list.astro")),
        ],
        Generator::Blosxom => &[
            (SnippetPart::Settings, snippet!("blosxom/plugin.pl")),
            (SnippetPart::Head, snippet!("blosxom/head.html")),
            (SnippetPart::Entry, snippet!("blosxom/entry.html")),
            (SnippetPart::Count, snippet!("blosxom/count.html")),
            (SnippetPart::List, snippet!("blosxom/list.html")),
        ],
        Generator::Wordpress => &[
            (SnippetPart::Settings, snippet!("wordpress/plugin.php")),
            (SnippetPart::List, snippet!("wordpress/list.php")),
        ],
        Generator::Webmention => &[
            (SnippetPart::Head, snippet!("webmention.txt")),
            (SnippetPart::Settings, snippet!("webmention_headers.txt")),
        ],
        Generator::Html => &[],
    }
}

/// How a template language writes an entry's id, this program's URL, and that of the entry's list, in an attribute.
fn list_values(generator: Generator) -> ListValues<'static> {
    match generator {
        Generator::Hugo => ["{{ $id }}", "{{ . }}", "{{ $list }}"],
        Generator::Jekyll => [
            "{{ id | xml_escape }}",
            "{{ site.trackback | xml_escape }}",
            "{{ site.trackback | xml_escape }}?__mode=list&amp;tb_id={{ id | url_encode }}",
        ],
        Generator::Eleventy => [
            "{{ id | escape }}",
            "{{ trackback }}",
            "{{ trackback }}?__mode=list&amp;tb_id={{ id | url_encode }}",
        ],
        Generator::Zola => [
            "{{ tb_id }}",
            "{{ config.extra.trackback }}",
            "{{ config.extra.trackback }}?__mode=list&amp;tb_id={{ quoted }}",
        ],
        Generator::Pelican => [
            "{{ tb_id|e }}",
            "{{ TRACKBACK|e }}",
            "{{ TRACKBACK|e }}?__mode=list&amp;tb_id={{ quoted }}",
        ],
        // In strings of code.
        Generator::Astro => ["${attribute(id)}", "${base}", "${attribute(list)}"],
        Generator::Blosxom => ["$id", "$base", "$page"],
        Generator::Wordpress => ["$name", "$base", "$list"],
        // These have no such part, or values of their own.
        Generator::Webmention | Generator::Html => [""; 3],
    }
}

fn fill_in(text: &str, config: Option<&Config>) -> String {
    let program = config.and_then(Config::program);
    let base = program.map_or_else(|| EXAMPLE.to_owned(), escape_url);
    let site = config.and_then(|config| config.site.first());
    let site = site.map_or_else(|| "https://blog.example".to_owned(), escape_url);
    // In one pass, since an inserted URL may itself look like a placeholder.
    let parts = text.split(EXAMPLE);
    let parts: Vec<_> = parts
        .map(|part| part.replace(EXAMPLE_SITE, &site))
        .collect();
    parts.join(&base)
}

/// The lines that announce the protocols of which pings are received; that of Webmentions if there are none.
fn announcement(text: &str, config: Option<&Config>) -> String {
    let receives = |protocol| config.is_some_and(|config| config.receives(protocol));
    let pingback = receives(Protocol::Pingback);
    let webmention = receives(Protocol::Webmention) || !pingback;
    let is_wanted = |line: &&str| {
        (pingback || !line.contains("ingback")) && (webmention || !line.contains("ebmention"))
    };
    let fill = |line: &str| {
        let filled = fill_in(line, config);
        // In a value of Apache's `Header`, `%` begins a format.
        match line.starts_with("Header ") {
            true => filled.replace('%', "%%"),
            false => filled,
        }
    };
    let lines: Vec<String> = text.lines().filter(is_wanted).map(fill).collect();
    lines.join("\n")
}

/// Percent-encodes all characters of a URL that are special in any of the template languages, in quotes, comments or
/// attributes.
fn escape_url(url: &Url) -> String {
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

/// The parts of a page written by hand.
#[derive(Template)]
#[template(path = "snippets/html.html")]
struct HtmlSnippet<'text> {
    /// The part's name.
    part: &'static str,
    tb_id: &'text str,
    ping_url: &'text str,
    list_url: &'text str,
    script_url: &'text str,
    /// The RDF block, already escaped.
    block: &'text str,
}

fn html_parts(config: Option<&Config>, flags: &SnippetArgs) -> Result<Vec<(SnippetPart, String)>> {
    let example = "https://blog.example/my-entry".to_owned();
    let tb_id = flags.id.as_ref().map_or(EXAMPLE_ID, TbId::as_str);
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
        let text = HtmlSnippet {
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
    let list_url = with(&[("__mode", "list"), ("tb_id", tb_id)]);
    let values = [tb_id, base.as_str(), &list_url].map(|text| text::escape_xml(text).into_owned());
    let values = values.each_ref().map(String::as_str);
    let list = with_list(snippet!("html_list.html"), values, config);
    let parts = parts.into_iter().map(page);
    Ok(parts.chain([(SnippetPart::List, list)]).collect())
}
