//! Honest texts in many languages, and the classic kinds of stuffing.

use super::*;

/// Title, excerpt, name of the weblog.
const HONEST: [[&str; 3]; 38] = [
    ["", "", ""],
    [
        "On typography",
        "I have been reading about the history of the pilcrow, and it turns out that it is much older than printing.",
        "Shady Characters",
    ],
    [
        "READ THIS BEFORE YOU UPGRADE",
        "THE NEW RELEASE BREAKS OLD TEMPLATES!!! BACK UP FIRST!!!",
        "MY WEBLOG",
    ],
    [
        "WHY I SHOUT",
        "BECAUSE NOBODY LISTENS OTHERWISE, AND I HAVE A LOT TO SAY ABOUT THE STATE OF THE WEB IN 2004.",
        "LOUD",
    ],
    [
        "A link",
        "See http://blog.example/2004/05/entry.html for the original post.",
        "B",
    ],
    ["http://blog.example/2004/05/entry.html", "", ""],
    [
        "Two links",
        "Compare <a href=\"http://a.example/\">this</a> with <a href='https://b.example/'>that</a>; I prefer the second.",
        "B",
    ],
    [
        "Links for 20 November",
        "<a href=\"http://a.example/1\">The new parser is out</a>, <a href=\"http://b.example/2\">a talk about typefaces</a>, <a href=\"http://c.example/3\">how mail really works</a>, and <a href=\"http://d.example/4\">photographs of lighthouses</a>.",
        "Linkdump",
    ],
    [
        "A whole entry",
        "<p>Yesterday I wrote about <a href=\"http://a.example/\">the conference</a>, and many people have answered since. First there was <a href=\"http://b.example/\">Anne</a>, who thinks that the format is wrong and should be changed before it is too late to do so.</p><p>Then <a href=\"http://c.example/\">Bert</a> said the opposite, with good arguments, and <a href=\"http://d.example/\">Carla</a> drew a diagram that I like very much. The rest of this entry is about what I have learnt from all of them in one long week.</p>",
        "Weblog",
    ],
    [
        "Code",
        "for (int i = 0; i < n; i++) { a[i] = b[i] ^ c[(i + 1) % n]; if (!a[i]) return -1; } // why?",
        "Hacks",
    ],
    [
        "Perl",
        "$_ = <>; s/(\\w+)/\\u$1/g; print; @a = map { $_->[0] } sort { $a->[1] <=> $b->[1] } map { [$_, f($_)] } @b;",
        "perl -e",
    ],
    ["Regex: ^(?:[a-z0-9!#$%&'*+/=?^_`{|}~-]+)$", "", "Regex"],
    [
        "On pharma spam",
        "Spammers sell viagra and cialis in comments. Casinos do it too. Why is online poker so common, and who buys replica watches?",
        "Research",
    ],
    [
        "My medicine",
        "The doctor prescribed tramadol; here is what the leaflet says about interactions, and why cheap pills from the net are dangerous.",
        "A patient",
    ],
    [
        "Row, row, row your boat",
        "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, merrily, life is but a dream.",
        "Songs",
    ],
    [
        "Ha",
        "hahahahahaha that is the best thing I have read all week, thank you so much for writing it down",
        "x",
    ],
    [
        "猫の話",
        "昨日、近所の公園で三毛猫に会いました。とても人懐こくて、ベンチに座っていたら膝の上に乗ってきました。写真を何枚か撮ったので載せておきます。",
        "ねこ日記",
    ],
    [
        "すごいwwwwwwwwwwwwwwwwwwwwwwwwwww",
        "これはひどいwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww 詳しくは http://blog.example/ を見てください。",
        "草",
    ],
    [
        "ああああああああああああああああああああああああああああああああああああああああああああああああああああああああああああああああああああ",
        "",
        "",
    ],
    [
        "关于排版",
        "最近在读一本关于中文排版历史的书,里面提到活字印刷术传入欧洲之前的种种尝试,非常有意思,推荐给大家。",
        "读书笔记",
    ],
    [
        "臺北的雨",
        "今天又下雨了。撐著傘走在街上,想起十年前剛到這個城市的時候,也是這樣的天氣。",
        "雨天",
    ],
    [
        "한국어 블로그",
        "오늘은 새로 나온 편집기를 써 보았습니다. 글꼴이 예쁘고 빠르지만 아직 고칠 곳이 몇 군데 있습니다.",
        "개발 일기",
    ],
    [
        "مدونة عن الخط",
        "كتبت اليوم عن تاريخ الخط العربي وكيف تغير شكل الحروف من الكوفي إلى النسخ، مع صور من مخطوطات قديمة.",
        "مدونتي",
    ],
    [
        "בלוג",
        "היום כתבתי על תולדות הדפוס העברי ועל האותיות שנוצקו בוונציה במאה השש עשרה.",
        "יומן",
    ],
    [
        "О шрифтах",
        "Сегодня я прочитал статью о кириллических шрифтах и понял, что многое из того, что я знал, неверно.",
        "Дневник",
    ],
    [
        "ΠΕΡΙ ΤΥΠΟΓΡΑΦΙΑΣ",
        "Σήμερα διάβασα ένα βιβλίο για την ιστορία της ελληνικής τυπογραφίας και τα πολυτονικά στοιχεία.",
        "Ημερολόγιο",
    ],
    [
        "हिन्दी",
        "आज मैंने देवनागरी लिपि के इतिहास के बारे में एक लेख पढ़ा और उसमें बहुत कुछ नया सीखने को मिला।",
        "मेरा ब्लॉग",
    ],
    [
        "ภาษาไทย",
        "วันนี้ผมอ่านบทความเกี่ยวกับประวัติของตัวพิมพ์ไทยแล้วรู้สึกสนุกมาก อยากแนะนำให้ทุกคนลองอ่านดู",
        "บล็อก",
    ],
    [
        "Über Schrift",
        "Nachdem ich gestern über die Fraktur geschrieben habe, schrieben mir mehrere Leser, dass die Geschichte mit den Nazis so nicht stimmt.",
        "Schriftblog",
    ],
    [
        "Sur la typographie",
        "Hier, j'ai découvert un vieux catalogue de la fonderie Peignot; voici quelques photos et ce que j'en pense.",
        "Carnet",
    ],
    [
        "¡¡¡Por fin!!!",
        "¡¡¡Por fin ha salido la nueva versión!!! ¿Y ahora qué? ¿La instalamos? ¡Claro que sí! :-) :-D ^_^",
        "Bitácora",
    ],
    [
        "Tiếng Việt",
        "Hôm nay tôi đọc một bài viết về lịch sử chữ quốc ngữ và thấy rất thú vị.",
        "Nhật ký",
    ],
    [
        "Tags",
        "tags: photography, travel, iceland, reykjavik, glacier, waterfall, aurora, winter, camera, lens, tripod, night",
        "Photos",
    ],
    [
        "🎉🎉🎉",
        "🎉🎉🎉 We shipped it! 🚀🚀🚀 Thank you all ❤️❤️❤️",
        "🦀",
    ],
    [
        "Top ten",
        "1. A. 2. B. 3. C. 4. D. 5. E. 6. F. 7. G. 8. H. 9. I. 10. J. -- that was the year, see you in the next one.",
        "Lists",
    ],
    [
        "Table",
        "| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n| 4 | 5 | 6 |\n+---+---+---+",
        "Data",
    ],
    [
        "Bullets",
        "<ul><li>one thing that happened</li><li>another thing that happened</li><li>a third thing</li></ul> [...]",
        "[blog]",
    ],
    [
        "How BBCode works",
        "In a forum you write [url=http://a.example/]text[/url] and the software makes a link of it.",
        "Forum software",
    ],
];

