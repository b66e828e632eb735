//! The sleeper's voice on its way to the model: holes filled, stale audio dropped.
//!
//! The model counts audio, not time: without frames its voice detection never ends a turn.

use std::time::Duration;

use crate::realtime::audio::{FRAME, bytes_in, playing_time};

/// Holes longer than this are not filled: the model need not hear a lost minute.
const LONGEST_FILL: Duration = Duration::from_secs(10);
/// With a turn open, so long without a frame means that the line has gone quiet on us.
const IDLE: Duration = Duration::from_millis(750);
/// What is then given to the model, so that it can end the turn.
const IDLE_FILL: Duration = Duration::from_secs(1);
/// After a stall the line delivers everything at once. The model swallows that at once too, but words
/// older than this answer a question nobody remembers.
const STALE_AFTER: Duration = Duration::from_secs(2);

/// What to do with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inbound {
    /// Hand it on.
    Forward,
    /// Hand on so many bytes of silence first, then the frame.
    ForwardAfter {
        /// Bytes of mu-law silence.
        silence: usize,
    },
    /// Drop it: it comes far too late.
    Drop,
}

#[derive(Debug, Default)]
pub(super) struct Uplink {
    /// The line's time at which the next frame should start.
    expected: Option<Duration>,
    last_frame_at: Option<Duration>,
    /// The least delay seen between the line's clock and ours.
    least_delay: Option<i128>,
    /// Silence given in advance while no frames came; a later hole is shorter by it.
    advanced: Duration,
    pub frames_in: u64,
    pub stale_frames: u64,
    pub filled_ms: u64,
}

impl Uplink {
    /// Judges a frame of `bytes` that starts at `timestamp_ms` of the line's time.
    pub fn on_frame(&mut self, timestamp_ms: u64, bytes: usize, now: Duration) -> Inbound {
        self.frames_in += 1;
        let starts_at = Duration::from_millis(timestamp_ms);
        let hole = self.expected.map_or(Duration::ZERO, |expected| starts_at.saturating_sub(expected));
        self.expected = Some(starts_at + playing_time(bytes as u64));
        self.last_frame_at = Some(now);
        let advanced = std::mem::take(&mut self.advanced);
        if self.is_stale(starts_at, now) {
            self.stale_frames += 1;
            return Inbound::Drop;
        }
        // The line rounds to whole milliseconds and its frames may wander by one frame.
        let hole = hole.saturating_sub(advanced);
        if hole < FRAME {
            return Inbound::Forward;
        }
        Inbound::ForwardAfter { silence: self.fill(hole.min(LONGEST_FILL)) }
    }

    fn is_stale(&mut self, starts_at: Duration, now: Duration) -> bool {
        let micros = |time: Duration| i128::try_from(time.as_micros()).unwrap_or(i128::MAX);
        let delay = micros(now) - micros(starts_at);
        let least = self.least_delay.map_or(delay, |least| least.min(delay));
        self.least_delay = Some(least);
        delay - least > micros(STALE_AFTER)
    }

    /// When silence must be given because no frames come.
    pub fn due(&self, speech_open: bool) -> Option<Duration> {
        let waiting = speech_open && self.advanced.is_zero();
        self.last_frame_at.filter(|_| waiting).map(|last| last + IDLE)
    }

    /// Bytes of silence to give now, 0 for none.
    pub fn tick(&mut self, speech_open: bool, now: Duration) -> usize {
        if self.due(speech_open).is_none_or(|due| now < due) {
            return 0;
        }
        self.advanced = IDLE_FILL;
        self.fill(IDLE_FILL)
    }

    fn fill(&mut self, length: Duration) -> usize {
        self.filled_ms += u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        usize::try_from(bytes_in(length)).expect("ten seconds of bytes fit")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_hole_is_filled_and_wandering_timestamps_are_not() {
        let mut uplink = Uplink::default();
        let frames = [(155, 0), (175, 20), (196, 40), (215, 60), (315, 160), (335, 180)];
        let seen = frames.map(|(timestamp, now)| uplink.on_frame(timestamp, 160, ms(now)));
        let filled = Inbound::ForwardAfter { silence: 640 };
        assert_eq!(seen[..4], [Inbound::Forward; 4]);
        assert_eq!(seen[4..], [filled, Inbound::Forward]);
        assert_eq!(uplink.filled_ms, 80);
    }

    #[test]
    fn a_very_long_hole_is_filled_for_ten_seconds_only() {
        let mut uplink = Uplink::default();
        uplink.on_frame(0, 160, ms(0));
        let filled = uplink.on_frame(60_000, 160, ms(60_000));
        assert_eq!(filled, Inbound::ForwardAfter { silence: 80_000 });
    }

    #[test]
    fn an_open_turn_without_frames_gets_a_second_of_silence_once() {
        let mut uplink = Uplink::default();
        uplink.on_frame(0, 160, ms(0));
        assert_eq!(uplink.tick(false, ms(9_000)), 0, "nobody is speaking");
        assert_eq!(uplink.tick(true, ms(749)), 0);
        assert_eq!(uplink.tick(true, ms(750)), 8_000);
        assert_eq!(uplink.tick(true, ms(5_000)), 0, "once is enough");
        // The hole of two seconds was half filled already.
        let filled = uplink.on_frame(2_020, 160, ms(2_020));
        assert_eq!(filled, Inbound::ForwardAfter { silence: 8_000 });
    }

    #[test]
    fn audio_that_comes_too_late_is_dropped_until_the_line_has_caught_up() {
        let mut uplink = Uplink::default();
        uplink.on_frame(0, 160, ms(100));
        // Three seconds of stall, then everything at once.
        let caught_up = (1_u64..=150).map(|n| uplink.on_frame(n * 20, 160, ms(3_100)));
        let kept = caught_up.filter(|inbound| *inbound == Inbound::Forward).count();
        assert_eq!((kept, uplink.stale_frames), (101, 49));
    }
}
