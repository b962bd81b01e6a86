use proptest::{collection::vec, prelude::*};

use super::{Fifo, Lru, Opt, S3Fifo, S3TinyLfu};
use crate::hit_ratio::subject::{Subject, hits};

/// Which of `requests` are hits, as text.
fn answers(mut subject: impl Subject, requests: &[u32]) -> String {
    requests.iter().map(|&key| if subject.ask(key) { 'h' } else { '.' }).collect()
}

/// Each but the optimum, with room for `capacity` of `distinct` keys.
fn all(distinct: usize, capacity: usize) -> Vec<Box<dyn Subject>> {
    vec![
        Box::new(Fifo::new(distinct, capacity)),
        Box::new(Lru::new(distinct, capacity)),
        Box::new(S3Fifo::new(distinct, capacity)),
        Box::new(S3TinyLfu::new(distinct, capacity, 1)),
        Box::new(S3TinyLfu::new(distinct, capacity, 4)),
    ]
}

#[test]
fn fifo_forgets_what_came_first() {
    // 3 takes the place of 0 although that was asked for just before, and so on.
    assert_eq!(answers(Fifo::new(4, 3), &[0, 1, 2, 0, 3, 0, 1]), "...h...");
}

#[test]
fn lru_forgets_what_was_asked_for_longest_ago() {
    assert_eq!(answers(Lru::new(4, 3), &[0, 1, 2, 0, 3, 0, 1]), "...h.h.");
}

#[test]
fn the_optimum_forgets_what_is_asked_for_last() {
    // 2 is not kept, as it comes back later than 0 and 1.
    let requests = [0, 1, 2, 0, 1, 0, 1, 2];
    assert_eq!(answers(Opt::new(3, 2, &requests), &requests), "...hhhh.");
}

#[test]
fn the_optimum_of_a_loop_keeps_a_part_of_it() {
    let requests: Vec<u32> = (0..10).cycle().take(100).collect();
    // Each of the nine rounds after the first finds as many keys as there is room for.
    assert_eq!(hits(&mut Opt::new(10, 4, &requests), &requests), 9 * 4);
}

#[test]
fn s3_fifo_keeps_what_is_asked_for_again_from_a_scan() {
    // 0 and 1 are asked for twice before a scan, which passes through the small queue.
    let warm = [0, 1, 0, 1, 0, 1];
    let requests: Vec<u32> = warm.into_iter().chain(2..40).chain([0, 1]).collect();
    assert!(answers(S3Fifo::new(40, 10), &requests).ends_with("hh"));
    assert!(answers(Lru::new(40, 10), &requests).ends_with(".."));
}

#[test]
fn s3_fifo_takes_a_ghost_into_its_main_queue() {
    // Room for 9 in the main queue, 1 in the small one. 0 leaves as 10 comes, and comes back.
    let requests: Vec<u32> = (0..11).chain([0]).chain(11..18).chain([0]).collect();
    assert!(answers(S3Fifo::new(18, 10), &requests).ends_with('h'));
    assert!(answers(Fifo::new(18, 10), &requests).ends_with('h'));
    let longer: Vec<u32> = (0..11).chain([0]).chain(11..31).chain([0]).collect();
    assert!(answers(S3Fifo::new(31, 10), &longer).ends_with('h'));
    assert!(answers(Fifo::new(31, 10), &longer).ends_with('.'));
}

#[test]
fn s3_tiny_lfu_prefers_what_it_has_to_what_is_as_frequent() {
    // Room for ten: 0 to 8 move on to the main queue, 9 stays in the small one. As 10 comes, 9 is
    // compared with 0, which is as frequent, and leaves.
    let filled = 0..=10;
    // 9 comes back as a ghost, so it enters the main queue; for it 10 has to leave.
    let again = (0..9).chain([9, 9, 10]);
    let requests: Vec<u32> = filled.chain(again).collect();
    let expected = format!("{}{}.h.", ".".repeat(11), "h".repeat(9));
    assert_eq!(answers(S3TinyLfu::new(11, 10, 1), &requests), expected);
}

#[test]
fn s3_tiny_lfu_takes_what_was_asked_for_more_often() {
    // 9 is asked for once more while it is in the small queue, so 0 leaves in its place.
    let requests: Vec<u32> = (0..=9).chain([9, 10, 9, 0]).collect();
    let expected = format!("{}h.h.", ".".repeat(10));
    assert_eq!(answers(S3TinyLfu::new(11, 10, 1), &requests), expected);
}

#[test]
fn s3_tiny_lfu_lets_a_scan_pass() {
    let warm = (0..20).cycle().take(60);
    let requests: Vec<u32> = warm.chain(20..400).chain(0..20).collect();
    let answers = answers(S3TinyLfu::new(400, 20, 1), &requests);
    let kept = answers[requests.len() - 20..].matches('h').count();
    assert!(kept >= 17, "{kept} of 20 are left");
}

#[test]
fn s3_tiny_lfu_takes_what_becomes_frequent() {
    // The cache is full of what was asked for once; then other keys are asked for all the time.
    let requests: Vec<u32> = (0..100).chain((100..150).cycle().take(1_000)).collect();
    let answers = answers(S3TinyLfu::new(150, 100, 1), &requests);
    let last = answers[requests.len() - 50..].matches('h').count();
    assert!(last >= 45, "{last} of 50 are there");
}

proptest! {
    #[test]
    fn none_is_better_than_the_optimum(
        requests in vec(0..30_u32, 0..400),
        capacity in 1..30_usize,
    ) {
        let best = hits(&mut Opt::new(30, capacity, &requests), &requests);
        for subject in &mut all(30, capacity) {
            prop_assert!(hits(subject.as_mut(), &requests) <= best);
        }
    }

    #[test]
    fn all_keep_everything_if_there_is_room(requests in vec(0..30_u32, 0..400)) {
        let distinct = requests.iter().collect::<std::collections::HashSet<_>>().len();
        for subject in &mut all(30, 30) {
            prop_assert_eq!(hits(subject.as_mut(), &requests), requests.len() - distinct);
        }
    }

    /// Two requests in a row for one key: the second is a hit, whatever went before.
    #[test]
    fn what_has_just_come_is_there(requests in vec(0..30_u32, 0..400), capacity in 1..30_usize) {
        for subject in &mut all(30, capacity) {
            for &key in &requests {
                subject.ask(key);
                prop_assert!(subject.ask(key));
            }
        }
    }
}
