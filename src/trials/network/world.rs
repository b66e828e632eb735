//! One world: a daemon, a carrier and models with relays between them, and people to wake; lived to its end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::judge::{self, Judgement};
use super::relay::{Relay, RoadPlan, Struck};
use super::scenario::Scenario;
use super::weather::{draw_closures, is_live};
use crate::app::{Detour, Rehearsal, RehearsalPlan, Road};
use crate::calls::CallPolicy;
use crate::clock::{self, Clock as _, SharedClock, SystemClock};
use crate::coach::silence::SilencePolicy;
use crate::domain::ids::{OccurrenceId, ScheduleId, SleeperId};
use crate::domain::mode::Probability;
use crate::domain::phone::PhoneNumber;
use crate::domain::schedule::Rule;
use crate::scheduler::plan::plan_ahead;
use crate::simulator::pace::Pace;
use crate::store::schedules::Schedule;
use crate::store::sleepers::Sleeper;
use crate::trials::people;

/// When its time begins.
const START: &str = "2026-03-02T05:00:00Z";
/// The first wake-up comes so long after that, simulated, and by the machine's own clock.
const LEAD: Duration = Duration::from_secs(10);
const LEAD_REAL: Duration = Duration::from_millis(1_500);
/// Simulated time between two wake-ups: at any time dozens of calls are under way.
const SPACING: Duration = Duration::from_secs(3);
/// What a wake-up may take after the last is due, for drawing the closures of roads.
const TAIL: Duration = Duration::from_mins(5);
/// How long it may take, by the machine's clock, until all is settled.
const SETTLED_WITHIN: Duration = Duration::from_mins(4);
/// And how long until what was open is closed.
const CLOSED_WITHIN: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A carrier that shows its calls late, as a loaded machine's does.
const SETTLE: Duration = Duration::from_secs(20);
/// Pacing is not what these trials are about.
const CALLS_PER_SECOND: f64 = 50.0;
/// How often a call is in realtime mode: more, and the machine is busy with audio instead of breaking.
const REALTIME: f64 = 0.2;
/// The same in a world of conversations, where there is more time between two wake-ups for that reason.
const LIVE_REALTIME: f64 = 0.9;
const LIVE_SPACING: Duration = Duration::from_secs(12);

/// What a world is like.
#[derive(Debug, Clone, Copy)]
pub struct WorldPlan {
    /// Draws people and weather.
    pub seed: u64,
    /// How many are to be woken.
    pub scenarios: usize,
    /// How fast its time runs.
    pub speed: f64,
    /// Whether the sun shines.
    pub calm: bool,
}

/// The three roads.
pub(super) struct Roads {
    line: Relay,
    rest: Relay,
    model: Relay,
}

impl WorldPlan {
    fn is_live(&self) -> bool {
        !self.calm && is_live(self.seed)
    }

    /// Between two wake-ups.
    fn spacing(&self) -> Duration {
        if self.is_live() { LIVE_SPACING } else { SPACING }
    }

    fn realtime(&self) -> f64 {
        if self.is_live() { LIVE_REALTIME } else { REALTIME }
    }
}

impl Roads {
    fn build(plan: WorldPlan, pace: Pace) -> anyhow::Result<Arc<Self>> {
        let scenarios = u32::try_from(plan.scenarios)?;
        let length = LEAD + plan.spacing() * scenarios + TAIL;
        let relay = |road| {
            let closures = if plan.calm { Vec::new() } else { draw_closures(plan.seed, road, length) };
            Relay::start(RoadPlan { road, seed: (!plan.calm).then_some(plan.seed), pace, closures })
        };
        Ok(Arc::new(Self { line: relay(Road::Line)?, rest: relay(Road::Rest)?, model: relay(Road::Model)? }))
    }

    fn relay(&self, road: Road) -> &Relay {
        match road {
            Road::Line => &self.line,
            Road::Rest => &self.rest,
            Road::Model => &self.model,
        }
    }

    fn detour(self: &Arc<Self>) -> Detour {
        let roads = Arc::clone(self);
        Detour(Arc::new(move |road, to| roads.relay(road).leading_to(to)))
    }

    /// Everything that befell anybody, in order of time.
    fn struck(&self) -> Vec<Struck> {
        let mut all: Vec<_> =
            [&self.line, &self.rest, &self.model].iter().flat_map(|relay| relay.struck()).collect();
        all.sort_by_key(|struck| struck.at);
        all
    }

    fn taken(&self) -> u64 {
        [&self.line, &self.rest, &self.model].iter().map(|relay| relay.taken()).sum()
    }
}

/// What came of a world.
#[derive(Debug)]
pub struct Lived {
    /// What its books say.
    pub judgement: Judgement,
    /// What befell its connections.
    pub struck: Vec<Struck>,
    /// How many connections there were.
    pub connections: u64,
}

