//! A store of bytes that goes wrong.

use core::{
    error, fmt,
    future::{Future, pending},
    time::Duration,
};

use crate::{random::SplitMix64, runtime::Runtime, storage::ByteStore, sync::Mutex};

use alloc::vec::Vec;

/// Makes a [`ByteStore`] slow and unreliable, by numbers that a seed repeats.
///
/// Each kind of trouble happens once in so many operations, at random; 0, the default of all, means
/// never, and 1 each time. A test of a program with it shows what its callers see of that: nothing
/// but time, as a storage never fails a call.
///
/// A dropped future of it drops that of the store inside.
///
/// # Examples
///
/// ```
/// # use evermemo_core::ByteStore;
/// use evermemo_core::{
///     Builder, CanonicalKeyExtractor, EncodedCacheStorage, JsonSerDe, testing::Chaos,
/// };
/// # use std::{collections::HashMap, convert::Infallible, sync::Mutex};
/// use std::time::Duration;
/// # #[derive(Default)]
/// # struct Table(Mutex<HashMap<String, Vec<u8>>>);
/// # impl ByteStore for Table {
/// #     type Error = Infallible;
/// #     async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Infallible> {
/// #         Ok(self.0.lock().unwrap().get(key).cloned())
/// #     }
/// #     async fn put(&self, key: &str, put: Vec<u8>, _: Duration) -> Result<(), Infallible> {
/// #         self.0.lock().unwrap().insert(key.to_owned(), put);
/// #         Ok(())
/// #     }
/// #     async fn delete(&self, key: &str) -> Result<(), Infallible> {
/// #         self.0.lock().unwrap().remove(key);
/// #         Ok(())
/// #     }
/// # }
///
/// # evermemo_core::testing::run(async |time| {
/// // `Table` is the byte store from the documentation of `ByteStore`.
/// let chaos = Chaos::new(Table::default(), time.clone())
///     .seed(7)
///     .errors(4)
///     .hangs(10)
///     .corruption(4)
///     .delays(2, Duration::from_millis(300));
/// let squares = Builder::on(time)
///     .storage(EncodedCacheStorage::new(chaos, JsonSerDe::default()))
///     .key_extractor(CanonicalKeyExtractor::new())
///     .wrap(|n: u64| async move { n * n });
/// for n in (0..1_000).map(|n| n % 10) {
///     assert_eq!(squares.call(n).await?, n * n);
/// }
/// assert!(squares.stats().storage_errors > 100);
/// # Ok::<(), evermemo_core::Error<Infallible>>(())
/// # }).unwrap();
/// ```
pub struct Chaos<B, R> {
    store: B,
    runtime: R,
    odds: Odds,
    dice: Mutex<SplitMix64>,
}

#[derive(Clone, Copy, Default)]
struct Odds {
    delays: u32,
    longest: Duration,
    errors: u32,
    hangs: u32,
    losses: u32,
    corruption: u32,
}

/// What happens to one operation.
#[derive(Clone, Copy)]
struct Fortune {
    delay: Option<Duration>,
    fails: bool,
    hangs: bool,
    loses: bool,
    corrupts: Option<u64>,
}

impl<B, R> Chaos<B, R> {
    /// Makes a store that does what `store` does, until something else is set. Delays are by the
    /// timers of `runtime`.
    #[must_use]
    pub fn new(store: B, runtime: R) -> Self {
        Self { store, runtime, odds: Odds::default(), dice: Mutex::new(SplitMix64::new(0)) }
    }

