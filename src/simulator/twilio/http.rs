//! One HTTP/1.1 request through a tunnel: fresh connection, no redirects, every step with its limit.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use url::Url;

use crate::simulator::pace::Pace;

/// Bodies above this are refused (11750).
pub(super) const BODY_MAX: usize = 64 * 1024;

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(HeaderName, String)>,
    pub form: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why nothing came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// No such host.
    Unknown,
    /// No TCP connection.
    Connect,
    /// The connection broke, or did not speak HTTP.
    Protocol,
    /// No answer in time.
    Late,
    /// More than [`BODY_MAX`].
    TooLarge,
}

impl Failure {
    /// Twilio's code for it.
    pub(super) fn code(self) -> u32 {
        match self {
            Self::Unknown => 11_210,
            Self::Connect => 11_205,
            Self::Protocol => 11_206,
            Self::Late => 11_200,
            Self::TooLarge => 11_750,
        }
    }
}

/// How long connecting and the whole exchange may take, simulated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub connect: Duration,
    pub whole: Duration,
}

/// Asks `question` of the server at `local`.
pub(super) async fn ask(
    pace: Pace,
    local: SocketAddr,
    question: &Question,
    limits: Limits,
) -> Result<Reply, Failure> {
    let now = pace.elapsed();
    let connect_by = pace.instant_at(now + limits.connect.min(limits.whole));
    let connecting = timeout_at(connect_by, TcpStream::connect(local)).await;
    let stream = connecting.map_err(|_| Failure::Connect)?.map_err(|_: io::Error| Failure::Connect)?;
    let answer_by = pace.instant_at(now + limits.whole);
    timeout_at(answer_by, converse(stream, question)).await.map_err(|_| Failure::Late)?
}

async fn converse(stream: TcpStream, question: &Question) -> Result<Reply, Failure> {
    let request = build(question)?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|_| Failure::Protocol)?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(|_| Failure::Protocol)?;
        let (head, body) = response.into_parts();
        let body = collect(Body::new(body)).await?;
        Ok(Reply { status: head.status.as_u16(), headers: head.headers, body })
    };
    tokio::pin!(exchange, connection);
    tokio::select! {
        reply = &mut exchange => reply,
        // The connection may end (close-delimited bodies do so) before its last bytes have been read.
        _ = &mut connection => exchange.await,
    }
}

async fn collect(body: Body) -> Result<Bytes, Failure> {
    let mut chunks = body.into_data_stream();
    let mut whole = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        whole.extend_from_slice(&chunk.map_err(|_| Failure::Protocol)?);
        if whole.len() > BODY_MAX {
            return Err(Failure::TooLarge);
        }
    }
    Ok(whole.freeze())
}

fn build(question: &Question) -> Result<Request<Body>, Failure> {
    let url = &question.url;
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let mut request = Request::builder().method(question.method.clone()).uri(target);
    let headers = request.headers_mut().ok_or(Failure::Protocol)?;
    let mut set = |name: HeaderName, value: &str| {
        headers.insert(name, HeaderValue::from_str(value).map_err(|_| Failure::Protocol)?);
        Ok(())
    };
    set(header::HOST, &authority(url).ok_or(Failure::Protocol)?)?;
    for (name, value) in &question.headers {
        set(name.clone(), value)?;
    }
    if question.form.is_some() {
        set(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")?;
    }
    request.body(Body::from(question.form.clone().unwrap_or_default())).map_err(|_| Failure::Protocol)
}

/// Host and, if it is not the scheme's own, port.
pub(super) fn authority(url: &Url) -> Option<String> {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}", url.host_str()?))
}
