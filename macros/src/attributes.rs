//! The attributes of a function, and which of the written items each of them is for.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Ident, ItemFn, Meta, Path, Token, parse::Parser, parse_quote, punctuated::Punctuated,
};

/// The attributes above a function, each with one statement.
pub(crate) struct Attributes {
    given: Vec<GivenAttribute>,
    /// How many arguments the function has, the receiver among them.
    arguments: usize,
}

/// With more arguments, each of the written functions would have too many, not the author's alone.
const MOST_ARGUMENTS: usize = 7;

/// One attribute, and the conditions under which it applies.
pub(crate) struct GivenAttribute {
    /// Those of `cfg_attr`, from the outside in.
    conditions: Vec<TokenStream>,
    meta: Meta,
}

/// An item that is written for a function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    /// The function that asks, under the author's name.
    Function,
    /// Anything else beside it.
    Beside,
    /// The function with the author's body.
    Body,
}

/// Lints that are about a name, or that may be about more than the body.
const NOT_OF_THE_BODY: [&str; 22] = [
    "dead_code",
    "missing_docs",
    "non_ascii_idents",
    "non_snake_case",
    "nonstandard_style",
    "unnameable_types",
    "unreachable_pub",
    "unused",
    "warnings",
    "clippy::all",
    "clippy::complexity",
    "clippy::correctness",
    "clippy::missing_docs_in_private_items",
    "clippy::module_name_repetitions",
    "clippy::nursery",
    "clippy::pedantic",
    "clippy::perf",
    "clippy::restriction",
    "clippy::should_implement_trait",
    "clippy::style",
    "clippy::suspicious",
    "clippy::wrong_self_convention",
];

impl Attributes {
    pub(crate) fn new(item: &ItemFn) -> Self {
        Self { given: GivenAttribute::all(&item.attrs), arguments: item.sig.inputs.len() }
    }

