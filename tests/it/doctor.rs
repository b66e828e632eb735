//! The doctor finds each fault it knows, and nothing where there is none.

mod daemon;
mod house;
mod public_address;
mod vendors;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use wakeup_coach::clock::{ManualClock, SharedClock, SystemClock};
use wakeup_coach::config::DatabasePath;
use wakeup_coach::doctor::{Background, Doctor, Far, Patient, Records, Report};
use wakeup_coach::web::probe_routes;
use wakeup_coach::zones::Zones;

/// A program in good health of which nothing is known yet: a real carrier, and nobody to ask.
fn patient(speed: f64) -> Patient {
    let mut background = Background::rehearsal();
    background.settings.carrier = Far::Real("Calls go through the carrier".to_owned());
    background.settings.zone = Some("Europe/Berlin".to_owned());
    Patient {
        background,
        database: DatabasePath::Memory,
        records: Records::None,
        zones: Arc::new(Zones::bundled()),
        addresses: None,
        carrier: None,
        realtime: None,
        chat_model: None,
        probes: Arc::default(),
        served: Ok(()),
        clock: clock(speed),
        rng: Mutex::new(StdRng::seed_from_u64(1)),
    }
}

/// Today, as far as certificates are concerned.
fn clock(speed: f64) -> SharedClock {
    let today: Timestamp = SystemClock::shared().now();
    ManualClock::standing(today, speed)
}

/// What one check says, in its order.
fn ids<'a>(report: &'a Report, check: &'a str) -> Vec<&'a str> {
    let prefix = format!("{check}.");
    report.of(check).map(|finding| finding.id.strip_prefix(prefix.as_str()).unwrap_or(&finding.id)).collect()
}

/// The doctor's own port, where its questions are answered.
struct Door {
    listener: TcpListener,
    address: SocketAddr,
}

impl Door {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { listener, address }
    }

    /// Opens it for as long as the examination takes.
    async fn examine(self, patient: Patient) -> Report {
        let doctor = Arc::new(Doctor::new(patient));
        let mut tasks = JoinSet::new();
        let routes = probe_routes(Arc::clone(&doctor));
        tasks.spawn(async move { axum::serve(self.listener, routes).await.unwrap() });
        doctor.examine().await
    }
}
