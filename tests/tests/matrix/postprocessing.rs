//! What each caller gets of the stored value.

use evermemo::{
    Builder, CacheEntry, DeepcopyPostprocessing, Failure, Instant, NoPostprocessing,
    Postprocessing, Source,
};
use evermemo_tests::{Gate, Numbered, Runs, Timed, all, caught, on_every_runtime, polled};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicIsize, Ordering::SeqCst},
};

on_every_runtime! {
    b94_postprocessing_applies_to_every_answer_and_not_to_the_stored_value,
    b95_a_deep_copy_parts_the_callers,
    b61_a_panicking_postprocessing_harms_its_caller_only,
    b61_a_panicking_entry_builder_fails_the_load,
}

async fn b94_postprocessing_applies_to_every_answer_and_not_to_the_stored_value<R: Timed>(rt: R) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let memo = Builder::on(rt)
        .postprocessing(move |value: &'static str| {
            log.lock().unwrap().push(value);
            "overridden"
        })
        .wrap(|_: u32| async { "value" });

    let (miss, hit) = (memo.outcome(1).await.unwrap(), memo.outcome(1).await.unwrap());

    assert_eq!((miss.value, miss.source), ("overridden", Source::Loaded));
    assert_eq!((hit.value, hit.source), ("overridden", Source::Hit));
    assert_eq!(*seen.lock().unwrap(), ["value"; 2]);
    assert_eq!(memo.cache().entry(&1).unwrap().value, "value");
}

async fn b95_a_deep_copy_parts_the_callers<R: Timed>(rt: R) {
    /// What three callers of one load get, and what a fourth finds stored.
    async fn four<R, P>(rt: &R, postprocessing: P) -> [Arc<Vec<u32>>; 4]
    where
        R: Timed,
        P: Postprocessing<Arc<Vec<u32>>> + Send + Sync,
    {
        let (gate, runs) = (Gate::shut(), Runs::default());
        let (shut, counted) = (gate.clone(), runs.clone());
        let memo = Builder::on(rt.clone()).postprocessing(postprocessing).wrap(move |_: u32| {
            counted.begin();
            let passed = shut.passed();
            async {
                passed.await;
                Arc::new(vec![1])
            }
        });
        let mut callers = [(); 3].map(|()| Box::pin(memo.call(1)));
        for caller in &mut callers {
            assert!(polled(caller).await.is_pending());
        }
        gate.open();
        let [a, b, c] = callers;
        let mut a = a.await.unwrap();
        if let Some(own) = Arc::get_mut(&mut a) {
            own.push(2);
        }
        let answers = [a, b.await.unwrap(), c.await.unwrap(), memo.call(1).await.unwrap()];
        assert_eq!(runs.count(), 1);
        answers
    }

    let [a, b, c, later] = four(&rt, DeepcopyPostprocessing).await;
    assert_eq!((&*a, &*b, &*c, &*later), (&vec![1, 2], &vec![1], &vec![1], &vec![1]));
    assert!(!Arc::ptr_eq(&a, &b) && !Arc::ptr_eq(&b, &c) && !Arc::ptr_eq(&a, &c));

    let [a, b, c, later] = four(&rt, NoPostprocessing).await;
    assert_eq!(*a, [1], "what is shared cannot be changed");
    assert!(Arc::ptr_eq(&a, &b) && Arc::ptr_eq(&b, &c) && Arc::ptr_eq(&c, &later));
}

async fn b61_a_panicking_postprocessing_harms_its_caller_only<R: Timed>(rt: R) {
    let (countdown, source) = (Arc::new(AtomicIsize::new(1)), Numbered::shut());
    let counted = countdown.clone();
    let memo = Builder::on(rt)
        .postprocessing(move |value: u32| {
            assert_ne!(counted.fetch_sub(1, SeqCst), 1, "the first of all");
            value
        })
        .wrap(source.method::<u32>());
    let mut callers = Vec::from_iter((0..3).map(|_| Box::pin(memo.call(1))));
    for caller in &mut callers {
        assert!(polled(caller).await.is_pending());
    }
    source.gates.open_all();

    let mut answers = all(callers.into_iter().map(caught)).await.into_iter();

    assert!(answers.next().unwrap().is_err(), "the leader has panicked");
    for answer in answers {
        assert_eq!(answer.expect("no other has").unwrap(), 1);
    }
    assert_eq!(countdown.load(SeqCst), -2);
    assert_eq!(memo.cache().entry(&1).unwrap().value, 1);
    let hit = memo.outcome(1).await.unwrap();
    assert_eq!((hit.value, hit.source, source.count()), (1, Source::Hit, 1));
}

async fn b61_a_panicking_entry_builder_fails_the_load<R: Timed>(rt: R) {
    let (panics, source) = (Arc::new(AtomicBool::new(true)), Numbered::open());
    source.gates.shut_at(1);
    let told = panics.clone();
    let memo = Builder::on(rt)
        .entry_builder(move |_: &u32, value: u32, now: Instant| {
            assert!(!told.swap(false, SeqCst), "no times");
            CacheEntry::new(value, now)
        })
        .wrap(source.method());
    let (mut a, mut b) = (Box::pin(memo.call(1)), Box::pin(memo.call(1)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());
    source.gates.open_all();

    for answer in all([a, b].map(caught)).await {
        let error = answer.expect("the load panics, not its callers").unwrap_err();
        assert!(error.is_panic());
        assert!(matches!(error.failure(), Failure::Panicked(text) if &**text == "no times"));
    }
    assert_eq!((memo.len(), memo.stats().panics), (0, 1));

    let loaded = memo.outcome(1).await.unwrap();
    assert_eq!((loaded.value, loaded.source), (2, Source::Loaded));
}
