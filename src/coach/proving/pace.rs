//! How quick an answer has to be, by her own pace.

use std::time::Duration;

/// A slow answer is a sleepy one (Santhi 2013: speed suffers before accuracy); this long while nothing is
/// known of her own pace.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(8);
/// Her own pace says something once it is known from this many right answers.
const ANSWERS_FOR_A_PACE: usize = 5;
/// However quick she is, this much is no sign of sleep; however slow, this much is.
const QUICKEST_LIMIT: Duration = Duration::from_secs(4);
const SLOWEST_LIMIT: Duration = Duration::from_secs(10);

/// How long a right answer may take her: twice her own median, within reason.
pub fn answer_limit(earlier: &[Duration]) -> Duration {
    if earlier.len() < ANSWERS_FOR_A_PACE {
        return ANSWER_WITHIN;
    }
    let mut sorted = earlier.to_vec();
    sorted.sort_unstable();
    (sorted[sorted.len() / 2] * 2).clamp(QUICKEST_LIMIT, SLOWEST_LIMIT)
}
