//! A loaded value that says how it is kept.

use core::{fmt, time::Duration};

use crate::{entry::CacheEntry, time::Instant};

use alloc::boxed::Box;

/// A loaded value, with times of its own or without.
///
/// What the load says takes precedence over what the entry builder says, so that a life can come
/// with the answer, as by an HTTP header. Both durations count from the end of the load,
/// [`Duration::MAX`] means never, and the entry builder decides what the load leaves open.
/// [`Jitter`](crate::Jitter) and [`EarlyRefresh`](crate::EarlyRefresh), where they are on, apply to
/// the load's own times, too.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, CacheEntry, Cached};
/// use std::{convert::Infallible, time::Duration};
///
/// # evermemo_core::testing::run(async |runtime| {
/// let pages = Builder::on(runtime.clone()).wrap_loader(
///     |path: &'static str, _previous: Option<CacheEntry<String>>| async move {
///         let page = Cached::new(format!("the page of {path}"));
///         Ok::<_, Infallible>(match path {
///             "/news" => page.expire_after(Duration::from_secs(10)),
///             "/login" => page.do_not_store(),
///             _ => page,
///         })
///     },
/// );
/// for path in ["/news", "/login", "/about"] {
///     pages.call(path).await?;
/// }
/// assert_eq!(pages.len(), 2);
/// runtime.advance(Duration::from_secs(11)).await;
/// pages.call("/news").await?;
/// pages.call("/about").await?;
/// assert_eq!(pages.stats().loads, 4);
/// # Ok::<(), evermemo_core::Error<Infallible>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
#[must_use]
pub struct Cached<V> {
    value: V,
    /// Boxed, as most values set nothing.
    own: Option<Box<Directives>>,
}

/// What a load has set for its value.
#[derive(Clone, Copy, Debug, Default)]
struct Directives {
    update_after: Option<Duration>,
    expire_after: Option<Duration>,
    kept_out: bool,
}

impl Cached<()> {
    /// No settings.
    pub(crate) const PLAIN: &'static Self = &Self::new(());
}

impl<V> Cached<V> {
    /// Makes a value whose times the entry builder sets.
    pub const fn new(value: V) -> Self {
        Self { value, own: None }
    }

    /// Sets the age from which a read starts a refresh in the background. With zero every read
    /// does; at or above the age of expiry none does.
    pub fn update_after(mut self, update_after: Duration) -> Self {
        self.own().update_after = Some(update_after);
        self
    }

    /// Sets the age from which the value is no longer an answer. With zero it answers only the
    /// callers that wait for it, and removes what it replaces, as any newer value does;
    /// [`do_not_store`](Self::do_not_store) leaves that as it is.
    pub fn expire_after(mut self, expire_after: Duration) -> Self {
        self.own().expire_after = Some(expire_after);
        self
    }

    /// Keeps the value out of the storage. It answers the callers that wait for it, whatever times
    /// it was given, and the stored entry stays as it is and answers other calls for as long as it
    /// lives. The load counts as a success. A value with a life of zero
    /// ([`expire_after`](Self::expire_after)) is not stored either, but removes what it replaces.
    pub fn do_not_store(mut self) -> Self {
        self.own().kept_out = true;
        self
    }

    /// Returns the value.
    #[must_use]
    pub const fn value(&self) -> &V {
        &self.value
    }

    /// Returns the value, without the load's settings for it.
    #[must_use]
    pub fn into_value(self) -> V {
        self.value
    }

    /// Returns the same settings for another value.
    pub(crate) fn map<W>(self, map: impl FnOnce(V) -> W) -> Cached<W> {
        Cached { value: map(self.value), own: self.own }
    }

    /// Separates the value from the load's settings for it.
    pub(crate) fn split(self) -> (V, Cached<()>) {
        (self.value, Cached { value: (), own: self.own })
    }

    pub(crate) fn is_kept_out(&self) -> bool {
        self.own.as_ref().is_some_and(|own| own.kept_out)
    }

    /// Returns the same settings for a value that is inserted. No caller waits for it, so all that
    /// one which is not to be stored does is to remove what it would replace.
    pub(crate) fn inserted(self) -> Self {
        match self.is_kept_out() {
            true => Self::new(self.value).expire_after(Duration::ZERO),
            false => self,
        }
    }

    fn own(&mut self) -> &mut Directives {
        self.own.get_or_insert_default()
    }

    /// Makes an entry of the value by `build`, and gives it the load's own times.
    pub(crate) fn built(
        self,
        now: Instant,
        build: impl FnOnce(V) -> CacheEntry<V>,
    ) -> CacheEntry<V> {
        let entry = build(self.value);
        let Some(own) = self.own else { return entry };
        let after = |own: Option<Duration>, otherwise| own.map_or(otherwise, |own| now + own);
        let expires_after = match own.kept_out {
            true => entry.created,
            false => after(own.expire_after, entry.expires_after),
        };
        CacheEntry {
            update_after: after(own.update_after, entry.update_after),
            expires_after,
            ..entry
        }
    }
}

impl<V> From<V> for Cached<V> {
    fn from(value: V) -> Self {
        Self::new(value)
    }
}

impl<V: fmt::Debug> fmt::Debug for Cached<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Directives { update_after, expire_after, kept_out } =
            self.own.as_deref().copied().unwrap_or_default();
        f.debug_struct("Cached")
            .field("value", &self.value)
            .field("update_after", &update_after)
            .field("expire_after", &expire_after)
            .field("stored", &!kept_out)
            .finish()
    }
}
