//! Whether what a cache is made of may move between threads, as a type.

/// Marks what may move between threads.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is a mark")]
pub enum Sent {}

/// Marks what stays on its thread.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is a mark")]
pub enum Kept {}
