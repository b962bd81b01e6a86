//! What a cache holds and does.

use core::time::Duration;

use super::entries::Showing;
use crate::{
    configuration::AnyConfiguration,
    entry_info::{EntryInfo, left},
    observer::Trigger,
    runtime::{AnyClock, AnyEngine, Runtime, Threading},
    sync::Arc,
};

use alloc::vec::Vec;

/// What is known of all answers of a cache, and of its loads in progress: see
/// [`Cache::snapshot`](crate::Cache::snapshot).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Snapshot<K> {
    /// The answers, in no particular order, without their values.
    pub entries: Vec<(K, EntryInfo)>,
    /// The loads in progress, but for those that are in their first poll.
    pub flights: Vec<FlightInfo<K>>,
    /// The weight of all entries together, expired ones included: their number, unless there is a
    /// [weigher](crate::Builder::weigher).
    pub weight: usize,
}

/// What is known of a load in progress.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Trigger};
/// # use std::task::{Context, Waker};
/// use std::{future::{Future, pending}, time::Duration};
///
/// # evermemo_core::testing::run(async |runtime| {
/// let stuck = Builder::on(runtime)
///     .method_timeout(Duration::from_secs(5))
///     .wrap(|_: u64| pending::<u64>());
/// let mut call = Box::pin(stuck.call(12));
/// # let mut cx = Context::from_waker(Waker::noop());
/// assert!(call.as_mut().poll(&mut cx).is_pending());
/// let flight = &stuck.snapshot().flights[0];
/// assert_eq!((flight.key, flight.callers, flight.trigger), (12, 1, Trigger::Call));
/// assert_eq!(flight.given_up_in, Duration::from_secs(5));
/// # });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FlightInfo<K> {
    /// The key.
    pub key: K,
    /// How many callers wait for it.
    pub callers: usize,
    /// Why it began.
    pub trigger: Trigger,
    /// Whether it has ended, and its value is being stored.
    pub landed: bool,
    /// After how long it is given up; [`Duration::MAX`] for never.
    pub given_up_in: Duration,
}

impl<K: Eq + Clone + 'static> Snapshot<K> {
    pub(super) fn of<V, R>(
        engine: &<R::Threading as Threading>::Engine,
        configuration: Arc<<R::Threading as Threading>::Configuration>,
    ) -> Self
    where
        V: Clone + 'static,
        R: Runtime,
    {
        let now = engine.clock().now();
        let flights: Vec<FlightInfo<K>> = engine
            .flights()
            .into_iter()
            .map(|flight| FlightInfo {
                key: flight.key.get::<K>().clone(),
                callers: flight.callers,
                trigger: flight.trigger,
                landed: flight.landed,
                given_up_in: left(flight.deadline, now),
            })
            .collect();
        let bounds = configuration.measure(None);
        let weight = bounds.weight.or(bounds.len).unwrap_or_default();
        let mut showing = Showing::<K, V, R>::new(engine, configuration, false);
        let mut entries = Vec::new();
        while let Some(shown) = showing.next() {
            let refreshing = flights.iter().any(|flight| flight.key == shown.key);
            let info = EntryInfo::of(&shown.entry, shown.usage, refreshing, shown.now);
            entries.push((shown.key, info));
        }
        Self { entries, flights, weight }
    }
}
