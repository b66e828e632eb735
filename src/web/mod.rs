//! HTTP: the carrier's webhooks and media socket, the owner's API, health.
//!
//! A handler extracts, makes one call, answers. Who may ask is decided by the extractors in
//! [`extract`]: a signature for the carrier, a ticket for its media, the admin token for the owner.

pub mod api;
mod diagnostics;
pub mod error;
pub mod extract;
mod failures;
pub mod layers;
pub mod legacy;
pub mod pages;
pub mod proofs;
pub mod serve;
pub mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use rand::Rng;
use secrecy::SecretString;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::diagnostics::probe_routes;
use self::extract::{AdminToken, Refusals, WebhookGate};
use self::legacy::EchoRoom;
use self::proofs::{DoorbellKeys, ProofForms};
use crate::calls::Calls;
use crate::clock::SharedClock;
use crate::config::DoorbellSettings;
use crate::desk::Desk;
use crate::doctor::Doctor;
use crate::scheduler::dispatch::DispatchHealth;
use crate::telephony::signature::Validator;

/// What the routes are built from.
pub struct WebSettings {
    /// Who makes the calls.
    pub calls: Arc<Calls>,
    /// Answers the owner.
    pub desk: Arc<Desk>,
    /// How the dispatcher fares.
    pub health: Arc<DispatchHealth>,
    /// Says what is wrong.
    pub doctor: Arc<Doctor>,
    /// Time.
    pub clock: SharedClock,
    /// How fast it runs.
    pub time_speed: f64,
    /// Opens the owner's paths.
    pub admin_token: SecretString,
    /// Who may tell that the doorbell was touched.
    pub doorbell: DoorbellSettings,
    /// What signs the carrier's webhooks.
    pub signing_tokens: Vec<SecretString>,
    /// Whether an unsigned media handshake is refused or only logged.
    pub enforce_stream_signature: bool,
    /// Cancelled when the program begins to stop.
    pub stopping: CancellationToken,
    /// Cancelled when what is still open is dropped.
    pub dropped: CancellationToken,
    /// Counts requests under way, and sockets that are not calls, so that they can be waited for.
    pub sockets: TaskTracker,
}

/// What the handlers share.
#[derive(Clone)]
pub struct WebState {
    calls: Arc<Calls>,
    desk: Arc<Desk>,
    health: Arc<DispatchHealth>,
    doctor: Arc<Doctor>,
    clock: SharedClock,
    time_speed: f64,
    admin: Arc<AdminToken>,
    refusals: Arc<Refusals>,
    watchers: Arc<Semaphore>,
    gate: Arc<WebhookGate>,
    enforce_stream_signature: bool,
    stopping: CancellationToken,
    echo: Arc<EchoRoom>,
    doorbell: Arc<DoorbellKeys>,
    forms: Arc<ProofForms>,
}

impl FromRef<WebState> for Arc<AdminToken> {
    fn from_ref(web: &WebState) -> Self {
        Arc::clone(&web.admin)
    }
}

impl FromRef<WebState> for Arc<Refusals> {
    fn from_ref(web: &WebState) -> Self {
        Arc::clone(&web.refusals)
    }
}

impl FromRef<WebState> for Arc<Desk> {
    fn from_ref(web: &WebState) -> Self {
        Arc::clone(&web.desk)
    }
}

impl FromRef<WebState> for Arc<WebhookGate> {
    fn from_ref(web: &WebState) -> Self {
        Arc::clone(&web.gate)
    }
}

/// The routes for the main port and, when the owner's paths live elsewhere, for the other one.
pub fn routers(settings: WebSettings, split: bool, rng: &mut impl Rng) -> (Router, Option<Router>) {
    let clock = settings.clock.clone();
    let under_way = layers::UnderWay { tracker: settings.sockets.clone(), dropped: settings.dropped };
    let gate = WebhookGate::new(settings.calls.addresses().clone(), Validator::new(settings.signing_tokens));
    let state = WebState {
        calls: settings.calls,
        desk: settings.desk,
        health: settings.health,
        doctor: settings.doctor,
        clock: settings.clock,
        time_speed: settings.time_speed,
        admin: Arc::new(AdminToken::new(&settings.admin_token)),
        refusals: Arc::new(Refusals::new(clock.clone())),
        watchers: Arc::new(Semaphore::new(api::WATCHERS_MAX)),
        gate: Arc::new(gate),
        enforce_stream_signature: settings.enforce_stream_signature,
        stopping: settings.stopping,
        echo: Arc::new(EchoRoom::new(settings.sockets, rng)),
        doorbell: Arc::new(DoorbellKeys::new(&settings.doorbell)),
        forms: Arc::new(ProofForms::new(rng)),
    };
    let mut finish = |routes: Router<WebState>| {
        let routes = routes.fallback(error::unknown_path).method_not_allowed_fallback(error::unknown_method);
        let settings = layers::LayersSettings {
            clock: clock.clone(),
            request_ids: layers::RequestIds::new(rng),
            under_way: under_way.clone(),
        };
        layers::wrap(routes.with_state(state.clone()), settings)
    };
    let probes = || diagnostics::probe_routes(Arc::clone(&state.doctor));
    let carriers = || webhooks::routes().merge(probes());
    // Doorbells and telephones in the house use either port.
    let open = || legacy::public_routes().merge(proofs::public_routes());
    let owners =
        || api::routes().merge(legacy::routes()).merge(proofs::routes()).merge(diagnostics::routes());
    if split {
        let main = carriers().merge(open()).merge(api::health_routes());
        (finish(main), Some(finish(owners().merge(open()))))
    } else {
        (finish(carriers().merge(open()).merge(owners())), None)
    }
}
