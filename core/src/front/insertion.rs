//! A value on its way to a storage that is done at once, by types.

use core::{cell::Cell, hash::Hash};

use super::{
    claimant::Holder,
    hiding::LARGE,
    typed::{Typed, key_of},
};
use crate::{
    freshness::is_dead,
    future::drop_contained,
    key::Asked,
    runtime::{KeyOf, MultiThreaded, SingleThreaded},
};

macro_rules! insertion {
    ($family:ident $(, $send:ident, $sync:ident)?) => {
        impl<A, K, V, E> Typed<A, K, V, E, $family>
        where
            A: $($send +)? 'static,
            K: Hash + Eq + Clone $(+ $send + $sync)? + 'static,
            V: Clone $(+ $send + $sync)? + 'static,
            E: $($send + $sync +)? 'static,
        {
            /// Stores a value, if the storage is done at once and nothing has to do with the key; else
            /// the value stays where it is.
            pub(super) fn insert_at_once(&self, arguments: &A, value: &mut Option<V>) {
                // As for what is loaded: see where a call begins.
                if const { size_of::<V>() > LARGE || !cfg!(feature = "std") } || !self.fixed {
                    return;
                }
                let (object, typed) = (self.engine.engine(), self.source.moment());
                let Some(prompt) = typed.prompt() else { return };
                let key = key_of(&*typed, self.method, Asked::Whole(arguments));
                let Some(hash) = typed.shared_hash(&key) else { return };
                let mut holder = Holder::new(&key);
                let Some(insertion) = object.begin_insertion(hash, &mut holder) else { return };
                let made = insertion.date(prompt.builder);
                let kept = Cell::new(false);
                let current = || {
                    kept.set(insertion.is_current());
                    kept.get()
                };
                // If something of the user's panics, the value is still there, and its insertion begins
                // anew where that is told of.
                let stored = made.kept_out
                    || object.try_store(&mut || {
                        typed.store(&key, hash, &made.times, value, made.now, &current);
                    });
                if !stored {
                    return;
                }
                let replaced = value.take();
                let kept = kept.get() && !is_dead(&made.times, made.times.created);
                let told = object.is_observed() && kept;
                let told = told.then(|| <KeyOf<$family>>::hide(key.clone()));
                object.end_insertion(insertion, &mut holder, told.as_ref());
                drop_contained(replaced);
            }
        }
    };
}

insertion!(MultiThreaded, Send, Sync);
insertion!(SingleThreaded);
