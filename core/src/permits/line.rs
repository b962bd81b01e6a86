//! Loads that wait for a permit, in the order of their arrival.

use core::task::Waker;

use crate::{
    planted::{self, Fault},
    runtime::Domain,
    time::Instant,
};

use alloc::{collections::BTreeMap, vec::Vec};

/// Determines the line in which a load waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// The driver of its timers; without one, each load may have a runtime of its own.
    pub(super) domain: Option<Domain>,
    /// It is a refresh that no caller waits for.
    pub(super) refresh: bool,
}

pub(super) struct Queued {
    pub(super) load: usize,
    pub(super) deadline: Instant,
    /// Taken when the load is woken, until it asks again.
    pub(super) waker: Option<Waker>,
}

/// How many loads without a domain are woken at once, as each may have a runtime of its own.
const UNNAMED: usize = 32;

/// The lines of one cache, each in the order of arrival.
#[derive(Default)]
pub(super) struct PermitLines {
    lines: Vec<(Class, BTreeMap<usize, Queued>)>,
}

impl PermitLines {
    pub(super) const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn push(&mut self, class: Class, arrival: usize, queued: Queued) {
        match self.lines.iter_mut().find(|line| line.0 == class) {
            Some((_, line)) => drop(line.insert(arrival, queued)),
            None => self.lines.push((class, BTreeMap::from([(arrival, queued)]))),
        }
    }

    pub(super) fn remove(&mut self, class: Class, arrival: usize) -> Option<Queued> {
        let at = self.lines.iter().position(|line| line.0 == class)?;
        let queued = self.lines[at].1.remove(&arrival);
        if self.lines[at].1.is_empty() {
            self.lines.swap_remove(at);
        }
        queued
    }

    pub(super) fn get_mut(&mut self, class: Class, arrival: usize) -> Option<&mut Queued> {
        self.lines.iter_mut().find(|line| line.0 == class)?.1.get_mut(&arrival)
    }

    /// Returns whether a load may take a free permit: it is the first of its line, or cannot tell.
    pub(super) fn is_first(&self, class: Class, arrival: usize) -> bool {
        class.domain.is_none()
            || self.firsts().any(|(of, first, _)| of == class && first == arrival)
    }

    /// Returns whether a load that a caller waits for is queued, and not overdue.
    pub(super) fn has_callers(&self, now: Instant) -> bool {
        let mut lines = self.lines.iter().filter(|(class, _)| !class.refresh);
        lines.any(|(_, line)| line.values().any(|queued| queued.deadline > now))
    }

    /// Returns the first load of each line.
    pub(super) fn firsts(&self) -> impl Iterator<Item = (Class, usize, &Queued)> {
        self.lines.iter().filter_map(|(class, line)| {
            let (&arrival, queued) = line.first_key_value()?;
            Some((*class, arrival, queued))
        })
    }

    /// Wakes the first of each line of such a class; of loads that may each have a runtime of their
    /// own, as many as make it likely that some come.
    pub(super) fn wake(&mut self, class: impl Fn(Class) -> bool, woken: &mut Vec<Waker>) {
        for (_, line) in self.lines.iter_mut().filter(|(of, _)| class(*of) && of.domain.is_some()) {
            woken.extend(line.values_mut().next().and_then(|queued| queued.waker.take()));
            if planted::is(Fault::OneLineWoken) {
                return;
            }
        }
        for (_, line) in self.lines.iter_mut().filter(|(of, _)| class(*of) && of.domain.is_none()) {
            woken.extend(line.values_mut().filter_map(|queued| queued.waker.take()).take(UNNAMED));
        }
    }
}
