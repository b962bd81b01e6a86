//! One call past its first look into memory, from what it asks by to its answer.

mod aboard;
mod answer;
mod attempt;
mod claiming;
mod decide;
mod first_look;
mod inline;
mod leader;
mod refresh;
mod request;
mod soft_timeout;
mod stand_in;
mod take_off;
mod waiter;
mod waiting;
mod watch;

pub(crate) use self::{
    aboard::{Caller, Wait},
    answer::refusal,
    first_look::{CallFns, begin, force},
    waiting::{Look, LookFns, Retry, Waiting, looked},
};
