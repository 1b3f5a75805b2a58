//! Pingback 1.0 (Langridge and Hickson, 2002), the sender's side: finds the server that a page names, writes the call that
//! is posted to it, and parses the response.

use url::Url;

use super::xml_rpc::{self, XmlText};
use crate::charset;
use crate::html::{Base, strip_markup};
use crate::text::{clean, crop, escape_xml};

/// The media type of a call and of its response.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// The only method.
pub const METHOD: &str = "pingback.ping";

/// How many characters of a fault's message are kept.
pub const MAX_MESSAGE: usize = 500;

/// A server's response to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PingbackReply {
    /// It accepted the pingback.
    Accepted,
    /// It did not: the fault's code, and its message as one line of plain text. The message may be empty; WordPress gives
    /// one only for [`fault_code::REGISTERED`].
    Fault(i64, String),
    /// Not an XML-RPC response.
    Unreadable,
}

/// Fault codes (section 3 of the specification).
pub mod fault_code {
    /// None of the others.
    pub const OTHER: i64 = 0;
    /// The source does not exist.
    pub const NO_SOURCE: i64 = 16;
    /// The source does not link to the target.
    pub const NO_LINK: i64 = 17;
    /// The target does not exist.
    pub const NO_TARGET: i64 = 32;
    /// The target accepts no pingbacks.
    pub const NOT_A_TARGET: i64 = 33;
    /// The pingback was registered before.
    pub const REGISTERED: i64 = 48;
    /// The sender may not send pingbacks, or not now.
    pub const DENIED: i64 = 49;
    /// The server could not reach an upstream server, or got an error from it.
    pub const UPSTREAM: i64 = 50;
}

/// The server that an `X-Pingback` header names.
#[must_use]
pub fn in_header(value: &str) -> Option<Url> {
    absolute(value.trim())
}

/// The server that a page names: the first `<link rel="pingback" href="…">` in exactly that spelling, anywhere in the page
/// (section 2.2). Only four character references are decoded.
#[must_use]
pub fn in_page(text: &str) -> Option<Url> {
    const START: &str = "<link rel=\"pingback\" href=\"";
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(START) {
        rest = after;
        let end = after.find('"')?;
        let (value, behind) = after.split_at(end);
        let behind = behind.strip_prefix('"').unwrap_or(behind);
        let behind = behind.strip_prefix(' ').unwrap_or(behind);
        let behind = behind.strip_prefix('/').unwrap_or(behind);
        if !value.is_empty() && behind.starts_with('>') {
            return absolute(&decoded(value));
        }
    }
    None
}

/// Writes the call.
#[must_use]
pub fn to_call(source: &str, target: &str) -> String {
    let parameter = |url: &str| {
        let url = escape_xml(url);
        format!("<param><value><string>{url}</string></value></param>\n")
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<methodCall>\n<methodName>{METHOD}</methodName>\n<params>\n{}{}\
         </params>\n</methodCall>\n",
        parameter(source),
        parameter(target)
    )
}

/// Parses a response; `content_type` may name its charset.
#[must_use]
pub fn parse_reply(body: &[u8], content_type: Option<&str>) -> PingbackReply {
    let declared = content_type.and_then(|header| charset::parameter(header.as_bytes()));
    let declared = declared.or_else(|| charset::xml_declaration(body));
    let text = charset::decode(body, declared);
    // PHP may print warnings before the document.
    let start = text.find("<?xml").unwrap_or_default();
    let document = text.get(start..).unwrap_or_default();
    xml_rpc::parse(document)
        .and_then(|parsed| of_texts(&parsed.texts))
        .unwrap_or(PingbackReply::Unreadable)
}

