//! Kills the real daemon over and over while it wakes people, and compares its books with the carrier's.
//!
//! A [`World`] has a database, people to wake within minutes, and a carrier in a process of its own; in it the
//! daemon lives many short lives, as [`plan`] has drawn, and then one in peace, in which all must be settled.
//! Time runs faster than the machine's, for all processes alike.

pub mod check;
pub mod plan;
pub mod power;
pub mod process;
pub mod report;
pub mod sweep;
pub mod world;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::builder::RangedU64ValueParser;
use indicatif::{ProgressBar, ProgressStyle};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rustix::process::Signal;
use tokio::task::JoinSet;

pub use self::plan::Death;
use self::power::Supply;
pub use self::process::Process;
pub use self::report::Report;
pub use self::world::{PATIENCE, Programs, World, WorldPlan};
use crate::clock::{SharedClock, SystemClock};
use crate::store::Store;
use crate::trials::interrupt::{exit_code, until_pressed};
use crate::trials::people::Who;

/// How long a point of the dial protocol is waited for before the daemon is killed wherever it is.
const POINT_WITHIN: Duration = Duration::from_secs(4);
/// How long it may take, by the machine's clock, until all is settled after the last kill.
const SETTLED_WITHIN: Duration = Duration::from_mins(4);
/// How often to look whether all is settled.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Kills in one world.
const KILLS_IN_A_WORLD: usize = 50;
/// Simulated time between two wake-ups: at any time several are under way.
const SPACING: Duration = Duration::from_secs(12);
/// More realtime calls, and the machine is busy with audio instead of dying.
const REALTIME: f64 = 0.3;

/// What to try.
#[derive(Debug, Clone, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct CrashArgs {
    /// How often the daemon is killed.
    #[arg(long, default_value_t = 200, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub kills: usize,
    /// Draws people and deaths; a world of 50 kills takes one seed.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Worlds at the same time.
    #[arg(long, default_value_t = 2, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub jobs: usize,
    /// How many times as fast as the machine's time runs.
    #[arg(long, default_value_t = 20.0, value_parser = speed)]
    pub speed: f64,
    /// Instead of killing it anywhere, kill it at each write to the disk, one after another (needs strace).
    #[arg(long, conflicts_with = "kills")]
    pub every_write: bool,
    /// Instead of only killing it, cut the power so often: what was not synced is lost (needs strace).
    #[arg(long, value_name = "N", conflicts_with_all = ["kills", "every_write"])]
    pub power_cuts: Option<usize>,
    /// Have the disk lose what was synced as well: the trial must fail, and shows that it can.
    #[arg(long, requires = "power_cuts")]
    pub lying_disk: bool,
    /// Print the report as JSON.
    #[arg(long)]
    pub json: bool,
    /// Keep the directories of worlds in which something went wrong.
    #[arg(long)]
    pub keep: bool,
}

impl CrashArgs {
    /// How often the daemon dies, one way or the other.
    fn lives(&self) -> usize {
        self.power_cuts.unwrap_or(self.kills)
    }

    /// The command that does the same to one world.
    fn again(&self, seed: u64, lives: usize) -> String {
        let how = match self.power_cuts {
            None => "--kills",
            Some(_) if self.lying_disk => "--lying-disk --power-cuts",
            Some(_) => "--power-cuts",
        };
        format!("wakeup-coach-sim crash --seed {seed} {how} {lives} --speed {}", self.speed)
    }
}

/// Reads how fast time is to run.
pub fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse::<f64>().ok().filter(|speed| (1.0..=100.0).contains(speed));
    speed.ok_or_else(|| "write a number from 1 to 100".to_owned())
}

/// The programs beside the one that runs.
pub fn programs() -> anyhow::Result<Programs> {
    anyhow::ensure!(
        cfg!(debug_assertions),
        "a release cannot be told where to die: run target/debug/wakeup-coach-sim, which cargo build makes"
    );
    let sim = std::env::current_exe().context("finding this program")?;
    let daemon = sim.with_file_name("wakeup-coach");
    anyhow::ensure!(daemon.exists(), "{} is missing: build it with cargo build", daemon.display());
    Ok(Programs { daemon, sim })
}

