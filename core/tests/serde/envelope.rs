//! What stands around payloads in a byte store.

use std::{
    collections::HashMap,
    convert::Infallible,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::Duration,
};

use evermemo_core::{
    Bare, ByteStore, CacheEntry, CacheStorage, CanonicalKeyExtractor, Compression,
    EncodedCacheStorage, EncodedStorageError, Enveloped, Instant, JsonSerDe, KeyExtractor,
    MethodName, PostcardSerDe, SerDe, Timestamp, WallClock, WallEntry, Wrapping,
};
use proptest::{prelude::*, proptest};

type Storage<S, P = Enveloped> = EncodedCacheStorage<Table, S, Wall, P>;

/// Bytes by name.
#[derive(Clone, Default)]
struct Table(Arc<Mutex<HashMap<String, Vec<u8>>>>);

impl Table {
    fn bytes(&self, key: &str) -> Vec<u8> {
        self.0.lock().unwrap()[key].clone()
    }

    fn set(&self, key: &str, bytes: &[u8]) {
        self.0.lock().unwrap().insert(key.to_owned(), bytes.to_vec());
    }
}

impl ByteStore for Table {
    type Error = Infallible;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.lock().unwrap().get(key).cloned())
    }

    async fn put(&self, key: &str, bytes: Vec<u8>, _ttl: Duration) -> Result<(), Infallible> {
        self.set(key, &bytes);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), Infallible> {
        self.0.lock().unwrap().remove(key);
        Ok(())
    }
}

/// A wall clock set by hand.
#[derive(Clone)]
struct Wall(Arc<Mutex<Timestamp>>);

