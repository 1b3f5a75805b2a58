//! The sentences that readers and pingers see, in each language. Pure.
//!
//! The owner's pages, the command line, and the replies of the protocols are English.

use jiff::Zoned;

use crate::enum_table::enum_table;
use crate::error::Refusal;

enum_table! {
    /// A language of the pages for readers: its code, the form of a date, and that of a date with the time. In both, `{0}`
    /// is the day, `{1}` the month, `{2}` the year, and `{3}` the time.
    pub enum Language: (&'static str, &'static str) {
        English = ("en", "{0} {1} {2}", "{0} {1} {2}, {3}"),
        Japanese = ("ja", "{2}年{1}{0}日", "{2}年{1}{0}日 {3}"),
        German = ("de", "{0}. {1} {2}", "{0}. {1} {2}, {3}"),
        French = ("fr", "{0} {1} {2}", "{0} {1} {2} à {3}"),
        Spanish = ("es", "{0} de {1} de {2}", "{0} de {1} de {2}, {3}"),
    }
}

enum_table! {
    /// A sentence: its name, and its wording in the order of [`Language::ALL`], separated by `|`. `{0}` and `{1}` stand for
    /// values.
    pub enum Sentence: (&'static str) {
        Months = ("months", "January February March April May June July August September October November December|1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月|Januar Februar März April Mai Juni Juli August September Oktober November Dezember|janvier février mars avril mai juin juillet août septembre octobre novembre décembre|enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
        // Lists of pings.
        OnePing = ("one-ping", "1 ping|ピング1件|1 Ping|1 ping|1 ping"),
        PingCount = ("ping-count", "{0} pings|ピング{0}件|{0} Pings|{0} pings|{0} pings"),
        NoPings = ("no-pings", "No pings yet.|ピングはまだありません。|Noch keine Pings.|Aucun ping pour l’instant.|Todavía no hay pings."),
        NoMorePings = ("no-more-pings", "No more pings.|これ以上ピングはありません。|Keine weiteren Pings.|Pas d’autre ping.|No hay más pings."),
        NoTrackbacks = ("no-trackbacks", "No TrackBacks yet.|トラックバックはまだありません。|Noch keine TrackBacks.|Aucun rétrolien pour l’instant.|Todavía no hay TrackBacks."),
        TrackbacksFor = ("trackbacks-for", "TrackBacks for {0}|{0} へのトラックバック|TrackBacks zu {0}|Rétroliens vers {0}|TrackBacks para {0}"),
        Trackbacks = ("trackbacks", "TrackBacks|トラックバック|TrackBacks|Rétroliens|TrackBacks"),
        ReceivedFor = ("received-for", "TrackBack pings that {0} received for {1}|{0} が {1} について受け取ったトラックバック|TrackBack-Pings, die {0} zu {1} erhalten hat|Les rétroliens que {0} a reçus pour {1}|Los TrackBacks que {0} recibió para {1}"),
        NewestReceived = ("newest-received", "The newest TrackBack pings that {0} received|{0} が受け取った最新のトラックバック|Die neuesten TrackBack-Pings, die {0} erhalten hat|Les derniers rétroliens que {0} a reçus|Los TrackBacks más recientes que recibió {0}"),
        PingUrl = ("ping-url", "TrackBack URL for this entry:|この記事のトラックバックURL:|TrackBack-URL dieses Eintrags:|URL de rétrolien de ce billet :|URL de TrackBack de esta entrada:"),
        TrackbackUrl = ("trackback-url", "TrackBack URL|トラックバックURL|TrackBack-URL|URL de rétrolien|URL de TrackBack"),
        PrivateUrl = ("private-url", "This entry accepts pings at a private URL, which its owner gives out.|この記事は、所有者が知らせる非公開のURLでのみピングを受け付けます。|Dieser Eintrag nimmt Pings an einer nicht öffentlichen URL an, die sein Besitzer weitergibt.|Ce billet accepte les pings à une URL privée, que son propriétaire communique.|Esta entrada acepta pings en una URL privada, que facilita su propietario."),
        Tracked = ("tracked", "Tracked:|受信:|Eingegangen:|Reçu le|Recibido:"),
        From = ("from", "from|–|von|de|de"),
        On = ("on", "on|記事:|zu|sur|en"),
        Entry = ("entry", "The entry|記事|Zum Eintrag|Le billet|La entrada"),
        Feeds = ("feeds", "Feeds:|フィード:|Feeds:|Flux :|Canales:"),
        Pages = ("pages", "Pages|ページ|Seiten|Pages|Páginas"),
        Newer = ("newer", "Newer|新しいピング|Neuere|Plus récents|Más recientes"),
        Older = ("older", "Older|古いピング|Ältere|Plus anciens|Más antiguos"),
        LogInToDelete = ("log-in-to-delete", "Is this your site? Log in to delete pings.|このサイトの所有者ですか? ログインするとピングを削除できます。|Ist das Ihre Website? Melden Sie sich an, um Pings zu löschen.|C’est votre site ? Connectez-vous pour supprimer des pings.|¿Es su sitio? Inicie sesión para borrar pings."),
        LogIn = ("log-in", "Is this your site? Log in.|このサイトの所有者ですか? ログイン|Ist das Ihre Website? Anmelden.|C’est votre site ? Connectez-vous.|¿Es su sitio? Inicie sesión."),
        // Reactions.
        OneMention = ("mention", "mention|言及|Erwähnung|mention|mención"),
        Reply = ("reply", "reply|返信|Antwort|réponse|respuesta"),
        OneLike = ("one-like", "1 like|いいね1件|1 Like|1 j’aime|1 me gusta"),
        LikeCount = ("like-count", "{0} likes|いいね{0}件|{0} Likes|{0} j’aime|{0} me gusta"),
        OneRepost = ("one-repost", "1 repost|リポスト1件|1 Repost|1 partage|1 republicación"),
        RepostCount = ("repost-count", "{0} reposts|リポスト{0}件|{0} Reposts|{0} partages|{0} republicaciones"),
        OneBookmark = ("one-bookmark", "1 bookmark|ブックマーク1件|1 Lesezeichen|1 signet|1 marcador"),
        BookmarkCount = ("bookmark-count", "{0} bookmarks|ブックマーク{0}件|{0} Lesezeichen|{0} signets|{0} marcadores"),
        OneRsvp = ("one-rsvp", "1 RSVP|出欠の回答1件|1 Rückmeldung|1 réponse à l’invitation|1 respuesta a la invitación"),
        RsvpCount = ("rsvp-count", "{0} RSVPs|出欠の回答{0}件|{0} Rückmeldungen|{0} réponses à l’invitation|{0} respuestas a la invitación"),
        Named = ("named", "{0}: {1}|{0}: {1}|{0}: {1}|{0} : {1}|{0}: {1}"),
        RsvpYes = ("rsvp-yes", "yes|参加|ja|oui|sí"),
        RsvpNo = ("rsvp-no", "no|不参加|nein|non|no"),
        RsvpMaybe = ("rsvp-maybe", "maybe|未定|vielleicht|peut-être|quizás"),
        RsvpInterested = ("rsvp-interested", "interested|興味あり|interessiert|intéressé|me interesa"),
        AndMore = ("and-more", "{0} and {1} more|{0} ほか{1}人|{0} und {1} weitere|{0} et {1} autres|{0} y {1} más"),
        // The form for readers.
        Written = ("written", "Have you written about this? Enter the address of your page:|この記事について書きましたか? あなたのページのアドレスを入力してください:|Haben Sie darüber geschrieben? Geben Sie die Adresse Ihrer Seite ein:|Vous en avez parlé ? Indiquez l’adresse de votre page :|¿Ha escrito sobre esto? Escriba la dirección de su página:"),
        Send = ("send", "Send|送信|Senden|Envoyer|Enviar"),
        ThankYou = ("thank-you", "Thank you|ありがとうございます|Vielen Dank|Merci|Gracias"),
        BeingChecked = ("being-checked", "Your page is checked now; if it links to this entry, it can be listed here.|ページを確認しています。この記事へのリンクがあれば、ここに掲載されることがあります。|Ihre Seite wird jetzt geprüft; wenn sie auf diesen Eintrag verweist, kann sie hier aufgeführt werden.|Votre page est en cours de vérification ; si elle renvoie à ce billet, elle pourra apparaître ici.|Se está comprobando su página; si enlaza a esta entrada, podrá aparecer aquí."),
        WhatWasFound = ("what-was-found", "What the check has found|確認の結果|Ergebnis der Prüfung|Résultat de la vérification|Resultado de la comprobación"),
        BackToList = ("back-to-list", "Back to the list|一覧に戻る|Zurück zur Liste|Retour à la liste|Volver a la lista"),
        Queued = ("queued", "The page has not been checked yet.|ページはまだ確認されていません。|Die Seite ist noch nicht geprüft worden.|La page n’a pas encore été vérifiée.|La página aún no se ha comprobado."),
        Verified = ("verified", "The page links to the entry.|ページに記事へのリンクがあります。|Die Seite verweist auf den Eintrag.|La page renvoie au billet.|La página enlaza a la entrada."),
        NoLink = ("no-link", "The page does not link to the entry.|ページに記事へのリンクがありません。|Die Seite verweist nicht auf den Eintrag.|La page ne renvoie pas au billet.|La página no enlaza a la entrada."),
        Unreachable = ("unreachable", "The page could not be read.|ページを読み込めませんでした。|Die Seite konnte nicht gelesen werden.|La page n’a pas pu être lue.|No se pudo leer la página."),
        Gone = ("gone", "The page does not exist any more.|ページはもう存在しません。|Die Seite existiert nicht mehr.|La page n’existe plus.|La página ya no existe."),
        TooLarge = ("too-large", "The first MiB of the page does not link to the entry.|ページの最初の1 MiBに記事へのリンクがありません。|Im ersten MiB der Seite steht kein Verweis auf den Eintrag.|Le premier Mio de la page ne renvoie pas au billet.|El primer MiB de la página no enlaza a la entrada."),
        // The start page.
        Invitation = ("invitation", "Have you written about an entry of {0}? Send it a ping, and a link to what you wrote is listed with it.|{0} の記事について書きましたか? ピングを送ると、あなたの記事へのリンクが掲載されます。|Haben Sie über einen Eintrag von {0} geschrieben? Senden Sie ihm einen Ping, dann wird dort auf Ihren Text verwiesen.|Vous avez parlé d’un billet de {0} ? Envoyez-lui un ping, et un lien vers votre texte y sera affiché.|¿Ha escrito sobre una entrada de {0}? Envíele un ping y se mostrará allí un enlace a su texto."),
        HowToPing = ("how-to-ping", "How to ping|ピングの送り方|So senden Sie einen Ping|Comment envoyer un ping|Cómo enviar un ping"),
        PublicPingUrls = ("public-ping-urls", "Each entry has a ping URL, which most weblog software finds by itself. By hand, POST these fields to it:|各記事にはピングURLがあり、多くのブログソフトは自動で見つけます。手動では、次の項目をPOSTしてください:|Jeder Eintrag hat eine Ping-URL, die die meiste Weblog-Software selbst findet. Von Hand senden Sie diese Felder per POST:|Chaque billet a une URL de ping, que la plupart des logiciels de blog trouvent seuls. À la main, envoyez-lui ces champs par POST :|Cada entrada tiene una URL de ping, que la mayoría de los programas de blog encuentra sola. A mano, envíele estos campos por POST:"),
        PrivatePingUrls = ("private-ping-urls", "The entries accept pings at private URLs, which the owner of this site gives out. POST these fields to one:|記事は、サイトの所有者が知らせる非公開のURLでピングを受け付けます。次の項目をPOSTしてください:|Die Einträge nehmen Pings an nicht öffentlichen URLs an, die der Besitzer dieser Website weitergibt. Senden Sie diese Felder per POST:|Les billets acceptent les pings à des URL privées, que le propriétaire du site communique. Envoyez-y ces champs par POST :|Las entradas aceptan pings en URL privadas, que facilita el propietario del sitio. Envíe estos campos por POST:"),
        FieldUrl = ("field-url", "the address of your entry (required)|あなたの記事のアドレス (必須)|die Adresse Ihres Eintrags (erforderlich)|l’adresse de votre billet (obligatoire)|la dirección de su entrada (obligatorio)"),
        FieldTitle = ("field-title", "its title|記事の題名|sein Titel|son titre|su título"),
        FieldExcerpt = ("field-excerpt", "a short extract|短い抜粋|ein kurzer Auszug|un court extrait|un extracto breve"),
        FieldBlogName = ("field-blog-name", "the name of your weblog|あなたのブログの名前|der Name Ihres Weblogs|le nom de votre blog|el nombre de su blog"),
        Example = ("example", "Example|例|Beispiel|Exemple|Ejemplo"),
        ExampleTitle = ("example-title", "What I think of it|私の意見|Was ich davon halte|Ce que j’en pense|Lo que opino"),
        ExampleExcerpt = ("example-excerpt", "It is true, and yet …|確かにそうですが…|Das stimmt, und doch …|C’est vrai, et pourtant …|Es cierto, y sin embargo …"),
        ExampleBlogName = ("example-blog-name", "My weblog|私のブログ|Mein Weblog|Mon blog|Mi blog"),
        AllCategories = ("all-categories", "All categories that accept pings|ピングを受け付けるすべてのカテゴリー|Alle Kategorien, die Pings annehmen|Toutes les catégories qui acceptent les pings|Todas las categorías que aceptan pings"),
        NewestPings = ("newest-pings", "Newest pings|最新のピング|Neueste Pings|Derniers pings|Pings más recientes"),
        NoCategories = ("no-categories", "There are no public categories.|公開のカテゴリーはありません。|Es gibt keine öffentlichen Kategorien.|Il n’y a pas de catégorie publique.|No hay categorías públicas."),
        NoMoreCategories = ("no-more-categories", "No more categories.|これ以上カテゴリーはありません。|Keine weiteren Kategorien.|Pas d’autre catégorie.|No hay más categorías."),
        Back = ("back", "Back|前へ|Zurück|Précédent|Anterior"),
        More = ("more", "More|次へ|Weiter|Suivant|Siguiente"),
        RssOf = ("rss-of", "RSS of {0}|{0} のRSS|RSS von {0}|RSS de {0}|RSS de {0}"),
        // Discussions.
        Discussion = ("discussion", "Discussion|議論|Diskussion|Discussion|Debate"),
        DiscussionOf = ("discussion-of", "Discussion of {0}|{0} についての議論|Diskussion zu {0}|Discussion de {0}|Debate sobre {0}"),
        FollowedOn = ("followed-on", "Followed from weblog to weblog on|ブログをたどった日:|Von Weblog zu Weblog verfolgt am|Suivie de blog en blog le|Seguido de blog en blog el"),
        NotFollowed = ("not-followed", "This discussion has not been followed yet.|この議論はまだたどられていません。|Diese Diskussion ist noch nicht verfolgt worden.|Cette discussion n’a pas encore été suivie.|Este debate aún no se ha seguido."),
        ShownElsewhere = ("shown-elsewhere", "shown elsewhere|別の場所に表示|an anderer Stelle gezeigt|affiché ailleurs|mostrado en otro lugar"),
        AllPings = ("all-pings", "All pings for this entry|この記事へのすべてのピング|Alle Pings zu diesem Eintrag|Tous les pings de ce billet|Todos los pings de esta entrada"),
        HasMore = ("has-more", "has more pings than are shown|ほかにもピングがあります|hat mehr Pings, als hier gezeigt werden|a plus de pings que ceux affichés ici|tiene más pings de los que se muestran"),
        AcceptsNone = ("accepts-none", "accepts no pings|ピングを受け付けません|nimmt keine Pings an|n’accepte pas de pings|no acepta pings"),
        HasNoList = ("has-no-list", "has no public list of pings|ピングの公開一覧がありません|hat keine öffentliche Liste der Pings|n’a pas de liste publique de pings|no tiene una lista pública de pings"),
        CannotBeRead = ("cannot-be-read", "unreachable|読み込めません|nicht erreichbar|inaccessible|inaccesible"),
        TooManyPages = ("too-many-pages", "not fetched: too many pages|ページが多すぎるため未取得|nicht abgerufen: zu viele Seiten|non lu : trop de pages|no se leyó: demasiadas páginas"),
        // The form for webmentions.
        SendWebmention = ("send-webmention", "Send a webmention|Webmentionを送る|Eine Webmention senden|Envoyer une webmention|Enviar una webmention"),
        WebmentionHelp = ("webmention-help", "If you have written about a page of {0} and link to it, enter the URL of your page. It is checked, and shown there if it links to that page.|{0} のページについて書き、リンクした場合は、あなたのページのURLを入力してください。確認のうえ、リンクがあれば掲載されます。|Wenn Sie über eine Seite von {0} geschrieben haben und auf sie verweisen, geben Sie die URL Ihrer Seite ein. Sie wird geprüft und dort gezeigt, wenn sie auf jene Seite verweist.|Si vous avez parlé d’une page de {0} avec un lien vers elle, indiquez l’URL de votre page. Elle sera vérifiée, puis affichée ici si elle contient ce lien.|Si ha escrito sobre una página de {0} y la enlaza, escriba la URL de su página. Se comprueba y se muestra allí si contiene el enlace."),
        YourPage = ("your-page", "Your page|あなたのページ|Ihre Seite|Votre page|Su página"),
        LinkedPage = ("linked-page", "The page that it links to|リンク先のページ|Die Seite, auf die sie verweist|La page vers laquelle elle renvoie|La página a la que enlaza"),
        WebmentionAccepted = ("webmention-accepted", "The webmention was accepted; its page will be checked.|Webmentionを受け付けました。ページを確認します。|Die Webmention wurde angenommen; ihre Seite wird geprüft.|La webmention est acceptée ; sa page sera vérifiée.|Se aceptó la webmention; se comprobará su página."),
        WebmentionStatus = ("webmention-status", "Status of this webmention|このWebmentionの状態|Stand dieser Webmention|État de cette webmention|Estado de esta webmention"),
        // Errors.
        Problem = ("problem", "Error|エラー|Fehler|Erreur|Error"),
        NotAnEntry = ("not-an-entry", "The address of the entry is not valid.|記事のアドレスが正しくありません。|Die Adresse des Eintrags ist ungültig.|L’adresse du billet n’est pas valable.|La dirección de la entrada no es válida."),
        NotAPage = ("not-a-page", "Enter the address of your page, which begins with https:// or http:// and has at most 2048 bytes.|https:// または http:// で始まる、2048バイト以内のページのアドレスを入力してください。|Geben Sie die Adresse Ihrer Seite ein; sie beginnt mit https:// oder http:// und hat höchstens 2048 Bytes.|Indiquez l’adresse de votre page, qui commence par https:// ou http:// et compte au plus 2048 octets.|Escriba la dirección de su página, que empieza por https:// o http:// y tiene como máximo 2048 bytes."),
        NotUnderstood = ("not-understood", "The request could not be processed.|このリクエストは処理できません。|Diese Anfrage kann nicht bearbeitet werden.|Cette requête ne peut pas être traitée.|Esta petición no se puede procesar."),
        NotAccepted = ("not-accepted", "Pings from there are not accepted.|そこからのピングは受け付けていません。|Pings von dort werden nicht angenommen.|Les pings provenant de cette adresse ne sont pas acceptés.|No se aceptan pings desde allí."),
        TooMany = ("too-many", "Too many pings; try again later.|ピングが多すぎます。しばらくしてからもう一度お試しください。|Zu viele Pings; versuchen Sie es später noch einmal.|Trop de pings ; réessayez plus tard.|Demasiados pings; inténtelo más tarde."),
        NoSuchEntry = ("no-such-entry", "There is no such entry.|その記事はありません。|Diesen Eintrag gibt es nicht.|Ce billet n’existe pas.|Esa entrada no existe."),
        EntryClosed = ("entry-closed", "That entry accepts no more pings.|その記事はもうピングを受け付けていません。|Dieser Eintrag nimmt keine Pings mehr an.|Ce billet n’accepte plus de pings.|Esa entrada ya no acepta pings."),
        Removed = ("removed", "The owner of this site has removed the ping from that URL.|このサイトの所有者がそのURLからのピングを削除しました。|Der Besitzer dieser Website hat den Ping von dieser URL entfernt.|Le propriétaire de ce site a retiré le ping de cette URL.|El propietario de este sitio ha retirado el ping de esa URL."),
        NoSuchPing = ("no-such-ping", "There is no such ping.|そのピングはありません。|Diesen Ping gibt es nicht.|Ce ping n’existe pas.|Ese ping no existe."),
        NotReceived = ("not-received", "This site does not accept that.|このサイトでは受け付けていません。|Das nimmt diese Website nicht an.|Ce site ne l’accepte pas.|Este sitio no lo acepta."),
        OwnPage = ("own-page", "That page is on this site; enter the page that you have written.|そのページはこのサイトのものです。あなたが書いたページを入力してください。|Diese Seite gehört zu dieser Website; geben Sie die Seite ein, die Sie geschrieben haben.|Cette page est sur ce site ; indiquez la page que vous avez écrite.|Esa página es de este sitio; escriba la página que usted ha escrito."),
        NotPublic = ("not-public", "That page is not on a public host.|そのページは公開のホストにありません。|Diese Seite liegt nicht auf einem öffentlichen Host.|Cette page n’est pas sur un hôte public.|Esa página no está en un servidor público."),
        SamePage = ("same-page", "Both addresses are the same page.|両方のアドレスが同じページです。|Beide Adressen sind dieselbe Seite.|Les deux adresses désignent la même page.|Las dos direcciones son la misma página."),
        WrongTarget = ("wrong-target", "The target is not a page of this site that accepts webmentions.|リンク先はWebmentionを受け付けるこのサイトのページではありません。|Das Ziel ist keine Seite dieser Website, die Webmentions annimmt.|La cible n’est pas une page de ce site qui accepte les webmentions.|El destino no es una página de este sitio que acepte webmentions."),
        PageMissing = ("page-missing", "This page does not exist.|このページは存在しません。|Diese Seite gibt es nicht.|Cette page n’existe pas.|Esta página no existe."),
        OneHost = ("one-host", "A request must name one host.|リクエストはホストを1つ指定しなければなりません。|Eine Anfrage muss genau einen Host nennen.|Une requête doit nommer un seul hôte.|Una petición debe nombrar un solo servidor."),
        Unavailable = ("unavailable", "This does not work at the moment; try again later.|現在利用できません。しばらくしてからもう一度お試しください。|Das ist im Moment nicht möglich; versuchen Sie es später noch einmal.|Ce n’est pas possible pour le moment ; réessayez plus tard.|No es posible en este momento; inténtelo más tarde."),
    }
}

#[allow(clippy::derivable_impls, reason = "the macro declares the enum")]
impl Default for Language {
    fn default() -> Language {
        Language::English
    }
}

impl Language {
    /// The language of a code, such as `de` or `de-AT`; `None` if there are no sentences in it.
    pub fn of_code(code: &str) -> Option<Language> {
        let primary = code.trim().split(['-', '_']).next()?;
        let mut all = Language::ALL.iter();
        all.find(|language| language.name().eq_ignore_ascii_case(primary))
            .copied()
    }

    /// A sentence.
    pub fn say(self, sentence: Sentence) -> &'static str {
        let place = Language::ALL.iter().position(|language| *language == self);
        let mut wordings = sentence.row().0.split('|');
        wordings.nth(place.unwrap_or_default()).unwrap_or_default()
    }

    /// A sentence with its values.
    pub fn fill(self, sentence: Sentence, values: &[&str]) -> String {
        filled(self.say(sentence), values)
    }

    /// A sentence about one, or one about another number.
    pub fn count(self, (one, many): (Sentence, Sentence), count: u64) -> String {
        match count {
            1 => self.say(one).to_owned(),
            _ => self.fill(many, &[&count.to_string()]),
        }
    }

    /// What parts the names of a list.
    pub fn comma(self) -> &'static str {
        match self {
            Language::Japanese => "、",
            Language::English | Language::German | Language::French | Language::Spanish => ", ",
        }
    }

    /// The number of pings.
    pub fn ping_count(self, count: u64) -> String {
        self.count((Sentence::OnePing, Sentence::PingCount), count)
    }

    /// A date for people.
    pub fn date(self, time: &Zoned) -> String {
        self.written(self.row().0, time)
    }

    /// A date with the time.
    pub fn date_and_time(self, time: &Zoned) -> String {
        self.written(self.row().1, time)
    }

    fn written(self, form: &str, time: &Zoned) -> String {
        let mut months = self.say(Sentence::Months).split(' ');
        let month = usize::try_from(time.month()).unwrap_or_default();
        let month = months.nth(month.saturating_sub(1)).unwrap_or_default();
        let day = match (self, time.day()) {
            (Language::French, 1) => "1er".to_owned(),
            (_, day) => day.to_string(),
        };
        let year = time.year().to_string();
        let clock = format!("{:02}:{:02}", time.hour(), time.minute());
        filled(form, &[&day, month, &year, &clock])
    }

    /// The message about a refusal. `None` if only the owner can see it.
    pub fn refusal(self, refusal: Refusal) -> Option<&'static str> {
        Some(match (self, sentence_of(refusal)?) {
            // No form of a page is refused so; whoever writes a program is helped by the details.
            (Language::English, Sentence::NotUnderstood) => refusal.message(),
            (_, sentence) => self.say(sentence),
        })
    }
}

