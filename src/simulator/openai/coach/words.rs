//! What the sleeper's words, a tool's answer and an operator's wish amount to.

use serde_json::Value;

/// What an answer amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Nothing was said.
    Nothing,
    /// Sound without words.
    Unclear,
    /// She wants to say something.
    Interrupting,
    /// She wants to end the call.
    Leaving,
    /// She wants to sleep on.
    Pleading,
    /// Half asleep, or too little to tell.
    Drowsy,
    /// Words of somebody who is awake.
    Meaningful,
}

/// The mood in which `text` was said.
pub fn mood(text: &str) -> Mood {
    let words = words(text);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(&format!(" {phrase} ")));
    if words.trim().is_empty() {
        return Mood::Nothing;
    }
    if has(&["unintelligible"]) {
        return Mood::Unclear;
    }
    if has(&["goodbye", "good bye", "end call", "end the call"]) {
        return Mood::Leaving;
    }
    if has(&["more minutes", "snooze", "let me sleep", "a bit longer"]) {
        return Mood::Pleading;
    }
    if has(&["wait", "hold on", "stop please", "what did you say"]) || words == " what " {
        return Mood::Interrupting;
    }
    let drowsy = ["mm", "mmh", "uh", "hm", "tired", "leave me alone", "what time is it", "who is this"];
    if has(&drowsy) || words.split_whitespace().count() < 3 {
        return Mood::Drowsy;
    }
    Mood::Meaningful
}

/// Lower case, without punctuation, one space around each word.
fn words(text: &str) -> String {
    let bare: String = text
        .chars()
        .filter(|letter| !matches!(letter, '\'' | '’'))
        .map(|letter| if letter.is_alphanumeric() { letter } else { ' ' })
        .flat_map(char::to_lowercase)
        .collect();
    format!(" {} ", bare.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether a tool's answer says yes: a `true` under one of the usual names, or words to that effect.
pub fn is_accepted(output: &str) -> bool {
    const NAMES: [&str; 6] = ["ok", "accepted", "confirmed", "granted", "success", "up"];
    if let Ok(Value::Object(object)) = serde_json::from_str(output) {
        let named = NAMES.iter().find_map(|name| object.get(*name)?.as_bool());
        if let Some(answer) = named {
            return answer;
        }
    }
    let words = words(output);
    let refused =
        [" not ", " no ", " refused ", " error ", " false "].iter().any(|word| words.contains(word));
    let accepted = [" accepted ", " confirmed ", " granted ", " goodbye ", " ok ", " ending "];
    !refused && accepted.iter().any(|word| words.contains(word))
}

/// The words to be said as they stand: a line of instructions in double quotes, or what follows
/// `say exactly:`.
pub fn quoted_line(instructions: &str) -> Option<&str> {
    let whole_line = instructions
        .lines()
        .map(str::trim)
        .find_map(|line| line.strip_prefix('"')?.strip_suffix('"').filter(|words| !words.is_empty()));
    whole_line.or_else(|| {
        let (_, after) = instructions.split_once("exactly")?;
        let (_, quoted) = after.split_once('"')?;
        quoted.split_once('"').map(|(words, _)| words).filter(|words| !words.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::voices::{self, Voice};

    #[test]
    fn the_sleepers_lines_have_the_moods_they_were_written_for() {
        for (text, expected) in [
            ("", Mood::Nothing),
            ("(unintelligible)", Mood::Unclear),
            ("Mm, what time is it?", Mood::Drowsy),
            ("Mmh, yes.", Mood::Drowsy),
            ("Yes.", Mood::Drowsy),
            ("I'm so tired.", Mood::Drowsy),
            ("Five more minutes, please.", Mood::Pleading),
            ("Oh please, just five more minutes.", Mood::Pleading),
            ("No, wait, hold on a second.", Mood::Interrupting),
            ("What?", Mood::Interrupting),
            ("Goodbye.", Mood::Leaving),
            ("Yes, I'm awake.", Mood::Meaningful),
            ("It's Monday and I have the early shift.", Mood::Meaningful),
            ("I have a meeting at nine, so I should get going.", Mood::Meaningful),
        ] {
            assert_eq!(mood(text), expected, "{text}");
            let spoken = !matches!(expected, Mood::Nothing | Mood::Unclear);
            assert!(!spoken || voices::find_in(Voice::Sleeper, text).is_some(), "{text}");
        }
    }

    #[test]
    fn tools_say_yes_in_many_ways() {
        for yes in [
            r#"{"ok":true}"#,
            r#"{"accepted":true,"next":"say goodbye"}"#,
            "Accepted. Say goodbye.",
            r#""confirmed""#,
        ] {
            assert!(is_accepted(yes), "{yes}");
        }
        let reflex = "Not confirmed: one answer is a reflex.";
        for no in [r#"{"ok":false}"#, reflex, r#"{"accepted":false,"say":"confirmed later"}"#, "", "[]"] {
            assert!(!is_accepted(no), "{no}");
        }
    }

    #[test]
    fn a_quoted_line_is_said_as_it_stands() {
        let greeting = "You wake Anna.\nSay this:\n\"Good morning! Are you awake?\"\nThen wait.";
        assert_eq!(quoted_line(greeting), Some("Good morning! Are you awake?"));
        assert_eq!(quoted_line("Say exactly \"Hello.\" and no more"), Some("Hello."));
        assert_eq!(quoted_line("\"Yes\" and \"I'm up\" prove nothing; be kind."), None);
        assert_eq!(quoted_line("When she says \"goodbye\", end."), None);
    }
}
