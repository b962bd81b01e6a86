//! Arguments under a `cfg`.
//!
//! An attribute cannot see whether a condition holds. So such a function is written twice, with and
//! without the argument, each under its condition and under the attribute again.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, FnArg, GenericParam, Ident, ItemFn, Pat, Path, Token, parse_quote,
    punctuated::Punctuated,
};

use crate::attributes::GivenAttribute;

/// Returns both forms of a function whose first conditional argument or parameter splits it.
pub(crate) fn forms(args: &TokenStream, item: &ItemFn, krate: &Path) -> Option<TokenStream> {
    let (condition, [with, without], left_out) = argument(item).or_else(|| parameter(item))?;
    let skipping = match left_out {
        Some(name) if !takes(&without, &name) => without_skipped(args.clone(), &name),
        _ => args.clone(),
    };
    Some(quote! {
        #[cfg(#condition)]
        #[#krate::memoize(#args)]
        #with
        #[cfg(not(#condition))]
        #[#krate::memoize(#skipping)]
        #without
    })
}

type Forms = (TokenStream, [ItemFn; 2], Option<Ident>);

fn argument(item: &ItemFn) -> Option<Forms> {
    let inputs = &item.sig.inputs;
    let (place, (condition, attributes)) = inputs
        .iter()
        .enumerate()
        .find_map(|(place, input)| Some((place, taken(attributes_of(input))?)))?;
    let (mut with, mut without) = (item.clone(), item.clone());
    match &mut with.sig.inputs[place] {
        FnArg::Receiver(receiver) => receiver.attrs = attributes,
        FnArg::Typed(typed) => typed.attrs = attributes,
    }
    without.sig.inputs = left_out(inputs, place);
    Some((condition, [with, without], name(&inputs[place]).cloned()))
}

fn parameter(item: &ItemFn) -> Option<Forms> {
    let params = &item.sig.generics.params;
    let (place, (condition, attributes)) =
        params.iter().enumerate().find_map(|(place, param)| {
            let attributes = match param {
                GenericParam::Lifetime(param) => &param.attrs,
                GenericParam::Type(param) => &param.attrs,
                GenericParam::Const(param) => &param.attrs,
            };
            Some((place, taken(attributes)?))
        })?;
    let (mut with, mut without) = (item.clone(), item.clone());
    match &mut with.sig.generics.params[place] {
        GenericParam::Lifetime(param) => param.attrs = attributes,
        GenericParam::Type(param) => param.attrs = attributes,
        GenericParam::Const(param) => param.attrs = attributes,
    }
    without.sig.generics.params = left_out(params, place);
    Some((condition, [with, without], None))
}

fn left_out<T: Clone>(all: &Punctuated<T, Token![,]>, place: usize) -> Punctuated<T, Token![,]> {
    let others = all.iter().enumerate().filter(|(at, _)| *at != place);
    others.map(|(_, one)| one.clone()).collect()
}

fn attributes_of(input: &FnArg) -> &[Attribute] {
    match input {
        FnArg::Receiver(receiver) => &receiver.attrs,
        FnArg::Typed(typed) => &typed.attrs,
    }
}

fn name(input: &FnArg) -> Option<&Ident> {
    match input {
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(pattern) => Some(&pattern.ident),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    }
}

fn takes(item: &ItemFn, argument: &Ident) -> bool {
    item.sig.inputs.iter().any(|input| name(input) == Some(argument))
}

/// Separates the conditions among attributes, joined into one, from the others.
fn taken(attributes: &[Attribute]) -> Option<(TokenStream, Vec<Attribute>)> {
    let given = GivenAttribute::all(attributes);
    let conditions = given.iter().filter_map(GivenAttribute::condition).collect::<Vec<_>>();
    let others = given.iter().filter(|given| given.condition().is_none());
    let others = others.map(|given| parse_quote!(#given));
    (!conditions.is_empty()).then(|| (quote!(all(#(#conditions),*)), others.collect()))
}

/// The options, without the name of an argument that is not there in `skip(..)`.
fn without_skipped(args: TokenStream, name: &Ident) -> TokenStream {
    let mut tokens = args.into_iter().peekable();
    let mut written = Vec::new();
    while let Some(token) = tokens.next() {
        let skips = matches!(&token, TokenTree::Ident(option) if option == "skip");
        match tokens.next_if(|next| skips && matches!(next, TokenTree::Group(_))) {
            Some(TokenTree::Group(names)) => {
                let names = names.stream().into_iter().filter_map(|token| match token {
                    TokenTree::Ident(ident) if ident != *name => Some(ident),
                    _ => None,
                });
                let names = names.collect::<Vec<_>>();
                if names.is_empty() {
                    tokens.next_if(|next| matches!(next, TokenTree::Punct(_)));
                } else {
                    let names = Group::new(Delimiter::Parenthesis, quote!(#(#names),*));
                    written.extend([token, TokenTree::Group(names)]);
                }
            }
            _ => written.push(token),
        }
    }
    written.into_iter().map(TokenTree::into_token_stream).collect()
}
