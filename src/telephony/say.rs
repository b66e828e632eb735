//! Text made fit for the carrier's voice and ears: whatever a model or a person wrote, it stays speakable.

/// The strictest of the carrier's limits on one `<Say>`, that of Polly voices.
const SAY_CHARS_MAX: usize = 3_000;

/// Its limit on the percent-encoded form of the same text, which other alphabets reach much earlier.
const SAY_ENCODED_MAX: usize = 4_500;

/// The carrier's limits on `<Gather hints>`.
const HINTS_MAX: usize = 500;
const HINT_CHARS_MAX: usize = 100;

/// Our own limit on all hints together, so that a document stays below 64 KiB.
const HINTS_CHARS_MAX: usize = 2_000;

/// The text as it may be said; `None` when there is nothing to pronounce in it (an empty `<Say>` is an
/// error, 13520).
pub(super) fn speakable(text: &str) -> Option<String> {
    let clean: String = text.chars().map(|letter| if is_xml(letter) { letter } else { ' ' }).collect();
    let mut spoken = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    spoken.truncate(end_of_speech(&spoken));
    spoken.chars().any(char::is_alphanumeric).then_some(spoken)
}

/// Characters that XML 1.0 cannot hold would make the whole document unreadable, even escaped. Control
/// characters it can hold, C1 among them, mean nothing to a voice.
pub(super) fn is_xml(letter: char) -> bool {
    !letter.is_control() && !matches!(letter, '\u{fffe}' | '\u{ffff}')
}

/// Where to stop: after the last sentence that fits, or else after the last word, or the last letter.
fn end_of_speech(text: &str) -> usize {
    let mut encoded = 0;
    let room = text.char_indices().enumerate().find(|(count, (_, letter))| {
        encoded += if letter.is_ascii_alphanumeric() { 1 } else { 3 * letter.len_utf8() };
        *count == SAY_CHARS_MAX || encoded > SAY_ENCODED_MAX
    });
    let Some((_, (end, _))) = room else { return text.len() };
    let fitting = &text[..end];
    let is_stop = |letter: char| matches!(letter, '.' | '!' | '?' | '…' | '。' | '！' | '？');
    let sentence = fitting.char_indices().rev().find(|(_, letter)| is_stop(*letter));
    match (sentence, fitting.rfind(' ')) {
        // A stop in the first half would throw away more than a broken sentence does.
        (Some((at, stop)), _) if at > end / 2 => at + stop.len_utf8(),
        (_, Some(space)) => space,
        _ => end,
    }
}

/// Hints for speech recognition as one attribute; `None` when none is left.
pub(super) fn hints(hints: &[&str]) -> Option<String> {
    let mut joined = String::new();
    for hint in hints.iter().filter_map(|hint| clean_hint(hint)).take(HINTS_MAX) {
        if joined.chars().count() + hint.chars().count() + 1 > HINTS_CHARS_MAX {
            break;
        }
        if !joined.is_empty() {
            joined.push(',');
        }
        joined.push_str(&hint);
    }
    (!joined.is_empty()).then_some(joined)
}

/// Words only: a comma would split the hint, and nobody pronounces the rest.
fn clean_hint(hint: &str) -> Option<String> {
    let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '\'' | '’' | '-');
    let words: String = hint.chars().map(|letter| if is_word(letter) { letter } else { ' ' }).collect();
    let hint = words.split_whitespace().collect::<Vec<_>>().join(" ");
    (!hint.is_empty() && hint.chars().count() <= HINT_CHARS_MAX).then_some(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_tidied_and_emptiness_is_nothing() {
        for (text, spoken) in [
            ("Good morning!", Some("Good morning!")),
            (" two\n lines\t", Some("two lines")),
            ("a\u{0}b\u{1b}[31m\u{ffff}c\u{85}d", Some("a b [31m c d")),
            ("<Hangup/> & \"co\"", Some("<Hangup/> & \"co\"")),
            ("早上好", Some("早上好")),
            ("", None),
            (" \u{7} ", None),
            ("… — !?", None),
        ] {
            assert_eq!(speakable(text).as_deref(), spoken, "{text:?}");
        }
    }

    #[test]
    fn long_text_ends_with_a_sentence_or_a_word_or_at_least_a_letter() {
        let sentences = speakable(&"It is time to get up now. ".repeat(500)).unwrap();
        assert!(sentences.ends_with("now.") && sentences.len() > 2_000, "{}", sentences.len());
        let words = speakable(&"wake ".repeat(2_000)).unwrap();
        assert!(words.ends_with("wake") && words.len() > 2_000);
        for endless in ["a", "ä", "早", "👋a", "&"] {
            let text = format!("x{}", endless.repeat(9_000));
            let cut = speakable(&text).unwrap();
            let encoded: usize =
                cut.bytes().map(|byte| if byte.is_ascii_alphanumeric() { 1 } else { 3 }).sum();
            assert!(cut.chars().count() <= SAY_CHARS_MAX && encoded <= SAY_ENCODED_MAX, "{endless}");
            assert!(encoded > SAY_ENCODED_MAX - 20 || cut.chars().count() == SAY_CHARS_MAX, "{endless}");
        }
        let full = "a".repeat(SAY_CHARS_MAX);
        assert_eq!(speakable(&full).as_ref(), Some(&full));
    }

    #[test]
    fn hints_are_words_within_the_carriers_limits() {
        assert_eq!(
            hints(&["I am awake", "good-bye", "a,b", "", "<&>"]).as_deref(),
            Some("I am awake,good-bye,a b")
        );
        assert_eq!(hints(&[]), None);
        assert_eq!(hints(&["!", &"long".repeat(40)]), None);
        let many = vec!["up"; 1_000];
        assert_eq!(hints(&many).unwrap().split(',').count(), HINTS_MAX);
        let wide = "ä".repeat(99);
        assert!(hints(&vec![wide.as_str(); 500]).unwrap().chars().count() <= HINTS_CHARS_MAX);
    }
}
