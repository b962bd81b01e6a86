//! The names of what the attribute writes never meet those of the author.

use evermemo::{Cache, memoize};
use std::sync::LazyLock;

const MEMOIZED: usize = 1;
const __EVERMEMO: usize = 1;

#[allow(non_upper_case_globals, reason = "these are names of the attribute's own")]
mod named_as_ours {
    pub(super) const closure: usize = 2;
    pub(super) const expression: u32 = 2;
    pub(super) const builder: usize = 2;
    pub(super) const cache: usize = 2;
    pub(super) const this: usize = 2;

    #[evermemo::memoize(key = n % expression, capacity = closure + builder + cache)]
    pub(super) async fn in_a_static_with_a_key(n: u32) -> u32 {
        n
    }

    #[derive(Clone, Default)]
    pub(super) struct Shelf(evermemo::Cache<u32, usize>);

    impl Shelf {
        #[evermemo::memoize(in = self.0)]
        pub(super) async fn measured(&self, n: u32) -> usize {
            this + n as usize
        }
    }
}
use named_as_ours::{Shelf, in_a_static_with_a_key};

#[memoize(capacity = MEMOIZED)]
async fn in_a_static(n: u32) -> u32 {
    n
}

#[memoize(capacity = MEMOIZED + __EVERMEMO)]
async fn in_a_static_of_types<const N: usize>(n: u32) -> u32 {
    n
}

static PLACE: LazyLock<Cache<(u32, u32, u32, u32), u32>> =
    LazyLock::new(|| evermemo::builder().build());

#[memoize(in = PLACE)]
async fn in_a_place(cache: u32, this: u32, load: u32, argument0: u32) -> u32 {
    cache + this + load + argument0
}

struct Lent<'memo>(&'memo str);

impl<'memo> Lent<'memo> {
    #[memoize(method)]
    async fn length(text: &str, more: &str) -> usize {
        text.len() + more.len()
    }

    const fn text(&self) -> &'memo str {
        self.0
    }
}

#[memoize]
async fn named_for_us<'memo, 'm, Memo: 'static>(
    text: &'memo str,
    more: &'m str,
    last: &str,
) -> usize
where
    'memo: 'm,
{
    text.len() + more.len() + last.len() + size_of::<Memo>()
}

/// What the standard library calls otherwise.
mod shadows {
    use evermemo::memoize;

    #[allow(dead_code, reason = "its name is what matters")]
    mod core {}
    #[allow(dead_code, reason = "its name is what matters")]
    mod evermemo_core {}
    #[allow(dead_code, reason = "these are names that the attribute means otherwise")]
    mod types {
        pub(super) struct String;
        pub(super) struct Vec;
        pub(super) struct Option;
        pub(super) struct Box;
        pub(super) trait Send {}
        pub(super) trait Clone {}
        pub(super) trait ToOwned {}
        pub(super) struct Ok;
        pub(super) struct Some;
    }
    #[allow(unused_imports, reason = "they are there to be seen")]
    use types::*;

    macro_rules! concat {
        () => {};
    }
    macro_rules! module_path {
        () => {};
    }

    #[memoize(update_after = "1m", cache_if = |n: &usize| *n > 0)]
    pub(super) async fn length(text: &str, items: &[u8]) -> Result<usize, ()> {
        concat!();
        module_path!();
        Result::Ok(text.len() + items.len())
    }

    #[memoize(key = text.len())]
    pub(super) async fn length_by_key(text: &str) -> usize {
        text.len()
    }
}

#[tokio::test]
async fn options_see_the_names_of_their_author() {
    for n in 0..6 {
        in_a_static(n).await.unwrap();
        in_a_static_of_types::<3>(n).await.unwrap();
        in_a_static_with_a_key(n).await.unwrap();
    }
    assert_eq!((in_a_static::cache().len(), in_a_static_of_types::cache::<3>().len()), (1, 2));
    assert_eq!(in_a_static_with_a_key::cache().len(), 2);
    assert_eq!(in_a_place(1, 2, 3, 4).await.unwrap(), 10);
    assert_eq!(PLACE.len(), 1);
    assert_eq!(Shelf::default().measured(1).await.unwrap(), 3);
}

#[tokio::test]
async fn lifetimes_and_types_may_be_called_as_in_the_code_that_is_written() {
    assert_eq!(Lent("").text().len(), 0);
    assert_eq!(Lent::length("a", "b").await.unwrap(), 2);
    assert_eq!(named_for_us::<()>("a", "b", "c").await.unwrap(), 3);
    assert_eq!(shadows::length("a", &[1]).await.unwrap(), 2);
    assert_eq!(shadows::length_by_key("a").await.unwrap(), 1);
}
