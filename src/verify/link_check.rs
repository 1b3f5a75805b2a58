//! Checks whether a page links to this site or to the pinged entry, and whether it carries the ping's title. Pure:
//! nothing is fetched.

use std::collections::{HashMap, HashSet};

use encoding_rs::{UTF_8, WINDOWS_1252};
use url::Url;

use super::page_texts::PageTexts;
use crate::admission::shortener::{is_exit, is_shortener};
use crate::config::EntryPattern;
use crate::domain::registrable;
use crate::error::FetchError;
use crate::html::{decoded_again, strip_markup};
use crate::linkback::trackback::links::{Links, PageSays, Standing};
use crate::linkback::trackback::{Ping, TbId};
use crate::order;
use crate::store::{ReasonKind, State};
use crate::text;
use crate::urls::{bare_host, entry_key, is_below, is_entry, page_key};

/// What a page must link to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinkTarget<'a> {
    /// The pages that count as the owner's.
    pub(crate) site: &'a [Url],
    /// The entry, if known; then the link must be to it.
    pub(crate) entry: Option<EntryPlace<'a>>,
}

/// Where an entry is published.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EntryPlace<'a> {
    /// At this permalink.
    At(&'a Url),
    /// At one of these permalinks, which webmentions name.
    AtAny(&'a [Url]),
    /// Wherever the configured pattern yields this id.
    ByPattern(&'a EntryPattern, &'a TbId),
    /// It is not known: on any page of the site but these, of which other ids are, by their [`page_key`].
    NotAt(&'a HashSet<String>),
}

/// What a ping claims about its page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PingClaim<'a> {
    /// The permalink.
    pub(crate) source: &'a Url,
    /// Its title.
    pub(crate) title: &'a str,
    /// The excerpt.
    pub(crate) excerpt: &'a str,
    /// The weblog's name.
    pub(crate) blog_name: &'a str,
    /// The sender's network, if it was kept.
    pub(crate) from: Option<&'a str>,
    /// The ping's state.
    pub(crate) state: State,
}

/// The failure of a link that was followed, which may lead here at another time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LinkFailure {
    pub(crate) detail: String,
    /// Whether it is a link of this site, or of a public shortener: of any other, most lead elsewhere.
    pub(crate) is_likely: bool,
}

impl LinkFailure {
    /// Notes the failure of a link, in place of that of a less likely one.
    pub(super) fn note(
        noted: &mut Option<LinkFailure>,
        link: &Url,
        target: LinkTarget<'_>,
        fault: &FetchError,
    ) {
        let is_likely = target.is_site(link) || is_shortener(link);
        if noted
            .as_ref()
            .is_none_or(|noted| is_likely && !noted.is_likely)
        {
            let detail = format!("its link to {}: {fault}", bare_host(link));
            *noted = Some(LinkFailure { detail, is_likely });
        }
    }
}

/// Excerpt and weblog name as the page confirms them, or the page's own in their place; and the title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ConfirmedText {
    /// The ping's, as the page carries it, or even if it does not; the page's if the ping has none.
    pub(crate) title: String,
    pub(crate) excerpt: String,
    pub(crate) blog_name: String,
}

/// Whether a page vouches for the link that is on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vouched {
    Yes,
    /// It appears only as `nofollow`, `ugc` or `sponsored`, or in a comment.
    No,
    /// It appears only where readers see no link, as a property of microformats often does.
    Unseen,
    /// It appears only where a style hides it, as far as the page itself says.
    Veiled,
}

impl Vouched {
    /// Whether readers see no link.
    pub(crate) fn is_unseen(self) -> bool {
        matches!(self, Vouched::Unseen | Vouched::Veiled)
    }
}

/// Whether a ping's title comes from its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TitleSource {
    /// It does, or the ping has none and gets the page's.
    OfPage,
    /// It merely stands in the text, of which whoever sends it can choose any words; the page has this title.
    InText(String),
    /// The page does not carry it.
    Other,
}

