//! One trial's world: a directory with a database, people to wake in the next minutes, and the far side.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum as _;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::process::Process;
use crate::clock::SharedClock;
use crate::config::FastTime;
use crate::domain::ids::{ScheduleId, SleeperId};
use crate::domain::mode::Probability;
use crate::domain::phone::PhoneNumber;
use crate::domain::policy::{CheckCalls, MorningPolicy};
use crate::domain::schedule::Rule;
use crate::planted;
use crate::store::Store;
use crate::store::schedules::Schedule;
use crate::store::sleepers::Sleeper;
use crate::trials::exchange::{ACCOUNT, FROM, KEY, PUBLIC, TOKEN, Whereabouts};
use crate::trials::ledger::Ledger;
use crate::trials::people::{self, Who};

/// How long a program may take to start on a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Below the range from which the system gives ports away: nobody else takes ours between two lives.
const PORTS: std::ops::Range<u16> = 20_000..30_000;
/// The first wake-up comes so long after the world was made, simulated, and by the machine's own clock.
const LEAD: Duration = Duration::from_secs(20);
const LEAD_REAL: Duration = Duration::from_millis(1_500);

/// The programs under trial.
#[derive(Debug, Clone)]
pub struct Programs {
    /// `wakeup-coach`.
    pub daemon: PathBuf,
    /// `wakeup-coach-sim`.
    pub sim: PathBuf,
}

/// What a world looks like.
#[derive(Debug, Clone, Copy)]
pub struct WorldPlan {
    /// Draws people and deaths.
    pub seed: u64,
    /// How many people are to be woken, once each.
    pub people: usize,
    /// Simulated time between two wake-ups.
    pub spacing: Duration,
    /// How fast its time runs.
    pub speed: f64,
    /// Who they are.
    pub who: Who,
    /// How often a call is in realtime mode.
    pub realtime: f64,
}

/// See the module.
pub struct World {
    /// Where everything lies; removed with the world unless it is kept.
    pub home: PathBuf,
    /// Whether the directory stays when the world ends.
    pub keep: bool,
    /// How its time runs.
    pub time: FastTime,
    programs: Programs,
    port: u16,
    exchange: Process,
    found: Whereabouts,
    clock: SharedClock,
}

impl World {
    /// Makes the world; time in it runs from now on.
    pub async fn make(plan: WorldPlan, programs: &Programs, clock: &SharedClock) -> anyhow::Result<Self> {
        // Two trials at once must not meet, whatever their seeds.
        let mut chance = rand::make_rng::<StdRng>();
        let home = std::env::temp_dir().join(format!("wakeup-trial-{:016x}", chance.random::<u64>()));
        std::fs::create_dir(&home).with_context(|| format!("making {}", home.display()))?;
        let port = free_port(&mut chance)?;
        let time = FastTime { origin: clock.now(), speed: plan.speed };
        let arguments = format!(
            "exchange --daemon {port} --people {} --seed {} --speed {} --origin {}",
            plan.people, plan.seed, plan.speed, time.origin
        );
        let who = plan.who.to_possible_value().context("everybody has a name")?;
        let arguments = format!("{arguments} --who {}", who.get_name());
        let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
        let mut exchange = Process::start(&programs.sim, &arguments, &[], &home, clock)?;
        let line = exchange.first_line(PATIENCE).await?;
        let found = serde_json::from_str(&line)
            .with_context(|| format!("the exchange said `{line}`:\n{}", exchange.log()))?;
        let programs = programs.clone();
        let world = Self { home, keep: false, time, programs, port, exchange, found, clock: clock.clone() };
        world.people(plan).await?;
        Ok(world)
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.home.join("coach.db")
    }

    /// What time it is here.
    pub fn now(&self) -> Timestamp {
        self.time.at(self.clock.now())
    }

    /// Starts the daemon, with `extra` in its environment.
    pub fn daemon(&self, extra: &[(&str, String)]) -> anyhow::Result<Process> {
        self.daemon_by(&self.programs.daemon, &[], extra)
    }

