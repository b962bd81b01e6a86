//! The defaults of settings, each of which several types share.

use core::time::Duration;

/// The largest number of entries.
pub(crate) const CAPACITY: usize = 4_096;

/// The age from which a read starts a refresh.
pub(crate) const UPDATE_AFTER: Duration = Duration::from_secs(10 * 60);

/// The age from which a value is no longer an answer.
pub(crate) const EXPIRE_AFTER: Duration = Duration::from_secs(30 * 60);

/// How long a load may take.
pub(crate) const METHOD_TIMEOUT: Duration = Duration::from_secs(2 * 60);

/// How long an update may hold its key where the method has no timeout.
pub(crate) const LOCK_TIMEOUT: Duration = Duration::from_secs(5 * 60);
