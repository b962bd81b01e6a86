//! Arguments make the key.

use super::Count;
use evermemo::memoize;
use std::path::Path;

static RUNS: Count = Count::new();

#[memoize]
async fn none() -> u32 {
    RUNS.one_more()
}

#[memoize]
async fn one(mut text: String) -> String {
    text.push('!');
    text
}

#[memoize]
async fn several(a: u8, b: &str, c: &[u8], d: &Path, e: &u64, f: &'static str) -> String {
    format!("{a}{b}{c:?}{}{e}{f}", d.display())
}

#[memoize]
async fn patterns((a, b): (u8, u8), _: &str, [c, d]: [u8; 2]) -> u8 {
    a + b + c + d
}

#[memoize]
async fn named_lifetimes<'a, 'b: 'a>(a: &'a str, b: &'b str) -> usize {
    a.len() + b.len()
}

#[memoize]
async fn this(this: u8, cache: u8, key: u8, r#fn: u8) -> u8 {
    this + cache + key + r#fn
}

#[tokio::test]
async fn without_any_there_is_one_answer() {
    assert_eq!((none().await.unwrap(), none().await.unwrap()), (1, 1));
    none::invalidate().await;
    assert_eq!(none().await.unwrap(), 2);
}

#[tokio::test]
async fn p6_3_every_one_makes_the_key() {
    let text = || "a".to_owned();
    assert_eq!(
        (one(text()).await.unwrap(), one(text()).await.unwrap()),
        ("a!".into(), "a!".into())
    );
    assert_eq!(one::cache().stats().hits, 1);
    let call = |a, b, e| async move { several(a, b, &[3], Path::new("p"), &e, "f").await.unwrap() };
    assert_eq!(call(1, "2", 5).await, "12[3]p5f");
    assert_eq!(call(1, "2", 6).await, "12[3]p6f");
    assert_eq!(call(1, "3", 5).await, "13[3]p5f");
    assert_eq!(call(1, "2", 5).await, "12[3]p5f");
    assert_eq!((several::cache().stats().loads, several::cache().stats().hits), (3, 1));
    assert!(several::contains(1, "2", &[3], Path::new("p"), &5, "f"));
    assert!(several::get(1, "4", &[3], Path::new("p"), &5, "f").await.is_none());
    several::invalidate(1, "2", &[3], Path::new("p"), &5, "f").await;
    assert_eq!(several::cache().len(), 2);
}

#[tokio::test]
async fn patterns_and_names_of_all_kinds_do() {
    assert_eq!(patterns((1, 2), "", [3, 4]).await.unwrap(), 10);
    assert_eq!(patterns((1, 2), "other", [3, 4]).await.unwrap(), 10);
    assert_eq!(patterns::cache().stats().loads, 2);
    assert_eq!(named_lifetimes("a", &String::from("bc")).await.unwrap(), 3);
    assert_eq!(this(1, 2, 3, 4).await.unwrap(), 10);
}

#[tokio::test]
async fn the_future_borrows_and_can_be_sent() {
    fn sent<F: Future + Send>(future: F) -> F {
        future
    }
    let text = String::from("abc");
    assert_eq!(sent(named_lifetimes(&text, &text)).await.unwrap(), 6);
    let spawned = tokio::spawn(named_lifetimes("spawned", ""));
    assert_eq!(spawned.await.unwrap().unwrap(), 7);
}

#[memoize]
async fn conditional(a: u8, #[cfg(any())] b: NoSuchType) -> u8 {
    a
}

#[memoize(skip(a, b), capacity = 2)]
async fn one_of_two(
    #[cfg(any())] a: NoSuchType,
    #[cfg(not(any()))] a: u8,
    #[cfg(any())] b: u8,
    #[cfg_attr(all(), cfg(all()), allow(unused_variables))] c: u8,
) -> u8 {
    a
}

#[memoize(skip(gone))]
async fn nothing_skipped(#[cfg(any())] gone: u8, a: u8) -> u8 {
    a
}

#[derive(Clone)]
struct Shop {
    prices: evermemo::Cache<u8, u8>,
}

impl Shop {
    #[memoize(in = self.prices)]
    async fn price(
        &self,
        #[cfg(not(any()))]
        #[allow(unused_mut)]
        mut sku: u8,
        #[cfg_attr(all(), cfg(any()))] currency: NoSuchType,
    ) -> u8 {
        sku * 2
    }

    #[memoize(method)]
    async fn of_a_type<#[cfg(any())] T: NoSuchTrait, #[cfg(not(any()))] U: 'static>(
        #[cfg(any())] a: T,
        #[expect(unused_variables)] b: u8,
    ) -> usize {
        size_of::<U>()
    }
}

#[tokio::test]
async fn arguments_may_be_there_under_a_condition() {
    assert_eq!(conditional(1).await.unwrap(), 1);
    conditional::invalidate(1).await;
    assert_eq!(one_of_two(1, 2).await.unwrap(), 1);
    assert_eq!(one_of_two(3, 2).await.unwrap(), 1);
    assert_eq!(nothing_skipped(1).await.unwrap(), 1);
    assert_eq!(nothing_skipped(2).await.unwrap(), 2);
    let shop = Shop { prices: evermemo::Cache::default() };
    assert_eq!(shop.price(2).await.unwrap(), 4);
    assert_eq!(Shop::of_a_type::<u16>(1).await.unwrap(), 2);
}

// What is said of an argument names it by a type parameter of that name.
#[allow(non_snake_case)]
#[memoize]
async fn called_as_types(
    bool: u8,
    String: u8,
    str: &str,
    r#type: &[u8],
    its_name: Option<u8>,
) -> String {
    format!("{bool} {String} {str} {type:?} {its_name:?}")
}

#[tokio::test]
async fn arguments_may_be_called_as_types_are() {
    let answer = called_as_types(1, 2, "three", &[4], Some(5)).await.unwrap();
    assert_eq!(answer, "1 2 three [4] Some(5)");
}
