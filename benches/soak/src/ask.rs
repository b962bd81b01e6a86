//! What a memoized function of this program is asked, and what it answers.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use evermemo::{CacheEntry, CacheEntryBuilder, Instant};

use crate::ledger::{Note, Version};

/// Arguments and key. Two are equal if their keys are; the note tells a load who leads it.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) key: u32,
    pub(crate) note: Note,
}

impl PartialEq for Ask {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Ask {}

impl Hash for Ask {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

/// Large enough for a leak to show.
const BODY: usize = 900;

static ALIVE: AtomicI64 = AtomicI64::new(0);

/// Returns how many answers exist, wherever.
pub(crate) fn alive() -> i64 {
    ALIVE.load(SeqCst)
}

pub(crate) type Value = Arc<Payload>;

/// An answer that knows what it is made of.
pub(crate) struct Payload {
    key: u32,
    pub(crate) origin: Origin,
    /// By what an inserted answer is judged: nothing is too old before its insertion has ended.
    settled: AtomicU64,
    /// A storage that waits was offered this and holds it, or had it.
    stored: AtomicBool,
    /// In nanoseconds: when the entry was built and how long it is fresh and servable. Zero if the
    /// cache's own builder built it.
    built: AtomicU64,
    fresh_for: AtomicU64,
    life: AtomicU64,
    body: [u8; BODY],
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    /// A load that began then, when this was true.
    Loaded {
        begun: Instant,
        seen: Version,
    },
    Inserted,
}

/// The times that an entry was built with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) built: Instant,
    pub(crate) fresh_for: Duration,
    pub(crate) life: Duration,
}

impl Payload {
    pub(crate) fn new(key: u32, origin: Origin) -> Value {
        ALIVE.fetch_add(1, SeqCst);
        Arc::new(Self {
            key,
            origin,
            settled: AtomicU64::new(u64::MAX),
            stored: AtomicBool::new(false),
            built: AtomicU64::new(0),
            fresh_for: AtomicU64::new(0),
            life: AtomicU64::new(0),
            body: [key as u8; BODY],
        })
    }

    /// Returns whether this is an answer to `key`, and whole.
    pub(crate) fn answers(&self, key: u32) -> bool {
        self.key == key && self.body.iter().all(|&byte| byte == key as u8)
    }

    /// Returns what was true when this became the answer.
    pub(crate) fn version(&self) -> Version {
        match self.origin {
            Origin::Loaded { seen, .. } => seen,
            Origin::Inserted => Version::unpacked(self.settled.load(SeqCst)),
        }
    }

    /// Notes what was true when an insertion had ended.
    pub(crate) fn settle(&self, version: Version) {
        self.settled.store(version.packed(), SeqCst);
    }

    pub(crate) fn is_stored(&self) -> bool {
        self.stored.load(SeqCst)
    }

    pub(crate) fn set_stored(&self) {
        self.stored.store(true, SeqCst);
    }

    /// Returns the times of the entry, if they were noted.
    pub(crate) fn times(&self) -> Option<Times> {
        let built = self.built.load(SeqCst);
        (built != 0).then(|| Times {
            built: Instant::from_nanos(built),
            fresh_for: Duration::from_nanos(self.fresh_for.load(SeqCst)),
            life: Duration::from_nanos(self.life.load(SeqCst)),
        })
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, SeqCst);
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload")
            .field("key", &self.key)
            .field("origin", &self.origin)
            .field("version", &self.version())
            .field("times", &self.times())
            .finish_non_exhaustive()
    }
}

/// Gives each entry the same two durations, and lets its value know.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noted {
    pub(crate) fresh_for: Duration,
    pub(crate) life: Duration,
}

impl CacheEntryBuilder<Ask, Value> for Noted {
    fn build(&self, _ask: &Ask, value: Value, now: Instant) -> CacheEntry<Value> {
        let nanos = |duration: Duration| duration.as_nanos() as u64;
        value.fresh_for.store(nanos(self.fresh_for), SeqCst);
        value.life.store(nanos(self.life), SeqCst);
        value.built.store(now.as_nanos(), SeqCst);
        CacheEntry::new(value, now)
            .update_after(now + self.fresh_for)
            .expires_after(now + self.life)
    }
}
