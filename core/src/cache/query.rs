//! How a call gives its arguments: owned, or borrowed.

use core::{
    hash::{Hash, Hasher},
    marker::PhantomData,
};

use crate::{
    entry::CacheEntry,
    key::{Asked, Lookup, Whole},
    storage::{FastLook, Glance, Table, Usage},
    time::CoarseClock,
};

/// A kind of arguments.
///
/// The type of a call names the kind, and not the arguments themselves: when the compiler checks
/// whether a future is `Send`, it gives each lifetime in its type a name of its own, and finds no
/// implementation for two that have to be the same.
///
/// It has no bounds on a key, so that the type of a call can be written for any: what is missing is
/// reported once, where the call is made.
#[doc(hidden)]
pub trait AskedBy<A> {
    /// The arguments themselves.
    type By;
}

/// The look-ups and conversions of a kind of arguments.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{A}` is no key of a cache",
    label = "a key is `Hash`, `Eq` and `Clone`"
)]
pub trait Query<A>: AskedBy<A> {
    /// Looks into memory, if arguments can be looked up there, and returns the hash as well.
    fn look<V: Clone, C: CoarseClock>(
        by: &Self::By,
        table: &Table<A, V>,
        glance: &Glance<'_, C>,
    ) -> Option<(FastLook<V>, u64)>;

    /// Looks into memory and counts nothing, if arguments can be looked up there.
    #[allow(clippy::type_complexity, reason = "it is named nowhere else")]
    fn peek<V: Clone>(
        by: &Self::By,
        table: &Table<A, V>,
        valued: bool,
    ) -> Option<Option<(CacheEntry<Option<V>>, Usage)>>;

    /// Returns the arguments for a look-up elsewhere.
    fn asked(by: &Self::By) -> Asked<'_, A>;

    /// Makes the owned arguments.
    fn into_arguments(by: Self::By) -> A;
}

/// The arguments of a memoized function, with their kind.
#[doc(hidden)]
pub trait Intended<A> {
    type Query: AskedBy<A>;

    fn into_by(self) -> <Self::Query as AskedBy<A>>::By;
}

/// Owned arguments, which are a key.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is a mark")]
pub struct InHand;

/// Borrowed arguments, which are made owned on a miss only.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is a mark")]
pub struct ByReference<Q>(PhantomData<fn() -> Q>);

/// Arguments that need not be a key: an extractor makes one of them.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is a mark")]
pub struct Extracted;

/// Owned arguments, which are a key. In a tuple of borrowed ones, they are cloned on a miss.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is what it wraps")]
pub struct Own<A>(pub A);

impl<A: Hash> Hash for Own<A> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<A: Hash + Eq + Clone> Lookup<A> for Own<A> {
    #[inline]
    fn matches(&self, key: &A) -> bool {
        self.0 == *key
    }

    fn to_key(&self) -> A {
        self.0.clone()
    }
}

impl<A> Intended<A> for Own<A> {
    type Query = InHand;

    #[inline]
    fn into_by(self) -> A {
        self.0
    }
}

/// Borrowed arguments.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is what it wraps")]
pub struct Borrowed<Q>(pub Q);

impl<A, Q> Intended<A> for Borrowed<Q> {
    type Query = ByReference<Q>;

    #[inline]
    fn into_by(self) -> Q {
        self.0
    }
}

impl<A> AskedBy<A> for InHand {
    type By = A;
}

#[diagnostic::do_not_recommend]
impl<A: Hash + Eq + Clone> Query<A> for InHand {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look<V: Clone, C: CoarseClock>(
        by: &A,
        table: &Table<A, V>,
        glance: &Glance<'_, C>,
    ) -> Option<(FastLook<V>, u64)> {
        let key = Whole(by);
        let hash = table.hash(&key);
        Some((table.glance(hash, &key, glance), hash))
    }

    fn peek<V: Clone>(
        by: &A,
        table: &Table<A, V>,
        valued: bool,
    ) -> Option<Option<(CacheEntry<Option<V>>, Usage)>> {
        Some(table.peek(&Whole(by), valued))
    }

    #[inline]
    fn asked(by: &A) -> Asked<'_, A> {
        Asked::Whole(by)
    }

    fn into_arguments(by: A) -> A {
        by
    }
}

impl<A, Q> AskedBy<A> for ByReference<Q> {
    type By = Q;
}

impl<A, Q: Lookup<A>> Query<A> for ByReference<Q> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look<V: Clone, C: CoarseClock>(
        by: &Q,
        table: &Table<A, V>,
        glance: &Glance<'_, C>,
    ) -> Option<(FastLook<V>, u64)> {
        let hash = table.hash(by);
        Some((table.glance(hash, by, glance), hash))
    }

    fn peek<V: Clone>(
        by: &Q,
        table: &Table<A, V>,
        valued: bool,
    ) -> Option<Option<(CacheEntry<Option<V>>, Usage)>> {
        Some(table.peek(by, valued))
    }

    #[inline]
    fn asked(by: &Q) -> Asked<'_, A> {
        Asked::By(by)
    }

    fn into_arguments(by: Q) -> A {
        by.to_key()
    }
}

impl<A> AskedBy<A> for Extracted {
    type By = A;
}

impl<A> Query<A> for Extracted {
    fn look<V: Clone, C: CoarseClock>(
        _by: &A,
        _table: &Table<A, V>,
        _glance: &Glance<'_, C>,
    ) -> Option<(FastLook<V>, u64)> {
        None
    }

    fn peek<V: Clone>(
        _by: &A,
        _table: &Table<A, V>,
        _valued: bool,
    ) -> Option<Option<(CacheEntry<Option<V>>, Usage)>> {
        None
    }

    #[inline]
    fn asked(by: &A) -> Asked<'_, A> {
        Asked::Whole(by)
    }

    fn into_arguments(by: A) -> A {
        by
    }
}
