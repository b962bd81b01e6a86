//! Fresh, stale and expired entries.
