//! The scripted coach: what is said when no model chooses the words.
//!
//! A call with no model at all must still wake, ask real questions and notice an answer. Variants are
//! chosen by turn number, so that the same call says the same words each time it is replayed. Only the
//! greeting changes with the name, and times stand in sentences of their own: all others can be recorded.

use std::time::Duration;

use super::conversation::one_line;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::language::{Line, Tongue, phrases};
use super::memory;
use super::persona::{Briefing, spoken_name};
use super::silence::SilenceStep;
use crate::domain::attempt::AttemptKind;
use crate::domain::utterance::{Speaker, Utterance};

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
    /// The time, in a late opening.
    ItIs,
    /// What she said the morning before, in her words.
    Yesterday,
    /// What she said some mornings ago, in her words.
    Remembered,
    /// The weather, as somebody else put it.
    Weather,
    /// Her first appointment.
    Calendar,
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
    /// Digits to press, or to say back.
    PressDigits,
    /// The code of the day is asked for.
    AskCode,
    /// A sum in two steps.
    AskSum,
    /// What she pressed, said or reckoned is right.
    Right,
    /// It is right, and one more is asked; a question follows.
    RightOneMore,
    /// It is wrong; a question follows.
    Wrong,
    /// It is right, but came too late; a question follows.
    TooSlow,
    /// She is to show that she is at her place.
    AskPlace,
    /// Her doorbell has rung.
    DoorbellRang,
    /// She is at her place, shown in another way.
    PlaceReached,
    /// She says goodbye, and a proof is wanting; a request follows.
    GoodbyeNotYet,
    /// She is up.
    Goodbye,
    /// She is still up, some minutes later.
    StillUp,
    /// She telephones us while we telephone her.
    CallingYou,
    /// Somebody telephones us whom we do not wake.
    Stranger,
    /// Everything is broken but the telephone.
    LastResort,
}

impl Stage {
    /// Every stage, for tests and for those who record the lines.
    pub const ALL: [Self; 40] = [
        Self::Opening,
        Self::LateOpening,
        Self::VeryLateOpening,
        Self::RedialOpening,
        Self::CallBackOpening,
        Self::CheckOpening,
        Self::InboundOpening,
        Self::ItIs,
        Self::Yesterday,
        Self::Remembered,
        Self::Weather,
        Self::Calendar,
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
        Self::PressDigits,
        Self::AskCode,
        Self::AskSum,
        Self::Right,
        Self::RightOneMore,
        Self::Wrong,
        Self::TooSlow,
        Self::AskPlace,
        Self::DoorbellRang,
        Self::PlaceReached,
        Self::GoodbyeNotYet,
        Self::Goodbye,
        Self::StillUp,
        Self::CallingYou,
        Self::Stranger,
        Self::LastResort,
    ];

    /// The slots that each of its lines holds: what changes from call to call.
    pub fn slots(self) -> &'static [&'static str] {
        match self {
            Self::ItIs => &["time"],
            Self::Yesterday | Self::Remembered => &["said"],
            Self::Weather => &["weather"],
            Self::Calendar => &["calendar"],
            Self::PressDigits => &["digits"],
            Self::AskSum => &["sum"],
            _ => &[],
        }
    }
}

/// Later than this the coach does not only mention it, but apologises.
const VERY_LATE: Duration = Duration::from_mins(10);

/// The line for `stage`; `turn` chooses among its variants.
pub fn line(tongue: Tongue, stage: Stage, turn: u32) -> String {
    said(chosen(variants(tongue, stage), turn))
}

/// The line for `stage` with its slots filled: `[("digits", "4 7 1")]`.
pub fn line_with(tongue: Tongue, stage: Stage, turn: u32, slots: &[(&str, &str)]) -> String {
    fill(&line(tongue, stage, turn), slots)
}

/// One slot after another, and never twice: a value that looks like a slot stays as it is.
fn fill(line: &str, slots: &[(&str, &str)]) -> String {
    let Some(begin) = line.find('{') else { return line.to_owned() };
    let Some(end) = line[begin..].find('}').map(|length| begin + length) else { return line.to_owned() };
    let value = slots.iter().find(|(name, _)| *name == &line[begin + 1..end]).map_or("", |(_, value)| value);
    format!("{}{value}{}", &line[..begin], fill(&line[end + 1..], slots))
}

fn variants(tongue: Tongue, stage: Stage) -> &'static [Line] {
    let stages = tongue.lexicon().stages.iter();
    let known = stages.chain(Tongue::ENGLISH.lexicon().stages).find(|(known, _)| *known == stage);
    known.map(|(_, variants)| *variants).expect("a test asks every tongue for every stage")
}

fn chosen(variants: &[Line], turn: u32) -> Line {
    variants[turn as usize % variants.len()]
}

/// What stands between the sentences of a [`Line`].
const BREAK: &str = " | ";

fn parts(line: Line) -> std::str::Split<'static, &'static str> {
    line.split(BREAK)
}

fn said(line: Line) -> String {
    line.replace(BREAK, " ")
}

/// The first words of a call, with the sleeper's name, the time when it is late, and what she said the last
/// time.
pub fn opening(briefing: &Briefing) -> String {
    let stage = opening_stage(briefing);
    let tongue = briefing.language.tongue();
    let mut sentences = parts(opening_line(briefing));
    let mut opening: Vec<_> =
        sentences.next().map(|greeting| addressed(greeting, briefing)).into_iter().collect();
    if matches!(stage, Stage::LateOpening | Stage::VeryLateOpening) {
        opening.push(line_with(tongue, Stage::ItIs, 0, &[("time", &tongue.clock(briefing.local_time))]));
    }
    if stage == Stage::Opening {
        opening.extend(remembered(briefing));
    }
    opening.extend(sentences.map(str::to_owned));
    opening.join(" ")
}

