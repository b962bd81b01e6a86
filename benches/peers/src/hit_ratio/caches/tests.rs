use evermemo::Policy;
use foyer_memory::{LfuConfig, S3FifoConfig};

use super::{Evermemo, Foyer, Moka, QuickCache};
use crate::hit_ratio::subject::{Subject, hits};

fn all(capacity: usize) -> Vec<(&'static str, Box<dyn Subject>)> {
    vec![
        ("moka", Box::new(Moka::bounded(capacity))),
        ("quick_cache", Box::new(QuickCache::new(capacity))),
        ("foyer S3-FIFO", Box::new(Foyer::new(capacity, S3FifoConfig::default()))),
        ("foyer LFU", Box::new(Foyer::new(capacity, LfuConfig::default()))),
        ("Evermemo", Box::new(Evermemo::new(capacity, Policy::default(), 1))),
        ("Evermemo, 8 shards", Box::new(Evermemo::new(capacity, Policy::default(), 8))),
    ]
}

#[test]
fn what_has_room_is_kept() {
    let twice: Vec<u32> = (0..20).chain(0..20).collect();
    for (name, mut cache) in all(10_000) {
        assert_eq!(hits(cache.as_mut(), &twice), 20, "{name}");
    }
}

#[test]
fn none_keeps_more_than_its_capacity() {
    for (name, mut cache) in all(64) {
        hits(cache.as_mut(), &(0..10_000).collect::<Vec<_>>());
        // Backwards, so that a hit does not depend on what this look has changed.
        let kept = hits(cache.as_mut(), &(0..10_000).rev().collect::<Vec<_>>());
        assert!(kept <= 64, "{name} has kept {kept}");
    }
}
