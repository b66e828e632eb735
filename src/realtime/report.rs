//! What comes out of a realtime call: notes while it runs, a report when it is over.

use std::time::Duration;

use crate::coach::proving::Proving;
use crate::coach::silence::SilenceStep;
use crate::coach::verdict::Verdict;
use crate::domain::money::MicroDollars;
use crate::domain::utterance::Utterance;

/// Why the pump stopped, by what the caller does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The goodbye was heard to its end: hang up.
    Finished,
    /// She was granted more sleep, and told so: hang up, call again after `minutes`.
    Snoozed {
        /// Minutes granted.
        minutes: u32,
    },
    /// The model is gone for good: record, close the stream, go on in traditional mode.
    ModelLost {
        /// A word or two for the attempt's record; never what was said.
        reason: String,
    },
    /// Nobody answered the coach: hang up and call back.
    FellSilent,
    /// The carrier stopped the stream or its socket closed: she hung up.
    SleeperGone,
    /// The call reached its longest age: hang up.
    TimeLimit,
    /// Our own program asked us to stop.
    Cancelled,
}

impl Ending {
    /// The word for logs and tables.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Snoozed { .. } => "snoozed",
            Self::ModelLost { .. } => "model_lost",
            Self::FellSilent => "fell_silent",
            Self::SleeperGone => "sleeper_gone",
            Self::TimeLimit => "time_limit",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Everything worth keeping of one realtime call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Why it stopped.
    pub ending: Ending,
    /// What was said in this call, by both, in order of time.
    pub utterances: Vec<Utterance>,
    /// The coach's verdict; `None` when she was not proved to be up.
    pub verdict: Option<Verdict>,
    /// What the model cost.
    pub cost: MicroDollars,
    /// From the stream's start to the first audio sent; `None` when none was.
    pub first_audio_after: Option<Duration>,
    /// How often she spoke over the coach.
    pub barge_ins: u32,
    /// How often the model's connection was replaced.
    pub reconnects: u32,
    /// Small oddities, for the metrics.
    pub counters: Counters,
}

/// Things that happen and are put up with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames taken from the line.
    pub frames_in: u64,
    /// Frames sent to the line.
    pub frames_out: u64,
    /// Frames dropped because they came far too late.
    pub stale_frames: u64,
    /// Silence put into holes of the line's audio, in milliseconds.
    pub filled_ms: u64,
    /// Deltas of a response that had already been cut off.
    pub late_deltas: u64,
    /// Bytes of speech beyond what the queue holds.
    pub overflowed_bytes: u64,
    /// Events of a kind we do not know.
    pub unknown_events: u64,
    /// Events we could not read.
    pub garbled_events: u64,
    /// Errors from the model that changed nothing.
    pub harmless_errors: u64,
}

/// Something that just happened, for the live view. Sent when there is room, lost otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Somebody finished saying something.
    Utterance(Utterance),
    /// The first audio left for the line, so long after the stream's start.
    FirstAudio(Duration),
    /// She spoke over the coach.
    BargeIn {
        /// How much of the sentence she had heard.
        heard_ms: u64,
    },
    /// The model's connection is being replaced.
    Reconnecting {
        /// Why the old one was given up.
        reason: String,
    },
    /// The model's connection has been replaced.
    Reconnected,
    /// Her proofs have moved on.
    Proving(Box<Proving>),
    /// She is up.
    VerdictAccepted(Verdict),
    /// A snooze was granted, for so many minutes.
    SnoozeGranted(u32),
    /// A rung of the silence ladder was climbed.
    Silence(SilenceStep),
    /// She pressed a key.
    Key(char),
}
