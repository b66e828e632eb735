//! `serve`: the daemon, until it is asked to stop.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use rand::rngs::StdRng;
use tokio::signal::unix::{SignalKind, signal};

use crate::app;
use crate::clock::{ManualClock, SharedClock, SystemClock};
use crate::config::{Config, Environment, FastTime};
use crate::failpoint;
use crate::scheduler::SchedulerError;
use crate::telemetry;
use crate::zones::{self, Zones};

/// Reads the configuration and runs; exit code 2 with a complete list when it makes no sense.
#[expect(clippy::print_stderr, reason = "the log is not up yet when the configuration is wrong")]
pub async fn run(directory: &Path) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process(directory);
    let zoneinfo = environment.zoneinfo();
    let zones = Arc::new(Zones::newest_of(zones::usual_places(zoneinfo.as_deref())));
    let config = match Config::from_env(&environment, &zones) {
        Ok(config) => config,
        Err(problems) => {
            eprintln!("wakeup-coach: {problems}");
            return Ok(ExitCode::from(2));
        }
    };
    telemetry::init(&config.log)?;
    if let Some(order) = config.trial.die_at {
        failpoint::arm(order);
    }
    let clock = clock(config.trial.time);
    // Before anything is begun that must be ended in good order.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut daemon = app::from_config(config, zones, clock, rand::make_rng::<StdRng>()).await?;
    app::supervisor::ready();
    let mut failed = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        ended = daemon.running.service_ended() => Some(ended),
    };
    app::supervisor::stopping();
    if let Some(Err(error)) = failed.take_if(|ended| ended.as_ref().is_err_and(is_disk)) {
        // Seeing live calls through would mean writing down more that may be lost.
        tracing::error!("{error:#}");
        return Err(error);
    }
    tracing::info!("Stopping: no new calls are made");
    tokio::select! {
        stopped = daemon.stop() => stopped?,
        // Whoever asks twice does not want to wait.
        _ = interrupt.recv() => anyhow::bail!("stopped at once; what was open is settled at the next start"),
    }
    // A log that just ends looks like a crash.
    tracing::info!("Stopped");
    match failed {
        None => Ok(ExitCode::SUCCESS),
        Some(Ok(())) => anyhow::bail!("a service ended by itself"),
        Some(Err(error)) => Err(error),
    }
}

/// Whether the database itself has failed.
fn is_disk(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref(), Some(SchedulerError::Disk(_))))
}

/// The machine's own time, unless a trial makes it run faster.
fn clock(fast: Option<FastTime>) -> SharedClock {
    let system = SystemClock::shared();
    match fast {
        Some(fast) => ManualClock::flowing(fast.at(system.now()), fast.speed),
        None => system,
    }
}
