//! `<response>`: written as the specification has it, read as the peers write it.
//!
//! Real replies come behind blank lines, with unescaped text (WordPress), in odd charsets, or not at all (an empty
//! 200). Only an explicit `<error>0</error>` is a success (clause 7): a ping that was not acknowledged counts as not
//! received.

use crate::charset;
use crate::linkback::markup::{MarkupPiece, local, pieces};
use crate::text::{clean, crop, escape_xml, strip_markup};

/// What the other side made of a ping. The HTTP status has no part in it: failures come with 200 too (arXiv).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// `<error>0</error>`: it has the ping. Not that anybody will see it: many peers (arXiv, WordPress) hold what they accept.
    Accepted,
    /// Another error number, with the other side's message: one line of plain text, never empty, at
    /// most [`Reply::MAX_MESSAGE`] characters.
    Refused(String),
    /// No `<response>` with an `<error>` number in it.
    Unreadable,
}

impl Reply {
    /// The longest message that is kept, in characters; what is cut off is marked by a `…`.
    pub const MAX_MESSAGE: usize = 500;
}

/// Writes the reply to a ping that was accepted, to the letter of the specification (clause 7). To be sent as
/// `text/xml; charset=utf-8` with status 200.
#[must_use]
pub fn accepted() -> String {
    response("<error>0</error>\n")
}

/// Writes the reply to a ping that was refused, and why: one line of plain text, cleaned and escaped here (clause 7).
/// To be sent with status 200 as well, as most peers do.
#[must_use]
pub fn refused(message: &str) -> String {
    let message = clean(message);
    let message = escape_xml(&message);
    response(&format!("<error>1</error>\n<message>{message}</message>\n"))
}

/// Reads a reply; `content_type` may name its charset. The caller caps it, 64 KiB is plenty.
///
/// The first `<error>` inside `<response>` decides, outside of comments and of `<message>`.
#[must_use]
pub fn read(body: &[u8], content_type: Option<&str>) -> Reply {
    let declared = content_type.and_then(|header| charset::parameter(header.as_bytes()));
    let declared = declared.or_else(|| charset::xml_declaration(body));
    let text = charset::decode(body, declared);
    let (verdict, message) = scan(&text);
    match verdict {
        ReplyKind::Zero => Reply::Accepted,
        ReplyKind::Number => Reply::Refused(one_line(&message)),
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

/// Finds the first verdict and the first message of the first `<response>`.
fn scan(text: &str) -> (ReplyKind, String) {
    let mut verdict = ReplyKind::Missing;
    let mut message = String::new();
    let mut message_is_done = false;
    let mut place = ReplyElement::Outside;
    for piece in pieces(text) {
        match (&mut place, piece) {
            (ReplyElement::Outside, MarkupPiece::Open { name, .. }) if is(name, "response") => {
                place = ReplyElement::Response;
            }
            (ReplyElement::Response, MarkupPiece::Open { name, attributes }) => {
                let empty = attributes.ends_with('/');
                if is(name, "message") && !empty {
                    place = ReplyElement::Message;
                } else if is(name, "error") && verdict == ReplyKind::Missing {
                    if empty {
                        verdict = ReplyKind::Nonsense;
                    } else {
                        place = ReplyElement::Error(String::new());
                    }
                }
            }
            (ReplyElement::Response, MarkupPiece::Close(name)) if is(name, "response") => break,
            (ReplyElement::Error(number), MarkupPiece::Text(part) | MarkupPiece::Cdata(part)) => {
                number.push_str(part);
            }
            (ReplyElement::Error(number), MarkupPiece::Close(name)) if is(name, "error") => {
                verdict = judge(number);
                place = ReplyElement::Response;
            }
            (ReplyElement::Error(_), MarkupPiece::Open { .. } | MarkupPiece::Close(_)) => {
                verdict = ReplyKind::Nonsense;
                place = ReplyElement::Response;
            }
            (ReplyElement::Message, MarkupPiece::Close(name)) if is(name, "message") => {
                message_is_done = true;
                place = ReplyElement::Response;
            }
            (ReplyElement::Message, MarkupPiece::Text(part) | MarkupPiece::Cdata(part))
                if !message_is_done =>
            {
                message.push_str(part);
            }
            // Markup in a message, unescaped: it parts words.
            (ReplyElement::Message, MarkupPiece::Open { .. } | MarkupPiece::Close(_))
                if !message_is_done =>
            {
                message.push(' ');
            }
            _ => {}
        }
    }
    (verdict, message)
}

fn is(name: &str, wanted: &str) -> bool {
    local(name).eq_ignore_ascii_case(wanted)
}

fn judge(number: &str) -> ReplyKind {
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

fn one_line(message: &str) -> String {
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
        read(body.as_bytes(), Some("text/xml; charset=utf-8"))
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
        assert_eq!(read(accepted().as_bytes(), None), Reply::Accepted);
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
        assert_eq!(read(&sjis, Some("text/xml")), refusal("自"));
        let euc = body("", b"\xBC\xAB");
        assert_eq!(read(&euc, Some("text/xml;charset=EUC-JP")), refusal("自"));
        assert_eq!(read(&body("", b"caf\xE9"), None), refusal("café"));
        let jis = body(
            "<?xml version='1.0' encoding='ISO-2022-JP'?>",
            b"\x1b$B<+\x1b(B",
        );
        assert_eq!(read(&jis, None), refusal("自"));
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
            prop_assert_eq!(read(&body, content_type.as_deref()), Reply::Unreadable);
        }
    }
}
