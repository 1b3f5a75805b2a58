//! The words of headings for the comments of others, in the languages of weblogs.

use std::sync::LazyLock;

use crate::order;
use crate::text::is_combining_mark;

/// The longest heading that is read, in bytes and in nodes.
pub(super) const MAX: usize = 200;

/// What heads comments, alone or with a number.
const HEADS: &str = "
    comments guestbook gästebuch talkback responses replies trackbacks pingbacks webmentions kommentare
    antworten commentaires réponses comentarios respuestas comentários respostas comentaris commenti
    risposte reacties opmerkingen kommentarer kommentaarid kommentit komentarze komentáře komentáre
    komentari komentarji komentarai komentāri komentar komentoj hozzászólások comentarii комментарии
    коментарі коментари каментары комментариев коментарів коментара σχόλια yorumlar تعليقات التعليقات
    دیدگاه‌ها نظرات תגובות コメント コメント一覧 件のコメント トラックバック 评论 条评论 則留言 留言 評論 則評論 條評論 條留言 回应 回應 댓글 luận टिप्पणियाँ
    टिप्पणियां ความคิดเห็น ความเห็น komente athugasemdir iruzkinak sylwadau komentara komentářů komentárov
    komentarjev kommentarene beachdan maoni pairan تعليق הערות 件のフィードバック 件の返信 件のトラックバック 件のトラックバックとピンバック
    件のピンバック 迴響 則迴響 篇迴響 封回應 條回應 則回應 条回应 条回复 条留言 篇评论 篇評論 الردود დისკუსია კომენტარები 댓글들 leserkommentare
    leserbriefe gästebucheinträge lesermeinungen leserstimmen lezersreacties মন্তব্য பின்னூட்டங்கள்
    comentariile komentet kommentteja komentarzy မှတ်ချက်များ трекбэки трекбеки ٹریک‌بیک ট্রাকব্যাক
    মন্তব্যসমূহ 引用通告 تبصرے பின்னூட்டம் பின்னூட்டங்களில்லை கருத்துகள் கருத்துக்கள் pangalembana phản nhận
    一条评论 没有评论 暂无评论 近期评论 最新评论 全部评论 个评论 一条回应 最近回應 近期迴響 無迴響 未有回應 有一則迴響 最新留言
    最近のコメント コメントはまだありません 新しいコメント 덧글 트랙백 komentāru ความเห็นล่าสุด ไม่มีความเห็น сэтгэгдэл
    kommentariýa kommentek megjegyzések commentaren نظرها rétroliens retroenlaces linkbacks iruzkin komen باھالار
    لێدوانه‌کان ප්‍රතිචාර
";

/// What does so only with a number, or a word for one.
const COUNTED: &str = "
    comment response reply reaction reactions thought thoughts trackback pingback mention mentions
    webmention kommentar antwort commentaire réponse réaction réactions comentario respuesta comentário
    resposta commento reactie kommentti kommenttia komentarz komentarzy комментарий комментария yorum
    balasan përgjigje respondoj respondo ymateb atbildes atbilde erantzun odgovor odgovora odgovori
    odpowiedzi odpowiedź odpověď odpovědi reakce reakcie reakcia reakcií reakcí svar vastausta vastaus
    απάντηση απαντήσεις одговор одговори отговор отговора תגובה پاسخ دیدگاه cevap vastust vastuse ответ
    ответа ответов відповідь відповіді comentari comentariu hozzászólás komentář komentár komentārs
    kommentaar σχόλιο komento koment iruzkin sylw komen reaktion reaktionen reakcje reazioni reacciones
    reações opmerking beachd bheachd 응답 개의응답 feedback feedbacks 反应 回复 коментар реаговање реаговања
    კომენტარი respostes تبصرہ megjegyzés نظر கருத்து rétrolien interactions likes reposts pings မှတ်ချက်
    باھا لێدوان ප්‍රතිචාරයක් kommentaari kommentaare
";

