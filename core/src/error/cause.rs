//! The types of error that a method may fail with, and how they are shown.

use core::{
    error::Error,
    fmt::{self, Display},
    marker::PhantomData,
    ops::DerefMut,
};

use crate::sync::Arc;

use alloc::{borrow::Cow, boxed::Box, rc::Rc, string::String, vec::Vec};

/// An error that the method of a cache may fail with: an error type, a boxed error, or text.
///
/// It decides what an [`Error`](crate::Error) shows below its headline: the method's own error,
/// with all that is below it, if it is an error or holds one ([`Typed`], [`Boxed`]), and text if it
/// can only be written ([`Text`]). The compiler infers the mark `M` from the type.
///
/// For a type of the user's that is none of these, `impl Cause<Opaque> for MyFailure {}` shows
/// nothing of it, and an `impl` with one of the methods shows what that returns. For a type of
/// another crate, the mark is a type of the user's: `impl Cause<Mine> for theirs::Failure {}`. A
/// library that is generic over an unknown error requires nothing of it by
/// [`opaque_errors`](crate::Builder::opaque_errors), or requires `E: Cause<M>`, where `M` is a
/// parameter of the function that has this bound.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Cause, Opaque};
///
/// #[derive(Debug)]
/// struct Code(u16);
///
/// impl Cause<Opaque> for Code {}
///
/// # evermemo_core::testing::run(async |runtime| {
/// let pages = Builder::on(runtime)
///     .try_wrap(|path: &'static str| async move {
///         if path == "/" { Ok(path) } else { Err(Code(404)) }
///     });
/// assert_eq!(pages.call("/about").await.unwrap_err().cause().unwrap().0, 404);
/// # });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known to be an error or text, so a cache cannot show it",
    label = "its load fails with `{Self}`",
    note = "make it an `Error`, or show nothing of it: \
            `impl evermemo::Cause<evermemo::Opaque> for {Self} {{}}`",
    note = "where the type is a parameter: the bound `{Self}: Cause<M>`, with a parameter `M` of \
            the function"
)]
pub trait Cause<M>: Sized + 'static {
    /// Returns the error to be shown below the headline of a call's error.
    fn below(&self) -> Option<&(dyn Error + 'static)> {
        None
    }

    /// Returns the text to be shown there if there is no error.
    fn text(&self) -> Option<&dyn Display> {
        None
    }
}

/// Marks a [`Cause`] that is an error by its type: a type that implements [`Error`], a pointer to
/// an error included.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Cache, Cause, Error, Runtime, Typed};
/// use std::{future::ready, num::ParseIntError};
///
/// /// Asks of the load's error that it is one by its type.
/// async fn number<E, R>(
///     numbers: &Cache<&'static str, u8, E, R>,
///     text: &'static str,
///     parse: fn(&str) -> Result<u8, E>,
/// ) -> Result<u8, Error<E>>
/// where
///     E: Cause<Typed> + Send + Sync,
///     R: Runtime,
/// {
///     numbers.get_with(text, move |text| ready(parse(text))).await
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let numbers = Builder::on(runtime).build();
/// let error: Error<ParseIntError> = number(&numbers, "nine", str::parse).await.unwrap_err();
/// assert_eq!(format!("{error:#}"), "refresh failed to complete: invalid digit found in string");
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is a mark")]
pub enum Typed {}

