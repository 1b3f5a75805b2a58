//! Which class names are those of microformats.

/// The kind of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    /// `p-*`: plain text.
    P,
    /// `u-*`: a URL.
    U,
    /// `dt-*`: a date, a time, or both.
    Dt,
    /// `e-*`: markup.
    E,
}

/// Heights of style sheets (Tailwind, Bootstrap, Tachyons) that are formed like root class names.
const HEIGHTS: [&str; 21] = [
    "auto",
    "dvh",
    "dvw",
    "fit",
    "full",
    "inherit",
    "initial",
    "intrinsic",
    "lh",
    "lvh",
    "lvw",
    "max",
    "max-content",
    "min",
    "min-content",
    "fit-content",
    "px",
    "screen",
    "svh",
    "svw",
    "unset",
];

/// Whether a class name is a root class name: `h-entry`, `h-x-app`.
pub(in crate::html) fn root_name(class: &str) -> bool {
    class
        .strip_prefix("h-")
        .is_some_and(|name| is_name(name) && !HEIGHTS.contains(&name))
}

/// The prefix and the name of a property: `p-name`, `u-in-reply-to`.
pub(super) fn property_name(class: &str) -> Option<(Prefix, &str)> {
    let (prefix, name) = class.split_once('-')?;
    let prefix = match prefix {
        "p" => Prefix::P,
        "u" => Prefix::U,
        "dt" => Prefix::Dt,
        "e" => Prefix::E,
        _ => return None,
    };
    is_name(name).then_some((prefix, name))
}

/// The root class name that one of 2005 stands for.
pub(super) fn classic_root(class: &str) -> Option<&'static str> {
    match class {
        "hentry" => Some("h-entry"),
        "vcard" => Some("h-card"),
        _ => None,
    }
}

/// The property that a class name of 2005 stands for in an item of such a root class name.
pub(super) fn classic_property(root: &str, class: &str) -> Option<(Prefix, &'static str)> {
    Some(match (root, class) {
        ("h-entry", "entry-title") => (Prefix::P, "name"),
        ("h-entry", "entry-summary") => (Prefix::P, "summary"),
        ("h-entry", "entry-content") => (Prefix::E, "content"),
        ("h-entry", "published") => (Prefix::Dt, "published"),
        ("h-entry", "updated") => (Prefix::Dt, "updated"),
        ("h-entry", "author") => (Prefix::P, "author"),
        ("h-card", "fn") => (Prefix::P, "name"),
        ("h-card", "url") => (Prefix::U, "url"),
        ("h-card", "photo") => (Prefix::U, "photo"),
        _ => return None,
    })
}

/// Whether it is words of lower-case letters with `-` between them. The first of several is a vendor's and may have
/// digits.
fn is_name(name: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let is_vendor = |word: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        !word.is_empty() && word.bytes().all(is_allowed)
    };
    match name.split_once('-') {
        Some((vendor, rest)) => is_vendor(vendor) && rest.split('-').all(is_word),
        None => is_word(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_names_are_told_from_those_of_style_sheets() {
        for (class, is_root) in [
            ("h-entry", true),
            ("h-review-aggregate", true),
            ("h-x1-app", true),
            ("h-1", false),
            ("h-", false),
            ("h", false),
            ("h--entry", false),
            ("h-Entry", false),
            ("h-entry1", false),
            ("h-entry-", false),
            ("h-app-x1", false),
            ("h-full", false),
            ("h-screen", false),
            ("h-px", false),
            ("h-64", false),
            ("p-name", false),
        ] {
            assert_eq!(root_name(class), is_root, "{class}");
        }
        for (class, name) in [
            ("p-name", Some((Prefix::P, "name"))),
            ("u-in-reply-to", Some((Prefix::U, "in-reply-to"))),
            ("dt-published", Some((Prefix::Dt, "published"))),
            ("e-content", Some((Prefix::E, "content"))),
            ("e-x2-content", Some((Prefix::E, "x2-content"))),
            ("p-2", None),
            ("p-mt4", None),
            ("P-name", None),
            ("h-entry", None),
            ("px-name", None),
        ] {
            assert_eq!(property_name(class), name, "{class}");
        }
    }
}
