//! How a load gets its permit.

use core::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use super::conclude::{due, expire};
use crate::{
    engine::Permitting,
    flights::Flight,
    permits::{Answer, Permit, PermitPool, Wish},
    runtime::{AnyClock, Threading},
    sync::{Arc, Mutex, Weak},
    time::Instant,
};

use alloc::vec::Vec;

/// How long a load may be overdue before another one ends it: its own driver knows better how it
/// has ended, and what it was to replace.
const GRACE: Duration = Duration::from_millis(1);

/// How soon a load re-checks an overdue one that is being polled.
const AGAIN: Duration = Duration::from_millis(100);

/// The loads of a cache whose number is bounded.
pub(crate) struct Permitted<M: Threading> {
    pool: Arc<PermitPool>,
    /// The flights of the loads that have asked for a permit, as long as they exist.
    asked: Mutex<Vec<Weak<Flight<M>>>>,
}

impl<M: Threading> Permitted<M> {
    pub(crate) fn new(loads: usize) -> Self {
        Self { pool: PermitPool::new(loads), asked: Mutex::new(Vec::new()) }
    }

    /// Notes that a caller waits for a refresh.
    pub(crate) fn join(&self, flight: &Flight<M>) {
        self.pool.join(flight.name());
    }

    /// Waits for a load's permit. Loads that are overdue by then end, so that they keep no permit.
    ///
    /// A load whose own deadline has passed takes none, and is left to its timer.
    pub(crate) async fn permit(&self, permitting: Permitting<M>) -> Permit {
        let Permitting { engine, flight, deadline } = permitting;
        self.note(&flight);
        let permit = self.pool.permit(flight.name());
        let (runtime, due) = (flight.runtime(), due(&engine, &flight));
        let is_refresh = || !flight.is_asked_for();
        let mut timer: Option<(Instant, M::Task)> = None;
        poll_fn(|cx| {
            let mut tried = false;
            loop {
                let now = runtime.now();
                if deadline <= now && deadline != Instant::NEVER {
                    return Poll::Pending;
                }
                let (domain, waker) = (engine.runtime.domain(), cx.waker());
                let wish = Wish { now, deadline: due, domain, is_refresh: &is_refresh, waker };
                let watched = match permit.ask(&wish) {
                    Answer::Has => return Poll::Ready(()),
                    Answer::Waits(watched) => watched.filter(|&watched| watched != Instant::NEVER),
                };
                let Some(mut at) = watched.map(|watched| watched + GRACE) else {
                    timer = None;
                    return Poll::Pending;
                };
                if at <= now {
                    if !core::mem::replace(&mut tried, true) {
                        let overdue = permit.overdue(now);
                        self.named(&overdue).iter().for_each(|flight| {
                            expire(&engine, flight, None);
                        });
                        continue;
                    }
                    // It is being polled.
                    at = now + AGAIN;
                }
                let (_, sleep) = match &mut timer {
                    Some(timer) if timer.0 == at => timer,
                    timer => timer.insert((at, runtime.sleep(at.saturating_since(now)))),
                };
                if Pin::new(sleep).poll(&mut Context::from_waker(cx.waker())).is_pending() {
                    return Poll::Pending;
                }
                timer = None;
            }
        })
        .await;
        permit
    }

    fn note(&self, flight: &Arc<Flight<M>>) {
        let gone: Vec<_> = self.asked.with(|asked| {
            let mut gone = Vec::new();
            // Not each time, but whenever there are twice as many as remained the last time.
            if asked.len() == asked.capacity() {
                gone.extend(asked.extract_if(.., |other| other.strong_count() == 0));
                asked.reserve(asked.len() + 1);
            }
            asked.push(Arc::downgrade(flight));
            gone
        });
        drop(gone);
    }

    /// Returns the flights with these names.
    fn named(&self, names: &[usize]) -> Vec<Arc<Flight<M>>> {
        let asked: Vec<_> =
            self.asked.with(|asked| asked.iter().filter_map(Weak::upgrade).collect());
        asked.into_iter().filter(|flight| names.contains(&flight.name())).collect()
    }
}
