//! Storages that know how much they hold.

/// A storage that knows how many entries it holds.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, CacheEntry, CacheStorage, CountStorage};
/// # use evermemo_core::{Found, Instant};
/// # use std::{convert::Infallible, future::{Ready, ready}};
/// use std::{collections::HashMap, sync::Mutex};
///
/// #[derive(Default)]
/// struct Map {
///     entries: Mutex<HashMap<u64, CacheEntry<u64>>>,
/// }
///
/// impl CountStorage for Map {
///     fn len(&self) -> usize {
///         self.entries.lock().unwrap().len()
///     }
/// }
///
/// impl CacheStorage<u64, u64> for Map {
///     fn as_counted(&self) -> Option<&dyn CountStorage> {
///         Some(self)
///     }
///     // And `get`, `offer` and `release`, as in the documentation of `CacheStorage`.
/// #     type Error = Infallible;
/// #     type Get = Ready<Found<u64, Infallible>>;
/// #     type Done = Ready<Result<(), Infallible>>;
/// #     fn get(&self, key: &u64, _now: Instant) -> Self::Get {
/// #         ready(Ok(self.entries.lock().unwrap().get(key).cloned()))
/// #     }
/// #     fn offer(&self, key: &u64, entry: &CacheEntry<u64>, _now: Instant) -> Self::Done {
/// #         self.entries.lock().unwrap().insert(*key, entry.clone());
/// #         ready(Ok(()))
/// #     }
/// #     fn release(&self, key: &u64) -> Self::Done {
/// #         self.entries.lock().unwrap().remove(key);
/// #         ready(Ok(()))
/// #     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let squares = Builder::on(runtime).storage(Map::default()).wrap(|n: u64| async move { n * n });
/// squares.call(12).await?;
/// assert_eq!(squares.len(), 1);
/// # Ok::<(), evermemo_core::Error<Infallible>>(())
/// # }).unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not count its entries: implement `CountStorage` for it"
)]
pub trait CountStorage {
    /// Returns the number of entries, expired ones included.
    fn len(&self) -> usize;

    /// Returns whether there is no entry.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A storage that bounds itself, by a capacity that can be changed while it is in use.
///
/// # Examples
///
/// ```
/// use evermemo_core::{BoundedStorage, Builder, CacheEntry, CacheStorage};
/// # use evermemo_core::{Found, Instant};
/// # use std::{convert::Infallible, future::{Ready, ready}};
/// use std::sync::{Mutex, atomic::{AtomicUsize, Ordering::SeqCst}};
/// use std::collections::BTreeMap;
///
/// /// Keeps the entries of the greatest keys.
/// struct Greatest {
///     entries: Mutex<BTreeMap<u64, CacheEntry<u64>>>,
///     capacity: AtomicUsize,
/// }
///
/// impl BoundedStorage for Greatest {
///     fn capacity(&self) -> usize {
///         self.capacity.load(SeqCst)
///     }
///     fn set_capacity(&self, capacity: usize) {
///         let mut entries = self.entries.lock().unwrap();
///         self.capacity.store(capacity, SeqCst);
///         while entries.len() > capacity {
///             entries.pop_first();
///         }
///     }
/// }
///
/// impl CacheStorage<u64, u64> for Greatest {
///     fn as_bounded(&self) -> Option<&dyn BoundedStorage> {
///         Some(self)
///     }
///     // And `get`, `offer` and `release`, as in the documentation of `CacheStorage`.
/// #     type Error = Infallible;
/// #     type Get = Ready<Found<u64, Infallible>>;
/// #     type Done = Ready<Result<(), Infallible>>;
/// #     fn get(&self, key: &u64, _now: Instant) -> Self::Get {
/// #         ready(Ok(self.entries.lock().unwrap().get(key).cloned()))
/// #     }
/// #     fn offer(&self, key: &u64, entry: &CacheEntry<u64>, _now: Instant) -> Self::Done {
/// #         let mut entries = self.entries.lock().unwrap();
/// #         entries.insert(*key, entry.clone());
/// #         while entries.len() > self.capacity() {
/// #             entries.pop_first();
/// #         }
/// #         ready(Ok(()))
/// #     }
/// #     fn visit(&self, each: &mut dyn FnMut(&u64, &CacheEntry<u64>)) -> bool {
/// #         let entries = self.entries.lock().unwrap().clone();
/// #         entries.iter().for_each(|(key, entry)| each(key, entry));
/// #         true
/// #     }
/// #     fn release(&self, key: &u64) -> Self::Done {
/// #         self.entries.lock().unwrap().remove(key);
/// #         ready(Ok(()))
/// #     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let storage = Greatest { entries: Mutex::default(), capacity: AtomicUsize::new(100) };
/// let squares = Builder::on(runtime).storage(storage).wrap(|n: u64| async move { n * n });
/// for n in [12, 7] {
///     squares.call(n).await?;
/// }
/// assert!(squares.cache().set_capacity(1));
/// assert_eq!((squares.len(), squares.cache().capacity()), (1, 1));
/// # Ok::<(), evermemo_core::Error<Infallible>>(())
/// # }).unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no capacity that can be set: implement `BoundedStorage` for it"
)]
pub trait BoundedStorage {
    /// Returns the largest number of entries that is kept, or the largest amount in the storage's
    /// own measure.
    fn capacity(&self) -> usize;

    /// Sets the largest number of entries, or the largest amount in the storage's own measure.
    /// Entries above it have left when this returns; 0 keeps nothing, and [`usize::MAX`] sets no
    /// bound.
    fn set_capacity(&self, capacity: usize);
}
