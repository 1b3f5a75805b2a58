//! Runs `tb import` on files, and reads the result.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::site::Site;
use crate::support::{give_to_owner, set_mode};

/// Puts a file beside the installation, where the owner can read it.
pub(crate) fn put(site: &Site, name: &str, bytes: &[u8]) -> PathBuf {
    let path = site.path(name);
    if let Some(parent) = path.parent().filter(|parent| !parent.exists()) {
        fs::create_dir_all(parent).unwrap();
        set_mode(parent, 0o755);
        give_to_owner(parent);
    }
    fs::write(&path, bytes).unwrap();
    give_to_owner(&path);
    path
}

/// Imports a file, with more words, and gives the report as JSON objects.
#[track_caller]
pub(crate) fn import(site: &Site, words: &[&str]) -> Vec<Value> {
    let words = [&["import", "--json"], words].concat();
    objects(&site.tb(&words))
}

pub(crate) fn objects(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The pings of an id, the oldest first.
#[track_caller]
pub(crate) fn pings(site: &Site, id: &str) -> Vec<Value> {
    let mut pings = objects(&site.tb(&["list", id, "--json"]));
    pings.reverse();
    pings
}

/// One field of each.
#[track_caller]
pub(crate) fn field(pings: &[Value], name: &str) -> Vec<String> {
    pings
        .iter()
        .map(|ping| match &ping[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect()
}
