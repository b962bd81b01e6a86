//! A parameter that need not be a value.
use evermemo::memoize;

#[memoize]
async fn f<T>(id: u32) -> Vec<T>
where
    T: From<u32>,
{
    vec![id.into()]
}

fn main() {
    let _ = async { f::<u64>(1).await };
}
