//! Crawls a discussion level by level, so that a page is shown where it is nearest to the root, and the tree does not
//! depend on how fast each host is.

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
    /// How many pings may lie between a page and the root.
    pub depth: usize,
    /// How many pings of one page are shown.
    pub breadth: usize,
    /// The time between requests to one host.
    pub spacing: Duration,
    /// How many requests may be under way at once.
    pub jobs: usize,
    /// The time of the crawl.
    pub now: Timestamp,
}

/// Where a crawl begins.
#[derive(Debug, Clone)]
pub struct CrawlRoot {
    /// The page.
    pub url: Url,
    /// Its title; if it is empty, the page is fetched.
    pub title: String,
    /// Its pings, if they are known: then the page is not fetched.
    pub mentions: Option<Vec<Mention>>,
}

/// How many pages a crawl fetches.
pub const MAX_PAGES: usize = 300;
/// How many nodes a discussion may have.
const MAX_NODES: usize = 600;

/// Crawls a discussion. Pings that are not `wanted` are left out, with the pages below them; `report` gets the depth of
/// each level and how many pages are fetched for it. A page that cannot be fetched is not an error; its [`FetchStatus`]
/// says so.
pub fn follow(
    client: &Client,
    root: CrawlRoot,
    settings: &CrawlLimits,
    wanted: &dyn Fn(&Mention) -> bool,
    report: &mut dyn FnMut(usize, usize),
) -> Thread {
    let mut crawl = Crawl {
        client,
        settings,
        wanted,
        requests: Requests::new(settings.spacing, settings.jobs),
        nodes: Vec::new(),
        names: HashMap::from([(page_key(&root.url), 0)]),
        lists: HashMap::new(),
        asked: 0,
    };
    crawl.nodes.push(CrawlNode {
        title: crop(&clean(&root.title), Ping::MAX_TITLE, "…").into_owned(),
        ..CrawlNode::new(root.url, 0)
    });
    let mut level = vec![0];
    if let Some(mentions) = root.mentions {
        level = crawl.add_mentions(0, &mentions);
    }
    while !level.is_empty() {
        level = crawl.crawl_level(&level, report);
    }
    crawl.finish()
}

/// A node of the tree during the crawl, identified by its index.
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

/// A page that was fetched.
struct CrawledPage {
    /// Its URL after redirects.
    url: Url,
    ping_url: Option<Url>,
    title: Option<String>,
}

struct Crawl<'a> {
    client: &'a Client,
    settings: &'a CrawlLimits,
    wanted: &'a dyn Fn(&Mention) -> bool,
    requests: Requests,
    nodes: Vec<CrawlNode>,
    /// The node of each page, by its key.
    names: HashMap<String, usize>,
    /// The list of each ping URL that was fetched.
    lists: HashMap<Url, CrawlAnswer<Vec<Mention>>>,
    asked: usize,
}

