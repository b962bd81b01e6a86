//! The caches that are compared, a file each.

mod cached;
mod evermemo;
mod foyer;
mod hashbrown;
mod moka;
mod quick_cache;

pub(crate) use self::{
    cached::Cached, evermemo::Evermemo, foyer::Foyer, hashbrown::Hashbrown, moka::Moka,
    quick_cache::QuickCache,
};

/// The name of the peer that has a second turn in each round. Its ratio to itself is the noise.
pub(crate) const CONTROL: &str = "quick_cache again";

/// Makes a contestant of each peer by a function with the parameters `K, V, P: Peer<K, V>`, which
/// returns `None` for a peer that cannot take part.
macro_rules! of_each {
    ($make:path, $key:ty => $value:ty $(, $argument:expr)*) => {{
        use $crate::side_by_side::peers;
        let contestants = [
            $make(::core::marker::PhantomData::<($key, $value, peers::Evermemo<$key, $value>)> $(, $argument)*),
            $make(::core::marker::PhantomData::<($key, $value, peers::QuickCache<$key, $value>)> $(, $argument)*),
            $make(::core::marker::PhantomData::<($key, $value, peers::Moka<$key, $value>)> $(, $argument)*),
            $make(::core::marker::PhantomData::<($key, $value, peers::Foyer<$key, $value>)> $(, $argument)*),
            $make(::core::marker::PhantomData::<($key, $value, peers::Cached<$key, $value>)> $(, $argument)*),
            $make(::core::marker::PhantomData::<($key, $value, peers::Hashbrown<$key, $value>)> $(, $argument)*),
        ];
        contestants.into_iter().flatten().collect::<Vec<_>>()
    }};
}
pub(crate) use of_each;
