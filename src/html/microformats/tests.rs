//! Microformats of small pages; the official test suite is run in `tests/peers`.

use url::Url;

use super::*;

fn read(html: &str) -> Microformats {
    read_by(html, MicroformatRules::default())
}

fn read_by(html: &str, rules: MicroformatRules) -> Microformats {
    let page = Document::parse(html);
    let base = Base::new(&page, &Url::parse("https://weblog.example/1").unwrap());
    page.microformats(&base, rules)
}

/// The items as `h-entry{name=…,author=h-card{…}}`.
fn shape(found: &Microformats, number: usize) -> String {
    let item = &found.items[number];
    let properties = item.properties.iter().map(|property| {
        let value = match &property.value {
            PropertyValue::Item { item, value } => format!("{value}:{}", shape(found, *item)),
            PropertyValue::Image { url, alt } => format!("{url}({alt})"),
            PropertyValue::Text(text) | PropertyValue::Url(text) => text.clone(),
        };
        format!("{}={value}", property.name)
    });
    let children = item.children.iter().map(|child| shape(found, *child));
    let all: Vec<String> = properties.chain(children).collect();
    format!("{}{{{}}}", item.types.join("+"), all.join(","))
}

#[test]
fn an_entry_with_an_author_and_what_it_answers() {
    let found = read(
        "<div class=h-entry><h1 class=p-name>Cats</h1><a class='u-url' href='/2'>#</a>
        <a class='p-author h-card' href='/me'>Ann <img src=a.png alt=''></a>
        <div class=e-content>I <b>like</b> cats<script>1</script></div>
        <div class='u-in-reply-to h-cite'><a class='p-name u-url' href='https://blog.example/c'>C</a></div></div>",
    );
    assert_eq!(
        shape(&found, 0),
        "h-entry{name=Cats,url=https://weblog.example/2,\
         author=Ann:h-card{name=Ann,photo=https://weblog.example/a.png(),url=https://weblog.example/me},\
         content=I like cats,\
         in-reply-to=https://blog.example/c:h-cite{name=C,url=https://blog.example/c}}"
    );
    assert_eq!(found.items[1].parent, Some(0));
    assert!(!found.is_cut);
}

#[test]
fn what_is_in_a_template_or_a_comment_is_no_microformat() {
    let found = read(
        "<template><p class=h-entry>x</p></template><!-- <p class=h-entry>y</p> -->
        <script>'<p class=h-entry>'</script><p class=h-entry>z</p>",
    );
    assert_eq!(found.items.len(), 1);
    assert_eq!(shape(&found, 0), "h-entry{name=z}");
}

#[test]
fn urls_of_other_schemes_stay_as_they_are_written() {
    let found = read(
        "<p class=h-card><b class=p-name>A</b><a class=u-url href='javascript:x()'>a</a><img class=u-photo src='data:image/png,x'>
        <a class=u-email href='mailto:a@example.org'>m</a>",
    );
    assert_eq!(
        shape(&found, 0),
        "h-card{name=A,url=javascript:x(),photo=data:image/png,x,email=mailto:a@example.org}"
    );
}

#[test]
fn no_product_of_two_things_that_a_stranger_chooses_is_kept() {
    let long = "x".repeat(2_000);
    let links = "<a class='u-a u-b u-c' href=y>z</a>".repeat(20_000);
    let page = format!("<base href='https://weblog.example/{long}/'><p class=h-entry>{links}");
    let found = read(&page);
    let kept: usize = found.items[0]
        .properties
        .iter()
        .map(|property| property.value.text().len())
        .sum();
    assert!(found.is_cut && kept < 5 << 20, "{kept}");
}

#[test]
fn the_class_names_of_2005_are_read_on_request_and_imply_nothing() {
    let page = "<p class=hentry>x <a href=/y>y</a><b class=entry-title>Cats</b><a rel=bookmark href=/2>#</a>
        <span class='author vcard'><a class='fn url' href=/me>Ann</a></span><i class=published>2026-11-20</i></p>
        <p class='vcard h-card'>Bo</p><b class=entry-title>Dogs</b>";
    let classic = MicroformatRules {
        vocabulary: Vocabulary::WithClassic,
        ..MicroformatRules::default()
    };
    let found = read_by(page, classic);
    assert_eq!(
        shape(&found, 0),
        "h-entry{name=Cats,url=https://weblog.example/2,\
         author=Ann:h-card{name=Ann,url=https://weblog.example/me},published=2026-11-20}"
    );
    assert_eq!(shape(&found, 2), "h-card{name=Bo}");
    assert_eq!(found.items.len(), 3);
    assert_eq!(read(page).items.len(), 1);
}

#[test]
fn blocks_part_words_on_request_and_inline_elements_never() {
    let page = "<div class=h-entry><div class=p-name>a<p>b</p>c<br>d<i>e</i><img src=x alt=f>g<span>h</span></div><b class=u-url>x</b></div>";
    assert_eq!(
        shape(&read(page), 0),
        "h-entry{name=abcde f gh,url=https://weblog.example/x}"
    );
    let parted = MicroformatRules {
        texts: TextRule::AsShown,
        ..MicroformatRules::default()
    };
    let found = read_by(page, parted);
    assert_eq!(
        shape(&found, 0),
        "h-entry{name=a b c  defgh,url=https://weblog.example/x}"
    );
}

#[test]
fn texts_for_people_have_nothing_that_they_do_not_see() {
    let rules = MicroformatRules {
        texts: TextRule::AsShown,
        ..MicroformatRules::default()
    };
    for (inside, name) in [
        ("<noscript><img src=a.png></noscript>Ann N", "Ann N"),
        (
            "Cats <img src=c.jpg><noscript><img src=c.jpg alt=Cat></noscript>sleep",
            "Cats sleep",
        ),
        ("<iframe src=/f>fallback <b>x</b></iframe>Cats", "Cats"),
        (
            "<video src=/v>Your browser shows no videos.</video>Cats",
            "Cats",
        ),
        ("<audio src=/v>No <b>sound</b>.</audio>Cats", "Cats"),
        ("<canvas>No canvas</canvas>Cats", "Cats"),
        (
            "Cats<span hidden> secretly</span><span style='display:none'> x</span>",
            "Cats",
        ),
        (
            "<b style='visibility:hidden'>a<i style='visibility:visible'>b</i></b>c",
            "bc",
        ),
        ("Cats <img src=/c alt=sleep>", "Cats sleep"),
        ("<svg><title>Icon</title></svg>Cats", "Cats"),
    ] {
        let page = format!("<p class=h-card><b class=p-name>{inside}</b>");
        let name_of = |page: &str| read_by(page, rules).items[0].values("name").next().cloned();
        let text = name_of(&page).unwrap();
        assert_eq!(text.text().replace("  ", " "), name, "{inside}");
    }
    // A card that is hidden whole names its author all the same.
    let page = "<p class=h-card hidden><b class=p-name>Ann</b>";
    assert_eq!(shape(&read_by(page, rules), 0), "h-card{name=Ann}");
}