fn stuffed() -> Vec<[String; 3]> {
    let own = |fields: [&str; 3]| fields.map(str::to_owned);
    let mut stuffed = vec![
        own([
            "buy",
            "<a href=\"http://x.example/\">viagra</a> http://x.example/ [url=http://x.example/]viagra[/url] [link=http://x.example/]viagra[/link]",
            "buy",
        ]),
        own([
            "x",
            "Great site! [url=http://a.example/]a[/url] [url=http://b.example/]b[/url] [url=http://c.example/]c[/url]",
            "x",
        ]),
        own([
            "<a href=\"http://a.example/\">poker</a> <a href=\"http://b.example/\">casino</a>",
            "Nice blog",
            "x",
        ]),
        own([
            "x",
            "Nice blog",
            "<a href=http://a.example/>poker</a> [url=http://b.example/]casino[/url]",
        ]),
        own([
            "x",
            "Good <div style=\"display: none\"><a href=\"http://a.example/\">pills</a></div>",
            "x",
        ]),
        own([
            "x",
            "Good <u style='overflow:auto; height:1px'>http://a.example/</u>",
            "x",
        ]),
        own([
            "x",
            "viagra cialis viagra levitra viagra online viagra cheap viagra buy viagra now viagra",
            "x",
        ]),
        own([
            "payday loans payday loans payday loans payday loans payday loans payday loans payday loans",
            "",
            "x",
        ]),
    ];
    let many: String = (0..8)
        .map(|n| format!("<a href=\"http://s{n}.example/\">word {n}</a> "))
        .collect();
    stuffed.push(own(["x", &many, "x"]));
    let bare: String = (0..8).map(|n| format!("http://s{n}.example/ ")).collect();
    stuffed.push(own(["x", &bare, "x"]));
    for phrase in [
        "代開發票 電話 ",
        "人気カジノ情報サイト",
        "купить дешево ",
        "카지노추천",
        "مواقع قمار ",
        "บาคาร่าออนไลน์",
    ] {
        stuffed.push(own(["x", &phrase.repeat(20), "x"]));
    }
    stuffed
}

