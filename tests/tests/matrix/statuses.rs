//! Registries of updates in flight.
