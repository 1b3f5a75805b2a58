//! Hands the tokeniser's tokens to the tree builder, which says how the tokeniser goes on.

use html5gum::emitters::ForwardingEmitter;
use html5gum::emitters::callback::{Callback, CallbackEmitter, CallbackEvent};
use html5gum::{Emitter, Span, State};

use super::build::builder::Builder;
use super::token::{Assembler, HtmlToken};

/// Builds a tree from what the tokeniser emits. It yields no tokens.
pub(super) struct TokenSource<'builder> {
    inner: CallbackEmitter<Assembler, HtmlToken>,
    builder: &'builder mut Builder,
}

impl TokenSource<'_> {
    pub(super) fn new(builder: &mut Builder) -> TokenSource<'_> {
        TokenSource {
            inner: CallbackEmitter::default(),
            builder,
        }
    }

    /// Hands over what was emitted; the state that the last token asks for.
    fn hand_over(&mut self) -> Option<State> {
        let mut state = None;
        while let Some(token) = self.inner.pop_token() {
            state = self.builder.token(token);
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
        self.builder.is_in_foreign()
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }
}
