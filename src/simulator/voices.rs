//! Real speech as mu-law clips, found by their words and recognised by their bytes.
//!
//! mu-law passes through the bridge untouched, so a simulated model can *hear*: a frame that comes back byte
//! for byte names its clip. `templates/assets/voices/README.md` says how the clips are made.

mod babble;
mod compose;
mod library;
pub mod mulaw;
pub mod numerals;

use bytes::Bytes;

use library::library;
pub use library::{Clip, Voice, words_of};
pub use mulaw::{SILENCE, loudness};

/// 20 ms of mu-law at 8 kHz, in bytes.
pub const FRAME: usize = 160;

/// The breath between two sentences: long enough to be natural, short enough not to end a turn.
const BREATH_FRAMES: usize = 8;

/// The clip that says `text` in any voice, ignoring case, punctuation and spacing.
pub fn find(text: &str) -> Option<&'static Clip> {
    find_in(Voice::Coach, text).or_else(|| find_in(Voice::Sleeper, text))
}

/// The clip that says `text` in `voice`, ignoring case, punctuation and spacing.
pub fn find_in(voice: Voice, text: &str) -> Option<&'static Clip> {
    library().find(voice, text)
}

/// Whether `voice` can say `sentence` with real words: recorded as it stands, or put together from words.
pub fn can_say(voice: Voice, sentence: &str) -> bool {
    find_in(voice, sentence).is_some() || compose::compose(sentence, voice).is_some()
}

/// Every clip there is.
pub fn lines() -> impl Iterator<Item = &'static Clip> {
    library().clips()
}

/// `text` spoken, sentence by sentence from the clips; whole frames. A sentence without a clip is put
/// together from recorded words, and if one is missing it becomes babble of speech-like length and loudness,
/// the same each time.
pub fn speech_for(text: &str, voice: Voice) -> Bytes {
    if let Some(clip) = find_in(voice, text) {
        return clip.mulaw.clone();
    }
    let mut speech = Vec::new();
    for sentence in sentences(text) {
        if !speech.is_empty() {
            speech.resize(speech.len() + BREATH_FRAMES * FRAME, SILENCE);
        }
        match find_in(voice, sentence) {
            Some(clip) => speech.extend_from_slice(&clip.mulaw),
            None => match compose::compose(sentence, voice) {
                Some(words) => speech.extend_from_slice(&words),
                None => babble::babble(sentence, voice, &mut speech),
            },
        }
    }
    speech.into()
}

/// What a listener makes of a stretch of sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Nothing loud enough to be speech.
    Silence,
    /// Loud, but no clip of ours.
    Unintelligible,
    /// These clips, or good parts of them, in this order.
    Words(Vec<&'static Clip>),
}

impl Heard {
    /// The words, as a transcriber would write them; empty for silence.
    pub fn text(&self) -> String {
        match self {
            Self::Silence => String::new(),
            Self::Unintelligible => "(unintelligible)".to_owned(),
            Self::Words(clips) => clips.iter().map(|clip| clip.text.as_str()).collect::<Vec<_>>().join(" "),
        }
    }
}

/// The clips in a stretch of mu-law, found by frames that match byte for byte.
///
/// Frames are tried where the stretch begins; when none matches there, at every byte.
pub fn recognise(mulaw: &[u8]) -> Heard {
    if !mulaw.chunks(FRAME).any(is_loud) {
        return Heard::Silence;
    }
    let aligned = library().clips_in(mulaw);
    if !aligned.is_empty() {
        return Heard::Words(aligned);
    }
    let shifted = (1..FRAME.min(mulaw.len()))
        .map(|offset| library().clips_in(&mulaw[offset..]))
        .find(|clips| !clips.is_empty());
    shifted.map_or(Heard::Unintelligible, Heard::Words)
}

/// Mean magnitude (of 32,124) from which a stretch of mu-law counts as sound rather than line noise.
const LOUD: u32 = 250;

/// Whether a stretch of mu-law is louder than line noise.
pub fn is_loud(mulaw: &[u8]) -> bool {
    loudness(mulaw) >= LOUD
}

/// Cuts a text after each full stop, exclamation or question mark that ends a word.
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let begun = rest.trim_start();
        if begun.is_empty() {
            return None;
        }
        let end = begun
            .char_indices()
            .filter(|(_, letter)| matches!(letter, '.' | '!' | '?' | '…'))
            .map(|(at, letter)| at + letter.len_utf8())
            .find(|end| begun[*end..].chars().next().is_none_or(char::is_whitespace))
            .unwrap_or(begun.len());
        let (sentence, left) = begun.split_at(end);
        rest = left;
        Some(sentence.trim_end())
    })
}

#[cfg(test)]
mod tests;
