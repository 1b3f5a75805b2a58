//! Hosts that many people share for one kind of page: discussions, wikis, preprints, events, documents.

use super::*;

#[test]
fn f2_a_host_of_many_is_nobodys_or_each_ones_part() {
    for url in [
        "https://talk.weblog.example/t/a-title/123",
        "https://talk.weblog.example/t/a-title/123/4",
        "https://talk.weblog.example/t/123",
        "https://discourse.weblog.example/c/meta",
        "https://discuss.weblog.example/d/1-title",
        "https://community.weblog.example/post/1",
        "https://weblog.example/board/viewtopic.php?t=1",
        "https://weblog.example/showthread.php?1-title",
        "https://lists.debian.org/debian-user/2026/11/msg1.html",
        "https://planet.debian.org/atom.html",
        "https://misskey.io/notes/abc",
        "https://kbin.social/m/cats/t/1",
        "https://scribe.rip/a-title-1",
        "https://open.substack.com/p/x",
        // Wikis, preprints, events, feeds and documents.
        "https://wiki.debian.org/Ann",
        "https://indieweb.org/comments",
        "https://fr.wikisource.org/wiki/X",
        "https://ann.fandom.com/wiki/X",
        "https://arxiv.org/abs/2601.00001",
        "https://hal.science/hal-1",
        "https://inria.hal.science/hal-1",
        "https://halshs.archives-ouvertes.fr/halshs-1",
        "https://www.biorxiv.org/content/1",
        "https://papers.ssrn.com/sol3/papers.cfm?abstract_id=1",
        "https://osf.io/abc/",
        "https://zenodo.org/records/1",
        "https://eprints.soton.ac.uk/1/",
        "https://www.researchgate.net/publication/1",
        "https://app.box.com/s/abc",
        "https://www.canva.com/design/abc/view",
        "https://www.eventbrite.com/e/title-1",
        "https://www.eventbrite.co.uk/e/title-1",
        "https://www.meetup.com/topics/x",
        "https://lu.ma/abc",
        "https://www.gofundme.com/f/abc",
        "https://feedburner.com/ann",
        "https://feeds.feedburner.com/ann",
        "https://feedproxy.google.com/ann",
        "https://www.figma.com/file/1",
        "https://doi.org/10.1000/1",
    ] {
        assert_eq!(Publisher::of(&Url::parse(url).unwrap()), None, "{url}");
    }
    for (begin, tenant) in [
        ("https://mirror.xyz/", "{}"),
        ("https://read.cv/", "{}"),
        ("https://www.meetup.com/", "{}"),
        ("https://www.kickstarter.com/projects/", "projects/{}"),
        ("https://www.researchgate.net/profile/", "profile/{}"),
        ("https://www.eventbrite.com/o/", "o/{}"),
        ("https://statically.io/gh/", "gh/{}"),
        ("https://cdn.statically.io/gl/", "gl/{}"),
        ("https://wiki.weblog.example/~", "~{}"),
    ] {
        let publisher = Publisher::of(&Url::parse(&format!("{begin}ann/x.html")).unwrap());
        let publisher = publisher.unwrap();
        let name = format!("{}/{}/", publisher.host(), tenant.replace("{}", "ann"));
        assert_eq!(publisher.to_string(), name);
    }
    for (url, name) in [
        ("https://weblog.example/t/cats/", "weblog.example/"),
        ("https://weblog.example/x/t/1", "weblog.example/"),
        ("https://ann.pads.example/2026/x", "ann.pads.example/"),
    ] {
        let publisher = Publisher::of(&Url::parse(url).unwrap());
        assert_eq!(publisher.unwrap().to_string(), name, "{url}");
    }
}

#[test]
fn f2_a_folder_for_other_people_is_one_persons() {
    let text = |url: &str| {
        Publisher::of(&Url::parse(url).unwrap())
            .unwrap()
            .to_string()
    };
    for folder in ["blogs", "weblogs", "personal", "staff", "community"] {
        assert!(text(&format!("http://a.nl/{folder}/b/1")).ends_with("/b/"));
        // One person's site may have its entries in such a folder.
        for page in ["a-post", "2026/11/a-post"] {
            assert_eq!(text(&format!("http://a.nl/{folder}/{page}")), "a.nl/");
        }
    }
    assert_eq!(text("http://staff.uva.nl/a.ann/1"), "staff.uva.nl/a.ann/");
}
