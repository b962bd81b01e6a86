//! Each attribute goes where it is legal and meant.

use evermemo::memoize;

#[memoize]
#[doc(alias = "shown")]
#[doc(alias("displayed", "printed"))]
/// Has other names.
async fn aliased(n: u8) -> u8 {
    n
}

#[doc(hidden, alias = "covered")]
#[memoize]
async fn hidden(n: u8) -> u8 {
    n
}

#[memoize]
#[cfg_attr(all(), doc(alias = "of attributes"), doc = "Has words of its own.", allow(unused))]
#[cfg_attr(any(), no_such_attribute, doc(no_such_thing))]
#[cfg_attr(all(), cfg_attr(all(), cfg(all()), deprecated = "it is old", cold))]
#[doc = concat!("Has ", "more words.")]
async fn conditional(n: u8) -> u8 {
    let unused = 1;
    n
}

#[memoize]
#[cfg_attr(all(), cfg(any()))]
async fn conditional(n: u8) -> NoSuchType {
    n
}

#[must_use = "it took long"]
#[inline]
#[cold]
#[memoize]
#[rustfmt::skip]
#[clippy::cognitive_complexity = "50"]
#[deprecated(since = "1.0.0", note = "it is old")]
async fn of_every_kind(n: u8) -> u8 {
    n
}

#[memoize]
#[forbid(unsafe_code, unused_variables, clippy::pedantic, dead_code)]
#[deny(missing_docs)]
async fn strict(_n: u8, text: &str) -> usize {
    std::future::ready(text.len()).await
}

#[memoize]
#[allow(unused_variables, non_snake_case)]
async fn allowed(Shown: u8, unused: u8) -> u8 {
    Shown
}

#[memoize]
#[expect(clippy::too_many_arguments, reason = "they are of the same kind")]
async fn of_many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> u8 {
    a + b + c + d + e + f + g + h
}

#[memoize]
#[expect(
    unused_variables,
    non_snake_case,
    clippy::fn_params_excessive_bools,
    reason = "there is one for each part"
)]
async fn expected(Text: String, a: bool, b: bool, c: bool, d: bool) -> usize {
    let more = 1;
    Text.len()
}

#[memoize]
#[cfg_attr(all(), expect(clippy::ptr_arg, dead_code, reason = "one is of the body"))]
async fn expected_under_a_condition(text: &String) -> usize {
    text.len()
}

#[derive(Clone)]
struct Shelf;

impl Shelf {
    #[memoize(skip(self))]
    #[doc(alias = "counted")]
    #[cfg(not(any()))]
    #[expect(clippy::wrong_self_convention, reason = "the name is given")]
    #[deprecated = "it is old"]
    async fn to_count(self, n: u8) -> u8 {
        n
    }

    #[memoize(method)]
    #[cfg(any())]
    async fn to_count(n: u8) -> NoSuchType {
        n
    }

    #[memoize(skip(self))]
    #[forbid(dead_code)]
    async fn lent<'a>(&self, n: &'a u8, m: &'a u8) -> u8 {
        n + m
    }
}

#[tokio::test]
#[expect(deprecated, reason = "it is kept")]
async fn attributes_go_where_they_are_legal() {
    assert_eq!(aliased(1).await.unwrap() + hidden(1).await.unwrap(), 2);
    assert_eq!(conditional(1).await.unwrap() + of_every_kind(1).await.unwrap(), 2);
    assert_eq!(conditional::force_refresh(1).await.unwrap(), 1);
    assert_eq!(of_every_kind::outcome(1).await.unwrap().value, 1);
    assert_eq!(strict(1, "a").await.unwrap(), 1);
    assert_eq!(Shelf.to_count(1).await.unwrap(), 1);
}

#[tokio::test]
async fn lints_are_told_as_by_a_plain_function() {
    assert_eq!(allowed(1, 2).await.unwrap(), 1);
    assert_eq!(of_many(1, 2, 3, 4, 5, 6, 7, 8).await.unwrap(), 36);
    assert_eq!(expected("a".to_owned(), true, true, true, true).await.unwrap(), 1);
    assert_eq!(expected_under_a_condition(&"a".to_owned()).await.unwrap(), 1);
    assert_eq!(Shelf.lent(&1, &2).await.unwrap(), 3);
}

/// What another attribute makes of the body.
mod macros_beside {
    use super::memoize;

    #[memoize]
    #[tokio::main(flavor = "current_thread")]
    #[cfg(any())]
    async fn no_longer_async(n: u8) -> u8 {
        n
    }

    // Those above have the whole function, and leave this one to what they make of it.
    #[cfg_attr(all(), memoize)]
    pub(super) async fn below(n: u8) -> u8 {
        n
    }
}

#[tokio::test]
async fn the_attribute_may_stand_under_a_condition() {
    assert_eq!(macros_beside::below(1).await.unwrap(), 1);
    assert_eq!(macros_beside::below::cache().len(), 1);
}

trait Priced {
    fn cache(&self) -> evermemo::Cache<u8, u8>;

    #[memoize(in = self.cache())]
    #[doc(alias = "cost")]
    #[deprecated = "it is old"]
    #[expect(clippy::wrong_self_convention, unused_variables, reason = "the name is given")]
    #[cfg_attr(all(), must_use, cold)]
    async fn to_price(&self, sku: u8, #[cfg(any())] currency: NoSuchType) -> u8 {
        let unused = 1;
        sku
    }

    #[memoize(in = self.cache())]
    #[cfg(any())]
    async fn to_price(&self) -> NoSuchType {}
}

impl Priced for evermemo::Cache<u8, u8> {
    fn cache(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
#[expect(deprecated, reason = "it is kept")]
async fn attributes_of_provided_methods_go_where_they_are_legal() {
    let cache = evermemo::Cache::default();
    assert_eq!(cache.to_price(1).await.unwrap(), 1);
    cache.to_price_invalidate(1).await;
    assert_eq!(cache.len(), 0);
}
