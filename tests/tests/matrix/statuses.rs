//! Registries of updates in flight.

use evermemo::{
    Builder, CacheEntry, Failure, InMemoryLocks, InMemoryTicket, InMemoryWait, Instant,
    LocalInMemoryCacheStorage, Runtime, Source, Turn, UpdateStatuses,
};
use evermemo_tests::{Gate, Gates, Numbered, Runs, Timed, ended, on_every_runtime, polled, until};
use futures_util::{FutureExt, future::join};
use std::{
    convert::Infallible,
    future::pending,
    hash::Hash,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll},
    time::Duration,
};

on_every_runtime! {
    b51_caches_that_share_a_registry_and_keys_share_flights,
    a_registry_of_one_s_own_sees_every_update,
    a_registry_s_lock_timeout_bounds_a_load_without_a_timeout,
    a_registry_s_lock_timeout_leaves_a_load_with_a_timeout_alone,
    p2_7_a_registry_hears_of_a_load_that_never_began,
    p3_6_a_registry_is_asked_in_the_step_that_stores,
}

const MS: Duration = Duration::from_millis(1);

type Locks = InMemoryLocks<u32, &'static str, &'static str>;
type Ticket = InMemoryTicket<&'static str, &'static str>;
type Wait = InMemoryWait<&'static str, &'static str>;

#[test]
fn b48_an_overdue_update_gives_its_key_up() {
    let start = Instant::ZERO;
    let locks = Locks::new(60 * MS);
    let (first, _) = led(locks.mark_being_updated(&1, start));
    joined(locks.mark_being_updated(&1, start + 59 * MS));
    let (second, _) = led(locks.mark_being_updated(&1, start + 60 * MS));
    assert!(!locks.is_current(&1, &first));
    assert!(locks.is_current(&1, &second));
    assert_eq!(locks.lock_timeout(), Some(60 * MS));

    for unbounded in [Locks::new(None), Locks::new(Duration::MAX)] {
        let (ticket, _) = led(unbounded.mark_being_updated(&1, start));
        joined(unbounded.mark_being_updated(&1, start + Duration::from_secs(3600)));
        joined(unbounded.mark_being_updated(&1, Instant::NEVER));
        assert!(unbounded.is_current(&1, &ticket));
        assert_eq!(unbounded.lock_timeout(), None);
    }
}

#[test]
fn b49_one_leads_and_the_others_join() {
    let (locks, now) = (Locks::default(), Instant::ZERO);
    assert!(!locks.is_being_updated(&1));
    let (ticket, leaders) = led(locks.mark_being_updated(&1, now));
    assert!(locks.is_being_updated(&1));
    assert!(!locks.is_being_updated(&2));
    let joiners = [(); 2].map(|()| joined(locks.mark_being_updated(&1, now)));

    let mut waits = Vec::from([leaders]);
    waits.extend(joiners);
    assert!(waits.iter_mut().all(|wait| wait.now_or_never().is_none()));
    let entry = CacheEntry::new("value", now);
    locks.mark_updated(&1, &ticket, entry.clone());
    assert!(!locks.is_being_updated(&1));
    for wait in waits {
        assert_eq!(wait.now_or_never().unwrap().unwrap(), entry);
    }

    let (ticket, _) = led(locks.mark_being_updated(&1, now));
    locks.mark_update_aborted(&1, &ticket, Failure::TimedOut);
    assert!(!locks.is_being_updated(&1));
    led(locks.mark_being_updated(&1, now));
}

#[test]
fn b50_all_who_wait_learn_of_an_abort() {
    let (locks, now) = (Locks::default(), Instant::ZERO);
    let (ticket, leaders) = led(locks.mark_being_updated(&1, now));
    let mut waits = Vec::from([leaders]);
    waits.extend([(); 3].map(|()| joined(locks.mark_being_updated(&1, now))));
    assert!(waits.iter_mut().all(|wait| wait.now_or_never().is_none()));
    // One that is dropped disturbs no other.
    drop(waits.remove(2));

    let cause = Arc::new("stub");
    locks.mark_update_aborted(&1, &ticket, Failure::Method(cause.clone()));

    assert_eq!(waits.len(), 3);
    for wait in waits {
        match wait.now_or_never().unwrap() {
            Err(Failure::Method(told)) => assert!(Arc::ptr_eq(&told, &cause)),
            landed => panic!("{landed:?}"),
        }
    }
    assert!(!locks.is_being_updated(&1));
}

