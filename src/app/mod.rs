//! Builds every part, runs the services, stops them in order.
//!
//! [`Launch`] says what to build, [`Running`] is the running daemon. The command line makes a launch from
//! the configuration ([`from_config`]), the demo and the tests make their own.

mod doctor;
mod follow;
mod from_config;
mod local;
mod open;
mod rehearsal;
mod running;
mod scratch;
mod seed;
mod summary;
pub mod supervisor;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use secrecy::SecretString;
use url::Url;

pub use self::doctor::examine;
pub use self::from_config::{Daemon, from_config};
pub use self::local::{LOCAL_ORIGIN, LocalLine};
pub use self::open::open_store;
pub use self::rehearsal::{Detour, Rehearsal, RehearsalPlan, Road};
pub use self::running::Running;
pub use self::scratch::Scratch;
pub use self::seed::seed;
pub use self::summary::{NextWakeUp, next_wake_ups};
use crate::calls::CallPolicy;
use crate::clock::SharedClock;
use crate::config::{DoorbellSettings, KeepSettings, NotifySettings};
use crate::doctor::Background;
use crate::domain::mode::ModeReason;
use crate::domain::phone::PhoneNumber;
use crate::realtime::openai::ModelSettings;
use crate::telephony::client::Credentials;
use crate::traditional::ChatSettings;
use crate::zones::Zones;

/// The carrier's account, as a client sees it.
#[derive(Debug, Clone)]
pub struct CarrierAccount {
    /// Where its API is.
    pub api_url: Url,
    /// The account.
    pub account_sid: String,
    /// What opens it.
    pub credentials: Credentials,
    /// What signs its webhooks: two while one replaces the other.
    pub signing_tokens: Vec<SecretString>,
    /// The number we call from.
    pub from: PhoneNumber,
}

/// Everything a daemon is built from; nothing in it has an effect yet.
pub struct Launch {
    /// The database file.
    pub database: PathBuf,
    /// Where the carrier's paths are served, and all others unless `admin_listen` is set.
    pub listen: SocketAddr,
    /// Where the owner's paths are served, if elsewhere.
    pub admin_listen: Option<SocketAddr>,
    /// The address by which the carrier finds us.
    pub public: Url,
    /// The carrier.
    pub carrier: CarrierAccount,
    /// The realtime model; `None` when there is none.
    pub realtime: Option<ModelSettings>,
    /// The chat model; `None` leaves the scripted lines.
    pub chat: Option<ChatSettings>,
    /// A lasting reason why realtime cannot work.
    pub obstacle: Option<ModeReason>,
    /// How the owner is told of what went wrong.
    pub notify: NotifySettings,
    /// What is kept, and for how long.
    pub keep: KeepSettings,
    /// Opens the owner's paths.
    pub admin_token: SecretString,
    /// Who may tell that the doorbell was touched.
    pub doorbell: DoorbellSettings,
    /// Whether an unsigned media handshake is refused or only logged.
    pub enforce_stream_signature: bool,
    /// How calls are made.
    pub policy: CallPolicy,
    /// What the doctor cannot learn from the other parts.
    pub background: Background,
    /// How long live calls may go on when the program is asked to stop.
    pub stop_grace: Duration,
    /// How long the service manager waits for a sign of life; `None` when there is none that does.
    pub watchdog: Option<Duration>,
    /// Time zones.
    pub zones: Arc<Zones>,
    /// Time.
    pub clock: SharedClock,
    /// Whether a wall clock that jumps, or cannot be right, is somebody's trouble and not a story's doing.
    pub watch_clock: bool,
    /// How fast `clock` runs: 1 unless time is sped up.
    pub time_speed: f64,
    /// Chance.
    pub rng: StdRng,
}

/// Writes the sleeper's words down; those of the `whisper` and `gpt-4o` families are going away.
const TRANSCRIPTION_MODEL: &str = "gpt-transcribe";

/// The settings of a Realtime server that takes its key as a bearer token.
fn model_settings(base_url: Url, api_key: SecretString, model: &str, voice: &str) -> ModelSettings {
    ModelSettings {
        base_url,
        api_key,
        auth_header: "authorization".to_owned(),
        auth_scheme: Some("Bearer".to_owned()),
        model: model.to_owned(),
        voice: voice.to_owned(),
        transcription_model: TRANSCRIPTION_MODEL.to_owned(),
        safety_identifier: None,
    }
}
