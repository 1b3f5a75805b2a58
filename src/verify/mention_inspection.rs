//! Checks the page behind a webmention, like that behind a ping, with these differences: the target is known, so no link
//! is followed; and a page is requested at most twice. If a third request would be needed to detect an echo of the page's
//! own URL, the webmention is held.
//!
//! A proxy is trusted to repeat nothing that its URL names, and to state its response without showing it. Its page is
//! requested once, and published by the author that it names.

use url::Url;

use super::fetched_page::{kind_of, vouched_of};
use super::inspect::{BrowserCheck, Inspection, Inspector, Linked, PageAbsence, PublisherChain};
use super::link_check::{ConfirmedText, LinkTarget, TitleSource, Vouched};
use super::mention::{MentionText, parse_mention};
use super::mention_record::SourceStatus;
use super::page_identity::{PageIdentity, identity, short_hash};
use super::reflection;
use crate::admission::proxies;
use crate::config::Config;
use crate::linkback::trackback::links::Links;
use crate::store::ReasonKind;
use crate::urls::{bare_host, parse_plain_web};

impl Inspector {
    /// Checks one page.
    pub(crate) fn inspect_mention(
        &self,
        config: &Config,
        source: &Url,
        target: LinkTarget<'_>,
        browser_check: BrowserCheck,
    ) -> Inspection {
        self.later_if_spent(self.inspect_mention_page(config, source, target, browser_check))
    }

    fn inspect_mention_page(
        &self,
        config: &Config,
        source: &Url,
        target: LinkTarget<'_>,
        browser_check: BrowserCheck,
    ) -> Inspection {
        let not = |reason| Inspection::Not(reason, String::new());
        let (page, found) = match self.read_page(source, target) {
            Ok(read) => read,
            Err(seen) => return seen,
        };
        if target.is_site(&page.url) && !target.is_site(source) {
            return Inspection::Not(ReasonKind::NoLink, "it is redirected to this site".into());
        }
        let Some(found) = found else {
            return Inspection::Not(ReasonKind::NotAPage, kind_of(page));
        };
        let content = (page.body.as_slice(), page.content_type.as_deref());
        let mention = parse_mention(content, &page.url, &found, target);
        if mention.is_gone {
            return Inspection::Gone(PageAbsence::ForGood, "it says that it is gone".to_owned());
        }
        let is_cut = page.truncated || found.cut || mention.is_cut;
        let requested = || page.redirects.iter().chain([source, &page.url]);
        let is_proxied = requested().all(|url| proxies::is_proxy(config, url));
        let veiled = target.veiled_link(&found);
        let seen = target.direct_link(&found);
        let unseen = mention.link.as_ref().map(|link| (link, Vouched::Unseen));
        let link = match (seen, unseen.or(veiled)) {
            (Some(link), _) => link,
            (None, Some((link, _))) if is_proxied => link,
            (None, Some((link, vouched))) => {
                // It may be a property of microformats that no browser shows. It is held in any case, so no request is
                // made for it.
                let chain = PublisherChain::of(requested());
                return Inspection::Linked(Box::new(Linked {
                    vouched,
                    ..of_mention(mention.text, (link, target), (chain, &found, &page.url))
                }));
            }
            (None, None) if is_cut => return not(ReasonKind::TooLarge),
            (None, None) => return not(ReasonKind::NoLink),
        };
        if is_proxied {
            let text = MentionText {
                target: target.named_entry(link).cloned(),
                ..mention.text
            };
            let identity = identity(&found, &page.url, link);
            return Inspection::Linked(Box::new(Linked {
                quote: found.quote(link),
                is_to_entry: target.is_entry(),
                ..of_author(config, (source, text), identity)
            }));
        }
        if target.is_site(source) || names_target(source, &page.url, link, target) {
            return not(ReasonKind::EchoSuspected);
        }
        let mut chain = PublisherChain::of(requested());
        let look = (link, target, browser_check);
        match self.look_again(source, look, (&found, &page.url), &mention.text) {
            Ok(requested) => requested.iter().for_each(|url| chain.add(url)),
            Err(seen) => return seen,
        }
        Inspection::Linked(Box::new(Linked {
            vouched: vouched_of(&found, link, &page),
            ..of_mention(mention.text, (link, target), (chain, &found, &page.url))
        }))
    }

