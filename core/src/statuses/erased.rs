//! Hides the types of registries.

use core::{any::Any, marker::PhantomData, time::Duration};

use super::{AnyRegistry, Landed, Turn, UpdateStatuses, superseded::Superseded};
use crate::{
    entry::CacheEntry,
    error::{Failure, Way},
    hidden,
    runtime::{ErrorOf, KeyOf, MultiThreaded, SingleThreaded, Threading, ValueOf},
    sync::Arc,
    time::Instant,
};

use alloc::boxed::Box;

/// A registry whose type is about to be hidden.
pub(crate) struct Hidden<K, V, E, U> {
    statuses: U,
    superseded: Superseded,
    of: PhantomData<fn() -> (K, V, E)>,
}

impl<K, V, E, U: UpdateStatuses<K, V, E>> Hidden<K, V, E, U> {
    pub(crate) fn new(statuses: U) -> Self {
        let superseded = Superseded::of(statuses.address());
        Self { statuses, superseded, of: PhantomData }
    }
}

macro_rules! hidden {
    ($family:ident $(, $send:ident, $sync:ident)?) => {
        impl<K, V, E, U>
            AnyRegistry<
                KeyOf<$family>,
                ValueOf<$family>,
                ErrorOf<$family>,
                <$family as Threading>::Ticket,
                <$family as Threading>::Future<Landed<ValueOf<$family>, ErrorOf<$family>>>,
            > for Hidden<K, V, E, U>
        where
            K: $($send + $sync +)? 'static,
            V: Clone $(+ $send + $sync)? + 'static,
            E: $($send + $sync +)? 'static,
            U: UpdateStatuses<K, V, E $(, Ticket: $send + $sync, Wait: $send)?>,
        {
            fn is_being_updated(&self, key: &KeyOf<$family>) -> bool {
                self.statuses.is_being_updated(key.get())
            }

            fn mark_being_updated(
                &self,
                key: &KeyOf<$family>,
                now: Instant,
            ) -> Turn<
                <$family as Threading>::Ticket,
                <$family as Threading>::Future<Landed<ValueOf<$family>, ErrorOf<$family>>>,
            > {
                let landed = |wait: U::Wait| async {
                    let landed = wait.await;
                    landed.map(|entry| entry.map(<ValueOf<$family>>::hide)).map_err(|failure| {
                        failure.map_method(|error| {
                            let way = Way::unasked();
                            Arc::new(<ErrorOf<$family>>::hide(error.clone(), way))
                        })
                    })
                };
                match self.statuses.mark_being_updated(key.get(), now) {
                    Turn::Lead(ticket, wait) => {
                        Turn::Lead(Arc::new(ticket), Box::pin(landed(wait)))
                    }
                    Turn::Join(wait) => Turn::Join(Box::pin(landed(wait))),
                }
            }

            fn is_current(
                &self,
                key: &KeyOf<$family>,
                ticket: &<$family as Threading>::Ticket,
            ) -> bool {
                let ticket = own::<K, V, E, U>(&**ticket);
                ticket.is_some_and(|ticket| self.statuses.is_current(key.get(), ticket))
            }

            fn mark_updated(
                &self,
                key: &KeyOf<$family>,
                ticket: &<$family as Threading>::Ticket,
                entry: CacheEntry<ValueOf<$family>>,
            ) {
                if let Some(ticket) = own::<K, V, E, U>(&**ticket) {
                    let entry = entry.map(|value| value.into_value());
                    self.statuses.mark_updated(key.get(), ticket, entry);
                }
            }

            fn mark_update_aborted(
                &self,
                key: &KeyOf<$family>,
                ticket: &<$family as Threading>::Ticket,
                failure: Failure<ErrorOf<$family>>,
            ) {
                if let Some(ticket) = own::<K, V, E, U>(&**ticket) {
                    let failure = hidden::failure(&failure);
                    self.statuses.mark_update_aborted(key.get(), ticket, failure);
                }
            }

            fn supersede(&self, key: Option<&KeyOf<$family>>) {
                self.statuses.supersede(key.map(|key| key.get()));
                self.superseded.count();
            }

            fn superseded(&self) -> usize {
                self.superseded.get()
            }

            fn lock_timeout(&self) -> Option<Duration> {
                self.statuses.lock_timeout()
            }
        }
    };
}

hidden!(MultiThreaded, Send, Sync);
hidden!(SingleThreaded);

/// Downcasts the ticket: a registry gets back the ticket that it gave.
fn own<K, V, E, U: UpdateStatuses<K, V, E>>(ticket: &dyn Any) -> Option<&U::Ticket> {
    ticket.downcast_ref()
}
