use jiff::SignedDuration;

use super::super::contacts::Contact;
use super::super::notice_calls::{NoticeCall, NoticeCallState};
use super::super::tests::Fixture;
use super::*;
use crate::domain::attempt::Outcome;
use crate::domain::ids::{CallId, ContactId, Nonce, SleeperId};
use crate::domain::phone::PhoneNumber;

const BERT: &str = "+14155550177";

fn contact(fixture: &mut Fixture, sleeper: SleeperId) -> Contact {
    Contact {
        id: ContactId::new(fixture.now, &mut fixture.rng),
        sleeper,
        name: "Bert".into(),
        language: "en-US".into(),
        phone_number: PhoneNumber::parse(BERT).ok(),
        webhook: None,
        ntfy: "https://ntfy.example.com/a-secret-topic".parse().ok(),
    }
}

/// A notice for the owner of a wake-up of its own.
async fn noticed(fixture: &mut Fixture, channel: Channel) -> Notice {
    let sleeper = fixture.store.list_sleepers().await.unwrap().pop();
    let sleeper = match sleeper {
        Some(sleeper) => sleeper,
        None => fixture.sleeper().await,
    };
    let occurrence = fixture.planned(&sleeper, None).await;
    let id = NoticeId::new(fixture.now, &mut fixture.rng);
    let notice = Notice::pending(id, occurrence.id, News::Missed, Recipient::Owner, channel, fixture.now);
    let mut change = fixture.store.change().await.unwrap();
    assert!(change.add_notice(&notice).await.unwrap());
    change.commit().await.unwrap();
    notice
}

fn call(fixture: &mut Fixture, notice: &Notice) -> NoticeCall {
    NoticeCall {
        nonce: Nonce::new(&mut fixture.rng),
        notice: notice.id,
        to: PhoneNumber::parse(BERT).unwrap(),
        state: NoticeCallState::Intended,
        call: None,
        intent_at: fixture.now,
        answered_at: None,
        outcome: None,
    }
}

#[tokio::test]
async fn a_contact_is_kept_found_and_removed_and_its_addresses_stay_out_of_logs() {
    let mut fixture = Fixture::new("contacts").await;
    let sleeper = fixture.sleeper().await;
    let bert = contact(&mut fixture, sleeper.id);
    let mut change = fixture.store.change().await.unwrap();
    change.add_contact(&bert, fixture.now).await.unwrap();
    assert_eq!(change.contacts(sleeper.id).await.unwrap(), std::slice::from_ref(&bert));
    change.commit().await.unwrap();
    assert_eq!(fixture.store.list_contacts(sleeper.id).await.unwrap(), std::slice::from_ref(&bert));
    assert_eq!(fixture.store.find_contact(bert.id).await.unwrap(), Some(bert.clone()));
    assert_eq!(bert.channels().collect::<Vec<_>>(), [Channel::Phone, Channel::Ntfy]);
    let shown = format!("{bert:?}");
    assert!(!shown.contains("secret") && !shown.contains(BERT), "{shown}");
    let mut change = fixture.store.change().await.unwrap();
    assert!(change.remove_contact(bert.id).await.unwrap());
    assert!(!change.remove_contact(bert.id).await.unwrap());
    let nowhere = Contact { phone_number: None, ntfy: None, ..bert };
    assert!(change.add_contact(&nowhere, fixture.now).await.is_err(), "there must be a way");
}

