//! Insertions and removals that a storage fails: who hears of it, in the forms that return the error
//! and in those that do not.

use super::{
    NANO, Numbers, SECOND, answer, at_rest,
    backend::{Backend, Page, Told},
};

use evermemo::{
    Builder, Cached, LocalBoxFuture, Memo, Operation, Runtime, Source, StorageError,
    StorageFailure, testing,
};
use evermemo_tests::{
    Gate, Mode, Moment, Operation as Asked, Probe, Timed, on_every_runtime, polled, until,
};
use std::{
    convert::Infallible,
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

on_every_runtime! {
    p7_1_a_change_that_the_storage_fails_is_counted_and_told_once,
    p7_1_a_change_over_a_storage_that_hangs_is_counted_and_told_once,
    p7_1_what_replaces_a_change_counts_its_failure,
    p7_1_a_change_whose_replacement_was_given_up_is_counted_once,
    p7_1_a_change_that_goes_on_without_its_handle_is_counted_once,
    p7_1_a_value_that_panics_as_it_leaves_memory_fails_no_caller_s_change,
    p7_1_a_value_that_panics_as_it_is_replaced_is_counted_and_the_new_one_stored,
    p3_3_what_an_insertion_failed_to_replace_answers_nobody_where_nobody_is_told,
    p3_6_no_change_begins_before_it_is_polled,
    p3_6_a_change_goes_on_when_its_handle_is_dropped,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Insert,
    InsertWith,
    InsertMany,
    Invalidate,
    InvalidateMany,
    Clear,
}

/// What a change comes to, as far as its form tells.
type Changed = Option<Result<(), StorageError>>;

impl Change {
    const ALL: [Self; 6] = [
        Self::Insert,
        Self::InsertWith,
        Self::InsertMany,
        Self::Invalidate,
        Self::InvalidateMany,
        Self::Clear,
    ];

    /// Changes 7, in the form that returns the storage's error or in the other one.
    fn of<R: Runtime>(self, memo: &Numbers<R>, tries: bool) -> LocalBoxFuture<'_, Changed> {
        Box::pin(async move {
            if tries {
                return Some(match self {
                    Self::Insert => memo.try_insert(7, 70).await,
                    Self::InsertWith => memo.try_insert_with(7, Cached::new(70)).await,
                    Self::InsertMany => memo.try_insert_many([(7, 70)]).await,
                    Self::Invalidate => memo.try_invalidate(&7).await,
                    Self::InvalidateMany => memo.try_invalidate_many([&7]).await,
                    Self::Clear => memo.try_clear().await,
                });
            }
            match self {
                Self::Insert => memo.insert(7, 70).await,
                Self::InsertWith => memo.insert_with(7, Cached::new(70)).await,
                Self::InsertMany => memo.insert_many([(7, 70)]).await,
                Self::Invalidate => memo.invalidate(&7).await,
                Self::InvalidateMany => memo.invalidate_many([&7]).await,
                Self::Clear => memo.clear().await,
            }
            None
        })
    }

    const fn asked(self) -> Asked {
        match self {
            Self::Insert | Self::InsertWith | Self::InsertMany => Asked::Offer,
            Self::Invalidate | Self::InvalidateMany => Asked::Release,
            Self::Clear => Asked::Clear,
        }
    }

    /// What an observer is told of a failure.
    const fn failed(self) -> Told {
        match self {
            Self::Insert | Self::InsertWith | Self::InsertMany => {
                Told::StorageFailed(Some(7), Operation::Offer)
            }
            Self::Invalidate | Self::InvalidateMany => {
                Told::StorageFailed(Some(7), Operation::Release)
            }
            Self::Clear => Told::StorageFailed(None, Operation::Clear),
        }
    }

    /// What it is told when it is done.
    const fn done(self) -> Told {
        match self {
            Self::Insert | Self::InsertWith | Self::InsertMany => Told::Inserted(7),
            Self::Invalidate | Self::InvalidateMany => Told::Invalidated(7),
            Self::Clear => Told::Cleared,
        }
    }
}

