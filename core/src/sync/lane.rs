//! Which of a lock's gates a thread takes.

#[cfg(all(feature = "std", not(any(shuttle, evermemo_loom))))]
mod of_thread {
    use core::{
        cell::Cell,
        num::NonZeroUsize,
        sync::atomic::{AtomicUsize, Ordering},
    };
    use std::sync::OnceLock;

    std::thread_local!(static NUMBER: Cell<usize> = const { Cell::new(UNNUMBERED) });

    const UNNUMBERED: usize = usize::MAX;

    /// A number that tells the threads apart which run at the same time, as far as it goes.
    #[inline]
    pub(crate) fn number() -> usize {
        match NUMBER.get() {
            UNNUMBERED => numbered(),
            number => number,
        }
    }

    #[cold]
    fn numbered() -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed) & (UNNUMBERED >> 1);
        NUMBER.set(number);
        number
    }

    /// How many threads run at the same time; asked of the system once.
    pub(crate) fn cores() -> usize {
        static CORES: OnceLock<usize> = OnceLock::new();
        *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get))
    }
}

#[cfg(any(not(feature = "std"), shuttle, evermemo_loom))]
mod of_thread {
    /// Without threads' local storage all take the same gate.
    #[cfg(not(any(shuttle, evermemo_loom)))]
    pub(crate) const fn number() -> usize {
        0
    }

    /// Under a scheduler that explores interleavings, its own threads are told apart.
    #[cfg(any(shuttle, evermemo_loom))]
    pub(crate) fn number() -> usize {
        super::super::current_thread()
    }

    pub(crate) const fn cores() -> usize {
        if cfg!(any(shuttle, evermemo_loom)) { 2 } else { 1 }
    }
}

pub(crate) use self::of_thread::{cores, number};