impl PingClaim<'_> {
    /// Whether the page carries the title. A URL is none: whoever sends it chooses its query and fragment.
    pub(crate) fn title(self, page: &PageTexts<'_>) -> TitleSource {
        let carried = self.carried_title(page.links);
        let own = || own_title(page);
        match carried {
            _ if self.is_untitled() && own().is_some() => TitleSource::OfPage,
            None => TitleSource::Other,
            Some(title) if page.has_title(&title) => TitleSource::OfPage,
            Some(_) => own().map_or(TitleSource::OfPage, TitleSource::InText),
        }
    }

    /// The title as the page carries it: as it was sent, or as another program reads it. Only that may be shown: the page
    /// does not say what looks like a tag in a title which it has without that.
    fn carried_title(self, links: &Links) -> Option<String> {
        let mut readings = self.titles(&links.says);
        readings.find(|title| links.words.has(title) || links.has_title(title))
    }

    /// The title as it was sent, decoded once more, without what looks like a tag, and in the charset of the page; none for
    /// a URL.
    fn titles(self, page: &PageSays) -> impl Iterator<Item = String> {
        let title = (!self.is_untitled()).then_some(self.title);
        let decoded = title.filter(|title| title.contains('&'));
        let stripped = title.filter(|title| title.contains('<'));
        let readings = [
            title.map(str::to_owned),
            decoded.map(|title| text::clean(&decoded_again(title))),
            stripped.map(|title| text::clean(&strip_markup(title))),
            title.and_then(|title| in_charset_of(page, title)),
        ];
        readings.into_iter().flatten()
    }

    /// Where on the page the title appears.
    pub(crate) fn standing(self, links: &Links) -> Standing {
        let standing = self.titles(&links.says);
        let standing = standing.map(|title| links.standing(&title)).max();
        standing.unwrap_or(Standing::Nowhere)
    }

    /// Whether the URL is used as the title.
    fn is_untitled(self) -> bool {
        self.title == text::crop(self.source.as_str(), Ping::MAX_TITLE, "")
    }

    /// The ping's excerpt and weblog name if the page carries them, otherwise the page's own.
    pub(crate) fn confirmed_text(self, page: &PageTexts<'_>, link: &Url) -> ConfirmedText {
        ConfirmedText {
            title: (self.is_untitled().then(|| own_title(page)).flatten())
                .or_else(|| self.carried_title(page.links))
                .unwrap_or_else(|| self.title.to_owned()),
            excerpt: match self.excerpt.is_empty() || page.has(self.excerpt) {
                true => self.excerpt.to_owned(),
                false => text::crop(&page.excerpt(link), Ping::MAX_EXCERPT, "…").into_owned(),
            },
            blog_name: match self.blog_name.is_empty() || page.has_name(self.blog_name) {
                true => self.blog_name.to_owned(),
                false => text::crop(&page.links.says.site_name, Ping::MAX_TITLE, "…").into_owned(),
            },
        }
    }
}

/// A title whose charset was not declared, so that it was read as windows-1252, as the page has it. What of it was taken for
/// control characters is lost; then it is that of the page's own titles which would be read so.
fn in_charset_of(page: &PageSays, title: &str) -> Option<String> {
    let charset = page.charset?;
    if [UTF_8, WINDOWS_1252].contains(&charset) {
        return None;
    }
    let misread = |own: &str| {
        let (bytes, ..) = charset.encode(own);
        text::clean(&WINDOWS_1252.decode_without_bom_handling(&bytes).0)
    };
    let mut own = [&page.title, &page.heading].into_iter();
    let own = own.find(|own| !own.is_ascii() && misread(own) == title);
    let read_again = || {
        let (bytes, _, is_lost) = WINDOWS_1252.encode(title);
        let (text, is_wrong) = charset.decode_without_bom_handling(&bytes);
        (!is_lost && !is_wrong).then(|| text::clean(&text))
    };
    own.map(|own| text::crop(own, Ping::MAX_TITLE, "…").into_owned())
        .or_else(read_again)
}

/// What a page calls itself, if that is found on it as any title must be; else the beginning of its text.
fn own_title(page: &PageTexts<'_>) -> Option<String> {
    let links = page.links;
    let names = [&links.says.title, &links.says.heading].into_iter();
    let mut titles = names.map(|name| text::crop(name, Ping::MAX_TITLE, "…").into_owned());
    let title = titles.find(|title| !title.is_empty() && links.words.has(title));
    title.or_else(|| page.beginning())
}

/// How many links are followed through redirects.
const MAX_CANDIDATES: usize = 8;
/// How many of them may be links into the site itself, such as old permalinks of an entry.
const MAX_INTERNAL: usize = 3;
/// How many may go to one foreign domain, which must not be flooded because of somebody else's page.
const MAX_PER_DOMAIN: usize = 2;

