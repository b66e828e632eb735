//! The one loop around a session: two sockets, one clock, one owner, one way out.
//!
//! The session thinks, the loop moves bytes. On every way out the model's socket is closed here; the line
//! stays open, since what its end means is the caller's to decide: hang up first, or record first and then
//! close the stream, so that the carrier asks for the next document.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::audio::SILENCE;
use super::events::Command;
use super::line::Line;
use super::openai::client::ModelSocket;
use super::openai::{self, ModelError, ModelSettings, Prices, Said, Writer};
use super::plan::Plan;
use super::ready::{self, ReadyModel};
use super::report::{Ending, Note, Report};
use super::session::{Inbound, Session};
use crate::clock::SharedClock;
use crate::domain::proof::Proof;
use crate::telephony::media_stream::{MediaError, MediaEvent, Payload};

/// Keeps proxies on the way from closing a line on which the coach is silent.
const PING_LINE_EVERY: Duration = Duration::from_secs(20);

/// Evidence that comes from outside the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Which kind.
    pub proof: Proof,
    /// The reason, in a sentence's middle: `the doorbell knew her finger`.
    pub reason: String,
}

/// Everything a conversation needs beside the line.
#[derive(Debug)]
pub struct Conversation {
    /// The session opened while the phone rang.
    pub model: ReadyModel,
    /// The plan it was opened with.
    pub plan: Plan,
    /// For the one connection that may replace it.
    pub settings: ModelSettings,
    /// The live view; a note that finds no room is lost.
    pub notes: mpsc::Sender<Note>,
    /// What is seen from outside (a doorbell): the coach congratulates, and goes on or ends the call.
    pub proofs: mpsc::Receiver<Seen>,
    /// The clock.
    pub clock: SharedClock,
    /// The one way to stop it from outside.
    pub cancel: CancellationToken,
}

/// Runs the conversation to its end. The line is left open.
pub async fn run(line: &mut impl Line, conversation: Conversation) -> Report {
    let mut pump = Pump::new(line, conversation);
    let ending = pump.run_to_end().await;
    let report = pump.session.report(ending, pump.clock.elapsed());
    // A connection in the making is dropped, a standing one is closed in good order.
    pump.reopening = None;
    if let Some(model) = pump.model.take() {
        model.close().await;
    }
    report
}

type Reopening = Pin<Box<dyn Future<Output = Result<ReadyModel, ModelError>> + Send>>;

struct Pump<'a, L> {
    line: &'a mut L,
    model: Option<ModelSocket>,
    reopening: Option<Reopening>,
    writer: Writer,
    prices: Prices,
    plan: Plan,
    settings: ModelSettings,
    session: Session,
    notes: mpsc::Sender<Note>,
    proofs: Option<mpsc::Receiver<Seen>>,
    clock: SharedClock,
    cancel: CancellationToken,
    ping_line_at: Duration,
    commands: Vec<Command>,
    held: Vec<Utf8Bytes>,
}

/// What the loop was woken by.
enum Woken {
    Cancelled,
    Due,
    Line(MediaEvent),
    Model(Result<Utf8Bytes, ModelError>),
    Reopened(Box<Result<ReadyModel, ModelError>>),
    Proof(Option<Seen>),
}

impl<'a, L: Line> Pump<'a, L> {
    fn new(line: &'a mut L, conversation: Conversation) -> Self {
        let Conversation { model, plan, settings, notes, proofs, clock, cancel } = conversation;
        let mut commands = Vec::new();
        let now = clock.elapsed();
        let session = Session::start(plan.clone(), clock.now(), now, &mut commands);
        Self {
            line,
            model: Some(model.socket),
            reopening: None,
            writer: model.writer,
            prices: model.prices,
            held: model.held,
            plan,
            settings,
            session,
            notes,
            proofs: Some(proofs),
            clock,
            cancel,
            ping_line_at: now + PING_LINE_EVERY,
            commands,
        }
    }

    async fn run_to_end(&mut self) -> Ending {
        for text in std::mem::take(&mut self.held) {
            self.on_model_text(&text);
        }
        loop {
            if let Some(ending) = self.carry_out().await {
                return ending;
            }
            let woken = self.wait().await;
            if let Some(ending) = self.on_woken(woken).await {
                return ending;
            }
        }
    }

