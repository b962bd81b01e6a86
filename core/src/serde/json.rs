//! Entries in JSON, with py-memoize's layout.

use core::{convert::Infallible, error, fmt};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{SerDe, SerDeError};
use crate::{entry::WallEntry, time::Timestamp};

use alloc::{boxed::Box, vec::Vec};

/// Writes entries as JSON objects, `{"created":1.0,"update_after":2.0,"expires_after":3.0,
/// "value":…}`: the layout of py-memoize.
///
/// Times are seconds since the Unix epoch; down to the microsecond they come back unchanged until
/// the year 2242. Integers are read, too, and a time before 1970 reads as 1970. "Never" is written
/// as the last second that Python's `datetime` knows, 253402300799.0, and so is any later time: any
/// time from that second on reads as never. `retain_until` is written where it differs from
/// `expires_after`, and reads as that where it is absent; fields of other names are ignored.
///
/// JSON has no form for some values: NaN and the infinities become `null`, as does a `Some` around
/// a unit or a `None`. [`PostcardSerDe`](super::PostcardSerDe) keeps them apart.
///
/// # Examples
///
/// ```
/// use evermemo_core::{JsonSerDe, SerDe, Timestamp, WallEntry};
///
/// let json = br#"{"created":1,"update_after":2,"expires_after":3,"value":"value"}"#;
/// let entry: WallEntry<String> = JsonSerDe::default().deserialize(json)?;
/// assert_eq!(entry.expires_after, Timestamp::from_micros(3_000_000));
/// assert_eq!(entry.value, "value");
/// # Ok::<(), evermemo_core::SerDeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct JsonSerDe<C = Unconverted> {
    conversion: C,
}

/// The conversion of [`JsonSerDe::default`]: values are written as they serialize themselves.
///
/// # Examples
///
/// In a field, where plain `JsonSerDe` means the same:
///
/// ```
/// use evermemo_core::{JsonSerDe, SerDe, SerDeError, Unconverted, WallEntry};
///
/// struct Pages {
///     serde: JsonSerDe<Unconverted>,
/// }
///
/// let pages = Pages { serde: JsonSerDe::default() };
/// let bytes = pages.serde.serialize(&WallEntry::new("home".to_owned(), Default::default()))?;
/// assert!(bytes.ends_with(br#""value":"home"}"#));
/// # Ok::<(), SerDeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Unconverted;

// For this conversion alone, so that `JsonSerDe::default()` has one meaning.
impl Default for JsonSerDe {
    fn default() -> Self {
        Self { conversion: Unconverted }
    }
}

/// The conversion of [`JsonSerDe::converting`]: values are written as something else.
///
/// # Examples
///
/// In the type of a `static`:
///
/// ```
/// use evermemo_core::{Converting, JsonSerDe, SerDe, SerDeError, WallEntry};
/// use std::{
///     convert::Infallible,
///     net::{AddrParseError, IpAddr},
/// };
///
/// type ToText = fn(&IpAddr) -> Result<String, Infallible>;
/// type FromText = fn(String) -> Result<IpAddr, AddrParseError>;
///
/// static ADDRESSES: JsonSerDe<Converting<ToText, FromText>> =
///     JsonSerDe::try_converting(|address| Ok(address.to_string()), |text| text.parse());
///
/// let entry = WallEntry::new(IpAddr::from([127, 0, 0, 1]), Default::default());
/// let bytes = ADDRESSES.serialize(&entry)?;
/// assert!(bytes.ends_with(br#""value":"127.0.0.1"}"#));
/// assert_eq!(ADDRESSES.deserialize(&bytes)?, entry);
/// # Ok::<(), SerDeError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Converting<T, F> {
    to: T,
    from: F,
}

impl<T, F> fmt::Debug for Converting<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Converting").finish_non_exhaustive()
    }
}

impl JsonSerDe {
    /// Writes the result of `to` for a value, and reads a value back through `from`.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{JsonSerDe, SerDe, WallEntry};
    /// use std::time::Duration;
    ///
    /// let serde = JsonSerDe::converting(Duration::as_secs, Duration::from_secs);
    /// let entry = WallEntry::new(Duration::from_secs(90), Default::default());
    /// let bytes = serde.serialize(&entry)?;
    /// assert!(bytes.ends_with(br#""value":90}"#));
    /// assert_eq!(serde.deserialize(&bytes)?, entry);
    /// # Ok::<(), evermemo_core::SerDeError>(())
    /// ```
    pub fn converting<V, W>(
        to: impl Fn(&V) -> W,
        from: impl Fn(W) -> V,
    ) -> JsonSerDe<
        Converting<impl Fn(&V) -> Result<W, Infallible>, impl Fn(W) -> Result<V, Infallible>>,
    > {
        Self::try_converting(move |value: &V| Ok(to(value)), move |written| Ok(from(written)))
    }

