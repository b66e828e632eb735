//! The chat model of traditional mode: one question, one answer, five seconds for everything.
//!
//! Whatever goes wrong is a [`ChatError`]; the caller has a scripted line for each of them.

use std::fmt;
use std::time::Duration;

use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;

use super::{price, wire};
use crate::clock::{self, SharedClock};
use crate::coach::conversation::Message;
use crate::domain::money::MicroDollars;

/// The whole deadline, a retry included: the carrier waits 15 s, a sleepy person much less.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// A retry that has less time than this is not worth its money.
const RETRY_NEEDS: Duration = Duration::from_secs(1);

/// How long to wait before a retry when the server does not say.
const RETRY_AFTER: Duration = Duration::from_millis(300);

/// Longest answer read, in bytes; two sentences in JSON take one.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Which chat model to ask, and how.
#[derive(Clone)]
pub struct ChatSettings {
    /// Such as `https://api.openai.com/v1`; any server that speaks Chat Completions will do.
    pub base_url: Url,
    /// `None` for servers that ask for no key.
    pub api_key: Option<SecretString>,
    /// The model's name.
    pub model: String,
    /// Such as `none`; left out of the request when `None`, for servers that do not know it.
    pub reasoning_effort: Option<String>,
}

// The base URL of a private server may carry a password.
impl fmt::Debug for ChatSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatSettings").field("model", &self.model).finish_non_exhaustive()
    }
}

/// Why there is no answer, by what to do next.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// The turn's time is used up: say something without it.
    #[error("the chat model gave no answer within {0:?}")]
    Late(Duration),
    /// Nobody there, or gone in mid-answer: try again when time is left.
    #[error("the chat model cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// Overloaded or failing: try again when time is left.
    #[error("the chat model is in trouble (HTTP {status})")]
    Busy {
        /// The HTTP status.
        status: u16,
        /// How long the server wants to be left alone; `None` when it did not say.
        retry_after: Option<Duration>,
    },
    /// Trying again cannot help: key, quota, model or request are wrong, and somebody must act.
    #[error("the chat model refuses our request (HTTP {status}, {code})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The vendor's word for it.
        code: String,
    },
    /// It answered, and the answer is no use. It may have cost something all the same.
    #[error("the chat model's answer is unusable: {why}")]
    Unusable {
        /// What is wrong with it.
        why: &'static str,
        /// What it cost.
        cost: MicroDollars,
    },
}

impl ChatError {
    /// How long to wait before a second try; `None` when one cannot help.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unreachable(_) => Some(RETRY_AFTER),
            Self::Busy { retry_after, .. } => Some(retry_after.unwrap_or(RETRY_AFTER)),
            Self::Late(_) | Self::Refused { .. } | Self::Unusable { .. } => None,
        }
    }

    /// What was spent for nothing.
    pub fn cost(&self) -> MicroDollars {
        match self {
            Self::Unusable { cost, .. } => *cost,
            _ => MicroDollars::default(),
        }
    }
}

/// What the model wants to say, unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The next words.
    pub say: String,
    /// The model claims that she is up.
    pub awake: bool,
    /// Why it thinks so.
    pub evidence: String,
    /// Words of hers that tomorrow's call should mention; empty when there are none.
    pub remember: String,
    /// What the answer cost.
    pub cost: MicroDollars,
}

/// A chat model behind a Chat Completions address.
#[derive(Debug, Clone)]
pub struct ChatModel {
    http: reqwest::Client,
    settings: ChatSettings,
    endpoint: Url,
    clock: SharedClock,
}

impl ChatModel {
    /// A model behind `settings.base_url`; nothing is asked yet.
    pub fn new(http: reqwest::Client, settings: ChatSettings, clock: SharedClock) -> Self {
        let mut endpoint = settings.base_url.clone();
        // An address that takes no path is no http address; the request will say so.
        if let Ok(mut path) = endpoint.path_segments_mut() {
            path.pop_if_empty().extend(["chat", "completions"]);
        }
        Self { http, settings, endpoint, clock }
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        &self.settings.model
    }

