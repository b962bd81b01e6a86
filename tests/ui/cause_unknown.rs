struct Odd;

fn main() {
    let _ = evermemo::builder().try_wrap(async |_: u32| Err::<u32, _>(Odd));
}
