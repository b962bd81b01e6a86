//! How an error is shown whose type is written down, and whose bounds are not asked for.

use core::{error::Error, marker::PhantomData};

use super::{
    cause::{Boxed, Cause, Opaque, Text, Typed},
    way::Way,
};

/// Asks what an error `E` is, where that is known: a constant of the type itself goes before the same
/// one of the trait [`Unknown`], and is there if its bound holds.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "it is never made")]
pub struct Probe<E>(PhantomData<E>);

/// What is not known of an error.
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
    /// The first one that is known.
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
