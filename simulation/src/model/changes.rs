//! Nothing old wins: what a removal or an insertion promises to those who come after it.

use std::{mem, ops::Range, time::Duration};

use evermemo_core::Instant;

use crate::{
    history::{Birth, Caller, Fate, History, Kind, Moment},
    model::Ending,
    world::Value,
};

/// What is known of one key.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// Changes that have ended: from then on no caller is told what was true before they began.
    fences: Vec<Fence>,
    /// Whatever takes its key from a load in progress.
    pub(crate) disturbances: Vec<Disturbance>,
    /// What a storage that waits has taken, and when.
    taken: Vec<(usize, u64)>,
    changing: u32,
    changes: u64,
    /// When what had been born by then was refused, and the number of the first that was not.
    pub(super) refusals: Vec<(Moment, usize)>,
    /// Removals whose handles were dropped, and which go on.
    detached: Vec<(usize, Moment)>,
}

impl Keys {
    /// Returns a change that began since, after the birth of a value, and has ended by now.
    pub(crate) fn ended_since(&self, began: Moment, born: Moment, now: Moment) -> Option<usize> {
        let came = |fence: &&Fence| {
            fence.began.turn > began.turn.max(born.turn) && fence.ended.turn < now.turn
        };
        self.fences.iter().find(came).map(|fence| fence.caller)
    }
}

#[derive(Debug)]
struct Fence {
    caller: usize,
    began: Moment,
    ended: Moment,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Disturbance {
    pub(crate) turn: u64,
    /// A forced call takes the key from ordinary loads only.
    pub(crate) forced: bool,
}

impl History {
    /// A caller polls for the first time.
    pub(crate) fn begin(&mut self, caller: usize) {
        let now = self.now;
        let Caller { key, kind, .. } = self.callers[caller];
        self.callers[caller].began = Some(now);
        self.line(|history| format!("{} begins", history.name(caller)));
        let forced = kind == Kind::Force;
        if matches!(kind, Kind::Call | Kind::Outcome | Kind::Refresh) || kind.is_look() {
            return;
        }
        for key in self.affected(key, kind) {
            let keys = &mut self.keys[key];
            keys.disturbances.push(Disturbance { turn: now.turn, forced });
            if !forced {
                keys.changes += 1;
                keys.changing += 1;
                self.callers[caller].change = (keys.changing == 1, keys.changes);
            }
        }
        if matches!(kind, Kind::Insert | Kind::Update) {
            self.callers[caller].inserts = Some(self.births.len());
            self.births.push(Birth {
                key,
                caller,
                began: now,
                fate: Some(Fate::Inserted),
                over: Some(now),
                is_load: false,
                is_refresh: false,
                times: None,
                due: None,
                taken: false,
                late: false,
                cut: false,
                kept_out: false,
                younger: Duration::ZERO,
                yields: false,
                handed: None,
                made: None,
                own: (None, None),
            });
        }
    }

    /// A change has ended or was dropped.
    pub(crate) fn end_change(&mut self, caller: usize, ending: &Ending) {
        let Caller { key, kind, began, .. } = self.callers[caller];
        let Some(began) = began.filter(|_| kind != Kind::Refresh) else { return };
        let undisputed = self.is_undisputed(caller);
        let settles = match (kind, ending) {
            (Kind::Invalidate | Kind::Clear, Ending::Changed) => true,
            // A removal that came later may have kept it out, and be under way.
            (Kind::Insert | Kind::Update, Ending::Changed | Ending::Untold) => {
                undisputed && self.has_replaced(caller)
            }
            // Not known to have happened, it hides what is older all the same.
            (Kind::Insert, Ending::Refused) => undisputed,
            _ => false,
        };
        if kind == Kind::Update && *ending == Ending::Changed {
            self.judge_updates(key);
        }
        let ended = self.now;
        for key in self.affected(key, kind) {
            self.keys[key].changing -= 1;
            if *ending == Ending::Dropped && matches!(kind, Kind::Invalidate | Kind::Clear) {
                self.keys[key].detached.push((caller, began));
            }
            if settles {
                self.keys[key].fences.push(Fence { caller, began, ended });
            }
        }
    }

