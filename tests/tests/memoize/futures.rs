//! The future of a call.

use evermemo::memoize;

#[memoize]
async fn wide(bytes: [u8; 256]) -> u8 {
    bytes[0]
}

#[memoize(skip(bytes))]
async fn lent(bytes: &[u8; 256], id: u64) -> u8 {
    bytes[0] + u8::try_from(id).unwrap()
}

#[test]
fn hold_their_arguments_once() {
    assert!(size_of_val(&wide([0; 256])) <= 256 + 64);
    assert!(size_of_val(&lent(&[0; 256], 1)) <= 64);
}
