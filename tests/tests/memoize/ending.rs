//! Calls on a thread that is ending: in the destructors of its thread-locals.

use evermemo::{Memo, Source, TokioLocal, memoize};
use std::{
    cell::RefCell,
    convert::Infallible,
    pin::pin,
    rc::Rc,
    sync::mpsc::{Sender, channel},
    task::{Context, Poll, Waker},
};

#[memoize]
async fn squared(n: u64) -> u64 {
    n * n
}

#[memoize(local, runtime = TokioLocal)]
async fn counted(n: usize) -> Rc<Vec<usize>> {
    Rc::new((0..n).collect())
}

#[memoize(local, runtime = TokioLocal)]
async fn generic<T: Default + 'static>() -> Rc<T> {
    Rc::new(T::default())
}

/// Does something when it is dropped.
struct AtTheEnd(Box<dyn FnOnce()>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        let done = std::mem::replace(&mut self.0, Box::new(|| {}));
        done();
    }
}

thread_local! {
    static BEFORE: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    static AFTER: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
}

/// Has something done in the destructors of thread-locals: of one that was there before all others of
/// its thread, and of one that came after those that `first` makes.
fn on_a_thread_that_ends<T: Send + 'static>(first: fn(), done: fn() -> T) -> Vec<T> {
    let (sender, receiver) = channel();
    let at_the_end =
        move |sender: Sender<T>| AtTheEnd(Box::new(move || sender.send(done()).unwrap()));
    let ending = std::thread::spawn(move || {
        BEFORE.set(Some(at_the_end(sender.clone())));
        first();
        AFTER.set(Some(at_the_end(sender)));
    });
    ending.join().unwrap();
    receiver.iter().collect()
}

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it has nothing to wait for"),
    }
}

#[test]
fn a_miss_needs_no_thread_local() {
    let miss = || {
        let memo: Memo<u64, u64, Infallible, _> =
            evermemo::builder().wrap(|n: u64| async move { n * n });
        let call = || ready(memo.outcome(12)).map(|outcome| (outcome.value, outcome.source));
        (call().unwrap(), call().unwrap())
    };
    let all = on_a_thread_that_ends(|| {}, miss);
    assert_eq!(all, [((144, Source::Loaded), (144, Source::Hit)); 2]);
}

#[test]
fn a_function_is_called() {
    let called = || (ready(squared(12)).unwrap(), ready(squared::force_refresh(12)).unwrap());
    assert_eq!(on_a_thread_that_ends(|| {}, called), [(144, 144); 2]);
}

#[test]
fn a_function_whose_values_stay_on_the_thread_is_called() {
    // Its runtime is not there any more, which is an error and no panic.
    let called = || {
        let errors = (ready(counted(3)).is_err(), ready(generic::<u8>()).is_err());
        (errors, counted::cache().in_flight())
    };
    let all = on_a_thread_that_ends(|| assert_eq!(counted::cache().len(), 0), called);
    assert_eq!(all, [((true, true), 0); 2]);
}
