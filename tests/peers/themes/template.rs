//! The markup of templates, without the languages that they are written in.

/// How the code of a template begins and ends: PHP, EJS, Liquid, Jinja, Nunjucks, Django, HTML::Template, Movable Type.
const CODE: [(&str, &str); 12] = [
    ("<?php", "?>"),
    ("<?=", "?>"),
    ("<%", "%>"),
    ("{#", "#}"),
    ("{{", "}}"),
    ("{%", "%}"),
    ("<TMPL_", ">"),
    ("</TMPL_", ">"),
    ("<$mt", ">"),
    ("<$MT", ">"),
    ("<mt", ">"),
    ("</mt", ">"),
];

/// The markup of a template, with `inner` where its code has `marker`; `None` if nothing has it.
///
/// Of what the code decides, it is the first way that has the marker, else the first. What prints a title is one, and a
/// sentence that is translated is as it is in English.
pub(super) fn markup(template: &str, marker: &str, inner: &str) -> Option<String> {
    let template = without_front_matter(template);
    [true, false].into_iter().find_map(|only_first| {
        let (made, is_found) = with_branches(template, marker, inner, only_first);
        is_found.then_some(made)
    })
}

fn without_front_matter(template: &str) -> &str {
    let behind = template
        .strip_prefix("---")
        .and_then(|rest| rest.split_once("\n---"));
    behind.map_or(template, |(_, behind)| behind)
}

fn with_branches(template: &str, marker: &str, inner: &str, only_first: bool) -> (String, bool) {
    let (mut made, mut is_found, mut rest) = (String::new(), false, template);
    // How many blocks are open, and from which on nothing is printed.
    let (mut depth, mut without) = (0_i32, None);
    while let Some((at, begin, end)) = next_code(rest) {
        let (text, code) = rest.split_at(at);
        let is_printed = without.is_none();
        if is_printed {
            made.push_str(text);
        }
        let code = &code[begin.len()..];
        let length = code.find(end).unwrap_or(code.len());
        let code_text = &code[..length];
        rest = code.get(length + end.len()..).unwrap_or_default();
        match effect(begin, code_text) {
            Effect::Else => {
                if only_first && without.is_none() {
                    without = Some(depth);
                }
            }
            Effect::Blocks(change) => {
                depth += change;
                if without.is_some_and(|from| depth < from) {
                    without = None;
                }
            }
        }
        if without.is_some() {
            continue;
        }
        if code_text.contains(marker) && !is_found && !is_in_tag(&made) {
            made.push_str(inner);
            is_found = true;
        } else if let Some(printed) = printed(begin, code_text) {
            made.push_str(printed);
        }
    }
    made.push_str(rest);
    (made, is_found)
}

fn next_code(text: &str) -> Option<(usize, &'static str, &'static str)> {
    let found = CODE
        .iter()
        .filter_map(|(begin, end)| Some((text.find(begin)?, *begin, *end)));
    found.min_by_key(|(at, begin, _)| (*at, usize::MAX - begin.len()))
}

fn is_in_tag(made: &str) -> bool {
    made.rfind('<') > made.rfind('>')
}

/// What a piece of code does to the blocks that are open.
enum Effect {
    Else,
    Blocks(i32),
}

fn effect(begin: &str, code: &str) -> Effect {
    let word = code.trim_start_matches(['-', '=', '_', ' ', '\n', ':']);
    let word = word
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default()
        .to_lowercase();
    match begin {
        "{%" | "<TMPL_" | "</TMPL_" | "<mt" | "</mt" => match word.as_str() {
            "else" | "elif" | "elsif" | "elseif" => Effect::Else,
            "if" | "unless" if begin.starts_with("</") => Effect::Blocks(-1),
            "if" | "unless" => Effect::Blocks(1),
            "endif" | "endunless" => Effect::Blocks(-1),
            _ => Effect::Blocks(0),
        },
        "<%" if code.trim_start().starts_with('}') && code.contains("else") => Effect::Else,
        "<%" => {
            let count = |brace: char| i32::try_from(code.matches(brace).count()).unwrap();
            Effect::Blocks(count('{') - count('}'))
        }
        "<?php" if word == "else" || word == "elseif" => Effect::Else,
        "<?php" if word == "endif" => Effect::Blocks(-1),
        "<?php" if word == "if" && code.trim_end().ends_with(':') => Effect::Blocks(1),
        _ => Effect::Blocks(0),
    }
}

/// What a piece of code prints, as far as that shows where something stands.
fn printed<'t>(begin: &str, code: &'t str) -> Option<&'t str> {
    let is_translated = ["__(", "_e(", "_p(", "trans ", "_("]
        .iter()
        .any(|call| code.contains(call));
    if is_translated {
        let said = code.split(['"', '\'']).nth(1)?;
        return said.rsplit('.').next();
    }
    let is_printed = begin == "{{"
        || begin == "<TMPL_"
        || begin.starts_with("<$")
        || code.starts_with(['-', '=']);
    (is_printed && code.to_lowercase().contains("title") && code.len() < 40).then_some("A title")
}
