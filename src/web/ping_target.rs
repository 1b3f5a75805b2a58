//! The target of a request: the id, and the key that follows it in a private ping URL.
//!
//! tb.cgi made one id of the whole path: `/foo/bar` was `foo_bar`. It still is, except if the id before the last slash
//! accepts pings at private URLs only, or a signature follows the slash: then what follows is the key. Extra slashes do
//! not matter; otherwise a passphrase could become part of a public id.

use percent_encoding::percent_decode_str;
use url::Url;

use super::Request;
use crate::admission::ping_auth;
use crate::app::App;
use crate::error::{Refusal, Result};
use crate::linkback::trackback::{Form, TbId};

/// The target of a request.
#[derive(Debug, Default)]
pub(super) struct RequestTarget {
    pub(super) tb_id: Option<TbId>,
    /// A passphrase or a signature, unchecked.
    pub(super) key: Option<String>,
}

/// Parses the id from the path, the query and the body, which must not name different ids. The first key is used.
pub(super) fn parse(
    app: &App<'_>,
    request: &Request,
    query: &Form,
    fields: &Form,
) -> Result<RequestTarget> {
    let path = Some(request.path.as_slice());
    let mut target = RequestTarget::default();
    for raw in [path, query.bytes("tb_id"), fields.bytes("tb_id")]
        .into_iter()
        .flatten()
        .filter(|raw| names_id(raw))
    {
        let (tb_id, key) = split_key(app, trim_slashes(raw))?;
        if target.tb_id.as_ref().is_some_and(|known| *known != tb_id) {
            return Err(Refusal::TbIdsDiffer.into());
        }
        target.tb_id = Some(tb_id);
        target.key = target.key.or(key);
    }
    let parameter = query.get("key").or_else(|| fields.get("key"));
    target.key = target.key.or_else(|| parameter.map(str::to_owned));
    Ok(target)
}

/// The id that a URL of this program names.
pub fn id_in_url(app: &App<'_>, url: &Url) -> Result<Option<TbId>> {
    let own = app.config.base_url.path().trim_end_matches('/');
    let path = url.path().strip_prefix(own).unwrap_or_default();
    let path: Vec<u8> = percent_decode_str(path).collect();
    let query = Form::query(url.query().unwrap_or_default().as_bytes())?;
    let named = [Some(path.as_slice()), query.bytes("tb_id")];
    let mut named = named.into_iter().flatten().filter(|raw| names_id(raw));
    let Some(raw) = named.next() else {
        return Ok(None);
    };
    split_key(app, trim_slashes(raw)).map(|(id, _)| Some(id))
}

/// Whether a path or a `tb_id` is more than slashes.
pub(super) fn names_id(raw: &[u8]) -> bool {
    !trim_slashes(raw).is_empty()
}

/// Masks the keys in a path and query, for logs that others may read.
pub fn mask_key(path: &str, query: Option<&str>) -> String {
    let mut out = mask_last(path).unwrap_or_else(|| path.to_owned());
    let mut separator = '?';
    // `;` separates parameters too: see `Form::query`.
    for piece in query
        .into_iter()
        .flat_map(|query| query.split_inclusive(['&', ';']))
    {
        let pair = piece.trim_end_matches(['&', ';']);
        out.push(separator);
        separator = piece
            .chars()
            .last()
            .filter(|last| "&;".contains(*last))
            .unwrap_or('&');
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match decode(name).as_str() {
            "key" => out.push_str("key=*"),
            "tb_id" => {
                out.push_str("tb_id=");
                out.push_str(&mask_last(value).unwrap_or_else(|| value.to_owned()));
            }
            _ => out.push_str(pair),
        }
    }
    out
}

/// The id, and the key if there is one behind it.
fn split_key(app: &App<'_>, raw: &[u8]) -> Result<(TbId, Option<String>)> {
    let whole = || Ok((TbId::new(raw)?, None));
    let Some((before, last)) = split_last(raw) else {
        return whole();
    };
    let Ok(id) = TbId::new(before) else {
        return whole();
    };
    if !last.starts_with(ping_auth::SIGNATURE)
        && app.config.passphrase.is_none()
        && ping_auth::passphrase_of(app.config, app.entry(&id)?.as_ref()).is_none()
    {
        return whole();
    }
    Ok((id, Some(last.to_owned()).filter(|last| !last.is_empty())))
}

/// Removes the slashes at both ends: `tb.cgi/hello/` is `tb.cgi/hello`.
fn trim_slashes(raw: &[u8]) -> &[u8] {
    let is_slash = |byte: &u8| *byte == b'/';
    let begin = raw
        .iter()
        .position(|byte| !is_slash(byte))
        .unwrap_or(raw.len());
    let end = raw
        .iter()
        .rposition(|byte| !is_slash(byte))
        .map_or(begin, |last| last + 1);
    raw.get(begin..end).unwrap_or_default()
}

