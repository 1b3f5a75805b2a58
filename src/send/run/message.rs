//! Builds the message for a link: a ping with the text around it, or the two URLs of a Webmention or Pingback.

use url::Url;

use super::RunState;
use crate::linkback::Protocol;
use crate::linkback::trackback::Ping;
use crate::send::arxiv;
use crate::send::one_off::LinkbackMessage;
use crate::send::ping_url::Endpoint;
use crate::send::plan::Planned;
use crate::sources::Entry;
use crate::text::{crop, escape_xml};
use crate::urls::bare_host;

impl RunState<'_> {
    /// Builds the message for a link to an endpoint; or returns why it cannot be sent.
    pub(super) fn build_message(
        &self,
        link: usize,
        entry: &Entry,
        planned: &Planned,
        endpoint: &Endpoint,
    ) -> std::result::Result<LinkbackMessage, String> {
        if endpoint.protocol == Protocol::TrackBack {
            let found = self.shared.lock().state.titles.get(&planned.entry).cloned();
            let title = found.as_ref().unwrap_or(&entry.title);
            let names = (title.as_str(), self.settings.blog_name.as_str());
            let permalink = self.permalink(entry, planned);
            let ping = build_ping(entry, planned, (&permalink, &endpoint.url), names)?;
            return Ok(LinkbackMessage::ping(&endpoint.url, &ping));
        }
        let found = self.shared.lock().state.spellings.get(&link).cloned();
        // The page no longer has the link, but the receiver knows the mention by the target that it was sent.
        let sent = || planned.standing.as_ref()?.spelling.clone();
        let spelling = found.or_else(sent);
        let target = spelling.unwrap_or_else(|| planned.target.to_string());
        Ok(LinkbackMessage::mention(
            endpoint,
            self.permalink(entry, planned).as_str(),
            &target,
        ))
    }
}

/// Builds a ping with this title and, if the entry does not name its weblog, this name of one. Its excerpt is the text
/// around the link, or else the entry's summary.
fn build_ping(
    entry: &Entry,
    planned: &Planned,
    (permalink, ping_url): (&Url, &Url),
    (title, blog_name): (&str, &str),
) -> std::result::Result<Ping, String> {
    let link = planned.link.and_then(|link| entry.links.get(link));
    let around = link.map(|link| link.around.trim());
    let excerpt = match around {
        Some(around) if !around.is_empty() => around,
        _ => entry.summary.trim(),
    };
    // One character less, for the ellipsis of a cropped excerpt.
    let excerpt = crop(excerpt, Ping::MAX_EXCERPT - 1, "…");
    // Some receivers refuse a ping without a name.
    let names = [entry.blog_name.trim(), blog_name.trim()];
    let name = names.into_iter().find(|name| !name.is_empty());
    let blog_name = name.unwrap_or_else(|| bare_host(permalink));
    // The texts of an entry are plain; a ping's fields are parsed as markup.
    let [title, excerpt, blog_name] = [title, excerpt.as_ref(), blog_name].map(escape_xml);
    let ping = Ping::new(permalink.as_str(), &title, &excerpt, &blog_name)
        .map_err(|refusal| refusal.message().to_owned())?;
    if arxiv::is_arxiv(ping_url) && ping.url.chars().count() > arxiv::MAX_FIELD {
        return Err("the permalink is longer than the 255 characters that arXiv keeps".to_owned());
    }
    Ok(ping)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::{EntryLink, Follow};

    fn entry(around: &str, summary: &str) -> Entry {
        Entry {
            title: "a <b> & c".to_owned(),
            summary: summary.to_owned(),
            links: vec![EntryLink {
                url: Url::parse("https://b.example/").unwrap(),
                fragments: Vec::new(),
                follow: Follow::Yes,
                around: around.to_owned(),
            }],
            ..Entry::at(Url::parse("https://me.example/1").unwrap())
        }
    }

    fn written(entry: &Entry, ping_url: &str) -> std::result::Result<Ping, String> {
        written_of(entry, ping_url, "Mine")
    }

    fn written_of(
        entry: &Entry,
        ping_url: &str,
        blog_name: &str,
    ) -> std::result::Result<Ping, String> {
        let planned = Planned {
            entry: 0,
            link: Some(0),
            target: Url::parse("https://b.example/").unwrap(),
            standing: None,
            occasion: None,
            old: None,
        };
        build_ping(
            entry,
            &planned,
            (&entry.permalink, &Url::parse(ping_url).unwrap()),
            (&entry.title, blog_name),
        )
    }

    #[test]
    fn a_weblog_without_a_name_has_that_of_its_host() {
        for (of_feed, configured, expected) in [
            ("Feed", "Mine", "Feed"),
            (" ", "Mine", "Mine"),
            ("", " ", "me.example"),
            ("", "", "me.example"),
        ] {
            let mut entry = entry("x", "");
            entry.permalink = Url::parse("https://www.me.example:8443/1").unwrap();
            entry.blog_name = of_feed.to_owned();
            let ping = written_of(&entry, "https://b.example/tb", configured).unwrap();
            assert_eq!(ping.blog_name, expected);
        }
    }

    #[test]
    fn a_ping_says_what_stands_around_the_link() {
        let ping = written(&entry("x <y> &amp; z", "about"), "https://b.example/tb").unwrap();
        assert_eq!(ping.title, "a <b> & c");
        assert_eq!(ping.excerpt, "x <y> &amp; z");
        assert_eq!(ping.blog_name, "Mine");
        let ping = written(&entry(" ", "about"), "https://b.example/tb").unwrap();
        assert_eq!(ping.excerpt, "about");
        let ping = written(&entry(&"猫 ".repeat(300), ""), "https://b.example/tb").unwrap();
        assert!(ping.excerpt.ends_with('…') && ping.excerpt.chars().count() <= 252);
    }

    #[test]
    fn arxiv_is_not_sent_what_it_would_cut() {
        let mut entry = entry("x", "");
        entry.permalink = Url::parse(&format!("https://me.example/{}", "x".repeat(250))).unwrap();
        assert!(written(&entry, "https://b.example/tb").is_ok());
        let refused = written(&entry, "https://arxiv.org/trackback/1501.00001");
        assert!(refused.unwrap_err().contains("255"));
    }
}
