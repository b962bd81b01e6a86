//! Keeps others from implementing a public trait.

/// A type of this crate that a sealed trait is for.
pub trait Sealed {}
