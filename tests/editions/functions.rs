//! Functions that are memoized in a crate of an older edition, for tests to call.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]

use evermemo::{memoize, Cache};
use std::cell::RefCell;
use std::fmt::{Debug, Display};
use std::sync::{Arc, LazyLock, Mutex};

/// A function whose name and argument are a keyword of edition 2024.
#[memoize]
pub async fn gen(gen: u32) -> u32 {
    gen + 1
}

/// One that is generic, and refuses what is long.
#[memoize]
pub async fn generic<T>(gen: &[T], r#type: &str) -> Result<Vec<T>, String>
where
    T: Clone + Eq + std::hash::Hash + Send + Sync + 'static,
{
    if gen.len() > 2 {
        return Err(r#type.to_owned());
    }
    Ok(gen.to_vec())
}

/// A cache in a place.
pub static ANSWERS: LazyLock<Cache<String, usize>> = LazyLock::new(|| evermemo::builder().build());

/// One with a key of its own, in a place.
#[memoize(key = gen.to_lowercase(), in = ANSWERS)]
pub async fn keyed_in_a_place(gen: &str, r#async: &str) -> usize {
    gen.len() + r#async.len()
}

/// One whose key is made of what would be dropped too late before edition 2024.
#[memoize(key = gen.lock().unwrap().len())]
pub async fn keyed_by_a_lock(gen: Arc<Mutex<String>>, r#dyn: &str) -> String {
    gen.lock().unwrap().clone() + r#dyn
}

/// One that needs what it is given beside the key.
#[memoize(skip(gen), capacity = 2, expire_after = "1h")]
pub async fn skipping(gen: &Arc<dyn Fn(u32) -> u32 + Send + Sync>, n: u32) -> u32 {
    gen(n)
}

/// One whose body is read as its edition says.
#[memoize]
pub async fn body(text: String) -> String {
    let gen = RefCell::new(text.len());
    let gen = async move { *gen.borrow() };
    let shown: Box<dyn Debug + Send> = Box::new(gen.await);
    format!("{:?}", shown)
}

/// What has methods that are memoized.
#[derive(Clone, Debug, Default)]
pub struct Shelf<T> {
    /// The cache of a method.
    pub gen: Cache<u32, String>,
    /// What is shown.
    pub shown: T,
}

impl<T: Display + Clone + Send + Sync + 'static> Shelf<T> {
    /// A method whose name is a keyword of edition 2024.
    #[memoize(in = self.gen)]
    pub async fn gen(&self, gen: u32) -> String {
        format!("{} {}", self.shown, gen)
    }

    /// One with a key of its own.
    #[memoize(skip(self), key = gen % 10)]
    pub async fn keyed(&self, gen: u32) -> String {
        format!("{} {}", self.shown, gen)
    }

    /// One that has no receiver.
    #[memoize(method, key = format!("{gen}"))]
    pub async fn alone(gen: u32) -> u32 {
        gen
    }
}

/// A trait with a method that is memoized.
pub trait Gen {
    /// Returns the cache of a method.
    fn cache(&self) -> Cache<u32, u32>;

    /// A provided method.
    #[memoize(in = self.cache())]
    async fn gen(&self, gen: u32) -> u32 {
        gen * 2
    }
}

impl Gen for Cache<u32, u32> {
    fn cache(&self) -> Cache<u32, u32> {
        self.clone()
    }
}

macro_rules! made {
    ($name:ident, $argument:ident: $ty:ty => $value:expr) => {
        /// One that is written by a macro.
        #[memoize(key = $argument)]
        pub async fn $name($argument: $ty, gen: $ty) -> ($ty, $ty) {
            ($value * 2, gen)
        }
    };
}

made!(made, gen: u32 => gen + 1);
