//! Strangers who keep the doors busy: the carrier and health are answered all the same, and soon.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use wakeup_coach::clock::{SystemClock, timeout};

use crate::support::TestDay;

/// More than there are places.
const STRANGERS: usize = 540;
/// What the carrier may wait for, in real time.
const SOON: Duration = Duration::from_secs(2);

/// Everything is begun and nothing finished.
fn begun(stranger: usize) -> String {
    let post = |path: &str, header: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\n{header}content-type: application/json\r\ncontent-length: 60000\r\n\r\n"
        )
    };
    match stranger % 4 {
        0 => post("/doorbell-webhook", "authorization: Bearer a-wrong-token-of-some-length\r\n"),
        1 => post("/twiml", ""),
        2 => post("/proof/00112233445566778899aabbccddeeff", ""),
        _ => "POST /doorbell-webhook HTTP/1.1\r\nhost: a\r\nx-slow: ".to_owned(),
    }
}

#[tokio::test]
async fn strangers_who_finish_nothing_keep_nobody_out() {
    let day = TestDay::before_half_past_six().await;
    let mut strangers = Vec::new();
    for stranger in 0..STRANGERS {
        let mut line = TcpStream::connect(day.morning.running.address).await.unwrap();
        // One that was shown out already is as good.
        let _gone = line.write_all(begun(stranger).as_bytes()).await;
        strangers.push(line);
    }
    let account = day.morning.carrier_account().account_sid.clone();
    let params = [
        ("CallSid", "CA00000000000000000000000000000001"),
        ("AccountSid", account.as_str()),
        ("CallStatus", "completed"),
        ("SequenceNumber", "0"),
    ];
    let path = "/call-status/00112233445566778899aabbccddeeff";
    let clock = SystemClock::shared();
    for _ in 0..5 {
        let (status, _) =
            timeout(&*clock, SOON, day.carrier_sends(path, &params)).await.expect("the carrier is let in");
        assert!(status < 500, "{status}");
    }
    let url = format!("http://{}/readyz", day.morning.running.address);
    let ready = timeout(&*clock, SOON, wakeup_coach::http::client().get(&url).send()).await;
    assert_eq!(ready.expect("health is told").unwrap().status().as_u16(), 200);
    drop(strangers);
    day.close().await;
}

/// What the doorbell's address thinks of a token is known before a body comes.
#[tokio::test]
async fn whoever_shows_no_secret_is_not_waited_for() {
    use tokio::io::AsyncReadExt as _;

    let day = TestDay::before_half_past_six().await;
    for (stranger, status) in [(0, "401"), (1, "403")] {
        let mut line = TcpStream::connect(day.morning.running.address).await.unwrap();
        line.write_all(begun(stranger).as_bytes()).await.unwrap();
        let mut answer = vec![0; 2_000];
        let read = timeout(&*SystemClock::shared(), SOON, line.read(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer[..read.expect("at once").unwrap()]).into_owned();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert!(!answer.contains("admin token"), "nobody said that it was wanted: {answer}");
    }
    day.close().await;
}
