//! The page that shows a discussion as a tree.

use askama::Template;
use jiff::tz::TimeZone;

use crate::discussion::{DiscussionPage, Thread};
use crate::language::{Language, Sentence};

/// A discussion.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "thread.html")]
pub struct Discussion {
    /// The language.
    pub language: Language,
    /// The name of the entry that it starts from; may be empty.
    pub name: String,
    /// When the discussion was followed, for people; `None` if it was not.
    pub asked: Option<String>,
    /// The same in RFC 3339.
    pub asked_datetime: String,
    /// The nodes of the tree, each before its children.
    pub places: Vec<DiscussionView>,
    /// How many levels end with the last node.
    pub closes: usize,
    /// The list of the id's pings.
    pub list_url: Option<String>,
}

/// A node of the tree. All text comes from strangers.
#[derive(Debug, Clone)]
pub struct DiscussionView {
    /// Its number; unique on the page.
    pub number: usize,
    /// Whether it is the first child of the node before it.
    pub opens: bool,
    /// How many levels end before it.
    pub closes: usize,
    /// The permalink; linked only if it is http or https.
    pub url: String,
    /// The title; never empty, or the link has no text.
    pub title: String,
    /// Its weblog, when the ping was received, what went wrong.
    pub about: Vec<String>,
    /// The number of the node where it is shown with its pings, if that is another one.
    pub again: Option<usize>,
}

impl Discussion {
    /// The page of a discussion.
    pub fn of(thread: &Thread, zone: &TimeZone, language: Language) -> Discussion {
        let mut above = None;
        let place = |page: &DiscussionPage| {
            let time = page
                .time
                .map(|time| language.date(&time.to_zoned(zone.clone())));
            let note = page.remark().filter(|_| page.again.is_none());
            let note = note.map(|note| language.say(note).to_owned());
            let about = [Some(page.blog_name.clone()), time, note].into_iter();
            let about = about.flatten().filter(|part| !part.is_empty()).collect();
            let opens = above.is_none_or(|above| page.depth > above);
            let closes = above.map_or(0, |above| usize::saturating_sub(above, page.depth));
            above = Some(page.depth);
            DiscussionView {
                number: page.number,
                opens,
                closes,
                url: page.url.clone(),
                title: page.title.clone(),
                about,
                again: page.again,
            }
        };
        Discussion {
            asked: Some(language.date(&thread.asked.to_zoned(zone.clone()))),
            language,
            asked_datetime: thread.asked.to_string(),
            places: thread.pages.iter().map(place).collect(),
            closes: thread.pages.last().map_or(0, |page| page.depth + 1),
            ..Discussion::default()
        }
    }
}

impl DiscussionView {
    /// The permalink if it is http or https.
    fn link(&self) -> Option<&str> {
        let web = self.url.starts_with("https://") || self.url.starts_with("http://");
        web.then_some(self.url.as_str())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::web::views::fragment;

    /// The page in all its variants, with `text` in each field.
    pub(crate) fn all_pages(text: &str) -> Vec<String> {
        let own = || text.to_owned();
        let place = |number, opens, closes, again: Option<usize>| DiscussionView {
            number,
            opens,
            closes,
            url: format!("https://blog.example/{text}"),
            title: own(),
            about: vec![own(), own()],
            again,
        };
        let discussion = Discussion {
            language: Language::English,
            name: own(),
            asked: Some(own()),
            asked_datetime: own(),
            places: vec![
                place(1, true, 0, None),
                place(2, true, 0, None),
                place(3, true, 0, Some(1)),
                place(4, false, 1, None),
            ],
            closes: 2,
            list_url: Some(own()),
        };
        let none = Discussion {
            ..Discussion::default()
        };
        vec![fragment(&discussion), fragment(&none)]
    }

    #[test]
    fn s3_only_http_links_are_links() {
        let mut discussion = Discussion {
            places: vec![DiscussionView {
                number: 1,
                opens: true,
                closes: 0,
                url: "javascript:alert(1)".to_owned(),
                title: "t".to_owned(),
                about: Vec::new(),
                again: None,
            }],
            closes: 1,
            ..Discussion::default()
        };
        assert!(!fragment(&discussion).contains("href"));
        discussion.places[0].url = "http://a.example/".to_owned();
        assert!(fragment(&discussion).contains("<a href=\"http://a.example/\""));
    }
}
