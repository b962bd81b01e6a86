//! Functions whose loads stay on their thread.

use evermemo::{TokioLocal, memoize};
use std::{cell::Cell, rc::Rc};

thread_local!(static RUNS: Cell<u32> = const { Cell::new(0) });

#[memoize(local, runtime = TokioLocal)]
async fn shared(id: Rc<str>) -> Result<Rc<str>, Rc<str>> {
    let held = Rc::new(id);
    tokio::task::yield_now().await;
    RUNS.set(RUNS.get() + 1);
    if held.is_empty() { Err("empty".into()) } else { Ok((*held).clone()) }
}

#[memoize(local, runtime = TokioLocal)]
async fn generic<T: Clone + 'static>() -> Rc<Option<T>> {
    Rc::new(None)
}

fn on_this_thread(test: impl Future<Output = ()>) {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    tokio::task::LocalSet::new().block_on(&tokio, test);
}

#[test]
fn nothing_has_to_be_send() {
    on_this_thread(async {
        assert_eq!(&*shared("a".into()).await.unwrap(), "a");
        assert_eq!(&*shared("a".into()).await.unwrap(), "a");
        assert_eq!(RUNS.get(), 1);
        assert_eq!(shared::outcome("a".into()).await.unwrap().source, evermemo::Source::Hit);
        assert_eq!(shared::get("a".into()).await.as_deref(), Some("a"));
        assert!(shared::contains("a".into()) && shared::peek("b".into()).is_none());
        shared::invalidate("a".into()).await;
        assert_eq!(shared::cache().len(), 0);
        assert_eq!(&*shared::force_refresh("a".into()).await.unwrap(), "a");
        assert_eq!(RUNS.get(), 2);
        assert!(shared("".into()).await.unwrap_err().cause().is_some());
        assert!(generic::<Rc<u8>>().await.unwrap().is_none());
        assert_eq!(generic::cache::<Rc<u8>>().stats().loads, 1);
    });
}

#[test]
fn each_thread_has_its_cache() {
    let calls = || {
        on_this_thread(async { drop(shared("b".into()).await.unwrap()) });
        shared::cache().stats().calls()
    };
    assert_eq!((calls(), std::thread::spawn(calls).join().unwrap()), (1, 1));
}
