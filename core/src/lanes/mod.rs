//! One write at a time for each key, where a storage or a strategy makes writes take time.

mod late;
mod owed;
mod result;
mod turn;
mod under_way;

pub(crate) use self::{
    late::{FoundTimes, Put},
    result::WriteResult,
    turn::Entry,
    under_way::WriteUnderWay,
};

use core::{future::poll_fn, task::Waker, time::Duration};

use hashbrown::HashMap;

use self::{
    owed::Owed,
    turn::{Work, WriteTurn},
};
use crate::{
    error::{StorageError, StorageFailure},
    future::{drop_contained, within},
    hasher::KeyHasher,
    planted::{self, Fault},
    runtime::{KeyOf, Threading},
    storage::Change,
    sync::{Arc, Mutex},
};

use alloc::vec::Vec;

/// Keeps the writes of one key apart, and a clear from all of them.
///
/// Each key has at most one write under way, and one that waits, the newest; it has replaced the
/// one that waited before. A clear waits for the writes under way, and later writes wait for it. A
/// write whose time is over is ousted by the one that waits for it, whether anything polls it or
/// not.
///
/// A change that supersedes a flight and then enters the key's lane finds either that the flight's
/// offer has ended, or that it will never begin.
pub(crate) struct Lanes<M: Threading> {
    busy: Mutex<Busy<M>>,
    /// The entries that writes have left behind and that are no answer. They are noted before the
    /// next write begins.
    pub(crate) owed: Owed<KeyOf<M>>,
}

struct Busy<M: Threading> {
    lanes: HashMap<KeyOf<M>, Lane<M>, KeyHasher>,
    /// How many keys have a write under way.
    under_way: usize,
    /// The lane of all keys, which a clear enters.
    all: Lane<M>,
}

struct Lane<M: Threading> {
    under: Option<Arc<WriteTurn<M>>>,
    next: Option<Arc<WriteTurn<M>>>,
}

/// A write's position in its lane, or apart from all lanes. When it is dropped, the write has left
/// it.
pub(crate) struct Position<'a, M: Threading> {
    lanes: &'a Lanes<M>,
    /// `None` for all keys.
    key: Option<KeyOf<M>>,
    turn: Arc<WriteTurn<M>>,
}

/// The wakers to wake, and the lane to drop, outside the lock.
type Released<M> = (Vec<Waker>, Option<(KeyOf<M>, Lane<M>)>);

impl<M: Threading> Lanes<M> {
    pub(crate) fn new() -> Self {
        let lanes = HashMap::with_hasher(KeyHasher::default());
        let busy = Mutex::new(Busy { lanes, under_way: 0, all: Lane::empty() });
        Self { busy, owed: Owed::new() }
    }

