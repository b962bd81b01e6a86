//! One thing that a client does.

use std::{fmt, time::Duration};

use crate::{
    dice::Dice,
    scenario::{Setup, span},
    sites::SITES,
    wishes::Wishes,
};

/// Something that a client does at its time, or when it has done what comes before.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name: the place at which it was drawn.
    pub index: usize,
    /// Where its own numbers come from, and those of the loads that it leads.
    pub(crate) seed: u64,
    pub(crate) client: u32,
    pub(crate) at: Duration,
    pub(crate) action: Action,
    pub(crate) manner: Manner,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Call(u32),
    Outcome(u32),
    /// A call with options.
    Tuned(u32, Wishes),
    Force(u32),
    Refresh(u32),
    /// Reads, and loads nothing.
    Get(u32),
    /// Looks, and leaves everything as it is.
    Peek(u32),
    Invalidate(u32),
    Insert(u32),
    Update(u32),
    Clear,
    /// Waits until all has ended that is in progress.
    Drain,
    /// Lets no load begin any more, and waits.
    Close,
    /// From now on no value of the key answers that has been born by now.
    Refuse(u32),
    SetCapacity(usize),
    /// From now on entries become stale and expire after so long.
    SetLives(Duration, Duration),
    /// From now on loads may take so long, where the configuration can be changed.
    SetTimeout(Duration),
    /// For so long the cache is not configured, where the configuration can be changed.
    Unconfigure(Duration),
    /// Time jumps, as if the machine had slept: all timers on the way are due at once.
    Jump(Duration),
    /// The wall clock is set back.
    SetBack(Duration),
    /// The runtime drops its tasks.
    DropTasks,
    /// The runtime takes no tasks for so long.
    RefuseTasks(Duration),
    /// One of two runtimes stands still for so long, or until all others have come to their ends.
    StandStill(usize, Duration),
    /// The second of two runtimes ends.
    EndRuntime,
}

/// How a client treats the future of what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Awaits it.
    Patient,
    /// Drops it when it has been polled so often and is not ready.
    DropsAfterPolls(u32),
    /// Drops it after so long.
    DropsAfter(Duration),
    /// When it has been polled so often and is not ready, leaves it alone for so long.
    Pauses(u32, Duration),
}

impl Action {
    pub(crate) const fn abandons_loads(self) -> bool {
        matches!(self, Self::DropTasks | Self::RefuseTasks(_) | Self::EndRuntime)
    }

    /// Whether it is done to the runtime or its clock.
    pub(crate) const fn is_virtual(self) -> bool {
        self.abandons_loads() || self.stalls() || matches!(self, Self::Jump(_) | Self::SetBack(_))
    }

    pub(crate) const fn jumps(self) -> bool {
        matches!(self, Self::Jump(_))
    }

    /// Whether it is done to one of two runtimes.
    pub(crate) const fn stalls(self) -> bool {
        matches!(self, Self::StandStill(..) | Self::EndRuntime)
    }
}

/// Clients from this number on do something to a runtime, and belong to none.
const STALLS: u32 = 100;

pub(crate) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

impl Operation {
    /// The runtime that its client belongs to, if there are two.
    pub(crate) const fn site_of(client: u32) -> Option<usize> {
        if client < STALLS { Some(client as usize % SITES) } else { None }
    }

