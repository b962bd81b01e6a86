//! One call: what it asks by, and the load that it brings.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{GenericParam, Ident, Receiver, ReceiverKind, Type, spanned::Spanned};

use crate::{
    item::{Argument, Function, Output},
    place::Place,
    valid::is_borrowed,
};

impl Function {
    /// The name of a member of the companion; in an `impl` block, that of a method.
    pub(crate) fn member(&self, member: &str) -> Ident {
        // What comes of the macro is placed at the name, and is still known to come of the macro.
        let span = Span::call_site().located_at(self.name().span());
        match self.is_associated() {
            true => format_ident!("{}_{member}", self.name(), span = span),
            false => Ident::new(member, span),
        }
    }

    /// The path of a member, with the type parameters of the function.
    pub(crate) fn call(&self, member: &str) -> TokenStream {
        let (name, member) = (self.name(), self.member(member));
        let choices = self.choices();
        let parameters = choices.params.iter().map(|param| match param {
            GenericParam::Type(param) => &param.ident,
            GenericParam::Const(param) => &param.ident,
            GenericParam::Lifetime(param) => &param.lifetime.ident,
        });
        let path = if self.is_associated() { quote!(Self) } else { quote!(#name) };
        if choices.params.is_empty() {
            quote!(#path::#member)
        } else {
            quote!(#path::#member::<#(#parameters),*>)
        }
    }

    /// The body of a function that asks; `bring` says what.
    pub(crate) fn asking(&self, bring: &str) -> TokenStream {
        let (asking, make) = (self.asked_cache(), self.make());
        let load = if self.args.local { "load_local" } else { "load" };
        let (load, bring) = (plain(load), plain(bring));
        self.with_cache(&quote!(#asking.#load(#make).#bring()))
    }

    /// The body of the function that invalidates.
    pub(crate) fn invalidating(&self) -> TokenStream {
        let asking = self.asked_cache();
        self.with_cache(&quote!(#asking.invalidated()))
    }

    /// The beginning of every call.
    fn asked_cache(&self) -> TokenStream {
        let (cache, asked) = (self.at(), self.asked());
        let ask = plain(if self.args.local { "ask_local" } else { "ask" });
        quote!(#cache.#ask(#asked))
    }

    /// Puts the cache at hand for a call, where it is no call by itself.
    fn with_cache(&self, call: &TokenStream) -> TokenStream {
        let (found, access, keyed) = (found(), self.call("cache"), self.call("keyed"));
        match self.place() {
            Place::Given => {
                let found = self.given();
                quote!(#found #call)
            }
            Place::Static => call.clone(),
            // A handle of this thread's cache lives here only.
            Place::Local => quote!(let #found = #access(); async move { #call.await }),
            Place::Keyed => quote!(let #found = #keyed(); #call),
        }
    }

    /// The cache, as something to call a method of.
    fn at(&self) -> TokenStream {
        let (found, access) = (found(), self.call("cache"));
        match self.place() {
            Place::Static => quote!(#access()),
            Place::Given | Place::Local => quote!(#found),
            Place::Keyed => quote!(#found.cache),
        }
    }

    /// The cache in a place, with its type, so that another one is an error there.
    fn given(&self) -> TokenStream {
        let (krate, place) = (&self.args.krate, &self.args.place);
        let key = if self.args.key.is_some() { quote!(_) } else { self.key() };
        let (value, error) = (self.value(), self.error());
        let error = error.unwrap_or_else(|| quote!(::core::convert::Infallible));
        let (found, span) = (found(), Span::call_site().located_at(place.span()));
        quote_spanned! {span=>
            let #found: &#krate::Cache<#key, #value, #error, _, _, _> = &#place;
        }
    }

    /// What the entry is looked up by: references where arguments are, so that a hit owns nothing.
    fn asked(&self) -> TokenStream {
        let krate = &self.args.krate;
        if let Some(expression) = &self.args.key {
            // The load needs what the expression may use up.
            let looked_at = self.looked_at().map(|argument| {
                let name = &argument.name;
                match argument.referent() {
                    Some(_) => quote!(#name),
                    None => quote!(#krate::private::Clone::clone(&#name)),
                }
            });
            return match self.place() {
                Place::Keyed => {
                    let found = found();
                    quote!(#krate::private::Own((#found.key)((#(#looked_at,)*))))
                }
                _ => {
                    let names = self.looked_at().map(|argument| &argument.name);
                    quote!(#krate::private::Own({ #(let #names = #looked_at;)* #expression }))
                }
            };
        }
        let asked = self.keyed().map(|argument| {
            let name = &argument.name;
            match argument.referent() {
                Some(_) => quote!(#name),
                None => quote!(#krate::private::Own(#name)),
            }
        });
        tupled(asked.collect())
    }

    /// A closure that makes the load: what is not part of the key is owned when it is called.
    fn make(&self) -> TokenStream {
        let krate = &self.args.krate;
        let this = this();
        let receiver = self.receiver().map(|receiver| match is_borrowed(receiver) {
            true => {
                let itself = receiver.self_token;
                let span = Span::call_site().located_at(itself.span);
                let ty = receiver_type(receiver, span);
                quote_spanned!(span=> let #this = <#ty as #krate::private::Clone>::clone(#itself);)
            }
            false => quote!(let #this = self;),
        });
        let owned = self.carried().filter(|argument| argument.referent().is_some());
        let owned = owned.map(
            |Argument { name, .. }| quote!(let #name = #krate::private::ToOwned::to_owned(#name);),
        );
        let owned = receiver.into_iter().chain(owned).collect::<TokenStream>();
        let key = match &self.args.key {
            Some(_) => quote!(_),
            None => tupled(self.keyed().map(|Argument { name, .. }| quote!(#name)).collect()),
        };
        let load = self.load();
        match (owned.is_empty(), self.carried().next().is_none()) {
            (true, true) => quote!(|| |#key| #load),
            (true, false) => quote!(move || move |#key| #load),
            (false, _) => quote!(move || { #owned move |#key| #load }),
        }
    }

    /// The load: the body, lent what it borrows.
    fn load(&self) -> TokenStream {
        let this = this();
        let lends = self.receiver().is_some_and(is_borrowed)
            || self.arguments.iter().any(|argument| argument.referent().is_some());
        let receiver = self.receiver().map(|receiver| match is_borrowed(receiver) {
            true => quote!(&#this),
            false => quote!(#this),
        });
        let arguments = self.arguments.iter().map(|argument| {
            let name = &argument.name;
            match argument.referent() {
                Some(_) => quote!(&#name),
                None => quote!(#name),
            }
        });
        let (body, arguments) = (self.call("uncached"), receiver.into_iter().chain(arguments));
        match (&self.output, lends) {
            (Output::Plain(_), _) => {
                quote!(async move { ::core::result::Result::Ok(#body(#(#arguments),*).await) })
            }
            (_, true) => quote!(async move { #body(#(#arguments),*).await }),
            (_, false) => quote!(#body(#(#arguments),*)),
        }
    }
}

/// `self`, by a name that no argument has.
fn this() -> Ident {
    Ident::new("this", Span::mixed_site())
}

/// The cache, by a name that no argument has.
fn found() -> Ident {
    Ident::new("cache", Span::mixed_site())
}

/// The type that a borrowed receiver refers to.
fn receiver_type(receiver: &Receiver, span: Span) -> TokenStream {
    match &receiver.kind {
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Reference(reference) => {
                let elem = &reference.elem;
                quote!(#elem)
            }
            ty => quote!(#ty),
        },
        _ => quote_spanned!(span=> Self),
    }
}

fn plain(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

fn tupled(mut parts: Vec<TokenStream>) -> TokenStream {
    match parts.len() {
        1 => parts.remove(0),
        _ => quote!((#(#parts),*)),
    }
}