    /// An update is handed what is present, and makes a new value of it.
    pub(crate) fn update_makes(&mut self, caller: usize, present: Option<Value>) {
        let (Caller { key, inserts, .. }, now) = (&self.callers[caller], self.now);
        let (key, Some(number)) = (*key, *inserts) else { return };
        let of = present.map(|present| present.number);
        self.births[number].began = now;
        self.births[number].made = Some((of, now));
        // It takes the key at once, unless it is handed something newer.
        self.keys[key as usize].disturbances.push(Disturbance { turn: now.turn, forced: false });
        self.line(|history| format!("{} is made of {of:?}", history.name(caller)));
        let Some(Value { key: other, number: of }) = present else { return };
        let servable = self.births[of].times.is_some_and(|times| times.is_servable(now.at));
        if other != key || self.rules.timed && !servable {
            self.violate(|_| format!("v{number} is made of v{of}, which is no answer"));
        }
        self.judge_fences(caller, of);
        self.judge_late(caller, of);
    }

    /// Nothing comes between what an update was made of and its own value.
    fn judge_updates(&mut self, key: u32) {
        if !self.rules.exact {
            return;
        }
        let changed = |caller: &&Caller| {
            matches!(caller.ending, Some(Ending::Changed))
                && (caller.key, caller.kind) == (key, Kind::Update)
        };
        let updates = self.callers.iter().filter(changed);
        let made = updates.filter_map(|update| {
            let number = update.inserts?;
            let (Some(of), at) = self.births[number].made? else { return None };
            Some((number, of, at))
        });
        let lost = made.clone().find_map(|(number, of, at)| {
            let since = self.births[of].began.turn;
            let between = |turn: u64| since < turn && turn < at.turn;
            let change = self.callers.iter().position(|other| {
                let removes = matches!(other.kind, Kind::Insert | Kind::Invalidate | Kind::Clear);
                removes
                    && (other.key == key || other.kind == Kind::Clear)
                    && !other.is_dropped()
                    && other.began.is_some_and(|began| between(began.turn))
            });
            let update = made.clone().any(|(_, _, other)| between(other.turn));
            (change.is_some() || update).then_some((number, of))
        });
        if let Some((number, of)) = lost {
            self.violate(|_| format!("v{number} is made of v{of}, and something came in between"));
        }
    }

    /// All is at rest: what was dropped has ended, too, unless a storage or a runtime failed it.
    /// Returns whether there was anything.
    pub(crate) fn settle_dropped(&mut self) -> bool {
        let (exact, ended) = (self.rules.exact && !self.rules.loses_tasks, self.now);
        let mut any = false;
        for keys in &mut self.keys {
            for (caller, began) in mem::take(&mut keys.detached) {
                any |= exact;
                if exact {
                    keys.fences.push(Fence { caller, began, ended });
                }
            }
        }
        any
    }

    fn is_undisputed(&self, caller: usize) -> bool {
        let Caller { key, kind, change: (alone, changes), .. } = self.callers[caller];
        matches!(kind, Kind::Insert | Kind::Update)
            && alone
            && self.keys[key as usize].changes == changes
    }

    /// Whether an insertion took the place of what was stored: what is dead at birth removes it, and
    /// otherwise a storage may fail to take the value without an error that the caller is told.
    fn has_replaced(&self, caller: usize) -> bool {
        let Some(number) = self.callers[caller].inserts else { return false };
        let Birth { times, taken, .. } = self.births[number];
        times.is_some_and(|times| self.rules.immediate || taken || times.are_born_dead())
    }

    /// The keys that a caller changes.
    fn affected(&self, key: u32, kind: Kind) -> Range<usize> {
        match kind {
            Kind::Clear => 0..self.keys.len(),
            _ => key as usize..key as usize + 1,
        }
    }

    /// A storage is told to remove what it has of `key`, or of all keys.
    ///
    /// A removal waits for a write of the key that is under way, but no longer than the
    /// storage timeout: then that write may come after the removal.
    pub(crate) fn releases(&mut self, key: Option<u32>) {
        // Elsewhere, who polls is not who releases.
        if !self.rules.timed {
            return;
        }
        let caller = self.polled.last().copied();
        let of_key = |number: &&usize| key.is_none_or(|key| self.births[**number].key == key);
        let under_way: Vec<usize> = self.offers.iter().filter(of_key).copied().collect();
        if under_way.is_empty() {
            return;
        }
        let remover = caller.filter(|&caller| match (self.callers[caller].kind, key) {
            (Kind::Clear, _) => true,
            (Kind::Invalidate, Some(key)) => self.callers[caller].key == key,
            _ => false,
        });
        let (now, patience) = (self.now.at, self.rules.storage_timeout);
        match remover {
            Some(caller) if self.waited(caller, now) >= patience => {
                let late = |number: &usize| !self.births[*number].taken;
                let late: Vec<usize> = under_way.into_iter().filter(late).collect();
                self.callers[caller].exempt.extend(late);
            }
            _ => self.violate(|_| {
                format!("a release of {key:?} does not wait for the write of v{}", under_way[0])
            }),
        }
    }

