//! The model's leg, opened while the phone still rings: set up, asked to greet, its first words in hand.
//!
//! If that fails, we know before she says hello, and answer in traditional mode.

use std::time::Duration;

use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::warn;

use super::events::{Fault, ModelEvent, Request, ResponseStatus, Why};
use super::openai::client::ModelSocket;
use super::openai::{self, ModelError, ModelSettings, Prices, Said, Writer};
use super::plan::Plan;
use super::session::FIRST_REQUEST;
use crate::clock::{self, SharedClock};
use crate::domain::money::MicroDollars;
use crate::domain::utterance::Utterance;

/// From connecting to the settings being in force.
const SET_UP_LIMIT: Duration = Duration::from_secs(5);
/// From asking for the greeting to its first sound.
const FIRST_AUDIO_LIMIT: Duration = Duration::from_secs(4);
/// What is held while the phone rings: several times the longest greeting.
const HELD_BYTES: usize = 4 * 1024 * 1024;

/// A session that is configured and has begun to speak; what it says is held until the line's stream starts.
#[derive(Debug)]
pub struct ReadyModel {
    pub(super) socket: ModelSocket,
    pub(super) writer: Writer,
    pub(super) prices: Prices,
    /// Messages not yet given to a session, oldest first.
    pub(super) held: Vec<Utf8Bytes>,
    held_bytes: usize,
}

/// Opens a session and waits for the first sound of the greeting; one retry when the model is unreachable.
///
/// Takes 3 s for each connection, 5 s for the set-up and 4 s for the greeting at most.
pub async fn open(
    settings: &ModelSettings,
    plan: &Plan,
    clock: &SharedClock,
) -> Result<ReadyModel, ModelError> {
    let greeting = Request { why: Why::Greeting, instructions: Some(plan.greeting.clone()) };
    let mut ready = match configure(settings, plan, &plan.prior, &greeting, clock).await {
        Err(error) if error.is_transient() => {
            warn!(error = %error, "The realtime model could not be reached, trying once more");
            configure(settings, plan, &plan.prior, &greeting, clock).await?
        }
        opened => opened?,
    };
    clock::timeout(&**clock, FIRST_AUDIO_LIMIT, ready.hold_until_audio())
        .await
        .map_err(|_| ModelError::Silent { expected: "begun to speak" })??;
    Ok(ready)
}

/// Opens a session for a call that is running: knows what was said, and is asked to go on. One try.
pub(super) async fn reopen(
    settings: &ModelSettings,
    plan: &Plan,
    history: &[Utterance],
    clock: &SharedClock,
) -> Result<ReadyModel, ModelError> {
    let request = Request { why: Why::Reseeded, instructions: Some(plan.reseeded.clone()) };
    configure(settings, plan, history, &request, clock).await
}

async fn configure(
    settings: &ModelSettings,
    plan: &Plan,
    history: &[Utterance],
    first: &Request,
    clock: &SharedClock,
) -> Result<ReadyModel, ModelError> {
    let socket = ModelSocket::connect(settings, clock).await?;
    let mut ready = ReadyModel {
        socket,
        writer: Writer::default(),
        prices: Prices::of(&settings.model),
        held: Vec::new(),
        held_bytes: 0,
    };
    let setting_up = ready.set_up(plan, settings);
    clock::timeout(&**clock, SET_UP_LIMIT, setting_up)
        .await
        .map_err(|_| ModelError::Silent { expected: "confirmed its settings" })??;
    for said in history {
        let message = ready.writer.remember(said);
        ready.socket.send(message).await?;
    }
    ready.socket.send(Writer::ask(FIRST_REQUEST, first)).await?;
    Ok(ready)
}

impl ReadyModel {
    async fn set_up(&mut self, plan: &Plan, settings: &ModelSettings) -> Result<(), ModelError> {
        self.socket.send(Writer::set_up(plan, settings)).await?;
        loop {
            let text = self.socket.next().await?;
            match openai::read(&text, self.prices).map_err(|_| ModelError::Garbage)? {
                Said::SetUp => return Ok(()),
                Said::SetUpRefused(code) => return Err(ModelError::Refused { code }),
                Said::Event(event) => fail_on(&event)?,
            }
        }
    }

    async fn hold_until_audio(&mut self) -> Result<(), ModelError> {
        while !self.hold_next().await? {}
        Ok(())
    }

    /// Takes one message; true when it is sound.
    async fn hold_next(&mut self) -> Result<bool, ModelError> {
        let text = self.socket.next().await?;
        let is_audio = match openai::read(&text, self.prices) {
            Ok(Said::Event(event)) => {
                fail_on(&event)?;
                matches!(event, ModelEvent::Audio { .. })
            }
            _ => false,
        };
        self.held_bytes += text.len();
        if self.held_bytes > HELD_BYTES {
            return Err(ModelError::Garbage);
        }
        self.held.push(text);
        Ok(is_audio)
    }

    /// Keeps the session alive while the phone rings; comes back only to say why it was lost.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing, so it can stand in a `select!` beside the wait for the stream.
    pub async fn keep(&mut self) -> ModelError {
        loop {
            if let Err(error) = self.hold_next().await {
                return error;
            }
        }
    }

    /// Nobody answered: closes the session, and tells what the unheard greeting cost.
    pub async fn close(self) -> MicroDollars {
        let cost = |text: &Utf8Bytes| match openai::read(text, self.prices) {
            Ok(Said::Event(ModelEvent::ResponseEnded { cost, .. })) => cost,
            _ => MicroDollars::default(),
        };
        let spent = self.held.iter().map(cost).sum();
        self.socket.close().await;
        spent
    }
}

/// Failures that need not wait for a session to be understood.
fn fail_on(event: &ModelEvent<'_>) -> Result<(), ModelError> {
    let (fault, code) = match event {
        // The only thing asked for so far is the greeting.
        ModelEvent::Complaint { code, request: Some(_), .. } => (Fault::Fatal, code),
        ModelEvent::Complaint { fault, code, .. }
        | ModelEvent::ResponseEnded { status: ResponseStatus::Failed { fault, code }, .. } => (*fault, code),
        _ => return Ok(()),
    };
    match fault {
        Fault::Fatal => Err(ModelError::Refused { code: code.clone() }),
        Fault::ConnectionOver => Err(ModelError::Unreachable { reason: code.clone(), source: None }),
        // A passing failure of the greeting is seen again by the session, which asks once more; while the
        // phone rings, silence settles it.
        Fault::Passing | Fault::AlreadyAnswering | Fault::Harmless => Ok(()),
    }
}

#[cfg(test)]
mod tests;
