//! The loop of a run.

use super::{Virtual, current::Entered, state::VirtualState, tasks::MAIN, tasks::NextPoll};

use alloc::{format, string::String, vec::Vec};
use core::{
    future::Future,
    mem,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Polls `main` and the tasks until `main` ends.
#[track_caller]
pub(super) fn drive<F, O>(time: &Virtual, main: F) -> O
where
    F: AsyncFnOnce(Virtual) -> O,
{
    // Dropped in reverse order: `main` goes first, then the tasks, still in context.
    let _entered = Entered::new(time.clone());
    let _ending = RunEnd(time);
    let mut main = pin!(main(time.clone()));
    let main_waker = time.waker(MAIN);
    loop {
        match time.with_state(|state| state.tasks.take_turn()) {
            Some(NextPoll::Main) => {
                let poll = main.as_mut().poll(&mut Context::from_waker(&main_waker));
                if let Poll::Ready(output) = poll {
                    return output;
                }
            }
            Some(NextPoll::Task(id, mut future, waker)) => {
                let ended = future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
                let _over = time.with_state(|state| state.tasks.finish_turn(id, future, ended));
            }
            None => match time.with_state(|state| state.idle().ok_or_else(|| report(state))) {
                Ok(due) => due.into_iter().for_each(Waker::wake),
                Err(report) => panic!("{report}"),
            },
        }
    }
}

fn report(state: &VirtualState) -> String {
    let (tasks, elapsed) = (state.tasks.len(), state.elapsed());
    let timers = match state.next_timer() {
        None => String::from("no timer is armed"),
        Some(next) => format!(
            "time does not jump to the next of {} timers, in {:?}",
            state.timers.len(),
            next.saturating_since(state.now()),
        ),
    };
    format!(
        "deadlock on virtual time after {elapsed:?}: the main future waits, {tasks} tasks are \
         alive, none is runnable, {timers}"
    )
}

/// Ends a run, also when it unwinds: the remaining tasks are dropped, and no new one is accepted.
struct RunEnd<'a>(&'a Virtual);

impl Drop for RunEnd<'_> {
    fn drop(&mut self) {
        let (_tasks, advances) = self.0.with_state(|state| {
            state.driven = false;
            let advances: Vec<_> = mem::take(&mut state.goals).into_values().collect();
            (state.tasks.take_all(), advances)
        });
        // Those that are polled elsewhere go on by themselves.
        advances.into_iter().for_each(Waker::wake);
    }
}
