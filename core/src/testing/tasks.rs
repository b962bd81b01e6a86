//! The tasks of a run, and which of them are runnable.

use super::order::{Order, Picker};
use crate::runtime::BoxFuture;

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    vec::Vec,
};
use core::task::Waker;

/// Identifies a task of one run.
pub(super) type TaskId = u64;

/// The future given to `run`: it waits for its turn like a task, but lives on the stack of `run`.
pub(super) const MAIN: TaskId = 0;

/// Every collection here is ordered, so that a run takes the same steps every time.
#[derive(Debug)]
pub(super) struct Tasks {
    alive: BTreeMap<TaskId, TaskSlot>,
    ready: VecDeque<TaskId>,
    queued: BTreeSet<TaskId>,
    picker: Picker,
    last: TaskId,
}

struct TaskSlot {
    /// Absent while it is polled.
    future: Option<BoxFuture<'static, ()>>,
    waker: Waker,
    /// To be dropped when its poll ends.
    doomed: bool,
}

/// The future to poll next.
pub(super) enum NextPoll {
    Main,
    Task(TaskId, BoxFuture<'static, ()>, Waker),
}

impl Tasks {
    pub(super) fn new(order: Order) -> Self {
        Self {
            alive: BTreeMap::new(),
            ready: VecDeque::new(),
            queued: BTreeSet::new(),
            picker: Picker::new(order),
            last: MAIN,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.alive.len()
    }

    pub(super) fn wake(&mut self, id: TaskId) {
        if self.queued.insert(id) {
            self.ready.push_back(id);
        }
    }

    pub(super) fn add(
        &mut self,
        future: BoxFuture<'static, ()>,
        waker: impl FnOnce(TaskId) -> Waker,
    ) {
        self.last += 1;
        let slot = TaskSlot { future: Some(future), waker: waker(self.last), doomed: false };
        self.alive.insert(self.last, slot);
        self.wake(self.last);
    }

    /// Chooses the future to poll next; a task has to be returned by [`Tasks::finish_turn`].
    pub(super) fn take_turn(&mut self) -> Option<NextPoll> {
        loop {
            let id = self.picker.pick(&mut self.ready)?;
            self.queued.remove(&id);
            if id == MAIN {
                return Some(NextPoll::Main);
            }
            // A task may have been woken and then have ended.
            let Some(slot) = self.alive.get_mut(&id) else { continue };
            if let Some(future) = slot.future.take() {
                return Some(NextPoll::Task(id, future, slot.waker.clone()));
            }
        }
    }

    /// Returns the task if it is doomed, to be dropped outside the lock.
    pub(super) fn finish_turn(
        &mut self,
        id: TaskId,
        future: BoxFuture<'static, ()>,
        ended: bool,
    ) -> Option<BoxFuture<'static, ()>> {
        match self.alive.get_mut(&id) {
            Some(slot) if !ended && !slot.doomed => {
                slot.future = Some(future);
                None
            }
            _ => {
                self.alive.remove(&id);
                Some(future)
            }
        }
    }

    /// Takes all tasks out, to be dropped outside the lock. A task that is being polled follows
    /// later.
    ///
    /// Also returns their number.
    pub(super) fn take_all(&mut self) -> (Vec<BoxFuture<'static, ()>>, usize) {
        let mut taken = Vec::new();
        let mut count = 0;
        self.alive.retain(|_, slot| {
            let polled = slot.future.is_none();
            count += usize::from(!slot.doomed);
            slot.doomed = true;
            taken.extend(slot.future.take());
            polled
        });
        (taken, count)
    }
}

impl core::fmt::Debug for TaskSlot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Slot").field("doomed", &self.doomed).finish_non_exhaustive()
    }
}
