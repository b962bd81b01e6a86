//! What it calls returns something else.
use evermemo::memoize;
fn place(tenant: u32) -> u32 {
    tenant
}

#[memoize(in = place(tenant))]
async fn f(tenant: u32, id: u64) -> u64 {
    id + u64::from(tenant)
}

fn main() {}
