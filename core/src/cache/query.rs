//! What a call asks by: arguments in hand, or borrowed ones.

use core::{
    hash::{Hash, Hasher},
    marker::PhantomData,
};

use crate::{
    key::{Asked, Lookup, Whole},
    storage::{Glance, Look, Table},
    time::CoarseClock,
};

/// What a call asks by, of its kind.
///
/// A call names the kind, and not what it asks by: the compiler takes each lifetime in the type of a
/// future for one of its own when it looks whether that is `Send`, and finds no implementation for two
/// that have to be the same.
///
/// It asks nothing of a key, so that the type of a call can be written for any: what is missing is said
/// once, where the call is made.
#[doc(hidden)]
pub trait AskedBy<A> {
    /// What a call asks by.
    type By;
}

/// How a call asks, by what a caller has in hand.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{A}` is no key of a cache",
    label = "a key is `Hash`, `Eq` and `Clone`"
)]
pub trait Query<A>: AskedBy<A> {
    /// Looks into memory, if arguments can be looked up there; the hash comes with it.
    fn look<V: Clone, C: CoarseClock>(
        by: &Self::By,
        table: &Table<A, V>,
        glance: &Glance<'_, C>,
    ) -> Option<(Look<V>, u64)>;

    /// Returns what a call asks by, for a cache that looks elsewhere.
    fn asked(by: &Self::By) -> Asked<'_, A>;

    /// Makes the arguments.
    fn into_arguments(by: Self::By) -> A;
}

/// What a memoized function asks by, and how.
#[doc(hidden)]
pub trait Intended<A> {
    type Query: AskedBy<A>;

    fn into_by(self) -> <Self::Query as AskedBy<A>>::By;
}

/// By arguments in hand, which are a key.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is a mark")]
pub struct InHand;

/// By borrowed arguments, which are owned on a miss only.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is a mark")]
pub struct ByReference<Q>(PhantomData<fn() -> Q>);

/// By arguments that need be no key: an extractor makes one of them.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is a mark")]
pub struct Extracted;

/// Arguments in hand, which are a key. As a part of a tuple of borrowed ones, it is cloned on a miss.
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
    ) -> Option<(Look<V>, u64)> {
        let key = Whole(by);
        let hash = table.hash(&key);
        Some((table.glance(hash, &key, glance), hash))
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
    ) -> Option<(Look<V>, u64)> {
        let hash = table.hash(by);
        Some((table.glance(hash, by, glance), hash))
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
    ) -> Option<(Look<V>, u64)> {
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
