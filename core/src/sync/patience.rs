//! How somebody waits who expects not to wait for long.

#[cfg(all(feature = "std", not(evermemo_loom)))]
mod kind {
    use core::{hint, time::Duration};
    use std::thread;

    /// Spins at first, then lets others run, then sleeps in short steps: whoever is waited for may
    /// have lost its processor.
    #[derive(Debug, Default)]
    pub(crate) struct Patience {
        rounds: u32,
    }

    impl Patience {
        /// Each is twice as long as the one before.
        const SPINS: u32 = 6;
        const YIELDS: u32 = 26;
        const NAP: Duration = Duration::from_micros(50);

        pub(crate) fn wait(&mut self) {
            if self.rounds < Self::SPINS {
                (0..1 << self.rounds).for_each(|_| hint::spin_loop());
            } else if self.rounds < Self::SPINS + Self::YIELDS {
                thread::yield_now();
            } else {
                thread::sleep(Self::NAP);
                return;
            }
            self.rounds += 1;
        }
    }
}

#[cfg(evermemo_loom)]
mod kind {
    #[derive(Debug, Default)]
    pub(crate) struct Patience {
        rounds: u32,
    }

    impl Patience {
        /// After so many waits for one gate nothing more is explored but how the model ends: two
        /// who wait could otherwise be chosen in turn for ever, and never who is inside.
        const EXPLORED: u32 = 2;

        pub(crate) fn wait(&mut self) {
            if self.rounds == Self::EXPLORED {
                loom::skip_branch();
            }
            self.rounds += 1;
            loom::thread::yield_now();
        }
    }
}

#[cfg(not(any(feature = "std", evermemo_loom)))]
mod kind {
    /// Spins; there is nobody to ask for anything else.
    #[derive(Debug, Default)]
    pub(crate) struct Patience;

    impl Patience {
        pub(crate) fn wait(&mut self) {
            core::hint::spin_loop();
        }
    }
}

pub(super) use self::kind::Patience;
