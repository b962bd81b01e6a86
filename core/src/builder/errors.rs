//! What a builder requires of the method's errors before it knows their type.

use crate::error::{Cause, Way};

/// Errors are shown below the headline of a call's error: each is a [`Cause`].
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to say")]
pub struct ShownErrors;

/// Nothing is required of errors.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to say")]
pub struct OpaqueErrors;

/// Decides how errors `E` are shown; the compiler infers `M` from the bound on them.
#[doc(hidden)]
// The message is that of `Cause`, which is the bound behind this one.
#[diagnostic::on_unimplemented(
    message = "`{E}` is not known to be an error or text, so a cache cannot show it",
    label = "its loads fail with `{E}`",
    note = "make it an `Error`, or show nothing of it: \
            `impl evermemo::Cause<evermemo::Opaque> for {E} {{}}`",
    note = "where the type is a parameter: `.opaque_errors()` on the builder, or `{E}: Cause<M>`"
)]
pub trait ErrorsChoice<E, M> {
    fn way() -> Way<E>;
}

#[diagnostic::do_not_recommend]
impl<E: Cause<M>, M> ErrorsChoice<E, M> for ShownErrors {
    fn way() -> Way<E> {
        Way::of()
    }
}

#[diagnostic::do_not_recommend]
impl<E: 'static> ErrorsChoice<E, Self> for OpaqueErrors {
    fn way() -> Way<E> {
        Way::unasked()
    }
}
