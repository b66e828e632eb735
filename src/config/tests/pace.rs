use super::*;

#[test]
fn the_pace_of_calls_and_the_settling_time_have_bounds() {
    for (text, expected) in [("", 1.0), ("1", 1.0), ("0.5", 0.5), ("30", 30.0)] {
        assert_eq!(
            read(&[("WAKEUP_CALLS_PER_SECOND", text)]).unwrap().calls_per_second.to_bits(),
            f64::to_bits(expected)
        );
    }
    for wrong in ["0", "-1", "101", "one", "NaN", "inf"] {
        let found = problems(&[("WAKEUP_CALLS_PER_SECOND", wrong)]);
        assert!(found.ends_with("is not a possible number: write one from 0.1 to 100"), "{found}");
    }
    for (text, expected) in [("", 5), ("1", 1), ("120", 120)] {
        assert_eq!(read(&[("WAKEUP_SETTLE_SECS", text)]).unwrap().settle.as_secs(), expected, "{text}");
    }
    for wrong in ["0", "121", "5s", "-5"] {
        let found = problems(&[("WAKEUP_SETTLE_SECS", wrong)]);
        assert!(found.ends_with("is not a possible number of seconds: write one from 1 to 120"), "{found}");
    }
}
