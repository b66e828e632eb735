//! The report of a daemon at work: over HTTP, from the command line, and after calls that went wrong.

use std::net::TcpListener;

use axum::Router;
use axum::routing::get;
use serde_json::Value;
use tokio::task::JoinSet;
use wakeup_coach::config::TunnelPlaces;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::openai::faults::Handshake;
use wakeup_coach::simulator::twilio::{CreateFault, Tunnel};

use crate::start::{Program, home};
use crate::support::TestDay;
use crate::support::carrier::says_goodbye;

const MONDAY: &str = "2026-03-02T06:29:00[Europe/Berlin]";

fn found<'a>(report: &'a Value, id: &str) -> Option<&'a Value> {
    report["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == id)
}

/// What does not change from one look to the next: everything but how long things took.
fn lasting(report: &Value) -> Vec<(String, String, String)> {
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| (text(finding, "id"), text(finding, "level"), text(finding, "do")))
        .collect()
}

#[tokio::test]
async fn the_report_is_the_owners_alone_and_comes_as_json_or_as_a_page() {
    let day = TestDay::at(MONDAY).await;
    assert_eq!(day.ask_as(None, "GET", "/diagnostics", "").await.0, 401);
    let (status, report) = day.ask("GET", "/diagnostics", "").await;
    assert_eq!(status, 200, "{report}");
    for id in
        ["configuration.local-line", "database.whole", "twiml.sound", "twilio.account", "openai.session"]
    {
        assert!(found(&report, id).is_some(), "{id} is missing: {report:#}");
    }
    assert_ne!(report["verdict"], "fail", "{report:#}");
    assert_eq!(day.ask("GET", "/api/v1/doctor", "").await.0, 200);
    let url = format!("http://{}/diagnostics", day.morning.running.address);
    let token = secrecy::ExposeSecret::expose_secret(&day.morning.admin_token).to_owned();
    let page = wakeup_coach::http::client().get(url).bearer_auth(token).header("accept", "text/html,*/*");
    let page = page.send().await.unwrap();
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.text().await.unwrap().contains("<h1>Diagnostics"));
    let browser = wakeup_coach::http::client();
    let ask = |path: &str| {
        let url = format!("http://{}{path}", day.morning.running.address);
        browser.get(url).header("accept", "text/html,*/*").send()
    };
    let door = ask("/diagnostics").await.unwrap();
    assert_eq!(door.status(), 200, "a browser is asked for the token");
    let door = door.text().await.unwrap();
    assert!(door.contains("Admin token") && !door.contains("database"), "{door}");
    assert!(ask("/diagnostics.js").await.unwrap().text().await.unwrap().contains("Authorization"));
    let home = ask("/").await.unwrap().text().await.unwrap();
    assert!(home.contains("no telephone rings") && home.contains("href=\"diagnostics\""), "{home}");
    day.close().await;
}

#[tokio::test]
async fn questions_nobody_asked_are_not_answered() {
    let day = TestDay::at(MONDAY).await;
    let stranger = "0123456789abcdef0123456789abcdef";
    for path in ["/doctor/probe/", "/doctor/echo/"] {
        let (status, answer) = day.ask_as(None, "GET", &format!("{path}{stranger}"), "").await;
        assert_eq!(status, 404, "{answer}");
    }
    day.close().await;
}

#[tokio::test]
async fn a_call_that_went_well_shows_its_whole_chain() {
    let mut day = TestDay::at(MONDAY).await;
    assert_eq!(day.ask("POST", "/test-call-realtime", "").await.0, 200);
    assert_eq!(day.ended().await, End::Up);
    let (_, report) = day.ask("GET", "/diagnostics", "").await;
    let call = found(&report, "last-calls.went-well").expect("the call is told");
    let saw = call["saw"].as_str().unwrap();
    assert!(saw.ends_with("placed ✓ → answered ✓ → TwiML ✓ → socket ✓ → model ✓ (up)"), "{saw}");
    day.close().await;
}

#[tokio::test]
async fn a_socket_the_carrier_could_not_open_is_told_with_its_own_number() {
    let mut day = TestDay::at(MONDAY).await;
    day.sleeps_like(vec![says_goodbye()]);
    day.morning.exchange().faults(|faults| faults.media.refused = true);
    assert_eq!(day.ask("POST", "/test-call-realtime", "").await.0, 200);
    assert_eq!(day.ended().await, End::Up);
    let (_, report) = day.ask("GET", "/diagnostics", "").await;
    let call = found(&report, "last-calls.no-socket").unwrap_or_else(|| panic!("{report:#}"));
    assert!(call["saw"].as_str().unwrap().contains("TwiML ✓ → socket ✗"), "{call}");
    assert_eq!(call["code"], "31902", "{call}");
    assert!(call["do"].as_str().unwrap().contains("port 443"), "{call}");
    day.close().await;
}