#[test]
fn honest_texts_in_any_script_are_not_spam() {
    for [title, excerpt, blog_name] in HONEST {
        assert_eq!(
            spam_signs_in(title, excerpt, blog_name),
            None,
            "{title}: {excerpt}"
        );
        let shouted = [title, excerpt, blog_name].map(str::to_uppercase);
        let [title, excerpt, blog_name] = shouted.each_ref();
        assert_eq!(
            spam_signs_in(title, excerpt, blog_name),
            None,
            "{title}: {excerpt}"
        );
    }
}

#[test]
fn what_machines_write_for_people_is_not_spam() {
    // What repeats by its nature: bits, bases, code, tables, a subject with a long name.
    let mut seed = 1_u32;
    let mut next = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from((seed >> 16) % below).unwrap()
    };
    let bits: String = (0..300).map(|_| ["0", "1"][next(2)]).collect();
    let bases: String = (0..600).map(|_| ["A", "C", "G", "T"][next(4)]).collect();
    let table: String = (0..120)
        .map(|_| ["0 ", "1 ", "17 ", "-1 "][next(4)])
        .collect();
    let code =
        "for i in 0..n { for j in 0..n { for k in 0..n { c[i][j] += a[i][k] * b[k][j]; } } }";
    let subject = "TrackBack was made for Movable Type. TrackBack pings are simple, so TrackBack spam came, \
                   and TrackBack was turned off by most. This is how I keep TrackBack on my site.";
    for text in [bits.as_str(), &bases, &table, code, subject] {
        assert_eq!(spam_signs_in("T", text, "W"), None, "{text}");
    }
}

#[test]
fn stuffed_texts_are_spam() {
    for [title, excerpt, blog_name] in stuffed() {
        let spam = spam_signs_in(&title, &excerpt, &blog_name);
        assert!(spam.is_some(), "{title}: {excerpt}: {blog_name}");
    }
}

#[test]
fn a_long_honest_text_repeats_its_words_and_is_not_spam() {
    let text = HONEST
        .map(|[_, excerpt, _]| strip_markup(excerpt))
        .join(" ");
    let text = text.replace("http://", "").replace("[url", "");
    assert_eq!(spam_signs_in("Everything", &text, "W"), None);
}

#[test]
fn s7_hostile_texts_are_scored_without_delay() {
    for piece in [
        "<", "<a ", "[url=", "http://", "\u{301}", "style=", "a ", "猫",
    ] {
        let huge = piece.repeat(64 * 1024 / piece.len());
        assert!(spam_signs_in(&huge, &huge, &huge).is_none_or(|what| what.len() < 200));
    }
}

proptest::proptest! {
    #![proptest_config(crate::proptest_config())]
    #[test]
    fn any_text_is_scored(text in "(?s).{0,300}") {
        proptest::prop_assert!(spam_signs_in(&text, &text, &text).is_none_or(|what| !what.is_empty()));
    }
}
