//! Whose a page is, over hosts of every kind.

use super::*;

/// Where people have their pages, as two other programs look for them.
const PROFILES: &str = include_str!("profiles.txt");

fn publisher(url: &str) -> Publisher {
    Publisher::of(&Url::parse(url).unwrap()).unwrap()
}

fn text(url: &str) -> String {
    publisher(url).to_string()
}

#[test]
fn the_publisher_of_a_page_is_its_host_or_its_tenant() {
    for (url, name) in [
        // A host is one publisher, whatever its paths.
        (
            "https://www.Weblog.example/2026/11/a-post",
            "weblog.example/",
        ),
        ("http://weblog.example:80/?p=1", "weblog.example/"),
        (
            "https://blog.weblog.example./blog/tags/x",
            "blog.weblog.example/",
        ),
        ("https://weblog.example:8443/", "weblog.example:8443/"),
        ("https://www.co.uk/", "www.co.uk/"),
        ("https://猫.example/", "xn--z7x.example/"),
        ("http://127.0.0.1:8080/x", "127.0.0.1"),
        ("http://[2001:db8::1]/x", "2001:db8::1"),
        ("http://localhost:8080/", "localhost"),
        ("https://weblog.example/people", "weblog.example/"),
        ("https://weblog.example/p/a-letter", "weblog.example/"),
        ("https://weblog.example/2026/a~b", "weblog.example/"),
        // A name that says so is a tenant on any host.
        ("https://isp.example/~alice/1", "isp.example/~alice/"),
        ("https://isp.example/%7ealice/1", "isp.example/~alice/"),
        ("https://isp.example//%7Ealice", "isp.example/~alice/"),
        ("https://isp.example/x/../~alice/", "isp.example/~alice/"),
        (
            "https://isp.example/home/~alice/",
            "isp.example/home/~alice/",
        ),
        ("https://soc.example/@alice/1", "soc.example/@alice/"),
        ("https://soc.example/%40alice/1", "soc.example/@alice/"),
        ("https://soc.example/en/@alice/1", "soc.example/en/@alice/"),
        (
            "https://soc.example/users/alice/1",
            "soc.example/users/alice/",
        ),
        (
            "https://wiki.example/wiki/User:Alice",
            "wiki.example/wiki/User:Alice/",
        ),
        ("http://127.0.0.1/~alice/", "127.0.0.1/~alice/"),
        ("http://[2001:db8::1]/~alice/", "2001:db8::1/~alice/"),
        (
            "https://isp.example/~%C3%A9%20%0A%23/",
            "isp.example/~%C3%A9%20%0A%23/",
        ),
        // Universities and hosts whose name says that they give folders.
        ("https://web.mit.edu/alice/www/", "web.mit.edu/alice/"),
        (
            "https://users.cs.ox.ac.uk/alice/",
            "users.cs.ox.ac.uk/alice/",
        ),
        ("https://lab.uni.ac.jp/2026/post", "lab.uni.ac.jp/"),
        (
            "http://members.isp.example/alice/",
            "members.isp.example/alice/",
        ),
        (
            "https://blogs.paper.example/alice/1",
            "blogs.paper.example/alice/",
        ),
        // Platforms.
        ("https://medium.com/@alice/a-post-1", "medium.com/@alice/"),
        (
            "https://medium.com/a-magazine/post",
            "medium.com/a-magazine/",
        ),
        ("https://alice.medium.com/post", "alice.medium.com/"),
        ("https://github.com/alice/x/issues/1", "github.com/alice/"),
        (
            "https://sites.google.com/view/alice/x",
            "sites.google.com/view/alice/",
        ),
        (
            "https://sites.google.com/a/x.com/alice/y",
            "sites.google.com/a/x.com/alice/",
        ),
        (
            "https://docs.google.com/document/d/1a/pub",
            "docs.google.com/document/d/1a/",
        ),
        (
            "http://d.hatena.ne.jp/alice/20051104",
            "d.hatena.ne.jp/alice/",
        ),
        (
            "https://alice.hatenablog.com/entry/1",
            "alice.hatenablog.com/",
        ),
        ("http://blog.goo.ne.jp/alice/e/1", "blog.goo.ne.jp/alice/"),
        ("https://ameblo.jp/alice/entry-1.html", "ameblo.jp/alice/"),
        ("https://note.com/alice/n/n1", "note.com/alice/"),
        (
            "http://blog.livedoor.jp/alice/archives/1.html",
            "blog.livedoor.jp/alice/",
        ),
        ("https://dev.to/alice/post", "dev.to/alice/"),
        (
            "http://www.livejournal.com/users/alice/1.html",
            "livejournal.com/users/alice/",
        ),
        (
            "http://alice.livejournal.com/1.html",
            "alice.livejournal.com/",
        ),
        ("http://alice.free.fr/1", "alice.free.fr/"),
        ("http://perso.wanadoo.fr/alice/", "perso.wanadoo.fr/alice/"),
        (
            "http://www.geocities.com/Area51/1234/x.html",
            "geocities.com/Area51/1234/",
        ),
        (
            "http://alice.typepad.com/blog/2005/1.html",
            "alice.typepad.com/",
        ),
        ("https://alice.substack.com/p/letter", "alice.substack.com/"),
        ("https://codeberg.org/alice/pages", "codeberg.org/alice/"),
        ("https://alice.codeberg.page/", "alice.codeberg.page/"),
        (
            "http://radio.weblogs.com/0100001/2002/",
            "radio.weblogs.com/0100001/",
        ),
    ] {
        assert_eq!(text(url), name, "{url}");
        assert_eq!(Publisher::parse(name), Some(publisher(url)), "{name}");
    }
}

