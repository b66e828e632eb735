//! `import-env`: what a `.env` of the original work means here, and its first sleeper, schedule and
//! probability put into the database.

mod meaning;
mod stored;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use self::meaning::{Variable, variables};
use super::access::{Access, Asking, Missing};
use super::ask;
use super::table::{Cell, Table};
use super::terminal::{BAD, CARE, FAINT, STRONG, paint, say, say_json};
use super::usage::Usage;
use crate::config::{Config, Environment};
use crate::zones::{Zones, usual_places};

/// The file to read.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file; `.env` here without it.
    #[arg(default_value = ".env")]
    file: PathBuf,
    /// Put the sleeper, her schedule and the probability into the database.
    #[arg(long)]
    store: bool,
    #[command(flatten)]
    asking: Asking,
}

/// What was found, and what became of it.
#[derive(Debug, Serialize)]
struct Report {
    variables: Vec<Variable>,
    problems: Vec<String>,
    warnings: Vec<String>,
    stored: Vec<String>,
}

/// Shows what the file means; stores it when asked to, and only when all of it can be read.
pub async fn run(arguments: &ImportArgs) -> anyhow::Result<()> {
    let file = &arguments.file;
    let environment =
        Environment::of_file(file).with_context(|| format!("cannot read {}", file.display()))?;
    let zones = Zones::newest_of(usual_places(environment.zoneinfo().as_deref()));
    let mut report = Report {
        variables: variables(&environment),
        problems: Vec::new(),
        warnings: Vec::new(),
        stored: Vec::new(),
    };
    match Config::from_env(&environment, &zones) {
        Ok(config) => {
            report.warnings.clone_from(&config.warnings);
            if arguments.store {
                let access = Access::open(&arguments.asking, Missing::Make).await?;
                let stored = stored::store(&access, &config.seed, &zones).await;
                access.close().await;
                report.stored = stored?;
            }
        }
        Err(problems) => {
            let told = problems.0.iter().map(|problem| format!("{}: {}", problem.variable, problem.message));
            report.problems = told.collect();
        }
    }
    if arguments.asking.json {
        say_json(&report)?;
    } else {
        show(&report, arguments);
    }
    if report.problems.is_empty() {
        return Ok(());
    }
    let count = report.problems.len();
    let said = if count == 1 { "a problem".to_owned() } else { format!("{count} problems") };
    Err(Usage(format!("{} has {said}; nothing was stored", file.display())).into())
}

fn show(report: &Report, arguments: &ImportArgs) {
    let mut table = Table::of(["variable", "value", "what becomes of it"]);
    for variable in &report.variables {
        table.row([
            Cell::styled(variable.name.as_str(), if variable.known { STRONG } else { CARE }),
            Cell::styled(variable.value.as_str(), FAINT),
            variable.meaning.into(),
        ]);
    }
    table.print();
    for warning in &report.warnings {
        ask::remark(&paint(CARE, warning));
    }
    for problem in &report.problems {
        ask::remark(&paint(BAD, problem));
    }
    for sentence in &report.stored {
        say(sentence);
    }
    if report.problems.is_empty() && !arguments.store {
        say(
            "\nNothing was stored. With --store the sleeper, her schedule and the probability are; the rest is",
        );
        say("read from .env at every start, in the directory the program is started in.");
        if arguments.file.file_name().is_none_or(|name| name != ".env") {
            say(&format!("{} is not that file: copy it there as .env.", arguments.file.display()));
        }
    }
}
