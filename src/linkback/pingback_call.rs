//! Pingback 1.0 (Langridge and Hickson, 2002), the receiver's side: parses the call, writes the response.

use super::pingback::METHOD;
use super::request::LinkbackRequest;
use super::xml_rpc;
use crate::charset;
use crate::error::Refusal;
use crate::text::escape_xml;

/// Parses a call of `pingback.ping` with two strings, the source and the target; `content_type` may name its charset.
///
/// # Errors
///
/// [`Refusal::NotAPingback`] if it is anything else: no XML-RPC, a document type, another method or several, a parameter
/// too few or too many or of another type; otherwise those of [`LinkbackRequest::from_urls`].
pub fn parse_call(body: &[u8], content_type: Option<&[u8]>) -> Result<LinkbackRequest, Refusal> {
    let declared = content_type.and_then(charset::parameter);
    let text = charset::decode(body, declared.or_else(|| charset::xml_declaration(body)));
    let document = xml_rpc::parse(&text).ok_or(Refusal::NotAPingback)?;
    let [method, source, target] = document.texts.as_slice() else {
        return Err(Refusal::NotAPingback);
    };
    let mut strings = 0;
    for parameter in [source, target] {
        strings += match parameter.path.strip_prefix("methodCall/params/param/value") {
            // A value without a type is a string.
            Some("") => 0,
            Some("/string") => 1,
            _ => return Err(Refusal::NotAPingback),
        };
    }
    // A call, a name, `params`, and for each string a `param` and a `value` of its own.
    let is_whole = document.elements == 7 + strings && !document.has_text_around;
    if !is_whole || method.path != "methodCall/methodName" || method.text.trim() != METHOD {
        return Err(Refusal::NotAPingback);
    }
    LinkbackRequest::from_urls(&source.text, &target.text)
}

/// Writes the response to a call that was accepted.
#[must_use]
pub fn to_response(message: &str) -> String {
    let value = format!("<string>{}</string>", escape_xml(message));
    to_document(&format!(
        "<params><param><value>{value}</value></param></params>"
    ))
}

/// Writes the response to a call that was not.
#[must_use]
pub fn to_fault(code: i64, message: &str) -> String {
    let member = |name: &str, value: String| {
        format!("<member><name>{name}</name><value>{value}</value></member>")
    };
    to_document(&format!(
        "<fault><value><struct>{}{}</struct></value></fault>",
        member("faultCode", format!("<int>{code}</int>")),
        member(
            "faultString",
            format!("<string>{}</string>", escape_xml(message))
        ),
    ))
}

