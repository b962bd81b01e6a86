//! The program itself: it accuses a cache that is guilty, and no other.

use core::time::Duration;

use crate::{
    ledger::{Ledger, Version},
    overlap::Overlap,
    time::time,
};

#[test]
fn what_began_before_a_change_does_not_reach_its_floor() {
    let ledger = Ledger::new(2);
    let old = ledger.truth(0);
    let change = ledger.change(0);
    assert!(old.reaches(ledger.floor(0)), "the change has not ended");
    change.settle();
    assert!(!old.reaches(ledger.floor(0)));
    assert!(ledger.truth(0).reaches(ledger.floor(0)));
    assert!(ledger.truth(1).reaches(ledger.floor(1)));

    let other = ledger.truth(1);
    ledger.change_all().settle();
    assert!(!other.reaches(ledger.floor(1)));
    assert_eq!(Version::unpacked(other.packed()), other);
}

#[test]
fn a_change_is_disputed_by_another() {
    let ledger = Ledger::new(1);
    assert!(ledger.change(0).undisputed());
    let (first, second) = (ledger.change(0), ledger.change(0));
    assert!(!first.undisputed() && !second.undisputed());
    drop((first, second));
    let all = ledger.change_all();
    assert!(!ledger.change(0).undisputed());
    drop(all);
    assert!(ledger.change(0).undisputed());
}

#[test]
fn two_loads_at_a_time_need_a_reason() {
    let (ledger, overlap) = (Ledger::new(1), Overlap::new(1, Duration::MAX));
    let (first, beside) = overlap.begin(&ledger.ask(0), &ledger);
    assert!(beside.is_none());
    let (second, beside) = overlap.begin(&ledger.ask(0), &ledger);
    assert!(beside.is_some(), "nothing has superseded the first");
    drop((first, second));

    let (first, _) = overlap.begin(&ledger.ask(0), &ledger);
    drop(ledger.superseding(0));
    let (second, beside) = overlap.begin(&ledger.ask(0), &ledger);
    assert!(beside.is_none(), "the first may have been superseded");
    assert_eq!(overlap.running(), 2);
    drop((first, second));
    assert_eq!(overlap.running(), 0);
}

#[test]
fn two_loads_at_a_time_may_be_one_that_is_overdue() {
    let (ledger, overlap) = (Ledger::new(1), Overlap::new(1, Duration::ZERO));
    let (_first, _) = overlap.begin(&ledger.ask(0), &ledger);
    assert!(overlap.begin(&ledger.ask(0), &ledger).1.is_none());
}

#[test]
fn times_have_a_unit() {
    assert_eq!(time("90s"), Ok(Duration::from_secs(90)));
    assert_eq!(time("10m"), Ok(Duration::from_secs(600)));
    assert_eq!(time("8h"), Ok(Duration::from_secs(28_800)));
    for wrong in ["", "10", "0s", "-1s", "1.5m", "18446744073709551615h"] {
        assert!(time(wrong).is_err(), "{wrong}");
    }
}
