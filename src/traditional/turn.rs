//! One turn of a traditional call: what was heard goes in, what to say next comes out, always and soon.
//!
//! Rules come first (silence, the goodbye word, a plea for more sleep), then the model, and the script
//! when the model is late, down or talking nonsense.

use std::time::Duration;

use super::chat::{Answer, ChatModel};
use super::speakable::speakable;
use crate::clock::SharedClock;
use crate::coach::answer::{self, ANSWERS_BEFORE_VERDICT, SNOOZE_MINUTES};
use crate::coach::conversation::{self, Memory, Message, one_line};
use crate::coach::persona::{self, Briefing};
use crate::coach::script::{self, Stage};
use crate::coach::silence::{SilencePolicy, SilenceStep};
use crate::coach::verdict::{self, Judgement, Proof, Verdict};
use crate::domain::money::MicroDollars;
use crate::domain::utterance::{Speaker, Utterance};

/// What the carrier's recogniser made of the sleeper's answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// She spoke.
    Speech {
        /// The words as recognised.
        text: String,
        /// 0 to 1; `None` when the carrier did not say.
        confidence: Option<f64>,
    },
    /// She pressed keys.
    Keys(String),
    /// Nothing.
    Silence,
}

impl Heard {
    /// How the answer stands in the transcript; `None` for silence. Store this, so that later turns
    /// can tell keys from words.
    pub fn transcript(&self) -> Option<String> {
        match self {
            Self::Speech { text, .. } => Some(one_line(text)).filter(|text| !text.is_empty()),
            Self::Keys(keys) => Some(answer::pressed(keys)),
            Self::Silence => None,
        }
    }
}

/// Everything that decides the next words.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    /// What the coach knew when the call began.
    pub briefing: &'a Briefing,
    /// What was said before `heard`, in this call and in earlier ones of the same wake-up.
    pub conversation: &'a [Utterance],
    /// The answer to the last words.
    pub heard: &'a Heard,
    /// Silences in a row, this one included; not read when something was heard.
    pub silences: u32,
    /// Turns so far in this call; chooses among the script's variants.
    pub turn: u32,
}

/// How the call goes on after the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Listen for an answer.
    Ask,
    /// Hang up: she is up, and goodbye is said.
    HangUp,
    /// Hang up and call back: nobody speaks.
    GiveUp,
    /// Hang up and call back later, as she asked.
    Snooze {
        /// Minutes granted.
        minutes: u32,
    },
}

/// Where the words come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The chat model.
    Model,
    /// The script, as a rule of the call: opening, silence, goodbye, snooze.
    Rule,
    /// The script, in place of a model that should have spoken.
    Scripted {
        /// Why, as a sentence's middle without personal data.
        why: String,
    },
}

impl Source {
    /// The word for tables, logs and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Rule => "rule",
            Self::Scripted { .. } => "scripted",
        }
    }
}

/// What to say, and what then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The words, plain and short, never empty.
    pub say: String,
    /// Sound the three-pulse tone before them.
    pub tone_first: bool,
    /// Set when she is up.
    pub verdict: Option<Verdict>,
    /// How the call goes on.
    pub next: Next,
    /// Where the words come from.
    pub source: Source,
    /// What the model took for them.
    pub cost: MicroDollars,
    /// How long it took to find them.
    pub latency: Duration,
}

impl Reply {
    fn new(say: String, next: Next, source: Source) -> Self {
        let (cost, latency) = (MicroDollars::default(), Duration::ZERO);
        Self { say, tone_first: false, verdict: None, next, source, cost, latency }
    }
}

/// Below this the recogniser is guessing.
const CONFIDENCE_MIN: f64 = 0.4;

/// The first words of a call, or of what is left of one after it fell back from realtime mode.
pub fn opening(briefing: &Briefing, fell_back: bool) -> Reply {
    let say = if fell_back {
        script::fall_back_opening(briefing, &briefing.conversation)
    } else {
        script::opening(briefing)
    };
    Reply::new(say, Next::Ask, Source::Rule)
}