    /// Those of one of the items.
    pub(crate) fn of(&self, item: Item) -> TokenStream {
        let has_many = self.arguments > MOST_ARGUMENTS && item != Item::Body;
        let allowed = has_many.then(|| quote!(#[allow(clippy::too_many_arguments)]));
        allowed.into_iter().chain(self.given.iter().filter_map(|given| given.on(item))).collect()
    }

    /// Returns the author's docs, as attributes.
    pub(crate) fn docs(&self) -> TokenStream {
        self.given
            .iter()
            .filter(|given| given.is_doc())
            .map(GivenAttribute::to_token_stream)
            .collect()
    }

    /// Returns the author's docs, as far as their text is here.
    pub(crate) fn words(&self) -> impl Iterator<Item = &Meta> {
        self.given.iter().filter(|given| given.is_doc()).map(|given| &given.meta)
    }
}

impl GivenAttribute {
    /// Splits attributes into single statements.
    pub(crate) fn all(attributes: &[Attribute]) -> Vec<Self> {
        let given = attributes
            .iter()
            .map(|attribute| Self { conditions: Vec::new(), meta: attribute.meta.clone() });
        given.flat_map(Self::split).collect()
    }

    /// Returns the condition under which the item below it exists, if it is a `cfg`.
    pub(crate) fn condition(&self) -> Option<TokenStream> {
        let condition = &self.meta.require_list().ok().filter(|_| is(&self.meta, "cfg"))?.tokens;
        let conditions = &self.conditions;
        Some(quote!(any(#(not(#conditions),)* #condition)))
    }

    /// Splits an attribute that makes several statements.
    fn split(self) -> Vec<Self> {
        let Meta::List(list) = &self.meta else { return vec![self] };
        let (condition, rest) = match &self.meta {
            meta if is(meta, "cfg_attr") => match condition(list.tokens.clone()) {
                Some((condition, rest)) => (Some(condition), rest),
                None => return vec![self],
            },
            meta if is(meta, "doc") => (None, list.tokens.clone()),
            _ => return vec![self],
        };
        let Ok(metas) = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(rest) else {
            return vec![self];
        };
        match condition {
            Some(condition) => {
                let conditions = [self.conditions, vec![condition]].concat();
                let given = metas.into_iter();
                let given = given.map(|meta| Self { conditions: conditions.clone(), meta });
                given.flat_map(Self::split).collect()
            }
            None => {
                let doc = list.path.clone();
                let given = metas.into_iter().map(|meta| Self {
                    conditions: self.conditions.clone(),
                    meta: parse_quote!(#doc(#meta)),
                });
                given.collect()
            }
        }
    }

    fn is_doc(&self) -> bool {
        is(&self.meta, "doc") && matches!(self.meta, Meta::NameValue(_))
    }

    /// Returns its form on an item, if it belongs there.
    fn on(&self, item: Item) -> Option<TokenStream> {
        let meta = &self.meta;
        let Some(name) = meta.path().get_ident().map(Ident::to_string) else {
            // Of a tool, or of another macro.
            return self.when(item == Item::Body);
        };
        match &*name {
            "cfg" => self.when(true),
            "doc" if self.is_doc() => None,
            "doc" if hides(meta) => self.when(item != Item::Body),
            "doc" => self.when(item == Item::Function),
            "deprecated" | "inline" => self.when(item == Item::Function),
            "cold" => self.when(matches!(item, Item::Function | Item::Body)),
            "allow" => self.when(true),
            "warn" | "deny" => self.when(matches!(item, Item::Function | Item::Body)),
            "forbid" => match item {
                Item::Body => self.when(true),
                // Written code may be allowed more than the author.
                Item::Function => self.renamed("deny", &meta.require_list().ok()?.tokens),
                _ => None,
            },
            "expect" => self.expected_on(item),
            _ => self.when(item == Item::Body),
        }
    }

    fn when(&self, is_there: bool) -> Option<TokenStream> {
        is_there.then(|| self.to_token_stream())
    }

    /// An expectation for the body is an allowance elsewhere. Whether another expectation is met
    /// cannot be seen, as the written items do not cause the lints that the author's would.
    fn expected_on(&self, item: Item) -> Option<TokenStream> {
        let list = self.meta.require_list().ok()?;
        let lints = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone());
        let Ok(lints) = lints else { return self.when(item == Item::Body) };
        let (lints, reason): (Vec<_>, Vec<_>) =
            lints.iter().partition(|lint| matches!(lint, Meta::Path(_)));
        let (expected, allowed): (Vec<_>, Vec<_>) =
            lints.into_iter().partition(|lint| item == Item::Body && is_of_the_body(lint.path()));
        let written = [("expect", expected), ("allow", allowed)].into_iter();
        let written =
            written.filter(|(_, lints)| !lints.is_empty()).filter_map(|(level, lints)| {
                let lints = lints.into_iter().chain(reason.iter().copied());
                self.renamed(level, &quote!(#(#lints),*))
            });
        Some(written.collect())
    }

    fn renamed(&self, name: &str, content: &TokenStream) -> Option<TokenStream> {
        let name = Ident::new(name, self.meta.path().get_ident()?.span());
        let meta = parse_quote!(#name(#content));
        Some(Self { conditions: self.conditions.clone(), meta }.to_token_stream())
    }
}

impl ToTokens for GivenAttribute {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let meta = self.meta.to_token_stream();
        let meta = self
            .conditions
            .iter()
            .rev()
            .fold(meta, |meta, condition| quote!(cfg_attr(#condition, #meta)));
        tokens.extend(quote!(#[#meta]));
    }
}

fn is(meta: &Meta, name: &str) -> bool {
    meta.path().is_ident(name)
}

fn is_of_the_body(lint: &Path) -> bool {
    let lint = lint.to_token_stream().to_string().replace(' ', "");
    !NOT_OF_THE_BODY.contains(&&*lint)
}

/// Returns whether it concerns the visibility of the function in docs, as `doc(hidden)` does.
fn hides(meta: &Meta) -> bool {
    let mut names = meta.require_list().into_iter().flat_map(|list| list.tokens.clone());
    matches!(names.next(), Some(TokenTree::Ident(name)) if name == "hidden" || name == "cfg")
}

/// Splits tokens at the first comma.
fn condition(tokens: TokenStream) -> Option<(TokenStream, TokenStream)> {
    let tokens = tokens.into_iter().collect::<Vec<_>>();
    let comma = tokens
        .iter()
        .position(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','))?;
    let (before, after) = tokens.split_at(comma);
    Some((before.iter().cloned().collect(), after[1..].iter().cloned().collect()))
}
