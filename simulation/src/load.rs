//! The method behind the cache, which does whatever a method may do.

use std::{
    future::{pending, poll_fn},
    panic::resume_unwind,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use evermemo_core::{BoxFuture, CacheEntry, Cached};

use crate::{
    block::block_on,
    caller::Tracked,
    dice::Dice,
    history::{Fate, Kind},
    operation::ms,
    scenario::Setup,
    world::{Asked, Down, Value, World},
};

/// How one load goes.
#[derive(Debug)]
struct Script {
    steps: Vec<Step>,
    ends: Ends,
    own: Own,
}

/// What the load says about its value.
#[derive(Clone, Copy, Debug, Default)]
struct Own {
    update_after: Option<Duration>,
    expire_after: Option<Duration>,
    kept_out: bool,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Waits(Duration),
    Yields(u32),
    /// Asks the cache for this key, which may be its own; blocks its thread until it is answered,
    /// or does not.
    Asks(u32, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Well,
    Badly,
    InPanic,
    /// The method panics before it has made a future.
    InPanicAtOnce,
    Never,
}

impl Script {
    /// Nested ones are short, so that they come to an end.
    fn draw(mut dice: Dice, setup: &Setup, key: u32, nested: bool) -> Self {
        let (keys, longer) = (setup.keys, if setup.drags { 8 } else { 1 });
        let steps = match dice.below(8) {
            0..2 => 0,
            2..6 => 1,
            _ => 2,
        };
        let steps = (0..steps).map(|_| match dice.below(20) {
            0 if !nested => Step::Asks(key, setup.blocks),
            1 | 2 if !nested => Step::Asks(dice.below(keys), setup.blocks && dice.once_in(2)),
            3..6 => Step::Yields(1 + dice.below(3)),
            18.. if setup.blocks && !nested => Step::Asks(dice.below(keys), true),
            _ => Step::Waits(ms((dice.below(45) * dice.pick(&[1, longer])).into())),
        });
        let steps = steps.collect();
        let ends = match dice.below(24) {
            0..5 => Ends::Badly,
            5 => Ends::InPanic,
            6 => Ends::InPanicAtOnce,
            7 => Ends::Never,
            8..12 if setup.drags => Ends::Never,
            8..16 if setup.fails => Ends::Badly,
            _ => Ends::Well,
        };
        let own = Own {
            update_after: dice.once_in(4).then(|| dice.pick(&[ms(0), ms(15), Duration::MAX])),
            expire_after: dice.once_in(4).then(|| dice.pick(&[ms(0), ms(25), Duration::MAX])),
            kept_out: dice.once_in(8),
        };
        Self { steps, ends, own }
    }

    fn calm() -> Self {
        Self { steps: Vec::new(), ends: Ends::Well, own: Own::default() }
    }
}

/// A load, until it ends.
struct Loading {
    world: Arc<World>,
    number: usize,
    fate: Fate,
}

impl Loading {
    fn ends(mut self, fate: Fate) {
        self.fate = fate;
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        self.world.note(|history| history.load_ends(self.number, self.fate));
    }
}

/// Makes the method.
pub(crate) fn method(
    world: Arc<World>,
) -> impl Fn(Asked) -> BoxFuture<'static, Result<Value, Down>> + Send + Sync {
    let start = start(world);
    move |asked| {
        let load = start(asked);
        Box::pin(async move { load.await.map(|(value, _)| value) })
    }
}

/// Makes the method that is handed what it replaces, and says how its value is kept.
pub(crate) fn loader(
    world: Arc<World>,
) -> impl Fn(Asked, Option<CacheEntry<Value>>) -> BoxFuture<'static, Result<Cached<Value>, Down>>
+ Send
+ Sync {
    let start = start(world.clone());
    move |asked, previous| {
        if let Some(previous) = previous {
            world.history().judge_previous(asked, previous.value);
        }
        let (load, world) = (start(asked), world.clone());
        Box::pin(async move {
            let (value, own) = load.await?;
            if own.kept_out {
                world.note(|history| history.kept_out(value.number));
            }
            let mut cached = Cached::new(value);
            if let Some(update_after) = own.update_after {
                cached = cached.update_after(update_after);
            }
            if let Some(expire_after) = own.expire_after {
                cached = cached.expire_after(expire_after);
            }
            Ok(if own.kept_out { cached.do_not_store() } else { cached })
        })
    }
}

type Started = BoxFuture<'static, Result<(Value, Own), Down>>;

fn start(world: Arc<World>) -> impl Fn(Asked) -> Started + Send + Sync {
    move |asked| {
        let stored = world.peek(asked.key);
        let (number, seed, nth, nested) = world.note(|history| {
            let number = history.load_begins(asked, stored);
            let caller = &history.callers[asked.caller];
            (number, caller.seed, caller.loads.len(), caller.inside.is_some())
        });
        let script = match world.is_calm() {
            true => Script::calm(),
            false => {
                let dice = Dice::of(&[seed, nth as u64]);
                Script::draw(dice, &world.setup, asked.key, nested)
            }
        };
        world
            .history()
            .line(|_| format!("  v{number}: {:?}, ends {:?}", script.steps, script.ends));
        let loading = Loading { world: world.clone(), number, fate: Fate::Dropped };
        if script.ends == Ends::InPanicAtOnce {
            loading.ends(Fate::Panicked);
            resume_unwind(Box::new("a panic of the method"));
        }
        Box::pin(load(loading, asked, script))
    }
}

async fn load(loading: Loading, asked: Asked, script: Script) -> Result<(Value, Own), Down> {
    let (world, number) = (loading.world.clone(), loading.number);
    for step in script.steps {
        match step {
            Step::Waits(duration) => {
                let due = world.clock.now() + duration;
                world.history().births[number].due = Some(due);
                world.clock.sleep(duration).await;
                world.history().births[number].due = None;
            }
            Step::Yields(times) => yielded(times).await,
            Step::Asks(key, blocks) => ask(&world, number, key, blocks).await,
        }
    }
    match script.ends {
        Ends::Well => {
            loading.ends(Fate::Loaded);
            Ok((Value { key: asked.key, number }, script.own))
        }
        Ends::Badly => {
            loading.ends(Fate::Failed);
            Err(Down { number })
        }
        // A panic in earnest is written to the screen.
        Ends::InPanic | Ends::InPanicAtOnce => {
            loading.ends(Fate::Panicked);
            resume_unwind(Box::new("a panic of the load"));
        }
        Ends::Never => pending().await,
    }
}

/// Asks the cache from inside the load.
async fn ask(world: &Arc<World>, load: usize, key: u32, blocks: bool) {
    let Some(nest) = world.nest() else { return };
    let caller = world.history().called_inside(load, key, Kind::Call);
    let answer = nest(Asked { key, caller });
    let tracked = Tracked::new(world.clone(), caller, async move {
        crate::model::Ending::of(answer.await.map(|value| (value, None)))
    });
    world.history().callers[caller].blocks = blocks;
    let asking: BoxFuture<'_, ()> = match world.between() {
        Some(between) => Box::pin(async move { between.pass(caller, Box::pin(tracked)).await }),
        None => Box::pin(tracked),
    };
    match blocks {
        true => block_on(world, asking),
        false => asking.await,
    }
}

/// Gives others so many turns.
async fn yielded(mut times: u32) {
    poll_fn(|cx| {
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