fn to_document(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<methodResponse>{inside}</methodResponse>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::super::pingback::{PingbackReply, parse_reply, to_call};
    use super::*;

    const SOURCE: &str = "https://a.example/1";
    const TARGET: &str = "https://blog.example/cats";

    fn parse(body: &str) -> Result<LinkbackRequest, Refusal> {
        parse_call(body.as_bytes(), Some(b"text/xml"))
    }

    /// A call with this method and these parameters.
    fn call(method: &str, parameters: &str) -> String {
        format!(
            "<?xml version='1.0'?><methodCall><methodName>{method}</methodName><params>{parameters}</params></methodCall>"
        )
    }

    fn parameters(values: &[&str]) -> String {
        let values = values.iter();
        let each = values.map(|value| format!("<param><value>{value}</value></param>"));
        each.collect()
    }

    #[test]
    fn calls_of_every_sender_are_parsed() {
        let expected = LinkbackRequest::from_urls(SOURCE, TARGET).unwrap();
        let plain = call(METHOD, &parameters(&[SOURCE, TARGET]));
        for body in [
            to_call(SOURCE, TARGET),
            // A value without a type is a string.
            plain.clone(),
            call(
                METHOD,
                &parameters(&[SOURCE, &format!("<string>{TARGET}</string>")]),
            ),
            plain.replace(SOURCE, &format!("<![CDATA[{SOURCE}]]>")),
            plain.replace("https://a", "http&#115;&#x3a;//a"),
            plain.replace(SOURCE, &format!("\n  {SOURCE}\n")),
            plain.replace("<params>", "<!-- two --><params>\n\n"),
            format!("\u{FEFF}{plain}"),
            format!("\n\n{plain}\n"),
            plain.replace("<?xml version='1.0'?>", ""),
        ] {
            assert_eq!(parse(&body), Ok(expected.clone()), "{body}");
        }
        let latin = plain.replace("version='1.0'", "version='1.0' encoding='ISO-8859-1'");
        let latin = latin.replace("/1", "/é");
        let bytes: Vec<u8> = latin.chars().map(|char| char as u8).collect();
        let parsed = parse_call(&bytes, None).unwrap();
        assert_eq!(parsed.source.as_str(), "https://a.example/%C3%A9");
        let parsed = parse_call(&bytes, Some(b"text/xml; charset=windows-1252")).unwrap();
        assert_eq!(parsed.source.as_str(), "https://a.example/%C3%A9");
        let mut wide = vec![0xFF, 0xFE];
        wide.extend(plain.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(parse_call(&wide, Some(b"text/xml")), Ok(expected));
    }

    #[test]
    fn anything_else_is_refused() {
        let good = call(METHOD, &parameters(&[SOURCE, TARGET]));
        let two = parameters(&[SOURCE, TARGET]);
        let deep = format!("{}x{}", "<value>".repeat(10_000), "</value>".repeat(10_000));
        let typed = |value: &str| call(METHOD, &parameters(&[value, TARGET]));
        let doctype = "<!DOCTYPE m [<!ENTITY u SYSTEM 'file:///etc/passwd'>]>";
        let bomb = "<!DOCTYPE m [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'><!ENTITY u '&b;&b;&b;&b;'>]>";
        let multicall = format!(
            "<array><data><value><struct><member><name>methodName</name><value>{METHOD}</value></member></struct>\
             </value></data></array>"
        );
        for body in [
            String::new(),
            "source=https://a.example/1&target=https://blog.example/cats".to_owned(),
            r#"{"source":"https://a.example/1"}"#.to_owned(),
            "<html><body>Hello</body></html>".to_owned(),
            good.replace("<methodCall>", &format!("{doctype}<methodCall>")),
            good.replace("<methodCall>", &format!("{doctype}<methodCall>"))
                .replace(SOURCE, "&u;"),
            good.replace("<methodCall>", &format!("{bomb}<methodCall>"))
                .replace(SOURCE, "&u;"),
            good.replace(SOURCE, "&u;"),
            good.replace(SOURCE, "&eacute;"),
            good.replace(SOURCE, &deep),
            deep.clone(),
            "<methodCall>".repeat(10_000),
            // Two methods, in each place.
            good.replace(
                "<params>",
                &format!("<methodName>{METHOD}</methodName><params>"),
            ),
            format!("{good}{good}"),
            format!("{good}garbage"),
            format!("{good}&amp;"),
            good.replace("<methodCall>", "x<methodCall>"),
            format!("<x>{0}{0}</x>", good.replace("<?xml version='1.0'?>", "")),
            call("system.multicall", &parameters(&[&multicall])),
            call("system.multicall", &two),
            call("system.listMethods", ""),
            call("pingback.extensions.getPingbacks", &two),
            call("PINGBACK.PING", &two),
            call("", &two),
            good.replace(&format!("<methodName>{METHOD}</methodName>"), ""),
            // Parameters: none, one, three, of other types, in the wrong places.
            call(METHOD, ""),
            good.replace(&format!("<params>{two}</params>"), ""),
            call(METHOD, &parameters(&[SOURCE])),
            call(METHOD, &parameters(&[SOURCE, TARGET, TARGET])),
            call(
                METHOD,
                &format!("<param><value>{SOURCE}</value><value>{TARGET}</value></param>"),
            ),
            call(
                METHOD,
                &parameters(&[&format!(
                    "<string>{SOURCE}</string><string>{TARGET}</string>"
                )]),
            ),
            good.replace("</param><param>", "</param></params><params><param>"),
            good.replace("<value>", "").replace("</value>", ""),
            typed("<int>5</int>"),
            typed("<boolean>1</boolean>"),
            typed("<base64>aHR0cHM6Ly9hLmV4YW1wbGUvMQ==</base64>"),
            typed("<nil/>"),
            typed("<array><data/></array>"),
            typed(&format!(
                "<array><data><value>{SOURCE}</value></data></array>"
            )),
            typed(&format!(
                "<struct><member><name>source</name><value>{SOURCE}</value></member></struct>"
            )),
            typed("<string/><string/>"),
            // Cut off, and not well-formed.
            good.replace("</methodCall>", ""),
            good.replace("</value>", "</valeu>"),
            good.replace("methodCall", "m:methodCall"),
            good.replace("methodCall", "methodResponse"),
        ] {
            let start: String = body.chars().take(300).collect();
            assert_eq!(parse(&body), Err(Refusal::NotAPingback), "{start}");
        }
    }

    #[test]
    fn what_is_no_url_is_the_fault_of_one_of_the_two() {
        for (values, refusal) in [
            (["", TARGET], Refusal::InvalidSource),
            (["<string/>", TARGET], Refusal::InvalidSource),
            (["javascript:alert(1)", TARGET], Refusal::InvalidSource),
            ([SOURCE, "/cats"], Refusal::InvalidTarget),
            ([SOURCE, "file:///etc/passwd"], Refusal::InvalidTarget),
            ([TARGET, TARGET], Refusal::SameUrl),
        ] {
            let body = call(METHOD, &parameters(&values));
            assert_eq!(parse(&body), Err(refusal), "{values:?}");
        }
    }

    #[test]
    fn responses_are_read_by_the_sender() {
        let response = to_response("a < b & c");
        assert_eq!(
            parse_reply(response.as_bytes(), None),
            PingbackReply::Accepted
        );
        let fault = to_fault(48, "a \u{1}& \"c\"");
        let expected = PingbackReply::Fault(48, "a & \"c\"".to_owned());
        assert_eq!(parse_reply(fault.as_bytes(), None), expected);
    }
}
