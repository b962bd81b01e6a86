//! Payloads that leave the process.
