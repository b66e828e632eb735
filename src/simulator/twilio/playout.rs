//! What the coach's audio does at the carrier: queued, played at real time, marked, cleared.
//!
//! Pure arithmetic: the stream tells it what time it is. mu-law at 8 kHz is one byte each 125 µs.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use crate::simulator::voices::{FRAME, is_loud};

use super::recording::Stretch;

/// More than ten minutes of queued audio is thrown away (31931).
pub(super) const BUFFER_MAX: usize = 10 * 60 * 8_000;

/// How long `bytes` of mu-law play.
pub(super) fn playing_time(bytes: usize) -> Duration {
    Duration::from_micros(bytes as u64 * 125)
}

/// How many bytes of mu-law play within `length`.
pub(super) fn bytes_within(length: Duration) -> usize {
    usize::try_from(length.as_micros() / 125).unwrap_or(usize::MAX)
}

/// Something that happened on the line at a known moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    pub at: Duration,
    pub what: Heard,
}

/// What a listener at the carrier's end of the line notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// Playback reached a mark.
    Mark(String),
    /// The coach became audible.
    VoiceBegan,
    /// The coach fell silent: nothing queued, or only silence.
    VoicePaused,
}

#[derive(Debug)]
enum Queued {
    Audio { bytes: Bytes, loud: bool },
    Mark(String),
}

/// The queue of one media stream and its playback clock.
#[derive(Debug)]
pub(super) struct Playout {
    queue: VecDeque<Queued>,
    buffered: usize,
    /// Everything before this moment has been played.
    cursor: Duration,
    audible: bool,
    played: Vec<Stretch>,
    played_bytes: usize,
}

impl Playout {
    /// An empty queue at `now`.
    pub(super) fn new(now: Duration) -> Self {
        let (queue, played) = (VecDeque::new(), Vec::new());
        Self { queue, buffered: 0, cursor: now, audible: false, played, played_bytes: 0 }
    }

    /// Queues audio; `false` when the buffer is full and it was thrown away.
    pub(super) fn receive(&mut self, bytes: &Bytes) -> bool {
        if self.buffered + bytes.len() > BUFFER_MAX {
            return false;
        }
        self.buffered += bytes.len();
        // Judged frame by frame, so that a silent tail does not count as speaking.
        let mut rest = bytes.clone();
        while !rest.is_empty() {
            let frame = rest.split_to(FRAME.min(rest.len()));
            let loud = is_loud(&frame);
            self.queue.push_back(Queued::Audio { bytes: frame, loud });
        }
        true
    }

    /// Queues a mark behind the audio received so far.
    pub(super) fn mark(&mut self, name: String) {
        self.queue.push_back(Queued::Mark(name));
    }

    /// Throws away what is queued; the names of all pending marks, which are echoed at once, and the bytes lost.
    pub(super) fn clear(&mut self) -> (Vec<String>, usize) {
        let dropped = std::mem::take(&mut self.buffered);
        let names = self.queue.drain(..).filter_map(|queued| match queued {
            Queued::Mark(name) => Some(name),
            Queued::Audio { .. } => None,
        });
        (names.collect(), dropped)
    }

    /// Plays up to `now` and tells what was heard meanwhile, in order.
    pub(super) fn advance(&mut self, now: Duration) -> Vec<Moment> {
        let mut moments = Vec::new();
        while let Some(front) = self.queue.front_mut() {
            let played = match front {
                Queued::Mark(name) => {
                    let name = std::mem::take(name);
                    moments.push(Moment { at: self.cursor, what: Heard::Mark(name) });
                    self.queue.pop_front();
                    continue;
                }
                Queued::Audio { bytes, loud } => {
                    let due = bytes_within(now.saturating_sub(self.cursor)).min(bytes.len());
                    if due == 0 {
                        return moments;
                    }
                    if *loud != self.audible {
                        self.audible = *loud;
                        let what = if *loud { Heard::VoiceBegan } else { Heard::VoicePaused };
                        moments.push(Moment { at: self.cursor, what });
                    }
                    bytes.split_to(due)
                }
            };
            if matches!(self.queue.front(), Some(Queued::Audio { bytes, .. }) if bytes.is_empty()) {
                self.queue.pop_front();
            }
            self.note(played);
        }
        if std::mem::take(&mut self.audible) {
            moments.push(Moment { at: self.cursor, what: Heard::VoicePaused });
        }
        self.cursor = self.cursor.max(now);
        moments
    }

