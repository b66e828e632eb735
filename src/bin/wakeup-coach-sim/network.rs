//! `network`: the real daemon behind a bad network.

use std::io::Write as _;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use wakeup_coach::trials::crash::speed as speed_of;
use wakeup_coach::trials::interrupt::{exit_code, until_pressed};
use wakeup_coach::trials::network::{NetworkPlan, Report, run as live};

/// How much of it.
#[derive(Debug, clap::Args)]
pub struct NetworkArgs {
    /// How many wake-ups; a hundred share one daemon.
    #[arg(long, default_value_t = 2_000, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    scenarios: usize,
    /// Draws people and weather; each further hundred takes the next one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Daemons at the same time.
    #[arg(long, default_value_t = 2, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    jobs: usize,
    /// How many times as fast as the machine's time runs.
    #[arg(long, default_value_t = 20.0, value_parser = speed_of)]
    speed: f64,
    /// Let nothing befall anybody.
    #[arg(long)]
    calm: bool,
    /// Print the results as JSON.
    #[arg(long)]
    json: bool,
}

/// Lives through it, and says what came of it.
pub async fn run(arguments: &NetworkArgs) -> anyhow::Result<ExitCode> {
    let NetworkArgs { scenarios, seed, jobs, speed, calm, json } = *arguments;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} wake-ups, {elapsed}, {eta} to go {msg}")?;
    let bar = ProgressBar::new(scenarios as u64).with_style(style);
    let plan = NetworkPlan { scenarios, seed, jobs, speed, calm };
    let mut report = Report::new(&plan);
    let interrupted = until_pressed(live(plan, &bar, &mut report)).await?;
    let seconds = bar.elapsed().as_secs_f64();
    bar.finish_and_clear();
    if interrupted {
        writeln!(std::io::stderr(), "Interrupted: this is what came of the worlds that were over by then.")?;
    }
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        writeln!(out, "{} worlds from seed {seed} in {seconds:.1} s", report.worlds)?;
        write!(out, "{report}")?;
    }
    Ok(exit_code(report.is_clean(), interrupted))
}
