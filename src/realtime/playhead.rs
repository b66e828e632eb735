//! How much of each item the sleeper has heard.
//!
//! The estimate is a cursor of our own: a frame begins to play when the last one ends, or when it is
//! sent. The way to the line takes as long for a frame as for the `clear` that stops it, so the delay
//! cancels. It is corrected by marks anchored on the line's own clock (the timestamp of the audio that
//! arrived just before the echo), and never leaves what was acknowledged below and what was sent above.

use std::time::Duration;

use super::audio::{bytes_in, playing_time, whole_ms};

/// Below this the two estimates agree as well as either can be trusted.
const AGREEMENT: Duration = Duration::from_millis(60);

/// One item's way through the line, in bytes of its audio.
#[derive(Debug, Clone, Default)]
pub struct Track {
    spans: Vec<Span>,
    received: u64,
    sent: u64,
    acked: u64,
    anchor: Option<Anchor>,
}

/// Frames that play without a gap.
#[derive(Debug, Clone, Copy)]
struct Span {
    starts_at: Duration,
    bytes: u64,
}

/// A place in the item, and the line's clock when it was played.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    bytes: u64,
    line_ms: u64,
}

impl Track {
    /// Notes audio that came from the model.
    pub fn receive(&mut self, bytes: u64) {
        self.received += bytes;
    }

    /// Audio received, in bytes.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Audio sent to the line, in bytes.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// When its first frame began to play; `None` while none was sent.
    pub fn began_at(&self) -> Option<Duration> {
        self.spans.first().map(|span| span.starts_at)
    }

    fn send(&mut self, bytes: u64, starts_at: Duration) {
        self.sent += bytes;
        match self.spans.last_mut() {
            Some(last) if last.starts_at + playing_time(last.bytes) == starts_at => last.bytes += bytes,
            _ => self.spans.push(Span { starts_at, bytes }),
        }
    }

    fn played_by_cursor(&self, now: Duration) -> u64 {
        let played = |span: &Span| bytes_in(now.saturating_sub(span.starts_at)).min(span.bytes);
        self.spans.iter().map(played).sum()
    }
}

/// The line's play-out as seen from here.
#[derive(Debug, Clone, Default)]
pub struct Playhead {
    /// Everything sent will have been played by then.
    cursor: Duration,
    line: Option<LineClock>,
    round_trip: Option<Duration>,
}

/// The line's clock, read off the audio it sends.
#[derive(Debug, Clone, Copy)]
struct LineClock {
    timestamp_ms: u64,
    arrived_at: Duration,
}

impl Playhead {
    /// How far the line is supplied beyond `now`.
    pub fn lead(&self, now: Duration) -> Duration {
        self.cursor.saturating_sub(now)
    }

    /// When everything sent will have been played.
    pub fn cursor(&self) -> Duration {
        self.cursor
    }

    /// Notes audio that leaves for the line now.
    pub fn send(&mut self, track: &mut Track, bytes: u64, now: Duration) {
        let starts_at = self.cursor.max(now);
        track.send(bytes, starts_at);
        self.cursor = starts_at + playing_time(bytes);
    }

    /// Notes audio from the line: its timestamp is the line's clock.
    pub fn on_media(&mut self, timestamp_ms: u64, now: Duration) {
        self.line = Some(LineClock { timestamp_ms, arrived_at: now });
    }

    /// Notes the echo of a mark that was sent while nothing played: it went there and back.
    pub fn on_probe(&mut self, round_trip: Duration) {
        self.round_trip = Some(self.round_trip.map_or(round_trip, |best| best.min(round_trip)));
    }

    /// Notes the echo of the mark after `bytes` of the item.
    pub fn on_echo(&self, track: &mut Track, bytes: u64) {
        track.acked = track.acked.max(bytes);
        track.anchor = self.line.map(|line| Anchor { bytes, line_ms: line.timestamp_ms });
    }

    /// Bytes of the item that will have been played when a `clear` sent now arrives.
    pub fn heard(&self, track: &Track, now: Duration) -> u64 {
        let by_cursor = track.played_by_cursor(now);
        let estimate = match self.played_by_anchor(track, now) {
            Some(by_anchor) if playing_time(by_anchor.abs_diff(by_cursor)) > AGREEMENT => by_anchor,
            _ => by_cursor,
        };
        estimate.max(track.acked).min(track.sent.min(track.received))
    }

