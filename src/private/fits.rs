//! The requirements on the types of a memoized function.
//!
//! Each function compiles if its type is what it has to be. It is `()` that has the traits, and not
//! the types: the compiler advises to write a bound that a type parameter lacks, and these are no
//! bounds for users. `Name` is an argument's name, as a type.

use alloc::borrow::ToOwned;
use core::hash::Hash;

/// A type that can be part of a key where loads may move between threads.
#[diagnostic::on_unimplemented(
    message = "`{T}` is no key: leave it out with `skip({Name})`, or make a key of it with \
               `key = ..`",
    label = "this cannot be a part of the key",
    note = "a key is `Hash`, `Eq`, `Clone`, `Send`, `Sync` and `'static`"
)]
pub trait FitsAsKey<T: ?Sized, Name> {}

#[diagnostic::do_not_recommend]
impl<T, Name> FitsAsKey<T, Name> for () where
    T: Hash + Eq + ToOwned<Owned: Hash + Eq + Clone + Send + Sync + 'static> + ?Sized
{
}

/// An argument that is a part of the key.
pub const fn argument<T: ?Sized, Name>()
where
    (): FitsAsKey<T, Name>,
{
}

/// A type that can be part of a key on a single-threaded runtime.
#[diagnostic::on_unimplemented(
    message = "`{T}` is no key: leave it out with `skip({Name})`, or make a key of it with \
               `key = ..`",
    label = "this cannot be a part of the key",
    note = "with `local`, a key is `Hash`, `Eq`, `Clone` and `'static`"
)]
pub trait FitsAsLocalKey<T: ?Sized, Name> {}

#[diagnostic::do_not_recommend]
impl<T, Name> FitsAsLocalKey<T, Name> for () where
    T: Hash + Eq + ToOwned<Owned: Hash + Eq + Clone + 'static> + ?Sized
{
}

/// An argument that is a part of the key, on a single-threaded runtime.
pub const fn local_argument<T: ?Sized, Name>()
where
    (): FitsAsLocalKey<T, Name>,
{
}

/// A type that a load can take with it.
#[diagnostic::on_unimplemented(
    message = "a load cannot take `{T}` with it: pass what is `Send` and `'static`",
    label = "this stays with the caller",
    note = "a load may go on elsewhere when its caller has gone: an `Arc` can be taken along"
)]
pub trait Carries<T> {}

#[diagnostic::do_not_recommend]
impl<T> Carries<T> for () where T: Send + 'static {}

/// An argument beside the key, passed by value.
pub const fn carried<T>()
where
    (): Carries<T>,
{
}

/// A type whose owned form a load can take with it.
#[diagnostic::on_unimplemented(
    message = "a load cannot own `{T}`: take `&Arc<{T}>`, or what is `Clone`, `Send`, `Sync` and \
               `'static`",
    label = "this stays with the caller",
    note = "a load may go on elsewhere when its caller has gone, so it owns what it works with"
)]
pub trait Owns<T: ?Sized> {}

#[diagnostic::do_not_recommend]
impl<T> Owns<T> for () where T: Sync + ToOwned<Owned: Send + 'static> + ?Sized {}

/// An argument beside the key, passed by reference.
pub const fn lent<T: ?Sized>()
where
    (): Owns<T>,
{
}

/// A type whose owned form a load can take with it on a single-threaded runtime.
#[diagnostic::on_unimplemented(
    message = "a load cannot own `{T}`: take `&Rc<{T}>`, or what is `Clone` and `'static`",
    label = "this stays with the caller",
    note = "a load may go on when its caller has gone, so it owns what it works with"
)]
pub trait LocalOwns<T: ?Sized> {}

#[diagnostic::do_not_recommend]
impl<T> LocalOwns<T> for () where T: ToOwned<Owned: 'static> + ?Sized {}

/// An argument beside the key, passed by reference, on a single-threaded runtime.
pub const fn local_lent<T: ?Sized>()
where
    (): LocalOwns<T>,
{
}

/// A type that can be cached where loads may move between threads.
#[diagnostic::on_unimplemented(
    message = "`{V}` cannot be cached: return what is `Clone`, `Send`, `Sync` and `'static`",
    label = "this cannot be cached",
    note = "the cache and its callers both need the value: what is not `Clone` goes into an `Arc`"
)]
pub trait Values<V> {}

#[diagnostic::do_not_recommend]
impl<V> Values<V> for () where V: Clone + Send + Sync + 'static {}

/// The value of a function.
pub const fn value<V>()
where
    (): Values<V>,
{
}

/// A type that can be cached on a single-threaded runtime.
#[diagnostic::on_unimplemented(
    message = "`{V}` cannot be cached: return what is `Clone` and `'static`",
    label = "this cannot be cached",
    note = "the cache and its callers both need the value: what is not `Clone` goes into an `Rc`"
)]
pub trait LocalValues<V> {}

#[diagnostic::do_not_recommend]
impl<V> LocalValues<V> for () where V: Clone + 'static {}

/// The value of a function, on a single-threaded runtime.
pub const fn local_value<V>()
where
    (): LocalValues<V>,
{
}

/// A type of error that a load can have where it may move between threads.
#[diagnostic::on_unimplemented(
    message = "a load cannot fail with `{E}`: return an error that is `Send`, `Sync` and `'static`",
    label = "its function fails with this",
    note = "`.map_err(|error| error.to_string())` makes text of it"
)]
pub trait Errors<E> {}

#[diagnostic::do_not_recommend]
impl<E> Errors<E> for () where E: Send + Sync + 'static {}

/// The error of a function.
pub const fn error<E>()
where
    (): Errors<E>,
{
}

/// The constant that is made of all these functions; it has no value where one does not compile.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is a mark")]
pub struct Proof<const FITS: bool>;

/// Makes a type of a proof.
pub trait Proven {
    /// The type.
    type Is<T>;
}

impl<const FITS: bool> Proven for Proof<FITS> {
    type Is<T> = T;
}

/// The type `T`, which is invalid where a requirement is not met.
pub type Fitting<T, const FITS: bool> = <Proof<FITS> as Proven>::Is<T>;

/// [`ToOwned`], about which the compiler is silent where a requirement is not met.
pub trait Owning<const FITS: bool> {
    /// The owned form.
    type Owned;

    /// Returns the owned form.
    fn own(&self) -> Self::Owned;
}

impl<T: ToOwned + ?Sized, const FITS: bool> Owning<FITS> for T {
    type Owned = T::Owned;

    #[inline]
    fn own(&self) -> T::Owned {
        self.to_owned()
    }
}
