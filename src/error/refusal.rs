//! Why a request is refused: each reason with its name and its words.

/// Why a request was refused. Each has a stable name that stands in the log and in `docs/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No `tb_id`, or an empty one.
    NoTbId,
    /// The `tb_id` climbs out of a folder, has control characters or is not UTF-8.
    BadTbId,
    /// The `tb_id` is longer than 128 bytes.
    TbIdTooLong,
    /// `tb_id` and the path name different ids.
    TbIdsDiffer,
    /// No `url` field.
    NoUrl,
    /// The `url` is not an absolute http or https URL.
    BadUrl,
    /// The `url` is longer than 2,048 bytes.
    UrlTooLong,
    /// The body is not `application/x-www-form-urlencoded`.
    WrongContentType,
    /// The body is compressed.
    EncodedBody,
    /// `Content-Length` is not a number.
    BadContentLength,
    /// The body is longer than 64 KiB.
    BodyTooLarge,
    /// The body ended before its `Content-Length`.
    BodyCutShort,
    /// The body did not arrive within 10 s.
    BodyTimeout,
    /// More than 64 fields.
    TooManyFields,
    /// A charset that is unknown, or one that hides markup (UTF-7, ISO-2022-JP, UTF-16).
    UnknownCharset,
    /// A ping was sent with GET.
    PingByGet,
    /// A method that the mode does not have.
    MethodNotAllowed,
    /// No such `__mode`.
    UnknownMode,
    /// Its address or its domain is banned.
    Banned,
    /// Too many pings from one address or domain, or to one id.
    Throttled,
    /// Too many ids are new today, or there are too many altogether.
    TooManyIds,
    /// More pings wait for the owner than are kept.
    QueueFull,
    /// The id is not one of the entries of this site (`ids = "known"`).
    UnknownId,
    /// The entry is older than `close_after`.
    Closed,
    /// The id takes pings only at its private URL.
    WrongPassphrase,
    /// The time of a signed ping URL is over, or its signature is wrong.
    PingUrlExpired,
    /// The owner deleted a ping from this permalink.
    Withdrawn,
    /// No ping has that number, or it is deleted.
    NoSuchPing,
    /// The ping's text was replaced since the owner was shown it.
    Changed,
    /// The mode is the owner's, and nobody is logged in.
    NotLoggedIn,
    /// The form's token is missing, old, or another session's.
    BadToken,
    /// The password is wrong.
    WrongPassword,
    /// Too many attempts to log in.
    TooManyLogins,
    /// The installation has no password, so nobody can log in.
    NoPassword,
    /// The send form names neither a ping URL nor a page to find one on.
    NoPingUrl,
    /// The page carries no ping URL.
    NothingDiscovered,
}

impl Refusal {
    /// All of them, in the order of the table in `docs/`.
    pub const ALL: [Refusal; 36] = [
        Refusal::NoTbId,
        Refusal::BadTbId,
        Refusal::TbIdTooLong,
        Refusal::TbIdsDiffer,
        Refusal::NoUrl,
        Refusal::BadUrl,
        Refusal::UrlTooLong,
        Refusal::WrongContentType,
        Refusal::EncodedBody,
        Refusal::BadContentLength,
        Refusal::BodyTooLarge,
        Refusal::BodyCutShort,
        Refusal::BodyTimeout,
        Refusal::TooManyFields,
        Refusal::UnknownCharset,
        Refusal::PingByGet,
        Refusal::MethodNotAllowed,
        Refusal::UnknownMode,
        Refusal::Banned,
        Refusal::Throttled,
        Refusal::TooManyIds,
        Refusal::QueueFull,
        Refusal::UnknownId,
        Refusal::Closed,
        Refusal::WrongPassphrase,
        Refusal::PingUrlExpired,
        Refusal::Withdrawn,
        Refusal::NoSuchPing,
        Refusal::Changed,
        Refusal::NotLoggedIn,
        Refusal::BadToken,
        Refusal::WrongPassword,
        Refusal::TooManyLogins,
        Refusal::NoPassword,
        Refusal::NoPingUrl,
        Refusal::NothingDiscovered,
    ];

