//! What the coach knows from one morning to the next: her words, its own openings, the day's news.

use std::net::SocketAddr;

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;
use wakeup_coach::coach::memory::MemoryKind;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Act, Sleeper};

use crate::support::TestDay;
use crate::support::far_side::{MORNING, secs};

/// Her words of one morning, which the next one tells again.
const PLAN: &str = "It's Monday and I have the early shift.";

/// The coach's first words of each call.
fn openings(day: &TestDay) -> Vec<String> {
    let said = day.said();
    let opens = |line: &&String| line.starts_with("coach: Good morning") || line.starts_with("coach: Hello");
    said.iter().filter(opens).cloned().collect()
}

/// Three lines and a goodbye.
fn talker() -> Sleeper {
    Sleeper::answering(secs(2), ["Yes, I'm awake.", PLAN, "Goodbye."].map(Act::say).to_vec())
}

#[tokio::test]
async fn the_second_morning_opens_differently_and_recalls_the_first() {
    let mut day = TestDay::plan(MORNING, 16.0, |_| {}).await.never_realtime().await.believes_a_goodbye();
    day.sleeps_like(vec![talker()]);
    day.wakes_daily_at(6, 30).await;
    for date in ["2026-03-02", "2026-03-03", "2026-03-04"] {
        day.jump_to(&format!("{date}T06:30:00[Europe/Berlin]"));
        assert_eq!(day.ended().await, End::Up);
    }
    let openings = openings(&day);
    let recalled = format!("Yesterday you said: {PLAN}");
    assert_eq!(openings.len(), 3, "{openings:?}");
    assert!(!openings[0].contains("Yesterday"), "{openings:?}");
    assert!(openings[1..].iter().all(|opening| opening.contains(&recalled)), "{openings:?}");
    let bare: Vec<String> =
        openings.iter().map(|opening| opening.replace(&format!("{recalled} "), "")).collect();
    assert!(bare[0] != bare[1] && bare[1] != bare[2] && bare[0] != bare[2], "{bare:?}");
    let told = day.morning.models().chat_requests().last().unwrap()["messages"][0]["content"].to_string();
    assert!(told.contains("yesterday: \\\"It's Monday and I have the early shift.\\\""), "{told}");
    day.close().await;
}

#[tokio::test]
async fn a_realtime_morning_is_remembered_too_and_after_forgetting_nothing_is_left() {
    let mut day = TestDay::plan(MORNING, 8.0, |_| {}).await.always_realtime().await.believes_a_goodbye();
    day.sleeps_like(vec![talker()]);
    day.wakes_daily_at(6, 30).await;
    for date in ["2026-03-02", "2026-03-03"] {
        day.jump_to(&format!("{date}T06:30:00[Europe/Berlin]"));
        assert_eq!(day.ended().await, End::Up);
    }
    let sessions = day.sessions();
    assert!(sessions[1].said[0].contains("Yesterday you said:"), "{:?}", sessions[1].said);
    let anna = day.anna.id;
    let kinds = |memories: Vec<wakeup_coach::store::memories::Memory>| {
        memories.into_iter().map(|memory| memory.kind).collect::<Vec<_>>()
    };
    let known = kinds(day.morning.store.list_memories(anna, day.now()).await.unwrap());
    for kind in [MemoryKind::Said, MemoryKind::Opening] {
        assert_eq!(known.iter().filter(|known| **known == kind).count(), 2, "{known:?}");
    }
    let (status, _) = day.ask("DELETE", "/api/v1/sleepers/Anna", "").await;
    assert_eq!(status, 200);
    assert_eq!(day.morning.store.list_memories(anna, day.now()).await.unwrap(), []);
    day.close().await;
}

/// Somebody else's web server: good news, and every way in which there are none.
async fn news_stand() -> SocketAddr {
    let endless = || async { "x".repeat(3 * 1024 * 1024) };
    let hangs = || async { std::future::pending::<()>().await };
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n\
                    DTSTART;TZID=Europe/Berlin:20260302T093000\r\nSUMMARY:Dentist\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let stand = Router::new()
        .route("/weather", get(|| async { r#"{"current":{"temperature_2m":4.2,"weather_code":61}}"# }))
        .route("/line", get(|| async { "Sunny, 21 °C" }))
        .route("/calendar", get(move || async move { calendar }))
        .route("/refused", get(|| async { (StatusCode::FORBIDDEN, "no").into_response() }))
        .route("/garbage", get(|| async { "<html>\u{1}</html>" }))
        .route("/endless", get(endless))
        .route("/hangs", get(hangs));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the stand lives as long as the story's runtime")]
    tokio::spawn(async move { axum::serve(listener, stand).await });
    address
}

/// One call with these sources, and what was said at its end.
async fn farewell(day: &mut TestDay, stand: &str, weather: &str, calendar: &str) -> String {
    for (kind, path) in [(MemoryKind::Weather, weather), (MemoryKind::Calendar, calendar)] {
        let url = (!path.is_empty()).then(|| format!("{stand}/{path}").parse().unwrap());
        let mut change = day.morning.store.change().await.unwrap();
        change.forget_memories(day.anna.id).await.unwrap();
        change.set_memory_source(day.anna.id, kind, url.as_ref(), day.now()).await.unwrap();
        change.commit().await.unwrap();
    }
    day.ask("POST", "/test-call-traditional", "").await;
    assert_eq!(day.ended().await, End::Up, "no news is no reason not to wake her");
    day.said().pop().unwrap().replacen("coach: ", "", 1)
}

#[tokio::test]
async fn news_are_told_when_they_come_in_time_and_never_waited_for() {
    let stand = format!("http://{}", news_stand().await);
    // Slow enough that the two seconds which news have are not over before a local server has answered.
    let mut day = TestDay::plan(MORNING, 6.0, |_| {}).await.never_realtime().await.believes_a_goodbye();
    day.sleeps_like(vec![Sleeper::answering(secs(3), vec![Act::say("Goodbye.")])]);
    // Her zone is that of her rule, which is not due in this story.
    day.wakes_daily_at(23, 0).await;
    let told = farewell(&mut day, &stand, "weather", "calendar").await;
    assert!(told.contains("4 degrees, rain.") && told.contains("9:30, Dentist."), "{told}");
    assert!(told.ends_with("Goodbye!"), "{told}");
    let told = farewell(&mut day, &stand, "line", "").await;
    assert!(told.contains("Sunny, 21 °C."), "{told}");
    for broken in ["refused", "garbage", "endless", "hangs", "nowhere"] {
        let told = farewell(&mut day, &stand, broken, broken).await;
        assert!(!told.contains(':') && told.ends_with("Goodbye!"), "{broken}: {told}");
    }
    assert!(day.log.contains("Calling without news"), "a server that hangs is noted");
    assert!(!day.log.contains(&stand), "addresses may be secrets");
    day.close().await;
}