    /// Sets where the random numbers begin, 0 by default.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { dice: Mutex::new(SplitMix64::new(seed)), ..self }
    }

    /// Delays one of so many operations, by `longest` at most.
    #[must_use]
    pub fn delays(mut self, one_in: u32, longest: Duration) -> Self {
        (self.odds.delays, self.odds.longest) = (one_in, longest);
        self
    }

    /// Fails one of so many operations, before it has done anything, or after: as if its answer had
    /// been lost.
    #[must_use]
    pub fn errors(mut self, one_in: u32) -> Self {
        self.odds.errors = one_in;
        self
    }

    /// Never ends one of so many operations, before or after it has been done.
    #[must_use]
    pub fn hangs(mut self, one_in: u32) -> Self {
        self.odds.hangs = one_in;
        self
    }

    /// Loses the bytes of one of so many puts: the store has none of the key afterwards, as if it
    /// had no room.
    #[must_use]
    pub fn losses(mut self, one_in: u32) -> Self {
        self.odds.losses = one_in;
        self
    }

    /// Changes what one of so many reads finds: a bit, or the length.
    #[must_use]
    pub fn corruption(mut self, one_in: u32) -> Self {
        self.odds.corruption = one_in;
        self
    }

    /// Draws what happens to an operation, and whether that is before it has been done.
    fn fortune(&self) -> (Fortune, bool) {
        let odds = self.odds;
        self.dice.with(|dice| {
            let mut happens = |one_in: u32| one_in > 0 && dice.next() % u64::from(one_in) == 0;
            let [delays, fails, hangs, loses, corrupts] =
                [odds.delays, odds.errors, odds.hangs, odds.losses, odds.corruption]
                    .map(&mut happens);
            let longest = u64::try_from(odds.longest.as_nanos()).unwrap_or(u64::MAX);
            let delay = delays
                .then(|| Duration::from_nanos(dice.next() % longest.saturating_add(1).max(1)));
            let corrupts = corrupts.then(|| dice.next());
            (Fortune { delay, fails, hangs, loses, corrupts }, dice.next() % 2 == 0)
        })
    }
}

impl<B, R> Chaos<B, R>
where
    B: ByteStore,
    R: Runtime<Sleep: Send> + Send + Sync,
{
    /// Does an operation as it is its fortune.
    async fn fare<T>(
        &self,
        (fortune, before): (Fortune, bool),
        operation: impl Future<Output = Result<T, B::Error>> + Send,
    ) -> Result<T, ChaosError<B::Error>> {
        if let Some(delay) = fortune.delay {
            self.runtime.sleep(delay).await;
        }
        let done = match before && (fortune.fails || fortune.hangs) {
            true => None,
            false => Some(operation.await.map_err(ChaosError::Store)),
        };
        match done {
            _ if fortune.hangs => pending().await,
            _ if fortune.fails => Err(ChaosError::Chaos),
            Some(done) => done,
            None => unreachable!("it fails or hangs"),
        }
    }
}

impl<B, R> ByteStore for Chaos<B, R>
where
    B: ByteStore,
    R: Runtime<Sleep: Send> + Send + Sync,
{
    type Error = ChaosError<B::Error>;

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Self::Error> {
        let fortune = self.fortune();
        let found = self.fare(fortune, self.store.get(key)).await?;
        Ok(match (found, fortune.0.corrupts) {
            (Some(bytes), Some(drawn)) => Some(corrupted(bytes, drawn)),
            (found, _) => found,
        })
    }

    async fn put(&self, key: &str, bytes: Vec<u8>, ttl: Duration) -> Result<(), Self::Error> {
        let fortune = self.fortune();
        match fortune.0.loses {
            true => self.fare(fortune, self.store.delete(key)).await,
            false => self.fare(fortune, self.store.put(key, bytes, ttl)).await,
        }
    }

    async fn delete(&self, key: &str) -> Result<(), Self::Error> {
        self.fare(self.fortune(), self.store.delete(key)).await
    }
}

fn corrupted(mut bytes: Vec<u8>, drawn: u64) -> Vec<u8> {
    let place = (drawn >> 8) as usize % bytes.len().max(1);
    match (drawn % 4, bytes.get_mut(place)) {
        (0, _) => bytes.truncate(place),
        (1, _) => bytes.push(drawn as u8),
        (_, Some(byte)) => *byte ^= 1 << (drawn % 8),
        (_, None) => bytes.push(0),
    }
    bytes
}

/// An error of a [`Chaos`], or of the store inside.
///
/// # Examples
///
/// ```
/// use evermemo_core::testing::ChaosError;
/// use std::io;
///
/// let error: ChaosError<io::Error> = ChaosError::Chaos;
/// assert_eq!(error.to_string(), "the operation was made to fail");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ChaosError<E> {
    /// The operation was made to fail.
    Chaos,
    /// It failed by itself.
    Store(E),
}

impl<E> fmt::Display for ChaosError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chaos => "the operation was made to fail",
            Self::Store(_) => "the byte store failed",
        })
    }
}

impl<E: error::Error + 'static> error::Error for ChaosError<E> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Chaos => None,
            Self::Store(error) => Some(error),
        }
    }
}

impl<B, R> fmt::Debug for Chaos<B, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chaos").finish_non_exhaustive()
    }
}
