//! Settings that bring about what chance seldom does.

use std::time::Duration;

use crate::{
    dice::Dice,
    operation::ms,
    resilience::{Pauses, Resilience},
    scenario::{Place, Setup, Weather},
};

impl Setup {
    /// Makes some of what is drawn special.
    pub(crate) fn vary(mut self, mut dice: Dice) -> Self {
        self.chained = dice.once_in(3);
        self.two_runtimes = dice.once_in(6);
        self.named = !dice.once_in(3);
        self.ends_at_last = dice.once_in(2);
        self.blocks = dice.once_in(5);
        self.patient = dice.once_in(3);
        match dice.below(24) {
            0..5 => self.slow(&mut dice),
            5..9 => self.standing(&mut dice),
            9..12 => self.queueing(&mut dice),
            12 => self.failing(&mut dice),
            _ => {}
        }
        self.registered = dice.once_in(4);
        self
    }

    /// So slow that a second value waits for the write of the first one.
    fn slow(&mut self, dice: &mut Dice) {
        self.place = Place::Remote;
        self.weather = Weather { delay: 90, fails: false, ..self.weather };
        self.storage_timeout = ms(1_000);
        self.keys = 1;
        let moods = [None, Some(0), Some(0), Some(1), Some(2), Some(8), Some(8)];
        self.mood = dice.pick(&moods);
        self.two_runtimes = dice.once_in(2);
        if dice.once_in(2) {
            // What is found has mostly expired, and is handed to a load that takes its time.
            self.resilience.loader = true;
            self.update_after = ms(5);
            self.expire_after = ms(10);
            self.drags = true;
        }
    }

    /// Loads of one key that take long, of which some are on a runtime that stands still.
    fn standing(&mut self, dice: &mut Dice) {
        self.two_runtimes = true;
        self.drags = true;
        self.keys = 1;
        self.place = dice.pick(&[Place::Memory, Place::Memory, Place::Remote]);
        self.method_timeout = Some(dice.pick(&[ms(35), ms(35), ms(100), ms(400)]));
        self.mood = dice.pick(&[None, Some(1), Some(2), Some(2)]);
        self.resilience.soft_timeout = None;
        self.resilience.max_loads = None;
        if dice.once_in(2) {
            // What has been loaded is stale at once, and stays.
            self.place = Place::Memory;
            self.ends_at_last = false;
            self.resilience = Resilience { pauses: Pauses::None, ..Resilience::none() };
            self.update_after = ms(0);
            self.expire_after = Duration::MAX;
        }
    }

    /// Loads that wait for one permit, on both runtimes.
    fn queueing(&mut self, dice: &mut Dice) {
        self.two_runtimes = true;
        self.ends_at_last = false;
        self.named = true;
        self.keys = 3;
        self.place = Place::Memory;
        self.method_timeout = Some(dice.pick(&[ms(60), ms(100), ms(400)]));
        self.mood = dice.pick(&[None, Some(2), Some(2)]);
        self.resilience.max_loads = Some(dice.pick(&[1, 1, 1, 2]));
        self.resilience.soft_timeout = None;
        if dice.once_in(2) {
            self.update_after = ms(5);
            self.expire_after = Duration::MAX;
        }
    }

    /// Refreshes that fail one after another.
    fn failing(&mut self, dice: &mut Dice) {
        self.fails = true;
        self.keys = 1;
        self.place = Place::Memory;
        self.method_timeout = Some(ms(2_000));
        self.update_after = ms(0);
        self.expire_after = Duration::MAX;
        self.mood = Some(2);
        let pauses = dice.pick(&[(ms(8), ms(40)), (ms(30), ms(500))]);
        let pauses = Pauses::Exponential(pauses.0, pauses.1);
        self.resilience = Resilience { pauses, ..Resilience::none() };
    }
}
