//! Which load waits for which, and to which load a permit is lent.

use core::task::Waker;

use hashbrown::{DefaultHashBuilder, HashMap, HashSet};

use super::{
    line::{Class, Queued},
    pool::Pool,
};
use crate::{
    planted::{self, Fault},
    time::Instant,
};

use alloc::{collections::BTreeMap, vec, vec::Vec};

/// Work to be done once the lock is free.
#[derive(Default)]
pub(super) struct Wakers {
    pub(super) woken: Vec<Waker>,
    /// To be dropped.
    pub(super) idle: Vec<Waker>,
}

/// The loads that affect permits, by their names: those that have one or wait for one, and those
/// that wait for calls of their own.
#[derive(Default)]
pub(super) struct Waits {
    loads: HashMap<usize, LoadState, DefaultHashBuilder>,
    pools: BTreeMap<usize, Pool>,
    /// How many calls are noted.
    calls: usize,
    /// Numbers pools and calls.
    number: usize,
}

/// The state of a load. A load without one runs, or has ended.
#[derive(Default)]
struct LoadState {
    /// The loads that it has called and waits for, with the numbers of the calls.
    calls: Vec<(usize, usize)>,
    /// It is being polled, so it may go on.
    polled: bool,
    stand: Stand,
}

/// The relation of a load to its cache's permits.
#[derive(Clone, Copy, Default)]
enum Stand {
    #[default]
    Apart,
    Queued {
        pool: usize,
        class: Class,
        arrival: usize,
    },
    Has {
        pool: usize,
        permit: usize,
    },
}

/// The loads that a load waits for.
struct WaitChain {
    met: HashSet<usize, DefaultHashBuilder>,
    /// A load that was met can go on without a permit that is not free.
    goes_on: bool,
}

/// A load that is due a permit.
struct DuePermit {
    pool: usize,
    permit: usize,
    load: usize,
}

impl Waits {
    pub(super) fn open(&mut self, most: usize) -> usize {
        self.number = self.number.wrapping_add(1);
        self.pools.insert(self.number, Pool::new(most));
        self.number
    }

    /// Takes a pool out, to be dropped outside the lock.
    pub(super) fn close(&mut self, pool: usize) -> Option<Pool> {
        self.pools.remove(&pool)
    }

    /// Returns how many calls are noted.
    pub(super) const fn calls(&self) -> usize {
        self.calls
    }

    /// Asks for a permit; `true` if the load has one. Otherwise it is queued, or still is, and is
    /// woken when that may have changed.
    pub(super) fn ask(
        &mut self,
        pool: usize,
        class: Class,
        asking: Queued,
        now: Instant,
        wakers: &mut Wakers,
    ) -> bool {
        let load = asking.load;
        let Some(permits) = self.pools.get_mut(&pool) else { return false };
        let known = self.loads.entry(load).or_default();
        match known.stand {
            Stand::Has { .. } => wakers.idle.extend(asking.waker),
            Stand::Queued { class, arrival, .. } => {
                wakers.idle.extend(match permits.lines.get_mut(class, arrival) {
                    Some(queued) => core::mem::replace(&mut queued.waker, asking.waker),
                    None => asking.waker,
                });
            }
            Stand::Apart => {
                let arrival = permits.next_arrival();
                permits.lines.push(class, arrival, asking);
                known.stand = Stand::Queued { pool, class, arrival };
                // A load that has not begun has called nothing: these calls are of another load
                // with its name.
                self.calls -= known.calls.len();
                known.calls.clear();
                self.lend(wakers);
            }
        }
        self.take(load, now, wakers);
        matches!(self.stand(load), Stand::Has { .. })
    }

    /// Returns the earliest deadline that a queued load watches over, if it is the first of a line.
    pub(super) fn watch(&self, load: usize) -> Option<Instant> {
        let Stand::Queued { pool, class, arrival } = self.stand(load) else { return None };
        if planted::is(Fault::PermitsUnwatched) {
            return None;
        }
        let permits = self.pools.get(&pool).filter(|pool| pool.lines.is_first(class, arrival))?;
        let watched = permits.watched().filter(|&(other, _)| other != load);
        watched.map(|(_, deadline)| deadline).min()
    }

