//! The types that the written code names.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Type, TypeSlice};

use crate::item::{Argument, Function, Output};

impl Argument {
    /// The type that a load has of the argument.
    pub(crate) fn owned(&self, function: &Function) -> TokenStream {
        let krate = &function.args.krate;
        match self.referent() {
            None => {
                let ty = &self.ty;
                quote!(#ty)
            }
            Some(Type::Path(path)) if path.path.is_ident("str") => quote!(#krate::private::String),
            Some(Type::Slice(TypeSlice { elem, .. })) => quote!(#krate::private::Vec<#elem>),
            Some(ty) => quote!(<#ty as #krate::private::ToOwned>::Owned),
        }
    }
}

impl Function {
    /// The type of the key that is made of arguments.
    pub(crate) fn key(&self) -> TokenStream {
        let mut keyed = self.keyed().map(|argument| argument.owned(self)).collect::<Vec<_>>();
        match keyed.len() {
            1 => keyed.remove(0),
            _ => quote!((#(#keyed),*)),
        }
    }

    /// The type of the value that is cached.
    pub(crate) fn value(&self) -> TokenStream {
        let krate = &self.args.krate;
        match &self.output {
            Output::Plain(value) | Output::Result(value, _) => quote!(#value),
            Output::Alias(result) => quote!(<#result as #krate::private::Fallible>::Value),
        }
    }

    /// The type of the error, `None` if there is none.
    pub(crate) fn error(&self) -> Option<TokenStream> {
        let krate = &self.args.krate;
        match &self.output {
            Output::Plain(_) => None,
            Output::Result(_, error) => Some(quote!(#error)),
            Output::Alias(result) => Some(quote!(<#result as #krate::private::Fallible>::Error)),
        }
    }

    /// What a call brings.
    pub(crate) fn answer(&self) -> TokenStream {
        let krate = &self.args.krate;
        match &self.output {
            Output::Plain(value) => quote!(#krate::Result<#value>),
            Output::Result(value, error) => quote!(#krate::Result<#value, #error>),
            Output::Alias(result) => quote!(#krate::private::Memoized<#result>),
        }
    }

    /// What a call brings that asks where the value comes from.
    pub(crate) fn outcome(&self) -> TokenStream {
        let (krate, value, error) = (&self.args.krate, self.value(), self.error().into_iter());
        quote!(#krate::Result<#krate::Outcome<#value> #(, #error)*>)
    }

    /// The type of the cache, of keys `key`.
    pub(crate) fn cache(&self, key: &TokenStream) -> TokenStream {
        let (krate, value, error) = (&self.args.krate, self.value(), self.error());
        let runtime = &self.args.runtime;
        if self.is_selective() {
            let error = error.unwrap_or_else(|| quote!(::core::convert::Infallible));
            let runtime = runtime.as_ref().map_or_else(|| quote!(#krate::Auto), |ty| quote!(#ty));
            return quote!(#krate::private::Selective<#key, #value, #error, #runtime>);
        }
        match (error, runtime) {
            (None, None) => quote!(#krate::Cache<#key, #value>),
            (Some(error), None) => quote!(#krate::Cache<#key, #value, #error>),
            (error, Some(runtime)) => {
                let error = error.unwrap_or_else(|| quote!(::core::convert::Infallible));
                quote!(#krate::Cache<#key, #value, #error, #runtime>)
            }
        }
    }

    /// Whether the entry builder is the one that a predicate goes into; so it always is where the
    /// type of the key has no name, to keep those to one type.
    pub(crate) const fn is_selective(&self) -> bool {
        self.args.cache_if.is_some() || self.args.key.is_some()
    }
}
