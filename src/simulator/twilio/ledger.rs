//! The carrier's own books: every call, what was sent and answered, said and played.
//!
//! What a test believes about a call it should read here, not in our own database.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;

use super::recording::{LENGTH_MAX, Recording, Stretch};

/// A call's state, as the REST API names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallStatus {
    /// Accepted, not dialled.
    Queued,
    /// The telephone rings.
    Ringing,
    /// Somebody, or something, answered.
    InProgress,
    /// Answered and over.
    Completed,
    /// Engaged or declined.
    Busy,
    /// Could not be reached.
    Failed,
    /// Rang out.
    NoAnswer,
    /// Taken back before it was answered.
    Canceled,
}

impl CallStatus {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::NoAnswer => "no-answer",
            Self::Canceled => "canceled",
        }
    }

    /// Whether the call is over.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Ringing | Self::InProgress)
    }
}

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The account called, through the API.
    Outbound,
    /// Somebody called the account.
    Inbound,
}

impl Direction {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outbound => "outbound-api",
            Self::Inbound => "inbound",
        }
    }
}

/// Something the console's debugger would show: Twilio's code and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Simulated time.
    pub at: Duration,
    /// Twilio's error or warning code.
    pub code: u32,
    /// What it was about.
    pub text: String,
}

/// What a request to the account was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookKind {
    /// A document: the voice URL, a Gather or Connect action, a redirect.
    Document,
    /// A status callback.
    Status,
    /// A stream's status callback.
    Stream,
    /// A verdict of machine detection.
    Amd,
    /// Speech so far.
    Partial,
    /// A sound file.
    Media,
    /// A stranger's forgery.
    Forged,
}

/// One request to the account and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRecord {
    /// When it was sent, simulated.
    pub at: Duration,
    /// What it was for.
    pub kind: WebhookKind,
    /// `POST` or `GET`.
    pub method: String,
    /// The public address, without the fragment.
    pub url: String,
    /// The parameters, as sent.
    pub params: Vec<(String, String)>,
    /// The status of the answer; `None` when there was none.
    pub status: Option<u16>,
    /// The body of the answer.
    pub body: String,
}

/// One media stream's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRecord {
    /// `MZ…`.
    pub sid: String,
    /// The address in the document.
    pub url: String,
    /// When `start` was sent, simulated; `None` when the handshake failed.
    pub started: Option<Duration>,
    /// When it was over, simulated.
    pub ended: Option<Duration>,
    /// Why it ended: `closed by the account`, `hung up`, `redirected`, `lost`, or the error's code.
    pub ending: Option<String>,
    /// Names of marks, in the order of their echoes.
    pub marks: Vec<String>,
    /// Each `clear` received.
    pub clears: Vec<Clear>,
}

/// What a `clear` met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clear {
    /// Simulated time.
    pub at: Duration,
    /// Bytes of the stream played before it.
    pub played_bytes: usize,
    /// Bytes it threw away.
    pub dropped_bytes: usize,
}

/// The audio of one media stream, byte for byte.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Media {
    /// Inbound payloads as sent to the account, silence included, in order.
    pub sent: Bytes,
    /// Payloads received from the account, in order.
    pub received: Bytes,
    /// What of them was played, and when (simulated time).
    pub played: Vec<Stretch>,
}

impl Media {
    /// How many bytes had been played at a moment of simulated time.
    pub fn played_bytes_at(&self, moment: Duration) -> usize {
        let by_then = |stretch: &Stretch| {
            super::playout::bytes_within(moment.saturating_sub(stretch.at)).min(stretch.bytes.len())
        };
        self.played.iter().map(by_then).sum()
    }

    /// How much had been played at a moment of simulated time, in milliseconds.
    pub fn played_ms_at(&self, moment: Duration) -> u64 {
        self.played_bytes_at(moment) as u64 / 8
    }
}

/// Everything about one call.
#[derive(Debug, Clone)]
pub struct CallRecord {
    /// `CA…`.
    pub sid: String,
    /// Whom it calls.
    pub to: String,
    /// Who calls.
    pub from: String,
    /// Who called whom.
    pub direction: Direction,
    /// Where it stands.
    pub status: CallStatus,
    /// When it got there, simulated, from the first state on.
    pub history: Vec<(Duration, CallStatus)>,
    /// Wall time of its creation.
    pub created_at: Timestamp,
    /// Wall time of its dialling.
    pub started_at: Option<Timestamp>,
    /// Wall time of its end.
    pub ended_at: Option<Timestamp>,
    /// Wall time of its last change.
    pub updated_at: Timestamp,
    /// How long it waits in the queue.
    pub queue_time: Duration,
    /// The form that created it.
    pub request: Vec<(String, String)>,
    /// Machine detection's verdict.
    pub answered_by: Option<String>,
    /// The last SIP answer.
    pub sip_code: Option<u16>,
    /// Errors and warnings, in order.
    pub problems: Vec<Problem>,
    /// Requests to the account, in order of sending.
    pub webhooks: Vec<WebhookRecord>,
    /// Documents that were executed.
    pub documents: Vec<String>,
    /// What was read aloud to the sleeper.
    pub said: Vec<String>,
    /// What the sleeper said, to anybody.
    pub heard: Vec<String>,
    /// Its media streams.
    pub streams: Vec<StreamRecord>,
}

