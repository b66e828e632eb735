//! The accounts at the carrier and at the model's vendor, with each fault they can have.

use std::sync::Arc;

use tokio::net::TcpListener;
use url::Url;
use wakeup_coach::app::{Scratch, seed};
use wakeup_coach::clock::{ManualClock, SharedClock};
use wakeup_coach::config::Seed;
use wakeup_coach::doctor::{CarrierAccount, Doctor, Patient, Records, Report};
use wakeup_coach::domain::phone::PhoneNumber;
use wakeup_coach::realtime::openai::ModelSettings;
use wakeup_coach::simulator::openai::faults::{Faults as ModelFaults, Handshake, ModelList};
use wakeup_coach::simulator::openai::{Models, ModelsOptions};
use wakeup_coach::simulator::pace::Pace;
use wakeup_coach::simulator::twilio::options::WallClock;
use wakeup_coach::simulator::twilio::{AccountAnswer, Exchange, ExchangeOptions, Faults};
use wakeup_coach::store::Store;
use wakeup_coach::telephony::client::{Carrier, Credentials};

use super::{ids, patient};
use crate::support::ANNA;

const OWN: &str = "+15005550006";
const KEY: &str = "sk-right";
/// For answers that never come.
const IMPATIENT: f64 = 30.0;

fn today() -> jiff::Timestamp {
    "2026-11-21T06:30:00Z".parse().unwrap()
}

/// A carrier whose calendar is ours.
async fn exchange(change: impl FnOnce(&mut ExchangeOptions)) -> Exchange {
    let wall: WallClock = Arc::new(today);
    let mut options = ExchangeOptions { wall, ..ExchangeOptions::new("AC1", "token") };
    change(&mut options);
    Exchange::start(options).await.unwrap()
}

fn customer(url: &str, token: &str, from: &str, speed: f64) -> Patient {
    let mut patient = patient(speed);
    let clock: SharedClock = ManualClock::standing(today(), speed);
    let credentials = Credentials::AuthToken { token: token.into() };
    let http = wakeup_coach::http::client();
    let url: Url = url.parse().unwrap();
    let carrier = Carrier::new(http, url, "AC1".to_owned(), credentials, clock.clone());
    patient.carrier = Some(CarrierAccount { carrier, from: PhoneNumber::parse(from).unwrap() });
    patient.clock = clock;
    patient
}

async fn look(patient: Patient) -> Report {
    Doctor::new(patient).examine().await
}

async fn account_with(fault: impl FnOnce(&mut Faults), speed: f64) -> Report {
    let exchange = exchange(|_| {}).await;
    exchange.faults(fault);
    let report = look(customer(&exchange.url(), "token", OWN, speed)).await;
    exchange.shutdown().await;
    report
}

#[tokio::test]
async fn an_account_in_order_is_told_so() {
    let report = account_with(|_| {}, 1.0).await;
    assert_eq!(ids(&report, "twilio"), ["account", "clock", "number", "balance"]);
    assert!(!format!("{report:?}").contains("5005550006"), "no number in full");
}

#[tokio::test]
async fn each_refusal_of_the_carrier_is_told_apart() {
    for (answer, id, code) in [
        (AccountAnswer::Status(401), "credentials", Some("20003")),
        (AccountAnswer::Status(403), "forbidden", Some("20008")),
        (AccountAnswer::Status(404), "no-account", Some("20404")),
        (AccountAnswer::Status(429), "throttled", Some("20429")),
        (AccountAnswer::Status(500), "down", Some("20500")),
        (AccountAnswer::Garbage, "garbage", None),
        (AccountAnswer::Reset, "unreachable", None),
        (AccountAnswer::Silence, "silent", None),
    ] {
        let speed = if answer == AccountAnswer::Silence { IMPATIENT } else { 1.0 };
        let report = account_with(|faults| faults.account.answers = Some(answer), speed).await;
        assert_eq!(ids(&report, "twilio"), [id], "{answer:?}");
        let finding = report.of("twilio").next().unwrap();
        assert_eq!(finding.code.as_deref(), code, "{answer:?}");
        assert!(finding.fix.is_some(), "{answer:?}");
    }
}

