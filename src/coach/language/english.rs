//! English. Every sentence stands alone, so that it can be recorded once and reused.
//!
//! Short and friendly first, firmer later; one request at a time (a sleepy head takes no more). The built-in
//! voices have recordings of nearly all of them; reuse a sentence before inventing one.

use jiff::civil::Time;

use super::lexicon::Lexicon;
use crate::coach::script::Stage;

pub(super) const ENGLISH: Lexicon = Lexicon {
    tag: "en",
    name: "English",
    stages: &[
        (
            Stage::Opening,
            &[
                "Good morning! | This is your wake-up call. | Are you awake?",
                "Good morning! | It's your wake-up coach. | Can you hear me?",
                "Hello. | It's time to wake up. | Are you awake?",
                "Good morning! | Up you get! | Are your feet on the floor?",
                "Hello. | It's your wake-up coach. | How did you sleep?",
                "Good morning! | It's time to wake up. | Can you hear me?",
                "Hello. | This is your wake-up call. | Are your feet on the floor?",
                "Good morning! | This is your wake-up call. | How did you sleep?",
                "Hello. | Up you get! | Are you awake?",
                "Good morning! | It's your wake-up coach. | Are your feet on the floor?",
                "Hello. | It's time to wake up. | How did you sleep?",
                "Hello. | This is your wake-up call. | Can you hear me?",
                "Good morning! | It's time to wake up. | Are your feet on the floor?",
                "Hello. | It's your wake-up coach. | Are you awake?",
                "Good morning! | Up you get! | Can you hear me?",
                "Hello. | Up you get! | How did you sleep?",
            ],
        ),
        (
            Stage::LateOpening,
            &[
                "Good morning! | I am a little late, sorry. | It's time to wake up. | Are you awake?",
                "Hello. | I am a little late, sorry. | Up you get! | Can you hear me?",
                "Good morning! | I am a little late, sorry. | Up you get! | Can you hear me?",
                "Hello. | I am a little late, sorry. | It's time to wake up. | Are your feet on the floor?",
                "Good morning! | I am a little late, sorry. | This is your wake-up call. | Are you awake?",
                "Hello. | I am a little late, sorry. | Up you get! | Are you awake?",
                "Good morning! | I am a little late, sorry. | It's time to wake up. | Can you hear me?",
                "Hello. | I am a little late, sorry. | This is your wake-up call. | Are your feet on the floor?",
            ],
        ),
        (
            Stage::VeryLateOpening,
            &[
                "Good morning! | I should have called you earlier, I am sorry. | Up you get! | Are you awake?",
                "Hello. | I should have called you earlier, I am sorry. | It's time to wake up. | Can you hear me?",
                "Good morning! | I should have called you earlier, I am sorry. | It's time to wake up. | Are your feet on the floor?",
                "Hello. | I should have called you earlier, I am sorry. | Up you get! | Can you hear me?",
                "Good morning! | I should have called you earlier, I am sorry. | This is your wake-up call. | Can you hear me?",
                "Hello. | I should have called you earlier, I am sorry. | It's time to wake up. | Are you awake?",
                "Good morning! | I should have called you earlier, I am sorry. | Up you get! | Are your feet on the floor?",
                "Hello. | I should have called you earlier, I am sorry. | This is your wake-up call. | Are you awake?",
            ],
        ),
        (
            Stage::RedialOpening,
            &[
                "Good morning! | I tried to reach you before. | It's time to wake up. | Are you awake?",
                "Hello. | I tried to reach you before. | This is your wake-up call. | Can you hear me?",
                "Good morning! | I tried to reach you before. | Up you get! | Can you hear me?",
                "Hello. | I tried to reach you before. | It's time to wake up. | Are your feet on the floor?",
                "Good morning! | I tried to reach you before. | This is your wake-up call. | Are you awake?",
                "Hello. | I tried to reach you before. | Up you get! | Are you awake?",
                "Good morning! | I tried to reach you before. | It's time to wake up. | Can you hear me?",
                "Hello. | I tried to reach you before. | This is your wake-up call. | Are your feet on the floor?",
            ],
        ),
        (
            Stage::CallBackOpening,
            &[
                "Good morning again. | It's time to wake up. | Are your feet on the floor?",
                "Good morning again. | Up you get! | Are your feet on the floor?",
                "Good morning again. | Sit up for me and put your feet on the floor. | Are you awake?",
                "Good morning again. | It's time to wake up. | Are you awake?",
                "Good morning again. | Up you get! | Can you hear me?",
                "Good morning again. | It's time to wake up. | Can you hear me?",
                "Good morning again. | Up you get! | Are you awake?",
                "Good morning again. | Sit up for me and put your feet on the floor. | Can you hear me?",
            ],
        ),
        (
            Stage::CheckOpening,
            &[
                "Hello again! | This is only to see whether you are still up.",
                "Hello. | I just want to know that you are still on your feet.",
            ],
        ),
        (
            Stage::InboundOpening,
            &[
                "Good morning! | Lovely to hear you. | Are you awake?",
                "Hello. | Lovely to hear you. | Are you awake?",
            ],
        ),
        (Stage::ItIs, &["It is {time} now."]),
        (Stage::Yesterday, &["Yesterday you said: {said}"]),
        (Stage::Remembered, &["The other day you said: {said}"]),
        (Stage::Weather, &["The weather: {weather}", "Outside: {weather}"]),
        (Stage::Calendar, &["Do not forget: {calendar}", "In your calendar: {calendar}"]),
        (Stage::LineChanged, &["Sorry, I lost you for a moment."]),
        (Stage::WhereWereWe, &["Where were we?"]),
        (Stage::SayAgain, &["Could you say that again?"]),
        (Stage::Heard, &["Lovely to hear you.", "Well done.", "That sounds like a good start."]),
        (
            Stage::Mumbled,
            &["You still sound a little sleepy.", "Not yet, I want to hear you a little longer."],
        ),
        (Stage::Unclear, &["I didn't quite catch that."]),
        (Stage::Keys, &["I heard a key. | Now tell me with your voice."]),
        (
            Stage::Nudge,
            &["Are you sleeping?", "Can you hear me? | Are you still there?", "Hello. | Are you sleeping?"],
        ),
        (
            Stage::AfterTone,
            &["Wake up, please, and say something.", "Up you get! | Wake up, please, and say something."],
        ),
        (
            Stage::GivingUp,
            &["I'll call you back in a moment.", "I'll call you back in a moment. | Talk to you soon."],
        ),
        (
            Stage::KindRefusal,
            &[
                "I know it's early, and the bed is warm. | No more minutes yet, you asked me to get you up.",
                "No more minutes yet, you asked me to get you up.",
                "I know it's early, and the bed is warm. | Sit up for me and put your feet on the floor.",
            ],
        ),
        (Stage::SnoozeGranted, &["All right, nine more minutes, then I'll call you back."]),
        (Stage::PressDigits, &["Press or say {digits}.", "Now press {digits}, or say it."]),
        (Stage::AskCode, &["What is your code of the day?", "Please say or type your code of the day."]),
        (Stage::AskSum, &["What is {sum}?", "Tell me: what is {sum}?"]),
        (Stage::Right, &["That is right.", "Right, well done."]),
        (Stage::RightOneMore, &["That is right. | One more.", "Right, well done. | And the next one."]),
        (Stage::Wrong, &["No, that is not it.", "Not quite."]),
        (
            Stage::TooSlow,
            &["Right, but that took a while. | One more.", "That is right, but it was slow. | Once more."],
        ),
        (
            Stage::AskPlace,
            &[
                "Now touch the doorbell, or scan the code at your place.",
                "Get up and touch the doorbell, or scan your code.",
            ],
        ),
        (Stage::DoorbellRang, &["The doorbell rang, well done.", "I heard the doorbell, well done."]),
        (Stage::PlaceReached, &["You are there, well done.", "You made it there, well done."]),
        (
            Stage::GoodbyeNotYet,
            &["Goodbye is not enough yet.", "Not goodbye yet, there is something left to do."],
        ),
        (
            Stage::Goodbye,
            &[
                "Wonderful, you are really up. | Have a good day. | Goodbye!",
                "Good, now I believe you. | Have a good day. | Goodbye!",
                "Off you go, then. | Have a good day. | Goodbye!",
            ],
        ),
        (
            Stage::StillUp,
            &[
                "Wonderful, you are still up. | Have a good day. | Goodbye!",
                "Good, now I believe you. | Have a good day. | Goodbye!",
            ],
        ),
        (Stage::CallingYou, &["I am calling you right now. | Please pick up."]),
        (Stage::Stranger, &["This number only wakes the people it knows. | Goodbye!"]),
        (
            Stage::LastResort,
            &["Good morning! | This is your wake-up call. | It's time to wake up. | Are you awake?"],
        ),
    ],
    questions: &[
        "Are your feet on the floor?",
        "What day is it today, and what are your plans?",
        "Tell me one thing you can see in your room.",
        "What is the first thing you have to do this morning?",
        "What would you like for breakfast?",
        "Please stand up now, and tell me when you are standing.",
        "Who will you meet first today?",
        "Open the curtains and tell me what the weather is like.",
        "What can you see outside your window?",
    ],
    answers: "goodbye, end call, yes, no, I'm awake, I'm up, five more minutes, my feet are on the floor",
    goodbyes: "goodbye, good bye, end call, end the call",
    machines: "leave a message, leave your message, leave me a message, record your message, after the tone, \
               after the beep, at the tone, reached the voicemail, reached the voice mail, \
               reached the mailbox, been forwarded to, you are calling is, you have dialled, \
               you have dialed, try again later, not available to take",
    pleas: "snooze, more minutes, more minute, minutes more, minutes longer, minutes please, let me sleep, \
            sleep a little longer, sleep a bit longer, bit longer please, little longer please",
    negations: "not, don't, dont, won't, wont, didn't, never, without",
    denials: "no",
    grumbles: "leave me, go away, so tired, too tired, too early, shut up, want to sleep, back to sleep, \
               still sleeping, don't want, can't get up, not getting up, let me be, leave off, begging, i beg, \
               just one hour, one more hour, another hour, just an hour, an hour more, just half an hour, \
               just five minutes, just ten minutes, more time, up all night, awake all night, not slept, \
               haven't slept, no sleep, call me later, call back later, call again later, have mercy",
    orders: "ignore your, ignore all, ignore previous, forget your, your instructions, previous instructions, \
             developer, override, awake to true, set awake, mark me, confirm me, confirm that, confirm awake, \
             confirm i, confirm_awake, test mode, debug mode, administrator, i passed, i order you, i command you, \
             you must believe, hang up, end this call, trust me, believe me, nobody will know, no one will know, \
             lets me off, let me off, already did, that is my answer, the answer is yes, as my answer, \
             my doctor says, i am the owner, i'm the owner, system prompt, language model, new rule",
    fillers: "yes, yeah, yep, yup, ya, aye, ok, okay, okey, sure, right, alright, all, fine, good, great, correct, \
              exactly, indeed, certainly, definitely, absolutely, course, of, true, really, honestly, promise, swear, \
              i, i'm, im, i've, i'll, me, my, mine, myself, you, your, you're, we, it, it's, its, this, that, that's, \
              there, here, he, she, they, am, are, is, was, were, be, been, being, do, did, does, done, have, has, had, \
              will, would, can, could, may, might, must, shall, should, up, awake, wake, woke, woken, waking, awaken, \
              getting, get, got, going, go, coming, now, already, just, still, again, soon, then, so, too, very, much, \
              well, please, thanks, thank, sorry, hello, hi, hey, morning, goodbye, bye, coach, not, don't, dont, yet, \
              and, or, but, if, because, as, at, on, in, to, for, with, from, by, an, some, any, what's, who, who's, \
              how, when, where, why, which, said, say, know, think, hear, mean, want, like, let, see, totally, stop",
    mumbles: "mm, mmm, mhm, hm, hmm, uh, um, umm, uhm, er, ah, oh, ugh, huh, zzz, no, nope, nah, what, a, the, h",
    plans: "I have, I've got, I have to, I must, I will, I'll, I'm going, I am going, I want, I need, I'm meeting, \
            meeting, work, shift, appointment, school, today",
    sky: ["clear sky", "clouds", "fog", "rain", "snow", "thunder"],
    degrees: "degrees",
    weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    arithmetic: ["plus", "minus", "times"],
    homophones: &[
        ("oh", '0'),
        ("o", '0'),
        ("won", '1'),
        ("to", '2'),
        ("too", '2'),
        ("for", '4'),
        ("ate", '8'),
    ],
    clock,
    numerals: text2num::Language::english,
};

fn clock(time: Time) -> String {
    format!("{}:{:02}", time.hour(), time.minute())
}
