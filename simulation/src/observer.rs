//! Who hears of what the cache does.

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use evermemo_core::{Event, Observer};

use crate::{
    history::Times,
    world::{Down, Value, World},
};

/// Takes down what is told, and panics now and then, which no caller may notice.
pub(crate) struct Listener {
    pub(crate) world: Arc<World>,
    heard: AtomicUsize,
}

/// How often something was told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heard {
    pub(crate) started: usize,
    pub(crate) joined: usize,
    pub(crate) rejected: usize,
    pub(crate) storage_failed: usize,
}

impl Listener {
    pub(crate) const fn new(world: Arc<World>) -> Self {
        Self { world, heard: AtomicUsize::new(0) }
    }
}

impl Observer<u32, Value, Down> for Listener {
    fn observe(&self, event: &Event<'_, u32, Value, Down>) {
        {
            let mut history = self.world.history();
            let heard = &mut history.heard;
            match event {
                Event::LoadStarted { .. } => heard.started += 1,
                Event::Joined { .. } => heard.joined += 1,
                Event::Rejected { .. } => heard.rejected += 1,
                Event::StorageFailed { .. } => heard.storage_failed += 1,
                // What is stored may have other times than it was built with.
                Event::LoadEnded { result: Ok(entry), .. } | Event::Stale { entry, .. } => {
                    let times = Times::of(entry);
                    history.dated(entry.value.number, times);
                }
                _ => {}
            }
        }
        if self.heard.fetch_add(1, Relaxed) % 7 == 6 {
            resume_unwind(Box::new("a panic of the observer"));
        }
    }
}
