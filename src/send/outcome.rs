//! What a response to a ping means for its sender: whether the ping arrived, and whether it is sent again.
//!
//! | outcome | response | sent again |
//! |---|---|---|
//! | accepted | TrackBack: `<error>0</error>` with a success status; Webmention: any success status; Pingback: no fault, or 48 | never |
//! | refused | TrackBack: another `<error>` number; Webmention: any other 4xx; Pingback: another fault; an address that must not be contacted | never |
//! | later | a status or a message that says so (429, 503, `Throttled`) | not before the time it names |
//! | uncertain | sent, but no TrackBack reply | only when the user asks for it |
//! | failed | not sent, or any other error status | after 1, 6, 24 and 72 hours |
//!
//! An endpoint that answers 404, 405, 410 or 501 does not exist ([`PostResult::is_absent`]): the next protocol that the
//! page offers is used instead.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use self::phrases::{is_final, names_limit, says_later};
use crate::error::{Error, FetchError, Result};
use crate::fetch::{Page, parse_retry_after};
use crate::html::strip_markup;
use crate::linkback::Protocol;
use crate::linkback::pingback::{self, PingbackReply, fault_code};
use crate::linkback::trackback::{Reply, reply};
use crate::send::ledger::MAX_ANSWER;
use crate::send::ping_url::Endpoint;
use crate::text::{clean, crop};

/// What a response to a ping means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PingOutcome {
    /// The receiver confirmed the ping.
    Accepted,
    /// The receiver refused it for good, with the reason.
    Refused(String),
    /// The receiver accepts no more pings for now.
    Later(Limit),
    /// The ping was sent, but it is unknown whether it was accepted, with the reason.
    Uncertain(String),
    /// The ping did not arrive, with the reason.
    Failed(String),
}

/// The response of a server that accepts no more pings for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Its message, or the status.
    pub answer: String,
    /// The earliest time at which it wants another request, if it named one; at most [`MAX_RETRY_AFTER`] from now.
    pub not_before: Option<Timestamp>,
    /// The cause.
    pub cause: Overload,
}

/// Why a server accepts no more pings for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overload {
    /// It limits the rate of pings from this sender.
    Rate,
    /// It accepts none from anybody.
    Outage,
}

/// The result of posting a ping.
#[derive(Debug)]
pub struct PostResult {
    /// What the response means.
    pub outcome: PingOutcome,
    /// The URL of the last request if it is not the ping URL; without its query if the request failed.
    pub asked: Option<String>,
    /// The URL at which the receiver reports the message's status.
    pub location: Option<String>,
    /// Whether the response says that the endpoint does not exist.
    pub is_absent: bool,
}

/// The longest `Retry-After` that is obeyed.
pub const MAX_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

impl PingOutcome {
    /// The receiver's message, or what went wrong.
    pub fn answer(&self) -> Option<&str> {
        match self {
            PingOutcome::Accepted => None,
            PingOutcome::Refused(answer)
            | PingOutcome::Uncertain(answer)
            | PingOutcome::Failed(answer) => Some(answer),
            PingOutcome::Later(limit) => Some(&limit.answer),
        }
    }
}

/// Interprets the response to a message that was posted to `endpoint`.
pub fn interpret(response: Result<Page>, endpoint: &Endpoint, now: Timestamp) -> PostResult {
    match response {
        Ok(page) => PostResult {
            asked: (page.url != endpoint.url).then(|| page.url.to_string()),
            location: page.location.as_ref().map(Url::to_string),
            is_absent: matches!(page.status, 404 | 405 | 410 | 501),
            outcome: match endpoint.protocol {
                Protocol::TrackBack => of_page(&page, now),
                Protocol::Pingback => of_pingback(&page, now),
                Protocol::Webmention => of_webmention(&page, now),
            },
        },
        Err(error) => PostResult {
            asked: match &error {
                Error::Fetch { url, .. } if !is_shown_as(&endpoint.url, url) => Some(url.clone()),
                _ => None,
            },
            location: None,
            is_absent: false,
            outcome: of_error(&error),
        },
    }
}

/// The time of a `Retry-After`, at most [`MAX_RETRY_AFTER`] from now.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Timestamp> {
    let most = now.checked_add(MAX_RETRY_AFTER).ok()?;
    Some(parse_retry_after(value, now)?.clamp(now, most))
}

