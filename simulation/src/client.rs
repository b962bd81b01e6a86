//! One client: its operations, one after another.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use evermemo_core::{Cached, testing::Virtual};

use crate::{
    caller::Tracked,
    dice::Dice,
    history::{Caller, History, Kind},
    model::Ending,
    operation::{Action, Manner, Operation, ms},
    sites::Sites,
    standing,
    subject::{Built, Inserting, Subject},
    world::{Asked, Value, World},
};

/// What a client acts upon.
pub(crate) struct Scene {
    pub(crate) world: Arc<World>,
    pub(crate) built: Built,
    /// The clock and the runtime, if they can be played with.
    pub(crate) time: Option<Virtual>,
    /// The runtimes, if there are two.
    pub(crate) sites: Sites,
}

/// Does what a client does, in order, each operation at its time.
pub(crate) async fn client(scene: Rc<Scene>, operations: Vec<Operation>) {
    for operation in operations {
        let clock = &scene.world.clock;
        let start = scene.world.history().start;
        let begins = start + operation.at;
        let wait = begins.saturating_since(clock.now());
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
        let caller = scene.world.history().called(&operation);
        match caller {
            Some(caller) => {
                let done = act(&scene, caller);
                treated(&scene, operation.manner, caller, done).await;
            }
            None => play(&scene, operation.action).await,
        }
    }
}

/// Does one thing with the cache, as a caller of the history.
pub(crate) fn act(scene: &Rc<Scene>, caller: usize) -> Pin<Box<dyn Future<Output = ()>>> {
    let world = scene.world.clone();
    let subject = scene.built.subject.clone();
    let (kind, key, form) = {
        let history = world.history();
        let Caller { kind, key, seed, .. } = history.callers[caller];
        let form = match Dice::of(&[seed, FORM]).below(8) {
            0 | 1 => Form::Quiet,
            2 | 3 => Form::HandedOut,
            _ => Form::Told,
        };
        (kind, key, form)
    };
    let asked = Asked { key, caller };
    let done = done(world.clone(), subject, kind, asked, form);
    Box::pin(Tracked::new(world, caller, done))
}

async fn done(
    world: Arc<World>,
    subject: Rc<dyn Subject>,
    kind: Kind,
    asked: Asked,
    form: Form,
) -> (Ending, u32) {
    let quietly = form == Form::Quiet;
    let mut dice = Dice::of(&[world.history().callers[asked.caller].seed, MANNER]);
    let world_of = world.clone();
    let counted = || subject.stats().storage_errors;
    let before = counted();
    let changed = match kind {
        Kind::Call => {
            let answer = subject.call(asked).await;
            return Ending::of(answer.map(|value| (value, None)));
        }
        Kind::Force => {
            let answer = subject.force(asked).await;
            return Ending::of(answer.map(|value| (value, None)));
        }
        Kind::Outcome => {
            let wishes = world.history().callers[asked.caller].wishes;
            let answer = match wishes {
                None => subject.outcome(asked).await,
                Some(wishes) => subject.tuned(asked, wishes).await,
            };
            let told = |outcome: evermemo_core::Outcome<Value>| {
                (outcome.value, Some((outcome.source, outcome.age)))
            };
            return Ending::of(answer.map(told));
        }
        Kind::Refresh => {
            let ending = subject.refresh(asked).map_or(Ending::Untold, |_| Ending::Changed);
            return (ending, asked.key);
        }
        Kind::Get => {
            let found = subject.get(asked).await;
            return (
                found.map_or(Ending::Absent, |value| Ending::Answered(value.number, None)),
                key_of(found, asked),
            );
        }
        Kind::Peek => {
            let found = subject.peek(asked).unwrap_or_else(|disagreement| {
                world.note(|history| history.violate(|_| disagreement));
                None
            });
            return (
                found.map_or(Ending::Absent, |value| Ending::Answered(value.number, None)),
                key_of(found, asked),
            );
        }
        Kind::Invalidate if form == Form::HandedOut => {
            let (done, removed) = subject.remove(asked).await;
            if let Some(removed) = removed {
                world.note(|history| history.judge_removed(asked, removed));
            }
            Some(done)
        }
        Kind::Invalidate => subject.invalidate(asked, quietly, dice.once_in(3)).await,
        Kind::Clear => subject.clear(quietly).await,
        Kind::Insert => {
            let number = world.history().callers[asked.caller].inserts.unwrap_or_default();
            let inserting = inserting(&world, Value { key: asked.key, number }, &mut dice);
            subject.insert(asked, inserting, quietly).await
        }
        Kind::Update => {
            let number = world.history().callers[asked.caller].inserts.unwrap_or_default();
            let (value, removes) = (Value { key: asked.key, number }, dice.once_in(5));
            let make = Box::new(move |present: Option<&Value>| {
                world_of.note(|history| history.update_makes(asked.caller, present.copied()));
                (!removes).then_some(value)
            });
            subject.update(asked, make, quietly).await
        }
    };
    let ending = match changed {
        Some(true) => Ending::Changed,
        // A failure that is not told has been counted.
        None if counted() == before => Ending::Changed,
        None => Ending::Untold,
        Some(false) => {
            if counted() == before {
                world.note(|history| history.violate(|_| "a failure is not counted".into()));
            }
            Ending::Refused
        }
    };
    (ending, asked.key)
}

