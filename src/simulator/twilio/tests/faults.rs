use std::time::Duration;

use axum::http::Method;

use super::customer::body;
use super::*;
use crate::simulator::sleeper::{Answer, Sleeper};
use crate::simulator::twilio::http::Failure;
use crate::simulator::twilio::params::param;
use crate::simulator::twilio::{CallbackFaults, CreateFault, Faults, WebhookKind};

#[tokio::test]
async fn a_faulty_create_says_one_thing_and_does_another() {
    let day = Day::new(Sleeper::absent(Answer::Busy)).await;
    for (fault, answer, calls) in [
        (CreateFault::TooMany, Ok(429), 0),
        (CreateFault::ErrorBefore, Ok(500), 0),
        (CreateFault::ErrorAfter, Ok(500), 1),
        (CreateFault::UnavailableAfter, Ok(503), 1),
        (CreateFault::Silence, Err(Failure::Late), 1),
        (CreateFault::Reset, Err(Failure::Protocol), 1),
        (CreateFault::Garbage, Ok(201), 1),
        (CreateFault::Redirect, Ok(307), 0),
    ] {
        let before = day.exchange.calls().len();
        day.exchange.faults(|faults| faults.creates.push_back(fault));
        let patience = Duration::from_millis(300);
        let form = call_form(&[]);
        let reply = day.rest_as("AC1:token", Method::POST, "/Calls.json", &form, patience).await;
        assert_eq!(reply.as_ref().map(|reply| reply.status).map_err(|failure| *failure), answer, "{fault:?}");
        assert_eq!(day.exchange.calls().len() - before, calls, "{fault:?}");
    }
    day.over().await;
    day.close().await;
}

#[tokio::test]
async fn callbacks_can_come_twice_late_in_the_wrong_order_or_never() {
    let faulty = |change: fn(&mut CallbackFaults)| {
        let mut faults = Faults::default();
        change(&mut faults.callbacks);
        faults
    };
    for (faults, expected) in [
        (faulty(|faults| faults.duplicated = true), vec!["0", "0", "1", "1"]),
        (faulty(|faults| faults.reordered = true), vec!["1", "0"]),
        (faulty(|faults| faults.lost = vec!["initiated"]), vec!["1"]),
        (faulty(|faults| faults.delay = Duration::from_secs(20)), vec!["0", "1"]),
    ] {
        let day = Day::new(Sleeper::absent(Answer::Busy)).await;
        day.exchange.set_faults(faults);
        day.call(&[]).await;
        day.over().await;
        let told = day.asked("/status");
        let numbers: Vec<_> = told.iter().map(|asked| asked.get("SequenceNumber").unwrap()).collect();
        assert_eq!(numbers, expected);
        day.close().await;
    }
}

#[tokio::test]
async fn a_forgery_looks_real_but_for_its_signature() {
    let day = Day::new(Sleeper::absent(Answer::Busy)).await;
    day.exchange.faults(|faults| faults.callbacks.forged = true);
    let sid = day.call(&[]).await;
    day.over().await;
    let call = day.exchange.call(&sid).unwrap();
    let forged: Vec<_> = call.webhooks_of(WebhookKind::Forged).collect();
    assert_eq!((forged.len(), forged[0].status), (2, Some(403)));
    assert!(call.webhooks_of(WebhookKind::Status).all(|webhook| webhook.status == Some(204)));
    day.close().await;
}

#[tokio::test]
async fn a_redirect_may_come_too_soon_after_the_answer() {
    let mut day = Day::new(Sleeper::answering(Duration::from_secs(1), Vec::new())).await;
    day.says("/voice", "<Pause length=\"600\"/>");
    day.says("/other", "<Say>Goodbye!</Say>");
    day.exchange.faults(|faults| faults.redirect_races = 1);
    let sid = day.call(&[]).await;
    day.until(|what| *what == super::super::Happening::Document).await;
    let path = format!("/Calls/{sid}.json");
    let redirect = [param("Url", "https://wake.example.com/other")];
    let refused = day.rest(Method::POST, &path, &redirect).await.unwrap();
    assert_eq!(body(&refused)["code"], 21_220);
    let redirected = day.rest(Method::POST, &path, &redirect).await.unwrap();
    assert_eq!((redirected.status, body(&redirected)["status"].clone()), (200, "in-progress".into()));
    day.over().await;
    assert_eq!(day.exchange.call(&sid).unwrap().said, ["Goodbye!"]);
    day.close().await;
}

#[tokio::test]
async fn lists_can_fail() {
    let day = Day::new(Sleeper::never_answers()).await;
    day.exchange.faults(|faults| faults.lists_fail = true);
    assert_eq!(day.rest(Method::GET, "/Calls.json", &[]).await.unwrap().status, 503);
    day.close().await;
}