fn of_texts(texts: &[XmlText]) -> Option<PingbackReply> {
    const FAULT: &str = "methodResponse/fault";
    let in_fault = texts.iter().filter_map(|text| {
        let element = text.path.strip_prefix(FAULT)?;
        Some((element, text.text.trim()))
    });
    let mut members = in_fault.clone().filter_map(|(element, text)| {
        let element = element.strip_prefix("/value/struct/member/")?;
        Some((element, text))
    });
    let (mut code, mut message) = (None, "");
    while let Some((element, name)) = members.next() {
        if element != "name" {
            continue;
        }
        let Some((_, value)) = members.next() else {
            break;
        };
        match name {
            "faultCode" => code = code.or(value.parse().ok()),
            "faultString" => message = value,
            _ => {}
        }
    }
    // Serendipity's fault is the bare number, that of others a bare text.
    let is_bare = |(element, _): &(&str, &str)| !element.starts_with("/value/struct");
    if let Some((_, bare)) = in_fault.clone().find(is_bare) {
        let number = bare.parse::<i64>().ok();
        code = code.or(number).or(Some(fault_code::OTHER));
        message = if number.is_none() { bare } else { message };
    }
    if let Some(code) = code {
        let message = clean(&strip_markup(message));
        return Some(PingbackReply::Fault(
            code,
            crop(&message, MAX_MESSAGE, "…").into_owned(),
        ));
    }
    let is_value = |text: &XmlText| {
        let path = &text.path;
        path.starts_with("methodResponse/params/param/value")
    };
    texts
        .iter()
        .any(is_value)
        .then_some(PingbackReply::Accepted)
}

/// Parses an absolute http or https URL of at most the length that is accepted anywhere.
fn absolute(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let mut url = Base::of(&url).join(text)?;
    url.set_fragment(None);
    Some(url)
}

