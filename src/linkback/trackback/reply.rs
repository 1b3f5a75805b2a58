//! Replies to pings: writes `<response>` as specified, and parses what peers really send.
//!
//! Real replies have leading blank lines, unescaped text (WordPress), odd charsets, or are empty. Only an explicit
//! `<error>0</error>` is a success (clause 7): a ping that was not acknowledged was not received.

use crate::charset;
use crate::html::strip_markup;
use crate::linkback::markup::{MarkupPiece, local_name, pieces};
use crate::text::{clean, crop, escape_xml};

/// The reply to a ping. It does not depend on the HTTP status: failures come with 200 too (arXiv).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// `<error>0</error>`: the ping was received. It may still be held for moderation (arXiv, WordPress).
    Accepted,
    /// Another error number, with the peer's message: one line of plain text, never empty, at most
    /// [`Reply::MAX_MESSAGE`] characters.
    Refused(String),
    /// No `<response>` with an `<error>` number in it.
    Unreadable,
}

impl Reply {
    /// The longest message that is kept, in characters; a longer one ends with `…`.
    pub const MAX_MESSAGE: usize = 500;
}

/// The reply to an accepted ping, exactly as specified (clause 7). Send it as `text/xml; charset=utf-8` with status 200.
#[must_use]
pub fn accepted() -> String {
    response("<error>0</error>\n")
}

/// The reply to a refused ping, with a message: one line of plain text, which is cleaned and escaped here (clause 7). Most
/// peers send it with status 200 as well.
#[must_use]
pub fn refused(message: &str) -> String {
    let message = clean(message);
    let message = escape_xml(&message);
    response(&format!("<error>1</error>\n<message>{message}</message>\n"))
}

/// Parses a reply; `content_type` may name its charset. The caller should limit its size; 64 KiB is enough.
///
/// The first `<error>` inside `<response>` decides, outside of comments and of `<message>`.
#[must_use]
pub fn parse(body: &[u8], content_type: Option<&str>) -> Reply {
    let declared = content_type.and_then(|header| charset::parameter(header.as_bytes()));
    let declared = declared.or_else(|| charset::xml_declaration(body));
    let text = charset::decode(body, declared);
    let (kind, message) = scan(&text);
    match kind {
        ReplyKind::Zero => Reply::Accepted,
        ReplyKind::Number => Reply::Refused(clean_message(&message)),
        ReplyKind::Missing | ReplyKind::Nonsense => Reply::Unreadable,
    }
}

fn response(inner: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<response>\n{inner}</response>\n")
}

#[derive(PartialEq)]
enum ReplyKind {
    Missing,
    Zero,
    Number,
    Nonsense,
}

enum ReplyElement {
    Outside,
    Response,
    Error(String),
    Message,
}

/// Finds the error number and the message that belongs to it. One number other than 0 is a refusal, whatever other ones the
/// reply has.
fn scan(text: &str) -> (ReplyKind, String) {
    let mut kind = ReplyKind::Missing;
    let mut message = String::new();
    let mut message_is_done = false;
    let mut element = ReplyElement::Outside;
    for piece in pieces(text) {
        match (&mut element, piece) {
            (ReplyElement::Outside, MarkupPiece::Open { name, .. }) if is(name, "response") => {
                element = ReplyElement::Response;
            }
            (ReplyElement::Response, MarkupPiece::Open { name, attributes }) => {
                let is_error = is(name, "error") && kind != ReplyKind::Number;
                match (attributes.ends_with('/'), is_error) {
                    (true, true) => kind = ReplyKind::Nonsense,
                    (false, true) => element = ReplyElement::Error(String::new()),
                    (false, false) if is(name, "message") => element = ReplyElement::Message,
                    (_, false) => {}
                }
            }
            (ReplyElement::Response, MarkupPiece::Close(name)) if is(name, "response") => {
                element = ReplyElement::Outside;
            }
            (ReplyElement::Error(number), MarkupPiece::Text(part) | MarkupPiece::Cdata(part)) => {
                number.push_str(part);
            }
            (ReplyElement::Error(number), MarkupPiece::Close(name)) if is(name, "error") => {
                let number = parse_number(number);
                if (&kind, &number) == (&ReplyKind::Zero, &ReplyKind::Number) {
                    // A message until now was about the success.
                    message.clear();
                    message_is_done = false;
                }
                if kind != ReplyKind::Nonsense || number == ReplyKind::Number {
                    kind = number;
                }
                element = ReplyElement::Response;
            }
            (ReplyElement::Error(_), MarkupPiece::Open { .. } | MarkupPiece::Close(_)) => {
                kind = ReplyKind::Nonsense;
                element = ReplyElement::Response;
            }
            (ReplyElement::Message, MarkupPiece::Close(name)) if is(name, "message") => {
                message_is_done = true;
                element = ReplyElement::Response;
            }
            (ReplyElement::Message, MarkupPiece::Text(part) | MarkupPiece::Cdata(part))
                if !message_is_done =>
            {
                message.push_str(part);
            }
            // Unescaped markup in a message separates words.
            (ReplyElement::Message, MarkupPiece::Open { .. } | MarkupPiece::Close(_))
                if !message_is_done =>
            {
                message.push(' ');
            }
            _ => {}
        }
    }
    if let (ReplyElement::Error(_), ReplyKind::Zero) = (&element, &kind) {
        kind = ReplyKind::Nonsense;
    }
    (kind, message)
}

