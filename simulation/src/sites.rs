//! The runtimes of a run: one, or two that stand still and end each by itself.

use std::{
    cell::Cell,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
};

thread_local!(static CURRENT: Cell<usize> = const { Cell::new(0) });

/// How many runtimes there are at most.
pub(crate) const SITES: usize = 2;

/// Returns the runtime in context: the first one, unless another one is.
pub(crate) fn current() -> usize {
    CURRENT.get()
}

/// A runtime in context, until dropped.
pub(crate) struct Entered {
    outer: usize,
}

impl Entered {
    pub(crate) fn new(site: usize) -> Self {
        Self { outer: CURRENT.replace(site) }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.outer);
    }
}

/// Which runtimes stand still, and what they will wake when they go on. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Sites {
    shared: Arc<Mutex<[Site; SITES]>>,
}

#[derive(Default)]
struct Site {
    /// Why it stands still, so many times over.
    stands: u32,
    /// It goes on when all that can end has ended, if then.
    to_the_end: bool,
    ended: bool,
    /// Those that were woken meanwhile.
    held: Vec<Waker>,
    /// All its tasks.
    tasks: Vec<Waker>,
}

/// What becomes of something that is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fares {
    Runs,
    /// It is woken again when its runtime goes on.
    Stands,
    /// Its runtime has ended.
    Ended,
}

impl Site {
    const fn stands(&self) -> bool {
        self.stands > 0 || self.to_the_end
    }
}

impl Sites {
    fn sites(&self) -> MutexGuard<'_, [Site; SITES]> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a runtime, and wakes what it has held if it runs then or has ended.
    fn change(&self, site: usize, change: impl FnOnce(&mut Site)) {
        let woken = {
            let site = &mut self.sites()[site];
            change(site);
            match site.ended {
                true => mem::take(&mut site.held).into_iter().chain(mem::take(&mut site.tasks)),
                false if site.stands() => return,
                false => mem::take(&mut site.held).into_iter().chain(Vec::new()),
            }
        };
        woken.for_each(Waker::wake);
    }

    /// Lets a runtime stand still.
    pub(crate) fn stand_still(&self, site: usize) {
        self.change(site, |site| site.stands += 1);
    }

    /// Ends one of the reasons for which it stands still.
    pub(crate) fn go_on(&self, site: usize) {
        self.change(site, |site| site.stands -= 1);
    }

    /// Lets a runtime stand still until all that can end has ended.
    pub(crate) fn stand_to_the_end(&self, site: usize) {
        self.change(site, |site| site.to_the_end = true);
    }

    /// All that can end has ended.
    pub(crate) fn go_on_at_last(&self, site: usize) {
        self.change(site, |site| site.to_the_end = false);
    }

    /// A runtime ends: it drops its tasks, and those that come.
    pub(crate) fn end(&self, site: usize) {
        self.change(site, |site| site.ended = true);
    }

    /// Says how a runtime fares; if it stands still, it wakes this when it goes on.
    pub(crate) fn meet(&self, site: usize, waker: &Waker) -> Fares {
        let site = &mut self.sites()[site];
        let fares = fares(site);
        if fares == Fares::Stands {
            site.held.push(waker.clone());
        }
        fares
    }

    /// Has a task woken when its runtime ends.
    pub(crate) fn add_task(&self, site: usize, waker: &Waker) {
        self.sites()[site].tasks.push(waker.clone());
    }

    pub(crate) fn fares(&self, site: usize) -> Fares {
        fares(&self.sites()[site])
    }

    /// Returns whether a runtime stands still until all that can end has ended.
    pub(crate) fn stands_to_the_end(&self, site: usize) -> bool {
        self.sites()[site].to_the_end
    }
}

const fn fares(site: &Site) -> Fares {
    match (site.ended, site.stands()) {
        (true, _) => Fares::Ended,
        (false, true) => Fares::Stands,
        (false, false) => Fares::Runs,
    }
}
