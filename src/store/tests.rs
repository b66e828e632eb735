//! A fresh database for each test, and each query at least once.

use jiff::SignedDuration;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::attempts::AttemptRecord;
use super::occurrences::{CivilKey, Occurrence};
use super::schedules::Schedule;
use super::sleepers::Sleeper;
use super::*;
use crate::coach::verdict::{Proof, Verdict};
use crate::domain::attempt::{Attempt, AttemptKind, AttemptState, Outcome};
use crate::domain::ids::{AttemptId, CallId, Nonce, OccurrenceId, ScheduleId, SleeperId};
use crate::domain::mode::{CallMode, ModeDecision, ModeReason, Probability};
use crate::domain::money::MicroDollars;
use crate::domain::phone::PhoneNumber;
use crate::domain::policy::MorningPolicy;
use crate::domain::schedule::{DueNote, Rule, Weekdays};
use crate::domain::utterance::{Speaker, Utterance};
use crate::domain::wake_up::{End, Event, Lateness, WakeUp};

mod places;

pub(super) struct Fixture {
    pub(super) store: Store,
    pub(super) rng: StdRng,
    pub(super) path: PathBuf,
    pub(super) now: jiff::Timestamp,
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.path.parent().unwrap());
    }
}

impl Fixture {
    pub(super) async fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("wakeup-store-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("coach.db");
        let store = Store::open(&path).await.unwrap();
        let now = "2026-03-02T05:30:00Z".parse().unwrap();
        Self { store, rng: StdRng::seed_from_u64(1), path, now }
    }

    pub(super) async fn sleeper(&mut self) -> Sleeper {
        let sleeper = Sleeper {
            id: SleeperId::new(self.now, &mut self.rng),
            name: Some("Anna".into()),
            phone_number: PhoneNumber::parse("+14155552671").unwrap(),
            language: "en-US".into(),
        };
        let mut change = self.store.change().await.unwrap();
        change.add_sleeper(&sleeper, self.now).await.unwrap();
        change.commit().await.unwrap();
        sleeper
    }

    pub(super) async fn planned(&mut self, sleeper: &Sleeper, key: Option<CivilKey>) -> Occurrence {
        let useful_until = self.now + SignedDuration::from_hours(2);
        let occurrence = Occurrence {
            id: OccurrenceId::new(self.now, &mut self.rng),
            sleeper: sleeper.id,
            key,
            zone: "Europe/Berlin".into(),
            tzdb_version: "2026e".into(),
            note: DueNote::AsAsked,
            wished_mode: Some(CallMode::Realtime),
            wake_up: WakeUp::planned(self.now, useful_until, MorningPolicy::default(), 0),
            fence: 0,
        };
        let mut change = self.store.change().await.unwrap();
        assert!(change.plan_occurrence(&occurrence, self.now).await.unwrap());
        change.commit().await.unwrap();
        occurrence
    }

    pub(super) fn intent(
        &mut self,
        sleeper: &Sleeper,
        occurrence: &Occurrence,
        number: u32,
    ) -> AttemptRecord {
        let decision = ModeDecision {
            mode: CallMode::Realtime,
            reason: ModeReason::Drawn,
            probability: Probability::new(0.5).unwrap(),
            draw: Some(0.31),
        };
        let attempt = Attempt {
            id: AttemptId::new(self.now, &mut self.rng),
            occurrence: occurrence.id,
            sleeper: sleeper.id,
            number,
            kind: AttemptKind::First,
            to: sleeper.phone_number.clone(),
            nonce: Nonce::new(&mut self.rng),
            decision,
            intent_at: self.now,
            state: AttemptState::Intended,
            fell_back: None,
            cost: MicroDollars::default(),
        };
        AttemptRecord::intended(attempt, Lateness::OnTime, occurrence.fence)
    }
}

#[tokio::test]
async fn what_is_written_is_read_back_after_a_restart() {
    let mut fixture = Fixture::new("restart").await;
    let sleeper = fixture.sleeper().await;
    let occurrence = fixture.planned(&sleeper, None).await;
    let record = fixture.intent(&sleeper, &occurrence, 1);
    let mut change = fixture.store.change().await.unwrap();
    change.add_attempt(&record).await.unwrap();
    change.commit().await.unwrap();
    fixture.store.close().await;
    let path = fixture.path.clone();
    // The lock is released with the last handle.
    fixture.store = {
        let other = Fixture::new("restart-other").await.store.clone();
        drop(std::mem::replace(&mut fixture.store, other));
        Store::open(&path).await.unwrap()
    };
    assert_eq!(fixture.store.load_sleeper(sleeper.id).await.unwrap(), sleeper);
    assert_eq!(fixture.store.load_occurrence(occurrence.id).await.unwrap(), occurrence);
    assert_eq!(fixture.store.load_attempt(record.attempt.id).await.unwrap(), record);
}

