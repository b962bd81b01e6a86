//! The key of a call, made of its arguments.

mod arguments;
mod asked;
#[cfg(feature = "serde")]
mod canonical;
#[cfg(feature = "serde")]
mod encoded;
mod key_from;
mod lookup;
mod name;
#[cfg(feature = "serde")]
mod text;

pub use self::asked::{AnyLookup, Asked};
pub use self::{
    arguments::ArgumentsKeyExtractor,
    key_from::KeyFrom,
    lookup::{Lent, Lookup},
    name::MethodName,
};
pub(crate) use self::{asked::By, lookup::Whole};
#[cfg(feature = "serde")]
pub use self::{
    canonical::CanonicalKeyExtractor,
    encoded::{EncodedMethodNameAndArgsKeyExtractor, EncodedMethodReferenceAndArgsKeyExtractor},
};

use core::hash::Hash;

/// Makes the key of a call.
///
/// Two calls share an answer exactly if their keys are equal. Implemented for closures
/// `Fn(MethodName, &A) -> K`, too.
///
/// # Examples
///
/// ```
/// use evermemo_core::{KeyExtractor, MethodName};
///
/// /// Callers in one tenant share their answers.
/// struct ByTenant;
/// impl KeyExtractor<(u32, String)> for ByTenant {
///     type Key = u32;
///     fn key(&self, _method: MethodName, (tenant, _user): &(u32, String)) -> u32 {
///         *tenant
///     }
/// }
/// assert_eq!(ByTenant.key(MethodName::new("app::user"), &(7, "ann".into())), 7);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{A}` cannot be the key of a cache",
    note = "the arguments are the key: they have to be `Hash`, `Eq` and `Clone`"
)]
pub trait KeyExtractor<A>: 'static {
    /// The key.
    type Key: Hash + Eq + Clone + 'static;

    /// Makes the key of a call of `method` with `arguments`. Called once per call.
    fn key(&self, method: MethodName, arguments: &A) -> Self::Key;

    /// Looks an entry up under the key of a call.
    ///
    /// An extractor whose key *is* the arguments looks up without making one.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn find_now<S: Seek<Self::Key>>(
        &self,
        method: MethodName,
        arguments: &A,
        seek: S,
    ) -> Sought<Self::Key, S::Found> {
        let key = self.key(method, arguments);
        Sought { found: seek.seek(&Whole(&key)), key: Some(key) }
    }

    /// Looks an entry up under the key of a call whose arguments are given by reference.
    fn find_now_by<Q, S>(
        &self,
        method: MethodName,
        arguments: &Q,
        seek: S,
    ) -> Sought<Self::Key, S::Found>
    where
        Q: Lookup<A> + ?Sized,
        S: Seek<Self::Key>,
    {
        self.find_now(method, &arguments.to_key(), seek)
    }
}

/// A look-up that takes a key, or a borrowed form of one.
///
/// # Examples
///
/// An extractor that looks up by a part of the arguments, and makes no key for a hit:
///
/// ```
/// use evermemo_core::{Builder, KeyExtractor, MethodName, Seek, Sought};
///
/// /// The address is the key, whatever else a call says.
/// struct ByAddress;
///
/// impl KeyExtractor<(String, u32)> for ByAddress {
///     type Key = String;
///
///     fn key(&self, _method: MethodName, (address, _attempt): &(String, u32)) -> String {
///         address.clone()
///     }
///     fn find_now<S: Seek<String>>(
///         &self,
///         _method: MethodName,
///         (address, _attempt): &(String, u32),
///         seek: S,
///     ) -> Sought<String, S::Found> {
///         Sought::new(seek.seek(&address.as_str()))
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let pages = Builder::on(runtime)
///     .key_extractor(ByAddress)
///     .wrap(|(address, attempt): (String, u32)| async move { format!("{address}, {attempt}") });
/// assert_eq!(pages.call_args(("/".into(), 1)).await.unwrap(), "/, 1");
/// assert_eq!(pages.call_args(("/".into(), 2)).await.unwrap(), "/, 1");
/// # });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` visits no keys `{K}`: implement `Seek<{K}>` for it"
)]
pub trait Seek<K> {
    /// The result of the look-up.
    type Found;

    /// Looks up.
    fn seek<Q: Lookup<K> + ?Sized>(self, key: &Q) -> Self::Found;
}

/// The result of [`KeyExtractor::find_now`].
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, KeyExtractor, MethodName, Seek, Sought};
/// use std::sync::{
///     Arc,
///     atomic::{AtomicUsize, Ordering},
/// };
///
/// /// Counts the look-ups for which another extractor makes a key.
/// struct Counted<X>(X, Arc<AtomicUsize>);
///
/// impl<A, X: KeyExtractor<A>> KeyExtractor<A> for Counted<X> {
///     type Key = X::Key;
///
///     fn key(&self, method: MethodName, arguments: &A) -> X::Key {
///         self.0.key(method, arguments)
///     }
///     fn find_now<S: Seek<X::Key>>(
///         &self,
///         method: MethodName,
///         arguments: &A,
///         seek: S,
///     ) -> Sought<X::Key, S::Found> {
///         let sought = self.0.find_now(method, arguments, seek);
///         self.1.fetch_add(usize::from(sought.key.is_some()), Ordering::Relaxed);
///         sought
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let made = Arc::new(AtomicUsize::new(0));
/// let squares = Builder::on(runtime)
///     .key_extractor(Counted(|_: MethodName, n: &i64| n.abs(), made.clone()))
///     .wrap(|n: i64| async move { n * n });
/// assert_eq!(squares.call_args(-12).await.unwrap(), 144);
/// assert_eq!(made.load(Ordering::Relaxed), 1);
/// # });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Sought<K, F> {
    /// The result of the look-up.
    pub found: F,
    /// The key, if one was made: a call makes at most one.
    pub key: Option<K>,
}

impl<K, F> Sought<K, F> {
    /// Makes a result without a key.
    pub const fn new(found: F) -> Self {
        Self { found, key: None }
    }
}

impl<A, K, F> KeyExtractor<A> for F
where
    F: Fn(MethodName, &A) -> K + 'static,
    K: Hash + Eq + Clone + 'static,
{
    type Key = K;

    fn key(&self, method: MethodName, arguments: &A) -> K {
        self(method, arguments)
    }
}