/// The values are put in from left to right, so that none is taken for a placeholder.
fn filled(wording: &str, values: &[&str]) -> String {
    let mut out = String::new();
    let mut rest = wording;
    while let Some((before, behind)) = rest.split_once('{') {
        let (number, behind) = behind.split_once('}').unwrap_or_default();
        let value = number.parse().ok().and_then(|at: usize| values.get(at));
        out.push_str(before);
        out.push_str(value.copied().unwrap_or_default());
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The sentence about a refusal that a reader or a pinger can get; `None` for those of the owner's pages.
fn sentence_of(refusal: Refusal) -> Option<Sentence> {
    Some(match refusal {
        Refusal::NoTbId | Refusal::BadTbId | Refusal::TbIdTooLong | Refusal::TbIdsDiffer => {
            Sentence::NotAnEntry
        }
        Refusal::NoUrl | Refusal::BadUrl | Refusal::UrlTooLong | Refusal::InvalidSource => {
            Sentence::NotAPage
        }
        Refusal::WrongContentType
        | Refusal::EncodedBody
        | Refusal::BadContentLength
        | Refusal::BodyTooLarge
        | Refusal::BodyCutShort
        | Refusal::BodyTimeout
        | Refusal::TooManyFields
        | Refusal::NotAPingback
        | Refusal::UnknownCharset
        | Refusal::PingByGet
        | Refusal::MethodNotAllowed
        | Refusal::UnknownMode
        | Refusal::UnknownAction => Sentence::NotUnderstood,
        Refusal::Banned => Sentence::NotAccepted,
        Refusal::Throttled | Refusal::TooManyIds | Refusal::QueueFull => Sentence::TooMany,
        Refusal::UnknownId => Sentence::NoSuchEntry,
        Refusal::Closed => Sentence::EntryClosed,
        Refusal::WrongPassphrase | Refusal::PingUrlExpired => Sentence::PrivateUrl,
        Refusal::Withdrawn => Sentence::Removed,
        Refusal::NoSuchPing => Sentence::NoSuchPing,
        Refusal::ProtocolOff | Refusal::FormOff => Sentence::NotReceived,
        Refusal::OwnPage => Sentence::OwnPage,
        Refusal::NotPublic => Sentence::NotPublic,
        Refusal::SameUrl => Sentence::SamePage,
        Refusal::InvalidTarget | Refusal::TargetNotFound => Sentence::WrongTarget,
        Refusal::Changed
        | Refusal::NotLoggedIn
        | Refusal::BadToken
        | Refusal::WrongPassword
        | Refusal::TooManyLogins
        | Refusal::BadLink
        | Refusal::LinkExpired
        | Refusal::Settled
        | Refusal::TooManyAttempts
        | Refusal::NoPassword
        | Refusal::NoPingUrl
        | Refusal::NothingDiscovered => return None,
    })
}

/// The language that the header of a page declares: the value of `lang` on its `<html>`.
pub fn declared(header: &str) -> Option<&str> {
    split_at_lang(header)?.1
}

/// The header with this language declared on its `<html>`. A variant such as `de-AT` stays.
pub fn declare(header: &str, language: Language) -> String {
    match split_at_lang(header) {
        Some((_, Some(declared), _)) if Language::of_code(declared) == Some(language) => {
            header.to_owned()
        }
        Some((before, Some(_), behind)) => [before, language.name(), behind].concat(),
        Some((before, None, behind)) => {
            [before, " lang=\"", language.name(), "\"", behind].concat()
        }
        None => header.to_owned(),
    }
}

/// Where the attributes of `<html>` begin, outside of comments.
fn html_tag(header: &str) -> Option<usize> {
    const NAME: &str = "<html";
    let mut from = 0;
    loop {
        let at = from + header.get(from..)?.find('<')?;
        let rest = header.get(at..)?;
        let is_html = rest.get(..NAME.len())?.eq_ignore_ascii_case(NAME);
        let ends = |next: char| next.is_ascii_whitespace() || matches!(next, '>' | '/');
        from = match rest.strip_prefix("<!--") {
            Some(comment) => header.len() - comment.len() + comment.find("-->")?,
            None if is_html && rest.get(NAME.len()..)?.starts_with(ends) => {
                return Some(at + NAME.len());
            }
            None => at + 1,
        };
    }
}

/// What is before, in and behind the value of `lang` on `<html>`. Without the attribute, where it can stand.
fn split_at_lang(header: &str) -> Option<(&str, Option<&str>, &str)> {
    let begin = html_tag(header)?;
    let tag = header.get(begin..)?.split_once('>')?.0;
    let tag = tag.to_ascii_lowercase();
    let value = tag.match_indices("lang").find_map(|(at, word)| {
        let is_name = tag.get(..at)?.ends_with(|c: char| c.is_ascii_whitespace());
        let rest = tag.get(at + word.len()..)?.trim_start();
        let rest = rest.strip_prefix('=').filter(|_| is_name)?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let value = match quote {
            Some(quote) => rest.get(1..)?.split(quote).next()?,
            None => rest.split(|c: char| c.is_ascii_whitespace()).next()?,
        };
        let from = begin + tag.len() - rest.len() + usize::from(quote.is_some());
        Some((from, from + value.len()))
    });
    match value {
        Some((from, to)) => Some((header.get(..from)?, header.get(from..to), header.get(to..)?)),
        None => Some((header.get(..begin)?, None, header.get(begin..)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(wording: &str) -> Vec<&str> {
        let mut found: Vec<&str> = wording
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(number, _)| number)
            .collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn every_sentence_is_whole_in_every_language() {
        for sentence in Sentence::ALL {
            let wordings: Vec<&str> = sentence.row().0.split('|').collect();
            assert_eq!(wordings.len(), Language::ALL.len(), "{}", sentence.name());
            for wording in &wordings {
                assert_eq!(
                    placeholders(wording),
                    placeholders(wordings[0]),
                    "{}",
                    sentence.name()
                );
                assert!(!wording.trim().is_empty() && *wording == wording.trim());
                assert!(!wording.contains(['<', '>', '&', '"', '\'']), "{wording}");
            }
        }
        for language in Language::ALL {
            assert_eq!(language.say(Sentence::Months).split(' ').count(), 12);
        }
    }

    #[test]
    fn the_form_on_html_says_the_language() {
        for (header, language) in [
            ("<html lang=\"ja\">", Some("ja")),
            (
                "<!DOCTYPE html>\n<HTML class=x LANG='de-AT'>",
                Some("de-AT"),
            ),
            ("<html lang=fr>", Some("fr")),
            ("<html lang = es data-lang=\"xx\">", Some("es")),
            ("<html xml:lang=\"de\" data-lang=\"de\">", None),
            ("<html xml:lang=\"de\" lang=\"ja\">", Some("ja")),
            ("<!-- <html lang=\"de\"> --><html lang=fr>", Some("fr")),
            ("<!-- <html lang=\"de\">", None),
            ("<htmlx lang=de><html lang=fr>", Some("fr")),
            ("<html>", None),
            ("<p lang=\"ja\">", None),
            ("<html lang=\"", None),
            ("<html lang", None),
            ("", None),
        ] {
            assert_eq!(declared(header), language, "{header}");
            let german = declare(header, Language::German);
            let is_open = header.starts_with("<!--") && !header.contains("-->");
            if header.contains('>') && header.to_lowercase().contains("<html") && !is_open {
                let expected = language
                    .filter(|code| code.starts_with("de"))
                    .unwrap_or("de");
                assert_eq!(declared(&german), Some(expected), "{german}");
            } else {
                assert_eq!(german, header);
            }
        }
    }

    #[test]
    fn dates_have_the_form_of_the_language() {
        let time: jiff::Timestamp = "2026-03-01T05:07:00Z".parse().unwrap();
        let time = time.to_zoned(jiff::tz::TimeZone::UTC);
        for (language, date, with_time) in [
            (Language::English, "1 March 2026", "1 March 2026, 05:07"),
            (Language::Japanese, "2026年3月1日", "2026年3月1日 05:07"),
            (Language::German, "1. März 2026", "1. März 2026, 05:07"),
            (Language::French, "1er mars 2026", "1er mars 2026 à 05:07"),
            (
                Language::Spanish,
                "1 de marzo de 2026",
                "1 de marzo de 2026, 05:07",
            ),
        ] {
            assert_eq!(language.date(&time), date);
            assert_eq!(language.date_and_time(&time), with_time);
        }
    }

    #[test]
    fn a_value_is_never_taken_for_a_placeholder() {
        let said = Language::English.fill(Sentence::ReceivedFor, &["{1}", "{0}"]);
        assert_eq!(said, "TrackBack pings that {1} received for {0}");
    }
}
