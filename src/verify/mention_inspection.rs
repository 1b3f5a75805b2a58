//! Checks the page behind a webmention, like that behind a ping, with these differences: the target is known, so no link
//! is followed; and a page is requested at most twice. If a third request would be needed to detect an echo of the page's
//! own URL, the webmention is held.

use url::Url;

use super::inspect::{
    BrowserCheck, Inspection, Inspector, Linked, PageAbsence, PublisherChain, identity,
    vouches_for_none,
};
use super::link_check::{ConfirmedText, LinkTarget, TitleSource, Vouched};
use super::mention::{MentionLink, MentionText, parse_mention};
use super::mention_record::SourceStatus;
use super::reflection;
use crate::linkback::trackback::links::links;
use crate::store::ReasonKind;

impl Inspector {
    /// Checks one page.
    pub(crate) fn inspect_mention(
        &self,
        source: &Url,
        target: LinkTarget<'_>,
        browser_check: BrowserCheck,
    ) -> Inspection {
        let seen = self.inspect_mention_page(source, target, browser_check);
        match seen {
            // A negative result may be due to a request that was refused.
            Inspection::Linked(_) | Inspection::Gone(..) => seen,
            Inspection::Not(..) | Inspection::Failed(_) | Inspection::Later if self.is_spent() => {
                Inspection::Later
            }
            Inspection::Not(..) | Inspection::Failed(_) | Inspection::Later => seen,
        }
    }

    fn inspect_mention_page(
        &self,
        source: &Url,
        target: LinkTarget<'_>,
        browser_check: BrowserCheck,
    ) -> Inspection {
        let not = |reason| Inspection::Not(reason, String::new());
        let page = match self.get_page(source) {
            Ok(page) => page,
            Err(seen) => return seen,
        };
        if target.is_site(&page.url) && !target.is_site(source) {
            let detail = "it is redirected to this site".to_owned();
            return Inspection::Not(ReasonKind::NoLink, detail);
        }
        let content_type = page.content_type.as_deref();
        let Some(found) = links(&page.body, content_type, &page.url) else {
            let kind = page.content_type.unwrap_or_default();
            return Inspection::Not(ReasonKind::NotAPage, kind);
        };
        let mention = parse_mention((&page.body, content_type), &page.url, &found, target);
        if mention.is_gone {
            return Inspection::Gone(PageAbsence::ForGood, "it says that it is gone".to_owned());
        }
        let link = match (target.direct_link(&found), mention.link) {
            (Some(link), _) => link,
            (None, MentionLink::Found) => return not(ReasonKind::HiddenLink),
            (None, MentionLink::None) if page.truncated || found.cut || mention.is_cut => {
                return not(ReasonKind::TooLarge);
            }
            (None, MentionLink::None) => return not(ReasonKind::NoLink),
        };
        if target.is_site(source) || names_target(source, &page.url, link, target) {
            return not(ReasonKind::EchoSuspected);
        }
        let mut chain = PublisherChain::default();
        let requested = page.redirects.iter().chain([source, &page.url]);
        requested.for_each(|url| chain.add(url));
        if reflection::altered(source).is_some() {
            // This is the second request, instead of the one with a browser's user agent.
            if self.is_hidden_echo(source, link) {
                return not(ReasonKind::EchoSuspected);
            }
        } else if browser_check == BrowserCheck::Run {
            match self.check_as_browser(source, link, target) {
                Ok(requested) => requested.iter().for_each(|url| chain.add(url)),
                Err(seen) => return seen,
            }
        }
        Inspection::Linked(Box::new(Linked {
            chain,
            title: TitleSource::OfPage,
            vouched: match found.vouched.contains(link) && !vouches_for_none(&page.robots) {
                true => Vouched::Yes,
                false => Vouched::No,
            },
            words: ConfirmedText {
                excerpt: mention.text.excerpt.clone(),
                blog_name: mention.text.blog_name.clone(),
            },
            offered: None,
            identity: identity(&found, &page.url, link),
            mention: Some(MentionText {
                target: target.named_entry(link).cloned(),
                ..mention.text
            }),
        }))
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
        Inspection::Failed(_) => SourceStatus::Unreachable,
        Inspection::Later => SourceStatus::Queued,
    }
}
