//! The pings of the corpus: kinds of spam and kinds of honest ones, the same every time.

mod follow;
mod pages;

use std::net::{IpAddr, Ipv4Addr};

use super::peer::{Page, Peer};
use crate::support::rng::Rng;
use pages::{comments, dead, hide, html};

/// What a ping is, which the program has to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    NoLink,
    Echo,
    Hidden,
    Dead,
    Stuffed,
    ThrowAway,
    Neighbour,
    Detour,
    Comment,
    OpenComment,
    Symbols,
    Variant,
    Evading,
    Invented,
    Renaming,
    Replacing,
    Preempting,
    MadeUp,
    Plain,
    Slow,
    Redirected,
    OtherCharset,
    OtherAddress,
    NewDomain,
    Changed,
    Preempted,
    First,
    SecondPage,
    Friend,
}

impl Kind {
    pub(super) const SPAM: [(Kind, &'static str, usize); 18] = [
        (Kind::NoLink, "no link at the source", 1_500),
        (
            Kind::Echo,
            "a page that echoes the link from its own query string",
            700,
        ),
        (
            Kind::Hidden,
            "the link in a comment, script, template, or hidden",
            700,
        ),
        (Kind::Dead, "a dead or parked source", 900),
        (
            Kind::Stuffed,
            "an excerpt stuffed with links and words",
            700,
        ),
        (
            Kind::ThrowAway,
            "a real page on a throw-away domain that does link",
            500,
        ),
        (
            Kind::Neighbour,
            "a neighbour of a known weblog, on a host that they share",
            100,
        ),
        (
            Kind::Detour,
            "a redirect of a known weblog to elsewhere, and back to it",
            100,
        ),
        (
            Kind::Comment,
            "a comment's link (`ugc`, `nofollow`) on a known weblog",
            100,
        ),
        (
            Kind::Symbols,
            "a title of symbols, in a known weblog's name",
            100,
        ),
        (
            Kind::Variant,
            "another URL (`?x`, `#x`) of a known weblog's page",
            100,
        ),
        (
            Kind::Evading,
            "a known weblog's search that echoes a link in disguise",
            100,
        ),
        (
            Kind::Invented,
            "an invented excerpt for a known weblog's page",
            100,
        ),
        (
            Kind::Renaming,
            "other words for a ping that everybody sees",
            100,
        ),
        (Kind::Replacing, "other words for a ping that waits", 100),
        (
            Kind::Preempting,
            "in the name of a page that has yet to ping",
            100,
        ),
        (Kind::MadeUp, "to ids that nobody knows, in one day", 120),
        (
            Kind::OpenComment,
            "a stranger's link in the open comments of a known weblog",
            100,
        ),
    ];

    pub(super) const HONEST: [(Kind, &'static str, usize); 11] = [
        (Kind::Plain, "a weblog that is known", 200),
        (Kind::Slow, "slow", 40),
        (Kind::Redirected, "redirected, source or link", 80),
        (Kind::OtherCharset, "not UTF-8", 80),
        (
            Kind::OtherAddress,
            "sent from elsewhere than the source",
            50,
        ),
        (Kind::NewDomain, "a new domain", 100),
        (Kind::Changed, "a changed headline, sent again", 40),
        (
            Kind::Preempted,
            "a page in whose name spam was sent before",
            100,
        ),
        (
            Kind::First,
            "the first of an entry, half of them amid made-up ids",
            100,
        ),
        (Kind::SecondPage, "a second page of a friend", 60),
        (
            Kind::Friend,
            "a long-time friend whose comment section is open",
            100,
        ),
    ];

    pub(super) fn is_spam(self) -> bool {
        Kind::SPAM.iter().any(|(kind, _, _)| *kind == self)
    }

    /// Whether it is about a page that another sends a ping about: then what counts is what became of its words.
    pub(super) fn is_in_anothers_name(self) -> bool {
        matches!(
            self,
            Kind::Invented | Kind::Renaming | Kind::Replacing | Kind::Preempting
        )
    }

    /// Whether such pings are made from others.
    fn follows(self) -> bool {
        matches!(
            self,
            Kind::Variant
                | Kind::Renaming
                | Kind::Replacing
                | Kind::Preempting
                | Kind::Changed
                | Kind::SecondPage
        )
    }

    /// Whether the owner has approved the weblog before.
    pub(super) fn is_known(self) -> bool {
        !self.is_spam() && self != Kind::NewDomain
    }

    /// Whether the owner has approved it by this page, and not by another.
    pub(super) fn is_approved_by_itself(self) -> bool {
        self.is_known() && self != Kind::SecondPage
    }
}

/// A ping as it is sent.
pub(super) struct Sent {
    pub(super) kind: Kind,
    pub(super) tb_id: String,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
    /// The permalink.
    pub(super) url: String,
    pub(super) title: String,
    pub(super) from: IpAddr,
    /// A page that is put in place just before.
    pub(super) publish: Option<(Ipv4Addr, String, Page)>,
    /// Seconds since the corpus began.
    pub(super) second: i64,
}

/// The days over which the pings come.
const DAYS: u64 = 30;
/// The entries of the site.
const ENTRIES: u64 = 40;

/// Words that stand in spam and nowhere else.
pub(super) const SALES: [&str; 12] = [
    "pills",
    "casino",
    "mortgage",
    "jackpot",
    "replica",
    "roulette",
    "discount",
    "refinance",
    "viagra",
    "payday",
    "poker",
    "lottery",
];

/// When made-up ids are pinged, and for how long, in seconds.
const FLOOD: u64 = 10 * 86_400;
const FLOOD_TIME: u64 = 80_000;

const UTF_8: &str = "application/x-www-form-urlencoded; charset=utf-8";
const WORDS: [&str; 24] = [
    "garden", "kernel", "letters", "winter", "compiler", "bread", "museum", "train", "harbour",
    "static", "pages", "weblog", "reading", "radio", "cats", "protocol", "coffee", "library",
    "maps", "rain", "printing", "bicycle", "violin", "archive",
];
const RUSSIAN: [&str; 4] = [
    "Снова о кошках",
    "Письмо из города",
    "Зимний сад",
    "О чтении",
];
const JAPANESE: [&str; 4] = ["猫の話の続き", "冬の庭について", "読書日記", "静かな朝"];

/// The address that an index stands for: the first octet after 127 tells the sort of host.
pub(super) fn host(sort: u8, index: u64) -> Ipv4Addr {
    Ipv4Addr::new(127, sort, (index / 200) as u8, (index % 200) as u8 + 1)
}

const SITE: u8 = 1;
const SPAMMERS: u8 = 2;
const THROW_AWAY: u8 = 3;
const WEBLOGS: u8 = 4;
const NEWCOMERS: u8 = 5;
const SHORTENERS: u8 = 6;
/// Several, because each is asked once a second at the most.
const SHORT: u64 = 8;

/// How many hosts of each sort there are.
const HOSTS: [(u8, u64); 6] = [
    (SITE, 1),
    (SPAMMERS, 150),
    (THROW_AWAY, 250),
    (WEBLOGS, 120),
    (NEWCOMERS, 50),
    (SHORTENERS, SHORT),
];

/// Whether ids are made up at that second.
pub(super) fn is_in_flood(second: i64) -> bool {
    (FLOOD as i64..(FLOOD + FLOOD_TIME) as i64).contains(&second)
}

/// Every host of the corpus.
pub(super) fn hosts() -> Vec<Ipv4Addr> {
    let of = |&(sort, count): &(u8, u64)| (0..count).map(move |index| host(sort, index));
    HOSTS.iter().flat_map(of).collect()
}

/// Where short links are.
pub(super) fn shorteners() -> impl Iterator<Item = Ipv4Addr> {
    (0..SHORT).map(|index| host(SHORTENERS, index))
}

/// The site's own pages; returns the URL of the site.
pub(super) fn publish_site(peer: &Peer) -> String {
    for entry in 0..ENTRIES {
        peer.put(
            host(SITE, 0),
            &format!("/posts/entry-{entry}/"),
            html("<h1>An entry</h1>"),
        );
    }
    peer.put(host(SITE, 0), "/", html("<h1>The site</h1>"))
}

/// All pings in the order they are sent, their pages put in place.
pub(super) fn corpus(peer: &Peer, site: &str) -> Vec<Sent> {
    let mut rng = Rng::seeded(2_002);
    let mut pings = Vec::new();
    let kinds = Kind::SPAM.into_iter().chain(Kind::HONEST);
    for (kind, _, count) in kinds.filter(|(kind, _, _)| !kind.follows()) {
        for number in 0..count as u64 {
            let entry = rng.below(ENTRIES);
            let id = match kind {
                Kind::MadeUp => format!("made-up-{number}"),
                Kind::First => format!("fresh-{number}"),
                _ => format!("entry-{entry}"),
            };
            let target = format!("{site}posts/{id}/");
            let mut sent = write(kind, number, &target, peer, &mut rng);
            sent.tb_id = id;
            sent.second = second(kind, number, &mut rng) as i64;
            pings.push(sent);
        }
    }
    let more = follow::all(&pings, site, &mut rng);
    pings.extend(more);
    pings.sort_by_key(|sent| (sent.second, sent.url.clone()));
    pings
}

fn write(kind: Kind, number: u64, target: &str, peer: &Peer, rng: &mut Rng) -> Sent {
    let text = sentence(rng);
    let title = sentence(rng);
    let link = format!("<a href=\"{target}\">this entry</a>");
    let path = format!("/{kind:?}-{number}");
    let (own, page) = match kind {
        Kind::NoLink => (
            SPAMMERS,
            html(&format!("<p>{text} <a href=\"/buy\">buy</a></p>")),
        ),
        Kind::Echo => (SPAMMERS, Page::Echo),
        Kind::Hidden => (SPAMMERS, html(&hide(number, &link, target))),
        Kind::Dead => (SPAMMERS, dead(number)),
        Kind::Comment => {
            let rel =
                ["ugc nofollow", "nofollow", "external UGC", "sponsored"][number as usize % 4];
            let body = format!(
                "<h1>{title}</h1><ol><li>{text} <a rel=\"{rel}\" href=\"{target}\">x</a></ol>"
            );
            (WEBLOGS, html(&body))
        }
        Kind::OpenComment => {
            let entry = format!("<article><h1>{title}</h1><p>{text}</p></article>");
            let comments = comments(number, &format!("{} {link}", pitch(rng)));
            (WEBLOGS, html(&format!("{entry}{comments}")))
        }
        Kind::Friend => {
            let entry = format!("<article><h1>{title}</h1><p>{text} {link}.</p></article>");
            let other = format!("{target}../entry-{}/", rng.below(ENTRIES));
            let strangers = format!(
                "{} <a href=\"{other}\">this</a> <a href=\"http://pills.example/\">that</a>",
                pitch(rng)
            );
            (
                WEBLOGS,
                html(&format!("{entry}{}", comments(number, &strangers))),
            )
        }
        Kind::Evading if number % 4 == 3 => (WEBLOGS, Page::EchoBase64),
        Kind::Evading => (WEBLOGS, Page::Echo),
        Kind::MadeUp => (SPAMMERS, html(&format!("<p>{text}</p>"))),
        Kind::Stuffed | Kind::ThrowAway => (THROW_AWAY, html(&format!("<p>{text} {link}</p>"))),
        Kind::NewDomain => (NEWCOMERS, html(&format!("<p>{text} {link} {title}</p>"))),
        Kind::Slow => {
            let body = format!("<article><h1>{title}</h1><p>{text} {link}</p></article>");
            (WEBLOGS, Page::Slow(body.into_bytes()))
        }
        // Until it pings, the page of every fifth is not there, and that of another has no link.
        Kind::Preempted if number % 5 == 3 => (WEBLOGS, Page::Gone),
        Kind::Preempted if number % 5 == 4 => (WEBLOGS, html(&format!("<h1>{title}</h1>"))),
        Kind::Plain
        | Kind::Variant
        | Kind::Invented
        | Kind::Renaming
        | Kind::Replacing
        | Kind::Preempting
        | Kind::Changed
        | Kind::Preempted
        | Kind::First
        | Kind::SecondPage
        | Kind::Neighbour
        | Kind::Detour
        | Kind::Symbols
        | Kind::OtherAddress
        | Kind::Redirected
        | Kind::OtherCharset => {
            let body = format!("<article><h1>{title}</h1><p>{text} {link}.</p></article>");
            (WEBLOGS, html(&body))
        }
    };
    let hosts = HOSTS.iter().find(|(sort, _)| *sort == own).unwrap().1;
    let at = host(own, rng.below(hosts));
    let mut url = peer.put(at, &path, page);
    let mut fields = (title, text, format!("The weblog {}", rng.below(90)));
    let mut charset = (UTF_8, encoding_rs::UTF_8);
    let mut publish = None;
    match kind {
        Kind::Evading => {
            fields.0 = pitch(rng);
            url = follow::disguised(&url, target, number, &fields.0);
        }
        Kind::Invented => {
            fields.1 = pitch(rng);
            fields.2 = pitch(rng);
        }
        Kind::Preempted if number % 5 >= 3 => {
            let (title, text) = (&fields.0, &fields.1);
            let body = format!("<article><h1>{title}</h1><p>{text} {link}.</p></article>");
            publish = Some((at, path.clone(), html(&body)));
        }
        Kind::Echo => {
            url = form_urlencoded::Serializer::for_suffix(format!("{url}?"), url.len() + 1)
                .append_pair("q", target)
                .finish();
        }
        Kind::Stuffed => {
            let spam = "<a href=\"http://pills.example/\">cheap pills</a> [url=http://pills.example/]pills[/url] ";
            fields.1 = spam.repeat(2 + rng.below(6) as usize);
        }
        Kind::Neighbour => {
            let own = [
                "/~mallory",
                "/@mallory",
                "/users/mallory",
                "/people/mallory",
            ][number as usize % 4];
            let body = format!(
                "<article><h1>{}</h1><p>{} {link}.</p></article>",
                fields.0, fields.1
            );
            url = peer.put(at, &format!("{own}{path}"), html(&body));
        }
        Kind::Detour => {
            let evil = host(THROW_AWAY, rng.below(250));
            let back = peer.put(evil, &format!("/back{path}"), Page::Moved(url));
            url = peer.put(at, &format!("/out{path}"), Page::Moved(back));
        }
        Kind::Symbols => {
            let symbols = ["€@$¥", "★☆★☆", "💊💊", "!!!???"][number as usize % 4];
            fields.0 = symbols.to_owned();
        }
        Kind::Redirected if number.is_multiple_of(2) => {
            let moved = peer.put(at, &format!("/r{path}"), Page::Moved(url));
            url = moved;
        }
        Kind::Redirected => {
            let short = peer.put(
                host(SHORTENERS, number % SHORT),
                &format!("/{number}"),
                Page::Moved(target.to_owned()),
            );
            let title = &fields.0;
            let body = format!(
                "<article><h1>{title}</h1><p>Read <a href=\"{short}\">this</a>.</p></article>"
            );
            peer.put(at, &path, html(&body));
        }
        Kind::OtherCharset => {
            let (label, encoding, words): (_, _, &[&str]) = match number % 4 {
                0 => ("windows-1251", encoding_rs::WINDOWS_1251, &RUSSIAN),
                1 => ("koi8-r", encoding_rs::KOI8_R, &RUSSIAN),
                2 => ("euc-jp", encoding_rs::EUC_JP, &JAPANESE),
                _ => ("shift_jis", encoding_rs::SHIFT_JIS, &JAPANESE),
            };
            let words = rng.one_of(words);
            charset = (content_type(label), encoding);
            fields.0 = words.to_owned();
            // No two pages of one weblog are the same.
            fields.1 = format!("{words}: {number}");
            let body =
                format!("<meta charset={label}><article><p>{words}: {number} {link}</p></article>");
            let (body, _, _) = encoding.encode(&body);
            let page = Page::Text {
                content_type: "text/html",
                body: body.into_owned(),
            };
            url = peer.put(at, &path, page);
        }
        _ => {}
    }
    // Honest ones are sent by their own host, or by one of many that send for others.
    let from = match kind {
        _ if kind.is_spam() => Ipv4Addr::from(0x0B00_0000 + (rng.below(2_000) as u32) * 256 + 7),
        Kind::OtherAddress => Ipv4Addr::from(0x1700_0000 + (number as u32) * 256 + 9),
        _ => Ipv4Addr::from(0x1600_0000 + u32::from(at) % 0x0010_0000 * 256 + 8),
    };
    Sent {
        kind,
        tb_id: String::new(),
        content_type: charset.0,
        body: form(&url, &fields, charset.1),
        url,
        title: fields.0,
        from: IpAddr::V4(from),
        publish,
        second: 0,
    }
}

/// When a ping comes.
fn second(kind: Kind, number: u64, rng: &mut Rng) -> u64 {
    let month = DAYS * 86_400;
    match kind {
        Kind::MadeUp => FLOOD + rng.below(FLOOD_TIME),
        Kind::First if number.is_multiple_of(2) => FLOOD + rng.below(FLOOD_TIME),
        // There is time for another before it.
        Kind::Preempted => 7 * 86_400 + rng.below(month - 7 * 86_400),
        _ => rng.below(month),
    }
}

fn content_type(label: &str) -> &'static str {
    match label {
        "windows-1251" => "application/x-www-form-urlencoded; charset=windows-1251",
        "koi8-r" => "application/x-www-form-urlencoded; charset=koi8-r",
        "euc-jp" => "application/x-www-form-urlencoded; charset=euc-jp",
        _ => "application/x-www-form-urlencoded; charset=shift_jis",
    }
}

fn form(
    url: &str,
    (title, excerpt, blog_name): &(String, String, String),
    encoding: &'static encoding_rs::Encoding,
) -> Vec<u8> {
    let encode = |text: &str| encoding.encode(text).0.into_owned();
    let fields = [
        ("title", title.as_str()),
        ("url", url),
        ("excerpt", excerpt),
        ("blog_name", blog_name),
    ];
    let pairs = fields.map(|(name, value)| {
        let value: String = form_urlencoded::byte_serialize(&encode(value)).collect();
        format!("{name}={value}")
    });
    pairs.join("&").into_bytes()
}

fn sentence(rng: &mut Rng) -> String {
    let count = 5 + rng.below(10) as usize;
    let words: Vec<&str> = (0..count).map(|_| rng.one_of(&WORDS)).collect();
    words.join(" ")
}

fn pitch(rng: &mut Rng) -> String {
    let count = 3 + rng.below(6) as usize;
    let words: Vec<&str> = (0..count).map(|_| rng.one_of(&SALES)).collect();
    words.join(" ")
}
