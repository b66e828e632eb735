//! The desk, wherever it stands: on the database itself, or behind the API of the daemon that holds it.
//!
//! Never both: whoever works on the database holds its lock, and so does a daemon. What is asked and
//! answered is the same either way, so the commands cannot tell the difference.

mod asked;
mod direct;
pub mod neighbour;
mod remote;

use std::net::SocketAddr;
use std::path::Path;

use anyhow::bail;
use clap::Args;
use url::Url;

use self::direct::Direct;
use self::remote::Remote;
use super::ask;
use super::usage::{Usage, parse_address};
use crate::config::{DatabasePath, Environment, Whereabouts};
use crate::desk::DeskError;

/// How a command that asks the desk is asked for.
#[derive(Debug, Clone, Args)]
pub struct Asking {
    /// Print JSON with the API's fields, for scripts.
    #[arg(long, global = true)]
    pub json: bool,
    /// Ask the program at this address instead of looking for one here, such as `http://127.0.0.1:8765`.
    #[arg(long, global = true, value_name = "URL", value_parser = parse_address)]
    pub url: Option<Url>,
}

/// What to do when there is no database yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is made: the command is how one begins.
    Make,
    /// Somebody is in the wrong directory.
    Refuse,
}

/// The way to the desk.
pub enum Access {
    /// No daemon runs; until this is closed, none can.
    Direct(Box<Direct>),
    /// A daemon answers for its database.
    Remote(Remote),
}

impl Access {
    /// Finds the desk: the daemon of `--url`, the one that holds the database, or the database itself.
    pub async fn open(asking: &Asking, missing: Missing) -> anyhow::Result<Self> {
        let environment = Environment::of_process(Path::new("."));
        let here = match Whereabouts::from_env(&environment) {
            Ok(here) => here,
            Err(problems) => return Err(Usage(problems.to_string()).into()),
        };
        if let Some(url) = &asking.url {
            return Ok(Self::Remote(Remote::at(url.clone(), &here)?));
        }
        let DatabasePath::File(file) = &here.database else {
            // Only the program that made it can see a database in memory.
            return Ok(Self::Remote(Remote::of(&here)?));
        };
        if !file.exists() {
            refuse_beside_a_program(file, here.admin).await?;
            if missing == Missing::Refuse {
                bail!(
                    "there is no database {} yet: start with `wakeup-coach sleeper add`, or go where the program \
                     keeps it (DATABASE_URL)",
                    file.display()
                );
            }
        }
        match Direct::open(file, &environment).await? {
            Some(direct) => Ok(Self::Direct(Box::new(direct))),
            None => Ok(Self::Remote(Remote::of(&here)?.holding(file))),
        }
    }

    /// Lets go of the database, so that a daemon can have it.
    pub async fn close(self) {
        if let Self::Direct(direct) = self {
            direct.close().await;
        }
    }
}

/// Another database beside a program that runs would be one that wakes nobody.
async fn refuse_beside_a_program(file: &Path, admin: SocketAddr) -> anyhow::Result<()> {
    match neighbour::at(admin).await {
        None => Ok(()),
        Some(url) => bail!(
            "there is no database {} here, but a wakeup-coach runs at {url}: ask it with `--url {url}` and \
             ADMIN_TOKEN, or run this where its database lies (DATABASE_URL)",
            file.display()
        ),
    }
}

/// What somebody must know who has changed a database that no program works on; told last, so that it is
/// what stays on the screen.
pub async fn remark_on_rest() {
    if !direct::was_changed() {
        return;
    }
    let environment = Environment::of_process(Path::new("."));
    let beside = match Whereabouts::from_env(&environment) {
        Ok(here) => neighbour::at(here.admin).await,
        Err(_) => None,
    };
    ask::remark(&match beside {
        None => {
            "The program is not running: nobody will be called until you start `wakeup-coach`.".to_owned()
        }
        Some(url) => format!(
            "The program at {url} works on another database and knows nothing of this: ask it with `--url {url}`, \
             or start `wakeup-coach` here."
        ),
    });
}

/// What the desk says about a request it did not fulfil, and what to do about it.
fn refusal(error: DeskError) -> anyhow::Error {
    let hint = error.hint().to_owned();
    match error {
        DeskError::Store(error) => error.into(),
        error => explained(&error.to_string(), &hint, matches!(error, DeskError::Invalid { .. })),
    }
}

/// Fields as they are called here; the API's names stand in the desk's words.
fn in_options(said: &str) -> String {
    const OPTIONS: [(&str, &str); 5] = [
        ("Calls_allowed is", "--calls is"),
        ("Deadline_mins is", "--deadline is"),
        ("Snoozes is", "--snoozes is"),
        ("Proofs is", "--proof is"),
        ("Useful_for_mins is", "--useful-for is"),
    ];
    OPTIONS.iter().fold(said.to_owned(), |said, (field, option)| said.replace(field, option))
}

/// One line of what is wrong and what to do; a request that makes no sense is a misunderstanding.
fn explained(said: &str, hint: &str, misunderstood: bool) -> anyhow::Error {
    let line = in_options(format!("{said} {hint}").trim());
    if misunderstood { Usage(line).into() } else { anyhow::Error::msg(line) }
}