/// What does so behind an entry, alone; in its text the author may tell of them.
const BEHIND_ENTRY: &str = "
    reactions mentions conversation interactions likes reposts réactions reaktionen reacciones reações
    reazioni reakcje reakce
";

/// What does so only above a form for comments.
const ABOVE_FORM: &str = "discussion feedback thoughts diskussion meinungen discussie";

/// What speaks of them in a line, with a number or of this entry.
const SPEAKS: &str = "
    comment commented discussion conversation trackback pingback writeback writebacks backlinks answers
    gedanken gedachten réflexions réflexion pensamientos pensieri
";

/// Words of which one says that a line is of the entry above it.
const THIS: &str =
    "this diesem diesen dieser cet cette ce este esta questo questa deze dit этой dette denne";

/// Phrases that do so.
const PHRASES: [&str; 9] = [
    "trackback ping",
    "recent referrers",
    "vos commentaires",
    "vos réactions",
    "ツッコミ",
    "links to this",
    "weblogs that reference",
    "weblogs that link",
    "customer reviews",
];

/// What stands between two of them, before one, or says whose they are.
const BETWEEN: &str = "
    yet bình 개 개의 and und et y e och og en i и so far recent latest reader readers user users visitor
    visitors guest guests by from new newer older previous closed are s leser lesern besucher von
    geschlossen sind lecteurs lecteur visiteurs des lectores de lettori sont fermés cerrados están read all
    post entry this article më të fundit viimeisimmät siste lastaj свежие najnowsze останні najnovšie
    πρόσφατα скорешни скорошни senaste recentes recents recientes recenti recente son jaunākie berriak letzte neueste
    neuste aktuelle скорашњи gần đây ბოლო אחרונות paling keri terbaru terakhir လတ်တ‌ေလာ அண்மைய সাম্প্রতিক
    derniers récents últimos ultimi ultimele ostatnie posledné poslední paskutiniai pēdējie zadnji viimased
    utolsó legutóbbi sidste seneste laatste последние последни new hồi xét các những ခု টি 개의 énggal
    nejnovější 최근 mapya آخرین najnoviji nye يېقىنقى najnovejši أحدث o chionn ghoirid an دوا diweddar නවතම
    värsked
";

/// What joins them to the title of the entry.
const ABOUT: &str = "
    to on for about of in zu auf über à sur pour en a sobre su al til till op bij na do ke te ri på на к до
    над στο על على artikkeliin rakstam neng に へ への に対する 에 için 有 ที่ ჩანაწერი به
";

/// What heads the form for a comment, which may stand above the others.
const INVITATIONS: &str = "leave a reply|leave a comment|leave a response|leave your comment|post a comment|add a comment|\
    add your comment|write a comment|join the discussion|join the conversation|schreibe einen kommentar|\
    kommentar schreiben|laisser un commentaire|deja un comentario|deja una respuesta|deixe um comentário|\
    lascia un commento|コメントを残す|コメントを書く|add comment|post comment|write comment|submit a comment|\
    submit comment|speak your mind|have your say|share your thoughts|what do you think|comment form|\
    your comment|leave comment|leave reply|make a comment|respond|einen kommentar schreiben|\
    hinterlasse einen kommentar|hinterlasse eine antwort|schreibe eine antwort|kommentieren|\
    ins gästebuch eintragen|ajouter un commentaire|laisser une réponse|écrire un commentaire|\
    poster un commentaire|dejar un comentario|agregar un comentario|deixar uma resposta|deixe uma resposta|\
    deixar um comentário|lascia una risposta|scrivi un commento|geef een reactie|plaats een reactie|\
    een reactie plaatsen|skriv en kommentar|lämna ett svar|legg igjen et svar|legg igjen en kommentar|\
    jätä kommentti|dodaj komentarz|napsat komentář|pridaj komentár|lasă un comentariu|lasă un răspuns|\
    szólj hozzá|yorum yapın|bir cevap yazın|оставить комментарий|добавить комментарий|напишете коментар|\
    залишити коментар|σχολιάστε|コメントする|发表评论|发表回复|發表迴響|發佈留言|댓글 남기기|أضف تعليق|כתיבת תגובה";