/// The domains that following the links of one page has asked: as many links as may go to one domain may be redirected
/// there.
#[derive(Debug, Default)]
pub(crate) struct AskedDomains {
    /// The number of links that went there.
    links: HashMap<String, usize>,
    /// The domains that the current link went to.
    current: HashSet<String>,
}

impl AskedDomains {
    /// Begins with the next link.
    pub(crate) fn begin_link(&mut self) {
        self.current.clear();
    }

    /// Whether the current link may go to `url`; notes that it does.
    pub(crate) fn admits(&mut self, url: &Url) -> bool {
        let domain = registrable(url);
        if self.current.contains(&domain) {
            return true;
        }
        let links = self.links.entry(domain.clone()).or_default();
        let is_admitted = *links < MAX_PER_DOMAIN;
        if is_admitted {
            *links += 1;
            self.current.insert(domain);
        }
        is_admitted
    }
}

impl<'a> LinkTarget<'a> {
    /// Whether `url` is the target.
    pub(crate) fn is_target(self, url: &Url) -> bool {
        match self.entry {
            Some(EntryPlace::At(entry)) => is_entry(url, entry),
            Some(EntryPlace::AtAny(entries)) => entries.iter().any(|entry| is_entry(url, entry)),
            Some(EntryPlace::ByPattern(pattern, id)) => pattern.id_of(url).as_ref() == Some(id),
            Some(EntryPlace::NotAt(others)) => {
                self.is_site(url)
                    && !others.contains(&page_key(url))
                    && !others.contains(&entry_key(url))
            }
            None => self.is_site(url),
        }
    }

    /// Whether a link to the target leads to the entry itself, and not only to the site.
    pub(crate) fn is_entry(self) -> bool {
        match self.entry {
            Some(EntryPlace::At(_) | EntryPlace::AtAny(_) | EntryPlace::ByPattern(..)) => true,
            Some(EntryPlace::NotAt(_)) | None => false,
        }
    }

