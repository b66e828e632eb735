//! Mu-law sound as a WAV file, for `<Play>`; common libraries write linear samples only.

/// Samples a second, and bytes a second: mu-law has one byte a sample.
const RATE: u32 = 8_000;
/// The format code of mu-law.
const MULAW: u16 = 7;
/// The header's length: a format chunk with its (empty) extension, a fact chunk, the data chunk's head.
const HEADER: u32 = 58;

/// The sound with a WAV header before it.
pub fn of_mulaw(sound: &[u8]) -> Vec<u8> {
    let length = u32::try_from(sound.len()).expect("a sound of ours is shorter than six days");
    let mut file = Vec::with_capacity(sound.len() + HEADER as usize);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(HEADER - 8 + length).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&18_u32.to_le_bytes());
    for field in [MULAW, 1] {
        file.extend_from_slice(&field.to_le_bytes());
    }
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&RATE.to_le_bytes());
    for field in [1_u16, 8, 0] {
        file.extend_from_slice(&field.to_le_bytes());
    }
    file.extend_from_slice(b"fact");
    file.extend_from_slice(&4_u32.to_le_bytes());
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(sound);
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_mu_law_and_the_right_lengths() {
        let file = of_mulaw(&[0xFF; 160]);
        assert_eq!(file.len(), 58 + 160);
        assert_eq!((&file[..4], &file[8..16]), (&b"RIFF"[..], &b"WAVEfmt "[..]));
        assert_eq!(u32::from_le_bytes(file[4..8].try_into().unwrap()), 50 + 160);
        assert_eq!(u16::from_le_bytes(file[20..22].try_into().unwrap()), 7);
        assert_eq!(
            (&file[50..54], u32::from_le_bytes(file[54..58].try_into().unwrap())),
            (&b"data"[..], 160)
        );
    }
}
