//! Lists of caches: what a program has, whatever the types, to be read, cleared or closed together.
//!
//! A cache is in no list unless its builder says so: [`Builder::listed`](crate::Builder::listed)
//! for the [list of the process](global), [`Builder::listed_in`](crate::Builder::listed_in) for one
//! of your own. A list keeps no cache: with its last handle a cache leaves the list, at once.
//!
//! # Examples
//!
//! ```
//! use evermemo_core::{Builder, caches};
//! use std::time::Duration;
//!
//! # evermemo_core::testing::run(async |runtime| {
//! let squares = Builder::on(runtime).name("squares").listed().wrap(|n: u64| async move { n * n });
//! squares.call(12).await.unwrap();
//! for cache in caches::global().iter() {
//!     println!("{}: {} entries, {} calls", cache.name(), cache.len(), cache.stats().calls());
//! }
//!
//! // At the end: nothing new begins, and what runs has ten seconds.
//! let left = caches::global().close_all(Duration::from_secs(10)).await;
//! assert!(left.is_nothing());
//! # });
//! ```

mod close_all;
mod list;
mod listed;

pub(crate) use self::list::Listing;
pub use self::{
    close_all::CloseAll,
    list::{CacheList, global},
    listed::ListedCache,
};
