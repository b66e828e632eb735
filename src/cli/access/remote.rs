//! The desk of a running daemon, over its API.

mod events;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use reqwest::{Method, Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::{Host, Url};

use super::explained;
use crate::cli::ask;
use crate::clock::{self, SharedClock, SystemClock};
use crate::config::{Whereabouts, admin_token};
use crate::http;

/// A call is placed before the daemon answers, and the carrier may take its time.
const PATIENCE: Duration = Duration::from_secs(30);

/// The desk of a running daemon.
pub struct Remote {
    base: Url,
    token: SecretString,
    client: reqwest::Client,
    clock: SharedClock,
    /// The database it holds, when that is how we know that it runs.
    holds: Option<PathBuf>,
}

impl Remote {
    /// The daemon that has the same settings as we.
    pub(super) fn of(here: &Whereabouts) -> anyhow::Result<Self> {
        let base = format!("http://{}", here.admin).parse().expect("an address with a port makes a URL");
        Self::at(base, here)
    }

    /// The daemon at `base`.
    pub(super) fn at(base: Url, here: &Whereabouts) -> anyhow::Result<Self> {
        let token = match &here.admin_token {
            Some(token) => token.clone(),
            // The kept token opens the daemon of this machine; another one must not even see it.
            None if is_this_machine(&base) => admin_token::find(&here.database)?.with_context(|| {
                let place = admin_token::path(&here.database).unwrap_or_default();
                format!(
                    "there is no admin token in {}: set ADMIN_TOKEN as the program has it",
                    place.display()
                )
            })?,
            None => bail!("set ADMIN_TOKEN to the token of the program at {base}"),
        };
        if base.scheme() == "http" && !is_this_machine(&base) {
            ask::remark(&format!("The token goes to {base} unencrypted: anybody on the way can read it."));
        }
        Ok(Self { base, token, client: http::client(), clock: SystemClock::shared(), holds: None })
    }

    /// Remembers what the daemon holds, for when it does not answer.
    pub(super) fn holding(self, database: &Path) -> Self {
        Self { holds: Some(database.to_owned()), ..self }
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> anyhow::Result<T> {
        self.ask(Method::GET, path, &(), None::<&()>).await
    }

    pub(super) async fn find<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &impl Serialize,
    ) -> anyhow::Result<T> {
        self.ask(Method::GET, path, query, None::<&()>).await
    }

    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        self.ask(method, path, &(), Some(body)).await
    }

    pub(super) async fn delete<T: DeserializeOwned>(&self, path: &[&str]) -> anyhow::Result<T> {
        self.ask(Method::DELETE, path, &(), None::<&()>).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &impl Serialize,
        body: Option<&impl Serialize>,
    ) -> anyhow::Result<T> {
        let answered = async {
            let response = self.request(method, path, query, body).await?;
            let status = response.status();
            let text =
                response.bytes().await.with_context(|| format!("{} stopped in mid-answer", self.base))?;
            self.read(status, &text)
        };
        clock::timeout(&*self.clock, PATIENCE, answered)
            .await
            .with_context(|| format!("{} does not answer", self.base))?
    }

    async fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &impl Serialize,
        body: Option<&impl Serialize>,
    ) -> anyhow::Result<Response> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| anyhow!("{} is not a web address", self.base))?
            .pop_if_empty()
            .extend(["api", "v1"])
            .extend(path);
        for (name, value) in pairs(query)? {
            url.query_pairs_mut().append_pair(&name, &value);
        }
        let mut request = self.client.request(method, url).bearer_auth(self.token.expose_secret());
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.map_err(|error| self.unreachable(error))
    }

    fn unreachable(&self, error: reqwest::Error) -> anyhow::Error {
        let base = &self.base;
        let said = match &self.holds {
            Some(database) => format!(
                "{} is in use by a running wakeup-coach, but nothing answers at {base}: say where it listens with \
                 --url, or with the HOST, PORT and ADMIN_LISTEN it was started with",
                database.display()
            ),
            None if !error.is_connect() => format!("no wakeup-coach answers at {base}"),
            None => format!(
                "nothing answers at {base}; is it running? --url says where it listens, or the HOST, PORT and \
                 ADMIN_LISTEN it was started with"
            ),
        };
        // Over http the rest is the library's words for the same; certificates are another matter.
        if base.scheme() == "http" && error.is_connect() {
            return anyhow::Error::msg(said);
        }
        anyhow::Error::new(error).context(said)
    }

    fn read<T: DeserializeOwned>(&self, status: StatusCode, text: &[u8]) -> anyhow::Result<T> {
        let base = &self.base;
        if status.is_success() {
            // An answer without content is read as `null`.
            let text = if text.is_empty() { b"null" } else { text };
            return serde_json::from_slice(text).with_context(|| {
                format!("{base} answers what this version does not understand; is it another version, or another program?")
            });
        }
        Err(self.refused(status, text))
    }

    /// What an answer that is not a success says.
    fn refused(&self, status: StatusCode, text: &[u8]) -> anyhow::Error {
        let base = &self.base;
        if status == StatusCode::UNAUTHORIZED {
            return anyhow!(
                "the program at {base} does not accept the token: set ADMIN_TOKEN as it has it, or run this where \
                 its database lies"
            );
        }
        let problem: Option<Value> = serde_json::from_slice(text).ok();
        let Some(said) = problem.as_ref().and_then(said_by) else {
            return anyhow!("{base} answers {status}; is it another version, or another program?");
        };
        let misunderstood = matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY);
        explained(&said, "", misunderstood)
    }
}

/// What a problem document says: of its fields, if it names any, or as a whole.
fn said_by(problem: &Value) -> Option<String> {
    let detail = |of: &Value| of.get("detail").and_then(Value::as_str).map(str::to_owned);
    let fields = problem.get("errors").and_then(Value::as_array).into_iter().flatten();
    let said: Vec<String> = fields.filter_map(detail).collect();
    if said.is_empty() { detail(problem) } else { Some(said.join(" ")) }
}

/// The fields of a request as they stand in a query; those that are not set do not.
fn pairs(query: &impl Serialize) -> anyhow::Result<Vec<(String, String)>> {
    let Value::Object(fields) = serde_json::to_value(query)? else { return Ok(Vec::new()) };
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name, text(value)))
        .collect())
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests;
