//! Borrowed arguments are owned on a miss only.

use evermemo::memoize;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

static CLONES: AtomicU32 = AtomicU32::new(0);

/// An argument that tells when it is cloned.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Id(u64);

impl Clone for Id {
    fn clone(&self) -> Self {
        CLONES.fetch_add(1, SeqCst);
        Self(self.0)
    }
}

#[memoize(skip(seen))]
async fn looked_up(id: &Id, seen: &Id) -> u64 {
    id.0 + seen.0
}

#[tokio::test]
async fn are_owned_on_a_miss_only() {
    let (id, seen) = (Id(1), Id(2));
    assert_eq!(looked_up(&id, &seen).await.unwrap(), 3);
    let after_the_miss = CLONES.load(SeqCst);
    assert!(after_the_miss >= 2);
    assert_eq!(looked_up(&id, &seen).await.unwrap(), 3);
    assert_eq!(looked_up::outcome(&id, &seen).await.unwrap().source, evermemo::Source::Hit);
    assert_eq!(CLONES.load(SeqCst), after_the_miss);
}
