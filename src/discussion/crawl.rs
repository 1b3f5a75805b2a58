//! Follows a discussion, level by level: so a page is shown where it is nearest to the first, and the tree is the
//! same however fast each host is.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use super::fetch_pings::{self, Mention, PingList};
use super::requests::{CrawlAnswer, Requests};
use super::{DiscussionPage, FetchStatus, Thread};
use crate::error::Result;
use crate::fetch::Client;
use crate::linkback::discover::{arxiv_page, page_title};
use crate::linkback::trackback::Ping;
use crate::send::ping_url;
use crate::text::{clean, crop};
use crate::urls::page_key;

/// How far a discussion is followed.
#[derive(Debug, Clone)]
pub struct CrawlLimits {
    /// How many pings may lie between a page and the first.
    pub depth: usize,
    /// How many pings of one page are shown.
    pub breadth: usize,
    /// How far apart requests to one host are.
    pub spacing: Duration,
    /// How many hosts are asked at once.
    pub jobs: usize,
    /// The time at which it begins.
    pub now: Timestamp,
}

/// Where it begins.
#[derive(Debug, Clone)]
pub struct CrawlRoot {
    /// The page.
    pub url: Url,
    /// Its title; if it is empty, the page is asked.
    pub title: String,
    /// Its pings where they are known: then the page is not asked.
    pub mentions: Option<Vec<Mention>>,
}

/// How many pages are asked in all.
pub const MOST_PAGES: usize = 300;
/// How many places a discussion has at most.
const MOST_PLACES: usize = 600;

/// Follows a discussion. What is not `wanted` is left out, with all that pinged it; `report` is told, for each level,
/// its depth and how many pages are asked. That a page cannot be read is no error but its [`FetchStatus`].
pub fn follow(
    client: &Client,
    root: CrawlRoot,
    settings: &CrawlLimits,
    wanted: &dyn Fn(&Mention) -> bool,
    report: &mut dyn FnMut(usize, usize),
) -> Thread {
    let mut growth = Growth {
        client,
        settings,
        wanted,
        requests: Requests::new(settings.spacing, settings.jobs),
        places: Vec::new(),
        names: HashMap::from([(page_key(&root.url), 0)]),
        lists: HashMap::new(),
        asked: 0,
    };
    growth.places.push(CrawlNode {
        title: crop(&clean(&root.title), Ping::MAX_TITLE, "…").into_owned(),
        ..CrawlNode::new(root.url, 0)
    });
    let mut level = vec![0];
    if let Some(mentions) = root.mentions {
        level = growth.branch(0, &mentions);
    }
    while !level.is_empty() {
        level = growth.grow(&level, report);
    }
    growth.harvest()
}

/// A place in the tree while it grows. Its number is its index.
struct CrawlNode {
    url: Url,
    title: String,
    blog_name: String,
    time: Option<Timestamp>,
    ping: Option<u64>,
    depth: usize,
    children: Vec<usize>,
    standing: FetchStatus,
    why: String,
    again: Option<usize>,
    more: usize,
}

/// What looking at a page has shown.
struct CrawledPage {
    /// Where it answered, after redirects.
    url: Url,
    ping_url: Option<Url>,
    title: Option<String>,
}

struct Growth<'a> {
    client: &'a Client,
    settings: &'a CrawlLimits,
    wanted: &'a dyn Fn(&Mention) -> bool,
    requests: Requests,
    places: Vec<CrawlNode>,
    /// Where each page is shown.
    names: HashMap<String, usize>,
    /// The list of each ping URL that was asked.
    lists: HashMap<Url, CrawlAnswer<Vec<Mention>>>,
    asked: usize,
}

