//! The types that the written code names.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{ReturnType, Type, TypeSlice, spanned::Spanned};

use crate::{
    item::{Argument, Function},
    output::Output,
};

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
            Some(ty) => {
                let proof = function.proof();
                quote!(<#ty as #krate::private::Owning<#proof>>::Owned)
            }
        }
    }
}

impl Function {
    /// The type of the key that is made of arguments.
    pub(crate) fn key(&self) -> TokenStream {
        tupled(self.keyed().map(|argument| argument.owned(self)))
    }

    /// The location of the return type, for messages about it.
    pub(crate) fn returned(&self) -> Span {
        match &self.item.sig.output {
            ReturnType::Type(_, returned) => Span::call_site().located_at(returned.span()),
            ReturnType::Default => Span::call_site(),
        }
    }

    /// The type of the value that is cached.
    pub(crate) fn value(&self) -> TokenStream {
        let krate = &self.args.krate;
        match &self.output {
            Output::Plain(value) | Output::Result(value, _) => quote!(#value),
            Output::Alias(result) => {
                let value = quote!(<#result as #krate::private::Fallible>::Value);
                match self.says_how_kept {
                    true => quote!(<#value as #krate::private::KeptAsSaid>::Value),
                    false => value,
                }
            }
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

    /// The answer of a call.
    pub(crate) fn answer(&self) -> TokenStream {
        let krate = &self.args.krate;
        if let Some(error) = &self.args.error {
            let value = self.value();
            return quote!(::core::result::Result<#value, #error>);
        }
        match &self.output {
            Output::Plain(value) => quote!(#krate::Result<#value>),
            Output::Result(value, error) => quote!(#krate::Result<#value, #error>),
            Output::Alias(result) if self.says_how_kept => {
                quote!(#krate::private::MemoizedAsSaid<#result>)
            }
            Output::Alias(result) => quote!(#krate::private::Memoized<#result>),
        }
    }

    /// The answer of a call for an outcome, whose type has no name.
    pub(crate) fn outcome(&self) -> TokenStream {
        let (krate, value, error) = (&self.args.krate, self.value(), self.error().into_iter());
        if let Some(error) = &self.args.error {
            return quote!(::core::result::Result<#krate::Outcome<#value>, #error>);
        }
        quote!(#krate::Result<#krate::Outcome<#value> #(, #error)*>)
    }

    /// The answer of a request for a load in the background.
    pub(crate) fn refreshed(&self) -> TokenStream {
        let krate = &self.args.krate;
        let error = match (&self.args.error, self.error()) {
            (Some(error), _) => quote!(#error),
            (None, Some(error)) => quote!(#krate::Error<#error>),
            (None, None) => quote!(#krate::Error<::core::convert::Infallible>),
        };
        quote!(::core::result::Result<#krate::Refresh, #error>)
    }

    /// The type of the cache, of keys `key`.
    pub(crate) fn cache(&self, key: &TokenStream) -> TokenStream {
        let krate = &self.args.krate;
        let (value, error) =
            (self.fitting(self.value()), self.error().map(|error| self.fitting(error)));
        let runtime = self.args.runtime.as_ref().map(|runtime| self.fitting(quote!(#runtime)));
        match (error, runtime) {
            (None, None) => quote!(#krate::Cache<#key, #value>),
            (Some(error), None) => quote!(#krate::Cache<#key, #value, #error>),
            (error, Some(runtime)) => {
                let error = error.unwrap_or_else(|| quote!(::core::convert::Infallible));
                quote!(#krate::Cache<#key, #value, #error, #runtime>)
            }
        }
    }
}

/// Returns one element as it is, and several as a tuple.
pub(crate) fn tupled<T: ToTokens>(parts: impl IntoIterator<Item = T>) -> TokenStream {
    match &*parts.into_iter().collect::<Vec<_>>() {
        [part] => quote!(#part),
        parts => quote!((#(#parts),*)),
    }
}
