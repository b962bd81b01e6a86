//! The documentation of the generated items.

use syn::{Expr, ExprLit, Lit, Meta, ext::IdentExt};

use crate::item::{Function, Place};

/// Returns the documentation of a memoized function besides the author's words.
pub(crate) fn function(function: &Function) -> String {
    let (path, keys) = (path(function), keys(function));
    let cache = match function.place() {
        Place::Given | Place::Handed => String::new(),
        _ => format!("; its cache is [`{path}cache()`]({path}cache)"),
    };
    let mut words = format!(
        "\n# Memoization\n\nAnswers are cached. [`{path}invalidate({keys})`]({path}invalidate) \
         removes one, [`{path}call`] has setters for one call, [`{path}force_refresh`] loads it \
         anew, [`{path}outcome`] returns where it came from, [`{path}uncached`] goes past the \
         cache{cache}."
    );
    if !docs(function).contains("# Errors") {
        words.push_str(
            "\n\n# Errors\n\nFails if the load does: it may return an error, panic or time out.",
        );
    }
    words
}

pub(crate) fn companion(function: &Function) -> String {
    format!("Controls the cache of [`{0}`](fn@{0}).", function.name().unraw())
}

pub(crate) fn call(function: &Function) -> String {
    format!(
        "Answers as {} does, with the same call: its options are set before it is awaited, as by \
         `force()` or `outcome()`.\n\n# Errors\n\nFails if the load does.",
        named(function),
    )
}

pub(crate) fn force_refresh(function: &Function) -> String {
    format!(
        "Loads like {} whatever is cached, and caches the new value. The load starts after this \
         call.\n\n# Errors\n\nFails if the load does; the cached value then stays.",
        named(function),
    )
}

pub(crate) fn refresh(function: &Function) -> String {
    format!(
        "Starts a load of {} in the background, whatever is cached, and returns at once; one that \
         is under way is left to run. The cached value answers until then.\n\n# Errors\n\nFails \
         where no load can be started.",
        named(function),
    )
}

pub(crate) fn outcome(function: &Function) -> String {
    format!(
        "Answers like {}, with where the value came from and how old it is.\n\n# Errors\n\n\
         Fails if the load does.",
        named(function),
    )
}

pub(crate) fn invalidate(function: &Function) -> String {
    let dropped = match function.place() {
        Place::Given | Place::Handed => {
            " An error of the storage is counted; `try_invalidate` of the cache itself returns it."
        }
        _ => "",
    };
    format!(
        "Removes the answer of {} to these arguments. A load in progress still answers the callers \
         that wait for it; a later caller gets a new answer.{dropped}",
        named(function),
    )
}

pub(crate) fn get(function: &Function) -> String {
    format!(
        "Returns the answer of {} to these arguments if there is one, and loads nothing. It counts \
         as a read.",
        named(function),
    )
}

pub(crate) fn peek(function: &Function) -> String {
    format!(
        "Returns the answer of {} to these arguments if there is one in memory, and leaves \
         everything as it is.",
        named(function),
    )
}

pub(crate) fn contains(function: &Function) -> String {
    format!(
        "Returns whether there is an answer of {} to these arguments in memory.",
        named(function),
    )
}

pub(crate) fn entry_info(function: &Function) -> String {
    format!(
        "Returns what is known of the entry of {} for these arguments besides its value, if there \
         is an answer in memory.",
        named(function),
    )
}

pub(crate) fn remove(function: &Function) -> String {
    format!(
        "Removes the answer of {} to these arguments, and hands out the entry that was stored. A \
         load in progress still answers the callers that wait for it.\n\n# Errors\n\nFails if the \
         storage does.",
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

/// Returns the path before the name of a member.
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
    let lines = function.attributes.words().filter_map(|meta| match meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}
