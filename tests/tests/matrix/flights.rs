//! Callers who share a load.