    /// Writes the result of `to` for a value, and reads a value back through `from`; either may
    /// fail.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{JsonSerDe, SerDe, SerDeError, WallEntry};
    /// use std::{convert::Infallible, net::IpAddr};
    ///
    /// let serde = JsonSerDe::try_converting(
    ///     |address: &IpAddr| Ok::<_, Infallible>(address.to_string()),
    ///     |text: String| text.parse::<IpAddr>(),
    /// );
    /// let json = br#"{"created":1,"update_after":2,"expires_after":3,"value":"here"}"#;
    /// let read: Result<WallEntry<IpAddr>, SerDeError> = serde.deserialize(json);
    /// assert_eq!(read.unwrap_err().to_string(), "could not convert a value read from JSON");
    /// ```
    pub const fn try_converting<V, W, T, F, X, Y>(to: T, from: F) -> JsonSerDe<Converting<T, F>>
    where
        T: Fn(&V) -> Result<W, X>,
        F: Fn(W) -> Result<V, Y>,
    {
        JsonSerDe { conversion: Converting { to, from } }
    }
}

impl<V: Serialize + DeserializeOwned> SerDe<V> for JsonSerDe {
    fn serialize(&self, entry: &WallEntry<V>) -> Result<Vec<u8>, SerDeError> {
        write(entry, &entry.value)
    }

    fn deserialize(&self, bytes: &[u8]) -> Result<WallEntry<V>, SerDeError> {
        read(bytes, Ok::<V, Infallible>)
    }
}

impl<V, W, T, F, X, Y> SerDe<V> for JsonSerDe<Converting<T, F>>
where
    T: Fn(&V) -> Result<W, X> + 'static,
    F: Fn(W) -> Result<V, Y> + 'static,
    W: Serialize + DeserializeOwned,
    X: Into<Box<dyn error::Error + Send + Sync>>,
    Y: Into<Box<dyn error::Error + Send + Sync>>,
{
    fn serialize(&self, entry: &WallEntry<V>) -> Result<Vec<u8>, SerDeError> {
        let value = (self.conversion.to)(&entry.value)
            .map_err(|cause| SerDeError::new("convert the value to be written in JSON", cause))?;
        write(entry, &value)
    }

    fn deserialize(&self, bytes: &[u8]) -> Result<WallEntry<V>, SerDeError> {
        read(bytes, &self.conversion.from)
    }
}

fn write<V>(entry: &WallEntry<V>, value: &impl Serialize) -> Result<Vec<u8>, SerDeError> {
    let retained_longer = entry.retain_until != entry.expires_after;
    let layout = JsonLayout {
        created: seconds(entry.created),
        update_after: seconds(entry.update_after),
        expires_after: seconds(entry.expires_after),
        retain_until: retained_longer.then(|| seconds(entry.retain_until)),
        value,
    };
    serde_json::to_vec(&layout).map_err(|cause| SerDeError::new("write the entry in JSON", cause))
}

fn read<V, W, Y>(bytes: &[u8], from: impl Fn(W) -> Result<V, Y>) -> Result<WallEntry<V>, SerDeError>
where
    W: DeserializeOwned,
    Y: Into<Box<dyn error::Error + Send + Sync>>,
{
    let layout: JsonLayout<W> = serde_json::from_slice(bytes)
        .map_err(|cause| SerDeError::new("read a JSON entry", cause))?;
    Ok(WallEntry {
        created: timestamp(layout.created),
        update_after: timestamp(layout.update_after),
        expires_after: timestamp(layout.expires_after),
        retain_until: timestamp(layout.retain_until.unwrap_or(layout.expires_after)),
        value: from(layout.value)
            .map_err(|cause| SerDeError::new("convert a value read from JSON", cause))?,
    })
}

#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "W: Deserialize<'de>"))]
struct JsonLayout<W> {
    created: f64,
    update_after: f64,
    expires_after: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retain_until: Option<f64>,
    // By name, as otherwise an absent value would read as the `None` of an optional one.
    #[serde(deserialize_with = "W::deserialize")]
    value: W,
}

/// The last whole second of the year 9999.
const LAST_SECOND: f64 = 253_402_300_799.0;

const MICROS: f64 = 1e6;

fn seconds(timestamp: Timestamp) -> f64 {
    (timestamp.as_micros() as f64 / MICROS).min(LAST_SECOND)
}

fn timestamp(seconds: f64) -> Timestamp {
    if seconds >= LAST_SECOND {
        return Timestamp::NEVER;
    }
    // A negative number saturates at zero, in whole seconds and in the fraction.
    let whole = seconds as u64;
    // Apart from the whole seconds, whose product would leave the fraction too few bits.
    let micros = (seconds - whole as f64) * MICROS;
    // `f64::round` needs `std`; half a microsecond more, cut off, is the same here.
    Timestamp::from_micros(whole * 1_000_000 + (micros + 0.5) as u64)
}
