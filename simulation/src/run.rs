//! One run of a scenario, from its beginning to the last check.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    rc::Rc,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use evermemo_core::{
    Abandon, BoxFuture, Error, Instant, Runtime, assume_seed,
    testing::{Order, Simulation, Virtual},
};
use send_wrapper::SendWrapper;

use crate::{
    between::Between,
    client::{Scene, act, client},
    dice::Dice,
    history::{Caller, History, Kind, LOCK_TIMEOUT, Rules},
    operation::{Action, Operation, ms},
    scenario::{Place, Scenario},
    sited::Sited,
    sites::Sites,
    stage::{Client, Stage},
    standing,
    subject::{Subject, build},
    timers::Timers,
    world::{Asked, Clock, Down, Value, World},
};

/// How a run went.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run {
    /// What happened that must not, if anything did.
    pub violation: Option<String>,
    /// The history, a line for each event, if that was wanted.
    pub lines: Vec<String>,
}

/// Clients that are polled so often wait for something that never happens.
const MOST_POLLS: u32 = 100_000;

/// No run takes so long that has an end.
const LONGEST: Duration = Duration::from_secs(200_000);

/// Runs a scenario on virtual time, on this thread. A panic is a violation, too.
#[must_use]
pub fn run(scenario: &Scenario, verbose: bool) -> Run {
    // Unless the program has chosen: a seed repeats where its keys have the same hashes.
    assume_seed(0);
    let mut kept = None;
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let order = match Dice::of(&[scenario.schedule, 7]).below(8) {
            0 => Order::Fifo,
            _ => Order::Seeded(scenario.schedule),
        };
        Simulation::new().order(order).run(async |time| {
            let world = world(scenario, Box::new(Ticking(time.clone())), true, verbose);
            kept = Some(world.clone());
            let sites = Sites::default();
            let two = scenario.setup.two_runtimes.then(|| sites.clone());
            let runtime = Sited::new(time.clone(), two, scenario.setup.named);
            let between = scenario.setup.chained.then(|| Arc::new(Between::new(runtime.clone())));
            world.set_between(between);
            let violations = world.clone();
            let playing = pin!(play(scenario, world, runtime, Some(time.clone()), sites));
            if !in_time(playing, pin!(time.sleep(LONGEST))).await {
                let endless = |_: &History| "the run does not come to an end".into();
                violations.history().violate(endless);
            }
        });
    }));
    let Some(world) = kept else {
        return Run { violation: Some("the run did not begin".into()), lines: Vec::new() };
    };
    world.end();
    if let Err(panic) = ran {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        world.history().violate(|_| text.unwrap_or_else(|| "a panic without a message".into()));
    }
    let mut history = world.history();
    Run { violation: history.violation().cloned(), lines: history.lines() }
}

/// Returns whether something comes to its end before its time is over.
async fn in_time(
    mut playing: Pin<&mut impl Future<Output = ()>>,
    mut limit: Pin<&mut impl Future<Output = ()>>,
) -> bool {
    poll_fn(|cx| match playing.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(true),
        Poll::Pending => limit.as_mut().poll(cx).map(|()| false),
    })
    .await
}

/// Plays the clients of a seed on any runtime, in real time, and returns what happened that must not.
///
/// What depends on exact times is not checked, nor is anything done to the runtime; hangs and pauses
/// are short, and a seed takes a second at most. The future stays where it is polled, loads run
/// wherever the runtime has them run. Dropped, the run ends, and what is in flight is the runtime's.
///
/// # Errors
///
/// Returns what happened, with the history.
///
/// # Examples
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// evermemo_simulation::on_runtime(evermemo_tokio::Tokio::default(), 7).await
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn on_runtime<R: Runtime>(runtime: R, seed: u64) -> Result<(), String> {
    let scenario = Scenario::of(seed).in_real_time();
    let timers = Timers::default();
    let world = world(&scenario, Box::new(timers.clone()), false, true);
    let mut driving = pin!(timers.drive(runtime.clone()));
    let mut playing = pin!(play(&scenario, world.clone(), runtime, None, Sites::default()));
    poll_fn(|cx| match playing.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(()),
        Poll::Pending => driving.as_mut().poll(cx),
    })
    .await;
    world.end();
    let mut history = world.history();
    let Some(violation) = history.violation().cloned() else { return Ok(()) };
    Err(format!("seed {seed}: {}\n{}\n{violation}", scenario.setup, history.lines().join("\n")))
}

