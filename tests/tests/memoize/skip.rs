//! Arguments that are left out of the key.

use super::Count;
use evermemo::memoize;
use std::sync::Arc;

#[memoize(skip(runs, note))]
async fn skipping(runs: Arc<Count>, id: u64, note: &str) -> String {
    format!("{id} {note} {}", runs.one_more())
}

#[tokio::test]
async fn p6_3_what_is_skipped_makes_no_key() {
    let (a, b) = (Arc::new(Count::new()), Arc::new(Count::new()));
    assert_eq!(skipping(a.clone(), 1, "first").await.unwrap(), "1 first 1");
    assert_eq!(skipping(b.clone(), 1, "second").await.unwrap(), "1 first 1");
    assert_eq!(skipping::force_refresh(b.clone(), 1, "third").await.unwrap(), "1 third 1");
    skipping::invalidate(1).await;
    assert_eq!(skipping(b.clone(), 1, "fourth").await.unwrap(), "1 fourth 2");
    assert_eq!((a.get(), b.get()), (1, 2));
}
