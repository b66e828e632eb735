//! One WebSocket to the model: opened within a deadline, pinged, and closed in good order.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};
use url::Url;

use super::reading::fault_of;
use crate::clock::{self, SharedClock};
use crate::http;
use crate::realtime::events::Fault;

/// TCP, TLS and the upgrade together. The phone is ringing: a second try must fit before she answers.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// A message that cannot be written for so long finds nobody at the other end.
const SEND_LIMIT: Duration = Duration::from_secs(2);
/// Waiting longer for the far side's goodbye would keep the line waiting.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);
/// Keeps proxies and address translators from forgetting an idle connection.
const PING_EVERY: Duration = Duration::from_secs(20);
/// Neither a message nor the echo of a ping for so long: the far side is dead.
const SIGN_OF_LIFE: Duration = Duration::from_secs(45);
/// The socket clears this much before each read; deltas have tens of KiB at most.
const READ_BUFFER: usize = 16 * 1024;
/// `response.done` and `session.updated` grow with the prompt; nothing grows to this.
const LONGEST_MESSAGE: usize = 4 * 1024 * 1024;
/// A peer that reads nothing becomes an error, not unbounded memory.
const WRITE_BUFFER: usize = 1024 * 1024;

/// Which model speaks, and where it lives.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// The API's base, such as `https://api.openai.com/v1`; `http` is spoken as `ws`, `https` as `wss`.
    pub base_url: Url,
    /// The key.
    pub api_key: SecretString,
    /// The header that carries the key: `authorization`, or `api-key` for some hosts.
    pub auth_header: String,
    /// What stands before the key: `Bearer`, or `None` for the bare key.
    pub auth_scheme: Option<String>,
    /// The conversation model.
    pub model: String,
    /// Its voice.
    pub voice: String,
    /// The model that writes down what the sleeper says.
    pub transcription_model: String,
    /// A stable pseudonym of the sleeper, without personal data, for the vendor's abuse checks.
    pub safety_identifier: Option<String>,
}

/// Why the model cannot be used, by what to do next.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It will not serve us, and will not a second later: a key, a quota, a wrong setting. No retry.
    #[error("the realtime model refused the session: {code}")]
    Refused {
        /// The vendor's code, or the HTTP status.
        code: String,
    },
    /// It could not be reached, or the connection broke. Another try may fare better.
    #[error("the realtime model could not be reached: {reason}")]
    Unreachable {
        /// What broke, in a word or two.
        reason: String,
        /// The socket's error, where there was one.
        #[source]
        source: Option<Box<tungstenite::Error>>,
    },
    /// It did not answer in time.
    #[error("the realtime model was silent when it should have {expected}")]
    Silent {
        /// What it should have done.
        expected: &'static str,
    },
    /// It answered what no protocol allows.
    #[error("the realtime model answered with garbage")]
    Garbage,
}

impl ModelError {
    /// Whether another connection may fare better.
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }

    /// A word or two for the attempt's record.
    pub fn reason(&self) -> String {
        match self {
            Self::Refused { code } => code.clone(),
            Self::Unreachable { reason, .. } => reason.clone(),
            Self::Silent { expected } => format!("not {expected} in time"),
            Self::Garbage => "garbage".to_owned(),
        }
    }

    fn broken(error: tungstenite::Error) -> Self {
        let reason = match &error {
            tungstenite::Error::Io(_) => "connection broken",
            tungstenite::Error::Tls(_) => "TLS failed",
            tungstenite::Error::Capacity(_) => "message too long",
            tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed => "connection closed",
            _ => "protocol broken",
        };
        Self::Unreachable { reason: reason.to_owned(), source: Some(Box::new(error)) }
    }

    fn handshake(error: tungstenite::Error) -> Self {
        match error {
            tungstenite::Error::Http(reply) if reply.status().is_server_error() => {
                Self::Unreachable { reason: format!("HTTP {}", reply.status().as_u16()), source: None }
            }
            tungstenite::Error::Http(reply) => {
                Self::Refused { code: format!("HTTP {}", reply.status().as_u16()) }
            }
            other => Self::broken(other),
        }
    }

    /// The vendor closes with reasons of the form `<error type>.<error code>`.
    fn closed(frame: Option<&CloseFrame>) -> Self {
        let number = frame.map_or(1005, |frame| u16::from(frame.code));
        let code = frame.map_or("", |frame| frame.reason.rsplit('.').next().unwrap_or_default());
        let refused =
            matches!(number, 1002 | 1003 | 1007 | 1008 | 3000..=4999) || fault_of(code) == Fault::Fatal;
        if refused {
            let code = if fault_of(code) == Fault::Fatal {
                code.to_owned()
            } else {
                format!("closed with {number}")
            };
            return Self::Refused { code };
        }
        Self::Unreachable { reason: format!("closed with {number}"), source: None }
    }
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct ModelSocket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    clock: SharedClock,
    ping_at: Duration,
    heard_at: Duration,
}

