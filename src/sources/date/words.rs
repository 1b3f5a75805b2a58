//! The words in dates: months, zones, and AM and PM.

/// The first or the second half of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    First,
    Second,
}

/// The names of the months, January first, without accents: English, German, French, Spanish, Italian, Portuguese,
/// Dutch, the Scandinavian languages, Catalan, Romanian, Polish, Czech, Hungarian, Finnish, Turkish, Russian,
/// Ukrainian, Greek, Arabic, Hebrew, Thai, Indonesian, Malay, Lithuanian, Latvian, Estonian, Croatian, Serbian, Macedonian,
/// Slovenian, Albanian, Galician, Basque, Persian, Swahili, Esperanto; in Slavic languages also as they stand alone.
/// Croatia's October is left out, as it is Poland's November. A name that several languages
/// share is listed once.
/// Lithuania's February is left out, as `vas` is Hungary's Sunday.
const MONTHS: [&str; 12] = [
    "january januar janvier enero gennaio janeiro januari gener ianuarie stycznia ledna tammikuuta ocak января ιανουαριου січня يناير ינואר มกราคม sausio sijecanj styczen leden січень январь јануари januaro xaneiro urtarrilak jaanuar janvaris janar ژانویه",
    "february februar feber fevrier febrero febbraio fevereiro februari febrer lutego unora helmikuuta subat февраля φεβρουαριου лютого فبراير פברואר กุมภาพันธ์ veljaca luty лютии февраль фебруари februaro febreiro otsailak veebruar shkurt فوریه",
    "march marz maerz mars marzo marco maart mrt mart martie marca brezna marcius maaliskuuta марта μαρτιου березня مارس מרץ มีนาคม maret kovo ozujak marzec brezen березень marec marto martxoak machi mac",
    "april avril abril aprile aprilie kwietnia dubna aprilis huhtikuuta nisan апреля απριλιου квітня ابريل אפריל เมษายน balandzio travanj kwiecien duben квітень апрель aprilo apirilak prill اوریل",
    "may mai mayo maggio maio mei maj maig maja kvetna majus toukokuuta mayis мая маи μαιου μαιος травня مايو מאי พฤษภาคม geguzes svibanj kveten травень мај majo maiatzak maijs",
    "june juni juin junio giugno junho juny iunie czerwca cervna junius kesakuuta haziran июня ιουνιου червня يونيو יוני มิถุนายน birzelio lipanj czerwiec cerven червень июнь јуни xuno ekainak juuni junijs qershor ژوین",
    "july juli juillet julio luglio julho juliol iulie lipca cervence julius heinakuuta temmuz июля ιουλιου липня يوليو יולי กรกฎาคม liepos srpanj lipiec cervenec липень июль јули xullo uztailak juuli julijs julai korrik جولای",
    "august aout agosto augustus augusti agost sierpnia srpna augusztus elokuuta agustos августа αυγουστου серпня اغسطس אוגוסט สิงหาคม rugpjucio kolovoz sierpien srpen серпень avgust augusto augusts agustus agosti ogos abuztuak gusht اگوست",
    "september sept septembre septiembre setiembre settembre setembro setembre septembrie wrzesnia zari szeptember syyskuuta eylul сентября σεπτεμβριου вересня سبتمبر ספטמבר กันยายน rugsejo rujan wrzesien вересень сентябрь септември септембар septembar septembro septemba irailak shtator سپتامبر",
    "october oktober octobre octubre ottobre outubro octombrie pazdziernika rijna lokakuuta ekim октября οκτωβριου жовтня اكتوبر אוקטובר ตุลาคม spalio rijen жовтень октябрь октомври октобар oktobar oktobro oktoba urriak oktoober oktobris tetor اکتبر",
    "november novembre noviembre novembro noiembrie listopada listopadu marraskuuta kasim ноября νοεμβριου листопада نوفمبر נובמבר พฤศจิกายน lapkricio studeni ноябрь novembris ноември новембар novembar nopember novemba azaroak nentor نوامبر",
    "december dezember decembre diciembre dicembre dezembro desember desembre decembrie grudnia prosince joulukuuta aralik декабря δεκεμβριου грудня ديسمبر דצמבר ธันวาคม gruodzio prosinac grudzien prosinec грудень декабрь декември децембар decembar decembro desemba disember abenduak detsember dhjetor دسامبر",
];