    /// Starts the daemon by another program, such as `strace`, which is given its own arguments first.
    pub fn daemon_by(
        &self,
        program: &Path,
        arguments: &[String],
        extra: &[(&str, String)],
    ) -> anyhow::Result<Process> {
        let mut variables = self.variables();
        variables.extend(extra.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Process::start(program, arguments, &variables, &self.home, &self.clock)
    }

    fn variables(&self) -> Vec<(String, String)> {
        let all = [
            ("DATABASE_URL", format!("sqlite://{}", self.database().display())),
            ("TWILIO_ACCOUNT_SID", ACCOUNT.to_owned()),
            ("TWILIO_AUTH_TOKEN", TOKEN.to_owned()),
            ("TWILIO_PHONE_NUMBER", FROM.to_owned()),
            ("TWILIO_API_URL", self.found.twilio.clone()),
            ("OPENAI_BASE_URL", self.found.openai.clone()),
            ("OPENAI_API_KEY", KEY.to_owned()),
            ("BASE_URL", PUBLIC.to_owned()),
            ("PORT", self.port.to_string()),
            ("ADMIN_TOKEN", "admin-token-of-a-trial".to_owned()),
            ("WAKEUP_NOTIFY_WEBHOOK", format!("{}/notices", self.found.control)),
            ("WAKEUP_STOP_GRACE_SECS", "20".to_owned()),
            // Pacing is not what these trials are about.
            ("WAKEUP_CALLS_PER_SECOND", "30".to_owned()),
            ("TZ", "UTC".to_owned()),
            ("WAKEUP_COACH_TIME", format!("{}@{}", self.time.speed, self.time.origin)),
        ];
        // A fault planted in the trial is meant for the daemon.
        let planted = std::env::var(planted::VARIABLE).ok().map(|name| (planted::VARIABLE, name));
        all.into_iter().chain(planted).map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The programs under trial.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// The carrier's books as they are now.
    pub async fn ledger(&self) -> anyhow::Result<Ledger> {
        let books = crate::http::client().get(format!("{}/ledger", self.found.control)).send().await?;
        Ok(books.error_for_status()?.json().await?)
    }

    /// The daemon's port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the exchange logged.
    pub fn exchange_log(&self) -> String {
        self.exchange.log()
    }

    /// Writes people and their wake-ups down, as the command line would, before the daemon's first start.
    async fn people(&self, plan: WorldPlan) -> anyhow::Result<()> {
        let mut rng = StdRng::seed_from_u64(plan.seed);
        let store = Store::open(&self.database()).await?;
        let now = self.now();
        let lead = LEAD.max(LEAD_REAL.mul_f64(plan.speed));
        let first_at = now.saturating_add(SignedDuration::try_from(lead)?)?;
        let mut change = store.change().await?;
        change.set_probability(Probability::new(plan.realtime)?, now).await?;
        for index in 0..plan.people {
            let sleeper = Sleeper {
                id: SleeperId::new(now, &mut rng),
                name: Some(format!("Anna {index}")),
                phone_number: PhoneNumber::parse(&people::number(index))?,
                language: "en-US".to_owned(),
            };
            change.add_sleeper(&sleeper, now).await?;
            let after = plan.spacing * u32::try_from(index)?;
            let due = first_at.saturating_add(SignedDuration::try_from(after)?)?.to_zoned(TimeZone::UTC);
            let at = due.time().round(jiff::Unit::Second)?;
            let rule = Rule::Once { date: due.date(), at };
            let id = ScheduleId::new(now, &mut rng);
            let schedule = Schedule { policy: policy(), ..Schedule::new(id, sleeper.id, rule, "UTC", now) };
            change.add_schedule(&schedule, now).await?;
        }
        change.commit().await?;
        store.close().await;
        Ok(())
    }
}

/// A morning that is quick to live through: short rings, short waits, and a goodbye ends it.
fn policy() -> MorningPolicy {
    MorningPolicy {
        word_is_enough: true,
        check: CheckCalls::Off,
        ring_secs: 10,
        redial_after_secs: [15; 4],
        calls_allowed: 12,
        deadline_mins: 60,
        snoozes: 0,
        ..MorningPolicy::DEFAULT
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !self.keep {
            // Left-overs in the temporary directory are untidy, not wrong.
            let _ = std::fs::remove_dir_all(&self.home);
        }
    }
}

fn free_port(chance: &mut StdRng) -> anyhow::Result<u16> {
    (0..100)
        .map(|_| chance.random_range(PORTS))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .context("no port below the usual ones is free")
}
