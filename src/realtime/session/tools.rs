//! The things the model may ask us to do, read from its tool calls. Whether they are granted, and what it
//! is told, is decided elsewhere: see [`super::asking`].

use serde::Deserialize;
use serde_json::json;

use crate::coach::language::Tongue;
use crate::coach::verdict::{self, Judgement};
use crate::domain::utterance::Utterance;
use crate::domain::wake_up::SNOOZE_MINUTES;
use crate::realtime::events::ToolCall;

/// What a tool call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// Something that cannot be granted; this is to be answered.
    Nothing(String),
    /// The talk has shown that she is awake, for this reason.
    Believe(String),
    /// The same, but most of what she said was not written down.
    BelieveUnwritten(String),
    /// Her answer to the open task is to be judged.
    Check,
    /// The call is to end.
    End,
    /// More sleep, for so many minutes.
    Snooze(u32),
}

/// What the tools may know of the call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub tongue: Tongue,
    pub conversation: &'a [Utterance],
    pub snooze_allowed: bool,
}

#[derive(Deserialize)]
struct ConfirmAwake {
    #[serde(default)]
    evidence: String,
}

#[derive(Deserialize)]
struct Snooze {
    #[serde(default, rename = "minutes")]
    _minutes: Option<f64>,
}

/// The tool by which the model says that she is awake.
pub(crate) const CONFIRM_AWAKE: &str = "confirm_awake";
/// The tool by which the model has her answer to a task judged.
pub(crate) const CHECK_ANSWER: &str = "check_answer";
/// The tool by which the model ends the call.
pub(crate) const END_CALL: &str = "end_call";
/// The tool by which the model grants more sleep.
pub(crate) const SNOOZE: &str = "snooze";

/// Reads a tool call.
pub(super) fn read(call: &ToolCall, facts: Facts<'_>) -> Wish {
    match call.name.as_str() {
        CONFIRM_AWAKE => confirm_awake(&call.arguments, facts),
        // Its arguments hold what the model believes to have heard; what was heard is known here.
        CHECK_ANSWER if is_object(&call.arguments) => Wish::Check,
        END_CALL if is_object(&call.arguments) => Wish::End,
        SNOOZE => snooze(&call.arguments, facts),
        CHECK_ANSWER | END_CALL => unreadable(),
        _ => Wish::Nothing("There is no such tool.".to_owned()),
    }
}

fn confirm_awake(arguments: &str, facts: Facts<'_>) -> Wish {
    let Ok(claim) = serde_json::from_str::<ConfirmAwake>(arguments) else { return unreadable() };
    match verdict::judge(facts.tongue, facts.conversation, &claim.evidence) {
        Judgement::Up(verdict) => Wish::Believe(verdict.evidence),
        Judgement::Unwritten(verdict) => Wish::BelieveUnwritten(verdict.evidence),
        Judgement::NotYet(missing) => Wish::Nothing(missing.to_owned()),
    }
}

fn snooze(arguments: &str, facts: Facts<'_>) -> Wish {
    if serde_json::from_str::<Snooze>(arguments).is_err() {
        return unreadable();
    }
    if !facts.snooze_allowed {
        return Wish::Nothing("No snooze is left. Say so kindly and keep her talking.".to_owned());
    }
    // Whatever she asks for, it is the one length that the wake-up really waits.
    Wish::Snooze(u32::try_from(SNOOZE_MINUTES).unwrap_or(u32::MAX))
}

fn is_object(arguments: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(arguments).is_ok()
}

fn unreadable() -> Wish {
    Wish::Nothing("The arguments are not a JSON object of the documented form. Call again.".to_owned())
}

/// A tool's answer: whether it did what was wished, and what comes next.
pub(super) fn answer(ok: bool, message: &str) -> String {
    json!({ "ok": ok, "message": message }).to_string()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::utterance::Speaker;

    fn heard(texts: &[&str]) -> Vec<Utterance> {
        let said = |text: &&str| Utterance {
            speaker: Speaker::Sleeper,
            text: (*text).to_owned(),
            said_at: Timestamp::UNIX_EPOCH,
            interrupted: false,
        };
        texts.iter().map(said).collect()
    }

    fn check(name: &str, arguments: &str, expected: Option<Wish>) {
        let call = ToolCall { id: "call_1".into(), name: name.to_owned(), arguments: arguments.to_owned() };
        let conversation = heard(&["the early shift", "it is Monday", "tea, please"]);
        let facts = Facts { tongue: Tongue::ENGLISH, conversation: &conversation, snooze_allowed: true };
        match (read(&call, facts), expected) {
            (wish, Some(expected)) => assert_eq!(wish, expected, "{name} {arguments}"),
            (Wish::Nothing(why), None) => assert!(!why.is_empty()),
            (wish, None) => panic!("{name} {arguments}: {wish:?}"),
        }
    }

    #[test]
    fn tools_are_read_as_wishes() {
        let evidence = r#"{"evidence":"told me the day"}"#;
        check(CONFIRM_AWAKE, evidence, Some(Wish::Believe("told me the day".to_owned())));
        check(CHECK_ANSWER, r#"{"answer":"forty two"}"#, Some(Wish::Check));
        check(END_CALL, r#"{"reason":"awake"}"#, Some(Wish::End));
        check(END_CALL, "{}", Some(Wish::End));
        for wish in ["5", "4.5", "0", "-3", "60", "null"] {
            check(SNOOZE, &format!(r#"{{"minutes":{wish}}}"#), Some(Wish::Snooze(9)));
        }
    }

    #[test]
    fn everything_else_gets_a_reason() {
        check(CONFIRM_AWAKE, "{}", None);
        for garbage in ["", "{", "null", "[]", r#"{"evidence":7,"minutes":"many"}"#] {
            check(CONFIRM_AWAKE, garbage, None);
        }
        for garbage in ["", "7", "{\"reason\":"] {
            check(END_CALL, garbage, None);
            check(CHECK_ANSWER, garbage, None);
            check(SNOOZE, garbage, None);
        }
        check("open_window", "{}", None);
    }

    #[test]
    fn two_answers_are_a_habit_and_a_second_snooze_is_refused() {
        let conversation = heard(&["yes", "I am up"]);
        let facts = Facts { tongue: Tongue::ENGLISH, conversation: &conversation, snooze_allowed: false };
        for (name, arguments) in [(CONFIRM_AWAKE, r#"{"evidence":"yes"}"#), (SNOOZE, "{}")] {
            let call = ToolCall { id: "c".into(), name: name.into(), arguments: arguments.into() };
            assert!(matches!(read(&call, facts), Wish::Nothing(_)), "{name}");
        }
    }
}
