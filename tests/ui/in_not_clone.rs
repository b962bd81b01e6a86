//! It is used up by the place, and the load needs it, too.
use evermemo::{Cache, memoize};
struct Tenant(Cache<u64, u64>);

fn cache(tenant: Tenant) -> Cache<u64, u64> {
    tenant.0
}

#[memoize(in = cache(tenant), skip(tenant))]
async fn f(tenant: Tenant, id: u64) -> u64 {
    drop(tenant);
    id
}

fn main() {}