    /// The stable name: in the log, in the tables of `docs/`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Refusal::NoTbId => "no-tb-id",
            Refusal::BadTbId => "bad-tb-id",
            Refusal::TbIdTooLong => "tb-id-too-long",
            Refusal::TbIdsDiffer => "tb-ids-differ",
            Refusal::NoUrl => "no-url",
            Refusal::BadUrl => "bad-url",
            Refusal::UrlTooLong => "url-too-long",
            Refusal::WrongContentType => "wrong-content-type",
            Refusal::EncodedBody => "encoded-body",
            Refusal::BadContentLength => "bad-content-length",
            Refusal::BodyTooLarge => "body-too-large",
            Refusal::BodyCutShort => "body-cut-short",
            Refusal::BodyTimeout => "body-timeout",
            Refusal::TooManyFields => "too-many-fields",
            Refusal::UnknownCharset => "unknown-charset",
            Refusal::PingByGet => "ping-by-get",
            Refusal::MethodNotAllowed => "method-not-allowed",
            Refusal::UnknownMode => "unknown-mode",
            Refusal::Banned => "banned",
            Refusal::Throttled => "throttled",
            Refusal::TooManyIds => "too-many-ids",
            Refusal::QueueFull => "queue-full",
            Refusal::UnknownId => "unknown-id",
            Refusal::Closed => "closed",
            Refusal::WrongPassphrase => "wrong-passphrase",
            Refusal::PingUrlExpired => "ping-url-expired",
            Refusal::Withdrawn => "withdrawn",
            Refusal::NoSuchPing => "no-such-ping",
            Refusal::Changed => "changed",
            Refusal::NotLoggedIn => "not-logged-in",
            Refusal::BadToken => "bad-token",
            Refusal::WrongPassword => "wrong-password",
            Refusal::TooManyLogins => "too-many-logins",
            Refusal::NoPassword => "no-password",
            Refusal::NoPingUrl => "no-ping-url",
            Refusal::NothingDiscovered => "nothing-discovered",
        }
    }

    /// What the remote party is told. The classic ones are tb.cgi's own words.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Refusal::NoTbId => "No TrackBack ID (tb_id)",
            Refusal::BadTbId => "That TrackBack ID (tb_id) cannot be used",
            Refusal::TbIdTooLong => "The TrackBack ID (tb_id) is longer than 128 bytes",
            Refusal::TbIdsDiffer => "The path and the tb_id parameter name different TrackBack IDs",
            Refusal::NoUrl => "No URL (url)",
            Refusal::BadUrl => "The URL (url) is not an absolute http or https URL",
            Refusal::UrlTooLong => "The URL (url) is longer than 2048 bytes",
            Refusal::WrongContentType => {
                "The Content-Type must be application/x-www-form-urlencoded"
            }
            Refusal::EncodedBody => "The body must not be compressed (Content-Encoding)",
            Refusal::BadContentLength => "The Content-Length is not a number",
            Refusal::BodyTooLarge => "The body is larger than 64 KiB",
            Refusal::BodyCutShort => "The body ended before its Content-Length",
            Refusal::BodyTimeout => "The body did not arrive within 10 seconds",
            Refusal::TooManyFields => "There are more than 64 fields",
            Refusal::UnknownCharset => "That charset is not supported; use UTF-8",
            Refusal::PingByGet => "Pings must be sent with POST",
            Refusal::MethodNotAllowed => "That method is not allowed here",
            Refusal::UnknownMode => "There is no such mode (__mode)",
            Refusal::Banned => "Pings from there are not accepted",
            Refusal::Throttled => "Too many pings; try again later",
            Refusal::TooManyIds => {
                "No further TrackBack IDs are opened at the moment; try again later"
            }
            Refusal::QueueFull => "Too many pings wait to be looked at; try again later",
            Refusal::UnknownId => "There is no entry with that TrackBack ID (tb_id)",
            Refusal::Closed => "That entry takes no more pings",
            Refusal::WrongPassphrase => "This entry takes pings at a private URL only",
            Refusal::PingUrlExpired => "That ping URL is no longer good",
            Refusal::Withdrawn => "The owner of this site has removed the ping from that URL",
            Refusal::NoSuchPing => "There is no such ping",
            Refusal::Changed => {
                "The ping has changed since you saw it; go back, reload the page and look again"
            }
            Refusal::NotLoggedIn => "You are not authorized",
            Refusal::BadToken => "This form is out of date; go back, reload the page and try again",
            Refusal::WrongPassword => "Invalid login",
            Refusal::TooManyLogins => "Too many attempts to log in; wait a minute",
            Refusal::NoPassword => "No password is set; on the server, run `tb passwd`",
            Refusal::NoPingUrl => "No ping URL",
            Refusal::NothingDiscovered => "That page names no TrackBack ping URL",
        }
    }
}