/// Chooses how a value is inserted, and notes the times that it brings.
fn inserting(world: &World, value: Value, dice: &mut Dice) -> Inserting {
    match dice.below(3) {
        0 => Inserting::Alone(value),
        1 => Inserting::AmongMany(value),
        _ => {
            let update = dice.once_in(2).then(|| dice.pick(&[ms(0), ms(15), Duration::MAX]));
            let expire = dice.once_in(2).then(|| dice.pick(&[ms(0), ms(25), Duration::MAX]));
            world.history().births[value.number].own = (update, expire);
            let mut cached = Cached::new(value);
            if let Some(update) = update {
                cached = cached.update_after(update);
            }
            if let Some(expire) = expire {
                cached = cached.expire_after(expire);
            }
            Inserting::WithTimes(cached)
        }
    }
}

/// What the numbers of a caller are mixed with for the manner of a change.
const MANNER: u64 = 8;

/// The form of a change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// It does not tell of a failure.
    Quiet,
    Told,
    /// A removal hands out what it removes.
    HandedOut,
}

/// What the numbers of a caller are mixed with for the choice of a form.
const FORM: u64 = 7;

/// The key that an answer is for.
fn key_of(found: Option<Value>, asked: Asked) -> u32 {
    found.map_or(asked.key, |value| value.key)
}

/// Treats a future as a client does.
async fn treated(
    scene: &Rc<Scene>,
    manner: Manner,
    caller: usize,
    future: Pin<Box<dyn Future<Output = ()>>>,
) {
    let clock = &scene.world.clock;
    let mut future = Some(future);
    match manner {
        Manner::Patient => {}
        Manner::DropsAfterPolls(polls) => {
            let _ended = polled(&mut future, polls).await;
            future = None;
        }
        Manner::DropsAfter(patience) => {
            let mut timer = clock.sleep(patience);
            poll_fn(|cx| {
                let Some(waiting) = &mut future else { return Poll::Ready(()) };
                match waiting.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(()),
                    Poll::Pending => timer.as_mut().poll(cx),
                }
            })
            .await;
            future = None;
        }
        Manner::Pauses(polls, pause) => {
            if polled(&mut future, polls).await {
                future = None;
            } else {
                clock.sleep(pause).await;
                scene.world.note(|history| history.is_back(caller));
            }
        }
    }
    if let Some(future) = future {
        future.await;
    }
}

/// Polls a future so often at most, whenever it is woken, and returns whether it has ended.
async fn polled(future: &mut Option<Pin<Box<dyn Future<Output = ()>>>>, mut times: u32) -> bool {
    poll_fn(|cx| {
        let Some(waiting) = future.as_mut().filter(|_| times > 0) else {
            return Poll::Ready(false);
        };
        times -= 1;
        match waiting.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending if times == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Does something to the world around the cache.
async fn play(scene: &Rc<Scene>, action: Action) {
    scene.world.note(|history| history.line(|_| format!("{action}")));
    let Scene { world, built, time, .. } = &**scene;
    match (action, time) {
        (Action::Drain | Action::Close, _) => {
            let closes = action == Action::Close;
            let drain = world.note(|history| history.drain_begins(closes));
            let over = match closes {
                true => built.subject.close(),
                false => built.subject.drain(),
            };
            over.await;
            world.note(|history| history.drain_ends(&drain));
        }
        (Action::SetCapacity(capacity), _) => built.stored.set_capacity(capacity),
        (Action::Refuse(key), _) => world.note(|history| history.refuse(key)),
        (Action::SetLives(update_after, expire_after), _) => {
            world.set_lives(update_after, expire_after);
        }
        (Action::SetTimeout(timeout), _) => {
            if let Some(handle) = &built.handle {
                world.history().rules.time_out_after(timeout);
                handle.set_method_timeout(timeout);
            }
        }
        (Action::Unconfigure(duration), _) => {
            if let Some(handle) = &built.handle {
                world.history().rules.unconfigured = true;
                handle.set_configured(false);
                world.clock.sleep(duration).await;
                handle.set_configured(true);
            }
        }
        (Action::Jump(duration), Some(time)) => time.set_now(time.elapsed() + duration),
        (Action::SetBack(duration), Some(time)) => {
            time.set_now(time.elapsed().saturating_sub(duration));
        }
        (Action::DropTasks, Some(time)) => {
            world.note(History::loses_all);
            time.drop_tasks();
        }
        (Action::RefuseTasks(duration), Some(time)) => {
            world.note(History::loses_all);
            time.refuse_tasks(true);
            world.clock.sleep(duration).await;
            world.note(History::loses_all);
            time.refuse_tasks(false);
        }
        (Action::StandStill(site, duration), Some(_)) => {
            standing::stand_still(scene, site, duration).await;
        }
        (Action::EndRuntime, Some(_)) => standing::end(scene, 1),
        _ => {}
    }
}
