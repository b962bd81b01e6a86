//! Entries in a byte store.

use std::{
    collections::HashMap,
    convert::Infallible,
    error::Error,
    fmt,
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::Duration,
};

use evermemo_core::{
    ByteStore, CacheEntry, CacheStorage, EncodedCacheStorage, EncodedStorageError, Instant,
    JsonSerDe, PostcardSerDe, SerDeError, Timestamp, WallClock, ZlibSerDe,
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// Bytes and the time they have to live, by name. Written with plain `async fn`.
#[derive(Clone, Default)]
struct Table(Arc<Mutex<HashMap<String, Stored>>>);

struct Stored {
    bytes: Vec<u8>,
    ttl: Duration,
}

impl Table {
    fn ttl(&self, key: &str) -> Option<Duration> {
        self.0.lock().unwrap().get(key).map(|stored| stored.ttl)
    }
}

impl ByteStore for Table {
    type Error = Infallible;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.lock().unwrap().get(key).map(|stored| stored.bytes.clone()))
    }

    async fn put(&self, key: &str, bytes: Vec<u8>, ttl: Duration) -> Result<(), Infallible> {
        self.0.lock().unwrap().insert(key.to_owned(), Stored { bytes, ttl });
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), Infallible> {
        self.0.lock().unwrap().remove(key);
        Ok(())
    }
}

/// A wall clock set by hand.
#[derive(Clone, Default)]
struct Wall(Arc<Mutex<Timestamp>>);

impl Wall {
    fn at(seconds: u64) -> Self {
        let wall = Self::default();
        wall.advance(SECOND * u32::try_from(seconds).unwrap());
        wall
    }

    fn advance(&self, duration: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = *now + duration;
    }
}

impl WallClock for Wall {
    fn timestamp(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

fn at(seconds: u64) -> Instant {
    Instant::ZERO + Duration::from_secs(seconds)
}

fn entry(now: Instant) -> CacheEntry<String> {
    let mut entry = CacheEntry::new("Ann".into(), now)
        .update_after(now + SECOND * 60)
        .expires_after(now + SECOND * 600);
    entry.retain_until = entry.expires_after;
    entry
}

fn key() -> String {
    "user[7]".into()
}

/// Runs a future that has nothing to wait for.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("the future waits"),
    }
}

#[test]
fn another_process_finds_the_entry_as_old_as_it_is() {
    let table = Table::default();
    let writer = EncodedCacheStorage::with_clock(table.clone(), PostcardSerDe, Wall::at(1_000_000));
    ready(writer.offer(&key(), &entry(at(50)), at(50))).unwrap();

    // Its own clock started elsewhere.
    let reader = EncodedCacheStorage::with_clock(table, PostcardSerDe, Wall::at(1_000_030));
    let found: CacheEntry<String> = ready(reader.get(&key(), at(9000))).unwrap().unwrap();
    assert_eq!(found.age(at(9000)), SECOND * 30);
    assert_eq!(found.update_after, at(9030));
    assert_eq!(found.expires_after, at(9570));
    assert_eq!(found.retain_until, at(9570));
    assert_eq!(found.value, "Ann");
}

#[test]
fn an_entry_of_a_clock_an_hour_ahead_counts_as_made_now_and_lives_no_longer() {
    let table = Table::default();
    let ahead = EncodedCacheStorage::with_clock(table.clone(), PostcardSerDe, Wall::at(1_003_600));
    ready(ahead.offer(&key(), &entry(at(50)), at(50))).unwrap();

    let right = EncodedCacheStorage::with_clock(table, PostcardSerDe, Wall::at(1_000_000));
    let found = ready(right.get(&key(), at(50))).unwrap();
    assert_eq!(found, Some(entry(at(50))));
}

#[test]
fn the_times_of_an_answer_that_took_long_are_those_of_the_question() {
    /// Answers when asked for the second time.
    struct Slow(Table);
    impl ByteStore for Slow {
        type Error = Infallible;
        async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Infallible> {
            let mut waited = false;
            poll_fn(|_| match std::mem::replace(&mut waited, true) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            })
            .await;
            self.0.get(key).await
        }
        async fn put(&self, key: &str, bytes: Vec<u8>, ttl: Duration) -> Result<(), Infallible> {
            self.0.put(key, bytes, ttl).await
        }
        async fn delete(&self, key: &str) -> Result<(), Infallible> {
            self.0.delete(key).await
        }
    }
    let wall = Wall::at(1_000_000);
    let storage =
        EncodedCacheStorage::with_clock(Slow(Table::default()), PostcardSerDe, wall.clone());
    ready(storage.offer(&key(), &entry(at(50)), at(50))).unwrap();

    let mut cx = Context::from_waker(Waker::noop());
    let mut get = CacheStorage::<String, String>::get(&storage, &key(), at(50));
    assert!(get.as_mut().poll(&mut cx).is_pending());
    wall.advance(HOUR);
    let Poll::Ready(found) = get.as_mut().poll(&mut cx) else { panic!("it still waits") };
    assert_eq!(found.unwrap(), Some(entry(at(50))));
}

