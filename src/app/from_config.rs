//! From the owner's configuration to a running daemon, saying on the way what was chosen and why.

use std::sync::Arc;

use anyhow::Context as _;
use rand::rngs::StdRng;
use secrecy::SecretString;
use url::Url;

use super::follow::Follow;
use super::running::listen;
use super::{
    CarrierAccount, LOCAL_ORIGIN, Launch, LocalLine, Running, Scratch, model_settings, next_wake_ups,
    open_store, seed, supervisor,
};
use crate::calls::CallPolicy;
use crate::clock::{SharedClock, timeout};
use crate::config::{
    CarrierChoice, Config, DatabasePath, ModelChoice, OpenAiSettings, TwilioSettings, admin_token,
};
use crate::doctor::Background;
use crate::domain::mode::ModeReason;
use crate::http;
use crate::realtime::openai::ModelSettings;
use crate::scheduler::clock_watch;
use crate::scheduler::plan::plan_ahead;
use crate::simulator::pace::Pace;
use crate::store::Store;
use crate::telephony::client::{AccountKind, Carrier, Credentials};
use crate::traditional::ChatSettings;
use crate::zones::{Zones, built_in_year};

/// How long the start waits to learn what kind of account the carrier's is.
const ACCOUNT_ASKED_FOR: std::time::Duration = std::time::Duration::from_secs(4);
/// How many coming wake-ups the start-up log shows.
const SHOWN: u32 = 3;

/// A daemon with what it may have brought along: the local line, a database in memory.
pub struct Daemon {
    /// The daemon.
    pub running: Running,
    local: LocalLine,
    _scratch: Option<Scratch>,
}

impl Daemon {
    /// Stops the daemon, then the local line under it.
    pub async fn stop(self) -> anyhow::Result<()> {
        let stopped = self.running.stop().await;
        self.local.stop().await;
        stopped
    }
}

/// Builds and starts the daemon that the configuration describes.
pub async fn from_config(
    config: Config,
    zones: Arc<Zones>,
    clock: SharedClock,
    mut rng: StdRng,
) -> anyhow::Result<Daemon> {
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let (database, scratch) = database_file(&config.database, &mut rng)?;
    let listener = listen(config.listen).await?;
    let admin_listener = match config.admin_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let store = open_store(&database, &clock).await?;
    // Only now: a start that fails leaves nothing behind.
    let admin_token = admin_token_of(&config, &mut rng)?;
    let zone =
        config.seed.zone.clone().or_else(|| zones.of_this_machine()).unwrap_or_else(|| "UTC".to_owned());
    seed(&store, &config.seed, &zone, clock.now(), &mut rng).await?;
    // A clock that has not been set yet plans mornings long past.
    if clock_watch::is_wrong(clock.now(), built_in_year(), None).is_none() {
        plan_ahead(&store, &zones, clock.now(), &mut rng).await?;
    }
    let (carrier, realtime, chat, local) = far_side(&config, &mut rng).await?;
    local.reach(listener.local_addr()?);
    local.people_the_line();
    let public = public_url(&config, listener.local_addr()?.port(), &clock).await?;
    let obstacle = obstacle(&config, &public, &carrier, &clock).await;
    let launch = Launch {
        database,
        listen: config.listen,
        admin_listen: config.admin_listen,
        public,
        carrier,
        realtime,
        chat,
        obstacle,
        notify: config.notify.clone(),
        keep: config.keep.clone(),
        admin_token,
        doorbell: config.doorbell.clone(),
        enforce_stream_signature: config.enforce_stream_signature,
        policy: CallPolicy {
            detect_machines: config.detect_machines,
            fallback_url: config.fallback_url.clone(),
            snooze_key: config.snooze_key,
            calls_per_second: config.calls_per_second,
            settle: config.settle,
            ..CallPolicy::default()
        },
        background: Background::of(&config),
        stop_grace: config.stop_grace,
        watchdog: supervisor::watchdog_patience(),
        zones: Arc::clone(&zones),
        clock: clock.clone(),
        watch_clock: config.trial.time.is_none(),
        time_speed: config.trial.time.map_or(1.0, |time| time.speed),
        rng,
    };
    introduce(&config, &launch, &zones, obstacle);
    let running = Running::start_on(launch, store.clone(), listener, admin_listener).await?;
    tracing::info!("Listening on http://{}", running.address);
    if running.admin_address != running.address {
        tracing::info!("The owner's paths are on http://{}", running.admin_address);
    }
    show_coming(&store, &zones, &clock).await;
    Ok(Daemon { running, local, _scratch: scratch })
}

