//! Who may say that the doorbell was touched, how often, and in which words.

use reqwest::RequestBuilder;
use ring::hmac;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use wakeup_coach::domain::attempt::Outcome;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::Answer;

use super::{SECRET, TOKEN, TOUCH, answer, house, house_in_real_time, request};
use crate::support::TestDay;
use crate::support::carrier::absent;

/// Anna was called once and is asleep: a proof would end it.
async fn asleep() -> TestDay {
    fall_asleep(house(|_| {}).await).await
}

async fn fall_asleep(mut day: TestDay) -> TestDay {
    day.sleeps_like(vec![absent(Answer::Busy)]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::Busy);
    day
}

/// The request as the doorbell signs it at a time that may not be now.
fn signed(day: &TestDay, secret: &str, seconds_off: i64, body: &str) -> RequestBuilder {
    let at = (day.now().as_second() + seconds_off).to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    let hex = tag.as_ref().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    request(day).header("x-timestamp", at).header("x-signature", hex).body(body.to_owned())
}

/// None of these proves anything; each is a problem with this status.
async fn refused(day: &TestDay, tries: Vec<(&str, u16, RequestBuilder)>) {
    for (what, status, request) in tries {
        let (found, problem) = answer(request).await;
        assert_eq!((found, &problem["status"]), (status, &json!(status)), "{what}: {problem}");
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{what}: {problem}");
    }
    assert!(day.morning.store.list_proofs(day.occurrence()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_stranger_a_stale_message_and_a_replay_prove_nothing() {
    let mut day = asleep().await;
    let admin = day.morning.admin_token.expose_secret().to_owned();
    let right = || signed(&day, SECRET, 0, TOUCH);
    let tries = vec![
        ("no token", 401, request(&day).body(TOUCH)),
        ("a wrong token", 401, request(&day).bearer_auth("wrong-token-of-some-length").body(TOUCH)),
        ("a wrong token in the other header", 401, request(&day).header("x-doorbell-token", "x").body(TOUCH)),
        (
            "two tokens",
            401,
            request(&day).header("x-doorbell-token", TOKEN).header("x-doorbell-token", "x").body(TOUCH),
        ),
        ("a cookie", 401, request(&day).header("cookie", format!("token={TOKEN}")).body(TOUCH)),
        ("the signing secret as a token", 401, request(&day).bearer_auth(SECRET).body(TOUCH)),
        ("a wrong signature", 401, signed(&day, "another-secret-of-some-length", 0, TOUCH)),
        ("a signature over another body", 401, right().body(r#"{"event": "identified"}"#)),
        (
            "a wrong signature beside the right token",
            401,
            signed(&day, "another", 0, TOUCH).bearer_auth(TOKEN),
        ),
        (
            "garbage for a signature",
            401,
            request(&day).header("x-timestamp", "1").header("x-signature", "ü").body(TOUCH),
        ),
        ("no time", 400, request(&day).header("x-signature", "00").body(TOUCH)),
        ("five minutes and a second ago", 403, signed(&day, SECRET, -301, TOUCH)),
        ("five minutes and a second ahead", 403, signed(&day, SECRET, 301, TOUCH)),
        (
            "a time beside the token that is not now",
            403,
            request(&day).bearer_auth(TOKEN).header("x-timestamp", "1").body(TOUCH),
        ),
        (
            "an old time in the body",
            403,
            request(&day)
                .bearer_auth(TOKEN)
                .body(r#"{"event": "identified", "timestamp": "2024-01-01T12:00:00Z"}"#),
        ),
    ];
    refused(&day, tries).await;
    assert_eq!(answer(signed(&day, SECRET, -299, TOUCH)).await.0, 200);
    assert_eq!(day.ended().await, End::Up);
    let (status, again) = answer(signed(&day, SECRET, -299, TOUCH)).await;
    assert_eq!(status, 409, "{again}");
    let dated = format!(r#"{{"event": "identified", "timestamp": {}}}"#, day.now().as_millisecond());
    for (token, status) in [(admin.as_str(), 202), (TOKEN, 409)] {
        assert_eq!(
            answer(request(&day).bearer_auth(token).body(dated.clone())).await.0,
            status,
            "the same message"
        );
    }
    for secret in [TOKEN, SECRET, admin.as_str()] {
        assert!(!day.log.contains(secret));
    }
    day.close().await;
}

/// Whoever overhears an early message keeps it in vain.
#[tokio::test]
async fn an_early_message_cannot_be_kept_for_later() {
    let mut day = house(|_| {}).await;
    day.sleeps_like(vec![absent(Answer::Busy)]);
    let early = || signed(&day, SECRET, 60, TOUCH);
    let (first, second) = (early(), early());
    assert_eq!(answer(first).await.0, 202);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::Busy);
    refused(&day, vec![("a replay", 409, second)]).await;
    assert_eq!(answer(request(&day).header("x-doorbell-token", TOKEN).body(TOUCH)).await.0, 200);
    assert_eq!(day.ended().await, End::Up);
    day.close().await;
}

#[tokio::test]
async fn garbage_and_huge_messages_are_refused_and_other_events_ignored() {
    let mut day = asleep().await;
    let with = |body: &str| request(&day).bearer_auth(TOKEN).body(body.to_owned());
    let huge = format!(r#"{{"event": "identified", "padding": "{}"}}"#, "x".repeat(70_000));
    let tries = vec![
        ("nothing", 400, with("")),
        ("garbage", 400, with("\u{0}\u{1}")),
        ("half of it", 400, with(r#"{"event": "identified""#)),
        ("a list", 400, with(r#"["identified"]"#)),
        ("a form", 400, with("event=identified")),
        ("too much", 413, with(&huge)),
    ];
    refused(&day, tries).await;
    for body in [
        r#"{"event": "ring"}"#,
        r#"{"event_type": "doorbell.fingerprint.not_authenticated"}"#,
        r#"{"message": "fingerprint_identified"}"#,
        r#"{"alarm": {"name": "identified", "triggers": [{"key": "motion"}]}}"#,
        "{}",
    ] {
        let (status, ignored) = answer(with(body)).await;
        assert_eq!(
            (status, &ignored["status"], &ignored["counted"]),
            (200, &json!("ignored"), &json!(false)),
            "{body}"
        );
    }
    let (_, told) = answer(with(r#"{"event": "Kettle Boiled"}"#)).await;
    assert_eq!(told["events"], json!(["kettle_boiled"]), "what to put into the settings");
    assert!(day.morning.store.list_proofs(day.occurrence()).await.unwrap().is_empty());
    let unifi = json!({"alarm": {"name": "Up", "triggers": [{"key": "fingerprint_identified", "device": "74ACB99F4E24"}]},
        "timestamp": day.now().as_millisecond()});
    let (status, counted): (u16, Value) = answer(with(&unifi.to_string())).await;
    assert_eq!((status, &counted["status"]), (200, &json!("success")), "{counted}");
    assert_eq!(day.ended().await, End::Up);
    day.close().await;
}

#[tokio::test]
async fn guessers_are_put_off_and_the_doorbell_is_not() {
    let mut day = fall_asleep(house_in_real_time().await).await;
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(answer(request(&day).bearer_auth("guess-guess-guess").body(TOUCH)).await.0);
    }
    assert!(statuses.starts_with(&[401]) && statuses.ends_with(&[429]), "{statuses:?}");
    assert_eq!(answer(request(&day).bearer_auth(TOKEN).body(TOUCH)).await.0, 200);
    assert_eq!(day.ended().await, End::Up);
    day.close().await;
}

#[tokio::test]
async fn without_a_signing_secret_no_signature_is_taken() {
    let mut day = house(|plan| plan.doorbell.hmac_secret = None).await;
    day.sleeps_like(vec![absent(Answer::Busy)]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::Busy);
    refused(
        &day,
        vec![("signed", 403, signed(&day, "", 0, TOUCH)), ("signed", 403, signed(&day, SECRET, 0, TOUCH))],
    )
    .await;
    day.morning.running.calls.cancel(day.occurrence()).await.unwrap();
    day.close().await;
}
