//! Payloads that leave the process.

use evermemo::{
    Builder, ByteStore, CacheEntry, CanonicalKeyExtractor, EncodedCacheStorage, Instant, JsonSerDe,
    PostcardSerDe, SerDe, Source, Timestamp, WallClock, WallEntry, ZlibSerDe,
    testing::{self, Virtual},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashSet, hash_map::DefaultHasher},
    convert::Infallible,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex},
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn b28_an_entry_from_the_future_counts_as_made_now() {
    testing::run(async |time| {
        let (table, wall) = (Table::default(), wall_at(2 * HOUR));
        let memo = memo(time, &table, &wall, PostcardSerDe, [10 * SECOND, 30 * SECOND]);
        assert_eq!(memo.call(7).await.unwrap(), answer(7));

        wall.set_now(HOUR);
        let hit = memo.outcome(7).await.unwrap();
        assert_eq!((hit.value, hit.source, hit.age), (answer(7), Source::Hit, Duration::ZERO));
        // It lives no longer than it was meant to, by either clock.
        wall.set_now(2 * HOUR + 9 * SECOND);
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
        wall.set_now(2 * HOUR + 31 * SECOND);
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded);
    });
}

#[test]
fn p4_6_a_value_without_a_life_removes_the_bytes_of_an_older_one() {
    testing::run(async |time| {
        let (table, wall) = (Table::default(), wall_at(2 * HOUR));
        let living = memo(time.clone(), &table, &wall, PostcardSerDe, [MINUTE, HOUR]);
        let lifeless = memo(time, &table, &wall, PostcardSerDe, [Duration::ZERO, Duration::ZERO]);
        let key = || living.cache().try_insert(7, answer(1));
        key().await.unwrap();
        assert_eq!(living.outcome(7).await.unwrap().source, Source::Hit);
        lifeless.try_insert(7, answer(2)).await.unwrap();
        assert_eq!(table.lives(), []);

        key().await.unwrap();
        assert_eq!(lifeless.force_refresh(7).await.unwrap(), answer(7));
        assert_eq!(table.lives(), []);
    });
}

#[test]
fn b97_compression_wraps_another_serde() {
    let (plain, compressed) = (PostcardSerDe, ZlibSerDe::new(PostcardSerDe));
    let entry = WallEntry::new("a".repeat(10_000), at(7));
    let bytes = compressed.serialize(&entry).unwrap();
    assert!(bytes.len() < 1_000);
    assert_eq!(compressed.deserialize(&bytes).unwrap(), entry);

    // What is inside is what the other one writes: each reads the other's through a bare one.
    let bare = ZlibSerDe::new(Bare);
    let inside: WallEntry<Vec<u8>> = bare.deserialize(&bytes).unwrap();
    assert_eq!(inside.value, plain.serialize(&entry).unwrap());
    assert_eq!(bare.serialize(&inside).unwrap(), bytes);

    let narrow = ZlibSerDe::new(PostcardSerDe).with_limit(1_000);
    assert!(SerDe::<String>::deserialize(&narrow, &bytes).is_err());
    assert!(narrow.serialize(&entry).is_err());
}

#[test]
fn b98_json_keeps_the_reference_s_layout() {
    let json = JsonSerDe::default();
    let text = br#"{"created":1,"update_after":2,"expires_after":3,"value":"value"}"#;
    let read: WallEntry<String> = json.deserialize(text).unwrap();
    assert_eq!((read.created, read.update_after), (at(1_000_000), at(2_000_000)));
    assert_eq!((read.expires_after, &*read.value), (at(3_000_000), "value"));

    let micros = WallEntry::new((1, 2), at(1_750_000_000_000_001))
        .update_after(at(1_750_000_000_000_002))
        .expires_after(at(1_750_000_000_000_003));
    assert_eq!(json.deserialize(&json.serialize(&micros).unwrap()).unwrap(), micros);

    let converting = JsonSerDe::converting(
        |number: &u32| format!("<{number}>"),
        |text: String| text.trim_matches(['<', '>']).parse::<u32>().unwrap(),
    );
    let entry = WallEntry::new(7, at(1));
    let bytes = converting.serialize(&entry).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(value["value"], "<7>");
    assert_eq!(converting.deserialize(&bytes).unwrap(), entry);
}

#[test]
fn b99_postcard_round_trips_every_field() {
    for (created, update_after, expires_after, retain_until) in
        [(at(1), at(2), at(3), at(4)), (at(0), at(u64::MAX - 1), Timestamp::NEVER, at(5))]
    {
        let mut entry = WallEntry::new(answer(7), created)
            .update_after(update_after)
            .expires_after(expires_after);
        entry.retain_until = retain_until;
        let bytes = PostcardSerDe.serialize(&entry).unwrap();
        assert_eq!(PostcardSerDe.deserialize(&bytes).unwrap(), entry);
        assert_eq!(PostcardSerDe.serialize(&entry.clone()).unwrap(), bytes);
    }
}

