//! Sentences that nobody recorded as a whole, put together from recorded words: numbers, mostly.

use super::library::{Clip, Voice, library, words_of};
use super::numerals::{Tongue, spelled};
use super::{FRAME, SILENCE};

/// The pause for a comma: heard, and too short to end a turn.
const COMMA_FRAMES: usize = 6;

/// Words in the longest clip that is a part of sentences.
const PHRASE_MAX: usize = 4;

/// `sentence` in recorded words, numerals spelled out; whole frames. `None` when a word has no clip.
pub fn compose(sentence: &str, voice: Voice) -> Option<Vec<u8>> {
    [Tongue::English, Tongue::French].into_iter().find_map(|tongue| compose_in(tongue, sentence, voice))
}

fn compose_in(tongue: Tongue, sentence: &str, voice: Voice) -> Option<Vec<u8>> {
    let mut speech = Vec::new();
    for part in sentence.split([',', ';', ':']) {
        let clips = clips_for(&in_words(part, tongue)?, voice)?;
        if !speech.is_empty() && !clips.is_empty() {
            speech.resize(speech.len() + COMMA_FRAMES * FRAME, SILENCE);
        }
        for clip in clips {
            speech.extend_from_slice(&clip.mulaw);
        }
    }
    (!speech.is_empty()).then_some(speech)
}

/// Lower case, every numeral in words; `None` when one is too great.
fn in_words(part: &str, tongue: Tongue) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for word in words_of(part).split_whitespace() {
        if !word.bytes().all(|byte| byte.is_ascii_digit()) {
            words.push(word.to_owned());
            continue;
        }
        // "06" is read digit by digit.
        let led_by_zero = word.len() > 1 && word.starts_with('0');
        let numbers: Vec<&str> =
            if led_by_zero { word.split("").filter(|digit| !digit.is_empty()).collect() } else { vec![word] };
        for number in numbers {
            let number = number.parse().ok().and_then(|number| spelled(number, tongue))?;
            words.extend(number.split(' ').map(str::to_owned));
        }
    }
    Some(words)
}

/// The clips of these words, the longest phrases first.
fn clips_for(words: &[String], voice: Voice) -> Option<Vec<&'static Clip>> {
    let mut clips = Vec::new();
    let mut rest = words;
    while !rest.is_empty() {
        let (clip, length) = (1..=PHRASE_MAX.min(rest.len())).rev().find_map(|length| {
            let clip = library().find_word(voice, &rest[..length].join(" "))?;
            Some((clip, length))
        })?;
        clips.push(clip);
        rest = &rest[length..];
    }
    Some(clips)
}
