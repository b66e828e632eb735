//! `doctor`: what is wrong, what that means, and what to do; asks the daemon when one runs.

mod chain;
mod daemon;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use rand::rngs::StdRng;

use super::ask::Waiting;
use super::terminal::{say, say_json};
use crate::app;
use crate::clock::{SharedClock, SystemClock};
use crate::config::{Config, Environment, Whereabouts};
use crate::doctor::table::{self, Style};
use crate::doctor::{Level, Report, handbook};
use crate::store::Store;
use crate::zones::{Zones, usual_places};

/// How the report is shown.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct Args {
    /// Print the report as JSON, as `GET /diagnostics` gives it.
    #[arg(long)]
    json: bool,
    /// Say below each finding what it means and what to do.
    #[arg(long, conflicts_with = "json")]
    fix_hints: bool,
    /// Also make a whole test call on the local line of this machine: voice URL, TwiML, socket, audio.
    #[arg(long)]
    chain: bool,
    /// Print everything that may be found, as a page in Markdown, and look at nothing.
    #[arg(long, exclusive = true)]
    handbook: bool,
}

/// Looks, and tells. Exit code 1 when something must be put right.
pub async fn run(arguments: &Args, directory: &Path) -> anyhow::Result<ExitCode> {
    if arguments.handbook {
        say(handbook().trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let clock = SystemClock::shared();
    let mut report = Box::pin(report(directory, &clock)).await?;
    if arguments.chain {
        report = report.with(chain::rehearse(&clock).await?);
    }
    show(arguments, &report)?;
    Ok(if report.verdict == Level::Fail { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn report(directory: &Path, clock: &SharedClock) -> anyhow::Result<Report> {
    let _waiting = Waiting::on("looking");
    let environment = Environment::of_process(directory);
    let mut outside = None;
    if let Ok(here) = Whereabouts::from_env(&environment)
        && let Some(file) = here.database.file()
    {
        outside = Some(if Store::is_in_use(file).unwrap_or(false) {
            // It has the database, the port and the probes: only it can look from the inside.
            match daemon::ask(&here, clock).await {
                Ok(report) => return Ok(report),
                Err(error) => daemon::silent(&error),
            }
        } else {
            daemon::absent(&here).await
        });
    }
    let zones = Arc::new(Zones::newest_of(usual_places(environment.zoneinfo().as_deref())));
    let config = Config::from_env(&environment, &zones);
    let report = Box::pin(app::examine(config, zones, clock.clone(), rand::make_rng::<StdRng>())).await;
    Ok(report.with(outside.into_iter().collect()))
}

fn show(arguments: &Args, report: &Report) -> anyhow::Result<()> {
    if arguments.json {
        return say_json(report);
    }
    let drawn = table::draw(report, Style { colours: true, hints: arguments.fix_hints });
    say(drawn.trim_end());
    Ok(())
}
