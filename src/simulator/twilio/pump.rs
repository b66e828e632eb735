//! One media stream under way: frames out, audio and marks in, both on the exchange's own clock.
//!
//! Everything happens at a computed moment, in order, however late the loop comes round to it: at twenty
//! times real time a runtime's timer is good for one frame in twenty.

use std::collections::HashSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{sleep_until, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::simulator::voices::{FRAME, SILENCE, is_loud};

use super::document::Fault;
use super::inbound::{self, Inbound};
use super::ledger::{Clear, Happening, StreamRecord, StreamSound};
use super::line::{Break, Heard as FromHer, Line};
use super::options::MediaFaults;
use super::playout::{Heard, Playout};
use super::stream::Socket;
use super::verbs::Stream;

/// The first frame comes so long after `start` (155 to 171 ms in captures).
const FIRST_FRAME: Duration = Duration::from_millis(160);

const FRAME_LENGTH: Duration = Duration::from_millis(20);

/// Messages waiting for a socket that does not drain; more are lost (31930). Ten real seconds of frames:
/// when time is sped up, a runtime that is late by a moment has as many times more to catch up with.
const OUTBOX: f64 = 512.0;

/// The closing handshake may take this long.
const CLOSING_LIMIT: Duration = Duration::from_secs(2);

/// How a stream ended by itself; a [`Break`] ends it from outside.
#[derive(Debug)]
pub(super) enum StreamEnd {
    /// The account closed the socket.
    Closed,
    /// The socket died.
    Lost(Fault),
}

/// See the module.
pub(super) struct Pump<'a> {
    line: &'a mut Line,
    sid: &'a str,
    index: usize,
    parameters: &'a [(String, String)],
    playout: Playout,
    /// What she is saying, not yet in frames.
    mouth: BytesMut,
    started: Duration,
    next_frame_at: Duration,
    sequence: u64,
    chunk: u64,
    warned: HashSet<u32>,
    faults: MediaFaults,
}

impl<'a> Pump<'a> {
    pub(super) fn new(line: &'a mut Line, sid: &'a str, index: usize, stream: &'a Stream) -> Self {
        let started = line.office.elapsed();
        let faults = line.office.faults().media.clone();
        Self {
            playout: Playout::new(started),
            next_frame_at: started + FIRST_FRAME,
            parameters: &stream.parameters,
            mouth: BytesMut::new(),
            warned: HashSet::new(),
            sequence: 0,
            chunk: 0,
            line,
            sid,
            index,
            started,
            faults,
        }
    }

    /// Runs until the stream is over.
    pub(super) async fn run(mut self, socket: Socket) -> Result<StreamEnd, Break> {
        let (sink, mut reader) = socket.split();
        let (outbox, waiting) = mpsc::channel(outbox(self.line.office.pace().speed()));
        let mut writer = std::pin::pin!(write(sink, waiting));
        self.greet(&outbox);
        let ended = loop {
            let pace = self.line.office.pace();
            let wake = pace.instant_at(self.next_at());
            tokio::select! {
                biased;
                Some(order) = self.line.orders.recv() => break Err(Break::Order(order)),
                message = reader.next() => {
                    let now = pace.elapsed();
                    if let Err(ended) = self.advance(now, &outbox) {
                        break Err(ended);
                    }
                    if let Some(end) = self.receive(now, message, &outbox) {
                        break Ok(end);
                    }
                }
                () = &mut writer => break Ok(StreamEnd::Lost(Fault::new(31_903, "broken pipe"))),
                () = sleep_until(wake) => {}
            }
            let now = pace.elapsed();
            if let Err(ended) = self.advance(now, &outbox) {
                break Err(ended);
            }
            if self.faults.drops_after.is_some_and(|after| now >= self.started + after) {
                break Ok(StreamEnd::Lost(Fault::new(31_903, "the carrier's side broke")));
            }
        };
        self.stop_playing();
        if !matches!(ended, Ok(StreamEnd::Lost(_))) {
            if ended.is_err() {
                let (account, call) = (&self.line.office.options.account_sid, &self.line.sid);
                let stop = json!({ "accountSid": account, "callSid": call });
                self.send("stop", stop, &outbox);
            }
            drop(outbox);
            self.close(writer.as_mut(), &mut reader).await;
        }
        ended
    }

    async fn close(&self, writer: impl Future<Output = ()>, reader: &mut SplitStream<Socket>) {
        let pace = self.line.office.pace();
        let deadline = pace.instant_at(pace.elapsed() + CLOSING_LIMIT);
        let closing = async {
            let drained = async { while let Some(Ok(_)) = reader.next().await {} };
            tokio::join!(writer, drained);
        };
        // A peer that does not close in time is left behind, as the carrier would.
        let _ = timeout_at(deadline, closing).await;
    }

