//! The return type of a function, and the part of it that is cached.

use syn::{
    Error, GenericArgument, PathArguments, PathSegment, Result, ReturnType, Type, TypePath,
    parse_quote, spanned::Spanned,
};

/// The return type of a function, by the type of the cached value.
pub(crate) enum Output {
    /// A value, which cannot fail.
    Plain(Box<Type>),
    /// `Result<V, E>`, written so.
    Result(Box<Type>, Box<Type>),
    /// A result with a name of its own.
    Alias(Box<Type>),
}

impl Output {
    /// Takes a return type apart, and returns whether the value comes in a `Cached`; with `whole`,
    /// a `Result` is a value.
    pub(crate) fn of(returned: &ReturnType, whole: bool) -> (Self, bool) {
        let ty = match returned {
            ReturnType::Default => return (Self::Plain(Box::new(parse_quote!(()))), false),
            ReturnType::Type(_, ty) => &**ty,
        };
        if let Some(result) = result(ty)
            && !whole
        {
            return match result {
                Some((value, error)) => {
                    let (value, cached) = uncovered(value);
                    (Self::Result(value.clone().into(), error.clone().into()), cached)
                }
                None => (Self::Alias(ty.clone().into()), holds_cached(ty)),
            };
        }
        let (value, cached) = uncovered(ty);
        (Self::Plain(value.clone().into()), cached)
    }
}

impl Output {
    /// Whether it is taken for a `Result` by its name alone, which shows no type of a value.
    pub(crate) fn is_guessed(&self) -> bool {
        let Self::Alias(ty) = self else { return false };
        let Type::Path(TypePath { path, .. }) = bare(ty) else { return true };
        path.segments.last().is_none_or(|last| types(last).next().is_none())
    }
}

/// Refuses a `Cached` that would be kept as it is, in a `Result` that is kept as it is.
pub(crate) fn check(returned: &ReturnType, whole: bool) -> Result<()> {
    match returned {
        ReturnType::Type(_, ty) if whole && result(ty).is_some() && holds_cached(ty) => {
            let message = "with `result = whole` nothing inside the `Result` is looked at: return \
                           `Cached<Result<..>>`";
            Err(Error::new(ty.span(), message))
        }
        _ => Ok(()),
    }
}

/// Returns the value and the error of a type that is a `Result` by its name; the inner `Option` is
/// `None` if the name may be of another type, which the compiler takes apart.
fn result(ty: &Type) -> Option<Option<(&Type, &Type)>> {
    let Type::Path(TypePath { qself: None, path, .. }) = bare(ty) else { return None };
    let last = path.segments.last().filter(|last| last.ident.to_string().ends_with("Result"))?;
    let of_std = path.segments.len() == 1
        || path.segments.iter().nth_back(1).is_some_and(|module| module.ident == "result");
    Some(match *types(last).collect::<Vec<_>>() {
        [value, error] if of_std && last.ident == "Result" => Some((value, error)),
        _ => None,
    })
}

/// Returns the value in a `Cached`, if it is in one.
fn uncovered(ty: &Type) -> (&Type, bool) {
    let value = match bare(ty) {
        Type::Path(TypePath { qself: None, path, .. }) => path.segments.last(),
        _ => None,
    };
    let value = value.filter(|last| last.ident == "Cached");
    match value.map(|last| types(last).collect::<Vec<_>>()).as_deref() {
        Some([value]) => (value, true),
        _ => (ty, false),
    }
}

/// Returns whether an argument of a type's name is a `Cached`.
fn holds_cached(ty: &Type) -> bool {
    let Type::Path(TypePath { path, .. }) = bare(ty) else { return false };
    path.segments.last().is_some_and(|last| types(last).any(|ty| uncovered(ty).1))
}

/// Returns a type without the parentheses and groups of a `macro_rules!` or its author.
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        ty => ty,
    }
}

/// Returns the types among the arguments of a name.
fn types(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
