//! The proof that the types of a function can be cached, and the items that use it.
//!
//! The proof is a function that is never run. Where the types depend on no parameter, a constant is
//! made of that function, and is part of the types of the call and of the cache: if it cannot be
//! evaluated, as a requirement is not met, these types are invalid, and the compiler reports
//! nothing more about them. So each missing bound is reported once, however many lines need it.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{FnArg, GenericParam, Generics, Ident, Pat, ReturnType, parse_quote, spanned::Spanned};

use crate::{
    attributes::Item,
    item::{Argument, Function, Role, written},
    output::Output,
};

impl Function {
    /// The functions that prove it, and the constant, where there can be one.
    pub(crate) fn fits(&self) -> TokenStream {
        let (certain, others): (Vec<_>, Vec<_>) =
            self.requirements().into_iter().partition(|one| self.is_certain(&one.types));
        let (mut certain, mut others) = (self.lines(&certain), self.lines(&others));
        let returned = self.item.sig.output.to_token_stream();
        match self.is_certain(&returned) {
            true => certain.extend(self.seen()),
            false => others.extend(self.seen()),
        }
        let constant = self.constant_of(&certain);
        let function = (!others.is_empty()).then(|| self.function_of(&others));
        quote!(#constant #function)
    }

    /// The constant that stands in types, and the function that it is made of.
    fn constant_of(&self, lines: &TokenStream) -> Option<TokenStream> {
        if !self.proven {
            return None;
        }
        let (vis, constant, proof) = (self.vis(), self.member("FITS"), self.member("certain"));
        let beside = self.attributes.of(Item::Beside);
        let names = self.spoken_names();
        let nothing = names.iter().map(|_| quote!(()));
        Some(quote! {
            #[doc(hidden)]
            #beside
            #vis const #constant: ::core::primitive::bool = Self::#proof::<#(#nothing),*>();
            #beside
            const fn #proof<#(#names),*>() -> ::core::primitive::bool {
                let _ = || { #lines };
                true
            }
        })
    }

    /// A function that depends on parameters. What returns a type without a name is looked into
    /// before all else.
    fn function_of(&self, lines: &TokenStream) -> TokenStream {
        let (name, names) = (self.member("fits"), self.spoken_names());
        let mut generics = self.choices();
        generics.params.extend(names.iter().map(|name| -> GenericParam { parse_quote!(#name) }));
        let (generics, _, clause) = generics.split_for_impl();
        let hidden = self.provided.then(|| quote!(#[doc(hidden)]));
        let beside = self.attributes.of(Item::Beside);
        quote! {
            #hidden
            #beside
            fn #name #generics() -> impl ::core::marker::Sized #clause {
                let _ = || { #lines };
            }
        }
    }

    /// Adds the bounds on parameters to those of a written function: the author need not repeat
    /// them.
    pub(crate) fn bounded(&self, mut generics: Generics) -> Generics {
        let krate = &self.args.krate;
        if self.provided || self.args.local || self.parameters().is_empty() {
            return generics;
        }
        for Requirement { bound, ty, .. } in self.requirements() {
            let Some(bound) = bound.filter(|_| self.names_a_parameter(&ty)) else { continue };
            if bound == "LentArgument" {
                let owned = quote!(<#ty as #krate::private::ToOwned>::Owned);
                let argument = parse_quote!(#owned: #krate::private::KeyArgument);
                generics.make_where_clause().predicates.push(argument);
            }
            let bound = Ident::new(bound, Span::call_site());
            // Clippy reports bounds of one parameter in two places.
            let name = ty.to_string();
            let bounds = generics.type_params_mut().find(|parameter| parameter.ident == name);
            match bounds.filter(|parameter| !parameter.bounds.is_empty()) {
                Some(parameter) => parameter.bounds.push(parse_quote!(#krate::private::#bound)),
                None => {
                    let bound = parse_quote!(#ty: #krate::private::#bound);
                    generics.make_where_clause().predicates.push(bound);
                }
            }
        }
        generics
    }

    fn names_a_parameter(&self, types: &TokenStream) -> bool {
        self.parameters().iter().any(|parameter| is_in(types.clone(), &parameter.to_string()))
    }

    /// Returns whether types depend on no parameter, so that a constant can prove them.
    fn is_certain(&self, types: &TokenStream) -> bool {
        self.proven && !self.names_a_parameter(types)
    }

    /// The same type, if the function's types fit.
    pub(crate) fn fitting(&self, ty: TokenStream) -> TokenStream {
        let (krate, proof) = (&self.args.krate, self.proof());
        match self.proven {
            true => quote!(#krate::private::Fitting<#ty, #proof>),
            false => ty,
        }
    }

    /// The proof that the function's types fit, as an argument of a type.
    pub(crate) fn proof(&self) -> TokenStream {
        let (name, mut constant) = (written(self.companion()), self.member("FITS"));
        constant.set_span(Span::call_site());
        match (self.proven, self.is_associated()) {
            (false, _) => quote!(true),
            (true, true) => quote!({ Self::#constant }),
            (true, false) => quote!({ #name::#constant }),
        }
    }

    /// The names of arguments that messages speak of, as parameters of the proof: the compiler
    /// shows such a parameter by its name alone.
    fn spoken_names(&self) -> Vec<Ident> {
        let mut spoken = Vec::<Ident>::new();
        for name in self.arguments.iter().map(|argument| self.spoken(argument)) {
            if !spoken.contains(&name) {
                spoken.push(name);
            }
        }
        spoken
    }

    /// An argument's name as a type; another one if it has none, or if that means a type already.
    fn spoken(&self, argument: &Argument) -> Ident {
        let (name, sig) = (argument.name.to_string(), &self.item.sig);
        let is_a_name = sig.inputs.iter().any(|input| match input {
            FnArg::Typed(typed) => matches!(&*typed.pat, Pat::Ident(pat) if pat.ident == name),
            FnArg::Receiver(_) => false,
        });
        let (generics, error, krate) = (&sig.generics, &self.args.error, &self.args.krate);
        let types = self.arguments.iter().map(|argument| argument.ty.to_token_stream());
        let others =
            [quote!(#generics), sig.output.to_token_stream(), quote!(#error), quote!(#krate)];
        let is_a_type = types.chain(others).any(|types| is_in(types, &name));
        let speaks = is_a_name && !is_a_type && !BUILT_IN.contains(&&*name);
        let spoken = if speaks { &*name } else { "its_name" };
        match spoken.strip_prefix("r#") {
            Some(raw) => Ident::new_raw(raw, Span::call_site()),
            None => written(&Ident::new(spoken, Span::call_site())),
        }
    }

    /// The requirements on each type.
    fn requirements(&self) -> Vec<Requirement> {
        let local = self.args.local;
        let arguments = self.arguments.iter().filter_map(|argument| {
            let ty = argument.referent().unwrap_or(&argument.ty).to_token_stream();
            let name = self.spoken(argument);
            let (asked, bound, types) = match (argument.role, argument.referent(), local) {
                (Role::Key, None, false) => ("argument", Some("KeyArgument"), quote!(#ty, #name)),
                (Role::Key, Some(_), false) => {
                    ("argument", Some("LentArgument"), quote!(#ty, #name))
                }
                (Role::Key, _, true) => ("local_argument", None, quote!(#ty, #name)),
                (_, None, false) => ("carried", None, ty.clone()),
                (_, Some(_), false) => ("lent", None, ty.clone()),
                (_, None, true) => return None,
                (_, Some(_), true) => ("local_lent", None, ty.clone()),
            };
            Some(Requirement { asked, bound, span: argument.ty.span(), ty, types })
        });
        let (span, value) = (self.returned(), self.value());
        let asked = if local { "local_value" } else { "value" };
        let types = value.clone();
        let value = Requirement { asked, bound: Some("CachedValue"), span, ty: value, types };
        let error = self.error().filter(|_| !local).map(|error| {
            let types = error.clone();
            Requirement { asked: "error", bound: Some("CarriedError"), span, ty: error, types }
        });
        let made = self.args.error.iter().map(|made| {
            let error = self.error().unwrap_or_else(|| quote!(::core::convert::Infallible));
            let (span, types) = (made.span(), quote!(#made, #error));
            Requirement { asked: "made_of", bound: None, span, ty: quote!(#made), types }
        });
        let runtime = self.args.runtime.iter().map(|runtime| {
            let (span, ty) = (runtime.span(), runtime.to_token_stream());
            Requirement { asked: "runtime", bound: None, span, types: ty.clone(), ty }
        });
        arguments.chain([value]).chain(error).chain(made).chain(runtime).collect()
    }

    /// Lines that do not compile where a type is not what it has to be, each at the type itself.
    fn lines(&self, requirements: &[Requirement]) -> TokenStream {
        let krate = &self.args.krate;
        let lines = requirements.iter().map(|Requirement { asked, span, types, .. }| {
            let span = Span::call_site().located_at(*span);
            let asked = Ident::new(asked, span);
            quote_spanned!(span=> #krate::private::#asked::<#types>();)
        });
        lines.collect()
    }

    /// A line that does not compile where the type that is returned hides what it is: an alias is
    /// seen through by the compiler only.
    fn seen(&self) -> Option<TokenStream> {
        let (krate, span) = (&self.args.krate, self.returned());
        let ReturnType::Type(_, returned) = &self.item.sig.output else { return None };
        let asked = match &self.output {
            _ if self.says_how_kept => return None,
            Output::Plain(_) if !self.args.whole => "plain",
            _ => "fallible",
        };
        let asked = Ident::new(asked, span);
        Some(quote_spanned! {span=>
            {
                use #krate::private::Unseen as _;
                <#krate::private::Returned<#returned>>::#asked();
            }
        })
    }
}

/// The types that need no import: what is called as they are does not stand in their way.
const BUILT_IN: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16",
    "u32", "u64", "u128", "usize",
];

/// A requirement on a type.
struct Requirement {
    /// The function that asks for it.
    asked: &'static str,
    /// The trait that has it, if a parameter can be bound by it.
    bound: Option<&'static str>,
    span: Span,
    ty: TokenStream,
    /// The parameters of the function.
    types: TokenStream,
}

/// Returns whether a name occurs anywhere in types.
fn is_in(types: TokenStream, name: &str) -> bool {
    types.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => is_in(group.stream(), name),
        _ => false,
    })
}
