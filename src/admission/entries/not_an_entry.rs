//! Recognises URLs in sitemaps and feeds that are not entries of the weblog: previews, lists, feeds.

use percent_encoding::percent_decode_str;
use url::Url;

use crate::urls::{is_below, page_path};

/// Why a URL is not an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotAnEntry {
    /// It is not below any page of `site`: a preview on the writer's own machine, another host.
    Elsewhere,
    /// It is the home page.
    Home,
    /// It lists entries: of a tag, a category, an author, a month, a page of the front page.
    List,
    /// It is another form of an entry's page, such as AMP.
    OtherForm,
    /// It is a feed, a sitemap, a server's error page or another file that is no page.
    File,
}

impl NotAnEntry {
    /// The reason, for a message about several URLs.
    pub fn reason(self) -> &'static str {
        match self {
            NotAnEntry::Elsewhere => "not below `site` in the configuration",
            NotAnEntry::Home => "the home page",
            NotAnEntry::List => "lists of entries",
            NotAnEntry::OtherForm => "other forms of entries, such as AMP",
            NotAnEntry::File => "feeds and other files",
        }
    }
}

/// Why `url` is not an entry of the weblog at `site`, judging by the URL alone; `None` if it may be one.
pub fn not_an_entry(url: &Url, site: &[Url]) -> Option<NotAnEntry> {
    let Some(root) = site.iter().find(|root| is_below(url, root)) else {
        return Some(NotAnEntry::Elsewhere);
    };
    let path = page_path(url);
    let path = path.strip_prefix(page_path(root).as_str()).unwrap_or(&path);
    let path = percent_decode_str(path).decode_utf8_lossy().to_lowercase();
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let Some(last) = segments.last() else {
        // A query may name the entry: `/?p=12`.
        let is_bare = url.query().is_none_or(str::is_empty);
        return is_bare.then_some(NotAnEntry::Home);
    };
    let extension = last.rsplit_once('.').map(|(_, extension)| extension);
    let is_file = matches!(*last, "feed" | "rss" | "atom")
        || extension.is_some_and(|extension| FILES.contains(&extension))
        || is_error_page(&segments);
    if is_file {
        return Some(NotAnEntry::File);
    }
    match segments.as_slice() {
        [_, .., "amp" | "print"] => Some(NotAnEntry::OtherForm),
        [language] if LANGUAGES.contains(language) => Some(NotAnEntry::Home),
        all => is_list(all).then_some(NotAnEntry::List),
    }
}

/// The languages that sites most often have a home page of their own for.
const LANGUAGES: [&str; 36] = [
    "ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "gl", "he",
    "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "nl", "pl", "pt", "ro", "ru", "sk", "sl",
    "sv", "tr", "vi", "zh",
];

/// File extensions of other files than pages.
const FILES: [&str; 15] = [
    "xml", "rss", "atom", "rdf", "json", "txt", "pdf", "jpg", "jpeg", "png", "gif", "svg", "webp",
    "ics", "gz",
];
/// Path segments below which pages list entries.
const LISTS: [&str; 58] = [
    "series",
    "tagged",
    // Drupal's `/taxonomy/term/3`.
    "term",
    "genre",
    "genres",
    "thema",
    "themen",
    "schlagwort",
    "kategorie",
    "kategorien",
    "tema",
    "temas",
    "etiqueta",
    "etiquetas",
    "categoria",
    "categorias",
    "categoría",
    "categorías",
    "categorie",
    "catégorie",
    "catégories",
    "étiquette",
    "étiquettes",
    "mot-clé",
    "mots-clés",
    "mot-cle",
    "mots-cles",
    "rubrik",
    "rubriken",
    "rubrique",
    "rubriques",
    "schlagwörter",
    "stichwort",
    "autor",
    "autoren",
    "autores",
    "auteur",
    "auteurs",
    "标签",
    "分类",
    "рубрика",
    "タグ",
    "カテゴリ",
    "カテゴリー",
    "keyword",
    "keywords",
    "tag",
    "tags",
    "category",
    "categories",
    "topic",
    "topics",
    "label",
    "labels",
    "author",
    "authors",
    "archive",
    "archives",
];

/// Names of a weblog's sections, whose own pages list their entries: `/blog/`, `/en/posts/`.
const SECTIONS: [&str; 12] = [
    "blog", "weblog", "posts", "post", "articles", "article", "notes", "news", "journal", "diary",
    "entries", "essays",
];

