//! Loads in progress: one for each key, with the callers who wait for it.

mod boarding;
mod calls;
mod driving;
mod flight;
mod listing;
mod queue;
mod recursion;
mod relay;
mod removals;
mod slot;
mod successor;
mod table;

#[cfg(feature = "std")]
pub(crate) use self::calls::{Calls, tell};
pub(crate) use self::{
    boarding::{Boarding, Demand},
    calls::Nested,
    driving::{Driven, Driving},
    flight::{Beginning, Flight, Kind},
    recursion::{is_deep, is_deep_to_wait},
    removals::Noted,
    table::Flights,
};
