//! `wakeup-coach-sim`: programs that try to make the daemon miss a call or place one too many.
//!
//! Exit codes: 0 nothing was found, 1 something was, 2 not understood, 130 nothing was found until Ctrl-C.

mod calendar;
mod network;
mod years;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use wakeup_coach::trials::{crash, exchange};

/// Tries to make the daemon miss a call, or place one too many.
#[derive(Debug, Parser)]
#[command(name = "wakeup-coach-sim", version, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str =
    "Exit codes: 0 nothing was found, 1 something was, 2 not understood, 130 nothing was found until Ctrl-C.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the far side of a trial: a carrier with books of its own, models, and people to wake.
    Exchange(exchange::ExchangeArgs),
    /// Kill the daemon over and over while it wakes people, and compare its books with the carrier's.
    Crash(crash::CrashArgs),
    /// Put a bad network between the daemon and the world while it wakes people, and compare the books.
    Network(network::NetworkArgs),
    /// Live whole years in memory, with every fault there is, and compare both ledgers.
    Years(years::YearsArgs),
    /// Hold each time around every clock change of every zone against the definition.
    Calendar(calendar::CalendarArgs),
}

#[expect(clippy::print_stderr, reason = "whoever typed the command reads why it failed")]
fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("wakeup-coach-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Exchange(arguments) => wait_for(exchange::run(arguments)).map(|()| ExitCode::SUCCESS),
        Command::Crash(arguments) => wait_for(crash::run(arguments)),
        Command::Network(arguments) => wait_for(network::run(arguments)),
        Command::Years(arguments) => years::run(arguments),
        Command::Calendar(arguments) => calendar::run(arguments),
    }
}

fn wait_for<T>(running: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(running)
}