fn of_page(page: &Page, now: Timestamp) -> PingOutcome {
    let reply = reply::parse(&page.body, page.content_type.as_deref());
    let is_success = (200..300).contains(&page.status);
    if let (Reply::Accepted, true) = (&reply, is_success) {
        return PingOutcome::Accepted;
    }
    let said = match &reply {
        Reply::Refused(message) => message.clone(),
        Reply::Accepted | Reply::Unreadable => String::new(),
    };
    if let Some(limit) = limit(page, &said, now) {
        return PingOutcome::Later(limit);
    }
    let is_unread = page.other_type.is_some();
    match reply {
        // 408: the server did not receive the whole request.
        Reply::Refused(message) if page.status == 408 => PingOutcome::Failed(message),
        Reply::Refused(message) => PingOutcome::Refused(message),
        Reply::Unreadable if is_success && is_unread => unread(page),
        Reply::Unreadable if is_success => PingOutcome::Uncertain(NO_REPLY.to_owned()),
        // The reply and the status contradict each other.
        Reply::Accepted => PingOutcome::Uncertain(FetchError::Status(page.status).to_string()),
        Reply::Unreadable => of_status(page),
    }
}

/// The meaning of a success status with a body that could not be decoded.
fn unread(page: &Page) -> PingOutcome {
    let kind = page.other_type.clone().unwrap_or_default();
    let fault = FetchError::Uncertain(Box::new(FetchError::NotText(kind)));
    PingOutcome::Uncertain(fault.to_string())
}

/// The meaning of an error status without a reply.
fn of_status(page: &Page) -> PingOutcome {
    let status = FetchError::Status(page.status).to_string();
    match page.status {
        // A proxy timed out; the receiver behind it may have accepted the ping.
        504 | 520 | 524 | 598 | 599 => PingOutcome::Uncertain(status),
        // WordPress says so, in HTML, where it has the ping.
        409 => PingOutcome::Refused(status),
        _ => PingOutcome::Failed(status),
    }
}

/// The meaning of a response to a Webmention: only the status counts (W3C Recommendation, 3.1.4 and 3.1.5).
fn of_webmention(page: &Page, now: Timestamp) -> PingOutcome {
    if (200..300).contains(&page.status) {
        return PingOutcome::Accepted;
    }
    if let Some(limit) = limit(page, "", now) {
        return PingOutcome::Later(limit);
    }
    match page.status {
        404 | 405 | 408 | 410 => of_status(page),
        // The request is at fault, and would be the next time.
        400..=499 => PingOutcome::Refused(refusal(page)),
        _ => of_status(page),
    }
}

/// The meaning of a response to a Pingback. WordPress gives no reason for any fault but 48.
fn of_pingback(page: &Page, now: Timestamp) -> PingOutcome {
    let is_success = (200..300).contains(&page.status);
    let reply = match page.status {
        200 => pingback::parse_reply(&page.body, page.content_type.as_deref()),
        _ => PingbackReply::Unreadable,
    };
    match reply {
        PingbackReply::Accepted | PingbackReply::Fault(fault_code::REGISTERED, _) => {
            PingOutcome::Accepted
        }
        PingbackReply::Fault(code, message) => {
            if let Some(limit) = limit(page, &message, now) {
                return PingOutcome::Later(limit);
            }
            let said = match message.as_str() {
                "" => format!("fault {code}"),
                message => format!("fault {code}: {message}"),
            };
            if code == fault_code::UPSTREAM {
                PingOutcome::Failed(said)
            } else {
                PingOutcome::Refused(said)
            }
        }
        PingbackReply::Unreadable => match limit(page, "", now) {
            Some(limit) => PingOutcome::Later(limit),
            // A receiver may have failed after it has registered the Pingback.
            None if is_success && page.other_type.is_some() => unread(page),
            None if is_success => PingOutcome::Uncertain(NO_XML_RPC.to_owned()),
            None => of_status(page),
        },
    }
}

/// The message for a successful HTTP response to a Pingback that is not XML-RPC.
const NO_XML_RPC: &str = "the response is not an XML-RPC response";