#[tokio::test]
async fn each_is_told_once_and_settled_once() {
    let mut fixture = Fixture::new("notices").await;
    let notice = noticed(&mut fixture, Channel::Webhook).await;
    let (now, store) = (fixture.now, fixture.store.clone());
    assert_eq!(store.list_notices_due(now, 9).await.unwrap(), std::slice::from_ref(&notice));
    assert_eq!(store.next_notice_at().await.unwrap(), Some(now));
    let mut change = store.change().await.unwrap();
    let twin = Notice { id: NoticeId::new(now, &mut fixture.rng), ..notice.clone() };
    assert!(!change.add_notice(&twin).await.unwrap(), "the same news by the same way");
    let later = now + SignedDuration::from_mins(1);
    assert!(change.put_notice_off(notice.id, later, 1, Some("it was down")).await.unwrap());
    assert!(change.put_notice_off(notice.id, later, 2, None).await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(store.list_notices_due(now, 9).await.unwrap(), []);
    let put_off = store.load_notice(notice.id).await.unwrap();
    assert_eq!((put_off.tries, put_off.problem.as_deref()), (2, Some("it was down")));
    let mut change = store.change().await.unwrap();
    let tried = Notice { tries: 3, ..notice.clone() };
    assert!(change.settle_notice(&tried, NoticeState::Sent, None, later).await.unwrap());
    assert!(!change.settle_notice(&tried, NoticeState::GivenUp, None, later).await.unwrap());
    assert!(!change.put_notice_off(notice.id, later, 4, None).await.unwrap());
    assert!(change.acknowledge_notice(notice.id, later).await.unwrap());
    assert!(!change.acknowledge_notice(notice.id, later).await.unwrap());
    let settled = change.notices(notice.occurrence).await.unwrap().remove(0);
    change.commit().await.unwrap();
    assert_eq!((settled.state, settled.tries, settled.next_try_at), (NoticeState::Sent, 3, None));
    assert_eq!((settled.settled_at, settled.acknowledged_at), (Some(later), Some(later)));
    assert_eq!(store.list_notices(notice.occurrence).await.unwrap(), [settled]);
    assert_eq!(store.next_notice_at().await.unwrap(), None);
}

#[tokio::test]
async fn a_number_has_one_live_call_whether_it_wakes_or_tells() {
    let mut fixture = Fixture::new("notice-calls").await;
    let (first, second) =
        (noticed(&mut fixture, Channel::Phone).await, noticed(&mut fixture, Channel::Phone).await);
    let (one, two) = (call(&mut fixture, &first), call(&mut fixture, &second));
    let sleeper = fixture.store.list_sleepers().await.unwrap().remove(0);
    let occurrence = fixture.store.load_occurrence(first.occurrence).await.unwrap();
    let mut wakes = fixture.intent(&sleeper, &occurrence, 1);
    wakes.attempt.to = one.to.clone();
    let mut change = fixture.store.change().await.unwrap();
    change.add_notice_call(&one).await.unwrap();
    let told = change.add_notice_call(&two).await;
    assert!(matches!(told, Err(StoreError::NumberBusy)), "{told:?}");
    let woken = change.add_attempt(&wakes).await;
    assert!(matches!(woken, Err(StoreError::NumberBusy)), "{woken:?}");
    assert!(change.finish_notice_call(&one.nonce, Outcome::Busy).await.unwrap());
    assert!(!change.finish_notice_call(&one.nonce, Outcome::HungUp).await.unwrap());
    change.add_attempt(&wakes).await.unwrap();
    let told = change.add_notice_call(&two).await;
    assert!(matches!(told, Err(StoreError::NumberBusy)), "{told:?}");
    change.commit().await.unwrap();
    let calls = fixture.store.list_notice_calls(first.id).await.unwrap();
    assert_eq!(
        (calls.len(), calls[0].state, calls[0].outcome),
        (1, NoticeCallState::Finished, Some(Outcome::Busy))
    );
}

#[tokio::test]
async fn a_call_is_bound_by_whoever_learns_of_it_first_and_to_one_only() {
    let mut fixture = Fixture::new("notice-binding").await;
    let notice = noticed(&mut fixture, Channel::Phone).await;
    let intent = call(&mut fixture, &notice);
    let (ours, other) = (CallId::new("CA1"), CallId::new("CA2"));
    let mut change = fixture.store.change().await.unwrap();
    change.add_notice_call(&intent).await.unwrap();
    change.mark_notice_call_unknown(&intent.nonce).await.unwrap();
    assert_eq!(change.notice_call(&intent.nonce).await.unwrap().unwrap().state, NoticeCallState::Unknown);
    assert!(change.bind_notice_call(&intent.nonce, &ours).await.unwrap());
    assert!(change.bind_notice_call(&intent.nonce, &ours).await.unwrap());
    assert!(!change.bind_notice_call(&intent.nonce, &other).await.unwrap());
    change.mark_notice_call_unknown(&intent.nonce).await.unwrap();
    change.mark_notice_call_answered(&intent.nonce, fixture.now).await.unwrap();
    change.commit().await.unwrap();
    let stored = fixture.store.find_notice_call(&intent.nonce).await.unwrap().unwrap();
    assert_eq!((stored.state, stored.answered_at), (NoticeCallState::Answered, Some(fixture.now)));
    // A look-up for a wake-up must not take it for its own.
    assert!(fixture.store.is_known_call(&ours).await.unwrap());
    assert!(!fixture.store.is_known_call(&other).await.unwrap());
    assert_eq!(fixture.store.find_notice_call(&Nonce::new(&mut fixture.rng)).await.unwrap(), None);
}

#[tokio::test]
async fn a_warning_is_set_once_put_off_and_done() {
    let mut fixture = Fixture::new("warnings").await;
    let sleeper = fixture.sleeper().await;
    let id = fixture.planned(&sleeper, None).await.id;
    let (store, at) = (fixture.store.clone(), fixture.now);
    let later = at + SignedDuration::from_mins(1);
    let mut change = store.change().await.unwrap();
    change.warn_first_at(id, at).await.unwrap();
    change.warn_first_at(id, later).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(store.list_to_warn_of(at, 9).await.unwrap(), [id]);
    let mut change = store.change().await.unwrap();
    change.warn_again_at(id, later).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(store.list_to_warn_of(at, 9).await.unwrap(), []);
    let mut change = store.change().await.unwrap();
    change.warning_done(id, at).await.unwrap();
    change.warn_first_at(id, at).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(store.list_to_warn_of(later, 9).await.unwrap(), []);
}
