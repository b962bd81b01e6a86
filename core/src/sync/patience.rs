//! How somebody waits who expects not to wait for long.

/// Spins at first, then lets others run, then sleeps in short steps: whoever is waited for may have
/// lost its processor.
#[derive(Debug, Default)]
pub(super) struct Patience {
    #[cfg(all(feature = "std", not(any(shuttle, evermemo_loom))))]
    rounds: u32,
}

#[cfg(all(feature = "std", not(any(shuttle, evermemo_loom))))]
impl Patience {
    const SPINS: u32 = 6;
    const YIELDS: u32 = 32;
    const NAP: core::time::Duration = core::time::Duration::from_micros(50);

    pub(super) fn wait(&mut self) {
        match self.rounds {
            round @ 0..Self::SPINS => (0..1 << round).for_each(|_| core::hint::spin_loop()),
            Self::SPINS..Self::YIELDS => std::thread::yield_now(),
            _ => std::thread::sleep(Self::NAP),
        }
        self.rounds = self.rounds.saturating_add(1);
    }
}

#[cfg(any(not(feature = "std"), shuttle, evermemo_loom))]
impl Patience {
    pub(super) fn wait(&mut self) {
        #[cfg(evermemo_loom)]
        loom::thread::yield_now();
        #[cfg(shuttle)]
        shuttle::thread::yield_now();
        #[cfg(not(any(shuttle, evermemo_loom)))]
        core::hint::spin_loop();
    }
}