fn is(name: &str, wanted: &str) -> bool {
    local_name(name).eq_ignore_ascii_case(wanted)
}

fn parse_number(number: &str) -> ReplyKind {
    let number = number.trim();
    let digits = number.strip_prefix(['-', '+']).unwrap_or(number);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        ReplyKind::Nonsense
    } else if digits.bytes().all(|byte| byte == b'0') {
        ReplyKind::Zero
    } else {
        ReplyKind::Number
    }
}

fn clean_message(message: &str) -> String {
    let message = clean(&strip_markup(message));
    if message.is_empty() {
        return "no reason was given".to_owned();
    }
    let cropped = crop(&message, Reply::MAX_MESSAGE - 1, "…");
    if cropped == "…" {
        return message.chars().take(Reply::MAX_MESSAGE).collect();
    }
    cropped.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reply(body: &str) -> Reply {
        parse(body.as_bytes(), Some("text/xml; charset=utf-8"))
    }

    fn refusal(message: &str) -> Reply {
        Reply::Refused(message.to_owned())
    }

    #[test]
    fn clause_7_success_is_written_to_the_letter() {
        assert_eq!(
            accepted(),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<response>\n<error>0</error>\n</response>\n"
        );
        assert_eq!(parse(accepted().as_bytes(), None), Reply::Accepted);
    }

    #[test]
    fn clause_7_failure_carries_an_escaped_message() {
        let written = refused("a <b> & ]]>\n\"c\"\0");
        assert_eq!(
            written,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<response>\n<error>1</error>\n\
             <message>a &lt;b&gt; &amp; ]]&gt; &quot;c&quot;</message>\n</response>\n"
        );
        assert_eq!(reply(&written), refusal("a <b> & ]]> \"c\""));
    }

    #[test]
    fn replies_of_real_peers_are_read() {
        for body in [
            "\n\n<?xml version=\"1.0\"?><response><error>0</error></response>",
            "\u{FEFF}<response>\n <error> 0\n</error></response>",
            "<br />\n<b>Warning</b>: x in <b>y.php</b><br /><response><error>0</error></response>",
            "<RESPONSE><Error type='x'>0</ERROR ></RESPONSE>",
            "<response><!-- <error>1</error> --><error><![CDATA[0]]></error>",
            "<t:response xmlns:t='x'><t:error>00</t:error></t:response>",
            "<!DOCTYPE response [<!ENTITY a 'b'>]><response><error>0</error><message>ok</message></response>",
        ] {
            assert_eq!(reply(body), Reply::Accepted, "{body}");
        }
    }

    #[test]
    fn messages_of_real_peers_are_read() {
        for (body, message) in [
            (
                "<error>1</error><message>Tom & Jerry &raquo; <b>no</b></message>",
                "Tom & Jerry » no",
            ),
            (
                "<error>1</error><message><![CDATA[<p>No & no</p>]]></message>",
                "No & no",
            ),
            (
                "<message>first</message><error>1</error><message>second</message>",
                "first",
            ),
            ("<error>1</error><message>not closed", "not closed"),
            ("<error>12</error>", "no reason was given"),
            (
                "<error>0</error><message>ok</message><error>1</error><message>spam</message>",
                "spam",
            ),
            (
                "<error>-1</error><message> \n</message>",
                "no reason was given",
            ),
            ("<error>1</error><message/><x/>", "no reason was given"),
            (
                "<error>99999999999999999999999</error><message>a\u{1b}[2J\u{202E}\nb</message>",
                "a[2J b",
            ),
        ] {
            let body = format!("<response>{body}</response>");
            let body = body.replace("not closed</response>", "not closed");
            assert_eq!(reply(&body), refusal(message), "{body}");
        }
    }

    #[test]
    fn only_an_explicit_zero_is_success() {
        for body in [
            "",
            " \n",
            "OK",
            "<html><body>Thank you</body></html>",
            "<response></response>",
            "<response><error/></response>",
            "<response><error></error></response>",
            "<response><error>zero</error></response>",
            "<response><error>0",
            "<response><error>0</response>",
            "<response><error>0<x>1</x></error></response>",
            "<response><error code='0'/><error>0</error></response>",
            "<response><!-- <error>0</error> --></response>",
            "<response><!-- <error>0</error></response>",
            "<response><message><error>0</error></message></response>",
            "<response><message><error>0</error></response>",
            "<response><![CDATA[<error>0</error>]]></response>",
            "<response></response><error>0</error>",
            "<error>0</error>",
            "<response><error>0</error><error/></response>",
            "<response><error>0</error><error>x</error></response>",
            "<response><error>0</error><error>1",
            "<html><!-- <response><error>0</error></response> --></html>",
        ] {
            assert_eq!(reply(body), Reply::Unreadable, "{body}");
        }
    }

    #[test]
    fn a_success_inside_a_refusal_fools_nobody() {
        for body in [
            "<response><message>x <error>0</error></message><error>1</error></response>",
            "<response><error>1</error><message>x <error>0</error></message></response>",
            "<response><error>1</error><error>0</error><message>x</message></response>",
            "<response><error><!--0-->1</error></response><response><error>0</error></response>",
            "<error>0</error><response><error>1</error></response>",
            "<response><error>0</error><error>1</error></response>",
            "<response><error>0</error></response><response><error>1</error></response>",
            "<response><error>x</error><error>1</error></response>",
        ] {
            assert!(matches!(reply(body), Reply::Refused(_)), "{body}");
        }
    }

    #[test]
    fn the_charset_is_the_headers_or_the_declarations_or_guessed() {
        let body = |declaration: &str, message: &[u8]| {
            [
                declaration.as_bytes(),
                b"<response><error>1</error><message>",
                message,
                b"</message></response>",
            ]
            .concat()
        };
        let sjis = body("<?xml version='1.0' encoding='Shift_JIS'?>", b"\x8E\xA9");
        assert_eq!(parse(&sjis, Some("text/xml")), refusal("自"));
        let euc = body("", b"\xBC\xAB");
        assert_eq!(parse(&euc, Some("text/xml;charset=EUC-JP")), refusal("自"));
        assert_eq!(parse(&body("", b"caf\xE9"), None), refusal("café"));
        let jis = body(
            "<?xml version='1.0' encoding='ISO-2022-JP'?>",
            b"\x1b$B<+\x1b(B",
        );
        assert_eq!(parse(&jis, None), refusal("自"));
    }

    #[test]
    fn s7_hostile_replies_are_finished() {
        let size = 64 * 1024;
        for piece in [
            "<response>",
            "<error>",
            "<message>",
            "<!--",
            "<![CDATA[",
            "<",
            "&",
            "<a \"",
            "]]>",
            "<error>0",
            "<?",
            "</",
        ] {
            let body = piece.repeat(size / piece.len());
            assert_eq!(reply(&body), Reply::Unreadable, "{piece}");
        }
        let marks = format!(
            "<response><error>1</error><message>e{}",
            "\u{301}".repeat(30_000)
        );
        let Reply::Refused(message) = reply(&marks) else {
            panic!("not refused")
        };
        assert_eq!(message.chars().count(), Reply::MAX_MESSAGE);
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]
        #[test]
        fn any_message_is_well_formed_and_comes_back(message in "(?s).{0,400}") {
            let written = refused(&message);
            let mut reader = quick_xml::Reader::from_str(&written);
            while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
            let Reply::Refused(read) = reply(&written) else { panic!("not refused") };
            let sent = clean(&message);
            if !sent.is_empty() {
                prop_assert_eq!(read, sent);
            }
        }

        #[test]
        fn any_bytes_are_read(body: Vec<u8>, content_type: Option<String>) {
            prop_assert_eq!(parse(&body, content_type.as_deref()), Reply::Unreadable);
        }
    }
}
