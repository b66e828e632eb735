use jiff::SignedDuration;

use super::super::tests::Fixture;
use super::*;
use crate::coach::verdict::{Proof, Verdict};
use crate::domain::attempt::Outcome;
use crate::domain::ids::{CallId, OccurrenceId};
use crate::domain::utterance::{Speaker, Utterance};
use crate::domain::wake_up::Event;

/// Spoken in a call; nothing of it may be left.
const CANARY: &str = "the canary sings at dawn";

/// A wake-up with a call in it that is over, at `fixture.now`.
async fn a_morning(fixture: &mut Fixture) -> OccurrenceId {
    let sleeper = match fixture.store.list_sleepers().await.unwrap().pop() {
        Some(sleeper) => sleeper,
        None => fixture.sleeper().await,
    };
    let occurrence = fixture.planned(&sleeper, None).await;
    let record = fixture.intent(&sleeper, &occurrence, 1);
    let (id, now) = (record.attempt.id, fixture.now);
    let said = Utterance { speaker: Speaker::Sleeper, text: CANARY.into(), said_at: now, interrupted: false };
    let verdict = Verdict { proof: Proof::Word, evidence: format!("she said \"{CANARY}\"") };
    let mut change = fixture.store.change().await.unwrap();
    change.add_attempt(&record).await.unwrap();
    change.record_utterances(id, &[said]).await.unwrap();
    change.set_verdict(id, &verdict).await.unwrap();
    change.set_document(id, CANARY).await.unwrap();
    let call = CallId::new(format!("CA{id}"));
    assert!(change.remember_callback(&call, 1, "completed", now).await.unwrap());
    change.record_history(id, "finished", "up", now).await.unwrap();
    change.finish_attempt(id, Outcome::Up, now).await.unwrap();
    let stored = change.occurrence(occurrence.id).await.unwrap();
    let (ended, _) = stored.wake_up.on(Event::Cancelled, now);
    change.save_step(&stored, &ended, now).await.unwrap();
    change.commit().await.unwrap();
    occurrence.id
}

fn retention(fixture: &Fixture, conversations_days: i64, wake_ups_days: i64) -> Retention {
    let before = |days: i64| fixture.now - SignedDuration::from_hours(24 * days);
    Retention {
        conversations_before: before(conversations_days),
        wake_ups_before: before(wake_ups_days),
        exceptions_before: jiff::civil::date(2025, 1, 1),
    }
}

fn days_later(fixture: &mut Fixture, days: i64) {
    fixture.now += SignedDuration::from_hours(24 * days);
}

#[tokio::test]
async fn words_go_after_their_time_and_the_morning_itself_stays() {
    let mut fixture = Fixture::new("prune-words").await;
    let old = a_morning(&mut fixture).await;
    days_later(&mut fixture, 31);
    let young = a_morning(&mut fixture).await;
    let pruned = fixture.store.prune(&retention(&fixture, 30, 400)).await.unwrap();
    assert_eq!(pruned, Pruned { conversations: 2, ..Pruned::default() });
    assert_eq!(fixture.store.list_conversation(old).await.unwrap(), []);
    assert_eq!(fixture.store.list_conversation(young).await.unwrap().len(), 1);
    let attempt = &fixture.store.list_attempts(old).await.unwrap()[0];
    let verdict = attempt.verdict.as_ref().unwrap();
    assert_eq!((verdict.proof, verdict.evidence.as_str()), (Proof::Word, ""));
    assert_eq!(attempt.document, None);
    assert!(fixture.store.prune(&retention(&fixture, 30, 400)).await.unwrap().is_empty(), "twice is once");
}

#[tokio::test]
async fn nothing_of_her_words_is_left_in_the_files() {
    let mut fixture = Fixture::new("prune-files").await;
    a_morning(&mut fixture).await;
    days_later(&mut fixture, 31);
    let holds_it = |fixture: &Fixture| {
        let files = std::fs::read_dir(fixture.path.parent().unwrap()).unwrap();
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .any(|bytes| bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()))
    };
    assert!(holds_it(&fixture));
    fixture.store.prune(&retention(&fixture, 30, 400)).await.unwrap();
    assert!(!holds_it(&fixture));
}

#[tokio::test]
async fn old_mornings_go_wholly_however_many_there_are_and_live_ones_never() {
    let mut fixture = Fixture::new("prune-old").await;
    for _ in 0..AT_ONCE + 3 {
        a_morning(&mut fixture).await;
    }
    let sleeper = fixture.store.list_sleepers().await.unwrap().pop().unwrap();
    let never_ended = fixture.planned(&sleeper, None).await;
    days_later(&mut fixture, 401);
    let young = a_morning(&mut fixture).await;
    let pruned = fixture.store.prune(&retention(&fixture, 30, 400)).await.unwrap();
    assert_eq!(pruned.wake_ups, u64::try_from(AT_ONCE).unwrap() + 3);
    let left = fixture.store.list_recent(1_000).await.unwrap();
    let mut left: Vec<_> = left.into_iter().map(|occurrence| occurrence.id).collect();
    left.sort();
    let mut expected = vec![never_ended.id, young];
    expected.sort();
    assert_eq!(left, expected);
    let condition = fixture.store.condition().await.unwrap();
    assert_eq!(condition.damage, [""; 0]);
}
