//! Questions on a terminal, each with an explanation and, if one can be guessed, a default.

use std::io::{self, BufRead, IsTerminal, Read};

use super::hidden::HiddenInput;
use super::parsers;
use super::shell::Shell;
use crate::error::{Error, Result};
use crate::setup::answers::{LONGEST, check_password};

/// Asks until the answer is valid; an empty answer is `default`.
pub(super) fn ask<T>(
    shell: &mut Shell,
    why: &str,
    question: &str,
    default: &str,
    parse: impl Fn(&str) -> std::result::Result<T, String>,
) -> Result<T> {
    shell.out.line("")?;
    shell.out.lines(why)?;
    loop {
        match parse(&answer(shell, question, default)?) {
            Ok(value) => return Ok(value),
            Err(message) => shell.out.line(&format!("Invalid value: {message}."))?,
        }
    }
}

/// Asks once; an empty answer is `default`.
#[inline(never)]
fn answer(shell: &mut Shell, question: &str, default: &str) -> Result<String> {
    let hint = match default {
        "" => String::new(),
        default => format!(" [{default}]"),
    };
    shell.out.prompt(&format!("{question}{hint}: "))?;
    let mut line = String::new();
    let count = io::stdin().lock().take(1 << 16).read_line(&mut line);
    if count.map_err(Error::Stream)? == 0 {
        shell.out.line("")?;
        return Err(Error::Usage("end of input; nothing was changed".to_owned()));
    }
    Ok(match line.trim() {
        "" => default.to_owned(),
        answer => answer.to_owned(),
    })
}

/// A new password: asked for twice without echo on a terminal, else one line of standard input.
pub(super) fn new_password() -> Result<String> {
    if !io::stdin().is_terminal() {
        return read_password();
    }
    let hidden = HiddenInput::begin()?;
    let password = hidden.ask("New password: ")?;
    check_password(&password)?;
    if hidden.ask("The same again: ")? != password {
        return Err(Error::Usage("the two passwords differ".to_owned()));
    }
    Ok(password)
}

/// As [`new_password`] on a terminal; `None` if it is left empty.
pub(super) fn optional_password() -> Result<Option<String>> {
    let hidden = HiddenInput::begin()?;
    loop {
        let password = hidden.ask("Password (none: log in later, after `tb passwd`): ")?;
        if password.is_empty() {
            return Ok(None);
        }
        let fault = match check_password(&password) {
            Ok(()) if hidden.ask("The same again: ")? == password => return Ok(Some(password)),
            Ok(()) => "the two passwords differ".to_owned(),
            Err(error) => error.to_string(),
        };
        super::shell::warn(&fault);
    }
}

/// A passphrase: asked for without echo on a terminal, else one line of standard input.
pub(super) fn passphrase() -> Result<String> {
    let words = match io::stdin().is_terminal() {
        true => HiddenInput::begin()?.ask("Passphrase: ")?,
        false => read_line()?,
    };
    parsers::passphrase(words.trim())
        .map_err(|right| Error::Usage(format!("a passphrase has {right}")))
}

/// A password from standard input.
pub(super) fn read_password() -> Result<String> {
    let password = read_line()?;
    check_password(&password)?;
    Ok(password)
}

/// One line of standard input, without its end.
fn read_line() -> Result<String> {
    let mut line = Vec::new();
    io::stdin()
        .lock()
        .take(LONGEST as u64 + 3)
        .read_until(b'\n', &mut line)
        .map_err(Error::Stream)?;
    let password =
        String::from_utf8(line).map_err(|_| Error::Usage("it must be UTF-8".to_owned()))?;
    let password = password.strip_suffix('\n').unwrap_or(&password);
    let password = password.strip_suffix('\r').unwrap_or(password);
    Ok(password.to_owned())
}