/// Each change in both of its forms.
fn forms() -> impl Iterator<Item = (Change, bool)> {
    [true, false].into_iter().flat_map(|tries| Change::ALL.map(|change| (change, tries)))
}

/// A memo over a storage that can clear itself, and who hears of it.
struct Heard<R: Runtime> {
    memo: Numbers<R>,
    probe: Probe<u32, u32>,
    page: Page,
}

impl<R: Runtime> Heard<R> {
    fn on(runtime: R, patience: Duration) -> Self {
        let (probe, page) = (Probe::new(), Page::default());
        probe.allow_clear();
        let memo = Builder::on(runtime)
            .storage(probe.clone())
            .storage_timeout(patience)
            .observer(page.clone())
            .try_wrap(Backend::up().method());
        Self { memo, probe, page }
    }

    /// Makes a change that the storage fails, then one that it does not.
    async fn fails(&self, change: Change, tries: bool, mode: Mode, message: &str) {
        let Self { memo, probe, page } = self;
        probe.next(change.asked(), mode);
        let changed = change.of(memo, tries).await;
        assert_eq!(changed.is_some(), tries);
        if let Some(changed) = changed {
            assert_eq!(changed.expect_err("the storage fails").to_string(), message);
        }
        assert_eq!((page.take(), memo.stats().storage_errors), (vec![change.failed()], 1));

        let changed = change.of(memo, tries).await;
        assert!(changed.is_none_or(|changed| changed.is_ok()));
        assert_eq!((page.take(), memo.stats().storage_errors), (vec![change.done()], 1));
        assert_eq!(memo.in_flight(), 0);
    }
}

/// What of all that was told is about failures of the storage.
fn failures(page: &Page) -> Vec<Told> {
    let mut told = page.take();
    told.retain(|told| matches!(told, Told::StorageFailed(..)));
    told
}

async fn p7_1_a_change_that_the_storage_fails_is_counted_and_told_once<R: Timed>(rt: R) {
    let panicked = StorageFailure::Panicked.to_string();
    for (change, tries) in forms() {
        for (mode, message) in [
            (Mode::Fail("no"), "no"),
            (Mode::Panic { at_once: false }, &panicked),
            (Mode::Panic { at_once: true }, &panicked),
        ] {
            Heard::on(rt.clone(), SECOND).fails(change, tries, mode, message).await;
        }
    }
}

async fn p7_1_a_change_over_a_storage_that_hangs_is_counted_and_told_once<R: Timed>(rt: R) {
    let timed_out = StorageFailure::TimedOut.to_string();
    for (change, tries) in forms() {
        let heard = Heard::on(rt.plain(), Duration::from_millis(5));
        heard.fails(change, tries, Mode::Hang, &timed_out).await;
    }
}

#[test]
fn p7_1_a_change_waits_for_a_storage_that_hangs_until_its_timeout() {
    testing::run(async |time| {
        for (change, tries) in forms() {
            let Heard { memo, probe, page } = Heard::on(time.clone(), 3 * SECOND);
            probe.next(change.asked(), Mode::Hang);
            let mut changed = change.of(&memo, tries);
            assert!(polled(&mut changed).await.is_pending());
            time.advance(3 * SECOND - NANO).await;
            assert!(polled(&mut changed).await.is_pending());
            assert_eq!((page.take(), memo.stats().storage_errors), (vec![], 0));
            time.advance(NANO).await;
            assert!(polled(&mut changed).await.is_ready());
            assert_eq!((page.take(), memo.stats().storage_errors), (vec![change.failed()], 1));
        }
    });
}