fn admin_token_of(config: &Config, rng: &mut StdRng) -> anyhow::Result<SecretString> {
    match &config.admin_token {
        Some(token) => Ok(token.clone()),
        None => Ok(admin_token::keep(&config.database, rng)?),
    }
}

fn database_file(
    database: &DatabasePath,
    rng: &mut StdRng,
) -> anyhow::Result<(std::path::PathBuf, Option<Scratch>)> {
    if let Some(file) = database.file() {
        return Ok((file.to_owned(), None));
    }
    let scratch = Scratch::new(rng).context("cannot make a directory for the temporary database")?;
    Ok((scratch.file("coach.db"), Some(scratch)))
}

type FarSide = (CarrierAccount, Option<ModelSettings>, Option<ChatSettings>, LocalLine);

/// The carrier and the models: those of the configuration, or the built-in ones.
async fn far_side(config: &Config, rng: &mut StdRng) -> anyhow::Result<FarSide> {
    let pace = Pace::new(1.0);
    let mut local = LocalLine { exchange: None, models: None };
    let carrier = match &config.carrier {
        CarrierChoice::Twilio(twilio) => account_of(twilio),
        CarrierChoice::LocalLine { .. } => {
            let (exchange, account) = LocalLine::exchange(pace, rng).await?;
            local.exchange = Some(exchange);
            account
        }
    };
    match (&config.model, &local.exchange) {
        (ModelChoice::OpenAi(openai), _) => {
            Ok((carrier, Some(realtime_of(openai)), Some(chat_of(openai)), local))
        }
        (ModelChoice::BuiltIn { .. }, Some(_)) => {
            let (models, realtime, chat) = LocalLine::models(pace, rng).await?;
            local.models = Some(models);
            Ok((carrier, Some(realtime), Some(chat), local))
        }
        // The built-in coach knows recorded voices only; a real sleeper gets the scripted lines.
        (ModelChoice::BuiltIn { .. }, None) => Ok((carrier, None, None, local)),
    }
}

pub(super) fn account_of(twilio: &TwilioSettings) -> CarrierAccount {
    let credentials = match &twilio.api_key {
        Some(key) => Credentials::ApiKey { key: key.key.clone(), secret: key.secret.clone() },
        None => Credentials::AuthToken { token: twilio.auth_token.clone() },
    };
    CarrierAccount {
        api_url: twilio.api_url.clone(),
        account_sid: twilio.account_sid.clone(),
        credentials,
        signing_tokens: [twilio.auth_token.clone()]
            .into_iter()
            .chain(twilio.auth_token_secondary.clone())
            .collect(),
        from: twilio.phone_number.clone(),
    }
}

pub(super) fn realtime_of(openai: &OpenAiSettings) -> ModelSettings {
    model_settings(openai.base_url.clone(), openai.api_key.clone(), &openai.realtime_model, &openai.voice)
}

fn chat_of(openai: &OpenAiSettings) -> ChatSettings {
    ChatSettings {
        base_url: openai.base_url.clone(),
        api_key: Some(openai.api_key.clone()),
        model: openai.chat_model.clone(),
        reasoning_effort: openai.chat_effort.clone(),
    }
}

