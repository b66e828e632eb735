//! `years`: whole lives in memory, by seed.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::builder::RangedU64ValueParser;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use wakeup_coach::trials::interrupt::{exit_code, heeding};
use wakeup_coach::trials::years::{Tally, replay, run as live};

/// Which lives, and how to tell of them.
#[derive(Debug, clap::Args)]
pub struct YearsArgs {
    /// The first seed; each further life takes the next one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many lives of a year.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    user_years: u64,
    /// On how many cores; all of them when nothing is said.
    #[arg(long, value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    threads: Option<usize>,
    /// Tell everything that happens in the life of `--seed`.
    #[arg(long, conflicts_with = "json")]
    trace: bool,
    /// Print the results as JSON.
    #[arg(long)]
    json: bool,
}

/// Lives them, and says what came of it.
pub fn run(arguments: &YearsArgs) -> anyhow::Result<ExitCode> {
    if arguments.trace {
        return tell_one(arguments);
    }
    let workers =
        arguments.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let bar = ProgressBar::new(arguments.user_years).with_style(
        ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} user-years, {eta} to go")
            .context("a progress bar")?,
    );
    let tally =
        heeding(|stop| live(arguments.seed, arguments.user_years, workers, stop, |more| bar.inc(more)))?;
    let seconds = bar.elapsed().as_secs_f64();
    bar.finish_and_clear();
    let interrupted = tally.lives < arguments.user_years;
    if interrupted {
        writeln!(io::stderr(), "Interrupted: this is what came of the lives that were over by then.")?;
    }
    let mut out = io::stdout().lock();
    if arguments.json {
        let per_core = speed(&tally, seconds, workers);
        let results = json!({ "seconds": seconds, "cores": workers, "wake_ups_per_second_per_core": per_core,
            "lost": tally.lost(), "doubled": tally.doubled(), "results": tally });
        writeln!(out, "{results}")?;
    } else {
        tell(&mut out, arguments, &tally, seconds, workers)?;
    }
    Ok(exit_code(tally.broken() == 0, interrupted))
}

fn speed(tally: &Tally, seconds: f64, workers: usize) -> u64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rounded figure for people"
    )]
    let rate = (tally.wake_ups as f64 / seconds.max(0.001) / workers as f64) as u64;
    rate
}

fn tell_one(arguments: &YearsArgs) -> anyhow::Result<ExitCode> {
    let (tally, lines) = replay(arguments.seed);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in &lines {
        writeln!(out, "{line}")?;
    }
    failures(&mut out, &tally)?;
    writeln!(out, "{} wake-ups, trace {:016x}", tally.wake_ups, tally.trace_hash)?;
    out.flush()?;
    Ok(exit_code(tally.broken() == 0, false))
}

fn tell(
    out: &mut impl io::Write,
    arguments: &YearsArgs,
    tally: &Tally,
    seconds: f64,
    workers: usize,
) -> io::Result<()> {
    writeln!(
        out,
        "{} user-years from seed {} in {seconds:.1} s: {} wake-ups a second on each of {workers} cores",
        tally.lives,
        arguments.seed,
        speed(tally, seconds, workers)
    )?;
    let mut row = |what: &str, count: u64| writeln!(out, "  {what:<34}{count:>14}");
    row("wake-ups", tally.wake_ups)?;
    for (end, count) in &tally.ends {
        row(&format!("  ended: {}", end.replace('_', " ")), *count)?;
    }
    for (what, count) in [
        ("calls", tally.calls),
        ("requests for a call", tally.posts),
        ("calls adopted from the list", tally.adopted),
        ("calls dialled blindly", tally.blind),
        ("calls ended by us", tally.hung_up),
        ("news of calls lost", tally.lost_news),
        ("wake-ups that became part of another", tally.coalesced),
        ("calls by hand that gave way", tally.gave_way),
        ("calls that waited for their turn", tally.waited),
        ("daemon killed between two steps", tally.crashes),
        ("host down for longer", tally.stops),
        ("carrier out of reach", tally.outages),
        ("acts of owners", tally.edits),
        ("rings held against the calendar", tally.rings_compared),
        ("LOST", tally.lost()),
        ("DOUBLED", tally.doubled()),
        ("promises broken in all", tally.broken()),
    ] {
        row(what, count)?;
    }
    failures(out, tally)
}

fn failures(out: &mut impl io::Write, tally: &Tally) -> io::Result<()> {
    for failure in &tally.failures {
        writeln!(out, "seed {}:", failure.seed)?;
        for violation in &failure.violations {
            writeln!(out, "  {violation}")?;
        }
        writeln!(out, "  replay: wakeup-coach-sim years --seed {} --user-years 1 --trace", failure.seed)?;
    }
    Ok(())
}
