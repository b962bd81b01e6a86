//! A function that works, fails, panics or hangs as it is told, and an observer that writes down
//! what it hears.

use evermemo::{BoxFuture, Event, Observer, Operation, Trigger};
use evermemo_tests::{Numbered, caught_now};
use std::{
    fmt::Display,
    future::pending,
    panic::resume_unwind,
    sync::{Arc, Mutex},
    time::Duration,
};

/// What a run does once it has passed its gate.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// Returns its number.
    Works,
    /// Fails with this.
    Fails(&'static str),
    /// Panics with "boom".
    Panics,
    /// Never ends.
    Hangs,
}

/// A function whose value is the number of its run, if it is told to work. Clones are one.
#[derive(Clone, Debug)]
pub(crate) struct Backend {
    pub(crate) source: Numbered,
    way: Arc<Mutex<Way>>,
}

impl Backend {
    /// Makes one that works, and whose gates are open.
    pub(crate) fn up() -> Self {
        Self { source: Numbered::open(), way: Arc::new(Mutex::new(Way::Works)) }
    }

    /// Makes one that works once, by a gate that is shut for every run but the first.
    pub(crate) fn shut_after_first() -> Self {
        let backend = Self { source: Numbered::shut(), way: Arc::new(Mutex::new(Way::Works)) };
        backend.source.gates.open_at(1);
        backend
    }

    /// Sets what runs do that end from now on.
    pub(crate) fn set(&self, way: Way) {
        *self.way.lock().expect("nothing panics in here") = way;
    }

    /// Lets runs fail that end from now on.
    pub(crate) fn fail(&self) {
        self.set(Way::Fails("down"));
    }

    /// Returns how many runs have begun.
    pub(crate) fn count(&self) -> u32 {
        self.source.count()
    }

    /// Returns the function, to be wrapped.
    pub(crate) fn method(
        &self,
    ) -> impl Fn(u32) -> BoxFuture<'static, Result<u32, &'static str>> + Send + Sync + use<> {
        let (way, method) = (self.way.clone(), self.source.method());
        move |key| {
            let (way, run) = (way.clone(), method(key));
            Box::pin(async move {
                let run = run.await;
                let way = *way.lock().expect("nothing panics in here");
                match way {
                    Way::Works => Ok(run),
                    Way::Fails(error) => Err(error),
                    Way::Panics => boom(),
                    Way::Hangs => pending().await,
                }
            })
        }
    }
}

/// Panics without a message on the screen, on whichever thread.
pub(crate) fn boom() -> ! {
    resume_unwind(caught_now(|| panic!("boom")).expect_err("it panics"))
}

/// What an observer was told. A failure is its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Stale(u32, u32),
    Joined(u32),
    Rejected(String),
    Started(u32, Trigger),
    Ended { key: u32, trigger: Trigger, result: Result<u32, String> },
    StorageFailed(Option<u32>, Operation),
    Evicted(u32),
    Invalidated(u32),
    Inserted(u32),
    Cleared,
}

/// Writes down what it hears. Clones write on one page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    lines: Arc<Mutex<Vec<Line>>>,
}

#[derive(Clone, Debug)]
struct Line {
    told: Told,
    took: Duration,
    retried_after: Option<Duration>,
}

impl Page {
    /// Returns all that was told since this was last called.
    pub(crate) fn take(&self) -> Vec<Told> {
        self.with(|lines| lines.drain(..).map(|line| line.told).collect())
    }

    /// Returns after what time each load that ended is tried again, in order.
    pub(crate) fn pauses(&self) -> Vec<Option<Duration>> {
        self.ended().map(|line| line.retried_after).collect()
    }

    /// Returns the pause after the newest load, which has failed.
    pub(crate) fn last_pause(&self) -> Duration {
        self.pauses().pop().flatten().expect("a load that has failed and is tried again")
    }

    /// Returns how long each load took, in order of their ends.
    pub(crate) fn took(&self) -> Vec<Duration> {
        self.ended().map(|line| line.took).collect()
    }

    fn ended(&self) -> impl Iterator<Item = Line> + use<> {
        let lines = self.with(|lines| lines.clone());
        lines.into_iter().filter(|line| matches!(line.told, Told::Ended { .. }))
    }

    fn with<O>(&self, f: impl FnOnce(&mut Vec<Line>) -> O) -> O {
        f(&mut self.lines.lock().expect("nothing panics in here"))
    }
}

impl<E: Display + 'static> Observer<u32, u32, E> for Page {
    fn observe(&self, event: &Event<'_, u32, u32, E>) {
        let (mut since, mut after) = (Duration::ZERO, None);
        let told = match *event {
            Event::Stale { key, entry, .. } => Told::Stale(*key, entry.value),
            Event::Joined { key, .. } => Told::Joined(*key),
            Event::Rejected { failure, .. } => Told::Rejected(failure.to_string()),
            Event::LoadStarted { key, trigger, .. } => Told::Started(*key, trigger),
            Event::LoadEnded { key, trigger, ref result, took, retried_after, .. } => {
                (since, after) = (took, retried_after);
                let result = match result {
                    Ok(entry) => Ok(entry.value),
                    Err(failure) => Err(failure.to_string()),
                };
                Told::Ended { key: *key, trigger, result }
            }
            Event::StorageFailed { key, operation, .. } => {
                Told::StorageFailed(key.copied(), operation)
            }
            Event::Evicted { key, .. } => Told::Evicted(*key),
            Event::Invalidated { key, .. } => Told::Invalidated(*key),
            Event::Inserted { key, .. } => Told::Inserted(*key),
            Event::Cleared { .. } => Told::Cleared,
            _ => unreachable!("an event that no test knows"),
        };
        self.with(|lines| lines.push(Line { told, took: since, retried_after: after }));
    }
}