async fn public_url(config: &Config, port: u16, clock: &SharedClock) -> anyhow::Result<Url> {
    if let CarrierChoice::LocalLine { .. } = config.carrier {
        // The local exchange has its own way here, whatever the outside would use.
        return Ok(LOCAL_ORIGIN.parse()?);
    }
    if config.follow_tunnel {
        tracing::info!("Asking the tunnel on this machine for its public address (FOLLOW_TUNNEL)");
        let follow = Follow { places: config.tunnels.clone(), port, clock: clock.clone() };
        if let Some(found) = follow.first().await {
            return Ok(found);
        }
        tracing::warn!("No tunnel to port {port} was found; using BASE_URL");
    }
    match &config.public_url {
        Some(public) => Ok(public.join("/")),
        None if config.follow_tunnel => {
            anyhow::bail!(
                "FOLLOW_TUNNEL is set, but no tunnel leads to port {port}: start ngrok or cloudflared"
            )
        }
        None => {
            anyhow::bail!("BASE_URL is missing: the carrier must be able to reach us")
        }
    }
}

/// A lasting reason why realtime cannot work, as far as it can be known at the start.
async fn obstacle(
    config: &Config,
    public: &Url,
    account: &CarrierAccount,
    clock: &SharedClock,
) -> Option<ModeReason> {
    let CarrierChoice::Twilio(_) = &config.carrier else { return None };
    if matches!(config.model, ModelChoice::BuiltIn { .. }) {
        return Some(ModeReason::NoModel);
    }
    if public.scheme() != "https" {
        return Some(ModeReason::PublicUrlNotSecure);
    }
    let carrier = Carrier::new(
        http::client(),
        account.api_url.clone(),
        account.account_sid.clone(),
        account.credentials.clone(),
        clock.clone(),
    );
    match timeout(&**clock, ACCOUNT_ASKED_FOR, carrier.account()).await {
        Ok(Ok(found)) => (found.kind == AccountKind::Trial).then_some(ModeReason::TrialAccount),
        Ok(Err(error)) => {
            tracing::warn!(%error, "The carrier did not say what kind of account this is; assuming a full one");
            None
        }
        Err(late) => {
            tracing::warn!(%late, "The carrier did not say in time what kind of account this is; assuming a full one");
            None
        }
    }
}

fn introduce(config: &Config, launch: &Launch, zones: &Zones, obstacle: Option<ModeReason>) {
    tracing::info!("Wake-up Coach {} starts, database {}", env!("CARGO_PKG_VERSION"), config.database);
    tracing::info!("{}", config.carrier.sentence());
    tracing::info!("{}", config.model.sentence());
    match config.carrier {
        CarrierChoice::Twilio(_) => tracing::info!("The carrier finds us at {}", launch.public),
        CarrierChoice::LocalLine { .. } => {
            tracing::warn!("No telephone will ring: on the local line a simulated sleeper answers");
        }
    }
    if let Some(obstacle) = obstacle {
        tracing::warn!(reason = obstacle.name(), "All calls will be traditional: realtime cannot work here");
    }
    if let Some(token_file) = token_file(config) {
        tracing::info!("The admin token is in {}", token_file.display());
    }
    tracing::info!("Time zones: {} from {}", zones.version(), zones.source());
}

fn token_file(config: &Config) -> Option<std::path::PathBuf> {
    if config.admin_token.is_some() {
        return None;
    }
    admin_token::path(&config.database)
}

async fn show_coming(store: &Store, zones: &Zones, clock: &SharedClock) {
    let coming = match next_wake_ups(store, zones, clock.now(), SHOWN).await {
        Ok(coming) => coming,
        Err(error) => return tracing::error!(%error, "Cannot tell the next wake-ups"),
    };
    if coming.is_empty() {
        tracing::warn!("No wake-up is planned: set PHONE_NUMBER and WAKE_UP_TIME and start again");
    }
    for wake_up in coming {
        tracing::info!(note = wake_up.note, "Next wake-up: {} {}", wake_up.local, wake_up.countdown);
    }
}
