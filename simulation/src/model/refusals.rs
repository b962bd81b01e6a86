//! What was refused is told to nobody who comes later.

use crate::{
    history::{Birth, Caller, History, Times},
    model::changes::Keys,
};

impl History {
    /// What there is of a key answers nobody from now on.
    pub(crate) fn refuse(&mut self, key: u32) {
        let (now, number) = (self.now, self.births.len());
        self.keys[key as usize].refusals.push((now, number));
    }

    /// Whether a value does not answer from the cache.
    pub(crate) fn is_refused(&self, key: u32, number: usize) -> bool {
        let Keys { refusals, .. } = &self.keys[key as usize];
        refusals.last().is_some_and(|&(_, first)| number < first)
    }

    /// Whether what is stored may have been refused.
    pub(crate) fn is_refused_at(&self, key: u32, times: Times) -> bool {
        let Keys { refusals, .. } = &self.keys[key as usize];
        // A load that ran then has brought what was refused before.
        let of_key = |birth: &Birth| birth.key == key;
        let (births, times) = (&self.births, times.created);
        refusals.last().is_some_and(|&(at, first)| {
            at.at >= times
                || births[..first]
                    .iter()
                    .filter(|birth| of_key(birth))
                    .any(|birth| birth.times.is_some_and(|times_of| times_of.created == times))
        })
    }

    /// A caller may be told what was loaded while it waited, and nothing else that was refused
    /// before it came.
    pub(crate) fn judge_refusal(&mut self, caller: usize, number: usize) {
        let Caller { key, began: Some(began), .. } = self.callers[caller] else { return };
        let Birth { over, .. } = self.births[number];
        let earlier = over.is_some_and(|over| over.turn < began.turn);
        let refused =
            |&(at, first): &(crate::history::Moment, usize)| at.turn < began.turn && number < first;
        let refused = self.keys[key as usize].refusals.iter().any(refused);
        if self.rules.timed && refused && earlier {
            self.violate(|history| {
                format!("{} is told v{number}, which is refused", history.name(caller))
            });
        }
    }
}
