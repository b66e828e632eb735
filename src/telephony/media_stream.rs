//! The carrier leg of a realtime call: its sound, keys and marks over one WebSocket.
//!
//! One task owns the socket and waits for [`MediaSocket::next`] inside its `select!`; sending happens between
//! two such waits, each with a deadline, so the socket needs no splitting. Size limits are set at the
//! upgrade ([`FRAME_BYTES_MAX`]), and the ticket was checked before it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use bytes::Bytes;

pub use super::media_wire::Payload;
use super::media_wire::{Opening, Said, StartPart, Writer, read};
use crate::clock::{self, SharedClock, TimedOut};
use crate::domain::ids::CallId;

/// The longest message the upgrade should let through; inbound ones have about 400 bytes.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;

/// What the upgrade should read at once: tungstenite clears this much before every read.
pub const READ_BUFFER_BYTES: usize = 4096;

/// How long the carrier may take from the upgrade to `start`.
pub const START_DEADLINE: Duration = Duration::from_secs(5);

/// How long one message may wait for room on the wire. A line that takes none for so long is dead.
const SEND_DEADLINE: Duration = Duration::from_secs(5);

/// How long to wait for the carrier's goodbye.
const CLOSE_DEADLINE: Duration = Duration::from_secs(2);

/// Unreadable messages endured; a carrier sends none, and a second of them is no accident.
const GARBAGE_MAX: u32 = 50;

/// Why the socket could not be used, or not any longer.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// Something else came where `connected` and `start` should have.
    #[error("the media stream began with {0}")]
    Unexpected(String),
    /// The stream is for sound we do not speak.
    #[error("the media stream is not mu-law at 8 kHz on one channel")]
    Format,
    /// Nothing came, or nothing went, for too long.
    #[error("the media stream stood still")]
    Stalled(#[source] TimedOut),
    /// The other side is gone.
    #[error("the media stream was closed")]
    Closed,
}

/// What the carrier says of the stream at its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamStart {
    /// The carrier's name for the stream.
    pub stream_sid: String,
    /// Whose sound it is. To be checked against the ticket's attempt.
    pub call: CallId,
    /// Whose account it is.
    pub account_sid: Option<String>,
    /// `<Parameter>`s of the document; we set none.
    pub custom: BTreeMap<String, String>,
}

/// What the carrier sends while the stream runs.
#[derive(Debug, PartialEq, Eq)]
pub enum MediaEvent {
    /// A stretch of the sleeper's sound, usually 20 ms.
    Media {
        /// The carrier's clock: milliseconds since the stream began. Gaps in it are missing sound.
        timestamp_ms: u64,
        /// Its number, from 1.
        chunk: Option<u64>,
        /// The sound.
        payload: Payload,
    },
    /// A mark of ours was played, or cleared.
    Mark {
        /// The name we gave it.
        name: String,
    },
    /// The sleeper pressed a key.
    Dtmf {
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// The call is over; the socket closes next.
    Stop,
    /// The socket is gone. Every later event is this one again.
    Closed(Closing),
}

/// How a socket came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The other side closed it.
    ByPeer,
    /// The connection broke, or broke the protocol.
    Broken,
    /// Too much of what came could not be read.
    Garbage,
}

/// An open media stream.
pub struct MediaSocket {
    socket: WebSocket,
    clock: SharedClock,
    writer: Writer,
    garbage: u32,
    closed: Option<Closing>,
}

impl MediaSocket {
    /// Waits for the stream's `connected` and `start`, at most `limit` (see [`START_DEADLINE`]).
    pub async fn accept(
        mut socket: WebSocket,
        clock: SharedClock,
        limit: Duration,
    ) -> Result<(Self, StreamStart), MediaError> {
        let start =
            clock::timeout(&*clock, limit, opening(&mut socket)).await.map_err(MediaError::Stalled)??;
        let writer = Writer::new(&start.stream_sid);
        Ok((Self { socket, clock, writer, garbage: 0, closed: None }, start))
    }