#[test]
fn never_is_never_in_another_process_and_has_no_end_in_the_store() {
    fn check(table: &Table, storage: &impl CacheStorage<String, u8, Error: Error>) {
        ready(storage.offer(&key(), &CacheEntry::new(7, at(50)), at(60))).unwrap();
        assert_eq!(table.ttl(&key()), Some(Duration::MAX));
        let found = ready(storage.get(&key(), at(60))).unwrap();
        assert_eq!(found, Some(CacheEntry::new(7, at(50))));
    }
    let (table, wall) = (Table::default(), Wall::at(1_000_000));
    check(&table, &EncodedCacheStorage::with_clock(table.clone(), PostcardSerDe, wall.clone()));
    let json = ZlibSerDe::new(JsonSerDe::default());
    check(&table, &EncodedCacheStorage::with_clock(table.clone(), json, wall));
}

#[test]
fn the_time_to_live_is_what_remains_of_the_entry() {
    let table = Table::default();
    let storage = EncodedCacheStorage::with_clock(table.clone(), PostcardSerDe, Wall::at(0));
    ready(storage.offer(&key(), &entry(at(50)), at(150))).unwrap();
    assert_eq!(table.ttl(&key()), Some(SECOND * 500));

    let mut retained = entry(at(50));
    retained.retain_until = retained.expires_after + HOUR;
    ready(storage.offer(&key(), &retained, at(150))).unwrap();
    assert_eq!(table.ttl(&key()), Some(SECOND * 500 + HOUR));
}

#[test]
fn an_entry_without_life_takes_the_place_of_an_older_one_by_leaving_none() {
    let table = Table::default();
    let storage = EncodedCacheStorage::with_clock(table.clone(), PostcardSerDe, Wall::at(0));
    ready(storage.offer(&key(), &entry(at(50)), at(50))).unwrap();
    ready(storage.offer(&key(), &entry(at(50)), at(650))).unwrap();
    assert_eq!(table.ttl(&key()), None);
}

#[test]
fn a_released_entry_is_gone_and_releasing_none_is_no_error() {
    let storage = EncodedCacheStorage::new(Table::default(), PostcardSerDe);
    let release = || ready(CacheStorage::<String, String>::release(&storage, &key()));
    release().unwrap();
    ready(storage.offer(&key(), &entry(at(50)), at(50))).unwrap();
    assert!(
        ready(CacheStorage::<String, String>::get(&storage, &key(), at(50))).unwrap().is_some()
    );
    release().unwrap();
    let found = ready(CacheStorage::<String, String>::get(&storage, &key(), at(50))).unwrap();
    assert_eq!(found, None);
}

#[test]
fn bytes_that_are_no_entry_are_an_error_that_says_so() {
    let table = Table::default();
    let storage = EncodedCacheStorage::new(table.clone(), ZlibSerDe::new(PostcardSerDe));
    let get = || ready(CacheStorage::<String, String>::get(&storage, &key(), at(50)));
    for bytes in [vec![], vec![1, 2, 3], vec![0x78, 0x9c], vec![0xff; 100]] {
        ready(table.put(&key(), bytes, SECOND)).unwrap();
        let error = get().unwrap_err();
        assert!(matches!(error, EncodedStorageError::Undecodable(_)));
        assert_eq!(error.to_string(), "the payload is undecodable");
        assert!(error.source().unwrap().is::<SerDeError>());
    }
    ready(storage.offer(&key(), &entry(at(50)), at(50))).unwrap();
    assert!(get().unwrap().is_some());
}

#[test]
fn an_entry_that_cannot_be_encoded_is_not_put() {
    let table = Table::default();
    let narrow = ZlibSerDe::new(PostcardSerDe).with_limit(3);
    let storage = EncodedCacheStorage::new(table.clone(), narrow);
    let error = ready(storage.offer(&key(), &entry(at(50)), at(50))).unwrap_err();
    assert!(matches!(error, EncodedStorageError::Unencodable(_)));
    assert_eq!(table.ttl(&key()), None);
}

#[test]
fn an_error_of_the_byte_store_is_the_source() {
    #[derive(Debug)]
    struct Down;
    impl fmt::Display for Down {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("down")
        }
    }
    impl Error for Down {}
    struct Broken;
    impl ByteStore for Broken {
        type Error = Down;
        async fn get(&self, _key: &str) -> Result<Option<Vec<u8>>, Down> {
            Err(Down)
        }
        async fn put(&self, _key: &str, _bytes: Vec<u8>, _ttl: Duration) -> Result<(), Down> {
            Err(Down)
        }
        async fn delete(&self, _key: &str) -> Result<(), Down> {
            Err(Down)
        }
    }
    let storage = EncodedCacheStorage::new(Arc::new(Broken), PostcardSerDe);
    let errors = [
        ready(CacheStorage::<String, String>::get(&storage, &key(), at(50))).unwrap_err(),
        ready(storage.offer(&key(), &entry(at(50)), at(50))).unwrap_err(),
        ready(CacheStorage::<String, String>::release(&storage, &key())).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.source().unwrap().to_string(), "down");
    }
}

#[test]
fn the_futures_move_between_threads_even_if_the_value_may_not() {
    let storage = EncodedCacheStorage::new(
        Table::default(),
        JsonSerDe::converting(|rc: &std::rc::Rc<u8>| **rc, std::rc::Rc::new),
    );
    let offer = storage.offer(&key(), &CacheEntry::new(std::rc::Rc::new(7), at(50)), at(50));
    std::thread::spawn(|| ready(offer)).join().unwrap().unwrap();
    let found = ready(storage.get(&key(), at(50))).unwrap();
    assert_eq!(*found.unwrap().value, 7);
}
