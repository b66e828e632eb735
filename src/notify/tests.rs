use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::fake::{Does, Fake};
use super::*;
use crate::domain::attempt::Outcome;
use crate::domain::notice::News;
use crate::http;

fn facts(news: News) -> Facts {
    Facts {
        news,
        sleeper: Some("Zoë".to_owned()),
        due: "2026-03-02T06:30:00[Europe/Berlin]".parse().unwrap(),
        zone: "Europe/Berlin".to_owned(),
        now: "2026-03-02T06:40:00[Europe/Berlin]".parse().unwrap(),
        calls: vec![Outcome::NoAnswer, Outcome::Busy],
        end: None,
        refusal: None,
    }
}

/// Sends one message to a server that does `does` with it.
async fn sends(
    channel: Channel,
    news: News,
    does: Does,
    change: impl FnOnce(&mut NotifySettings, &Url),
) -> (Result<(), NotifyError>, String) {
    let fake = Fake::doing(vec![does]).await;
    let mut settings = NotifySettings::default();
    change(&mut settings, &fake.url);
    let notifier = Notifier::new(http::client(), settings, fake.clock.clone());
    let mut rng = StdRng::seed_from_u64(1);
    let sent_at: Timestamp = "2026-03-02T05:40:00Z".parse().unwrap();
    let facts = facts(news);
    let words = words::written("en-US", &facts);
    let (id, occurrence) = (NoticeId::new(sent_at, &mut rng), OccurrenceId::new(sent_at, &mut rng));
    let message = Message { id, occurrence, sent_at, facts: &facts, words: &words };
    let sent = match channel {
        Channel::Webhook => notifier.by_webhook(&fake.url, &message).await,
        _ => notifier.by_ntfy(&fake.url, &message).await,
    };
    (sent, fake.only_request())
}

fn ok() -> Does {
    Does::Answers("200 OK", String::new())
}

#[tokio::test]
async fn a_webhook_is_json_with_the_facts_and_a_signature_that_fits() {
    let secret = |settings: &mut NotifySettings, _: &Url| settings.secret = Some("whsec_c2VjcmV0".into());
    let (sent, request) = sends(Channel::Webhook, News::SlowToWake, ok(), secret).await;
    sent.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let header =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap();
    assert!(head.starts_with("POST /hook HTTP/1.1"), "{head}");
    assert_eq!(header("content-type"), "application/json");
    let expected = signing::signature(
        &"whsec_c2VjcmV0".into(),
        header("webhook-id"),
        header("webhook-timestamp").parse().unwrap(),
        body,
    );
    assert_eq!(header("webhook-signature"), expected);
    let document: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(document["id"], header("webhook-id"));
    assert_eq!(document["type"], "wake_up.slow_to_wake");
    assert_eq!(document["wake_up"]["due_at"], "2026-03-02T06:30:00+01:00[Europe/Berlin]");
    assert_eq!(document["wake_up"]["calls"], serde_json::json!(["no_answer", "busy"]));
    assert!(document["text"].as_str().unwrap().contains("Zoë"), "{document}");
}

#[tokio::test]
async fn without_a_secret_nothing_pretends_to_be_signed() {
    let (sent, request) = sends(Channel::Webhook, News::Missed, ok(), |_, _| {}).await;
    sent.unwrap();
    assert!(!request.contains("webhook-signature"), "{request}");
}

#[tokio::test]
async fn ntfy_gets_a_text_with_title_priority_and_the_owners_token() {
    let with_token = |settings: &mut NotifySettings, url: &Url| {
        settings.ntfy = Some(url.join("/mornings").unwrap());
        settings.ntfy_token = Some("tk_canary".into());
    };
    let (sent, request) = sends(Channel::Ntfy, News::Missed, ok(), with_token).await;
    sent.unwrap();
    for line in
        ["title: =?UTF-8?B?", "priority: 5", "tags: rotating_light", "authorization: Bearer tk_canary"]
    {
        assert!(request.contains(line), "{line}: {request}");
    }
    assert!(request.ends_with("Please make sure yourself that Zoë is up."), "{request}");
}

#[tokio::test]
async fn the_owners_token_goes_to_no_other_server() {
    let elsewhere = |settings: &mut NotifySettings, _: &Url| {
        settings.ntfy = Some("https://ntfy.example.com/mornings".parse().unwrap());
        settings.ntfy_token = Some("tk_canary".into());
    };
    let (sent, request) = sends(Channel::Ntfy, News::SlowToWake, ok(), elsewhere).await;
    sent.unwrap();
    assert!(!request.contains("canary") && request.contains("priority: 4"), "{request}");
}

async fn check(does: Does, expected: Result<(), &str>) {
    let (sent, _) = sends(Channel::Webhook, News::Missed, does, |_, _| {}).await;
    assert_eq!(sent.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
}

#[tokio::test]
async fn what_a_refusal_garbage_and_trouble_mean() {
    let says = |status, body: &str| Does::Answers(status, body.to_owned());
    // Only the status counts.
    check(says("202 Accepted", "\u{0}garbage"), Ok(())).await;
    for (status, number) in
        [("400 Bad Request", 400), ("401 Unauthorized", 401), ("404 Not Found", 404), ("302 Found", 302)]
    {
        check(says(status, ""), Err(&format!("the server refused the message (status {number})"))).await;
    }
    for (status, number) in [("500 Oops", 500), ("503 Busy", 503), ("429 Too Many", 429), ("408 Slow", 408)] {
        check(says(status, ""), Err(&format!("the server answered with status {number}"))).await;
    }
}

#[tokio::test]
async fn a_server_that_dies_or_hangs_may_be_asked_again() {
    check(Does::Dies, Err("the server broke the connection off")).await;
    check(Does::Hangs, Err("the server gave no answer within 10s")).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_may_be_asked_again_and_is_not_named() {
    let fake = Fake::doing(Vec::new()).await;
    let (url, clock) = (fake.url.clone(), fake.clock.clone());
    drop(fake);
    let notifier = Notifier::new(http::client(), NotifySettings::default(), clock);
    let facts = facts(News::Missed);
    let words = words::written("en-US", &facts);
    let mut rng = StdRng::seed_from_u64(1);
    let now = Timestamp::UNIX_EPOCH;
    let message = Message {
        id: NoticeId::new(now, &mut rng),
        occurrence: OccurrenceId::new(now, &mut rng),
        sent_at: now,
        facts: &facts,
        words: &words,
    };
    let error = notifier.by_webhook(&url, &message).await.unwrap_err();
    assert!(!format!("{error:?} {error}").contains("127.0.0.1"), "{error:?}");
}
