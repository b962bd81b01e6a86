//! One call past its first look into memory, from what it asks by to its answer.

mod answer;
mod attempt;
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

pub(crate) use self::{
    answer::refusal,
    first_look::{CallFns, begin, force},
    waiting::{LookFns, Retry, Waiting, looked, waited},
};
