//! Environment → [`Config`], once, with every problem reported together.
//!
//! What the owner changes while the program runs (schedules, probability, voice) lives in the store; the
//! environment only seeds it. Nothing here touches the network, and no secret is ever printed.

pub mod admin_token;
mod carrier;
mod database;
mod doorbell;
mod environment;
mod keep;
mod log;
mod model;
mod notify;
mod problems;
mod public_url;
mod reader;
mod seed;
mod trial;
mod tunnel;
mod whereabouts;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

pub use carrier::{ApiKey, CarrierChoice, TwilioSettings};
pub use database::DatabasePath;
pub use doorbell::{DoorbellSettings, event_name};
pub use environment::Environment;
pub use keep::KeepSettings;
pub use log::{LogFormat, LogSettings};
pub use model::{ModelChoice, OpenAiSettings};
pub use notify::NotifySettings;
pub use problems::{ConfigProblems, Problem};
pub use public_url::{NotAPublicUrl, PublicUrl};
pub use seed::Seed;
pub use trial::{FastTime, TrialSettings};
pub use tunnel::TunnelPlaces;
pub use whereabouts::{Whereabouts, reachable};

use crate::domain::burst::CALLS_PER_SECOND;
use crate::domain::wake_up::SETTLE;
use crate::zones::{Source, Zones};
use reader::Reader;
pub use reader::is_ours;

/// Where we listen when nothing is said: this machine only, since a tunnel or proxy stands before it.
const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PORT: u16 = 8765;

/// How long live calls may go on after the first signal to stop.
const STOP_GRACE: Duration = Duration::from_mins(1);

/// Far from the keys that a sleepy thumb hits first.
const SNOOZE_KEY: char = '9';

/// A token that can be guessed lets strangers place calls.
const ADMIN_TOKEN_CHARACTERS_MIN: usize = 16;

/// Everything the environment decides, checked.
#[derive(Debug)]
pub struct Config {
    /// Who carries the calls.
    pub carrier: CarrierChoice,
    /// Who speaks.
    pub model: ModelChoice,
    /// Where the carrier finds us; `None` is possible on the local line only.
    pub public_url: Option<PublicUrl>,
    /// Where everything is served.
    pub listen: SocketAddr,
    /// Where console and API are served instead, when they are kept apart.
    pub admin_listen: Option<SocketAddr>,
    /// The database file.
    pub database: DatabasePath,
    /// The owner's token; `None`: one is made and kept beside the database ([`admin_token::keep`]).
    pub admin_token: Option<SecretString>,
    /// A document hosted elsewhere, for when this machine is down.
    pub fallback_url: Option<Url>,
    /// Whether the public address is the one that a tunnel program on this machine tells.
    pub follow_tunnel: bool,
    /// Where tunnel programs tell of themselves.
    pub tunnels: TunnelPlaces,
    /// How the owner is told of what went wrong.
    pub notify: NotifySettings,
    /// What is kept, and for how long.
    pub keep: KeepSettings,
    /// Who may tell that the doorbell was touched.
    pub doorbell: DoorbellSettings,
    /// The key that asks for a snooze in a call; `None` for no such key.
    pub snooze_key: Option<char>,
    /// How many calls the carrier lets the account begin in a second.
    pub calls_per_second: f64,
    /// How long the carrier may take to list a call that it has taken.
    pub settle: Duration,
    /// What an empty database starts with.
    pub seed: Seed,
    /// What is logged, and how.
    pub log: LogSettings,
    /// An owner's own zone database, looked at beside the usual ones.
    pub zoneinfo: Option<PathBuf>,
    /// Whether a media socket with a wrong signature is refused, or only logged.
    pub enforce_stream_signature: bool,
    /// Whether the carrier is asked to tell people from answering machines.
    pub detect_machines: bool,
    /// How long live calls may go on after the first signal to stop.
    pub stop_grace: Duration,
    /// What a trial wants of this process.
    pub trial: TrialSettings,
    /// What is odd but workable, one sentence each, for the start-up log.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads the whole environment; either everything is right, or everything that is wrong is told.
    ///
    /// `zones` checks the name of the sleeper's zone; make it from [`Environment::zoneinfo`] first.
    pub fn from_env(environment: &Environment, zones: &Zones) -> Result<Self, ConfigProblems> {
        let mut read = Reader::new(environment);
        let public_url = public_url::read(&mut read);
        let carrier = carrier::read(&mut read, public_url.as_ref());
        let model = model::read(&mut read);
        let (listen, admin_listen) = listen(&mut read);
        let own_number = match &carrier {
            Some(CarrierChoice::Twilio(twilio)) => Some(&twilio.phone_number),
            _ => None,
        };
        let seed = seed::read(&mut read, zones, own_number);
        let config = Self {
            // A group that could not be read is a problem already, so this choice is never used.
            carrier: carrier.unwrap_or_else(CarrierChoice::none_configured),
            model: model.unwrap_or_else(ModelChoice::none_configured),
            public_url,
            listen,
            admin_listen,
            database: read.parsed("DATABASE_URL", DatabasePath::parse).unwrap_or_default(),
            admin_token: admin_token(&mut read),
            fallback_url: fallback_url(&mut read),
            follow_tunnel: read.flag(tunnel::FOLLOW, false),
            tunnels: tunnel::read(&mut read),
            notify: notify::read(&mut read),
            keep: keep::read(&mut read),
            doorbell: doorbell::read(&mut read),
            snooze_key: snooze_key(&mut read),
            calls_per_second: read.number("WAKEUP_CALLS_PER_SECOND", 0.1..=100.0).unwrap_or(CALLS_PER_SECOND),
            settle: read.seconds("WAKEUP_SETTLE_SECS", 1..=120).unwrap_or(SETTLE),
            seed,
            log: log::read(&mut read),
            zoneinfo: zoneinfo(&mut read, zones),
            enforce_stream_signature: read.flag("WAKEUP_ENFORCE_STREAM_SIGNATURE", false),
            detect_machines: read.flag("WAKEUP_MACHINE_DETECTION", false),
            stop_grace: read.seconds("WAKEUP_STOP_GRACE_SECS", 0..=3_600).unwrap_or(STOP_GRACE),
            trial: trial::read(&mut read),
            warnings: Vec::new(),
        };
        let warnings = read.finish()?;
        Ok(Self { warnings, ..config })
    }
}

