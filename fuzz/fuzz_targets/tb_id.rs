//! Any bytes as an id: a harmless file name, or a refusal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tb::internals::error::Refusal;
use tb::linkback::trackback::TbId;

fuzz_target!(|raw: &[u8]| {
    match TbId::new(raw) {
        Ok(id) => {
            let text = id.as_str();
            assert!((1..=TbId::MAX_BYTES).contains(&text.len()));
            assert!(!text.contains("__") && !text.starts_with('.'));
            // Letters, digits, `_`, and the marks of a letter: nothing of ASCII besides.
            assert!(
                text.chars()
                    .all(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '_')
            );
            assert!(
                !text
                    .chars()
                    .any(|c| c.is_control() || c.is_whitespace() || tb::text::is_deceptive(c))
            );
            assert_eq!(
                TbId::new(text.as_bytes()).as_ref(),
                Ok(&id),
                "an id is its own id"
            );
            assert!(!raw.iter().any(u8::is_ascii_control));
        }
        Err(refusal) => assert!(matches!(
            refusal,
            Refusal::NoTbId | Refusal::BadTbId | Refusal::TbIdTooLong
        )),
    }
});
