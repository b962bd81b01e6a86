//! One cache for each choice of parameters.

use evermemo::memoize;
use std::{any::type_name, hash::Hash, marker::PhantomData};

#[memoize]
async fn name<T: 'static>() -> &'static str {
    type_name::<T>()
}

#[memoize]
async fn lent<T, const N: usize>(value: &T, more: &[T; N]) -> Vec<T>
where
    T: Clone + Hash + Eq + Send + Sync + 'static,
{
    let mut all = more.to_vec();
    all.push(value.clone());
    all
}

#[tokio::test]
async fn each_choice_has_its_cache() {
    assert_eq!((name::<u8>().await.unwrap(), name::<u16>().await.unwrap()), ("u8", "u16"));
    assert_eq!((name::<u8>().await.unwrap(), name::<u32>().await.unwrap()), ("u8", "u32"));
    assert_eq!((name::cache::<u8>().stats().hits, name::cache::<u16>().stats().hits), (1, 0));
    name::invalidate::<u8>().await;
    assert_eq!((name::cache::<u8>().len(), name::cache::<u16>().len()), (0, 1));
}

#[tokio::test]
async fn parameters_are_found_by_the_arguments() {
    assert_eq!(lent(&1, &[2, 3]).await.unwrap(), [2, 3, 1]);
    assert_eq!(lent(&'a', &[]).await.unwrap(), ['a']);
    assert_eq!(lent(&1, &[2, 3]).await.unwrap(), [2, 3, 1]);
    assert_eq!(lent::cache::<i32, 2>().stats().hits, 1);
}

#[derive(Clone)]
struct Pairs<T>(T);

impl<T: Clone + Hash + Eq + Send + Sync + 'static> Pairs<T> {
    #[memoize(skip(self))]
    async fn with<U>(&self, first: T, second: &U) -> Result<(T, U), String>
    where
        U: Clone + Hash + Eq + Send + Sync + 'static,
    {
        if first == self.0 { Ok((first, second.clone())) } else { Err("another".to_owned()) }
    }
}

#[memoize(key = value.clone())]
async fn marked<T>(value: T) -> (T, PhantomData<T>)
where
    T: Clone + Hash + Eq + Send + Sync + 'static,
{
    (value, PhantomData)
}

#[tokio::test]
async fn values_are_made_of_parameters() {
    assert_eq!(Pairs(1).with(1, &'a').await.unwrap(), (1, 'a'));
    assert!(Pairs(1).with(2, &'a').await.is_err());
    assert_eq!(marked("one").await.unwrap().0, "one");
}
