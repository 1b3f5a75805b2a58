//! The text and the links of an entry's content.

use std::collections::HashMap;
use std::ops::Range;

use url::Url;

use super::around::around;
use super::aside::is_aside;
use super::tree::{Element, Node, Tree};
use crate::text::clean;
use crate::urls::{is_page, is_plain_web, target_key, trim_fragment};
use crate::weblog::{Follow, Link, MAX_LINKS};

/// An entry's content.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// All of it as one line of plain text.
    pub(crate) text: String,
    /// Its links, each page once, or each entry of a page that holds several.
    pub(crate) links: Vec<Link>,
    /// Whether there were more of them than [`MAX_LINKS`].
    pub(crate) more: bool,
}

/// Reads the content in a range of a page. Links are relative to `base`; those to `own` are left out.
pub(crate) fn read(tree: &Tree, range: Range<usize>, base: &Url, own: &Url) -> Content {
    let mut reader = Reader {
        base,
        own,
        text: String::new(),
        gap: Gap::No,
        open: Vec::new(),
        found: Vec::new(),
        places: HashMap::new(),
        more: false,
    };
    let mut number = range.start;
    while number < range.end {
        reader.close_until(number);
        match tree.node(number) {
            Some(Node::Element(element)) if is_aside(element) => {
                reader.gap(element);
                number = element.end.max(number + 1);
                continue;
            }
            Some(Node::Element(element)) => reader.element(element),
            Some(Node::Text(text)) => reader.push(text),
            None => break,
        }
        number += 1;
    }
    reader.close_until(usize::MAX);
    let text = reader.text;
    let links = reader
        .found
        .into_iter()
        .map(|found| Link {
            around: around(&text, found.start, found.end),
            url: found.url,
            follow: found.follow,
        })
        .collect();
    Content {
        text,
        links,
        more: reader.more,
    }
}

/// The longest URL that is a link, in bytes; longer ones are data.
const MAX_URL: usize = 2_048;

/// Words of `rel` that say: this belongs to the page, not to the text.
const NO_CONTENT: [&str; 8] = [
    "tag",
    "author",
    "me",
    "license",
    "prev",
    "next",
    "bookmark",
    "trackback",
];
/// Words of `rel` that say: the author does not vouch for it.
const NO_FOLLOW: [&str; 3] = ["nofollow", "sponsored", "ugc"];

/// Whether white space stands before the next text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    Yes,
    No,
}

struct Found {
    url: Url,
    follow: Follow,
    /// Where its text is.
    start: usize,
    end: usize,
}

struct Reader<'page> {
    base: &'page Url,
    own: &'page Url,
    text: String,
    gap: Gap,
    /// The links that are open: the node they end at, and their number.
    open: Vec<(usize, usize)>,
    found: Vec<Found>,
    /// The number of the link to a page.
    places: HashMap<String, usize>,
    more: bool,
}

