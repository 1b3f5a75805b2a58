//! Guesses from the names of folders which ones a web server serves.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Names that hosts give to the folder of a site. `cgi-bin` is included: some hosts serve the files in it that are
/// not programs.
const NAMES: [&str; 11] = [
    "public_html",
    "htdocs",
    "httpdocs",
    "httpsdocs",
    "www",
    "wwwroot",
    "webroot",
    "docroot",
    "html",
    "web",
    "cgi-bin",
];

/// The outermost folder above or at `path` that looks like a web root.
pub fn find_above(path: &Path) -> Option<PathBuf> {
    let mut outermost = None;
    for folder in path.ancestors() {
        if folder.file_name().is_some_and(is_web_root) {
            outermost = Some(folder.to_owned());
        }
    }
    outermost
}

/// A default folder for the pings: beside the web root that contains the program, or beside the program's folder.
pub fn data_dir(program: &Path) -> PathBuf {
    let inside = find_above(program).unwrap_or_else(|| program.to_owned());
    inside.parent().unwrap_or(Path::new("/")).join("tb-data")
}

/// A default folder for the static feeds, if the program is in a site's folder.
pub fn rss_dir(program: &Path) -> Option<PathBuf> {
    let root = find_above(program)?;
    (root.file_name() != Some(OsStr::new("cgi-bin"))).then(|| root.join("tb"))
}

fn is_web_root(name: &OsStr) -> bool {
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pings_are_put_outside_the_web_root() {
        for (program, data) in [
            ("/home/me/public_html/cgi-bin", "/home/me/tb-data"),
            ("/home/me/cgi-bin", "/home/me/tb-data"),
            ("/home/me/www/blog/cgi", "/home/me/tb-data"),
            ("/opt/tb", "/opt/tb-data"),
            ("/", "/tb-data"),
        ] {
            assert_eq!(data_dir(Path::new(program)), Path::new(data), "{program}");
            assert_eq!(find_above(Path::new(data)), None);
        }
    }

    #[test]
    fn the_feeds_are_put_inside_of_it() {
        let feeds = rss_dir(Path::new("/home/me/public_html/cgi-bin"));
        assert_eq!(feeds.unwrap(), Path::new("/home/me/public_html/tb"));
        assert_eq!(rss_dir(Path::new("/home/me/cgi-bin")), None);
    }
}