#[test]
fn b100_entries_are_equal_in_all_their_fields() {
    let entry = CacheEntry::new("value", Instant::from_nanos(1));
    let other = Instant::from_nanos(2);
    let changes: [fn(&mut CacheEntry<&str>, Instant); 5] = [
        |entry, other| entry.created = other,
        |entry, other| entry.update_after = other,
        |entry, other| entry.expires_after = other,
        |entry, other| entry.retain_until = other,
        |entry, _| entry.value = "other",
    ];
    let hashed = |entry: &CacheEntry<&str>| {
        let mut hasher = DefaultHasher::new();
        entry.hash(&mut hasher);
        hasher.finish()
    };
    assert_eq!(entry, entry.clone());
    assert_eq!(hashed(&entry), hashed(&entry.clone()));
    let mut all = HashSet::from([entry.clone()]);
    for change in changes {
        let mut changed = entry.clone();
        change(&mut changed, other);
        assert_ne!(changed, entry);
        assert!(all.insert(changed));
    }
    assert_eq!(all.len(), 6);
}

#[test]
fn p7_1_an_undecodable_payload_is_a_miss() {
    undecodable(PostcardSerDe);
    undecodable(JsonSerDe::default());
    undecodable(ZlibSerDe::new(PostcardSerDe));
    undecodable(ZlibSerDe::new(JsonSerDe::default()));
}

fn undecodable<S: SerDe<Answer> + SerDe<u32> + Copy + Send + Sync>(serde: S) {
    testing::run(async |time| {
        let (table, wall) = (Table::default(), wall_at(HOUR));
        let memo = memo(time, &table, &wall, serde, [MINUTE, HOUR]);
        memo.call(7).await.unwrap();
        let (key, bytes) = table.only();

        let mut random = Random(7);
        let cut = (0..bytes.len()).map(|length| bytes[..length].to_vec());
        let noise = (0..1_000).map(|_| random.bytes(4_096)).collect::<Vec<_>>();
        // Another function's, which keeps other values; and its own, with something after it.
        let foreign = serde.serialize(&WallEntry::new(7_u32, wall.timestamp())).unwrap();
        let foreign = [foreign, [&bytes[..], b"0"].concat()];
        for (n, bytes) in cut.chain(noise).chain(foreign).enumerate() {
            table.put_now(&key, bytes.clone());
            let before = memo.stats();
            let loaded = memo.outcome(7).await.unwrap();
            assert_eq!(
                (loaded.value, loaded.source),
                (answer(7), Source::Loaded),
                "{n}: {bytes:?}"
            );
            assert!(memo.stats().storage_errors > before.storage_errors, "{n}: {bytes:?}");
            // It is replaced by what can be read.
            assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
        }
        assert_eq!(memo.stats().load_failures, 0);
    });
}

/// While a new version of a program replaces an old one, each finds its own entries.
#[test]
fn p7_3_two_schemas_of_one_key_load_as_if_each_were_alone() {
    /// Counts the loads of 100 calls a second for a minute, of the versions with these schemas.
    fn loads(schemas: &[u32]) -> Vec<usize> {
        let mut loads = Vec::new();
        testing::run(async |time| {
            let (table, wall) = (Table::default(), time.clone());
            let memos: Vec<_> = schemas
                .iter()
                .map(|&schema| {
                    let storage =
                        EncodedCacheStorage::with_clock(table.clone(), PostcardSerDe, wall.clone())
                            .with_schema(schema);
                    Builder::on(time.clone())
                        .storage(storage)
                        .key_extractor(CanonicalKeyExtractor::new().with_schema(schema))
                        .update_after(SECOND)
                        .expire_after(10 * SECOND)
                        .wrap(move |n: u64| async move { (schema, n) })
                })
                .collect();
            for _ in 0..6_000 {
                for (memo, schema) in memos.iter().zip(schemas) {
                    assert_eq!(memo.call(7).await.unwrap(), (*schema, 7));
                }
                time.advance(SECOND / 100).await;
            }
            assert!(memos.iter().all(|memo| memo.stats().storage_errors == 0));
            loads = memos.iter().map(|memo| memo.stats().loads + memo.stats().refreshes).collect();
        });
        loads
    }
    let alone = loads(&[1]);
    assert!((55..=65).contains(&alone[0]), "{alone:?}");
    assert_eq!(loads(&[1, 2]), [alone[0], alone[0]]);
}