    /// Returns the loads that the first of a line watches over and whose deadlines have passed.
    pub(super) fn overdue(&self, pool: usize, now: Instant) -> Vec<usize> {
        let watched = self.pools.get(&pool).into_iter().flat_map(Pool::watched);
        watched.filter(|&(_, deadline)| deadline <= now).map(|(load, _)| load).collect()
    }

    /// Takes a permit for a queued load if one is free and its turn has come.
    fn take(&mut self, load: usize, now: Instant, wakers: &mut Wakers) {
        let Stand::Queued { pool, class, arrival } = self.stand(load) else { return };
        let Some(permits) = self.pools.get_mut(&pool) else { return };
        if !permits.may_take(class, arrival, now) {
            return;
        }
        let Some(queued) = permits.lines.remove(class, arrival) else { return };
        let permit = permits.take(load, queued.deadline);
        wakers.idle.extend(queued.waker);
        permits.wake_first_of(class, &mut wakers.woken);
        permits.wake_firsts(&mut wakers.woken);
        self.known(load).stand = Stand::Has { pool, permit };
        self.lend(wakers);
    }

    /// Removes a load from the queue, or gives its permit back.
    pub(super) fn leave(&mut self, load: usize, wakers: &mut Wakers) {
        let stand = self.loads.get_mut(&load).map(|known| core::mem::take(&mut known.stand));
        let (pool, class) = match stand {
            None | Some(Stand::Apart) => return,
            Some(Stand::Queued { pool, class, arrival }) => {
                let lines = self.pools.get_mut(&pool).map(|pool| &mut pool.lines);
                let left = lines.and_then(|lines| lines.remove(class, arrival));
                wakers.idle.extend(left.and_then(|queued| queued.waker));
                (pool, Some(class))
            }
            Some(Stand::Has { pool, permit }) => {
                if let Some(permits) = self.pools.get_mut(&pool) {
                    permits.give_back(permit, load);
                }
                (pool, None)
            }
        };
        self.forget_idle(load);
        let lost = planted::is(Fault::PermitLost);
        if let Some(permits) = self.pools.get_mut(&pool).filter(|_| !lost) {
            if let Some(class) = class {
                permits.wake_first_of(class, &mut wakers.woken);
            }
            permits.wake_firsts(&mut wakers.woken);
        }
        self.lend(wakers);
    }

    /// Notes that a caller waits for a refresh, which counts as a caller's load from now on.
    pub(super) fn join(&mut self, load: usize, wakers: &mut Wakers) {
        let Stand::Queued { pool, class, arrival } = self.stand(load) else { return };
        let Some(permits) = self.pools.get_mut(&pool).filter(|_| class.refresh) else { return };
        let Some(queued) = permits.lines.remove(class, arrival) else { return };
        let joined = Class { refresh: false, ..class };
        permits.lines.push(joined, arrival, queued);
        permits.wake_first_of(class, &mut wakers.woken);
        permits.wake_first_of(joined, &mut wakers.woken);
        permits.wake_firsts(&mut wakers.woken);
        self.known(load).stand = Stand::Queued { pool, class: joined, arrival };
    }

    /// Notes a call that `caller`, which is being polled, waits for, and returns its number; `None`
    /// if `load` waits for `caller` itself, and a load in that circle affects permits.
    pub(super) fn call(
        &mut self,
        caller: usize,
        load: usize,
        wakers: &mut Wakers,
    ) -> Option<usize> {
        let met = self.walk(load, false).met;
        let apart = |&load: &usize| matches!(self.stand(load), Stand::Apart);
        if met.contains(&caller) && !met.iter().all(apart) {
            return None;
        }
        self.number = self.number.wrapping_add(1);
        self.calls += 1;
        let (number, known) = (self.number, self.known(caller));
        known.calls.push((number, load));
        known.polled = true;
        self.lend(wakers);
        Some(number)
    }

    pub(super) fn end_call(&mut self, caller: usize, number: usize) {
        let Some(known) = self.loads.get_mut(&caller) else { return };
        if let Some(at) = known.calls.iter().position(|call| call.0 == number) {
            known.calls.swap_remove(at);
            self.calls -= 1;
            self.forget_idle(caller);
        }
    }

