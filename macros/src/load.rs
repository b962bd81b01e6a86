//! The function that makes a load of the arguments that a call carries.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Ident, Receiver, ReceiverKind, Type};

use crate::{
    item::{Argument, Function},
    output::Output,
    types::tupled,
    valid::is_borrowed,
};

impl Function {
    /// The function that makes the load. It is called on a miss only, so the load's arguments are
    /// made owned there.
    ///
    /// It is an item, and hides the type of its future: so the compiler knows whether a call is
    /// `Send` without a look into the body, and the body may call the function itself.
    pub(crate) fn load(&self) -> TokenStream {
        let (krate, name) = (&self.args.krate, self.member("load"));
        let choices = self.bounded(self.choices());
        let (generics, _, clause) = choices.split_for_impl();
        let ((with, with_type), (key, key_type)) = (self.handed_over(), self.key_parts());
        let (loading, load) = match self.args.local {
            true => (quote!(LocalFunctionLoad), quote!(load_local)),
            false => (quote!(FunctionLoad), quote!(load)),
        };
        let cached = match (&self.output, self.says_how_kept) {
            (Output::Plain(_), false) => quote!(#krate::private::sure),
            (Output::Plain(_), true) => quote!(#krate::private::sure_as_said),
            (_, false) => quote!(#krate::private::cached),
            (_, true) => quote!(#krate::private::cached_as_said),
        };
        // Messages about a value or an error that is not `Send` point at it.
        let yields = located(self.yields(&cached), self.returned());
        let proof = self.proof();
        let (value, error) =
            (self.fitting(self.value()), self.error().map(|error| self.fitting(error)).into_iter());
        let (owned, future) = (self.owned(), self.future());
        quote! {
            fn #name #generics(#with: #with_type, #key: #key_type)
                -> #krate::private::#loading<#value #(, #error)*> #clause
            {
                #owned
                #krate::private::#load::<#proof, _, _, _>(#future, #yields)
            }
        }
    }

    /// What becomes of what the body yields, by the function `cached`, and how its error is shown:
    /// what that is, is asked of its type as far as the function knows it, and no bound.
    fn yields(&self, cached: &TokenStream) -> TokenStream {
        let krate = &self.args.krate;
        let error = match self.error() {
            Some(error) => quote!(#error),
            None => quote!(::core::convert::Infallible),
        };
        let known = ["TYPED", "BOXED", "BOXED_LOCAL", "TEXT", "OPAQUE"];
        let known = known.map(|known| Ident::new(known, Span::call_site()));
        quote! {
            {
                use #krate::private::Unknown as _;
                const { &#krate::private::Yields::new(#cached, #krate::private::Way::known([
                    #(<#krate::private::Probe<#error>>::#known),*
                ])) }
            }
        }
    }

    /// The arguments that a call passes beside the key, by names and types.
    fn handed_over(&self) -> (TokenStream, TokenStream) {
        let this = this();
        let receiver = self.receiver().map(|receiver| {
            let ty = receiver_type(receiver, Span::call_site());
            match is_borrowed(receiver) {
                true => (quote!(#this), quote!(&#ty)),
                false => (quote!(#this), ty),
            }
        });
        let arguments = self.carried().map(|argument| {
            let (name, ty) = (&argument.loaded, &argument.ty);
            match argument.referent() {
                Some(referent) => (quote!(#name), quote!(&#referent)),
                None => (quote!(#name), quote!(#ty)),
            }
        });
        let (names, types): (Vec<_>, Vec<_>) = receiver.into_iter().chain(arguments).unzip();
        (tupled(names), tupled(types))
    }

    /// The arguments that are the key, by their names and types; a key of the author's own is of no
    /// use to a load.
    fn key_parts(&self) -> (TokenStream, TokenStream) {
        match &self.args.key {
            Some(_) => (quote!(_), quote!(impl ::core::marker::Sized)),
            None => (tupled(self.keyed().map(|argument| &argument.loaded)), self.key()),
        }
    }

    /// Makes the borrowed arguments owned.
    fn owned(&self) -> TokenStream {
        let (krate, proof) = (&self.args.krate, self.proof());
        let receiver = self.receiver().filter(|receiver| is_borrowed(receiver)).map(|receiver| {
            let (this, span) = (this(), Span::call_site().located_at(receiver.self_token.span));
            let ty = receiver_type(receiver, span);
            quote_spanned!(span=> let #this = <#ty as #krate::private::Clone>::clone(#this);)
        });
        let lent = self.carried().filter(|argument| argument.referent().is_some());
        let owned = lent.map(|Argument { loaded, .. }| {
            quote!(let #loaded = #krate::private::Owning::<#proof>::own(#loaded);)
        });
        receiver.into_iter().chain(owned).collect()
    }

    /// The future of the body, with the references that it takes.
    fn future(&self) -> TokenStream {
        let (this, body) = (this(), self.path("uncached"));
        let lends = self.receiver().is_some_and(is_borrowed)
            || self.arguments.iter().any(|argument| argument.referent().is_some());
        let receiver = self.receiver().map(|receiver| match is_borrowed(receiver) {
            true => quote!(&#this),
            false => quote!(#this),
        });
        let arguments = self.arguments.iter().map(|argument| {
            let name = &argument.loaded;
            match argument.referent() {
                Some(_) => quote!(&#name),
                None => quote!(#name),
            }
        });
        let arguments = receiver.into_iter().chain(arguments);
        match lends {
            true => quote!(async move { #body(#(#arguments),*).await }),
            false => quote!(#body(#(#arguments),*)),
        }
    }
}

/// `self`, by a name that no argument and no constant has.
fn this() -> Ident {
    Ident::new("__this", Span::mixed_site())
}

/// The same code, with another location.
fn located(code: TokenStream, place: Span) -> TokenStream {
    let tokens = code.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    tokens.collect()
}

/// The type of a receiver, or that which it refers to.
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
