//! Whom the doctor examines: the parts of a program that runs, or of one that would.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rustls::pki_types::CertificateDer;
use url::Url;

use super::probes::{Probe, Probes};
use crate::clock::SharedClock;
use crate::config::{
    CarrierChoice, Config, ConfigProblems, DatabasePath, ModelChoice, Problem, TunnelPlaces,
};
use crate::domain::phone::PhoneNumber;
use crate::realtime::openai::ModelSettings;
use crate::store::Store;
use crate::telephony::client::Carrier;
use crate::telephony::urls::Addresses;
use crate::zones::Zones;

/// A far side: the real one, or the one built into this program, and why.
#[derive(Debug, Clone)]
pub enum Far {
    /// An account at a vendor.
    Real(String),
    /// Built in.
    BuiltIn(String),
}

impl Far {
    /// Whether no vendor is asked.
    pub fn is_built_in(&self) -> bool {
        matches!(self, Self::BuiltIn(_))
    }

    /// Who it is, as a sentence.
    pub fn sentence(&self) -> &str {
        let (Self::Real(sentence) | Self::BuiltIn(sentence)) = self;
        sentence
    }
}

/// What the owner set, as far as the doctor has to say something about it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What makes no sense; the program does not start with it.
    pub problems: Vec<Problem>,
    /// What is odd but workable.
    pub warnings: Vec<String>,
    /// Who carries the calls.
    pub carrier: Far,
    /// Who speaks.
    pub model: Far,
    /// Where the carrier's paths are served.
    pub listen: SocketAddr,
    /// Whether a document hosted elsewhere speaks when this machine is down.
    pub has_fallback: bool,
    /// Whether a doorbell may tell that she walked to it.
    pub has_doorbell: bool,
    /// Whether the public address follows the tunnel's.
    pub follows_tunnel: bool,
    /// The zone of the environment, if it names one.
    pub zone: Option<String>,
}

impl Settings {
    /// What a configuration says.
    pub fn of(config: &Config) -> Self {
        let carrier = match &config.carrier {
            CarrierChoice::Twilio(_) => Far::Real(config.carrier.sentence()),
            CarrierChoice::LocalLine { .. } => Far::BuiltIn(config.carrier.sentence()),
        };
        let model = match &config.model {
            ModelChoice::OpenAi(_) => Far::Real(config.model.sentence()),
            ModelChoice::BuiltIn { .. } => Far::BuiltIn(config.model.sentence()),
        };
        Self {
            problems: Vec::new(),
            warnings: config.warnings.clone(),
            carrier,
            model,
            listen: config.listen,
            has_fallback: config.fallback_url.is_some(),
            has_doorbell: config.doorbell.is_configured(),
            follows_tunnel: config.follow_tunnel,
            zone: config.seed.zone.clone(),
        }
    }

    /// What can be said when the configuration makes no sense.
    pub fn broken(problems: ConfigProblems) -> Self {
        let unknown = || Far::BuiltIn("Not known before the configuration is right".to_owned());
        Self {
            problems: problems.0,
            warnings: Vec::new(),
            carrier: unknown(),
            model: unknown(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            has_fallback: false,
            has_doorbell: false,
            follows_tunnel: false,
            zone: None,
        }
    }

    /// A rehearsal: everything is built in.
    pub fn rehearsal() -> Self {
        Self {
            carrier: Far::BuiltIn("Calls stay on the local line, because this is a rehearsal".to_owned()),
            model: Far::BuiltIn("The built-in coach speaks, because this is a rehearsal".to_owned()),
            ..Self::broken(ConfigProblems(Vec::new()))
        }
    }
}

/// How the outside world is reached: as everybody reaches it, or as a test arranges.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// Names that lead elsewhere than the name service says.
    pub hosts: Vec<(String, SocketAddr)>,
    /// Authorities trusted beside the usual ones.
    pub roots: Vec<CertificateDer<'static>>,
}

/// What the doctor cannot learn from the program's other parts.
#[derive(Debug, Clone)]
pub struct Background {
    /// What the owner set.
    pub settings: Settings,
    /// How the outside is reached.
    pub outside: Outside,
    /// Where tunnel programs tell of themselves.
    pub tunnels: TunnelPlaces,
    /// The root of the file system that tells about this machine.
    pub host_root: PathBuf,
}

impl Background {
    /// That of a real program.
    pub fn of(config: &Config) -> Self {
        Self {
            settings: Settings::of(config),
            outside: Outside::default(),
            tunnels: config.tunnels.clone(),
            host_root: PathBuf::from("/"),
        }
    }

    /// That of a program whose configuration makes no sense.
    pub fn broken(problems: ConfigProblems) -> Self {
        Self { settings: Settings::broken(problems), ..Self::rehearsal() }
    }

    /// That of a rehearsal, which knows nobody outside.
    pub fn rehearsal() -> Self {
        Self {
            settings: Settings::rehearsal(),
            outside: Outside::default(),
            tunnels: TunnelPlaces::nowhere(),
            host_root: PathBuf::from("/"),
        }
    }
}

/// The account that calls are made with.
#[derive(Debug, Clone)]
pub struct CarrierAccount {
    /// Its API.
    pub carrier: Carrier,
    /// The number we call from.
    pub from: PhoneNumber,
}

/// The database, as far as it can be looked into.
#[derive(Debug, Clone)]
pub enum Records {
    /// Open, at least for reading.
    Open(Store),
    /// There is none yet: nothing was ever started here.
    None,
    /// It cannot be opened, and why.
    Closed(String),
}

/// Everything that is examined.
#[derive(Debug)]
pub struct Patient {
    /// What the owner set, and how to look around.
    pub background: Background,
    /// Where the database lies.
    pub database: DatabasePath,
    /// What is in it.
    pub records: Records,
    /// Time-zone data.
    pub zones: Arc<Zones>,
    /// Where the carrier finds us; `None` when nothing says so.
    pub addresses: Option<Addresses>,
    /// The carrier; `None` when none can be asked.
    pub carrier: Option<CarrierAccount>,
    /// The realtime model; `None` when there is none.
    pub realtime: Option<ModelSettings>,
    /// The chat model's name, at the same server.
    pub chat_model: Option<String>,
    /// Questions that come back by the public address.
    pub probes: Arc<Probes>,
    /// Whether somebody serves those questions; if not, why.
    pub served: Result<(), String>,
    /// Time.
    pub clock: SharedClock,
    /// Chance, for questions nobody can guess.
    pub rng: Mutex<StdRng>,
}

impl Patient {
    /// The database, when it can be read.
    pub(super) fn store(&self) -> Option<&Store> {
        match &self.records {
            Records::Open(store) => Some(store),
            Records::None | Records::Closed(_) => None,
        }
    }

    /// A question of which only we know the answer.
    pub(super) fn probe(&self) -> Probe {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        self.probes.open(&mut *rng, self.clock.elapsed())
    }

    /// The address by which the carrier finds us, when a carrier outside must find us at all.
    pub(super) fn public(&self) -> Option<Url> {
        if self.background.settings.carrier.is_built_in() {
            return None;
        }
        self.addresses.as_ref().map(Addresses::public)
    }
}
