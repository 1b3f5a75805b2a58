//! Pings about pages that others ping about, too: before them, behind them, or under another URL.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::*;

const DAY: i64 = 86_400;

/// All of them, made from those that there are.
pub(super) fn all(pings: &[Sent], site: &str, rng: &mut Rng) -> Vec<Sent> {
    let of = |kind: Kind| pings.iter().filter(move |sent| sent.kind == kind);
    let mut more = Vec::new();
    for (number, sent) in of(Kind::Plain).take(100).enumerate() {
        more.push(variant(number, sent));
    }
    for (number, sent) in of(Kind::Plain).skip(60).take(100).enumerate() {
        let after = if number % 2 == 0 { 1_800 } else { 2 * DAY };
        more.push(Sent {
            kind: Kind::Renaming,
            second: sent.second + after,
            ..spam(number, sent, rng)
        });
    }
    for (number, sent) in of(Kind::NewDomain).enumerate() {
        let after = if number % 2 == 0 { 1_800 } else { 2 * DAY };
        more.push(Sent {
            kind: Kind::Replacing,
            second: sent.second + after,
            ..spam(number, sent, rng)
        });
    }
    for (number, sent) in of(Kind::Preempted).enumerate() {
        let before = [3_600, 3_600, 6 * DAY, 6 * DAY, 3 * DAY][number % 5];
        let mut ping = Sent {
            kind: Kind::Preempting,
            second: sent.second - before,
            ..spam(number / 5, sent, rng)
        };
        if number % 5 == 0 {
            // It reads like spam.
            let links = "[url=http://pills.example/]pills[/url] ".repeat(4);
            let fields = (pitch(rng), links, String::new());
            ping.body = form(&sent.url, &fields, encoding_rs::UTF_8);
        }
        more.push(ping);
    }
    for (number, sent) in of(Kind::Plain).skip(160).take(40).enumerate() {
        more.push(changed(number, sent, site, rng));
    }
    for (number, sent) in of(Kind::Plain).take(60).enumerate() {
        more.push(second_page(number, sent, site, rng));
    }
    more
}

/// A page that came later on the same weblog, about another entry.
fn second_page(number: usize, sent: &Sent, site: &str, rng: &mut Rng) -> Sent {
    let fields = (
        sentence(rng),
        sentence(rng),
        format!("The weblog {}", rng.below(90)),
    );
    let mut url = Url::parse(&sent.url).unwrap();
    let at = url.host_str().unwrap().parse().unwrap();
    url.set_path(&format!("/second-{number}"));
    let tb_id = format!("entry-{}", rng.below(ENTRIES));
    let link = format!("<a href=\"{site}posts/{tb_id}/\">this entry</a>");
    let (title, text) = (&fields.0, &fields.1);
    let body = format!("<article><h1>{title}</h1><p>{text} {link}.</p></article>");
    Sent {
        kind: Kind::SecondPage,
        tb_id,
        body: form(url.as_str(), &fields, encoding_rs::UTF_8),
        publish: Some((at, url.path().to_owned(), html(&body))),
        url: url.into(),
        title: fields.0,
        second: sent.second
            + if number.is_multiple_of(2) {
                900
            } else {
                4 * DAY
            },
        ..again(sent)
    }
}

/// The same ping a while later from another URL of its page.
fn variant(number: usize, sent: &Sent) -> Sent {
    let url = match number % 4 {
        0 => format!("{}?x={number}", sent.url),
        1 => format!("{}#x{number}", sent.url),
        2 => format!("{}?utm_source={number}#y", sent.url),
        _ => format!("{}/?", sent.url),
    };
    let escaped = |url: &str| form_urlencoded::byte_serialize(url.as_bytes()).collect::<String>();
    let body = String::from_utf8(sent.body.clone()).unwrap();
    let body = body.replace(&escaped(&sent.url), &escaped(&url));
    Sent {
        kind: Kind::Variant,
        body: body.into_bytes(),
        url,
        from: stranger(number, 0x0C00_0000),
        second: sent.second + 90_000,
        ..again(sent)
    }
}

/// A ping in the name of the same page, with words of its own.
fn spam(number: usize, sent: &Sent, rng: &mut Rng) -> Sent {
    let title = match number % 4 {
        0 | 1 => pitch(rng),
        // Only what is around it is invented.
        2 => sent.title.clone(),
        _ => format!("{} {}", sent.title, pitch(rng)),
    };
    let fields = (title, pitch(rng), pitch(rng));
    Sent {
        body: form(&sent.url, &fields, encoding_rs::UTF_8),
        title: fields.0,
        from: stranger(rng.below(2_000) as usize, 0x0B00_0000),
        ..again(sent)
    }
}

/// The same page under another headline, sent again: from its own network or another, before the page was looked at
/// or after that.
fn changed(number: usize, sent: &Sent, site: &str, rng: &mut Rng) -> Sent {
    let fields = (
        sentence(rng),
        sentence(rng),
        format!("The weblog {}", rng.below(90)),
    );
    let url = Url::parse(&sent.url).unwrap();
    let at = url.host_str().unwrap().parse().unwrap();
    let link = format!("<a href=\"{site}posts/{}/\">this entry</a>", sent.tb_id);
    let (title, text) = (&fields.0, &fields.1);
    let body = format!("<article><h1>{title}</h1><p>{text} {link}.</p></article>");
    Sent {
        kind: Kind::Changed,
        body: form(&sent.url, &fields, encoding_rs::UTF_8),
        publish: Some((at, url.path().to_owned(), html(&body))),
        title: fields.0,
        from: match number % 2 {
            0 => sent.from,
            _ => stranger(number, 0x1800_0000),
        },
        second: sent.second
            + if number.is_multiple_of(3) {
                600
            } else {
                3 * DAY
            },
        ..again(sent)
    }
}

fn again(sent: &Sent) -> Sent {
    Sent {
        kind: sent.kind,
        tb_id: sent.tb_id.clone(),
        content_type: UTF_8,
        body: sent.body.clone(),
        url: sent.url.clone(),
        title: sent.title.clone(),
        from: sent.from,
        publish: None,
        second: sent.second,
    }
}

/// An address in a network of its own.
fn stranger(number: usize, block: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(block + number as u32 * 256 + 7))
}

/// The address of a search for the title and the target, in a spelling that such a page makes the target of again.
pub(super) fn disguised(search: &str, target: &str, number: u64, title: &str) -> String {
    let url = Url::parse(target).unwrap();
    let host = url.host_str().unwrap();
    let other = match number % 4 {
        0 => host.replacen('.', "\u{AD}.", 1),
        1 => host.replace('.', "\u{FF61}"),
        2 => host.replacen('.', "\t.", 1),
        _ => host.to_owned(),
    };
    let mut values = [target.replacen(host, &other, 1), title.to_owned()];
    if number % 4 == 3 {
        values = values.map(|value| URL_SAFE_NO_PAD.encode(value));
    }
    form_urlencoded::Serializer::for_suffix(format!("{search}?"), search.len() + 1)
        .append_pair("q", &values[0])
        .append_pair("t", &values[1])
        .finish()
}