    async fn wait(&mut self) -> Woken {
        let due = self.session.deadline().min(self.ping_line_at);
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Woken::Cancelled,
            () = self.clock.sleep_until(due) => Woken::Due,
            event = self.line.next() => Woken::Line(event),
            Some(text) = next_of(self.model.as_mut()) => Woken::Model(text),
            Some(ready) = outcome_of(self.reopening.as_mut()) => Woken::Reopened(Box::new(ready)),
            Some(proof) = proof_of(self.proofs.as_mut()) => Woken::Proof(proof),
        }
    }

    async fn on_woken(&mut self, woken: Woken) -> Option<Ending> {
        let now = self.clock.elapsed();
        match woken {
            Woken::Cancelled => return Some(Ending::Cancelled),
            Woken::Due => self.session.on_tick(now, &mut self.commands),
            Woken::Line(event) => return self.on_line(event, now).await,
            Woken::Model(Ok(text)) => self.on_model_text(&text),
            Woken::Model(Err(error)) => self.on_model_error(&error),
            Woken::Reopened(outcome) => self.on_reopened(*outcome),
            Woken::Proof(Some(seen)) => self.session.on_proof(&seen, now, &mut self.commands),
            Woken::Proof(None) => self.proofs = None,
        }
        if now >= self.ping_line_at {
            self.ping_line_at = now + PING_LINE_EVERY;
            return gone(self.line.ping().await);
        }
        None
    }

    async fn on_line(&mut self, event: MediaEvent, now: Duration) -> Option<Ending> {
        match event {
            MediaEvent::Media { timestamp_ms, payload, .. } => {
                self.on_frame(timestamp_ms, &payload, now).await;
            }
            MediaEvent::Mark { name } => self.session.on_mark(&name, now, &mut self.commands),
            MediaEvent::Dtmf { digit } => self.session.on_key(digit, now, &mut self.commands),
            MediaEvent::Stop | MediaEvent::Closed(_) => return Some(Ending::SleeperGone),
        }
        None
    }

    /// The hot path: the payload goes through as the text it came in.
    async fn on_frame(&mut self, timestamp_ms: u64, payload: &Payload, now: Duration) {
        match self.session.on_frame(timestamp_ms, payload.mulaw_len(), now) {
            Inbound::Drop => return,
            Inbound::Forward => {}
            Inbound::ForwardAfter { silence } => self.append_silence(silence).await,
        }
        self.tell_model(Writer::append(payload.as_str())).await;
    }

    async fn append_silence(&mut self, bytes: usize) {
        self.tell_model(Writer::append(&STANDARD.encode(vec![SILENCE; bytes]))).await;
    }

    fn on_model_text(&mut self, text: &str) {
        let now = self.clock.elapsed();
        match openai::read(text, self.prices) {
            Ok(Said::Event(event)) => self.session.on_model(event, now, &mut self.commands),
            Ok(Said::SetUp | Said::SetUpRefused(_)) => {}
            Err(_) => self.session.on_garbled(),
        }
    }

    fn on_model_error(&mut self, error: &ModelError) {
        warn!(error = %error, "The realtime model was lost");
        self.model = None;
        let now = self.clock.elapsed();
        self.session.on_model_lost(&error.reason(), error.is_transient(), now, &mut self.commands);
    }

    fn on_reopened(&mut self, outcome: Result<ReadyModel, ModelError>) {
        self.reopening = None;
        match outcome {
            Ok(ready) => {
                self.model = Some(ready.socket);
                self.writer = ready.writer;
                self.session.on_reconnected(self.clock.elapsed(), &mut self.commands);
            }
            Err(error) => self.on_model_error(&error),
        }
    }

    /// Sends what a missing model would have been told nowhere: its successor knows the conversation.
    async fn tell_model(&mut self, text: String) {
        let Some(model) = &mut self.model else { return };
        if let Err(error) = model.send(text).await {
            self.on_model_error(&error);
        }
    }

    /// Does what the session wants, in its order; more may come to be wanted on the way.
    async fn carry_out(&mut self) -> Option<Ending> {
        while !self.commands.is_empty() {
            for command in std::mem::take(&mut self.commands) {
                if let Some(ending) = self.obey(command).await {
                    return Some(ending);
                }
            }
        }
        None
    }

    async fn obey(&mut self, command: Command) -> Option<Ending> {
        match command {
            Command::Play(frame) => return gone(self.line.media(frame.as_bytes()).await),
            Command::Mark(name) => return gone(self.line.mark(&name).await),
            Command::Clear => return gone(self.line.clear().await),
            Command::Ask { request, ask } => self.tell_model(Writer::ask(request, &ask)).await,
            Command::Cancel { response } => {
                let text = self.writer.cancel(&response);
                self.tell_model(text).await;
            }
            Command::Truncate { item, content_index, heard_ms } => {
                let text = self.writer.truncate(&item, content_index, heard_ms);
                self.tell_model(text).await;
            }
            Command::Delete { item } => {
                let text = self.writer.delete(&item);
                self.tell_model(text).await;
            }
            Command::AnswerTool { id, output } => {
                let text = self.writer.answer_tool(&id, &output);
                self.tell_model(text).await;
            }
            Command::Tell(text) => {
                let text = self.writer.tell(&text);
                self.tell_model(text).await;
            }
            Command::AppendSilence { bytes } => self.append_silence(bytes).await,
            Command::Reconnect => self.reconnect(),
            // The live view may lag or be gone; the conversation does not wait for it.
            Command::Note(note) => drop(self.notes.try_send(note)),
            Command::End(ending) => return Some(ending),
        }
        None
    }

    fn reconnect(&mut self) {
        info!("Replacing the connection to the realtime model");
        let old = self.model.take();
        let (settings, plan, clock) = (self.settings.clone(), self.plan.clone(), self.clock.clone());
        let history = self.session.history(clock.elapsed());
        self.reopening = Some(Box::pin(async move {
            let reopening = ready::reopen(&settings, &plan, &history, &clock);
            after_farewell(old, reopening).await
        }));
    }
}

/// Lets the old connection go in good order as long as the new one takes, and no longer.
async fn after_farewell<T>(old: Option<ModelSocket>, work: impl Future<Output = T>) -> T {
    let farewell = async {
        if let Some(old) = old {
            old.close().await;
        }
        std::future::pending().await
    };
    tokio::select! {
        done = work => done,
        done = farewell => done,
    }
}

/// A line that takes nothing any more is a sleeper who hung up.
fn gone(sent: Result<(), MediaError>) -> Option<Ending> {
    sent.err().map(|_| Ending::SleeperGone)
}

async fn next_of(model: Option<&mut ModelSocket>) -> Option<Result<Utf8Bytes, ModelError>> {
    Some(model?.next().await)
}

async fn outcome_of(reopening: Option<&mut Reopening>) -> Option<Result<ReadyModel, ModelError>> {
    Some(reopening?.await)
}

async fn proof_of(proofs: Option<&mut mpsc::Receiver<Seen>>) -> Option<Option<Seen>> {
    Some(proofs?.recv().await)
}

#[cfg(test)]
mod tests;
