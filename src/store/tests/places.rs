//! Places, proofs from there, and requests that come twice.

use std::time::Duration;

use super::*;
use crate::domain::proof::Proof;
use crate::store::places::{Place, PlaceKey};
use crate::store::proofs::SeenProof;

fn place(name: &str, sleeper: Option<SleeperId>, key: PlaceKey) -> Place {
    Place { name: name.into(), sleeper, key }
}

#[tokio::test]
async fn a_renewed_code_is_the_only_one_that_opens_and_names_are_taken_once() {
    let mut fixture = Fixture::new("places").await;
    let anna = fixture.sleeper().await;
    let (old, new) = (Nonce::new(&mut fixture.rng), Nonce::new(&mut fixture.rng));
    let kitchen = place("kitchen", Some(anna.id), PlaceKey::Printed(old.clone()));
    let door = place("door", None, PlaceKey::Device("74acb99f4e24".into()));
    let mut change = fixture.store.change().await.unwrap();
    change.add_place(&kitchen, fixture.now).await.unwrap();
    change.add_place(&door, fixture.now).await.unwrap();
    assert!(matches!(change.add_place(&kitchen, fixture.now).await, Err(StoreError::Duplicate)));
    change.commit().await.unwrap();
    let store = &fixture.store;
    assert_eq!(store.list_places().await.unwrap(), [door.clone(), kitchen.clone()]);
    assert_eq!(store.find_place_by_secret(&old).await.unwrap(), Some(kitchen));
    assert_eq!(store.find_place_by_device("74acb99f4e24").await.unwrap(), Some(door));
    assert_eq!(store.find_place_by_device("other").await.unwrap(), None);
    let mut change = store.change().await.unwrap();
    assert!(change.renew_place("kitchen", &new, fixture.now).await.unwrap());
    assert!(!change.renew_place("door", &new, fixture.now).await.unwrap(), "a device has no code");
    assert!(change.remove_place("door").await.unwrap() && !change.remove_place("door").await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(store.find_place_by_secret(&old).await.unwrap(), None);
    assert_eq!(store.find_place_by_secret(&new).await.unwrap().unwrap().name, "kitchen");
}

#[tokio::test]
async fn only_what_has_rung_and_is_not_over_can_be_proved() {
    let mut fixture = Fixture::new("rung").await;
    let anna = fixture.sleeper().await;
    let planned = fixture.planned(&anna, None).await;
    let rung = |sleeper| fixture.store.list_rung(sleeper);
    assert_eq!(rung(None).await.unwrap(), []);
    let (calling, _) = planned.wake_up.on(Event::Due, fixture.now);
    let mut change = fixture.store.change().await.unwrap();
    change.save_step(&planned, &calling, fixture.now).await.unwrap();
    assert_eq!(change.rung(Some(anna.id)).await.unwrap().len(), 1);
    change.commit().await.unwrap();
    let other = SleeperId::new(fixture.now, &mut StdRng::seed_from_u64(9));
    assert_eq!((rung(None).await.unwrap().len(), rung(Some(other)).await.unwrap().len()), (1, 0));
    let called = fixture.store.load_occurrence(planned.id).await.unwrap();
    let (over, _) = calling.on(Event::AttemptEnded(Outcome::RefusedForGood), fixture.now);
    let mut change = fixture.store.change().await.unwrap();
    change.save_step(&called, &over, fixture.now).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(rung(Some(anna.id)).await.unwrap(), []);
}

#[tokio::test]
async fn a_proof_stands_for_its_time_and_no_longer() {
    let mut fixture = Fixture::new("standing").await;
    let anna = fixture.sleeper().await;
    let occurrence = fixture.planned(&anna, None).await.id;
    let (store, now) = (&fixture.store, fixture.now);
    assert_eq!(store.load_place_counts_for().await.unwrap(), Duration::from_mins(5));
    let mut change = store.change().await.unwrap();
    assert!(!store.has_place_counts_for().await.unwrap());
    change.set_place_counts_for(Duration::from_mins(1), now).await.unwrap();
    assert_eq!(change.place_counts_for().await.unwrap(), Duration::from_mins(1));
    let seen = SeenProof {
        occurrence,
        attempt: None,
        proof: Proof::Place,
        source: "doorbell".into(),
        evidence: "touched the doorbell".into(),
        seen_at: now,
        valid_until: now + SignedDuration::from_mins(1),
    };
    change.record_proof(&seen).await.unwrap();
    change.commit().await.unwrap();
    assert!(store.has_place_counts_for().await.unwrap());
    for (after_secs, stands) in [(-1, false), (0, true), (59, true), (60, false)] {
        let at = now + SignedDuration::from_secs(after_secs);
        let found = store.find_standing_place_proof(at).await.unwrap();
        assert_eq!(found, stands.then(|| seen.clone()), "after {after_secs} s");
    }
}

#[tokio::test]
async fn a_request_is_remembered_for_an_hour() {
    let fixture = Fixture::new("requests").await;
    let mut change = fixture.store.change().await.unwrap();
    let later = |minutes| fixture.now + SignedDuration::from_mins(minutes);
    assert!(change.remember_request("a", fixture.now).await.unwrap());
    assert!(!change.remember_request("a", later(59)).await.unwrap());
    assert!(change.remember_request("b", later(59)).await.unwrap());
    assert!(change.remember_request("a", later(61)).await.unwrap());
    assert!(!change.remember_request("b", later(61)).await.unwrap());
}
