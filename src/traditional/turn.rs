//! One turn of a traditional call: what was heard goes in, what to say next comes out, always and soon.
//!
//! Rules come first (silence, the goodbye word, a plea for more sleep), then the model, and the script
//! when the model is late, down or talking nonsense.

use std::time::Duration;

use super::chat::{Answer, ChatModel};
use super::speakable::speakable;
use super::task;
use crate::clock::SharedClock;
use crate::coach::answer::{self, ANSWERS_BEFORE_VERDICT, Asked, SNOOZE_MINUTES};
use crate::coach::conversation::{self, Memory, Message, one_line};
use crate::coach::language::Tongue;
use crate::coach::memory;
use crate::coach::persona::{self, Briefing};
use crate::coach::proving::Proving;
use crate::coach::script::{self, Stage};
use crate::coach::silence::{SilencePolicy, SilenceStep};
use crate::coach::verdict::{self, Judgement, Verdict};
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
    /// How far the call has come with its proofs, before this answer.
    pub proving: &'a Proving,
    /// True when a proof has come from outside since the last turn.
    pub arrived: bool,
    /// The key that asks for a snooze; `None` for no such key.
    pub snooze_key: Option<char>,
    /// How long she thought before she answered; `None` when nobody could tell.
    pub thought_for: Option<Duration>,
}

impl Turn<'_> {
    pub(super) fn tongue(&self) -> Tongue {
        self.briefing.language.tongue()
    }
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
    /// Words of hers that are to be told again tomorrow.
    pub remember: Option<String>,
    /// What the model took for them.
    pub cost: MicroDollars,
    /// How long it took to find them.
    pub latency: Duration,
    /// How far the call has come with its proofs, after this answer; `None` once the verdict stands.
    pub proving: Option<Proving>,
}

impl Reply {
    pub(super) fn new(say: String, next: Next, source: Source) -> Self {
        let (cost, latency) = (MicroDollars::default(), Duration::ZERO);
        Self {
            say,
            tone_first: false,
            verdict: None,
            next,
            source,
            remember: None,
            cost,
            latency,
            proving: None,
        }
    }
}

/// Below this the recogniser is guessing.
const CONFIDENCE_MIN: f64 = 0.4;

/// The first words of a call, or of what is left of one after it fell back from realtime mode.
pub fn opening(briefing: &Briefing, fell_back: bool, proving: &Proving) -> Reply {
    let tongue = briefing.language.tongue();
    if proving.is_done() {
        // She was quicker than the telephone.
        let first = if fell_back { Stage::LineChanged } else { Stage::PlaceReached };
        let say = format!("{} {}", script::line(tongue, first, 0), script::line(tongue, Stage::Goodbye, 0));
        let reply = Reply::new(say, Next::HangUp, Source::Rule);
        return Reply { verdict: proving.verdict(), proving: Some(proving.clone()), ..reply };
    }
    let say = match (fell_back, proving.task(tongue, 0)) {
        (true, Some(task)) => format!("{} {task}", script::line(tongue, Stage::LineChanged, 0)),
        (true, None) => script::fall_back_opening(briefing, &briefing.conversation),
        (false, Some(task)) => persona::opening_to(&task, briefing),
        (false, None) => script::opening(briefing),
    };
    Reply { proving: Some(proving.clone()), ..Reply::new(say, Next::Ask, Source::Rule) }
}