#[tokio::test]
async fn wrong_credentials_and_a_carrier_that_is_not_there_are_found() {
    let exchange = exchange(|_| {}).await;
    let report = look(customer(&exchange.url(), "wrong", OWN, 1.0)).await;
    assert_eq!(ids(&report, "twilio"), ["credentials"]);
    exchange.shutdown().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let report = look(customer(&format!("http://{closed}"), "token", OWN, 1.0)).await;
    assert_eq!(ids(&report, "twilio"), ["unreachable"]);
}

#[tokio::test]
async fn the_account_itself_may_be_at_fault() {
    let report = account_with(|faults| faults.account.status = Some("suspended"), 1.0).await;
    assert_eq!(ids(&report, "twilio"), ["suspended", "clock", "number", "balance"]);
    for (balance, id) in [("1.20", "balance-low"), ("-0.10", "balance-empty")] {
        let report = account_with(|faults| faults.account.balance = Some(balance), 1.0).await;
        assert_eq!(ids(&report, "twilio"), ["account", "clock", "number", id]);
    }
}

#[tokio::test]
async fn a_clock_that_is_off_is_seen_in_the_carriers_answers() {
    for (ahead, id) in [(10, "clock-off"), (-600, "clock-wrong")] {
        let report = account_with(|faults| faults.account.clock_ahead_secs = ahead, 1.0).await;
        assert_eq!(ids(&report, "twilio"), ["account", id, "number", "balance"], "{ahead}");
    }
}

#[tokio::test]
async fn a_number_that_cannot_call_is_found() {
    let report = account_with(|faults| faults.account.mute = true, 1.0).await;
    assert_eq!(ids(&report, "twilio"), ["account", "clock", "no-voice", "balance"]);
    let exchange = exchange(|options| options.verified = vec![ANNA.to_owned()]).await;
    for (from, id) in [("+14155550100", "not-owned"), (ANNA, "caller-id")] {
        let report = look(customer(&exchange.url(), "token", from, 1.0)).await;
        assert_eq!(ids(&report, "twilio"), ["account", "clock", id, "balance"], "{from}");
    }
    exchange.shutdown().await;
}

/// A database with one sleeper in it.
async fn records(scratch: &Scratch, number: &str) -> Store {
    let store = Store::open(&scratch.file("coach.db")).await.unwrap();
    let wanted = Seed { phone_number: Some(PhoneNumber::parse(number).unwrap()), ..Seed::default() };
    let mut rng = rand::make_rng::<rand::rngs::StdRng>();
    seed(&store, &wanted, "UTC", today(), &mut rng).await.unwrap();
    store
}

fn scratch() -> Scratch {
    Scratch::new(&mut rand::make_rng::<rand::rngs::StdRng>()).unwrap()
}

#[tokio::test]
async fn a_trial_account_is_explained_before_it_matters() {
    let (scratch, exchange) = (scratch(), exchange(|options| options.trial = true).await);
    let store = records(&scratch, ANNA).await;
    let mut patient = customer(&exchange.url(), "token", OWN, 1.0);
    patient.records = Records::Open(store.clone());
    let report = look(patient).await;
    assert_eq!(ids(&report, "twilio"), ["trial", "clock", "number", "balance", "unverified"]);
    assert_eq!(report.found("twilio.unverified").unwrap().code.as_deref(), Some("21219"));
    assert!(!format!("{report:?}").contains(ANNA), "no number in full");
    store.close().await;
    exchange.shutdown().await;
}

#[tokio::test]
async fn a_sleeper_abroad_is_a_matter_of_permissions() {
    let (scratch, exchange) = (scratch(), exchange(|_| {}).await);
    let store = records(&scratch, "+4930901820").await;
    let mut patient = customer(&exchange.url(), "token", OWN, 1.0);
    patient.records = Records::Open(store.clone());
    let report = look(patient).await;
    assert_eq!(ids(&report, "twilio"), ["account", "clock", "number", "balance", "abroad"]);
    store.close().await;
    exchange.shutdown().await;
}

async fn models() -> Models {
    Models::start(ModelsOptions::local(KEY, Pace::new(8.0))).await.unwrap()
}