async fn p7_1_what_replaces_a_change_counts_its_failure<R: Timed>(rt: R) {
    for tries in [true, false] {
        let Heard { memo, probe, page } = Heard::on(rt.clone(), Duration::MAX);
        let gate = Gate::shut();
        probe.next(Asked::Offer, Mode::Wait(gate.clone()));
        probe.next(Asked::Release, Mode::Fail("no"));
        let mut changes = [Change::Insert, Change::Insert, Change::Invalidate]
            .map(|change| change.of(&memo, tries));
        for change in &mut changes {
            assert!(polled(change).await.is_pending());
        }
        gate.open();

        let [first, second, removal] = changes;
        let told = [first.await, second.await, removal.await];
        if tries {
            let told = told.map(|told| told.expect("it tells").map_err(|error| error.to_string()));
            assert_eq!(told, [Ok(()), Err("no".into()), Err("no".into())]);
        }
        let failed = vec![Change::Invalidate.failed()];
        assert_eq!((failures(&page), memo.stats().storage_errors), (failed, 1));
    }
}

/// A load's write takes the turn of the change, and is dropped by its runtime before it has that.
async fn p7_1_a_change_whose_replacement_was_given_up_is_counted_once<R: Timed>(rt: R) {
    for (change, tries) in [Change::Insert, Change::Invalidate]
        .into_iter()
        .flat_map(|change| [(change, true), (change, false)])
    {
        let Heard { memo, probe, page } = Heard::on(rt.clone(), Duration::MAX);
        let gate = Gate::shut();
        probe.next(Asked::Offer, Mode::Wait(gate.clone()));
        assert_eq!(memo.call(7).await.unwrap(), 1);
        let mut changed = change.of(&memo, tries);
        assert!(polled(&mut changed).await.is_pending());
        rt.set_running(false);
        assert_eq!(memo.force_refresh(7).await.unwrap(), 2);

        let changed = changed.await;

        assert!(changed.is_none_or(|changed| changed.is_err()));
        assert_eq!((failures(&page), memo.stats().storage_errors), (vec![change.failed()], 1));
        rt.set_running(true);
        gate.open();
        at_rest(&rt, &memo).await;
        assert_eq!(memo.stats().storage_errors, 1);
    }
}

async fn p7_1_a_change_that_goes_on_without_its_handle_is_counted_once<R: Timed>(rt: R) {
    for (change, tries) in forms() {
        let Heard { memo, probe, page } = Heard::on(rt.plain(), Duration::from_millis(5));
        probe.next(change.asked(), Mode::Hang);
        let mut changed = change.of(&memo, tries);
        assert!(polled(&mut changed).await.is_pending());
        drop(changed);

        until(&rt, || memo.stats().storage_errors > 0).await;

        let changed = change.of(&memo, tries).await;
        assert!(changed.is_none_or(|changed| changed.is_ok()));
        let told = [change.failed(), change.done()];
        assert_eq!((page.take(), memo.stats().storage_errors), (told.to_vec(), 1));
    }
}

/// Panics when it is dropped, once it is to.
#[derive(Clone)]
struct Brittle(Arc<AtomicBool>);

impl Drop for Brittle {
    fn drop(&mut self) {
        if self.0.swap(false, SeqCst) {
            resume_unwind(Box::new("a value panics"));
        }
    }
}

async fn p7_1_a_value_that_panics_as_it_leaves_memory_fails_no_caller_s_change<R: Timed>(rt: R) {
    let breaks = Arc::new(AtomicBool::new(false));
    let value = Brittle(breaks.clone());
    let memo: Memo<u32, Brittle, Infallible, R> = Builder::on(rt).wrap(move |_| {
        let value = value.clone();
        async move { value }
    });
    for failures in 1..=3 {
        drop(memo.call(7).await.unwrap());
        breaks.store(true, SeqCst);
        match failures {
            1 => memo.invalidate(&7).await,
            2 => memo.clear().await,
            _ => {
                let error = memo.try_invalidate(&7).await.expect_err("a value panics");
                assert_eq!(error.downcast_ref(), Some(&StorageFailure::Panicked));
            }
        }
        assert_eq!((memo.stats().storage_errors, memo.len()), (failures, 0));
    }
}

