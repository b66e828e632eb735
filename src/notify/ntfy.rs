//! A text for a topic of ntfy, or of a server with the same protocol.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::CONTENT_TYPE;
use secrecy::ExposeSecret as _;
use url::Url;

use super::{Message, Notifier, NotifyError};
use crate::domain::notice::News;

impl Notifier {
    /// Posts the text to the topic at `address`, once.
    pub async fn by_ntfy(&self, address: &Url, message: &Message<'_>) -> Result<(), NotifyError> {
        let (words, news) = (message.words, message.facts.news);
        self.post_text(address, &words.title, words.text.clone(), priority(news), tag(news)).await
    }

    pub(super) async fn post_text(
        &self,
        address: &Url,
        title: &str,
        text: String,
        priority: &'static str,
        tag: &'static str,
    ) -> Result<(), NotifyError> {
        let mut request = self
            .http
            .post(address.clone())
            .header(CONTENT_TYPE, "text/plain; charset=utf-8")
            .header("Title", in_a_header(title))
            .header("Priority", priority)
            .header("Tags", tag);
        // The token is for the owner's server; a contact's may be somebody else's.
        let same_server =
            self.settings.ntfy.as_ref().is_some_and(|owners| owners.origin() == address.origin());
        if let (Some(token), true) = (&self.settings.ntfy_token, same_server) {
            request = request.bearer_auth(token.expose_secret());
        }
        self.post(request.body(text)).await
    }
}

/// From 1 to 5; from 4 on, a telephone makes itself heard.
fn priority(news: News) -> &'static str {
    match news {
        News::Missed => "5",
        News::SlowToWake => "4",
        News::RangLate | News::UpAfterAll => "3",
    }
}

/// The server shows it as a little picture.
fn tag(news: News) -> &'static str {
    match news {
        News::Missed => "rotating_light",
        News::SlowToWake => "warning",
        News::RangLate => "hourglass",
        News::UpAfterAll => "white_check_mark",
    }
}

/// Headers hold ASCII; the server reads anything else as RFC 2047 writes it.
fn in_a_header(text: &str) -> String {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_owned();
    }
    format!("=?UTF-8?B?{}?=", STANDARD.encode(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_survives_the_header_whatever_letters_it_has() {
        assert_eq!(in_a_header("Anna was not woken"), "Anna was not woken");
        assert_eq!(in_a_header("Zoë"), "=?UTF-8?B?Wm/Dqw==?=");
        assert_eq!(in_a_header("a\r\nX-Evil: 1"), "=?UTF-8?B?YQ0KWC1FdmlsOiAx?=");
    }
}
