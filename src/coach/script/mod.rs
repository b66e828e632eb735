//! The scripted coach: what is said when no model chooses the words.
//!
//! A call with no model at all must still wake, ask real questions and notice an answer. Variants are
//! chosen by turn number, so that the same call says the same words each time it is replayed. Only the
//! greeting changes with the name, and times stand in sentences of their own: all others can be recorded.

use std::time::Duration;

use super::conversation::one_line;
use super::language::Tongue;
use super::persona::{Briefing, spoken_name};
use super::silence::SilenceStep;
use crate::domain::attempt::AttemptKind;
use crate::domain::utterance::{Speaker, Utterance};

mod english;

/// A moment of the call that has lines of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The first words of the first call.
    Opening,
    /// The first words of a call that comes a little late.
    LateOpening,
    /// The first words of a call that comes so late that it needs an apology.
    VeryLateOpening,
    /// The first words after calls that nobody answered.
    RedialOpening,
    /// The first words to somebody who hung up or fell silent.
    CallBackOpening,
    /// The first words of a check call: is she still up?
    CheckOpening,
    /// The first words to somebody who telephones us.
    InboundOpening,
    /// A realtime call goes on in traditional mode.
    LineChanged,
    /// Leads back to the question that was open.
    WhereWereWe,
    /// She was speaking, and we lost it.
    SayAgain,
    /// Something was heard; a question follows.
    Heard,
    /// A sound was heard that sleepers make too; a question follows.
    Mumbled,
    /// Something was heard, but badly; a question follows.
    Unclear,
    /// Keys were pressed; a question follows.
    Keys,
    /// Nobody speaks.
    Nudge,
    /// Nobody speaks, and the tone has just sounded.
    AfterTone,
    /// Nobody speaks: hang up, call back.
    GivingUp,
    /// She asks for more sleep and gets none; a question follows.
    KindRefusal,
    /// She asks for more sleep and gets it.
    SnoozeGranted,
    /// She is up.
    Goodbye,
    /// Everything is broken but the telephone.
    LastResort,
}

impl Stage {
    /// Every stage, for tests and for those who record the lines.
    pub const ALL: [Self; 21] = [
        Self::Opening,
        Self::LateOpening,
        Self::VeryLateOpening,
        Self::RedialOpening,
        Self::CallBackOpening,
        Self::CheckOpening,
        Self::InboundOpening,
        Self::LineChanged,
        Self::WhereWereWe,
        Self::SayAgain,
        Self::Heard,
        Self::Mumbled,
        Self::Unclear,
        Self::Keys,
        Self::Nudge,
        Self::AfterTone,
        Self::GivingUp,
        Self::KindRefusal,
        Self::SnoozeGranted,
        Self::Goodbye,
        Self::LastResort,
    ];
}

/// Sentences spoken one after another.
type Sentences = &'static [&'static str];

/// The lines of one tongue.
struct Lines {
    stages: &'static [(Stage, &'static [Sentences])],
    questions: &'static [Sentences],
    /// What a sleeper is likely to answer, for the recogniser.
    answers: &'static [&'static str],
}

impl Lines {
    fn of(tongue: Tongue) -> &'static Self {
        match tongue {
            Tongue::English => &english::LINES,
        }
    }

    fn variants(&self, stage: Stage) -> &'static [Sentences] {
        self.stages
            .iter()
            .find(|(known, _)| *known == stage)
            .map(|(_, variants)| *variants)
            .expect("a test asks every tongue for every stage")
    }
}

/// Later than this the coach does not only mention it, but apologises.
const VERY_LATE: Duration = Duration::from_mins(10);

/// The line for `stage`; `turn` chooses among its variants.
pub fn line(tongue: Tongue, stage: Stage, turn: u32) -> String {
    chosen(Lines::of(tongue).variants(stage), turn).join(" ")
}

fn chosen(variants: &[Sentences], turn: u32) -> Sentences {
    variants[turn as usize % variants.len()]
}

/// The first words of a call, with the sleeper's name and, when late, the time.
pub fn opening(briefing: &Briefing) -> String {
    let stage = opening_stage(briefing);
    let variants = Lines::of(briefing.language.tongue()).variants(stage);
    let (greeting, rest) = chosen(variants, briefing.attempt_number.saturating_sub(1))
        .split_first()
        .expect("a test finds no empty line");
    let mut sentences = vec![addressed(greeting, briefing)];
    if matches!(stage, Stage::LateOpening | Stage::VeryLateOpening) {
        sentences.push(time_sentence(briefing));
    }
    sentences.extend(rest.iter().map(|sentence| (*sentence).to_owned()));
    sentences.join(" ")
}

fn opening_stage(briefing: &Briefing) -> Stage {
    match (briefing.kind, briefing.late_by) {
        (AttemptKind::CallBack, _) => Stage::CallBackOpening,
        (AttemptKind::Check, _) => Stage::CheckOpening,
        (AttemptKind::Inbound, _) => Stage::InboundOpening,
        (AttemptKind::Redial, _) => Stage::RedialOpening,
        (AttemptKind::First, None) => Stage::Opening,
        (AttemptKind::First, Some(late)) if late <= VERY_LATE => Stage::LateOpening,
        (AttemptKind::First, Some(_)) => Stage::VeryLateOpening,
    }
}