impl Crawl<'_> {
    /// Fetches the pages of one level, and returns the nodes of the next.
    fn crawl_level(&mut self, level: &[usize], report: &mut dyn FnMut(usize, usize)) -> Vec<usize> {
        let depth = self.nodes.get(level.first().copied().unwrap_or(0));
        let depth = depth.map_or(0, |node| node.depth);
        if depth >= self.settings.depth {
            return Vec::new();
        }
        let left = MAX_PAGES.saturating_sub(self.asked).min(level.len());
        let (asked, rest) = level.split_at(left);
        self.asked += asked.len();
        for &index in rest {
            self.set_status(index, FetchStatus::TooMany, String::new());
        }
        report(depth, asked.len());
        let ping_urls = self.fetch_pages(asked);
        self.fetch_lists(&ping_urls);
        let mut next = Vec::new();
        for (index, ping_url) in ping_urls {
            match self.lists.get(&ping_url).cloned() {
                Some(Ok(mentions)) => next.extend(self.add_mentions(index, &mentions)),
                Some(Err(why)) => self.set_status(index, FetchStatus::NoList, why),
                None => {}
            }
        }
        next
    }

    /// Fetches pages, and returns those that have a ping URL, with it.
    fn fetch_pages(&mut self, level: &[usize]) -> Vec<(usize, Url)> {
        let url = |index: &usize| self.nodes.get(*index).map(|node| node.url.clone());
        let urls: Vec<Url> = level.iter().filter_map(url).collect();
        let client = self.client;
        let answers = self.requests.ask(&urls, &|url| fetch_page(client, url));
        let mut ping_urls = Vec::new();
        for (&index, answer) in level.iter().zip(answers) {
            let page = match answer {
                Ok(page) => page,
                Err(why) => {
                    self.set_status(index, FetchStatus::Unreachable, why);
                    continue;
                }
            };
            // A redirect can lead to a page that is shown already.
            let shown = *self.names.entry(page_key(&page.url)).or_insert(index);
            if let Some(node) = self.nodes.get_mut(index) {
                if shown != index {
                    (node.standing, node.again) = (FetchStatus::Again, Some(shown));
                    continue;
                }
                if node.title.is_empty() {
                    node.title = page.title.unwrap_or_default();
                }
            }
            match page.ping_url {
                Some(ping_url) => ping_urls.push((index, ping_url)),
                None => self.set_status(index, FetchStatus::NoPingUrl, String::new()),
            }
        }
        ping_urls
    }

    /// Fetches the lists of the ping URLs that were not fetched yet.
    fn fetch_lists(&mut self, ping_urls: &[(usize, Url)]) {
        let mut once = HashSet::new();
        let urls: Vec<Url> = ping_urls
            .iter()
            .map(|(_, url)| url)
            .filter(|url| !self.lists.contains_key(*url) && once.insert(*url))
            .cloned()
            .collect();
        // One more than is shown, to know whether there are more.
        let (client, most) = (self.client, self.settings.breadth + 1);
        let lists: Vec<CrawlAnswer<PingList>> = self
            .requests
            .ask(&urls, &|url| fetch_pings::fetch_list(client, url, most));
        let json: Vec<Url> = lists
            .iter()
            .flatten()
            .filter_map(|list| list.json.clone())
            .collect();
        let feeds = self
            .requests
            .ask(&json, &|url| fetch_pings::fetch_json(client, url));
        let mut feeds: HashMap<Url, CrawlAnswer<Vec<Mention>>> =
            json.into_iter().zip(feeds).collect();
        for (url, list) in urls.into_iter().zip(lists) {
            let mentions = list.map(|list| {
                let better = list.json.and_then(|json| feeds.remove(&json));
                better.and_then(CrawlAnswer::ok).unwrap_or(list.mentions)
            });
            self.lists.insert(url, mentions);
        }
    }

    /// Adds the pings of a page below it, and returns the nodes of the pages that are new.
    fn add_mentions(&mut self, parent: usize, mentions: &[Mention]) -> Vec<usize> {
        let mut new = Vec::new();
        let mut here = HashSet::new();
        let (mut children, mut more) = (Vec::new(), 0);
        let depth = self.nodes.get(parent).map_or(0, |node| node.depth) + 1;
        for mention in mentions.iter().filter(|mention| (self.wanted)(mention)) {
            let name = page_key(&mention.url);
            if !here.insert(name.clone()) {
                continue;
            }
            if children.len() >= self.settings.breadth || self.nodes.len() >= MAX_NODES {
                more += 1;
                continue;
            }
            let index = self.nodes.len();
            let shown = *self.names.entry(name).or_insert(index);
            let mut node = CrawlNode {
                title: mention.fields.title.clone(),
                blog_name: mention.fields.blog_name.clone(),
                time: mention.time,
                ping: mention.ping,
                ..CrawlNode::new(mention.url.clone(), depth)
            };
            if shown == index {
                new.push(index);
            } else {
                (node.standing, node.again) = (FetchStatus::Again, Some(shown));
            }
            self.nodes.push(node);
            children.push(index);
        }
        if let Some(parent) = self.nodes.get_mut(parent) {
            (parent.children, parent.more, parent.standing) = (children, more, FetchStatus::Read);
        }
        new
    }

    fn set_status(&mut self, index: usize, standing: FetchStatus, why: String) {
        if let Some(node) = self.nodes.get_mut(index) {
            (node.standing, node.why) = (standing, why);
        }
    }

    /// Numbers the nodes in reading order, and returns the discussion.
    fn finish(self) -> Thread {
        let (mut order, mut waiting) = (Vec::new(), vec![(0, None)]);
        while let Some((index, parent)) = waiting.pop() {
            let Some(node) = self.nodes.get(index) else {
                continue;
            };
            order.push((index, parent));
            let children = node.children.iter().rev();
            waiting.extend(children.map(|&child| (child, Some(index))));
        }
        let numbers: HashMap<usize, usize> = order
            .iter()
            .enumerate()
            .map(|(position, (index, _))| (*index, position + 1))
            .collect();
        let number = |index: usize| numbers.get(&index).copied();
        let page = |(index, parent): (usize, Option<usize>)| {
            let node = self.nodes.get(index)?;
            let title = match node.title.as_str() {
                "" => crop(node.url.as_str(), Ping::MAX_TITLE, ""),
                title => title.into(),
            };
            Some(DiscussionPage {
                number: number(index)?,
                parent: parent.and_then(number),
                depth: node.depth,
                url: node.url.to_string(),
                title: title.into_owned(),
                blog_name: node.blog_name.clone(),
                time: node.time,
                standing: node.standing,
                why: crop(&clean(&node.why), Ping::MAX_TITLE, "…").into_owned(),
                again: node.again.and_then(number),
                more: node.more,
                ping: node.ping,
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

/// Fetches a page and finds its ping URL.
fn fetch_page(client: &Client, url: &Url) -> Result<CrawledPage> {
    let page = arxiv_page(url).unwrap_or_else(|| url.clone());
    let fetched = client.get(&page)?;
    let discovery = ping_url::discover_in(client, &page, &fetched);
    let best = discovery.best();
    let title = best.and_then(|found| found.title.clone());
    Ok(CrawledPage {
        ping_url: best.map(|found| found.ping_url.clone()),
        title: title.or_else(|| page_title(&fetched.body, fetched.content_type.as_deref())),
        url: fetched.url,
    })
}
