//! The life of a call in either mode, one file a verb.
//!
//! Reading order: [`decide`] is what is to be done about what happened, without I/O; [`act`](Calls::act) claims what is due and dials it, `answer` sends the voice document,
//! `stream` runs a realtime leg, `turn` a traditional turn, `fall_back` moves a call from one to the other,
//! `progress` takes in what the carrier reports, `finish` ends an attempt, `look_up` asks about silence,
//! `reconcile` compares the carrier's list with ours, `surplus` ends a call too many, `alerts` says so,
//! `by_hand`, `one_off` and `inbound` are calls that no schedule asked for, `warn` and `notices` tell others,
//! `restored` draws a line under a backup that was put back, `news` and `recall` are what the coach knows of the day and of earlier mornings.

mod act;
mod alerts;
mod answer;
mod brief;
mod by_hand;
mod canary;
pub mod code;
pub mod decide;
mod dial;
mod error;
mod events;
mod fall_back;
mod finish;
mod inbound;
mod live;
mod look_up;
mod news;
mod notices;
mod one_off;
pub mod pacer;
mod progress;
mod prove;
mod proving;
mod recall;
mod reconcile;
mod restored;
mod shut_down;
mod snooze;
mod stream;
mod surplus;
mod together;
mod turn;
mod warn;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rand::rngs::StdRng;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use self::alerts::AlertBoard;
pub use self::by_hand::CallNow;
pub use self::error::CallError;
pub use self::events::{CallEvent, What};
use self::live::LiveCalls;
pub use self::notices::Telling;
use self::pacer::Pacer;
pub use self::prove::{PlaceProved, PlaceSeen};
pub use self::stream::StreamPass;
use crate::clock::{SharedClock, timeout};
use crate::coach::language::Tongue;
use crate::coach::silence::SilencePolicy;
use crate::domain::burst::CALLS_PER_SECOND;
use crate::domain::ids::{AttemptId, Nonce};
use crate::domain::mode::ModeReason;
use crate::domain::phone::PhoneNumber;
use crate::domain::wake_up::SETTLE;
use crate::notify::Notifier;
use crate::realtime::openai::ModelSettings;
use crate::store::{Store, StoreError};
use crate::telemetry::metrics::Metrics;
use crate::telephony::client::Carrier;
use crate::telephony::urls::Addresses;
use crate::traditional::ChatModel;
use crate::zones::Zones;

/// How long the carrier may take to tell what its clock shows.
const CARRIERS_CLOCK_WITHIN: Duration = Duration::from_secs(5);
/// Events kept for a listener that falls behind; older ones are dropped, never the call.
const EVENTS_KEPT: usize = 1_024;

/// How calls are made.
#[derive(Debug, Clone)]
pub struct CallPolicy {
    /// How long the phone rings; `None` leaves it to each morning's own policy.
    pub ring_timeout: Option<Duration>,
    /// The key that asks for a snooze in a call; `None` for no such key.
    pub snooze_key: Option<char>,
    /// The longest a call may take.
    pub longest_call: Duration,
    /// What to do when nobody speaks.
    pub silence: SilencePolicy,
    /// Whether the carrier listens for answering machines before the coach speaks.
    pub detect_machines: bool,
    /// A document hosted elsewhere, for when this host is down.
    pub fallback_url: Option<Url>,
    /// How many calls the account may begin in a second.
    pub calls_per_second: f64,
    /// How long the carrier may take to list a call that it has taken.
    pub settle: Duration,
}

impl Default for CallPolicy {
    fn default() -> Self {
        Self {
            ring_timeout: None,
            snooze_key: Some('9'),
            longest_call: Duration::from_mins(8),
            silence: SilencePolicy::default(),
            detect_machines: false,
            fallback_url: None,
            calls_per_second: CALLS_PER_SECOND,
            settle: SETTLE,
        }
    }
}

