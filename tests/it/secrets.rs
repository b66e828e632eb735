//! What must never be logged, at any level: tokens, tickets, numbers in full, and what was said in bed.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use wakeup_coach::calls::What;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::openai::faults::Handshake;
use wakeup_coach::simulator::sleeper::{Act, Sleeper};
use wakeup_coach::simulator::twilio::CreateFault;

use crate::support::{ANNA, TestDay};

const MONDAY: &str = "2026-03-02T06:29:00[Europe/Berlin]";
const STRANGER: &str = "+14155550199";

/// Everything that was secret on this day.
async fn secrets(day: &TestDay) -> Vec<String> {
    let mut secrets = vec![day.morning.admin_token.expose_secret().to_owned()];
    for number in [ANNA, STRANGER] {
        secrets.push(number.trim_start_matches('+').to_owned());
    }
    for record in day.attempts().await {
        secrets.push(record.attempt.nonce.as_str().to_owned());
        secrets.extend(record.ticket.map(|ticket| ticket.as_str().to_owned()));
        for said in day.morning.store.list_utterances(record.attempt.id).await.unwrap() {
            // Whole sentences: a "hello" may stand anywhere.
            secrets.extend(Some(said.text).filter(|text| text.len() > 12));
        }
    }
    secrets
}

async fn nothing_was_logged(day: &TestDay) {
    let secrets = secrets(day).await;
    assert!(secrets.len() > 4, "{secrets:?}");
    let lines = day.log.lines();
    assert!(lines.iter().any(|line| line.level == tracing::Level::DEBUG), "the tap hears everything");
    for secret in secrets {
        let leak = lines.iter().find(|line| line.text.contains(&secret));
        assert!(leak.is_none(), "{secret} stands in the log: {leak:#?}");
    }
}

#[tokio::test]
async fn a_realtime_call_tells_the_log_nothing_private() {
    let mut day = TestDay::at(MONDAY).await.believes_a_goodbye();
    day.sleeps_like(vec![Sleeper::interrupter()]);
    assert_eq!(day.ask("POST", "/test-call-realtime", "").await.0, 200);
    assert_eq!(day.ended().await, End::Up);
    let attempt = day.only_attempt().await;
    assert!(attempt.ticket.is_some() && attempt.attempt.fell_back.is_none());
    let said = day.said();
    assert!(said.iter().any(|line| line.starts_with("sleeper: ") && line.len() > 30), "{said:#?}");
    nothing_was_logged(&day).await;
    assert!(day.log.contains("Creating Media Stream with URL wss://coach.localhost/media-stream/…"));
    day.close().await;
}

#[tokio::test]
async fn a_call_that_falls_back_tells_the_log_nothing_private() {
    let mut day = TestDay::at(MONDAY).await.believes_a_goodbye();
    let acts = ["I am so tired today.", "My name is canary and I live here.", "Goodbye."].map(Act::say);
    day.sleeps_like(vec![Sleeper::answering(Duration::from_secs(1), acts.to_vec())]);
    assert_eq!(day.ask("POST", "/test-call-realtime", "").await.0, 200);
    day.event("the greeting", |what| matches!(what, What::FirstAudio(_))).await;
    day.morning.models().faults(|faults| faults.handshake = Handshake::Refuse(401));
    day.morning.models().drop_connections();
    assert_eq!(day.ended().await, End::Up);
    assert!(day.only_attempt().await.attempt.fell_back.is_some());
    assert!(day.said().iter().any(|line| line.contains("sleeper: ")));
    nothing_was_logged(&day).await;
    day.close().await;
}

/// Errors carry addresses, and addresses carry numbers and nonces.
#[tokio::test]
async fn refusals_and_failures_tell_the_log_nothing_private() {
    let mut day = TestDay::at(MONDAY).await.believes_a_goodbye();
    day.sleeps_like(vec![Sleeper::answering(Duration::from_secs(1), vec![Act::say("Goodbye.")])]);
    day.morning.exchange().faults(|faults| {
        faults.creates = [CreateFault::Reset].into();
        faults.lists_fail = true;
        faults.callbacks.forged = true;
    });
    day.wakes_daily_at(6, 30).await;
    day.jump_to("2026-03-02T06:30:00[Europe/Berlin]");
    assert_eq!(day.ended().await, End::Up);
    let nonce = day.only_attempt().await.attempt.nonce.as_str().to_owned();
    let token = day.morning.admin_token.expose_secret().to_owned();
    let client = wakeup_coach::http::client();
    let base = format!("http://{}", day.morning.running.address);
    let form =
        [("CallSid", "CA1"), ("From", STRANGER), ("To", ANNA), ("SpeechResult", "I live in canary street")];
    for request in [
        client.post(format!("{base}/voice/{nonce}")).form(&form),
        client
            .post(format!("{base}/voice/{nonce}"))
            .form(&form)
            .header("x-twilio-signature", "canary street"),
        client.post(format!("{base}/handle-response/{nonce}/0?From={STRANGER}")).form(&form),
        client.post(format!("{base}/twiml")).form(&form).header("host", "canary-street.example"),
        client.post(format!("{base}/test-call?token={token}")),
        client.get(format!("{base}/test-call")).bearer_auth("canary street"),
        client.get(format!("{base}/media-stream/{nonce}")),
        client.get(format!("{base}/{token}/{nonce}")),
    ] {
        assert!(request.send().await.unwrap().status().is_client_error());
    }
    assert!(day.log.contains("Refused a request to /voice/{nonce}"));
    assert!(!day.log.contains("canary street"));
    nothing_was_logged(&day).await;
    day.close().await;
}
