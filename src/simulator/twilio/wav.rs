//! Sound files that a document plays, as mu-law.

use axum::http::header;
use bytes::Bytes;

use crate::simulator::voices::SILENCE;

use super::document::Fault;
use super::http::Reply;

const FORMAT_PCM: u16 = 1;
const FORMAT_MULAW: u16 = 7;

/// What a fetched file sounds like. Files this exchange cannot decode become a second of silence:
/// that they were played is in the ledger either way.
pub(super) fn sound_of(reply: &Reply) -> Result<Bytes, Fault> {
    if reply.status >= 400 {
        return Err(Fault::new(11_200, format!("the sound was answered {}", reply.status)));
    }
    let kind = reply.header(&header::CONTENT_TYPE).unwrap_or_default();
    if !kind.starts_with("audio/") {
        return Err(Fault::new(12_300, format!("{kind:?} is no content type for a sound")));
    }
    Ok(decode(&reply.body).unwrap_or_else(|| Bytes::from(vec![SILENCE; 8_000])))
}

/// 8 kHz mono WAV, mu-law or 16-bit.
fn decode(file: &[u8]) -> Option<Bytes> {
    if file.get(..4)? != b"RIFF" || file.get(8..12)? != b"WAVE" {
        return None;
    }
    let (mut rest, mut format) = (file.get(12..)?, None);
    loop {
        let size = usize::try_from(u32::from_le_bytes(rest.get(4..8)?.try_into().ok()?)).ok()?;
        let body = rest.get(8..8 + size.min(rest.len() - 8))?;
        match rest.get(..4)? {
            b"fmt " => {
                let number = |at: usize| Some(u16::from_le_bytes(body.get(at..at + 2)?.try_into().ok()?));
                let rate = u32::from_le_bytes(body.get(4..8)?.try_into().ok()?);
                format = (number(2)? == 1 && rate == 8_000).then_some(number(0)?);
            }
            b"data" => {
                return match format? {
                    FORMAT_MULAW => Some(Bytes::copy_from_slice(body)),
                    FORMAT_PCM => Some(body.as_chunks::<2>().0.iter().map(|pair| mulaw(*pair)).collect()),
                    _ => None,
                };
            }
            _ => {}
        }
        rest = rest.get(8 + size + size % 2..)?;
    }
}

/// One 16-bit sample as mu-law, by ITU-T G.711.
fn mulaw(sample: [u8; 2]) -> u8 {
    const BIAS: u32 = 132;
    const CLIP: u32 = 32_635;
    let sample = i16::from_le_bytes(sample);
    let magnitude = u32::from(sample.unsigned_abs()).min(CLIP) + BIAS;
    let exponent = magnitude.ilog2().saturating_sub(7);
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !u8::try_from(sign | (exponent << 4) | mantissa).expect("eight bits: sign, three and four")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_companded_as_the_standard_says() {
        for (sample, byte) in [(0_i16, 0xff), (-1, 0x7f), (32_767, 0x80), (-32_768, 0x00), (1_000, 0xce)] {
            assert_eq!(mulaw(sample.to_le_bytes()), byte, "{sample}");
        }
    }

    #[test]
    fn our_own_recordings_are_stereo_and_so_not_decoded() {
        let file = super::super::recording::Recording::default().wav();
        assert_eq!(decode(&file), None);
        assert_eq!(decode(b"RIFF"), None);
    }
}
