//! What people other than the sleeper are told of a wake-up, by which way, and how often it is tried.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::ids::ContactId;

/// What there is to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// It rang much later than planned.
    RangLate,
    /// The calls have gone on for a while, and she is not up.
    SlowToWake,
    /// It was given up, and nobody knows whether she is up.
    Missed,
    /// She is up, and somebody was told that she was slow.
    UpAfterAll,
}

impl News {
    /// All of it, for reading back and for tests.
    pub const ALL: [Self; 4] = [Self::RangLate, Self::SlowToWake, Self::Missed, Self::UpAfterAll];

    /// The word for tables, logs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::RangLate => "rang_late",
            Self::SlowToWake => "slow_to_wake",
            Self::Missed => "missed",
            Self::UpAfterAll => "up_after_all",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|news| news.name() == name)
    }

    /// Whether the back-up people are told as well; the owner is told everything.
    pub fn concerns_contacts(self) -> bool {
        self != Self::RangLate
    }
}

/// A way to tell somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A signed JSON document is posted.
    Webhook,
    /// A text is posted to a topic of ntfy, or of a server with the same protocol.
    Ntfy,
    /// The telephone rings, and the message is read out.
    Phone,
}

/// Waits between posts: about an hour in all, since news of a morning are no news in the afternoon.
const POST_AGAIN_AFTER: [SignedDuration; 8] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_secs(15),
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(3),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(10),
    SignedDuration::from_mins(20),
    SignedDuration::from_mins(20),
];
/// Waits between calls. Like the sleeper's own: the second within three minutes passes Do Not Disturb.
const RING_AGAIN_AFTER: [SignedDuration; 3] =
    [SignedDuration::from_secs(90), SignedDuration::from_mins(5), SignedDuration::from_mins(10)];

impl Channel {
    /// All ways, for reading back and for tests.
    pub const ALL: [Self; 3] = [Self::Webhook, Self::Ntfy, Self::Phone];

    /// The word for tables, logs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Ntfy => "ntfy",
            Self::Phone => "phone",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }

    /// How long to wait after so many tries in vain; `None` when it is given up.
    pub fn again_after(self, tries: u32) -> Option<SignedDuration> {
        let waits: &[SignedDuration] = match self {
            Self::Webhook | Self::Ntfy => &POST_AGAIN_AFTER,
            Self::Phone => &RING_AGAIN_AFTER,
        };
        waits.get(tries.saturating_sub(1) as usize).copied()
    }
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// Whoever runs this program.
    Owner,
    /// A sleeper's back-up person.
    Contact(ContactId),
}

impl Recipient {
    /// Whom a log line may name.
    pub fn role(self) -> &'static str {
        match self {
            Self::Owner => "the owner",
            Self::Contact(_) => "the back-up person",
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => f.write_str("owner"),
            Self::Contact(id) => id.fmt(f),
        }
    }
}

impl FromStr for Recipient {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "owner" { Ok(Self::Owner) } else { text.parse().map(Self::Contact) }
    }
}

/// How far a telling has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// To be told, or told again.
    Pending,
    /// Told.
    Sent,
    /// Not told: it was tried as often as makes sense, or refused for good.
    GivenUp,
    /// Not told: it was not true any more before anybody was reached.
    Withdrawn,
}

impl NoticeState {
    /// The word for tables, logs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::GivenUp => "given_up",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Pending, Self::Sent, Self::GivenUp, Self::Withdrawn]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_others_are_not() {
        for news in News::ALL {
            assert_eq!(News::from_name(news.name()), Some(news));
        }
        for channel in Channel::ALL {
            assert_eq!(Channel::from_name(channel.name()), Some(channel));
        }
        for state in ["pending", "sent", "given_up", "withdrawn"] {
            assert_eq!(NoticeState::from_name(state).map(NoticeState::name), Some(state));
        }
        assert_eq!((News::from_name("up"), Channel::from_name("fax")), (None, None));
        assert_eq!(NoticeState::from_name("lost"), None);
    }

    #[test]
    fn a_recipient_is_the_owner_or_a_contact_and_nobody_else() {
        assert_eq!("owner".parse(), Ok(Recipient::Owner));
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let contact: Recipient = id.parse().unwrap();
        assert_eq!((contact.to_string(), contact.role()), (id.to_owned(), "the back-up person"));
        assert!("everybody".parse::<Recipient>().is_err());
    }

    #[test]
    fn tries_are_bounded_and_the_second_call_comes_within_three_minutes() {
        let tries =
            |channel: Channel| (1..100).take_while(|tries| channel.again_after(*tries).is_some()).count();
        assert_eq!((tries(Channel::Webhook), tries(Channel::Ntfy), tries(Channel::Phone)), (8, 8, 3));
        assert!(Channel::Phone.again_after(1).unwrap() < SignedDuration::from_mins(3));
        for channel in Channel::ALL {
            let waits: Vec<_> = (1..100).map_while(|tries| channel.again_after(tries)).collect();
            assert!(waits.is_sorted(), "{waits:?}");
        }
    }
}