#[test]
fn p3_5_a_stale_ticket_frees_nobody_else_s_key() {
    let (locks, now) = (Locks::default(), Instant::ZERO);
    let (first, mut first_wait) = led(locks.mark_being_updated(&1, now));
    assert!((&mut first_wait).now_or_never().is_none());
    locks.supersede(Some(&1));
    assert!(!locks.is_current(&1, &first));
    assert!(!locks.is_being_updated(&1));
    let (second, mut second_wait) = led(locks.mark_being_updated(&1, now));

    let old = CacheEntry::new("old", now);
    locks.mark_updated(&1, &first, old.clone());
    assert_eq!(first_wait.now_or_never().unwrap().unwrap(), old);
    assert!(locks.is_being_updated(&1));
    assert!(locks.is_current(&1, &second));
    assert!((&mut second_wait).now_or_never().is_none());

    let new = CacheEntry::new("new", now);
    locks.mark_updated(&1, &second, new.clone());
    assert_eq!(second_wait.now_or_never().unwrap().unwrap(), new);
    assert!(!locks.is_being_updated(&1));

    let tickets = [1, 2, 3].map(|key| (key, led(locks.mark_being_updated(&key, now)).0));
    locks.supersede(None);
    for (key, ticket) in tickets {
        assert!(!locks.is_current(&key, &ticket));
        assert!(!locks.is_being_updated(&key));
    }
}

async fn b51_caches_that_share_a_registry_and_keys_share_flights<R: Timed>(rt: R) {
    let registry = Arc::new(Watched::<u32, &'static str, Infallible>::default());
    let (gates, runs) = (Gates::shut(), Runs::default());
    let body = |value: &'static str| {
        let (gates, runs) = (gates.clone(), runs.clone());
        move |key: u32| {
            runs.begin();
            let passed = gates.passed(key);
            async move {
                passed.await;
                value
            }
        }
    };
    let storage = Arc::new(LocalInMemoryCacheStorage::<u32, &'static str>::new(10));
    let builder = || Builder::on(rt.clone()).storage(storage.clone());

    let a = builder().update_statuses(registry.clone()).wrap(body("A"));
    let b = builder().update_statuses(registry.clone()).wrap(body("B"));
    let (mut led, mut joined) = (Box::pin(a.outcome(1)), Box::pin(b.outcome(1)));
    assert!(polled(&mut led).await.is_pending());
    assert!(polled(&mut joined).await.is_pending());
    gates.open_at(1);
    let (led, joined) = (led.await.unwrap(), joined.await.unwrap());
    assert_eq!(registry.answered(), 1);
    // This is what comes of a shared registry when the keys of two functions are equal.
    assert_eq!((led.value, led.source), ("A", Source::Loaded));
    assert_eq!((joined.value, joined.source), ("A", Source::Joined));
    assert_eq!((runs.count(), registry.running()), (1, 0));

    let (a, b) = (builder().wrap(body("A")), builder().wrap(body("B")));
    let (mut first, mut second) = (Box::pin(a.outcome(2)), Box::pin(b.outcome(2)));
    assert!(polled(&mut first).await.is_pending());
    assert!(polled(&mut second).await.is_pending());
    gates.open_at(2);
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert_eq!((first.value, first.source), ("A", Source::Loaded));
    assert_eq!((second.value, second.source), ("B", Source::Loaded));
    assert_eq!(runs.count(), 3);
}

async fn a_registry_of_one_s_own_sees_every_update<R: Timed>(rt: R) {
    let registry = Arc::new(Watched::<&'static str, u32, &'static str>::default());
    let (gate, fails) = (Gate::shut(), Arc::new(AtomicBool::new(false)));
    let (shut, told, runs) = (gate.clone(), fails.clone(), Runs::default());
    let counted = runs.clone();
    let memo = Builder::on(rt.clone()).update_after(Duration::ZERO).try_wrap_with(
        registry.clone(),
        move |key: &'static str| {
            let (run, fails) = (counted.begin(), told.load(SeqCst));
            let passed = (key == "gated").then(|| shut.passed());
            async move {
                if let Some(passed) = passed {
                    passed.await;
                }
                if fails { Err("down") } else { Ok(run) }
            }
        },
    );
    let at_rest = |leads: usize| {
        assert_eq!(registry.running(), 0);
        assert_eq!(registry.ends(), vec![1; leads], "each update ends exactly once");
        assert_eq!(registry.answered(), 0, "callers of one cache share a flight of its own");
    };

    assert_eq!(memo.call("loads").await.unwrap(), 1);
    at_rest(1);

    fails.store(true, SeqCst);
    assert_eq!(memo.call("fails").await.unwrap_err().cause(), Some(&"down"));
    at_rest(2);
    fails.store(false, SeqCst);

    let stale = memo.outcome("loads").await.unwrap();
    assert_eq!((stale.value, stale.source), (1, Source::Stale));
    until(&rt, || registry.ends() == [1; 3]).await;
    at_rest(3);
    assert_eq!(memo.cache().entry(&"loads").unwrap().value, 3);

    // Superseded: only its callers get its value.
    let (mut a, mut b) = (Box::pin(memo.outcome("gated")), Box::pin(memo.outcome("gated")));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());
    until(&rt, || runs.count() == 4).await;
    assert_eq!(registry.running(), 1);
    memo.invalidate(&"gated").await;
    let mut c = Box::pin(memo.outcome("gated"));
    assert!(polled(&mut c).await.is_pending());
    until(&rt, || runs.count() == 5).await;
    assert_eq!(registry.running(), 2);
    gate.open();
    let answers = [a.await.unwrap(), b.await.unwrap(), c.await.unwrap()];
    let answers = answers.map(|answer| (answer.value, answer.source));
    assert_eq!(answers, [(4, Source::Loaded), (4, Source::Joined), (5, Source::Loaded)]);
    at_rest(5);
    assert_eq!(memo.cache().entry(&"gated").unwrap().value, 5);
    assert_eq!(memo.len(), 2);

    let hung = Builder::on(rt.plain())
        .method_timeout(20 * MS)
        .try_wrap_with(registry.clone(), |_: &'static str| pending());
    assert!(hung.call("hangs").await.unwrap_err().is_timeout());
    at_rest(6);
    assert_eq!(hung.len(), 0);
}