/// The command: runs the trial, prints the report, fails when a promise was broken. After Ctrl-C it reports on what
/// was over by then.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the report is what the command is for")]
pub async fn run(args: &CrashArgs) -> anyhow::Result<ExitCode> {
    let programs = programs()?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} kills, {elapsed}, {eta} to go {msg}")?;
    let bar = ProgressBar::new(args.lives() as u64).with_style(style);
    let mut report = Report::new(args.seed, args.speed);
    let interrupted = if args.every_write {
        until_pressed(sweep::every_write(args, &programs, &bar, &mut report)).await?
    } else {
        until_pressed(worlds(args, &programs, &bar, &mut report)).await?
    };
    bar.finish_and_clear();
    if interrupted {
        eprintln!("Interrupted: this is what came of the worlds that were over by then.");
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(exit_code(report.is_clean(), interrupted))
}

/// Lives through as many worlds as the kills need.
pub async fn trial(args: &CrashArgs, programs: &Programs, bar: &ProgressBar) -> anyhow::Result<Report> {
    let mut report = Report::new(args.seed, args.speed);
    worlds(args, programs, bar, &mut report).await?;
    Ok(report)
}

/// The same, reported world by world.
async fn worlds(
    args: &CrashArgs,
    programs: &Programs,
    bar: &ProgressBar,
    whole: &mut Report,
) -> anyhow::Result<()> {
    if args.power_cuts.is_some()
        && let Some(why) = sweep::missing()
    {
        anyhow::bail!("cannot cut the power: {why}");
    }
    let clock = SystemClock::shared();
    let mut left = args.lives();
    let mut seed = args.seed;
    let mut worlds: JoinSet<anyhow::Result<Report>> = JoinSet::new();
    loop {
        while left > 0 && worlds.len() < args.jobs.max(1) {
            let kills = left.min(KILLS_IN_A_WORLD);
            let (args, programs, clock, bar) = (args.clone(), programs.clone(), clock.clone(), bar.clone());
            worlds.spawn(async move { one_world(seed, kills, &args, &programs, &clock, &bar).await });
            (left, seed) = (left - kills, seed + 1);
        }
        let Some(ended) = worlds.join_next().await else { return Ok(()) };
        whole.join(ended.context("a world panicked")??);
        bar.set_message(format!("{} lost, {} doubled", whole.lost.len(), whole.doubled.len()));
    }
}

/// One world from its making to the comparison of its books.
async fn one_world(
    seed: u64,
    kills: usize,
    args: &CrashArgs,
    programs: &Programs,
    clock: &SharedClock,
    bar: &ProgressBar,
) -> anyhow::Result<Report> {
    let mut rng = StdRng::seed_from_u64(seed);
    let after_the_first = kills.saturating_sub(1);
    let deaths = match args.power_cuts {
        None => plan::draw(after_the_first, &mut rng),
        Some(_) => plan::draw_cuts(after_the_first, &mut rng),
    };
    let plan = WorldPlan {
        seed,
        people: kills,
        who: Who::Drawn,
        spacing: SPACING,
        speed: args.speed,
        realtime: REALTIME,
    };
    let mut world = World::make(plan, programs, clock).await?;
    let mut power = args.power_cuts.map(|_| Supply::of(&world, args.lying_disk, rng, clock)).transpose()?;
    let mut report = Report::new(seed, args.speed);
    let lived = live(&world, &deaths, &mut power, &mut report, clock, bar).await;
    if let Err(error) = &lived {
        report.lost.push(format!("{error:#}"));
    }
    if !report.is_clean() {
        report.lost.push(format!("seed {seed}: run `{}` to see it again", args.again(seed, kills)));
        if args.keep {
            world.keep = true;
            report.lost.push(format!("seed {seed}: its world is in {}", world.home.display()));
        }
    }
    Ok(report)
}

