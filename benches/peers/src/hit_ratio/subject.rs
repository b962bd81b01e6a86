//! What a trace is replayed on.

/// A cache, or the simulator of one, that is asked for one key after the other.
pub trait Subject {
    /// Asks for `key`, inserts it on a miss, and returns whether it was there.
    fn ask(&mut self, key: u32) -> bool;
}

/// Replays `requests` and returns how many of them were hits.
pub fn hits(subject: &mut dyn Subject, requests: &[u32]) -> usize {
    requests.iter().filter(|&&key| subject.ask(key)).count()
}
