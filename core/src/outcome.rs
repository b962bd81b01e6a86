//! The answer of a call, and where it came from.

use core::time::Duration;

/// A value with where it came from and how old it is.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Outcome};
/// use std::time::Duration;
///
/// fn header<V>(outcome: &Outcome<V>) -> String {
///     format!("Age: {}", outcome.age.as_secs())
/// }
///
/// # evermemo_core::testing::run(async |time| {
/// let pages = Builder::on(time.clone()).wrap(|path: &'static str| async move { path.len() });
/// pages.call("/about").await.unwrap();
/// time.advance(Duration::from_secs(90)).await;
/// let page = pages.call("/about").outcome().await.unwrap();
/// assert_eq!((page.value, header(&page)), (6, "Age: 90".to_owned()));
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome<V> {
    /// The value, postprocessed.
    pub value: V,
    /// Where it came from.
    pub source: Source,
    /// How long ago the load of the value ended.
    pub age: Duration,
}

/// Where the value of a call came from.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Source};
/// use std::time::Duration;
///
/// /// Warns a reader of an old value.
/// fn note(source: Source) -> &'static str {
///     match source {
///         Source::Stale => "may be out of date",
///         _ => "",
///     }
/// }
///
/// # evermemo_core::testing::run(async |time| {
/// let rates = Builder::on(time.clone())
///     .update_after(Duration::from_secs(60))
///     .wrap(|currency: &'static str| async move { currency.len() });
/// assert_eq!(note(rates.call("EUR").outcome().await.unwrap().source), "");
/// time.advance(Duration::from_secs(60)).await;
/// assert_eq!(note(rates.call("EUR").outcome().await.unwrap().source), "may be out of date");
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// A fresh entry.
    Hit,
    /// An entry that is no longer fresh. It is stale, and a refresh is under way in the background
    /// or failed a short while ago; or it has expired and stands in for a load that has failed or
    /// takes too long.
    Stale,
    /// A load that this call started.
    Loaded,
    /// A load that another call had started.
    Joined,
}

/// Whether a load in the background was needed.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Refresh};
///
/// # evermemo_core::testing::run(async |runtime| {
/// # let time = runtime.clone();
/// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
/// assert_eq!(squares.refresh(12)?, Refresh::Started);
/// assert_eq!(squares.refresh(12)?, Refresh::UnderWay);
/// # time.settle().await;
/// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refresh {
    /// It has been given to the runtime.
    Started,
    /// A load or an insertion of the key was under way already.
    UnderWay,
}
