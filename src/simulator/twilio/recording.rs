//! A call as it sounded: two tracks of mu-law, the sleeper left, the coach right.

use std::time::Duration;

use bytes::Bytes;

use crate::simulator::voices::SILENCE;

use super::playout::{bytes_within, playing_time};

/// A piece of sound and the moment it began, since the call was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// When its first sample was played.
    pub at: Duration,
    /// mu-law, 8 kHz.
    pub bytes: Bytes,
}

impl Stretch {
    /// When its last sample has been played.
    pub fn end(&self) -> Duration {
        self.at + playing_time(self.bytes.len())
    }
}

/// Recordings stop growing here: half an hour is longer than any wake-up call should be.
pub(super) const LENGTH_MAX: Duration = Duration::from_mins(30);

/// Both sides of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recording {
    /// What the sleeper said.
    pub sleeper: Vec<Stretch>,
    /// What the coach's side really played.
    pub coach: Vec<Stretch>,
}

/// mu-law in a WAV file, by the format registry.
const FORMAT_MULAW: u16 = 7;
const CHANNELS: u16 = 2;
const RATE: u32 = 8_000;

impl Recording {
    /// How long it lasts: to the end of the last sound.
    pub fn length(&self) -> Duration {
        self.sleeper.iter().chain(&self.coach).map(Stretch::end).max().unwrap_or_default()
    }

    /// The left and the right track, in full, with silence where nobody spoke.
    pub fn tracks(&self) -> (Vec<u8>, Vec<u8>) {
        let length = bytes_within(self.length().min(LENGTH_MAX));
        (track(&self.sleeper, length), track(&self.coach, length))
    }

    /// A WAV file that any player opens: stereo mu-law, 8 kHz.
    pub fn wav(&self) -> Vec<u8> {
        let (left, right) = self.tracks();
        let samples: Vec<u8> = left.into_iter().zip(right).flat_map(|(left, right)| [left, right]).collect();
        let size = u32::try_from(samples.len()).expect("half an hour of sound is far below 4 GiB");
        let mut file = Vec::with_capacity(58 + samples.len());
        file.extend_from_slice(b"RIFF");
        file.extend_from_slice(&(50 + size).to_le_bytes());
        file.extend_from_slice(b"WAVEfmt ");
        file.extend_from_slice(&18_u32.to_le_bytes());
        file.extend_from_slice(&FORMAT_MULAW.to_le_bytes());
        file.extend_from_slice(&CHANNELS.to_le_bytes());
        file.extend_from_slice(&RATE.to_le_bytes());
        file.extend_from_slice(&(RATE * u32::from(CHANNELS)).to_le_bytes());
        file.extend_from_slice(&CHANNELS.to_le_bytes()); // bytes in a block: one a channel
        file.extend_from_slice(&8_u16.to_le_bytes()); // bits in a sample
        file.extend_from_slice(&0_u16.to_le_bytes()); // no extension, but its length must be there
        file.extend_from_slice(b"fact");
        file.extend_from_slice(&4_u32.to_le_bytes());
        file.extend_from_slice(&(size / u32::from(CHANNELS)).to_le_bytes());
        file.extend_from_slice(b"data");
        file.extend_from_slice(&size.to_le_bytes());
        file.extend_from_slice(&samples);
        file
    }
}

fn track(stretches: &[Stretch], length: usize) -> Vec<u8> {
    let mut track = vec![SILENCE; length];
    for stretch in stretches {
        let start = bytes_within(stretch.at).min(length);
        let end = (start + stretch.bytes.len()).min(length);
        track[start..end].copy_from_slice(&stretch.bytes[..end - start]);
    }
    track
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64, byte: u8) -> Stretch {
        Stretch { at: Duration::from_millis(millis), bytes: Bytes::from(vec![byte; 160]) }
    }

    #[test]
    fn the_sleeper_is_left_and_the_coach_right() {
        let recording = Recording { sleeper: vec![at(20, 1)], coach: vec![at(0, 2), at(40, 3)] };
        assert_eq!(recording.length(), Duration::from_millis(60));
        let (left, right) = recording.tracks();
        assert_eq!((left[0], left[160], left[320]), (0xff, 1, 0xff));
        assert_eq!((right[0], right[160], right[320]), (2, 0xff, 3));
    }

    #[test]
    fn the_file_says_what_is_in_it() {
        let file = Recording { sleeper: vec![at(0, 1)], coach: Vec::new() }.wav();
        assert_eq!(file.len(), 58 + 320);
        assert_eq!(&file[..4], b"RIFF");
        assert_eq!(u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize, file.len() - 8);
        assert_eq!(u16::from_le_bytes(file[20..22].try_into().unwrap()), 7);
        assert_eq!(&file[38..42], b"fact");
        assert_eq!(&file[58..62], [1, 0xff, 1, 0xff]);
    }
}
