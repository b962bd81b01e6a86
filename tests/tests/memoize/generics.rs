//! One cache for each choice of parameters.

use evermemo::memoize;
use std::{any::type_name, fmt::Display, hash::Hash, sync::Arc};

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

#[memoize]
async fn of_functions<F>(text: String, count: F) -> usize
where
    F: for<'x> Fn(&'x str) -> usize + Clone + Hash + Eq + Send + Sync + 'static,
{
    count(&text)
}

#[memoize]
async fn of_both<'a, F>(text: &'a str, count: F) -> usize
where
    'a: 'a,
    F: for<'x> Fn(&'x str) -> usize + Clone + Hash + Eq + Send + Sync + 'static + 'a,
{
    count(text)
}

#[memoize]
async fn of_inline_bounds<'a, T: Clone + Hash + Eq + Send + Sync + 'static + 'a>(
    items: &'a [T],
    shown: fn(&T) -> String,
) -> String
where
    Box<dyn for<'z> Fn(&'z T) -> &'z str>: Sized,
    for<'y> &'y T: IntoIterator<Item: Display>,
{
    let all = items.iter().flat_map(|item| item.into_iter().map(|part| part.to_string()));
    all.chain(items.iter().map(shown)).collect()
}

fn length(text: &str) -> usize {
    text.len()
}

#[allow(dead_code, reason = "its parameters matter")]
struct Held<'a, T, const N: usize>(&'a T);

impl<'a, T, const N: usize> Held<'a, T, N>
where
    T: ToString + Send + Sync + 'static,
{
    #[memoize(method)]
    async fn shown<'b, U>(more: &'b U) -> String
    where
        U: ToString + Clone + Hash + Eq + Send + Sync + 'static,
        T: for<'c> PartialEq<&'c str>,
        'a: 'a,
    {
        format!("{} {N}", more.to_string())
    }
}

#[tokio::test]
async fn bounds_may_name_lifetimes() {
    let length: fn(&str) -> usize = length;
    assert_eq!(of_functions("abc".to_owned(), length).await.unwrap(), 3);
    assert_eq!(of_both("ab", length).await.unwrap(), 2);
    assert_eq!(of_both("ab", length).await.unwrap(), 2);
    assert_eq!(of_both::cache::<fn(&str) -> usize>().stats().hits, 1);
    let shown = |item: &Vec<u8>| format!("{item:?} ");
    assert_eq!(of_inline_bounds::<Vec<u8>>(&[vec![1, 2]], shown).await.unwrap(), "12[1, 2] ");
    assert_eq!(Held::<'_, String, 3>::shown(&'a').await.unwrap(), "a 3");
    assert_eq!(Held::<'_, String, 4>::shown(&'a').await.unwrap(), "a 4");
}

type Length = dyn Fn(&str) -> usize + Send + Sync;

#[memoize(skip(length, longest, first))]
async fn of_objects(
    length: &Arc<dyn for<'x> Fn(&'x str) -> usize + Send + Sync>,
    longest: Arc<dyn Fn(&str, &'_ str) -> Option<usize> + Send + Sync + 'static>,
    first: Option<Arc<dyn for<'a> Fn(&'a [u8], fn(&u8) -> &u8) -> &'a u8 + Send + Sync>>,
    text: &str,
) -> (usize, Option<usize>, Option<u8>) {
    (length(text), longest(text, "ab"), first.map(|first| *first(text.as_bytes(), |byte| byte)))
}

fn first(bytes: &[u8], shown: fn(&u8) -> &u8) -> &u8 {
    shown(&bytes[0])
}

#[tokio::test]
async fn what_borrows_of_its_callers_is_ownable() {
    let length: Arc<Length> = Arc::new(str::len);
    let longest = |a: &str, b: &str| Some(a.len().max(b.len()));
    let answer = of_objects(&length, Arc::new(longest), None, "abc").await.unwrap();
    assert_eq!(answer, (3, Some(3), None));
    let first = Some(Arc::new(first) as _);
    assert_eq!(of_objects(&length, Arc::new(longest), first, "b").await.unwrap().2, Some(b'b'));
}
