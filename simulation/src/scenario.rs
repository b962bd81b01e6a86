//! What one seed stands for: a configuration, and a list of operations.

use std::{fmt, time::Duration};

use evermemo_core::{Abandon, Policy};

use crate::{
    dice::Dice,
    operation::{Action, Manner, Operation, ms},
    resilience::Resilience,
};

/// A configuration and what is done to the cache that has it.
///
/// Every operation has a seed of its own, so that leaving one out changes no other.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The seed that it was drawn from.
    pub seed: u64,
    /// Decides which of those that can run is polled next; the seed, unless chosen otherwise.
    pub schedule: u64,
    /// The configuration.
    pub setup: Setup,
    /// In the order in which they were drawn.
    pub operations: Vec<Operation>,
}

/// How the cache is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    pub(crate) place: Place,
    /// A mutable configuration instead of a fixed one.
    pub(crate) mutable: bool,
    pub(crate) keys: u32,
    pub(crate) capacity: usize,
    pub(crate) policy: Policy,
    pub(crate) update_after: Duration,
    pub(crate) expire_after: Duration,
    pub(crate) method_timeout: Option<Duration>,
    pub(crate) storage_timeout: Duration,
    pub(crate) abandon: Abandon,
    pub(crate) weather: Weather,
    pub(crate) resilience: Resilience,
    /// The cache asks about entries, if nothing else is special about it.
    validates: bool,
    /// Calls from inside loads go through another cache.
    pub(crate) chained: bool,
    /// A registry that is not the engine's own knows the updates.
    pub(crate) registered: bool,
    /// Clients belong to one of two runtimes.
    pub(crate) two_runtimes: bool,
    /// The runtimes say which timers are driven together.
    pub(crate) named: bool,
    /// Loads block their thread on some of the calls that they make.
    pub(crate) blocks: bool,
    /// Loads take long, and some do not end.
    pub(crate) drags: bool,
    /// More loads fail.
    pub(crate) fails: bool,
    /// Clients await what they do.
    pub(crate) patient: bool,
    /// Which kinds of operations there are, if not left to chance.
    pub(crate) mood: Option<u32>,
    /// A runtime that stands still to the end of all does not go on then, but is ended.
    pub(crate) ends_at_last: bool,
}

/// Where entries are kept, and who bounds that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Memory, which bounds itself.
    Memory,
    /// Memory, bounded by a strategy.
    BoundedMemory,
    /// A storage that waits, without a bound.
    Remote,
    /// A storage that waits, bounded by a strategy.
    BoundedRemote,
}

impl Place {
    pub(crate) const fn waits(self) -> bool {
        matches!(self, Self::Remote | Self::BoundedRemote)
    }

    pub(crate) const fn is_bounded_outside(self) -> bool {
        matches!(self, Self::BoundedMemory | Self::BoundedRemote)
    }
}

/// What a storage that waits does to those who use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weather {
    /// The longest delay before an operation takes effect, and the longest one after that.
    pub(crate) delay: u32,
    /// Whether operations fail, hang and panic.
    pub(crate) fails: bool,
    /// Whether it declines offers and loses entries.
    pub(crate) loses: bool,
    /// Whether it can remove everything.
    pub(crate) clears: bool,
}

impl Scenario {
    /// Draws what a seed stands for.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::of(&[seed]);
        let setup = Setup::draw(&mut dice).vary(Dice::of(&[seed, 0]));
        let (clients, length) = (1 + dice.below(6), dice.pick(&[6, 12, 20, 32, 48]));
        // Some scenarios are about few kinds of operations.
        let mood = dice.pick(&[0, 0, 0, 1, 2, 3, 4, 5, 6, 7]);
        let mood = setup.mood.unwrap_or(mood);
        let operations = (0..1 + dice.below(length) as usize)
            .map(|index| {
                let dice = Dice::of(&[seed, 1 + index as u64]);
                Operation::draw(dice, index, clients, length, mood, &setup)
            })
            .collect();
        Self { seed, schedule: seed, setup, operations }
    }

    /// Leaves all operations out but those with these indexes.
    #[must_use]
    pub fn keep(mut self, indexes: &[usize]) -> Self {
        self.operations.retain(|operation| indexes.contains(&operation.index));
        self
    }

    /// Leaves out what takes virtual time, and makes short what hangs.
    pub(crate) fn in_real_time(mut self) -> Self {
        self.operations.retain(|operation| !operation.action.is_virtual());
        for operation in &mut self.operations {
            if let Manner::Pauses(_, pause) = &mut operation.manner {
                *pause = (*pause).min(ms(20));
            }
            if operation.action == Action::SetTimeout(Duration::MAX) {
                operation.action = Action::SetTimeout(ms(80));
            }
        }
        let longest = ms(80);
        let timeout = self.setup.method_timeout.map_or(longest, |timeout| timeout.min(longest));
        self.setup.method_timeout = Some(timeout);
        // What happens when it hangs depends on when it does.
        self.setup.storage_timeout = ms(1_000);
        self.setup.weather.fails = false;
        self.setup.two_runtimes = false;
        self.setup.blocks = false;
        self
    }

    /// Returns whether the runtime drops tasks.
    pub(crate) fn loses_tasks(&self) -> bool {
        let ends = self.setup.ends_at_last && self.has(Action::stalls);
        ends || self.has(Action::abandons_loads)
    }

    /// Returns whether something is done that is of a kind.
    pub(crate) fn has(&self, is: impl Fn(Action) -> bool) -> bool {
        self.operations.iter().any(|operation| is(operation.action))
    }

    /// Returns whether a runtime stands still or ends, or a thread is blocked.
    pub(crate) fn stalls(&self) -> bool {
        self.setup.blocks || self.has(Action::stalls)
    }

    /// Returns whether a client leaves a future alone for a while.
    pub(crate) fn pauses(&self) -> bool {
        let pauses = |operation: &Operation| matches!(operation.manner, Manner::Pauses(..));
        self.operations.iter().any(pauses)
    }

    /// Returns whether time jumps over timers.
    pub(crate) fn jumps(&self) -> bool {
        self.has(Action::jumps)
    }
}

