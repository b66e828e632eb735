//! Other people are told: the back-up person after ten minutes and at the end, the owner of everything,
//! each once.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use wakeup_coach::app::RehearsalPlan;
use wakeup_coach::calls::What;
use wakeup_coach::domain::notice::{Channel, News, NoticeState};
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Act, Answer, Sleeper as Script};
use wakeup_coach::simulator::twilio::{CallStatus, CreateFault};

use crate::support::TestDay;
use crate::support::carrier::{absent, rises_after, says_goodbye};
use crate::support::people::{BERT, Inbox, confirms};

/// A morning on which nobody picks up, and the owner is told through `owner`.
async fn nobody_picks_up(owner: &Inbox, change: impl FnOnce(&mut RehearsalPlan)) -> TestDay {
    let url = owner.url.clone();
    let day = TestDay::before_half_past_six_with(|plan| {
        plan.notify.webhook = Some(url);
        change(plan);
    })
    .await;
    day.sleeps_like(vec![absent(Answer::Busy)]);
    day
}

/// The first calls find nobody, until just before the eleventh minute.
async fn ten_minutes_in_vain(day: &mut TestDay) {
    day.half_past_six();
    for wait in [90, 300] {
        assert_eq!(day.skip_the_wait().await.as_secs(), wait);
    }
    day.event("the third wait", |what| matches!(what, What::Waiting(..))).await;
    day.jump_to("2026-03-02T06:40:00[Europe/Berlin]");
}

#[tokio::test]
async fn after_ten_minutes_owner_and_back_up_person_are_told_once_and_at_the_end_again() {
    let (owner, bert) = (Inbox::open().await, Inbox::open().await);
    let mut day = nobody_picks_up(&owner, |plan| plan.morning.calls_allowed = 4).await;
    day.expect_error("A wake-up was MISSED");
    day.has_a_contact(|contact| contact.ntfy = Some(bert.url.clone())).await;
    ten_minutes_in_vain(&mut day).await;
    day.told(News::SlowToWake, NoticeState::Sent).await;
    day.jump_to("2026-03-02T06:46:30[Europe/Berlin]");
    assert_eq!(day.ended().await, End::CallsExhausted);
    day.told(News::Missed, NoticeState::Sent).await;
    day.advance(Duration::from_hours(2));
    assert_eq!(owner.kinds(), ["wake_up.slow_to_wake", "wake_up.missed"]);
    let posts = bert.posts();
    assert_eq!([posts[0].header("priority"), posts[1].header("priority")], ["4", "5"]);
    assert_eq!(posts[0].header("title"), "Anna is not up yet");
    assert!(
        posts[0].body.contains("06:30") && posts[0].body.contains("3 calls were made: 3 busy"),
        "{}",
        posts[0].body
    );
    assert!(posts[1].body.contains("4 calls were made: 4 busy"), "{}", posts[1].body);
    assert_eq!(posts.len(), 2);
    day.close().await;
}

#[tokio::test]
async fn a_restart_in_between_tells_nobody_twice_and_forgets_nobody() {
    let owner = Inbox::open().await;
    let mut day = nobody_picks_up(&owner, |_| {}).await;
    ten_minutes_in_vain(&mut day).await;
    day.told(News::SlowToWake, NoticeState::Sent).await;
    day.dies().await;
    day.starts_again().await;
    day.sleeps_like(vec![says_goodbye()]);
    day.jump_to("2026-03-02T06:46:30[Europe/Berlin]");
    assert_eq!(day.ended().await, End::Up);
    // Whoever was told that she is slow is told that she is up.
    day.told(News::UpAfterAll, NoticeState::Sent).await;
    assert_eq!(owner.kinds(), ["wake_up.slow_to_wake", "wake_up.up_after_all"]);
    day.close().await;
}