    /// When something will next be heard if nothing more is received.
    pub(super) fn next_at(&self) -> Option<Duration> {
        let mut ahead = 0;
        let mut audible = self.audible;
        for queued in &self.queue {
            match queued {
                Queued::Mark(_) => return Some(self.cursor + playing_time(ahead)),
                // One sample into the frame: that is when `advance` notices.
                Queued::Audio { loud, .. } if *loud != audible => {
                    return Some(self.cursor + playing_time(ahead + 1));
                }
                Queued::Audio { bytes, loud } => {
                    ahead += bytes.len();
                    audible = *loud;
                }
            }
        }
        (ahead > 0).then(|| self.cursor + playing_time(ahead))
    }

    /// Takes what has been played since the last time, each stretch with its moment.
    pub(super) fn take_played(&mut self) -> Vec<Stretch> {
        std::mem::take(&mut self.played)
    }

    /// How many bytes have been played in all.
    pub(super) fn played_bytes(&self) -> usize {
        self.played_bytes
    }

    fn note(&mut self, bytes: Bytes) {
        self.buffered -= bytes.len();
        self.played_bytes += bytes.len();
        let at = self.cursor;
        self.cursor += playing_time(bytes.len());
        self.played.push(Stretch { at, bytes });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn speech(millis: usize) -> Bytes {
        Bytes::from(vec![0x00; millis * 8])
    }

    fn names(moments: &[Moment]) -> Vec<(u64, String)> {
        let at = |moment: &Moment| u64::try_from(moment.at.as_millis()).unwrap();
        moments.iter().map(|moment| (at(moment), format!("{:?}", moment.what))).collect()
    }

    #[test]
    fn a_mark_is_echoed_when_playback_reaches_it() {
        let mut line = Playout::new(ms(100));
        line.receive(&speech(50));
        line.mark("a".into());
        assert_eq!(names(&line.advance(ms(149))), [(100, "VoiceBegan".into())]);
        assert_eq!(line.next_at(), Some(ms(150)));
        let ended = [(150, "Mark(\"a\")".into()), (150, "VoicePaused".into())];
        assert_eq!(names(&line.advance(ms(400))), ended);
        assert_eq!(line.next_at(), None);
    }

    #[test]
    fn a_mark_behind_nothing_is_echoed_at_once() {
        let mut line = Playout::new(ms(0));
        line.mark("a".into());
        assert_eq!(names(&line.advance(ms(0))), [(0, "Mark(\"a\")".into())]);
    }

    #[test]
    fn audio_after_a_pause_starts_when_it_comes() {
        let mut line = Playout::new(ms(0));
        line.receive(&speech(20));
        line.advance(ms(500));
        line.receive(&speech(20));
        line.advance(ms(600));
        let starts: Vec<_> = line.take_played().iter().map(|stretch| stretch.at).collect();
        assert_eq!(starts, [ms(0), ms(500)]);
        assert_eq!(line.played_bytes(), 320);
    }

    #[test]
    fn a_clear_keeps_what_was_played_and_echoes_every_pending_mark() {
        let mut line = Playout::new(ms(0));
        line.receive(&speech(100));
        line.mark("a".into());
        line.receive(&speech(100));
        line.mark("b".into());
        line.advance(ms(30));
        assert_eq!(line.clear(), (vec!["a".to_owned(), "b".to_owned()], 170 * 8));
        assert_eq!(line.played_bytes(), 30 * 8);
        assert_eq!(names(&line.advance(ms(31))), [(30, "VoicePaused".into())]);
    }

    #[test]
    fn queued_silence_is_not_the_coach_speaking() {
        let mut line = Playout::new(ms(0));
        line.receive(&Bytes::from(vec![0xff; 320]));
        line.receive(&speech(20));
        assert_eq!(names(&line.advance(ms(70))), [(40, "VoiceBegan".into()), (60, "VoicePaused".into())]);
    }

    #[test]
    fn more_than_ten_minutes_are_thrown_away() {
        let mut line = Playout::new(ms(0));
        assert!(line.receive(&Bytes::from(vec![0; BUFFER_MAX])));
        assert!(!line.receive(&speech(1)));
    }
}
