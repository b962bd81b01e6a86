//! Functions that cannot be memoized, each with the alternative.

use proc_macro2::{Span, TokenStream};
use syn::{
    Error, Ident, Item, Receiver, ReceiverKind, Result, ReturnType, Safety, TraitItemFn, Type,
    TypeReference, Visibility, spanned::Spanned,
};

use crate::{
    block::is_of_a_type_that_borrows,
    item::{Argument, Function, Place, Role},
    output::{self, Output},
    patterns::{bound, used},
    search::{Borrow, Float, NamesSelf},
    surroundings::{stands_in_a_trait, stands_in_an_impl_block, stands_in_an_impl_of_a_trait},
};

/// The most arguments that a key can have: as many as a tuple that is compared and hashed.
const MOST_ARGUMENTS: usize = 12;

/// Refuses functions that cannot be memoized. Conditions on types are left to the compiler.
pub(crate) fn check(function: &Function) -> Result<()> {
    signature(function)?;
    options(function)?;
    receiver(function)?;
    skipped(function)?;
    made_key(function)?;
    function.arguments.iter().try_for_each(|argument| carried(function, argument))?;
    function.keyed().try_for_each(key)?;
    if let Some(argument) = function.keyed().nth(MOST_ARGUMENTS) {
        let message = "a key has at most 12 arguments: put some of them into a type that is \
                       `Hash`, `Eq` and `Clone`, leave some out with `skip(..)`, or write \
                       `key = ..`";
        return Err(Error::new(argument.ty.span(), message));
    }
    Ok(())
}

/// Returns the reason why an item that is no function with a body cannot be memoized; `error` is
/// why it could not be read as one.
pub(crate) fn not_a_function(item: TokenStream, error: Error) -> Error {
    let span = item.span();
    if syn::parse2::<TraitItemFn>(item.clone()).is_ok_and(|function| function.default.is_none()) {
        let message = "a method without a body cannot be memoized: let each implementation call a \
                       `Memo` that it holds, or provide a body that is memoized by \
                       `in = self.cache()`, where `cache` is a required method (see the \
                       documentation of `memoize`, \"Methods of traits\")";
        return Error::new(span, message);
    }
    match syn::parse2::<Item>(item) {
        Ok(_) => Error::new(span, "`#[memoize]` goes on functions: write it above an `async fn`"),
        Err(_) => error,
    }
}

fn signature(function: &Function) -> Result<()> {
    let (sig, vis) = (&function.item.sig, &function.item.vis);
    if function.is_associated()
        && let Visibility::Inherited = vis
        && stands_in_an_impl_of_a_trait(function.name())
    {
        let message = "a method cannot be memoized where its trait is implemented: let it call a \
                       `Memo` that the type holds, or a memoized method of the type (see the \
                       documentation of `memoize`, \"Methods of traits\")";
        return Err(Error::new(function.name().span(), message));
    }
    if let (None, ReturnType::Type(_, returned)) = (&sig.asyncness, &sig.output)
        && is_boxed(returned)
    {
        let message = "a method that returns a boxed future, as of `#[async_trait]`, cannot be \
                       memoized: let it call a `Memo` that the type holds, or a memoized method of \
                       the type (see the documentation of `memoize`, \"Methods of traits\")";
        return Err(Error::new(function.name().span(), message));
    }
    if sig.asyncness.is_none() {
        let message = "`#[memoize]` goes on functions that are awaited: write `async fn`";
        return Err(Error::new(sig.fn_token.span(), message));
    }
    if let Safety::Unsafe(token) = &sig.safety {
        let message = "an unsafe function cannot be memoized: its contract would not be kept by \
                       loads in the background; memoize a safe function that calls it";
        return Err(Error::new(token.span(), message));
    }
    if let Some(abi) = &sig.abi {
        return Err(Error::new(abi.span(), "a function with an `extern` ABI cannot be memoized"));
    }
    let ReturnType::Type(_, returned) = &sig.output else { return Ok(()) };
    if let Type::ImplTrait(_) = &**returned {
        let message = "the type of a cached value needs a name: write it instead of `impl ..`";
        return Err(Error::new(returned.span(), message));
    }
    output::check(&sig.output, function.args.whole)?;
    match Borrow::within(returned) {
        Some(borrow) => Err(Error::new(
            borrow,
            "a cached value outlives the call, so it cannot borrow: return an owned value, such as \
             `String` for `&str`, or an `Arc`",
        )),
        None => Ok(()),
    }
}

/// Whether a type is a `Pin` of something, or is called as one, such as `BoxFuture`.
fn is_boxed(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path
        .segments
        .last()
        .is_some_and(|last| last.ident == "Pin" || last.ident.to_string().ends_with("BoxFuture"))
}