#[test]
fn on_every_platform_one_persons_page_says_nothing_about_anothers() {
    let lines = PROFILES.lines().filter(|line| line.contains("{}"));
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() > 600);
    let mut wrong = Vec::new();
    for line in lines {
        let page = |name: &str| {
            Publisher::of(&Url::parse(&format!("https://{}", line.replace("{}", name))).unwrap())
        };
        let (Some(alice), Some(mallory)) = (page("alice"), page("mallory")) else {
            wrong.push(line);
            continue;
        };
        if alice == mallory || !alice.is_host() && !alice.to_string().contains("alice") {
            wrong.push(line);
        }
        // Nor is a page of hers another's because it lies deeper.
        if line.ends_with("{}") {
            let deeper = page("alice/2026/second");
            assert_eq!(deeper.as_ref(), Some(&alice), "{line}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn f2_where_the_path_does_not_say_whose_a_page_is_nobody_becomes_known() {
    for url in [
        "https://medium.com/p/aaa",
        "https://medium.com/P/aaa",
        "https://medium.com/?p=1",
        "https://www.facebook.com/permalink.php?story_fbid=1&id=2",
        "https://www.facebook.com/groups/123/posts/4",
        "https://blog.naver.com/PostView.naver?blogId=ann",
        "https://m.blog.naver.com/PostView.naver?blogId=ann",
        "https://zhuanlan.zhihu.com/p/1",
        "https://www.zhihu.com/question/1/answer/2",
        "https://www.youtube.com/watch?v=1",
        "https://m.youtube.com/watch?v=1",
        "https://hackmd.io/s/abc",
        "https://www.patreon.com/posts/title-1",
        "https://ko-fi.com/post/title-1",
        "https://substack.com/home/post/p-1",
        "https://open.substack.com/home/post/p-1",
        "https://www.goodreads.com/review/show/1",
        "https://habr.com/en/articles/1/",
        "https://www.blogger.com/share-post.g?blogID=1",
        "https://translate.google.com/translate?u=https://ann.example/",
        "https://webcache.googleusercontent.com/search?q=cache:x",
        "https://old.reddit.com/r/rust/comments/1/",
        "https://np.reddit.com/r/rust/comments/1/",
        "https://www.reddit.com/r/rust/comments/1/",
        "https://news.ycombinator.com/item?id=1",
        "https://lobste.rs/s/abc/title",
        "https://www.jianshu.com/p/1",
        "https://juejin.cn/post/1",
        "https://segmentfault.com/a/1",
        "https://www.douban.com/note/1/",
        "https://stackoverflow.com/questions/1/title",
        "https://www.quora.com/Title/answer/Ann",
        "https://htmlpreview.github.io/?https://github.com/ann/x/blob/main/x.html",
        "https://archive.ph/abc",
        "https://justpaste.it/abc",
        "https://members.isp.example/page.php?user=ann",
        "https://example.edu/home/",
        // Archives, caches, proxies and translators show the pages of others.
        "https://web.archive.org/web/2026/https://ann.example/a",
        "https://webarchive.loc.gov/all/2006/http://ann.example/",
        "https://ghostarchive.org/archive/abc",
        "https://perma.cc/ABC-DEF",
        "https://megalodon.jp/2026-1128/ann.example/",
        "https://cdn.ampproject.org/c/s/ann.example/a",
        "https://validator.w3.org/check?uri=ann.example",
        "https://www.w3.org/services/html2txt?url=http://ann.example/",
        "https://www.w3.org/services/html2txt?url=http%3A%2F%2Fann.example%2F",
        "https://view.example/?https://ann.example/x",
        "https://view.example/?src=ann.com/x",
        "https://view.example/http://ann.example/x",
        "https://view.example/x/HTTPS:/ann.example",
        "https://view.example/https%3A%2F%2Fann.example%2Fx",
        "https://view.example/https%253A%252F%252Fann.example%252Fx",
        "https://translate.yandex.com/translate?url=x",
        "https://translate.google.co.jp/translate?u=x",
        "https://proxy.uni.example/login",
        "https://i0.wp.com/ann.example/x.html",
        "https://us1.campaign-archive.com/?u=ann&id=1",
        // Discussions, encyclopaedias and pastes.
        "https://en.wikipedia.org/wiki/Ann",
        "https://forum.weblog.example/t/1",
        "https://lemmy.weblog.example/post/1",
        "https://tieba.baidu.com/p/1",
        "https://mp.weixin.qq.com/s/abc",
        "https://txti.es/abc",
        "https://nitter.net/i/status/1",
        "https://www.facebook.com/reel/1",
        "https://www.goodreads.com/author_blog_posts/1",
        "https://github.com/orgs/rust/discussions/1",
        "https://www.slideshare.net/slideshow/x/1",
        "https://huggingface.co/blog/x",
    ] {
        assert_eq!(Publisher::of(&Url::parse(url).unwrap()), None, "{url}");
    }
    for (url, name) in [
        (
            "https://weblog.example/?p=1&utm_source=https://x.example/",
            "weblog.example/",
        ),
        (
            "https://weblog.example/?page=https://weblog.example/a",
            "weblog.example/",
        ),
        (
            "https://weblog.example/?site=main&file=notes.md",
            "weblog.example/",
        ),
        ("https://weblog.example/about-http:/", "weblog.example/"),
        ("https://weblog.example/tags/https:", "weblog.example/"),
        // Who has a folder answers for all that is in it.
        (
            "https://medium.com/@ann/a?u=https://x.example/",
            "medium.com/@ann/",
        ),
        (
            "https://isp.example/~ann/https://x.example/",
            "isp.example/~ann/",
        ),
    ] {
        assert_eq!(text(url), name, "{url}");
    }
    // What an earlier version wrote for such a page says nothing any more.
    for line in [
        "medium.com/p/",
        "facebook.com/permalink.php/",
        "zhihu.com/question/",
        "archive.ph/abc/",
    ] {
        assert_eq!(Publisher::parse(line), None, "{line}");
    }
}

#[test]
fn f2_a_host_with_buckets_or_folders_is_nobodys() {
    for (begin, tenant) in [
        ("https://s3.eu-west-1.amazonaws.com/", "{}"),
        ("https://s3.dualstack.eu-west-1.amazonaws.com/", "{}"),
        ("https://s3.us-west-000.backblazeb2.com/", "{}"),
        ("https://s3.wasabisys.com/", "{}"),
        ("https://fra1.digitaloceanspaces.com/", "{}"),
        ("https://f000.backblazeb2.com/file/", "file/{}"),
        ("https://f999.backblazeb2.com/file/", "file/{}"),
        ("https://digilander.libero.it/", "{}"),
        ("http://freeweb.supereva.it/", "{}"),
        ("http://usuarios.lycos.es/", "{}"),
        ("http://home.t-online.de/home/", "home/{}"),
        ("http://home.arcor.de/", "{}"),
        ("http://pagesperso-orange.fr/", "{}"),
        ("http://cocolog-nifty.com/", "{}"),
        ("http://homepage1.nifty.com/", "{}"),
        ("http://narod.ru/", "{}"),
        ("http://www.ne.jp/asahi/x/", "asahi/x/{}"),
        ("http://www.interq.or.jp/jupiter/", "jupiter/{}"),
        ("http://zhurnal.lib.ru/e/", "e/{}"),
        ("http://blog.163.com/", "{}"),
        ("http://blog.xuite.net/", "{}"),
        ("http://www.diaryland.com/", "{}"),
        ("https://www.flickr.com/photos/", "photos/{}"),
        ("https://www.facebook.com/people/Ann/", "people/Ann/{}"),
        ("https://buttondown.email/", "{}"),
        ("https://buttondown.com/", "{}"),
        ("https://mailchi.mp/", "{}"),
        ("https://huggingface.co/spaces/", "spaces/{}"),
        ("https://nitter.net/", "{}"),
        ("https://arweave.net/", "{}"),
        ("https://gateway.example/ipfs/", "ipfs/{}"),
        ("https://gist.githubusercontent.com/", "{}"),
        ("https://docs.google.com/document/d/e/", "document/d/e/{}"),
        ("https://github.io/", "{}"),
    ] {
        let publisher = publisher(&format!("{begin}ann/x.html"));
        let name = format!("{}/{}/", publisher.host(), tenant.replace("{}", "ann"));
        assert_eq!(publisher.to_string(), name);
        assert_eq!(Publisher::parse(&name), Some(publisher), "{name}");
    }
    // Each has a host.
    for host in [
        "ann.s3.eu-west-1.amazonaws.com",
        "ann.narod.ru",
        "ann.neocities.org",
        "ann-example.translate.goog",
        "ann.netlify.app",
        "ann.gitlab.io",
        "ann.codeberg.page",
        "ann.bearblog.dev",
        "ann.hf.space",
    ] {
        assert_eq!(text(&format!("https://{host}/x")), format!("{host}/"));
    }
}

#[test]
fn f2_another_view_of_a_platform_has_its_tenants() {
    for (url, name) in [
        ("https://m.facebook.com/ann/posts/1", "m.facebook.com/ann/"),
        (
            "https://de-de.facebook.com/ann/posts/1",
            "de-de.facebook.com/ann/",
        ),
        (
            "https://mobile.twitter.com/ann/status/1",
            "mobile.twitter.com/ann/",
        ),
        ("https://m.blog.naver.com/ann/1", "m.blog.naver.com/ann/"),
        (
            "https://old.reddit.com/user/ann/comments/1/",
            "old.reddit.com/user/ann/",
        ),
        (
            "https://web.stanford.edu/group/poets/1",
            "web.stanford.edu/group/poets/",
        ),
        (
            "https://ics.example.ac.uk/staff/ann/",
            "ics.example.ac.uk/staff/ann/",
        ),
        ("https://ipfs.io/ipfs/Qmabc/x.html", "ipfs.io/ipfs/Qmabc/"),
        (
            "https://cdn.jsdelivr.net/gh/ann/x/x.html",
            "cdn.jsdelivr.net/gh/ann/",
        ),
        (
            "https://bsky.app/profile/ann.bsky.social/post/3k",
            "bsky.app/profile/ann.bsky.social/",
        ),
        // Their weblogs have hosts of their own.
        ("https://ann.medium.com/p/1", "ann.medium.com/"),
        ("https://ann.tumblr.com/post/1", "ann.tumblr.com/"),
        ("https://m.weblog.example/p/1", "m.weblog.example/"),
    ] {
        assert_eq!(text(url), name, "{url}");
        assert_eq!(Publisher::parse(name), Some(publisher(url)), "{name}");
    }
}

#[test]
fn no_spelling_of_one_tenants_page_is_anothers() {
    let alice = publisher("https://soc.example/@alice/1");
    for url in [
        "https://soc.example/@alice/../@mallory/",
        "https://soc.example/@alice/%2e%2e/@mallory/",
        "https://soc.example/@alice;/@mallory/",
        "https://soc.example/@alice%00/",
        "https://soc.example/@Alice/",
        "https://soc.example/@alice./",
        "https://soc.example\\@mallory\\@alice/",
        "https://soc.example/users/@mallory",
        "https://soc.example@evil.example/@alice/",
        "https://soc.example:8080/@alice/",
        "https://soc.example/?/@alice/",
        "https://soc.example/#/@alice/",
    ] {
        assert_ne!(publisher(url), alice, "{url}");
    }
    let long = format!("https://soc.example/@{}/", "é".repeat(100));
    assert_eq!(Publisher::of(&Url::parse(&long).unwrap()), None);
}

#[test]
fn f6_a_path_that_servers_read_as_anothers_folder_is_nobodys() {
    for path in [
        "/~ann/..%2f~bob/p",
        "/~ann/x/..%2f..%2f~bob/p",
        "/%7eann/%2e%2e%2f~bob/",
        "/~ann/..%5c~bob/",
        "/~ann/..;/~bob/",
        "/~ann/..;x=1/~bob/",
        "/~ann/..%20/~bob/",
        "/~ann/.%00./~bob/",
        "/~ann/..%252f~bob/p",
        "/~ann/%252e%252e/~bob/p",
        "/~ann/..%25252f~bob/p",
        "/~ann/..%2525252f~bob/p",
        "/~bob/..%2f~ann/post",
        "/x/%2e%2e;/~bob/",
        "/x%2f~bob/",
        "/~ann%2fx/",
        "/%257eann/",
        "/@ann/..%2f@mallory",
    ] {
        let url = Url::parse(&format!("http://users.example{path}")).unwrap();
        assert_eq!(Publisher::of(&url), None, "{url}");
        assert_eq!(Publisher::of_author(&url), None, "{url}");
    }
    for (path, name) in [
        ("/~ann/tags/a%2Fb", "users.example/~ann/"),
        ("/~ann/a%5Cb/100%25", "users.example/~ann/"),
        ("/~ann/.well-known/x", "users.example/~ann/"),
        ("/~ann/%E3%81%82/..x/", "users.example/~ann/"),
    ] {
        assert_eq!(text(&format!("http://users.example{path}")), name);
    }
    let of_a_weblog = "https://weblog.example/tags/ac%2Fdc/50%25-off";
    assert_eq!(text(of_a_weblog), "weblog.example/");
    // What an earlier version wrote for such a page says nothing any more.
    assert_eq!(Publisher::parse("users.example/~ann%2Fx/"), None);
}

#[test]
fn f11_a_host_that_only_redirects_is_nobody() {
    for url in [
        "http://bit.ly/abc",
        "https://www.bit.ly/",
        "https://out.reddit.com/t3_x?url=x",
        "https://www.youtube.com/redirect?q=x",
    ] {
        assert_eq!(Publisher::of(&Url::parse(url).unwrap()), None, "{url}");
    }
    assert_eq!(Publisher::parse("bit.ly/"), None);
}

#[test]
fn a_domain_that_many_share_is_nobodys_own() {
    for domain in [
        "wordpress.com",
        "google.com",
        "free.fr",
        "medium.com",
        "mit.edu",
        "ox.ac.uk",
        "github.com",
    ] {
        assert!(is_shared(domain), "{domain}");
    }
    for domain in [
        "weblog.example",
        "notwordpress.com",
        "alice.gitbook.io",
        "edu.example",
        "ac.example",
    ] {
        assert!(!is_shared(domain), "{domain}");
    }
}

#[test]
fn a_line_that_is_not_a_publisher_is_none() {
    for text in [
        "",
        "/",
        "weblog.example",
        // With one part it is an author that a proxy names.
        "weblog.example/2026/11/",
        "Weblog.example/",
        "weblog.example/ ",
        "a b/",
        "*.weblog.example",
    ] {
        assert_eq!(Publisher::parse(text), None, "{text}");
    }
}

#[test]
fn every_pattern_names_a_host_and_is_there_once_in_order() {
    let lines = PLATFORMS.lines().filter(|line| !line.starts_with('#'));
    let mut before = ("", "");
    for (pattern, line) in PATTERNS.iter().zip(lines) {
        let (domain, path) = (pattern.domain, pattern.path);
        assert!(before < (domain, line), "{line} is not in order");
        before = (domain, line);
        assert!(domain.contains('.') && domain == domain.to_ascii_lowercase());
        assert!(!domain.contains(['*', '{']), "{line}");
        let is_bare = domain.strip_prefix("www.").is_none_or(is_open_to_all);
        assert!(is_bare, "{line}");
        let is_label = |begin: &str| !begin.contains(['.', '*']);
        assert!(!matches!(pattern.hosts, PatternHosts::Beginning(begin) if !is_label(begin)));
        assert!(path.contains("{}") || path.is_empty(), "{line}");
    }
}
