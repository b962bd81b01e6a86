struct Odd;

async fn call(cache: evermemo::Cache<u32, u32, Odd>) {
    let _ = cache.get_with(1, async |_| Err(Odd)).await;
}

fn main() {
    let _ = call;
}
