//! Who hears of what a cache does.

use core::{error::Error, fmt, time::Duration};

use crate::{
    entry::CacheEntry,
    error::{Failure, Way},
    sync::Arc,
};

/// Hears of everything that a cache does but hits.
///
/// It is told in place, on the thread where it happens and outside all locks. So it should be quick,
/// as callers wait for it, and it may call the cache. Different threads tell it at the same time, so
/// that events of one key may change places. A panic in it harms nobody: it is caught where panics can
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
    /// Hears of one event, which is lent for the time of this call.
    fn observe(&self, event: &Event<'_, K, V, E>);
}

impl<K, V, E, O: Observer<K, V, E> + ?Sized> Observer<K, V, E> for Arc<O> {
    fn observe(&self, event: &Event<'_, K, V, E>) {
        (**self).observe(event);
    }
}

// What is no observer is told what one is, and not what a closure is.
#[diagnostic::do_not_recommend]
impl<K, V, E, F> Observer<K, V, E> for F
where
    F: Fn(&Event<'_, K, V, E>) + Send + Sync + 'static,
{
    fn observe(&self, event: &Event<'_, K, V, E>) {
        self(event);
    }
}

/// Something that a cache does.
///
/// What leaves a storage in memory because it is too much or dead is counted in
/// [`Stats`](crate::Stats), and not told.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Event, Observer};
/// use std::sync::{Arc, Mutex};
///
/// /// Writes a line about each change of what is stored.
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
    /// A call is answered with an entry that is no longer fresh: stale, or retained for the case
    /// that its successor cannot be loaded, or not soon enough.
    #[non_exhaustive]
    Stale {
        /// Whose entry.
        key: &'a K,
        /// The entry.
        entry: &'a CacheEntry<V>,
    },
    /// A call waits for the load of another; told once for each call.
    #[non_exhaustive]
    Joined {
        /// What is loaded.
        key: &'a K,
    },
    /// A call fails without a load: with an error that is kept, or since it cannot begin one.
    #[non_exhaustive]
    Rejected {
        /// Why.
        failure: &'a Failure<E>,
        #[doc(hidden)]
        way: Way<E>,
    },
    /// The method is about to be called.
    #[non_exhaustive]
    LoadStarted {
        /// What is loaded.
        key: &'a K,
        /// Why.
        trigger: Trigger,
    },
    /// A load has ended; its callers have not been answered yet. Told once for each that has
    /// [started](Self::LoadStarted), and for one whose time was over before that.
    #[non_exhaustive]
    LoadEnded {
        /// What was loaded.
        key: &'a K,
        /// Why.
        trigger: Trigger,
        /// The entry that was made of its value, or why there is none.
        result: Result<&'a CacheEntry<V>, &'a Failure<E>>,
        /// How long it took from the call of the method on; zero for one that was dropped.
        took: Duration,
        /// How long it is not tried again, if it has failed and there is something old to answer
        /// with meanwhile.
        retried_after: Option<Duration>,
        #[doc(hidden)]
        way: Way<E>,
    },
    /// The storage failed, took too long or brought something unreadable. It fails no call. Told once
    /// for each failure, also where the error is returned.
    #[non_exhaustive]
    StorageFailed {
        /// Whose entry it is about; `None` if it is about all, or the key has not been made: a call by
        /// borrowed arguments looks before it makes one.
        key: Option<&'a K>,
        /// What it was to do.
        operation: Operation,
    },
    /// An entry was removed because an eviction strategy named it.
    #[non_exhaustive]
    Evicted {
        /// Whose entry.
        key: &'a K,
    },
    /// An entry was removed on request, if there was one.
    #[non_exhaustive]
    Invalidated {
        /// Whose entry.
        key: &'a K,
    },
    /// A value was stored on request.
    #[non_exhaustive]
    Inserted {
        /// Under which key.
        key: &'a K,
    },
    /// All entries were removed on request.
    #[non_exhaustive]
    Cleared {},
}

impl<K, V, E> Event<'_, K, V, E> {
    /// Returns the method's own error with all that is below it, of an event that is about one which
    /// is an error or holds one; see [`Cause`](crate::Cause).
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

/// What a load is for.
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
    /// A call found nothing that is an answer.
    Call,
    /// A forced call, which will not have what was there before.
    Force,
    /// A stale entry is refreshed in the background.
    Refresh,
}

/// What a storage is asked to do.
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
