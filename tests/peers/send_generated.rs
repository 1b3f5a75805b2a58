//! The sites in `examples/`, built by the generators that they are for, published on a real peer, and sent from:
//! to `tb serve` and to `tb.cgi` under Apache.

use std::fs;
use std::path::{Path, PathBuf};

use crate::generators;
use crate::support::blog::{Blog, Script};
use crate::support::indieweb::Receiver;
use crate::support::live::{Host, Live};
use crate::support::server::Kind;
use crate::support::site::BASE;
use crate::support::sources::copy;
use crate::support::wordpress::{Comment, WordPress};
use crate::support::writer::Writer;
use crate::support::zinnia::Zinnia;

/// How a generator is called, and what of its example stands for the peers of the test.
struct Generator {
    name: &'static str,
    arguments: &'static [&'static str],
    /// Where the built pages are.
    built: &'static str,
    /// Where the partial goes.
    partial: &'static str,
    /// The address of the example.
    own: &'static str,
    /// Two links that are pinged.
    links: [&'static str; 2],
    /// Beginnings of the links that are to no page with a ping URL.
    others: &'static [&'static str],
    /// The entry that is changed.
    changed: &'static str,
}

const HUGO: Generator = Generator {
    name: "hugo",
    arguments: &["--quiet"],
    built: "public",
    partial: "layouts/partials/trackback.html",
    own: "https://blog.example",
    links: [
        "https://journal.example/2026/purring",
        "https://mina.example/archive/42",
    ],
    others: &[
        "https://mina.example",
        "https://arxiv.org",
        "https://shop.example",
    ],
    changed: "content/posts/two-cats.md",
};

const JEKYLL: Generator = Generator {
    name: "jekyll",
    arguments: &["build", "--quiet"],
    built: "_site",
    partial: "_includes/trackback.html",
    own: "https://tea.example",
    links: [
        "https://garden.example/2026/first-flush",
        "https://jun.example/tea?id=7&lang=ja",
    ],
    others: &["https://kettles.example"],
    changed: "_posts/2025-11-20-kettles.md",
};

#[test]
fn a_site_built_by_hugo_pings_each_link_once() {
    sends_each_link_once(&HUGO);
}

#[test]
fn a_site_built_by_jekyll_pings_each_link_once() {
    sends_each_link_once(&JEKYLL);
}

/// The source of a generator's example with its partial, in `folder`.
fn example(generator: &Generator, folder: &Path) -> PathBuf {
    let source = folder.join("site");
    let example = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(generator.name);
    copy(&example.join("site"), &source);
    let partial = source.join(generator.partial);
    fs::create_dir_all(partial.parent().unwrap()).unwrap();
    fs::copy(example.join("trackback.html"), partial).unwrap();
    source
}

/// The address of a peer without the slash at its end, as a generator's configuration has it.
pub(crate) fn own_address(writer: &Writer) -> String {
    writer.own.url("").trim_end_matches('/').to_owned()
}

/// Has the example of a generator link to these two pages, and to `pages` for all that it links to besides.
fn point(generator: &Generator, source: &Path, own: &str, targets: [&str; 2], pages: &Blog) {
    rewrite(source, &|text| {
        let mut text = text.replace(generator.own, own);
        for (link, target) in generator.links.iter().zip(targets) {
            text = text.replace(link, target);
        }
        for other in generator.others {
            text = text.replace(other, &pages.url("/quiet?"));
        }
        text
    });
}