async fn a_registry_s_lock_timeout_bounds_a_load_without_a_timeout<R: Timed>(rt: R) {
    let registry = Arc::new(Watched::<u32, u32, Infallible>::over(InMemoryLocks::new(20 * MS)));
    let memo = Builder::on(rt.plain())
        .method_timeout(None)
        .update_statuses(registry.clone())
        .wrap(Numbered::shut().method::<u32>());

    assert!(ended(&rt, memo.call(1)).await.unwrap_err().is_timeout());

    until(&rt, || registry.ends() == [1]).await;
    assert_eq!(memo.len(), 0);
}

async fn a_registry_s_lock_timeout_leaves_a_load_with_a_timeout_alone<R: Timed>(rt: R) {
    let registry = Watched::<u32, u32, Infallible>::over(InMemoryLocks::new(20 * MS));
    let (plain, source) = (rt.plain(), Numbered::shut());
    let memo = Builder::on(plain.clone())
        .method_timeout(Duration::from_secs(60))
        .update_statuses(registry)
        .wrap(source.method::<u32>());

    let later = async {
        plain.sleep(60 * MS).await;
        source.gates.open_all();
    };
    let (value, ()) = join(memo.call(1), later).await;

    assert_eq!(value.unwrap(), 1);
}

async fn p2_7_a_registry_hears_of_a_load_that_never_began<R: Timed>(rt: R) {
    let registry = Arc::new(Watched::<u32, u32, Infallible>::default());
    let memo = Builder::on(rt.clone())
        .update_statuses(registry.clone())
        .wrap(Numbered::open().method::<u32>());

    rt.set_running(false);
    let error = ended(&rt, memo.call(1)).await.unwrap_err();
    assert!(matches!(error.failure(), Failure::Abandoned), "{error:?}");
    assert_eq!(registry.running(), 0);

    rt.set_running(true);
    assert_eq!(ended(&rt, memo.call(1)).await.unwrap(), 1);
}

/// What is superseded on the last step of its way into the storage is not stored, be it a load's or a
/// refresh's, and whatever wrote the key before.
async fn p3_6_a_registry_is_asked_in_the_step_that_stores<R: Timed>(rt: R) {
    let registry = Arc::new(Watched::<u32, u32, Infallible>::default());
    let (superseding, late) = (registry.clone(), Arc::new(AtomicBool::new(false)));
    let (told, source) = (late.clone(), Numbered::open());
    // It is asked for the weight just before the entry is stored.
    let memo = Builder::on(rt.clone())
        .capacity(100)
        .update_after(Duration::ZERO)
        .weigher(move |key: &u32, _: &u32| {
            if told.load(SeqCst) {
                superseding.supersede(if key.is_multiple_of(2) { Some(key) } else { None });
            }
            1
        })
        .update_statuses(registry.clone())
        .wrap(source.method::<u32>());

    for key in 1..=2 {
        late.store(true, SeqCst);
        assert!(ended(&rt, memo.call(key)).await.is_ok());
        until(&rt, || registry.running() == 0).await;
        assert!(memo.cache().entry(&key).is_none(), "{key}: it was superseded first");

        late.store(false, SeqCst);
        let value = memo.call(key).await.unwrap();
        until(&rt, || registry.running() == 0).await;
        late.store(true, SeqCst);
        let stale = memo.outcome(key).await.unwrap();
        assert_eq!((stale.value, stale.source), (value, Source::Stale));
        until(&rt, || source.count() == value + 1 && registry.running() == 0).await;
        assert_eq!(memo.cache().entry(&key).unwrap().value, value, "the refresh came too late");
    }
}

