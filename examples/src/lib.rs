//! Programs that use evermemo; see `api/` and `main_job/`.
