//! One write: its stage, and the storage's work for it.

use core::{
    mem,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use super::{WriteResult, late::Put};
use crate::{
    error::{StorageError, StorageFailure},
    future::{contained, drop_contained},
    runtime::Threading,
    sync::{Arc, Mutex},
    types::FutureOf,
};

/// The storage's work for a write that waits.
pub(super) type Work<M> = FutureOf<M, Result<(), StorageError>>;

/// A write that waits for its turn, or has it.
pub(super) struct WriteTurn<M: Threading> {
    state: Mutex<TurnState<M>>,
}

struct TurnState<M: Threading> {
    stage: TurnStage,
    /// It is an insertion or a removal: the entry of its key is out of date unless it succeeds.
    changes: bool,
    /// It has replaced another write that changes something.
    covers: bool,
    /// The storage's work, absent while it is polled.
    work: Option<Work<M>>,
    /// The value that the storage was given to write, until it answers.
    put: Option<Put>,
    /// Wakes the writer.
    waker: Option<Waker>,
    /// Reports the result of this write to the writers of those that it has replaced.
    result: Option<Arc<WriteResult>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TurnStage {
    Waits,
    Entered,
    Replaced,
    /// Its time is over, and it is given up.
    Ousted,
}

/// The end of a wait for a turn.
pub(crate) enum Entry {
    Entered,
    /// A newer write has replaced this one, and has this result.
    Replaced(Arc<WriteResult>),
    /// Its time is over, and another write would not wait any longer.
    Ousted,
}

impl<M: Threading> WriteTurn<M> {
    pub(super) fn new(changes: bool) -> Self {
        Self {
            state: Mutex::new(TurnState {
                stage: TurnStage::Waits,
                changes,
                covers: false,
                work: None,
                put: None,
                waker: None,
                result: None,
            }),
        }
    }

    /// Lets the write begin; returns its writer's waker.
    pub(super) fn enter(&self) -> Option<Waker> {
        self.state.with(|state| {
            state.stage = TurnStage::Entered;
            state.waker.take()
        })
    }

    pub(super) fn has_entered(&self) -> bool {
        self.state.with(|state| state.stage == TurnStage::Entered)
    }

    pub(super) fn covers(&self) -> bool {
        self.state.with(|state| state.covers)
    }

    /// Reports the result to the writers of the replaced writes, if none has been reported. A
    /// failure has been counted.
    pub(super) fn tell(&self, changed: &Result<(), StorageError>) {
        self.bring(changed, true);
    }

    /// Reports to them that the result is unknown, if none has been reported.
    pub(super) fn give_up(&self) {
        self.bring(&Err(Arc::new(StorageFailure::TimedOut)), false);
    }

    fn bring(&self, changed: &Result<(), StorageError>, counted: bool) {
        let result = self.state.with(|state| match state.stage {
            TurnStage::Replaced => None,
            _ => state.result.clone(),
        });
        if let Some(result) = result {
            result.bring(changed.clone(), counted);
        }
    }

    /// Returns the result that this write will have, or the one that replaces it.
    pub(super) fn result(&self) -> Arc<WriteResult> {
        self.state
            .with(|state| state.result.get_or_insert_with(|| Arc::new(WriteResult::new())).clone())
    }

    /// Replaces another write, which waits; returns its writer's waker.
    pub(super) fn replace(&self, other: &Self) -> Option<Waker> {
        let (covers, result, waker) = other.state.with(|other| {
            other.stage = TurnStage::Replaced;
            let result = other.result.get_or_insert_with(|| Arc::new(WriteResult::new()));
            (other.changes || other.covers, result.clone(), other.waker.take())
        });
        self.state.with(|state| {
            state.covers = covers;
            state.result = Some(result);
        });
        waker
    }

    /// Ends the write, if it has not ended; returns its work, to be dropped, its writer's waker,
    /// and the value that the storage has not confirmed.
    pub(super) fn oust(&self) -> (Option<Work<M>>, Option<Waker>, Option<Put>) {
        self.state.with(|state| {
            if state.stage != TurnStage::Replaced {
                state.stage = TurnStage::Ousted;
            }
            (state.work.take(), state.waker.take(), state.put.take())
        })
    }

    pub(super) fn poll_entered(&self, cx: &Context<'_>) -> Poll<Entry> {
        let waker = cx.waker().clone();
        let (entry, unused) = self.state.with(|state| match (state.stage, &state.result) {
            (TurnStage::Waits, _) => (Poll::Pending, state.waker.replace(waker)),
            (TurnStage::Entered, _) => (Poll::Ready(Entry::Entered), Some(waker)),
            (TurnStage::Replaced, Some(result)) => {
                (Poll::Ready(Entry::Replaced(result.clone())), Some(waker))
            }
            (TurnStage::Replaced | TurnStage::Ousted, _) => {
                (Poll::Ready(Entry::Ousted), Some(waker))
            }
        });
        drop(unused);
        entry
    }

    /// Gives the storage its work; returns it if the write's time is over.
    pub(super) fn begin(&self, work: Work<M>, put: Option<Put>) -> Option<Work<M>> {
        let late = self.put_back(work, None).0;
        if late.is_none() {
            self.state.with(|state| state.put = put);
        }
        late
    }

    /// Takes the value that the storage was given to write, if it is still there: the storage has
    /// answered.
    pub(super) fn answered(&self) -> Option<Put> {
        self.state.with(|state| state.put.take())
    }

    pub(super) fn poll_work(&self, cx: &mut Context<'_>) -> Poll<Result<(), StorageError>> {
        let taken = self.state.with(|state| state.work.take());
        let Some(mut work) = taken else {
            return Poll::Ready(Err(Arc::new(StorageFailure::TimedOut)));
        };
        match contained(|| Pin::new(&mut work).poll(cx)) {
            Ok(Poll::Pending) => {
                let (late, _replaced) = self.put_back(work, Some(cx.waker().clone()));
                match late {
                    None => Poll::Pending,
                    late => {
                        drop_contained(late);
                        Poll::Ready(Err(Arc::new(StorageFailure::TimedOut)))
                    }
                }
            }
            Ok(Poll::Ready(changed)) => {
                drop_contained(work);
                Poll::Ready(changed)
            }
            Err(_) => {
                drop_contained(work);
                Poll::Ready(Err(Arc::new(StorageFailure::Panicked)))
            }
        }
    }

    /// Returns the work if the write's time is over, and the previous waker.
    fn put_back(&self, work: Work<M>, waker: Option<Waker>) -> (Option<Work<M>>, Option<Waker>) {
        self.state.with(|state| {
            let replaced = mem::replace(&mut state.waker, waker);
            match state.stage {
                TurnStage::Entered => (state.work.replace(work), replaced),
                _ => (Some(work), replaced),
            }
        })
    }
}
