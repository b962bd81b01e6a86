//! A value on its way to a storage that never waits, with its types.

use core::hash::Hash;

use super::{
    claimant::Holder,
    hiding::LARGE,
    typed::{TypedParts, key_of},
};
use crate::{
    cached::Cached,
    call::Inserted,
    key::Asked,
    runtime::{KeyOf, MultiThreaded, SingleThreaded},
};

macro_rules! insertion {
    ($family:ident $(, $send:ident, $sync:ident)?) => {
        impl<A, K, V, E> TypedParts<A, K, V, E, $family>
        where
            A: $($send +)? 'static,
            K: Hash + Eq + Clone $(+ $send + $sync)? + 'static,
            V: Clone $(+ $send + $sync)? + 'static,
            E: $($send + $sync +)? 'static,
        {
            /// Stores a value, if the storage never waits and nothing else has to do with the key;
            /// otherwise the value stays where it is.
            pub(super) fn insert_at_once(
                &self,
                arguments: &A,
                value: &mut Option<V>,
                own: &Cached<()>,
            ) {
                // As for a loaded value: see where a call begins.
                if const { size_of::<V>() > LARGE || !cfg!(feature = "std") } || !self.fixed {
                    return;
                }
                let (object, typed) = (self.engine.engine(), self.source.moment());
                let Some(prompt) = typed.prompt() else { return };
                let key = key_of(&*typed, self.method, Asked::Whole(arguments));
                let Some(hash) = typed.shared_hash(&key) else { return };
                let mut holder = Holder::new(&key);
                let inserted = object.insert_at_once(
                    (hash, &mut holder),
                    (prompt.builder, own),
                    &mut |times, now, current| {
                        typed.store(&key, hash, times, value, now, current);
                    },
                    &|| <KeyOf<$family>>::hide(key.clone()),
                );
                if inserted == Inserted::Busy || inserted == Inserted::Panicked && value.is_some() {
                    // It begins anew, where a panic is reported.
                    return;
                }
                // The entry that it has replaced is dropped outside the lock, as those that have
                // left have been.
                if inserted == Inserted::Panicked || !object.is_calm(&mut || *value = None) {
                    object.offer_failed(&<KeyOf<$family>>::hide(key));
                }
            }
        }
    };
}

insertion!(MultiThreaded, Send, Sync);
insertion!(SingleThreaded);