impl Growth<'_> {
    /// Asks the pages of one level, and gives the places of the next.
    fn grow(&mut self, level: &[usize], report: &mut dyn FnMut(usize, usize)) -> Vec<usize> {
        let depth = self.places.get(level.first().copied().unwrap_or(0));
        let depth = depth.map_or(0, |place| place.depth);
        if depth >= self.settings.depth {
            return Vec::new();
        }
        let left = MOST_PAGES.saturating_sub(self.asked).min(level.len());
        let (asked, rest) = level.split_at(left);
        self.asked += asked.len();
        for &index in rest {
            self.stand(index, FetchStatus::TooMany, String::new());
        }
        report(depth, asked.len());
        let ping_urls = self.look_at(asked);
        self.read_lists(&ping_urls);
        let mut next = Vec::new();
        for (index, ping_url) in ping_urls {
            match self.lists.get(&ping_url).cloned() {
                Some(Ok(mentions)) => next.extend(self.branch(index, &mentions)),
                Some(Err(why)) => self.stand(index, FetchStatus::NoList, why),
                None => {}
            }
        }
        next
    }

    /// Looks at pages; gives those that have a ping URL, with it.
    fn look_at(&mut self, level: &[usize]) -> Vec<(usize, Url)> {
        let url = |index: &usize| self.places.get(*index).map(|place| place.url.clone());
        let urls: Vec<Url> = level.iter().filter_map(url).collect();
        let client = self.client;
        let answers = self.requests.ask(&urls, &|url| look_at(client, url));
        let mut ping_urls = Vec::new();
        for (&index, answer) in level.iter().zip(answers) {
            let looked = match answer {
                Ok(looked) => looked,
                Err(why) => {
                    self.stand(index, FetchStatus::Unreachable, why);
                    continue;
                }
            };
            // A redirect can lead to a page that is shown already.
            let shown = *self.names.entry(page_key(&looked.url)).or_insert(index);
            if let Some(place) = self.places.get_mut(index) {
                if shown != index {
                    (place.standing, place.again) = (FetchStatus::Again, Some(shown));
                    continue;
                }
                if place.title.is_empty() {
                    place.title = looked.title.unwrap_or_default();
                }
            }
            match looked.ping_url {
                Some(ping_url) => ping_urls.push((index, ping_url)),
                None => self.stand(index, FetchStatus::NoPingUrl, String::new()),
            }
        }
        ping_urls
    }

    /// Asks the ping URLs that were not asked yet.
    fn read_lists(&mut self, ping_urls: &[(usize, Url)]) {
        let mut once = HashSet::new();
        let urls: Vec<Url> = ping_urls
            .iter()
            .map(|(_, url)| url)
            .filter(|url| !self.lists.contains_key(*url) && once.insert(*url))
            .cloned()
            .collect();
        // One more than is shown, to know whether there is more.
        let (client, most) = (self.client, self.settings.breadth + 1);
        let lists: Vec<CrawlAnswer<PingList>> = self
            .requests
            .ask(&urls, &|url| fetch_pings::ask(client, url, most));
        let json: Vec<Url> = lists
            .iter()
            .flatten()
            .filter_map(|list| list.json.clone())
            .collect();
        let told = self
            .requests
            .ask(&json, &|url| fetch_pings::ask_json(client, url));
        let mut told: HashMap<Url, CrawlAnswer<Vec<Mention>>> =
            json.into_iter().zip(told).collect();
        for (url, list) in urls.into_iter().zip(lists) {
            let mentions = list.map(|list| {
                let better = list.json.and_then(|json| told.remove(&json));
                better.and_then(CrawlAnswer::ok).unwrap_or(list.mentions)
            });
            self.lists.insert(url, mentions);
        }
    }

    /// Puts the pings of a page below it; gives the places of those that are new.
    fn branch(&mut self, parent: usize, mentions: &[Mention]) -> Vec<usize> {
        let mut new = Vec::new();
        let mut here = HashSet::new();
        let (mut children, mut more) = (Vec::new(), 0);
        let depth = self.places.get(parent).map_or(0, |place| place.depth) + 1;
        for mention in mentions.iter().filter(|mention| (self.wanted)(mention)) {
            let name = page_key(&mention.url);
            if !here.insert(name.clone()) {
                continue;
            }
            if children.len() >= self.settings.breadth || self.places.len() >= MOST_PLACES {
                more += 1;
                continue;
            }
            let index = self.places.len();
            let shown = *self.names.entry(name).or_insert(index);
            let mut place = CrawlNode {
                title: mention.said.title.clone(),
                blog_name: mention.said.blog_name.clone(),
                time: mention.time,
                ping: mention.ping,
                ..CrawlNode::new(mention.url.clone(), depth)
            };
            if shown == index {
                new.push(index);
            } else {
                (place.standing, place.again) = (FetchStatus::Again, Some(shown));
            }
            self.places.push(place);
            children.push(index);
        }
        if let Some(parent) = self.places.get_mut(parent) {
            (parent.children, parent.more, parent.standing) = (children, more, FetchStatus::Read);
        }
        new
    }

    fn stand(&mut self, index: usize, standing: FetchStatus, why: String) {
        if let Some(place) = self.places.get_mut(index) {
            (place.standing, place.why) = (standing, why);
        }
    }

    /// Puts the places in the order in which they are read.
    fn harvest(self) -> Thread {
        let (mut order, mut waiting) = (Vec::new(), vec![(0, None)]);
        while let Some((index, parent)) = waiting.pop() {
            let Some(place) = self.places.get(index) else {
                continue;
            };
            order.push((index, parent));
            let children = place.children.iter().rev();
            waiting.extend(children.map(|&child| (child, Some(index))));
        }
        let numbers: HashMap<usize, usize> = order
            .iter()
            .enumerate()
            .map(|(position, (index, _))| (*index, position + 1))
            .collect();
        let number = |index: usize| numbers.get(&index).copied();
        let page = |(index, parent): (usize, Option<usize>)| {
            let place = self.places.get(index)?;
            let title = match place.title.as_str() {
                "" => crop(place.url.as_str(), Ping::MAX_TITLE, ""),
                title => title.into(),
            };
            Some(DiscussionPage {
                number: number(index)?,
                parent: parent.and_then(number),
                depth: place.depth,
                url: place.url.to_string(),
                title: title.into_owned(),
                blog_name: place.blog_name.clone(),
                time: place.time,
                standing: place.standing,
                why: crop(&clean(&place.why), Ping::MAX_TITLE, "…").into_owned(),
                again: place.again.and_then(number),
                more: place.more,
                ping: place.ping,
            })
        };
        Thread {
            asked: self.settings.now,
            pages: order.into_iter().filter_map(page).collect(),
        }
    }
}

impl CrawlNode {
    fn new(url: Url, depth: usize) -> CrawlNode {
        CrawlNode {
            url,
            title: String::new(),
            blog_name: String::new(),
            time: None,
            ping: None,
            depth,
            children: Vec::new(),
            standing: FetchStatus::Deep,
            why: String::new(),
            again: None,
            more: 0,
        }
    }
}

/// Looks which ping URL a page names.
fn look_at(client: &Client, url: &Url) -> Result<CrawledPage> {
    let page = arxiv_page(url).unwrap_or_else(|| url.clone());
    let fetched = client.get(&page)?;
    let discovery = ping_url::read(client, &page, &fetched);
    let best = discovery.best();
    let title = best.and_then(|found| found.title.clone());
    Ok(CrawledPage {
        ping_url: best.map(|found| found.ping_url.clone()),
        title: title.or_else(|| page_title(&fetched.body, fetched.content_type.as_deref())),
        url: fetched.url,
    })
}
