//! `demo`: whole wake-ups against the built-in exchange and coach, printed as they happen.
//!
//! [`scenes`] says who sleeps how, [`stage`] plays a scene, [`printer`] shows it, [`report`] sums up.

mod doorbell;
mod printer;
mod report;
mod scenes;
mod stage;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use self::printer::Printer;
use self::scenes::Scene;
use crate::app::{Rehearsal, RehearsalPlan};
use crate::calls::CallPolicy;
use crate::domain::policy::{CheckCalls, MorningPolicy};

/// How much faster than real time `--fast` is.
const FAST: f64 = 30.0;
/// The demo's phone rings shorter than a real one, so that nobody has to wait for "no answer".
const RING_TIMEOUT: Duration = Duration::from_secs(5);
/// Where the recordings go unless told otherwise.
const WAV_DIRECTORY: &str = "demo-wav";

/// Which wake-ups to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Show {
    /// A live conversation.
    Realtime,
    /// Say, listen, say again.
    Traditional,
    /// A live conversation whose model dies in the middle.
    Fallback,
    /// Nobody answers, then she does.
    Unanswered,
    /// Part of a story, and not to be asked for by itself.
    #[value(skip)]
    Story,
}

/// A longer tale than a scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Story {
    /// No answer, busy, asleep again, called back, a sum failed and passed, the doorbell, the check call.
    BadMorning,
}

/// Shows whole wake-ups with a simulated sleeper: no account, no network.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Show only this one.
    #[arg(long, value_enum)]
    mode: Option<Show>,
    /// Play this story in place of the scenes.
    #[arg(long, value_enum, conflicts_with = "mode")]
    story: Option<Story>,
    /// Speed time up.
    #[arg(long)]
    fast: bool,
    /// Where to put a stereo recording of each call (left she, right the coach).
    #[arg(long, value_name = "DIR", default_value = WAV_DIRECTORY)]
    wav: PathBuf,
    /// Print one JSON document at the end in place of the transcript and the table.
    #[arg(long)]
    json: bool,
}

/// Plays the scenes; exit code 1 when any sleeper was not up at the end.
pub async fn run(arguments: &DemoArgs) -> anyhow::Result<ExitCode> {
    let speed = if arguments.fast { FAST } else { 1.0 };
    std::fs::create_dir_all(&arguments.wav)
        .with_context(|| format!("cannot make the directory {} for recordings", arguments.wav.display()))?;
    let policy = CallPolicy { ring_timeout: Some(RING_TIMEOUT), ..CallPolicy::default() };
    // The scenes are about calls: a goodbye is enough, and nobody checks later.
    let morning = MorningPolicy { check: CheckCalls::Off, word_is_enough: true, ..MorningPolicy::default() };
    let mut plan = RehearsalPlan { policy, morning, ..RehearsalPlan::at(scenes::begins_at(), speed) };
    let chosen: Vec<Scene> = match arguments.story {
        Some(Story::BadMorning) => {
            plan.morning = scenes::BAD_MORNING;
            plan.doorbell = doorbell::settings();
            vec![scenes::bad_morning()]
        }
        None => scenes::all().into_iter().filter(|scene| wanted(arguments.mode, scene.show)).collect(),
    };
    let mut morning = Rehearsal::start(plan).await?;
    let printer = Printer::new(!arguments.json);
    let sleeper = scenes::prepare(&mut morning).await?;
    let mut results = Vec::new();
    for scene in &chosen {
        results.push(stage::play(&morning, &sleeper, scene, &printer, &arguments.wav).await?);
    }
    morning.stop().await?;
    if arguments.json {
        report::print_json(&results)?;
    } else {
        report::print_table(&results, &arguments.wav);
    }
    let all_up = results.iter().all(report::SceneResult::is_up);
    Ok(if all_up { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn wanted(asked: Option<Show>, show: Show) -> bool {
    asked.is_none_or(|asked| asked == show)
}