async fn live(
    world: &World,
    deaths: &[Death],
    power: &mut Option<Supply>,
    report: &mut Report,
    clock: &SharedClock,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    // A loaded machine starts slowly: the first start shows how slowly.
    let mut first = begin(world, None, power)?;
    let mut usual_start = first.ready(PATIENCE).await?;
    first.kill().await?;
    lose_power(&first, power, report).await?;
    report.killed("anywhere");
    for death in deaths {
        let place = live_and_die(world, *death, power, &mut usual_start, report)
            .await
            .with_context(|| death.to_string())?;
        report.killed(&place);
        bar.inc(1);
    }
    bar.inc(1);
    let mut daemon = world.daemon(&[])?;
    report.recovered(daemon.ready(PATIENCE).await?);
    let settled = settle(world, clock).await;
    std::fs::write(world.home.join("last.log"), daemon.log())?;
    settled.with_context(|| format!("in the last life, which said:\n{}", daemon.log()))?;
    daemon.signal(Signal::TERM)?;
    let status = daemon.ended(PATIENCE).await??;
    anyhow::ensure!(status.success(), "asked to stop, it ended with {status}:\n{}", daemon.log());
    compare(world, report).await
}

/// One life; where it ended.
async fn live_and_die(
    world: &World,
    death: Death,
    power: &mut Option<Supply>,
    usual_start: &mut Duration,
    report: &mut Report,
) -> anyhow::Result<String> {
    use std::os::unix::process::ExitStatusExt as _;
    let life = match death {
        Death::At(_) | Death::Writing(_) | Death::Syncing(_) => POINT_WITHIN + *usual_start,
        Death::After(part) | Death::Recovering(part) => *usual_start * part / 100,
    };
    let mut daemon = begin(world, Some(death), power)?;
    let ended = daemon.ended(life).await?;
    if let Some(after) = daemon.ready_after() {
        report.recovered(after);
        *usual_start = after;
    }
    if let Ok(status) = ended {
        let killed = status.signal() == Some(Signal::KILL.as_raw());
        anyhow::ensure!(killed, "it ended by itself ({status}):\n{}", daemon.log());
    } else {
        daemon.kill().await?;
    }
    lose_power(&daemon, power, report).await?;
    Ok(match (death, ended) {
        (Death::At(order), Ok(_)) => order.point.to_string(),
        (Death::Writing(_), Ok(_)) => "at a write".to_owned(),
        (Death::Syncing(_), Ok(_)) => "at a sync".to_owned(),
        (Death::Recovering(_), _) => "in recovery".to_owned(),
        _ => "anywhere".to_owned(),
    })
}

/// Starts the daemon for a life that ends like this.
fn begin(world: &World, death: Option<Death>, power: &mut Option<Supply>) -> anyhow::Result<Process> {
    let extra: Vec<_> = match death {
        Some(Death::At(order)) => vec![("WAKEUP_COACH_DIE_AT", order.to_string())],
        _ => Vec::new(),
    };
    match power {
        None => world.daemon(&extra),
        Some(power) => power.start(world, death, &extra),
    }
}

/// With the daemon the power has gone, when it is that kind of trial.
async fn lose_power(dead: &Process, power: &mut Option<Supply>, report: &mut Report) -> anyhow::Result<()> {
    if let Some(power) = power {
        report.power.add(power.cut(dead.pid()).await.context("cutting the power")?);
    }
    Ok(())
}

/// Waits until no wake-up is open any more.
pub async fn settle(world: &World, clock: &SharedClock) -> anyhow::Result<()> {
    let store = Store::open_for_reading(&world.database()).await?;
    let deadline = clock.elapsed() + SETTLED_WITHIN;
    while clock.elapsed() < deadline {
        if store.list_coming(1).await?.is_empty() && store.list_open_attempts().await?.is_empty() {
            store.close().await;
            return Ok(());
        }
        clock.sleep(LOOK_EVERY).await;
    }
    anyhow::bail!("not all was settled within {SETTLED_WITHIN:?}: {:#?}", store.list_coming(5).await?)
}

/// Both books side by side.
async fn compare(world: &World, report: &mut Report) -> anyhow::Result<()> {
    let (occurrences, found, calls) = compared(world).await?;
    report.compared(occurrences, calls, found);
    Ok(())
}

/// Wake-ups, findings, calls.
pub async fn compared(world: &World) -> anyhow::Result<(usize, check::Findings, usize)> {
    let ledger = world.ledger().await?;
    std::fs::write(world.home.join("ledger.json"), serde_json::to_vec_pretty(&ledger)?)?;
    let store = Store::open(&world.database()).await?;
    let ours = check::read(&store).await?;
    store.close().await;
    Ok((ours.books.wake_ups.len(), check::compare(&ours, &ledger)?, ledger.calls.len()))
}
