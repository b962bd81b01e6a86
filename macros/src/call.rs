//! One call: the arguments that find its entry, and those that it carries to its load.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Ident, spanned::Spanned};

use crate::{
    item::{Argument, Function, Place, written},
    types::tupled,
};

impl Function {
    /// The name of a member of the companion; in an `impl` block, that of a method.
    pub(crate) fn member(&self, member: &str) -> Ident {
        // Written code is located at the name, and is still known as written by the macro.
        let span = Span::call_site().located_at(self.name().span());
        match self.is_associated() {
            // A member that only the macro calls leaves the plain name to the author.
            true if matches!(member, "FITS" | "certain" | "fits" | "load" | "keyed") => {
                format_ident!("__{}_{member}", self.name(), span = span)
            }
            true => format_ident!("{}_{member}", self.companion(), span = span),
            false => Ident::new(member, span),
        }
    }

    /// The path of a member, with the type parameters of the function.
    pub(crate) fn path(&self, member: &str) -> TokenStream {
        let (mut name, mut member) = (written(self.companion()), self.member(member));
        // One place for the faults of all of them, and so one message.
        name.set_span(Span::call_site());
        member.set_span(Span::call_site());
        let path = if self.is_associated() { quote!(Self) } else { quote!(#name) };
        match &*self.parameters() {
            [] => quote!(#path::#member),
            parameters => quote!(#path::#member::<#(#parameters),*>),
        }
    }

    /// The body of the function that asks.
    pub(crate) fn calling(&self) -> TokenStream {
        let (with, load) = (self.with(), self.path("load"));
        let loading = plain(if self.args.local { "load_local" } else { "load" });
        let call = match self.place() {
            Place::Local => {
                // A handle of this thread's cache lives here only, so the call keeps it.
                let (access, query) = (self.path("cache"), self.query());
                return self.failing(&quote!(#access().ask_owned(#query).#loading(#with, #load)));
            }
            Place::Handed => {
                let (found, handed, query) = (found(), self.handed(), self.query());
                let call = self.failing(&quote!(#found.ask_owned(#query).#loading(#with, #load)));
                return quote!(#handed #call);
            }
            _ => {
                let asking = self.asked_cache();
                quote!(#asking.#loading(#with, #load))
            }
        };
        self.with_cache(&self.failing(&call))
    }

    /// The body of a provided method that asks; `form` is its answer, if that is not the value.
    pub(crate) fn calling_inside(&self, form: Option<&str>) -> TokenStream {
        let (with, load) = (self.with(), self.path("load"));
        let form = form.map(plain).into_iter();
        let call = match self.says_send() {
            true => {
                let called = self.named_by_query("called");
                let (cache, query) = (self.at(), self.query());
                quote!(#called(#cache, #query, #with, #load))
            }
            false => {
                let asking = self.asked_cache();
                quote!(#asking.load_local(#with, #load))
            }
        };
        let call = self.failing(&call);
        self.with_cache(&quote!(#call #(.#form())*))
    }

    /// A call that fails with its callers' type of error.
    fn failing(&self, call: &TokenStream) -> TokenStream {
        let krate = &self.args.krate;
        match &self.args.error {
            Some(error) => quote!(#krate::private::failing::<#error, _>(#call)),
            None => call.clone(),
        }
    }

    /// A call, as a function makes it that passes on all of its arguments.
    pub(crate) fn passed_on(&self) -> TokenStream {
        let call = self.path("call");
        let receiver = self.receiver().map(|receiver| receiver.self_token.to_token_stream());
        let arguments = self.arguments.iter().map(|argument| argument.passed.to_token_stream());
        let arguments = receiver.into_iter().chain(arguments);
        quote!(#call(#(#arguments),*))
    }

    /// The body of the function that invalidates.
    pub(crate) fn invalidating(&self) -> TokenStream {
        if self.says_send() {
            let invalidated = self.named_by_query("invalidated");
            let (cache, query) = (self.at(), self.query());
            return self.with_cache(&quote!(#invalidated(#cache, #query)));
        }
        let asking = self.asked_cache();
        self.with_cache(&quote!(#asking.invalidated()))
    }

    /// The body of a function that looks without loading, by a step of an asking.
    pub(crate) fn looking(&self, step: &str, waits: bool) -> TokenStream {
        let (asking, step) = (self.asked_cache(), plain(step));
        let call = quote!(#asking.#step());
        if waits {
            return self.with_cache(&call);
        }
        let found = found();
        match self.place() {
            Place::Handed => {
                let handed = self.handed();
                quote!(#handed let #found = &#found; #call)
            }
            Place::Local => {
                let access = self.path("cache");
                quote!(let #found = #access(); #call)
            }
            _ => self.with_cache(&call),
        }
    }

    /// The function of that name, for calls by value or by reference.
    fn named_by_query(&self, name: &str) -> TokenStream {
        let krate = &self.args.krate;
        let name = if self.asks_by_value() { plain(name) } else { plain(&format!("{name}_by")) };
        quote!(#krate::private::#name)
    }

    /// The beginning of a call.
    fn asked_cache(&self) -> TokenStream {
        let (cache, query) = (self.at(), self.query());
        quote!(#cache.ask(#query))
    }

    /// Puts the cache at hand for a call, where it is no call by itself.
    fn with_cache(&self, call: &TokenStream) -> TokenStream {
        let found = found();
        match self.place() {
            // A handle lives here only; a trait's is asked for by the first poll.
            Place::Handed if self.provided => {
                let handed = self.handed();
                quote!(async move { #handed let #found = &#found; #call.await })
            }
            Place::Handed => {
                let handed = self.handed();
                quote!(#handed async move { let #found = &#found; #call.await })
            }
            Place::Given => {
                let (used, given) = (self.used(), self.given());
                match used.is_empty() {
                    true => quote!(#given #call),
                    false => quote!(let #found = { #used #given #found }; #call),
                }
            }
            Place::Static => call.clone(),
            Place::Local => {
                let access = self.path("cache");
                // A handle of this thread's cache lives here only.
                quote!(let #found = #access(); async move { #call.await })
            }
            Place::Keyed => {
                let keyed = self.path("keyed");
                quote!(let #found = #keyed(); #call)
            }
        }
    }

    /// A handle of the cache that an expression returns, in any form.
    fn handed(&self) -> TokenStream {
        let (krate, found) = (&self.args.krate, found());
        let (used, given) = (self.used(), self.given());
        quote!(let #found = { #used #given #krate::private::Clone::clone(#found) };)
    }

    /// Clones what is passed by value for the expression that finds the cache: it may use that up,
    /// and the load needs it, too.
    fn used(&self) -> TokenStream {
        let krate = &self.args.krate;
        let used = self.arguments.iter().filter(|argument| argument.finds_the_cache);
        let used = used.filter(|argument| argument.referent().is_none());
        let used = used.map(|Argument { name, .. }| {
            // The message points at the argument that cannot be cloned.
            let lent = quote_spanned!(Span::call_site().located_at(name.span())=> &#name);
            quote!(let #name = #krate::private::Clone::clone(#lent);)
        });
        used.collect()
    }

    /// The cache in a place, with its type, so that another one is an error there.
    fn given(&self) -> TokenStream {
        let (krate, place) = (&self.args.krate, &self.args.place);
        let key = if self.args.key.is_some() { quote!(_) } else { self.key() };
        let (value, error) = (self.fitting(self.value()), self.error());
        let error = error.unwrap_or_else(|| quote!(::core::convert::Infallible));
        let (found, span) = (found(), Span::call_site().located_at(place.span()));
        quote_spanned! {span=>
            let #found: &#krate::Cache<#key, #value, #error, _> = &#place;
        }
    }

    /// The cache, as something to call a method of.
    fn at(&self) -> TokenStream {
        let (found, access) = (found(), self.path("cache"));
        match self.place() {
            Place::Static => quote!(#access()),
            Place::Given | Place::Handed | Place::Local => quote!(#found),
            Place::Keyed => {
                let krate = &self.args.krate;
                quote!(#krate::private::KeyedCache::cache(&#found))
            }
        }
    }

    /// The arguments that find the entry: references where they are, so that a hit owns nothing.
    fn query(&self) -> TokenStream {
        let krate = &self.args.krate;
        if let Some(key) = self.made_key() {
            return quote!(#krate::private::Own(#key));
        }
        if self.asks_by_value() {
            let owned = tupled(self.keyed().map(|argument| &argument.passed));
            return quote!(#krate::private::Own(#owned));
        }
        let asked = tupled(self.keyed().map(|argument| {
            let name = &argument.passed;
            match argument.referent() {
                Some(_) => quote!(#krate::private::Lent(#name)),
                None => quote!(#krate::private::Own(#name)),
            }
        }));
        quote!(#krate::private::Borrowed(#asked))
    }

    /// Returns whether the key is made of arguments that are passed by value.
    pub(crate) fn asks_by_value(&self) -> bool {
        self.args.key.is_some() || self.keyed().all(|argument| argument.referent().is_none())
    }

    /// The key that an expression makes.
    fn made_key(&self) -> Option<TokenStream> {
        let (krate, expression) = (&self.args.krate, self.args.key.as_ref()?);
        // The load needs the arguments, and the expression may use them up.
        let looked_at = self.looked_at().map(|argument| {
            let name = &argument.passed;
            match argument.referent() {
                Some(_) => quote!(#name),
                None => quote!(#krate::private::Clone::clone(&#name)),
            }
        });
        Some(match self.place() {
            Place::Keyed => {
                let found = found();
                quote!(#krate::private::MakesKeys::key(&#found, (#(#looked_at,)*)))
            }
            _ => {
                let names = self.looked_at().map(|argument| &argument.name);
                quote!({ #(let #names = #looked_at;)* #expression })
            }
        })
    }

    /// The arguments of the load beside the key, as the caller passes them.
    fn with(&self) -> TokenStream {
        let receiver = self.receiver().map(|receiver| receiver.self_token.to_token_stream());
        let arguments = self.carried().map(|argument| argument.passed.to_token_stream());
        tupled(receiver.into_iter().chain(arguments))
    }
}

/// The cache, by a name that no argument and no constant has.
fn found() -> Ident {
    Ident::new("__cache", Span::mixed_site())
}

fn plain(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}
