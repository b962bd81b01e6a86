//! How to show an error whose type is written out, without a bound on it.

use core::{error::Error, marker::PhantomData};

use super::{
    cause::{Boxed, Cause, Opaque, Text, Typed},
    way::Way,
};

/// Finds out what an error `E` is, where its type is known: a constant of the type itself takes
/// precedence over the same one of the trait [`Unknown`], and exists if its bound holds.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "it is never made")]
pub struct Probe<E>(PhantomData<E>);

/// The answers for an error of which nothing is known.
#[doc(hidden)]
pub trait Unknown<E> {
    const TYPED: Option<Way<E>> = None;
    const BOXED: Option<Way<E>> = None;
    const BOXED_LOCAL: Option<Way<E>> = None;
    const TEXT: Option<Way<E>> = None;
    const OPAQUE: Option<Way<E>> = None;
}

impl<E> Unknown<E> for Probe<E> {}

macro_rules! known {
    ($($known:ident: $mark:ty;)*) => {$(
        impl<E: Cause<$mark>> Probe<E> {
            pub const $known: Option<Way<E>> = Some(Way::of::<$mark>());
        }
    )*};
}

known! {
    TYPED: Typed;
    BOXED: Boxed;
    BOXED_LOCAL: Boxed<dyn Error>;
    TEXT: Text;
    OPAQUE: Opaque;
}

impl<E: 'static> Way<E> {
    /// Returns the first way that is known.
    #[doc(hidden)]
    #[must_use]
    pub const fn known(ways: [Option<Self>; 5]) -> Self {
        let mut at = 0;
        while at < ways.len() {
            if let Some(way) = ways[at] {
                return way;
            }
            at += 1;
        }
        Self::unasked()
    }
}