#[tokio::test]
async fn what_was_not_told_before_a_crash_is_told_after_it() {
    let owner = Inbox::open().await;
    owner.answers(&[503]);
    let mut day = nobody_picks_up(&owner, |plan| plan.morning.calls_allowed = 1).await;
    day.expect_error("A wake-up was MISSED");
    day.half_past_six();
    assert_eq!(day.ended().await, End::CallsExhausted);
    day.until("the first try has failed", |_| owner.posts().len() == 1).await;
    day.dies().await;
    day.advance(Duration::from_mins(1));
    day.starts_again().await;
    day.told(News::Missed, NoticeState::Sent).await;
    assert_eq!(owner.kinds(), ["wake_up.missed"; 2]);
    let posts = owner.posts();
    // The same name at every try, so that a receiver can tell.
    assert_eq!(posts[0].header("webhook-id"), posts[1].header("webhook-id"));
    day.close().await;
}

#[tokio::test]
async fn somebody_who_talks_with_the_coach_is_not_slow_until_she_has_hung_up() {
    let owner = Inbox::open().await;
    let mut day =
        nobody_picks_up(&owner, |plan| plan.policy.silence.give_up_after = Duration::from_mins(5)).await;
    let listens = Script::answering(Duration::from_secs(1), vec![Act::StaySilent(Duration::from_mins(30))]);
    day.sleeps_like(vec![listens, says_goodbye()]);
    day.half_past_six();
    day.answered().await;
    day.jump_to("2026-03-02T06:40:00[Europe/Berlin]");
    let looked = async |day: &TestDay| {
        let occurrence = day.occurrence();
        day.morning.store.list_to_warn_of(day.now(), 9).await.unwrap() == [occurrence]
    };
    while looked(&day).await {
        tokio::task::yield_now().await;
    }
    assert_eq!(day.outbox().await, Vec::<String>::new());
    let call = day.only_call().sid;
    let end = [("Status".to_owned(), "completed".to_owned())];
    assert_eq!(day.asks_carrier(&format!("/Calls/{call}.json"), &end).await, 200);
    day.finished().await;
    day.advance(Duration::from_mins(1));
    day.told(News::SlowToWake, NoticeState::Sent).await;
    assert_eq!(day.ended().await, End::Up);
    day.told(News::UpAfterAll, NoticeState::Sent).await;
    day.close().await;
}

#[tokio::test]
async fn each_permanent_refusal_alerts_at_once_and_does_not_hammer() {
    // A number that does not exist, a country that is not allowed, bad credentials, a trial's limits.
    for code in [21_211, 21_215, 20_003, 21_219] {
        let owner = Inbox::open().await;
        let mut day = nobody_picks_up(&owner, |_| {}).await;
        day.expect_error("A wake-up was MISSED");
        day.next_creates(&[CreateFault::Refused(code)]);
        day.half_past_six();
        assert_eq!(day.ended().await, End::RefusedForGood);
        day.told(News::Missed, NoticeState::Sent).await;
        assert_eq!((owner.kinds(), day.creates_asked()), (vec!["wake_up.missed".to_owned()], 1));
        assert!(owner.posts()[0].body.contains(&code.to_string()), "{}", owner.posts()[0].body);
        day.advance(Duration::from_hours(1));
        assert_eq!(day.creates_asked(), 1);
        day.close().await;
    }
}

#[tokio::test]
async fn a_call_that_comes_much_too_late_is_told_to_the_owner_alone() {
    let (owner, bert) = (Inbox::open().await, Inbox::open().await);
    let mut day = nobody_picks_up(&owner, |_| {}).await;
    day.has_a_contact(|contact| contact.webhook = Some(bert.url.clone())).await;
    day.sleeps_like(vec![says_goodbye()]);
    day.dies().await;
    day.jump_to("2026-03-02T07:30:00[Europe/Berlin]");
    day.starts_again().await;
    assert_eq!(day.ended().await, End::Up);
    day.told(News::RangLate, NoticeState::Sent).await;
    assert_eq!((owner.kinds(), bert.posts().len()), (vec!["wake_up.rang_late".to_owned()], 0));
    day.close().await;
}

#[tokio::test]
async fn a_test_call_that_nobody_answers_alarms_nobody() {
    let owner = Inbox::open().await;
    let url = owner.url.clone();
    let mut day =
        TestDay::plan("2026-03-02T06:29:00[Europe/Berlin]", 16.0, |plan| plan.notify.webhook = Some(url))
            .await
            .never_realtime()
            .await;
    day.sleeps_like(vec![absent(Answer::Busy)]);
    assert_eq!(day.ask("POST", "/test-call", "").await.0, 200);
    assert_eq!(day.ended().await, End::CallsExhausted);
    day.advance(Duration::from_mins(30));
    assert_eq!(day.notices().await, []);
    day.close().await;
}

