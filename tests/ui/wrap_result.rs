//! `try_wrap` is for a function that can fail.
use std::io;

async fn size(id: u64) -> io::Result<u64> {
    Ok(id)
}

fn main() {
    let _sizes = evermemo::builder().wrap(size);
}
