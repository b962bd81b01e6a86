//! Permits without loads: names that ask, and wakers that count.

use core::{
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    task::Waker,
};

use super::{Answer, Permit, PermitPool, Wish, graph::Graph};
use crate::{flights::Calls, runtime::Domain, sync::Arc, time::Instant};

use alloc::{task::Wake, vec::Vec};

/// A load by its name, which is unique in the process, and a waker that counts.
struct Asking {
    name: usize,
    permit: Permit,
    woken: Arc<Woken>,
    domain: Option<u64>,
    is_refresh: bool,
    deadline: u64,
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Asking {
    fn new(pool: &Arc<PermitPool>) -> Self {
        static NAMES: AtomicUsize = AtomicUsize::new(1);
        let name = NAMES.fetch_add(1, SeqCst);
        let (permit, woken) = (pool.permit(name), Arc::default());
        Self { name, permit, woken, domain: Some(0), is_refresh: false, deadline: 100 }
    }

    fn in_domain(self, domain: Option<u64>) -> Self {
        Self { domain, ..self }
    }

    fn ask(&self) -> Answer {
        self.permit.ask(&Wish {
            now: Instant::from_nanos(1),
            deadline: Instant::from_nanos(self.deadline),
            domain: self.domain.map(Domain::of::<Self>),
            is_refresh: &|| self.is_refresh,
            waker: &Waker::from(self.woken.clone()),
        })
    }

    fn has(&self) -> bool {
        self.ask() == Answer::Has
    }

    /// Whether it has been woken since the last call of this.
    fn is_woken(&self) -> bool {
        self.woken.0.swap(0, SeqCst) > 0
    }
}

fn three(pool: &Arc<PermitPool>) -> [Asking; 3] {
    [(); 3].map(|()| Asking::new(pool))
}

#[test]
fn a_permit_goes_to_the_first_of_a_line() {
    let pool = PermitPool::new(1);
    let [a, b, c] = three(&pool);
    assert!(a.has() && !b.has() && !c.has());
    drop(a);
    assert!(b.is_woken() && !c.is_woken());
    assert!(!c.has() && b.has());
}

#[test]
fn a_permit_that_was_offered_to_one_who_leaves_is_offered_to_the_next() {
    let pool = PermitPool::new(1);
    let [a, b, c] = three(&pool);
    assert!(a.has() && !b.has() && !c.has());
    drop(a);
    assert!(b.is_woken());
    drop(b);
    assert!(c.is_woken() && c.has());
}

#[test]
fn a_line_that_stands_still_keeps_no_permit_from_another() {
    let pool = PermitPool::new(2);
    let [a, b, still] = three(&pool);
    let [c, d, _] = three(&pool).map(|asking| asking.in_domain(Some(1)));
    assert!(a.has() && b.has() && !still.has() && !c.has() && !d.has());
    drop(a);
    assert!(still.is_woken() && c.is_woken() && c.has());
    drop(b);
    assert!(d.is_woken() && d.has());
}

#[test]
fn loads_without_a_domain_are_woken_past_those_that_do_not_come() {
    let pool = PermitPool::new(1);
    let a = Asking::new(&pool);
    assert!(a.has());
    let still: Vec<_> = (0..40).map(|_| Asking::new(&pool).in_domain(None)).collect();
    assert!(still.iter().all(|asking| !asking.has()));
    let b = Asking::new(&pool).in_domain(None);
    assert!(!b.has());
    drop(a);
    assert!(!b.is_woken() && still[0].is_woken());
    let c = Asking::new(&pool);
    assert!(c.has());
    drop(c);
    assert!(b.is_woken() && b.has());
}

#[test]
fn a_refresh_yields_to_callers_until_it_is_joined() {
    let pool = PermitPool::new(1);
    let [a, b, c] = three(&pool);
    let refresh = Asking { is_refresh: true, ..Asking::new(&pool) };
    assert!(a.has() && !refresh.has() && !b.has());
    drop(a);
    assert!(!refresh.is_woken() && b.is_woken());
    assert!(!refresh.has() && b.has() && !c.has());

    // It has come before the other one.
    pool.join(refresh.name);
    drop(b);
    assert!(!c.has() && refresh.has());
}

#[test]
fn the_first_of_a_line_watches_over_deadlines() {
    let pool = PermitPool::new(1);
    let [a, b, c] = three(&pool);
    let a = Asking { deadline: 50, ..a };
    assert!(a.has());
    assert_eq!(b.ask(), Answer::Waits(Some(Instant::from_nanos(50))));
    assert_eq!(c.ask(), Answer::Waits(None));
    assert_eq!(b.permit.overdue(Instant::from_nanos(50)), [a.name]);
    drop(b);
    assert!(c.is_woken());
    assert_eq!(c.ask(), Answer::Waits(Some(Instant::from_nanos(50))));
}

#[test]
fn a_permit_is_lent_and_comes_back() {
    let (pool, graph) = (PermitPool::new(1), Graph::shared());
    let [a, b, c] = three(&pool);
    assert!(a.has() && !c.has() && !b.has());
    let call = graph.call(a.name, b.name).unwrap();
    assert!(b.is_woken() && b.has() && !c.has());
    assert_eq!(graph.call(b.name, a.name), None);
    // One at a time, and only while it is waited for.
    let other = graph.call(a.name, c.name).unwrap();
    assert!(!c.has());
    graph.end_call(a.name, other);
    graph.end_call(a.name, call);
    drop(b);
    assert!(!c.has());
    drop(a);
    assert!(c.is_woken() && c.has());
}

#[test]
fn a_lender_that_ends_first_leaves_its_permit_to_what_it_was_lent_to() {
    let (pool, graph) = (PermitPool::new(1), Graph::shared());
    let [a, b, c] = three(&pool);
    assert!(a.has() && !b.has() && !c.has());
    let call = graph.call(a.name, b.name).unwrap();
    graph.end_call(a.name, call);
    drop(a);
    assert!(!c.has() && b.has());
    drop(b);
    assert!(c.has());
}
