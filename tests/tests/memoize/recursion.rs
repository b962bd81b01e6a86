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
