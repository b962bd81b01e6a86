//! A runtime on virtual time that may stand still beside another one, or end.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use evermemo_core::{
    BoxFuture, Domain, Instant, MultiThreaded, Runtime,
    testing::{Virtual, VirtualSleep},
};

use crate::sites::{Entered, Fares, Sites, current};

/// The runtime in context, or a certain one of them. While it stands still, its tasks are not
/// polled and its timers do not ring; its clock goes on.
#[derive(Clone)]
pub(crate) struct Sited {
    time: Virtual,
    /// `None` if there is but one, which always runs.
    sites: Option<Sites>,
    /// Whether it says which timers are driven together.
    named: bool,
    bound: Option<usize>,
}

impl Sited {
    pub(crate) const fn new(time: Virtual, sites: Option<Sites>, named: bool) -> Self {
        Self { time, sites, named, bound: None }
    }

    fn here(&self) -> usize {
        self.bound.unwrap_or_else(current)
    }
}

impl Runtime for Sited {
    type Threading = MultiThreaded;
    type Sleep = SitedSleep;

    fn now(&self) -> Instant {
        self.time.now()
    }

    fn sleep(&self, duration: Duration) -> SitedSleep {
        let site = self.sites.clone().map(|sites| (sites, self.here()));
        SitedSleep { sleep: self.time.sleep(duration), site, chime: None }
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        let Some(sites) = &self.sites else { return self.time.spawn(task) };
        let (sites, site) = (sites.clone(), self.here());
        self.time.spawn(Box::pin(Placed { sites, site, task: Some(task), known: false }));
    }

    fn bind(&self) -> Option<Self> {
        Some(Self { bound: Some(self.here()), ..self.clone() })
    }

    fn domain(&self) -> Option<Domain> {
        self.named.then(|| Domain::of::<Self>(self.here() as u64))
    }

    fn entered(&self) -> bool {
        self.bound.is_none_or(|site| site == current())
    }
}

/// A task of a runtime.
struct Placed {
    sites: Sites,
    site: usize,
    task: Option<BoxFuture<'static, ()>>,
    /// Its runtime knows it.
    known: bool,
}

impl Future for Placed {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { sites, site, task, known } = &mut *self;
        match sites.meet(*site, cx.waker()) {
            Fares::Stands => return Poll::Pending,
            Fares::Ended => {
                *task = None;
                return Poll::Ready(());
            }
            Fares::Runs => {}
        }
        if !std::mem::replace(known, true) {
            sites.add_task(*site, cx.waker());
        }
        let _entered = Entered::new(*site);
        task.as_mut().map_or(Poll::Ready(()), |task| task.as_mut().poll(cx))
    }
}

/// A timer of a runtime. It rings if that runs.
pub(crate) struct SitedSleep {
    sleep: VirtualSleep,
    site: Option<(Sites, usize)>,
    chime: Option<Arc<Chime>>,
}

impl Future for SitedSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { sleep, site, chime } = &mut *self;
        let Some((sites, site)) = site else { return Pin::new(sleep).poll(cx) };
        if sites.meet(*site, cx.waker()) != Fares::Runs {
            return Poll::Pending;
        }
        let chime = chime.get_or_insert_with(|| {
            let waker = Mutex::new(cx.waker().clone());
            Arc::new(Chime { sites: sites.clone(), site: *site, waker })
        });
        chime.waker.lock().unwrap_or_else(PoisonError::into_inner).clone_from(cx.waker());
        Pin::new(sleep).poll(&mut Context::from_waker(&Waker::from(chime.clone())))
    }
}

/// Wakes what a timer is to wake, unless its runtime stands still.
struct Chime {
    sites: Sites,
    site: usize,
    waker: Mutex<Waker>,
}

impl Wake for Chime {
    fn wake(self: Arc<Self>) {
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if self.sites.meet(self.site, &waker) == Fares::Runs {
            waker.wake();
        }
    }
}
