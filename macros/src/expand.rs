//! The items that stand in for the function.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Error, Ident, Receiver, ReceiverKind, Result, parse_quote};

use crate::{
    attributes::Item,
    hygiene::Name,
    item::{self, Argument, Function},
    named::{borrowed, named, with_lifetime, without_lifetime},
    provided, words,
};

/// Rewrites the function as one that asks its cache, and adds the companion.
pub(crate) fn written(function: &Function) -> Result<TokenStream> {
    let (memoized, members) = (memoized(function), members(function)?);
    if function.is_associated() {
        return Ok(quote!(#memoized #(#members)*));
    }
    let (vis, docs) = (function.vis(), words::companion(function));
    let (attributes, name) =
        (function.attributes.of(Item::Beside), item::written(function.companion()));
    Ok(quote! {
        #memoized
        #[doc = #docs]
        #[allow(clippy::exhaustive_enums)]
        #attributes
        #vis enum #name {}
        #attributes
        impl #name {
            #(#members)*
        }
    })
}

/// Writes the reason why a function is not memoized in place of its companion and return type:
/// neither is a type then, so its callers and its trait are no further errors.
pub(crate) fn refused(function: &Function, error: &Error) -> TokenStream {
    let (krate, error) = (&function.args.krate, error.to_compile_error());
    let (vis, sig) = (&function.item.vis, &function.item.sig);
    let (name, generics, inputs) = (item::written(&sig.ident), &sig.generics, &sig.inputs);
    let companion = item::written(function.companion());
    let (asyncness, clause) = (&sig.asyncness, &sig.generics.where_clause);
    let nothing = quote!(#krate::private::Fitting<(), { #error }>);
    let allowed = quote!(#[allow(unused, non_camel_case_types, missing_docs, clippy::all)]);
    // An indented function may be in an `impl` block, which has no place for a type.
    let (companion, returned) = match proc_macro::Span::call_site().column() {
        1 => (Some(quote!(#allowed #vis type #companion = #nothing;)), quote!(#companion)),
        _ => (None, nothing),
    };
    quote! {
        #companion
        #allowed
        #[allow(clippy::pedantic)]
        #vis #asyncness fn #name #generics(#inputs) -> #returned #clause {
            ::core::unreachable!("this does not compile")
        }
    }
}

/// The function itself, under its own name.
fn memoized(function: &Function) -> TokenStream {
    let (vis, name, words) = (&function.item.vis, function.name(), words::function(function));
    let (docs, attributes) = (function.attributes.docs(), function.attributes.of(Item::Function));
    let (signature, call) = match function.provided {
        true => (inside(function, name, &function.answer()), function.calling_inside(None)),
        false => (calling(function, name, &function.call_type()), function.passed_on()),
    };
    quote! {
        #docs
        #[doc = #words]
        #attributes
        #vis #signature { #call }
    }
}

fn members(function: &Function) -> Result<Vec<TokenStream>> {
    let mut members = match function.provided {
        true => provided_members(function),
        false => {
            let mut members =
                vec![call(function), force_refresh(function), refresh(function), outcome(function)];
            members.extend(looks(function));
            members
        }
    };
    // The items of a trait are as public as the trait.
    let hidden = function.provided.then(|| quote!(#[doc(hidden)]));
    let (load, beside) = (function.load(), function.attributes.of(Item::Beside));
    // The compiler checks them in this order, so a type that does not fit is reported first.
    members.insert(0, function.fits());
    members.extend([invalidate(function), uncached(function), quote!(#hidden #beside #load)]);
    members.extend(function.access()?.into_iter().map(|access| quote!(#beside #access)));
    Ok(members)
}

/// The methods that ask beside a provided one. A trait cannot name the type of a call whose cache
/// it does not know.
fn provided_members(function: &Function) -> Vec<TokenStream> {
    let attributes = function.attributes.of(Item::Beside);
    let member = |name: &str, docs: String, answer: &TokenStream, form: &str| {
        let signature = inside(function, &function.member(name), answer);
        let body = function.calling_inside(Some(form));
        quote!(#[doc = #docs] #attributes #signature { #body })
    };
    vec![
        member("force_refresh", words::force_refresh(function), &function.answer(), "force"),
        member("outcome", words::outcome(function), &function.outcome(), "outcome"),
    ]
}

/// The function that asks, for all others.
fn call(function: &Function) -> TokenStream {
    let (vis, docs) = (function.vis(), words::call(function));
    let signature = calling(function, &function.member("call"), &function.call_type());
    let (attributes, body) = (function.attributes.of(Item::Beside), function.calling());
    quote!(#[doc = #docs] #attributes #vis #signature { #body })
}

// The wishes are put around a call without its own setters, which are not there where a type of the
// call is wrong: that has been said by then.

fn force_refresh(function: &Function) -> TokenStream {
    let (krate, vis, docs) = (&function.args.krate, function.vis(), words::force_refresh(function));
    let (call, name) = (function.call_type(), function.member("force_refresh"));
    let signature = calling(function, &name, &quote!(#krate::Tuned<#call>));
    let (attributes, call) = (function.attributes.of(Item::Beside), function.passed_on());
    quote!(#[doc = #docs] #attributes #vis #signature { #krate::Tuned::new(#call).force() })
}

fn refresh(function: &Function) -> TokenStream {
    let (krate, vis, docs) = (&function.args.krate, function.vis(), words::refresh(function));
    let signature = calling(function, &function.member("refresh"), &function.refreshed());
    let (attributes, call) = (function.attributes.of(Item::Beside), function.passed_on());
    quote! {
        #[doc = #docs]
        #attributes
        #vis #signature { #krate::private::Refreshes::refresh(#call) }
    }
}

fn outcome(function: &Function) -> TokenStream {
    let (krate, vis, docs) = (&function.args.krate, function.vis(), words::outcome(function));
    let (call, name) = (function.call_type(), function.member("outcome"));
    let signature = calling(function, &name, &quote!(#krate::WithOutcome<#call>));
    let (attributes, call) = (function.attributes.of(Item::Beside), function.passed_on());
    quote!(#[doc = #docs] #attributes #vis #signature { #krate::WithOutcome::new(#call) })
}

/// The functions that load nothing. Inline, so that they are compiled where they are used.
fn looks(function: &Function) -> Vec<TokenStream> {
    let (krate, vis) = (&function.args.krate, function.vis());
    let attributes = function.attributes.of(Item::Beside);
    let value = function.fitting(function.value());
    let option = |ty: TokenStream| quote!(::core::option::Option<#ty>);
    let future = |ty: TokenStream| quote!(impl ::core::future::Future<Output = #ty>);
    let found = option(value.clone());
    let removed = option(quote!(#krate::CacheEntry<#value>));
    let removed = quote!(::core::result::Result<#removed, #krate::StorageError>);
    let looks = [
        ("get", words::get(function), future(found.clone()), "got", true),
        ("peek", words::peek(function), found, "peeked", false),
        ("contains", words::contains(function), quote!(bool), "contained", false),
        (
            "entry_info",
            words::entry_info(function),
            option(quote!(#krate::EntryInfo)),
            "informed",
            false,
        ),
        ("remove", words::remove(function), future(removed), "removed", true),
    ];
    let look = |(name, docs, answer, step, waits): (&str, String, TokenStream, &str, bool)| {
        let signature = finding(function, &function.member(name), &answer);
        let body = function.looking(step, waits);
        quote!(#[doc = #docs] #[inline] #attributes #vis #signature { #body })
    };
    // A future of what a name hides would bring one more message if that is no `Result`.
    let guessed = function.output.is_guessed();
    looks.into_iter().filter(|(.., waits)| !(guessed && *waits)).map(look).collect()
}

fn invalidate(function: &Function) -> TokenStream {
    let (vis, docs) = (function.vis(), words::invalidate(function));
    let (name, body) = (function.member("invalidate"), function.invalidating());
    let send = function.says_send().then(|| quote!(+ ::core::marker::Send));
    let answer = quote!(impl ::core::future::Future<Output = ()> #send);
    let signature = finding(function, &name, &answer);
    let attributes = function.attributes.of(Item::Beside);
    quote!(#[doc = #docs] #attributes #vis #signature { #body })
}

/// The function as it was written, under another name.
fn uncached(function: &Function) -> TokenStream {
    let (vis, docs, attributes) =
        (&function.item.vis, words::uncached(function), function.attributes.of(Item::Body));
    let mut item = function.item.clone();
    if function.says_send() {
        provided::send(&mut item);
    }
    let (mut sig, block) = (item.sig, item.block);
    sig.ident = function.member("uncached");
    let provided = function.provided;
    let provided = provided.then(|| quote!(#[allow(clippy::manual_async_fn, async_fn_in_trait)]));
    // An attribute like this one asks for an `async fn`.
    let waits = Name::alone(&Ident::new("await", Span::call_site())).is_in(block.to_token_stream());
    let waits = (!waits).then(|| quote!(#[allow(clippy::unused_async)]));
    quote! {
        #[doc = #docs]
        #[allow(clippy::missing_errors_doc, clippy::missing_panics_doc, clippy::single_call_fn)]
        #provided
        #waits
        #attributes
        #vis #sig #block
    }
}

/// The head of a function that takes all arguments and returns a call, an `answer`.
fn calling(function: &Function, name: &Ident, answer: &TokenStream) -> TokenStream {
    let mut generics = function.bounded(function.item.sig.generics.clone());
    if function.has_unnamed_borrows() {
        let lifetime = borrowed();
        generics.params.insert(0, parse_quote!(#lifetime));
    }
    let (generics, _, clause) = generics.split_for_impl();
    let receiver = function.receiver().map(receiver);
    let arguments = function.arguments.iter().map(|argument| {
        let (name, ty) = (&argument.passed, argument.as_passed());
        quote!(#name: #ty)
    });
    let arguments = receiver.into_iter().chain(arguments);
    quote!(fn #name #generics(#(#arguments),*) -> #answer #clause)
}

/// The head of a provided method that takes all arguments.
fn inside(function: &Function, name: &Ident, answer: &TokenStream) -> TokenStream {
    let sig = &function.item.sig;
    let (generics, _, clause) = sig.generics.split_for_impl();
    let receiver = function.receiver().map(ToTokens::to_token_stream);
    let arguments = function.arguments.iter();
    let arguments = arguments.map(|Argument { passed, ty, .. }| quote!(#passed: #ty));
    let arguments = receiver.into_iter().chain(arguments);
    let send = function.says_send().then(|| quote!(+ ::core::marker::Send));
    quote! {
        fn #name #generics(#(#arguments),*)
            -> impl ::core::future::Future<Output = #answer> #send #clause
    }
}

/// A receiver, with a name for its lifetime.
fn receiver(receiver: &Receiver) -> TokenStream {
    let this = &receiver.self_token;
    match &receiver.kind {
        ReceiverKind::Reference(and, lifetime, _) => {
            let lifetime = named(lifetime.as_ref());
            quote!(#and #lifetime #this)
        }
        ReceiverKind::Typed(colon, ty) => {
            let ty = with_lifetime(ty);
            quote!(#this #colon #ty)
        }
        _ => quote!(#this),
    }
}

/// The head of a function that takes the arguments which find the entry. It needs no names for
/// lifetimes: one may be that of an argument which is left out.
fn finding(function: &Function, name: &Ident, answer: &TokenStream) -> TokenStream {
    let choices = function.bounded(function.choices());
    let (generics, _, clause) = choices.split_for_impl();
    let receiver = function.receiver().filter(|_| function.is_in_self()).map(|receiver| {
        let this = &receiver.self_token;
        match &receiver.kind {
            ReceiverKind::Reference(and, ..) => quote!(#and #this),
            ReceiverKind::Typed(colon, ty) => {
                let ty = without_lifetime(ty);
                quote!(#this #colon #ty)
            }
            _ => quote!(#this),
        }
    });
    let arguments = function.arguments.iter().filter(|argument| argument.finds_the_entry());
    let arguments = arguments.map(|argument| {
        let (passed, ty) = (&argument.passed, without_lifetime(&argument.ty));
        quote!(#passed: #ty)
    });
    let arguments = receiver.into_iter().chain(arguments);
    quote!(fn #name #generics(#(#arguments),*) -> #answer #clause)
}