    /// The second request: for the page at an altered URL if its own has values, else as a browser asks. Returns the URLs
    /// that were requested as a browser.
    fn look_again(
        &self,
        source: &Url,
        (link, target, browser_check): (&Url, LinkTarget<'_>, BrowserCheck),
        (found, fetched): (&Links, &Url),
        text: &MentionText,
    ) -> Result<Vec<Url>, Inspection> {
        if let Some(altered) = self.altered_page(source, target) {
            let said = [&text.title, &text.excerpt, &text.blog_name];
            let repeats = altered.repeats_words((source, link), found, said);
            return match repeats || altered.is_hidden_echo(link) {
                true => Err(Inspection::Not(ReasonKind::EchoSuspected, String::new())),
                false => Ok(Vec::new()),
            };
        }
        match browser_check {
            BrowserCheck::Run => self.check_as_browser(source, link, target, (found, fetched)),
            BrowserCheck::Skip => Ok(Vec::new()),
        }
    }
}

/// A page with the text of a webmention.
fn of_mention(
    text: MentionText,
    (link, target): (&Url, LinkTarget<'_>),
    (chain, found, fetched): (PublisherChain, &Links, &Url),
) -> Linked {
    Linked {
        chain,
        is_to_entry: target.is_entry(),
        title: TitleSource::OfPage,
        vouched: Vouched::No,
        words: ConfirmedText {
            title: text.title.clone(),
            excerpt: text.excerpt.clone(),
            blog_name: text.blog_name.clone(),
        },
        offered: None,
        identity: identity(found, fetched, link),
        quote: found.quote(link),
        mention: Some(MentionText {
            target: target.named_entry(link).cloned(),
            ..text
        }),
    }
}

/// A page on a proxy: its publisher is the only author that it names.
fn of_author(
    config: &Config,
    (source, text): (&Url, MentionText),
    identity: PageIdentity,
) -> Linked {
    let post = text.link.as_deref().and_then(parse_plain_web);
    let urls = text.author.as_ref().map(|author| author.urls.as_slice());
    let author = proxies::author_of(config, urls.unwrap_or_default(), post.as_ref());
    let mut chain = PublisherChain::default();
    match &author {
        Some(author) => drop(chain.publishers.insert(author.clone())),
        None => drop(chain.unnamed_hosts.insert(bare_host(source).to_owned())),
    }
    Linked {
        chain,
        is_to_entry: false,
        title: TitleSource::OfPage,
        vouched: Vouched::Yes,
        words: ConfirmedText {
            title: text.title.clone(),
            excerpt: text.excerpt.clone(),
            blog_name: text.blog_name.clone(),
        },
        offered: None,
        identity: identity_by_author(&text, identity),
        quote: String::new(),
        mention: Some(MentionText {
            publisher: Some(author.map(|author| author.to_string()).unwrap_or_default()),
            ..text
        }),
    }
}

/// The identity of a page on a proxy: likes have the same text, or none, whoever they are by. So a text counts only
/// together with its author and its permalink, and none proves anything.
fn identity_by_author(text: &MentionText, identity: PageIdentity) -> PageIdentity {
    let urls = text.author.iter().flat_map(|author| &author.urls);
    let link = text.link.as_deref();
    let who: Vec<&str> = urls.map(Url::as_str).chain(link).collect();
    PageIdentity {
        name: identity.name,
        near: match who.is_empty() {
            true => String::new(),
            false => short_hash(&format!("{}\n{}", identity.near, who.join("\n"))),
        },
        ..PageIdentity::default()
    }
}

/// Whether one of the page's URLs contains the site or the link: such a page may repeat whatever its URL contains.
fn names_target(source: &Url, page: &Url, link: &Url, target: LinkTarget<'_>) -> bool {
    let mut named = target.site.to_vec();
    if link.host_str() != source.host_str() && link.host_str() != page.host_str() {
        named.push(link.clone());
    }
    [source, page].into_iter().any(|address| {
        reflection::names_site(address, target.site)
            || reflection::probe(address, &named, "").is_some()
    })
}

/// The result as the sender may know it: facts of its own page, without the owner's bans.
pub(super) fn source_status(seen: &Inspection) -> SourceStatus {
    match seen {
        Inspection::Linked(_) => SourceStatus::Verified,
        Inspection::Not(ReasonKind::TooLarge, _) => SourceStatus::TooLarge,
        Inspection::Not(
            ReasonKind::HiddenLink
            | ReasonKind::EchoSuspected
            | ReasonKind::BannedDomain
            | ReasonKind::BannedWord
            | ReasonKind::Score,
            _,
        ) => SourceStatus::Verified,
        Inspection::Not(..) => SourceStatus::NoLink,
        Inspection::Gone(..) => SourceStatus::Gone,
        Inspection::Failed(_) | Inspection::Unfollowed(..) => SourceStatus::Unreachable,
        Inspection::Later => SourceStatus::Queued,
    }
}
