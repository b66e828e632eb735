//! `<Connect><Stream>`: opens the socket, runs it, tells the account how it went.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Request, header};
use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;
use url::Url;

use super::converse::Conversation;
use super::document::Fault;
use super::http::authority;
use super::ledger::{Happening, StreamRecord, StreamSound, WebhookKind};
use super::line::Break;
use super::office::Office;
use super::params::param;
use super::pump::{Pump, StreamEnd};
use super::signature;
use super::verbs::Stream;

/// Connecting and the handshake may take this long (31901).
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(5);

pub(super) type Socket = WebSocketStream<TcpStream>;

impl Conversation<'_> {
    /// Runs a stream; afterwards the document goes on, however it ended, unless the call is over.
    pub(super) async fn stream(&mut self, stream: &Stream) -> Result<(), Break> {
        let sid = self.office().sid("MZ");
        let index = self.enter(&sid, stream);
        let opened = match &stream.fault {
            Some(fault) => Err(fault.clone()),
            None => self.open(stream).await?,
        };
        let socket = match opened {
            Ok(socket) => socket,
            Err(fault) => {
                self.tell_stream(stream, &sid, "stream-error", Some(&fault.text));
                self.leave(index, &format!("failed with {}", fault.code));
                self.problem(fault);
                return Ok(());
            }
        };
        self.tell_stream(stream, &sid, "stream-started", None);
        let ended = Pump::new(&mut self.line, &sid, index, stream).run(socket).await;
        let ending = match &ended {
            Ok(StreamEnd::Closed) => "closed by the account",
            Ok(StreamEnd::Lost(_)) => "lost",
            Err(Break::Order(order)) if matches!(order.wish, super::call::Wish::Replace(_)) => "redirected",
            Err(_) => "hung up",
        };
        self.tell_stream(stream, &sid, "stream-stopped", None);
        self.leave(index, ending);
        if let Ok(StreamEnd::Lost(fault)) = &ended {
            self.problem(fault.clone());
        }
        ended.map(|_| ())
    }

    fn enter(&self, sid: &str, stream: &Stream) -> usize {
        let record = StreamRecord {
            sid: sid.to_owned(),
            url: stream.url.clone(),
            started: None,
            ended: None,
            ending: None,
            marks: Vec::new(),
            clears: Vec::new(),
        };
        let mut books = self.office().books();
        if let Some(sound) = books.sounds.get_mut(&self.line.sid) {
            sound.streams.push(StreamSound::default());
        }
        let Some(call) = books.find_mut(&self.line.sid) else { return 0 };
        call.streams.push(record);
        call.streams.len() - 1
    }

    fn leave(&self, index: usize, ending: &str) {
        let at = self.office().elapsed();
        self.office().with_call(&self.line.sid, |call| {
            if let Some(stream) = call.streams.get_mut(index) {
                stream.ended = Some(at);
                stream.ending = Some(ending.to_owned());
            }
        });
        let what = Happening::StreamEnded { ending: ending.to_owned() };
        self.office().tell(&self.line.sid, at, what);
    }

    fn tell_stream(&self, stream: &Stream, sid: &str, event: &'static str, error: Option<&str>) {
        let Some(target) = stream.callback.clone() else { return };
        let office = self.office();
        let mut params = vec![
            param("AccountSid", &office.options.account_sid),
            param("CallSid", &self.line.sid),
            param("StreamSid", sid),
            param("StreamName", stream.name.as_deref().unwrap_or(sid)),
            param("StreamEvent", event),
            param("Timestamp", iso8601(office.wall())),
        ];
        params.extend(error.map(|error| param("StreamError", error)));
        self.callbacks.send(WebhookKind::Stream, event, target, params);
    }

    async fn open(&mut self, stream: &Stream) -> Result<Result<Socket, Fault>, Break> {
        let faults = self.office().faults().media.clone();
        self.line.pause(faults.slow, |_, _| false).await?;
        if faults.refused {
            return Ok(Err(Fault::new(31_902, "connection refused")));
        }
        let office = Arc::clone(self.office());
        self.line.during(open(&office, &stream.url)).await
    }
}

/// Opens the socket at a public address.
async fn open(office: &Office, url: &str) -> Result<Socket, Fault> {
    let mut url = Url::parse(url).map_err(|_| Fault::new(31_923, "the stream's address is malformed"))?;
    // What stands behind the question mark never arrives.
    url.set_query(None);
    url.set_fragment(None);
    let local = office.route(&url).ok_or_else(|| Fault::new(31_904, "the host is unreachable"))?;
    let request = handshake(office, &url).ok_or_else(|| Fault::new(31_923, "the address is malformed"))?;
    let pace = office.pace();
    let deadline = pace.instant_at(pace.elapsed() + HANDSHAKE_LIMIT);
    let late = |_| Fault::new(31_901, "no answer in time");
    timeout_at(deadline, shake_hands(local, request)).await.map_err(late)?
}

async fn shake_hands(local: SocketAddr, request: Request<()>) -> Result<Socket, Fault> {
    let refused = |_| Fault::new(31_902, "connection refused");
    let stream = TcpStream::connect(local).await.map_err(refused)?;
    // Frames are small and must not wait for each other.
    stream.set_nodelay(true).map_err(refused)?;
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(response)) => {
            Err(Fault::new(31_920, format!("the handshake was answered {}", response.status().as_u16())))
        }
        Err(_) => Err(Fault::new(31_924, "the handshake broke the protocol")),
    }
}

/// The upgrade request: signed, without Origin and User-Agent.
fn handshake(office: &Office, url: &Url) -> Option<Request<()>> {
    let host = authority(url)?;
    Request::get(format!("ws://{host}{}", url.path()))
        .header(header::HOST, host)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, tungstenite::handshake::client::generate_key())
        .header(signature::HEADER, signature::sign(&office.options.auth_token, url.as_str(), &[]))
        .body(())
        .ok()
}

fn iso8601(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