    /// The same in whole milliseconds.
    pub fn heard_ms(&self, track: &Track, now: Duration) -> u64 {
        whole_ms(self.heard(track, now))
    }

    /// The line's own reckoning; `None` until an echo, some audio and the round trip are known.
    fn played_by_anchor(&self, track: &Track, now: Duration) -> Option<u64> {
        let (line, anchor, round_trip) = (self.line?, track.anchor?, self.round_trip?);
        let line_then =
            Duration::from_millis(line.timestamp_ms) + now.saturating_sub(line.arrived_at) + round_trip;
        let since_anchor = line_then.saturating_sub(Duration::from_millis(anchor.line_ms));
        Some((anchor.bytes + bytes_in(since_anchor)).min(track.sent))
    }

    /// The line has been cleared: the next frame plays at once.
    pub fn clear(&mut self, now: Duration) {
        self.cursor = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn playing(bytes: u64, at: Duration) -> (Playhead, Track) {
        let (mut playhead, mut track) = (Playhead::default(), Track::default());
        track.receive(bytes);
        playhead.send(&mut track, bytes, at);
        (playhead, track)
    }

    #[test]
    fn the_cursor_counts_from_the_moment_of_sending() {
        let (playhead, track) = playing(8_000, ms(500));
        for (now, heard) in [(0, 0), (500, 0), (501, 1), (900, 400), (1_500, 1_000), (9_000, 1_000)] {
            assert_eq!(playhead.heard_ms(&track, ms(now)), heard, "at {now}");
        }
    }

    #[test]
    fn a_pause_in_generation_is_not_heard() {
        let (mut playhead, mut track) = playing(1_600, ms(0));
        track.receive(1_600);
        playhead.send(&mut track, 1_600, ms(3_000));
        for (now, heard) in [(200, 200), (2_900, 200), (3_000, 200), (3_100, 300), (4_000, 400)] {
            assert_eq!(playhead.heard_ms(&track, ms(now)), heard, "at {now}");
        }
    }

    #[test]
    fn a_second_item_begins_when_the_first_ends() {
        let (mut playhead, first) = playing(8_000, ms(0));
        let mut second = Track::default();
        second.receive(8_000);
        playhead.send(&mut second, 8_000, ms(10));
        assert_eq!(playhead.heard_ms(&first, ms(1_200)), 1_000);
        assert_eq!(playhead.heard_ms(&second, ms(1_200)), 200);
        assert_eq!(playhead.heard_ms(&second, ms(900)), 0);
    }

    #[test]
    fn never_less_than_was_acknowledged_nor_more_than_was_sent() {
        let (playhead, mut track) = playing(8_000, ms(1_000));
        playhead.on_echo(&mut track, 2_400);
        assert_eq!(playhead.heard_ms(&track, ms(1_000)), 300);
        assert_eq!(playhead.heard_ms(&track, ms(90_000)), 1_000);
    }

    #[test]
    fn a_stalled_line_is_believed_over_the_cursor() {
        let (mut playhead, mut track) = playing(24_000, ms(0));
        playhead.on_probe(ms(80));
        // The line began to play 500 ms late: its clock says 540 when 160 ms have been played.
        playhead.on_media(540, ms(700));
        playhead.on_echo(&mut track, 1_280);
        playhead.on_media(700, ms(860));
        // Line time when our `clear` lands: 700 + 40 + 80 = 820, that is 280 ms after the anchor.
        assert_eq!(playhead.heard_ms(&track, ms(900)), 440);
    }

    #[test]
    fn small_differences_are_left_to_the_cursor() {
        let (mut playhead, mut track) = playing(24_000, ms(0));
        playhead.on_probe(ms(80));
        playhead.on_media(200, ms(240));
        playhead.on_echo(&mut track, 1_280);
        playhead.on_media(400, ms(440));
        assert_eq!(playhead.heard_ms(&track, ms(450)), 450);
    }
}
