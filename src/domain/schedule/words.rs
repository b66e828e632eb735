//! Lengths of time as people say them.

use jiff::SignedDuration;

/// A length of time as people say it: `7 h 12 min`, `45 s`.
pub fn in_words(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_read_like_speech() {
        let say = |seconds| in_words(SignedDuration::from_secs(seconds));
        assert_eq!(
            [say(-5), say(45), say(600), say(25_920), say(200_000)],
            ["0 s", "45 s", "10 min", "7 h 12 min", "2 d 7 h"]
        );
    }
}
