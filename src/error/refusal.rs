//! Why a request is refused: one table of names, statuses, causes and messages.

use crate::enum_table::enum_table;

/// The HTTP status of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// For programs and for people: a transport error, or the sender should try again.
    Always(u16),
    /// For people only. Programs get 200 and the error in the XML, as TrackBack specifies.
    OnPages(u16),
}

enum_table! {
    /// Why a request was refused: name, status, cause, and the message to the remote party. The classic messages are
    /// tb.cgi's own words.
    pub enum Refusal: (Status, &'static str, &'static str) {
        NoTbId = ("no-tb-id", Status::OnPages(400), "No `tb_id`, or an empty one.", "No TrackBack ID (tb_id)"),
        BadTbId = (
            "bad-tb-id",
            Status::OnPages(400),
            "The `tb_id` contains `..` or control characters, or is not UTF-8.",
            "The TrackBack ID (tb_id) is invalid",
        ),
        TbIdTooLong = (
            "tb-id-too-long",
            Status::OnPages(400),
            "The `tb_id` is longer than 128 bytes.",
            "The TrackBack ID (tb_id) is longer than 128 bytes",
        ),
        TbIdsDiffer = (
            "tb-ids-differ",
            Status::OnPages(400),
            "`tb_id` and the path name different ids.",
            "The path and the tb_id parameter name different TrackBack IDs",
        ),
        NoUrl = ("no-url", Status::OnPages(400), "No `url` field.", "No URL (url)"),
        BadUrl = (
            "bad-url",
            Status::OnPages(400),
            "The `url` is not an absolute http or https URL.",
            "The URL (url) is not an absolute http or https URL",
        ),
        UrlTooLong = (
            "url-too-long",
            Status::OnPages(400),
            "The `url` is longer than 2,048 bytes.",
            "The URL (url) is longer than 2048 bytes",
        ),
        WrongContentType = (
            "wrong-content-type",
            Status::OnPages(415),
            "The body is not `application/x-www-form-urlencoded`.",
            "The Content-Type must be application/x-www-form-urlencoded",
        ),
        EncodedBody = (
            "encoded-body",
            Status::OnPages(415),
            "The body is compressed.",
            "The body must not be compressed (Content-Encoding)",
        ),
        BadContentLength = (
            "bad-content-length",
            Status::OnPages(400),
            "`Content-Length` is not a number.",
            "The Content-Length is not a number",
        ),
        BodyTooLarge = (
            "body-too-large",
            Status::Always(413),
            "The body is longer than 64 KiB.",
            "The body is larger than 64 KiB",
        ),
        BodyCutShort = (
            "body-cut-short",
            Status::OnPages(400),
            "The body ended before its `Content-Length`.",
            "The body ended before its Content-Length",
        ),
        BodyTimeout = (
            "body-timeout",
            Status::Always(408),
            "The body did not arrive within 10 s.",
            "The body did not arrive within 10 seconds",
        ),
        TooManyFields = (
            "too-many-fields",
            Status::OnPages(400),
            "More than 64 fields.",
            "There are more than 64 fields",
        ),
        UnknownCharset = (
            "unknown-charset",
            Status::OnPages(400),
            "A charset that hides markup (UTF-7, UTF-16, ISO-2022-JP, HZ, EBCDIC).",
            "That charset is not supported; use UTF-8",
        ),
        PingByGet = ("ping-by-get", Status::Always(405), "A ping was sent with GET.", "Pings must be sent with POST"),
        MethodNotAllowed = (
            "method-not-allowed",
            Status::Always(405),
            "A method that the mode does not support.",
            "That method is not allowed here",
        ),
        UnknownMode = ("unknown-mode", Status::OnPages(400), "No such `__mode`.", "Unknown mode (__mode)"),
        UnknownAction = (
            "unknown-action",
            Status::OnPages(400),
            "No such button on the owner's pages (`do`, `to`).",
            "Unknown action (do)",
        ),
        Banned = (
            "banned",
            Status::OnPages(403),
            "Its address or its domain is banned.",
            "Pings from there are not accepted",
        ),
        Throttled = (
            "throttled",
            Status::Always(429),
            "Too many pings from one address or domain, or to one id.",
            "Too many pings; try again later",
        ),
        TooManyIds = (
            "too-many-ids",
            Status::Always(429),
            "Too many ids are new today from one network, or there are too many altogether.",
            "No new TrackBack IDs are accepted at the moment; try again later",
        ),
        QueueFull = (
            "queue-full",
            Status::Always(429),
            "Too many pings wait for the owner.",
            "Too many pings wait for moderation; try again later",
        ),
        UnknownId = (
            "unknown-id",
            Status::OnPages(404),
            "The id is not one of the entries of this site (`ids = \"known\"`).",
            "There is no entry with that TrackBack ID (tb_id)",
        ),
        Closed = (
            "closed",
            Status::OnPages(403),
            "The entry is older than `close_after`.",
            "That entry accepts no more pings",
        ),
        WrongPassphrase = (
            "wrong-passphrase",
            Status::OnPages(403),
            "The id accepts pings only at its private URL.",
            "This entry accepts pings only at a private URL",
        ),
        PingUrlExpired = (
            "ping-url-expired",
            Status::OnPages(403),
            "A signed ping URL has expired, or its signature is wrong.",
            "That ping URL has expired",
        ),
        Withdrawn = (
            "withdrawn",
            Status::OnPages(410),
            "The owner deleted a ping from this permalink.",
            "The owner of this site has removed the ping from that URL",
        ),
        NoSuchPing = (
            "no-such-ping",
            Status::OnPages(404),
            "No ping has that number, or it is deleted.",
            "There is no such ping",
        ),
        Changed = (
            "changed",
            Status::OnPages(409),
            "The ping's text was replaced since the owner was shown it.",
            "The ping has changed since you saw it; go back, reload the page and check again",
        ),
        NotLoggedIn = (
            "not-logged-in",
            Status::OnPages(403),
            "The mode is for the owner, who is not logged in.",
            "You are not authorized",
        ),
        BadToken = (
            "bad-token",
            Status::OnPages(403),
            "The form's token is missing, old, or from another session.",
            "This form is out of date; go back, reload the page and try again",
        ),
        WrongPassword = ("wrong-password", Status::OnPages(403), "The password is wrong.", "Invalid login"),
        TooManyLogins = (
            "too-many-logins",
            Status::Always(429),
            "Too many attempts to log in.",
            "Too many attempts to log in; wait a minute",
        ),
        BadLink = (
            "bad-link",
            Status::OnPages(403),
            "A link from a mail was changed, or the password has changed since.",
            "This link is not valid: it was changed on the way, or the password has changed since",
        ),
        LinkExpired = (
            "link-expired",
            Status::OnPages(403),
            "A link from a mail is older than 14 days.",
            "This link has expired; log in to decide",
        ),
        Settled = (
            "settled",
            Status::OnPages(409),
            "A decision by a link from a mail about a ping that does not wait any more.",
            "This ping does not wait any more",
        ),
        TooManyAttempts = (
            "too-many-attempts",
            Status::Always(429),
            "Too many invalid links.",
            "Too many attempts; wait a minute",
        ),
        NoPassword = (
            "no-password",
            Status::OnPages(403),
            "The installation has no password, so nobody can log in.",
            "No password is set; on the server, run `tb passwd`",
        ),
        ProtocolOff = (
            "protocol-off",
            Status::OnPages(400),
            "`protocols` does not contain the protocol.",
            "This site does not accept that protocol",
        ),
        NotAPingback = (
            "not-a-pingback",
            Status::OnPages(400),
            "The body is not an XML-RPC call of `pingback.ping` with two strings.",
            "The body is not an XML-RPC call of pingback.ping with two strings",
        ),
        InvalidSource = (
            "invalid-source",
            Status::OnPages(400),
            "The `source` of a webmention or pingback is not an absolute http or https URL of at most 2,048 bytes.",
            "The source is not an absolute http or https URL",
        ),
        InvalidTarget = (
            "invalid-target",
            Status::OnPages(400),
            "The `target` of a webmention or pingback is not an absolute http or https URL of at most 2,048 bytes.",
            "The target is not an absolute http or https URL",
        ),
        SameUrl = (
            "same",
            Status::OnPages(400),
            "The source and the target of a webmention or pingback are the same page.",
            "The source and the target are the same page",
        ),
        TargetNotFound = (
            "target-not-found",
            Status::OnPages(400),
            "The `target` of a webmention or pingback is not a page of `site` that accepts them.",
            "The target is not a page of this site that accepts mentions",
        ),
        FormOff = (
            "form-off",
            Status::OnPages(403),
            "A page from the form for readers, without `submit = true`.",
            "This site has no form for readers",
        ),
        OwnPage = (
            "own-page",
            Status::OnPages(400),
            "A reader has entered a page of `site`.",
            "That page is on this site; enter the page that you have written",
        ),
        NotPublic = (
            "not-public",
            Status::OnPages(400),
            "A reader has entered a page whose host is not public.",
            "That page is not on a public host",
        ),
        NoPingUrl = (
            "no-ping-url",
            Status::OnPages(400),
            "The send form names neither a ping URL nor a page to find one on.",
            "No ping URL",
        ),
        NothingDiscovered = (
            "nothing-discovered",
            Status::OnPages(400),
            "The page names no ping URL.",
            "That page names no TrackBack ping URL",
        ),
    }
}

impl Refusal {
    /// The HTTP status.
    pub fn status(self) -> Status {
        self.row().0
    }

    /// The cause, for the table in `docs/`.
    pub fn cause(self) -> &'static str {
        self.row().1
    }

    /// The message to the remote party.
    pub fn message(self) -> &'static str {
        self.row().2
    }
}
