//! Between the mu-law inside the double and the audio format a session speaks.

use serde_json::Value;

use crate::simulator::voices::mulaw;

/// 24,000 samples a second for 8,000.
const UPSAMPLING: usize = 3;

/// Audio as it travels; formats but mu-law and 24 kHz PCM are refused before they get here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// mu-law, 8 kHz: what the double thinks in.
    Mulaw,
    /// 16 bits, little-endian, 24 kHz.
    Pcm,
}

impl Format {
    /// The format in a session's settings.
    pub fn of(format: &Value) -> Self {
        if format["type"] == "audio/pcmu" { Self::Mulaw } else { Self::Pcm }
    }

    /// mu-law as the client wants it.
    pub fn encode(self, audio: &[u8]) -> Vec<u8> {
        match self {
            Self::Mulaw => audio.to_vec(),
            Self::Pcm => {
                audio.iter().flat_map(|byte| mulaw::decode(*byte).to_le_bytes().repeat(UPSAMPLING)).collect()
            }
        }
    }

    /// What the client sent, as mu-law; pieces must hold whole periods of 8 kHz, which 20 ms do.
    pub fn decode(self, audio: &[u8]) -> Vec<u8> {
        match self {
            Self::Mulaw => audio.to_vec(),
            Self::Pcm => {
                let samples = audio.as_chunks::<2>().0.iter().step_by(UPSAMPLING);
                samples.map(|bytes| mulaw::encode(i16::from_le_bytes(*bytes))).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pcm_keeps_the_words() {
        let mulaw: Vec<u8> = (0..=0x7e).chain(0x80..=0xff).collect();
        let pcm = Format::Pcm.encode(&mulaw);
        assert_eq!(pcm.len(), mulaw.len() * 6);
        assert_eq!(Format::Pcm.decode(&pcm), mulaw);
    }
}
