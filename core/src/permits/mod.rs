//! Permits to load, where a cache bounds how many of its loads run at a time.
//!
//! 1. A permit is a list of loads, of which the last has it. A load that ends leaves its list
//!    wherever it is in it; an empty list is a free permit, and any other one counts against the
//!    bound.
//! 2. A load that has a permit and waits for a call of its own *lends* the permit to a queued load
//!    of its cache that it waits for, directly or through others: it appends that to its list. It
//!    does so only while no permit is free.
//! 3. Where that leads to no queued load, the walk goes on from each queued load to those that have
//!    the permits of its cache. If no load on the way can go on, the permit is lent to the one that
//!    queued first. So loads never wait for each other in a circle, across caches either.
//! 4. Loads queue in one line for each domain and class: a refresh that no caller waits for takes
//!    no permit while any caller's load is queued. The first of a line is woken for a free permit,
//!    and again when another load takes a permit or leaves the queue and one is free: a line whose
//!    runtime stands still keeps none from the others.
//! 5. The first of a line watches over the deadlines of all loads that have permits, and of the
//!    first ones of the lines. It ends overdue loads, so a permit comes back even if nothing polls
//!    its load.
//!
//! A wait is known if the call is first polled inside a poll of its calling load. Lending is
//! decided when a call is noted, when a poll ends, and when a load joins the queue, takes a permit
//! or leaves.
#![cfg_attr(
    not(feature = "std"),
    allow(dead_code, reason = "calls are not noted where it is not known which load makes them")
)]

mod graph;
mod line;
mod permit;
mod pool;
#[cfg(all(test, not(any(shuttle, evermemo_loom))))]
mod tests;
mod waits;

pub(crate) use self::permit::{Answer, Permit, PermitPool, Wish};
