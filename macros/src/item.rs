//! The function under the attribute, taken apart.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident};
use syn::{
    Attribute, Expr, FnArg, GenericParam, Generics, Ident, ItemFn, Pat, Receiver, Type,
    TypeReference, ext::IdentExt,
};

use crate::{
    args::Args,
    block,
    given::{lasts, root},
    output::Output,
    provided,
    variables::variables,
};

/// A function and what each of its parts means for its cache.
pub(crate) struct Function {
    pub(crate) item: ItemFn,
    pub(crate) args: Args,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) output: Output,
    /// Whether its values come in a `Cached`, which says how they are kept.
    pub(crate) says_how_kept: bool,
    /// Whether it is a provided method of a trait.
    pub(crate) provided: bool,
    /// Whether a constant can say that its types fit.
    pub(crate) proven: bool,
}

/// An argument other than `self`.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) role: Role,
    /// Whether `in = ..` names it.
    pub(crate) finds_the_cache: bool,
}

/// What becomes of an argument.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is the key or a part of it.
    Key,
    /// The load needs it, the key does not; `key = ..` may have a look at it.
    Carried { looked_at: bool },
}

impl Argument {
    /// What a reference refers to that has to be owned; one that lasts for ever is a value.
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

/// Where calls find their cache.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Where `in = ..` says.
    Given,
    /// Handed out by what `in = ..` calls.
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
        let arguments = arguments(&item, &args);
        let (output, says_how_kept) = Output::of(&item.sig.output, args.whole);
        let provided = provided::is_provided(&item, &args);
        if provided {
            provided::bind(&mut item, &args);
        }
        let proven = match args.method || item.sig.receiver().is_some() {
            true => !provided && block::is_of_a_plain_type(),
            false => true,
        };
        Self { item, args, arguments, output, says_how_kept, provided, proven }
    }

    pub(crate) fn name(&self) -> &Ident {
        &self.item.sig.ident
    }

    /// The name of the companion; in an `impl` block, that with which its functions begin.
    pub(crate) fn companion(&self) -> &Ident {
        self.args.companion.as_ref().unwrap_or_else(|| self.name())
    }

    pub(crate) fn receiver(&self) -> Option<&Receiver> {
        self.item.sig.receiver()
    }

    /// Whether it stands in an `impl` block.
    pub(crate) fn is_associated(&self) -> bool {
        self.args.method || self.receiver().is_some()
    }

    /// Whether its futures have to say that they are `Send`.
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
        self.args.place.as_ref().is_some_and(|place| names(place.to_token_stream(), &myself))
    }

    /// Whether its cache may differ between choices of type parameters, its own or those of the
    /// `impl` block.
    pub(crate) fn is_generic(&self) -> bool {
        self.is_associated() || !self.choices().params.is_empty()
    }

    /// Its type and constant parameters: borrows make no difference to what is cached.
    pub(crate) fn choices(&self) -> Generics {
        let mut generics = self.item.sig.generics.clone();
        generics.params = generics
            .params
            .into_iter()
            .filter(|param| !matches!(param, GenericParam::Lifetime(_)))
            .collect();
        if let Some(clause) = &mut generics.where_clause {
            let predicates = core::mem::take(&mut clause.predicates);
            clause.predicates = predicates.into_iter().filter(|one| !names_lifetime(one)).collect();
        }
        generics
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

    /// The author's words.
    pub(crate) fn docs(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes(&["doc"]).filter(|attribute| attribute.meta.require_name_value().is_ok())
    }

    /// The attributes that every item made of the function has to carry.
    pub(crate) fn everywhere(&self) -> impl Iterator<Item = &Attribute> {
        // Such as `#[doc(hidden)]`.
        let docs = self.attributes(&["doc"]).filter(|doc| doc.meta.require_list().is_ok());
        docs.chain(self.attributes(&["cfg", "allow", "warn", "deny", "forbid"]))
    }

    /// The attributes that concern the callers of the function.
    pub(crate) fn for_callers(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes(&["deprecated", "inline"])
    }

    /// The attributes that concern the body.
    pub(crate) fn of_the_body(&self) -> impl Iterator<Item = &Attribute> {
        const ELSEWHERE: [&str; 8] =
            ["doc", "cfg", "allow", "warn", "deny", "forbid", "deprecated", "inline"];
        let attrs = self.item.attrs.iter();
        attrs.filter(|attr| !ELSEWHERE.iter().any(|name| attr.path().is_ident(name)))
    }

    fn attributes(&self, names: &'static [&str]) -> impl Iterator<Item = &Attribute> {
        let attrs = self.item.attrs.iter();
        attrs.filter(|attr| names.iter().any(|name| attr.path().is_ident(name)))
    }
}

fn arguments(item: &ItemFn, args: &Args) -> Vec<Argument> {
    let typed = item.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Receiver(_) => None,
        FnArg::Typed(typed) => Some(typed),
    });
    let arguments = typed.enumerate().map(|(place, typed)| {
        let name = match &*typed.pat {
            Pat::Ident(pat) => written(&pat.ident),
            _ => format_ident!("argument{place}", span = Span::mixed_site()),
        };
        let named_in = |option: &Option<Expr>| {
            option.as_ref().is_some_and(|option| names(variables(option), &name))
        };
        let (looked_at, finds_the_cache) = (named_in(&args.key), named_in(&args.place));
        let role = if args.key.is_some() || args.skip.contains(&name) {
            Role::Carried { looked_at }
        } else {
            Role::Key
        };
        Argument { name, ty: (*typed.ty).clone(), role, finds_the_cache }
    });
    arguments.collect()
}

/// A name of the user's where the macro writes it: at the same place, but not the user's doing as
/// far as lints go. Clippy would complain about each use of `_name`.
pub(crate) fn written(name: &Ident) -> Ident {
    let mut name = name.clone();
    name.set_span(Span::call_site().located_at(name.span()));
    name
}

/// Whether the tokens name `name` anywhere.
pub(crate) fn names(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => names(group.stream(), name),
        // As `format!("{name}")` does.
        TokenTree::Literal(literal) => {
            let (literal, name) = (literal.to_string(), name.unraw());
            literal.contains(&format!("{{{name}}}")) || literal.contains(&format!("{{{name}:"))
        }
        TokenTree::Punct(_) => false,
    })
}

fn names_lifetime(predicate: &impl ToTokens) -> bool {
    let mut tokens = predicate.to_token_stream().into_iter().peekable();
    while let Some(token) = tokens.next() {
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'')
            && !matches!(tokens.peek(), Some(TokenTree::Ident(name)) if name == "static")
        {
            return true;
        }
    }
    false
}