    /// Which of the permalinks that webmentions name `url` leads to.
    pub(crate) fn named_entry(self, url: &Url) -> Option<&'a Url> {
        match self.entry {
            Some(EntryPlace::AtAny(entries)) => entries.iter().find(|entry| is_entry(url, entry)),
            Some(EntryPlace::At(_) | EntryPlace::ByPattern(..) | EntryPlace::NotAt(_)) | None => {
                None
            }
        }
    }

    /// Whether `url` belongs to the owner's site.
    pub(crate) fn is_site(self, url: &Url) -> bool {
        self.site.iter().any(|site| is_below(url, site))
    }

    /// The direct link to the target, preferably one that the page vouches for.
    pub(crate) fn direct_link(self, links: &Links) -> Option<&Url> {
        let mut hits = links.shown.iter().filter(|url| self.is_target(url));
        let first = hits.next()?;
        let vouched = |url: &&Url| links.vouched.contains(*url);
        Some(
            Some(first)
                .filter(vouched)
                .or_else(|| hits.find(vouched))
                .unwrap_or(first),
        )
    }

    /// Links that may redirect to the target: into the site, to hosts other than the page's own, and to what counts the
    /// clicks there. Vouched links come first, then shorter ones, because short links are short; home pages come last.
    pub(crate) fn candidates<'l>(self, links: &'l Links, page: &Url) -> Vec<&'l Url> {
        let (inside, outside): (Vec<&Url>, Vec<&Url>) = links
            .shown
            .iter()
            .filter(|url| !self.is_target(url))
            .partition(|url| self.is_site(url));
        let mut outside: Vec<&Url> = outside
            .into_iter()
            .filter(|url| url.host_str() != page.host_str() || is_exit(url))
            .collect();
        let length = |url: &Url| url.path().len() + url.query().map_or(0, str::len);
        order::sort_by_key(&mut outside, |url| {
            (!links.vouched.contains(*url), length(url) <= 1, length(url))
        });
        let mut asked: HashMap<String, usize> = HashMap::new();
        outside.retain(|url| {
            let count = asked.entry(registrable(url)).or_default();
            *count += 1;
            *count <= MAX_PER_DOMAIN
        });
        let inside = inside.into_iter().take(MAX_INTERNAL);
        inside.chain(outside).take(MAX_CANDIDATES).collect()
    }

    /// The link to the target that only a style hides, and what readers see of it.
    pub(crate) fn veiled_link(self, links: &Links) -> Option<(&Url, Vouched)> {
        let mut all = links.veiled.iter();
        let (link, is_doubtful) = all.find(|(url, _)| self.is_target(url))?;
        let vouched = match is_doubtful {
            true => Vouched::Unseen,
            false => Vouched::Veiled,
        };
        Some((link, vouched))
    }

    /// The reason to refuse a page without the link.
    pub(crate) fn missing_reason(self, links: &Links) -> ReasonKind {
        let site = |url: &Url| self.is_site(url) || self.is_target(url);
        if links.shown.iter().any(site) {
            ReasonKind::LinksElsewhere
        } else if links.hidden.iter().any(site) {
            ReasonKind::HiddenLink
        } else {
            ReasonKind::NoLink
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkback::trackback::links::links;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn shown(urls: &[&str]) -> Links {
        let mut links = Links::default();
        links.shown = urls.iter().map(|text| url(text)).collect();
        links.vouched = links.shown.iter().cloned().collect();
        links
    }

    #[test]
    fn a_title_that_its_page_does_not_carry_is_somebody_elses() {
        let source = url("https://weblog.example/a-page-about-cats");
        let page = "<title>Weblog</title><h1>About cats</h1>";
        let found = links(page.as_bytes(), Some("text/html"), &source).unwrap();
        let page = PageTexts::new(&found, (page.as_bytes(), None), &source);
        let title = |title| {
            let source = &source;
            claim(source, title, "", "").title(&page)
        };
        assert_eq!(title("About “Cats”"), TitleSource::OfPage);
        assert_eq!(title(source.as_str()), TitleSource::OfPage);
        assert_eq!(title("About dogs"), TitleSource::Other);
        assert_eq!(title("https://pills.example/"), TitleSource::Other);
        assert_eq!(title("€@$¥"), TitleSource::Other);
    }

    #[test]
    fn a_title_with_angle_brackets_is_that_of_its_page_however_programs_read_it() {
        let source = url("https://weblog.example/1");
        let using = "Using Vec<T> in Rust";
        let bare = "Using Vec in Rust";
        let escaped = "<title>Using Vec&lt;T&gt; in Rust | My weblog</title>";
        let heading = "<h1>Using <code>Vec&lt;T&gt;</code> in Rust</h1>";
        let read = "<h1>Using Vec<T> in Rust</h1>";
        let nested = "<title>x</title><h2>A HashMap&lt;String, Vec&lt;T&gt;&gt; of them</h2>";
        for (html, title, becomes) in [
            (escaped, using, Some(using)),
            (escaped, bare, Some(bare)),
            (escaped, "Using Vec&lt;T&gt; in Rust", Some(using)),
            ("<title>Using Vec<T> in Rust</title>", bare, Some(bare)),
            (heading, using, Some(using)),
            (heading, bare, Some(bare)),
            (heading, "Using Vec<U> in Rust", Some(bare)),
            (heading, "Using Vec<T> in Rust<b>", Some(bare)),
            (
                "<meta property=og:title content='Using Vec&lt;T> in Rust'>",
                bare,
                Some(bare),
            ),
            (
                "<p class=entry-title>Using Vec&lt;T> in Rust</p>",
                bare,
                Some(bare),
            ),
            ("<p>Using Vec&lt;T> in Rust</p>", using, Some(using)),
            (
                nested,
                "A HashMap<String, Vec<T>> of them",
                Some("A HashMap<String, Vec<T>> of them"),
            ),
            (nested, "A HashMap> of them", Some("A HashMap> of them")),
            // What the page has lost is not shown in its name.
            (read, using, Some(bare)),
            (read, bare, Some(bare)),
            (read, "Using Vec<buy pills> in Rust", Some(bare)),
            (read, "Using Vec<T> in Rust<buy pills", Some(bare)),
            (read, "Using Vec <T> in C", None),
            (
                "<h1>Tom &amp; Jerry</h1>",
                "Tom &amp; Jerry",
                Some("Tom & Jerry"),
            ),
            ("<h1>a &lt; b</h1>", "a < b", Some("a < b")),
        ] {
            let found = links(html.as_bytes(), Some("text/html"), &source).unwrap();
            let page = PageTexts::new(&found, (html.as_bytes(), None), &source);
            let claim = claim(&source, title, "", "");
            let is_of_page = claim.title(&page) == TitleSource::OfPage;
            let text = claim.confirmed_text(&page, &source).title;
            let text = is_of_page.then_some(text.as_str());
            assert_eq!(text, becomes, "{title}: {html}");
        }
    }

    #[test]
    fn f4_words_that_merely_stand_in_a_pages_text_are_neither_its_title_nor_a_name() {
        let source = url("https://weblog.example/2026/11/bob");
        let link = url("https://blog.example/");
        let head = "<title>Dogs | Ann's weblog</title>";
        let text = "<nav><a href=/>Home of Ann</a> <a href=/about>All about me</a></nav>\
            <p>Cats sleep a lot. I do not think that Bob is a fraud; I read a <a href='https://blog.example/'>post</a>.</p>\
            <aside><p>Advertisement: buy pills</p><ul><li><a href='https://eve.example/'>Eve's weblog</a></ul></aside>";
        let titled = |inside: &str| format!("{head}<h1>Dogs</h1>{inside}{text}");
        assert_titles(&source, &titled, text);
        let html = format!(
            "<meta name=author content='Ann Other'><link rel=alternate title='Notes by Ann' href=/feed>{}",
            titled("<p class=fn>Ann B.</p>")
        );
        let found = links(html.as_bytes(), None, &source).unwrap();
        let page = PageTexts::new(&found, (html.as_bytes(), None), &source);
        for (name, is_kept) in [
            ("Ann's weblog", true),
            ("Home of Ann", true),
            ("Ann Other", true),
            ("Notes by Ann", true),
            ("Ann B.", true),
            ("weblog.example", true),
            ("www.weblog.example", true),
            ("https://www.weblog.example/", true),
            ("", true),
            ("Bob is a fraud", false),
            ("fraud", false),
            ("buy pills", false),
            ("Eve's weblog", false),
            ("All about me", false),
        ] {
            let text = claim(&source, "Dogs", "", name).confirmed_text(&page, &link);
            assert_eq!(
                text.blog_name == name,
                is_kept,
                "{name}: {}",
                text.blog_name
            );
        }
    }

    /// Which titles a page has, whose `titled` text has the title `Dogs` or more titles.
    fn assert_titles(source: &Url, titled: &dyn Fn(&str) -> String, text: &str) {
        let own = || TitleSource::InText("Dogs | Ann's weblog".to_owned());
        // The beginning of an entry is a title.
        let titled = |inside: &str| titled(&format!("<p>Dogs bark.</p>{inside}"));
        for title in [
            "Bob is a fraud",
            "buy pills",
            "All about me",
            "Eve's weblog",
        ] {
            for more in [
                "",
                "<h1>x</h1>",
                "<p>Bob is <b>a fraud</b>.",
                "<p><b>Bob</b> is a fraud",
            ] {
                assert_eq!(
                    title_of(source, &titled(more), title),
                    own(),
                    "{more} {title}"
                );
            }
        }
        let note = "<article class=h-entry><div class=e-content>Cats sleep a lot. Bob is a fraud, I read in \
            <a href='https://blog.example/'>a post</a>.</div></article>";
        let none =
            TitleSource::InText("Cats sleep a lot. Bob is a fraud, I read in a post.".to_owned());
        assert_eq!(title_of(source, note, "Bob is a fraud"), none);
        assert_eq!(
            title_of(source, &titled(""), "Not on it at all"),
            TitleSource::Other
        );
        assert_eq!(
            title_of(source, "<p hidden>On Bob</p>", "On Bob"),
            TitleSource::Other
        );
        let ld = "<script type='application/ld+json'>{\"@type\":\"BlogPosting\",\"headline\":\"On Bob\"}</script>";
        for html in [
            titled("<h2>On Bob</h2>"),
            titled("<div class=entry-title>On Bob</div>"),
            titled("<span class=postTitle>On Bob</span>"),
            titled("<b itemprop=headline>On Bob</b>"),
            titled("<article class=h-entry><p class='p-name'>On Bob</p></article>"),
            titled("<meta name=twitter:title content='On Bob'>"),
            titled("<h2><img alt='On Bob' src=x.png></h2>"),
            titled("<p><b>On Bob</b><br>More"),
            titled("<p> <b><a name=1></a>On Bob</b></p>"),
            titled("<table><td><font size='+2'>On Bob</font><p>More</table>"),
            titled("<p>See <a href='/2026/11/bob'>On Bob</a>"),
            format!("{ld}<title>x</title><h1>On Bob</h1>{text}"),
            "<p>On Bob. He is a cat.".to_owned(),
            "<title>x</title><p>On Bob, who is a cat.".to_owned(),
        ] {
            assert_eq!(
                title_of(source, &html, "On Bob"),
                TitleSource::OfPage,
                "{html}"
            );
        }
        for title in ["dogs", "Dogs | Ann's weblog", "Cats sleep a lot."] {
            let source_of = |html: &str| title_of(source, html, title);
            let html = match title {
                "Cats sleep a lot." => note.to_owned(),
                _ => titled(""),
            };
            assert_eq!(source_of(&html), TitleSource::OfPage, "{title}");
        }
    }

    fn title_of(source: &Url, html: &str, title: &str) -> TitleSource {
        let found = links(html.as_bytes(), Some("text/html"), source).unwrap();
        let page = PageTexts::new(&found, (html.as_bytes(), None), source);
        claim(source, title, "", "").title(&page)
    }

    fn claim<'a>(
        source: &'a Url,
        title: &'a str,
        excerpt: &'a str,
        blog_name: &'a str,
    ) -> PingClaim<'a> {
        PingClaim {
            source,
            title,
            excerpt,
            blog_name,
            from: None,
            state: State::Held,
        }
    }

    #[test]
    fn f4_a_ping_without_a_title_gets_its_pages_and_never_words_of_its_url() {
        for (html, expected) in [
            ("<title>Cats</title><h1>x</h1>", Some("Cats")),
            (
                "<title>Cats</title><meta property=og:title content='Cats'>",
                Some("Cats"),
            ),
            ("<h1>Cats <i>in</i> winter</h1>", Some("Cats in winter")),
            ("<h1 hidden>Cats</h1>", None),
            ("<p>Words</p>", Some("Words")),
            ("<ol class=comments><li>Words</ol>", None),
            ("<title> </title>", None),
        ] {
            for source in [
                "https://weblog.example/1",
                "https://weblog.example/1#Buy-pills-at-evil.example",
                "https://weblog.example/1?Buy-pills",
                "https://weblog.example/Buy-pills",
            ] {
                let source = url(source);
                let found = links(html.as_bytes(), None, &source).unwrap();
                let page = PageTexts::new(&found, (html.as_bytes(), None), &source);
                let claim = claim(&source, source.as_str(), "", "");
                let words = claim.confirmed_text(&page, &source);
                let becomes = match claim.title(&page) {
                    TitleSource::OfPage => Some(words.title.as_str()),
                    TitleSource::InText(_) | TitleSource::Other => None,
                };
                assert_eq!(becomes, expected, "{source} {html}");
            }
        }
    }

    #[test]
    fn what_the_page_does_not_say_gives_way_to_what_it_says() {
        let source = url("https://weblog.example/1");
        let page = "<title>Cats - My weblog</title><meta property=og:site_name content='My weblog'>\
            <meta name=description content='All about cats.'>\
            <h1>Cats</h1><p>Before it I read a good <a href='https://blog.example/'>post on cats</a> and liked it.";
        let found = links(page.as_bytes(), Some("text/html"), &source).unwrap();
        let link = url("https://blog.example/");
        let own = "Before it I read a good post on cats and liked it.";
        for (excerpt, blog_name, becomes, named) in [
            (
                "I read a good post on cats and [...]",
                "My weblog",
                None,
                None,
            ),
            ("“All about cats”", "MY WEBLOG", None, None),
            ("", "", None, None),
            ("Buy pills", "Pills, Inc.", Some(own), Some("My weblog")),
            ("€€€", "€", Some(own), Some("My weblog")),
        ] {
            let becomes = ConfirmedText {
                title: "Cats".to_owned(),
                excerpt: becomes.unwrap_or(excerpt).to_owned(),
                blog_name: named.unwrap_or(blog_name).to_owned(),
            };
            let claim = claim(&source, "Cats", excerpt, blog_name);
            let page = PageTexts::new(&found, (page.as_bytes(), None), &source);
            assert_eq!(claim.confirmed_text(&page, &link), becomes, "{excerpt}");
        }
        let html = b"<a href='https://blog.example/'></a>";
        let bare = links(html, None, &source).unwrap();
        let page = PageTexts::new(&bare, (html, None), &source);
        let claim = claim(&source, "Cats", "Buy pills", "Pills");
        let none = ConfirmedText {
            title: "Cats".to_owned(),
            ..ConfirmedText::default()
        };
        assert_eq!(claim.confirmed_text(&page, &link), none);
    }

    #[test]
    fn a_link_that_the_page_vouches_for_is_found_before_others() {
        let site = [url("https://blog.example/")];
        let target = LinkTarget {
            site: &site,
            entry: None,
        };
        let page = url("https://weblog.example/1");
        let text = "<a rel='UGC nofollow' href='https://blog.example/a'>x</a> <a href='https://s.example/long'>y</a>
            <a rel=sponsored href='https://t.example/'>z</a> <a rel=external,nofollow href='https://t.example/2'>z</a>";
        let found = |more: &str| {
            let text = format!("{text}{more}");
            links(text.as_bytes(), Some("text/html"), &page).unwrap()
        };
        let only = found("");
        let direct = target.direct_link(&only).unwrap();
        assert!(!only.vouched.contains(direct), "{direct}");
        let first: Vec<&str> = target
            .candidates(&only, &page)
            .iter()
            .map(|url| url.as_str())
            .collect();
        assert_eq!(
            first,
            [
                "https://s.example/long",
                "https://t.example/2",
                "https://t.example/"
            ]
        );
        for more in [
            "<a href='https://blog.example/b'>x</a>",
            "<a href='https://blog.example/a' rel=me>x</a>",
        ] {
            let both = found(more);
            assert!(
                both.vouched.contains(target.direct_link(&both).unwrap()),
                "{more}"
            );
        }
    }

    #[test]
    fn a_link_to_the_site_counts_where_the_entry_is_not_known() {
        let site = [url("https://blog.example/me/")];
        let target = LinkTarget {
            site: &site,
            entry: None,
        };
        for hit in [
            "http://www.blog.example/me",
            "https://blog.example/me/x?y#z",
        ] {
            assert!(target.direct_link(&shown(&[hit])).is_some(), "{hit}");
        }
        for miss in [
            "https://blog.example/",
            "https://blog.example/meow",
            "https://blog.example.evil.example/me/",
            "https://blog.exampIe.com/me/",
            "https://evil.example/?https://blog.example/me/",
        ] {
            let links = shown(&[miss]);
            assert!(target.direct_link(&links).is_none(), "{miss}");
            assert_eq!(target.missing_reason(&links), ReasonKind::NoLink, "{miss}");
        }
    }

    #[test]
    fn where_the_entry_is_known_the_link_must_be_to_it() {
        let site = [url("https://blog.example/")];
        let entry = url("https://blog.example/posts/cats/");
        let target = LinkTarget {
            site: &site,
            entry: Some(EntryPlace::At(&entry)),
        };
        assert!(
            target
                .direct_link(&shown(&["http://blog.example/posts/cats#c1"]))
                .is_some()
        );
        let other = shown(&["https://blog.example/posts/dogs/"]);
        assert!(target.direct_link(&other).is_none());
        assert_eq!(target.missing_reason(&other), ReasonKind::LinksElsewhere);
        let mut hidden = Links::default();
        hidden.hidden = vec![entry.clone()];
        assert_eq!(target.missing_reason(&hidden), ReasonKind::HiddenLink);
    }

    #[test]
    fn f4_where_the_entry_is_not_known_a_link_to_that_of_another_id_is_none() {
        let site = [url("https://blog.example/")];
        let others = HashSet::from([page_key(&url("https://blog.example/posts/cats/"))]);
        let target = LinkTarget {
            site: &site,
            entry: Some(EntryPlace::NotAt(&others)),
        };
        assert!(!target.is_entry());
        let cats = "http://www.blog.example/posts/cats/index.html?utm_source=rss#c1";
        for hit in ["https://blog.example/", "https://blog.example/posts/dogs/"] {
            let both = shown(&[cats, hit]);
            assert_eq!(target.direct_link(&both), Some(&url(hit)));
        }
        let only = shown(&[cats]);
        assert!(target.direct_link(&only).is_none());
        assert_eq!(target.missing_reason(&only), ReasonKind::LinksElsewhere);
    }

    #[test]
    fn d3_the_entry_of_an_id_is_known_by_its_id_where_only_the_pattern_says_where_it_is() {
        let site = [url("https://blog.example/")];
        let pattern = EntryPattern::new("https://blog.example/posts/{id}/").unwrap();
        let id = TbId::new("my-café-cats".as_bytes()).unwrap();
        let target = LinkTarget {
            site: &site,
            entry: Some(EntryPlace::ByPattern(&pattern, &id)),
        };
        for hit in [
            "https://blog.example/posts/my-caf%C3%A9-cats/",
            "http://www.blog.example/posts//my-café-cats/index.html?utm_source=rss#c1",
        ] {
            assert!(target.direct_link(&shown(&[hit])).is_some(), "{hit}");
        }
        for miss in [
            "https://blog.example/posts/my-cats/",
            "https://blog.example/my-café-cats/",
            "https://evil.example/posts/my-café-cats/",
        ] {
            assert!(target.direct_link(&shown(&[miss])).is_none(), "{miss}");
        }
        let other = shown(&["https://blog.example/posts/my-cats/"]);
        assert_eq!(target.missing_reason(&other), ReasonKind::LinksElsewhere);
    }

    #[test]
    fn d6_a_title_in_the_charset_of_its_page_that_was_not_declared_is_the_pages() {
        let source = url("https://weblog.example/1");
        for (charset, title) in [
            ("euc-jp", "日本語の題名"),
            ("shift_jis", "日本語の題名・表示"),
            ("iso-2022-jp", "日本語の題名"),
            ("gb2312", "中文标题"),
            ("big5", "中文標題功能"),
            ("euc-kr", "한국어 제목"),
            ("windows-1251", "Русский заголовок"),
            ("koi8-r", "Русский заголовок"),
            ("iso-8859-2", "Žluťoučký kůň"),
        ] {
            let charset = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap();
            let html = format!("<title>{title} - 猫</title><h1>{title}</h1>");
            let page = charset.encode(&html).0;
            let header = format!("text/html; charset={}", charset.name());
            let found = links(&page, Some(&header), &source).unwrap();
            let texts = PageTexts::new(&found, (&page, Some(&header)), &source);
            let sent = charset.encode(title).0;
            let misread = text::clean(&WINDOWS_1252.decode_without_bom_handling(&sent).0);
            let claim = |title| PingClaim {
                source: &source,
                title,
                excerpt: "",
                blog_name: "",
                from: None,
                state: State::Held,
            };
            let ping = claim(&misread);
            let name = charset.name();
            assert_eq!(ping.title(&texts), TitleSource::OfPage, "{name} {misread}");
            assert_eq!(ping.confirmed_text(&texts, &source).title, title, "{name}");
            let (other, ..) = charset.encode("猫 другой jiný 다른");
            let other = text::clean(&WINDOWS_1252.decode_without_bom_handling(&other).0);
            assert_eq!(claim(&other).title(&texts), TitleSource::Other, "{name}");
        }
    }

    #[test]
    fn a_few_short_links_to_other_hosts_are_followed() {
        let site = [url("https://blog.example/")];
        let entry = url("https://blog.example/posts/cats/");
        let target = LinkTarget {
            site: &site,
            entry: Some(EntryPlace::At(&entry)),
        };
        let mut all = vec![
            "https://weblog.example/own",
            "https://weblog.example/go/cats",
            "https://far.example/a/long/path/of/an/ordinary/page",
            "https://home.example/",
            "https://s.example/x1",
            "https://blog.example/?p=7",
        ];
        let page = url("https://weblog.example/1");
        let links = shown(&all);
        let found: Vec<&str> = target
            .candidates(&links, &page)
            .iter()
            .map(|url| url.as_str())
            .collect();
        assert_eq!(found, [all[5], all[4], all[1], all[2], all[3]]);
        let many: Vec<String> = (0..50)
            .map(|n| format!("https://s{n}-short.example/y"))
            .collect();
        all.extend(many.iter().map(String::as_str));
        assert_eq!(target.candidates(&shown(&all), &page).len(), MAX_CANDIDATES);
        let one: Vec<String> = (0..50)
            .map(|n| format!("https://s{n}.victim.example/y"))
            .collect();
        let one: Vec<&str> = one.iter().map(String::as_str).collect();
        assert_eq!(target.candidates(&shown(&one), &page).len(), 2);
    }
}
