//! Whether the components of a cache may move between threads, as a type.

/// Marks components that may move between threads.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is a mark")]
pub enum Sent {}

/// Marks components that stay on their thread.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is a mark")]
pub enum Kept {}