fn sends_each_link_once(generator: &Generator) {
    let served = Live::start(Host::Serve);
    let hosted = Live::start(Host::Web(Kind::ApacheEvent));
    let pages = Blog::start([("/quiet", Script::html("Nothing to ping."))]);
    let page = |path: &str, live: &Live, id: &str| {
        let ping_url = format!("http://127.0.0.1:{}{BASE}/{id}", live.port);
        let block = tb::linkback::trackback::rdf::block(&pages.url(path), "A page", &ping_url);
        pages.play(path, Script::html(&block));
        pages.url(path)
    };
    let first = page("/first", &served, "first");
    let second = page("/second", &hosted, "second");
    let third = page("/third", &hosted, "third");
    let writer = Writer::new();
    let folder = tempfile::tempdir().unwrap();
    let source = example(generator, folder.path());
    let own = own_address(&writer);
    point(generator, &source, &own, [&first, &second], &pages);
    let publish = || {
        generators::run(generator.name, generator.arguments, &source);
        put_online(&source.join(generator.built), "", &writer.own);
    };
    let public = source.join(generator.built);
    let send = |words: &[&str]| {
        let words = [&["send", public.to_str().unwrap()], words].concat();
        writer.site.tb(&words).out()
    };
    let on_list = |live: &Live, id: &str| {
        let list = live.list(id);
        list.matches("class=\"ping\"").count()
    };

    publish();
    let plan = send(&["--dry-run"]);
    assert!(plan.contains(&first) && plan.contains(&second), "{plan}");
    assert_eq!(on_list(&served, "first") + on_list(&hosted, "second"), 0);
    assert!(!writer.site.path("tb-sent.jsonl").exists());

    let out = send(&[]);
    assert!(out.contains("2 sent, 0 refused"), "{out}");
    assert_eq!(on_list(&served, "first"), 1);
    assert_eq!(on_list(&hosted, "second"), 1);

    let ledger = writer.ledger();
    let out = send(&[]);
    assert!(!out.contains("sent\t"), "{out}");
    assert_eq!(writer.ledger(), ledger);

    let entry = source.join(generator.changed);
    let text = fs::read_to_string(&entry).unwrap();
    fs::write(&entry, format!("{text}\nAnd [a third]({third}) agrees.\n")).unwrap();
    publish();
    let out = send(&[]);
    assert!(out.contains("1 sent, 0 refused"), "{out}");
    assert_eq!(on_list(&hosted, "third"), 1);
    assert_eq!(on_list(&served, "first"), 1);
    assert_eq!(on_list(&hosted, "second"), 1);
}

#[test]
fn c2_and_c3_a_site_built_by_hugo_pings_two_posts_of_one_wordpress_once_for_ever() {
    let wordpress = WordPress::start();
    let posts = [
        wordpress.first_post(),
        wordpress.publish("Second", "<p>text</p>", &[]),
    ];
    let pages = Blog::start([("/quiet", Script::html("Nothing to ping."))]);
    let writer = Writer::polite();
    let folder = tempfile::tempdir().unwrap();
    let source = example(&HUGO, folder.path());
    let own = own_address(&writer);
    point(&HUGO, &source, &own, [&posts[0], &posts[1]], &pages);
    let public = source.join(HUGO.built);
    let send = |words: &[&str]| {
        let all = ["send", public.to_str().unwrap(), "--guess-wordpress"];
        let ran = writer.site.tb(&[&all[..], words].concat());
        let said = String::from_utf8_lossy(&ran.0.stderr).into_owned();
        assert_eq!(ran.0.status.code(), Some(0), "{said}");
        String::from_utf8_lossy(&ran.0.stdout).into_owned()
    };
    let publish = || {
        generators::run(HUGO.name, HUGO.arguments, &source);
        put_online(&public, "", &writer.own);
    };
    publish();
    let out = send(&[]);
    assert!(out.contains("2 sent, 0 refused"), "{out}");
    let urls = |pings: &[Comment]| -> Vec<String> {
        let mut urls: Vec<String> = pings.iter().map(|ping| ping.url.clone()).collect();
        urls.sort();
        urls
    };
    let taken = wordpress.pings();
    assert_eq!(taken.len(), 2, "{taken:?}");
    // Its pages offer both, and a Pingback, which it verifies, comes first.
    let is_own = |ping: &Comment| ping.kind == "pingback" && ping.url.starts_with(&own);
    assert!(taken.iter().all(is_own), "{taken:?}");

    let ledger = writer.ledger();
    send(&[]);
    assert_eq!(writer.ledger(), ledger);
    assert_eq!(urls(&wordpress.pings()), urls(&taken));

    // Its own site moves to https, and then the other one too.
    let https = |url: &str| url.replacen("http:", "https:", 1);
    rewrite(&source, &|text| text.replace(&own, &https(&own)));
    generators::run(HUGO.name, HUGO.arguments, &source);
    let built = fs::read_to_string(public.join("index.html")).unwrap();
    assert!(built.contains(&https(&own)), "{built}");
    let plan = send(&["--dry-run"]);
    assert!(posts.iter().all(|post| !plan.contains(post)), "{plan}");
    rewrite(&source, &|text| {
        let moved = |text: String, post: &String| text.replace(post, &https(post));
        posts.iter().fold(text.to_owned(), moved)
    });
    generators::run(HUGO.name, HUGO.arguments, &source);
    let plan = send(&["--dry-run"]);
    assert!(
        posts.iter().all(|post| !plan.contains(&https(post))),
        "{plan}"
    );
    // It would have been in the plan.
    let fresh = Writer::polite();
    let words = [
        "send",
        public.to_str().unwrap(),
        "--guess-wordpress",
        "--dry-run",
    ];
    let plan = fresh.site.tb(&words).0.stdout;
    let plan = String::from_utf8_lossy(&plan).into_owned();
    assert!(
        posts.iter().any(|post| plan.contains(&https(post))),
        "{plan}"
    );
}