    fn waited(&self, caller: usize, now: Instant) -> Duration {
        let began = self.callers[caller].began;
        began.map(|began| now.saturating_since(began.at)).unwrap_or_default()
    }

    /// A storage is given a value to write, with this time of its creation.
    pub(crate) fn offers(&mut self, number: usize, created: Instant) {
        let Birth { key, times, .. } = self.births[number];
        if let Some(times) = times {
            self.make_younger(number, created.saturating_since(times.created));
        }
        if let Some(&other) = self.offers.iter().find(|&&other| self.births[other].key == key) {
            self.violate(|_| format!("v{number} is written while v{other} is"));
        }
        self.offers.insert(number);
        self.line(|_| format!("the storage is offered v{number}"));
    }

    /// A write is over, or was cut off.
    pub(crate) fn offered(&mut self, number: usize) {
        self.offers.remove(&number);
        let birth = &mut self.births[number];
        birth.cut = !birth.taken;
    }

    /// Notes that a value is told, or written, as so much younger: no more than what a storage may make
    /// of a time by rounding, and a nanosecond for each one that is late, unless a clock is set back; and
    /// always by the same.
    pub(crate) fn make_younger(&mut self, number: usize, younger: Duration) {
        let known = &mut self.births[number].younger;
        let before = mem::replace(known, younger.max(*known));
        let is_right = younger.is_zero() || before.is_zero() || younger == before;
        let bounded = younger < Duration::from_micros(1_001) || self.rules.jumps;
        if self.rules.timed
            && !(is_right && bounded && (younger.is_zero() || !self.rules.immediate))
        {
            self.violate(|_| format!("v{number} is {younger:?} younger, and was {before:?}"));
        }
    }

    /// A storage is given a value that it writes late, and does not answer.
    pub(crate) fn offers_late(&mut self, number: usize) {
        self.births[number].late = true;
        self.line(|_| format!("the storage is to write v{number} late"));
    }

    /// Whether a value of a key may be written late.
    pub(crate) fn has_late(&self, key: u32) -> bool {
        self.births.iter().any(|birth| birth.late && birth.key == key)
    }

    /// A storage holds a value, or nothing in its place.
    pub(crate) fn takes(&mut self, number: usize) {
        self.births[number].taken = true;
        let (key, turn) = (self.births[number].key as usize, self.now.turn);
        self.keys[key].taken.push((number, turn));
        self.line(|_| format!("the storage takes v{number}"));
    }

    /// Judges a value by the changes that had ended when the caller began.
    pub(crate) fn judge_fences(&mut self, caller: usize, number: usize) {
        let Some(began) = self.callers[caller].began else { return };
        let Birth { key, began: born, .. } = self.births[number];
        let fence = self.keys[key as usize].fences.iter().find(|fence| {
            fence.ended.turn < began.turn
                && born.turn < fence.began.turn
                && !self.callers[fence.caller].exempt.contains(&number)
        });
        if let Some(fence) = fence.map(|fence| fence.caller) {
            self.violate(|history| {
                let (caller, fence) = (history.name(caller), history.name(fence));
                format!("{caller} is told v{number}, which is older than {fence} that had ended")
            });
        }
    }

    /// Judges a value by what a storage that waits had taken when the caller began.
    pub(crate) fn judge_late(&mut self, caller: usize, number: usize) {
        let Some(began) = self.callers[caller].began else { return };
        let Birth { key, began: born, late, .. } = self.births[number];
        let taken = self.keys[key as usize].taken.iter();
        let newer = |&&(other, turn): &&(usize, u64)| {
            turn < began.turn && self.births[other].began.turn > born.turn
        };
        if let Some(&(other, _)) = taken.filter(|_| late).find(newer) {
            self.violate(|history| {
                let caller = history.name(caller);
                format!("{caller} is told v{number}, written late over v{other}")
            });
        }
    }

    /// Whether something has taken the key from ordinary loads since a turn.
    pub(crate) fn disturbed_since(&self, key: u32, turn: u64, even_forced: bool) -> bool {
        let disturbs = |disturbance: &Disturbance| {
            disturbance.turn >= turn && !(even_forced && disturbance.forced)
        };
        self.keys[key as usize].disturbances.iter().rev().any(disturbs)
    }
}
