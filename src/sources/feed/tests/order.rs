//! In which order a feed may say things.

use super::*;

#[test]
fn what_a_feed_says_of_itself_may_stand_behind_its_items() {
    let item = "<item><title>One</title><link>/1</link><description>A &lt;a href='/x'>link&lt;/a></description></item>";
    let (title, link) = (
        "<title>The weblog</title>",
        "<link>https://blog.example/</link>",
    );
    let hugo = "<generator>Hugo 0.123</generator>";
    for channel in [
        format!("{title}{link}{hugo}{item}"),
        format!("{item}{title}{link}{hugo}"),
        format!("{title}{item}{hugo}{link}"),
        format!("{hugo}{item}{item}<image><title>no</title></image>{link}{title}"),
        // A fault behind the items takes nothing from what stands before it.
        format!("{item}</p>{link}{title}{hugo}"),
    ] {
        let feed = format!("<rss version='2.0'><channel>{channel}</channel></rss>");
        let (entries, _) = read(feed.as_bytes(), None);
        let first = entries.first().unwrap();
        assert_eq!(first.blog_name, "The weblog", "{feed}");
        assert_eq!(first.permalink.as_str(), "https://blog.example/1", "{feed}");
    }
    let entry =
        "<entry><title>One</title><link href='/1'/><content type='html'>x</content></entry>";
    let atom = format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'>{entry}<title>The weblog</title><link href='https://blog.example/'/></feed>"
    );
    assert_eq!(one(&atom).blog_name, "The weblog");
}

#[test]
fn titles_beside_the_channel_of_rss_1_0_are_not_the_weblogs() {
    let channel = "<channel rdf:about='https://blog.example/'><title>The weblog</title><link>https://blog.example/</link></channel>";
    let item = "<item rdf:about='https://blog.example/1'><title>One</title><link>https://blog.example/1</link></item>";
    let other = "<image><title>A picture</title><link>https://no.example/</link></image>\
        <textinput><title>Search</title><link>https://no.example/s</link></textinput>";
    for parts in [
        [channel, other, item],
        [other, channel, item],
        [item, channel, other],
        [item, other, channel],
    ] {
        let feed = format!(
            "<rdf:RDF xmlns='http://purl.org/rss/1.0/' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>{}</rdf:RDF>",
            parts.concat()
        );
        assert_eq!(one(&feed).blog_name, "The weblog", "{feed}");
    }
}