/// Whether it is the page that a server shows for an error: `/404.html`, `/de/404.html`. A number without an extension may
/// be an entry's.
fn is_error_page(segments: &[&str]) -> bool {
    match segments {
        [before @ .., name] => {
            matches!(
                *name,
                "404.html" | "404.htm" | "404.php" | "500.html" | "50x.html"
            ) && is_language_or_root(before)
        }
        [] => false,
    }
}

/// Whether pages below stand at the root of the site, or at that of one of its languages: `en`, `pt-br`, `zh_tw`.
fn is_language_or_root(segments: &[&str]) -> bool {
    let is_letters =
        |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match segments {
        [] => true,
        [language] => match language.split_once(['-', '_']) {
            Some((language, country)) => is_letters(language) && is_letters(country),
            None => is_letters(language),
        },
        _ => false,
    }
}

fn is_list(segments: &[&str]) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_year = |part: &str| {
        part.len() == 4 && is_number(part) && (part.starts_with("19") || part.starts_with("20"))
    };
    let stem = |part: &str| {
        let part = part.strip_suffix(".html").unwrap_or(part);
        part.strip_suffix(".htm").unwrap_or(part).to_owned()
    };
    let is_known = |part: &str| LISTS.contains(&stem(part).as_str());
    // `/page/2`, `/page2`, `/posts/page/3`.
    let (segments, is_numbered) = match segments {
        [before @ .., "page", number] if is_number(&stem(number)) => (before, true),
        [before @ .., last] if stem(last).strip_prefix("page").is_some_and(is_number) => {
            (before, true)
        }
        all => (all, false),
    };
    // `/2026`, `/2026/11`, `/archives/2026/11/20`.
    let dated = match segments {
        [first, rest @ ..] if is_known(first) => rest,
        all => all,
    };
    let is_of_a_time = match dated {
        [year, rest @ ..] => is_year(&stem(year)) && rest.iter().all(|part| is_number(&stem(part))),
        [] => false,
    };
    // `/tags`, `/tags/cats`; a deeper path may be an entry in its category.
    let is_grouped = match segments {
        [.., last] if is_known(last) => true,
        [.., before, _] => is_known(before) && !matches!(*before, "archive" | "archives"),
        _ => false,
    };
    let is_section = match segments {
        [before @ .., last] => {
            (SECTIONS.contains(&stem(last).as_str()) || matches!(*last, "search" | "comments"))
                && is_language_or_root(before)
        }
        [] => false,
    };
    is_numbered || is_of_a_time || is_grouped || is_section
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d5_what_is_no_entry_is_told_from_what_may_be_one() {
        let site = [
            Url::parse("https://blog.example/").unwrap(),
            Url::parse("https://host.example/~cat/").unwrap(),
        ];
        for (url, expected) in [
            ("https://blog.example/posts/cats/", None),
            ("http://www.blog.example/2026/11/cats.html", None),
            ("https://blog.example/?p=12", None),
            ("https://blog.example/12", None),
            ("https://blog.example/2026/11/20/12/cats", None),
            ("https://blog.example/category/cats/my-cat/", None),
            ("https://blog.example/archives/000024.html", None),
            ("https://blog.example/posts/tags-are-useful/", None),
            ("https://blog.example/pages/2-cats/", None),
            ("https://blog.example/about/", None),
            ("https://host.example/~cat/posts/1", None),
            ("https://blog.example/404", None),
            ("https://blog.example/archives/404.html", None),
            ("https://blog.example/404-ways/", None),
            ("https://blog.example/2026/blog/", None),
            ("https://blog.example/cats/news.html", None),
            ("https://blog.example/blog/series/", Some(NotAnEntry::List)),
            ("https://blog.example/blog/cats/", None),
            ("https://blog.example/series/cats/part-1/", None),
            ("https://blog.example/series/cats/", Some(NotAnEntry::List)),
            ("https://blog.example/blog/", Some(NotAnEntry::List)),
            ("https://blog.example/en/posts/", Some(NotAnEntry::List)),
            ("https://blog.example/pt-br/notes/", Some(NotAnEntry::List)),
            ("https://blog.example/posts.html", Some(NotAnEntry::List)),
            ("https://host.example/~cat/blog/", Some(NotAnEntry::List)),
            ("https://blog.example/de/search/", Some(NotAnEntry::List)),
            ("https://blog.example/404.html", Some(NotAnEntry::File)),
            ("https://blog.example/de/404.html", Some(NotAnEntry::File)),
            ("https://host.example/~cat/50x.html", Some(NotAnEntry::File)),
            (
                "http://localhost:1313/posts/cats/",
                Some(NotAnEntry::Elsewhere),
            ),
            (
                "http://127.0.0.1:4000/posts/cats/",
                Some(NotAnEntry::Elsewhere),
            ),
            (
                "https://preview--blog.netlify.app/x/",
                Some(NotAnEntry::Elsewhere),
            ),
            ("https://draft.blog.example/x/", Some(NotAnEntry::Elsewhere)),
            ("https://blog.example:8443/x/", Some(NotAnEntry::Elsewhere)),
            (
                "https://host.example/~dog/posts/1",
                Some(NotAnEntry::Elsewhere),
            ),
            ("https://blog.example/", Some(NotAnEntry::Home)),
            (
                "https://www.blog.example/index.html",
                Some(NotAnEntry::Home),
            ),
            ("https://host.example/~cat", Some(NotAnEntry::Home)),
            ("https://blog.example/tags/", Some(NotAnEntry::List)),
            ("https://blog.example/tags/cats/", Some(NotAnEntry::List)),
            ("https://blog.example/tag/cats.html", Some(NotAnEntry::List)),
            ("https://blog.example/Categories/", Some(NotAnEntry::List)),
            (
                "https://blog.example/blog/category/cats",
                Some(NotAnEntry::List),
            ),
            (
                "https://blog.example/author/me/page/3/",
                Some(NotAnEntry::List),
            ),
            ("https://blog.example/page/2/", Some(NotAnEntry::List)),
            (
                "https://blog.example/posts/page/2/index.html",
                Some(NotAnEntry::List),
            ),
            ("https://blog.example/page2/", Some(NotAnEntry::List)),
            ("https://blog.example/archives.html", Some(NotAnEntry::List)),
            (
                "https://blog.example/archives/2026/11/",
                Some(NotAnEntry::List),
            ),
            ("https://blog.example/2026/", Some(NotAnEntry::List)),
            ("https://blog.example/2026/11/20/", Some(NotAnEntry::List)),
            ("https://blog.example/tagged/cats", Some(NotAnEntry::List)),
            (
                "https://blog.example/taxonomy/term/3",
                Some(NotAnEntry::List),
            ),
            (
                "https://blog.example/themen/katzen/",
                Some(NotAnEntry::List),
            ),
            (
                "https://blog.example/%E3%82%BF%E3%82%B0/%E7%8C%AB/",
                Some(NotAnEntry::List),
            ),
            (
                "https://blog.example/cat%C3%A9gorie/chats",
                Some(NotAnEntry::List),
            ),
            (
                "https://blog.example/mots-cles/chats/",
                Some(NotAnEntry::List),
            ),
            (
                "https://blog.example/Schlagw%C3%B6rter/katzen/",
                Some(NotAnEntry::List),
            ),
            ("https://blog.example/auteurs/me/", Some(NotAnEntry::List)),
            ("https://blog.example/comments/", Some(NotAnEntry::List)),
            ("https://blog.example/en/comments/", Some(NotAnEntry::List)),
            ("https://blog.example/2026/comments/", None),
            ("https://blog.example/comments/on-cats/", None),
            ("https://blog.example/en/", Some(NotAnEntry::Home)),
            (
                "https://blog.example/posts/a/amp/",
                Some(NotAnEntry::OtherForm),
            ),
            ("https://blog.example/amp/", None),
            ("https://blog.example/go/", None),
            ("https://blog.example/2026/en/", None),
            ("https://blog.example/posts/%E7%8C%AB/", None),
            ("https://blog.example/feed.xml", Some(NotAnEntry::File)),
            (
                "https://blog.example/posts/index.xml",
                Some(NotAnEntry::File),
            ),
            ("https://blog.example/feed/", Some(NotAnEntry::File)),
            ("https://host.example/~cat/cv.pdf", Some(NotAnEntry::File)),
        ] {
            assert_eq!(
                not_an_entry(&Url::parse(url).unwrap(), &site),
                expected,
                "{url}"
            );
        }
    }
}
