//! Hands the tokeniser's tokens to a consumer, which says how the tokeniser goes on.

use std::cell::{Cell, RefCell};

use html5gum::emitters::ForwardingEmitter;
use html5gum::emitters::callback::{Callback, CallbackEmitter, CallbackEvent};
use html5gum::{Emitter, Readable, Reader, Span, State, StringReader, Tokenizer};

use super::token::{Assembler, HtmlToken};

/// What is done with the tokens. One type of emitter calls it, so that the tokeniser, which is large, is compiled once.
pub(super) trait TokenConsumer {
    /// Consumes a token; returns the state that it asks the tokeniser to go on in.
    fn token(&mut self, token: HtmlToken) -> Option<State>;

    /// Whether a CDATA section here is text: in SVG, MathML and XML.
    fn has_cdata(&self) -> bool;

    /// Whether the letter case of names counts, as in XML.
    fn has_letter_case(&self) -> bool {
        false
    }
}

/// The bytes that the tokeniser has read last, and how many of them it has handed on: it does so in lower case.
#[derive(Debug, Default)]
struct LastRead {
    bytes: Vec<u8>,
    used: usize,
}

impl LastRead {
    fn note(&mut self, bytes: &[u8]) {
        self.used = 0;
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
    }

    /// A part of a name as it was written.
    fn as_written(&mut self, lower: &[u8]) -> Option<&[u8]> {
        let begin = self.used;
        self.used = begin.saturating_add(lower.len());
        let written = self.bytes.get(begin..self.used);
        written.filter(|written| written.eq_ignore_ascii_case(lower))
    }
}

/// Gives all tokens of `html` to `consumer`.
pub(super) fn tokenize(html: &str, consumer: &mut dyn TokenConsumer) {
    let values = Cell::new(0);
    let last_read = RefCell::new(LastRead::default());
    let last = consumer.has_letter_case().then_some(&last_read);
    let source = TokenSource {
        inner: CallbackEmitter::new(Assembler::new(consumer.has_letter_case())),
        consumer,
        values: &values,
        last,
    };
    let reader = PausingReader {
        html: html.to_reader(),
        values: &values,
        last,
    };
    for token in Tokenizer::new_with_emitter(reader, source) {
        // All of them were handed over; after a pause the tokeniser goes on where it was.
        debug_assert!(token.is_err());
    }
}

/// How many attributes' values the tokeniser reads without a pause.
const MOST_VALUES: u32 = 32;

/// A text that interrupts the tokeniser at the beginning of every 32nd value of an attribute. The tokeniser calls itself
/// from one attribute of a tag to the next, so that a tag with very many overflows the stack; an error of its reader
/// makes it return, and it then goes on in the state that it was in. At the beginning of a value it is in that of the
/// value, and has taken nothing of it.
struct PausingReader<'a> {
    html: StringReader<'a>,
    values: &'a Cell<u32>,
    /// Where it notes what it has read, if letter case counts.
    last: Option<&'a RefCell<LastRead>>,
}

/// The tokeniser is to return to its caller.
#[derive(Debug)]
struct Pause;

impl std::fmt::Display for Pause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a pause")
    }
}

impl std::error::Error for Pause {}

impl PausingReader<'_> {
    fn pause_if_due(&self) -> Result<(), Pause> {
        if self.values.get() < MOST_VALUES {
            return Ok(());
        }
        self.values.set(0);
        Err(Pause)
    }
}

/// The result of a reader that never fails.
fn read<T>(result: Result<T, std::convert::Infallible>) -> T {
    match result {
        Ok(read) => read,
        Err(never) => match never {},
    }
}

impl Reader for PausingReader<'_> {
    type Error = Pause;

    fn read_byte(&mut self) -> Result<Option<u8>, Pause> {
        self.pause_if_due()?;
        let byte = read(self.html.read_byte());
        if let Some(last) = self.last {
            last.borrow_mut().note(byte.as_slice());
        }
        Ok(byte)
    }

    fn try_read_string(&mut self, text: &[u8], case_sensitive: bool) -> Result<bool, Pause> {
        Ok(read(self.html.try_read_string(text, case_sensitive)))
    }

    fn read_until<'b>(
        &'b mut self,
        needle: &[u8],
        buffer: &'b mut [u8; 4],
    ) -> Result<Option<&'b [u8]>, Pause> {
        self.pause_if_due()?;
        let bytes = read(self.html.read_until(needle, buffer));
        if let Some(last) = self.last {
            last.borrow_mut().note(bytes.unwrap_or_default());
        }
        Ok(bytes)
    }
}

