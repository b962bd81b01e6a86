//! What is written by `macro_rules!` is memoized as if it were written by hand.

use super::Count;
use evermemo::{Cache, Policy, memoize};
use std::{
    collections::BTreeMap,
    fmt::{Debug, Display},
    sync::{Arc, LazyLock},
    time::Duration,
};

macro_rules! returns {
    ($name:ident, $returned:ty, $body:expr) => {
        #[memoize]
        async fn $name(id: u32) -> $returned {
            $body(id)
        }
    };
    // A type that has been matched as one already.
    (again $name:ident, $returned:ty, $body:expr) => {
        returns!($name, $returned, $body);
    };
}

static RUNS: Count = Count::new();

fn even(id: u32) -> Result<u32, String> {
    RUNS.one_more();
    if id.is_multiple_of(2) { Ok(id) } else { Err(format!("{id} is odd")) }
}

returns!(fallible, Result<u32, String>, even);
returns!(again fallible_again, ::std::result::Result<u32, String>, even);
returns!(fallible_elsewhere, std::io::Result<u32>, Ok);
returns!(plain, Option<Result<u32, String>>, |id| Some(even(id)));

#[tokio::test]
async fn a_type_that_is_a_result_is_one() {
    for _ in 0..2 {
        assert_eq!(fallible(1).await.unwrap_err().cause().unwrap(), "1 is odd");
        assert_eq!(fallible_again(1).await.unwrap_err().cause().unwrap(), "1 is odd");
    }
    assert_eq!(fallible::cache().stats().load_failures, 2);
    assert_eq!(fallible_again::cache().stats().load_failures, 2);
    assert_eq!(fallible(2).await.unwrap() + fallible_again(4).await.unwrap(), 6);
    assert_eq!(fallible_elsewhere(2).await.unwrap(), 2);
    assert_eq!(plain(2).await.unwrap(), Some(Ok(2)));
    assert_eq!(plain(1).await.unwrap(), plain(1).await.unwrap());
    assert_eq!(plain::cache().stats().hits, 1);
}

macro_rules! takes {
    ($name:ident, $($argument:ident: $ty:ty),* => $value:expr) => {
        #[memoize]
        async fn $name($($argument: $ty),*) -> String {
            $value
        }
    };
}