/// The status, with the reason if the body is a short text and not HTML.
fn refusal(page: &Page) -> String {
    const MAX_REASON: usize = 200;
    let status = FetchError::Status(page.status).to_string();
    let kind = page.content_type.as_deref().unwrap_or_default();
    let reason = clean(&String::from_utf8_lossy(&page.body));
    if reason.is_empty() || kind.contains("html") {
        return status;
    }
    format!("{status}: {}", crop(&reason, MAX_REASON, "…"))
}

/// The limit that a response reports, if it only asks to come back later. `said` is the message of its reply, if any.
fn limit(page: &Page, said: &str, now: Timestamp) -> Option<Limit> {
    let not_before = page.retry_after.as_deref();
    let not_before = not_before.and_then(|value| retry_after(value, now));
    let cause = overload(page, said, not_before.is_some())?;
    Some(Limit {
        answer: if said.is_empty() {
            FetchError::Status(page.status).to_string()
        } else {
            said.to_owned()
        },
        not_before,
        cause,
    })
}

/// The message for a successful HTTP response to a ping without a TrackBack reply.
const NO_REPLY: &str = "the response is not a TrackBack reply";

/// The beginning of the message about a receiver that must not be contacted.
const NOT_SENT: &str = "nothing was sent: ";

/// Whether a refusal is this program's own, and not the receiver's.
pub fn is_own_refusal(message: &str) -> bool {
    message.starts_with(NOT_SENT)
}

fn of_error(error: &Error) -> PingOutcome {
    let said = cause(error);
    match error {
        Error::Fetch {
            fault: FetchError::BadUrl | FetchError::Port(_) | FetchError::Address(_),
            ..
        } => PingOutcome::Refused(format!("{NOT_SENT}{said}")),
        // Servers respond 303 after they have accepted a form (RFC 9110, 15.4.4), and many programs 302 or 301.
        Error::Fetch {
            fault:
                FetchError::Uncertain(_)
                | FetchError::Moved {
                    status: 301..=303, ..
                }
                | FetchError::Status(301..=303),
            ..
        } => PingOutcome::Uncertain(said),
        _ => PingOutcome::Failed(said),
    }
}

/// Whether a response only asks to come back later, and why. `said` is the message of its reply, if any.
fn overload(page: &Page, said: &str, has_time: bool) -> Option<Overload> {
    let is_success = (200..300).contains(&page.status);
    if is_rate(page.status) {
        return Some(Overload::Rate);
    }
    // An HTML page with a success status may contain any of these words, so it is not searched.
    let is_limit = if said.is_empty() {
        !is_success && names_limit(&text(&page.body))
    } else {
        says_later(said)
    };
    let is_error = page.status >= 400 || !said.is_empty() && !is_final(said);
    if is_limit {
        Some(Overload::Rate)
    } else if is_too_early(page.status) || (has_time && is_error) {
        Some(Overload::Outage)
    } else {
        None
    }
}

/// Whether a page could not be fetched because its server accepts no more requests for now; with the earliest time at
/// which it wants another one, if it named one.
pub fn early(error: &Error, now: Timestamp) -> Option<Option<Timestamp>> {
    let Error::Fetch { fault, .. } = error else {
        return None;
    };
    match fault {
        FetchError::Early {
            status,
            retry_after: time,
        } => {
            let not_before = retry_after(time, now);
            (not_before.is_some() || is_too_early(*status)).then_some(not_before)
        }
        FetchError::Status(status) if is_too_early(*status) => Some(None),
        _ => None,
    }
}

/// The statuses that mean only that.
fn is_too_early(status: u16) -> bool {
    is_rate(status) || matches!(status, 503 | 509 | 529)
}

fn is_rate(status: u16) -> bool {
    matches!(status, 420 | 429)
}

/// The text of the beginning of an error page.
fn text(body: &[u8]) -> String {
    const MAX_BYTES: usize = 16 * 1024;
    let body = body.get(..MAX_BYTES).unwrap_or(body);
    clean(&strip_markup(&String::from_utf8_lossy(body)))
}

/// Whether `shown`, an error's URL without query, is `url`.
fn is_shown_as(url: &Url, shown: &str) -> bool {
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    bare.as_str() == shown
}