/// The greeting with the sleeper's name before its last mark: "Good morning, Anna!"
fn addressed(greeting: &str, briefing: &Briefing) -> String {
    let mark = greeting.len() - 1;
    match briefing.sleeper_name.as_deref().and_then(spoken_name) {
        Some(name) => format!("{}, {name}{}", &greeting[..mark], &greeting[mark..]),
        None => greeting.to_owned(),
    }
}

fn time_sentence(briefing: &Briefing) -> String {
    let time = briefing.local_time;
    match briefing.language.tongue() {
        Tongue::English => format!("It is {}:{:02} now.", time.hour(), time.minute()),
    }
}

/// The first words after a realtime call has fallen back: they take up the thread where it broke.
pub fn fall_back_opening(briefing: &Briefing, conversation: &[Utterance]) -> String {
    let tongue = briefing.language.tongue();
    let sorry = line(tongue, Stage::LineChanged, 0);
    let last = conversation.iter().rev().find(|utterance| !utterance.text.trim().is_empty());
    match last {
        None => format!("{sorry} {}", opening(briefing)),
        Some(said) if said.speaker == Speaker::Sleeper => {
            format!("{sorry} {}", line(tongue, Stage::SayAgain, 0))
        }
        Some(said) => match last_question(&said.text) {
            Some(question) => format!("{sorry} {} {question}", line(tongue, Stage::WhereWereWe, 0)),
            None => format!("{sorry} {}", next_question(tongue, 0, conversation)),
        },
    }
}

/// The last whole question in what the coach said, unless it is too long to be worth repeating.
fn last_question(said: &str) -> Option<String> {
    const QUESTION_CHARS_MAX: usize = 120;
    let said = one_line(said);
    let question =
        said.split_inclusive(['.', '!', '?', '…']).rfind(|sentence| sentence.ends_with('?'))?.trim();
    let speakable =
        question.chars().count() <= QUESTION_CHARS_MAX && question.contains(char::is_alphanumeric);
    speakable.then(|| question.to_owned())
}

/// A word for what was heard (`stage`) and the next question that was not asked yet.
pub fn ask(tongue: Tongue, stage: Stage, turn: u32, conversation: &[Utterance]) -> String {
    format!("{} {}", line(tongue, stage, turn), next_question(tongue, turn, conversation))
}

fn next_question(tongue: Tongue, turn: u32, conversation: &[Utterance]) -> String {
    let questions = Lines::of(tongue).questions;
    let start = turn as usize % questions.len();
    let in_order = questions[start..].iter().chain(&questions[..start]);
    let asked = |question: &Sentences| {
        conversation.iter().any(|said| {
            said.speaker == Speaker::Coach && question.iter().all(|part| said.text.contains(part))
        })
    };
    let fresh = in_order.clone().find(|question| !asked(question));
    fresh.unwrap_or(&questions[start]).join(" ")
}

/// What to say when nobody speaks.
pub fn silence(tongue: Tongue, step: SilenceStep, turn: u32) -> String {
    let stage = match step {
        SilenceStep::Nudge => Stage::Nudge,
        SilenceStep::Tone => Stage::AfterTone,
        SilenceStep::GiveUp => Stage::GivingUp,
    };
    line(tongue, stage, turn)
}

/// True when a coach's words open a call; after a fall back they go on with it.
pub fn opens(said: &str) -> bool {
    let variants = OPENINGS.into_iter().flat_map(|stage| Lines::of(Tongue::English).variants(stage));
    // The greeting carries a name and maybe the time after it, so only what follows is compared.
    variants.filter_map(|variant| variant.get(1..)).any(|rest| said.trim_end().ends_with(&rest.join(" ")))
}

/// True when a coach's words end by asking one of the script's own questions.
pub fn asks(said: &str) -> bool {
    questions_asked(Tongue::English).any(|question| said.trim_end().ends_with(question))
}

/// The stages that begin a call.
const OPENINGS: [Stage; 7] = [
    Stage::Opening,
    Stage::LateOpening,
    Stage::VeryLateOpening,
    Stage::RedialOpening,
    Stage::CallBackOpening,
    Stage::InboundOpening,
    Stage::LastResort,
];

/// The last sentence of each opening and of each question: what an answer answers.
fn questions_asked(tongue: Tongue) -> impl Iterator<Item = &'static str> {
    let lines = Lines::of(tongue);
    let openings = OPENINGS.into_iter().flat_map(|stage| lines.variants(stage));
    openings.chain(lines.questions).filter_map(|sentences| sentences.last().copied())
}

/// Words that a recogniser should expect from this sleeper: her name, and what people say in bed.
pub fn hints(tongue: Tongue, name: Option<&str>) -> Vec<String> {
    let answers = Lines::of(tongue).answers.iter().map(|answer| (*answer).to_owned());
    name.map(str::to_owned).into_iter().chain(answers).collect()
}

/// Every sentence of the script, for those who record it.
pub fn sentences(tongue: Tongue) -> Vec<&'static str> {
    let lines = Lines::of(tongue);
    let spoken = lines.stages.iter().flat_map(|(_, variants)| variants.iter()).chain(lines.questions);
    let mut sentences: Vec<_> = spoken.flat_map(|variant| variant.iter().copied()).collect();
    sentences.sort_unstable();
    sentences.dedup();
    sentences
}

#[cfg(test)]
mod tests;
