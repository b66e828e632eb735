use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::cli::usage::Usage;
use crate::clock::ManualClock;
use crate::config::Environment;

const TOKEN: &str = "a-token-that-nobody-guesses";
/// Fast enough that nobody has to wait for our patience to end.
const SPEED: f64 = 200.0;

fn desk_at(listener: &TcpListener) -> Remote {
    let environment: Environment = [("ADMIN_TOKEN", TOKEN)].into_iter().collect();
    let here = Whereabouts::from_env(&environment).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let clock = ManualClock::flowing(Timestamp::UNIX_EPOCH, SPEED);
    Remote { clock, ..Remote::at(base, &here).unwrap() }
}

/// Asks a daemon that behaves like `daemon`; what it was asked, and what became of the question.
async fn asked<F: Future>(daemon: impl FnOnce(TcpStream) -> F) -> (String, anyhow::Result<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let desk = desk_at(&listener);
    let answer = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let length = socket.read(&mut request).await.unwrap();
        daemon(socket).await;
        String::from_utf8_lossy(&request[..length]).into_owned()
    };
    let query = serde_json::json!({ "sleeper": "Anna & Ben", "limit": null, "transcript": false });
    tokio::join!(answer, desk.find(&["schedules", "a/b"], &query))
}

async fn answered(text: &'static str) -> anyhow::Result<Vec<String>> {
    asked(async |mut socket: TcpStream| socket.write_all(text.as_bytes()).await.unwrap()).await.1
}

fn told(result: anyhow::Result<Vec<String>>) -> String {
    format!("{:#}", result.unwrap_err())
}

#[tokio::test]
async fn the_question_is_asked_as_the_api_wants_it() {
    let daemon = async |mut socket: TcpStream| {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n[\"one\"]";
        socket.write_all(answer.as_bytes()).await.unwrap();
    };
    let (request, result) = asked(daemon).await;
    assert_eq!(result.unwrap(), ["one"]);
    let first = request.lines().next().unwrap();
    assert_eq!(first, "GET /api/v1/schedules/a%2Fb?sleeper=Anna+%26+Ben&transcript=false HTTP/1.1");
    assert!(request.contains(&format!("authorization: Bearer {TOKEN}")), "{request}");
}

#[tokio::test]
async fn refusals_are_told_in_the_daemons_own_words() {
    let refused =
        "HTTP/1.1 409 Conflict\r\nconnection: close\r\n\r\n{\"detail\":\"She is on a call of ours\"}";
    let error = answered(refused).await.unwrap_err();
    assert_eq!((format!("{error:#}").as_str(), error.is::<Usage>()), ("She is on a call of ours", false));
    let invalid = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n{\"detail\":\"The field `when` does not fit.\",\
                   \"errors\":[{\"field\":\"when\",\"detail\":\"`half past 6` is not a time.\"}]}";
    let error = answered(invalid).await.unwrap_err();
    assert_eq!((format!("{error:#}").as_str(), error.is::<Usage>()), ("`half past 6` is not a time.", true));
    let stranger = told(answered("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\n{}").await);
    assert!(stranger.contains("does not accept the token") && !stranger.contains(TOKEN), "{stranger}");
}

#[tokio::test]
async fn garbage_is_another_program() {
    for garbage in [
        "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>",
        "HTTP/1.1 404 Not Found\r\ncontent-length: 6\r\n\r\n<html>",
        "HTTP/1.1 302 Found\r\nlocation: http://elsewhere.example.com\r\ncontent-length: 0\r\n\r\n",
    ] {
        let told = told(answered(garbage).await);
        assert!(told.contains("another program?"), "{garbage}: {told}");
    }
    assert!(told(answered("nonsense\r\n\r\n").await).contains("no wakeup-coach answers at"));
}

#[tokio::test]
async fn silence_slowness_and_death_end_the_waiting() {
    let silent = asked(async |socket: TcpStream| {
        // Nothing is said until whoever asked has gone away.
        let mut rest = Vec::new();
        let (mut read, _write) = socket.into_split();
        let _ = read.read_to_end(&mut rest).await;
    });
    assert!(told(silent.await.1).contains("does not answer"));
    let slow = asked(async |mut socket: TcpStream| {
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[").await.unwrap();
        let mut rest = Vec::new();
        let _ = socket.read_to_end(&mut rest).await;
    });
    assert!(told(slow.await.1).contains("does not answer"));
    let dead = answered("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[").await;
    assert!(told(dead).contains("stopped in mid-answer"));
}

#[test]
fn a_token_kept_here_is_never_shown_to_another_machine() {
    let here = Whereabouts::from_env(&Environment::default()).unwrap();
    let elsewhere = Remote::at("https://wake.example.com".parse().unwrap(), &here);
    assert!(format!("{:#}", elsewhere.err().unwrap()).starts_with("set ADMIN_TOKEN"));
    for (url, is_here) in [
        ("http://127.0.0.1:1", true),
        ("http://127.9.9.9", true),
        ("http://localhost", true),
        ("http://[::1]:8765", true),
        ("http://10.0.0.1", false),
        ("http://localhost.example.com", false),
        ("http://127.0.0.1.example.com", false),
    ] {
        assert_eq!(is_this_machine(&url.parse().unwrap()), is_here, "{url}");
    }
}

#[tokio::test]
async fn events_are_read_however_they_are_cut() {
    let daemon = async |mut socket: TcpStream| {
        let mut request = [0; 4096];
        assert!(socket.read(&mut request).await.unwrap() > 0);
        let event = "event: placed\ndata: {\"at\":\"2026-03-02T05:30:00Z\",\"occurrence\":\"o\",\"attempt\":null,\
                     \"what\":\"placed\",\"detail\":\"\"}\n\n";
        let stream = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n: alive\n\n{event}event: lost\ndata: 3\n\n{event}"
        );
        for part in stream.as_bytes().chunks(7) {
            socket.write_all(part).await.unwrap();
            socket.flush().await.unwrap();
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let desk = desk_at(&listener);
    let serve = async { daemon(listener.accept().await.unwrap().0).await };
    let follow = async {
        let mut events = desk.events(true).await.unwrap();
        let mut seen = 0;
        while let Some(event) = events.next().await.unwrap() {
            assert_eq!(event.what, "placed");
            seen += 1;
        }
        seen
    };
    let ((), seen) = tokio::join!(serve, follow);
    assert_eq!(seen, 2);
}
