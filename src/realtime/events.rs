//! The session's two vocabularies: what it is told, and what it asks for. No vendor's words in either.

use std::borrow::Cow;

use crate::domain::money::MicroDollars;

use super::audio::FRAME_BYTES;
use super::report::{Ending, Note};

/// Something the model's side said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelEvent<'a> {
    /// A piece of speech.
    Audio {
        /// The response it belongs to.
        response: Cow<'a, str>,
        /// The item it belongs to; one response may speak several.
        item: Cow<'a, str>,
        /// The part of the item, needed to cut it.
        content_index: u32,
        /// Raw mu-law.
        audio: Vec<u8>,
    },
    /// No more speech for this item.
    AudioDone {
        /// The item.
        item: Cow<'a, str>,
    },
    /// More words of what is being said.
    Words {
        /// The response they belong to.
        response: Cow<'a, str>,
        /// The item they belong to.
        item: Cow<'a, str>,
        /// The part of the item.
        content_index: u32,
        /// The next words.
        text: Cow<'a, str>,
    },
    /// All words of an item.
    WordsDone {
        /// The item they belong to.
        item: Cow<'a, str>,
        /// The whole text.
        text: Cow<'a, str>,
    },
    /// The sleeper began to speak.
    SpeechStarted {
        /// Her item.
        item: Cow<'a, str>,
    },
    /// The sleeper stopped speaking; an answer follows unasked.
    SpeechStopped {
        /// Her item.
        item: Cow<'a, str>,
    },
    /// What the sleeper said; `None` when the transcriber failed.
    Heard {
        /// Her item.
        item: Cow<'a, str>,
        /// Her words.
        text: Option<Cow<'a, str>>,
    },
    /// A response began.
    ResponseStarted {
        /// Its id.
        response: Cow<'a, str>,
        /// Our own reason for asking, given back; `None` when the model answers by itself.
        why: Option<Why>,
    },
    /// The model wants a tool run.
    ToolCalled {
        /// The response it belongs to.
        response: Cow<'a, str>,
        /// The call.
        call: ToolCall,
    },
    /// A response is over, for good or ill.
    ResponseEnded {
        /// Its id.
        response: Cow<'a, str>,
        /// How it ended.
        status: ResponseStatus,
        /// What it cost.
        cost: MicroDollars,
    },
    /// The model's side complains.
    Complaint {
        /// What it means to us.
        fault: Fault,
        /// A short code, for records; never text somebody said.
        code: String,
        /// Our own number of the request that caused it.
        request: Option<u64>,
    },
    /// Known, and nothing to do about it.
    Nothing,
    /// Of a kind we do not know.
    Unknown,
}

/// How a response ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponseStatus {
    /// Whole, or cut by a length limit or filter, which is put up with.
    Completed,
    /// Cut off because she spoke, or because we asked.
    Cancelled,
    /// Not made.
    Failed {
        /// What the failure means to us.
        fault: Fault,
        /// A short code, for records.
        code: String,
    },
}

/// What a complaint means, by what we do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No connection of this account will fare better: no second try.
    Fatal,
    /// This connection is over; another may work.
    ConnectionOver,
    /// A response was asked for while one was running.
    AlreadyAnswering,
    /// The far side's own trouble: worth one more try.
    Passing,
    /// Of no consequence.
    Harmless,
}

/// A tool the model wants run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// The call's id; acted upon once.
    pub id: String,
    /// The tool.
    pub name: String,
    /// Its arguments as JSON text, not yet believed.
    pub arguments: String,
}

/// Why we ask for a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The first words of the call.
    Greeting,
    /// The first words after a lost connection.
    Reseeded,
    /// She is silent.
    Nudge,
    /// The tools have answered.
    ToolsAnswered,
    /// Something was judged that the model did not ask about: keys, a doorbell.
    Judged,
    /// The last words of the call.
    Goodbye,
    /// The last response failed by no fault of ours.
    Again,
}

impl Why {
    /// The word in which the reason travels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::Reseeded => "reseeded",
            Self::Nudge => "nudge",
            Self::ToolsAnswered => "tools_answered",
            Self::Judged => "judged",
            Self::Goodbye => "goodbye",
            Self::Again => "again",
        }
    }

    /// Reads the word back; `None` for any other.
    pub fn parse(name: &str) -> Option<Self> {
        let all = [
            Self::Greeting,
            Self::Reseeded,
            Self::Nudge,
            Self::ToolsAnswered,
            Self::Judged,
            Self::Goodbye,
            Self::Again,
        ];
        all.into_iter().find(|why| why.name() == name)
    }
}

/// Asks the model for a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Why.
    pub why: Why,
    /// Instructions for this response alone; `None` for those of the session.
    pub instructions: Option<String>,
}

/// At most one frame of audio, kept in place: fifty a second are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    bytes: [u8; FRAME_BYTES],
    length: u8,
}

impl Frame {
    /// Collects up to one frame; anything beyond is left in `bytes`.
    pub fn collect(bytes: impl Iterator<Item = u8>) -> Self {
        let mut frame = Self { bytes: [0; FRAME_BYTES], length: 0 };
        for (slot, byte) in frame.bytes.iter_mut().zip(bytes) {
            *slot = byte;
            frame.length += 1;
        }
        frame
    }

    /// The audio.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame({} bytes)", self.length)
    }
}

/// What the session wants done, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Line: play this next.
    Play(Frame),
    /// Line: tell us when playing has come this far.
    Mark(String),
    /// Line: forget what has not been played.
    Clear,
    /// Model: speak.
    Ask {
        /// Our number for the request.
        request: u64,
        /// What for.
        ask: Request,
    },
    /// Model: stop this response.
    Cancel {
        /// The response.
        response: String,
    },
    /// Model: she heard only so much of this item.
    Truncate {
        /// The item.
        item: String,
        /// The part of the item.
        content_index: u32,
        /// What was heard, rounded down.
        heard_ms: u64,
    },
    /// Model: she heard nothing of this item.
    Delete {
        /// The item.
        item: String,
    },
    /// Model: what the tool says.
    AnswerTool {
        /// The call answered.
        id: String,
        /// The answer, as JSON text.
        output: String,
    },
    /// Model: something it should know, in nobody's voice.
    Tell(String),
    /// Model: so many bytes of silence from the sleeper.
    AppendSilence {
        /// Bytes of mu-law silence.
        bytes: usize,
    },
    /// Model: give up this connection and make another.
    Reconnect,
    /// For the live view.
    Note(Note),
    /// Stop.
    End(Ending),
}
