//! What happened, as a number that tells two runs apart, and as lines for whoever replays a seed.

use std::fmt::Write as _;

use jiff::Timestamp;

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// A hash of everything that happened, and the lines when they are wanted.
#[derive(Debug)]
pub(super) struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    pub(super) fn new(wanted: bool) -> Self {
        Self { hash: FNV_OFFSET, lines: wanted.then(Vec::new) }
    }

    /// Something happened; the words are only made when somebody reads them.
    pub(super) fn note(
        &mut self,
        now_ms: i64,
        what: &'static str,
        which: usize,
        words: impl FnOnce() -> String,
    ) {
        self.mix(now_ms.cast_unsigned());
        self.mix(which as u64);
        self.mix(what.len() as u64 ^ u64::from(what.as_bytes()[0]) << 8);
        if let Some(lines) = &mut self.lines {
            let at = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::MIN);
            let mut line = format!("{at:.3} {what}");
            let words = words();
            if !words.is_empty() {
                let _infallible = write!(line, ": {words}");
            }
            lines.push(line);
        }
    }

    /// Mixes a number in.
    pub(super) fn mix(&mut self, number: u64) {
        self.hash = (self.hash ^ number).wrapping_mul(FNV_PRIME).rotate_left(23);
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }
}
