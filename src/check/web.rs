//! Checks the web server: whether the program answers at `base_url`, and whether private files are served.

use std::path::Path;

use url::Url;

use super::findings::Findings;
use crate::config::Config;
use crate::error::{Error, FetchError};
use crate::feeds::list_url;
use crate::fetch::{Client, Page, Timeout};
use crate::linkback::trackback::{Reply, TbId, reply};
use crate::send;
use crate::setup::FILE_NAME;
use crate::text::escape_xml;

pub(super) fn inspect(config: &Config, ids: &[TbId], timeout: Timeout, findings: &mut Findings) {
    let client = send::client(Some(config), timeout);
    if !check_program(config, &client, ids, findings) {
        return;
    }
    check_config_is_private(config, &client, findings);
    check_data_is_private(config, &client, ids, findings);
    check_feed_url(config, &client, ids, findings);
}

/// Checks that this program answers at `base_url`. Returns whether further requests to that server make sense.
fn check_program(config: &Config, client: &Client, ids: &[TbId], findings: &mut Findings) -> bool {
    let base_url = config.base_url.as_str();
    let fallback = TbId::new(b"check");
    let Some(id) = ids.first().or(fallback.as_ref().ok()) else {
        return false;
    };
    let mut url = config.base_url.clone();
    url.query_pairs_mut()
        .append_pair("__mode", "rss")
        .append_pair("tb_id", id.as_str());
    let page = match client.get(&url) {
        Ok(page) => page,
        Err(error) => return report_unreachable(base_url, &error, findings),
    };
    let mut answered = page.url.clone();
    answered.set_query(None);
    if answered != config.base_url {
        findings.fault(
            format!("`{base_url}` redirects to `{answered}`, and senders of pings do not follow redirects"),
            "set `base_url` to the target of the redirect",
        );
    }
    let body = String::from_utf8_lossy(&page.body);
    if let Reply::Refused(message) = reply::parse(&page.body, page.content_type.as_deref()) {
        findings.fault(
            format!("the program answers at `{base_url}` with an error: {message}"),
            "make sure that the user that the web server runs programs as can read `tb.toml` and write into \
             `data_dir`; `.log` in there says more",
        );
    } else if !body.contains("<response>") {
        findings.fault(
            format!("something else answers at `{base_url}`"),
            "set `base_url` to the URL of this program",
        );
    } else if !body.contains(&*escape_xml(list_url(config, id).as_str())) {
        findings.fault(
            format!("another installation answers at `{base_url}`: its own `base_url` differs"),
            "make sure that this program and the one at that URL use the same `tb.toml`",
        );
    }
    true
}

/// Reports why the program does not answer; returns whether at least the server does.
fn report_unreachable(base_url: &str, error: &Error, findings: &mut Findings) -> bool {
    let Error::Fetch { fault, .. } = error else {
        findings.fault(error.to_string(), "correct `base_url`");
        return false;
    };
    let (message, cure, answers) = match fault {
        FetchError::Address(_) | FetchError::Port(_) => {
            let message = format!("`{base_url}` was not checked: {fault}");
            findings.warning(
                message,
                "nobody on the Internet can reach it either; for a test setup set `allow_private`",
            );
            return false;
        }
        FetchError::Status(404) => (
            "not found (404)".to_owned(),
            "set `base_url` to the URL of this program; make sure that its folder is one for CGI programs",
            true,
        ),
        FetchError::Status(403) => (
            "the web server forbids it (403)".to_owned(),
            "chmod 755 the program; make sure that its folder is one for CGI programs",
            true,
        ),
        FetchError::Status(500..) => (
            format!("{fault}"),
            "chmod 755 the program and its folder; make sure that its user can read `tb.toml`; look into the \
             web server's error log (it may not allow the `.htaccess`: then remove that and make sure that `tb.toml` \
             is not served)",
            true,
        ),
        FetchError::NotText(_) => (
            "the web server serves the program as a file instead of running it".to_owned(),
            "move it to the folder of CGI programs, or ask the host which name such a program must have (`.cgi`)",
            true,
        ),
        other => (
            other.to_string(),
            "correct `base_url`; if this machine cannot reach itself by that name, use `--offline`",
            false,
        ),
    };
    findings.fault(format!("`{base_url}` does not work: {message}"), cure);
    answers
}

fn check_config_is_private(config: &Config, client: &Client, findings: &mut Findings) {
    let Ok(url) = config.base_url.join(FILE_NAME) else {
        return;
    };
    if is_served(client.get(&url), |body| {
        body.contains("base_url") && body.contains("data_dir")
    }) {
        findings.fault(
            format!("everybody can read the configuration at `{url}`"),
            "deny access in the web server's configuration or in `.htaccess`, or move it and set TB_CONFIG",
        );
    }
}