fn talker(models: &Models, key: &str, model: &str, speed: f64) -> Patient {
    let mut patient = patient(speed);
    patient.clock = ManualClock::standing(today(), speed);
    patient.realtime = Some(ModelSettings {
        base_url: models.url().parse().unwrap(),
        api_key: key.into(),
        auth_header: "authorization".to_owned(),
        auth_scheme: Some("Bearer".to_owned()),
        model: model.to_owned(),
        voice: "marin".to_owned(),
        transcription_model: "gpt-transcribe".to_owned(),
        safety_identifier: None,
    });
    patient.chat_model = Some("gpt-6-luna".to_owned());
    patient
}

async fn models_with(faults: ModelFaults, speed: f64) -> Report {
    let models = models().await;
    models.set_faults(faults);
    let report = look(talker(&models, KEY, "gpt-realtime-2.1", speed)).await;
    models.shutdown().await;
    report
}

#[tokio::test]
async fn a_real_session_is_opened_and_closed() {
    let models = models().await;
    let report = look(talker(&models, KEY, "gpt-realtime-2.1", 1.0)).await;
    assert_eq!(ids(&report, "openai"), ["session"]);
    let sessions = models.sessions();
    assert_eq!((sessions.len(), models.open_sockets()), (1, 0), "one session, and it is closed");
    models.shutdown().await;
}

#[tokio::test]
async fn each_refusal_of_the_model_is_told_apart() {
    let refusing = |status| ModelFaults { handshake: Handshake::Refuse(status), ..ModelFaults::default() };
    for (faults, expected) in [
        (refusing(403), "model-access"),
        (refusing(404), "model-access"),
        (refusing(429), "rate-limit"),
        (refusing(500), "unreachable"),
        (ModelFaults { handshake: Handshake::AcceptThenClose, ..ModelFaults::default() }, "key"),
        (ModelFaults { failed_response: Some("insufficient_quota"), ..ModelFaults::default() }, "quota"),
        (ModelFaults { failed_response: Some("model_not_found"), ..ModelFaults::default() }, "model-access"),
    ] {
        let report = models_with(faults, 1.0).await;
        assert_eq!(ids(&report, "openai")[0], expected, "{:#?}", report.of("openai").next());
    }
}

#[tokio::test]
async fn a_model_that_keeps_silent_is_not_waited_for() {
    for faults in [
        ModelFaults { handshake: Handshake::Hang, ..ModelFaults::default() },
        ModelFaults { never_updated: true, ..ModelFaults::default() },
    ] {
        let report = models_with(faults, IMPATIENT).await;
        assert_eq!(ids(&report, "openai")[0], "silent");
    }
}

#[tokio::test]
async fn a_wrong_key_and_a_wrong_name_are_found() {
    let models = models().await;
    let report = look(talker(&models, "sk-wrong", "gpt-realtime-2.1", 1.0)).await;
    assert_eq!(ids(&report, "openai"), ["key", "no-list"]);
    let report = look(talker(&models, KEY, "gpt-4o-realtime-preview", 1.0)).await;
    assert_eq!(ids(&report, "openai"), ["model-access", "ended"]);
    models.shutdown().await;
}

#[tokio::test]
async fn a_model_that_will_be_switched_off_is_told_in_time() {
    for (date, expected) in [("2027-06-01", "ends"), ("2026-12-01", "ends-soon"), ("2026-11-01", "ended")] {
        let faults = ModelFaults { models: ModelList::ShutDownOn(date), ..ModelFaults::default() };
        let report = models_with(faults, 1.0).await;
        assert_eq!(ids(&report, "openai"), ["session", expected, expected], "both models, on {date}");
    }
}

#[tokio::test]
async fn a_list_without_our_models_or_no_list_at_all_is_noticed() {
    let with = |models| ModelFaults { models, ..ModelFaults::default() };
    for (list, expected) in [
        (ModelList::Others, "chat-model"),
        (ModelList::Status(404), "no-list"),
        (ModelList::Garbage, "no-list"),
    ] {
        let report = models_with(with(list), 1.0).await;
        assert_eq!(ids(&report, "openai"), ["session", expected], "{list:?}");
    }
    let report = models_with(with(ModelList::Silence), IMPATIENT).await;
    assert_eq!(ids(&report, "openai").last(), Some(&"no-list"));
}
