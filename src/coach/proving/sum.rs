//! The sums that are asked: how they are drawn, and said.

use rand::{Rng, RngExt as _};
use serde::{Deserialize, Serialize};

use crate::coach::language::{Operation, Tongue};

/// Two steps, because one is answered from habit: `first + plus - minus`, always of two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// 21 to 59.
    pub first: i64,
    /// 3 to 19.
    pub plus: i64,
    /// 2 to 9.
    pub minus: i64,
}

impl Sum {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        Self {
            first: rng.random_range(21..=59),
            plus: rng.random_range(3..=19),
            minus: rng.random_range(2..=9),
        }
    }

    /// The right answer.
    pub fn answer(self) -> i64 {
        self.first + self.plus - self.minus
    }

    pub(super) fn in_words(self, tongue: Tongue) -> String {
        tongue.sum(self.first, &[(Operation::Plus, self.plus), (Operation::Minus, self.minus)])
    }
}

/// A sum that is open no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Before {
    pub sum: Sum,
    pub late: Late,
}

/// What an answer to it would be now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Late {
    /// The answer that she owes since she was silent.
    Owed,
    /// The one that she gave, once more.
    Again,
}
