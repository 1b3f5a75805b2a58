//! Hands the tokeniser's tokens to a consumer, which says how the tokeniser goes on.

use html5gum::emitters::ForwardingEmitter;
use html5gum::emitters::callback::{Callback, CallbackEmitter, CallbackEvent};
use html5gum::{Emitter, Span, State, Tokenizer};

use super::token::{Assembler, HtmlToken};

/// What is done with the tokens. One type of emitter calls it, so that the tokeniser, which is large, is compiled once.
pub(super) trait TokenConsumer {
    /// Consumes a token; returns the state that it asks the tokeniser to go on in.
    fn token(&mut self, token: HtmlToken) -> Option<State>;

    /// Whether the current element is one of SVG or MathML.
    fn is_in_foreign(&self) -> bool;
}

/// Gives all tokens of `html` to `consumer`.
pub(super) fn tokenize(html: &str, consumer: &mut dyn TokenConsumer) {
    let source = TokenSource {
        inner: CallbackEmitter::default(),
        consumer,
    };
    for token in Tokenizer::new_with_emitter(html, source) {
        // All of them were handed over.
        debug_assert!(token.is_err());
    }
}

/// An emitter that yields no tokens: each goes to the consumer.
struct TokenSource<'consumer> {
    inner: CallbackEmitter<Assembler, HtmlToken>,
    consumer: &'consumer mut dyn TokenConsumer,
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
        // Which elements hold only text is for the tree to say: in SVG, none.
        let _naive = self.inner.emit_current_tag();
        self.hand_over()
    }

    fn pop_token(&mut self) -> Option<HtmlToken> {
        self.hand_over();
        None
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.hand_over();
        self.consumer.is_in_foreign()
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }
}
