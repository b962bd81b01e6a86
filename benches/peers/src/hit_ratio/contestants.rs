//! Who takes part.

use core::fmt;

use evermemo::Policy;
use foyer_memory::{LfuConfig, S3FifoConfig};

use super::{
    caches::{Evermemo, Foyer, Moka, QuickCache},
    simulators::{Fifo, Lru, Opt, S3Fifo, S3TinyLfu},
    subject::Subject,
    trace::Trace,
};

/// The policies of Evermemo that take part.
const POLICIES: &[Policy] =
    &[Policy::S3TinyLfu, Policy::S3Fifo, Policy::LeastRecentlyUpdated, Policy::Lru];

/// One that traces are replayed on.
pub struct Contestant {
    /// What it is called in tables.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    make: Box<dyn Fn(&Trace, usize) -> Box<dyn Subject> + Send + Sync>,
}

/// What a contestant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A policy that keeps keys only.
    Simulated,
    /// Another cache.
    Peer,
    /// Evermemo itself.
    Evermemo,
}

impl Contestant {
    fn new<S: Subject + 'static>(
        name: impl Into<String>,
        kind: Kind,
        make: impl Fn(&Trace, usize) -> S + Send + Sync + 'static,
    ) -> Self {
        let make = move |trace: &Trace, capacity: usize| -> Box<dyn Subject> {
            Box::new(make(trace, capacity))
        };
        Self { name: name.into(), kind, make: Box::new(make) }
    }

    /// Makes an empty cache that is to answer `trace` with room for `capacity` keys.
    #[must_use]
    pub fn subject(&self, trace: &Trace, capacity: usize) -> Box<dyn Subject> {
        (self.make)(trace, capacity)
    }

    /// Returns the name in small letters and digits, with hyphens between words.
    #[must_use]
    pub fn id(&self) -> String {
        let words = self.name.split(|char: char| !char.is_ascii_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        words.join("-").to_ascii_lowercase()
    }
}

/// Returns all who take part; what has shards does so with one and with `shards`.
#[must_use]
pub fn contestants(shards: usize) -> Vec<Contestant> {
    use Kind::{Peer, Simulated};

    let mut all = vec![
        Contestant::new("OPT", Simulated, |trace, capacity| {
            Opt::new(trace.distinct(), capacity, trace.requests())
        }),
        Contestant::new("FIFO", Simulated, |trace, capacity| Fifo::new(trace.distinct(), capacity)),
        Contestant::new("LRU", Simulated, |trace, capacity| Lru::new(trace.distinct(), capacity)),
        Contestant::new("S3-FIFO", Simulated, |trace, capacity| {
            S3Fifo::new(trace.distinct(), capacity)
        }),
        Contestant::new("moka", Peer, |_, capacity| Moka::new(capacity)),
        Contestant::new("moka, kept to its bound", Peer, |_, capacity| Moka::bounded(capacity)),
        Contestant::new("quick_cache", Peer, |_, capacity| QuickCache::new(capacity)),
        Contestant::new("foyer S3-FIFO", Peer, |_, capacity| {
            Foyer::new(capacity, S3FifoConfig::default())
        }),
        Contestant::new("foyer LFU", Peer, |_, capacity| {
            Foyer::new(capacity, LfuConfig::default())
        }),
    ];
    let counts = if shards > 1 { vec![1, shards] } else { vec![1] };
    all.extend(counts.iter().map(|&shards| {
        Contestant::new(
            sharded("simulated S3-TinyLFU", shards),
            Simulated,
            move |trace, capacity| S3TinyLfu::new(trace.distinct(), capacity, shards),
        )
    }));
    all.extend(POLICIES.iter().flat_map(|&policy| {
        counts.iter().map(move |&shards| {
            let name = sharded(&format!("Evermemo {policy:?}"), shards);
            Contestant::new(name, Kind::Evermemo, move |_, capacity| {
                Evermemo::new(capacity, policy, shards)
            })
        })
    }));
    all
}

fn sharded(name: &str, shards: usize) -> String {
    match shards {
        1 => name.to_owned(),
        _ => format!("{name}, {shards} shards"),
    }
}

impl fmt::Debug for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contestant")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_and_ids_are_told_apart() {
        let all = contestants(8);
        let names: HashSet<_> = all.iter().map(|contestant| &contestant.name).collect();
        let ids: HashSet<_> = all.iter().map(Contestant::id).collect();
        assert_eq!((names.len(), ids.len()), (all.len(), all.len()));
        assert!(ids.contains("evermemo-lru-8-shards"), "{ids:?}");
    }

    #[test]
    fn with_one_shard_each_takes_part_once() {
        assert!(contestants(1).iter().all(|contestant| !contestant.name.contains("shards")));
    }
}
