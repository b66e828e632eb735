//! The public address from the outside in, through a proxy that fails in every way that proxies do.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use wakeup_coach::doctor::{Finding, Patient, Report};
use wakeup_coach::telephony::urls::Addresses;

use super::{Door, ids, patient};
use crate::support::front::{Certificate, Front, HOST, Proxy};

/// Real time for what passes.
const REAL: f64 = 1.0;
/// For answers that never come.
const IMPATIENT: f64 = 30.0;

fn addresses(public: &str) -> Addresses {
    Addresses::new(public.parse().unwrap()).unwrap()
}

fn lives_at(patient: &mut Patient, public: &str, address: SocketAddr) {
    patient.addresses = Some(addresses(public));
    patient.background.outside.hosts = vec![(HOST.to_owned(), address)];
}

async fn examine(front: Front, certificate: Option<Certificate>, scheme: &str, speed: f64) -> Report {
    let door = Door::new().await;
    let proxy = Proxy::start(door.address, front, certificate).await;
    let mut patient = patient(speed);
    lives_at(&mut patient, &format!("{scheme}://{HOST}"), proxy.address);
    patient.background.outside.roots = vec![proxy.root.clone()];
    door.examine(patient).await
}

async fn check(front: Front, expected: &[&str]) -> Report {
    let speed = if matches!(front, Front::Silent | Front::SilentToSockets | Front::HoldsFrames) {
        IMPATIENT
    } else {
        REAL
    };
    let report = examine(front, Some(Certificate::Good), "https", speed).await;
    assert_eq!(ids(&report, "public-url"), expected, "{front:?}: {:#?}", report.findings);
    report
}

fn finding<'a>(report: &'a Report, id: &str) -> &'a Finding {
    report.found(id).unwrap_or_else(|| panic!("{id} was not found"))
}

#[tokio::test]
async fn a_proxy_that_does_its_work_is_well() {
    check(Front::Passes, &["reached", "socket"]).await;
}

#[tokio::test]
async fn without_tls_calls_are_traditional() {
    let report = examine(Front::Passes, None, "http", REAL).await;
    assert_eq!(ids(&report, "public-url"), ["not-https", "reached"]);
    assert_eq!(finding(&report, "twiml.not-wss").code.as_deref(), Some("31922"));
}

#[tokio::test]
async fn each_fault_of_a_certificate_is_told_apart() {
    for (certificate, expected) in [
        (Some(Certificate::Expired), &["certificate-expired"][..]),
        (Some(Certificate::Expiring), &["certificate-expires", "reached", "socket"]),
        (Some(Certificate::ForAnotherName), &["certificate-name"]),
        (Some(Certificate::Unknown), &["certificate-untrusted"]),
        (None, &["tls"]),
    ] {
        let report = examine(Front::Passes, certificate, "https", REAL).await;
        assert_eq!(ids(&report, "public-url"), expected, "{certificate:?}: {:#?}", report.findings);
    }
}

#[tokio::test]
async fn a_proxy_that_drops_the_upgrade_is_found_and_told_how_to_pass_it() {
    let report = check(Front::DropsUpgrade, &["reached", "upgrade-lost"]).await;
    let lost = finding(&report, "public-url.upgrade-lost");
    assert_eq!(lost.code.as_deref(), Some("31920"));
    assert!(lost.saw.contains("400"), "{}", lost.saw);
    let nginx = "HTTP/1.1 426 Upgrade Required\r\nServer: nginx/1.22\r\nContent-Length: 0\r\n\r\n";
    let report = check(Front::AnswersSockets(nginx), &["reached", "upgrade-lost"]).await;
    let lost = finding(&report, "public-url.upgrade-lost");
    assert!(lost.saw.contains("(nginx)") && lost.fix.as_ref().unwrap().contains("$http_upgrade"), "{lost:?}");
}

#[tokio::test]
async fn what_is_answered_in_place_of_a_socket_tells_what_is_wrong() {
    for (answer, expected) in [
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "socket-forbidden"),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "socket-not-found"),
        ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "socket-gateway"),
        ("HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n", "socket-refused"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "socket-broke"),
    ] {
        check(Front::AnswersSockets(answer), &["reached", expected]).await;
    }
    check(Front::SilentToSockets, &["reached", "socket-mute"]).await;
    check(Front::HoldsFrames, &["reached", "socket-mute"]).await;
    check(Front::CutsSockets, &["reached", "socket-broke"]).await;
}

#[tokio::test]
async fn what_is_lost_on_the_way_is_found() {
    check(Front::Strips("x-twilio-signature"), &["signature-lost", "socket"]).await;
    check(Front::Strips("content-type"), &["form-lost", "socket"]).await;
    check(Front::Gets, &["form-lost", "socket"]).await;
}

