//! mu-law by ITU-T G.711: bytes to samples and back, and how loud a stretch is.

/// mu-law's zero.
pub const SILENCE: u8 = 0xff;

/// The largest sample mu-law can say.
pub const LOUDEST: i16 = 32_124;

/// What the encoder adds before it takes the logarithm.
const BIAS: i16 = 132;

/// The sample a byte stands for.
pub fn decode(byte: u8) -> i16 {
    let bits = !byte;
    let exponent = (bits >> 4) & 0x07;
    let mantissa = i32::from(bits & 0x0f);
    let magnitude = (((mantissa << 3) + i32::from(BIAS)) << exponent) - i32::from(BIAS);
    let sample = i16::try_from(magnitude).expect("seven bits of exponent and mantissa end at 32,124");
    if bits & 0x80 == 0 { sample } else { -sample }
}

/// The byte nearest to a sample.
pub fn encode(sample: i16) -> u8 {
    let magnitude = sample.unsigned_abs().min(LOUDEST.unsigned_abs()) + BIAS.unsigned_abs();
    let exponent = magnitude.ilog2() - 7;
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    let sign = if sample < 0 { 0x80 } else { 0 };
    let code = (exponent << 4) | u32::from(mantissa) | sign;
    !u8::try_from(code).expect("one bit of sign, three of exponent, four of mantissa")
}

/// Mean magnitude of a stretch of mu-law: 0 is silence, 32,124 the loudest square wave.
pub fn loudness(mulaw: &[u8]) -> u32 {
    let Ok(length) = u32::try_from(mulaw.len()) else { return u32::MAX };
    let total: u64 = mulaw.iter().map(|byte| u64::from(decode(*byte).unsigned_abs())).sum();
    let mean = total.checked_div(u64::from(length)).unwrap_or(0);
    u32::try_from(mean).expect("a mean of 16-bit numbers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives_a_round_trip() {
        for byte in 0..=u8::MAX {
            // Zero has two codes.
            let expected = if byte == 0x7f { SILENCE } else { byte };
            assert_eq!(encode(decode(byte)), expected, "{byte:#x}");
        }
        assert_eq!([decode(0xff), decode(0x80), decode(0x00)], [0, LOUDEST, -LOUDEST]);
        assert_eq!(encode(i16::MIN), 0x00);
    }

    #[test]
    fn loudness_is_the_mean_magnitude() {
        assert_eq!([loudness(&[]), loudness(&[SILENCE; 9]), loudness(&[0x00, 0x80])], [0, 0, 32_124]);
        assert_eq!(loudness(&[SILENCE, 0x80]), 16_062);
    }
}
