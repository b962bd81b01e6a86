//! The permits of one cache.

use core::task::Waker;

use super::line::{Class, PermitLines};
use crate::{
    planted::{self, Fault},
    time::Instant,
};

use alloc::{collections::BTreeMap, vec, vec::Vec};

/// The permits of one cache, and the loads that wait for one.
pub(super) struct Pool {
    most: usize,
    /// The loads that share each permit which is not free; the last one has it.
    shared: BTreeMap<usize, Vec<PermitHolder>>,
    pub(super) lines: PermitLines,
    arrival: usize,
}

#[derive(Clone, Copy)]
struct PermitHolder {
    load: usize,
    deadline: Instant,
}

impl Pool {
    pub(super) fn new(most: usize) -> Self {
        Self { most, shared: BTreeMap::new(), lines: PermitLines::default(), arrival: 0 }
    }

    pub(super) const fn next_arrival(&mut self) -> usize {
        self.arrival = self.arrival.wrapping_add(1);
        self.arrival
    }

    pub(super) fn has_free(&self) -> bool {
        self.shared.len() < self.most
    }

    /// Takes a free permit, and returns its number.
    pub(super) fn take(&mut self, load: usize, deadline: Instant) -> usize {
        let permit = self.next_arrival();
        self.shared.insert(permit, vec![PermitHolder { load, deadline }]);
        permit
    }

    /// Lends a permit to a load, which has it from then on.
    pub(super) fn lend(&mut self, permit: usize, load: usize, deadline: Instant) {
        self.shared.entry(permit).or_default().push(PermitHolder { load, deadline });
    }

    /// Removes a load from a permit.
    pub(super) fn give_back(&mut self, permit: usize, load: usize) {
        let Some(sharers) = self.shared.get_mut(&permit) else { return };
        sharers.retain(|holder| holder.load != load);
        if sharers.is_empty() {
            self.shared.remove(&permit);
        }
    }

    /// Returns the permits that are not free, each with the load that has it.
    pub(super) fn permits(&self) -> impl Iterator<Item = (usize, usize)> + Clone {
        let last =
            |(&permit, sharers): (_, &Vec<PermitHolder>)| Some((permit, sharers.last()?.load));
        self.shared.iter().filter_map(last)
    }

    /// Returns whether a queued load of this class and arrival may take a free permit.
    pub(super) fn may_take(&self, class: Class, arrival: usize, now: Instant) -> bool {
        let yields = class.refresh && !planted::is(Fault::RefreshFirst);
        self.has_free()
            && self.lines.is_first(class, arrival)
            && !(yields && self.lines.has_callers(now))
    }

    /// Wakes the first of each line if a permit is free; refreshes only if nothing else is queued.
    pub(super) fn wake_firsts(&mut self, woken: &mut Vec<Waker>) {
        if !self.has_free() {
            return;
        }
        let callers = self.lines.firsts().any(|(class, ..)| !class.refresh);
        let all = !callers || planted::is(Fault::RefreshFirst);
        self.lines.wake(|class| !class.refresh || all, woken);
    }

    /// Wakes the first of a line, to watch in place of one that has left.
    pub(super) fn wake_first_of(&mut self, class: Class, woken: &mut Vec<Waker>) {
        if class.domain.is_some() {
            self.lines.wake(|of| of == class, woken);
        }
    }

    /// Returns the loads that the first of a line watches over, with their deadlines.
    pub(super) fn watched(&self) -> impl Iterator<Item = (usize, Instant)> {
        let holders = self.shared.values().flatten().map(|holder| (holder.load, holder.deadline));
        holders.chain(self.lines.firsts().map(|(.., queued)| (queued.load, queued.deadline)))
    }
}
