//! Functions that are memoized in a crate which denies all lints that a function can be told of.
#![deny(
    warnings,
    future_incompatible,
    keyword_idents,
    let_underscore,
    nonstandard_style,
    refining_impl_trait,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    unused
)]
#![deny(
    absolute_paths_not_starting_with_crate,
    ambiguous_negative_literals,
    closure_returning_async_block,
    deprecated_in_future,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    impl_trait_redundant_captures,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_copy_implementations,
    missing_docs,
    non_ascii_idents,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unstable_features,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_results,
    variant_size_differences
)]
// No macro may allow these again.
#![forbid(
    dead_code,
    missing_debug_implementations,
    non_camel_case_types,
    non_snake_case,
    unreachable_pub,
    unsafe_code,
    unused_qualifications,
    unused_variables
)]
#![deny(clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
#![allow(
    clippy::blanket_clippy_restriction_lints,
    clippy::implicit_return,
    clippy::missing_inline_in_public_items,
    clippy::pub_with_shorthand,
    clippy::single_call_fn,
    reason = "plain functions are told of these, too, or their opposites are denied"
)]

use core::hash::Hash;
use evermemo::{Cache, Error, memoize};
use std::sync::LazyLock;

/// Makes a function.
macro_rules! made {
    ($name:ident, $argument:ident: $ty:ty) => {
        /// Is made by a macro.
        #[memoize(key = $argument)]
        pub async fn $name($argument: $ty, _other: &str) -> $ty {
            $argument
        }
    };
}

/// A cache in a place.
static PLACE: LazyLock<Cache<u32, u32>> = LazyLock::new(|| evermemo::builder().build());

/// What callers get for an error.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failed;

impl From<Error<Self>> for Failed {
    fn from(_error: Error<Self>) -> Self {
        Self
    }
}

/// What has methods that are memoized.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Shelf<T> {
    /// The cache of a method.
    pub answers: Cache<u32, String>,
    /// What is shown.
    pub shown: T,
}

impl<T: ToString + Clone + Send + Sync + 'static> Shelf<T> {
    /// Is named without a receiver.
    #[memoize(method, key = [number, 1])]
    pub async fn alone(number: u32) -> u32 {
        number
    }

    /// Uses what it is not given.
    #[memoize(in = self.answers)]
    pub async fn answer(&self, number: u32) -> String {
        format!("{number} {}", self.shown.to_string())
    }

    /// Leaves most of it out.
    #[memoize(skip(self), key = text.to_lowercase())]
    pub async fn labelled<'text>(&self, text: &'text str, _other: &'text str) -> String {
        text.to_owned()
    }
}

/// Is cached by the key of an expression.
#[memoize(key = text.len(), cache_if = |value: &usize| *value > 1)]
pub async fn by_length(text: String, more: &str) -> usize {
    text.len().max(more.len())
}

/// Fails.
///
/// # Errors
///
/// Always.
#[memoize(error = Failed, cache_errors_for = "1s")]
pub async fn failing(_number: u32) -> Result<u32, Failed> {
    Err(Failed)
}

/// Is generic.
#[memoize(expire_after = "1h", update_after = "10m", capacity = 10)]
pub async fn generic<T>(item: &T, _more: &[T]) -> T
where
    T: Clone + Eq + Hash + Send + Sync + 'static,
{
    item.clone()
}

/// Is in a place.
#[memoize(in = PLACE)]
pub async fn in_a_place(number: u32) -> u32 {
    number
}

/// Is in a place, by a key of its own.
#[memoize(in = PLACE, key = *number)]
pub async fn in_a_place_by_key(number: &u32, _other: &str) -> u32 {
    *number
}

/// Has a lifetime that its invalidation has no use for.
#[memoize(skip(other))]
pub async fn lent<'text>(text: &'text str, other: &'text str) -> usize {
    text.len().max(other.len())
}

/// Has too many arguments.
#[memoize]
#[expect(clippy::too_many_arguments, reason = "they are")]
pub async fn many(
    first: u8,
    second: u8,
    third: u8,
    fourth: u8,
    fifth: u8,
    sixth: u8,
    seventh: u8,
    eighth: u8,
) -> [u8; 8] {
    [first, second, third, fourth, fifth, sixth, seventh, eighth]
}

/// Has nothing to say.
#[memoize]
pub async fn nothing() {}

/// Takes its argument apart.
#[memoize]
pub async fn of_parts((first, _second): (u8, u8), [third, ..]: [u8; 2]) -> (u8, u8) {
    (first, third)
}

/// Is seen in this crate only.
#[memoize]
async fn private(_number: u32) -> u32 {
    1
}

/// Calls it.
///
/// # Errors
///
/// Fails if it does.
pub async fn with_private(number: u32) -> evermemo::Result<u32> {
    private(number).await
}

made!(made, number: u32);
