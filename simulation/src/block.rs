//! A load that blocks its thread on a call.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Wake, Waker},
};

use crate::{sites::SITES, world::World};

/// So many timers ring in the longest wait.
const MOST_STEPS: u32 = 50_000;

/// Polls a future to its end, as `block_on` does in an executor of one thread: nothing else is polled
/// meanwhile, but time passes, and timers ring.
pub(crate) fn block_on(world: &World, mut future: Pin<Box<dyn Future<Output = ()> + Send + '_>>) {
    let rung = Arc::new(Rung(AtomicBool::new(true)));
    let waker = Waker::from(rung.clone());
    world.note(|history| (0..SITES).for_each(|site| history.stands_still(site)));
    for steps in 0.. {
        if rung.0.swap(false, SeqCst) {
            if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                break;
            }
        } else if steps > MOST_STEPS || !world.clock.skip() {
            world.note(|history| history.violate(|_| "a blocked thread waits for ever".into()));
            break;
        }
    }
    world.note(|history| (0..SITES).for_each(|site| history.goes_on(site)));
}

struct Rung(AtomicBool);

impl Wake for Rung {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}
