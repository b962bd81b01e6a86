//! Observers of cache events.

use core::{error::Error, fmt, time::Duration};

use crate::{
    entry::CacheEntry,
    error::{Failure, Way},
    sync::Arc,
};

/// Observes all that a cache does but hits.
///
/// It is called in place, on the thread of the event and outside all locks. So it should be quick,
/// as callers wait for it, and it may call the cache. Threads call it at the same time, so events
/// of one key may arrive out of order. A panic in it harms no caller: it is caught where panics can
/// be, and dropped.
///
/// Implemented for closures `Fn(&Event<'_, K, V, E>)`, too. A builder does not know the types of
/// the cache yet, so a closure says them: `|event: &Event<'_, u64, String, Infallible>|`.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Event, Observer};
/// use std::sync::{Arc, Mutex};
///
/// #[derive(Clone, Default)]
/// struct Failures(Arc<Mutex<Vec<String>>>);
///
/// impl<K: std::fmt::Debug, V, E: std::fmt::Display> Observer<K, V, E> for Failures {
///     fn observe(&self, event: &Event<'_, K, V, E>) {
///         if let Event::LoadEnded { key, result: Err(failure), .. } = event {
///             self.0.lock().unwrap().push(format!("{key:?}: {failure}"));
///         }
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let failures = Failures::default();
/// let lengths = Builder::on(runtime)
///     .observer(failures.clone())
///     .try_wrap(|text: &'static str| async move { text.parse::<u8>() });
/// assert!(lengths.call("nine").await.is_err());
/// assert_eq!(*failures.0.lock().unwrap(), [r#""nine": invalid digit found in string"#]);
/// # });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not observe caches of keys `{K}`, values `{V}` and errors `{E}`: \
               implement `Observer<{K}, {V}, {E}>` for it",
    note = "an observer is `Send`, `Sync` and `'static`"
)]
pub trait Observer<K, V, E>: Send + Sync + 'static {
    /// Receives an event, which is borrowed for this call.
    fn observe(&self, event: &Event<'_, K, V, E>);
}

impl<K, V, E, O: Observer<K, V, E> + ?Sized> Observer<K, V, E> for Arc<O> {
    fn observe(&self, event: &Event<'_, K, V, E>) {
        (**self).observe(event);
    }
}

// The message about a type that is no observer says what one is, and nothing of closures.
#[diagnostic::do_not_recommend]
impl<K, V, E, F> Observer<K, V, E> for F
where
    F: Fn(&Event<'_, K, V, E>) + Send + Sync + 'static,
{
    fn observe(&self, event: &Event<'_, K, V, E>) {
        self(event);
    }
}

/// An event of a cache.
///
/// Entries that leave a storage in memory because there is no room for them or they are dead are
/// counted in [`Stats`](crate::Stats), and are no events.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Event, Observer};
/// use std::sync::{Arc, Mutex};
///
/// /// Writes a line about each change of the stored entries.
/// #[derive(Clone, Default)]
/// struct Journal(Arc<Mutex<Vec<String>>>);
///
/// impl<K: std::fmt::Debug, V, E> Observer<K, V, E> for Journal {
///     fn observe(&self, event: &Event<'_, K, V, E>) {
///         let line = match event {
///             Event::LoadEnded { key, result: Ok(_), .. } => format!("loaded {key:?}"),
///             Event::Inserted { key, .. } => format!("inserted {key:?}"),
///             Event::Invalidated { key, .. } => format!("invalidated {key:?}"),
///             Event::Cleared { .. } => "cleared".to_owned(),
///             _ => return,
///         };
///         self.0.lock().unwrap().push(line);
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let journal = Journal::default();
/// let squares =
///     Builder::on(runtime).observer(journal.clone()).wrap(|n: u64| async move { n * n });
/// squares.call(12).await.unwrap();
/// squares.invalidate(&12).await;
/// assert_eq!(*journal.0.lock().unwrap(), ["loaded 12", "invalidated 12"]);
/// # });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a, K, V, E> {
    /// A call is answered with an entry that is no longer fresh: with a stale one, or with an
    /// expired one that stands in for a load which has failed or takes too long.
    #[non_exhaustive]
    Stale {
        /// The key of the entry.
        key: &'a K,
        /// The entry.
        entry: &'a CacheEntry<V>,
    },
    /// A call waits for the load of another call; reported once per call.
    #[non_exhaustive]
    Joined {
        /// The key that is loaded.
        key: &'a K,
    },
    /// A call fails without a load: an error is kept for its key, or it cannot begin a load.
    #[non_exhaustive]
    Rejected {
        /// The failure.
        failure: &'a Failure<E>,
        #[doc(hidden)]
        way: Way<E>,
    },
    /// The method is about to be called.
    #[non_exhaustive]
    LoadStarted {
        /// The key that is loaded.
        key: &'a K,
        /// The reason for the load.
        trigger: Trigger,
    },
    /// A load has ended; its callers have not been answered yet. Reported once for each load that
    /// has [started](Self::LoadStarted), and for each whose deadline had passed before that.
    #[non_exhaustive]
    LoadEnded {
        /// The key that was loaded.
        key: &'a K,
        /// The reason for the load.
        trigger: Trigger,
        /// The entry made of its value, or the failure.
        result: Result<&'a CacheEntry<V>, &'a Failure<E>>,
        /// How long it took since the method was called; zero for a load that was dropped.
        took: Duration,
        /// How long the key is not tried again, if the load has failed and something old can answer
        /// meanwhile.
        retried_after: Option<Duration>,
        #[doc(hidden)]
        way: Way<E>,
    },
    /// The storage failed, took too long or returned something unreadable. This fails no call.
    /// Reported once for each failure, also where the error is returned.
    #[non_exhaustive]
    StorageFailed {
        /// The key of the operation; `None` if it concerns all entries, or the key has not been
        /// made, as a call by borrowed arguments looks an entry up before it makes the key.
        key: Option<&'a K>,
        /// The operation that failed.
        operation: Operation,
    },
    /// An entry was removed because an eviction strategy named it.
    #[non_exhaustive]
    Evicted {
        /// The key of the entry.
        key: &'a K,
    },
    /// An entry was removed on request, if there was one.
    #[non_exhaustive]
    Invalidated {
        /// The key of the entry.
        key: &'a K,
    },
    /// A value was stored on request.
    #[non_exhaustive]
    Inserted {
        /// The key of the value.
        key: &'a K,
    },
    /// All entries were removed on request.
    #[non_exhaustive]
    Cleared {},
}

