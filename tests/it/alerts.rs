//! What somebody should look at reaches the log, the figures, the readiness probe and the owner, once.

use wakeup_coach::domain::alert::AlertKind;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::Answer;

use crate::support::carrier::{absent, says_goodbye};
use crate::support::people::Inbox;
use crate::support::{TestDay, tamper};

/// One line of the figures; `None` when there is none of that name.
async fn figure(day: &TestDay, name: &str) -> Option<f64> {
    let (status, text) = day.ask("GET", "/metrics", "").await;
    assert_eq!(status, 200, "{text}");
    let text = text.as_str().unwrap();
    let line = text.lines().find(|line| line.rsplit_once(' ').is_some_and(|(found, _)| found == name))?;
    line.rsplit_once(' ')?.1.parse().ok()
}

#[tokio::test]
async fn a_missed_wake_up_is_an_alert_and_is_told_once_by_the_notice_it_has_always_been() {
    let owner = Inbox::open().await;
    let url = owner.url.clone();
    let mut day = TestDay::before_half_past_six_with(|plan| {
        plan.notify.webhook = Some(url);
        plan.morning.calls_allowed = 1;
    })
    .await;
    day.expect_error("A wake-up was MISSED");
    day.sleeps_like(vec![absent(Answer::Busy)]);
    day.half_past_six();
    assert_eq!(day.ended().await, End::CallsExhausted);
    day.until("the owner is told", |_| !owner.posts().is_empty()).await;
    assert_eq!(day.open_alerts().await, [AlertKind::Missed]);
    assert_eq!(owner.kinds(), ["wake_up.missed"]);
    for (name, expected) in [
        (r#"wakeup_coach_alerts_total{kind="missed"}"#, 1.0),
        (r#"wakeup_coach_alerts_open{kind="missed"}"#, 1.0),
        (r#"wakeup_coach_alerts_total{kind="doubled"}"#, 0.0),
        (r#"wakeup_coach_attempts_total{outcome="busy",mode="traditional"}"#, 1.0),
        (r#"wakeup_coach_wake_ups_total{end="calls_exhausted"}"#, 1.0),
        ("wakeup_coach_dial_lateness_seconds_count", 1.0),
        ("wakeup_coach_open_attempts", 0.0),
    ] {
        assert_eq!(figure(&day, name).await, Some(expected), "{name}");
    }
    day.close().await;
}

#[tokio::test]
async fn figures_and_alerts_are_for_those_who_may_look() {
    let day = TestDay::before_half_past_six().await;
    for path in ["/metrics", "/api/v1/alerts"] {
        assert_eq!(day.ask_as(None, "GET", path, "").await.0, 401, "{path}");
        assert_eq!(day.ask_as(Some("wrong-wrong-wrong"), "GET", path, "").await.0, 401, "{path}");
    }
    let (_, made) =
        day.ask_json("POST", "/api/v1/tokens", r#"{"name": "dashboard", "scopes": ["read"]}"#).await;
    let token = made["token"].as_str().unwrap();
    assert_eq!(day.ask_as(Some(token), "GET", "/metrics", "").await.0, 200);
    let (status, problem) = day.ask_as(Some(token), "POST", "/api/v1/alerts/0123abcd/ack", "null").await;
    assert!([401, 403].contains(&status), "{problem}");
    let (status, problem) = day.ask_json("POST", "/api/v1/alerts/0123abcd/ack", "null").await;
    assert_eq!((status, &problem["status"]), (404, &404.into()), "{problem}");
    day.close().await;
}

#[tokio::test]
async fn a_claim_that_cannot_be_written_down_is_told_from_memory_and_the_call_is_made_once_it_can() {
    let owner = Inbox::open().await;
    let url = owner.url.clone();
    let mut day = TestDay::plan("2026-03-02T06:29:00[Europe/Berlin]", 4.0, |plan| {
        plan.notify.webhook = Some(url);
    })
    .await
    .never_realtime()
    .await
    .believes_a_goodbye();
    for part in ["Could not act on a wake-up", "A wake-up is due and cannot be written down"] {
        day.expect_error(part);
    }
    day.endure_error("Could not");
    day.sleeps_like(vec![says_goodbye()]);
    day.wakes_daily_at(6, 30).await;
    let in_the_way = day.morning.store.change().await.unwrap();
    day.half_past_six();
    day.until("the owner is told", |_| !owner.posts().is_empty()).await;
    let (status, ready) = day.ask("GET", "/readyz", "").await;
    assert_eq!((status, &ready["status"]), (503, &"not_ready".into()), "{ready}");
    assert_eq!(ready["alerts"][0]["kind"], "claim_not_written");
    drop(in_the_way);
    assert_eq!(day.ended().await, End::Up);
    day.until_closed(AlertKind::ClaimNotWritten).await;
    assert_eq!(day.ask("GET", "/readyz", "").await.0, 200);
    assert_eq!(owner.kinds(), ["alert.claim_not_written"]);
    assert_eq!(day.creates_asked(), 1);
    day.close().await;
}

#[tokio::test]
async fn a_wake_up_that_cannot_be_read_is_told_and_keeps_nobody_else_asleep() {
    let mut day = TestDay::before_half_past_six().await;
    let nonsense = "UPDATE occurrences SET policy = '{\"calls_allowed\": \"many\"}'
                    WHERE due_at_ms = (SELECT MIN(due_at_ms) FROM occurrences)";
    tamper(&day.morning.database(), nonsense).await;
    for part in
        ["Could not act on a wake-up", "Something that is to ring cannot be read", "Cannot plan this rule"]
    {
        day.expect_error(part);
    }
    for part in ["Could not write the coming days down", "A wake-up that is due as well cannot be read"] {
        day.endure_error(part);
    }
    day.sleeps_like(vec![says_goodbye()]);
    day.half_past_six();
    day.until_open(AlertKind::Unreadable).await;
    let (status, ready) = day.ask("GET", "/readyz", "").await;
    assert_eq!((status, &ready["status"]), (200, &"attention".into()), "{ready}");
    day.dies().await;
    day.starts_again().await;
    day.jump_to("2026-03-03T06:30:00[Europe/Berlin]");
    assert_eq!(day.ended().await, End::Up);
    day.close().await;
}
