//! A whole morning in one process: the daemon, the built-in exchange and the built-in coach, on a clock
//! that can be moved. The demo shows it, the tests hold it to account.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Time;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use secrecy::SecretString;
use url::Url;

use super::{CarrierAccount, LOCAL_ORIGIN, Launch, LocalLine, Running, Scratch};
use crate::calls::CallPolicy;
use crate::clock::{Clock as _, ManualClock};
use crate::config::{DoorbellSettings, KeepSettings, NotifySettings};
use crate::doctor::Background;
use crate::domain::ids::{ScheduleId, SleeperId};
use crate::domain::mode::Probability;
use crate::domain::phone::PhoneNumber;
use crate::domain::policy::{CheckCalls, MorningPolicy};
use crate::domain::schedule::{Rule, Weekdays};
use crate::realtime::openai::ModelSettings;
use crate::scheduler::plan::plan_ahead;
use crate::simulator::openai::Models;
use crate::simulator::pace::Pace;
use crate::simulator::twilio::Exchange;
use crate::store::Store;
use crate::store::schedules::Schedule;
use crate::store::sleepers::Sleeper;
use crate::traditional::ChatSettings;
use crate::zones::Zones;

/// A way between the daemon and the far side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Road {
    /// From the exchange to the daemon: webhooks and media sockets.
    Line,
    /// From the daemon to the exchange: its REST API.
    Rest,
    /// From the daemon to the models: sessions and chat.
    Model,
}

/// Whose way leads elsewhere first: is told where a road ends, and says where it is to begin.
#[derive(Clone)]
pub struct Detour(pub Arc<dyn Fn(Road, SocketAddr) -> SocketAddr + Send + Sync>);

impl fmt::Debug for Detour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Detour")
    }
}

/// What kind of morning.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "switches that have nothing to do with each other")]
pub struct RehearsalPlan {
    /// When it begins.
    pub start: Timestamp,
    /// How fast time runs: 1 is real time.
    pub speed: f64,
    /// Whether the wall clock runs along, or stands until it is moved.
    pub flowing: bool,
    /// How calls are made.
    pub policy: CallPolicy,
    /// What the mornings of its rules ask for.
    pub morning: MorningPolicy,
    /// How the owner is told of what went wrong.
    pub notify: NotifySettings,
    /// What is kept, and for how long; backups are made where a story asks for them.
    pub keep: KeepSettings,
    /// Whether jumps of the clock are told; off, since stories jump.
    pub watch_clock: bool,
    /// Where chance starts.
    pub seed: u64,
    /// Calls that the carrier dials in a second; the others wait.
    pub calls_per_second: f64,
    /// Who may tell that the doorbell was touched.
    pub doorbell: DoorbellSettings,
    /// Whether unsigned media handshakes are refused.
    pub enforce_stream_signature: bool,
    /// Whether the owner's paths have a port of their own.
    pub admin_apart: bool,
    /// How long live calls may go on at the end.
    pub stop_grace: Duration,
    /// What the doctor is told.
    pub background: Background,
    /// What stands between the daemon and the far side; nothing in most stories.
    pub detour: Option<Detour>,
}

impl RehearsalPlan {
    /// A morning that begins at `start`, at `speed`.
    pub fn at(start: Timestamp, speed: f64) -> Self {
        Self {
            start,
            speed,
            flowing: true,
            policy: CallPolicy::default(),
            // Most stories end when she is up; those of check calls ask for them.
            morning: MorningPolicy { check: CheckCalls::Off, ..MorningPolicy::default() },
            notify: NotifySettings::default(),
            keep: KeepSettings { backups: 0, ..KeepSettings::default() },
            watch_clock: false,
            seed: 1,
            calls_per_second: 1.0,
            enforce_stream_signature: true,
            doorbell: DoorbellSettings::default(),
            admin_apart: false,
            stop_grace: Duration::from_secs(30),
            background: Background::rehearsal(),
            detour: None,
        }
    }

    fn way(&self, road: Road, to: SocketAddr) -> SocketAddr {
        self.detour.as_ref().map_or(to, |Detour(by)| by(road, to))
    }

