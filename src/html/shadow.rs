//! Shadow trees that a page declares in templates, and which of them show what is in their host.

use std::collections::HashSet;

use super::document::{Document, Element};
use super::tag::Tag;

/// The shadow trees that a page declares.
#[derive(Default)]
pub(super) struct ShadowTrees {
    /// The templates that become one.
    pub(super) roots: HashSet<usize>,
    /// The elements whose shadow tree has no place for what is in them.
    pub(super) bare_hosts: HashSet<usize>,
}

impl ShadowTrees {
    /// The standard elements that can have one; the others are those of scripts.
    const HOSTS: [Tag; 17] = [
        Tag::Article,
        Tag::Aside,
        Tag::Blockquote,
        Tag::Body,
        Tag::Div,
        Tag::Footer,
        Tag::H1,
        Tag::H2,
        Tag::H3,
        Tag::H4,
        Tag::H5,
        Tag::H6,
        Tag::Header,
        Tag::Main,
        Tag::Nav,
        Tag::P,
        Tag::Section,
    ];

    /// Those of a page.
    pub(super) fn of(page: &Document) -> ShadowTrees {
        let mut trees = ShadowTrees::default();
        let mut hosts: HashSet<usize> = HashSet::new();
        // The trees that are open: where each ends, and its host.
        let mut open: Vec<(usize, usize)> = Vec::new();
        for element in page.elements(0..page.node_count()) {
            while open.last().is_some_and(|(end, _)| *end <= element.number()) {
                open.pop();
            }
            let is_slot =
                element.tag() == Tag::Slot && element.attribute("name").is_none_or(str::is_empty);
            if is_slot && let Some((_, host)) = open.last() {
                trees.bare_hosts.remove(host);
            }
            let host = element.parent().filter(|_| is_shadow_root(element));
            if let Some(host) = host.filter(|host| Self::may_be_host(*host))
                && hosts.insert(host.number())
            {
                trees.bare_hosts.insert(host.number());
                trees.roots.insert(element.number());
                open.push((element.end(), host.number()));
            }
        }
        trees
    }

    fn may_be_host(element: Element<'_>) -> bool {
        Self::HOSTS.contains(&element.tag())
            || element.tag() == Tag::Span
            || element.name().contains('-')
    }
}

/// Whether an element declares a shadow tree.
fn is_shadow_root(element: Element<'_>) -> bool {
    let mode = element.attribute("shadowrootmode").unwrap_or_default();
    element.tag() == Tag::Template
        && ["open", "closed"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(mode))
}