/// What the calls need from the rest of the program.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The telephone network.
    pub carrier: Carrier,
    /// Where the carrier finds us.
    pub addresses: Addresses,
    /// The number we call from.
    pub from: PhoneNumber,
    /// The realtime model; `None` when there is none.
    pub realtime: Option<ModelSettings>,
    /// The chat model; `None` leaves the scripted lines.
    pub chat: Option<ChatModel>,
    /// Tells other people.
    pub notifier: Notifier,
    /// A lasting reason why realtime cannot work.
    pub obstacle: Option<ModeReason>,
    /// Time zones.
    pub zones: Arc<Zones>,
    /// Time.
    pub clock: SharedClock,
    /// Chance.
    pub rng: StdRng,
    /// How calls are made.
    pub policy: CallPolicy,
    /// Rung when something may have become due.
    pub wake: Arc<Notify>,
}

/// Makes calls and sees them through.
pub struct Calls {
    store: Store,
    carrier: Carrier,
    addresses: Addresses,
    from: PhoneNumber,
    realtime: Option<ModelSettings>,
    chat: Option<ChatModel>,
    notifier: Notifier,
    /// Rung when somebody is to be told something.
    courier: Notify,
    /// For news: weather and calendars.
    http: reqwest::Client,
    obstacle: Mutex<Option<ModeReason>>,
    zones: Arc<Zones>,
    clock: SharedClock,
    rng: Mutex<StdRng>,
    policy: CallPolicy,
    pacer: Pacer,
    alerts: AlertBoard,
    metrics: Metrics,
    wake: Arc<Notify>,
    live: LiveCalls,
    events: broadcast::Sender<CallEvent>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Calls {
    /// Puts the parts together; nothing happens until something is due.
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            store: parts.store,
            carrier: parts.carrier,
            addresses: parts.addresses,
            from: parts.from,
            realtime: parts.realtime,
            chat: parts.chat,
            notifier: parts.notifier,
            courier: Notify::new(),
            http: crate::http::client(),
            obstacle: Mutex::new(parts.obstacle),
            zones: parts.zones,
            pacer: Pacer::new(parts.policy.calls_per_second, parts.clock.clone()),
            alerts: AlertBoard::default(),
            metrics: Metrics::default(),
            clock: parts.clock,
            rng: Mutex::new(parts.rng),
            policy: parts.policy,
            wake: parts.wake,
            live: LiveCalls::default(),
            events: broadcast::channel(EVENTS_KEPT).0,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        })
    }

    /// The database, for those who only read.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where the carrier finds us.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Time zones, for those who show times.
    pub fn zones(&self) -> &Zones {
        &self.zones
    }

    /// What happens in calls, as it happens.
    pub fn subscribe(&self) -> broadcast::Receiver<CallEvent> {
        self.events.subscribe()
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// What the carrier's clock shows; `None` when it does not say.
    pub async fn carriers_clock(&self) -> Option<Timestamp> {
        let asked = timeout(&*self.clock, CARRIERS_CLOCK_WITHIN, self.carrier.account()).await;
        asked.ok()?.ok()?.server_date
    }

    /// How many calls the account may begin in a second.
    pub fn calls_per_second(&self) -> f64 {
        self.policy.calls_per_second
    }

    /// A lasting reason why realtime cannot work, as known now.
    pub fn obstacle(&self) -> Option<ModeReason> {
        *self.obstacle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a lasting reason against realtime that was learned at run time (a trial account).
    pub fn set_obstacle(&self, obstacle: Option<ModeReason>) {
        *self.obstacle.lock().unwrap_or_else(PoisonError::into_inner) = obstacle;
    }

    /// Calls whose audio runs through this process now.
    pub fn live_streams(&self) -> usize {
        self.live.streaming()
    }

    /// Tasks that are not finished: dialling, look-ups, streams.
    pub fn open_tasks(&self) -> usize {
        self.tasks.len()
    }

    /// The tongue to speak in a call when all else fails; no database is asked.
    pub fn tongue_of(&self, nonce: &Nonce) -> Tongue {
        self.live.tongue(nonce).unwrap_or(Tongue::ENGLISH)
    }

    fn with_rng<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.rng.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The call goes on without what cannot be written down of it: she has to get up, whoever reads of it later.
fn words_may_be_lost(attempt: AttemptId, written: Result<(), StoreError>) {
    if let Err(error) = written {
        tracing::error!(%attempt, %error, "What was said could not be written down; the call goes on");
    }
}
