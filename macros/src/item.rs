//! The function under the attribute, taken apart.

use proc_macro2::Span;
use quote::{ToTokens, format_ident};
use syn::{
    Expr, FnArg, GenericParam, Generics, Ident, ItemFn, Pat, Receiver, Type, TypeReference,
    Visibility,
};

use crate::{
    args::Args,
    attributes::Attributes,
    block,
    generics::without_lifetimes,
    given::{lasts, root},
    groups,
    hygiene::Name,
    output::Output,
    provided,
    variables::variables,
};

/// A function, and the meaning of each part for its cache.
pub(crate) struct Function {
    pub(crate) item: ItemFn,
    pub(crate) attributes: Attributes,
    pub(crate) args: Args,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) output: Output,
    /// Whether its values come in a `Cached`, which sets how they are kept.
    pub(crate) says_how_kept: bool,
    /// Whether it is a provided method of a trait.
    pub(crate) provided: bool,
    /// Whether a constant can prove that its types fit.
    pub(crate) proven: bool,
}

/// An argument other than `self`.
pub(crate) struct Argument {
    /// Its name, as the author wrote it.
    pub(crate) name: Ident,
    /// Its name in the functions that ask. It is not the author's doing as far as lints go: they
    /// would complain about each use of `_name`.
    pub(crate) passed: Ident,
    /// Its name in the load.
    pub(crate) loaded: Ident,
    pub(crate) ty: Type,
    pub(crate) role: Role,
    /// Whether `in = ..` names it.
    pub(crate) finds_the_cache: bool,
}

/// The use of an argument.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is the key or a part of it.
    Key,
    /// The load needs it, the key does not; `key = ..` may read it.
    Carried { looked_at: bool },
}

impl Argument {
    /// The referent of a reference, which has to be owned; a `'static` one is a value.
    pub(crate) fn referent(&self) -> Option<&Type> {
        match &self.ty {
            Type::Reference(TypeReference { lifetime, elem, .. }) => {
                let lasts = lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
                (!lasts).then_some(elem)
            }
            _ => None,
        }
    }

    /// Whether invalidation needs it.
    pub(crate) const fn finds_the_entry(&self) -> bool {
        self.finds_the_cache || matches!(self.role, Role::Key | Role::Carried { looked_at: true })
    }
}

/// The place of the cache.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Where `in = ..` says.
    Given,
    /// Returned by the expression in `in = ..`.
    Handed,
    /// In a `static`.
    Static,
    /// In a `static`, beside the function that makes keys of a type without a name.
    Keyed,
    /// One on each thread.
    Local,
}

impl Function {
    pub(crate) fn new(mut item: ItemFn, args: Args) -> Self {
        groups::bared(&mut item.sig);
        let arguments = arguments(&item, &args);
        let (output, says_how_kept) = Output::of(&item.sig.output, args.whole);
        let attributes = Attributes::new(&item);
        let provided = provided::is_provided(&item, &args);
        if provided {
            provided::bind(&mut item, &args);
        }
        let proven = match args.method || item.sig.receiver().is_some() {
            true => !provided && block::is_of_a_plain_type(),
            false => true,
        };
        Self { item, attributes, args, arguments, output, says_how_kept, provided, proven }
    }

    pub(crate) fn name(&self) -> &Ident {
        &self.item.sig.ident
    }

    /// The name of the companion; in an `impl` block, that with which its functions begin.
    pub(crate) fn companion(&self) -> &Ident {
        self.args.companion.as_ref().unwrap_or_else(|| self.name())
    }

    /// Its visibility where the macro writes it: not the author's doing, as far as lints go.
    pub(crate) fn vis(&self) -> Visibility {
        let mut vis = self.item.vis.clone();
        if let Visibility::Public(token) = &mut vis {
            token.span = Span::call_site().located_at(token.span);
        }
        if let Visibility::Restricted(restricted) = &mut vis {
            let token = &mut restricted.pub_token;
            token.span = Span::call_site().located_at(token.span);
        }
        vis
    }

    pub(crate) fn receiver(&self) -> Option<&Receiver> {
        self.item.sig.receiver()
    }

    /// Whether it is in an `impl` block.
    pub(crate) fn is_associated(&self) -> bool {
        self.args.method || self.receiver().is_some()
    }

