//! What a cache has counted, compared with what its callers were told.

use evermemo::{Runtime, Stats};

use crate::{
    caches::Subject,
    counts::{Bodies, Counts},
    facts::Facts,
    listener::Heard,
};

/// Compares the accounts of a cache at rest.
pub(crate) fn check<R: Runtime>(subject: &Subject<R>) {
    let (facts, stats) = (&*subject.facts, subject.memo.stats());
    let flying = subject.memo.in_flight();
    if flying != 0 {
        facts.violated(&format!("{flying} flights are left at rest"));
    }
    let running = facts.overlap.running();
    if running != 0 {
        facts.violated(&format!("{running} loads run at rest"));
    }
    calls(facts, &stats);
    bodies(facts, &stats);
    heard(facts, &stats);
}

/// Each call is counted once. Where a caller did not ask for the source, two are possible; a call
/// that was dropped is counted if it had been decided.
fn calls(facts: &Facts, stats: &Stats) {
    let Counts { returned, dropped, plain, forced, .. } = &facts.counts;
    let [returned, dropped] = [returned.read(), dropped.read()];
    let [plain, forced] = [plain.read(), forced.read()];
    let kept = stats.cached_errors;
    if kept > 0 && !facts.promises.keeps_errors {
        facts.violated(&format!("{kept} errors were kept"));
    }
    // An error that was kept looks like one of a load.
    let led_errors = facts.counts.led_errors.read().saturating_sub(kept);
    let led = facts.counts.loaded.read() + led_errors;
    let joined = facts.counts.joined.read() + facts.counts.joined_errors.read();

    let between = |what: &str, counted: usize, least: usize, most: usize| {
        if !(least..=most).contains(&counted) {
            facts.violated(&format!("{counted} {what} counted, {least} to {most} seen: {stats:?}"));
        }
    };
    // With a storage that never waits, the first poll decides.
    let decided = if facts.promises.immediate { returned + dropped } else { returned };
    between("calls", stats.calls(), decided, returned + dropped);
    let (hits, stale) = (facts.counts.hits.read(), facts.counts.stale.read());
    between("hits", stats.hits, hits, hits + plain);
    // What stands in for a failed load is a stale answer, of a call that led or joined one.
    let stood_in = if facts.promises.window.is_zero() { 0 } else { stale };
    between("stale hits", stats.stale, stale - stood_in, stale + plain);
    let unknown = plain + forced + dropped + stood_in;
    between("loads", stats.loads, led, led + unknown);
    between("joins", stats.joins, joined, joined + unknown);
    between("loads and joins", stats.loads + stats.joins, led + joined + forced, {
        led + joined + unknown
    });
    let rejected = facts.counts.rejected.read() + kept;
    between("rejections", stats.rejected, rejected, rejected);
}

/// The memoized function saw each load that is counted, unless that never began.
fn bodies(facts: &Facts, stats: &Stats) {
    let Bodies { begun, failed, panicked } = &facts.bodies;
    let [begun, failed, panicked] = [begun.read(), failed.read(), panicked.read()];
    let unless = |what: &str, holds: bool| {
        if !holds {
            let bodies = format!("{begun} begun, {failed} failed, {panicked} panicked");
            facts.violated(&format!("{what}: {bodies}; {stats:?}"));
        }
    };
    unless("more loads than are counted", begun <= stats.loads + stats.refreshes);
    unless("panics", panicked == stats.panics);
    let failures = stats.load_failures + stats.refresh_failures;
    unless("failures", stats.load_failures <= failed && failed <= failures);
}

/// The observer has heard of what is counted.
fn heard(facts: &Facts, stats: &Stats) {
    let Heard { joined, rejected, started, ended, storage_failures, evicted, .. } = &*facts.heard;
    let same = |what: &str, heard: usize, counted: usize| {
        if heard != counted {
            facts.violated(&format!("{heard} {what} heard of, {counted} counted: {stats:?}"));
        }
    };
    same("joins", joined.read(), stats.joins);
    same("rejections", rejected.read(), stats.rejected);
    same("storage failures", storage_failures.read(), stats.storage_errors);
    if facts.promises.strategy {
        same("evictions", evicted.read(), stats.evicted);
    }
    let (begun, started, ended) = (facts.bodies.begun.read(), started.read(), ended.read());
    if begun > started {
        facts.violated(&format!("{begun} loads, {started} heard of: {stats:?}"));
    }
    // An aborted load does not end, and one that times out before it has a place does not start.
    if !facts.promises.aborts && ended < started {
        facts.violated(&format!("{started} loads started, {ended} ended: {stats:?}"));
    }
}
