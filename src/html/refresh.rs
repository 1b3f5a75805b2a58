//! Pages that send their readers elsewhere: `<meta http-equiv=refresh>`, and the header `Refresh`.

use url::Url;

use super::document::Document;
use super::links::Base;

/// Readers have not read a page that they leave within so many seconds.
const AT_ONCE: u32 = 5;

/// A refresh, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refresh<'text> {
    seconds: u32,
    /// Empty if the page reloads itself.
    href: &'text str,
}

/// Another page to which a page sends its readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// That page, without a fragment; `None` if its URL is not one that is followed.
    pub to: Option<Url>,
    /// Whether they leave before they can read the first page.
    pub is_at_once: bool,
}

impl<'text> Refresh<'text> {
    /// Reads `content` by HTML's "shared declarative refresh steps"; `None` for one that browsers ignore.
    pub fn parse(content: &'text str) -> Option<Refresh<'text>> {
        let content = content.trim_ascii_start();
        let rest = content.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = content.strip_suffix(rest)?;
        if number.is_empty() && !rest.starts_with('.') {
            return None;
        }
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let is_separator = |c: char| c == ';' || c == ',' || c.is_ascii_whitespace();
        if !rest.is_empty() && !rest.starts_with(is_separator) {
            return None;
        }
        let rest = rest.trim_ascii_start();
        let rest = rest.strip_prefix([';', ',']).unwrap_or(rest);
        let rest = rest.trim_ascii_start();
        let href = without_name(rest).unwrap_or(rest);
        let quoted = ['\'', '"'].into_iter().find_map(|quote| {
            let inside = href.strip_prefix(quote)?;
            inside.split(quote).next()
        });
        Some(Refresh {
            seconds: match number {
                "" => 0,
                number => number.parse().unwrap_or(u32::MAX),
            },
            href: quoted.unwrap_or(href).trim_ascii(),
        })
    }

    /// The page to which it leads from `own`; `None` if that reloads itself.
    pub fn departure(self, base: &Base, own: &Url) -> Option<Departure> {
        if self.href.is_empty() {
            return None;
        }
        let without_fragment = |mut url: Url| {
            url.set_fragment(None);
            url
        };
        let to = base.join(self.href).map(without_fragment);
        let is_itself = to.as_ref() == Some(&without_fragment(own.clone()));
        (!is_itself).then_some(Departure {
            to,
            is_at_once: self.seconds <= AT_ONCE,
        })
    }

    /// Whether it names no URL.
    pub fn is_reload(self) -> bool {
        self.href.is_empty()
    }
}

/// What stands behind `url=`.
fn without_name(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(['u', 'U'])?.strip_prefix(['r', 'R'])?;
    let rest = rest.strip_prefix(['l', 'L'])?.trim_ascii_start();
    Some(rest.strip_prefix('=')?.trim_ascii_start())
}

impl Document {
    /// The first refresh in its `<meta>` elements, wherever they stand. One in `<noscript>` is none: it is for browsers
    /// without scripts.
    pub fn refresh(&self) -> Option<Refresh<'_>> {
        let mut contents = self.all("meta").filter_map(|meta| {
            let name = meta.attribute("http-equiv")?;
            let is_refresh = name.eq_ignore_ascii_case("refresh") && !self.is_in_template(meta);
            meta.attribute("content").filter(|_| is_refresh)
        });
        contents.find_map(Refresh::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn departure(page: &str) -> Option<(String, bool)> {
        let own = Url::parse("http://a.example/x").unwrap();
        let page = Document::parse(page);
        let leaves = page.refresh()?.departure(&Base::new(&page, &own), &own)?;
        let to = leaves.to.map(String::from).unwrap_or_default();
        Some((to, leaves.is_at_once))
    }

    #[test]
    fn a_refresh_leads_where_browsers_follow_it() {
        for (content, to) in [
            ("0;url=http://b.example/", "http://b.example/"),
            ("0; URL='http://b.example/'", "http://b.example/"),
            ("  0 , Url = \"/y\"; more", "http://a.example/y"),
            ("0 /y", "http://a.example/y"),
            ("0;/y", "http://a.example/y"),
            ("0;'/y'z", "http://a.example/y"),
            ("0;urls/", "http://a.example/urls/"),
            ("0;upload", "http://a.example/upload"),
            (".5;url=y", "http://a.example/y"),
            ("1.9e", ""),
            ("0.0.0;url=y", "http://a.example/y"),
            ("3;url=//b.example/", "http://b.example/"),
            ("0;url='y", "http://a.example/y"),
            ("0;url=?y#z", "http://a.example/x?y"),
        ] {
            let page = format!(
                "<p>x<meta HTTP-EQUIV=Refresh content='{}'>",
                content.replace('\'', "&#39;")
            );
            let expected = (!to.is_empty()).then(|| (to.to_owned(), true));
            assert_eq!(departure(&page), expected, "{content}");
        }
        let late = "<meta http-equiv=refresh content='6;url=y'>";
        let late = departure(late).unwrap();
        assert_eq!(late, ("http://a.example/y".to_owned(), false));
        let endless = "<meta http-equiv=refresh content='99999999999999999999;y'>";
        assert!(!departure(endless).unwrap().1);
        let unread = "<meta http-equiv=refresh content='0;url=http://u:p@b.example/'>";
        assert_eq!(departure(unread), Some((String::new(), true)));
        let based = "<base href=http://b.example/><meta http-equiv=refresh content='0;y'>";
        assert_eq!(departure(based).unwrap().0, "http://b.example/y");
        let second = "<meta http-equiv=refresh content=x><meta http-equiv=refresh content='0;y'>";
        assert!(departure(second).is_some());
    }

    #[test]
    fn a_page_that_reloads_itself_or_whose_refresh_is_ignored_leads_nowhere() {
        for page in [
            "<meta http-equiv=refresh content=5>",
            "<meta http-equiv=refresh content='5;'>",
            "<meta http-equiv=refresh content='5;url='>",
            "<meta http-equiv=refresh content='5;url=/x#top'>",
            "<meta http-equiv=refresh content='5;url=http://a.example/x'>",
            "<meta http-equiv=refresh content='url=/y'>",
            "<meta http-equiv=refresh content='-1;url=/y'>",
            "<meta http-equiv=refresh content='0x;url=/y'>",
            "<meta http-equiv=refresh>",
            "<meta name=refresh content='0;url=/y'>",
            "<noscript><meta http-equiv=refresh content='0;url=/y'></noscript>",
            "<template><meta http-equiv=refresh content='0;url=/y'></template>",
            "<!-- <meta http-equiv=refresh content='0;url=/y'> -->",
            "<meta http-equiv=refresh content=5><meta http-equiv=refresh content='0;url=/y'>",
        ] {
            assert_eq!(departure(page), None, "{page}");
        }
    }
}