impl ModelSocket {
    /// Connects, in one try.
    pub async fn connect(settings: &ModelSettings, clock: &SharedClock) -> Result<Self, ModelError> {
        let request = request(settings)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_write_buffer_size(WRITE_BUFFER)
            .max_message_size(Some(LONGEST_MESSAGE))
            .max_frame_size(Some(LONGEST_MESSAGE));
        let tls = Connector::Rustls(http::shared_tls_config());
        let connecting = connect_async_tls_with_config(request, Some(config), true, Some(tls));
        let (stream, _reply) = clock::timeout(&**clock, CONNECT_LIMIT, Box::pin(connecting))
            .await
            .map_err(|_| ModelError::Silent { expected: "accepted the connection" })?
            .map_err(ModelError::handshake)?;
        let now = clock.elapsed();
        Ok(Self { stream, clock: clock.clone(), ping_at: now + PING_EVERY, heard_at: now })
    }

    /// The next message. Pings are sent, and answered, as long as this is waited for.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing: what was received stays in the socket.
    pub async fn next(&mut self) -> Result<Utf8Bytes, ModelError> {
        loop {
            let arrived = tokio::select! {
                biased;
                arrived = self.stream.next() => arrived,
                () = self.clock.sleep_until(self.ping_at) => {
                    self.ping().await?;
                    continue;
                }
            };
            self.heard_at = self.clock.elapsed();
            match arrived {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(frame))) => return Err(ModelError::closed(frame.as_ref())),
                Some(Ok(Message::Binary(_))) => return Err(ModelError::Garbage),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(error)) => return Err(ModelError::broken(error)),
                None => return Err(ModelError::closed(None)),
            }
        }
    }

    async fn ping(&mut self) -> Result<(), ModelError> {
        let now = self.clock.elapsed();
        if now > self.heard_at + SIGN_OF_LIFE {
            return Err(ModelError::Silent { expected: "answered a ping" });
        }
        self.ping_at = now + PING_EVERY;
        self.write(Message::Ping(Vec::new().into())).await
    }

    /// Sends one message.
    pub async fn send(&mut self, text: String) -> Result<(), ModelError> {
        self.write(Message::text(text)).await
    }

    async fn write(&mut self, message: Message) -> Result<(), ModelError> {
        clock::timeout(&*self.clock, SEND_LIMIT, self.stream.send(message))
            .await
            .map_err(|_| ModelError::Silent { expected: "taken a message" })?
            .map_err(ModelError::broken)
    }

    /// Says goodbye (1000) and waits a moment for the answer. Whatever comes of it, the socket is gone.
    pub async fn close(mut self) {
        let goodbye = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        let farewell = async {
            if self.stream.close(Some(goodbye)).await.is_ok() {
                while let Some(Ok(_)) = self.stream.next().await {}
            }
        };
        let _late = clock::timeout(&*self.clock, CLOSE_LIMIT, farewell).await;
    }
}

/// The upgrade request: one header with the key, and never the beta header, which is refused.
fn request(settings: &ModelSettings) -> Result<Request, ModelError> {
    let misconfigured = || ModelError::Refused { code: "misconfigured".to_owned() };
    let mut url = settings.base_url.clone();
    let scheme = if matches!(url.scheme(), "http" | "ws") { "ws" } else { "wss" };
    url.set_scheme(scheme).map_err(|()| misconfigured())?;
    let path = format!("{}/realtime", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url.query_pairs_mut().append_pair("model", &settings.model);
    let mut request = url.as_str().into_client_request().map_err(|_| misconfigured())?;
    let key = settings.api_key.expose_secret();
    let key =
        settings.auth_scheme.as_ref().map_or_else(|| key.to_owned(), |scheme| format!("{scheme} {key}"));
    let mut key = HeaderValue::from_str(&key).map_err(|_| misconfigured())?;
    key.set_sensitive(true);
    let name = HeaderName::try_from(&settings.auth_header).map_err(|_| misconfigured())?;
    request.headers_mut().insert(name, key);
    if let Some(identifier) = &settings.safety_identifier {
        let value = HeaderValue::from_str(identifier).map_err(|_| misconfigured())?;
        request.headers_mut().insert("openai-safety-identifier", value);
    }
    Ok(request)
}
