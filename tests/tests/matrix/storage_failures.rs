//! A storage never fails a call.
