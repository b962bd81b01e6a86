//! One load at a time, and none without need.

use std::time::Duration;

use crate::{
    history::{Birth, Caller, Fate, History, Kind, Moment, Times},
    model::changes::Disturbance,
    world::Asked,
};

impl History {
    /// A load begins; the storage has an entry with these times, as far as can be known.
    pub(crate) fn load_begins(&mut self, asked: Asked, stored: Option<Times>) -> usize {
        let (Asked { key, caller }, number) = (asked, self.births.len());
        let leader = &self.callers[caller];
        let leader_forces = leader.kind == Kind::Force;
        let is_refresh = leader.kind != Kind::Force
            && leader.ended.is_some()
            && !leader.is_dropped()
            && !leader.stood_in;
        let yields = leader_forces && self.yields(key);
        self.judge_closed(caller);
        self.judge_alone(asked);
        self.judge_need(asked, stored, is_refresh);
        self.judge_places(caller, is_refresh);
        self.judge_deserted(caller);
        // Who asks for a refresh need not wait for the end of a pause.
        if is_refresh && self.callers[caller].kind != Kind::Refresh {
            self.judge_pause(caller);
        }
        if leader_forces {
            // One that has queued takes the key now.
            let disturbance = Disturbance { turn: self.now.turn, forced: true };
            self.keys[key as usize].disturbances.push(disturbance);
        }
        self.callers[caller].loads.push(number);
        self.births.push(Birth {
            key,
            caller,
            began: self.now,
            fate: None,
            over: None,
            is_load: true,
            is_refresh,
            times: None,
            due: None,
            taken: false,
            late: false,
            cut: false,
            kept_out: false,
            younger: Duration::ZERO,
            yields,
            handed: self.callers[caller].handed.take(),
            made: None,
            own: (None, None),
        });
        self.line(|history| {
            let what = if is_refresh { "refresh" } else { "load" };
            format!("{what} v{number} begins for {}", history.name(caller))
        });
        number
    }

    /// A load has ended or was dropped.
    pub(crate) fn load_ends(&mut self, number: usize, fate: Fate) {
        let birth = &mut self.births[number];
        if birth.fate.is_some() {
            self.violate(|_| format!("v{number} ends twice"));
            return;
        }
        (birth.fate, birth.over) = (Some(fate), Some(self.now));
        let (due, leader) = (birth.due, birth.caller);
        let undriven = due.is_some_and(|due| due < self.now.at) && fate == Fate::Dropped;
        if undriven && self.callers[leader].blocks && self.callers[leader].waits() {
            self.violate(|_| format!("v{number} is not driven, though its leader is polled"));
        }
        self.line(|_| format!("load v{number} ends: {fate:?}"));
        if fate != Fate::Dropped || self.rules.loses_tasks || self.rules.aborts {
            return;
        }
        let wanted = self.callers[self.births[number].caller].began;
        if self.rules.timed && wanted.is_some_and(|wanted| !self.is_overdue(wanted.at)) {
            self.violate(|_| format!("v{number} is dropped before its time"));
        }
    }

    /// Whether a forced load that has queued finds that another one has its key, and leaves it
    /// that: it answers its own callers.
    fn yields(&self, key: u32) -> bool {
        let forced = |caller: usize| self.callers[caller].kind == Kind::Force;
        let runs = |birth: &Birth| birth.key == key && birth.fate.is_none();
        self.births.iter().any(|birth| runs(birth) && forced(birth.caller))
    }

    /// Whether a load may begin later than its flight.
    const fn lags(&self) -> bool {
        !self.rules.immediate || self.resilience.max_loads.is_some()
    }

    /// So many loads run at once, beside those that wait for a call of their own; none runs, and a
    /// refresh neither, before the load of a caller who has waited longer.
    fn judge_places(&mut self, caller: usize, is_refresh: bool) {
        let Some(places) = self.resilience.max_loads else { return };
        let running = self.running(Some(caller));
        if running >= places {
            self.violate(|history| {
                format!("a load begins for {} while {running} run", history.name(caller))
            });
        }
        let Caller { key, began, .. } = self.callers[caller];
        let led = began.map_or(0, |began| began.turn);
        // One that a caller has joined is as good as a caller's load from then on.
        let joined = self.callers.iter().any(|other| {
            let later = other.began.is_some_and(|began| began.turn > led);
            other.key == key
                && other.kind.is_call()
                && later
                && (other.waited || other.stood_in || other.waits())
        });
        // Its load is queued once its task has had a turn, which takes no time, but takes a turn.
        let earlier = |began: Moment| began.at < self.now.at;
        let waiting = self.queued().find(|&other| {
            self.callers[other].key != key && self.callers[other].began.is_some_and(earlier)
        });
        if let Some(waiting) = waiting.filter(|_| is_refresh && !joined) {
            self.violate(|history| {
                format!(
                    "a refresh begins for {} while {} waits",
                    history.name(caller),
                    history.name(waiting)
                )
            });
        }
    }

