//! There is nothing to call.
use evermemo::memoize;
#[memoize]
struct F;

fn main() {}