const NUMBERS: &str = "
    no your one two three ein eine keine kein un une aucun uno um sin een geen four five six seven eight
    nine ten zwei drei vier deux trois quatre dos tres cuatro due tre quattro uma una ett et eén één jedna
    jedan jeden egy yksi viena unu satu një μία ένα один одна одно једно едно ერთი אחת واحد یک එක් 한
    ingen inga neniu brak нет немає нема няма nenhum nenhuma nav ei nessun hay hai nincs không có
";

/// Lists of words, each in order: a page can have many thousands of headings.
struct Words {
    heads: Vec<&'static str>,
    counted: Vec<&'static str>,
    behind_entry: Vec<&'static str>,
    above_form: Vec<&'static str>,
    speaks: Vec<&'static str>,
    this: Vec<&'static str>,
    between: Vec<&'static str>,
    about: Vec<&'static str>,
    numbers: Vec<&'static str>,
    invitations: Vec<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| Words {
    heads: in_order(words(HEADS)),
    counted: in_order(words(COUNTED)),
    behind_entry: in_order(words(BEHIND_ENTRY)),
    above_form: in_order(words(ABOVE_FORM)),
    speaks: in_order(words(SPEAKS)),
    this: in_order(words(THIS)),
    between: in_order(words(BETWEEN)),
    about: in_order(words(ABOUT)),
    numbers: in_order(words(NUMBERS)),
    invitations: in_order(INVITATIONS.split('|').collect()),
});

