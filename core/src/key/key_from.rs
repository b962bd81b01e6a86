//! Keys that are made of their borrowed forms.

use core::{borrow::Borrow, ffi::CStr};

use crate::sync::Arc;

use alloc::{
    borrow::{Cow, ToOwned},
    boxed::Box,
    ffi::CString,
    rc::Rc,
    string::String,
    vec::Vec,
};
#[cfg(feature = "std")]
use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

/// Makes a key of its borrowed form, so that a reference to that [looks it up](crate::Lookup).
///
/// Every key that is `Clone` is looked up by a reference to one. Beside that,
///
/// | a key | is asked for by |
/// |---|---|
/// | `String`, `Arc<str>`, `Rc<str>`, `Box<str>` | `&str` |
/// | `Vec<T>`, `Arc<[T]>`, `Rc<[T]>`, `Box<[T]>` | `&[T]` |
/// | `CString`, `Arc<CStr>`, `Rc<CStr>`, `Box<CStr>` | `&CStr` |
/// | `PathBuf`, `Arc<Path>`, `Rc<Path>`, `Box<Path>` (with `std`) | `&Path` |
/// | `OsString`, `Arc<OsStr>`, `Rc<OsStr>`, `Box<OsStr>` (with `std`) | `&OsStr` |
/// | `Cow<'static, B>` | `&B`; a key that borrows and one that owns are one |
/// | `Arc<T>`, `Rc<T>`, `Box<T>` | `&T` |
///
/// A key is made on a miss only. A type of the user's that borrows as another needs one `impl`; the
/// two have to hash and compare alike, as [`Borrow`] requires. Types of two other crates, with a
/// `ToOwned` between them, are looked up by [`Lent`](crate::Lent).
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, KeyFrom};
/// use std::borrow::Borrow;
///
/// #[derive(Clone, PartialEq, Eq, Hash)]
/// struct Email(String);
///
/// impl Borrow<str> for Email {
///     fn borrow(&self) -> &str {
///         &self.0
///     }
/// }
///
/// impl KeyFrom<str> for Email {
///     fn key_from(address: &str) -> Self {
///         Self(address.to_owned())
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let lengths = Builder::on(runtime).wrap(|email: Email| async move { email.0.len() });
/// assert_eq!(lengths.call_ref("ann@example.org").await.unwrap(), 15);
/// # });
/// ```
#[diagnostic::on_unimplemented(
    message = "a key `{Self}` cannot be asked for by `&{Q}`",
    label = "it cannot be made of a `&{Q}`",
    note = "a key is asked for by a reference to one, or to what it borrows as",
    note = "a type of your own that has `Borrow<{Q}>` needs `impl KeyFrom<{Q}>` too"
)]
pub trait KeyFrom<Q: ?Sized>: Borrow<Q> {
    /// Makes a key that borrows as `q`. Called once for each load.
    fn key_from(q: &Q) -> Self;
}

impl<Q: Clone> KeyFrom<Q> for Q {
    #[inline]
    fn key_from(q: &Q) -> Self {
        q.clone()
    }
}

impl<B: ToOwned + ?Sized> KeyFrom<B> for Cow<'_, B> {
    #[inline]
    fn key_from(q: &B) -> Self {
        Self::Owned(q.to_owned())
    }
}

macro_rules! owned {
    ($([$($of:ident)?] $key:ty, by $q:ty;)*) => {$(
        impl$(<$of: Clone>)? KeyFrom<$q> for $key {
            #[inline]
            fn key_from(q: &$q) -> Self {
                q.to_owned()
            }
        }
    )*};
}

macro_rules! pointers {
    ($([$($of:ident)?] $q:ty;)*) => {$(
        impl$(<$of: Clone>)? KeyFrom<$q> for Arc<$q> {
            #[inline]
            fn key_from(q: &$q) -> Self {
                q.into()
            }
        }

        impl$(<$of: Clone>)? KeyFrom<$q> for Rc<$q> {
            #[inline]
            fn key_from(q: &$q) -> Self {
                q.into()
            }
        }

        impl$(<$of: Clone>)? KeyFrom<$q> for Box<$q> {
            #[inline]
            fn key_from(q: &$q) -> Self {
                q.into()
            }
        }
    )*};
}

macro_rules! pointers_to_clones {
    ($($pointer:ident)*) => {$(
        impl<T: Clone> KeyFrom<T> for $pointer<T> {
            #[inline]
            fn key_from(q: &T) -> Self {
                Self::new(q.clone())
            }
        }
    )*};
}

owned! {
    [] String, by str;
    [T] Vec<T>, by [T];
    [] CString, by CStr;
}
#[cfg(feature = "std")]
owned! {
    [] PathBuf, by Path;
    [] OsString, by OsStr;
}

pointers! {
    [] str;
    [T] [T];
    [] CStr;
}
#[cfg(feature = "std")]
pointers! {
    [] Path;
    [] OsStr;
}

pointers_to_clones! { Arc Rc Box }