    /// The next event. Unreadable messages are skipped and counted.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing: what was received stays in the socket.
    pub async fn next(&mut self) -> MediaEvent {
        loop {
            if let Some(closing) = self.closed {
                return MediaEvent::Closed(closing);
            }
            match self.socket.recv().await {
                Some(Ok(Message::Text(text))) => {
                    if let Some(event) = self.on_text(&Bytes::from(text)) {
                        return event;
                    }
                }
                Some(Ok(Message::Binary(_))) => self.count_garbage(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_))) | None => self.closed = Some(Closing::ByPeer),
                Some(Err(_)) => self.closed = Some(Closing::Broken),
            }
        }
    }

    fn on_text(&mut self, frame: &Bytes) -> Option<MediaEvent> {
        match read(frame) {
            Said::Media { timestamp_ms, chunk, payload } => {
                Some(MediaEvent::Media { timestamp_ms, chunk, payload })
            }
            Said::Mark(name) => Some(MediaEvent::Mark { name }),
            Said::Dtmf(digit) => Some(MediaEvent::Dtmf { digit }),
            Said::Stop => Some(MediaEvent::Stop),
            Said::Else => None,
            Said::Garbage => {
                self.count_garbage();
                None
            }
        }
    }

    fn count_garbage(&mut self) {
        self.garbage += 1;
        if self.garbage > GARBAGE_MAX {
            self.closed = Some(Closing::Garbage);
        }
    }

    /// How many messages could not be read so far.
    pub fn garbage(&self) -> u32 {
        self.garbage
    }

    /// Plays mu-law after what is playing already; best in multiples of a frame, 160 bytes.
    pub async fn media(&mut self, mulaw: &[u8]) -> Result<(), MediaError> {
        self.send(Message::from(self.writer.media(mulaw))).await
    }

    /// Asks for `name` back once everything sent so far was played.
    pub async fn mark(&mut self, name: &str) -> Result<(), MediaError> {
        self.send(Message::from(self.writer.mark(name))).await
    }

    /// Stops playing at once. All pending marks come back, though nobody heard what they stood for.
    pub async fn clear(&mut self) -> Result<(), MediaError> {
        self.send(Message::from(self.writer.clear())).await
    }

    /// Keeps proxies on the way from closing a line on which the coach is silent; every 20 s will do.
    pub async fn ping(&mut self) -> Result<(), MediaError> {
        self.send(Message::Ping(Bytes::new())).await
    }

    /// Says goodbye; the carrier then asks the document's `action`. What had not been played is not heard.
    pub async fn close(mut self) {
        let goodbye = CloseFrame { code: close_code::NORMAL, reason: "".into() };
        // Whether or not the goodbye arrives, dropping the socket closes it.
        if self.send(Message::Close(Some(goodbye))).await.is_ok() {
            // Read what is still on its way: closing on unread data resets the connection, and the goodbye
            // with it.
            let farewell = async { while let Some(Ok(_)) = self.socket.recv().await {} };
            let _late = clock::timeout(&*self.clock, CLOSE_DEADLINE, farewell).await;
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), MediaError> {
        if self.closed.is_some() {
            return Err(MediaError::Closed);
        }
        match clock::timeout(&*self.clock, SEND_DEADLINE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => {
                self.closed = Some(Closing::Broken);
                Err(MediaError::Closed)
            }
            Err(late) => {
                self.closed = Some(Closing::Broken);
                Err(MediaError::Stalled(late))
            }
        }
    }
}

async fn opening(socket: &mut WebSocket) -> Result<StreamStart, MediaError> {
    loop {
        let text = match socket.recv().await {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Binary(_))) => return Err(unexpected("a binary frame")),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(MediaError::Closed),
        };
        let opening: Opening =
            serde_json::from_str(&text).map_err(|_| unexpected("a text that is no message"))?;
        match (&*opening.event, opening.start) {
            ("connected", _) => {}
            ("start", Some(start)) => return started(start, opening.stream_sid),
            (event, _) => {
                let event: String = event.chars().filter(|letter| !letter.is_control()).take(32).collect();
                return Err(unexpected(&format!("the event {event:?}")));
            }
        }
    }
}

fn started(start: StartPart, stream_sid: Option<String>) -> Result<StreamStart, MediaError> {
    if start.media_format.is_some_and(|format| !format.is_ours()) {
        return Err(MediaError::Format);
    }
    let call =
        start.call_sid.filter(|sid| !sid.is_empty()).ok_or_else(|| unexpected("a start without a call"))?;
    let stream_sid = stream_sid.or(start.stream_sid).ok_or_else(|| unexpected("a start without a stream"))?;
    Ok(StreamStart {
        stream_sid,
        call: CallId::new(call),
        account_sid: start.account_sid,
        custom: start.custom_parameters.unwrap_or_default(),
    })
}

fn unexpected(what: &str) -> MediaError {
    MediaError::Unexpected(what.to_owned())
}

#[cfg(test)]
mod tests;
