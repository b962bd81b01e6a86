fn pages<E: Send + Sync + 'static>(fetch: fn(u32) -> Result<u32, E>) -> evermemo::Memo<u32, u32, E> {
    evermemo::builder().try_wrap(move |page| async move { fetch(page) })
}

fn main() {
    let _ = pages::<String>;
}
