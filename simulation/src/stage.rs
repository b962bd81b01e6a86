//! The clients of a run, as one future.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

use evermemo_core::LocalBoxFuture;

use crate::dice::Dice;

/// Polls one of those that were woken at a time, which one is a matter of chance, and lets the
/// runtime's tasks have their turn in between.
pub(crate) struct Stage<'a> {
    clients: Vec<Option<LocalBoxFuture<'a, ()>>>,
    bells: Vec<Arc<Bell>>,
    outer: Arc<Mutex<Waker>>,
    dice: Dice,
    /// Asked after each poll; ends the run if it says so.
    over: Box<dyn FnMut() -> bool + 'a>,
}

/// Wakes a client.
struct Bell {
    rung: AtomicBool,
    outer: Arc<Mutex<Waker>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, SeqCst);
        let outer = self.outer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        outer.wake();
    }
}

impl<'a> Stage<'a> {
    pub(crate) fn new(
        clients: Vec<LocalBoxFuture<'a, ()>>,
        dice: Dice,
        over: impl FnMut() -> bool + 'a,
    ) -> Self {
        let outer = Arc::new(Mutex::new(Waker::noop().clone()));
        let bell = |_: &LocalBoxFuture<'a, ()>| {
            Arc::new(Bell { rung: AtomicBool::new(true), outer: outer.clone() })
        };
        let bells = clients.iter().map(bell).collect();
        let clients = clients.into_iter().map(Some).collect();
        Self { clients, bells, outer, dice, over: Box::new(over) }
    }
}

impl Future for Stage<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let stage = &mut *self;
        stage.outer.lock().unwrap_or_else(PoisonError::into_inner).clone_from(cx.waker());
        let rung = |place: &usize| {
            stage.clients[*place].is_some() && stage.bells[*place].rung.load(SeqCst)
        };
        let ready: Vec<usize> = (0..stage.clients.len()).filter(rung).collect();
        if let Some(left) = ready.len().checked_sub(1) {
            let place = stage.dice.pick(&ready);
            let bell = stage.bells[place].clone();
            bell.rung.store(false, SeqCst);
            if let Some(client) = &mut stage.clients[place]
                && client.as_mut().poll(&mut Context::from_waker(&Waker::from(bell))).is_ready()
            {
                stage.clients[place] = None;
            }
            if (stage.over)() {
                return Poll::Ready(());
            }
            if left > 0 {
                cx.waker().wake_by_ref();
            }
        }
        match stage.clients.iter().all(Option::is_none) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}