/// The last words of a call whose verdict stands.
pub fn farewell(briefing: &Briefing) -> Reply {
    let turn = u32::try_from(briefing.conversation.len()).unwrap_or(u32::MAX);
    Reply::new(script::line(briefing.language.tongue(), Stage::Goodbye, turn), Next::HangUp, Source::Rule)
}

/// How long the carrier is to listen, in seconds, after `silences` silences in a row: the steps of the
/// silence ladder, each counted from the one before.
pub fn listen_secs(silences: u32) -> u32 {
    let policy = SilencePolicy::default();
    let wait = match silences {
        0 => policy.nudge_after,
        1 => policy.tone_after.saturating_sub(policy.nudge_after),
        _ => policy.give_up_after.saturating_sub(policy.tone_after),
    };
    u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1)
}

/// The next words; never fails, and never takes longer than the chat model's deadline.
pub async fn reply(model: Option<&ChatModel>, turn: &Turn<'_>, clock: &SharedClock) -> Reply {
    let asked_at = clock.elapsed();
    let history = history(turn, clock);
    let mut reply = match (by_rule(turn), model) {
        (Some(reply), _) => reply,
        (None, None) => by_script(turn, &history, "there is no chat model".to_owned()),
        (None, Some(model)) => by_model(model, turn, &history).await,
    };
    reply.latency = clock.elapsed().saturating_sub(asked_at);
    reply
}

/// The conversation with the latest answer at its end, whether or not the caller had added it already.
fn history(turn: &Turn<'_>, clock: &SharedClock) -> Vec<Utterance> {
    let mut history = turn.conversation.to_vec();
    let Some(text) = turn.heard.transcript() else { return history };
    let known = history.last().is_some_and(|last| last.speaker == Speaker::Sleeper && last.text == text);
    if !known {
        history.push(Utterance { speaker: Speaker::Sleeper, text, said_at: clock.now(), interrupted: false });
    }
    history
}

/// What needs no model: silence, the word, a snooze that may be granted.
fn by_rule(turn: &Turn<'_>) -> Option<Reply> {
    let tongue = turn.briefing.language.tongue();
    match (turn.heard, turn.heard.transcript()) {
        (_, None) => Some(on_silence(turn)),
        (Heard::Speech { .. }, Some(text)) => {
            if let Some(verdict) = verdict::by_word(tongue, &turn.briefing.goodbye_words, &text) {
                return Some(goodbye(turn, verdict));
            }
            let granted = turn.briefing.snooze_allowed && tongue.asks_for_snooze(&text);
            let say = || script::line(tongue, Stage::SnoozeGranted, turn.turn);
            granted.then(|| Reply::new(say(), Next::Snooze { minutes: SNOOZE_MINUTES }, Source::Rule))
        }
        _ => None,
    }
}

fn on_silence(turn: &Turn<'_>) -> Reply {
    let (step, next) = match turn.silences {
        0 | 1 => (SilenceStep::Nudge, Next::Ask),
        2 => (SilenceStep::Tone, Next::Ask),
        _ => (SilenceStep::GiveUp, Next::GiveUp),
    };
    let say = script::silence(turn.briefing.language.tongue(), step, turn.turn);
    Reply { tone_first: step == SilenceStep::Tone, ..Reply::new(say, next, Source::Rule) }
}

fn goodbye(turn: &Turn<'_>, verdict: Verdict) -> Reply {
    let say = script::line(turn.briefing.language.tongue(), Stage::Goodbye, turn.turn);
    Reply { verdict: Some(verdict), ..Reply::new(say, Next::HangUp, Source::Rule) }
}

async fn by_model(model: &ChatModel, turn: &Turn<'_>, history: &[Utterance]) -> Reply {
    let developer = persona::chat_system(turn.briefing);
    match model.ask(&developer, &shown(turn, history)).await {
        Ok(answer) => Reply { cost: answer.cost, ..from_answer(&answer, turn, history) },
        Err(error) => {
            tracing::warn!(%error, "A scripted line stands in for the chat model");
            Reply { cost: error.cost(), ..by_script(turn, history, error.to_string()) }
        }
    }
}

