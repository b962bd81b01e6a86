//! A storage that waits, and does whatever a storage may do.

use std::{
    collections::BTreeMap,
    error, fmt,
    panic::resume_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use evermemo_core::{BoxFuture, CacheEntry, CacheStorage, Found, Instant, Lookup};

use crate::{
    dice::Dice,
    operation::ms,
    subject::Even,
    world::{Value, World},
};

/// Keeps entries behind a wait. It may fail before it takes effect or after, hang, panic, decline
/// what it is offered, and lose what it has; it never answers with what it was told to remove.
#[derive(Clone)]
pub(crate) struct Remote {
    world: Arc<World>,
    shelf: Arc<Mutex<BTreeMap<u32, CacheEntry<Value>>>>,
    late: Arc<Mutex<Vec<Late>>>,
}

/// A write that is given up, and when it takes effect.
struct Late {
    due: Instant,
    key: u32,
    entry: CacheEntry<Value>,
}

/// The error of a storage that fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unwell;

impl fmt::Display for Unwell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the storage is unwell")
    }
}

impl error::Error for Unwell {}

/// How one operation goes.
#[derive(Clone, Copy, Default)]
struct Course {
    before: Duration,
    after: Duration,
    fails_before: bool,
    fails_after: bool,
    panics: bool,
    loses: bool,
    /// Hangs, and takes effect so much later, whatever becomes of it.
    late: Option<Duration>,
    /// Declines, and leaves nothing of the key behind.
    declines: bool,
}

/// What an operation is, for its numbers.
#[derive(Clone, Copy)]
enum What {
    Get = 101,
    Offer = 102,
    Release = 103,
    Clear = 104,
}

impl Remote {
    pub(crate) fn new(world: Arc<World>) -> Self {
        Self { world, shelf: Arc::default(), late: Arc::default() }
    }

    pub(crate) fn each(&self, mut each: impl FnMut(u32, &CacheEntry<Value>)) {
        self.shelf().iter().for_each(|(&key, entry)| each(key, entry));
    }

    fn shelf(&self) -> MutexGuard<'_, BTreeMap<u32, CacheEntry<Value>>> {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.world.clock.now();
        let is_due = |late: &mut Late| late.due <= now;
        for Late { key, entry, .. } in self.late().extract_if(.., is_due) {
            shelf.insert(key, entry);
        }
        shelf
    }

    fn late(&self) -> MutexGuard<'_, Vec<Late>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn course(&self, what: What, key: u32) -> Course {
        let weather = self.world.setup.weather;
        if self.world.is_calm() {
            return Course::default();
        }
        let mut dice = self.world.dice_now(what as u64, key);
        let delay = |dice: &mut Dice| match dice.once_in(3) {
            true => Duration::ZERO,
            false => ms(dice.below(weather.delay + 1).into()),
        };
        let (mut before, mut after) = (delay(&mut dice), delay(&mut dice));
        let fails = weather.fails && dice.once_in(4);
        let fault = if fails { dice.below(6) } else { u32::MAX };
        match fault {
            0 => before = ms(10_000),
            1 => after = ms(10_000),
            _ => {}
        }
        Course {
            before,
            after,
            fails_before: matches!(fault, 2 | 3),
            fails_after: fault == 4,
            panics: fault == 5 && matches!(what, What::Offer),
            loses: weather.loses && dice.once_in(4),
            declines: weather.loses && dice.once_in(4),
            late: (fault == 0 && dice.once_in(2))
                .then(|| ms(dice.pick(&[5, 40, 200, 1_500, 3_000]))),
        }
    }

    /// `held` is dropped when the operation has ended or is given up.
    fn run<O: Send + 'static>(
        &self,
        course: Course,
        held: impl Send + 'static,
        effect: impl FnOnce(&Self) -> O + Send + 'static,
    ) -> BoxFuture<'static, Result<O, Unwell>> {
        let remote = self.clone();
        Box::pin(async move {
            let _held = held;
            let clock = &remote.world.clock;
            if !course.before.is_zero() {
                clock.sleep(course.before).await;
            }
            if course.panics {
                resume_unwind(Box::new("a panic of the storage"));
            }
            if course.fails_before || course.late.is_some() {
                return Err(Unwell);
            }
            let output = effect(&remote);
            if !course.after.is_zero() {
                clock.sleep(course.after).await;
            }
            if course.fails_after { Err(Unwell) } else { Ok(output) }
        })
    }
}

/// An offer under way.
struct Offering {
    world: Arc<World>,
    number: usize,
}

impl Drop for Offering {
    fn drop(&mut self) {
        self.world.note(|history| history.offered(self.number));
    }
}

impl CacheStorage<u32, Value> for Remote {
    type Error = Unwell;
    type Get = BoxFuture<'static, Found<Value, Unwell>>;
    type Done = BoxFuture<'static, Result<(), Unwell>>;

    fn get(&self, &key: &u32, _now: Instant) -> Self::Get {
        let course = self.course(What::Get, key);
        self.run(course, (), move |remote| {
            let mut shelf = remote.shelf();
            if course.loses {
                shelf.remove(&key);
            }
            shelf.get(&key).cloned()
        })
    }

    fn offer(&self, &key: &u32, entry: &CacheEntry<Value>, _now: Instant) -> Self::Done {
        let (course, entry) = (self.course(What::Offer, key), entry.clone());
        let number = entry.value.number;
        self.world.note(|history| history.offers(number, entry.created));
        if let Some(late) = course.late {
            self.world.note(|history| history.offers_late(number));
            let due = self.world.clock.now() + late;
            self.late().push(Late { due, key, entry: entry.clone() });
        }
        let offering = Offering { world: self.world.clone(), number };
        self.run(course, offering, move |remote| {
            if course.declines {
                remote.shelf().remove(&key);
                return;
            }
            match course.loses {
                true => remote.shelf().remove(&key),
                false => remote.shelf().insert(key, entry),
            };
            remote.world.note(|history| history.takes(number));
        })
    }

    fn release(&self, &key: &u32) -> Self::Done {
        self.world.note(|history| history.releases(Some(key)));
        self.run(self.course(What::Release, key), (), move |remote| {
            remote.shelf().remove(&key);
        })
    }

    fn clear(&self) -> Option<Self::Done> {
        let clears = self.world.setup.weather.clears;
        clears.then(|| {
            self.world.note(|history| history.releases(None));
            self.run(self.course(What::Clear, 0), (), |remote| remote.shelf().clear())
        })
    }

    fn visit(&self, each: &mut dyn FnMut(&u32, &CacheEntry<Value>)) -> bool {
        let clears = self.world.setup.weather.clears;
        if clears {
            let entries = self.shelf().clone();
            entries.iter().for_each(|(key, entry)| each(key, entry));
        }
        clears
    }

    fn hash_of<Q: Lookup<u32> + ?Sized>(&self, key: &Q) -> Option<u64> {
        Some(std::hash::BuildHasher::hash_one(&Even, key))
    }
}
