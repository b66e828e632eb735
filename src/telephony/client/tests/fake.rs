//! A carrier on loopback that does with each request what it was told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use super::super::{Carrier, Credentials};
use crate::clock::ManualClock;

/// What the carrier does with one request.
pub enum Reply {
    /// Answers with this status line, header lines and body.
    Says(&'static str, &'static str, String),
    /// Reads, and never answers.
    Silence,
    /// Sends the head and a byte of the body, and never the rest.
    Half,
    /// Refuses, and never says why.
    Mutters,
    /// Hangs up in the middle of its answer.
    Dies,
    /// Resets the connection without a word.
    Resets,
}

pub fn json(status: &'static str, body: &str) -> Reply {
    Reply::Says(status, "Content-Type: application/json\r\n", body.to_owned())
}

pub struct FakeCarrier {
    pub url: Url,
    requests: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl FakeCarrier {
    pub async fn answering(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut replies = VecDeque::from(replies);
            // Held open, so that silence is not taken for a hang-up.
            let mut held = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = read_request(&mut stream).await;
                seen.lock().unwrap().push(request);
                let reply = replies.pop_front().expect("a request nobody expected");
                if act(&mut stream, reply).await {
                    held.push(stream);
                }
            }
        });
        Self { url, requests, _tasks: tasks }
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// A client in real time: on a loaded machine a deadline of 10 s must not become a race.
    pub fn client(&self) -> Carrier {
        client(self.url.clone(), 1.0)
    }

    /// A client for which waiting takes a twentieth of the time, for answers that never come.
    pub fn impatient_client(&self) -> Carrier {
        client(self.url.clone(), 20.0)
    }
}

pub fn client(url: Url, speed: f64) -> Carrier {
    let credentials = Credentials::AuthToken { token: "secret".into() };
    let clock = ManualClock::standing(Timestamp::UNIX_EPOCH, speed);
    Carrier::new(crate::http::client(), url, "AC1".to_owned(), credentials, clock)
}

pub async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.unwrap();
        text.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if read == 0 || body.len() >= length.unwrap_or(0) {
            return text;
        }
    }
}

/// True when the connection stays open.
async fn act(stream: &mut TcpStream, reply: Reply) -> bool {
    let (text, stays) = match reply {
        Reply::Says(status, headers, body) => {
            let length = body.len();
            (
                format!(
                    "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                ),
                false,
            )
        }
        Reply::Silence => return true,
        Reply::Resets => {
            stream.set_zero_linger().unwrap();
            return false;
        }
        Reply::Half => ("HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{".to_owned(), true),
        Reply::Mutters => ("HTTP/1.1 400 X\r\nContent-Length: 900\r\n\r\n{".to_owned(), true),
        Reply::Dies => ("HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{".to_owned(), false),
    };
    // A client that has had enough hangs up first.
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.flush().await;
    stays
}
