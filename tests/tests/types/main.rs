//! What types caches take, and what a handle's type is: whatever a cache is made of, it has one
//! name, and its futures may move between threads wherever its runtime's tasks may.
#![allow(
    clippy::alloc_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "tests have std"
)]

mod attribute;
mod causes;
mod local;
mod one_line;
mod one_type;
mod runtimes;
mod send;

/// Compiles if a future may move between threads.
fn send<F: Future + Send>(future: F) -> F {
    future
}
