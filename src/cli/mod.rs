//! The command line: one file a command. Exit codes: 0 done, 1 failed, 2 not understood.

pub mod demo;
pub mod healthcheck;
pub mod serve;
pub mod simulate;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Telephones people at their wake-up time and talks with them until they are really up.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon (this is what happens without a command).
    Serve,
    /// Show whole wake-ups with a simulated sleeper: no account, no network.
    Demo(demo::DemoArgs),
    /// Ask the daemon on this machine whether it is well.
    Healthcheck,
    /// Run the simulated carrier and models alone, for other programs to talk to.
    Simulate(simulate::Args),
}

/// Reads the command line, does what it says, and tells how it went.
#[expect(clippy::print_stderr, reason = "whoever typed the command reads why it failed")]
pub fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("wakeup-coach: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match arguments.command.as_ref().unwrap_or(&Command::Serve) {
            Command::Serve => serve::run(Path::new(".")).await,
            Command::Demo(arguments) => demo::run(arguments).await,
            Command::Healthcheck => healthcheck::run().await.map(|()| ExitCode::SUCCESS),
            Command::Simulate(arguments) => simulate::run(arguments).await.map(|()| ExitCode::SUCCESS),
        }
    })
}