/// What went wrong, for the ledger; without the URL, which the ledger has already.
pub(crate) fn cause(error: &Error) -> String {
    let text = match error {
        Error::Fetch { fault, .. } => fault.to_string(),
        other => other.to_string(),
    };
    crop(&text, MAX_ANSWER, "…").into_owned()
}

mod phrases;
mod quoted_words;

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-26T12:00:00Z".parse().unwrap()
    }

    fn answer(status: u16, retry_after: Option<&str>, body: &str) -> PingOutcome {
        let url = Url::parse("https://b.example/tb").unwrap();
        let page = Page {
            retry_after: retry_after.map(str::to_owned),
            ..Page::html(url.clone(), status, body)
        };
        interpret(Ok(page), &Endpoint::ping_url(url), now()).outcome
    }

    fn error(message: &str) -> String {
        format!(
            "<?xml version='1.0'?><response><error>1</error><message>{message}</message></response>"
        )
    }

    /// WordPress 6 to the second ping of an address within 15 s.
    const WORDPRESS: &str = "<!DOCTYPE html><html><head><title>WordPress &rsaquo; Error</title></head><body \
        id=\"error-page\"><div class=\"wp-die-message\">You are posting comments too quickly. Slow down.</div></body></html>";
    const MOVABLE_TYPE: &str = "You are pinging trackbacks too quickly. Please try again later.";
    const CLOUDFLARE: &str = "<!DOCTYPE html><html><head><title>Access denied | b.example used Cloudflare to restrict \
        access</title></head><body><h1>Error 1015</h1><h2>You are being rate limited</h2></body></html>";
    const NGINX: &str = "<html><head><title>503 Service Temporarily Unavailable</title></head><body><center><h1>503 \
        Service Temporarily Unavailable</h1></center><hr><center>nginx</center></body></html>";

    #[test]
    fn c1_come_later_is_no_refusal() {
        for (status, body, cause) in [
            (429, WORDPRESS.to_owned(), Overload::Rate),
            // WordPress before 4.5.
            (500, WORDPRESS.to_owned(), Overload::Rate),
            (403, error(MOVABLE_TYPE), Overload::Rate),
            (200, error(MOVABLE_TYPE), Overload::Rate),
            (200, error("Throttled"), Overload::Rate),
            (200, error("Slow down!"), Overload::Rate),
            (
                200,
                error("Too many pings from your address"),
                Overload::Rate,
            ),
            (429, error("Too many pings"), Overload::Rate),
            (429, String::new(), Overload::Rate),
            (403, CLOUDFLARE.to_owned(), Overload::Rate),
            (429, "error code: 1015".to_owned(), Overload::Rate),
            (403, "error code: 1015".to_owned(), Overload::Rate),
            (
                200,
                error("Maximum number of pings reached, please retry after some time"),
                Overload::Rate,
            ),
            (200, error("Temporarily unavailable"), Overload::Rate),
            (
                200,
                error("しばらくしてから再度お試しください"),
                Overload::Rate,
            ),
            (200, error("短時間に連続して投稿できません"), Overload::Rate),
            (
                200,
                error("Bitte versuchen Sie es später noch einmal"),
                Overload::Rate,
            ),
            (200, error("Veuillez réessayer plus tard"), Overload::Rate),
            (200, error("Error, inténtelo más tarde"), Overload::Rate),
            (
                200,
                error("Deadlock found; try restarting transaction"),
                Overload::Rate,
            ),
            (200, error("You must wait 30 seconds"), Overload::Rate),
            (
                200,
                error("You can only post a new comment every 30 seconds."),
                Overload::Rate,
            ),
            (
                200,
                error("You cannot post a comment so soon after submitting another one."),
                Overload::Rate,
            ),
            (
                200,
                error("You may send another ping in 30 seconds"),
                Overload::Rate,
            ),
            (200, error("Retry in 5 minutes"), Overload::Rate),
            (
                200,
                error("You have exceeded the maximum number of TrackBacks per hour"),
                Overload::Rate,
            ),
            (200, error("Request limit reached"), Overload::Rate),
            (
                200,
                error("Quota exceeded, please come back tomorrow"),
                Overload::Rate,
            ),
            (200, error("Server busy"), Overload::Rate),
            (200, error("The server is too busy"), Overload::Rate),
            (200, error("Service unavailable"), Overload::Rate),
            (200, error("Maintenance mode"), Overload::Rate),
            (200, error("Unable to connect to database"), Overload::Rate),
            (200, error("Flood control is enabled"), Overload::Rate),
            (200, error("Please wait"), Overload::Rate),
            (
                200,
                error("Pings are throttled; yours was already seen"),
                Overload::Rate,
            ),
            (503, NGINX.to_owned(), Overload::Outage),
            (503, error("This site has no space left"), Overload::Outage),
            (503, reply::accepted(), Overload::Outage),
            (509, String::new(), Overload::Outage),
        ] {
            let PingOutcome::Later(limit) = answer(status, None, &body) else {
                panic!("{status} {body}: {:?}", answer(status, None, &body));
            };
            assert_eq!(
                (limit.cause, limit.not_before),
                (cause, None),
                "{status} {body}"
            );
            assert!(!limit.answer.is_empty());
        }
        // Whatever the status, a receiver that names a time accepts pings then.
        for status in [403, 413, 429, 500, 502, 503] {
            assert_eq!(not_before(status, ""), "2026-11-26T12:02:00Z");
        }
        assert_eq!(not_before(200, &error("no")), "2026-11-26T12:02:00Z");
    }

    /// The time of a reply with `Retry-After: 120`.
    fn not_before(status: u16, body: &str) -> String {
        let PingOutcome::Later(limit) = answer(status, Some("120"), body) else {
            panic!("{status}");
        };
        limit.not_before.unwrap().to_string()
    }

    #[test]
    fn c1_come_later_is_understood_in_other_languages() {
        for message in [
            "Riprova più tardi",
            "Attendi qualche minuto",
            "Tente novamente mais tarde",
            "Probeer het later opnieuw",
            "Попробуйте позже",
            "请稍后再试",
            "稍後再試",
            "나중에 다시 시도",
            "Försök igen senare",
            "Spróbuj ponownie później",
            "Zkuste to později",
            "Prøv igen senere",
            "Yritä myöhemmin uudelleen",
            "Lütfen daha sonra tekrar deneyin",
            "Próbálja meg később",
            "Προσπαθήστε ξανά αργότερα",
            "Silakan coba lagi nanti",
            "Vui lòng thử lại sau",
            "يرجى المحاولة لاحقا",
            "Bitte warten Sie einige Sekunden",
            "Merci de réessayer ultérieurement",
            "Por favor espere unos minutos",
            "操作过于频繁",
            "後ほどお試しください",
            "잠시 후 다시 시도해 주세요",
            "Ping flood detected",
            "MySQL server has gone away",
            "The database is locked",
            "locked; retry",
            "The site is being maintained",
            "Vous publiez des commentaires trop rapidement. Veuillez ralentir.",
            "Stai inviando i commenti troppo velocemente.",
            "Você está publicando comentários rápido demais.",
            "コメントの送信が速すぎます。",
            "您提交评论的速度过快，请稍慢一点。",
            "Kommentoit liian nopeasti.",
            "Přidáváte komentáře příliš rychle.",
            "너무 빨리 댓글을 달고 있습니다.",
            "Ви занадто швидко додаєте коментарі.",
            "one trackback per 60 seconds",
            "more than 10 trackbacks in one hour. Try again.",
            "At least 30 seconds must pass",
            "Nur alle 30 Sekunden",
            "Veuillez patienter",
            "Could not connect to MySQL server",
            "No space left on device",
            "Not accepting pings right now",
            "Flooding detected",
            "This IP has pinged too many times",
            "Zu viele Trackbacks in kurzer Zeit",
            "You have reached the daily limit",
            "Temporary failure, please resend",
            "SQLSTATE[HY000] [2002] Connection refused",
            "Maximum execution time of 30 seconds exceeded",
            "attempt to write a readonly database",
            "投稿間隔が短すぎます",
            "アクセスが集中しています",
            "Fehler beim Aufbau einer Datenbankverbindung",
            "データベース接続確立エラー",
            "คุณกำลังส่งความเห็นเร็วเกินไป",
            "\"Throttled\"",
            "Error: \"429 Too Many Requests\"",
            "Please wait a few minutes before you ping \"Members only\" again",
            "Can't connect to local MySQL server through socket '/run/mysqld/mysqld.sock' (2 \"No such file or directory\")",
            "Can't connect to MySQL server on 'db' (No such file or directory)",
            "Service unavailable: upstream host not found",
            "Down for maintenance, drafts may be deleted",
            "Zu viele Pings in so kurzer Zeit",
        ] {
            let said = answer(200, None, &error(message));
            assert!(matches!(said, PingOutcome::Later(_)), "{message}: {said:?}");
        }
    }

    #[test]
    fn c1_our_own_receivers_limits_are_limits() {
        use crate::error::Refusal;
        for refusal in [Refusal::Throttled, Refusal::TooManyIds, Refusal::QueueFull] {
            let body = reply::refused(refusal.message());
            let said = answer(429, Some("600"), &body);
            assert!(matches!(said, PingOutcome::Later(_)), "{said:?}");
        }
    }

    #[test]
    fn c1_a_refusal_for_good_stays_one() {
        // WordPress, of what it has.
        let said = answer(
            409,
            None,
            "<p>Duplicate comment detected; you have already said that!</p>",
        );
        assert!(matches!(said, PingOutcome::Refused(_)), "{said:?}");
        for message in [
            "We already have a ping from that URL for this post.",
            "Sorry, trackbacks are closed for this item.",
            "I really need an ID for this to work.",
            "Too many links",
            "Too many URLs in the excerpt",
            "Your ping looks like spam",
            "You have already sent this ping. Please wait for moderation",
            "Comments are closed. Please wait until the next entry",
            "Your comment is awaiting moderation",
            "Comments were closed 30 minutes ago",
            "Published within the last 5 posts",
            "Ihr Kommentar wird vorübergehend zurückgehalten und wartet auf die Freischaltung",
            "Les commentaires sont fermés, revenez dans quelques minutes",
            "Este ping ya está duplicado, no intente mas tarde",
            "Il commento attende la moderazione; non riprovare",
            "Comentário aguarda moderação, aguarde um momento",
            "评论审核中，请稍后查看",
            "評論審核中，請稍後",
            "コメントは承認後に公開されます。しばらくお待ちください",
            "승인을 기다리는 중입니다. 잠시 후 확인하세요",
            "Комментарий ожидает модерации, подождите",
            "Your link is blocked",
            "The entry is locked",
            "No flood of links, please: this is spam",
            "No entry called \"Busy day\"",
            "No such entry “Maintenance of bikes”",
            "The entry «Ten minutes later, please wait» takes no pings",
            "This entry is unavailable",
            "Entry not found or unavailable",
            "Article unavailable: it was deleted",
            "You have been banned. Retry after contacting the admin",
            "Your domain has been temporarily banned",
            "Only members may ping right now",
            "Please register first, it only takes a few minutes",
            "Excerpt contains forbidden word: busy",
            "Wir erwarten später keine Pings",
            "Please do not resend this ping",
            "Links to busybox.example are not allowed",
            "Links to http://maintenance.example/too-fast/ are not allowed",
            "We do not list busybox",
            "Ihr Eintrag erscheint in kurzer Zeit",
            "",
        ] {
            for status in [200, 202, 400, 403, 404, 500] {
                let said = answer(status, None, &error(message));
                assert!(
                    matches!(said, PingOutcome::Refused(_)),
                    "{status} {message}: {said:?}"
                );
            }
        }
        // A success that names a time is still an answer.
        let said = answer(200, Some("120"), &error("closed"));
        assert!(matches!(said, PingOutcome::Refused(_)), "{said:?}");
        assert_eq!(
            answer(200, Some("120"), &reply::accepted()),
            PingOutcome::Accepted
        );
    }

    #[test]
    fn c9_what_nobody_can_read_may_have_arrived() {
        for (status, body) in [
            (200, ""),
            (200, "<p>thank you"),
            (202, "OK"),
            (204, ""),
            (
                200,
                "<p>Please wait while you are redirected, try again later",
            ),
            (504, NGINX),
            (524, ""),
        ] {
            let said = answer(status, None, body);
            assert!(
                matches!(said, PingOutcome::Uncertain(_)),
                "{status} {body}: {said:?}"
            );
        }
        for status in [
            301, 304, 400, 403, 404, 405, 406, 410, 411, 415, 500, 501, 502, 521,
        ] {
            let said = answer(status, None, "<h1>No</h1>");
            assert!(matches!(said, PingOutcome::Failed(_)), "{status}: {said:?}");
        }
        let at = Url::parse("https://b.example/tb").unwrap();
        let fetch = |fault| {
            let url = at.to_string();
            interpret(
                Err(Error::Fetch { url, fault }),
                &Endpoint::ping_url(at.clone()),
                now(),
            )
            .outcome
        };
        let tls = || FetchError::Tls("expired".into());
        assert!(matches!(fetch(tls()), PingOutcome::Failed(_)));
        assert!(matches!(fetch(FetchError::Timeout), PingOutcome::Failed(_)));
        for sent in [
            FetchError::Timeout,
            tls(),
            FetchError::TooLarge,
            FetchError::NotText("br".to_owned()),
        ] {
            let fault = FetchError::Uncertain(Box::new(sent));
            assert!(matches!(fetch(fault), PingOutcome::Uncertain(_)));
        }
        for status in [301, 302, 303] {
            let to = "https://b.example/x".to_owned();
            for fault in [FetchError::Moved { status, to }, FetchError::Status(status)] {
                let said = fetch(fault);
                assert!(
                    matches!(said, PingOutcome::Uncertain(_)),
                    "{status}: {said:?}"
                );
            }
        }
        for status in [307, 308] {
            let to = "https://c.example/x".to_owned();
            let said = fetch(FetchError::Moved { status, to });
            assert!(matches!(said, PingOutcome::Failed(_)), "{status}: {said:?}");
        }
        let inside = FetchError::Address([127, 0, 0, 1].into());
        for own in [inside, FetchError::Port(25)] {
            let PingOutcome::Refused(said) = fetch(own) else {
                panic!("not refused")
            };
            assert!(is_own_refusal(&said), "{said}");
        }
    }

    #[test]
    fn c1_retry_after_is_seconds_or_a_date_and_bounded() {
        for (value, expected) in [
            ("120", Some("2026-11-26T12:02:00Z")),
            (" 0 ", Some("2026-11-26T12:00:00Z")),
            ("99999999999999999999999999", Some("2026-12-03T12:00:00Z")),
            ("604801", Some("2026-12-03T12:00:00Z")),
            (
                "Thu, 26 Nov 2026 13:00:00 GMT",
                Some("2026-11-26T13:00:00Z"),
            ),
            (
                "Thursday, 26-Nov-26 13:00:00 GMT",
                Some("2026-11-26T13:00:00Z"),
            ),
            ("Thu Nov 26 13:00:00 2026", Some("2026-11-26T13:00:00Z")),
            (
                "Sun, 06 Nov 1994 08:49:37 GMT",
                Some("2026-11-26T12:00:00Z"),
            ),
            (
                "Fri, 31 Dec 9999 23:59:59 GMT",
                Some("2026-12-03T12:00:00Z"),
            ),
            ("", None),
            ("-1", None),
            ("1.5", Some("2026-11-26T12:00:01Z")),
            ("\"120\"", Some("2026-11-26T12:02:00Z")),
            ("120s", Some("2026-11-26T12:02:00Z")),
            ("120.0", Some("2026-11-26T12:02:00Z")),
            (
                "Thu, 26 Nov 2026 13:00:00 +0000",
                Some("2026-11-26T13:00:00Z"),
            ),
            ("2026-11-26T13:00:00Z", Some("2026-11-26T13:00:00Z")),
            ("s", None),
            ("1.x", None),
            ("soon", None),
            ("１２", None),
        ] {
            let expected = expected.map(|time| time.parse::<Timestamp>().unwrap());
            assert_eq!(retry_after(value, now()), expected, "{value}");
        }
    }

    #[test]
    fn f13_the_url_of_the_last_request_is_recorded() {
        let ping_url = Url::parse("https://b.example/tb?id=1").unwrap();
        let failed = |url: &str| {
            let fault = FetchError::Timeout;
            let url = url.to_owned();
            interpret(
                Err(Error::Fetch { url, fault }),
                &Endpoint::ping_url(ping_url.clone()),
                now(),
            )
            .asked
        };
        assert_eq!(failed("https://b.example/tb"), None);
        assert_eq!(
            failed("https://c.example/x").as_deref(),
            Some("https://c.example/x")
        );
    }
}