    fn greet(&mut self, outbox: &mpsc::Sender<Message>) {
        let connected = json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" });
        self.post(connected.to_string(), outbox);
        let custom: serde_json::Map<String, Value> =
            self.parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let start = json!({
            "accountSid": self.line.office.options.account_sid,
            "streamSid": self.sid,
            "callSid": self.line.sid,
            "tracks": ["inbound"],
            "mediaFormat": { "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 },
            "customParameters": custom,
        });
        self.send("start", start, outbox);
        let at = self.started;
        self.record(|stream| stream.started = Some(at));
        self.line.office.tell(&self.line.sid, at, Happening::StreamStarted);
    }

    /// The next moment at which something happens by itself.
    fn next_at(&self) -> Duration {
        let drop_at = self.faults.drops_after.map(|after| self.started + after);
        [self.playout.next_at(), self.line.person.due(), drop_at, Some(self.line.limit_at)]
            .into_iter()
            .flatten()
            .fold(self.next_frame_at, Duration::min)
    }

    /// Lets everything happen that should have happened by `now`, in order.
    fn advance(&mut self, now: Duration, outbox: &mpsc::Sender<Message>) -> Result<(), Break> {
        let drop_at = self.faults.drops_after.map(|after| self.started + after);
        let now = now.min(drop_at.unwrap_or(now));
        loop {
            let at = self.next_at();
            if at > now || drop_at == Some(at) {
                break;
            }
            self.play(at, outbox);
            if at >= self.line.limit_at {
                return Err(Break::TimeLimit);
            }
            self.let_her_act(at, outbox)?;
            if at >= self.next_frame_at {
                self.frame(outbox);
            }
        }
        self.play(now, outbox);
        Ok(())
    }

    fn let_her_act(&mut self, at: Duration, outbox: &mpsc::Sender<Message>) -> Result<(), Break> {
        while let Some(doing) = self.line.person.act(at) {
            match self.line.note(at, doing)? {
                FromHer::Began(sound) => self.mouth.extend_from_slice(&sound),
                FromHer::Key(key) => {
                    let dtmf = json!({ "track": "inbound_track", "digit": key.to_string() });
                    self.send("dtmf", dtmf, outbox);
                }
                FromHer::Finished { .. } | FromHer::Nothing => {}
            }
        }
        Ok(())
    }

    fn play(&mut self, now: Duration, outbox: &mpsc::Sender<Message>) {
        for moment in self.playout.advance(now) {
            match moment.what {
                Heard::Mark(name) => self.echo(name, moment.at, outbox),
                Heard::VoiceBegan => self.line.coach_speaks(moment.at),
                Heard::VoicePaused => self.line.coach_pauses(moment.at),
            }
        }
        for stretch in self.playout.take_played() {
            self.line.person.listens(stretch.at, &stretch.bytes);
            self.sound(|sound| sound.played.push(stretch.clone()));
            self.line.record_coach(stretch);
        }
    }

    fn echo(&mut self, name: String, at: Duration, outbox: &mpsc::Sender<Message>) {
        self.send("mark", json!({ "name": name }), outbox);
        self.record(|stream| stream.marks.push(name.clone()));
        self.line.office.tell(&self.line.sid, at, Happening::MarkPlayed(name));
    }

    /// Sends the next 20 ms of her side, unless it falls into a gap.
    fn frame(&mut self, outbox: &mpsc::Sender<Message>) {
        let at = self.next_frame_at;
        self.next_frame_at += FRAME_LENGTH;
        let mut frame = [SILENCE; FRAME];
        let spoken = self.mouth.split_to(self.mouth.len().min(FRAME));
        frame[..spoken.len()].copy_from_slice(&spoken);
        if is_loud(&frame) {
            self.line.record_sleeper(at, Bytes::copy_from_slice(&frame));
        }
        let timestamp = at.saturating_sub(self.started);
        if self.faults.gaps.iter().any(|(from, until)| (*from..*until).contains(&timestamp)) {
            return;
        }
        self.chunk += 1;
        self.sound(|sound| sound.note_sent(&frame));
        let media = json!({
            "track": "inbound",
            "chunk": self.chunk.to_string(),
            "timestamp": timestamp.as_millis().to_string(),
            "payload": STANDARD.encode(frame),
        });
        self.send("media", media, outbox);
    }

    /// Takes a message of the account's; how the stream ended, if it did.
    fn receive(
        &mut self,
        now: Duration,
        message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
        outbox: &mpsc::Sender<Message>,
    ) -> Option<StreamEnd> {
        let lost = |code, text: &str| Some(StreamEnd::Lost(Fault::new(code, text)));
        match message {
            Some(Ok(Message::Text(text))) => match inbound::read(&text, self.sid) {
                Ok(inbound) => self.obey(now, inbound, outbox),
                Err(fault) => self.warn(fault),
            },
            Some(Ok(Message::Binary(_))) => self.warn(Fault::new(31_950, "binary frames are not accepted")),
            Some(Ok(Message::Close(reason))) => {
                return match reason.map_or(CloseCode::Normal, |frame| frame.code) {
                    CloseCode::Normal | CloseCode::Away | CloseCode::Status => Some(StreamEnd::Closed),
                    _ => {
                        self.warn(Fault::new(31_921, "the account closed with an error"));
                        Some(StreamEnd::Closed)
                    }
                };
            }
            Some(Ok(_)) => {}
            Some(Err(tokio_tungstenite::tungstenite::Error::Protocol(
                tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )))
            | None => return lost(31_903, "the account's side broke"),
            Some(Err(tokio_tungstenite::tungstenite::Error::Io(_))) => return lost(31_903, "broken pipe"),
            Some(Err(_)) => return lost(31_924, "the account broke the protocol"),
        }
        None
    }

    fn obey(&mut self, now: Duration, inbound: Inbound, outbox: &mpsc::Sender<Message>) {
        match inbound {
            Inbound::Media(audio) => {
                self.sound(|sound| sound.note_received(&audio));
                if !self.playout.receive(&audio) {
                    self.warn(Fault::new(31_931, "more than ten minutes of audio are waiting"));
                }
            }
            Inbound::Mark(name) => self.playout.mark(name),
            Inbound::Clear => {
                let (names, dropped_bytes) = self.playout.clear();
                let clear = Clear { at: now, played_bytes: self.playout.played_bytes(), dropped_bytes };
                self.record(|stream| stream.clears.push(clear));
                self.line.office.tell(&self.line.sid, now, Happening::Cleared);
                for name in names {
                    self.echo(name, now, outbox);
                }
            }
        }
    }

    /// What is left in the buffer dies with the stream.
    fn stop_playing(&mut self) {
        let now = self.line.office.elapsed();
        self.playout.clear();
        for moment in self.playout.advance(now) {
            if moment.what == Heard::VoicePaused {
                self.line.coach_pauses(moment.at);
            }
        }
    }

    /// Sends one numbered message.
    fn send(&mut self, event: &str, body: Value, outbox: &mpsc::Sender<Message>) {
        self.sequence += 1;
        let mut message = json!({
            "event": event,
            "sequenceNumber": self.sequence.to_string(),
            "streamSid": self.sid,
        });
        message[event] = body;
        self.post(message.to_string(), outbox);
    }

    fn post(&mut self, text: String, outbox: &mpsc::Sender<Message>) {
        if outbox.try_send(Message::text(text)).is_err() {
            self.warn(Fault::new(31_930, "the account does not drain its socket"));
        }
    }

    /// Writes a warning down, once a stream.
    fn warn(&mut self, fault: Fault) {
        if self.warned.insert(fault.code) {
            self.line.office.problem(&self.line.sid, fault.code, fault.text);
        }
    }

    fn record(&self, change: impl FnOnce(&mut StreamRecord)) {
        self.line.office.with_call(&self.line.sid, |call| {
            if let Some(stream) = call.streams.get_mut(self.index) {
                change(stream);
            }
        });
    }

    fn sound(&self, change: impl FnOnce(&mut StreamSound)) {
        let mut books = self.line.office.books();
        let streams = books.sounds.get_mut(&self.line.sid).map(|sound| &mut sound.streams);
        if let Some(stream) = streams.and_then(|streams| streams.get_mut(self.index)) {
            change(stream);
        }
    }
}

/// Room for the messages of ten real seconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few thousand, and never negative"
)]
fn outbox(speed: f64) -> usize {
    (OUTBOX * speed.max(1.0)).ceil() as usize
}

/// Writes what is waiting, and closes when nothing more will come.
async fn write(mut sink: SplitSink<Socket, Message>, mut waiting: mpsc::Receiver<Message>) {
    while let Some(message) = waiting.recv().await {
        if sink.send(message).await.is_err() {
            return;
        }
    }
    // The peer may have closed first.
    let _ = sink.close().await;
}
