//! A ping: the four fields of the specification, validated, cleaned and cropped once, then trusted.
//!
//! `url` is required, the rest is optional (clause 5); each receiver sets its limits (clause 6). The fields are plain text:
//! no markup, no control or bidirectional characters, one line each.

use url::Url;

use super::form::Form;
use crate::error::Refusal;
use crate::html::strip_markup;
use crate::linkback::markup::escape_markup;
use crate::text::{clean, crop};
use crate::urls::is_plain_web;

/// The `Content-Type` for sending a ping (clauses 2 and 3): always UTF-8.
pub const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// A ping: an entry's description of itself for the entry that it links to (clause 5).
///
/// [`Ping::new`] and [`Ping::from_form`] enforce the limits below and plain text, so that it can be stored as it is. It
/// still has to be escaped for output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ping {
    /// The permalink of the entry: absolute, http or https, as [`Url`] serialises it.
    pub url: String,
    /// The entry's title, never empty: the default is the `url`.
    pub title: String,
    /// The beginning of the entry, or empty.
    pub excerpt: String,
    /// The name of the weblog, or empty.
    pub blog_name: String,
}

impl Ping {
    /// The longest `url` in bytes, both as received and as serialised. The specification names no limit.
    pub const MAX_URL: usize = 2_048;

    /// The longest title in characters (Unicode scalar values); a longer one is cropped at the end
    /// of a grapheme cluster. arXiv keeps 255.
    pub const MAX_TITLE: usize = 250;

    /// The longest excerpt in characters; a longer one is cropped and ends with `…`. This is the
    /// limit of tb.cgi.
    pub const MAX_EXCERPT: usize = 252;

    /// The longest weblog name in characters; a longer one is cropped like a title.
    pub const MAX_BLOG_NAME: usize = 250;

    /// Takes the four fields from a form; unknown fields are ignored (clause 6), and of repeated ones the first is used.
    ///
    /// # Errors
    ///
    /// Those of [`Ping::new`].
    pub fn from_form(form: &Form) -> Result<Ping, Refusal> {
        let field = |name| form.get(name).unwrap_or_default();
        // Old programs send the URL as it stands in their pages.
        let mut url = field("url").replace("&amp;", "&");
        for reference in ["&#38;", "&#038;"] {
            url = url.replace(reference, "&");
        }
        Ping::new(&url, field("title"), field("excerpt"), field("blog_name"))
    }

    /// Checks the URL; removes markup from the texts, decodes their character references once, cleans
    /// and crops them. An empty title becomes the URL, as in tb.cgi.
    ///
    /// Also used for sending, since receivers may crop anywhere, even inside an escape.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoUrl`] if the URL is blank, [`Refusal::UrlTooLong`], [`Refusal::BadUrl`] if it is
    /// not absolute http or https, or has a user name: `https://bank.example@evil.example/` misleads.
    pub fn new(url: &str, title: &str, excerpt: &str, blog_name: &str) -> Result<Ping, Refusal> {
        let url = check_url(url)?;
        let title = plain(title, Ping::MAX_TITLE, "");
        Ok(Ping {
            title: if title.is_empty() {
                crop(&url, Ping::MAX_TITLE, "").into_owned()
            } else {
                title
            },
            excerpt: plain(excerpt, Ping::MAX_EXCERPT, "…"),
            blog_name: plain(blog_name, Ping::MAX_BLOG_NAME, ""),
            url,
        })
    }

    /// Writes the body to send, urlencoded in UTF-8 (see [`CONTENT_TYPE`]); empty fields are left out. At most
    /// 16 KiB: a character takes up to 12 bytes there.
    ///
    /// Receivers read texts as markup (WordPress, this library) or as plain text (Movable Type, Serendipity, Zinnia). So that
    /// all show the same, only what would be read as a tag or a character reference is escaped: [`Ping::from_form`]
    /// restores the same texts.
    #[must_use]
    pub fn to_form(&self) -> String {
        let mut body = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("title", &self.title),
            ("url", &self.url),
            ("excerpt", &self.excerpt),
            ("blog_name", &self.blog_name),
        ] {
            if name == "url" {
                body.append_pair(name, value);
            } else if !value.is_empty() {
                body.append_pair(name, &escape_markup(value));
            }
        }
        body.finish()
    }
}

fn check_url(raw: &str) -> Result<String, Refusal> {
    let raw = raw.trim();
    if raw.is_empty() {
        return Err(Refusal::NoUrl);
    }
    if raw.len() > Ping::MAX_URL {
        return Err(Refusal::UrlTooLong);
    }
    let url = Url::parse(raw).map_err(|_| Refusal::BadUrl)?;
    if !is_plain_web(&url) {
        return Err(Refusal::BadUrl);
    }
    // Escapes and Punycode can make it longer.
    if url.as_str().len() > Ping::MAX_URL {
        return Err(Refusal::UrlTooLong);
    }
    Ok(url.into())
}