impl<K, V, E> Event<'_, K, V, E> {
    /// Returns the method's own error with all that is below it, if the event carries an error of a
    /// method or a failure with one; see [`Cause`](crate::Cause).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Event, Observer};
    ///
    /// struct Log;
    ///
    /// impl<K, V, E> Observer<K, V, E> for Log {
    ///     fn observe(&self, event: &Event<'_, K, V, E>) {
    ///         let mut next = event.cause();
    ///         while let Some(error) = next {
    ///             eprintln!("{error}");
    ///             next = error.source();
    ///         }
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Rejected { failure: Failure::Method(error), way, .. }
            | Self::LoadEnded { result: Err(Failure::Method(error)), way, .. } => way.error(error),
            _ => None,
        }
    }
}

/// The reason of a load.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Event, Observer, Trigger};
/// use std::sync::{Arc, Mutex};
/// # use std::time::Duration;
///
/// #[derive(Clone, Default)]
/// struct Triggers(Arc<Mutex<Vec<Trigger>>>);
///
/// impl<K, V, E> Observer<K, V, E> for Triggers {
///     fn observe(&self, event: &Event<'_, K, V, E>) {
///         if let Event::LoadStarted { trigger, .. } = event {
///             self.0.lock().unwrap().push(*trigger);
///         }
///     }
/// }
///
/// # evermemo_core::testing::run(async |time| {
/// let triggers = Triggers::default();
/// let squares = Builder::on(time.clone())
///     .update_after(Duration::from_secs(60))
///     .observer(triggers.clone())
///     .wrap(|n: u64| async move { n * n });
/// squares.call(12).await.unwrap();
/// time.advance(Duration::from_secs(60)).await;
/// squares.call(12).await.unwrap();
/// time.settle().await;
/// squares.call(12).force().await.unwrap();
/// assert_eq!(*triggers.0.lock().unwrap(), [Trigger::Call, Trigger::Refresh, Trigger::Force]);
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trigger {
    /// A call found no entry that is an answer.
    Call,
    /// A call is forced, and takes nothing stored before it.
    Force,
    /// A stale entry is refreshed in the background.
    Refresh,
}

/// An operation of a storage.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Event, Observer, Operation};
/// use std::sync::{
///     Arc,
///     atomic::{AtomicUsize, Ordering},
/// };
/// # use evermemo_core::{CacheEntry, CacheStorage, Found, Instant};
/// # use std::{future::{Ready, ready}, io};
/// # struct Full;
/// # impl<K, V: 'static> CacheStorage<K, V> for Full {
/// #     type Error = io::Error;
/// #     type Get = Ready<Found<V, io::Error>>;
/// #     type Done = Ready<io::Result<()>>;
/// #     fn get(&self, _key: &K, _now: Instant) -> Self::Get {
/// #         ready(Ok(None))
/// #     }
/// #     fn offer(&self, _key: &K, _entry: &CacheEntry<V>, _now: Instant) -> Self::Done {
/// #         ready(Err(io::ErrorKind::StorageFull.into()))
/// #     }
/// #     fn release(&self, _key: &K) -> Self::Done {
/// #         ready(Ok(()))
/// #     }
/// # }
///
/// /// Counts the entries that a storage did not take.
/// #[derive(Clone, Default)]
/// struct Unwritten(Arc<AtomicUsize>);
///
/// impl<K, V, E> Observer<K, V, E> for Unwritten {
///     fn observe(&self, event: &Event<'_, K, V, E>) {
///         if let Event::StorageFailed { operation: Operation::Offer, .. } = event {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let unwritten = Unwritten::default();
/// let squares = Builder::on(runtime)
///     .storage(Full)
///     .observer(unwritten.clone())
///     .wrap(|n: u64| async move { n * n });
/// assert_eq!(squares.call(12).await.unwrap(), 144);
/// assert_eq!(unwritten.0.load(Ordering::Relaxed), 1);
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// To read an entry.
    Get,
    /// To write one.
    Offer,
    /// To remove one.
    Release,
    /// To remove all.
    Clear,
}

impl<K, V, E> fmt::Debug for dyn Observer<K, V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
