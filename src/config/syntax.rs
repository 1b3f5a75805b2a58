//! Parses the TOML of `tb.toml`. What editors, word processors and uploads do to such a file is told with its cure, since
//! its owner may have nothing but the error log.

use toml_edit::{DocumentMut, TomlError};

use crate::error::Cause;

/// Quotation marks of word processors.
const QUOTES: [char; 10] = ['“', '”', '„', '‟', '‘', '’', '‚', '«', '»', '″'];
/// Keys whose values are not quoted.
const BOOLEANS: [&str; 2] = ["allow_private", "submit"];

/// Parses the document in `bytes`.
pub(super) fn parse(bytes: &[u8]) -> Result<DocumentMut, Cause> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let message = match bytes.contains(&0) {
            true => "the file is UTF-16; save it as UTF-8".to_owned(),
            false => format!(
                "the file is not UTF-8 (line {}); save it as UTF-8",
                line_number(before)
            ),
        };
        Cause::new(message, error)
    })?;
    text.parse().map_err(|error: TomlError| {
        let mut message = error.to_string().trim_end().to_owned();
        let at = error.span().map_or(0, |span| span.start);
        if let Some(cure) = cure(text, at) {
            message.push('\n');
            message.push_str(&cure);
        }
        Cause::new(message, error)
    })
}

fn line_number(before: &[u8]) -> usize {
    1 + before.iter().filter(|&&byte| byte == b'\n').count()
}

/// What to do about a syntax error at `at`, if it is a known one. Nothing of the text is quoted: it may be a secret.
fn cure(text: &str, at: usize) -> Option<String> {
    if text.matches('\0').count() > text.len() / 3 {
        return Some("the file is UTF-16; save it as UTF-8".to_owned());
    }
    if text.replace("\r\n", "").contains('\r') {
        let cure = "its line ends were changed on the way: upload it in binary mode, or save it with the line ends of Unix";
        return Some(cure.to_owned());
    }
    let is_stray = |character: char| character.is_control() && !"\t\r\n".contains(character);
    if let Some((at, stray)) = text.char_indices().find(|(_, other)| is_stray(*other)) {
        let line = line_number(text.as_bytes().get(..at)?);
        let code = u32::from(stray);
        return Some(format!(
            "line {line} has a control character (U+{code:04X}); delete it"
        ));
    }
    cure_of_line(line_at(text, at)?).map(str::to_owned)
}

fn line_at(text: &str, at: usize) -> Option<&str> {
    let begin = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    text.get(begin..)?.lines().next()
}

fn cure_of_line(line: &str) -> Option<&'static str> {
    let mut before_quotes = line.chars().take_while(|c| !"\"'#".contains(*c));
    if before_quotes.any(|c| !c.is_ascii() && (c.is_whitespace() || "\u{200B}\u{FEFF}".contains(c)))
    {
        return Some("it has a no-break space, or another space that is none; type the line anew");
    }
    let (key, value) = line.split_once('=')?;
    let value = value.trim_start_matches([' ', '\t', '[']);
    if value.starts_with(QUOTES) {
        return Some("its quotation marks are typographic; write straight ones, `\"`");
    }
    if value.starts_with('"') && value.contains('\\') {
        return Some("between `\"`, each `\\` is doubled; or write the value between `'`");
    }
    match value.chars().next() {
        Some(first) if first.is_alphabetic() || "/.~".contains(first) => {
            Some(match BOOLEANS.contains(&key.trim()) {
                true => "the value is `true` or `false`",
                false => "write the value between `\"`",
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8]) -> String {
        let error = parse(bytes).unwrap_err();
        crate::config::keys::wrong("tb.toml", error).to_string()
    }

    #[test]
    fn what_editors_and_uploads_do_to_a_file_is_told_with_its_cure() {
        let wide =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        for (bytes, cure) in [
            (
                &b"a = \"b\"\r\r\nc = \"d\"\r\r\n"[..],
                "upload it in binary mode",
            ),
            (b"a = \"b\"\rc = \"d\"\r", "upload it in binary mode"),
            (
                b"a = \"b\"\nc = \"Caf\xE9\"\n",
                "(line 2); save it as UTF-8",
            ),
            (&[b"\xFF\xFE", &wide("a = \"b\"\n")[..]].concat(), "UTF-16"),
            (&wide("a = \"b\"\n"), "UTF-16"),
            (
                b"a = \"b\"\n\x1A",
                "line 2 has a control character (U+001A)",
            ),
            (b"a = \"b\"\n\0", "line 2 has a control character (U+0000)"),
            ("a\u{A0}= \"b\"\n".as_bytes(), "no-break space"),
            ("a = \u{3000}\"b\"\n".as_bytes(), "no-break space"),
            ("a = “b”\n".as_bytes(), "typographic"),
            ("a = [„b“]\n".as_bytes(), "typographic"),
            (b"a = 1\nsubmit = yes\n", "`true` or `false`"),
            (b"site_name = Cats\n", "between `\"`"),
            (b"data_dir = /home/me/tb-data\n", "between `\"`"),
            (br#"data_dir = "C:\Users\x""#, "each `\\` is doubled"),
        ] {
            let said = said(bytes);
            let last = said.lines().last().unwrap();
            assert!(last.contains(cure), "{cure}: {said}");
        }
        // Where nothing is known, the parser's words alone.
        for bytes in [
            &b"[[[\n"[..],
            b"a = \"b\n",
            b"a = 1\na = 2\n",
            "# “x”\n= \"é\"".as_bytes(),
        ] {
            let said = said(bytes);
            assert!(
                said.starts_with("tb.toml: TOML parse error at line "),
                "{said}"
            );
            assert!(
                !said.contains("write") && !said.contains("it has"),
                "{said}"
            );
        }
    }

    #[test]
    fn s9_a_cure_quotes_nothing_of_the_file() {
        for line in [
            "password = secret",
            "password = “secret”",
            "password\u{A0}= \"secret\"",
            r#"password = "secret\z""#,
        ] {
            let cure = cure_of_line(line).unwrap();
            assert!(!cure.contains("secret"), "{cure}");
        }
    }
}
