//! A server on loopback that does with each request what it was told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use crate::clock::{ManualClock, SharedClock};

/// What the server does with one request.
pub(super) enum Does {
    /// Answers with this status line and body.
    Answers(&'static str, String),
    /// Reads, and never answers.
    Hangs,
    /// Reads, and closes the connection.
    Dies,
}

pub(super) struct Fake {
    pub url: Url,
    pub clock: SharedClock,
    asked: Arc<Mutex<Vec<String>>>,
    _server: JoinSet<()>,
}

impl Fake {
    pub async fn doing(does: Vec<Does>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap()).parse().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut does = VecDeque::from(does);
            // Held open, so that silence is not taken for a hang-up.
            let mut held = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = read_request(&mut stream).await;
                seen.lock().unwrap().push(request);
                match does.pop_front().expect("a request nobody expected") {
                    Does::Answers(status, body) => {
                        let start =
                            format!("HTTP/1.1 {status}\r\nLocation: /elsewhere\r\nConnection: close\r\n");
                        let answer = format!("{start}Content-Length: {}\r\n\r\n{body}", body.len());
                        let _ = stream.write_all(answer.as_bytes()).await;
                    }
                    Does::Hangs => held.push(stream),
                    Does::Dies => {}
                }
            }
        });
        // Sped up, so that nobody waits ten seconds for silence.
        let clock = ManualClock::standing(Timestamp::UNIX_EPOCH, 20.0);
        Self { url, clock, asked, _server: server }
    }

    /// The one request so far, head and body.
    pub fn only_request(&self) -> String {
        let asked = self.asked.lock().unwrap();
        assert_eq!(asked.len(), 1, "{asked:#?}");
        asked[0].clone()
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut chunk = [0; 4_096];
    loop {
        let count = stream.read(&mut chunk).await.unwrap();
        read.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) || count == 0 {
            return text;
        }
    }
}