/// Lives a world to its end and judges it.
pub async fn live(plan: WorldPlan) -> anyhow::Result<Lived> {
    let start: Timestamp = START.parse()?;
    let roads = Roads::build(plan, Pace::new(plan.speed))?;
    let policy = CallPolicy {
        calls_per_second: CALLS_PER_SECOND,
        settle: SETTLE,
        longest_call: Duration::from_mins(2),
        silence: SilencePolicy {
            nudge_after: Duration::from_secs(5),
            tone_after: Duration::from_secs(9),
            give_up_after: Duration::from_secs(13),
        },
        ..CallPolicy::default()
    };
    let mut rehearsal = Box::pin(Rehearsal::start(RehearsalPlan {
        policy,
        seed: plan.seed,
        calls_per_second: CALLS_PER_SECOND,
        stop_grace: Duration::from_secs(5),
        detour: Some(roads.detour()),
        ..RehearsalPlan::at(start, plan.speed)
    }))
    .await?;
    let ids = people(&mut rehearsal, plan).await?;
    let machine = SystemClock::shared();
    let mut unsettled = settle(&rehearsal, &machine).await?;
    unsettled.extend(closed(&rehearsal, &roads, &machine).await);
    let closures = roads.rest.closures().iter().chain(roads.line.closures());
    let at = |moment: Duration| start.saturating_add(moment).unwrap_or(Timestamp::MAX);
    let mut helpless: Vec<_> = closures.map(|closed| (at(closed.from), at(closed.until))).collect();
    helpless.sort_unstable();
    let mut judgement = judge::judge(&rehearsal, &ids, helpless, SETTLE).await?;
    judgement.broken.extend(unsettled);
    let (struck, connections) = (roads.struck(), roads.taken());
    Box::pin(rehearsal.stop()).await.context("stopping the daemon")?;
    Ok(Lived { judgement, struck, connections })
}

/// Writes people and their wake-ups down; their wake-ups, by who they are.
async fn people(rehearsal: &mut Rehearsal, plan: WorldPlan) -> anyhow::Result<Vec<SleeperId>> {
    let mut rng = StdRng::seed_from_u64(plan.seed);
    let now = rehearsal.clock.now();
    let lead = LEAD.max(LEAD_REAL.mul_f64(plan.speed));
    let mut ids = Vec::new();
    let mut change = rehearsal.store.change().await?;
    change.set_probability(Probability::new(plan.realtime())?, now).await?;
    for index in 0..plan.scenarios {
        let scenario = Scenario::draw(plan.seed, index);
        let number = people::number(index);
        rehearsal.exchange().set_sleeper(&number, scenario.scripts);
        let sleeper = Sleeper {
            id: SleeperId::new(now, &mut rng),
            name: Some(format!("Anna {index}")),
            phone_number: PhoneNumber::parse(&number)?,
            language: "en-US".to_owned(),
        };
        change.add_sleeper(&sleeper, now).await?;
        let after = SignedDuration::try_from(lead + plan.spacing() * u32::try_from(index)?)?;
        let due = now.saturating_add(after)?.to_zoned(TimeZone::UTC);
        let rule = Rule::Once { date: due.date(), at: due.time().round(jiff::Unit::Second)? };
        let id = ScheduleId::new(now, &mut rng);
        let schedule =
            Schedule { policy: scenario.policy, ..Schedule::new(id, sleeper.id, rule, "UTC", now) };
        change.add_schedule(&schedule, now).await?;
        ids.push(sleeper.id);
    }
    change.commit().await?;
    plan_ahead(&rehearsal.store, &rehearsal.zones, now, &mut rng).await?;
    rehearsal.running.bells.dispatch.notify_one();
    Ok(ids)
}

/// Waits until no wake-up and no attempt is open any more; else a sentence for each that is.
async fn settle(rehearsal: &Rehearsal, machine: &SharedClock) -> anyhow::Result<Vec<String>> {
    let store = &rehearsal.store;
    let settled = clock::timeout(&**machine, SETTLED_WITHIN, async {
        while !store.list_coming(1).await?.is_empty() || !store.list_open_attempts().await?.is_empty() {
            machine.sleep(LOOK_EVERY).await;
        }
        anyhow::Ok(())
    });
    if let Ok(looked) = settled.await {
        return looked.map(|()| Vec::new());
    }
    let mut open = Vec::new();
    for occurrence in store.list_coming(100).await? {
        open.push(format!("wake-up {} never ended: {:?}", occurrence.id, occurrence.wake_up));
    }
    for record in store.list_open_attempts().await? {
        open.push(format!("an attempt stayed open: {:?}", record.attempt));
    }
    Ok(open)
}

/// Waits until nothing is going on any more; else a sentence for each thing that is.
async fn closed(rehearsal: &Rehearsal, roads: &Roads, machine: &SharedClock) -> Vec<String> {
    let ended = clock::timeout(&**machine, CLOSED_WITHIN, rehearsal.exchange().idle()).await.is_ok();
    let still_open = || {
        let calls = &rehearsal.running.calls;
        let counts = [
            ("model sessions", rehearsal.models().open_sockets()),
            ("media streams", calls.live_streams()),
            ("connections of the carrier's", roads.line.open()),
            ("tasks of calls", calls.open_tasks()),
        ];
        counts.into_iter().filter(|(_, open)| *open > 0).collect::<Vec<_>>()
    };
    let looking = async {
        while !still_open().is_empty() {
            machine.sleep(LOOK_EVERY).await;
        }
    };
    let all = clock::timeout(&**machine, CLOSED_WITHIN, looking).await;
    let mut left = Vec::new();
    if !ended {
        left.push("a call at the carrier never ended".to_owned());
    }
    if all.is_err() {
        left.extend(still_open().into_iter().map(|(what, open)| format!("{open} {what} stayed open")));
    }
    left
}

/// Wake-ups that the owner cancelled: none here does.
pub(super) fn nothing_cancelled() -> BTreeSet<OccurrenceId> {
    BTreeSet::new()
}
