//! How other programs find the ping URL of a page: their published patterns, for pages of ours to be held against.
//!
//! * Movable Type: `discover_tb` of its TrackBack plugin, as of version 7 (2019). A block reaches from `<rdf:RDF` to
//!   `</rdf:RDF>`. It is the page's if `dc:identifier="…"` is the page's URL, the URL without its fragment, or ends in
//!   the same last segment of the path. Attributes are read with double quotes only, and as they stand.
//! * Serendipity: `serendipity_trackback_autodiscover` in `include/functions_trackbacks.inc.php`, as of version 2. The first
//!   `trackback:ping="http…"` of the page in any case and quotes, unless its first `dc:identifier="http…"` is another
//!   URL than the page's; where it finds none, the page's URL with `trackback/` behind it, if that stands in the page.
//! * Dotclear: `getPingURL` of its `Trackback` class, as of version 2.30. Blocks as Movable Type has them, with one
//!   `<rdf:Description … />` each. The first block whose `dc:identifier="…"` is the page's URL, in any case; its
//!   `trackback:ping="…"` as it stands.

/// The text between two marks, and what follows the second.
fn between<'text>(text: &'text str, start: &str, end: &str) -> Option<(&'text str, &'text str)> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end)
}

/// What Movable Type finds on the page at `url`.
pub(crate) fn movable_type(page: &str, url: &str) -> Option<String> {
    let url_no_anchor = url.split('#').next().unwrap_or_default();
    let no_host = |url: &str| {
        let url = url.split('#').next().unwrap_or_default();
        let is_web = url.starts_with("http://") || url.starts_with("https://");
        let (_, last) = url.rsplit_once('/').filter(|_| is_web).unwrap_or(("", url));
        last.to_owned()
    };
    let mut rest = page;
    while let Some((block, after)) = between(rest, "<rdf:RDF", "</rdf:RDF>") {
        rest = after;
        let identifier = between(block, "dc:identifier=\"", "\"").map_or("", |found| found.0);
        let is_own =
            identifier == url || identifier == url_no_anchor || no_host(identifier) == no_host(url);
        let inner = block
            .split_once("<rdf:Description")
            .map_or(block, |found| found.1);
        // A name is made of word characters and colons, so a letter more before it is another name.
        let ping = inner
            .split("trackback:ping=\"")
            .zip(inner.split("trackback:ping=\"").skip(1))
            .filter(|(before, _)| {
                before.ends_with(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
            })
            .filter_map(|(_, value)| Some(value.split_once('"')?.0))
            .last();
        if let (true, Some(ping)) = (is_own, ping.filter(|ping| !ping.is_empty())) {
            return Some(ping.to_owned());
        }
    }
    None
}

/// The value of the first attribute of that name in any case, in any quotes, that begins with `http:` or `https:`.
fn first_web_value(page: &str, name: &str, more: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    lower.match_indices(name).find_map(|(at, _)| {
        let rest = page.get(at + name.len()..)?;
        let resource = rest.trim_start();
        let rest = match resource.get(..more.len()) {
            Some(word) if !more.is_empty() && word.eq_ignore_ascii_case(more) => {
                resource.get(more.len()..)?
            }
            _ => rest,
        };
        let value = rest.trim_start().strip_prefix('=')?.trim_start();
        let value = value.strip_prefix(['"', '\''])?;
        let (value, _) = value.split_once(['"', '\''])?;
        let scheme = value.to_ascii_lowercase();
        (scheme.starts_with("http:") || scheme.starts_with("https:")).then(|| value.to_owned())
    })
}

/// What Serendipity finds on the page that was asked for at `url` and answered at `other`.
pub(crate) fn serendipity(page: &str, url: &str, other: &str) -> Option<String> {
    let wordpress = [url, other].iter().find_map(|url| {
        let ends = ["/trackback/", "trackback/"].map(|end| format!("{url}{end}"));
        ends.into_iter().find(|end| page.contains(end.as_str()))
    });
    let ping = first_web_value(page, "trackback:ping", "rdf:resource");
    let identifier = first_web_value(page, "dc:identifier", "");
    match (ping, identifier) {
        (Some(_), Some(identifier)) if identifier != url && identifier != other => wordpress,
        (Some(ping), _) => Some(ping.trim().to_owned()),
        (None, _) => wordpress,
    }
}

/// What Dotclear finds on the page at `url`.
pub(crate) fn dotclear(page: &str, url: &str) -> Option<String> {
    let mut rest = page;
    while let Some((block, after)) = between(rest, "<rdf:RDF", "</rdf:RDF>") {
        rest = after;
        let (_, block) = block.split_once('>')?;
        let Some((description, _)) = between(block, "<rdf:Description", "/>") else {
            continue;
        };
        let lower = description.to_ascii_lowercase();
        let identifier = format!("dc:identifier=\"{}\"", url.to_ascii_lowercase());
        let ping = description.split_once("trackback:ping=\"");
        let ping = ping.and_then(|(_, value)| Some(value.split_once('"')?.0));
        if let (true, Some(ping)) = (lower.contains(&identifier), ping) {
            return Some(ping.to_owned());
        }
    }
    None
}
