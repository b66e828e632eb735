//! The script in English: every sentence stands alone, so that it can be recorded once and reused.
//!
//! Short, low and friendly first, firmer later; one request at a time (a sleepy head takes no more).

use super::{Lines, Stage};

pub(super) const LINES: Lines = Lines {
    stages: &[
        (
            Stage::Opening,
            &[
                &["Good morning.", "This is your wake-up call.", "Are you awake?"],
                &["Good morning.", "Time to get up.", "Can you hear me?"],
                &["Hello, good morning.", "It is time to wake up.", "Are you with me?"],
            ],
        ),
        (
            Stage::LateOpening,
            &[
                &["Good morning.", "I am a little late, sorry.", "Please get up now.", "Are you awake?"],
                &[
                    "Hello, good morning.",
                    "I am a little late, sorry.",
                    "Time to get up.",
                    "Can you hear me?",
                ],
            ],
        ),
        (
            Stage::VeryLateOpening,
            &[
                &[
                    "Good morning.",
                    "I should have called you earlier, I am sorry.",
                    "Please get up now.",
                    "Are you awake?",
                ],
                &[
                    "Hello, good morning.",
                    "I should have called you earlier, I am sorry.",
                    "It is time to wake up.",
                    "Are you with me?",
                ],
            ],
        ),
        (
            Stage::RedialOpening,
            &[
                &["Good morning.", "I tried to reach you before.", "Time to get up.", "Are you awake?"],
                &[
                    "Hello, good morning.",
                    "I have called you a few times now.",
                    "Please get up now.",
                    "Can you hear me?",
                ],
            ],
        ),
        (
            Stage::CallBackOpening,
            &[
                &[
                    "It is me again.",
                    "You are not up yet.",
                    "Please sit up now.",
                    "Are both your feet on the floor?",
                ],
                &["Hello again.", "We were not finished.", "Are you still in bed?"],
                &["Here I am again.", "You are not up yet.", "Please sit up now.", "Are you with me?"],
            ],
        ),
        (
            Stage::InboundOpening,
            &[
                &["Good morning.", "Thank you for calling.", "Are you getting up?"],
                &["Hello, good morning.", "Thank you for calling.", "Are you awake?"],
            ],
        ),
        (Stage::LineChanged, &[&["Sorry, the line changed."]]),
        (Stage::WhereWereWe, &[&["Where were we?"]]),
        (Stage::SayAgain, &[&["Please say that once more."]]),
        (Stage::Heard, &[&["Good."], &["I hear you."], &["Well done."], &["Very good."], &["Nice."]]),
        (Stage::Unclear, &[&["I did not quite catch that."]]),
        (Stage::Keys, &[&["I heard a key.", "Now tell me with your voice."]]),
        (
            Stage::Nudge,
            &[
                &["Are you sleeping?", "Say something, please."],
                &["Hello?", "Are you sleeping?", "Talk to me."],
                &["Are you still there?", "One word is enough."],
            ],
        ),
        (
            Stage::AfterTone,
            &[
                &["Wake up, please.", "Sit up and talk to me."],
                &["I am still here.", "Please sit up now.", "Say one word for me."],
                &["Wake up, please.", "Are you there?"],
            ],
        ),
        (
            Stage::GivingUp,
            &[
                &["I cannot hear you.", "I will call you again."],
                &["I will call you again.", "Talk to you in a moment."],
            ],
        ),
        (
            Stage::KindRefusal,
            &[
                &["I know, it is hard.", "But it is time now.", "Sit up for me."],
                &["The bed is warm, I know.", "But I will not let you sleep."],
                &["I understand.", "You asked me to be firm.", "Sit up for me."],
            ],
        ),
        (
            Stage::SnoozeGranted,
            &[
                &["All right.", "I will call you again in a few minutes."],
                &["All right.", "Rest a little.", "I will call you again in a few minutes."],
            ],
        ),
        (
            Stage::Goodbye,
            &[
                &["You are up.", "Well done.", "Have a good day.", "Goodbye."],
                &["Good.", "I can hear that you are awake.", "Enjoy your morning.", "Goodbye."],
                &["You made it.", "Have a good day.", "Goodbye."],
            ],
        ),
        (
            Stage::LastResort,
            &[&["Good morning.", "This is your wake-up call.", "Please get up now.", "Are you awake?"]],
        ),
    ],
    // Nothing that habit answers with the same yes each morning, but for the first.
    questions: &[
        &["Are both your feet on the floor?"],
        &["What day is it today?"],
        &["What can you see in front of you?"],
        &["What is the first thing you will do today?"],
        &["Which room will you walk to first?"],
        &["Switch the light on.", "What colour is the nearest wall?"],
        &["What will you drink this morning?"],
        &["Count backwards from five for me."],
    ],
};
