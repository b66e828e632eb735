//! `restore`: puts a copy of the database in its place.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use indicatif::HumanBytes;
use serde_json::json;

use super::ask;
use super::terminal::{say, say_json};
use super::usage::Usage;
use crate::clock::SystemClock;
use crate::config::{DatabasePath, Environment, Whereabouts};
use crate::store::backup::put_back;

/// Put a copy of the database back. The program must be stopped; what is there now is moved aside.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The copy, as `backup` made it.
    file: PathBuf,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Puts the copy back, when it is sound and nothing uses the database.
pub async fn run(arguments: &RestoreArgs) -> anyhow::Result<()> {
    let RestoreArgs { file, yes, json } = arguments;
    let here = Whereabouts::from_env(&Environment::of_process(Path::new(".")));
    let here = here.map_err(|problems| Usage(problems.to_string()))?;
    let DatabasePath::File(database) = &here.database else {
        bail!("the database is in memory (DATABASE_URL): there is no place to put a copy");
    };
    if !file.exists() {
        bail!("there is no file {}", file.display());
    }
    let question = format!("Put {} in the place of {}?", file.display(), database.display());
    if !ask::confirm(&question, *yes)? {
        ask::remark("Nothing was changed.");
        return Ok(());
    }
    let stamp = SystemClock::shared().now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let done = put_back(file, database, &stamp).await;
    let done = done.with_context(|| format!("{} was not put back", file.display()))?;
    if *json {
        let (rows, bytes) = (done.copied.rows, done.copied.bytes);
        return say_json(&json!({ "database": database, "aside": done.aside, "rows": rows, "bytes": bytes }));
    }
    say(&format!("Put back {} rows, {}.", done.copied.rows, HumanBytes(done.copied.bytes)));
    if let Some(aside) = &done.aside {
        say(&format!("What was there lies in {}.", aside.display()));
    }
    ask::remark("Wake-ups that were due before the next start are told as missed then, and not dialled.");
    Ok(())
}
