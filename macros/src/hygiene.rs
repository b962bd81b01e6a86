//! Names, as the compiler distinguishes them.
//!
//! Two arguments may have one name, where a macro received one of them from its caller. Which of
//! them is meant follows from where the name was written first.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{Ident, ext::IdentExt};

/// The name of an argument among those of all.
#[derive(Clone, Copy)]
pub(crate) struct Name<'a> {
    name: &'a Ident,
    has_twin: bool,
}

impl<'a> Name<'a> {
    pub(crate) fn among(all: &[Ident], name: &'a Ident) -> Self {
        Self { name, has_twin: all.iter().filter(|&one| one == name).count() > 1 }
    }

    /// A name that nothing else can have.
    pub(crate) const fn alone(name: &'a Ident) -> Self {
        Self { name, has_twin: false }
    }

    pub(crate) const fn has_twin(self) -> bool {
        self.has_twin
    }

    /// Returns whether the tokens name it anywhere.
    pub(crate) fn is_in(self, tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => self.is(&ident),
            TokenTree::Group(group) => self.is_in(group.stream()),
            // As `format!("{name}")` does.
            TokenTree::Literal(literal) => {
                let (text, name) = (literal.to_string(), self.name.unraw());
                (text.contains(&format!("{{{name}}}")) || text.contains(&format!("{{{name}:")))
                    && self.is_of(literal.span())
            }
            TokenTree::Punct(_) => false,
        })
    }

    pub(crate) fn is(self, other: &Ident) -> bool {
        other == self.name && self.is_of(other.span())
    }

    /// Returns whether a token of that place can name it.
    fn is_of(self, place: Span) -> bool {
        !self.has_twin || context(place) == context(self.name.span())
    }
}

/// The macros through which a token has come. Only the text of a span contains it: should that
/// change, twins are taken for each other.
fn context(span: Span) -> Option<String> {
    let text = format!("{span:?}");
    text.split_once(" bytes(").map(|(context, _)| context.to_owned())
}