#[tokio::test]
async fn somebody_else_behind_the_address_does_not_pass_for_us() {
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>";
    check(Front::Answers(page), &["somebody-else"]).await;
    let parrot = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 66\r\n\r\n\
                  {\"answer\":\"00112233\",\"method\":\"POST\",\"form\":true,\"signature\":true}";
    check(Front::Answers(parrot), &["somebody-else"]).await;
}

#[tokio::test]
async fn what_stands_before_us_is_told_by_how_it_refuses() {
    for (answer, expected) in [
        (
            "HTTP/1.1 301 Moved\r\nLocation: https://www.example.com/x\r\nContent-Length: 0\r\n\r\n",
            "redirected",
        ),
        ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "login"),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "forbidden"),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "not-found"),
        (
            "HTTP/1.1 404 Not Found\r\nNgrok-Error-Code: ERR_NGROK_3200\r\nContent-Length: 0\r\n\r\n",
            "tunnel-offline",
        ),
        ("HTTP/1.1 530 X\r\nServer: cloudflare\r\nContent-Length: 0\r\n\r\n", "tunnel-offline"),
        ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "bad-gateway"),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "odd-status"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "not-http"),
    ] {
        check(Front::Answers(answer), &[expected]).await;
    }
    check(Front::HangsUp, &["not-http"]).await;
    check(Front::Silent, &["no-answer"]).await;
}

#[tokio::test]
async fn the_tunnels_own_number_is_kept() {
    let answer = "HTTP/1.1 404 Not Found\r\nNgrok-Error-Code: ERR_NGROK_3200\r\nContent-Length: 0\r\n\r\n";
    let report = check(Front::Answers(answer), &["tunnel-offline"]).await;
    assert_eq!(finding(&report, "public-url.tunnel-offline").code.as_deref(), Some("ERR_NGROK_3200"));
}

#[tokio::test]
async fn a_slow_way_is_noticed() {
    // So fast a clock that the proxy's milliseconds are seconds.
    let report = examine(Front::Passes, Some(Certificate::Good), "https", 3_000.0).await;
    assert!(report.found("public-url.slow").is_some(), "{:#?}", report.findings);
}

#[tokio::test]
async fn nobody_at_the_address_is_told_apart_from_no_such_name() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut refused = patient(REAL);
    lives_at(&mut refused, &format!("https://{HOST}"), closed);
    let report = Door::new().await.examine(refused).await;
    assert_eq!(ids(&report, "public-url"), ["refused"]);

    let mut nameless = patient(REAL);
    // Longer than any name may be, so that no name service is asked.
    nameless.addresses = Some(addresses(&format!("https://{}.example.com", "a".repeat(70))));
    let report = Door::new().await.examine(nameless).await;
    assert_eq!(ids(&report, "public-url"), ["no-name"]);
}

#[tokio::test]
async fn a_private_address_is_noticed() {
    let door = Door::new().await;
    let mut patient = patient(REAL);
    patient.addresses = Some(addresses(&format!("http://localhost:{}", door.address.port())));
    let report = door.examine(patient).await;
    assert_eq!(ids(&report, "public-url"), ["not-https", "private", "reached"]);
}

#[tokio::test]
async fn another_port_than_the_usual_is_noted() {
    let door = Door::new().await;
    let proxy = Proxy::start(door.address, Front::Passes, Some(Certificate::Good)).await;
    let mut patient = patient(REAL);
    lives_at(&mut patient, &format!("https://{HOST}:8443"), proxy.address);
    patient.background.outside.roots = vec![proxy.root.clone()];
    let report = door.examine(patient).await;
    assert_eq!(ids(&report, "public-url"), ["port", "reached", "socket"]);
}

#[tokio::test]
async fn a_port_that_cannot_be_had_is_said_and_the_rest_is_looked_at() {
    let door = Door::new().await;
    let proxy = Proxy::start(door.address, Front::Passes, Some(Certificate::Good)).await;
    let mut patient = patient(REAL);
    lives_at(&mut patient, &format!("https://{HOST}"), proxy.address);
    patient.background.outside.roots = vec![proxy.root.clone()];
    patient.served = Err("127.0.0.1:80: permission denied".to_owned());
    let report = door.examine(patient).await;
    assert_eq!(ids(&report, "public-url"), ["port-taken", "not-served"]);
}

#[tokio::test]
async fn without_an_address_there_is_nothing_to_reach() {
    let report = Door::new().await.examine(patient(REAL)).await;
    assert_eq!(ids(&report, "public-url"), ["not-set"]);
}