fn check_data_is_private(config: &Config, client: &Client, ids: &[TbId], findings: &mut Findings) {
    let (Some(rss_dir), Some(rss_url)) = (&config.rss_dir, &config.rss_url) else {
        return;
    };
    let Some(folder) = url_of(rss_dir, rss_url, &config.data_dir) else {
        return;
    };
    let first = ids.first().map(|id| format!("{id}.jsonl"));
    let names = first.iter().map(String::as_str).chain([".secret"]);
    for url in names.filter_map(|name| folder.join(name).ok()) {
        if is_served(client.get(&url), |body| body.trim_start().starts_with('{')) {
            findings.fault(
                format!("everybody can read the program's private files at `{url}`"),
                "move the folder to where the web server does not serve it, and change `data_dir`",
            );
        }
    }
}

fn check_feed_url(config: &Config, client: &Client, ids: &[TbId], findings: &mut Findings) {
    let (Some(rss_dir), Some(rss_url)) = (&config.rss_dir, &config.rss_url) else {
        return;
    };
    let there = |id: &&TbId| rss_dir.join(format!("{id}.xml")).exists();
    let Some(id) = ids.iter().find(there) else {
        return;
    };
    let Ok(url) = rss_url.join(&format!("{id}.xml")) else {
        return;
    };
    let found = client.get(&url);
    if !found.is_ok_and(|page| String::from_utf8_lossy(&page.body).contains("<rss")) {
        findings.warning(
            format!("a static feed is not found at `{url}`"),
            "set `rss_url` to the URL of `rss_dir`, then run `tb rebuild`",
        );
    }
}

/// Whether the response is a private file. One whose type is not text is the file itself.
fn is_served(got: crate::error::Result<Page>, is_private: impl Fn(&str) -> bool) -> bool {
    match got {
        Ok(page) => is_private(&String::from_utf8_lossy(&page.body)),
        Err(Error::Fetch { fault, .. }) => matches!(fault, FetchError::NotText(_)),
        Err(_) => false,
    }
}

/// Guesses the URL of `folder` from the path `dir` and the URL `url` of another one: goes up both paths as long as the
/// names of their folders agree.
pub fn url_of(dir: &Path, url: &Url, folder: &Path) -> Option<Url> {
    let (mut dir, mut url) = (dir, url.clone());
    loop {
        if let Ok(inside) = folder.strip_prefix(dir) {
            url.path_segments_mut()
                .ok()?
                .pop_if_empty()
                .extend(inside.iter().filter_map(|name| name.to_str()))
                .push("");
            return Some(url);
        }
        let name = dir.file_name()?.to_str()?;
        let mut above = url.clone();
        above
            .path_segments_mut()
            .ok()?
            .pop_if_empty()
            .pop()
            .push("");
        if *url.as_str() != format!("{above}{name}/") {
            return None;
        }
        (dir, url) = (dir.parent()?, above);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(rss_url: &str, data_dir: &str) -> Option<String> {
        let text = format!(
            "base_url = \"https://a.example/cgi-bin/tb.cgi\"\ndata_dir = \"{data_dir}\"\n\
             rss_dir = \"/home/me/public_html/x/tb\"\nrss_url = \"{rss_url}\"\n"
        );
        let config = Config::read(Path::new("/tb.toml"), text.as_bytes(), |_| None).unwrap();
        url_of(
            config.rss_dir.as_deref()?,
            config.rss_url.as_ref()?,
            &config.data_dir,
        )
        .map(String::from)
    }

    #[test]
    fn the_url_of_the_pings_is_guessed_from_that_of_the_feeds() {
        for (rss_url, data_dir, expected) in [
            (
                "https://a.example/x/tb/",
                "/home/me/public_html/data",
                Some("https://a.example/data/"),
            ),
            (
                "https://a.example/x/tb/",
                "/home/me/public_html/x/d",
                Some("https://a.example/x/d/"),
            ),
            ("https://a.example/x/tb/", "/home/me/data", None),
            ("https://feeds.example/", "/home/me/public_html/x/d", None),
            (
                "https://feeds.example/",
                "/home/me/public_html/x/tb/d",
                Some("https://feeds.example/d/"),
            ),
        ] {
            assert_eq!(
                url(rss_url, data_dir).as_deref(),
                expected,
                "{rss_url} {data_dir}"
            );
        }
    }
}
