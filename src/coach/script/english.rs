//! The script in English: every sentence stands alone, so that it can be recorded once and reused.
//!
//! Short and friendly first, firmer later; one request at a time (a sleepy head takes no more). The built-in
//! voices have recordings of nearly all of them; reuse a sentence before inventing one.

use super::{Lines, Stage};

pub(super) const LINES: Lines = Lines {
    answers: &[
        "goodbye",
        "end call",
        "yes",
        "no",
        "I'm awake",
        "I'm up",
        "five more minutes",
        "my feet are on the floor",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
    stages: &[
        (
            Stage::Opening,
            &[
                &["Good morning!", "This is your wake-up call.", "Are you awake?"],
                &["Good morning!", "It's your wake-up coach.", "Can you hear me?"],
                &["Hello.", "It's time to wake up.", "Are you awake?"],
            ],
        ),
        (
            Stage::LateOpening,
            &[
                &["Good morning!", "I am a little late, sorry.", "It's time to wake up.", "Are you awake?"],
                &["Hello.", "I am a little late, sorry.", "Up you get!", "Can you hear me?"],
            ],
        ),
        (
            Stage::VeryLateOpening,
            &[
                &[
                    "Good morning!",
                    "I should have called you earlier, I am sorry.",
                    "Up you get!",
                    "Are you awake?",
                ],
                &[
                    "Hello.",
                    "I should have called you earlier, I am sorry.",
                    "It's time to wake up.",
                    "Can you hear me?",
                ],
            ],
        ),
        (
            Stage::RedialOpening,
            &[
                &["Good morning!", "I tried to reach you before.", "It's time to wake up.", "Are you awake?"],
                &["Hello.", "I tried to reach you before.", "This is your wake-up call.", "Can you hear me?"],
            ],
        ),
        (
            Stage::CallBackOpening,
            &[
                &["Good morning again.", "It's time to wake up.", "Are your feet on the floor?"],
                &["Good morning again.", "Up you get!", "Are your feet on the floor?"],
                &["Good morning again.", "Sit up for me and put your feet on the floor.", "Are you awake?"],
            ],
        ),
        (
            Stage::CheckOpening,
            &[
                &["Hello again!", "This is only to see whether you are still up."],
                &["Hello.", "I just want to know that you are still on your feet."],
            ],
        ),
        (
            Stage::InboundOpening,
            &[
                &["Good morning!", "Lovely to hear you.", "Are you awake?"],
                &["Hello.", "Lovely to hear you.", "Are you awake?"],
            ],
        ),
        (Stage::LineChanged, &[&["Sorry, I lost you for a moment."]]),
        (Stage::WhereWereWe, &[&["Where were we?"]]),
        (Stage::SayAgain, &[&["Could you say that again?"]]),
        (Stage::Heard, &[&["Lovely to hear you."], &["Well done."], &["That sounds like a good start."]]),
        (
            Stage::Mumbled,
            &[&["You still sound a little sleepy."], &["Not yet, I want to hear you a little longer."]],
        ),
        (Stage::Unclear, &[&["I didn't quite catch that."]]),
        (Stage::Keys, &[&["I heard a key.", "Now tell me with your voice."]]),
        (
            Stage::Nudge,
            &[
                &["Are you sleeping?"],
                &["Can you hear me?", "Are you still there?"],
                &["Hello.", "Are you sleeping?"],
            ],
        ),
        (
            Stage::AfterTone,
            &[
                &["Wake up, please, and say something."],
                &["Up you get!", "Wake up, please, and say something."],
            ],
        ),
        (
            Stage::GivingUp,
            &[
                &["I'll call you back in a moment."],
                &["I'll call you back in a moment.", "Talk to you soon."],
            ],
        ),
        (
            Stage::KindRefusal,
            &[
                &[
                    "I know it's early, and the bed is warm.",
                    "No more minutes yet, you asked me to get you up.",
                ],
                &["No more minutes yet, you asked me to get you up."],
                &["I know it's early, and the bed is warm.", "Sit up for me and put your feet on the floor."],
            ],
        ),
        (Stage::SnoozeGranted, &[&["All right, nine more minutes, then I'll call you back."]]),
        (
            Stage::Goodbye,
            &[
                &["Wonderful, you are really up.", "Have a good day.", "Goodbye!"],
                &["Good, now I believe you.", "Have a good day.", "Goodbye!"],
                &["Off you go, then.", "Have a good day.", "Goodbye!"],
            ],
        ),
        (
            Stage::LastResort,
            &[&["Good morning!", "This is your wake-up call.", "It's time to wake up.", "Are you awake?"]],
        ),
    ],
    // But for the first, nothing that habit answers with the same yes each morning.
    questions: &[
        &["Are your feet on the floor?"],
        &["What day is it today, and what are your plans?"],
        &["Tell me one thing you can see in your room."],
        &["What is the first thing you have to do this morning?"],
        &["What would you like for breakfast?"],
        &["Please stand up now, and tell me when you are standing."],
        &["Who will you meet first today?"],
        &["Open the curtains and tell me what the weather is like."],
        &["What can you see outside your window?"],
    ],
};
