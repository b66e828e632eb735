//! Requests to the account's server: addresses with `#` overrides, signatures, retries, redirects.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, Method, header};
use url::Url;
use url::form_urlencoded;

use super::http::{self, Failure, Limits, Question, Reply};
use super::ledger::{WebhookKind, WebhookRecord};
use super::office::Office;
use super::signature;

/// Retries carry the same value of this header; it dedupes events, not requests of ours.
const IDEMPOTENCY: HeaderName = HeaderName::from_static("i-twilio-idempotency-token");

const REDIRECTS_MAX: usize = 10;

/// An address of the account's server and how to ask there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// As configured, with its fragment.
    pub url: String,
    pub method: Method,
}

impl Target {
    pub(super) fn post(url: impl Into<String>) -> Self {
        Self { url: url.into(), method: Method::POST }
    }

    /// The address as it is asked and signed: fragments are never sent.
    pub(super) fn address(&self) -> &str {
        self.url.split_once('#').map_or(self.url.as_str(), |(address, _)| address)
    }
}

/// Connection overrides in the fragment: `#rc=2&rp=ct,5xx`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Overrides {
    connect: Duration,
    read: Duration,
    total: Duration,
    retries: u64,
    policy: Vec<String>,
}

impl Overrides {
    fn of(url: &str) -> Self {
        let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
        let value = |key: &str| {
            form_urlencoded::parse(fragment.as_bytes()).find(|(name, _)| name == key).map(|(_, value)| value)
        };
        let number = |key: &str, default: u64, least: u64, most: u64| {
            value(key).and_then(|text| text.parse().ok()).unwrap_or(default).clamp(least, most)
        };
        let policy = value("rp").unwrap_or_else(|| "ct".into());
        Self {
            connect: Duration::from_millis(number("ct", 5_000, 100, 10_000)),
            read: Duration::from_millis(number("rt", 15_000, 100, 15_000)),
            total: Duration::from_millis(number("tt", 15_000, 100, 15_000)),
            retries: number("rc", 1, 0, 5),
            policy: policy.split(',').map(str::to_owned).collect(),
        }
    }

    /// Whether this outcome is tried again.
    fn forgives(&self, outcome: &Result<Reply, Failure>) -> bool {
        let kind = match outcome {
            Ok(reply) if reply.status >= 500 => "5xx",
            Ok(reply) if reply.status >= 400 => "4xx",
            Ok(_) | Err(Failure::TooLarge) => return false,
            Err(Failure::Unknown | Failure::Connect) => "ct",
            Err(Failure::Protocol | Failure::Late) => "rt",
        };
        self.policy.iter().any(|allowed| allowed == kind || allowed == "all")
    }
}

/// One request about a call.
#[derive(Debug, Clone)]
pub(super) struct Webhook<'a> {
    pub sid: &'a str,
    pub kind: WebhookKind,
    pub target: &'a Target,
    pub params: Vec<(String, String)>,
    /// The longest the answer may take; trial accounts have less for documents.
    pub patience: Duration,
}

/// The usual patience.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

impl Office {
    /// Sends a webhook, retries as its address asks, follows redirects, writes everything down.
    /// The final address comes back with the answer: relative addresses in a document are relative to it.
    pub(super) async fn send(self: &Arc<Self>, webhook: Webhook<'_>) -> Result<(Reply, Target), Failure> {
        let overrides = Overrides::of(&webhook.target.url);
        let give_up_at = self.elapsed() + overrides.total.min(webhook.patience);
        let token = self.sid("");
        let mut tries = 0;
        loop {
            let token = (tries > 0).then_some(token.as_str());
            let outcome = self.follow(&webhook, &overrides, give_up_at, token).await;
            let answer = outcome.as_ref().map(|(reply, _)| reply.clone()).map_err(|failure| *failure);
            let again = tries < overrides.retries && self.elapsed() < give_up_at;
            if !again || !overrides.forgives(&answer) {
                return outcome;
            }
            tries += 1;
        }
    }

    /// Sends what a stranger would: the same address, another key.
    pub(super) async fn send_forged(&self, sid: &str, target: &Target, params: Vec<(String, String)>) {
        let limits = Limits { connect: PATIENCE, whole: PATIENCE };
        let webhook =
            Webhook { sid, kind: WebhookKind::Forged, target, params: params.clone(), patience: PATIENCE };
        // Nobody waits for the answer to a forgery; the ledger has it.
        let _ = self.once(&webhook, target, &params, limits, None).await;
    }

