//! The texts of the repository.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn path_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(path_of(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn bless() -> bool {
    std::env::var_os("TB_BLESS").is_some()
}

/// The code blocks of a language in a text.
pub(crate) fn blocks(text: &str, language: &str) -> Vec<String> {
    let text = text.replace("\n   ```", "\n```");
    let fence = format!("```{language}\n");
    let inside = |part: &str| part.split("\n```").next().unwrap().to_owned();
    text.split(&fence).skip(1).map(inside).collect()
}