#[test]
fn a_site_built_by_hugo_reaches_a_receiver_of_each_protocol_once() {
    let (receiver, wordpress, zinnia) = (Receiver::start(), WordPress::start(), Zinnia::start());
    let post = wordpress.first_post();
    let pages = Blog::start([("/quiet", Script::html("Nothing to ping."))]);
    let writer = Writer::polite();
    let folder = tempfile::tempdir().unwrap();
    let source = example(&HUGO, folder.path());
    let own = own_address(&writer);
    point(&HUGO, &source, &own, [&receiver.entry, &post], &pages);
    let entry = source.join(HUGO.changed);
    let text = fs::read_to_string(&entry).unwrap();
    let third = &zinnia.entries[0];
    fs::write(&entry, format!("{text}\nAnd [a third]({third}) agrees.\n")).unwrap();
    generators::run(HUGO.name, HUGO.arguments, &source);
    let public = source.join(HUGO.built);
    put_online(&public, "", &writer.own);
    let send = |words: &[&str]| {
        let words = [&["send", public.to_str().unwrap()], words].concat();
        writer.site.tb(&words).out()
    };
    let out = send(&[]);
    assert!(out.contains("3 sent, 0 refused, 0 failed"), "{out}");
    let each_once = || {
        let (sources, calls, pings) = (receiver.taken(), wordpress.pings(), zinnia.taken());
        let case = format!("{sources:?} {calls:?} {pings:?}");
        assert_eq!(
            (sources.len(), calls.len(), pings.len()),
            (1, 1, 1),
            "{case}"
        );
        let urls = [&sources[0], &calls[0].url, &pings[0].url];
        assert!(urls.iter().all(|url| url.starts_with(&own)), "{case}");
        assert_eq!(calls[0].kind, "pingback", "{case}");
    };
    each_once();
    let ledger = writer.ledger();
    for via in ["\"via\":\"webmention\"", "\"via\":\"pingback\""] {
        assert!(ledger.contains(via), "{via}: {ledger}");
    }
    // Nothing goes out again.
    send(&[]);
    assert_eq!(writer.ledger(), ledger);
    each_once();
}

/// Changes every text file of a folder.
fn rewrite(folder: &Path, change: &dyn Fn(&str) -> String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rewrite(&path, change);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            fs::write(&path, change(&text)).unwrap();
        }
    }
}

/// Serves each built page where its name says.
pub(crate) fn put_online(folder: &Path, path: &str, own: &Blog) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            put_online(&entry.path(), &format!("{path}/{name}"), own);
        } else if name.ends_with(".html") {
            let page = Script::html(&fs::read_to_string(entry.path()).unwrap());
            let name = if name == "index.html" { "" } else { &name };
            own.play(&format!("{path}/{name}"), page);
        }
    }
}