fn listen(read: &mut Reader) -> (SocketAddr, Option<SocketAddr>) {
    let host = read.parsed("HOST", parse_host).unwrap_or(HOST);
    let port = read.parsed("PORT", parse_port).unwrap_or(PORT);
    let listen = SocketAddr::new(host, port);
    let admin = read.parsed("ADMIN_LISTEN", parse_admin_listen);
    if admin == Some(listen) && port != 0 {
        read.problem(
            "ADMIN_LISTEN",
            format!("is {listen}, where the carrier's paths are served: choose another port"),
        );
    }
    (listen, admin)
}

fn parse_host(text: &str) -> Result<IpAddr, String> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(HOST);
    }
    text.trim_start_matches('[').trim_end_matches(']').parse().map_err(|_| {
        format!("`{text}` is not an IP address: write 127.0.0.1 for this machine only, or 0.0.0.0 for every network")
    })
}

fn parse_port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("`{text}` is not a port: write a number up to 65535, such as {PORT}"))
}

fn parse_admin_listen(text: &str) -> Result<SocketAddr, String> {
    let port_alone = text.strip_prefix(':').unwrap_or(text).parse().map(|port| SocketAddr::new(HOST, port));
    port_alone
        .or_else(|_| text.parse())
        .map_err(|_| format!("`{text}` is not an address to listen on: write one such as 127.0.0.1:8766"))
}

fn admin_token(read: &mut Reader) -> Option<SecretString> {
    let token = read.secret("ADMIN_TOKEN")?;
    if secrecy::ExposeSecret::expose_secret(&token).len() < ADMIN_TOKEN_CHARACTERS_MIN {
        read.problem(
            "ADMIN_TOKEN",
            format!(
                "is too easy to guess: write at least {ADMIN_TOKEN_CHARACTERS_MIN} characters, \
                 or leave it empty and one is made"
            ),
        );
    }
    Some(token)
}

fn fallback_url(read: &mut Reader) -> Option<Url> {
    let url = read.parsed("FALLBACK_URL", reader::parse_web_address)?;
    if url.scheme() == "http" {
        read.warning(
            "FALLBACK_URL is not https: anybody on the way can change what the fallback says".to_owned(),
        );
    }
    Some(url)
}

fn snooze_key(read: &mut Reader) -> Option<char> {
    let parse = |text: &str| {
        let mut keys = text.chars();
        match (keys.next(), keys.next()) {
            _ if text.eq_ignore_ascii_case("off") => Ok(None),
            (Some(key @ ('0'..='9' | '*')), None) => Ok(Some(key)),
            _ => Err(format!("`{text}` is not a key: write one of 0 to 9, or *, or off")),
        }
    };
    read.parsed("WAKEUP_SNOOZE_KEY", parse).unwrap_or(Some(SNOOZE_KEY))
}

fn zoneinfo(read: &mut Reader, zones: &Zones) -> Option<PathBuf> {
    let path = PathBuf::from(read.text("WAKEUP_ZONEINFO")?);
    let here = Source::Directory(path.clone());
    match zones.candidates().iter().find(|candidate| candidate.source == here).map(|found| &found.version) {
        Some(Err(why)) => read.problem("WAKEUP_ZONEINFO", format!("`{}` {why}", path.display())),
        Some(Ok(version)) if version.as_str() < zones.version().as_str() => read.warning(format!(
            "WAKEUP_ZONEINFO holds release {version}; the newer {} ({}) is used",
            zones.version(),
            zones.source()
        )),
        // Not looked at: the caller brought zones of its own, as tests do.
        Some(Ok(_)) | None => {}
    }
    Some(path)
}

#[cfg(test)]
mod tests;
