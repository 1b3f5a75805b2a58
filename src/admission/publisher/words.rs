//! Words of hosts and paths by which those are known that many people share.

/// Path segments that are followed by a user name, on any host.
pub(super) const NAME_PREFIXES: [&str; 30] = [
    "@",
    "author",
    "authors",
    "avtor",
    "bloggers",
    "channel",
    "fans",
    "homepages",
    "ipfs",
    "ipns",
    "ludzie",
    "member",
    "members",
    "nutzer",
    "osoba",
    "people",
    "perso",
    "player",
    "players",
    "polzovateli",
    "profil",
    "profile",
    "profiles",
    "reader",
    "u",
    "user",
    "username",
    "users",
    "uzytkownicy",
    "uzytkownik",
];

/// Path segments that are followed by a user name if a page is below that: else it is the page of one person's site.
pub(super) const FOLDER_PREFIXES: [&str; 5] =
    ["blogs", "community", "personal", "staff", "weblogs"];

/// First labels of hosts that give each user a folder.
pub(super) const SHARED_LABELS: [&str; 28] = [
    "blogs",
    "digilander",
    "forge",
    "freeweb",
    "git",
    "gitea",
    "homepage",
    "homepages",
    "homes",
    "medlem",
    "member",
    "members",
    "membres",
    "membros",
    "mitglied",
    "mypage",
    "pages",
    "people",
    "perso",
    "personal",
    "sites",
    "staff",
    "userpages",
    "users",
    "usuarios",
    "utenti",
    "weblogs",
    "webpages",
];

/// First labels of hosts that run a program with which many people write, or which gives each of them a folder: the path of
/// their pattern.
pub(super) const LABELS: [(&str, &str); 28] = [
    ("bbs", MARKED),
    ("codimd", MARKED),
    ("community", MARKED),
    ("discourse", MARKED),
    ("discuss", MARKED),
    ("eprints", ""),
    ("etherpad", ""),
    ("ezproxy", ""),
    ("forum", MARKED),
    ("forums", MARKED),
    ("hedgedoc", MARKED),
    ("invidious", MARKED),
    ("lemmy", MARKED),
    ("libreddit", MARKED),
    ("lists", MARKED),
    ("nitter", ANY),
    ("paste", ""),
    ("pastebin", ""),
    ("piped", ""),
    ("planet", ""),
    ("proxy", ""),
    ("redlib", MARKED),
    ("s3", ANY),
    ("teddit", MARKED),
    ("translate", MARKED),
    ("webcache", ""),
    ("webproxy", ""),
    ("wiki", MARKED),
];

/// Names of parameters whose value may be a host without its scheme.
pub(super) const HOST_PARAMETERS: [&str; 10] = [
    "domain", "host", "href", "link", "site", "src", "u", "uri", "url", "website",
];

/// First path segments that are a kind of page on a host that many people share, never a person: anybody's pages may be
/// below. So may those below a language such as `en`, or a single character.
pub(super) const ROUTES: [&str; 97] = [
    "activity",
    "album",
    "albums",
    "amp",
    "answer",
    "answers",
    "app",
    "apps",
    "archive",
    "archives",
    "article",
    "articles",
    "author_blog_posts",
    "away",
    "blog",
    "blogs",
    "board",
    "boards",
    "book",
    "books",
    "category",
    "collection",
    "collections",
    "comment",
    "comments",
    "discuss",
    "discussion",
    "document",
    "embed",
    "entries",
    "entry",
    "events",
    "explore",
    "feed",
    "forum",
    "forums",
    "gifs",
    "go",
    "group",
    "groups",
    "hashtag",
    "home",
    "ideas",
    "item",
    "items",
    "link",
    "live",
    "marketplace",
    "media",
    "news",
    "note",
    "notes",
    "organizations",
    "orgs",
    "out",
    "page",
    "pages",
    "permalink",
    "photo",
    "photos",
    "pin",
    "playlist",
    "post",
    "posts",
    "question",
    "questions",
    "read",
    "redir",
    "redirect",
    "reel",
    "reels",
    "review",
    "reviews",
    "search",
    "share",
    "shorts",
    "show",
    "slideshow",
    "snippets",
    "sponsors",
    "status",
    "statuses",
    "stories",
    "story",
    "tag",
    "tags",
    "thread",
    "threads",
    "topic",
    "topics",
    "ttarticle",
    "tv",
    "url",
    "video",
    "videos",
    "view",
    "watch",
];

/// Languages that the addresses of platforms begin with.
pub(super) const LANGUAGES: [&str; 30] = [
    "ar", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja",
    "ko", "nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh", "zh-cn",
];

/// First labels of hosts that show the pages of the host without that label.
pub(super) const VIEWS: [&str; 20] = [
    "amp", "beta", "de", "en", "es", "fr", "i", "ja", "lite", "m", "mbasic", "mobile", "new", "np",
    "old", "open", "pt", "ru", "touch", "wap",
];

/// Directories of universities that hold the folders of people and groups.
pub(super) const FOLDERS: [&str; 12] = [
    "faculty", "group", "groups", "home", "homes", "lab", "labs", "personal", "staff", "student",
    "students", "www",
];

/// Ends of names of scripts and files, which are no folder: whose page they show may stand in the query.
pub(super) const FILES: [&str; 20] = [
    "action", "asp", "aspx", "cfm", "cgi", "do", "fcgi", "g", "htm", "html", "jsp", "naver", "nhn",
    "php", "php3", "phtml", "pl", "py", "shtml", "xhtml",
];

/// Labels below which universities are registered, whose members may have hosts or folders.
pub(super) const ACADEMIC: [&str; 2] = ["edu", "ac"];

/// The pattern of a path whose first segment is the tenant.
pub(super) const ANY: &str = "{}";

/// A pattern that leaves everything to everybody but what has a marked name.
pub(super) const MARKED: &str = "~{}";
