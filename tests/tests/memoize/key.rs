//! A key of one's own.

use evermemo::memoize;

#[memoize(key = name.to_lowercase())]
async fn folded(name: &str, greeting: &str) -> String {
    format!("{greeting} {name}")
}

#[memoize(key = (x.to_bits(), tags.join(" ")), capacity = 2)]
async fn scaled(x: f64, tags: Vec<String>, by: &f64) -> f64 {
    assert!(!tags.is_empty());
    x * by
}

#[memoize(key = value.to_string())]
async fn shown<T: ToString + Clone + Send + Sync + 'static>(value: T) -> String {
    value.to_string()
}

#[tokio::test]
async fn p6_3_an_expression_makes_the_key() {
    assert_eq!(folded("Ann", "hello").await.unwrap(), "hello Ann");
    assert_eq!(folded("ANN", "bye").await.unwrap(), "hello Ann");
    assert_eq!(folded::cache().stats().hits, 1);
    // Only what the expression looks at is asked for.
    assert_eq!(folded::peek("aNN").as_deref(), Some("hello Ann"));
    assert_eq!(folded::remove("aNN").await.unwrap().map(|entry| entry.value.len()), Some(9));
    assert_eq!(folded("ANN", "bye").await.unwrap(), "bye ANN");
}

#[memoize(key = format!("{id:03} {cache}"))]
async fn formatted(id: u8, cache: &str) -> String {
    format!("{id}{cache}")
}

#[tokio::test]
async fn an_expression_may_name_arguments_in_text() {
    assert_eq!(formatted(1, "a").await.unwrap(), "1a");
    assert_eq!(formatted(1, "b").await.unwrap(), "1b");
    formatted::invalidate(1, "a").await;
    assert_eq!(formatted::cache().len(), 1);
}

#[tokio::test]
async fn an_expression_may_use_values_up() {
    let tags = || vec!["a".to_owned()];
    assert!((scaled(1.5, tags(), &2.0).await.unwrap() - 3.0).abs() < 1e-9);
    assert!((scaled(1.5, tags(), &4.0).await.unwrap() - 3.0).abs() < 1e-9);
    assert!((scaled(2.5, tags(), &2.0).await.unwrap() - 5.0).abs() < 1e-9);
    assert_eq!(scaled::cache().stats().loads, 2);
}

#[tokio::test]
async fn generic_functions_have_one_cache_for_each_choice() {
    assert_eq!((shown(1_u8).await.unwrap(), shown(1_u16).await.unwrap()), ("1".into(), "1".into()));
    assert_eq!(shown::cache::<u8>().stats().loads, 1);
    assert_eq!(shown::cache::<u16>().stats().loads, 1);
}

#[memoize(key = ())]
async fn once(n: u32) -> u32 {
    n
}

#[tokio::test]
async fn a_key_of_nothing_is_one_answer_for_all() {
    assert_eq!((once(1).await.unwrap(), once(2).await.unwrap()), (1, 1));
    once::invalidate().await;
    assert_eq!(once(2).await.unwrap(), 2);
}

#[derive(Clone)]
struct Shelf<T>(T);

impl<T: ToString + Clone + Send + Sync + 'static> Shelf<T> {
    #[memoize(skip(self), key = name.to_lowercase())]
    async fn labelled(&self, name: &str) -> String {
        format!("{} {name}", self.0.to_string())
    }

    #[memoize(method, key = (name.len(), size_of::<T>()))]
    async fn measured<'a, U>(name: &'a str, more: &'a U) -> String
    where
        U: ToString + Clone + Send + Sync + 'static,
        T: Default,
    {
        format!("{name}{}{}", more.to_string(), T::default().to_string())
    }
}

trait Shape {
    type Side: ToString + Copy + Default + Send + Sync + 'static;
}

struct Square;

impl Shape for Square {
    type Side = u16;
}

struct Pile<'a, S, const N: usize>(&'a [S; N]);

impl<'a, S: Shape + 'static, const N: usize> Pile<'a, S, N>
where
    S::Side: PartialEq,
    &'a S: Copy,
{
    const HEIGHT: usize = N;

    #[memoize(method, key = [Self::HEIGHT, N, sides.len()])]
    async fn outline(sides: &[S::Side], more: Option<S::Side>) -> String {
        sides.iter().copied().chain(more).map(|side| side.to_string()).collect()
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

#[tokio::test]
async fn methods_of_generic_types_have_keys_of_their_own() {
    let shelf = Shelf(1_u8);
    assert_eq!(shelf.labelled("Ann").await.unwrap(), "1 Ann");
    assert_eq!(shelf.labelled("ANN").await.unwrap(), "1 Ann");
    assert_eq!(Shelf('a').labelled("ANN").await.unwrap(), "a ANN");
    assert_eq!(Shelf::<u8>::labelled_cache().stats().hits, 1);
    Shelf::<u8>::labelled_invalidate("aNN").await;
    assert_eq!(shelf.labelled("ANN").await.unwrap(), "1 ANN");
    assert_eq!(Shelf::<u8>::measured("ab", &'c').await.unwrap(), "abc0");
    assert_eq!(Shelf::<u8>::measured("de", &'f').await.unwrap(), "abc0");
    assert_eq!(Shelf::<u8>::measured("de", &"f").await.unwrap(), "def0");
}

#[tokio::test]
async fn keys_may_be_made_of_all_that_the_impl_block_knows() {
    let pile = Pile::<Square, 2>(&[Square, Square]);
    assert_eq!(pile.len(), Pile::<Square, 2>::HEIGHT);
    assert_eq!(Pile::<Square, 2>::outline(&[1, 2], Some(3)).await.unwrap(), "123");
    assert_eq!(Pile::<Square, 2>::outline(&[4, 5], None).await.unwrap(), "123");
    assert_eq!(Pile::<Square, 3>::outline(&[4, 5], None).await.unwrap(), "45");
}
