use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::ws::WebSocketUpgrade;
use axum::routing::get;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;

use super::*;
use crate::clock::SystemClock;

struct Server {
    address: SocketAddr,
    stop: Stop,
    task: JoinSet<io::Result<()>>,
}

impl Server {
    async fn start(limits: Limits, router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Stop::default();
        let mut task = JoinSet::new();
        task.spawn(serve_within(limits, listener, router, stop.clone()));
        Self { address, stop, task }
    }

    async fn ask(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    async fn ended(&mut self) -> io::Result<()> {
        self.task.join_next().await.unwrap().unwrap()
    }
}

const ROOMY: Limits = Limits { connections: 8, from_one: 16, header_time: HEADER_TIME };
const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
const GET_AND_CLOSE: &str = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

/// Everything until the other side closes; an abrupt end counts as one.
async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ended_by_reset = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

async fn hello() -> &'static str {
    "hello"
}

#[tokio::test]
async fn a_request_is_answered_and_the_connection_kept() {
    let server = Server::start(ROOMY, Router::new().route("/", get(hello))).await;
    let stream = server.ask(&format!("{GET}{GET_AND_CLOSE}")).await;
    assert_eq!(rest(stream).await.matches("\r\n\r\nhello").count(), 2);
}

#[tokio::test]
async fn those_who_never_finish_their_headers_are_shown_out() {
    let limits = Limits { header_time: Duration::from_millis(50), ..ROOMY };
    let server = Server::start(limits, Router::new().route("/", get(hello))).await;
    for (started, answers) in [("", 0), ("GET / HTTP/1.1\r\nhost: a\r\nx-slow: ", 0), (GET, 1)] {
        let stream = server.ask(started).await;
        assert_eq!(rest(stream).await.matches("hello").count(), answers, "{started:?}");
    }
}

#[tokio::test]
async fn stopping_finishes_what_is_in_flight_and_takes_nothing_new() {
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
        async move || {
            entered.notify_one();
            leave.notified().await;
            "done"
        }
    };
    let mut server = Server::start(ROOMY, Router::new().route("/", get(slow))).await;
    let in_flight = server.ask(GET).await;
    entered.notified().await;
    server.stop.graceful.cancel();
    // The door is shut once a connection is refused, or reset because it waited in the queue.
    while let Ok(mut stream) = TcpStream::connect(server.address).await {
        let _refused = stream.read(&mut [0]).await;
    }
    leave.notify_one();
    assert!(rest(in_flight).await.ends_with("done"));
    server.ended().await.unwrap();
}

#[tokio::test]
async fn the_second_stage_drops_what_is_still_in_flight() {
    let entered = Arc::new(Notify::new());
    let endless = {
        let entered = Arc::clone(&entered);
        async move || {
            entered.notify_one();
            std::future::pending::<()>().await;
        }
    };
    let mut server = Server::start(ROOMY, Router::new().route("/", get(endless))).await;
    let in_flight = server.ask(GET).await;
    entered.notified().await;
    server.stop.now.cancel();
    assert_eq!(rest(in_flight).await, "");
    server.ended().await.unwrap();
}

#[tokio::test]
async fn no_more_connections_are_served_at_once_than_allowed() {
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counting = {
        let most = Arc::clone(&most);
        async move || {
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            SystemClock::shared().sleep(Duration::from_millis(20)).await;
            inside.fetch_sub(1, Ordering::SeqCst);
            "counted"
        }
    };
    let limits = Limits { connections: 2, ..ROOMY };
    let server = Server::start(limits, Router::new().route("/", get(counting))).await;
    let mut waiting = Vec::new();
    for _ in 0..6 {
        waiting.push(server.ask(GET_AND_CLOSE).await);
    }
    for stream in waiting {
        assert!(rest(stream).await.ends_with("counted"));
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn whoever_comes_finds_a_place_though_strangers_sit_on_all_of_them() {
    let limits = Limits { connections: 4, ..ROOMY };
    let trusting = async |request: axum::extract::Request| {
        request.extensions().get::<Standing>().expect("every request has one").trust();
        "trusted"
    };
    let router = Router::new()
        .route("/", get(hello))
        .route("/secret", get(trusting))
        .route("/upload", axum::routing::post(async |body: axum::body::Bytes| body.len().to_string()));
    let server = Server::start(limits, router).await;
    let mut carrier = server.ask("GET /secret HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let mut answer = [0; 512];
    assert!(carrier.read(&mut answer).await.unwrap() > 0);
    let mut strangers = Vec::new();
    for asked in 0..9 {
        let announced = "POST /upload HTTP/1.1\r\nhost: a\r\ncontent-length: 60000\r\n\r\n";
        strangers.push(server.ask(["", "GET / HTTP", announced][asked % 3]).await);
    }
    let clock = SystemClock::shared();
    for _ in 0..3 {
        let answered = crate::clock::timeout(&*clock, Duration::from_secs(8), async {
            rest(server.ask(GET_AND_CLOSE).await).await
        });
        assert!(answered.await.unwrap().ends_with("hello"));
    }
    carrier.write_all(GET_AND_CLOSE.as_bytes()).await.unwrap();
    assert!(rest(carrier).await.ends_with("hello"), "it had shown a secret");
}

#[tokio::test]
async fn an_upgraded_socket_keeps_its_place_and_gives_it_back() {
    let echo = async |upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(async |mut socket| {
            while let Some(Ok(message)) = socket.recv().await {
                if socket.send(message).await.is_err() {
                    break;
                }
            }
        })
    };
    let limits = Limits { connections: 1, ..ROOMY };
    let server = Server::start(limits, Router::new().route("/ws", get(echo)).route("/", get(hello))).await;
    let (mut socket, _) =
        tokio_tungstenite::connect_async(format!("ws://{}/ws", server.address)).await.unwrap();
    let waiting = server.ask(GET_AND_CLOSE).await;
    for _ in 0..3 {
        socket.send("are you up?".into()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap().into_text().unwrap().as_str(), "are you up?");
    }
    let answered = waiting.try_read(&mut [0; 1]).map_err(|error| error.kind());
    assert_eq!(answered, Err(io::ErrorKind::WouldBlock), "the only place is taken");
    socket.close(None).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
    assert!(rest(waiting).await.ends_with("hello"));
}

#[test]
fn a_shortage_is_waited_out_and_a_broken_listener_is_not() {
    use io::ErrorKind;

    for (error, expected) in [
        (io::Error::from(ErrorKind::ConnectionAborted), Remedy::TryAgain),
        (io::Error::from(ErrorKind::ConnectionReset), Remedy::TryAgain),
        (io::Error::from(ErrorKind::Interrupted), Remedy::TryAgain),
        (io::Error::from_raw_os_error(24), Remedy::Pause), // EMFILE: this process has too many files open.
        (io::Error::from_raw_os_error(23), Remedy::Pause), // ENFILE: the whole system has.
        (io::Error::from(ErrorKind::OutOfMemory), Remedy::Pause),
        (io::Error::from_raw_os_error(BAD_FILE_DESCRIPTOR), Remedy::GiveUp),
        (io::Error::from(ErrorKind::InvalidInput), Remedy::GiveUp),
    ] {
        assert_eq!(remedy(&error), expected, "{error}");
    }
}
