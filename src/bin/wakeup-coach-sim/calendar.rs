//! `calendar`: every clock change of every zone.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use wakeup_coach::trials::calendar::{Sweep, all_zones, sweep};

/// What to sweep.
#[derive(Debug, clap::Args)]
pub struct CalendarArgs {
    /// Which zones: `all`, or names with commas between them.
    #[arg(long, default_value = "all", value_delimiter = ',')]
    zones: Vec<String>,
    /// The first year.
    #[arg(long, default_value_t = 2024, value_parser = clap::value_parser!(i16).range(1970..=2100))]
    from: i16,
    /// The last year.
    #[arg(long, default_value_t = 2040, value_parser = clap::value_parser!(i16).range(1970..=2100))]
    until: i16,
    /// Print the results as JSON.
    #[arg(long)]
    json: bool,
}

/// Sweeps, and says what was found.
pub fn run(arguments: &CalendarArgs) -> anyhow::Result<ExitCode> {
    if arguments.until < arguments.from {
        let (from, until) = (arguments.from, arguments.until);
        return Ok(refused(&format!("{until} comes before {from}: write the earlier year first")));
    }
    let zones = if arguments.zones == ["all"] { all_zones() } else { arguments.zones.clone() };
    let bar = ProgressBar::new(zones.len() as u64).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} zones, {eta} to go").context("a progress bar")?,
    );
    let (from, until) = (new_year(arguments.from)?, new_year(arguments.until + 1)?);
    let swept = match sweep(&zones, from, until, || bar.inc(1)) {
        Ok(swept) => swept,
        Err(name) => {
            let said = format!("`{name}` is not a time zone: write a name such as Europe/Berlin, or all");
            return Ok(refused(&said));
        }
    };
    let seconds = bar.elapsed().as_secs_f64();
    bar.finish_and_clear();
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&swept)?)?;
    } else {
        tell(&mut out, arguments, &swept, seconds)?;
    }
    Ok(if swept.disagreements == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn new_year(year: i16) -> anyhow::Result<Timestamp> {
    Ok(date(year, 1, 1).to_zoned(TimeZone::UTC).context("a year of the calendar")?.timestamp())
}

#[expect(clippy::print_stderr, reason = "whoever typed the command reads what is wrong with it")]
fn refused(said: &str) -> ExitCode {
    eprintln!("wakeup-coach-sim: {said}");
    ExitCode::from(2)
}

fn tell(
    out: &mut impl std::io::Write,
    arguments: &CalendarArgs,
    swept: &Sweep,
    seconds: f64,
) -> std::io::Result<()> {
    let (first, last) = (arguments.from, arguments.until);
    writeln!(out, "{} zones, {first} to {last}, in {seconds:.1} s", swept.zones)?;
    for (what, count) in [
        ("clock changes", swept.changes),
        ("times compared", swept.times),
        ("rung at the end of a gap", swept.gaps),
        ("rung the first time of two", swept.folds),
        ("on a date that is missing", swept.missing),
        ("disagreements", swept.disagreements),
    ] {
        writeln!(out, "  {what:<28}{count:>12}")?;
    }
    swept.shown.iter().try_for_each(|line| writeln!(out, "{line}"))
}
