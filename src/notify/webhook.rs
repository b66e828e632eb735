//! A JSON document, posted and, where a secret is set, signed.

use reqwest::header::CONTENT_TYPE;
use serde::Serialize;
use url::Url;

use super::{Message, Notifier, NotifyError, signing};

/// The document; fields are added, never changed.
#[derive(Debug, Serialize)]
struct Document<'a> {
    /// The same at every try.
    id: String,
    /// `wake_up.missed` and its like.
    #[serde(rename = "type")]
    kind: String,
    /// When it was sent.
    timestamp: String,
    wake_up: WakeUp<'a>,
    title: &'a str,
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct WakeUp<'a> {
    id: String,
    sleeper: Option<&'a str>,
    /// An RFC 3339 instant with its zone in brackets (RFC 9557).
    due_at: String,
    zone: &'a str,
    /// How each call that is over ended.
    calls: Vec<&'static str>,
    /// How the wake-up ended; `null` while it goes on.
    ended: Option<&'static str>,
}

impl Notifier {
    /// Posts the document to `address`, once.
    pub async fn by_webhook(&self, address: &Url, message: &Message<'_>) -> Result<(), NotifyError> {
        let id = message.id.to_string();
        self.post_json(address, &id, message.sent_at.as_second(), body(message)).await
    }

    /// Posts JSON with what the Standard Webhooks specification wants in its head.
    pub(super) async fn post_json(
        &self,
        address: &Url,
        id: &str,
        at: i64,
        body: String,
    ) -> Result<(), NotifyError> {
        let mut request = self
            .http
            .post(address.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", at.to_string());
        if let Some(secret) = &self.settings.secret {
            request = request.header("webhook-signature", signing::signature(secret, id, at, &body));
        }
        self.post(request.body(body)).await
    }
}

fn body(message: &Message<'_>) -> String {
    let facts = message.facts;
    let document = Document {
        id: message.id.to_string(),
        kind: format!("wake_up.{}", facts.news.name()),
        timestamp: message.sent_at.to_string(),
        wake_up: WakeUp {
            id: message.occurrence.to_string(),
            sleeper: facts.sleeper.as_deref(),
            due_at: facts.due.to_string(),
            zone: &facts.zone,
            calls: facts.calls.iter().map(|outcome| outcome.name()).collect(),
            ended: facts.end.map(crate::domain::wake_up::End::name),
        },
        title: &message.words.title,
        text: &message.words.text,
    };
    serde_json::to_string(&document).expect("words and numbers are always JSON")
}
