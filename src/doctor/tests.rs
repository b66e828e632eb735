use std::sync::Mutex as StdMutex;

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::clock::ManualClock;
use crate::config::DatabasePath;
use crate::zones::Zones;

fn patient() -> Patient {
    Patient {
        background: Background::rehearsal(),
        database: DatabasePath::Memory,
        records: Records::None,
        zones: std::sync::Arc::new(Zones::bundled()),
        addresses: None,
        carrier: None,
        realtime: None,
        chat_model: None,
        probes: std::sync::Arc::default(),
        served: Err("nobody serves in this test".to_owned()),
        clock: ManualClock::standing("2026-11-21T00:00:00Z".parse::<Timestamp>().unwrap(), 50.0),
        rng: StdMutex::new(StdRng::seed_from_u64(1)),
    }
}

#[tokio::test]
async fn a_check_that_hangs_is_itself_a_finding() {
    let check = Check { name: "planted", look: |_| Box::pin(std::future::pending()), may_find: &[] };
    let found = run(&check, &patient()).await;
    assert_eq!(found[0].id, "check.hangs");
    assert_eq!(found[0].saw, "The check `planted`: no answer within 20s");
}

#[tokio::test]
async fn a_check_that_breaks_does_not_break_the_others() {
    let check = Check { name: "planted", look: |_| Box::pin(async { panic!("planted") }), may_find: &[] };
    assert_eq!(run(&check, &patient()).await[0].id, "check.broke");
}

#[tokio::test]
async fn an_empty_machine_gets_a_report_without_alarm() {
    let report = Doctor::new(patient()).examine().await;
    assert!(report.verdict <= Level::Warn, "{report:#?}");
    for check in ["configuration", "host", "database", "zones", "twiml"] {
        assert!(report.of(check).next().is_some(), "{check} says nothing");
    }
    assert!(report.found("configuration.local-line").is_some());
}
