//! Checks of storages, for those who write one.
//!
//! A cache relies on what [`ByteStore`](crate::ByteStore) and
//! [`CacheStorage`](crate::CacheStorage) say of their methods. [`byte_store`] and
//! [`cache_storage`] try that, on whatever runtime the storage needs, and report each [`Rule`] that
//! it breaks. They write to the storage and leave it in any state: give them one of its own.
//!
//! # Examples
//!
//! ```
//! use evermemo_core::{LocalInMemoryCacheStorage, testing::conformance};
//!
//! # evermemo_core::testing::run(async |_| {
//! let storage = LocalInMemoryCacheStorage::<u32, String>::new(1_000);
//! let report = conformance::cache_storage(&storage, |n| n, |n| format!("value {n}")).await;
//! report.assert();
//! # });
//! ```

#[cfg(feature = "serde")]
mod bytes;
mod entries;
#[cfg(feature = "serde")]
mod polling;
mod report;

#[cfg(feature = "serde")]
pub use self::bytes::byte_store;
pub use self::{
    entries::cache_storage,
    report::{Breach, Report, Rule},
};
