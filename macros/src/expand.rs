//! The items that stand in for the function.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Error, Ident, Result, ReturnType, Type, spanned::Spanned};

use crate::{
    item::{self, Argument, Function},
    provided, words,
};

/// Writes the function anew, as one that asks its cache, and the companion beside it.
pub(crate) fn written(function: &Function) -> Result<TokenStream> {
    let everywhere = function.everywhere();
    let everywhere = quote!(#(#everywhere)*);
    let (memoized, members) = (memoized(function), members(function)?);
    if function.is_associated() {
        return Ok(quote!(#memoized #(#everywhere #[allow(dead_code)] #members)*));
    }
    let (vis, docs) = (&function.item.vis, words::companion(function));
    let name = item::written(function.name());
    Ok(quote! {
        #memoized
        #[doc = #docs]
        #everywhere
        #[allow(non_camel_case_types, missing_debug_implementations, dead_code)]
        #[allow(clippy::exhaustive_enums)]
        #vis enum #name {}
        #everywhere
        #[allow(dead_code)]
        impl #name {
            #(#members)*
        }
    })
}

/// Writes the reason why a function is not memoized, and a function of the same shape, so that its
/// callers are not errors, too.
pub(crate) fn refused(function: &Function, error: &Error) -> TokenStream {
    let error = error.to_compile_error();
    let (vis, sig) = (&function.item.vis, &function.item.sig);
    let (name, generics, inputs) = (&sig.ident, &sig.generics, &sig.inputs);
    let clause = &sig.generics.where_clause;
    let answer = match &sig.output {
        // It would be one inside another.
        ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_)) => quote!(#ty),
        _ => function.answer(),
    };
    quote! {
        #error
        #[allow(unused, missing_docs, clippy::all, clippy::pedantic)]
        #vis async fn #name #generics(#inputs) -> #answer #clause {
            ::core::unreachable!("this does not compile")
        }
    }
}

/// The function itself, under its own name.
fn memoized(function: &Function) -> TokenStream {
    let (vis, name, docs) = (&function.item.vis, function.name(), function.docs());
    let (words, everywhere) = (words::function(function), function.everywhere());
    let for_callers = function.for_callers();
    let (assertions, body) = (assertions(function), function.asking(None));
    let signature = signature(function, name, &function.answer(), true);
    quote! {
        #(#docs)*
        #[doc = #words]
        #(#everywhere)*
        #(#for_callers)*
        #vis #signature {
            #assertions
            #body
        }
    }
}

fn members(function: &Function) -> Result<Vec<TokenStream>> {
    let vis = &function.item.vis;
    let asking = |name: &str, docs: String, answer: &TokenStream, form: &str| {
        let signature = signature(function, &function.member(name), answer, true);
        let body = function.asking(Some(form));
        quote!(#[doc = #docs] #vis #signature { #body })
    };
    let (answer, load) = (function.answer(), function.load());
    // All that a trait has is as public as the trait.
    let hidden = function.provided.then(|| quote!(#[doc(hidden)]));
    let mut members = vec![
        asking("force_refresh", words::force_refresh(function), &answer, "force"),
        asking("outcome", words::outcome(function), &function.outcome(), "outcome"),
        invalidate(function),
        uncached(function),
        quote!(#hidden #load),
    ];
    members.extend(function.access()?);
    Ok(members)
}

fn invalidate(function: &Function) -> TokenStream {
    let (vis, docs) = (&function.item.vis, words::invalidate(function));
    let (name, body) = (function.member("invalidate"), function.invalidating());
    let signature = signature(function, &name, &quote!(()), false);
    // A lifetime may be that of an argument which is left out.
    quote!(#[doc = #docs] #[allow(unused_lifetimes)] #vis #signature { #body })
}

/// The function as it was written, under another name.
fn uncached(function: &Function) -> TokenStream {
    let (vis, docs, attributes) =
        (&function.item.vis, words::uncached(function), function.of_the_body());
    let mut item = function.item.clone();
    if function.says_send() {
        provided::send(&mut item);
    }
    let (mut sig, block) = (item.sig, item.block);
    sig.ident = function.member("uncached");
    quote! {
        #[doc = #docs]
        #[allow(clippy::missing_errors_doc, clippy::missing_panics_doc, clippy::unused_async)]
        #[allow(clippy::manual_async_fn, async_fn_in_trait)]
        #(#attributes)*
        #vis #sig #block
    }
}

/// The head of a function that takes all arguments, or those that find the entry.
fn signature(function: &Function, name: &Ident, answer: &TokenStream, all: bool) -> TokenStream {
    let sig = &function.item.sig;
    let (generics, _, clause) = sig.generics.split_for_impl();
    let receiver = function.receiver().filter(|_| all || function.is_in_self()).map(|receiver| {
        let mut receiver = receiver.clone();
        receiver.mutability = None;
        receiver.into_token_stream()
    });
    let arguments = function.arguments.iter().filter(|argument| all || argument.finds_the_entry());
    let arguments = arguments.map(|Argument { name, ty, .. }| quote!(#name: #ty));
    let arguments = receiver.into_iter().chain(arguments);
    let send = function.says_send().then(|| quote!(+ ::core::marker::Send));
    quote! {
        fn #name #generics(#(#arguments),*)
            -> impl ::core::future::Future<Output = #answer> #send #clause
    }
}

/// Lines that do not compile where a type cannot be cached, each at the type itself.
fn assertions(function: &Function) -> TokenStream {
    let krate = &function.args.krate;
    let argument = if function.args.local { "local_argument" } else { "argument" };
    let keys = function.keyed().map(|keyed| {
        let span = Span::call_site().located_at(keyed.ty.span());
        let (assertion, owned) = (Ident::new(argument, span), keyed.owned(function));
        quote_spanned!(span=> #krate::private::#assertion::<#owned>();)
    });
    let (span, cached) = (function.returned(), function.value());
    let value = quote_spanned!(span=> #krate::private::value::<#cached>(););
    keys.chain([value]).collect()
}
