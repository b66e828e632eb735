//! The three things the model may ask us to do. Their answers tell it what happened, or what is missing.

use serde::Deserialize;
use serde_json::json;

use crate::coach::verdict::{self, Judgement, Verdict};
use crate::domain::utterance::Utterance;
use crate::domain::wake_up::SNOOZE_MINUTES;
use crate::realtime::events::ToolCall;

/// What a tool call amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing but the answer.
    None,
    /// She is up.
    Confirmed(Verdict),
    /// The call may end once the goodbye has been heard.
    End,
    /// More sleep, for so many minutes.
    Snooze(u32),
}

/// What the tools may know of the call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub conversation: &'a [Utterance],
    pub confirmed: bool,
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

/// Runs one tool: the effect, and the answer for the model.
pub(super) fn run(call: &ToolCall, facts: Facts<'_>) -> (Effect, String) {
    match call.name.as_str() {
        CONFIRM_AWAKE => confirm_awake(&call.arguments, facts),
        END_CALL => end_call(&call.arguments, facts),
        SNOOZE => snooze(&call.arguments, facts),
        _ => (Effect::None, refused("There is no such tool.")),
    }
}

/// The tool by which the model says that she is up.
pub(crate) const CONFIRM_AWAKE: &str = "confirm_awake";
/// The tool by which the model ends the call.
pub(crate) const END_CALL: &str = "end_call";
/// The tool by which the model grants more sleep.
pub(crate) const SNOOZE: &str = "snooze";

fn confirm_awake(arguments: &str, facts: Facts<'_>) -> (Effect, String) {
    let Ok(claim) = serde_json::from_str::<ConfirmAwake>(arguments) else { return unreadable() };
    match verdict::judge(facts.conversation, &claim.evidence) {
        Judgement::Up(verdict) => (
            Effect::Confirmed(verdict),
            granted("Confirmed. Say goodbye in one sentence, then call end_call."),
        ),
        Judgement::NotYet(missing) => (Effect::None, refused(missing)),
    }
}

fn end_call(arguments: &str, facts: Facts<'_>) -> (Effect, String) {
    if serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(arguments).is_err() {
        return unreadable();
    }
    if facts.confirmed {
        return (Effect::End, granted("The call ends after your goodbye."));
    }
    (Effect::None, refused("Not yet: call confirm_awake first. Until then keep her talking."))
}

fn snooze(arguments: &str, facts: Facts<'_>) -> (Effect, String) {
    if serde_json::from_str::<Snooze>(arguments).is_err() {
        return unreadable();
    }
    if !facts.snooze_allowed {
        return (Effect::None, refused("No snooze is left. Say so kindly and keep her talking."));
    }
    // Whatever she asks for, it is the one length that the wake-up really waits.
    let minutes = u32::try_from(SNOOZE_MINUTES).unwrap_or(u32::MAX);
    let answer = format!("Granted. Say in one short sentence that you call again in {minutes} minutes.");
    (Effect::Snooze(minutes), granted(&answer))
}

fn granted(message: &str) -> String {
    json!({ "ok": true, "message": message }).to_string()
}

fn refused(message: &str) -> String {
    json!({ "ok": false, "message": message }).to_string()
}

fn unreadable() -> (Effect, String) {
    (Effect::None, refused("The arguments are not a JSON object of the documented form. Call again."))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::utterance::Speaker;

    fn answers(count: usize) -> Vec<Utterance> {
        let answer = Utterance {
            speaker: Speaker::Sleeper,
            text: "I am up".to_owned(),
            said_at: Timestamp::UNIX_EPOCH,
            interrupted: false,
        };
        vec![answer; count]
    }

    fn check(name: &str, arguments: &str, confirmed: bool, expected: &Effect) {
        let call =
            ToolCall { id: "call_1".to_owned(), name: name.to_owned(), arguments: arguments.to_owned() };
        let conversation = answers(2);
        let facts = Facts { conversation: &conversation, confirmed, snooze_allowed: true };
        let (effect, answer) = run(&call, facts);
        assert_eq!(&effect, expected, "{name} {arguments}");
        let ok = format!("\"ok\":{}", effect != Effect::None);
        assert!(answer.contains(&ok), "{answer}");
    }

    #[test]
    fn tools_do_what_they_may() {
        let evidence = "told me the day".to_owned();
        let verdict = Verdict { proof: verdict::Proof::Conversation, evidence };
        check(CONFIRM_AWAKE, r#"{"evidence":"told me the day"}"#, false, &Effect::Confirmed(verdict));
        check(END_CALL, r#"{"reason":"awake"}"#, true, &Effect::End);
        check(END_CALL, "{}", true, &Effect::End);
        for wish in ["5", "4.5", "0", "-3", "60", "null"] {
            check(SNOOZE, &format!(r#"{{"minutes":{wish}}}"#), false, &Effect::Snooze(9));
        }
    }

    #[test]
    fn everything_else_gets_a_refusal_and_no_effect() {
        check(CONFIRM_AWAKE, "{}", false, &Effect::None);
        check(END_CALL, r#"{"reason":"awake"}"#, false, &Effect::None);
        for garbage in ["", "{", "null", "[]", r#"{"evidence":7,"minutes":"many"}"#] {
            check(CONFIRM_AWAKE, garbage, false, &Effect::None);
        }
        for garbage in ["", "7", "{\"reason\":"] {
            check(END_CALL, garbage, true, &Effect::None);
            check(SNOOZE, garbage, true, &Effect::None);
        }
        check("open_window", "{}", true, &Effect::None);
    }

    #[test]
    fn one_answer_is_a_reflex_and_a_second_snooze_is_refused() {
        let conversation = answers(1);
        let facts = Facts { conversation: &conversation, confirmed: false, snooze_allowed: false };
        for (name, arguments) in [(CONFIRM_AWAKE, r#"{"evidence":"yes"}"#), (SNOOZE, "{}")] {
            let call = ToolCall { id: "c".into(), name: name.into(), arguments: arguments.into() };
            assert_eq!(run(&call, facts).0, Effect::None, "{name}");
        }
    }
}
