//! The runtimes, and how each of them runs the callers.

use std::{error::Error, sync::Arc};

use clap::ValueEnum;
use evermemo::{AsyncStd, Runtime, Smol, SmolLocal, Tokio};

use crate::{
    actors::{ACTORS, actor},
    caches::World,
    callers::caller,
    plan::Shared,
    run::{Plan, Ran, attend, fill},
};

/// What the command line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Selected {
    Tokio,
    TokioCurrentThread,
    AsyncStd,
    /// With as many threads as `SMOL_THREADS` says.
    Smol,
    /// One thread, tasks that need not be `Send`.
    SmolLocal,
}

/// Starts callers and actors as tasks of the runtime, and attends to them. Only where the runtime is
/// known is it known whether their futures may move between threads.
macro_rules! soak {
    ($runtime:expr, $timers:expr, $shared:expr, $title:expr, $plan:expr) => {
        async {
            let (runtime, shared) = ($runtime, $shared);
            let world = Arc::new(World::new(&runtime, $timers, shared.clone())?);
            fill(&world).await;
            for number in 0..shared.callers {
                runtime.spawn(Box::pin(caller(world.clone(), number)));
            }
            for number in shared.callers..shared.callers + ACTORS {
                runtime.spawn(Box::pin(actor(world.clone(), number)));
            }
            Ok::<_, Box<dyn Error>>(attend(world, $title, $plan).await)
        }
    };
}

impl Selected {
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    pub(crate) fn run(self, shared: &Arc<Shared>, plan: Plan) -> Result<Ran, Box<dyn Error>> {
        let (title, shared) = (&*self.name(), shared.clone());
        match self {
            Self::Tokio | Self::TokioCurrentThread => {
                let mut builder = match self {
                    Self::Tokio => tokio::runtime::Builder::new_multi_thread(),
                    _ => tokio::runtime::Builder::new_current_thread(),
                };
                let tokio = builder.enable_time().build()?;
                let (runtime, timers) = (Tokio::default(), Tokio::default());
                tokio.block_on(soak!(runtime, timers, shared, title, plan))
            }
            Self::AsyncStd => {
                async_std::task::block_on(soak!(AsyncStd, AsyncStd, shared, title, plan))
            }
            Self::Smol => smol::block_on(soak!(Smol, Smol, shared, title, plan)),
            Self::SmolLocal => {
                let local = SmolLocal::default();
                local.block_on(soak!(local.clone(), Smol, shared, title, plan))
            }
        }
    }
}