#[tokio::test]
async fn a_model_that_was_not_ready_and_a_call_that_was_refused_are_told() {
    let mut day = TestDay::at(MONDAY).await;
    day.sleeps_like(vec![says_goodbye()]);
    day.morning.models().faults(|faults| faults.handshake = Handshake::Refuse(401));
    assert_eq!(day.ask("POST", "/test-call-realtime", "").await.0, 200);
    assert_eq!(day.ended().await, End::Up);
    day.next_creates(&[CreateFault::Refused(21_215)]);
    assert_eq!(day.ask("POST", "/test-call-traditional", "").await.0, 502);
    day.finished().await;
    let (_, report) = day.ask("GET", "/diagnostics", "").await;
    let refused = found(&report, "last-calls.refused").unwrap_or_else(|| panic!("{report:#}"));
    assert_eq!(refused["code"], "21215");
    assert!(refused["do"].as_str().unwrap().contains("Geo permissions"), "{refused}");
    assert!(found(&report, "last-calls.no-model").is_some(), "{report:#}");
    assert!(found(&report, "openai.key").is_some(), "and why: {report:#}");
    assert_eq!(report["verdict"], "fail");
    day.close().await;
}

#[tokio::test]
async fn the_daemon_follows_its_tunnel_to_another_name() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let mut tasks = JoinSet::new();
    let router = Router::new()
        .route("/ready", get(async || r#"{"status":200,"readyConnections":1}"#))
        .route("/quicktunnel", get(async || r#"{"hostname":"moved.trycloudflare.com"}"#));
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    let mut day = TestDay::plan(MONDAY, 16.0, |plan| {
        plan.background.settings.follows_tunnel = true;
        plan.background.tunnels = TunnelPlaces { ngrok: None, cloudflared: vec![place] };
    })
    .await;
    day.sleeps_like(vec![says_goodbye()]);
    let at = |day: &TestDay| day.morning.running.calls.addresses().public().to_string();
    day.until("the address has moved", |day| at(day) == "https://moved.trycloudflare.com/").await;
    let public_origin = "https://moved.trycloudflare.com".to_owned();
    day.morning.exchange().open_tunnel(Tunnel { public_origin, local: day.morning.running.address });
    assert_eq!(day.ask("POST", "/test-call-traditional", "").await.0, 200);
    assert_eq!(day.ended().await, End::Up);
    assert!(day.only_call().webhooks.iter().all(|asked| asked.url.contains("moved.trycloudflare.com")));
    day.close().await;
}

/// A port nobody has; the daemon and the doctor must agree on it beforehand.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn the_command_line_asks_the_daemon_and_tells_the_same() {
    let port = free_port();
    let home = home(&format!("PORT={port}\nTZ=Europe/Berlin\nRUST_LOG=info\n"));
    let mut program = Program::start(home.path(), &[], &[]);
    program.listens().await;
    let token = std::fs::read_to_string(home.file("wakeup-coach.admin-token")).unwrap();
    let url = format!("http://127.0.0.1:{port}/diagnostics");
    let asked = wakeup_coach::http::client().get(url).bearer_auth(token.trim()).send().await.unwrap();
    let over_http: Value = serde_json::from_str(&asked.text().await.unwrap()).unwrap();
    let printed = Program::start_loud(home.path(), &["doctor", "--json"]).await;
    let from_command: Value = serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{printed}"));
    assert_eq!(lasting(&from_command), lasting(&over_http));
    assert_eq!(from_command["verdict"], over_http["verdict"]);
    program.signal("TERM");
    assert_eq!(program.ends().await.0, Some(0));
    // Without it the same command looks for itself, and changes nothing.
    let printed = Program::start_loud(home.path(), &["doctor", "--json"]).await;
    let alone: Value = serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{printed}"));
    assert!(found(&alone, "database.whole").is_some(), "{alone:#}");
    assert!(found(&alone, "check.daemon-silent").is_none(), "{alone:#}");
}

#[tokio::test]
async fn a_broken_configuration_is_explained_with_what_to_do() {
    let home = home("TWILIO_ACCOUNT_SID=AC1\nWAKEUP_TYPO=1\n");
    let table = Program::start_loud(home.path(), &["doctor", "--fix-hints"]).await;
    for part in [
        "fail  configuration   ",
        "TWILIO_ACCOUNT_SID: is not an account's identifier",
        "WAKEUP_TYPO: is unknown",
        "Do: Change the setting",
        "must be put right before calls can be relied on",
    ] {
        assert!(table.contains(part), "`{part}` is missing:\n{table}");
    }
    assert!(!table.contains('\u{1b}'), "no colours in a pipe");
}