fn world(scenario: &Scenario, clock: Box<dyn Clock>, timed: bool, verbose: bool) -> Arc<World> {
    let (setup, start) = (&scenario.setup, clock.now());
    let weather = setup.weather;
    let mut rules = Rules {
        timed,
        immediate: !setup.place.waits(),
        loses_tasks: scenario.loses_tasks(),
        registered: scenario.setup.registered,
        aborts: setup.abandon == Abandon::Abort,
        blocks: setup.blocks,
        jumps: scenario.jumps(),
        stalls: scenario.stalls(),
        forces: scenario.has(|action| matches!(action, Action::Force(_))),
        refuses: scenario.has(|action| matches!(action, Action::RefuseTasks(_))),
        clears: scenario.has(|action| action == Action::Clear),
        exchangeable: setup.mutable,
        evicts_outside: setup.place == Place::BoundedRemote,
        shortest_timeout: LOCK_TIMEOUT,
        longest_timeout: setup.method_timeout.unwrap_or(LOCK_TIMEOUT),
        storage_timeout: setup.storage_timeout,
        longest_write: match weather.fails {
            true => Duration::MAX,
            false => 2 * ms(weather.delay.into()),
        },
        unconfigured: false,
        exact: timed
            && !scenario.jumps()
            && !scenario.pauses()
            && !scenario.stalls()
            && !(setup.place.waits()
                && (weather.fails || weather.loses || setup.storage_timeout < ms(1_000))),
    };
    rules.time_out_after(setup.method_timeout.unwrap_or(Duration::MAX));
    if setup.resilience.max_loads == Some(0) {
        rules.time_out_after(Duration::ZERO);
    }
    World::new(scenario, clock, History::new(scenario, start, rules, verbose))
}

/// Lets the clients do what they do, and looks whether all is well when they have.
async fn play<R: Runtime>(
    scenario: &Scenario,
    world: Arc<World>,
    runtime: R,
    time: Option<Virtual>,
    sites: Sites,
) {
    let built = build(runtime, &world);
    if time.is_some() {
        let subject = SendWrapper::new(built.subject.clone());
        world.set_nest(Some(Arc::new(move |asked| nested(&subject, asked))));
    }
    let scene = Rc::new(Scene { world: world.clone(), built, time, sites: sites.clone() });
    let mut clients = BTreeMap::<u32, Vec<Operation>>::new();
    let mut operations = scenario.operations.clone();
    operations.sort_by_key(|operation| operation.at);
    for operation in operations {
        clients.entry(operation.client).or_default().push(operation);
    }
    let clients = clients.into_iter().map(|(number, operations)| {
        let site = Operation::site_of(number).filter(|_| scenario.setup.two_runtimes);
        Client { site, doing: Box::pin(client(scene.clone(), operations)) }
    });
    let watched = scene.clone();
    let mut polls = 0;
    let over = move || {
        bounded(&watched);
        polls += 1;
        if polls == MOST_POLLS {
            watched.world.history().violate(|_| "the clients do not come to an end".into());
        }
        watched.world.history().violation().is_some()
    };
    let dice = Dice::of(&[scenario.schedule, 8]);
    let mut stage = Stage::new(clients.collect(), sites, dice, over);
    (&mut stage).await;
    if world.history().violation().is_none() {
        standing::go_on_at_last(&scene);
        stage.await;
    }
    if world.history().violation().is_none() {
        rest(&scene).await;
    }
}

fn nested(
    subject: &SendWrapper<Rc<dyn Subject>>,
    asked: Asked,
) -> BoxFuture<'static, Result<Value, Error<Down>>> {
    let subject = Rc::clone(subject);
    Box::pin(SendWrapper::new(async move { subject.call(asked).await }))
}

/// A storage that bounds itself does so at every moment.
fn bounded(scene: &Scene) {
    if let Some((entries, capacity)) = scene.built.stored.bound()
        && entries > capacity
        && scene.built.strategy.is_none()
    {
        scene.world.history().violate(|_| format!("{entries} entries at a capacity of {capacity}"));
    }
}