/// An emitter that yields no tokens: each goes to the consumer.
struct TokenSource<'a> {
    inner: CallbackEmitter<Assembler, HtmlToken>,
    consumer: &'a mut dyn TokenConsumer,
    /// How many values of attributes have begun since the last pause.
    values: &'a Cell<u32>,
    last: Option<&'a RefCell<LastRead>>,
}

impl TokenSource<'_> {
    /// Hands over what was emitted; the state that the last token asks for.
    fn hand_over(&mut self) -> Option<State> {
        let mut state = None;
        while let Some(token) = self.inner.pop_token() {
            state = self.consumer.token(token);
        }
        state
    }
}

impl Callback<HtmlToken, ()> for Assembler {
    fn handle_event(&mut self, event: CallbackEvent<'_>, _: Span<()>) -> Option<HtmlToken> {
        self.event(event)
    }
}

impl ForwardingEmitter for TokenSource<'_> {
    type Token = HtmlToken;

    fn inner(&mut self) -> &mut impl Emitter<Token = Self::Token> {
        &mut self.inner
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        self.values.set(0);
        // Which elements hold only text is for the tree to say: in SVG, none.
        let _naive = self.inner.emit_current_tag();
        self.hand_over()
    }

    fn push_tag_name(&mut self, name: &[u8]) {
        let mut last = self.last.map(RefCell::borrow_mut);
        let written = last.as_mut().and_then(|last| last.as_written(name));
        self.inner.push_tag_name(written.unwrap_or(name));
    }

    fn push_attribute_name(&mut self, name: &[u8]) {
        let mut last = self.last.map(RefCell::borrow_mut);
        let written = last.as_mut().and_then(|last| last.as_written(name));
        self.inner.push_attribute_name(written.unwrap_or(name));
    }

    fn init_attribute_value(&mut self) {
        self.values.set(self.values.get() + 1);
        self.inner.init_attribute_value();
    }

    fn pop_token(&mut self) -> Option<HtmlToken> {
        self.hand_over();
        None
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.hand_over();
        self.consumer.has_cdata()
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use html5gum::State;

    use super::{MOST_VALUES, TokenConsumer, tokenize};
    use crate::html::token::HtmlToken;

    #[derive(Default)]
    struct AllTokens(Vec<HtmlToken>);

    impl TokenConsumer for AllTokens {
        fn token(&mut self, token: HtmlToken) -> Option<State> {
            self.0.push(token);
            None
        }

        fn has_cdata(&self) -> bool {
            false
        }
    }

    fn tokens(html: &str) -> Vec<String> {
        let mut all = AllTokens::default();
        tokenize(html, &mut all);
        all.0.iter().map(|token| format!("{token:?}")).collect()
    }

    #[test]
    fn f1_a_tag_with_very_many_attributes_needs_no_more_stack_than_one_with_few() {
        let shapes = [
            "a=\"\" ",
            "a=\"b\"",
            "a = \"&amp;\"\n",
            "a=\"\r\n\"\r\n",
            "a='' ",
            "a=b ",
            "a=/ ",
            "a ",
            "a=\"\"/",
            "a=''b=\"\"c=d e ",
            "\"=\"\" ",
            "a=\"\0\" ",
        ];
        let run = move || {
            for shape in shapes {
                for open in ["<p ", "</p ", "<a href=\"x\" "] {
                    let html = format!("{open}{}title=\"t\">text</p>", shape.repeat(30_000));
                    let short = format!("{open}{shape}title=\"t\">text</p>");
                    assert_eq!(tokens(&html), tokens(&short), "{open}{shape:?}");
                }
            }
        };
        let thread = std::thread::Builder::new().stack_size(192 << 10);
        thread.spawn(run).unwrap().join().unwrap();
    }

    #[test]
    fn a_pause_changes_no_value() {
        for before in 0..=2 * MOST_VALUES {
            for value in [
                "\"x &lt; y\"",
                "'x &lt; y'",
                "\"x\r\n\"",
                "x&lt;y",
                "\"&notit;\"",
                "\"\"",
            ] {
                let many = format!(
                    "<p {}title={value} id=\"i\">",
                    "onx=\"\" ".repeat(before as usize)
                );
                let few = format!("<p title={value} id=\"i\">");
                assert_eq!(tokens(&many), tokens(&few), "{before} {value}");
            }
        }
    }
}
