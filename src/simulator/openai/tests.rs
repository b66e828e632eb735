use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::faults::Handshake;
use super::record::Closing;
use super::*;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn models() -> Models {
    Models::start(ModelsOptions::local("sk-test", Pace::new(20.0))).await.unwrap()
}

async fn connect(models: &Models, key: &str, headers: &[(&'static str, &str)]) -> Result<Socket, Error> {
    let url = format!("{}/realtime?model=gpt-realtime-2.1", models.url().replace("http", "ws"));
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    connect_async(request).await.map(|(socket, _)| socket)
}

/// The next event; `Err` with the close code, or `None` in it when the line just ended.
async fn next(socket: &mut Socket) -> Result<Value, Option<CloseCode>> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code)),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Err(None),
        }
    }
}

async fn until(socket: &mut Socket, kind: &str) -> Value {
    loop {
        let event = next(socket).await.unwrap();
        if event["type"] == kind {
            return event;
        }
    }
}

async fn send(socket: &mut Socket, event: Value) {
    socket.send(Message::text(event.to_string())).await.unwrap();
}

async fn http(models: &Models, request: &str) -> String {
    let mut stream = TcpStream::connect(models.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_client_is_greeted_over_a_real_socket_and_nothing_is_left_behind() {
    let models = models().await;
    let mut socket = connect(&models, "sk-test", &[]).await.unwrap();
    assert_eq!(next(&mut socket).await.unwrap()["type"], "session.created");
    send(
        &mut socket,
        json!({"type": "session.update", "session": {"type": "realtime",
        "audio": {"output": {"format": {"type": "audio/pcmu"}}}}}),
    )
    .await;
    send(&mut socket, json!({"type": "response.create"})).await;
    until(&mut socket, "session.updated").await;
    until(&mut socket, "response.done").await;
    assert_eq!(models.open_sockets(), 1);
    assert_eq!(models.sessions()[0].said, ["Good morning! This is your wake-up call. Are you awake?"]);
    let mut events = models.subscribe();
    socket.close(None).await.unwrap();
    while !matches!(events.recv().await.unwrap(), ModelEvent::Closed { .. }) {}
    assert_eq!(models.sessions()[0].closed, Some(Closing::ByClient(None)));
    models.shutdown().await;
}

#[tokio::test]
async fn the_door_is_kept() {
    let models = models().await;
    let status = |result: Result<Socket, Error>| match result {
        Err(Error::Http(response)) => response.status().as_u16(),
        other => panic!("expected a refusal, got {other:?}"),
    };
    assert_eq!(status(connect(&models, "sk-wrong", &[]).await), 401);
    for code in [401, 403, 429, 500] {
        models.faults(|faults| faults.handshake = Handshake::Refuse(code));
        assert_eq!(status(connect(&models, "sk-test", &[]).await), code);
    }
    models.faults(|faults| faults.handshake = Handshake::AcceptThenClose);
    let mut socket = connect(&models, "sk-test", &[]).await.unwrap();
    assert_eq!(next(&mut socket).await, Err(Some(CloseCode::from(3000))));
    models.set_faults(Faults::default());
    let mut socket = connect(&models, "sk-test", &[("openai-beta", "realtime=v1")]).await.unwrap();
    assert_eq!(next(&mut socket).await.unwrap()["error"]["code"], "beta_api_shape_disabled");
    assert_eq!(next(&mut socket).await, Err(Some(CloseCode::from(4000))));
    drop(socket);
    models.shutdown().await;
}

#[tokio::test]
async fn a_dropped_line_has_no_close_frame_and_a_closed_one_has() {
    let models = models().await;
    let mut socket = connect(&models, "sk-test", &[]).await.unwrap();
    next(&mut socket).await.unwrap();
    models.drop_connections();
    assert_eq!(next(&mut socket).await, Err(None));
    let mut socket = connect(&models, "sk-test", &[]).await.unwrap();
    next(&mut socket).await.unwrap();
    models.close_connections(1011, "server_error");
    assert_eq!(next(&mut socket).await, Err(Some(CloseCode::Error)));
    models.shutdown().await;
}

#[tokio::test]
async fn faults_for_one_session_leave_the_next_one_well() {
    let models = models().await;
    models.set_faults(Faults { drop_after_deltas: Some(1), next_session_only: true, ..Faults::default() });
    let mut socket = connect(&models, "sk-test", &[]).await.unwrap();
    send(&mut socket, json!({"type": "response.create"})).await;
    let ended = loop {
        if let Err(ended) = next(&mut socket).await {
            break ended;
        }
    };
    assert_eq!(ended, None);
    let mut socket = connect(&models, "sk-test", &[]).await.unwrap();
    send(&mut socket, json!({"type": "response.create"})).await;
    assert_eq!(until(&mut socket, "response.done").await["response"]["status"], "completed");
    models.shutdown().await;
}

#[tokio::test]
async fn shutting_down_ends_open_sessions_and_hanging_handshakes() {
    let models = models().await;
    let mut socket = connect(&models, "sk-test", &[]).await.unwrap();
    next(&mut socket).await.unwrap();
    models.faults(|faults| faults.handshake = Handshake::Hang);
    let hanging = "GET /v1/realtime?model=gpt-realtime-2.1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut events = models.subscribe();
    let (answer, ()) = tokio::join!(http(&models, hanging), async {
        while events.recv().await.unwrap() != ModelEvent::TurnedAway {}
        models.shared.shutdown.cancel();
    });
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert_eq!(next(&mut socket).await, Err(Some(CloseCode::Away)));
    drop(socket);
    models.shutdown().await;
}

#[tokio::test]
async fn chat_and_models_answer_over_http() {
    let models = models().await;
    let body = r#"{"model":"gpt-6-luna","messages":[{"role":"user","content":"Mm."}]}"#;
    let post = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-test\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = http(&models, &post).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("You still sound a little sleepy."),
        "{answer}"
    );
    assert_eq!(models.chat_requests()[0]["model"], "gpt-6-luna");
    let get = "GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert!(http(&models, get).await.starts_with("HTTP/1.1 401"));
    models.shutdown().await;
}
