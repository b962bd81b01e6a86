//! The type of a call, which names how long its borrows last.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Lifetime, Receiver, ReceiverKind, Type, TypeReference};

use crate::{
    item::{Argument, Function, Place},
    types::tupled,
};

impl Function {
    /// The type that a call of the function has.
    pub(crate) fn call_type(&self) -> TokenStream {
        let (krate, call) = (&self.args.krate, self.own_call_type());
        match &self.args.error {
            Some(error) => quote!(#krate::Failing<#call, #error>),
            None => call,
        }
    }

    /// The type of a call that fails with the cache's own error.
    fn own_call_type(&self) -> TokenStream {
        let krate = &self.args.krate;
        let value = self.fitting(self.value());
        let (query, with) = (self.query_type(), self.with_type());
        let error = self.error().unwrap_or_else(|| quote!(::core::convert::Infallible));
        let threading = match self.args.local {
            true => quote!(#krate::SingleThreaded),
            false => quote!(#krate::MultiThreaded),
        };
        let key = match (&self.args.key, self.place()) {
            (None, _) => self.key(),
            // The type of an expression has no name.
            (Some(_), Place::Keyed) => quote!(impl #krate::private::KeyArgument),
            (Some(_), _) => quote!(impl #krate::private::LocalArgument),
        };
        let runtime = match (&self.args.runtime, self.place()) {
            (Some(runtime), _) => self.fitting(quote!(#runtime)),
            // Nor is the type of a place known.
            (None, Place::Given | Place::Handed) => {
                quote!(impl #krate::Runtime<Threading = #threading>)
            }
            (None, _) => quote!(#krate::Auto),
        };
        match self.place() {
            Place::Local | Place::Handed => quote! {
                #krate::memo::OwnedFunctionCall<
                    #key, #value, #error, #runtime, #query, #with, #threading
                >
            },
            _ => {
                let cache = self.lifetime_of_the_cache();
                quote! {
                    #krate::memo::FunctionCall<
                        #cache, #key, #value, #error, #runtime, #query, #with, #threading
                    >
                }
            }
        }
    }

    /// Whether an argument or the receiver is a reference without a name for its lifetime.
    pub(crate) fn has_unnamed_borrows(&self) -> bool {
        let of_the_receiver = self.receiver().and_then(borrow);
        let of_arguments = self.arguments.iter().filter_map(|argument| match &argument.ty {
            Type::Reference(reference) => Some(reference.lifetime.as_ref()),
            _ => None,
        });
        let mut lifetimes = of_the_receiver.into_iter().chain(of_arguments);
        lifetimes.any(is_unnamed)
    }

    /// The lifetime of the cache: that of the value in which it is found.
    fn lifetime_of_the_cache(&self) -> Lifetime {
        if self.place() == Place::Given {
            let receiver = self.receiver().filter(|_| self.is_in_self()).and_then(borrow);
            let argument = self.root().and_then(|argument| match &argument.ty {
                Type::Reference(reference) => Some(reference.lifetime.as_ref()),
                _ => None,
            });
            if let Some(lifetime) = argument.or(receiver) {
                return named(lifetime);
            }
        }
        Lifetime::new("'static", Span::call_site())
    }

    /// The type of the arguments that find the entry.
    fn query_type(&self) -> TokenStream {
        let krate = &self.args.krate;
        if self.asks_by_value() {
            return quote!(#krate::memo::InHand);
        }
        let asked =
            tupled(self.keyed().map(|argument| match (argument.referent(), &argument.ty) {
                (Some(referent), Type::Reference(TypeReference { lifetime, .. })) => {
                    let lifetime = named(lifetime.as_ref());
                    quote!(#krate::Lent<#lifetime, #referent>)
                }
                (_, ty) => quote!(#krate::memo::Own<#ty>),
            }));
        quote!(#krate::memo::ByReference<#asked>)
    }

    /// The type of the load's arguments beside the key, as the caller passes them.
    fn with_type(&self) -> TokenStream {
        let receiver = self.receiver().map(|receiver| match &receiver.kind {
            ReceiverKind::Reference(_, lifetime, _) => {
                let lifetime = named(lifetime.as_ref());
                quote!(&#lifetime Self)
            }
            ReceiverKind::Typed(_, ty) => with_lifetime(ty),
            _ => quote!(Self),
        });
        tupled(receiver.into_iter().chain(self.carried().map(Argument::as_passed)))
    }
}

impl Argument {
    /// Its type, with a name for the lifetime of a reference.
    pub(crate) fn as_passed(&self) -> TokenStream {
        with_lifetime(&self.ty)
    }
}

/// The same type, with a name for its lifetime if it is a reference.
pub(crate) fn with_lifetime(ty: &Type) -> TokenStream {
    match ty {
        Type::Reference(TypeReference { and_token, lifetime, elem, .. }) => {
            let lifetime = named(lifetime.as_ref());
            quote!(#and_token #lifetime #elem)
        }
        ty => ty.to_token_stream(),
    }
}

/// The same type, without a name for its lifetime if it is a reference that does not last for ever.
pub(crate) fn without_lifetime(ty: &Type) -> TokenStream {
    match ty {
        Type::Reference(TypeReference { and_token, lifetime: Some(lifetime), elem, .. })
            if lifetime.ident != "static" =>
        {
            quote!(#and_token #elem)
        }
        ty => ty.to_token_stream(),
    }
}

/// The lifetime of a receiver that is a reference.
fn borrow(receiver: &Receiver) -> Option<Option<&Lifetime>> {
    match &receiver.kind {
        ReceiverKind::Reference(_, lifetime, _) => Some(lifetime.as_ref()),
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Reference(reference) => Some(reference.lifetime.as_ref()),
            _ => None,
        },
        _ => None,
    }
}

/// A name for a lifetime: its own, or that of all which have none.
pub(crate) fn named(lifetime: Option<&Lifetime>) -> Lifetime {
    match lifetime {
        Some(lifetime) if !is_unnamed(Some(lifetime)) => lifetime.clone(),
        _ => borrowed(),
    }
}

fn is_unnamed(lifetime: Option<&Lifetime>) -> bool {
    lifetime.is_none_or(|lifetime| lifetime.ident == "_")
}

/// The lifetime of all borrows that the author gave no name, by a name that no other has: the
/// author's lifetimes are seen by what the macro writes.
pub(crate) fn borrowed() -> Lifetime {
    Lifetime::new("'__memo", Span::mixed_site())
}
