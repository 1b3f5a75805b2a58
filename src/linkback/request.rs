//! What a webmention and a pingback say: two URLs, checked before anything is fetched (Webmention, 3.2.1).

use url::Url;

use super::trackback::{Form, Ping};
use crate::error::Refusal;
use crate::text::is_one_line;
use crate::urls::{is_page, parse_plain_web};

/// A received webmention or pingback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkbackRequest {
    /// The page that links.
    pub source: Url,
    /// The page that it links to, without a fragment.
    pub target: Url,
    /// The same as received.
    pub target_as_sent: String,
}

impl LinkbackRequest {
    /// Parses the fields `source` and `target`. If a field is repeated, the first one counts; other fields are ignored.
    ///
    /// # Errors
    ///
    /// Those of [`LinkbackRequest::from_urls`].
    pub fn from_form(form: &Form) -> Result<LinkbackRequest, Refusal> {
        let field = |name| form.get(name).unwrap_or_default();
        LinkbackRequest::from_urls(field("source"), field("target"))
    }

    /// Parses the two URLs.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidSource`] or [`Refusal::InvalidTarget`] if it is not an absolute http or https URL of at most
    /// 2,048 bytes without a user name and without control characters, [`Refusal::SameUrl`] if both are the same page.
    pub fn from_urls(source: &str, target: &str) -> Result<LinkbackRequest, Refusal> {
        let parse = |text: &str| {
            // The parser drops line breaks and tabs, and escapes other controls; what is stored is as sent.
            let is_sound = text.len() <= Ping::MAX_URL && is_one_line(text);
            let url = parse_plain_web(text).filter(|_| is_sound)?;
            (url.as_str().len() <= Ping::MAX_URL).then_some(url)
        };
        let sent = target.trim();
        let source = parse(source.trim()).ok_or(Refusal::InvalidSource)?;
        let mut target = parse(sent).ok_or(Refusal::InvalidTarget)?;
        target.set_fragment(None);
        if is_page(&source, &target) {
            return Err(Refusal::SameUrl);
        }
        Ok(LinkbackRequest {
            source,
            target,
            target_as_sent: sent.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str, target: &str) -> Result<LinkbackRequest, Refusal> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("source", source)
            .append_pair("target", target);
        let form = Form::body(body.finish().as_bytes(), None)?;
        LinkbackRequest::from_form(&form)
    }

    const SOURCE: &str = "https://a.example/1";
    const TARGET: &str = "https://blog.example/cats";

    #[test]
    fn r1_both_must_be_absolute_http_or_https() {
        assert!(parse(SOURCE, TARGET).is_ok());
        for bad in [
            "",
            " ",
            "/1",
            "a.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://a.example/",
            "https://",
            "https://me:secret@a.example/",
            "mailto:a@a.example",
            "https://blog\t.example/ca\nts",
            "https://a.example/1\r\nX: 1",
            "https://a.example/1\0",
            "https://a.example/\u{1b}[31m",
            "https://a.example/\u{202e}gpj.exe",
            "https://a.example/\u{2028}x",
            "\0https://a.example/",
            &format!("https://a.example/{}", "x".repeat(3_000)),
            &format!("https://a.example/{}", "猫".repeat(500)),
        ] {
            assert_eq!(parse(bad, TARGET), Err(Refusal::InvalidSource), "{bad}");
            assert_eq!(parse(SOURCE, bad), Err(Refusal::InvalidTarget), "{bad}");
        }
    }

    #[test]
    fn r2_one_page_is_refused_in_every_spelling() {
        for same in [
            TARGET,
            "https://blog.example/cats#a",
            "HTTPS://BLOG.example:443/cats",
            " https://blog.example/./cats ",
            "https://blog.example/dogs/../cats#",
            "https://blog.example/cats/",
            "https://blog.example//cats",
            "https://blog.example/%63ats",
            "https://blog.example/%2e/cats",
            "http://blog.example/cats",
            "http://blog.example:80/cats",
            "https://www.blog.example/cats",
            "https://blog.example./cats",
            "https://blog.example/cats?utm_source=feed",
            "https:\\\\blog.example\\cats",
        ] {
            assert_eq!(parse(same, TARGET), Err(Refusal::SameUrl), "{same}");
            assert_eq!(parse(TARGET, same), Err(Refusal::SameUrl), "{same}");
        }
    }

    #[test]
    fn r2_other_pages_of_one_host_are_not_the_same() {
        for other in ["https://blog.example/", "https://blog.example/cats?p=1"] {
            assert!(parse(other, TARGET).is_ok(), "{other}");
        }
    }

    #[test]
    fn r3_the_fragment_of_the_target_is_ignored_and_kept_as_sent() {
        let request = parse(SOURCE, "https://blog.example/cats#c5").unwrap();
        assert_eq!(request.target.as_str(), TARGET);
        assert_eq!(request.target_as_sent, "https://blog.example/cats#c5");
    }
}