/// The last words of a call whose verdict stands.
pub fn farewell(briefing: &Briefing) -> Reply {
    let turn = u32::try_from(briefing.conversation.len()).unwrap_or(u32::MAX);
    Reply::new(script::farewell(briefing, Stage::Goodbye, turn), Next::HangUp, Source::Rule)
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
    let mut proving = turn.proving.clone();
    let mut reply = match (by_rule(turn, &mut proving), model) {
        (Some(reply), _) => reply,
        (None, None) => by_script(turn, &mut proving, &history, "there is no chat model".to_owned()),
        (None, Some(model)) => by_model(model, turn, &mut proving, &history).await,
    };
    reply.latency = clock.elapsed().saturating_sub(asked_at);
    reply.proving = Some(proving);
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

/// What needs no model: silence, a task answered, the word, a snooze that may be granted.
fn by_rule(turn: &Turn<'_>, proving: &mut Proving) -> Option<Reply> {
    if let Some(reply) = by_snooze_key(turn, proving).or_else(|| task::by_proof(turn, proving)) {
        return Some(reply);
    }
    let tongue = turn.tongue();
    let Some(text) = turn.heard.transcript() else { return Some(on_silence(turn, proving)) };
    if let Heard::Speech { .. } = turn.heard {
        let granted = turn.briefing.snooze_allowed && tongue.asks_for_snooze(&text);
        if granted {
            return Some(snooze_granted(turn));
        }
    }
    // A task stands open and this was no answer to it: no model is asked, for it could be talked round.
    proving.has_task().then(|| task::remarked(turn, proving, stage_of(turn, &text)))
}

/// The snooze key alone, where it cannot be an answer: no task is answered with a single key.
fn by_snooze_key(turn: &Turn<'_>, proving: &Proving) -> Option<Reply> {
    let Heard::Keys(keys) = turn.heard else { return None };
    let pressed = turn.snooze_key.is_some_and(|key| keys.chars().eq([key]));
    if !pressed || proving.is_done() || proving.digits() == Some(1) {
        return None;
    }
    if turn.briefing.snooze_allowed {
        return Some(snooze_granted(turn));
    }
    Some(task::remarked(turn, proving, Stage::KindRefusal))
}

fn snooze_granted(turn: &Turn<'_>) -> Reply {
    let say = script::line(turn.tongue(), Stage::SnoozeGranted, turn.turn);
    Reply::new(say, Next::Snooze { minutes: SNOOZE_MINUTES }, Source::Rule)
}

fn on_silence(turn: &Turn<'_>, proving: &mut Proving) -> Reply {
    let (step, next) = match turn.silences {
        0 | 1 => (SilenceStep::Nudge, Next::Ask),
        2 => (SilenceStep::Tone, Next::Ask),
        _ => (SilenceStep::GiveUp, Next::GiveUp),
    };
    proving.silent();
    let mut say = script::silence(turn.tongue(), step, turn.turn);
    if let (Next::Ask, Some(task)) = (next, proving.task(turn.tongue(), turn.turn)) {
        say = format!("{say} {task}");
    }
    Reply { tone_first: step == SilenceStep::Tone, ..Reply::new(say, next, Source::Rule) }
}

async fn by_model(model: &ChatModel, turn: &Turn<'_>, proving: &mut Proving, history: &[Utterance]) -> Reply {
    let developer = persona::chat_system(turn.briefing);
    match model.ask(&developer, &shown(turn, history)).await {
        Ok(answer) => {
            let remember = memory::quoted(turn.tongue(), this_call(history), &answer.remember);
            Reply { cost: answer.cost, remember, ..from_answer(&answer, turn, proving, history) }
        }
        Err(error) => {
            tracing::warn!(%error, "A scripted line stands in for the chat model");
            Reply { cost: error.cost(), ..by_script(turn, proving, history, error.to_string()) }
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

fn from_answer(answer: &Answer, turn: &Turn<'_>, proving: &mut Proving, history: &[Utterance]) -> Reply {
    let Some(say) = speakable(&answer.say) else {
        return by_script(turn, proving, history, "the chat model had nothing to say".to_owned());
    };
    if !answer.awake {
        return Reply::new(say, Next::Ask, Source::Model);
    }
    let judgement = verdict::judge(turn.tongue(), &spoken(this_call(history)), &one_line(&answer.evidence));
    if let Judgement::Up(verdict) = judgement
        && let Some(reply) = task::believed(turn, proving, &verdict.evidence)
    {
        // Its words would be a goodbye, and something is left to do.
        return reply;
    }
    // The model believes that the call is over, so its words would be a goodbye to nobody.
    by_script(turn, proving, history, "the chat model was satisfied too soon".to_owned())
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

/// The script's own turn: enough different answers to its questions prove the talk, all else asks on.
fn by_script(turn: &Turn<'_>, proving: &mut Proving, history: &[Utterance], why: String) -> Reply {
    let source = Source::Scripted { why };
    let tongue = turn.tongue();
    let text = turn.heard.transcript().unwrap_or_default();
    let answers = answer::different_answers(tongue, this_call(history), Asked::ByScript);
    if answers >= ANSWERS_BEFORE_VERDICT && answer::is_real(tongue, &text) && !is_unclear(turn.heard) {
        let evidence = format!("gave {answers} different answers to the script's questions");
        if let Some(reply) = task::believed(turn, proving, &evidence) {
            return Reply { source, ..reply };
        }
    }
    let say = script::ask(tongue, stage_of(turn, &text), turn.turn, history);
    Reply::new(say, Next::Ask, source)
}

/// The remark that what was heard deserves.
fn stage_of(turn: &Turn<'_>, text: &str) -> Stage {
    let tongue = turn.tongue();
    match turn.heard {
        Heard::Keys(_) => Stage::Keys,
        Heard::Silence => Stage::Nudge,
        Heard::Speech { .. } if tongue.is_reluctant(text) => Stage::KindRefusal,
        heard @ Heard::Speech { .. } if is_unclear(heard) => Stage::Unclear,
        Heard::Speech { .. } if tongue.is_mumble(text) || tongue.is_order(text) => Stage::Mumbled,
        Heard::Speech { .. } => Stage::Heard,
    }
}

#[cfg(test)]
mod tests;