/// Splits at the last slash that has something before it. Slashes at the end are ignored, except that one after a single
/// part separates an empty key from it.
fn split_last(raw: &[u8]) -> Option<(&[u8], &str)> {
    let text = std::str::from_utf8(raw).ok()?.trim_start_matches('/');
    let trimmed = text.trim_end_matches('/');
    let (before, last) = match trimmed.rsplit_once('/') {
        Some(parts) => parts,
        None if trimmed.len() < text.len() => (trimmed, ""),
        None => return None,
    };
    let before = before.trim_end_matches('/');
    (!before.is_empty()).then_some((before.as_bytes(), last))
}

/// Replaces what follows the last slash, in either spelling, by `*`; `None` if nothing there could be a key.
fn mask_last(text: &str) -> Option<String> {
    let slashes = ["/", "%2F", "%2f"];
    let mut end = text;
    while let Some(shorter) = slashes.iter().find_map(|slash| end.strip_suffix(slash)) {
        end = shorter;
    }
    let (at, slash) = slashes
        .iter()
        .filter_map(|slash| Some((end.rfind(slash)?, slash)))
        .max_by_key(|(at, _)| *at)?;
    let before = text.get(..at)?;
    let any = slashes
        .iter()
        .fold(before.to_owned(), |rest, slash| rest.replace(slash, ""));
    (!any.is_empty()).then(|| format!("{before}{slash}*"))
}

fn decode(text: &str) -> String {
    let pair = form_urlencoded::parse(text.as_bytes()).next();
    pair.map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_behind_the_last_slash_whatever_slashes_there_are() {
        let parts = |raw: &str| {
            let (before, last) = split_last(raw.as_bytes())?;
            Some((String::from_utf8(before.to_vec()).unwrap(), last.to_owned()))
        };
        let some = |before: &str, last: &str| Some((before.to_owned(), last.to_owned()));
        for raw in ["/id/key", "id/key", "/id/key/", "/id//key", "//id/key//"] {
            assert_eq!(parts(raw), some("id", "key"), "{raw}");
        }
        assert_eq!(parts("/2026/11/id/~1.a"), some("2026/11/id", "~1.a"));
        assert_eq!(parts("/id/"), some("id", ""));
        for raw in ["/id", "id", "/~1.a", "//", "/", "", "//id"] {
            assert_eq!(parts(raw), None, "{raw}");
        }
    }

    #[test]
    fn slashes_at_the_ends_of_a_path_name_nothing() {
        for raw in [
            "hello",
            "/hello",
            "hello/",
            "/hello/",
            "//hello",
            "/hello//",
            "///hello///",
        ] {
            assert_eq!(trim_slashes(raw.as_bytes()), b"hello", "{raw}");
        }
        for raw in ["", "/", "//", "////"] {
            assert_eq!(trim_slashes(raw.as_bytes()), b"", "{raw}");
        }
        assert_eq!(trim_slashes(b"/2026//11/hello/"), b"2026//11/hello");
    }

    #[test]
    fn s9_a_line_of_a_log_shows_no_key() {
        let line = |target: &str| {
            let (path, query) = match target.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (target, None),
            };
            mask_key(path, query)
        };
        for (target, logged) in [
            ("/entry", "/entry"),
            ("/entry/", "/entry/"),
            ("", ""),
            ("/", "/"),
            ("/entry/secret", "/entry/*"),
            ("/entry/secret/", "/entry/*"),
            ("/entry//secret//", "/entry//*"),
            ("//entry/secret", "//entry/*"),
            ("/entry%2Fsecret", "/entry%2F*"),
            ("/entry%2fsecret%2F", "/entry%2f*"),
            ("/2026/11/entry", "/2026/11/*"),
            ("/entry?__mode=rss&n=3", "/entry?__mode=rss&n=3"),
            ("?tb_id=entry&key=secret", "?tb_id=entry&key=*"),
            ("?tb_id=entry&%6bey=secret&x", "?tb_id=entry&key=*&x"),
            ("?tb_id=entry/secret", "?tb_id=entry/*"),
            ("?tb_id=entry%2Fsecret", "?tb_id=entry%2F*"),
            ("/猫/秘密", "/猫/*"),
            (
                "?__mode=list;tb_id=entry;key=secret",
                "?__mode=list;tb_id=entry;key=*",
            ),
            ("?tb_id=entry&amp;key=secret", "?tb_id=entry&amp;key=*"),
            ("?tb_id=entry/secret;n=1", "?tb_id=entry/*;n=1"),
        ] {
            assert_eq!(line(target), logged);
        }
    }
}
