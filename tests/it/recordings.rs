//! The coach's own lines are real speech: whoever listens to a rehearsal, a person or a simulated sleeper,
//! understands them.

use wakeup_coach::coach::language::Tongue;
use wakeup_coach::simulator::voices::{Voice, can_say};

/// Sentences that end in somebody else's words.
const FREE: [&str; 3] = ["{said}", "{weather}", "{calendar}"];

#[test]
fn every_english_line_of_the_coach_has_a_recording() {
    let lexicon = Tongue::ENGLISH.lexicon();
    let lines = lexicon.stages.iter().flat_map(|(_, lines)| lines.iter()).chain(lexicon.questions);
    for sentence in lines.flat_map(|line| line.split(" | ")) {
        if FREE.iter().any(|slot| sentence.contains(slot)) {
            continue;
        }
        let spoken = sentence
            .replace("{digits}", "4 7 1")
            .replace("{sum}", "34 plus 8, minus 5")
            .replace("{time}", "6:30");
        assert!(can_say(Voice::Coach, &spoken), "{spoken}");
    }
}
