//! Realtime mode when all goes well.

use wakeup_coach::domain::wake_up::End;

use crate::support::TestDay;

#[tokio::test]
async fn a_live_conversation_wakes_her_at_her_minute() {
    let mut day = TestDay::at("2026-03-02T06:29:00[Europe/Berlin]").await.always_realtime().await;
    day.wakes_daily_at(6, 30).await;
    day.jump_to("2026-03-02T06:30:00[Europe/Berlin]");
    assert_eq!(day.ended().await, End::Up);
    let attempt = day.only_attempt().await;
    assert_eq!(attempt.attempt.decision.mode.name(), "realtime");
    assert!(attempt.attempt.fell_back.is_none());
    assert!(attempt.verdict.is_some());
    assert_eq!(day.carrier_calls().len(), 1);
    day.close().await;
}