impl Setup {
    /// Whether the cache asks about each entry that is to answer.
    pub(crate) const fn validates(&self) -> bool {
        self.validates && !self.mutable && !self.registered
    }

    fn draw(dice: &mut Dice) -> Self {
        let place = dice.pick(&[
            Place::Memory,
            Place::Memory,
            Place::BoundedMemory,
            Place::Remote,
            Place::Remote,
            Place::BoundedRemote,
        ]);
        let mutable = dice.once_in(5);
        Self {
            place,
            mutable,
            keys: 1 + dice.below(3),
            capacity: dice.pick(&[1, 1, 2, 2, 3, 4, 4]),
            policy: dice.pick(&[
                Policy::S3TinyLfu,
                Policy::S3Fifo,
                Policy::LeastRecentlyUpdated,
                Policy::Lru,
            ]),
            update_after: dice.pick(&[ms(0), ms(5), ms(20), ms(60), Duration::MAX]),
            expire_after: dice.pick(&[ms(0), ms(10), ms(40), ms(120), ms(400), Duration::MAX]),
            method_timeout: match dice.below(12) {
                0 => Some(Duration::ZERO),
                1 | 2 => Some(ms(10)),
                3..6 => Some(ms(35)),
                6..9 => Some(ms(2_000)),
                _ => None,
            },
            storage_timeout: dice.pick(&[ms(0), ms(15), ms(60), ms(1_000), ms(1_000)]),
            abandon: dice.pick(&[Abandon::Finish, Abandon::Finish, Abandon::Abort]),
            weather: Weather {
                delay: dice.pick(&[0, 2, 10, 25]),
                fails: dice.once_in(3),
                loses: dice.once_in(3),
                clears: dice.once_in(2),
            },
            resilience: Resilience::draw(dice),
            validates: dice.once_in(3),
            chained: false,
            registered: false,
            two_runtimes: false,
            named: true,
            blocks: false,
            drags: false,
            fails: false,
            patient: false,
            mood: None,
            ends_at_last: false,
        }
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mutable = if self.mutable { ", exchangeable" } else { "" };
        write!(f, "{:?}{mutable}, {} keys", self.place, self.keys)?;
        write!(f, ", capacity {}", self.capacity)?;
        if self.place == Place::Memory {
            write!(f, " by {:?}", self.policy)?;
        }
        write!(
            f,
            ", stale after {}, expired after {}",
            span(self.update_after),
            span(self.expire_after)
        )?;
        write!(
            f,
            ", loads time out after {}",
            self.method_timeout.map_or_else(|| "300s".into(), span)
        )?;
        write!(f, ", {:?} when abandoned", self.abandon)?;
        if self.place.waits() {
            write!(f, ", {:?}, cut off after {}", self.weather, span(self.storage_timeout))?;
        }
        write!(f, ", {}", self.resilience)?;
        if self.validates() {
            f.write_str(", entries are asked about")?;
        }
        if self.chained {
            f.write_str(", nested calls through another cache")?;
        }
        if self.registered {
            f.write_str(", with a registry")?;
        }
        if self.two_runtimes {
            let end = if self.ends_at_last { ", and the second one may end" } else { "" };
            write!(f, ", two runtimes{end}")?;
        }
        if self.blocks {
            f.write_str(", loads that block")?;
        }
        if !self.named {
            f.write_str(", timers of no known domain")?;
        }
        Ok(())
    }
}

/// A duration as text.
pub(crate) fn span(duration: Duration) -> String {
    if duration == Duration::MAX { "never".into() } else { format!("{duration:?}") }
}
