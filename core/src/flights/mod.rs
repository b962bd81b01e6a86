//! Loads in progress: one for each key, with its waiters.
//!
//! These are the rules of a miss. Each names the file that keeps it, below `core/src/`, and a test.
//!
//! 1. A key has one flight. A caller leads it or joins it in one step, under the lock of its shard
//!    (`flights/table.rs`; `b29_ten_thousand_callers_of_a_cold_key_make_one_load`). A load that is
//!    polled at once begins with a claim, of which the flight is made by the first that needs one
//!    (`flights/claim.rs`; `p2_2_a_caller_who_comes_during_a_first_poll_joins_it`). A flight takes
//!    itself out of the table and no other
//!    (`flights/listing.rs`; `p3_5_an_old_flight_ends_without_touching_a_newer_one`).
//! 2. A load that began before a change is not stored after it. A change supersedes the flight
//!    first, and the check whether a flight is current is part of the step that stores
//!    (`load/ending.rs`; `p3_6_in_memory_checking_and_storing_is_one_step`) or notes a failure
//!    (`resilience/failures.rs`; `p4_7_the_error_of_a_superseded_load_is_not_kept`).
//! 3. The entry that a look has found is not handed on after a removal, to other callers or to a
//!    load (`flights/removals.rs`; `p3_1_a_second_look_that_a_removal_overtook_answers_nobody`).
//! 4. A leader that is alone drives the load. Once another caller or a change depends on it, a task
//!    does, and beside it the leader that still waits (`flights/slot.rs`, `flights/relay.rs`;
//!    `p2_5_a_solo_miss_makes_no_task`, `p2_3_a_leader_that_is_not_polled_holds_nobody_up`,
//!    `p2_3_a_leader_that_is_polled_drives_a_load_that_its_task_does_not`).
//! 5. Each wait has a bound of its own, by a timer of the runtime that it waits on: a load
//!    (`future/timeout.rs`), a waiter (`call/watch.rs`;
//!    `p2_8_joiners_of_a_load_that_nobody_drives_are_told_at_its_deadline`), a queued load
//!    (`load/permitted.rs`; `p5_5_the_wait_for_a_place_counts_against_the_timeout`), a look
//!    (`reading.rs`; `p7_1_a_hanging_read_is_cut_off`) and a write (`lanes/mod.rs`;
//!    `p7_1_a_hanging_write_is_cut_off`). Outside any runtime there is no timer.
//! 6. Under a lock none of the user's code runs but `Eq` and `Hash` of keys, `Clone` of keys and
//!    values, and `is_current` of a registry. Objects to be woken, polled or dropped leave it first
//!    (`future/bell.rs`, `flights/slot.rs`; `p2_2_what_wakes_a_joiner_may_drop_another_one`), a
//!    claim's key too (`flights/claims.rs`;
//!    `the_key_of_a_claim_that_has_a_flight_is_dropped_outside_the_lock`), and entries that leave a
//!    storage (`storage/memory/leavers.rs`;
//!    `what_leaves_is_dropped_where_it_may_change_the_cache`).
//! 7. A result lands once, for all waiters; a later one is dropped (`statuses/landing.rs`;
//!    `a_deadline_that_several_watch_passes_once`).
//! 8. However a load ends, its flight ends: if the load is dropped, or its task is, the flight
//!    answers its callers as abandoned and frees its key (`load/ending.rs`;
//!    `p2_7_a_runtime_that_drops_tasks_leaves_nobody_waiting`), before its first poll too
//!    (`load/context.rs`; `p2_7_a_load_that_is_dropped_before_it_starts_leaves_nobody_waiting`).
//! 9. A key has two writes at most: one under way, and the newest that waits for its turn
//!    (`lanes/mod.rs`; `p3_6_writes_that_wait_are_replaced_and_share_what_comes_of_it`). An entry
//!    that an insertion has failed to replace is no answer (`lanes/owed.rs`;
//!    `p3_3_what_an_insertion_failed_to_replace_answers_nobody`), nor is a late value
//!    (`lanes/late.rs`; `p3_6_a_late_write_answers_nobody_once_a_load_is_stored`).
//! 10. A load that has a permit and waits lends it to the load that it waits for
//!     (`permits/waits.rs`; `p5_5_two_bounded_caches_that_wait_for_each_others_permits_go_on`).
//! 11. A forced call is answered by a load that began after it, the next one in the line of its key
//!     (`flights/queue.rs`; `p3_4_forced_calls_share_the_next_load`).
//! 12. A closed cache claims no key, which is decided in the step that claims. A load that has not
//!     begun by then is dropped where it waits, or at the end of the poll in progress
//!     (`closing/under_way.rs`; `p9_2_what_has_not_begun_ends_closed`). Who waits for all that is
//!     in progress finds superseded flights too, until their loads have ended
//!     (`flights/listing.rs`; `p9_1_a_drain_ends_with_what_was_in_progress`).
//! 13. A load that would be polled too deep on its thread is left to a task
//!     (`flights/recursion.rs`; `may_be_as_deep_as_memory_allows`,
//!     `loads_that_nest_deep_are_left_to_tasks`).

mod boarding;
mod calls;
mod claim;
mod claims;
mod driving;
mod flight;
mod holding;
mod listing;
mod queue;
mod recursion;
mod relay;
mod removals;
mod slot;
mod successor;
mod superseded;
mod table;
mod view;

#[cfg(feature = "std")]
pub(crate) use self::calls::{Calls, tell};
pub(crate) use self::{
    boarding::{Boarding, Demand},
    calls::{Nested, Polling},
    claim::{Claim, Claimant, ClaimedKeys},
    driving::{Driven, Driving},
    flight::{Flight, Kind, Subject},
    holding::UpdatedKey,
    recursion::{is_deep, is_deep_to_wait},
    removals::Noted,
    table::{Flights, Removing},
};
