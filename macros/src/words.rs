//! What the documentation of the written items says.

use syn::{Expr, ExprLit, Lit, Meta, ext::IdentExt};

use crate::item::{Function, Place};

/// What the documentation of a memoized function says beside the author's words.
pub(crate) fn function(function: &Function) -> String {
    let (path, keys) = (path(function), keys(function));
    let cache = match function.place() {
        Place::Given | Place::Handed => String::new(),
        _ => format!("; its cache is [`{path}cache()`]({path}cache)"),
    };
    let mut words = format!(
        "\n# Memoization\n\nAnswers are cached. [`{path}invalidate({keys})`]({path}invalidate) \
         removes one, [`{path}call`] has setters for one call, [`{path}force_refresh`] loads it anew, \
         [`{path}outcome`] says where it came from, [`{path}uncached`] goes past the cache{cache}."
    );
    if !docs(function).contains("# Errors") {
        words.push_str(
            "\n\n# Errors\n\nFails if the load does: it may return an error, panic or time out.",
        );
    }
    words
}

pub(crate) fn companion(function: &Function) -> String {
    format!("What can be done with the cache of [`{0}`](fn@{0}).", function.name().unraw())
}

pub(crate) fn call(function: &Function) -> String {
    format!(
        "Answers as {} does, with the same call: what it wants is set before it is awaited, as by \
         `force()` or `outcome()`.\n\n# Errors\n\nFails if the load does.",
        named(function),
    )
}

pub(crate) fn force_refresh(function: &Function) -> String {
    format!(
        "Loads like {} whatever is cached, and caches what that brings. The load starts after this \
         call.\n\n# Errors\n\nFails if the load does; what is cached then stays.",
        named(function),
    )
}

pub(crate) fn outcome(function: &Function) -> String {
    format!(
        "Answers like {}, and says where the value came from and how old it is.\n\n# Errors\n\nFails \
         if the load does.",
        named(function),
    )
}

pub(crate) fn invalidate(function: &Function) -> String {
    let dropped = match function.place() {
        Place::Given | Place::Handed => {
            " An error of the storage is counted; to have it, call `try_invalidate` of the cache itself."
        }
        _ => "",
    };
    format!(
        "Removes the answer of {} to these arguments. A load in progress still brings it to those \
         who wait for it; a caller who asks after this has a new one.{dropped}",
        named(function),
    )
}

pub(crate) fn uncached(function: &Function) -> String {
    format!("Runs {} past its cache, as it is written.", named(function))
}

pub(crate) fn cache(function: &Function) -> String {
    let kept = match (function.place(), function.is_generic()) {
        (Place::Local, _) => "Returns a handle of this thread's cache",
        (_, true) => "Returns the cache, one for each choice of type parameters,",
        (_, false) => "Returns the cache",
    };
    format!("{kept} of {}.", named(function))
}

/// A link to the function.
fn named(function: &Function) -> String {
    match function.is_associated() {
        true => format!("[`{0}`](Self::{0})", function.name().unraw()),
        false => format!("[`{0}`](fn@{0})", function.name().unraw()),
    }
}

/// What comes before the name of a member.
fn path(function: &Function) -> String {
    match function.is_associated() {
        true => format!("Self::{}_", function.companion().unraw()),
        false => format!("{}::", function.companion().unraw()),
    }
}

fn keys(function: &Function) -> String {
    let keys = function.arguments.iter().filter(|argument| argument.finds_the_entry());
    keys.map(|argument| argument.name.unraw().to_string()).collect::<Vec<_>>().join(", ")
}

/// The author's words.
fn docs(function: &Function) -> String {
    let lines = function.docs().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}
