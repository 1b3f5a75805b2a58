//! The style in the default header: small, self-contained, legible in both colour schemes.

use std::collections::BTreeMap;

const HEADER: &str = include_str!("../../../header.txt");

#[test]
fn the_style_is_small_and_fetches_nothing() {
    let style = style();
    assert!(style.len() < 6 * 1024, "{}", style.len());
    assert!(!style.contains("url(") && !style.contains("@import"));
}

/// WCAG 2.2, 1.4.3 for text and 1.4.11 for the edges of fields.
#[test]
fn the_colours_have_contrast_in_light_and_in_dark() {
    const PAIRS: [(&str, &str, f64); 17] = [
        ("ink", "ground", 4.5),
        ("ink", "paper", 4.5),
        ("ink", "good-tint", 4.5),
        ("soft", "ground", 4.5),
        ("soft", "paper", 4.5),
        ("soft", "good-tint", 4.5),
        ("edge", "good-tint", 3.0),
        ("accent", "ground", 4.5),
        ("accent", "paper", 4.5),
        ("accent", "good-tint", 4.5),
        ("on-accent", "accent", 4.5),
        ("on-accent", "bad", 4.5),
        ("bad", "ground", 4.5),
        ("bad", "bad-tint", 4.5),
        ("held", "held-tint", 4.5),
        ("edge", "ground", 3.0),
        ("edge", "paper", 3.0),
    ];
    let schemes: Vec<_> = style().split(":root {").skip(1).map(colours).collect();
    assert_eq!(schemes.len(), 2);
    for scheme in schemes {
        for (front, back, least) in PAIRS {
            let (front_light, back_light) = (scheme[front], scheme[back]);
            let ratio = (front_light.max(back_light) + 0.05) / (front_light.min(back_light) + 0.05);
            assert!(ratio >= least, "{front} on {back}: {ratio:.2}");
        }
    }
}

fn style() -> &'static str {
    let (_, style) = HEADER.split_once("<style>").unwrap();
    style.split_once("</style>").unwrap().0
}

/// The relative luminance of each custom property in a block.
fn colours(block: &str) -> BTreeMap<&str, f64> {
    let (block, _) = block.split_once('}').unwrap();
    let declarations = block.split(';').filter_map(|line| line.split_once(": #"));
    declarations
        .map(|(name, digits)| (name.trim().trim_start_matches("--"), luminance(digits)))
        .collect()
}

fn luminance(digits: &str) -> f64 {
    let digits: Vec<u32> = digits.chars().map(|d| d.to_digit(16).unwrap()).collect();
    let parts: Vec<u32> = match digits.len() {
        3 => digits.iter().map(|digit| digit * 17).collect(),
        _ => digits
            .chunks(2)
            .map(|pair| pair[0] * 16 + pair[1])
            .collect(),
    };
    let linear = |part: u32| match f64::from(part) / 255.0 {
        low if low <= 0.040_45 => low / 12.92,
        high => ((high + 0.055) / 1.055).powf(2.4),
    };
    0.2126 * linear(parts[0]) + 0.7152 * linear(parts[1]) + 0.0722 * linear(parts[2])
}