    async fn follow(
        &self,
        webhook: &Webhook<'_>,
        overrides: &Overrides,
        give_up_at: Duration,
        token: Option<&str>,
    ) -> Result<(Reply, Target), Failure> {
        let mut target = webhook.target.clone();
        let mut params = webhook.params.clone();
        for _ in 0..=REDIRECTS_MAX {
            let left = give_up_at.saturating_sub(self.elapsed());
            let limits = Limits { connect: overrides.connect, whole: overrides.read.min(left) };
            let reply = self.once(webhook, &target, &params, limits, token).await?;
            let onward = reply.header(&header::LOCATION).filter(|_| (300..400).contains(&reply.status));
            let Some(onward) = onward.and_then(|to| Url::parse(target.address()).ok()?.join(to).ok()) else {
                return Ok((reply, target));
            };
            // 301 and 302 become GET and lose the form; 307 and 308 keep both.
            if !matches!(reply.status, 307 | 308) {
                params.clear();
                target.method = Method::GET;
            }
            target.url = onward.into();
        }
        self.problem(webhook.sid, 11_215, "more than ten redirects");
        Err(Failure::Protocol)
    }

    async fn once(
        &self,
        webhook: &Webhook<'_>,
        target: &Target,
        params: &[(String, String)],
        limits: Limits,
        token: Option<&str>,
    ) -> Result<Reply, Failure> {
        let at = self.elapsed();
        let key = if webhook.kind == WebhookKind::Forged { "guess" } else { &self.options.auth_token };
        let question = question(key, target, params, token)?;
        let outcome = match self.route(&question.url) {
            Some(local) => http::ask(self.pace(), local, &question, limits).await,
            None => Err(Failure::Unknown),
        };
        let body = outcome.as_ref().map(|reply| String::from_utf8_lossy(&reply.body).into_owned());
        let record = WebhookRecord {
            at,
            kind: webhook.kind,
            method: target.method.to_string(),
            url: target.address().to_owned(),
            params: params.to_vec(),
            status: outcome.as_ref().ok().map(|reply| reply.status),
            body: body.unwrap_or_default(),
        };
        self.with_call(webhook.sid, |call| call.webhooks.push(record));
        outcome
    }
}

fn question(
    key: &str,
    target: &Target,
    params: &[(String, String)],
    token: Option<&str>,
) -> Result<Question, Failure> {
    let mut address = target.address().to_owned();
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    let posts = target.method == Method::POST;
    if !posts && !form.is_empty() {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(&form);
    }
    let signature = signature::sign(key, &address, if posts { params } else { &[] });
    let mut headers = vec![
        (HeaderName::from_static(signature::HEADER), signature),
        (header::USER_AGENT, "TwilioProxy/1.1".to_owned()),
        (header::ACCEPT, "*/*".to_owned()),
    ];
    headers.extend(token.map(|token| (IDEMPOTENCY, token.to_owned())));
    let url = Url::parse(&address).map_err(|_| Failure::Unknown)?;
    Ok(Question { method: target.method.clone(), url, headers, form: posts.then_some(form) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16) -> Reply {
        Reply { status, headers: axum::http::HeaderMap::new(), body: bytes::Bytes::new() }
    }

    #[test]
    fn by_default_only_a_failed_connection_is_tried_again_once() {
        let overrides = Overrides::of("https://wake.example.com/call-status/1");
        assert_eq!(overrides.retries, 1);
        assert!(overrides.forgives(&Err(Failure::Connect)));
        assert!(!overrides.forgives(&Err(Failure::Late)));
        assert!(!overrides.forgives(&Ok(reply(500))));
    }

    #[test]
    fn the_fragment_overrides_within_its_ranges() {
        let overrides = Overrides::of("https://wake.example.com/x#rc=9&rp=ct,rt,5xx&ct=50&rt=99999");
        assert_eq!(overrides.retries, 5);
        assert_eq!((overrides.connect, overrides.read), (Duration::from_millis(100), PATIENCE));
        assert!(overrides.forgives(&Ok(reply(503))));
        assert!(overrides.forgives(&Err(Failure::Late)));
        assert!(!overrides.forgives(&Ok(reply(404))));
    }

    #[test]
    fn the_fragment_is_never_sent() {
        assert_eq!(Target::post("https://a.example/x?y=1#rc=3").address(), "https://a.example/x?y=1");
    }
}