async fn p7_1_a_value_that_panics_as_it_is_replaced_is_counted_and_the_new_one_stored<R: Timed>(
    rt: R,
) {
    let breaks = Arc::new(AtomicBool::new(false));
    let memo: Memo<u32, Brittle, Infallible, R> =
        Builder::on(rt).wrap(async |_| unreachable!("nothing is loaded"));
    for tries in [false, true] {
        let failures = memo.stats().storage_errors;
        memo.insert(7, Brittle(breaks.clone())).await;
        breaks.store(true, SeqCst);
        let sound = Arc::new(AtomicBool::new(false));
        match tries {
            true => memo.try_insert(7, Brittle(sound.clone())).await.expect("it is stored"),
            false => memo.insert(7, Brittle(sound.clone())).await,
        }
        breaks.store(false, SeqCst);
        assert_eq!(memo.stats().storage_errors, failures + 1);
        assert!(Arc::ptr_eq(&memo.call(7).await.unwrap().0, &sound));
    }
}

async fn p3_3_what_an_insertion_failed_to_replace_answers_nobody_where_nobody_is_told<R: Timed>(
    rt: R,
) {
    for mode in [Mode::Fail("full"), Mode::Hang, Mode::Panic { at_once: false }] {
        let Heard { memo, probe, .. } = Heard::on(rt.plain(), Duration::from_millis(5));
        memo.insert(7, 100).await;
        memo.insert(8, 200).await;
        probe.next(Asked::Offer, mode);
        memo.insert(7, 101).await;

        assert_eq!(memo.cache().entry(&7), None);
        assert_eq!(answer(&memo, 7).await, (1, Source::Loaded));
        assert_eq!(answer(&memo, 8).await, (200, Source::Hit));
    }
}

async fn p3_6_no_change_begins_before_it_is_polled<R: Timed>(rt: R) {
    let Heard { memo, probe, page } = Heard::on(rt.clone(), SECOND);
    memo.insert(7, 1).await;
    let (log, spawned, _) = (probe.log(), rt.spawned(), page.take());

    forms().for_each(|(change, tries)| drop(change.of(&memo, tries)));
    drop((memo.insert(7, 2), memo.invalidate(&7), memo.clear()));
    drop((memo.insert_many([(7, 2)]), memo.invalidate_many([&7])));
    drop((memo.try_insert(7, 2), memo.try_invalidate(&7), memo.try_clear()));

    assert_eq!((probe.log(), rt.spawned(), page.take()), (log, spawned, vec![]));
    assert_eq!(answer(&memo, 7).await, (1, Source::Hit));
}

async fn p3_6_a_change_goes_on_when_its_handle_is_dropped<R: Timed>(rt: R) {
    for (change, tries) in forms() {
        let Heard { memo, probe, page } = Heard::on(rt.clone(), Duration::MAX);
        memo.insert(7, 1).await;
        let (gate, _) = (Gate::shut(), page.take());
        probe.next(change.asked(), Mode::Wait(gate.clone()));
        let mut changed = change.of(&memo, tries);
        assert!(polled(&mut changed).await.is_pending());
        drop(changed);
        assert_eq!(probe.count(change.asked(), Moment::Dropped), 0);

        gate.open();
        let mut told = Vec::new();
        until(&rt, || {
            told.extend(page.take());
            !told.is_empty()
        })
        .await;

        assert_eq!((told, memo.stats().storage_errors), (vec![change.done()], 0));
        let next = answer(&memo, 7).await;
        let expected = match change {
            Change::Insert | Change::InsertWith | Change::InsertMany => (70, Source::Hit),
            Change::Invalidate | Change::InvalidateMany | Change::Clear => (1, Source::Loaded),
        };
        assert_eq!(next, expected);
    }
}
