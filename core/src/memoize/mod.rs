//! What the code written by `#[memoize]` asks of a cache.

mod ask;
mod keep;
mod own;

pub use self::{
    ask::{Asking, Loading},
    keep::KeepIf,
    own::Own,
};
