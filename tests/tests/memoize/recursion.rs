//! Functions that call themselves.

use evermemo::{Error, memoize};

#[memoize]
async fn fibonacci(n: u64) -> u64 {
    match n {
        0 | 1 => n,
        _ => {
            let (a, b) = (Box::pin(fibonacci(n - 1)).await, Box::pin(fibonacci(n - 2)).await);
            a.unwrap() + b.unwrap()
        }
    }
}

#[memoize]
async fn depth<T>(tree: &[T], below: &str) -> Result<usize, String>
where
    T: Clone + Eq + std::hash::Hash + Send + Sync + 'static,
{
    match tree {
        [] => Err(below.to_owned()),
        [_] => Ok(1),
        [_, tree @ ..] => {
            let deeper = Box::pin(depth(tree, below)).await;
            deeper.map(|depth| depth + 1).map_err(|error| error.to_string())
        }
    }
}

#[memoize]
async fn even(n: u32) -> bool {
    n == 0 || Box::pin(odd::outcome(n - 1)).await.is_ok_and(|odd| odd.value)
}

#[memoize]
async fn odd(n: u32) -> bool {
    n != 0 && Box::pin(even(n - 1)).await.unwrap_or_default()
}

#[derive(Clone)]
struct Steps(u64);

impl Steps {
    #[memoize(skip(self), key = to)]
    async fn ways(&self, to: u64) -> u64 {
        if to == 0 {
            return 1;
        }
        let mut ways = 0;
        for step in 1..=self.0.min(to) {
            ways += Box::pin(self.ways(to - step)).await.unwrap();
        }
        ways
    }
}

#[tokio::test]
async fn need_a_box_and_nothing_else() {
    assert_eq!(fibonacci(50).await.unwrap(), 12_586_269_025);
    assert_eq!(fibonacci::cache().stats().loads, 51);
    assert_eq!(depth(&[1, 2, 3], "leaf").await.unwrap(), 3);
    assert_eq!(depth::<u8>(&[], "leaf").await.unwrap_err().cause(), Some(&"leaf".to_owned()));
    assert_eq!((even(10).await.unwrap(), odd(10).await.unwrap()), (true, false));
    assert_eq!(Steps(2).ways(10).await.unwrap(), 89);
}

#[tokio::test]
async fn may_be_sent_on_the_way() {
    let spawned = tokio::spawn(fibonacci(20));
    assert_eq!(spawned.await.unwrap().map_err(|error: Error<_>| error.to_string()), Ok(6_765));
}

#[memoize(capacity = 30_000)]
async fn steps(n: u32) -> u32 {
    if n == 0 { 0 } else { Box::pin(steps(n - 1)).await.unwrap() + 1 }
}

/// Runs on a thread with the stack that executors and tests give theirs.
fn on_two_megabytes<O: Send + 'static>(run: impl FnOnce() -> O + Send + 'static) -> O {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run);
    thread.expect("a thread").join().expect("it ends")
}

/// Runs a future as a task, on a worker's stack.
fn on_tokio<F>(mut builder: tokio::runtime::Builder, future: F) -> F::Output
where
    F: Future<Output: Send> + Send + 'static,
{
    let tokio = builder.enable_time().build().expect("a runtime");
    tokio.block_on(async { tokio::spawn(future).await.expect("it ends") })
}

#[test]
fn may_be_as_deep_as_memory_allows() {
    const DEEP: u32 = 20_000;
    let executors: [fn() -> Result<u32, _>; 4] = [
        || on_tokio(tokio::runtime::Builder::new_current_thread(), steps(DEEP)),
        || on_tokio(tokio::runtime::Builder::new_multi_thread(), steps(DEEP)),
        || smol::block_on(steps(DEEP)),
        || async_std::task::block_on(steps(DEEP)),
    ];
    for executor in executors {
        assert_eq!(on_two_megabytes(executor).unwrap(), DEEP);
        assert_eq!(steps::cache().len(), DEEP as usize + 1);
        smol::block_on(steps::cache().clear());
    }
}

#[memoize(capacity = 10)]
#[allow(clippy::large_stack_arrays, reason = "it is what is tested")]
async fn large(n: u8) -> [u8; 32 << 10] {
    [n; 32 << 10]
}

#[test]
fn values_of_32_kib_leave_room_on_a_stack_of_two_megabytes() {
    on_two_megabytes(|| {
        smol::block_on(async {
            for _ in 0..2 {
                assert_eq!(large(1).await.unwrap()[1_000], 1);
            }
            assert_eq!(large::force_refresh(1).await.unwrap()[1_000], 1);
        });
    });
}
