//! Weblogs that ping each other, and what `tb thread` prints of them.

use crate::support::blog::{Blog, Script};
use crate::support::request::Request;
use crate::support::site::{Serving, Site};
use crate::support::xml::assert_accepted;

/// A weblog whose entries take pings: its pages on a host of its own, its pings at `tb serve`.
pub(crate) struct Peer {
    pub(crate) site: Site,
    pub(crate) serving: Serving,
    pub(crate) blog: Blog,
}

impl Peer {
    pub(crate) fn start(host: u8) -> Peer {
        let mut site = Site::new();
        let serving = site.serve();
        let blog = Blog::start_at([127, 0, 0, host], []);
        Peer {
            site,
            serving,
            blog,
        }
    }

    /// Publishes an entry that can be pinged, and gives its permalink.
    pub(crate) fn publish(&self, id: &str) -> String {
        let url = self.blog.url(&format!("/{id}"));
        let ping_url = format!("{}/{id}", self.site.base_url());
        self.blog
            .play(&format!("/{id}"), Script::html(&page(&url, &ping_url)));
        url
    }

    /// Receives a ping.
    pub(crate) fn receive(&self, id: &str, url: &str, title: &str) {
        let ping = Request::post(&[("url", url), ("title", title), ("blog_name", "A weblog")]);
        assert_accepted(&self.site.cgi(&ping.path(&format!("/{id}"))));
    }
}

/// A page with the specification's block.
pub(crate) fn page(url: &str, ping_url: &str) -> String {
    format!(
        "<html><title>x</title><!-- <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:trackback=\"http://madskills.com/public/xml/rss/module/trackback/\">\
         <rdf:Description rdf:about=\"{url}\" dc:identifier=\"{url}\" dc:title=\"Title of {url}\" \
         trackback:ping=\"{ping_url}\"/></rdf:RDF> --></html>"
    )
}

/// A list as the specification has it, of links and titles.
pub(crate) fn list<'a>(items: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let items: String = items
        .into_iter()
        .map(|(link, title)| format!("<item><title>{title}</title><link>{link}</link></item>\n"))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<response>\n<error>0</error>\n\
         <rss version=\"0.91\"><channel><title>T</title><link>http://a.example/</link>{items}</channel></rss></response>"
    )
}

/// Number, parent, depth, standing and URL of each line.
pub(crate) fn rows(printed: &str) -> Vec<[String; 5]> {
    let row = |line: &str| {
        let mut fields = line.split('\t').map(str::to_owned);
        std::array::from_fn(|_| fields.next().unwrap_or_else(|| panic!("{line}")))
    };
    printed.lines().map(row).collect()
}

pub(crate) fn expect(printed: &str, expected: &[(&str, &str, &str, &str, &str)]) {
    let expected: Vec<[String; 5]> = expected
        .iter()
        .map(|row| [row.0, row.1, row.2, row.3, row.4].map(str::to_owned))
        .collect();
    assert_eq!(rows(printed), expected, "{printed}");
}
