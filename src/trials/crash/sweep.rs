//! Faults at every write of the daemon, one after another, put in from outside by `strace`.
//!
//! All writes to the database come from one thread, so the N-th of them is the same in every run: the start
//! and one whole wake-up are lived through again and again, each time with the fault one write later.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use indicatif::ProgressBar;
use rustix::process::Signal;
use tokio::task::JoinSet;

use super::check::Findings;
use super::process::Process;
use super::world::{PATIENCE, Programs, World, WorldPlan};
use super::{CrashArgs, Report, compared, settle};
use crate::clock::{SharedClock, SystemClock};
use crate::trials::people::Who;

/// The calls by which anything reaches the disk.
const WRITES: &str = "pwrite64,fsync,fdatasync";
/// How long a life under a fault may take, by the machine's clock.
const LIFE: Duration = Duration::from_secs(40);

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process is killed as it writes.
    Killed,
    /// The disk does not keep what was written, and says so once.
    SyncFails,
    /// The disk is full for fifty writes.
    Full,
    /// For fifty writes nothing may be written, as when the kernel has found the file system damaged.
    ReadOnly,
    /// Every write reaches the disk half a second late.
    SlowSync,
}

impl Fault {
    /// As `strace` is told.
    fn injection(self, at: usize) -> String {
        match self {
            Self::Killed => format!("inject={WRITES}:signal=SIGKILL:when={at}"),
            Self::SyncFails => format!("inject=fsync,fdatasync:error=EIO:when={at}"),
            Self::Full => format!("inject=pwrite64:error=ENOSPC:when={at}..{}", at + 50),
            Self::ReadOnly => format!("inject=pwrite64:error=EROFS:when={at}..{}", at + 50),
            Self::SlowSync => format!("inject=fsync,fdatasync:delay_exit=500000:when={at}+"),
        }
    }
}

/// How a life under a fault went.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended, when the fault ended it; `None` when it lived through the whole wake-up.
    pub ended: Option<std::process::ExitStatus>,
    /// What the life under the fault said.
    pub log: String,
    /// Both books side by side, when all was settled.
    pub found: Findings,
    /// Calls that the carrier took.
    pub calls: usize,
}

/// Why faults cannot be put in here; `None` when they can.
pub fn missing() -> Option<&'static str> {
    let tried = Command::new("strace")
        .args(["-f", "-e", "trace=none", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match tried {
        Err(_) => Some("strace is missing: install it (apt-get install strace)"),
        Ok(status) if !status.success() => Some("strace may not trace here: ptrace is forbidden"),
        Ok(_) => None,
    }
}

/// Lives through one wake-up with the fault at the `at`th write, and once more without it.
pub async fn at_write(
    fault: Fault,
    at: usize,
    programs: &Programs,
    clock: &SharedClock,
) -> anyhow::Result<Outcome> {
    let world = world(programs, clock).await?;
    let mut daemon = under_strace(&world, &["-e", &fault.injection(at)], Path::new("/dev/null"))?;
    let ended = until_over(&mut daemon, clock).await?;
    let log = daemon.log();
    if ended.is_none() {
        daemon.kill().await?;
    }
    let mut after = world.daemon(&[])?;
    after.ready(PATIENCE).await?;
    settle(&world, clock).await.with_context(|| after.log())?;
    after.signal(Signal::TERM)?;
    after.ended(PATIENCE).await??;
    let (_, found, calls) = compared(&world).await?;
    Ok(Outcome { ended, log, found, calls })
}

/// Kills the daemon at each of its writes in turn, until it lives through the whole wake-up.
pub async fn every_write(
    args: &CrashArgs,
    programs: &Programs,
    bar: &ProgressBar,
    report: &mut Report,
) -> anyhow::Result<()> {
    if let Some(why) = missing() {
        anyhow::bail!("cannot kill at every write: {why}");
    }
    let clock = SystemClock::shared();
    let writes = count(programs, &clock).await?;
    bar.set_length(writes as u64);
    let mut lives = JoinSet::new();
    let mut next = 1;
    loop {
        while next <= writes && lives.len() < args.jobs.max(1) {
            let (programs, clock, at) = (programs.clone(), clock.clone(), next);
            lives.spawn(async move { (at, at_write(Fault::Killed, at, &programs, &clock).await) });
            next += 1;
        }
        let Some(ended) = lives.join_next().await else { return Ok(()) };
        let (at, outcome) = ended.context("a life panicked")?;
        let outcome = outcome.with_context(|| format!("killed at write {at}"))?;
        if outcome.ended.is_some() {
            report.killed("at a write");
        } else {
            report.killed("after the last write");
        }
        let before = report.lost.len() + report.doubled.len();
        report.compared(1, outcome.calls, outcome.found);
        if report.lost.len() + report.doubled.len() > before {
            report.lost.push(format!("that was write {at}"));
        }
        bar.inc(1);
    }
}

/// How many writes the start and one wake-up take.
pub async fn count(programs: &Programs, clock: &SharedClock) -> anyhow::Result<usize> {
    let world = world(programs, clock).await?;
    let trace = world.home.join("writes");
    let mut daemon = under_strace(&world, &[], &trace)?;
    let ended = until_over(&mut daemon, clock).await?;
    anyhow::ensure!(ended.is_none(), "it ended without any fault ({ended:?}):\n{}", daemon.log());
    daemon.kill().await?;
    let writes = std::fs::read_to_string(&trace)?;
    Ok(writes.lines().filter(|line| WRITES.split(',').any(|call| line.contains(&format!("{call}(")))).count())
}

async fn world(programs: &Programs, clock: &SharedClock) -> anyhow::Result<World> {
    let plan = WorldPlan {
        seed: 1,
        people: 1,
        who: Who::Risers,
        spacing: Duration::ZERO,
        speed: 20.0,
        realtime: 0.0,
    };
    World::make(plan, programs, clock).await
}

fn under_strace(world: &World, extra: &[&str], trace: &Path) -> anyhow::Result<Process> {
    let calls = format!("trace={WRITES}");
    // As a grandchild, so that the process we watch is the daemon itself.
    let mut arguments = vec!["-D", "-f", "-qq", "-e", &calls];
    let trace = trace.display().to_string();
    arguments.extend(["-o", &trace]);
    arguments.extend(extra);
    let daemon = world.programs().daemon.display().to_string();
    arguments.push(&daemon);
    let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
    by_strace(world, &arguments, &[])
}

/// Starts `strace` with these arguments, of which the last is the daemon.
pub fn by_strace(world: &World, arguments: &[String], extra: &[(&str, String)]) -> anyhow::Result<Process> {
    let mut variables = vec![("PATH", "/usr/bin:/bin:/usr/local/bin".to_owned())];
    variables.extend_from_slice(extra);
    world.daemon_by(Path::new("strace"), arguments, &variables)
}

/// Waits until the wake-up is over or the process is; how it ended.
async fn until_over(
    daemon: &mut Process,
    clock: &SharedClock,
) -> anyhow::Result<Option<std::process::ExitStatus>> {
    let deadline = clock.elapsed() + LIFE;
    while clock.elapsed() < deadline {
        if let Ok(status) = daemon.ended(Duration::from_millis(20)).await? {
            return Ok(Some(status));
        }
        if daemon.log().contains("The wake-up is over") {
            return Ok(None);
        }
    }
    Ok(None)
}
