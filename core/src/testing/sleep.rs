//! Futures that wait for virtual time.

use super::{Virtual, state::Alarm};
use crate::time::Instant;

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

/// Ends once its clock has reached a point in time.
///
/// Its timer counts from the first poll on. Dropping the future disarms it.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct VirtualSleep {
    time: Virtual,
    deadline: Instant,
    armed: Option<Alarm>,
}

impl VirtualSleep {
    pub(super) fn new(time: Virtual, duration: Duration) -> Self {
        let deadline = time.with_state(|state| state.now() + duration);
        Self { time, deadline, armed: None }
    }
}

impl Future for VirtualSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self { time, deadline, armed } = &mut *self;
        let waker = context.waker().clone();
        let (poll, _unused) = time.with_state(|state| {
            if state.now() >= *deadline {
                return (Poll::Ready(()), Some(waker));
            }
            if *deadline == Instant::NEVER {
                return (Poll::Pending, Some(waker));
            }
            let alarm = *armed.get_or_insert_with(|| state.alarm(*deadline));
            (Poll::Pending, state.timers.insert(alarm, waker))
        });
        poll
    }
}

impl Drop for VirtualSleep {
    fn drop(&mut self) {
        if let Some(alarm) = self.armed {
            let _waker = self.time.with_state(|state| state.timers.remove(&alarm));
        }
    }
}

/// Ends once time has reached a goal and nothing is left to run there.
#[derive(Debug)]
pub(super) struct Advance {
    time: Virtual,
    goal: Instant,
    progress: SleepState,
}

#[derive(Clone, Copy, Debug)]
enum SleepState {
    Created,
    /// A run moves time to the goal.
    Awaited(Alarm),
    /// No run drives the clock, so each poll takes a step.
    OnItsOwn,
}

impl Advance {
    pub(super) fn new(time: Virtual, duration: Duration) -> Self {
        let goal = time.with_state(|state| state.after(duration));
        Self { time, goal, progress: SleepState::Created }
    }

    fn step(&mut self, waker: &Waker) -> Poll<()> {
        if matches!(self.progress, SleepState::OnItsOwn) && self.time.instant() >= self.goal {
            return Poll::Ready(());
        }
        self.progress = SleepState::OnItsOwn;
        self.time
            .with_state(|state| state.move_towards(self.goal))
            .into_iter()
            .for_each(Waker::wake);
        waker.wake_by_ref();
        Poll::Pending
    }
}

impl Future for Advance {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self { time, goal, progress } = &mut *self;
        let waker = context.waker().clone();
        let (poll, _unused) = time.with_state(|state| {
            if !state.driven {
                return (None, Some(waker));
            }
            let alarm = match *progress {
                // The run that took it out of the table has moved time to it.
                SleepState::Awaited(alarm) if !state.goals.contains_key(&alarm) => {
                    return (Some(Poll::Ready(())), Some(waker));
                }
                SleepState::Awaited(alarm) => alarm,
                SleepState::Created | SleepState::OnItsOwn => state.alarm(*goal),
            };
            *progress = SleepState::Awaited(alarm);
            (Some(Poll::Pending), state.goals.insert(alarm, waker))
        });
        match poll {
            Some(poll) => poll,
            None => self.step(context.waker()),
        }
    }
}

impl Drop for Advance {
    fn drop(&mut self) {
        if let SleepState::Awaited(alarm) = self.progress {
            let _waker = self.time.with_state(|state| state.goals.remove(&alarm));
        }
    }
}
