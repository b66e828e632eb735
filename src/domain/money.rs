//! Money spent on a call, in whole micro-dollars so that sums stay exact.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// An amount in millionths of a US dollar, the currency in which both vendors bill.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MicroDollars(pub i64);

impl Add for MicroDollars {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for MicroDollars {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for MicroDollars {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for MicroDollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Four digits after the point: a turn of the chat model costs a hundredth of a cent.
        let hundredths_of_a_cent = (self.0.unsigned_abs() + 50) / 100;
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}${}.{:04}", hundredths_of_a_cent / 10_000, hundredths_of_a_cent % 10_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_show_hundredths_of_a_cent() {
        assert_eq!(MicroDollars(7_206).to_string(), "$0.0072");
        assert_eq!(MicroDollars(1_300_050).to_string(), "$1.3001");
        assert_eq!(MicroDollars(-49).to_string(), "-$0.0000");
    }
}
