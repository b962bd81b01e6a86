//! The loads and writes that are in progress at one moment.

use core::{mem, time::Duration};

use super::Unfinished;
use crate::{
    engine::Engine,
    flights::Flight,
    future::within,
    lanes::WriteUnderWay,
    load::{due, expire},
    runtime::{AnyClock, Threading},
    sync::{Arc, Ordering},
    time::Instant,
};

use alloc::vec::Vec;

/// How soon an overdue load is looked at again that is being polled.
const AGAIN: Duration = Duration::from_millis(100);

/// Lets no load begin any more. Loads that have not begun end: those that are queued, that look
/// into the storage first, or whose task has not been polled.
pub(crate) fn close<M: Threading>(engine: &Arc<Engine<M>>) {
    let under_way = engine.flights.under_way(true);
    // No task to sweep is made where there is one already.
    engine.swept.store(true, Ordering::Release);
    for flight in under_way.iter().filter(|flight| !flight.is_elsewhere()) {
        flight.refuse();
    }
}

/// What was in progress at one moment, and has not been seen to end.
pub(crate) struct UnderWay<M: Threading> {
    engine: Arc<Engine<M>>,
    flights: Vec<Arc<Flight<M>>>,
}

impl<M: Threading> UnderWay<M> {
    /// Notes what is in progress now. A load that has not begun, as it waits for another of its
    /// key, is not: it may begin later, and so may another one after it.
    pub(crate) fn of(engine: &Arc<Engine<M>>) -> Self {
        let mut flights = engine.flights.under_way(false);
        flights.retain(|flight| !flight.is_queued());
        Self { engine: engine.clone(), flights }
    }

    /// Waits until all has ended: the loads first, and then the writes that are in their lanes,
    /// those that these loads have begun included.
    pub(crate) async fn over(&mut self) {
        let Self { engine, flights } = self;
        let bound = engine.runtime.bind();
        let timer = bound.as_deref();
        // Their leaders may not be polled any more.
        flights.iter().for_each(|flight| flight.hand_over());
        while let Some(flight) = flights.last() {
            landed(engine, flight, timer).await;
            flights.pop();
        }
        if let Some(writes) = &engine.writes {
            let patience = engine.settings.storage_timeout;
            for write in writes.lanes.under_way() {
                writes.lanes.ended(&write, patience, timer).await;
            }
        }
    }

    /// Waits for so long at most, and then drops the loads that have not ended, and ends the
    /// writes. Outside any runtime nothing bounds the wait.
    pub(crate) async fn over_within(mut self, most: Duration) -> Unfinished {
        let Some(timer) = self.engine.runtime.bind() else {
            self.over().await;
            return Unfinished::default();
        };
        match within::<_, M>(most, &*timer, self.over()).await {
            Ok(()) => Unfinished::default(),
            Err(_) => self.abandoned(),
        }
    }

    fn abandoned(self) -> Unfinished {
        let Self { engine, flights } = self;
        let mut left = Unfinished::default();
        for flight in flights.iter().filter(|flight| !flight.landing.has_landed()) {
            match flight.is_refresh() {
                true => left.refreshes += 1,
                false => left.loads += 1,
            }
            flight.abort();
        }
        if let Some(writes) = &engine.writes {
            let given_up = |write: &WriteUnderWay<M>| writes.lanes.give_up(write);
            left.writes = writes.lanes.under_way().iter().filter(|write| given_up(write)).count();
        }
        left
    }
}

/// Waits until a load has ended. One that is overdue is ended: its driver may stand still.
async fn landed<M: Threading>(
    engine: &Engine<M>,
    flight: &Arc<Flight<M>>,
    timer: Option<&M::Clock>,
) {
    let Some(timer) = timer else { return flight.landed().await };
    let mut patience = match due(engine, flight) {
        Instant::NEVER => Duration::MAX,
        due => due.saturating_since(timer.now()),
    };
    while within::<_, M>(mem::replace(&mut patience, AGAIN), timer, flight.landed()).await.is_err()
    {
        expire(engine, flight, None);
    }
}
