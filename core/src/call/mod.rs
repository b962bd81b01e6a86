//! One call past its first look into memory, from its arguments to its answer.

mod aboard;
mod answer;
mod attempt;
mod decide;
mod first_look;
mod first_poll;
mod get;
mod insertion;
mod leader;
mod limited;
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
    first_look::{CallFns, begin, force, wait_for},
    first_poll::{Dated, FirstPoll, FirstPolled, share},
    get::{get, peek},
    insertion::{Inserted, Store, insert_at_once},
    limited::{Limited, judge, refuse},
    refresh::start_refresh,
    waiter::Polled,
    waiting::{Look, LookFns, Retry, Waiting, looked},
};
