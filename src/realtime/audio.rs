//! Telephone audio: mu-law at 8 kHz, one byte a sample, and the wake-up tone.
//!
//! Speech passes through untouched; only silence and the tone are made here.

use std::time::Duration;

/// Bytes of one frame: the unit in which the line sends and is sent audio.
pub const FRAME_BYTES: usize = 160;

/// How long one frame plays.
pub const FRAME: Duration = Duration::from_millis(20);

/// The mu-law byte for no sound at all.
pub const SILENCE: u8 = 0xFF;

/// Eight thousand samples a second, one byte each: eight bytes a millisecond.
const BYTES_PER_MS: u64 = 8;

/// How long `bytes` of audio play.
pub fn playing_time(bytes: u64) -> Duration {
    Duration::from_micros(bytes.saturating_mul(1_000 / BYTES_PER_MS))
}

/// How many bytes play in `length`.
pub fn bytes_in(length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX) / (1_000 / BYTES_PER_MS)
}

/// Whole milliseconds of `bytes`, rounded down: the vendor refuses a cut beyond what it produced.
pub fn whole_ms(bytes: u64) -> u64 {
    bytes / BYTES_PER_MS
}

/// Encodes one linear sample (G.711).
pub fn encode(sample: i16) -> u8 {
    const BIAS: u16 = 132;
    const CLIP: u16 = 32_635;
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = sample.unsigned_abs().min(CLIP) + BIAS;
    // The bias makes bit 7 the lowest leading bit, so that the segment is never negative.
    let segment = 8 - magnitude.leading_zeros();
    let step = (magnitude >> (segment + 3)) & 0x0F;
    let code = u8::try_from(segment << 4).expect("eight segments fit three bits")
        | u8::try_from(step).expect("masked to four bits");
    !(sign | code)
}

/// The tone wakes best at 520 Hz and with overtones, as research on smoke alarms found.
const TONE_HZ: f64 = 520.0;
/// Odd overtones of a square wave that a telephone line still carries.
const OVERTONES: [f64; 3] = [1.0, 3.0, 5.0];
/// Loud, yet short of clipping once the overtones are added.
const TONE_LEVEL: f64 = 22_000.0;
const PULSES: usize = 3;
const PULSE_BYTES: usize = 4_000;

/// The wake-up tone: three pulses of half a second with half a second between them.
pub fn tone() -> Vec<u8> {
    let mut audio = Vec::with_capacity(PULSES * 2 * PULSE_BYTES);
    for pulse in 0..PULSES {
        if pulse > 0 {
            audio.resize(audio.len() + PULSE_BYTES, SILENCE);
        }
        audio.extend((0_u16..4_000).map(|index| encode(tone_sample(index))));
    }
    audio
}

#[expect(clippy::cast_possible_truncation, reason = "three overtones of this level stay within 16 bits")]
fn tone_sample(index: u16) -> i16 {
    let turn = std::f64::consts::TAU * TONE_HZ * f64::from(index) / 8_000.0;
    let wave: f64 = OVERTONES.iter().map(|overtone| (turn * overtone).sin() / overtone).sum();
    (wave * TONE_LEVEL) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The receiver's half of G.711, written from its table and not from our encoder.
    fn decode(code: u8) -> i32 {
        let code = !code;
        let magnitude = ((i32::from(code & 0x0F) << 3) + 132) << ((code >> 4) & 7);
        if code & 0x80 == 0 { magnitude - 132 } else { 132 - magnitude }
    }

    #[test]
    fn every_code_survives_the_round_trip() {
        for code in 0..=u8::MAX {
            let again = encode(i16::try_from(decode(code)).unwrap());
            // There are two codes for zero; the positive one is the one we write.
            assert_eq!(again, if code == 0x7F { 0xFF } else { code }, "{code:#x}");
        }
    }

    #[test]
    fn no_sample_is_off_by_more_than_half_a_step_of_its_segment() {
        for sample in i16::MIN..=i16::MAX {
            let code = encode(sample);
            let half_step = 4 << ((!code >> 4) & 7);
            let clipped = i32::from(sample).clamp(-32_635, 32_635);
            let error = (decode(code) - clipped).abs();
            assert!(error <= half_step, "{sample}: off by {error}");
        }
    }

    #[test]
    fn silence_is_the_code_for_zero() {
        assert_eq!(encode(0), SILENCE);
    }

    #[test]
    fn the_tone_has_three_loud_pulses() {
        let tone = tone();
        assert_eq!(playing_time(tone.len() as u64), Duration::from_millis(2_500));
        let loud = |ms: usize| tone[ms * 8..ms * 8 + 80].iter().any(|code| decode(*code).abs() > 8_000);
        assert_eq!([100, 700, 1_100, 1_700, 2_200].map(loud), [true, false, true, false, true]);
    }

    #[test]
    fn bytes_and_time_agree() {
        assert_eq!(playing_time(160), FRAME);
        assert_eq!(bytes_in(FRAME), FRAME_BYTES as u64);
        assert_eq!(whole_ms(167), 20);
    }
}