/// What the model is shown, with a warning on an answer the recogniser was not sure of.
fn shown(turn: &Turn<'_>, history: &[Utterance]) -> Vec<Message> {
    let mut messages = conversation::recent(history, Memory::default());
    if is_unclear(turn.heard)
        && let Some(last) = messages.last_mut()
    {
        last.text.insert_str(0, "(heard unclearly) ");
    }
    messages
}

fn is_unclear(heard: &Heard) -> bool {
    matches!(heard, Heard::Speech { confidence: Some(confidence), .. } if *confidence < CONFIDENCE_MIN)
}

fn from_answer(answer: &Answer, turn: &Turn<'_>, history: &[Utterance]) -> Reply {
    let Some(say) = speakable(&answer.say) else {
        return by_script(turn, history, "the chat model had nothing to say".to_owned());
    };
    if !answer.awake {
        return Reply::new(say, Next::Ask, Source::Model);
    }
    match verdict::judge(&spoken(this_call(history)), &one_line(&answer.evidence)) {
        Judgement::Up(verdict) => {
            let say = with_goodbye(say, turn);
            Reply { verdict: Some(verdict), ..Reply::new(say, Next::HangUp, Source::Model) }
        }
        // The model believes that the call is over, so its words would be a goodbye to nobody.
        Judgement::NotYet(_) => by_script(turn, history, "the chat model was satisfied too soon".to_owned()),
    }
}

/// The part of `history` that belongs to this call: she may have slept again since the last one, and
/// answers given then prove nothing now.
fn this_call(history: &[Utterance]) -> &[Utterance] {
    let opens = |said: &Utterance| said.speaker == Speaker::Coach && script::opens(&said.text);
    &history[history.iter().rposition(opens).unwrap_or(0)..]
}

/// Keys show that somebody is there, not that she is up.
fn spoken(history: &[Utterance]) -> Vec<Utterance> {
    history.iter().filter(|utterance| !answer::is_pressed(&utterance.text)).cloned().collect()
}

fn with_goodbye(say: String, turn: &Turn<'_>) -> String {
    // A language without a script says goodbye in its own words, and an English one would only startle.
    let language = &turn.briefing.language;
    if !language.has_script() || language.tongue().goodbye_word(&say, &[]).is_some() {
        return say;
    }
    format!("{say} {}", script::last_sentence(language.tongue(), Stage::Goodbye, turn.turn))
}

/// The script's own turn: enough different answers to its questions end the call, all else asks on.
fn by_script(turn: &Turn<'_>, history: &[Utterance], why: String) -> Reply {
    let source = Source::Scripted { why };
    let tongue = turn.briefing.language.tongue();
    let text = turn.heard.transcript().unwrap_or_default();
    let answers = answer::different_answers(tongue, this_call(history));
    if answers >= ANSWERS_BEFORE_VERDICT && answer::is_real(tongue, &text) && !is_unclear(turn.heard) {
        let evidence = format!("gave {answers} different answers to the script's questions");
        return Reply { source, ..goodbye(turn, Verdict { proof: Proof::Conversation, evidence }) };
    }
    let stage = match turn.heard {
        Heard::Keys(_) => Stage::Keys,
        Heard::Silence => Stage::Nudge,
        Heard::Speech { .. } if tongue.is_reluctant(&text) => Stage::KindRefusal,
        heard @ Heard::Speech { .. } if is_unclear(heard) => Stage::Unclear,
        Heard::Speech { .. } if !answer::is_real(tongue, &text) => Stage::Mumbled,
        Heard::Speech { .. } => Stage::Heard,
    };
    let say = script::ask(tongue, stage, turn.turn, history);
    Reply::new(say, Next::Ask, source)
}

#[cfg(test)]
mod tests;