#[tokio::test]
async fn a_server_that_is_down_is_asked_again_and_given_up_with_a_line_in_the_log() {
    let owner = Inbox::open().await;
    owner.always_answers(500);
    let mut day = nobody_picks_up(&owner, |plan| plan.morning.calls_allowed = 1).await;
    day.expect_error("A wake-up was MISSED");
    day.expect_error("Could not tell the owner by webhook; giving up");
    day.half_past_six();
    assert_eq!(day.ended().await, End::CallsExhausted);
    for _ in 0..8 {
        day.to_the_next_try(Channel::Webhook).await;
    }
    day.told(News::Missed, NoticeState::GivenUp).await;
    assert_eq!((owner.posts().len(), day.outbox().await), (9, vec!["missed webhook given_up 9".to_owned()]));
    day.close().await;
}

#[tokio::test]
async fn a_server_that_refuses_is_given_up_at_once() {
    let owner = Inbox::open().await;
    owner.always_answers(404);
    let mut day = nobody_picks_up(&owner, |plan| plan.morning.calls_allowed = 1).await;
    day.expect_error("A wake-up was MISSED");
    day.expect_error("status 404");
    day.half_past_six();
    day.told(News::Missed, NoticeState::GivenUp).await;
    assert_eq!(owner.posts().len(), 1);
    day.close().await;
}

#[tokio::test]
async fn a_webhook_is_signed_so_that_its_receiver_can_tell() {
    let owner = Inbox::open().await;
    let mut day = nobody_picks_up(&owner, |plan| {
        plan.morning.calls_allowed = 1;
        plan.notify.secret = Some("a secret between friends".into());
    })
    .await;
    day.expect_error("A wake-up was MISSED");
    day.half_past_six();
    day.told(News::Missed, NoticeState::Sent).await;
    let post = &owner.posts()[0];
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"a secret between friends");
    let signed = format!("{}.{}.{}", post.header("webhook-id"), post.header("webhook-timestamp"), post.body);
    let tag = STANDARD.decode(post.header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
    assert!(hmac::verify(&key, signed.as_bytes(), &tag).is_ok());
    assert!(!day.log.contains("between friends") && !day.log.contains("/inbox"));
    day.close().await;
}

#[tokio::test]
async fn the_back_up_person_is_telephoned_hears_it_twice_and_confirms() {
    let owner = Inbox::open().await;
    let mut day = nobody_picks_up(&owner, |_| {}).await;
    day.has_bert_with_a_telephone(vec![confirms()]).await;
    ten_minutes_in_vain(&mut day).await;
    let heard =
        |day: &TestDay| day.calls_to_bert().first().is_some_and(|call| call.status == CallStatus::Completed);
    day.until("the call is over", heard).await;
    let call = day.calls_to_bert().remove(0);
    let told = call.said.iter().filter(|line| line.contains("Anna") && line.contains("06:30")).count();
    assert_eq!((told, call.codes()), (2, vec![]), "{:#?}", call.said);
    assert!(call.said.last().unwrap().contains("Thank you"), "{:#?}", call.said);
    let history = day.morning.store.list_occurrence_history(day.occurrence()).await.unwrap();
    assert!(history.iter().any(|line| line.what == "acknowledged"), "{history:#?}");
    let notices = day.notices().await;
    let phone = notices.iter().find(|notice| notice.channel == Channel::Phone).unwrap();
    assert!(phone.acknowledged_at.is_some() && phone.state == NoticeState::Sent);
    // Nobody is telephoned again who has said that they have heard.
    day.advance(Duration::from_mins(4));
    day.sleeps_like(vec![rises_after(1)]);
    day.jump_to("2026-03-02T06:46:30[Europe/Berlin]");
    assert_eq!(day.ended().await, End::Up);
    let all_clear = |day: &TestDay| {
        day.calls_to_bert().len() == 2
            && day.calls_to_bert()[1].said.iter().any(|line| line.contains("succeeded"))
    };
    day.until("the all-clear is heard", all_clear).await;
    day.morning.exchange().idle().await;
    day.close().await;
}

