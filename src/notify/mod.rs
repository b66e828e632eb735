//! Tells people other than the sleeper: by webhook, or through ntfy.
//!
//! One request, one answer, a deadline; what was told when and what is tried again is kept by whoever calls
//! ([`crate::calls`]), who also makes the telephone calls. [`words`] finds the words.

mod alert;
mod ntfy;
mod post;
mod signing;
mod webhook;
pub mod words;

use jiff::Timestamp;
use url::Url;

use crate::clock::SharedClock;
use crate::config::NotifySettings;
use crate::domain::ids::{NoticeId, OccurrenceId};
use crate::domain::notice::Channel;
pub use alert::AlertMessage;
use words::{Facts, Words};

/// One piece of news on its way to one person.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The same at every try, so that a receiver can recognise a repetition.
    pub id: NoticeId,
    /// Which wake-up it is about.
    pub occurrence: OccurrenceId,
    /// When it is sent.
    pub sent_at: Timestamp,
    /// What is known.
    pub facts: &'a Facts,
    /// The same in words.
    pub words: &'a Words,
}

/// Why somebody was not told, by what to do next. No variant's text holds an address.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The server will not take it: trying again would only annoy.
    #[error("the server refused the message (status {status})")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// It may pass; and with a late answer, they may have been told.
    #[error("the server {why}")]
    NotNow {
        /// What it did, as a sentence's middle.
        why: String,
    },
}

/// Sends messages.
#[derive(Debug, Clone)]
pub struct Notifier {
    http: reqwest::Client,
    settings: NotifySettings,
    clock: SharedClock,
}

impl Notifier {
    /// Sets up the client; `http` must not follow redirects (see [`crate::http::client`]).
    pub fn new(http: reqwest::Client, settings: NotifySettings, clock: SharedClock) -> Self {
        Self { http, settings, clock }
    }

    /// The ways by which the owner is told.
    pub fn owner_channels(&self) -> impl Iterator<Item = Channel> {
        let ways = [
            (Channel::Webhook, self.settings.webhook.is_some()),
            (Channel::Ntfy, self.settings.ntfy.is_some()),
        ];
        ways.into_iter().filter(|(_, there)| *there).map(|(channel, _)| channel)
    }

    /// Where the owner is told; `None` when not by this way.
    pub fn owner_address(&self, channel: Channel) -> Option<&Url> {
        match channel {
            Channel::Webhook => self.settings.webhook.as_ref(),
            Channel::Ntfy => self.settings.ntfy.as_ref(),
            Channel::Phone => None,
        }
    }
}

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