impl WallClock for Wall {
    fn timestamp(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// The start of the year 2025.
const START: u64 = 1_735_689_600_000_000;
const NOW: Instant = Instant::from_nanos(1 << 62);
const KEY: &str = "user[7]";

fn wall() -> Wall {
    Wall(Arc::new(Mutex::new(Timestamp::from_micros(START))))
}

fn storage<S>(table: &Table, serde: S) -> Storage<S> {
    EncodedCacheStorage::with_clock(table.clone(), serde, wall())
}

fn entry<V>(value: V) -> CacheEntry<V> {
    let mut entry = CacheEntry::new(value, NOW)
        .update_after(NOW + Duration::from_millis(1_500))
        .expires_after(NOW + Duration::from_secs(60));
    entry.retain_until = NOW + Duration::from_secs(90);
    entry
}

fn offer<V, S, P>(storage: &Storage<S, P>, key: &str, value: V)
where
    V: Clone + 'static,
    S: SerDe<V> + Send + Sync,
    P: Wrapping,
{
    ready(storage.offer(&key.to_owned(), &entry(value), NOW)).unwrap();
}

fn get<V, S, P>(
    storage: &Storage<S, P>,
    key: &str,
) -> Result<Option<V>, EncodedStorageError<Infallible>>
where
    V: Clone + 'static,
    S: SerDe<V> + Send + Sync,
    P: Wrapping,
{
    let found = ready(CacheStorage::<String, V>::get(storage, &key.to_owned(), NOW))?;
    Ok(found.map(|entry| entry.value))
}

/// Runs a future that has nothing to wait for.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("the future waits"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let digits = std::str::from_utf8(&digits).unwrap();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16))
        .collect::<Result<_, _>>()
        .unwrap()
}

/// A payload of format 1, as it is in stores: it has to stay readable.
const FORMAT_1: &str = "
    654d 76 01
    a7ac110c2643245e831b2684ac8a6f45
    0000000000000000
    007c291f94010000 dc81291f94010000 60662a1f94010000 90db2a1f94010000
    03000000 00 00
    888b736d1245df9c63f2ca4131a214fe
    3bdafc44
    80c0b1d09bd38a03 e0868dd19bd38a03 80ceffec9bd38a03 80d5a6fb9bd38a03 03 416e6e
";

#[test]
fn p7_3_a_payload_of_a_released_format_stays_readable() {
    let table = Table::default();
    let storage = storage(&table, PostcardSerDe).with_schema(3);
    offer(&storage, KEY, String::from("Ann"));
    assert_eq!(hex(&table.bytes(KEY)), hex(&unhex(FORMAT_1)));
    table.set(KEY, &unhex(FORMAT_1));
    assert_eq!(get::<String, _, _>(&storage, KEY).unwrap(), Some("Ann".into()));
}

/// Each corruption of each codec's payload is an error, and none is another value.
#[test]
fn p7_3_a_payload_that_is_cut_or_changed_or_of_another_key_is_an_error() {
    fn check(serde: impl SerDe<Vec<String>> + Copy + Send + Sync, by: Option<Compression>) -> u32 {
        let table = Table::default();
        let mut storage = storage(&table, serde);
        if let Some(by) = by {
            storage = storage.with_compression(0, by);
        }
        let value: Vec<String> = (0..40).map(|n| format!("value {}", n % 7)).collect();
        offer(&storage, KEY, value.clone());
        let written = table.bytes(KEY);
        assert_eq!(get(&storage, KEY).unwrap(), Some(value), "the payload itself is read");
        let mut corrupted = 0;
        let mut refused = |key: &str, bytes: &[u8]| {
            table.set(key, bytes);
            let error = get::<Vec<String>, _, _>(&storage, key).unwrap_err();
            assert!(matches!(error, EncodedStorageError::Undecodable(_)), "{error:?}");
            corrupted += 1;
        };
        for length in 0..written.len() {
            refused(KEY, &written[..length]);
        }
        for bit in 0..written.len() * 8 {
            let mut bytes = written.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            refused(KEY, &bytes);
        }
        for length in 0..1_000 {
            refused(KEY, &[&written[..], &vec![0; length + 1]].concat());
            refused(&format!("user[{}]", 1_000 + length), &written);
            refused(KEY, &vec![0x55; length]);
        }
        corrupted
    }
    let mut all = 0;
    for by in compressions() {
        all += check(PostcardSerDe, by);
        all += check(JsonSerDe::default(), by);
    }
    assert!(all > 20_000, "{all} payloads");
}

fn compressions() -> Vec<Option<Compression>> {
    vec![
        None,
        Some(Compression::Zlib),
        #[cfg(feature = "bzip2")]
        Some(Compression::Bzip2),
        #[cfg(feature = "lz4")]
        Some(Compression::Lz4),
        #[cfg(feature = "zstd")]
        Some(Compression::Zstd),
    ]
}

#[test]
fn p7_3_payloads_above_a_size_are_compressed_and_read_whatever_is_set() {
    let table = Table::default();
    let plain = storage(&table, PostcardSerDe);
    for by in compressions().into_iter().flatten() {
        let storage = storage(&table, PostcardSerDe).with_compression(1_000, by);
        for (length, is_shorter) in [(10, false), (900, false), (5_000, true)] {
            let value = "a".repeat(length);
            offer(&storage, KEY, value.clone());
            assert_eq!(table.bytes(KEY).len() < length, is_shorter, "{by:?} of {length}");
            assert_eq!(get(&storage, KEY).unwrap(), Some(value.clone()));
            assert_eq!(get(&plain, KEY).unwrap(), Some(value));
        }
    }
    // What does not become shorter stays as it is.
    let random: Vec<u64> = (0..200).map(|n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    offer(&plain, KEY, random.clone());
    let length = table.bytes(KEY).len();
    offer(&storage(&table, PostcardSerDe).with_compression(0, Compression::Zlib), KEY, random);
    assert!(table.bytes(KEY).len() <= length);
}

#[test]
fn p7_3_a_payload_that_would_inflate_beyond_the_limit_is_an_error() {
    let table = Table::default();
    for by in compressions().into_iter().flatten() {
        let generous = storage(&table, PostcardSerDe).with_compression(0, by);
        offer(&generous, KEY, "a".repeat(1_000_000));
        assert!(get::<String, _, _>(&generous, KEY).unwrap().is_some());
        let narrow = generous.with_limit(999_999);
        assert!(get::<String, _, _>(&narrow, KEY).is_err(), "{by:?}");
        let long = narrow.offer(&KEY.to_owned(), &entry("a".repeat(1_000_000)), NOW);
        assert!(matches!(ready(long), Err(EncodedStorageError::Unencodable(_))));
    }
}

#[test]
fn p7_3_a_value_of_another_schema_is_not_decoded() {
    /// Panics where it is asked to read.
    #[derive(Clone, Copy)]
    struct Never;
    impl SerDe<u32> for Never {
        fn serialize(&self, _: &WallEntry<u32>) -> Result<Vec<u8>, evermemo_core::SerDeError> {
            Ok(vec![])
        }
        fn deserialize(&self, _: &[u8]) -> Result<WallEntry<u32>, evermemo_core::SerDeError> {
            panic!("a value of another schema is decoded")
        }
    }
    let table = Table::default();
    offer(&storage(&table, PostcardSerDe).with_schema(1), KEY, 7_u32);
    let error = get::<u32, _, _>(&storage(&table, Never).with_schema(2), KEY).unwrap_err();
    let cause = std::error::Error::source(&error).and_then(std::error::Error::source).unwrap();
    assert_eq!(cause.to_string(), "its value has schema 1, and 2 is read");
}

#[test]
fn p6_2_a_schema_is_part_of_a_canonical_key_and_none_leaves_keys_as_they_were() {
    let keys = CanonicalKeyExtractor::new().with_namespace("shop").with_version(2);
    let (method, arguments) = (MethodName::new("app::user"), (7, "en"));
    let key = |schema| keys.clone().with_schema(schema).key(method, &arguments);
    assert_eq!(key(0), keys.key(method, &arguments));
    assert!(key(0).starts_with("shop/app::user@2:"));
    assert!(key(3).starts_with("shop/app::user@2.3:"));
    let long = "en".repeat(500);
    let long = |schema| keys.clone().with_schema(schema).key(method, &(7, &long));
    assert!(long(0) != long(3) && long(3) != long(4) && long(3).len() <= 512);
}

#[test]
fn p7_3_payloads_of_before_the_envelope_are_misses_and_told_of_once_an_hour() {
    let (table, wall) = (Table::default(), wall());
    let bare: Storage<_, Bare> =
        EncodedCacheStorage::with_clock(table.clone(), PostcardSerDe, wall.clone())
            .without_envelope();
    let storage = EncodedCacheStorage::with_clock(table.clone(), PostcardSerDe, wall.clone());
    offer(&bare, KEY, String::from("Ann"));
    assert_eq!(get::<String, _, _>(&bare, KEY).unwrap(), Some("Ann".into()));
    let mut events = 0;
    for minute in 0..150 {
        *wall.0.lock().unwrap() = Timestamp::from_micros(START + minute * 60_000_000);
        match get::<String, _, _>(&storage, KEY) {
            Ok(found) => assert_eq!(found, None),
            Err(_) => events += 1,
        }
    }
    assert_eq!(events, 3, "at the start, after one hour and after two");
    // What is no payload at all is told of each time.
    table.set(KEY, &[7; 100]);
    assert!((0..10).all(|_| get::<String, _, _>(&storage, KEY).is_err()));
}

#[test]
fn p7_3_a_bare_payload_is_what_the_serde_writes_and_nothing_else() {
    let table = Table::default();
    let bare = storage(&table, JsonSerDe::default()).without_envelope();
    offer(&bare, KEY, 7_u32);
    let written = WallEntry::from_entry(entry(7_u32), NOW, Timestamp::from_micros(START));
    assert_eq!(table.bytes(KEY), JsonSerDe::default().serialize(&written).unwrap());
}

#[test]
fn p7_3_a_marker_in_the_place_of_a_value_is_none() {
    let table = Table::default();
    let storage = storage(&table, PostcardSerDe);
    offer(&storage, KEY, 7_u32);
    let mut bytes = table.bytes(KEY);
    bytes[2] = b'm';
    // Its checksum with it: that of everything but itself.
    let sum = crc32c(&[&bytes[..82], &bytes[86..]].concat());
    bytes[82..86].copy_from_slice(&sum.to_le_bytes());
    table.set(KEY, &bytes);
    assert_eq!(get::<u32, _, _>(&storage, KEY).unwrap(), None);
}

/// Bit by bit, as its definition has it (Castagnoli, Bräuer and Herrmann, 1993; RFC 3720).
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| match sum & 1 {
            0 => sum >> 1,
            _ => (sum >> 1) ^ 0x82f6_3b78,
        })
    })
}

proptest! {
    #[test]
    fn p7_3_a_payload_of_random_bytes_is_an_error(bytes in any::<Vec<u8>>(), head: bool) {
        let table = Table::default();
        let storage = storage(&table, JsonSerDe::default());
        let bytes = if head { [&b"eMv\x01"[..], &bytes].concat() } else { bytes };
        table.set(KEY, &bytes);
        prop_assert!(get::<String, _, _>(&storage, KEY).is_err());
    }

    #[test]
    fn p7_3_a_value_comes_back_from_its_envelope(
        value: Vec<u8>,
        schema: u32,
        above in 0_usize..200,
        by in proptest::sample::select(compressions()),
    ) {
        let table = Table::default();
        let mut storage = storage(&table, PostcardSerDe).with_schema(schema);
        if let Some(by) = by {
            storage = storage.with_compression(above, by);
        }
        offer(&storage, KEY, value.clone());
        prop_assert_eq!(get(&storage, KEY).unwrap(), Some(value));
    }
}