    /// The same address, by another way if there is one.
    fn way_of(&self, road: Road, url: &mut Url) -> anyhow::Result<()> {
        if self.detour.is_some() {
            let there = *url.socket_addrs(|| None)?.first().context("the far side has an address")?;
            let by = self.way(road, there);
            url.set_ip_host(by.ip()).map_err(|()| anyhow::anyhow!("{by} is no host"))?;
            url.set_port(Some(by.port())).map_err(|()| anyhow::anyhow!("{by} has no port"))?;
        }
        Ok(())
    }
}

/// The morning itself.
pub struct Rehearsal {
    /// Time, to be moved.
    pub clock: Arc<ManualClock>,
    /// The daemon.
    pub running: Running,
    /// Time zones, for rules that are added and for the next daemon.
    pub zones: Arc<Zones>,
    /// The database.
    pub store: Store,
    /// Opens the owner's paths.
    pub admin_token: SecretString,
    house: Box<House>,
    rng: StdRng,
}

/// What outlives a daemon: its disk, its accounts and the far side.
struct House {
    plan: RehearsalPlan,
    scratch: Scratch,
    local: LocalLine,
    carrier: CarrierAccount,
    realtime: ModelSettings,
    chat: ChatSettings,
    zones: Arc<Zones>,
    clock: Arc<ManualClock>,
    admin_token: SecretString,
}

impl House {
    /// Starts a daemon on a free port and on the one database, and lets the exchange find it.
    async fn start_daemon(&self, rng: StdRng) -> anyhow::Result<(Store, Running)> {
        let database = self.scratch.file("coach.db");
        let store = Store::open(&database).await?;
        let launch = Launch {
            database,
            listen: ([127, 0, 0, 1], 0).into(),
            admin_listen: None,
            public: LOCAL_ORIGIN.parse()?,
            carrier: self.carrier.clone(),
            realtime: Some(self.realtime.clone()),
            chat: Some(self.chat.clone()),
            obstacle: None,
            notify: self.plan.notify.clone(),
            keep: self.plan.keep.clone(),
            admin_token: self.admin_token.clone(),
            doorbell: self.plan.doorbell.clone(),
            enforce_stream_signature: self.plan.enforce_stream_signature,
            policy: self.plan.policy.clone(),
            background: self.plan.background.clone(),
            stop_grace: self.plan.stop_grace,
            watchdog: None,
            zones: Arc::clone(&self.zones),
            clock: self.clock.clone(),
            watch_clock: self.plan.watch_clock,
            time_speed: self.plan.speed,
            rng,
        };
        let listener = tokio::net::TcpListener::bind(launch.listen).await?;
        self.local.reach(self.plan.way(Road::Line, listener.local_addr()?));
        let admin_listener = if self.plan.admin_apart {
            Some(tokio::net::TcpListener::bind(launch.listen).await?)
        } else {
            None
        };
        let running = Running::start_on(launch, store.clone(), listener, admin_listener).await?;
        Ok((store, running))
    }
}

impl Rehearsal {
    /// Starts everything on free ports of this machine.
    pub async fn start(plan: RehearsalPlan) -> anyhow::Result<Self> {
        let mut rng = StdRng::seed_from_u64(plan.seed);
        // Names of files and accounts must not collide between processes, whatever the seed.
        let scratch = Scratch::new(&mut rand::make_rng::<StdRng>())?;
        let clock = if plan.flowing {
            ManualClock::flowing(plan.start, plan.speed)
        } else {
            ManualClock::standing(plan.start, plan.speed)
        };
        let pace = Pace::new(plan.speed);
        let wall = Arc::clone(&clock);
        let (exchange, mut carrier) =
            LocalLine::exchange_at(pace, plan.calls_per_second, Arc::new(move || wall.now()), &mut rng)
                .await?;
        let (models, mut realtime, mut chat) = LocalLine::models(pace, &mut rng).await?;
        plan.way_of(Road::Rest, &mut carrier.api_url)?;
        plan.way_of(Road::Model, &mut realtime.base_url)?;
        chat.base_url.clone_from(&realtime.base_url);
        let local = LocalLine { exchange: Some(exchange), models: Some(models) };
        let zones = Arc::new(Zones::bundled());
        let admin_token: SecretString = "rehearsal-admin-token".into();
        let house = Box::new(House {
            scratch,
            local,
            carrier,
            realtime,
            chat,
            zones: Arc::clone(&zones),
            clock: Arc::clone(&clock),
            admin_token: admin_token.clone(),
            plan,
        });
        let seed = StdRng::seed_from_u64(house.plan.seed);
        let (store, running) = Box::pin(house.start_daemon(seed)).await?;
        Ok(Self { clock, running, zones, store, admin_token, house, rng })
    }

