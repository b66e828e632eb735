//! Tells the owner of an incident of the program itself, in the same two ways.

use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use super::{Notifier, NotifyError};
use crate::domain::alert::AlertKind;
use crate::domain::ids::AlertId;

/// One incident on its way to the owner.
#[derive(Debug, Clone, Copy)]
pub struct AlertMessage<'a> {
    /// The same at every try.
    pub id: AlertId,
    /// What has happened.
    pub kind: AlertKind,
    /// What it is about; may be empty.
    pub subject: &'a str,
    /// The particulars.
    pub detail: &'a str,
    /// When it happened.
    pub raised_at: Timestamp,
    /// When it is sent.
    pub sent_at: Timestamp,
}

/// The document; fields are added, never changed.
#[derive(Debug, Serialize)]
struct Document<'a> {
    id: String,
    /// `alert.doubled` and its like.
    #[serde(rename = "type")]
    kind: String,
    timestamp: String,
    alert: About<'a>,
    title: &'a str,
    text: String,
}

#[derive(Debug, Serialize)]
struct About<'a> {
    kind: &'static str,
    subject: &'a str,
    detail: &'a str,
    raised_at: String,
}

impl AlertMessage<'_> {
    fn text(&self) -> String {
        let (detail, advice) = (self.detail, self.kind.advice());
        let subject = if self.subject.is_empty() { String::new() } else { format!(" ({})", self.subject) };
        if detail.is_empty() { format!("{advice}{subject}") } else { format!("{detail}{subject}. {advice}") }
    }

    fn body(&self) -> String {
        let document = Document {
            id: self.id.to_string(),
            kind: format!("alert.{}", self.kind.name()),
            timestamp: self.sent_at.to_string(),
            alert: About {
                kind: self.kind.name(),
                subject: self.subject,
                detail: self.detail,
                raised_at: self.raised_at.to_string(),
            },
            title: self.kind.title(),
            text: self.text(),
        };
        serde_json::to_string(&document).expect("words and numbers are always JSON")
    }
}

impl Notifier {
    /// Posts an alert to `address` as JSON, once.
    pub async fn alert_by_webhook(
        &self,
        address: &Url,
        message: &AlertMessage<'_>,
    ) -> Result<(), NotifyError> {
        let id = message.id.to_string();
        self.post_json(address, &id, message.sent_at.as_second(), message.body()).await
    }

    /// Posts an alert to the topic at `address`, once.
    pub async fn alert_by_ntfy(&self, address: &Url, message: &AlertMessage<'_>) -> Result<(), NotifyError> {
        let (priority, tag) =
            if message.kind.is_grave() { ("5", "rotating_light") } else { ("3", "warning") };
        self.post_text(address, message.kind.title(), message.text(), priority, tag).await
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::super::fake::{Does, Fake};
    use super::*;
    use crate::config::NotifySettings;
    use crate::http;

    async fn sends(kind: AlertKind, by_ntfy: bool) -> String {
        let fake = Fake::doing(vec![Does::Answers("200 OK", String::new())]).await;
        let settings = NotifySettings { secret: Some("whsec_c2VjcmV0".into()), ..NotifySettings::default() };
        let notifier = Notifier::new(http::client(), settings, fake.clock.clone());
        let at: Timestamp = "2026-03-02T05:40:00Z".parse().unwrap();
        let message = AlertMessage {
            id: AlertId::new(at, &mut StdRng::seed_from_u64(1)),
            kind,
            subject: "CA1",
            detail: "found on the carrier's list",
            raised_at: at,
            sent_at: at,
        };
        let sent = if by_ntfy {
            notifier.alert_by_ntfy(&fake.url, &message).await
        } else {
            notifier.alert_by_webhook(&fake.url, &message).await
        };
        sent.unwrap();
        fake.only_request()
    }

    #[tokio::test]
    async fn a_webhook_tells_kind_and_subject_and_is_signed() {
        let request = sends(AlertKind::AlienCall, false).await;
        assert!(request.contains("webhook-signature: v1,"), "{request}");
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        let document: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(document["type"], "alert.alien_call");
        assert_eq!(document["alert"]["subject"], "CA1");
        assert_eq!(document["alert"]["raised_at"], "2026-03-02T05:40:00Z");
        assert!(document["text"].as_str().unwrap().contains("replace the account's keys"), "{document}");
    }

    #[tokio::test]
    async fn ntfy_rings_louder_for_what_is_grave() {
        for (kind, priority) in [(AlertKind::Doubled, "priority: 5"), (AlertKind::ClockStep, "priority: 3")] {
            let request = sends(kind, true).await;
            assert!(request.contains(priority) && request.contains("title: "), "{request}");
        }
    }
}