fn options(function: &Function) -> Result<()> {
    const OF_THE_PLACE: [&str; 21] = [
        "capacity",
        "policy",
        "update_after",
        "expire_after",
        "method_timeout",
        "stale_if_error",
        "soft_timeout",
        "refresh_backoff",
        "cache_errors_for",
        "max_loads",
        "jitter",
        "early_refresh",
        "sweep_every",
        "observer",
        "weigher",
        "entry_builder",
        "stale_if_error_when",
        "valid_if",
        "cache_if",
        "runtime",
        "listed",
    ];
    let args = &function.args;
    if args.place.is_some() {
        for option in OF_THE_PLACE {
            if let Some(span) = args.written(option) {
                let message = format!(
                    "`{option}` contradicts `in = ..`: set it where the cache in that place is \
                     built"
                );
                return Err(Error::new(span, message));
            }
        }
    }
    if let Some(span) = args.written("soft_timeout")
        && !args.is_off("soft_timeout")
        && (args.written("stale_if_error").is_none() || args.is_off("stale_if_error"))
    {
        let message = "`soft_timeout` needs `stale_if_error = ..`: without it nothing that has \
                       expired is left to be answered with";
        return Err(Error::new(span, message));
    }
    if let Some(span) = args.written("stale_if_error_when") {
        outage(function, span)?;
    }
    if args.hooks.entry_builder.is_some()
        && let Some((option, span)) = ["update_after", "expire_after"]
            .into_iter()
            .find_map(|option| args.written(option).map(|span| (option, span)))
    {
        let message =
            format!("`{option}` contradicts `entry_builder = ..`, which gives entries their times");
        return Err(Error::new(span, message));
    }
    if let Some(span) = args.written("cache_errors_for")
        && !args.is_off("cache_errors_for")
        && let Output::Plain(_) = function.output
    {
        let message = match args.whole {
            true => "with `result = whole` errors are values: leave `cache_errors_for` out",
            false => {
                "`cache_errors_for` needs a function that returns `Result<..>`: there are no \
                      errors to keep"
            }
        };
        return Err(Error::new(span, message));
    }
    if let Some(span) = args.written("local")
        && args.place.is_none()
        && args.runtime.is_none()
    {
        let message = "`local` needs a single-threaded runtime: name its type with `runtime = ..`, \
                       or a cache built on one with `in = ..`";
        return Err(Error::new(span, message));
    }
    if let Some(span) = args.written("listed")
        && args.local
    {
        let message =
            "`listed` contradicts `local`: a cache that stays on its thread is in no list";
        return Err(Error::new(span, message));
    }
    if let Some(span) = args.written("key")
        && args.local
        && args.place.is_none()
    {
        let message = "with `local`, a key of one's own needs a cache whose type is known: name \
                       its place with `in = ..`";
        return Err(Error::new(span, message));
    }
    if let Some(span) = args.written("method")
        && matches!(function.item.vis, Visibility::Inherited)
        && stands_in_a_trait() == Some(true)
    {
        let message = "a function of a trait has no cache of each implementor without a receiver: \
                       take `&self`, and write `#[memoize(in = self.cache())]`, where `cache` is a \
                       required method that returns the cache";
        return Err(Error::new(span, message));
    }
    if let Some(span) = args.written("method")
        && function.receiver().is_some()
    {
        let message = "a function with a receiver is known to be a method: leave `method` out";
        return Err(Error::new(span, message));
    }
    if !function.is_associated()
        && let Some(span) = NamesSelf::within(&function.item)
            .or_else(|| stands_in_an_impl_block(function.name()).then(|| function.name().span()))
    {
        let message = "a function of an `impl` block without a receiver needs \
                       `#[memoize(method)]`, since it looks like a free one";
        return Err(Error::new(span, message));
    }
    Ok(())
}

/// Checks that there can be errors for which an old entry stands in.
fn outage(function: &Function, span: Span) -> Result<()> {
    let args = &function.args;
    let message = match &function.output {
        Output::Plain(_) if args.whole => {
            "with `result = whole` errors are values: leave `stale_if_error_when` out"
        }
        Output::Plain(_) => {
            "`stale_if_error_when` needs a function that returns `Result<..>`: there are no errors \
             to ask about"
        }
        _ if args.written("stale_if_error").is_none() || args.is_off("stale_if_error") => {
            "`stale_if_error_when` needs `stale_if_error = ..`: without it nothing that has \
             expired is left to be answered with"
        }
        _ => return Ok(()),
    };
    Err(Error::new(span, message))
}

