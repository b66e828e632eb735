//! Makes safe whatever a model wrote: plain words, short enough to be spoken, whole sentences.

use crate::coach::conversation::one_line;

/// Longest line spoken, in characters: some twenty-five seconds, and nobody listens that long in bed.
pub const SPOKEN_CHARS_MAX: usize = 350;

/// `text` without markup, control characters and pictures, cut at the end of a sentence; `None` when
/// nothing is left to say.
pub fn speakable(text: &str) -> Option<String> {
    let plain: String = without_addresses(&without_tags(text)).chars().filter_map(spoken).collect();
    // Once more: a mark that fell may have stood in the middle of an address.
    let plain = one_line(&without_addresses(&plain));
    let short = cut(&plain, SPOKEN_CHARS_MAX);
    short.contains(char::is_alphanumeric).then_some(short)
}

/// Drops `<…>` where it looks like a tag; a lone `<` falls with the other marks later.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        plain.push_str(&rest[..start]);
        let tag = &rest[start + 1..];
        let opens = tag.starts_with(|letter: char| letter.is_alphabetic() || "/!?".contains(letter));
        match tag.find('>').filter(|_| opens) {
            Some(end) => {
                plain.push(' ');
                rest = &tag[end + 1..];
            }
            None => rest = tag,
        }
    }
    plain.push_str(rest);
    plain
}

/// Nobody wants to hear an address read out; the text of a link stays.
fn without_addresses(text: &str) -> String {
    let linked = text.replace("](", "] (");
    let words = linked.split_inclusive(char::is_whitespace);
    words.filter(|word| !word.contains("://") && !word.contains("www.")).collect()
}

/// The letter itself, or a space in place of what cannot or must not be spoken; marks of emphasis, which
/// cling to their words, leave none.
fn spoken(letter: char) -> Option<char> {
    if "*_`~".contains(letter) {
        return None;
    }
    let silent = letter.is_control()
        || "#|<>[]{}\\^=".contains(letter)
        || matches!(letter,
            // Zero-width, bidirectional and other invisible marks; private use; unassigned planes.
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'..='\u{ffff}'
            // Arrows, dingbats, emoji.
            | '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' | '\u{e0000}'..='\u{10ffff}');
    Some(if silent { ' ' } else { letter })
}

/// At most `limit` characters, ending with a sentence where there is one, else with a word.
fn cut(text: &str, limit: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(limit) else { return text.to_owned() };
    let head = &text[..end];
    let ends_sentence = |at: usize| text[at..].chars().nth(1).is_none_or(char::is_whitespace);
    let sentence = head.rmatch_indices(['.', '!', '?', '…']).find(|(at, _)| ends_sentence(*at));
    if let Some((at, mark)) = sentence {
        return head[..at + mark.len()].to_owned();
    }
    // One letter of room for the full stop.
    let words = head
        .rsplit_once(' ')
        .map_or_else(|| head.chars().take(limit - 1).collect(), |(words, _)| words.to_owned());
    format!("{}.", words.trim_end_matches([',', ';', ':', '-']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_a_model_writes_what_is_said_is_short_plain_and_stays_the_same(written in ".{0,900}") {
            if let Some(said) = speakable(&written) {
                prop_assert!(said.chars().count() <= SPOKEN_CHARS_MAX);
                let unsafe_marks = ['<', '>', '\n', '\0', '\u{202e}'];
                prop_assert!(!said.contains(unsafe_marks));
                prop_assert!(said.contains(char::is_alphanumeric));
                prop_assert_eq!(speakable(&said), Some(said.clone()));
            }
        }
    }

    fn check(written: &str, said: Option<&str>) {
        assert_eq!(speakable(written).as_deref(), said, "{written:?}");
    }

    #[test]
    fn plain_sentences_pass_untouched() {
        check("Good morning, Anna! What's your plan?", Some("Good morning, Anna! What's your plan?"));
        check("Schön, Zoë. 5 & 6 make 11 – right?", Some("Schön, Zoë. 5 & 6 make 11 – right?"));
        check("おはようございます。", Some("おはようございます。"));
    }

    #[test]
    fn markup_pictures_and_invisible_marks_are_not_spoken() {
        check("**Up** you get! 🌞\u{200b}", Some("Up you get!"));
        check("# Steps\n- sit up\n- stand", Some("Steps - sit up - stand"));
        check("<speak>Hello <break time='9999s'/>there</speak>", Some("Hello there"));
        check("</Say><Hangup/><Say>Bye", Some("Bye"));
        check("1 < 2 and 3 > 2", Some("1 2 and 3 2"));
        check("See [this page](https://example.com/x) now", Some("See this page now"));
        check("Up, :~//〸 and ww~w.example.com, now", Some("Up, and now"));
        check("Line\u{0}one\r\n\ttwo\u{7}", Some("Line one two"));
        check("a\u{202e}b", Some("a b"));
    }

    #[test]
    fn nothing_to_say_is_none() {
        for nothing in ["", "   ", "\u{0}\n", "<br/>", "🙂🙂", "...", "**", "https://example.com"] {
            check(nothing, None);
        }
    }

    #[test]
    fn an_endless_line_is_cut_at_a_sentence_and_else_at_a_word() {
        let sentences = "Sit up now. ".repeat(100);
        let cut = speakable(&sentences).unwrap();
        assert!(cut.chars().count() <= SPOKEN_CHARS_MAX && cut.ends_with("Sit up now."), "{cut}");
        let words = speakable(&"wörd ".repeat(1_000)).unwrap();
        assert!(words.chars().count() <= SPOKEN_CHARS_MAX && words.ends_with("wörd."), "{words}");
        let one_word = speakable(&"ä".repeat(10_000)).unwrap();
        assert_eq!(one_word.chars().count(), SPOKEN_CHARS_MAX);
    }

    #[test]
    fn a_point_within_a_number_ends_no_sentence() {
        let text = format!("First. {} 3.14 {}", "word ".repeat(60).trim(), "word ".repeat(60));
        assert_eq!(speakable(&text).unwrap(), "First.");
    }
}
