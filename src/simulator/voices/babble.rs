//! A stand-in for sentences nobody recorded: no words, but the length, rhythm and loudness of speech.

use std::f64::consts::TAU;

use super::{FRAME, Voice, mulaw};

/// Sound for each character: three frames, 60 ms, about the pace of English.
const FRAMES_PER_LETTER: usize = 3;

const SAMPLES_PER_SECOND: f64 = 8_000.0;

/// Appends babble for `sentence`: vowels hum at their formants, consonants are faint, the rest is a pause.
pub fn babble(sentence: &str, voice: Voice, speech: &mut Vec<u8>) {
    let pitch = match voice {
        Voice::Coach => 110.0,
        Voice::Sleeper => 190.0,
    };
    let mut time: f64 = 0.0;
    for letter in sentence.chars() {
        let (loudness, formants) = sound_of(letter);
        for _ in 0..FRAMES_PER_LETTER * FRAME {
            let throat = 1.0 - (time * pitch).fract();
            let mouth: f64 = formants.iter().map(|hertz| (TAU * hertz * time).sin()).sum();
            speech.push(encode(loudness * throat * mouth / 2.0));
            time += 1.0 / SAMPLES_PER_SECOND;
        }
    }
}

/// Loudness (0 to 1) and the first two formants, in hertz.
fn sound_of(letter: char) -> (f64, [f64; 2]) {
    match letter.to_ascii_lowercase() {
        'a' => (0.5, [730.0, 1_090.0]),
        'e' => (0.45, [530.0, 1_840.0]),
        'i' | 'y' => (0.4, [300.0, 2_290.0]),
        'o' => (0.5, [570.0, 840.0]),
        'u' | 'w' => (0.4, [300.0, 870.0]),
        letter if letter.is_alphanumeric() => (0.2, [400.0, 1_500.0]),
        _ => (0.0, [400.0, 1_500.0]),
    }
}

/// A sample between -1 and 1 as mu-law.
#[expect(clippy::cast_possible_truncation, reason = "a fraction of the loudest sample is a sample")]
fn encode(sample: f64) -> u8 {
    mulaw::encode((sample.clamp(-1.0, 1.0) * f64::from(mulaw::LOUDEST)) as i16)
}