/// Marks a [`Cause`] that is a boxed error: `Box<dyn Error>`, `anyhow::Error`, `eyre::Report`. The
/// error in the box is part of the chain.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Boxed, Builder, Cause};
/// use std::error::Error;
///
/// /// Is no error by its type, and has one in a box.
/// #[derive(Debug)]
/// struct Report(Box<dyn Error + Send + Sync>);
///
/// impl Cause<Boxed> for Report {
///     fn below(&self) -> Option<&(dyn Error + 'static)> {
///         Some(&*self.0)
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let numbers = Builder::on(runtime).try_wrap(|text: &'static str| async move {
///     text.parse::<u8>().map_err(|error| Report(error.into()))
/// });
/// let error = numbers.call("nine").await.unwrap_err();
/// assert_eq!(format!("{error:#}"), "refresh failed to complete: invalid digit found in string");
/// # });
/// ```
#[allow(clippy::exhaustive_structs, reason = "it is a mark")]
pub struct Boxed<T: ?Sized = dyn Error + Send + Sync>(PhantomData<T>);

/// Marks a [`Cause`] that is shown as text.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Cause, Text};
/// use std::fmt::Display;
///
/// #[derive(Debug)]
/// struct Status(u16);
///
/// impl Cause<Text> for Status {
///     fn text(&self) -> Option<&dyn Display> {
///         Some(&self.0)
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let pages = Builder::on(runtime)
///     .try_wrap(|_path: &'static str| async move { Err::<String, _>(Status(404)) });
/// let error = pages.call("/about").await.unwrap_err();
/// assert_eq!(format!("{error:#}"), "refresh failed to complete: 404");
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is a mark")]
pub enum Text {}

/// Marks a [`Cause`] of which nothing is shown.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Cause, Opaque};
///
/// /// Only code that asks for it by its type should read the token.
/// #[derive(Debug)]
/// struct Refused {
///     token: String,
/// }
///
/// impl Cause<Opaque> for Refused {}
///
/// # evermemo_core::testing::run(async |runtime| {
/// let users = Builder::on(runtime)
///     .try_wrap(|token: String| async move { Err::<u32, _>(Refused { token }) });
/// let error = users.call("secret".into()).await.unwrap_err();
/// assert_eq!(format!("{error:#}"), "refresh failed to complete");
/// assert_eq!(error.cause().unwrap().token, "secret");
/// # });
/// ```
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is a mark")]
pub enum Opaque {}

#[diagnostic::do_not_recommend]
impl<E: Error + 'static> Cause<Typed> for E {
    fn below(&self) -> Option<&(dyn Error + 'static)> {
        Some(self)
    }
}

macro_rules! boxed {
    ($($error:ty),*) => {$(
        // Not `AsRef`: a shared pointer to an error is an error itself, and would be both.
        #[diagnostic::do_not_recommend]
        impl<E: DerefMut<Target = $error> + 'static> Cause<Boxed<$error>> for E {
            fn below(&self) -> Option<&(dyn Error + 'static)> {
                Some(&**self)
            }
        }
    )*};
}

boxed!(dyn Error + Send + Sync, dyn Error + Send, dyn Error);

macro_rules! text {
    ($($text:ty),* $(,)?) => {$(
        #[diagnostic::do_not_recommend]
        impl Cause<Text> for $text {
            fn text(&self) -> Option<&dyn Display> {
                Some(self)
            }
        }
    )*};
}

text!(
    &'static str,
    String,
    Cow<'static, str>,
    Box<str>,
    Rc<str>,
    Arc<str>,
    char,
    bool,
    f32,
    f64,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
);

#[diagnostic::do_not_recommend]
impl Cause<Text> for () {}

#[diagnostic::do_not_recommend]
impl<T: 'static> Cause<Opaque> for Option<T> {}

#[diagnostic::do_not_recommend]
impl<T: 'static> Cause<Opaque> for Vec<T> {}

macro_rules! opaque {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($t: 'static),*> Cause<Opaque> for ($($t,)*) {}
        #[diagnostic::do_not_recommend]
        impl<O: 'static $(, $t: 'static)*> Cause<Opaque> for fn($($t),*) -> O {}
    };
}

#[diagnostic::do_not_recommend]
impl<O: 'static> Cause<Opaque> for fn() -> O {}

#[diagnostic::do_not_recommend]
impl<A: 'static, O: 'static> Cause<Opaque> for fn(A) -> O {}

opaque!(A B);
opaque!(A B C);
opaque!(A B C D);
opaque!(A B C D F);
opaque!(A B C D F G);

impl<T: ?Sized> Clone for Boxed<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Boxed<T> {}

impl<T: ?Sized> fmt::Debug for Boxed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Boxed")
    }
}