fn words(list: &'static str) -> Vec<&'static str> {
    list.split_whitespace().collect()
}

fn in_order(mut words: Vec<&'static str>) -> Vec<&'static str> {
    order::sort(&mut words);
    words
}

pub(super) fn has(words: &[&str], word: &str) -> bool {
    words.binary_search(&word).is_ok()
}

/// The words of what stands around the title of an entry, or of a whole heading.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// Nothing of an entry.
    Alone,
    /// That they are about the page's entry.
    OfEntry,
    /// What they are about, in quotation marks.
    OfQuoted,
}

/// Whether a heading is nothing but a word for comments, their number, and the title of the entry that they are about.
/// `is_title` says whether a text is a title of the page, alone or beside the name of the site.
pub(super) fn heads_comments(text: &str, is_title: &dyn Fn(&str) -> bool) -> bool {
    if text.len() > MAX {
        return false;
    }
    let lower = crate::text::clean(text).to_lowercase();
    let is_said = match quoted(&lower) {
        Some(parts) => is_about_quoted(parts, is_title),
        None => are_words(&lower, Said::Alone),
    };
    is_said || is_about_title(&lower, is_title) && !is_title(&lower)
}

/// Whether a heading invites to write a comment.
pub(super) fn invites(text: &str) -> bool {
    is_one_of(&WORDS.invitations, text)
}

/// Whether a heading heads comments behind an entry, but perhaps a section of the author's in its text.
pub(super) fn heads_behind_entry(text: &str) -> bool {
    is_one_of(&WORDS.behind_entry, text) || invites(text)
}

/// Whether a heading heads comments if a reader can write one below.
pub(super) fn heads_above_form(text: &str) -> bool {
    is_one_of(&WORDS.above_form, text)
}

/// Whether a line has a word for comments with their number, or says that they are on this entry, whatever else it says.
pub(super) fn speaks_of_comments(line: &str) -> bool {
    let lower = line.to_lowercase();
    let is_said = is_counted(&lower)
        || words_of(&lower).any(|word| has(&WORDS.this, word))
        || lower.contains("この");
    // Without spaces between words, the word may stand anywhere.
    let is_spaced = |word: &str| word.starts_with(|letter| letter < '\u{e00}');
    let is_word = |word: &str| {
        has(&WORDS.speaks, word) || has(&WORDS.heads, word) || has(&WORDS.counted, word)
    };
    let mut unspaced = WORDS.heads.iter().filter(|word| !is_spaced(word));
    PHRASES.iter().any(|phrase| lower.contains(phrase))
        || is_said && (words_of(&lower).any(is_word) || unspaced.any(|word| lower.contains(word)))
}

fn is_one_of(words: &[&str], text: &str) -> bool {
    let text = bare(text);
    !text.is_empty() && text.len() <= MAX && has(words, &text.to_lowercase())
}

/// A text without what is no letter around it.
pub(super) fn bare(text: &str) -> &str {
    text.trim_matches(|character: char| !character.is_alphabetic())
}

/// What stands before quotation marks, between them, and behind them.
fn quoted(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once(['“', '"', '«', '„', '‘', '「', '『', '”'])?;
    let (title, after) = rest.rsplit_once(['”', '"', '»', '“', '’', '」', '』'])?;
    Some((before.trim(), title.trim(), after.trim()))
}

/// Whether a heading says so of what is in quotation marks: “3 comments on ‘Cats’”.
fn is_about_quoted(
    (before, title, after): (&str, &str, &str),
    is_title: &dyn Fn(&str) -> bool,
) -> bool {
    let said = if is_title(title) {
        Said::OfEntry
    } else {
        Said::OfQuoted
    };
    are_words(before, said) && after.is_empty() || are_words(after, said) && before.is_empty()
}

/// Whether a heading says so of a title without quotation marks: “3 comments on A title”, “A title: 3 comments”.
fn is_about_title(text: &str, is_title: &dyn Fn(&str) -> bool) -> bool {
    let is_said =
        |head: &str, title: &str| are_words(head, Said::OfEntry) && is_title(title.trim());
    let behind = text
        .split(' ')
        .find(|word| has(&WORDS.about, word))
        .and_then(|word| text.split_once(&format!(" {word} ")));
    let before = text.rsplit_once([':', '：', '|', '–', '—']);
    behind.is_some_and(|(head, title)| is_said(head, title))
        || before.is_some_and(|(title, head)| is_said(head, title))
}

/// Whether a text has nothing but words for comments, one of them at least, and what may stand beside them.
fn are_words(text: &str, said: Said) -> bool {
    let counted = is_counted(text);
    let mut heads = false;
    for word in words_of(text) {
        let is_head = has(&WORDS.heads, word) || (counted && has(&WORDS.counted, word));
        let is_about = said != Said::Alone && has(&WORDS.about, word);
        if !is_head && !is_about && !has(&WORDS.numbers, word) && !has(&WORDS.between, word) {
            return false;
        }
        heads |= is_head;
    }
    heads && !text.contains(['?', '？']) && (said != Said::OfQuoted || counted)
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let of_word = |character: char| {
        character.is_alphabetic()
            || matches!(character, '\u{200C}' | '\u{200D}')
            || is_combining_mark(character)
    };
    text.split(move |character: char| !of_word(character))
        // Of pictures, too, there are joined and marked ones.
        .filter(|word| word.contains(char::is_alphabetic))
}

/// Whether a text has a number, or a word for one.
fn is_counted(text: &str) -> bool {
    text.chars().any(char::is_numeric) || words_of(text).any(|word| has(&WORDS.numbers, word))
}

#[cfg(test)]
mod tests {
    fn heads_comments(text: &str) -> bool {
        let titles = ["a title", "the comments", "notes on cats", "the “best” cat"];
        super::heads_comments(text, &|title| titles.contains(&title))
    }

    #[test]
    fn f4_a_heading_that_is_a_word_for_comments_heads_them() {
        for heading in [
            "Comments",
            " COMMENTS: ",
            "Comments (3)",
            "3 Comments",
            "3 comments so far",
            "[12] Comments",
            "One Comment",
            "No comments",
            "1 comment",
            "3 responses",
            "Responses",
            "1 Reply",
            "2 reactions",
            "1,234 Comments",
            "Comments & Trackbacks",
            "Comments and responses (5)",
            "Recent comments",
            "3 Responses to “Why cats sleep”",
            "One thought on \"Why cats sleep\"",
            "4 thoughts on “It’s ‘fine’”",
            "Kommentare",
            "2 Kommentare",
            "Ein Kommentar",
            "Kommentare und Trackbacks",
            "3 Antworten zu „Katzen“",
            "Commentaires",
            "1 commentaire",
            "3 réponses à « Les chats »",
            "Comentarios (7)",
            "Un comentario",
            "Commenti",
            "Reacties (2)",
            "3 комментария",
            "Комментарии",
            "コメント",
            "コメント (3)",
            "3件のコメント",
            "3 件のコメント",
            "评论",
            "3 条评论",
            "댓글 3개",
            "댓글",
            "تعليقات",
            "4 תגובות",
            "Comments #",
            "💬 Comments",
            "✉️ Comments",
            "👩‍💻 3 comments",
            "Guestbook",
            "Your thoughts",
            "No comments yet, 1 pingback",
            "Reader comments (3)",
            "User comments",
            "Visitor comments",
            "Comments by readers",
            "Comments are closed",
            "Comments on “A title”",
            "Comments on \"A title\"",
            "Comments for A title",
            "3 comments on A title",
            "One Response to A title",
            "One thought on A title",
            "A title: 3 comments",
            "A title – Comments",
            "3 comments on\n   A title",
            "Notes on cats: 3 comments",
            "Comments on Notes on cats",
            "3 comments on The “best” cat",
            "The “best” cat | Comments",
            "Eine Antwort auf „A title“",
            "Eine Antwort auf „Katzen“",
            "Ein Kommentar zu A title",
            "3 commentaires pour « A title »",
            "Une réponse à « Les chats »",
            "「A title」への3件のフィードバック",
            "「猫」への1件のフィードバック",
            "Kommentarer til “A title”",
            "Kommentarer till A title",
            "Una respuesta a “Los gatos”",
            "2 comentarios en “A title”",
            "Un commento su “I gatti”",
            "Uma resposta a “Os gatos”",
            "Jedna odpowiedź na „Koty”",
            "2 odpowiedzi na „Koty”",
            "5 reacties op “Katten”",
            "Один комментарий на «Кошки»",
            "“고양이”에 1개의 응답",
            "“Kediler” için 3 cevap",
            "“貓” 有 2 則迴響",
            "3 条回应：“猫”",
            "2 תגובות על “חתולים”",
            "3 svar till ”Katter”",
        ] {
            assert!(heads_comments(heading), "{heading}");
        }
    }

    #[test]
    fn a_heading_that_says_more_heads_an_entry() {
        for heading in [
            "",
            "3",
            "Comments on the election",
            "My comments",
            "Comments? No thanks",
            "Comments?",
            "Why I closed comments",
            "Comment",
            "A comment",
            "Reply",
            "Response",
            "Reactions",
            "Thoughts",
            "Thoughts on “Inception”",
            "Responses to “The critics”",
            "3 comments on the election",
            "Three thoughts about cats",
            "2 commentaries",
            "Kommentar",
            "Kommentar: Katzen",
            "Discussion",
            "Mentions",
            "and",
            "So far",
            "コメントについて",
            "评论家",
            "The responses of 12 critics",
            "Comments on “Inception”",
            "Comments for another title",
            "Another title: 3 comments",
            "3 comments on A title that is longer",
            "Thoughts on A title",
            "Thoughts on “A title”",
            "The comments",
            "A title: the comments",
            "Reader",
            "3 readers",
            "A title",
            "“A title”",
            "“3 comments”",
            "I wrote 3 “comments” yesterday",
            "Comments are what readers want",
            "Closed",
            "Bemerkungen",
            "Feedback",
        ] {
            assert!(!heads_comments(heading), "{heading}");
        }
        assert!(!heads_comments(&"comments ".repeat(50)));
    }
}