    /// How many loads run, where one of a caller begins just now. One does not count that waits for a call
    /// of its own, or has gone on while what runs with its permit does.
    fn running(&self, begins: Option<usize>) -> usize {
        let runs = |birth: &Birth| birth.is_load && birth.fate.is_none();
        let lends = |load| self.lends(load, begins, &mut Vec::new());
        self.births.iter().enumerate().filter(|&(load, birth)| runs(birth) && !lends(load)).count()
    }

    /// Whether a load waits for a call of its own, or that has lent its permit to what runs with it, or
    /// begins; maybe by way of loads that have lent it on. Those that are `met` have been looked at.
    fn lends(&self, load: usize, begins: Option<usize>, met: &mut Vec<usize>) -> bool {
        met.push(load);
        self.callers.iter().filter(|call| call.inside == Some(load)).any(|call| {
            // What is wanted when it has gone on, it has not called. What was wanted before may have
            // its permit, and begin later.
            let wants = |caller: usize| {
                let Caller { key, began, .. } = self.callers[caller];
                let before = |ended: Moment| began.is_none_or(|wanted| wanted.turn < ended.turn);
                key == call.key && call.ended.is_none_or(before)
            };
            let since = call.began.map_or(0, |began| began.turn);
            let called = |birth: &Birth| {
                birth.is_load
                    && wants(birth.caller)
                    && birth.over.is_none_or(|over| over.turn > since)
            };
            let mut uses = |(other, birth): (usize, &Birth)| {
                !met.contains(&other)
                    && called(birth)
                    && (birth.fate.is_none() || self.lends(other, begins, met))
            };
            call.waits()
                || begins.is_some_and(wants)
                || self.births.iter().enumerate().any(&mut uses)
        })
    }

    /// Whether a load runs that waits for no call of its own. One that has lent its permit and goes on,
    /// as its call has ended, does not count against the bound while that runs, but it does run.
    fn any_goes_on(&self) -> bool {
        let calls = |load: usize| {
            self.callers.iter().filter(move |call| call.inside == Some(load) && call.waits())
        };
        // What is overdue on a runtime that stands still keeps nothing.
        let lost = |birth: &Birth| {
            let Caller { site, kind, began: Some(began), .. } = self.callers[birth.caller] else {
                return false;
            };
            let overdue = self.patience(kind).is_some_and(|time| began.at + time < self.now.at);
            self.runtimes.stands(site) && overdue
        };
        let runs = |birth: &Birth| birth.is_load && birth.fate.is_none() && !lost(birth);
        // Its call may have ended unseen.
        let stands = |birth: &Birth| self.runtimes.stands(self.callers[birth.caller].site);
        // What is called may be on a runtime that stands still, and keep a permit until it has had
        // its time.
        let held = |call: &Caller| {
            let stands = |other: &Caller| {
                other.key == call.key && other.began.is_some() && self.runtimes.stands(other.site)
            };
            self.callers.iter().any(|other| !std::ptr::eq(other, call) && stands(other))
        };
        let goes_on = |(load, birth): (usize, &Birth)| {
            let called = calls(load).next();
            let unseen = |call: &Caller| stands(birth) && !call.blocks;
            runs(birth) && called.is_none_or(|call| unseen(call) || held(call))
        };
        // Who has lent it a permit may have ended.
        let lent = |call: &Caller| call.inside.is_some() && call.ending.is_some() && held(call);
        self.births.iter().enumerate().any(goes_on) || self.callers.iter().any(lent)
    }

    /// The callers whose load waits for a permit, as far as can be told for sure.
    fn queued(&self) -> impl Iterator<Item = usize> {
        let sure = self.rules.timed
            && self.rules.immediate
            && !self.rules.loses_tasks
            && !self.rules.jumps
            && !self.rules.never_begins()
            && !self.rules.unconfigured
            && self.resilience.max_loads.is_some_and(|loads| loads > 0);
        // A storage that can be exchanged may be waited for.
        let late = match self.rules.exchangeable {
            true => 2 * self.rules.storage_timeout,
            false => Duration::ZERO,
        };
        (0..self.callers.len()).filter(move |&caller| {
            let Caller { key, began: Some(began), .. } = self.callers[caller] else {
                return false;
            };
            let called = matches!(self.callers[caller].kind, Kind::Call | Kind::Outcome);
            // It may have joined the flight of another one, whose time is over sooner.
            let joins = |other: &Caller| {
                let Some(led) = other.began else { return false };
                let alive = led.at + self.rules.shortest_timeout + late > began.at;
                other.key == key && led.turn < began.turn && alive && self.is_overdue(led.at)
            };
            let of_key = |birth: &Birth| {
                birth.key == key && birth.over.is_none_or(|over| over.turn > began.turn)
            };
            // What it waits for may be on a runtime that stands still, or goes on just now and has not
            // come to its task.
            let stands = |(number, other): (usize, &Caller)| {
                let polled = number == caller && other.blocks;
                let runtimes = &self.runtimes;
                let now = runtimes.since(other.site) == Some(self.now.at);
                other.key == key && (runtimes.stands(other.site) || now) && !polled
            };
            sure && called
                && self.callers[caller].waits()
                && self.callers[caller].waited
                && self.callers[caller].loads.is_empty()
                && !self.disturbed_since(key, began.turn, true)
                && !self.births.iter().any(of_key)
                && !self.is_overdue(began.at)
                && !self.callers.iter().any(joins)
                && !self.callers.iter().enumerate().any(stands)
        })
    }