#[test]
fn p4_8_external_times_are_wall_time_and_never_grow() {
    let (table, wall) = (Table::default(), wall_at(3 * MINUTE));
    let life = [10 * MINUTE, 30 * MINUTE];
    testing::run(async |time| {
        time.advance(5 * HOUR).await;
        let memo = memo(time, &table, &wall, PostcardSerDe, life);
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded);
    });
    testing::run(async |time| {
        wall.set_now(5 * MINUTE);
        let memo = memo(time.clone(), &table, &wall, PostcardSerDe, life);
        let hit = memo.outcome(7).await.unwrap();
        assert_eq!((hit.source, hit.age), (Source::Hit, 2 * MINUTE));

        // Its refresh cannot store, so the first entry goes on growing old.
        table.refuse(true);
        wall.set_now(13 * MINUTE - SECOND);
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
        wall.set_now(13 * MINUTE);
        let stale = memo.outcome(7).await.unwrap();
        assert_eq!((stale.source, stale.age), (Source::Stale, 10 * MINUTE));
        time.settle().await;
        wall.set_now(33 * MINUTE - SECOND);
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Stale);
        time.settle().await;
        wall.set_now(33 * MINUTE);
        table.refuse(false);
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded);
    });
}

/// What is inserted by hand is of use no longer than what is loaded.
#[test]
fn p4_8_an_inserted_entry_ends_where_a_loaded_one_does() {
    testing::run(async |time| {
        let (table, wall) = (Table::default(), wall_at(HOUR));
        let memo = memo(time, &table, &wall, PostcardSerDe, [MINUTE, HOUR]);
        memo.call(7).await.unwrap();
        assert_eq!(table.lives(), [HOUR]);
        let (_, loaded) = table.only();
        memo.try_insert(7, answer(7)).await.unwrap();
        assert_eq!(table.lives(), [HOUR]);
        assert_eq!(table.only().1, loaded, "byte by byte");
    });
}

type Memo = evermemo::Memo<u64, Answer, Infallible, Virtual>;

fn memo<S: SerDe<Answer> + Send + Sync>(
    time: Virtual,
    table: &Table,
    wall: &Virtual,
    serde: S,
    [update_after, expire_after]: [Duration; 2],
) -> Memo {
    let storage = EncodedCacheStorage::with_clock(table.clone(), serde, wall.clone());
    Builder::on(time)
        .storage(storage)
        .key_extractor(CanonicalKeyExtractor::new())
        .update_after(update_after)
        .expire_after(expire_after)
        .wrap(|n| async move { answer(n) })
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    number: u64,
    text: String,
    rest: Vec<Option<u16>>,
}

fn answer(number: u64) -> Answer {
    Answer { number, text: format!("answer {number}"), rest: vec![None, Some(700)] }
}

fn at(micros: u64) -> Timestamp {
    Timestamp::from_micros(micros)
}

/// A wall clock that moves by hand alone.
fn wall_at(elapsed: Duration) -> Virtual {
    let wall = Virtual::default();
    wall.set_now(elapsed);
    assert_ne!(wall.timestamp(), Timestamp::NEVER);
    wall
}

/// Bytes with the life that they were given, by name.
#[derive(Clone, Default)]
struct Table(Arc<Mutex<Rows>>);

#[derive(Default)]
struct Rows {
    refuses: bool,
    rows: BTreeMap<String, (Vec<u8>, Duration)>,
}

impl Table {
    fn only(&self) -> (String, Vec<u8>) {
        let rows = &self.0.lock().unwrap().rows;
        assert_eq!(rows.len(), 1);
        let (key, (bytes, _)) = rows.first_key_value().unwrap();
        (key.clone(), bytes.clone())
    }

    fn lives(&self) -> Vec<Duration> {
        self.0.lock().unwrap().rows.values().map(|(_, life)| *life).collect()
    }

    fn put_now(&self, key: &str, bytes: Vec<u8>) {
        self.0.lock().unwrap().rows.insert(key.to_owned(), (bytes, HOUR));
    }

    /// Sets whether what is put is dropped, silently.
    fn refuse(&self, refuses: bool) {
        self.0.lock().unwrap().refuses = refuses;
    }
}

impl ByteStore for Table {
    type Error = Infallible;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.lock().unwrap().rows.get(key).map(|(bytes, _)| bytes.clone()))
    }

    async fn put(&self, key: &str, bytes: Vec<u8>, life: Duration) -> Result<(), Infallible> {
        let mut table = self.0.lock().unwrap();
        if !table.refuses {
            table.rows.insert(key.to_owned(), (bytes, life));
        }
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), Infallible> {
        self.0.lock().unwrap().rows.remove(key);
        Ok(())
    }
}

/// The bytes are the value.
struct Bare;

impl SerDe<Vec<u8>> for Bare {
    fn serialize(&self, entry: &WallEntry<Vec<u8>>) -> Result<Vec<u8>, evermemo::SerDeError> {
        Ok(entry.value.clone())
    }

    fn deserialize(&self, bytes: &[u8]) -> Result<WallEntry<Vec<u8>>, evermemo::SerDeError> {
        Ok(WallEntry::new(bytes.to_vec(), Timestamp::default()))
    }
}

/// Bytes that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, most: u64) -> Vec<u8> {
        let length = self.next() % (most + 1);
        (0..length).map(|_| (self.next() >> 40) as u8).collect()
    }
}
