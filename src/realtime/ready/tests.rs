//! The model's leg against a model that serves, refuses, babbles, keeps silent, is slow, or dies.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::join;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::*;
use crate::realtime::fake::{FakeModel, fast_clock, plan};

/// Seconds that no sum of limits comes near, and that a busy machine does not reach at twenty times real time.
const LATE: u64 = 60;

async fn opened(model: &FakeModel) -> Result<ReadyModel, ModelError> {
    open(&model.settings(), &plan(), &fast_clock()).await
}

#[tokio::test]
async fn a_session_is_configured_and_its_first_words_are_held() {
    let model = FakeModel::new().await;
    let serve = async {
        let mut session = model.ready().await;
        let asked = session.until("response.create").await;
        session.speak("r1", "greeting", 5, "Good morning").await;
        (session, asked)
    };
    let (ready, (session, asked)) = join!(opened(&model), serve);
    let ready = ready.unwrap();
    assert_eq!(ready.held.len(), 2, "the response's beginning and its first sound");
    assert!(session.headers.starts_with("/v1/realtime?model=gpt-realtime-2.1 "), "{}", session.headers);
    assert!(session.headers.contains(r#""authorization": "Bearer sk-canary""#), "{}", session.headers);
    assert!(!session.headers.contains("openai-beta"));
    assert_eq!(asked[0]["response"]["instructions"], "Greet Anna.");
    assert!(!format!("{:?}", model.settings()).contains("canary"));
}

#[tokio::test]
async fn a_refusal_is_not_asked_twice() {
    for status in ["401 Unauthorized", "403 Forbidden", "404 Not Found", "429 Too Many Requests"] {
        let model = FakeModel::new().await;
        let (ready, ()) = join!(opened(&model), model.refuse(status));
        let error = ready.unwrap_err();
        assert!(matches!(&error, ModelError::Refused { .. }), "{error}");
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_once_more() {
    let model = FakeModel::new().await;
    let serve = async {
        model.refuse("503 Service Unavailable").await;
        let mut session = model.ready().await;
        session.speak("r1", "greeting", 1, "Good morning").await;
        session
    };
    let (ready, _session) = join!(opened(&model), serve);
    assert!(ready.is_ok());
}

#[tokio::test]
async fn a_refused_setting_or_greeting_is_a_failure() {
    for event_id in ["setup", "ask-1"] {
        let model = FakeModel::new().await;
        let serve = async {
            let mut session = if event_id == "setup" { model.accept().await } else { model.ready().await };
            let error =
                json!({ "type": "invalid_request_error", "code": "unknown_parameter", "event_id": event_id });
            session.say(&json!({ "type": "error", "error": error })).await;
            session
        };
        let (ready, _session) = join!(opened(&model), serve);
        assert!(matches!(ready.unwrap_err(), ModelError::Refused { code } if code == "unknown_parameter"));
    }
}

#[tokio::test]
async fn an_empty_purse_shows_before_she_answers() {
    let model = FakeModel::new().await;
    let serve = async {
        let mut session = model.ready().await;
        let details = json!({ "error": { "type": "insufficient_quota", "code": "insufficient_quota" } });
        let response = json!({ "id": "r1", "status": "failed", "status_details": details });
        session.say(&json!({ "type": "response.done", "response": response })).await;
        session
    };
    let (ready, _session) = join!(opened(&model), serve);
    assert!(matches!(ready.unwrap_err(), ModelError::Refused { code } if code == "insufficient_quota"));
}

#[tokio::test]
async fn a_key_refused_after_the_upgrade_is_a_refusal_too() {
    let model = FakeModel::new().await;
    let serve = async {
        let mut session = model.accept().await;
        let reason = "invalid_request_error.invalid_api_key".into();
        session.socket.close(Some(CloseFrame { code: 3000.into(), reason })).await.unwrap();
    };
    let (ready, ()) = join!(opened(&model), serve);
    assert!(matches!(ready.unwrap_err(), ModelError::Refused { code } if code == "invalid_api_key"));
}

#[tokio::test]
async fn garbage_is_a_failure_after_one_more_try() {
    let model = FakeModel::new().await;
    let serve = async {
        let mut sessions = Vec::new();
        for message in [Message::text("good morning?"), Message::binary(vec![1, 2, 3])] {
            let mut session = model.accept().await;
            session.socket.send(message).await.unwrap();
            sessions.push(session);
        }
        sessions
    };
    let (ready, sessions) = join!(opened(&model), serve);
    assert!(matches!(ready.unwrap_err(), ModelError::Garbage));
    assert_eq!(sessions.len(), 2);
}

/// Runs `serve` against `open` and says how long `open` took, by the clock.
async fn fails_after(model: &FakeModel, serve: impl Future<Output = ()>) -> (ModelError, Duration) {
    let (clock, settings, plan) = (fast_clock(), model.settings(), plan());
    let started = clock.elapsed();
    tokio::select! {
        ready = open(&settings, &plan, &clock) => (ready.unwrap_err(), clock.elapsed().saturating_sub(started)),
        () = serve => unreachable!("the far side never ends"),
    }
}

#[tokio::test]
async fn a_server_that_never_upgrades_costs_two_connect_limits() {
    let model = FakeModel::new().await;
    let serve = async {
        let _sockets = [model.tcp().await, model.tcp().await];
        std::future::pending::<()>().await;
    };
    let (error, after) = fails_after(&model, serve).await;
    assert!(matches!(error, ModelError::Silent { .. }), "{error}");
    assert!((6..LATE).contains(&after.as_secs()), "{after:?}");
}

#[tokio::test]
async fn settings_that_are_never_confirmed_are_a_failure() {
    let model = FakeModel::new().await;
    let serve = async {
        let _sessions = [model.accept().await, model.accept().await];
        std::future::pending::<()>().await;
    };
    let (error, after) = fails_after(&model, serve).await;
    assert!(matches!(error, ModelError::Silent { .. }), "{error}");
    assert!((10..LATE).contains(&after.as_secs()), "{after:?}");
}

#[tokio::test]
async fn a_model_that_does_not_speak_is_not_waited_for() {
    let model = FakeModel::new().await;
    let serve = async {
        let _session = model.ready().await;
        std::future::pending::<()>().await;
    };
    let (error, after) = fails_after(&model, serve).await;
    assert!(matches!(error, ModelError::Silent { expected: "begun to speak" }), "{error}");
    assert!((4..LATE).contains(&after.as_secs()), "{after:?}");
}

#[tokio::test]
async fn a_model_that_dies_while_it_rings_is_noticed() {
    let model = FakeModel::new().await;
    let serve = async {
        let mut session = model.ready().await;
        session.speak("r1", "greeting", 3, "Good morning").await;
        session
    };
    let (ready, session) = join!(opened(&model), serve);
    let mut ready = ready.unwrap();
    drop(session);
    assert!(ready.keep().await.is_transient());
    assert_eq!(ready.held.len(), 7, "what came before is kept");
}

#[tokio::test]
async fn an_unanswered_call_closes_its_session_and_knows_its_cost() {
    let model = FakeModel::new().await;
    let serve = async {
        let mut session = model.ready().await;
        session.speak("r1", "greeting", 3, "Good morning").await;
        session.closed_with().await
    };
    let ring = async {
        let mut ready = opened(&model).await.unwrap();
        while !ready.held.last().unwrap().contains("response.done") {
            ready.hold_next().await.unwrap();
        }
        ready.close().await
    };
    let (cost, code) = join!(ring, serve);
    assert_eq!((cost, code), (MicroDollars(6_400), Some(1000)));
}

#[tokio::test]
async fn an_idle_session_is_pinged() {
    let model = FakeModel::new().await;
    let serve = async {
        let mut session = model.ready().await;
        session.speak("r1", "greeting", 1, "Good morning").await;
        loop {
            if let Message::Ping(_) = session.socket.next().await.unwrap().unwrap() {
                return;
            }
        }
    };
    let ring = async {
        let mut ready = opened(&model).await.unwrap();
        ready.keep().await
    };
    tokio::select! {
        () = serve => {}
        error = ring => panic!("{error}"),
    }
}
