//! The command line: one file a command. Exit codes: 0 done, 1 failed, 2 not understood.

mod access;
mod alert;
mod ask;
mod backup;
mod calendar;
mod call;
mod code;
mod contact;
pub mod demo;
pub mod doctor;
pub mod healthcheck;
mod history;
mod import_env;
mod place;
mod restore;
mod schedule;
pub mod serve;
mod settings;
mod shell;
mod show;
pub mod simulate;
mod sleeper;
mod snooze;
mod table;
mod terminal;
mod token;
mod usage;
mod whose;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

/// Telephones people at their wake-up time and talks with them until they are really up.
#[derive(Debug, Parser)]
#[command(name = shell::PROGRAM, version, infer_subcommands = false, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str = "\
Settings come from the environment and from .env in the directory the program is started in. The log tells
times in UTC; everything else tells them where the sleeper is.

Exit codes: 0 done, 1 failed, 2 not understood.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon (this is what happens without a command).
    Serve,
    /// Show whole wake-ups with a simulated sleeper: no account, no network.
    Demo(demo::DemoArgs),
    /// The people we wake.
    Sleeper(sleeper::SleeperArgs),
    /// When they are woken, and the days on which it is otherwise.
    Schedule(schedule::ScheduleArgs),
    /// Holiday calendars, on whose days rules that observe them are silent.
    Calendar(calendar::CalendarArgs),
    /// Whom to tell when they do not wake up.
    Contact(contact::ContactArgs),
    /// Show the code of the day, for the paper where she has to walk to.
    Code(code::CodeArgs),
    /// Call somebody now.
    Call(call::CallArgs),
    /// A few more minutes before the next call of a wake-up that is under way.
    Snooze(snooze::SnoozeArgs),
    /// Tell of the last mornings, call by call, from due to up.
    History(history::HistoryArgs),
    /// Where she has to walk to: printed codes and devices.
    Place(place::PlaceArgs),
    /// Print the code that hangs where she has to walk to.
    Qr(place::QrArgs),
    /// Show or change the settings that live in the database.
    Settings(settings::SettingsArgs),
    /// Look at everything a call depends on, and say what is wrong and what to do.
    Doctor(doctor::Args),
    /// Copy the database while it is in use, and prove the copy; list and check copies.
    Backup(backup::BackupArgs),
    /// What somebody should look at: missed, doubled, unknown.
    Alert(alert::AlertArgs),
    /// Put a copy of the database back.
    Restore(restore::RestoreArgs),
    /// Make and take back tokens that may do a part of what the owner may.
    Token(token::TokenArgs),
    /// Show what a `.env` of the original work means here, and store it.
    ImportEnv(import_env::ImportArgs),
    /// Ask the daemon on this machine whether it is well.
    Healthcheck(healthcheck::HealthArgs),
    /// Run the simulated carrier and models alone, for other programs to talk to.
    Simulate(simulate::Args),
    /// Print completions for a shell, to be sourced or put where it looks for them.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Print the manual page, to be read with `man -l -`.
    Man {
        /// Write a page for each command into this directory instead.
        #[arg(long, value_name = "DIR")]
        directory: Option<PathBuf>,
    },
}

/// Reads the command line, does what it says, and tells how it went.
#[expect(clippy::print_stderr, reason = "whoever typed the command reads why it failed")]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage::explain(&error),
    };
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("wakeup-coach: {}", usage::with_causes(&error));
            usage::exit_code(&error)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(Box::pin(dispatch(arguments.command.as_ref().unwrap_or(&Command::Serve))))
}

async fn dispatch(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => return serve::run(Path::new(".")).await,
        Command::Demo(arguments) => return demo::run(arguments).await,
        Command::Doctor(arguments) => return doctor::run(arguments, Path::new(".")).await,
        Command::Sleeper(arguments) => sleeper::run(arguments).await?,
        Command::Schedule(arguments) => schedule::run(arguments).await?,
        Command::Calendar(arguments) => calendar::run(arguments).await?,
        Command::Contact(arguments) => contact::run(arguments).await?,
        Command::Code(arguments) => code::run(arguments).await?,
        Command::Call(arguments) => call::run(arguments).await?,
        Command::Snooze(arguments) => snooze::run(arguments).await?,
        Command::History(arguments) => history::run(arguments).await?,
        Command::Place(arguments) => place::run(arguments).await?,
        Command::Qr(arguments) => place::qr(arguments).await?,
        Command::Settings(arguments) => settings::run(arguments).await?,
        Command::Backup(arguments) => backup::run(arguments).await?,
        Command::Alert(arguments) => alert::run(arguments).await?,
        Command::Restore(arguments) => restore::run(arguments).await?,
        Command::Token(arguments) => token::run(arguments).await?,
        Command::ImportEnv(arguments) => import_env::run(arguments).await?,
        Command::Healthcheck(arguments) => healthcheck::run(arguments).await?,
        Command::Simulate(arguments) => simulate::run(arguments).await?,
        Command::Completions { shell } => shell::completions(*shell, Arguments::command())?,
        Command::Man { directory } => shell::manual(directory.as_deref(), Arguments::command())?,
    }
    access::remark_on_rest().await;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