    /// Looks, at an event, whether loads waited for permits before it though none ran.
    pub(crate) fn judge_idle(&mut self) {
        let idle = self.idle.take();
        if let Some((since, caller)) = idle
            && since < self.now.at
        {
            self.violate(|history| {
                let at = history.since_start(since);
                format!("from {at} on nothing runs, and {} waits", history.name(caller))
            });
        }
    }

    /// Notes, after an event, whether a load waits for a permit though none runs.
    pub(crate) fn note_idle(&mut self) {
        if self.resilience.max_loads.is_some() && !self.any_goes_on() {
            let at = self.now.at;
            let waiting = self.queued().next();
            self.idle = waiting.map(|caller| (at, caller));
        }
    }

    /// A refresh begins no sooner after failed ones than the pause takes that so many in a row make.
    fn judge_pause(&mut self, caller: usize) {
        let Caller { key, began: Some(wanted), .. } = self.callers[caller] else { return };
        let before = |birth: &&Birth| {
            birth.key == key && birth.over.is_some_and(|over| over.turn < wanted.turn)
        };
        let mut ended: Vec<_> = self.births.iter().filter(before).collect();
        ended.sort_by_key(|birth| birth.over.map(|over| over.turn));
        let last = ended.last().and_then(|birth| birth.over);
        // It was still stored when the refresh failed, as it was so later.
        let failed = |birth: &&&Birth| {
            let (Some(over), Some(led)) = (birth.over, self.callers[birth.caller].began) else {
                return false;
            };
            let overdue = led.at + self.rules.shortest_timeout <= over.at;
            birth.is_refresh
                && matches!(birth.fate, Some(Fate::Failed | Fate::Panicked))
                && !overdue
                && !self.disturbed_since(key, led.turn, false)
        };
        let in_a_row = ended.iter().rev().take_while(failed).count();
        let Some(over) = last.filter(|_| in_a_row > 0) else { return };
        let pause = self.resilience.pauses.least(in_a_row as u32);
        let early = wanted.at.saturating_since(over.at) < pause;
        if early && self.rules.timed && self.rules.immediate {
            self.violate(|history| {
                let at = history.since_start(over.at);
                format!(
                    "a refresh begins for {}, too soon after that of {at}, {in_a_row} in a row",
                    history.name(caller)
                )
            });
        }
    }

    /// A forced load that has waited for the end of another one begins only if a caller waits for it.
    fn judge_deserted(&mut self, caller: usize) {
        let Caller { key, kind, began: Some(began), ended: Some(ended), .. } = self.callers[caller]
        else {
            return;
        };
        let sure = self.rules.timed && self.rules.immediate && self.resilience.max_loads.is_none();
        if !sure || kind != Kind::Force || !self.callers[caller].is_dropped() {
            return;
        }
        let before = |birth: &Birth| {
            birth.key == key
                && birth.is_load
                && self.callers[birth.caller].kind == Kind::Force
                && birth.began.turn < began.turn
                && birth.over.is_none_or(|over| over.turn > ended.turn)
        };
        let others = self.callers.iter().enumerate().any(|(other, joined)| {
            other != caller
                && joined.key == key
                && joined.kind.is_call()
                && joined.waited
                && joined.ended.is_none_or(|ended| ended.turn > began.turn)
                && joined.began.is_some_and(|other| other.turn > began.turn)
        });
        let queued = self.births.iter().any(before);
        if queued && !others && !self.disturbed_since(key, began.turn, true) {
            self.violate(|history| {
                format!("a load begins for {}, which has gone", history.name(caller))
            });
        }
    }

