//! Evidence that the sleeper is up: which kinds there are, how strong each is, and sets of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One kind of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// She said the word (`goodbye`) as a whole word; counts only once the others are satisfied.
    Word,
    /// She pressed, or said, the digits that the coach had told her.
    Key,
    /// She gave the code of the day, which stands where she has to get up to read it.
    Code,
    /// She solved two of three sums, and was not slow about it.
    Sum,
    /// The conversation itself, graded over several answers, with the reason.
    Conversation,
    /// She was at a place: the doorbell's sensor, a printed code scanned, a button.
    Place,
}

impl Proof {
    /// Every kind, in the order in which a call asks for them: talk first, the walk last but one, the
    /// word at the end.
    pub const ALL: [Self; 6] =
        [Self::Conversation, Self::Key, Self::Code, Self::Sum, Self::Place, Self::Word];

    /// The word for tables, logs, the database and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Key => "key",
            Self::Code => "code",
            Self::Sum => "sum",
            Self::Conversation => "conversation",
            Self::Place => "place",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proof| proof.name() == name)
    }

    /// How hard it is to give while going back to sleep, from 1 (a reflex will do) to 5.
    pub fn level(self) -> u8 {
        match self {
            Self::Word => 1,
            Self::Key | Self::Code => 2,
            Self::Sum => 3,
            Self::Conversation => 4,
            Self::Place => 5,
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of proofs; written `conversation,place`, and as a list of words in JSON.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Proof>", into = "Vec<Proof>")]
pub struct Proofs(u8);

impl Proofs {
    /// No proof at all.
    pub const NONE: Self = Self(0);

    /// The kinds given; order and repetition do not matter.
    pub fn of(proofs: &[Proof]) -> Self {
        Self(proofs.iter().fold(0, |bits, proof| bits | proof.bit()))
    }

    /// Whether the kind belongs to the set.
    pub fn contains(self, proof: Proof) -> bool {
        self.0 & proof.bit() != 0
    }

    /// The set with one more.
    #[must_use]
    pub const fn with(self, proof: Proof) -> Self {
        Self(self.0 | proof.bit())
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// True when there is nothing in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The kinds, in the order in which a call asks for them.
    pub fn iter(self) -> impl Iterator<Item = Proof> {
        Proof::ALL.into_iter().filter(move |proof| self.contains(*proof))
    }
}

impl From<Proofs> for Vec<Proof> {
    fn from(proofs: Proofs) -> Self {
        proofs.iter().collect()
    }
}

impl From<Vec<Proof>> for Proofs {
    fn from(proofs: Vec<Proof>) -> Self {
        Self::of(&proofs)
    }
}

impl fmt::Display for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Proof::name).collect();
        f.write_str(&names.join(","))
    }
}

impl fmt::Debug for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proofs({self})")
    }
}

/// A word that names no proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a proof: choose among word, key, code, sum, conversation and place")]
pub struct NotAProof(pub String);

impl FromStr for Proofs {
    type Err = NotAProof;

    /// Reads `conversation,place`; spaces and plus signs separate as well.
    fn from_str(text: &str) -> Result<Self, NotAProof> {
        let mut proofs = Self::NONE;
        for word in text.split([',', '+', ' ']).map(str::trim).filter(|word| !word.is_empty()) {
            let known = Proof::from_name(&word.to_lowercase());
            proofs = proofs.with(known.ok_or_else(|| NotAProof(word.to_owned()))?);
        }
        if proofs.is_empty() { Err(NotAProof(text.to_owned())) } else { Ok(proofs) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_written_as_people_list_them() {
        for (text, shown) in
            [("place,conversation", "conversation,place"), ("Sum + key", "key,sum"), ("word word", "word")]
        {
            assert_eq!(text.parse::<Proofs>().unwrap().to_string(), shown);
        }
        for bad in ["", "sums", "place,smile", ","] {
            assert!(bad.parse::<Proofs>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_set_is_a_list_of_words_in_json() {
        let both = Proofs::of(&[Proof::Place, Proof::Conversation]);
        let json = serde_json::to_string(&both).unwrap();
        assert_eq!(json, r#"["conversation","place"]"#);
        assert_eq!(serde_json::from_str::<Proofs>(&json).unwrap(), both);
        assert!(serde_json::from_str::<Proofs>(r#"["smile"]"#).is_err());
    }

    #[test]
    fn every_kind_reads_back_and_stronger_kinds_have_higher_levels() {
        assert!(Proof::ALL.into_iter().all(|proof| Proof::from_name(proof.name()) == Some(proof)));
        assert!(Proof::Word.level() < Proof::Code.level() && Proof::Sum.level() < Proof::Place.level());
        let all = Proofs::of(&Proof::ALL);
        assert_eq!(all.without(Proofs::of(&[Proof::Word])).iter().last(), Some(Proof::Place));
    }
}
