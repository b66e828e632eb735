//! The printed code: looking proves nothing, confirming does, once; a renewed code is paper.

use std::process::Command;

use rand::rngs::StdRng;
use serde_json::{Value, json};
use wakeup_coach::app::Scratch;
use wakeup_coach::domain::attempt::Outcome;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::Answer;

use super::{house, house_in_real_time};
use crate::support::TestDay;
use crate::support::carrier::absent;

/// A day with a code in the kitchen; its path.
async fn kitchen() -> (TestDay, String) {
    with_a_code(house(|_| {}).await).await
}

async fn with_a_code(day: TestDay) -> (TestDay, String) {
    day.sleeps_like(vec![absent(Answer::Busy)]);
    let (status, place) = day.ask_json("POST", "/api/v1/places", r#"{"name": "kitchen"}"#).await;
    assert_eq!(status, 201, "{place}");
    let url = place["url"].as_str().unwrap();
    let path = url.strip_prefix("https://coach.localhost").unwrap().to_owned();
    assert_eq!(path, format!("/{}", place["path"].as_str().unwrap()));
    (day, path)
}

async fn send(day: &TestDay, method: &str, path: &str) -> reqwest::Response {
    let url = format!("http://{}{path}", day.morning.running.address);
    wakeup_coach::http::client().request(method.parse().unwrap(), url).send().await.unwrap()
}

/// Where the paper leads: an address of its own, which the telephone may keep in its history.
async fn scanned(day: &TestDay, path: &str) -> String {
    let answer = send(day, "GET", path).await;
    assert_eq!(answer.status().as_u16(), 303);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let leads = answer.headers()["location"].to_str().unwrap();
    assert!(leads.starts_with("once/") && !leads.contains(&path[7..]), "no trace of the paper: {leads}");
    format!("/proof/{leads}")
}

/// What somebody sees who scans the code.
async fn seen(day: &TestDay, path: &str) -> String {
    page(day, "GET", &scanned(day, path).await).await.1
}

async fn page(day: &TestDay, method: &str, path: &str) -> (u16, String) {
    let answer = send(day, method, path).await;
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert_eq!(kind, "text/html; charset=utf-8", "people read this");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer", "the address is a secret");
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn asleep(day: &mut TestDay) {
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::Busy);
}

#[tokio::test]
async fn looking_at_the_code_proves_nothing_and_confirming_counts_once() {
    let (mut day, path) = kitchen().await;
    let evening = scanned(&day, &path).await;
    let early = page(&day, "GET", &evening).await.1;
    assert!(early.contains("Not yet") && !early.contains("<form"), "{early}");
    asleep(&mut day).await;
    let (first, second) = (scanned(&day, &path).await, scanned(&day, &path).await);
    assert_ne!(first, second);
    assert_eq!(send(&day, "HEAD", &path).await.status().as_u16(), 303);
    let (status, asks) = page(&day, "GET", &first).await;
    assert!(status == 200 && asks.contains("I am up") && asks.contains("autofocus"), "{asks}");
    assert!(
        day.morning.store.list_proofs(day.occurrence()).await.unwrap().is_empty(),
        "reading ahead is nothing"
    );
    for wrong in ["/proof/once/x", "/proof/once/1.2.3.a2l0Y2hlbg.x", "/proof/once/1.2..a2l0Y2hlbg.x"] {
        let (status, late) = page(&day, "POST", wrong).await;
        assert!(status == 403 && late.contains("scan the code again"), "{late}");
    }
    assert_eq!(send(&day, "POST", &path).await.status().as_u16(), 405, "the paper's address takes nothing");
    let (status, early) = page(&day, "POST", &evening).await;
    assert!(status == 202 && early.contains("Not yet"), "scanned before the first ring: {early}");
    let (status, up) = page(&day, "POST", &first).await;
    assert!(status == 200 && up.contains("You are up"), "{up}");
    assert_eq!(day.ended().await, End::Up);
    let (status, again) = page(&day, "POST", &first).await;
    assert!(status == 409 && again.contains("counted already"), "{again}");
    let (status, over) = page(&day, "POST", &second).await;
    assert!(status == 202 && over.contains("Not yet"), "{over}");
    let proofs = day.morning.store.list_proofs(day.occurrence()).await.unwrap();
    assert_eq!((proofs.len(), proofs[0].source.as_str()), (1, "code kitchen"));
    assert!(!day.log.contains(&path[7..]), "the code is a secret");
    day.close().await;
}

/// The telephone lies beside the bed, and its browser shows where it has been.
#[tokio::test]
async fn what_the_history_keeps_opens_nothing_the_next_day() {
    let (mut day, path) = kitchen().await;
    asleep(&mut day).await;
    let kept = scanned(&day, &path).await;
    day.morning.clock.set(day.now() + jiff::SignedDuration::from_secs(301));
    for method in ["GET", "POST"] {
        let (status, late) = page(&day, method, &kept).await;
        assert!(status == 403 && late.contains("too old") && !late.contains("<form"), "{method}: {late}");
    }
    day.morning.running.calls.cancel(day.occurrence()).await.unwrap();
    day.until_free().await;
    day.close().await;
}

#[tokio::test]
async fn a_renewed_or_removed_code_opens_nothing_and_guesses_are_put_off() {
    let (mut day, old) = with_a_code(house_in_real_time().await).await;
    asleep(&mut day).await;
    let kept = scanned(&day, &old).await;
    let (status, renewed) = day.ask_json("POST", "/api/v1/places/kitchen/renew", "null").await;
    assert_eq!(status, 200, "{renewed}");
    let new = format!("/{}", renewed["path"].as_str().unwrap());
    assert_ne!(new, old);
    let (status, gone) = page(&day, "GET", &old).await;
    assert!(status == 404 && gone.contains("not any longer") && !gone.contains("kitchen"), "{gone}");
    let (status, gone) = page(&day, "POST", &kept).await;
    assert!(status == 403 && !gone.contains("kitchen"), "its paper is worth nothing: {gone}");
    let client = wakeup_coach::http::client();
    let guess = format!("http://{}/proof/{}", day.morning.running.address, "0".repeat(32));
    let mut last = 0;
    for _ in 0..40 {
        last = client.get(&guess).send().await.unwrap().status().as_u16();
    }
    assert_eq!(last, 429);
    assert!(seen(&day, &new).await.contains("I am up"), "whoever holds the code is let in");
    assert_eq!(page(&day, "POST", &scanned(&day, &new).await).await.0, 200);
    assert_eq!(day.ended().await, End::Up);
    for path in ["/api/v1/places", "/api/v1/places/kitchen/renew"] {
        assert_eq!(day.ask_as(None, "POST", path, "null").await.0, 401);
    }
    assert_eq!(day.ask("DELETE", "/api/v1/places/kitchen", "").await.0, 200);
    assert_eq!(day.ask("DELETE", "/api/v1/places/kitchen", "").await.0, 404);
    assert_eq!(day.ask("GET", "/api/v1/places", "").await.1, json!([]));
    day.close().await;
}

#[tokio::test]
async fn places_that_make_no_sense_are_refused() {
    let (day, _) = kitchen().await;
    for (status, body) in [
        (409, r#"{"name": "kitchen"}"#),
        (400, r#"{"name": ""}"#),
        (400, r#"{"name": "<b>"}"#),
        (400, r#"{"name": "door", "device": ""}"#),
        (404, r#"{"name": "door", "sleeper": "Zoltan"}"#),
        (400, r#"{"name": "door", "secret": "mine"}"#),
    ] {
        let (found, answer) = day.ask_json("POST", "/api/v1/places", body).await;
        assert_eq!((found, &answer["status"]), (status, &json!(status)), "{body}: {answer}");
    }
    day.close().await;
}

/// The program itself, on a database that no daemon holds.
fn runs(home: &Scratch, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_wakeup-coach"))
        .args(arguments)
        .current_dir(home.path())
        .env_clear()
        .env("BASE_URL", "https://wake.example.com/coach")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_code_is_drawn_in_the_terminal_and_on_paper() {
    let home = Scratch::new(&mut rand::make_rng::<StdRng>()).unwrap();
    assert_eq!(runs(&home, &["qr"]).0, Some(1), "there is no database yet");
    assert_eq!(runs(&home, &["sleeper", "add", "Anna", "+14155550142"]).0, Some(0));
    let (code, drawn, remark) = runs(&home, &["qr", "--place", "kitchen", "--svg", "kitchen.svg"]);
    assert_eq!(code, Some(0), "{remark}");
    assert!(
        drawn.contains('▄') && drawn.contains("kitchen for everybody: https://wake.example.com/coach/proof/"),
        "{drawn}"
    );
    assert!(std::fs::read_to_string(home.file("kitchen.svg")).unwrap().contains("<svg"));
    let address = |arguments: &[&str]| {
        let (code, told, error) = runs(&home, arguments);
        assert_eq!(code, Some(0), "{error}");
        serde_json::from_str::<Value>(&told).unwrap()["url"].as_str().unwrap().to_owned()
    };
    let first = address(&["qr", "--json"]);
    assert!(drawn.contains(&first), "the same code each time");
    assert_eq!(runs(&home, &["qr", "--renew"]).0, Some(2), "nobody can be asked, and nothing was changed");
    assert_eq!(address(&["qr", "--json"]), first);
    let (code, _, refusal) = runs(&home, &["qr", "--for", "Anna"]);
    assert!(
        code == Some(2) && refusal.contains("kitchen is there already and proves everybody"),
        "{refusal}"
    );
    assert_ne!(address(&["qr", "--renew", "--yes", "--json"]), first);
    let (_, listed, _) = runs(&home, &["place", "add", "door", "--device", "74ACB99F4E24", "--for", "Anna"]);
    assert!(listed.contains("Anna") && listed.contains("device 74acb99f4e24"), "{listed}");
    let (code, _, refusal) = runs(&home, &["qr", "--place", "door"]);
    assert!(code == Some(1) && refusal.contains("a device stands at door"), "{refusal}");
    assert_eq!(runs(&home, &["place", "remove", "door"]).0, Some(2), "nobody can be asked");
    assert_eq!(runs(&home, &["place", "remove", "door", "--yes"]).0, Some(0));
    assert_eq!(runs(&home, &["place", "remove", "door"]).0, Some(1), "about nothing nobody is asked");
}