#[tokio::test]
async fn a_second_daemon_is_refused() {
    let fixture = Fixture::new("lock").await;
    assert!(matches!(Store::open(&fixture.path).await, Err(StoreError::InUse { .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_open_the_database_or_its_lock() {
    use std::os::unix::fs::PermissionsExt as _;

    let fixture = Fixture::new("private").await;
    let files = [fixture.path.clone(), lock_path(&fixture.path)];
    let modes = || files.clone().map(|path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777);
    assert_eq!(modes(), [0o600; 2]);
    for path in &files {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    // In use or not, it is repaired first.
    assert!(matches!(Store::open(&fixture.path).await, Err(StoreError::InUse { .. })));
    assert_eq!(modes()[1], 0o600);
}

#[tokio::test]
async fn a_database_from_the_future_is_refused() {
    let fixture = Fixture::new("future").await;
    let mut change = fixture.store.change().await.unwrap();
    let planted =
        "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
                   VALUES (9999, 'from tomorrow', CURRENT_TIMESTAMP, 1, x'00', 0)";
    sqlx::query(planted).execute(&mut *change.tx).await.unwrap();
    change.commit().await.unwrap();
    assert!(matches!(migrate::run(&fixture.store.write).await, Err(StoreError::FromTheFuture(9999))));
}

#[tokio::test]
async fn one_number_has_one_live_call() {
    let mut fixture = Fixture::new("one-call").await;
    let sleeper = fixture.sleeper().await;
    let first = fixture.planned(&sleeper, None).await;
    let second = fixture.planned(&sleeper, None).await;
    let (a, b) = (fixture.intent(&sleeper, &first, 1), fixture.intent(&sleeper, &second, 1));
    let mut change = fixture.store.change().await.unwrap();
    change.add_attempt(&a).await.unwrap();
    assert!(matches!(change.add_attempt(&b).await, Err(StoreError::NumberBusy)));
    change.finish_attempt(a.attempt.id, Outcome::NoAnswer, fixture.now).await.unwrap();
    change.add_attempt(&b).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(fixture.store.list_open_attempts().await.unwrap(), [b]);
}

#[tokio::test]
async fn a_morning_is_planned_once_and_follows_the_zone_data_until_it_is_claimed() {
    let mut fixture = Fixture::new("civil").await;
    let sleeper = fixture.sleeper().await;
    let rule = Rule::Weekly { weekdays: Weekdays::WORKING, at: jiff::civil::time(6, 30, 0, 0) };
    let id = ScheduleId::new(fixture.now, &mut fixture.rng);
    let schedule = Schedule {
        policy: MorningPolicy { snoozes: 2, ..MorningPolicy::default() },
        ..Schedule::new(id, sleeper.id, rule, "Europe/Berlin", fixture.now)
    };
    let mut change = fixture.store.change().await.unwrap();
    change.add_schedule(&schedule, fixture.now).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(fixture.store.list_schedules().await.unwrap(), std::slice::from_ref(&schedule));

    let key = CivilKey { schedule: schedule.id, zone_epoch: 0, date: jiff::civil::date(2026, 3, 2), slot: 0 };
    let planned = fixture.planned(&sleeper, Some(key)).await;
    let mut change = fixture.store.change().await.unwrap();
    let again = Occurrence { id: OccurrenceId::new(fixture.now, &mut fixture.rng), ..planned.clone() };
    assert!(!change.plan_occurrence(&again, fixture.now).await.unwrap(), "the civil key is unique");
    let earlier = fixture.now - SignedDuration::from_hours(1);
    let at = |due_at| WakeUp { due_at, act_at: Some(due_at), ..planned.wake_up };
    let moved = Occurrence { wake_up: at(earlier), tzdb_version: "2026f".into(), ..planned.clone() };
    assert!(change.revise_planned(&moved).await.unwrap());
    let before = change.occurrence(planned.id).await.unwrap();
    assert_eq!((before.wake_up.due_at, before.wake_up.act_at), (earlier, Some(earlier)));
    let (calling, _) = before.wake_up.on(Event::Due, earlier);
    assert_eq!(change.save_step(&before, &calling, earlier).await.unwrap(), 1);
    assert!(!change.revise_planned(&moved).await.unwrap(), "claimed");
    assert!(!change.withdraw(planned.id).await.unwrap(), "claimed");
    assert!(change.save_step(&before, &calling, earlier).await.is_err(), "a stale step is fenced off");
    change.commit().await.unwrap();
}

#[tokio::test]
async fn due_wake_ups_come_most_overdue_first_and_ended_ones_never() {
    let mut fixture = Fixture::new("due").await;
    let sleeper = fixture.sleeper().await;
    let first = fixture.planned(&sleeper, None).await;
    fixture.now += SignedDuration::from_mins(5);
    let second = fixture.planned(&sleeper, None).await;
    assert_eq!(fixture.store.list_due(fixture.now, 10).await.unwrap(), [first.id, second.id]);
    assert_eq!(fixture.store.next_action_at().await.unwrap(), first.wake_up.act_at);
    let mut change = fixture.store.change().await.unwrap();
    let (ended, _) = first.wake_up.on(Event::Cancelled, fixture.now);
    change.save_step(&first, &ended, fixture.now).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(fixture.store.list_due(fixture.now, 10).await.unwrap(), [second.id]);
    assert_eq!(fixture.store.list_coming(10).await.unwrap(), [second]);
    let stored = fixture.store.load_occurrence(first.id).await.unwrap();
    assert_eq!(stored.wake_up.phase, crate::domain::wake_up::Phase::Ended(End::Cancelled));
}

#[tokio::test]
async fn a_call_is_bound_late_answered_and_finished_once() {
    let mut fixture = Fixture::new("bind").await;
    let sleeper = fixture.sleeper().await;
    let occurrence = fixture.planned(&sleeper, None).await;
    let record = fixture.intent(&sleeper, &occurrence, 1);
    let (id, call, now) = (record.attempt.id, CallId::new("CA1"), fixture.now);
    let mut change = fixture.store.change().await.unwrap();
    change.add_attempt(&record).await.unwrap();
    assert!(change.mark_unknown(id).await.unwrap());
    assert!(!change.mark_answered(id, now).await.unwrap(), "no call is known yet");
    assert!(change.bind_call(id, &call).await.unwrap());
    assert!(change.bind_call(id, &call).await.unwrap(), "the same call again is no news");
    assert!(!change.bind_call(id, &CallId::new("CA2")).await.unwrap(), "the first writer wins");
    assert!(!change.mark_unknown(id).await.unwrap(), "a known call does not become unknown");
    assert!(change.mark_answered(id, now).await.unwrap());
    assert!(change.finish_attempt(id, Outcome::HungUp, now).await.unwrap());
    assert!(!change.finish_attempt(id, Outcome::NoAnswer, now).await.unwrap(), "the first outcome stands");
    change.commit().await.unwrap();
    let stored = fixture.store.load_attempt(id).await.unwrap();
    assert_eq!(stored.attempt.state.call(), Some(&call));
    assert!(fixture.store.is_known_call(&call).await.unwrap());
    assert!(!fixture.store.is_known_call(&CallId::new("CA2")).await.unwrap());
}

#[tokio::test]
async fn a_ticket_opens_once_and_only_a_live_realtime_call() {
    let mut fixture = Fixture::new("ticket").await;
    let sleeper = fixture.sleeper().await;
    let occurrence = fixture.planned(&sleeper, None).await;
    let record = fixture.intent(&sleeper, &occurrence, 1);
    let (ticket, stranger) = (Nonce::new(&mut fixture.rng), Nonce::new(&mut fixture.rng));
    let mut change = fixture.store.change().await.unwrap();
    change.add_attempt(&record).await.unwrap();
    change.set_ticket(record.attempt.id, &ticket).await.unwrap();
    assert_eq!(change.use_ticket(&ticket, fixture.now).await.unwrap(), None, "nobody has answered");
    change.bind_call(record.attempt.id, &CallId::new("CA1")).await.unwrap();
    change.mark_answered(record.attempt.id, fixture.now).await.unwrap();
    assert_eq!(change.use_ticket(&stranger, fixture.now).await.unwrap(), None);
    let opened = change.use_ticket(&ticket, fixture.now).await.unwrap().map(|record| record.attempt.id);
    assert_eq!(opened, Some(record.attempt.id));
    assert_eq!(change.use_ticket(&ticket, fixture.now).await.unwrap(), None, "used");
}

#[tokio::test]
async fn a_turn_is_taken_once() {
    let mut fixture = Fixture::new("turn").await;
    let sleeper = fixture.sleeper().await;
    let occurrence = fixture.planned(&sleeper, None).await;
    let record = fixture.intent(&sleeper, &occurrence, 1);
    let id = record.attempt.id;
    let mut change = fixture.store.change().await.unwrap();
    change.add_attempt(&record).await.unwrap();
    assert!(change.take_turn(id, 0, true).await.unwrap());
    assert!(!change.take_turn(id, 0, true).await.unwrap());
    change.set_document(id, "<Response/>").await.unwrap();
    let taken = change.attempt(id).await.unwrap();
    assert_eq!((taken.turn, taken.silences, taken.document.as_deref()), (1, 1, Some("<Response/>")));
    assert!(change.take_turn(id, 1, false).await.unwrap());
    assert_eq!(change.attempt(id).await.unwrap().silences, 0, "an answer ends the silence");
}

#[tokio::test]
async fn the_conversation_verdict_and_cost_stay_with_the_attempt() {
    let mut fixture = Fixture::new("conversation").await;
    let sleeper = fixture.sleeper().await;
    let occurrence = fixture.planned(&sleeper, None).await;
    let record = fixture.intent(&sleeper, &occurrence, 1);
    let id = record.attempt.id;
    let said = |speaker, text: &str, at: i64| Utterance {
        speaker,
        text: text.into(),
        said_at: fixture.now + SignedDuration::from_secs(at),
        interrupted: false,
    };
    let lines = [said(Speaker::Coach, "Good morning.", 1), said(Speaker::Sleeper, "Mm.", 4)];
    let verdict = Verdict { proof: Proof::Word, evidence: "she said \"goodbye\"".into() };
    let mut change = fixture.store.change().await.unwrap();
    change.add_attempt(&record).await.unwrap();
    change.record_utterances(id, &lines[1..2]).await.unwrap();
    change.replace_utterances(id, &lines).await.unwrap();
    change.set_verdict(id, &verdict).await.unwrap();
    change.set_verdict(id, &Verdict { evidence: "later".into(), ..verdict.clone() }).await.unwrap();
    change.add_cost(id, MicroDollars(7)).await.unwrap();
    change.record_history(id, "placed", "the carrier took the call", fixture.now).await.unwrap();
    assert!(change.set_ending(id, Outcome::Up).await.unwrap());
    assert!(!change.set_ending(id, Outcome::HungUp).await.unwrap(), "the first word stands");
    change.commit().await.unwrap();
    let stored = fixture.store.load_attempt(id).await.unwrap();
    assert_eq!(
        (stored.verdict, stored.attempt.cost, stored.ending),
        (Some(verdict), MicroDollars(7), Some(Outcome::Up))
    );
    assert_eq!(fixture.store.list_conversation(occurrence.id).await.unwrap(), lines);
    assert_eq!(fixture.store.list_history(id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn settings_survive_and_a_repeated_callback_is_noticed() {
    let fixture = Fixture::new("settings").await;
    let defaults = fixture.store.load_mode_settings().await.unwrap();
    assert_eq!(defaults.probability, Probability::new(0.5).unwrap());
    let mut change = fixture.store.change().await.unwrap();
    change.set_probability(Probability::new(0.75).unwrap(), fixture.now).await.unwrap();
    change.set_breaker(defaults.breaker.failed(fixture.now), fixture.now).await.unwrap();
    let call = CallId::new("CA1");
    assert!(change.remember_callback(&call, 3, "completed", fixture.now).await.unwrap());
    assert!(!change.remember_callback(&call, 3, "completed", fixture.now).await.unwrap());
    change.commit().await.unwrap();
    let stored = fixture.store.load_mode_settings().await.unwrap();
    assert_eq!((stored.probability.value().to_bits(), stored.breaker.failures), (0.75_f64.to_bits(), 1));
    assert!(fixture.store.has_probability().await.unwrap());
}

#[tokio::test]
async fn a_row_that_makes_no_sense_is_an_error_and_never_a_default() {
    let mut fixture = Fixture::new("corrupt").await;
    let sleeper = fixture.sleeper().await;
    let mut change = fixture.store.change().await.unwrap();
    sqlx::query("UPDATE sleepers SET phone_number = 'anna'").execute(&mut *change.tx).await.unwrap();
    change.commit().await.unwrap();
    let found = fixture.store.load_sleeper(sleeper.id).await;
    assert!(matches!(found, Err(StoreError::Corrupt { table: "sleepers", column: "phone_number" })));
}

#[tokio::test]
async fn a_change_that_is_dropped_never_happened() {
    let mut fixture = Fixture::new("dropped").await;
    let sleeper = fixture.sleeper().await;
    let mut change = fixture.store.change().await.unwrap();
    change.set_probability(Probability::ALWAYS, fixture.now).await.unwrap();
    drop(change);
    assert!(!fixture.store.has_probability().await.unwrap());
    assert_eq!(fixture.store.find_sleeper_by_number(&sleeper.phone_number).await.unwrap(), Some(sleeper));
}
