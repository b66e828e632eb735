//! The real daemon behind a bad network: web, media and pump code, HTTP clients and database as they are,
//! over real sockets, with a relay on each road that resets, holds, swallows, slows and garbles by seed.
//!
//! A [`world`] is one daemon with its carrier and models and dozens of people to wake; [`weather`] draws what
//! befalls each connection, [`relay`] and [`flow`] make it so, [`scenario`] draws the people, [`judge`] reads
//! both ledgers at the end. A seed draws the same weather and people again; which bytes meet it is up to the
//! machine's own timing, so a replay is very like, and not the same.

pub mod judge;
pub mod relay;
pub mod report;
pub mod scenario;
pub mod weather;
pub mod world;

mod flow;

use anyhow::Context as _;
use indicatif::ProgressBar;
use tokio::task::JoinSet;

pub use self::report::{Counts, Report};
pub use self::world::{WorldPlan, live};

/// People in one world: the start of a daemon is shared by as many.
pub const SCENARIOS_IN_A_WORLD: usize = 100;

/// What to try.
#[derive(Debug, Clone, Copy)]
pub struct NetworkPlan {
    /// How many wake-ups.
    pub scenarios: usize,
    /// Draws people and weather; each further world takes the next one.
    pub seed: u64,
    /// Worlds at the same time.
    pub jobs: usize,
    /// How many times as fast as the machine's time runs.
    pub speed: f64,
    /// Whether the sun shines.
    pub calm: bool,
}

/// Lives through as many worlds as the scenarios need, and reports world by world.
pub async fn run(plan: NetworkPlan, bar: &ProgressBar, whole: &mut Report) -> anyhow::Result<()> {
    let (mut left, mut seed) = (plan.scenarios, plan.seed);
    let mut worlds: JoinSet<(WorldPlan, anyhow::Result<world::Lived>)> = JoinSet::new();
    loop {
        while left > 0 && worlds.len() < plan.jobs.max(1) {
            let scenarios = left.min(SCENARIOS_IN_A_WORLD);
            let one = WorldPlan { seed, scenarios, speed: plan.speed, calm: plan.calm };
            worlds.spawn(async move { (one, live(one).await) });
            (left, seed) = (left - scenarios, seed + 1);
        }
        let Some(ended) = worlds.join_next().await else { return Ok(()) };
        let (one, lived) = ended.context("a world panicked")?;
        whole.add(one, lived.with_context(|| format!("in the world of seed {}", one.seed))?);
        bar.inc(one.scenarios as u64);
        bar.set_message(format!("{} broken", whole.broken.len()));
    }
}
