//! Loads in progress: one for each key, with the callers who wait for it.

mod boarding;
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

pub(crate) use self::{
    boarding::{Boarding, Demand},
    driving::{Driven, Driving},
    flight::{Beginning, Flight, Kind},
    recursion::{is_deep, is_deep_to_wait, is_nested},
    removals::Noted,
    table::Flights,
};