    /// Asks for the next words, within [`ANSWER_WITHIN`]; tries a second time when that can help.
    pub async fn ask(&self, developer: &str, conversation: &[Message]) -> Result<Answer, ChatError> {
        let request = wire::request(&self.settings, developer, conversation);
        let asked = self.ask_twice(&request);
        match clock::timeout(&*self.clock, ANSWER_WITHIN, asked).await {
            Ok(answer) => answer,
            Err(clock::TimedOut(limit)) => Err(ChatError::Late(limit)),
        }
    }

    async fn ask_twice(&self, request: &Value) -> Result<Answer, ChatError> {
        let deadline = self.clock.elapsed() + ANSWER_WITHIN;
        let error = match self.ask_once(request).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let Some(pause) = error.retry_after() else { return Err(error) };
        if self.clock.elapsed().saturating_add(pause) + RETRY_NEEDS > deadline {
            return Err(error);
        }
        tracing::debug!(%error, "Asking the chat model a second time");
        self.clock.sleep(pause).await;
        self.ask_once(request).await
    }

    async fn ask_once(&self, request: &Value) -> Result<Answer, ChatError> {
        let mut post = self.http.post(self.endpoint.clone()).json(request);
        if let Some(key) = &self.settings.api_key {
            post = post.bearer_auth(key.expose_secret());
        }
        let mut response = post.send().await.map_err(lost)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read(&mut response).await?;
        if status.is_success() {
            return self.understand(&body);
        }
        Err(refusal(status.as_u16(), &headers, &body))
    }

    fn understand(&self, body: &[u8]) -> Result<Answer, ChatError> {
        let nothing = MicroDollars::default();
        let completion: wire::Completion = serde_json::from_slice(body)
            .map_err(|_| ChatError::Unusable { why: "it is no completion", cost: nothing })?;
        let cost = completion.usage.map_or(nothing, |usage| price::cost(&self.settings.model, &usage));
        let unusable = |why| ChatError::Unusable { why, cost };
        let choice = completion.choices.into_iter().next().ok_or_else(|| unusable("it holds no choice"))?;
        if choice.message.refusal.is_some_and(|refusal| !refusal.is_empty()) {
            return Err(unusable("the model would not answer"));
        }
        let content = choice.message.content.filter(|content| !content.trim().is_empty());
        let content = content.ok_or_else(|| unusable("it is empty"))?;
        let turn: wire::Turn =
            serde_json::from_str(&content).map_err(|_| match choice.finish_reason.as_deref() {
                Some("length") => unusable("it was cut short"),
                Some("content_filter") => unusable("it was filtered"),
                _ => unusable("it is not in the agreed form"),
            })?;
        let wire::Turn { say, awake, evidence, remember } = turn;
        Ok(Answer { say, awake, evidence, remember, cost })
    }
}

fn lost(error: reqwest::Error) -> ChatError {
    // The address may carry a password, and is known to the owner anyway.
    ChatError::Unreachable(error.without_url())
}

/// The body, as long as it is no longer than [`ANSWER_BYTES_MAX`].
async fn read(response: &mut reqwest::Response) -> Result<Vec<u8>, ChatError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(ChatError::Unusable { why: "it never ends", cost: MicroDollars::default() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn refusal(status: u16, headers: &HeaderMap, body: &[u8]) -> ChatError {
    let code = wire::error_code(body);
    let lasting =
        code.as_deref() == Some("insufficient_quota") || told(headers, "x-should-retry") == Some("false");
    let passing = matches!(status, 408 | 409 | 429) || (500..=599).contains(&status);
    if passing && !lasting {
        return ChatError::Busy { status, retry_after: wanted_pause(headers) };
    }
    ChatError::Refused { status, code: code.unwrap_or_else(|| "no code".to_owned()) }
}

/// What the server asks for; a date instead of seconds is left unread, and so is nonsense.
fn wanted_pause(headers: &HeaderMap) -> Option<Duration> {
    let number = |name| told(headers, name).and_then(|text| text.trim().parse::<f64>().ok());
    let seconds =
        number("retry-after-ms").map(|millis| millis / 1_000.0).or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn told<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests;