/// The line that opens this call: none that she has heard in the last week, if there is another.
pub fn opening_line(briefing: &Briefing) -> Line {
    let lines = variants(briefing.language.tongue(), opening_stage(briefing));
    let first = briefing.attempt_number.saturating_sub(1) as usize;
    let mut rng = StdRng::seed_from_u64(briefing.recall.chance);
    memory::choose(lines, &briefing.recall.openings, first, &mut rng).expect("a test finds no empty stage")
}

/// What she said of her day, told again; only in a call that is the first of its morning.
fn remembered(briefing: &Briefing) -> Option<String> {
    let said = briefing.recall.said.as_ref()?;
    let stage = if said.days_ago == 1 { Stage::Yesterday } else { Stage::Remembered };
    let text = memory::harmless(&said.text)?;
    Some(line_with(briefing.language.tongue(), stage, 0, &[("said", &ended(&text))]))
}

/// The last words: praise, what she should know of the day, and the goodbye.
pub fn farewell(briefing: &Briefing, stage: Stage, turn: u32) -> String {
    let tongue = briefing.language.tongue();
    let mut sentences = parts(chosen(variants(tongue, stage), turn));
    let mut farewell: Vec<_> = sentences.next().map(str::to_owned).into_iter().collect();
    let recall = &briefing.recall;
    for (stage, slot, news) in
        [(Stage::Calendar, "calendar", &recall.calendar), (Stage::Weather, "weather", &recall.weather)]
    {
        let news = news.as_deref().and_then(memory::harmless);
        farewell.extend(news.map(|news| line_with(tongue, stage, turn, &[(slot, &ended(&news))])));
    }
    farewell.extend(sentences.map(str::to_owned));
    farewell.join(" ")
}

/// Somebody else's words with a full stop, unless they have a mark of their own.
fn ended(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
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
    let end = greeting.trim_end_matches(|mark: char| !mark.is_alphanumeric()).len();
    match briefing.sleeper_name.as_deref().and_then(spoken_name) {
        Some(name) => format!("{}, {name}{}", &greeting[..end], &greeting[end..]),
        None => greeting.to_owned(),
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
            None => format!("{sorry} {}", question(tongue, 0, conversation)),
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
    format!("{} {}", line(tongue, stage, turn), question(tongue, turn, conversation))
}

/// The next question that was not asked yet.
pub fn question(tongue: Tongue, turn: u32, conversation: &[Utterance]) -> String {
    let questions = tongue.lexicon().questions;
    let start = turn as usize % questions.len();
    let in_order = questions[start..].iter().chain(&questions[..start]);
    let asked = |question: Line| {
        conversation.iter().any(|said| {
            said.speaker == Speaker::Coach && parts(question).all(|part| said.text.contains(part))
        })
    };
    let fresh = in_order.clone().find(|question| !asked(question));
    said(fresh.unwrap_or(&questions[start]))
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

/// True when a coach's words open a call, in whatever tongue; after a fall back they go on with it.
pub fn opens(said: &str) -> bool {
    // The greeting carries a name and maybe the time after it, and a request may follow.
    openings().filter_map(|line| line.split_once(BREAK)).any(|(_, rest)| said.contains(&self::said(rest)))
}

/// True when a coach's words end by asking one of the script's own questions, in whatever tongue.
pub fn asks(said: &str) -> bool {
    let questions = Tongue::all().iter().flat_map(|tongue| tongue.lexicon().questions).copied();
    let said = said.trim_end();
    openings().chain(questions).filter_map(|line| parts(line).last()).any(|last| said.ends_with(last))
}

/// The stages that begin a call.
const OPENINGS: [Stage; 8] = [
    Stage::Opening,
    Stage::LateOpening,
    Stage::VeryLateOpening,
    Stage::RedialOpening,
    Stage::CallBackOpening,
    Stage::CheckOpening,
    Stage::InboundOpening,
    Stage::LastResort,
];

fn openings() -> impl Iterator<Item = Line> {
    let pairs = Tongue::all().iter().flat_map(|tongue| OPENINGS.map(|stage| (*tongue, stage)));
    pairs.flat_map(|(tongue, stage)| variants(tongue, stage)).copied()
}

/// Words that a recogniser should expect from this sleeper: her name, and what people say in bed.
pub fn hints(tongue: Tongue, name: Option<&str>) -> Vec<String> {
    let lexicon = tongue.lexicon();
    let words = phrases(lexicon.answers).chain(lexicon.weekdays).map(str::to_owned);
    name.map(str::to_owned).into_iter().chain(words).collect()
}

/// Every sentence of the script, for those who record it; slots stand unfilled.
pub fn sentences(tongue: Tongue) -> Vec<&'static str> {
    let lexicon = tongue.lexicon();
    let lines = lexicon.stages.iter().flat_map(|(_, variants)| *variants).chain(lexicon.questions);
    let mut sentences: Vec<_> = lines.flat_map(|line| parts(line)).collect();
    sentences.sort_unstable();
    sentences.dedup();
    sentences
}

#[cfg(test)]
mod tests;