fn plain(raw: &str, most: usize, ellipsis: &str) -> String {
    let text = clean(&strip_markup(raw));
    crop(&text, most, ellipsis).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::escape_xml;
    use proptest::prelude::*;

    fn url(raw: &str) -> Result<String, Refusal> {
        Ping::new(raw, "", "", "").map(|ping| ping.url)
    }

    fn title(raw: &str) -> String {
        Ping::new("http://a/", raw, "", "").unwrap().title
    }

    #[test]
    fn a_short_excerpt_stays_as_it_is() {
        assert_eq!(Ping::new("https://a/", "t", "e", "b").unwrap().excerpt, "e");
    }

    #[test]
    fn clause_5_url_is_required() {
        let form = Form::query(b"title=x&excerpt=y").unwrap();
        assert_eq!(Ping::from_form(&form), Err(Refusal::NoUrl));
        assert_eq!(url(" \r\n\t"), Err(Refusal::NoUrl));
    }

    #[test]
    fn clause_5_the_other_fields_are_optional() {
        let form = Form::query(b"url=http%3A%2F%2Fblog.example%2F1&x=y").unwrap();
        let ping = Ping::from_form(&form).unwrap();
        assert_eq!(ping.title, "http://blog.example/1");
        assert_eq!((ping.excerpt.as_str(), ping.blog_name.as_str()), ("", ""));
    }

    #[test]
    fn a_url_is_kept_as_the_url_standard_writes_it() {
        assert_eq!(
            url(" HTTP://Blog.Example:80/a b?猫#c "),
            Ok("http://blog.example/a%20b?%E7%8C%AB#c".to_owned())
        );
        assert_eq!(
            url("https://猫.example"),
            Ok("https://xn--z7x.example/".to_owned())
        );
    }

    #[test]
    fn a_url_that_was_sent_as_it_stands_in_a_page_is_decoded() {
        for reference in ["&", "&amp;", "&#38;", "&#038;"] {
            let form = format!(
                "url={}",
                urlencoded(&format!("http://a/?x=1{reference}y=2#z"))
            );
            let form = Form::query(form.as_bytes()).unwrap();
            assert_eq!(Ping::from_form(&form).unwrap().url, "http://a/?x=1&y=2#z");
        }
        let twice = format!("url={}", urlencoded("http://a/?x=1&amp;amp;y=&amp;lt;&lt;"));
        let form = Form::query(twice.as_bytes()).unwrap();
        assert_eq!(
            Ping::from_form(&form).unwrap().url,
            "http://a/?x=1&amp;y=&lt;&lt;"
        );
    }

    fn urlencoded(text: &str) -> String {
        form_urlencoded::byte_serialize(text.as_bytes()).collect()
    }

    #[test]
    fn s3_urls_that_are_not_plain_http_are_refused() {
        for raw in [
            "javascript:alert(1)",
            " java\nscript:alert(1)",
            "data:text/html,x",
            "ftp://a/",
            "//a/",
            "/a",
            "a",
            "http://",
            "http:///",
            "http://a b/",
            "https://paypal.com@evil.example/",
            "https://:x@evil.example/",
            "http://[::1",
            "http://a:99999/",
            "file:///etc/passwd",
            "blob:https://a/x",
        ] {
            assert_eq!(url(raw), Err(Refusal::BadUrl), "{raw}");
        }
    }

    #[test]
    fn s7_a_url_is_measured_raw_and_serialised() {
        let long = |length: usize| format!("http://a/{}", "x".repeat(length - 9));
        assert!(url(&long(2_048)).is_ok());
        assert_eq!(url(&long(2_049)), Err(Refusal::UrlTooLong));
        let growing = format!("http://a/{}", "猫".repeat(600));
        assert!(growing.len() < Ping::MAX_URL);
        assert_eq!(url(&growing), Err(Refusal::UrlTooLong));
    }

    #[test]
    fn s3_texts_lose_markup_and_are_decoded_once() {
        let raw = "<b>Tom &amp; Jerry</b>\r\n<script>x</script> &amp;lt;i&amp;gt;\u{202E}\0";
        assert_eq!(title(raw), "Tom & Jerry x &lt;i&gt;");
        assert_eq!(title("<img src=x onerror=alert(1)>"), "http://a/");
    }

    #[test]
    fn clause_6_long_fields_are_cropped() {
        let long = "ab ".repeat(30_000);
        let ping = Ping::new("http://a/", &long, &long, &long).unwrap();
        assert_eq!(ping.title.chars().count(), 250);
        assert_eq!(ping.blog_name.chars().count(), 250);
        assert!(ping.excerpt.ends_with("b…"));
        assert!(ping.excerpt.chars().count() <= 253);
        let exact = "x".repeat(252);
        assert_eq!(
            Ping::new("http://a/", "", &exact, "").unwrap().excerpt,
            exact
        );
    }

    #[test]
    fn s7_hostile_texts_are_finished_and_cropped() {
        let huge = Form::MAX_BYTES;
        for raw in [
            "<".repeat(huge),
            "&".repeat(huge),
            "&#".repeat(huge / 2),
            "<!--".repeat(huge / 4),
            "<a b='".repeat(huge / 6),
            format!("e{}", "\u{301}".repeat(huge / 2)),
            "👩\u{200D}".repeat(huge / 7),
            "🇯".repeat(huge / 4),
            "\u{1100}".repeat(huge / 3),
        ] {
            let ping = Ping::new("http://a/", &raw, &raw, &raw).unwrap();
            assert!(!ping.title.is_empty());
            assert!(ping.title.chars().count() <= Ping::MAX_TITLE);
            assert!(ping.excerpt.chars().count() <= Ping::MAX_EXCERPT + 1);
        }
    }

    #[test]
    fn a_letter_under_a_mountain_of_marks_is_cut_inside_its_cluster() {
        let cut = title(&format!("e{}", "\u{301}".repeat(30_000)));
        assert_eq!(cut.chars().count(), 250);
        assert!(cut.starts_with('e'));
    }

    #[test]
    fn clause_1_a_sent_ping_leaves_empty_fields_out() {
        let ping = Ping::new("http://a/?b=c&d", "é & x", "", "B").unwrap();
        assert_eq!(
            ping.to_form(),
            "title=%C3%A9+%26+x&url=http%3A%2F%2Fa%2F%3Fb%3Dc%26d&blog_name=B"
        );
    }

    #[test]
    fn c5_only_what_would_be_read_as_markup_is_escaped() {
        for (text, sent) in [
            (
                "Why `<details>` beats `&amp;`",
                "Why `&lt;details>` beats `&amp;amp;`",
            ),
            ("AT&T, Q&A, R & D, a&b", "AT&T, Q&A, R & D, a&b"),
            ("1 < 2 > 0, x<3", "1 < 2 > 0, x&lt;3"),
            (
                "&copy &copy; &#65; &#x41 &#xZ &# &;",
                "&amp;copy &amp;copy; &amp;#65; &amp;#x41 &#xZ &# &;",
            ),
            (
                "&lt;b&gt; &notit; &nosuch;",
                "&amp;lt;b&amp;gt; &amp;notit; &nosuch;",
            ),
            ("<!-- <?php </x> <", "&lt;!-- &lt;?php &lt;/x> &lt;"),
            ("\"quoted\" 'it' 猫 > &猫;", "\"quoted\" 'it' 猫 > &猫;"),
        ] {
            let ping = Ping::new("https://a.example/", &escape_xml(text), "", "").unwrap();
            assert_eq!(ping.title, text);
            let body = ping.to_form();
            let form: Vec<_> = form_urlencoded::parse(body.as_bytes()).collect();
            assert_eq!(form[0].1, sent, "{text}");
        }
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]
        #[test]
        fn every_accepted_ping_keeps_its_limits(raw in "(https?://)?[^ ]{0,40}", text in "(?s).{0,600}") {
            if let Ok(ping) = Ping::new(&raw, &text, &text, &text) {
                let again = Url::parse(&ping.url).unwrap();
                prop_assert!(is_plain_web(&again));
                prop_assert_eq!(again.as_str(), ping.url.as_str());
                prop_assert!(!ping.title.is_empty() && ping.title.chars().count() <= 250);
                prop_assert!(ping.excerpt.chars().count() <= 253);
                for kept in [&ping.title, &ping.excerpt, &ping.blog_name] {
                    prop_assert!(!kept.contains(char::is_control));
                    prop_assert_eq!(clean(kept), kept.as_str());
                }
            }
        }

        #[test]
        fn c5_what_is_sent_is_what_is_received(
            text in "(?s)(.|&[#a-zA-Z;]|&amp;|&lt|&#[xX]?[0-9a-f]{1,4};?|</?[a-z!?]|<!--|[ -~]){0,80}",
            other in "(?s).{0,240}",
        ) {
            // A sender escapes plain text before `Ping::new`.
            let [title, excerpt] = [&text, &other].map(|text| escape_xml(text));
            let sent = Ping::new("https://a.example/x?y=1#z", &title, &excerpt, &title).unwrap();
            let form = Form::body(sent.to_form().as_bytes(), Some(CONTENT_TYPE.as_bytes())).unwrap();
            prop_assert_eq!(Ping::from_form(&form).unwrap(), sent);
        }
    }
}