    /// Whether its futures have to be declared `Send`.
    pub(crate) const fn says_send(&self) -> bool {
        self.provided && !self.args.local
    }

    pub(crate) fn place(&self) -> Place {
        match (&self.args.place, self.args.local, &self.args.key) {
            (Some(place), _, _) if lasts(place) && !self.is_in_a_value() => Place::Given,
            (Some(_), _, _) => Place::Handed,
            (None, true, _) => Place::Local,
            (None, false, Some(_)) => Place::Keyed,
            (None, false, None) => Place::Static,
        }
    }

    /// The argument that its cache is in, or reached from.
    pub(crate) fn root(&self) -> Option<&Argument> {
        let root = self.args.place.as_ref().and_then(root)?;
        self.arguments.iter().find(|argument| argument.finds_the_cache && argument.name == *root)
    }

    /// Whether its cache is in an argument that is passed by value, which no call can borrow from.
    fn is_in_a_value(&self) -> bool {
        self.root().is_some_and(|argument| !matches!(argument.ty, Type::Reference(_)))
    }

    /// Whether its cache is found in `self`.
    pub(crate) fn is_in_self(&self) -> bool {
        let myself = Ident::new("self", Span::call_site());
        let place = self.args.place.as_ref();
        place.is_some_and(|place| Name::alone(&myself).is_in(place.to_token_stream()))
    }

    /// Whether its cache may differ between choices of type parameters, its own or those of the
    /// `impl` block.
    pub(crate) fn is_generic(&self) -> bool {
        self.is_associated() || !self.choices().params.is_empty()
    }

    /// Its type and constant parameters: borrows make no difference to what is cached.
    pub(crate) fn choices(&self) -> Generics {
        without_lifetimes(&self.item.sig.generics)
    }

    /// The names of its type and constant parameters.
    pub(crate) fn parameters(&self) -> Vec<Ident> {
        let names = self.choices().params.into_iter().map(|param| match param {
            GenericParam::Type(param) => param.ident,
            GenericParam::Const(param) => param.ident,
            GenericParam::Lifetime(param) => param.lifetime.ident,
        });
        names.collect()
    }

    /// The arguments of which the key is made.
    pub(crate) fn keyed(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.role == Role::Key)
    }

    /// The arguments that the load needs beside the key.
    pub(crate) fn carried(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.role != Role::Key)
    }
}

fn arguments(item: &ItemFn, args: &Args) -> Vec<Argument> {
    let typed = item.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Receiver(_) => None,
        FnArg::Typed(typed) => Some(typed),
    });
    let names = typed.clone().enumerate().map(|(place, typed)| name(place, &typed.pat));
    let names = names.collect::<Vec<_>>();
    let arguments = typed.zip(&names).enumerate().map(|(place, (typed, name))| {
        let among = Name::among(&names, name);
        let named_in = |option: &Option<Expr>| {
            option.as_ref().is_some_and(|option| among.is_in(variables(option)))
        };
        let (looked_at, finds_the_cache) = (named_in(&args.key), named_in(&args.place));
        let role = if args.key.is_some() || args.skip.iter().any(|skipped| among.is(skipped)) {
            Role::Carried { looked_at }
        } else {
            Role::Key
        };
        Argument {
            name: name.clone(),
            passed: match finds_the_cache || among.has_twin() {
                // The author means this one.
                true => name.clone(),
                false => written(name),
            },
            loaded: format_ident!(
                "__argument{place}",
                span = Span::mixed_site().located_at(name.span())
            ),
            ty: (*typed.ty).clone(),
            role,
            finds_the_cache,
        }
    });
    arguments.collect()
}

/// The author's name for an argument, or one of ours if there is none.
fn name(place: usize, pattern: &Pat) -> Ident {
    match pattern {
        Pat::Ident(pattern) => pattern.ident.clone(),
        Pat::Paren(pattern) => name(place, &pattern.pat),
        _ => format_ident!("argument{place}", span = Span::mixed_site()),
    }
}

/// A name where the macro writes it: at the same place, but not the author's doing as far as lints
/// go.
pub(crate) fn written(name: &Ident) -> Ident {
    let span = Span::call_site().located_at(name.span());
    // Before edition 2024 this is a name like others; what the macro writes is of its own edition.
    match name == "gen" {
        true => Ident::new_raw("gen", span),
        false => {
            let mut name = name.clone();
            name.set_span(span);
            name
        }
    }
}