takes!(text, a: &str => a.to_owned());
takes!(slice, a: &[u8], b: &'static str => format!("{a:?} {b}"));
takes!(inside, a: Option<u8>, b: &Vec<String> => format!("{a:?} {b:?}"));

macro_rules! of_a_part {
    ($name:ident, $ty:ty) => {
        #[memoize]
        async fn $name(a: &$ty, b: Option<$ty>, c: &[$ty]) -> Vec<$ty> {
            b.iter().chain(c).chain([a]).cloned().collect()
        }
    };
}

of_a_part!(of_strings, String);
of_a_part!(of_pairs, (u8, u8));

macro_rules! of_a_pattern {
    ($name:ident, $pattern:pat, $ty:ty, $value:expr) => {
        #[memoize]
        async fn $name($pattern: $ty) -> u8 {
            $value
        }
    };
}

of_a_pattern!(of_a_tuple, (a, b), (u8, u8), a - b);
of_a_pattern!(of_a_name, mut a, u8, {
    a += 1;
    a
});

#[tokio::test]
async fn a_type_that_is_a_reference_is_looked_up_as_it_is() {
    assert_eq!(text("a").await.unwrap(), text(&String::from("a")).await.unwrap());
    assert_eq!(text::cache().stats().hits, 1);
    assert_eq!(slice(&[1, 2], "b").await.unwrap(), "[1, 2] b");
    slice::invalidate(&[1, 2], "b").await;
    assert_eq!(slice::cache().len(), 0);
    assert_eq!(inside(None, &vec![]).await.unwrap(), "None []");
    assert_eq!(of_strings(&"a".to_owned(), None, &[]).await.unwrap(), ["a"]);
    assert_eq!(of_pairs(&(1, 2), Some((3, 4)), &[]).await.unwrap(), [(3, 4), (1, 2)]);
    assert_eq!(of_a_tuple((3, 1)).await.unwrap(), 2);
    assert_eq!(of_a_name(3).await.unwrap(), 4);
}

macro_rules! timed {
    ($name:ident, $expire:expr, $refresh:literal, $timeout:expr) => {
        #[memoize(expire_after = $expire, update_after = $refresh, method_timeout = $timeout)]
        async fn $name(id: u32) -> u32 {
            id
        }
    };
}

timed!(with_text, "1h", "10m", "1s");
timed!(with_paths, Duration::from_secs(60), "10s", Duration::MAX);

macro_rules! bounded {
    ($name:ident, $capacity:literal, $policy:expr) => {
        #[memoize(capacity = $capacity, policy = $policy)]
        async fn $name(id: u32) -> u32 {
            id
        }
    };
}

bounded!(with_a_name, 1, Lru);
bounded!(with_a_path, 1, Policy::Lru);

macro_rules! passed_on {
    ($($option:ident = $value:expr),*; $(#[$attribute:meta])* $vis:vis $name:ident $body:block) => {
        $(#[$attribute])*
        #[memoize($($option = $value),*)]
        $vis async fn $name(_id: u32) -> u32 $body
    };
}

passed_on! {
    stale_if_error = "1h", soft_timeout = "1s", capacity = 2 + 1;
    /// Has words of its own.
    #[allow(clippy::unused_async)]
    pub(super) with_a_block { 7 }
}
passed_on!(; without_options { 8 });

macro_rules! whole {
    (under #[$attribute:meta] $function:item) => {
        #[$attribute]
        $function
    };
    ($function:item) => {
        #[memoize(capacity = 5)]
        $function
    };
}

whole! {
    async fn as_an_item(id: u32) -> Result<u32, String> {
        even(id)
    }
}
whole! {
    under #[memoize(capacity = 6)]
    async fn under_a_meta(id: u32) -> Result<u32, String> {
        even(id)
    }
}

#[tokio::test]
async fn options_are_read_as_they_were_passed() {
    with_text(1).await.unwrap();
    with_paths(1).await.unwrap();
    assert_eq!(with_a_name(1).await.unwrap() + with_a_path(1).await.unwrap(), 2);
    assert_eq!(with_a_block(1).await.unwrap() + without_options(1).await.unwrap(), 15);
    assert!(as_an_item(1).await.is_err() && under_a_meta(1).await.is_err());
    for (id, _) in (0..9).enumerate() {
        let id = 2 * u32::try_from(id).unwrap();
        with_a_block(id).await.unwrap();
        as_an_item(id).await.unwrap();
        under_a_meta(id).await.unwrap();
    }
    assert_eq!(with_a_block::cache().len(), 3);
    assert_eq!((as_an_item::cache().len(), under_a_meta::cache().len()), (5, 6));
}

static COMPUTED: LazyLock<Cache<u32, Vec<String>>> = LazyLock::new(|| evermemo::builder().build());

macro_rules! computed {
    ($name:ident, $by:expr, $value:expr) => {
        #[memoize(key = 2 * $by, in = COMPUTED)]
        async fn $name(_id: u32) -> Vec<String> {
            let list = vec![$value * 10];
            let negative = -$value;
            vec![format!("{} {negative}", $value * 10), format!("{list:?}")]
        }
    };
}

computed!(computed_by_hand, 1 + 1, 1 + 2);

#[tokio::test]
async fn an_expression_stays_together() {
    assert_eq!(computed_by_hand(1).await.unwrap(), ["30 -3", "[30]"]);
    computed_by_hand(2).await.unwrap();
    assert_eq!(COMPUTED.stats().hits, 1);
    COMPUTED.invalidate(&4).await;
    assert_eq!(COMPUTED.len(), 0);
}

macro_rules! generic {
    ($name:ident, $t:ident: $($bound:path),+; $ty:ty; $lifetime:lifetime) => {
        #[memoize]
        async fn $name<$lifetime, $t>(item: &$lifetime $ty, more: &$lifetime [$ty]) -> usize
        where
            $t: $($bound +)+ $lifetime,
        {
            let _: &$lifetime $ty = item;
            more.len()
        }
    };
}

trait Item: Clone + Eq + std::hash::Hash + Send + Sync + 'static {}

impl Item for u8 {}

generic!(of_items, T: Item, Debug; (T, u8); 'a);

macro_rules! dynamic {
    ($name:ident, $ty:ty) => {
        #[memoize(skip(shown))]
        async fn $name(shown: &Arc<$ty>, id: u32) -> String {
            format!("{id} {}", as_shown(&**shown))
        }

        fn as_shown(shown: &$ty) -> String {
            shown.to_string()
        }
    };
}

dynamic!(of_an_object, dyn Display + Send + Sync);

#[tokio::test]
async fn generics_and_objects_are_passed_on() {
    assert_eq!(of_items(&(1_u8, 2), &[]).await.unwrap(), 0);
    let shown: Arc<dyn Display + Send + Sync> = Arc::new(5);
    assert_eq!(of_an_object(&shown, 1).await.unwrap(), "1 5");
}

macro_rules! methods {
    ($on:ident, $field:ident, $receiver:ty, $returned:ty) => {
        #[derive(Clone, Default)]
        struct $on {
            $field: Cache<u32, u32, String>,
            known: BTreeMap<u32, u32>,
        }

        impl $on {
            #[memoize(in = self.$field)]
            async fn found(&self, id: u32) -> $returned {
                self.known.get(&id).copied().ok_or_else(|| format!("{id} is unknown"))
            }

            #[memoize(in = self.$field)]
            async fn shared(self: $receiver, id: u32) -> $returned {
                self.known.get(&id).copied().ok_or_else(|| format!("{id} is unknown"))
            }

            #[memoize(method)]
            async fn alone(id: u32) -> $returned {
                even(id)
            }
        }
    };
}

methods!(Known, answers, &Arc<Self>, Result<u32, String>);

#[tokio::test]
async fn methods_are_written_by_macros_too() {
    let known = Arc::new(Known { known: [(1, 2)].into(), ..Known::default() });
    assert_eq!((known.found(1).await.unwrap(), known.shared(1).await.unwrap()), (2, 2));
    assert!(known.shared(3).await.is_err());
    assert_eq!((known.answers.stats().hits, known.answers.stats().load_failures), (1, 1));
    assert_eq!(Known::alone(3).await.unwrap_err().cause().unwrap(), "3 is odd");
}

macro_rules! provided {
    ($vis:vis $name:ident, $receiver:ident, $place:expr, $returned:ty) => {
        $vis trait $name {
            fn cache(&self) -> Cache<u32, u32>;

            #[memoize(in = $place)]
            async fn doubled(&$receiver, id: u32) -> $returned {
                id * 2
            }
        }
    };
}

provided!(pub(crate) Doubles, self, self.cache(), u32);

impl Doubles for Cache<u32, u32> {
    fn cache(&self) -> Cache<u32, u32> {
        self.clone()
    }
}

#[tokio::test]
async fn so_are_provided_methods() {
    let cache = Cache::default();
    assert_eq!((cache.doubled(1).await.unwrap(), cache.doubled(1).await.unwrap()), (2, 2));
    assert_eq!(cache.stats().hits, 1);
}