    /// Enters the lane of `key`, if it is empty.
    pub(crate) fn try_enter(&self, key: &KeyOf<M>) -> Option<Position<'_, M>> {
        let (position, held) = (self.position(Some(key), true), key.clone());
        let entered = self.busy.with(|busy| {
            let free = busy.is_free(Some(key));
            if free {
                busy.enter(Some(held), &position.turn);
            }
            free
        });
        entered.then_some(position)
    }

    /// Enters the lane of `key`, or of all, or waits there in place of the write that has waited so
    /// far. The successor of a write that `changes` something has to make up for it.
    pub(crate) fn queue(&self, key: Option<&KeyOf<M>>, changes: bool) -> Position<'_, M> {
        let (position, held) = (self.position(key, changes), key.cloned());
        let replaced = self.busy.with(|busy| {
            if busy.is_free(key) {
                busy.enter(held, &position.turn);
                return None;
            }
            let lane = match held {
                Some(key) => busy.lanes.entry(key).or_insert_with(Lane::empty),
                None => &mut busy.all,
            };
            if let Some(older) = lane.next.as_ref().filter(|_| planted::is(Fault::OlderWaits)) {
                older.replace(&position.turn);
                return None;
            }
            let replaced = lane.next.replace(position.turn.clone())?;
            let waker = position.turn.replace(&replaced);
            Some((replaced, waker))
        });
        if let Some((_, Some(waker))) = replaced {
            waker.wake();
        }
        position
    }

    /// Makes the position of a write that takes no turn.
    pub(crate) fn apart(&self, key: &KeyOf<M>) -> Position<'_, M> {
        let position = self.position(Some(key), false);
        position.turn.enter();
        position
    }

    fn position(&self, key: Option<&KeyOf<M>>, changes: bool) -> Position<'_, M> {
        Position { lanes: self, key: key.cloned(), turn: Arc::new(WriteTurn::new(changes)) }
    }

    /// Returns the write that keeps another from its turn.
    fn blocker(&self, key: Option<&KeyOf<M>>) -> Option<Arc<WriteTurn<M>>> {
        self.busy.with(|busy| {
            let own = key.and_then(|key| busy.lanes.get(key)?.under.clone());
            let waiting = || busy.all.next.clone().filter(|_| key.is_some());
            own.or_else(|| busy.all.under.clone()).or_else(waiting)
        })
    }

    /// Waits for the result of the write of `key` that has replaced the caller's. A write that
    /// blocks it for as long as `patience` by the timer, if there is one, is ousted: its runtime
    /// may stand still.
    pub(crate) async fn brought(
        &self,
        key: Option<&KeyOf<M>>,
        result: &WriteResult,
        patience: Duration,
        timer: Option<&M::Clock>,
    ) -> Result<(), StorageError> {
        let Some(timer) = timer.filter(|_| !planted::is(Fault::ReplacedUnbounded)) else {
            return result.brought().await;
        };
        loop {
            let blocker = self.blocker(key);
            if let Ok(brought) = within::<_, M>(patience, timer, result.brought()).await {
                return brought;
            }
            self.oust(key, blocker);
        }
    }

    /// Ends a write that has blocked another one for as long as a write may take.
    fn oust(&self, key: Option<&KeyOf<M>>, blocker: Option<Arc<WriteTurn<M>>>) {
        match (blocker, key) {
            (Some(turn), _) => {
                // Either the key's own, or that of all.
                self.end(key, &turn);
                self.end(None, &turn);
            }
            // No write has begun since a clear began to wait.
            (None, None) => {
                let under: Vec<_> = self.busy.with(|busy| {
                    let under = |(key, lane): (&KeyOf<M>, &Lane<M>)| {
                        Some((key.clone(), lane.under.clone()?))
                    };
                    busy.lanes.iter().filter_map(under).collect()
                });
                under.iter().for_each(|(key, turn)| self.end(Some(key), turn));
            }
            (None, Some(_)) => {}
        }
    }

    fn end(&self, key: Option<&KeyOf<M>>, turn: &Arc<WriteTurn<M>>) {
        let is_there = self.busy.with(|busy| busy.holds(key, turn));
        if is_there {
            let (work, waker, put) = turn.oust();
            drop_contained(work);
            self.note_late(key, put, false);
            self.leave(key, turn);
            turn.give_up();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    fn note_late(&self, key: Option<&KeyOf<M>>, put: Option<Put>, answered: bool) {
        if let (Some(key), Some(put)) = (key, put) {
            self.owed.note_late(key, put, answered);
        }
    }

    fn leave(&self, key: Option<&KeyOf<M>>, turn: &Arc<WriteTurn<M>>) {
        let (wakers, left) = self.busy.with(|busy| busy.leave(key, turn));
        wakers.into_iter().for_each(Waker::wake);
        drop(left);
    }
}

impl<M: Threading> Busy<M> {
    fn is_free(&self, key: Option<&KeyOf<M>>) -> bool {
        let free = match key {
            Some(key) => self.lanes.get(key).is_none_or(Lane::is_empty),
            None => self.under_way == 0,
        };
        free && self.all.is_empty()
    }

    fn enter(&mut self, key: Option<KeyOf<M>>, turn: &Arc<WriteTurn<M>>) {
        turn.enter();
        let lane = match key {
            Some(key) => {
                self.under_way += 1;
                self.lanes.entry(key).or_insert_with(Lane::empty)
            }
            None => &mut self.all,
        };
        lane.under = Some(turn.clone());
    }

    fn lane(&mut self, key: Option<&KeyOf<M>>) -> Option<&mut Lane<M>> {
        match key {
            Some(key) => self.lanes.get_mut(key),
            None => Some(&mut self.all),
        }
    }

    fn holds(&mut self, key: Option<&KeyOf<M>>, turn: &Arc<WriteTurn<M>>) -> bool {
        self.lane(key).is_some_and(|lane| {
            [&lane.under, &lane.next].into_iter().flatten().any(|held| Arc::ptr_eq(held, turn))
        })
    }

    fn leave(&mut self, key: Option<&KeyOf<M>>, turn: &Arc<WriteTurn<M>>) -> Released<M> {
        let mut wakers = Vec::new();
        let Some(lane) = self.lane(key) else { return (wakers, None) };
        let is_it = |held: &Option<Arc<WriteTurn<M>>>| {
            held.as_ref().is_some_and(|held| Arc::ptr_eq(held, turn))
        };
        if is_it(&lane.under) {
            lane.under = None;
            self.under_way -= usize::from(key.is_some());
        } else if is_it(&lane.next) {
            lane.next = None;
        } else {
            return (wakers, None);
        }
        self.advance(key, &mut wakers);
        let emptied = key.filter(|&key| self.lanes.get(key).is_some_and(Lane::is_empty));
        (wakers, emptied.and_then(|key| self.lanes.remove_entry(key)))
    }

    /// Lets the writes begin that nothing blocks any more.
    fn advance(&mut self, key: Option<&KeyOf<M>>, wakers: &mut Vec<Waker>) {
        if self.all.under.is_some() {
            return;
        }
        if self.all.next.is_some() {
            if self.under_way == 0 {
                self.all.advance(wakers);
            }
            return;
        }
        match key {
            Some(key) => {
                if let Some(lane) = self.lanes.get_mut(key) {
                    self.under_way += usize::from(lane.advance(wakers));
                }
            }
            None => {
                for lane in self.lanes.values_mut() {
                    self.under_way += usize::from(lane.advance(wakers));
                }
            }
        }
    }
}

impl<M: Threading> Lane<M> {
    const fn empty() -> Self {
        Self { under: None, next: None }
    }

    const fn is_empty(&self) -> bool {
        self.under.is_none() && self.next.is_none()
    }

    fn advance(&mut self, wakers: &mut Vec<Waker>) -> bool {
        if self.under.is_some() || self.next.is_none() {
            return false;
        }
        self.under = self.next.take();
        if let Some(turn) = &self.under {
            wakers.extend(turn.enter());
        }
        true
    }
}

impl<M: Threading> Position<'_, M> {
    pub(crate) fn has_entered(&self) -> bool {
        self.turn.has_entered()
    }

    /// Returns whether the write has replaced another one that changes something.
    pub(crate) fn covers(&self) -> bool {
        self.turn.covers()
    }

    /// Waits for the turn. A write that blocks it for as long as `patience` by the timer, if there
    /// is one, is ousted.
    pub(crate) async fn entered(&self, patience: Duration, timer: Option<&M::Clock>) -> Entry {
        loop {
            let key = self.key.as_ref();
            let blocker = self.lanes.blocker(key);
            let entered = poll_fn(|cx| self.turn.poll_entered(cx));
            let Some(timer) = timer.filter(|_| !planted::is(Fault::NeverOusted)) else {
                return entered.await;
            };
            if let Ok(entry) = within::<_, M>(patience, timer, entered).await {
                return entry;
            }
            self.lanes.oust(key, blocker);
        }
    }

    /// Lets the storage do its work in this turn, for as long as `patience` by the timer, if there
    /// is one. A value that it is given to `put` may be written later if it does not answer.
    pub(crate) async fn perform(
        &self,
        patience: Duration,
        timer: Option<&M::Clock>,
        change: Change<Work<M>>,
        put: Option<Put>,
    ) -> Result<(), StorageError> {
        let Change::Waits(work) = change else { return Ok(()) };
        if let Some(late) = self.turn.begin(work, put) {
            drop_contained(late);
            self.note_late(put, false);
        }
        let worked = poll_fn(|cx| self.turn.poll_work(cx));
        let changed = match timer {
            None => worked.await,
            Some(timer) => match within::<_, M>(patience, timer, worked).await {
                Ok(changed) => changed,
                Err(_) => {
                    let (work, waker, put) = self.turn.oust();
                    self.note_late(put, false);
                    drop_contained((work, waker));
                    Err(Arc::new(StorageFailure::TimedOut) as StorageError)
                }
            },
        };
        let put = self.turn.answered();
        if let Err(error) = &changed {
            self.note_late(put, !error.is::<StorageFailure>());
        }
        changed
    }

    /// Notes a value that the storage may write at any time, as it has not answered, or has
    /// `answered` with an error.
    pub(crate) fn note_late(&self, put: Option<Put>, answered: bool) {
        self.lanes.note_late(self.key.as_ref(), put, answered);
    }

    /// Reports the result of this write to the writers of those that it has replaced. A failure
    /// has been counted.
    pub(crate) fn tell(&self, changed: &Result<(), StorageError>) {
        self.turn.tell(changed);
    }
}

impl<M: Threading> Drop for Position<'_, M> {
    fn drop(&mut self) {
        if planted::is(Fault::LaneStaysBusy) {
            return;
        }
        let (work, _waker, put) = self.turn.oust();
        drop_contained(work);
        self.note_late(put, false);
        self.lanes.leave(self.key.as_ref(), &self.turn);
        // An result that was reported before stands.
        self.turn.give_up();
    }
}