fn receiver(function: &Function) -> Result<()> {
    let Some(receiver) = function.receiver() else {
        return match function.args.skip.iter().find(|name| *name == "self") {
            Some(name) => Err(Error::new(name.span(), "there is no `self` to skip")),
            None => Ok(()),
        };
    };
    if is_exclusive(receiver) {
        let message = "a method that changes its receiver cannot be memoized: take `&self`";
        return Err(Error::new(receiver.span(), message));
    }
    if !function.provided
        && matches!(function.item.vis, Visibility::Inherited)
        && stands_in_a_trait() == Some(true)
    {
        let message = "a method of a trait is memoized in a cache of each implementor: write \
                       `#[memoize(in = self.cache())]`, where `cache` is a required method that \
                       returns the cache";
        return Err(Error::new(receiver.span(), message));
    }
    if is_of_a_type_that_borrows() {
        let message = "a load may go on when what its receiver borrows has gone: let the type own \
                       what it holds, or an `Arc` of it";
        return Err(Error::new(receiver.span(), message));
    }
    if !function.is_in_self() && !function.args.skip.iter().any(|name| name == "self") {
        let message = "`self` is not part of the key, so say where its answers belong: \
                       `#[memoize(in = self.field)]` for a cache per instance, or \
                       `#[memoize(skip(self))]` for one cache, where all instances answer alike";
        return Err(Error::new(receiver.span(), message));
    }
    if function.is_in_self()
        && function.place() == Place::Given
        && let Some(place) = &function.args.place
        && !is_borrowed(receiver)
    {
        let message =
            "the cache in `self` has to outlive the call: take `&self` or `self: &Arc<Self>`";
        return Err(Error::new(place.span(), message));
    }
    Ok(())
}

fn is_exclusive(receiver: &Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(_, _, mutability) => mutability.is_some(),
        ReceiverKind::Typed(_, ty) => {
            matches!(&**ty, Type::Reference(TypeReference { mutability: Some(_), .. }))
        }
        _ => false,
    }
}

/// Returns whether the receiver is a reference.
pub(crate) fn is_borrowed(receiver: &Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(..) => true,
        ReceiverKind::Typed(_, ty) => matches!(**ty, Type::Reference(_)),
        _ => false,
    }
}

fn skipped(function: &Function) -> Result<()> {
    let args = &function.args;
    for name in args.skip.iter().filter(|name| *name != "self") {
        if args.key.is_some() {
            let message =
                "`skip(..)` contradicts `key = ..`, which alone makes the key: leave it out";
            return Err(Error::new(name.span(), message));
        }
        if bound(&function.item).contains(name) {
            return Err(in_a_pattern(name));
        }
        if !function.arguments.iter().any(|argument| argument.name == *name) {
            let known = function.arguments.iter().map(|argument| format!("`{}`", argument.name));
            let message = format!(
                "there is no argument `{name}` to skip; the arguments are: {}",
                known.collect::<Vec<_>>().join(", "),
            );
            return Err(Error::new(name.span(), message));
        }
    }
    Ok(())
}

/// Refuses a key that names what only the body knows.
fn made_key(function: &Function) -> Result<()> {
    let Some(key) = &function.args.key else { return Ok(()) };
    used(key, &bound(&function.item)).map_or(Ok(()), |name| Err(in_a_pattern(name)))
}

fn in_a_pattern(name: &Ident) -> Error {
    let message = format!(
        "`{name}` is a part of a pattern, which is taken apart in the body: give the whole \
         argument a name, and take it apart there by `let`"
    );
    Error::new(name.span(), message)
}

/// Checks the condition on every argument: a load owns it.
fn carried(function: &Function, argument: &Argument) -> Result<()> {
    if let Type::ImplTrait(_) = &argument.ty {
        let message = "a memoized function has one cache for each choice of its types, so they \
                       need names: write a type parameter instead of `impl ..`";
        return Err(Error::new(argument.ty.span(), message));
    }
    if let Type::Reference(TypeReference { mutability: Some(_), .. }) = &argument.ty {
        let message = "a load may run in the background, so it cannot change what it borrows: take \
                       a shared reference or a value";
        return Err(Error::new(argument.ty.span(), message));
    }
    // One lifetime is gone when a reference is made owned; those below it stay.
    let owned = argument.referent().unwrap_or(&argument.ty);
    if let Some(borrow) = Borrow::within(owned) {
        let message = "an argument has to be ownable, and this one borrows inside: take a plain \
                       reference (`&str`, `&[T]`, `&T`) or a value";
        return Err(Error::new(borrow, message));
    }
    if argument.referent().is_some()
        && let Some(place) = &function.args.place
        && function.place() == Place::Given
        && function.root().is_some_and(|root| root.name == argument.name)
        && argument.role == Role::Key
    {
        let message = format!(
            "the cache is found in `{0}`, which is part of the key too: write `skip({0})`",
            argument.name,
        );
        return Err(Error::new(place.span(), message));
    }
    Ok(())
}

fn key(argument: &Argument) -> Result<()> {
    if let Some(float) = Float::within(&argument.ty) {
        let message = format!(
            "`{float}` is not `Eq`, so it cannot be part of a key: take an integer or a type that \
             is, or make a key of your own, as in `key = {}.to_bits()`",
            argument.name,
        );
        return Err(Error::new(float.span(), message));
    }
    Ok(())
}
