//! Keys as readable text, after the reference.

use core::fmt::Display;

use serde::Serialize;

use super::{KeyExtractor, MethodName, text};

use alloc::string::{String, ToString};

/// Makes keys of the function's name alone and its arguments in JSON: `user[7,"en"]`.
///
/// Two functions of one name in two modules meet if they share a storage;
/// [`EncodedMethodReferenceAndArgsKeyExtractor`] keeps them apart. A tuple is the list of the
/// arguments, `()` the empty list; anything else counts as the only argument.
///
/// Two calls of one function never share a key unless the arguments' `Serialize` makes them the
/// same. For that the text leaves JSON where JSON would lose something: `NaN` and `Infinity` are
/// written so, not as `null`; a `Some` of something that is `null` itself is `some(null)`; a map's
/// key that is no string has no quotes, `{1:"one"}`. Equal hash maps may list their entries in
/// different orders, and then have two keys; use a `BTreeMap`.
///
/// # Panics
///
/// [`key`](KeyExtractor::key) panics if the `Serialize` of an argument fails, as that of a path
/// which is not UTF-8: there is no key that could not be another call's.
///
/// # Examples
///
/// ```
/// use evermemo_core::{EncodedMethodNameAndArgsKeyExtractor as ByName, KeyExtractor, MethodName};
///
/// let user = MethodName::new("shop::users::user");
/// assert_eq!(ByName.key(user, &(7, "en")), r#"user[7,"en"]"#);
/// assert_eq!(ByName.key(user, &7), "user[7]");
/// assert_eq!(ByName.key(user, &()), "user[]");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct EncodedMethodNameAndArgsKeyExtractor;

#[diagnostic::do_not_recommend]
impl<A: Serialize> KeyExtractor<A> for EncodedMethodNameAndArgsKeyExtractor {
    type Key = String;

    fn key(&self, method: MethodName, arguments: &A) -> String {
        encoded(method.name().into(), method, arguments)
    }
}

/// Makes keys of the function's path and its arguments in JSON: `shop::users::user[7,"en"]`.
///
/// The text of the arguments is that of [`EncodedMethodNameAndArgsKeyExtractor`]. Two functions
/// never meet as long as their paths differ and have no quotation mark in them.
///
/// # Panics
///
/// [`key`](KeyExtractor::key) panics if the `Serialize` of an argument fails.
///
/// # Examples
///
/// ```
/// use evermemo_core::{EncodedMethodReferenceAndArgsKeyExtractor, KeyExtractor, MethodName};
///
/// let user = MethodName::new("shop::users::user");
/// let key = EncodedMethodReferenceAndArgsKeyExtractor.key(user, &(7, "en"));
/// assert_eq!(key, r#"shop::users::user[7,"en"]"#);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct EncodedMethodReferenceAndArgsKeyExtractor;

#[diagnostic::do_not_recommend]
impl<A: Serialize> KeyExtractor<A> for EncodedMethodReferenceAndArgsKeyExtractor {
    type Key = String;

    fn key(&self, method: MethodName, arguments: &A) -> String {
        encoded(method.to_string(), method, arguments)
    }
}

fn encoded(mut key: String, method: MethodName, arguments: &impl Serialize) -> String {
    match text::append(&mut key, arguments) {
        Ok(()) => key,
        Err(error) => refuse(method, &error),
    }
}

/// A key that stands for no arguments would be shared by all calls that have none, so there is
/// none.
#[cold]
pub(super) fn refuse(method: MethodName, error: &dyn Display) -> ! {
    panic!("the arguments of `{method}` cannot be made a key: {error}")
}