/// Decodes `&amp;`, `&lt;`, `&gt;` and `&quot;`, each once.
fn decoded(text: &str) -> String {
    const REFERENCES: [(&str, char); 4] = [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, _)) = rest.split_once('&') {
        out.push_str(before);
        rest = rest.get(before.len()..).unwrap_or_default();
        let known = REFERENCES
            .iter()
            .find_map(|(name, character)| Some((rest.strip_prefix(name)?, *character)));
        let (after, character) = known.unwrap_or((rest.get(1..).unwrap_or_default(), '&'));
        out.push(character);
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p2_only_the_exact_spelling_is_a_link() {
        for (page, expected) in [
            (
                r#"<link rel="pingback" href="https://b.example/x" />"#,
                Some("https://b.example/x"),
            ),
            (
                r#"<link rel="pingback" href="https://b.example/x"/>"#,
                Some("https://b.example/x"),
            ),
            (
                r#"<link rel="pingback" href="https://b.example/x">"#,
                Some("https://b.example/x"),
            ),
            (
                r#"<!-- <link rel="pingback" href="https://b.example/x"> -->"#,
                Some("https://b.example/x"),
            ),
            (
                r#"<link rel="pingback" href=""><link rel="pingback" href="https://b.example/x"> <link rel="pingback" href="https://b.example/y">"#,
                Some("https://b.example/x"),
            ),
            (
                r#"<link rel="pingback" href="https://b.example/?a=1&amp;b=&quot;&eacute;&amp;lt;">"#,
                Some("https://b.example/?a=1&b=%22&eacute;&lt;"),
            ),
            (
                r#"<link rel="pingback" href="https://b.example/x"  />"#,
                None,
            ),
            (
                r#"<link rel="pingback" href="https://b.example/x" title="x">"#,
                None,
            ),
            (r#"<link href="https://b.example/x" rel="pingback">"#, None),
            (r#"<link rel='pingback' href='https://b.example/x'>"#, None),
            (r#"<LINK rel="pingback" href="https://b.example/x">"#, None),
            (r#"<link rel="pingback" href="https://b.example/x"#, None),
        ] {
            let found = in_page(page).map(String::from);
            assert_eq!(found.as_deref(), expected, "{page}");
        }
    }

    #[test]
    fn p3_a_server_is_an_absolute_web_address() {
        for hostile in [
            "/xmlrpc.php",
            "//b.example/xmlrpc.php",
            "javascript:alert(1)",
            "ftp://b.example/x",
            "https://user:word@b.example/x",
            "https://",
            "",
        ] {
            assert_eq!(in_header(hostile), None, "{hostile}");
            let page = format!("<link rel=\"pingback\" href=\"{hostile}\">");
            assert_eq!(in_page(&page), None, "{hostile}");
        }
        let long = format!("https://b.example/{}", "x".repeat(100_000));
        assert_eq!(in_header(&long), None);
        let found = in_header(" https://b.example/x ").map(String::from);
        assert_eq!(found.as_deref(), Some("https://b.example/x"));
    }

    #[test]
    fn p4_the_call_has_two_strings() {
        assert_eq!(
            to_call("https://me.example/?a=1&b", "https://b.example/<x>"),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<methodCall>\n<methodName>pingback.ping</methodName>\n<params>\n\
             <param><value><string>https://me.example/?a=1&amp;b</string></value></param>\n\
             <param><value><string>https://b.example/&lt;x&gt;</string></value></param>\n\
             </params>\n</methodCall>\n"
        );
    }

    fn bare(value: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<methodResponse>\n  <fault>\n    <value>{value}</value>\n  </fault>\n</methodResponse>"
        )
    }

    fn fault(code: &str, message: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodResponse>\n  <fault>\n    <value>\n      <struct>\n        \
             <member>\n          <name>faultCode</name>\n          <value><int>{code}</int></value>\n        </member>\n        \
             <member>\n          <name>faultString</name>\n          <value><string>{message}</string></value>\n        \
             </member>\n      </struct>\n    </value>\n  </fault>\n</methodResponse>\n"
        )
    }

    #[test]
    fn p7_responses_of_real_servers_are_parsed() {
        let accepted = "<methodResponse><params><param><value><string>Pingback from a to b registered.</string></value></param></params></methodResponse>";
        for (body, expected) in [
            (accepted.to_owned(), PingbackReply::Accepted),
            (
                accepted.replace("<string>", "").replace("</string>", ""),
                PingbackReply::Accepted,
            ),
            (
                format!("\n\n<?xml version='1.0'?>{accepted}"),
                PingbackReply::Accepted,
            ),
            // WordPress where PHP shows its warnings.
            (
                format!(
                    "<br />\n<b>Warning</b>:  Constant ABSPATH already defined in <b>/www/wp-config.php</b> on line \
                     <b>20</b><br />\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>{accepted}"
                ),
                PingbackReply::Accepted,
            ),
            (
                format!("x<?xml version='1.0'?><!DOCTYPE x>{accepted}"),
                PingbackReply::Unreadable,
            ),
            (fault("0", ""), PingbackReply::Fault(0, String::new())),
            (
                fault("17", "a &amp;lt;b&amp;gt;\n c")
                    .replace("<int>", "<i4>")
                    .replace("</int>", "</i4>"),
                PingbackReply::Fault(17, "a <b> c".to_owned()),
            ),
            (
                fault("48", "The pingback has already been registered."),
                PingbackReply::Fault(48, "The pingback has already been registered.".to_owned()),
            ),
            (
                fault("-32601", "server error. requested method not found"),
                PingbackReply::Fault(
                    -32601,
                    "server error. requested method not found".to_owned(),
                ),
            ),
            (fault("x", "y"), PingbackReply::Unreadable),
            (bare("<i4>0</i4>"), PingbackReply::Fault(0, String::new())),
            (
                bare("<int>17</int>"),
                PingbackReply::Fault(17, String::new()),
            ),
            (bare(" 48\n"), PingbackReply::Fault(48, String::new())),
            (
                bare("<string>no &lt;b&gt;</string>"),
                PingbackReply::Fault(0, "no".to_owned()),
            ),
            (bare(""), PingbackReply::Fault(0, String::new())),
            (
                accepted.replace("methodResponse", "methodCall"),
                PingbackReply::Unreadable,
            ),
            (
                "XML-RPC server accepts POST requests only.".to_owned(),
                PingbackReply::Unreadable,
            ),
            (
                "<html><body>ok</body></html>".to_owned(),
                PingbackReply::Unreadable,
            ),
            (String::new(), PingbackReply::Unreadable),
            (format!("<!DOCTYPE x>{accepted}"), PingbackReply::Unreadable),
            (
                accepted.replace("</methodResponse>", ""),
                PingbackReply::Unreadable,
            ),
        ] {
            assert_eq!(
                parse_reply(body.as_bytes(), Some("text/xml")),
                expected,
                "{body}"
            );
        }
    }
}