/// All clients have gone: nothing is left over, and the cache works.
async fn rest(scene: &Rc<Scene>) {
    let Scene { world, built, time, .. } = &**scene;
    let violate = |what: String| world.note(|history| history.violate(|_| what));
    if let Some(time) = time {
        time.refuse_tasks(false);
        let sweeps = usize::from(world.setup.resilience.sweep_every.is_some());
        // A victim's release may take as long as the storage hangs.
        let mut wait = if world.setup.place.waits() { ms(12_000) } else { ms(500) };
        while wait < 4 * LOCK_TIMEOUT {
            time.sleep(wait).await;
            if !world.history().is_loading()
                && time.tasks() <= sweeps
                && built.subject.in_flight() == 0
            {
                break;
            }
            wait *= 2;
        }
        if time.tasks() > sweeps {
            violate(format!("{} tasks are left over", time.tasks()));
        }
    }
    // What runs in the background has at most the time of a load, a look, and an offer.
    for _ in 0..if time.is_none() { 500 } else { 0 } {
        if built.subject.in_flight() == 0 && !world.history().is_loading() {
            break;
        }
        world.clock.sleep(ms(10)).await;
    }
    if built.subject.in_flight() > 0 {
        violate(format!("{} flights are left over", built.subject.in_flight()));
    }
    if world.between().is_some_and(|between| between.in_flight() > 0) {
        violate("flights of the cache between are left over".into());
    }
    world.calm_down();
    // An insertion that is dropped evicts nothing.
    let inserts =
        |caller: &Caller| matches!(caller.kind, Kind::Insert | Kind::Update) && caller.is_dropped();
    let dropped = world.history().callers.iter().any(inserts);
    // A runtime that drops a task drops the release of a victim with it.
    let released = world.history().rules.immediate || !world.history().rules.loses_tasks;
    agreement(scene, !dropped && released);

    if world.note(History::settle_dropped) {
        for key in 0..world.setup.keys {
            at_last(scene, key, Kind::Outcome).await;
        }
        world.clock.sleep(ms(1)).await;
    }

    // All lanes are free.
    let before = world.clock.now();
    at_last(scene, 0, Kind::Clear).await;
    if time.is_some() && world.clock.now() != before {
        violate("a clear waits when nothing is under way".into());
    }
    world.set_lives(Duration::MAX, Duration::MAX);
    for key in 0..world.setup.keys {
        at_last(scene, key, Kind::Force).await;
        at_last(scene, key, Kind::Outcome).await;
    }
    world.clock.sleep(ms(1)).await;
    agreement(scene, true);
    let stats = built.subject.stats();
    world.note(|history| {
        history.judge_accounts(&stats);
        if let Some(left) = history.births.iter().position(|birth| birth.fate.is_none()) {
            history.violate(|_| format!("v{left} was never dropped"));
        }
    });
}

async fn at_last(scene: &Rc<Scene>, key: u32, kind: Kind) {
    let caller = scene.world.history().called_at_last(key, kind);
    act(scene, caller).await;
}

/// Strategy and storage agree when nothing is under way.
fn agreement(scene: &Scene, bounded: bool) {
    let Scene { world, built, .. } = scene;
    let Some(strategy) = &built.strategy else { return };
    let (stored, known) = (built.stored.keys(), strategy.known().clone());
    // What is written late is news to the strategy.
    let unknown = |key: &&u32| !known.contains(key) && !world.history().has_late(**key);
    if let Some(key) = stored.iter().find(unknown) {
        world.note(|history| {
            history.violate(|_| format!("the strategy does not know of key {key}"))
        });
    }
    let capacity = world.setup.capacity;
    if bounded && world.history().rules.exact && stored.len() > capacity {
        let what = format!("{} entries are left at a capacity of {capacity}", stored.len());
        world.note(|history| history.violate(|_| what));
    }
}

/// Virtual time, for those that may move between threads.
struct Ticking(Virtual);

impl Clock for Ticking {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(self.0.sleep(duration))
    }

    fn skip(&self) -> bool {
        self.0.skip()
    }
}
