//! The knobs: every way in which a model has been seen to misbehave.

use std::collections::VecDeque;
use std::time::Duration;

/// How the double misbehaves; the default is not at all.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a knob of its own, turned by name")]
pub struct Faults {
    /// What a Realtime client meets at the door.
    pub handshake: Handshake,
    /// The next session takes these faults with it, and those after it are well again.
    pub next_session_only: bool,
    /// The socket opens and `session.created` never comes; nothing else does either.
    pub never_created: bool,
    /// `session.update` is swallowed.
    pub never_updated: bool,
    /// Responses begin and no sound follows.
    pub no_first_audio: bool,
    /// After this many audio deltas of a session, TCP ends without a close frame.
    pub drop_after_deltas: Option<usize>,
    /// After this many audio deltas of a session, it is closed with this code (1011, 1001, …).
    pub close_after_deltas: Option<(usize, u16)>,
    /// After two audio deltas of a response: an `error` event, and the response fails.
    pub error_mid_response: bool,
    /// Every response fails at once with this code, without an `error` event.
    pub failed_response: Option<&'static str>,
    /// Every response is cut off in the middle, as at the token limit.
    pub incomplete_response: bool,
    /// Something that is not JSON comes before each response.
    pub garbage_frame: bool,
    /// Events nobody has heard of come along with each response.
    pub unknown_events: bool,
    /// Every event has fields nobody has heard of.
    pub extra_fields: bool,
    /// Fields that may be null are.
    pub null_fields: bool,
    /// Each spoken item comes in one delta, padded with silence to at least this many bytes of audio.
    pub huge_delta: Option<usize>,
    /// Whatever she says, the model takes her for awake, her tasks for solved, and wants to end the call.
    pub gullible: bool,
    /// What becomes of the sleeper's words.
    pub transcription: Transcription,
    /// What the chat model does with each request, once `chat_next` is empty.
    pub chat: ChatFault,
    /// What a question for the list of models is answered with.
    pub models: ModelList,
    /// What it does with the next requests, one each.
    pub chat_next: VecDeque<ChatFault>,
}

/// What a question for the list of models is answered with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ModelList {
    /// The list.
    #[default]
    All,
    /// The list, and each of them will be switched off on this day.
    ShutDownOn(&'static str),
    /// A list of other models.
    Others,
    /// This status, with the vendor's error body.
    Status(u16),
    /// 200 and something that is not JSON.
    Garbage,
    /// Nothing.
    Silence,
}

/// What a client meets at the door.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Handshake {
    /// Welcome, if the key is right.
    #[default]
    Accept,
    /// The HTTP upgrade is answered with this status.
    Refuse(u16),
    /// The HTTP upgrade is not answered.
    Hang,
    /// Upgraded, then closed with 3000, as OpenAI did with bad keys in 2024.
    AcceptThenClose,
}

/// What becomes of the sleeper's words on their way to the transcript.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Transcription {
    /// They come shortly after the turn.
    #[default]
    OnTime,
    /// They come this much later.
    Late(Duration),
    /// They come as `conversation.item.input_audio_transcription.failed`.
    Failed,
}

/// What the chat model does with a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ChatFault {
    /// Answers it.
    #[default]
    None,
    /// This status, with the vendor's error body.
    Status(u16),
    /// 429 that no retry will cure.
    InsufficientQuota,
    /// Answers this late.
    Slow(Duration),
    /// Never answers.
    Silent,
    /// 200 and something that is not JSON.
    Garbage,
    /// An empty text.
    Empty,
    /// A refusal in place of a text.
    Refusal,
    /// JSON cut off in the middle, `finish_reason` length.
    Truncated,
    /// A text of this many characters.
    Endless(usize),
    /// Believes every word: always awake, with glowing evidence.
    Gullible,
    /// TwiML, ampersands and control characters in the text.
    Hostile,
}
