//! The doctor of a daemon that runs, and of one that would: the same parts, looked at from the same side.

use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::Launch;
use super::from_config::{account_of, realtime_of};
use super::running::fork;
use crate::calls::Calls;
use crate::clock::SharedClock;
use crate::config::{CarrierChoice, Config, ConfigProblems, DatabasePath, ModelChoice};
use crate::doctor::{Background, CarrierAccount, Doctor, Patient, Records, Report};
use crate::http;
use crate::store::Store;
use crate::telephony::client::Carrier;
use crate::telephony::tunnel;
use crate::telephony::urls::Addresses;
use crate::web::{self, serve};
use crate::zones::Zones;

/// The doctor of a running daemon.
pub(super) fn of_daemon(launch: &mut Launch, calls: &Calls, chat_model: Option<String>) -> Arc<Doctor> {
    Arc::new(Doctor::new(Patient {
        background: launch.background.clone(),
        database: DatabasePath::File(launch.database.clone()),
        records: Records::Open(calls.store().clone()),
        zones: Arc::clone(&launch.zones),
        addresses: Some(calls.addresses().clone()),
        carrier: Some(carrier_of(&launch.carrier, &launch.clock)),
        realtime: launch.realtime.clone(),
        chat_model,
        probes: Arc::default(),
        served: Ok(()),
        clock: launch.clock.clone(),
        rng: Mutex::new(fork(&mut launch.rng)),
    }))
}

fn carrier_of(account: &super::CarrierAccount, clock: &SharedClock) -> CarrierAccount {
    let carrier = Carrier::new(
        http::client(),
        account.api_url.clone(),
        account.account_sid.clone(),
        account.credentials.clone(),
        clock.clone(),
    );
    CarrierAccount { carrier, from: account.from.clone() }
}

/// Examines the program that `config` describes, while it does not run. Nothing is changed; for as long as
/// it takes, the doctor's own questions are answered where the daemon would listen.
pub async fn examine(
    config: Result<Config, ConfigProblems>,
    zones: Arc<Zones>,
    clock: SharedClock,
    rng: StdRng,
) -> Report {
    let config = match config {
        Ok(config) => config,
        Err(problems) => return Doctor::new(unconfigured(problems, zones, clock, rng)).examine().await,
    };
    let records = records(&config.database).await;
    let carrier = match &config.carrier {
        CarrierChoice::Twilio(twilio) => Some(carrier_of(&account_of(twilio), &clock)),
        CarrierChoice::LocalLine { .. } => None,
    };
    let (realtime, chat_model) = match &config.model {
        ModelChoice::OpenAi(openai) => (Some(realtime_of(openai)), Some(openai.chat_model.clone())),
        ModelChoice::BuiltIn { .. } => (None, None),
    };
    let listener = TcpListener::bind(config.listen).await;
    let doctor = Arc::new(Doctor::new(Patient {
        background: Background::of(&config),
        database: config.database.clone(),
        records,
        zones,
        addresses: addresses(&config, &clock).await,
        carrier,
        realtime,
        chat_model,
        probes: Arc::default(),
        served: listener.as_ref().map(|_| ()).map_err(|error| format!("{}: {error}", config.listen)),
        clock,
        rng: Mutex::new(rng),
    }));
    let (mut services, stop) = (JoinSet::new(), serve::Stop::default());
    if let Ok(listener) = listener {
        services.spawn(serve::serve(listener, web::probe_routes(Arc::clone(&doctor)), stop.clone()));
    }
    let report = doctor.examine().await;
    // What is still open has been answered; nobody else was invited.
    stop.now.cancel();
    while services.join_next().await.is_some() {}
    report
}

/// Where the carrier would find us: the tunnel, if that is followed, else what the configuration says.
async fn addresses(config: &Config, clock: &SharedClock) -> Option<Addresses> {
    let mut public = config.public_url.as_ref().map(|url| url.join("/"));
    if config.follow_tunnel {
        let found = tunnel::find(&http::client(), &config.tunnels, clock).await;
        public = tunnel::choose(&found, config.listen.port()).or(public);
    }
    Addresses::new(public?).ok()
}

async fn records(database: &DatabasePath) -> Records {
    let Some(file) = database.file() else { return Records::None };
    if !file.exists() {
        return Records::None;
    }
    match Store::open_for_reading(file).await {
        Ok(store) => Records::Open(store),
        Err(error) => Records::Closed(format!("{:#}", anyhow::Error::from(error))),
    }
}

/// What can be looked at when the configuration makes no sense.
fn unconfigured(problems: ConfigProblems, zones: Arc<Zones>, clock: SharedClock, rng: StdRng) -> Patient {
    Patient {
        background: Background::broken(problems),
        database: DatabasePath::default(),
        records: Records::None,
        zones,
        addresses: None,
        carrier: None,
        realtime: None,
        chat_model: None,
        probes: Arc::default(),
        served: Err("the configuration does not say where".to_owned()),
        clock,
        rng: Mutex::new(rng),
    }
}
