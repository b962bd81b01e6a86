//! Removing answers from outside a call.