    /// A load of a key begins while another runs only if that one has lost the key.
    fn judge_alone(&mut self, Asked { key, caller }: Asked) {
        let Some(wanted) = self.callers[caller].began else { return };
        let running = |birth: &Birth| birth.key == key && birth.fate.is_none();
        let disputed =
            (0..self.births.len()).filter(|&load| running(&self.births[load])).find(|&load| {
                let leader = &self.callers[self.births[load].caller];
                let Some(led) = leader.began else { return false };
                // One that queued behind another forced load begins once that has lost the key.
                let since = wanted.turn.min(led.turn);
                let forced = leader.kind == Kind::Force;
                // One that has lost the key before it begins answers its own callers all the same.
                let superseded = forced && self.births[load].began.turn > wanted.turn;
                // A forced call that was queued when a removal freed the key takes it as it begins,
                // from a load that a caller has led since, and may leave before its own load begins, and
                // before another caller comes.
                let overtaken = self.callers.iter().any(|other| {
                    let queued = |began: Moment| {
                        began.turn < led.turn && self.disturbed_since(key, began.turn, true)
                    };
                    other.key == key
                        && other.kind == Kind::Force
                        && other.loads.is_empty()
                        && other.began.is_some_and(queued)
                        && other.ended.is_none_or(|ended| ended.turn > since)
                });
                !superseded
                    && !overtaken
                    && !self.births[load].yields
                    && !self.disturbed_since(key, since, forced)
                    && !self.is_overdue(led.at)
            });
        let aborted = self.rules.aborts && !self.rules.timed;
        // Its flight may have become overdue while it looked again into a storage that waits, or
        // waited for its place.
        let overdue = self.lags() && self.is_overdue(wanted.at);
        if let Some(load) = disputed.filter(|_| !aborted && !overdue) {
            self.violate(|history| {
                format!("a load begins for {} while v{load} runs", history.name(caller))
            });
        }
    }

    /// A load that no caller has forced begins only if there is no answer, or a refresh if it is stale.
    fn judge_need(
        &mut self,
        Asked { key, caller }: Asked,
        stored: Option<Times>,
        is_refresh: bool,
    ) {
        let Some(times) = stored.filter(|_| self.rules.timed) else { return };
        let leader = &self.callers[caller];
        let Some(wanted) = leader.began else { return };
        // What has changed since the caller looked may be what is stored now.
        let since = if self.rules.immediate { wanted.turn } else { 0 };
        if matches!(leader.kind, Kind::Force | Kind::Refresh)
            || self.disturbed_since(key, since, false)
        {
            return;
        }
        let answers = match is_refresh {
            true => times.is_fresh(self.now.at),
            false => times.is_servable(self.now.at),
        };
        let wishes = leader.wishes.filter(|_| !is_refresh).unwrap_or_default();
        let refused = self.is_refused_at(key, times);
        let answers = answers && wishes.take(times, self.now.at) && !refused;
        let overdue = self.lags() && self.is_overdue(wanted.at);
        let outdone = self.is_outdone(key, times, is_refresh);
        let shaken = !self.rules.immediate && self.neighbours_change_since(key, wanted.turn);
        if answers && !overdue && !outdone && !shaken && (self.rules.immediate || self.rules.exact)
        {
            self.violate(|history| {
                let at = history.since_start(times.created);
                format!(
                    "a load begins for {}, which the entry of {at} answers",
                    history.name(caller)
                )
            });
        }
    }
    /// Whether a change of another key has been under way since a turn. If both keys share a shard,
    /// a look into a storage that waits cannot tell whose change has overtaken it.
    fn neighbours_change_since(&self, key: u32, turn: u64) -> bool {
        self.callers.iter().any(|other| {
            other.key != key
                && matches!(other.kind, Kind::Insert | Kind::Invalidate | Kind::Update)
                && other.began.is_some()
                && (other.is_dropped() || other.ended.is_none_or(|ended| ended.turn > turn))
        })
    }

    /// Whether what is stored is no answer, as what was loaded later has not been taken: it is being
    /// written, or waits for that, and answers no more either; or its write was cut off; or it was dead
    /// at its birth, and what it replaces is being removed.
    fn is_outdone(&self, key: u32, stored: Times, for_refresh: bool) -> bool {
        let writes = self.offers.iter().any(|&number| self.births[number].key == key);
        let mut newer = self.births.iter().filter_map(|birth| {
            let times = birth.times.filter(|_| birth.key == key && !birth.taken)?;
            (times.created + birth.younger > stored.created).then_some((birth, times))
        });
        let is_cut = newer.clone().any(|(birth, _)| birth.cut);
        let removes = newer.clone().any(|(birth, times)| {
            birth.fate == Some(Fate::Loaded) && times.are_born_dead() && !birth.kept_out
        });
        let expired = newer.next_back().is_some_and(|(_, times)| match for_refresh {
            true => !times.is_fresh(self.now.at),
            false => !times.is_servable(self.now.at),
        });
        is_cut || removes || writes && expired
    }
}
