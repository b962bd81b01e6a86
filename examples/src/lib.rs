//! Programs that use evermemo; see `api/`.