    /// Kills the daemon: what it was about to write is lost, what it asked of others may happen.
    pub async fn crash(&mut self) -> anyhow::Result<()> {
        self.running.crash().await
    }

    /// Starts a daemon again on the database that the last one left behind.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.house.zones = Arc::clone(&self.zones);
        // The same draws again would give new attempts the names of old ones.
        let rng = StdRng::from_seed(self.rng.random());
        (self.store, self.running) = Box::pin(self.house.start_daemon(rng)).await?;
        Ok(())
    }

    /// The account at the exchange: what opens its API, and what it signs with.
    pub fn carrier_account(&self) -> &CarrierAccount {
        &self.house.carrier
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.house.scratch.file("coach.db")
    }

    /// The telephone network.
    pub fn exchange(&self) -> &Exchange {
        self.house.local.exchange.as_ref().expect("a rehearsal has its own exchange")
    }

    /// The models.
    pub fn models(&self) -> &Models {
        self.house.local.models.as_ref().expect("a rehearsal has its own models")
    }

    /// Adds somebody to wake.
    pub async fn add_sleeper(&mut self, name: &str, number: &str) -> anyhow::Result<Sleeper> {
        let now = self.clock.now();
        let sleeper = Sleeper {
            id: SleeperId::new(now, &mut self.rng),
            name: Some(name.to_owned()),
            phone_number: PhoneNumber::parse(number)?,
            language: "en-US".to_owned(),
        };
        let mut change = self.store.change().await?;
        change.add_sleeper(&sleeper, now).await?;
        change.commit().await?;
        Ok(sleeper)
    }

    /// Adds a weekly rule and plans with it.
    pub async fn add_schedule(
        &mut self,
        sleeper: &Sleeper,
        weekdays: Weekdays,
        at: Time,
        zone: &str,
    ) -> anyhow::Result<()> {
        let now = self.clock.now();
        let id = ScheduleId::new(now, &mut self.rng);
        let rule = Rule::Weekly { weekdays, at };
        let schedule =
            Schedule { policy: self.house.plan.morning, ..Schedule::new(id, sleeper.id, rule, zone, now) };
        let mut change = self.store.change().await?;
        change.add_schedule(&schedule, now).await?;
        change.commit().await?;
        plan_ahead(&self.store, &self.zones, now, &mut self.rng).await?;
        Ok(())
    }

    /// What the mornings of rules that are added now ask for.
    pub fn asked_for(&self) -> MorningPolicy {
        self.house.plan.morning
    }

    /// What the mornings of rules that are added from now on ask for.
    pub fn ask_for(&mut self, morning: MorningPolicy) {
        self.house.plan.morning = morning;
    }

    /// Stores the probability of realtime mode.
    pub async fn set_probability(&self, probability: Probability) -> anyhow::Result<()> {
        let mut change = self.store.change().await?;
        change.set_probability(probability, self.clock.now()).await?;
        change.commit().await?;
        Ok(())
    }

    /// Moves the wall clock forward to `to`, and has the dispatcher look.
    pub fn jump_to(&self, to: Timestamp) {
        if to > self.clock.now() {
            self.clock.set(to);
        }
        self.running.bells.dispatch.notify_one();
    }

    /// Stops the daemon, then the far side.
    pub async fn stop(self) -> anyhow::Result<()> {
        let stopped = self.running.stop().await;
        self.house.local.stop().await;
        stopped
    }
}
