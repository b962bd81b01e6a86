//! Borrowed arguments are owned on a miss only.

use evermemo::memoize;
use std::{
    borrow::{Borrow, Cow},
    ops::Deref,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
};

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

/// What is owned as another type, as types of other crates may be.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Seen(u64);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Kept(Seen);

impl Borrow<Seen> for Kept {
    fn borrow(&self) -> &Seen {
        &self.0
    }
}

impl Deref for Kept {
    type Target = Seen;

    fn deref(&self) -> &Seen {
        &self.0
    }
}

impl Clone for Kept {
    fn clone(&self) -> Self {
        Self(Seen(self.0.0))
    }
}

impl ToOwned for Seen {
    type Owned = Kept;

    fn to_owned(&self) -> Kept {
        Kept(Self(self.0))
    }
}

#[memoize]
async fn owned_otherwise(seen: &Seen, text: &str) -> u64 {
    seen.0 + text.len() as u64
}

#[tokio::test]
async fn are_looked_up_whatever_owns_them() {
    assert_eq!(owned_otherwise(&Seen(1), "a").await.unwrap(), 2);
    assert_eq!(owned_otherwise(&Seen(1), "a").await.unwrap(), 2);
    owned_otherwise::invalidate(&Seen(1), "b").await;
    assert_eq!(owned_otherwise::cache().stats().hits, 1);
}

#[memoize]
async fn shared(text: Arc<str>, path: Box<Path>, slice: Arc<[u8]>) -> usize {
    text.len() + path.as_os_str().len() + slice.len()
}

#[memoize]
async fn either(text: Cow<'static, str>, beside: &str) -> String {
    format!("{text}{beside}")
}

#[memoize]
async fn lent(text: &Arc<str>, path: &Path) -> usize {
    text.len() + path.as_os_str().len()
}

#[tokio::test]
async fn p6_1_shared_and_borrowed_text_makes_the_key_by_value() {
    let path = || Path::new("p").into();
    assert_eq!(shared("a".into(), path(), [1].into()).await.unwrap(), 3);
    assert_eq!(shared("a".into(), path(), [1].into()).await.unwrap(), 3);
    shared::invalidate("b".into(), path(), [1].into()).await;
    let stats = shared::cache().stats();
    assert_eq!((stats.loads, stats.hits), (1, 1));

    assert_eq!(either(Cow::Borrowed("a"), "b").await.unwrap(), "ab");
    assert_eq!(either(Cow::Owned("a".into()), "b").await.unwrap(), "ab");
    let stats = either::cache().stats();
    assert_eq!((stats.loads, stats.hits), (1, 1));

    assert_eq!(lent(&"a".into(), Path::new("p")).await.unwrap(), 2);
    assert_eq!(lent(&"a".into(), Path::new("p")).await.unwrap(), 2);
    let stats = lent::cache().stats();
    assert_eq!((stats.loads, stats.hits), (1, 1));

    // The caches of such functions are asked by reference, too.
    let by = ("a", Path::new("p"), &[1_u8][..]);
    let found = shared::cache().get_ref_with(by, |_| async { Ok(0) }).await;
    assert_eq!(found.unwrap(), 3);
}
