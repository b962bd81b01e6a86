//! Functions of crates of older editions.

use evermemo::Cache;
use std::sync::{Arc, Mutex};

macro_rules! in_edition {
    ($edition:ident, $functions:ident) => {
        #[tokio::test]
        async fn $edition() {
            use $functions as functions;

            for _ in 0..2 {
                assert_eq!(functions::r#gen(1).await.unwrap(), 2);
                assert_eq!(functions::generic(&[1], "long").await.unwrap(), [1]);
                assert!(functions::generic(&[1, 2, 3], "long").await.is_err());
                assert_eq!(functions::keyed_in_a_place("A", "b").await.unwrap(), 2);
                let lock = Arc::new(Mutex::new("a".to_owned()));
                assert_eq!(functions::keyed_by_a_lock(lock, "b").await.unwrap(), "ab");
                let double: Arc<dyn Fn(u32) -> u32 + Send + Sync> = Arc::new(|n| n * 2);
                assert_eq!(functions::skipping(&double, 1).await.unwrap(), 2);
                assert_eq!(functions::body("abc".to_owned()).await.unwrap(), "3");
                assert_eq!(functions::made(1, 2).await.unwrap(), (4, 2));
            }
            assert_eq!(functions::r#gen::cache().stats().hits, 1);
            functions::r#gen::invalidate(1).await;
            assert_eq!(functions::r#gen::cache().len(), 0);
            functions::keyed_in_a_place::invalidate("a").await;
            assert_eq!(functions::ANSWERS.len(), 0);
            functions::made::invalidate(1).await;
            assert_eq!(functions::made::cache().len(), 0);
        }
    };
}

in_edition!(functions_of_edition_2018_are_memoized, evermemo_edition_2018);
in_edition!(functions_of_edition_2021_are_memoized, evermemo_edition_2021);

macro_rules! methods_in_edition {
    ($edition:ident, $functions:ident) => {
        #[tokio::test]
        async fn $edition() {
            use $functions::{Gen, Shelf};

            let shelf = Shelf { shown: 'a', ..Shelf::default() };
            assert_eq!(shelf.r#gen(1).await.unwrap(), "a 1");
            shelf.gen_invalidate(1).await;
            assert_eq!(shelf.r#gen.len(), 0);
            assert_eq!(shelf.keyed(1).await.unwrap(), "a 1");
            assert_eq!(shelf.keyed(11).await.unwrap(), "a 1");
            assert_eq!(Shelf::<char>::alone(1).await.unwrap(), 1);
            let cache = Cache::default();
            assert_eq!(Gen::r#gen(&cache, 1).await.unwrap(), 2);
            cache.gen_force_refresh(1).await.unwrap();
            assert_eq!(cache.stats().loads, 2);
        }
    };
}

methods_in_edition!(methods_of_edition_2018_are_memoized, evermemo_edition_2018);
methods_in_edition!(methods_of_edition_2021_are_memoized, evermemo_edition_2021);