    /// Notes that a poll of a load begins or ends.
    pub(super) fn poll(&mut self, load: usize, begins: bool, wakers: &mut Wakers) {
        if let Some(known) = self.loads.get_mut(&load) {
            known.polled = begins;
            if !begins && !known.calls.is_empty() {
                self.lend(wakers);
            }
        }
    }

    /// Lends the permits that can be lent.
    fn lend(&mut self, wakers: &mut Wakers) {
        if planted::is(Fault::LendsNothing) {
            return;
        }
        while let Some(DuePermit { pool, permit, load }) = self.due() {
            let Stand::Queued { class, arrival, .. } = self.stand(load) else { return };
            let Some(permits) = self.pools.get_mut(&pool) else { return };
            let Some(queued) = permits.lines.remove(class, arrival) else { return };
            permits.lend(permit, load, queued.deadline);
            permits.wake_first_of(class, &mut wakers.woken);
            wakers.woken.extend(queued.waker);
            self.known(load).stand = Stand::Has { pool, permit };
        }
    }

    /// Returns the load that is due a permit: one that the holder of the permit waits for, or else
    /// the first of a group of loads of which none can go on.
    fn due(&self) -> Option<DuePermit> {
        if self.calls == 0 {
            return None;
        }
        let full = self.pools.iter().filter(|(_, pool)| !pool.has_free() && !pool.lines.is_empty());
        let held = full.flat_map(|(&pool, permits)| {
            permits.permits().map(move |(permit, load)| (pool, permit, load))
        });
        let waits = |load| self.loads.get(&load).is_some_and(|known| !known.calls.is_empty());
        let lenders = held.filter(|&(.., load)| waits(load));
        let called = |(pool, permit, load)| self.first(&self.walk(load, false), pool, permit);
        let stuck = |(pool, permit, load)| {
            let walk = self.walk(load, true);
            if walk.goes_on { None } else { self.first(&walk, pool, permit) }
        };
        lenders.clone().find_map(called).or_else(|| lenders.clone().find_map(stuck))
    }

    /// Returns the load that was the first to queue in a pool, of those that a walk has met.
    fn first(&self, walk: &WaitChain, pool: usize, permit: usize) -> Option<DuePermit> {
        let queued = walk.met.iter().filter_map(|&load| match self.stand(load) {
            Stand::Queued { pool: of, arrival, .. } if of == pool => Some((arrival, load)),
            _ => None,
        });
        queued.min().map(|(_, load)| DuePermit { pool, permit, load })
    }

    /// Follows the waits of a load, through calls, and through permits too if `through_permits`.
    fn walk(&self, from: usize, through_permits: bool) -> WaitChain {
        let mut walk = WaitChain { met: HashSet::default(), goes_on: false };
        let mut left = vec![from];
        while let Some(load) = left.pop() {
            if !walk.met.insert(load) {
                continue;
            }
            let Some(known) = self.loads.get(&load) else {
                walk.goes_on = true;
                continue;
            };
            let queued = match known.stand {
                Stand::Queued { pool, .. } => self.pools.get(&pool),
                _ => None,
            };
            match queued {
                Some(permits) if permits.has_free() => walk.goes_on = true,
                Some(permits) if through_permits => {
                    left.extend(permits.permits().map(|(_, load)| load));
                }
                None if known.calls.is_empty() || known.polled => walk.goes_on = true,
                _ => {}
            }
            left.extend(known.calls.iter().map(|call| call.1));
        }
        walk
    }

    fn stand(&self, load: usize) -> Stand {
        self.loads.get(&load).map_or(Stand::Apart, |known| known.stand)
    }

    fn known(&mut self, load: usize) -> &mut LoadState {
        self.loads.entry(load).or_default()
    }

    fn forget_idle(&mut self, load: usize) {
        let idle =
            |known: &LoadState| known.calls.is_empty() && matches!(known.stand, Stand::Apart);
        if self.loads.get(&load).is_some_and(idle) {
            self.loads.remove(&load);
        }
    }
}
