//! The seed of the default hasher, which each process draws for itself.
#![expect(clippy::std_instead_of_core, reason = "a test has std")]

use std::{
    collections::HashSet,
    env,
    hash::{BuildHasher, RandomState},
    process::Command,
};

use evermemo_core::{CacheStorage, KeyHasher, LocalInMemoryCacheStorage, Policy};

type Storage<H = KeyHasher> = LocalInMemoryCacheStorage<u64, u64, H>;

/// Asks a process for its hashes; they follow this in what it prints.
const ASKED: &str = "EVERMEMO_ASKED_FOR_HASHES";

fn hashes() -> [u64; 3] {
    let hasher = KeyHasher::default();
    [hasher.hash_one(7_u64), hasher.hash_one("seven"), hasher.hash_one((7, "seven"))]
}

fn hash_of<H: BuildHasher + 'static>(storage: &Storage<H>, key: u64) -> u64 {
    storage.hash_of(&&key).expect("it hashes keys")
}

/// What another process says, whose addresses are the same each time where that can be had.
fn hashes_elsewhere() -> String {
    let here = env::current_exe().expect("the path of this test");
    let test = ["each_process_hashes_in_its_own_way", "--exact", "--nocapture"];
    let ask = |mut command: Command| command.args(test).env(ASKED, "1").output();
    let mut fixed = Command::new("setarch");
    fixed.arg("-R").arg(&here);
    let answer = ask(fixed).ok().filter(|answer| answer.status.success());
    let answer = answer.unwrap_or_else(|| ask(Command::new(&here)).expect("a process"));
    let said = String::from_utf8(answer.stdout).expect("text");
    let (_, hashes) = said.split_once(ASKED).expect("hashes");
    hashes.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn each_process_hashes_in_its_own_way() {
    if env::var_os(ASKED).is_some() {
        println!("{ASKED}{:?}", hashes());
        return;
    }
    let said: HashSet<_> =
        (0..3).map(|_| hashes_elsewhere()).chain([format!("{:?}", hashes())]).collect();
    assert_eq!(said.len(), 4, "{said:?}");
}

#[test]
fn storages_of_one_process_agree_about_a_key() {
    let (one, other) = (Storage::new(10), Storage::new(10_000).with_policy(Policy::Lru));
    for key in 0..100 {
        assert_eq!(hash_of(&one, key), hash_of(&other, key));
        assert_eq!(hash_of(&one, key), KeyHasher::default().hash_one(key));
    }
    let differing: HashSet<_> = (0..10_000).map(|key| hash_of(&one, key)).collect();
    assert_eq!(differing.len(), 10_000);
}

#[test]
fn a_storage_hashes_with_what_it_is_given() {
    let state = RandomState::new();
    let storage = Storage::new(10).with_hasher(state.clone());
    for key in 0..100 {
        assert_eq!(hash_of(&storage, key), state.hash_one(key));
    }
}

#[test]
fn it_does_not_tell_its_seed() {
    assert_eq!(format!("{:?}", KeyHasher::default()), "KeyHasher { .. }");
}