/// Thai's abbreviations of them, without their points.
const THAI: [&str; 12] = [
    "มค",
    "กพ",
    "มีค",
    "เมย",
    "พค",
    "มิย",
    "กค",
    "สค",
    "กย",
    "ตค",
    "พย",
    "ธค",
];

/// The month (1 to 12) with that name, which may be shortened to three letters or more.
pub(super) fn month(word: &str) -> Option<u64> {
    if let Some(number) = (1..).zip(THAI).find(|(_, short)| *short == word) {
        return Some(number.0);
    }
    if word.chars().count() < 3 {
        return None;
    }
    // `in November`.
    let word = word.strip_prefix('ב').unwrap_or(word);
    let names = || {
        (1..)
            .zip(MONTHS)
            .flat_map(|(number, names)| names.split(' ').map(move |name| (number, name)))
    };
    let whole = names().find(|(_, name)| *name == word);
    let begun = || names().find(|(_, name)| name.starts_with(word));
    whole.or_else(begun).map(|(number, _)| number)
}

/// The value of a Chinese numeral of one character.
pub(super) fn numeral(word: &str) -> Option<u64> {
    let all = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    (1..)
        .zip(all)
        .find(|(_, numeral)| *numeral == word)
        .map(|(value, _)| value)
}

/// The half of the day that a word names.
pub(super) fn half_of_day(word: &str) -> Option<Half> {
    match word {
        "am" | "오전" => Some(Half::First),
        "pm" | "오후" => Some(Half::Second),
        _ => None,
    }
}

/// The half of the day that two Chinese characters name.
pub(super) fn half_of_two(one: Option<&str>, two: Option<&str>) -> Option<Half> {
    match (one?, two?) {
        ("午", "前") | ("上", "午") => Some(Half::First),
        ("午", "後" | "后") | ("下", "午") => Some(Half::Second),
        _ => None,
    }
}

/// How many minutes east of UTC the zone of that name is. `ist` is India's, `bst` the British summer's.
pub(super) fn zone(word: &str) -> Option<i32> {
    Some(match word {
        "z" | "ut" | "utc" | "gmt" | "wet" => 0,
        "bst" | "west" | "cet" | "met" | "mez" => 60,
        "cest" | "mest" | "mesz" | "eet" | "sast" | "cat" => 120,
        "eest" | "msk" | "eat" | "trt" => 180,
        "gst" => 240,
        "pkt" => 300,
        "ist" => 330,
        "ict" | "wib" => 420,
        "sgt" | "hkt" | "awst" | "pht" => 480,
        "jst" | "kst" => 540,
        "acst" => 570,
        "aest" => 600,
        "acdt" => 630,
        "aedt" => 660,
        "nzst" => 720,
        "nzdt" => 780,
        "ndt" => -150,
        "adt" | "brt" | "art" => -180,
        "nst" => -210,
        "ast" | "at" | "edt" => -240,
        "est" | "cdt" | "et" => -300,
        "cst" | "mdt" | "ct" => -360,
        "mst" | "pdt" | "mt" => -420,
        "pst" | "akdt" | "pt" => -480,
        "akst" => -540,
        "hst" => -600,
        _ => return None,
    })
}

/// The year before the first of an era that Japan or Taiwan counts from, by its two characters.
pub(super) fn era(one: &str, two: &str) -> Option<u64> {
    Some(match (one, two) {
        ("令", "和") => 2018,
        ("平", "成") => 1988,
        ("昭", "和") => 1925,
        ("大", "正") | ("民", "國" | "国") => 1911,
        ("明", "治") => 1867,
        _ => return None,
    })
}
