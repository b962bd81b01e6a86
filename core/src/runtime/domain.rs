//! The domain of a timer.

use core::{
    any::TypeId,
    hash::{Hash, Hasher},
    num::NonZeroU64,
};

/// Identifies the driver of a runtime's timers: of those in one domain all ring, or none does.
///
/// Callers that wait for one load share a timer if it will ring whichever of them is polled. See
/// [`Runtime::domain`](crate::Runtime::domain).
///
/// # Examples
///
/// ```
/// use evermemo_core::Domain;
///
/// struct Executor;
/// assert_eq!(Domain::of::<Executor>(1), Domain::of::<Executor>(1));
/// assert_ne!(Domain::of::<Executor>(1), Domain::of::<Executor>(2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain(NonZeroU64);

impl Domain {
    /// Makes the domain of one driver, which its number distinguishes from others of the kind `K`.
    ///
    /// A domain is 64 bits, a hash of both: a collision of two drivers is all but impossible.
    #[must_use]
    pub fn of<K: 'static>(number: u64) -> Self {
        let mut name = Fnv(0xcbf2_9ce4_8422_2325);
        (TypeId::of::<K>(), number).hash(&mut name);
        Self(NonZeroU64::new(name.finish()).unwrap_or(NonZeroU64::MIN))
    }
}

/// FNV-1a (Fowler, Noll and Vo), which needs no `std` and no seed.
struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