    pub(crate) fn draw(
        mut dice: Dice,
        index: usize,
        clients: u32,
        length: u32,
        mood: u32,
        setup: &Setup,
    ) -> Self {
        let (seed, client) = (dice.next(), dice.below(clients));
        // On a grid, so that much happens at the same time.
        let at = ms(u64::from(dice.below(length * 3)) * 3);
        let key = dice.below(setup.keys);
        let action = match (mood, dice.below(100)) {
            // Calls, reads and what removes what they find.
            (0, 0..30) => Action::Invalidate(key),
            (0, 30..40) => Action::Insert(key),
            (0, 40..45) => Action::Update(key),
            (0, 45..50) => Action::Clear,
            (0, 50..70) => Action::Get(key),
            // Calls that force, above all.
            (1, 0..40) => Action::Force(key),
            (1, 40..50) => Action::Invalidate(key),
            // Calls that force, and what removes all.
            (8, 0..40) => Action::Force(key),
            (8, 40..55) => Action::Clear,
            // Calls and nothing else.
            (2, 0..100) => Action::Outcome(key),
            (_, 0..20) => Action::Call(key),
            (_, 20..24) => Action::Get(key),
            (_, 24..26) => Action::Peek(key),
            (_, 26..45) => Action::Outcome(key),
            (_, 45..52) => Action::Tuned(key, Wishes::draw(&mut dice)),
            (_, 52..55) if setup.validates() => Action::Refuse(key),
            (_, 52..55) => Action::Tuned(key, Wishes::draw(&mut dice)),
            (_, 55) if dice.once_in(4) => Action::Close,
            (_, 55) => Action::Drain,
            (_, 56..66) => Action::Force(key),
            (_, 66..74) => Action::Invalidate(key),
            (_, 74..76) => Action::Refresh(key),
            (_, 76..81) => Action::Insert(key),
            (_, 81..83) => Action::Update(key),
            (_, 83..86) => Action::Clear,
            (_, 86..88) => Action::SetCapacity(dice.below(5) as usize),
            (_, 88..90) => Action::SetLives(
                dice.pick(&[ms(0), ms(10), ms(50), Duration::MAX]),
                dice.pick(&[ms(0), ms(20), ms(100), Duration::MAX]),
            ),
            (_, 90..92) => Action::SetTimeout(dice.pick(&[ms(0), ms(5), ms(30), Duration::MAX])),
            (5, 92..96) if setup.mutable => Action::Unconfigure(dice.pick(&[ms(3), ms(30)])),
            (3..6, 92..94) => Action::Jump(dice.pick(&[ms(1), ms(20), ms(100), ms(5_000)])),
            (3..6, 94..95) => Action::SetBack(dice.pick(&[ms(20), ms(1_000)])),
            (6..8, 92..96) => Action::DropTasks,
            (6..8, 96..100) => Action::RefuseTasks(dice.pick(&[ms(1), ms(10), ms(50)])),
            _ => Action::Outcome(key),
        };
        // What comes after it finds little to do.
        let at = if action == Action::Close { ms(u64::from(length) * 9) } else { at };
        // Of several keys in flight, a clear supersedes some first, in the order of a hash that
        // differs from run to run unless the configuration is fixed.
        let action = match action {
            Action::Clear if setup.mutable && setup.keys > 1 => Action::Invalidate(key),
            action => action,
        };
        let often = if setup.drags || setup.mood.is_some() { 7 } else { 12 };
        let (action, client) = match setup.two_runtimes && dice.once_in(often) {
            true => (stall(&mut dice, setup), STALLS + index as u32),
            false => (action, client),
        };
        let manner = match dice.below(20) {
            _ if setup.patient => Manner::Patient,
            0 | 1 => Manner::DropsAfterPolls(dice.below(4)),
            2 | 3 => Manner::DropsAfter(ms(dice.below(40).into())),
            4..7 => Manner::Pauses(1 + dice.below(3), ms(dice.pick(&[3, 20, 90, 3_000]))),
            _ => Manner::Patient,
        };
        Self { index, seed, client, at, action, manner }
    }
}

/// Draws what one of two runtimes does.
fn stall(dice: &mut Dice, setup: &Setup) -> Action {
    let site = dice.below(SITES as u32) as usize;
    match dice.below(8) {
        0 if setup.ends_at_last => Action::EndRuntime,
        // The other one goes on.
        1..4 => Action::StandStill(1, Duration::MAX),
        _ => Action::StandStill(site, dice.pick(&[ms(4), ms(30), ms(100), ms(3_000)])),
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>3}  client {}  from {:>6}  {}",
            self.index,
            self.client,
            span(self.at),
            self.action
        )?;
        match self.manner {
            Manner::Patient => Ok(()),
            Manner::DropsAfterPolls(polls) => write!(f, ", dropped after {polls} polls"),
            Manner::DropsAfter(patience) => write!(f, ", dropped after {}", span(patience)),
            Manner::Pauses(polls, pause) => {
                write!(f, ", after {polls} polls left alone for {}", span(pause))
            }
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Call(key) => write!(f, "call {key}"),
            Self::Outcome(key) => write!(f, "outcome {key}"),
            Self::Tuned(key, wishes) => write!(f, "outcome {key}{wishes}"),
            Self::Force(key) => write!(f, "force {key}"),
            Self::Refresh(key) => write!(f, "refresh {key}"),
            Self::Get(key) => write!(f, "get {key}"),
            Self::Peek(key) => write!(f, "peek {key}"),
            Self::Invalidate(key) => write!(f, "invalidate {key}"),
            Self::Insert(key) => write!(f, "insert {key}"),
            Self::Update(key) => write!(f, "update {key}"),
            Self::Clear => f.write_str("clear"),
            Self::Drain => f.write_str("drain"),
            Self::Close => f.write_str("close"),
            Self::Refuse(key) => write!(f, "what there is of {key} is refused"),
            Self::SetCapacity(capacity) => write!(f, "capacity {capacity}"),
            Self::SetLives(update, expire) => {
                write!(f, "stale after {}, expired after {}", span(update), span(expire))
            }
            Self::SetTimeout(timeout) => write!(f, "loads time out after {}", span(timeout)),
            Self::Unconfigure(duration) => write!(f, "not configured for {}", span(duration)),
            Self::Jump(duration) => write!(f, "time jumps by {}", span(duration)),
            Self::SetBack(duration) => write!(f, "wall clock back by {}", span(duration)),
            Self::DropTasks => f.write_str("the runtime drops its tasks"),
            Self::RefuseTasks(duration) => write!(f, "no tasks for {}", span(duration)),
            Self::StandStill(site, Duration::MAX) => {
                write!(f, "runtime {site} stands still to the end")
            }
            Self::StandStill(site, duration) => {
                write!(f, "runtime {site} stands still for {}", span(duration))
            }
            Self::EndRuntime => f.write_str("runtime 1 ends"),
        }
    }
}
