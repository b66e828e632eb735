//! `backup`: copies of the database, made while it is in use, proved row by row, and looked over later.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde_json::json;

use super::show::or_none;
use super::table::{Cell, Table};
use super::terminal::{FAINT, say, say_json};
use super::usage::Usage;
use crate::clock::SystemClock;
use crate::config::{DatabasePath, Environment, Whereabouts};
use crate::scheduler::backups::{Backups, Kept};
use crate::store::backup::{Copied, Progress, copy, verify};

/// Copy the database while it is in use, and prove the copy; list and check copies.
#[derive(Debug, Args)]
pub struct BackupArgs {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Write the copy to this new file, in place of the directory of nightly ones.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the nightly copies, the newest first.
    List,
    /// Read a copy wholly, and tell whether it is sound.
    Verify {
        /// The copy.
        file: PathBuf,
    },
}

/// Does what was asked; reads the database beside a running daemon, and changes nothing in it.
pub async fn run(arguments: &BackupArgs) -> anyhow::Result<()> {
    if let Some(Verb::Verify { file }) = &arguments.verb {
        return check(file, arguments.json).await;
    }
    let environment = Environment::of_process(Path::new("."));
    let here = Whereabouts::from_env(&environment).map_err(|problems| Usage(problems.to_string()))?;
    let DatabasePath::File(database) = &here.database else {
        bail!(
            "the database is in memory (DATABASE_URL), and gone when its program ends: there is nothing to copy"
        );
    };
    let directory = here.keep.backups_of(database);
    let backups = Backups { database: database.clone(), directory, kept: here.keep.backups };
    if arguments.verb.is_some() {
        return list(&backups, arguments.json);
    }
    if !database.exists() {
        bail!("there is no database {}: go where the program keeps it (DATABASE_URL)", database.display());
    }
    let bar = Bar::new();
    let mut seen = |step| bar.show(step);
    let (file, copied) = match &arguments.to {
        Some(file) if file.exists() => bail!("{} exists already: name a new file", file.display()),
        Some(file) => (file.clone(), copy(database, file, &mut seen).await?),
        None => {
            let (kept, copied) = backups.make(SystemClock::shared().now(), &mut seen).await?;
            (kept.file, copied)
        }
    };
    drop(bar);
    tell(&file, &copied, arguments.json, "Copied and read back")
}

async fn check(file: &Path, json: bool) -> anyhow::Result<()> {
    if !file.exists() {
        bail!("there is no file {}", file.display());
    }
    let found = verify(file).await.with_context(|| format!("{} is no sound copy", file.display()))?;
    tell(file, &found, json, "Sound")
}

fn tell(file: &Path, copied: &Copied, json: bool, what: &str) -> anyhow::Result<()> {
    let Copied { rows, bytes, digest } = copied;
    if json {
        return say_json(&json!({ "file": file, "rows": rows, "bytes": bytes, "digest": digest }));
    }
    say(&format!("{what}: {}", file.display()));
    say(&format!("{rows} rows, {}, digest {digest}", HumanBytes(*bytes)));
    Ok(())
}

fn list(backups: &Backups, json: bool) -> anyhow::Result<()> {
    let kept = backups.list()?;
    if json {
        let one = |kept: &Kept| json!({ "file": kept.file, "made_at": kept.made_at, "bytes": kept.bytes });
        return say_json(&kept.iter().map(one).collect::<Vec<_>>());
    }
    if kept.is_empty() {
        or_none(&format!("There are no backups in {} yet.", backups.directory.display()));
        return Ok(());
    }
    let mut table = Table::of(["made (UTC)", "size", "file"]);
    for one in kept {
        table.row([
            one.made_at.strftime("%F %H:%M").to_string().into(),
            HumanBytes(one.bytes).to_string().into(),
            Cell::styled(one.file.display().to_string(), FAINT),
        ]);
    }
    table.print();
    Ok(())
}

/// A bar on a terminal; nothing elsewhere.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let style =
            ProgressStyle::with_template("{spinner} {bar:30} {pos} of {len} tables copied and read back");
        let bar = ProgressBar::new(0);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

    fn show(&self, progress: Progress) {
        self.0.set_length(progress.steps);
        self.0.set_position(progress.done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
