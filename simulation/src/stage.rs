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

use crate::{
    dice::Dice,
    sites::{Entered, Fares, Sites},
};

/// Polls one of those that were woken at a time, which one is a matter of chance, and lets the
/// runtime's tasks have their turn in between. Ends when all have ended but those whose runtime
/// stands still to the end; polled again after that, it goes on with them.
pub(crate) struct Stage<'a> {
    clients: Vec<Option<Client<'a>>>,
    bells: Vec<Arc<Bell>>,
    outer: Arc<Mutex<Waker>>,
    sites: Sites,
    dice: Dice,
    /// Asked after each poll; ends the run if it says so.
    over: Box<dyn FnMut() -> bool + 'a>,
}

/// What a client does, and the runtime that it belongs to, if to one of two.
pub(crate) struct Client<'a> {
    pub(crate) site: Option<usize>,
    pub(crate) doing: LocalBoxFuture<'a, ()>,
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
        clients: Vec<Client<'a>>,
        sites: Sites,
        dice: Dice,
        over: impl FnMut() -> bool + 'a,
    ) -> Self {
        let outer = Arc::new(Mutex::new(Waker::noop().clone()));
        let bell =
            |_: &Client<'a>| Arc::new(Bell { rung: AtomicBool::new(true), outer: outer.clone() });
        let bells = clients.iter().map(bell).collect();
        let clients = clients.into_iter().map(Some).collect();
        Self { clients, bells, outer, sites, dice, over: Box::new(over) }
    }

    /// The clients that have been woken, and whose runtime runs.
    fn ready(&self) -> Vec<usize> {
        let ready = |&place: &usize| {
            self.bells[place].rung.load(SeqCst)
                && self.clients[place].as_ref().is_some_and(|client| {
                    client.site.is_none_or(|site| self.sites.fares(site) == Fares::Runs)
                })
        };
        (0..self.clients.len()).filter(ready).collect()
    }

    /// Drops the clients whose runtime has ended, and returns whether there is anything to wait for.
    fn goes_on(&mut self) -> bool {
        let sites = &self.sites;
        for client in &mut self.clients {
            let ended = |client: &mut Client<'a>| {
                client.site.is_some_and(|site| sites.fares(site) == Fares::Ended)
            };
            drop(client.take_if(ended));
        }
        let mut left = self.clients.iter().flatten();
        left.any(|client| client.site.is_none_or(|site| !sites.stands_to_the_end(site)))
    }
}

impl Future for Stage<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let stage = &mut *self;
        stage.outer.lock().unwrap_or_else(PoisonError::into_inner).clone_from(cx.waker());
        let ready = stage.ready();
        if !ready.is_empty() {
            let place = stage.dice.pick(&ready);
            let bell = stage.bells[place].clone();
            bell.rung.store(false, SeqCst);
            if let Some(Client { site, doing }) = &mut stage.clients[place] {
                let _entered = Entered::new(site.unwrap_or_default());
                if doing.as_mut().poll(&mut Context::from_waker(&Waker::from(bell))).is_ready() {
                    stage.clients[place] = None;
                }
            }
            if (stage.over)() {
                return Poll::Ready(());
            }
        }
        if !stage.goes_on() {
            return Poll::Ready(());
        }
        if !stage.ready().is_empty() {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}
