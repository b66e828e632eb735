//! How far a call has come, in the carrier's words, and how to read its news in any order.

use std::fmt;

/// A call's status as the carrier tells it; words we do not know are kept as they came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CarrierStatus {
    /// Taken, and waiting for its turn to be dialled.
    Queued,
    /// Being dialled; seen in callbacks only.
    Initiated,
    /// The phone rings.
    Ringing,
    /// Somebody, or something, answered.
    InProgress,
    /// Media flowed, and the call is over. Voicemail also ends like this.
    Completed,
    /// The line was busy.
    Busy,
    /// It rang in vain.
    NoAnswer,
    /// The carrier could not put it through.
    Failed,
    /// Cancelled before it was answered.
    Canceled,
    /// A word the vendor sheet does not know.
    Other(String),
}

impl CarrierStatus {
    /// Reads the carrier's word; never fails.
    pub fn parse(word: &str) -> Self {
        match word {
            "queued" => Self::Queued,
            "initiated" => Self::Initiated,
            "ringing" => Self::Ringing,
            "in-progress" | "answered" => Self::InProgress,
            "completed" => Self::Completed,
            "busy" => Self::Busy,
            "no-answer" => Self::NoAnswer,
            "failed" => Self::Failed,
            "canceled" => Self::Canceled,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The carrier's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Queued => "queued",
            Self::Initiated => "initiated",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::NoAnswer => "no-answer",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Other(word) => word,
        }
    }

    /// True when nothing more can happen to the call.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Completed | Self::Busy | Self::NoAnswer | Self::Failed | Self::Canceled)
    }

    /// How far along the way; an unknown word stands before everything, so that it changes nothing.
    fn rank(&self) -> u8 {
        match self {
            Self::Other(_) => 0,
            Self::Queued => 1,
            Self::Initiated => 2,
            Self::Ringing => 3,
            Self::InProgress => 4,
            Self::Completed | Self::Busy | Self::NoAnswer | Self::Failed | Self::Canceled => 5,
        }
    }

    /// True when a call known to be at `known` is moved on by this status. Duplicates, late arrivals and
    /// a second ending move nothing.
    pub fn moves_on(&self, known: &Self) -> bool {
        self.rank() > known.rank()
    }
}

impl fmt::Display for CarrierStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known of one call's way, whatever order its news arrives in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallProgress {
    reached: Option<CarrierStatus>,
}

impl CallProgress {
    /// Starts from what is already known.
    pub fn from(reached: CarrierStatus) -> Self {
        Self { reached: Some(reached) }
    }

    /// The furthest status heard of; `None` before the first.
    pub fn reached(&self) -> Option<&CarrierStatus> {
        self.reached.as_ref()
    }

    /// Takes in one piece of news; true when it is news.
    pub fn on_status(&mut self, status: &CarrierStatus) -> bool {
        let is_news = match &self.reached {
            Some(known) => status.moves_on(known),
            None => true,
        };
        if is_news {
            self.reached = Some(status.clone());
        }
        is_news
    }
}

/// Who answered, in the opinion of the carrier's answering-machine detection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AnsweredBy {
    /// A person.
    Human,
    /// An answering machine, at whatever point of its greeting.
    Machine,
    /// A fax.
    Fax,
    /// The carrier could not tell.
    Unknown,
    /// A word the vendor sheet does not know.
    Other(String),
}

impl AnsweredBy {
    /// Reads the carrier's word; `None` for an empty one.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "" => None,
            "human" => Some(Self::Human),
            "fax" => Some(Self::Fax),
            "unknown" => Some(Self::Unknown),
            machine if machine.starts_with("machine") => Some(Self::Machine),
            other => Some(Self::Other(other.to_owned())),
        }
    }

    /// True when nobody is there to be woken. In doubt somebody is.
    pub fn is_machine(&self) -> bool {
        matches!(self, Self::Machine | Self::Fax)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 9] = [
        "queued",
        "initiated",
        "ringing",
        "in-progress",
        "completed",
        "busy",
        "no-answer",
        "failed",
        "canceled",
    ];

    #[test]
    fn words_survive_the_way_there_and_back_known_or_not() {
        for word in ALL.into_iter().chain(["paused", ""]) {
            assert_eq!(CarrierStatus::parse(word).to_string(), word);
        }
        assert_eq!(CarrierStatus::parse("answered"), CarrierStatus::InProgress);
    }

    #[test]
    fn in_whatever_order_and_however_often_the_news_comes_the_end_is_the_end() {
        for order in [
            ["initiated", "ringing", "in-progress", "completed"],
            ["completed", "in-progress", "ringing", "initiated"],
            ["ringing", "ringing", "completed", "in-progress"],
            ["completed", "completed", "failed", "paused"],
        ] {
            let mut progress = CallProgress::default();
            let news = order.map(|word| progress.on_status(&CarrierStatus::parse(word)));
            assert_eq!(progress.reached(), Some(&CarrierStatus::Completed), "{order:?}");
            let ends = order.iter().zip(news).filter(|(word, news)| **word == "completed" && *news).count();
            assert_eq!(ends, 1, "the end is news once: {order:?}");
        }
    }

    #[test]
    fn an_unknown_word_never_ends_a_call() {
        let mut progress = CallProgress::from(CarrierStatus::Ringing);
        assert!(!progress.on_status(&CarrierStatus::parse("paused")));
        assert_eq!(progress.reached(), Some(&CarrierStatus::Ringing));
    }

    #[test]
    fn machines_are_told_from_people_and_doubt_counts_as_a_person() {
        for (word, machine) in [
            ("human", false),
            ("machine_start", true),
            ("machine_end_beep", true),
            ("machine_end_other", true),
            ("fax", true),
            ("unknown", false),
            ("robot", false),
        ] {
            assert_eq!(AnsweredBy::parse(word).unwrap().is_machine(), machine, "{word}");
        }
        assert_eq!(AnsweredBy::parse(""), None);
    }
}