impl CallRecord {
    /// When it first reached a state, simulated.
    pub fn reached(&self, status: CallStatus) -> Option<Duration> {
        self.history.iter().find(|(_, reached)| *reached == status).map(|(at, _)| *at)
    }

    /// When it ended, simulated.
    pub fn ended(&self) -> Option<Duration> {
        self.history.iter().find(|(_, status)| status.is_final()).map(|(at, _)| *at)
    }

    /// From answer to end; `None` when it was not answered or is not over.
    pub fn talked(&self) -> Option<Duration> {
        Some(self.ended()?.saturating_sub(self.reached(CallStatus::InProgress)?))
    }

    /// The state it had at a moment of simulated time; `None` when it did not exist.
    pub(super) fn status_at(&self, moment: Duration) -> Option<CallStatus> {
        self.history.iter().rev().find(|(at, _)| *at <= moment).map(|(_, status)| *status)
    }

    /// The codes of all problems, in order.
    pub fn codes(&self) -> Vec<u32> {
        self.problems.iter().map(|problem| problem.code).collect()
    }

    /// Requests of one kind.
    pub fn webhooks_of(&self, kind: WebhookKind) -> impl Iterator<Item = &WebhookRecord> {
        self.webhooks.iter().filter(move |webhook| webhook.kind == kind)
    }
}

/// What is happening on a line, for those who watch.
#[derive(Debug, Clone, PartialEq)]
pub struct LineEvent {
    /// Which call.
    pub call: String,
    /// Simulated time.
    pub at: Duration,
    /// What.
    pub what: Happening,
}

/// See [`LineEvent`].
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// The API accepted the call.
    Created,
    /// It is being dialled.
    Dialled,
    /// The telephone rings.
    Ringing,
    /// It was picked up.
    Answered,
    /// A document was fetched.
    Document,
    /// The exchange reads this to the sleeper.
    CoachSaid {
        /// The words.
        text: String,
    },
    /// Sound from the coach's side began.
    CoachSpoke,
    /// It ended.
    CoachPaused,
    /// The sleeper begins to speak.
    SleeperSaid {
        /// Her words.
        text: String,
    },
    /// She has finished.
    SleeperPaused,
    /// She pressed a key.
    KeyPressed(char),
    /// A media stream stands.
    StreamStarted,
    /// A media stream is over, or never stood.
    StreamEnded {
        /// As in [`StreamRecord::ending`].
        ending: String,
    },
    /// Playback reached a mark.
    MarkPlayed(String),
    /// The account cleared the queue.
    Cleared,
    /// Something for the debugger.
    Problem {
        /// Twilio's code.
        code: u32,
    },
    /// A status callback has been answered (or given up).
    CallbackAnswered {
        /// `CallStatus` as sent.
        status: String,
    },
    /// The call is over.
    Ended(CallStatus),
}

/// Raw audio of one call while it grows.
#[derive(Debug, Default)]
pub(super) struct Sound {
    pub recording: Recording,
    pub streams: Vec<StreamSound>,
}

/// Raw audio of one stream while it grows.
#[derive(Debug, Default)]
pub(super) struct StreamSound {
    pub sent: BytesMut,
    pub received: BytesMut,
    pub played: Vec<Stretch>,
}

/// Ten minutes each way: enough for every test, and no flood can fill the memory.
const STREAM_BYTES_MAX: usize = 10 * 60 * 8_000;

impl StreamSound {
    pub(super) fn note_sent(&mut self, bytes: &[u8]) {
        if self.sent.len() < STREAM_BYTES_MAX {
            self.sent.extend_from_slice(bytes);
        }
    }

    pub(super) fn note_received(&mut self, bytes: &[u8]) {
        if self.received.len() < STREAM_BYTES_MAX {
            self.received.extend_from_slice(bytes);
        }
    }

    pub(super) fn snapshot(&self) -> Media {
        Media {
            sent: self.sent.clone().freeze(),
            received: self.received.clone().freeze(),
            played: self.played.clone(),
        }
    }
}

impl Sound {
    pub(super) fn note_coach(&mut self, stretch: Stretch) {
        if stretch.end() <= LENGTH_MAX {
            self.recording.coach.push(stretch);
        }
    }

    pub(super) fn note_sleeper(&mut self, stretch: Stretch) {
        if stretch.end() <= LENGTH_MAX {
            self.recording.sleeper.push(stretch);
        }
    }
}
