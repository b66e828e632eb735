//! `wakeup-coach-sim`: programs that try to make the daemon miss a call or place one too many.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use wakeup_coach::trials::{crash, exchange};

/// Tries to make the daemon miss a call, or place one too many.
#[derive(Debug, Parser)]
#[command(name = "wakeup-coach-sim", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the far side of a trial: a carrier with books of its own, models, and people to wake.
    Exchange(exchange::ExchangeArgs),
    /// Kill the daemon over and over while it wakes people, and compare its books with the carrier's.
    Crash(crash::CrashArgs),
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
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match &arguments.command {
            Command::Exchange(args) => exchange::run(args).await.map(|()| ExitCode::SUCCESS),
            Command::Crash(args) => crash::run(args).await,
        }
    })
}