#[tokio::test]
async fn a_back_up_person_who_does_not_pick_up_is_telephoned_again_and_then_given_up() {
    let owner = Inbox::open().await;
    let mut day = nobody_picks_up(&owner, |plan| plan.morning.calls_allowed = 1).await;
    day.expect_error("A wake-up was MISSED");
    day.expect_error("Could not tell the back-up person by phone; giving up");
    day.has_bert_with_a_telephone(vec![absent(Answer::Busy)]).await;
    day.half_past_six();
    assert_eq!(day.ended().await, End::CallsExhausted);
    for calls in 1..=3 {
        day.until("the call is over", |day| day.calls_to_bert().len() == calls).await;
        day.morning.exchange().idle().await;
        day.to_the_next_try(Channel::Phone).await;
    }
    day.until("it is given up", |day| day.log.contains("back-up person by phone; giving up")).await;
    let calls = day.calls_to_bert();
    assert_eq!(calls.len(), 4);
    assert!(calls.iter().all(|call| call.status == CallStatus::Busy && call.from == calls[0].from));
    day.close().await;
}

#[tokio::test]
async fn a_notice_whose_call_is_not_known_is_looked_up_before_anybody_is_rung_twice() {
    for fault in [CreateFault::ErrorAfter, CreateFault::Silence] {
        let owner = Inbox::open().await;
        let mut day = nobody_picks_up(&owner, |plan| plan.morning.calls_allowed = 1).await;
        day.expect_error("A wake-up was MISSED");
        day.has_bert_with_a_telephone(vec![confirms()]).await;
        day.loses_all_callbacks();
        day.half_past_six();
        day.placed().await;
        day.until("she was busy", |day| day.only_call().status == CallStatus::Busy).await;
        day.next_creates(&[fault]);
        // Nobody reports that she was busy: it is asked.
        day.advance(Duration::from_secs(90));
        assert_eq!(day.ended().await, End::CallsExhausted);
        day.until("Bert is rung", |day| day.calls_to_bert().len() == 1).await;
        let acknowledged = |day: &TestDay| day.log.contains("has heard it");
        day.until("he has heard it", acknowledged).await;
        day.morning.exchange().idle().await;
        day.advance(Duration::from_mins(5));
        day.told(News::Missed, NoticeState::Sent).await;
        assert_eq!(day.calls_to_bert().len(), 1, "{fault:?}");
        day.close().await;
    }
}

#[tokio::test]
async fn nobody_can_confirm_a_notice_without_the_carriers_signature() {
    let owner = Inbox::open().await;
    let mut day = nobody_picks_up(&owner, |plan| plan.morning.calls_allowed = 1).await;
    day.expect_error("A wake-up was MISSED");
    let rings = Script::answering(Duration::from_mins(30), Vec::new());
    day.has_bert_with_a_telephone(vec![rings]).await;
    day.half_past_six();
    day.until("Bert is rung", |day| day.calls_to_bert().len() == 1).await;
    let notices = day.notices().await;
    let phone = notices.iter().find(|notice| notice.channel == Channel::Phone).unwrap();
    let call = day.morning.store.list_notice_calls(phone.id).await.unwrap().remove(0);
    let path = format!("/notice/{}/response", call.nonce.as_str());
    let sid = day.calls_to_bert()[0].sid.clone();
    let form = [("CallSid", sid.as_str()), ("Digits", "1"), ("To", BERT)];
    assert_eq!(day.sends(&path, &form, "bm90IGEgc2lnbmF0dXJl").await.0, 403);
    let other = format!("/notice/{}/response", "0".repeat(32));
    assert!(day.carrier_sends(&other, &form).await.1.contains("Hangup"), "an unknown nonce is hung up on");
    assert!(day.notices().await.iter().all(|notice| notice.acknowledged_at.is_none()));
    let cancel = [("Status".to_owned(), "canceled".to_owned())];
    assert_eq!(day.asks_carrier(&format!("/Calls/{sid}.json"), &cancel).await, 200);
    day.close().await;
}