impl Reader<'_> {
    fn element(&mut self, element: &Element) {
        self.gap(element);
        match element.name() {
            b"a" | b"area" => {
                if let Some(number) = self.link(element) {
                    self.open.push((element.end, number));
                }
            }
            b"img" => {
                if let Some(text) = element.attribute("alt") {
                    self.push(text);
                }
            }
            _ => {}
        }
    }

    fn gap(&mut self, element: &Element) {
        if !element.is_inline() && element.name() != b"img" {
            self.gap = Gap::Yes;
        }
    }

    fn push(&mut self, text: &str) {
        if text.starts_with(char::is_whitespace) {
            self.gap = Gap::Yes;
        }
        let cleaned = clean(text);
        if cleaned.is_empty() {
            return;
        }
        if self.gap == Gap::Yes && !self.text.is_empty() {
            self.text.push(' ');
        }
        // A link begins where its own text does.
        let at = self.text.len();
        for (_, number) in &self.open {
            if let Some(found) = self.found.get_mut(*number)
                && found.start == usize::MAX
            {
                found.start = at;
            }
        }
        self.text.push_str(&cleaned);
        self.gap = if text.ends_with(char::is_whitespace) {
            Gap::Yes
        } else {
            Gap::No
        };
    }

    /// Notes a link; its number if its text is wanted.
    fn link(&mut self, element: &Element) -> Option<usize> {
        let url = self.resolve(element.attribute("href")?)?;
        let rel = |list: &[&str]| {
            element
                .words("rel")
                .any(|word| list.iter().any(|known| word.eq_ignore_ascii_case(known)))
        };
        if rel(&NO_CONTENT) {
            return None;
        }
        let follow = if rel(&NO_FOLLOW) {
            Follow::No
        } else {
            Follow::Yes
        };
        let key = target_key(&url);
        if let Some(&number) = self.places.get(&key) {
            // Once is enough to vouch for it.
            if let (Follow::Yes, Some(found)) = (follow, self.found.get_mut(number)) {
                found.follow = Follow::Yes;
            }
            return None;
        }
        if self.found.len() == MAX_LINKS {
            self.more = true;
            return None;
        }
        let number = self.found.len();
        self.places.insert(key, number);
        self.found.push(Found {
            url,
            follow,
            start: usize::MAX,
            end: usize::MAX,
        });
        Some(number)
    }

    fn resolve(&self, href: &str) -> Option<Url> {
        if href.len() > MAX_URL {
            return None;
        }
        let mut url = self.base.join(href.trim()).ok()?;
        trim_fragment(&mut url);
        let is_link = is_plain_web(&url) && url.as_str().len() <= MAX_URL;
        (is_link && !is_page(&url, self.own)).then_some(url)
    }

    /// Ends the links that do not reach to `number`.
    fn close_until(&mut self, number: usize) {
        while let Some(&(end, link)) = self.open.last()
            && end <= number
        {
            self.open.pop();
            let at = self.text.len();
            if let Some(found) = self.found.get_mut(link) {
                found.end = at;
                found.start = found.start.min(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(html: &str) -> Content {
        let own = Url::parse("https://blog.example/posts/1/").unwrap();
        let tree = Tree::read(html);
        let all = 0..tree.len();
        read(&tree, all, &own, &own)
    }

    fn urls(html: &str) -> Vec<String> {
        let links = of(html).links;
        links.iter().map(|link| link.url.to_string()).collect()
    }

    #[test]
    fn links_are_resolved_folded_and_never_the_entry_itself() {
        let html = "<p><a href='https://a.example/#x'>1</a> <a href='https://A.example'>2</a> <a href='../2/'>3</a>
            <a href='#note'>4</a> <a href='/posts/1/'>5</a> <a href='mailto:x@a.example'>6</a> <a href='javascript:x'>7</a>
            <a href='https://user:pw@a.example/'>8</a> <a>9</a> <a href=' https://b.example/\n?q '>10</a><a href='http://['>11</a>";
        assert_eq!(
            urls(html),
            [
                "https://a.example/",
                "https://blog.example/posts/2/",
                "https://b.example/?q"
            ]
        );
    }

    #[test]
    fn links_to_two_entries_of_one_page_are_two_and_to_two_places_of_it_one() {
        let html = "<p><a href='//b.example/2005_01.php#000024'>1</a><a href='//www.b.example/2005_01.php#000030'>2</a>
            <a href='http://b.example/2005_01.php#000024'>1 again</a><a href='//c.example/x#intro'>3</a>
            <a href='http://www.c.example/x/index.html?utm_source=y#comments'>3 again</a>";
        assert_eq!(
            urls(html),
            [
                "https://b.example/2005_01.php#000024",
                "https://www.b.example/2005_01.php#000030",
                "https://c.example/x"
            ]
        );
    }

    #[test]
    fn rel_says_what_the_author_thinks_of_it() {
        let links = of("<a rel='NoFollow' href=//a.example>a</a><a rel='x ugc' href=//b.example>b</a>
            <a rel=noopener href=//c.example>c</a><a rel=tag href=//d.example>d</a><a href=//a.example>a again</a>")
        .links;
        let said: Vec<_> = links
            .iter()
            .map(|link| (link.url.host_str().unwrap(), link.follow))
            .collect();
        assert_eq!(
            said,
            [
                ("a.example", Follow::Yes),
                ("b.example", Follow::No),
                ("c.example", Follow::Yes)
            ]
        );
    }

    #[test]
    fn the_text_around_is_what_a_reader_sees() {
        let html = "<h2>Cats</h2><p>I  read <em>the\n<a href=//a.example>fine <b>pa</b>per</a></em>, and\u{202E} liked it.</p>
            <div class=share>Tweet this</div><p>More&nbsp;text<script>'no'</script><a href=//b.example><img alt='a picture'></a><a href=//c.example></a>.</p>";
        let content = of(html);
        let expected = "Cats I read the fine paper, and liked it. More text a picture.";
        assert_eq!(content.text.replace('\u{a0}', " "), expected);
        for link in &content.links {
            assert_eq!(link.around, expected);
        }
        assert_eq!(content.links.len(), 3);
    }

    #[test]
    fn what_is_not_the_authors_text_has_no_links() {
        for html in [
            "<nav><a href=//a.example>a</a></nav>",
            "<div class=comments><p><a href=//a.example>a</a></p></div>",
            "<!-- <a href=//a.example>a</a> -->",
            "<template><a href=//a.example>a</a></template>",
            "<noscript><a href=//a.example>a</a></noscript>",
            "<textarea><a href=//a.example>a</a></textarea>",
            "<p style='display:none'><a href=//a.example>a</a></p>",
            "<link href=//a.example>",
            "<p title='<a href=//a.example>a</a>'>x</p>",
        ] {
            assert!(urls(html).is_empty(), "{html}");
        }
        assert_eq!(
            urls("<nav>x</nav><map><area href=//a.example></map>"),
            ["https://a.example/"]
        );
    }

    #[test]
    fn s7_the_links_are_counted() {
        let one = |number: usize| format!("<a href=//a.example/{number}>x</a>");
        let html: String = (0..MAX_LINKS + 5).map(one).collect();
        let content = of(&html);
        assert!(content.more);
        assert_eq!(content.links.len(), MAX_LINKS);
        let same = "<a href=//a.example/>x</a>".repeat(MAX_LINKS + 5);
        assert!(!of(&same).more);
    }

    #[test]
    fn s7_links_in_links_cost_no_more_than_their_number() {
        let html: String = (0..50_000)
            .map(|n| format!("<a href=//a.example/{}>x ", n % 1000))
            .collect();
        assert_eq!(of(&html).links.len(), 1000);
    }
}