fn led(turn: Turn<Ticket, Wait>) -> (Ticket, Wait) {
    match turn {
        Turn::Lead(ticket, wait) => (ticket, wait),
        Turn::Join(_) => panic!("somebody else leads"),
    }
}

fn joined(turn: Turn<Ticket, Wait>) -> Wait {
    match turn {
        Turn::Join(wait) => wait,
        Turn::Lead(..) => panic!("nobody leads"),
    }
}

/// A registry that counts what it is told.
struct Watched<K, V, E> {
    locks: InMemoryLocks<K, V, E>,
    /// How often each update has ended, in the order of their beginnings.
    ends: Mutex<Vec<usize>>,
    answered: Arc<AtomicUsize>,
}

impl<K, V, E> Default for Watched<K, V, E> {
    fn default() -> Self {
        Self::over(InMemoryLocks::default())
    }
}

impl<K, V, E> Watched<K, V, E> {
    fn over(locks: InMemoryLocks<K, V, E>) -> Self {
        Self { locks, ends: Mutex::default(), answered: Arc::default() }
    }

    fn running(&self) -> usize {
        self.ends().iter().filter(|&&ends| ends == 0).count()
    }

    fn ends(&self) -> Vec<usize> {
        self.ends.lock().unwrap().clone()
    }

    /// How many waits have brought a result.
    fn answered(&self) -> usize {
        self.answered.load(SeqCst)
    }

    fn watched(&self, wait: InMemoryWait<V, E>) -> WatchedWait<V, E> {
        WatchedWait { wait, answered: self.answered.clone() }
    }

    fn end(&self, number: usize) {
        self.ends.lock().unwrap()[number] += 1;
    }
}

impl<K, V, E> UpdateStatuses<K, V, E> for Watched<K, V, E>
where
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
    E: 'static,
{
    type Ticket = (usize, InMemoryTicket<V, E>);
    type Wait = WatchedWait<V, E>;

    fn is_being_updated(&self, key: &K) -> bool {
        self.locks.is_being_updated(key)
    }

    fn mark_being_updated(&self, key: &K, now: Instant) -> Turn<Self::Ticket, Self::Wait> {
        match self.locks.mark_being_updated(key, now) {
            Turn::Join(wait) => Turn::Join(self.watched(wait)),
            Turn::Lead(ticket, wait) => {
                let mut ends = self.ends.lock().unwrap();
                ends.push(0);
                Turn::Lead((ends.len() - 1, ticket), self.watched(wait))
            }
        }
    }

    fn is_current(&self, key: &K, (_, ticket): &Self::Ticket) -> bool {
        self.locks.is_current(key, ticket)
    }

    fn mark_updated(&self, key: &K, (number, ticket): &Self::Ticket, entry: CacheEntry<V>) {
        self.end(*number);
        self.locks.mark_updated(key, ticket, entry);
    }

    fn mark_update_aborted(&self, key: &K, (number, ticket): &Self::Ticket, failure: Failure<E>) {
        self.end(*number);
        self.locks.mark_update_aborted(key, ticket, failure);
    }

    fn supersede(&self, key: Option<&K>) {
        self.locks.supersede(key);
    }

    fn lock_timeout(&self) -> Option<Duration> {
        self.locks.lock_timeout()
    }
}

/// A wait that counts when it ends.
struct WatchedWait<V, E> {
    wait: InMemoryWait<V, E>,
    answered: Arc<AtomicUsize>,
}

impl<V: Clone, E> Future for WatchedWait<V, E> {
    type Output = Result<CacheEntry<V>, Failure<E>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let landed = Pin::new(&mut self.wait).poll(cx);
        if landed.is_ready() {
            self.answered.fetch_add(1, SeqCst);
        }
        landed
    }
}
