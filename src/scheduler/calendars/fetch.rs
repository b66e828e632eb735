//! Gets a calendar's text: one request, one deadline, one bound. Nothing about the address is repeated in
//! an error, since it may hold a secret.

use std::path::Path;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, LOCATION};
use tokio::io::AsyncReadExt as _;
use url::Url;

use crate::clock::{self, SharedClock};
use crate::store::calendars::CalendarSource;

/// From the first packet to the last; it runs at night, and nobody waits for it.
pub(super) const FETCH_WITHIN: Duration = Duration::from_secs(20);
/// A country's holidays of ten years take about a tenth of this.
pub(super) const TEXT_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Why there is no text. The owner reads these.
#[derive(Debug, thiserror::Error)]
pub enum NotFetched {
    /// Nobody there, or gone in mid-answer.
    #[error("the server cannot be reached, or broke off")]
    Unreachable(#[source] reqwest::Error),
    /// It points elsewhere; where to is the owner's to judge.
    #[error("the server has moved it (HTTP {status}) to {host}: give the new address")]
    Moved {
        /// The HTTP status.
        status: u16,
        /// The host that it points to.
        host: String,
    },
    /// The server refuses, or fails.
    #[error("the server answers HTTP {0}")]
    Status(u16),
    /// It takes too long.
    #[error("it did not arrive within {0:?}")]
    Late(Duration),
    /// It is too long.
    #[error("it is longer than {} KiB", TEXT_BYTES_MAX / 1024)]
    TooLong,
    /// It is not text.
    #[error("it is not text")]
    NotText,
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    File(std::io::ErrorKind),
}

/// The text, within the deadline.
pub(super) async fn fetch(
    http: &reqwest::Client,
    clock: &SharedClock,
    source: &CalendarSource,
) -> Result<String, NotFetched> {
    let bytes = clock::timeout(&**clock, FETCH_WITHIN, async {
        match source {
            CalendarSource::Web(url) => from_web(http, url).await,
            CalendarSource::File(path) => from_file(path).await,
        }
    });
    let bytes = bytes.await.map_err(|late| NotFetched::Late(late.0))??;
    String::from_utf8(bytes).map_err(|_| NotFetched::NotText)
}

async fn from_web(http: &reqwest::Client, url: &Url) -> Result<Vec<u8>, NotFetched> {
    // The error would print the whole address.
    let lost = |error: reqwest::Error| NotFetched::Unreachable(error.without_url());
    let mut response = http.get(url.clone()).header(ACCEPT, "text/calendar").send().await.map_err(lost)?;
    let status = response.status();
    if status.is_redirection() {
        return Err(NotFetched::Moved { status: status.as_u16(), host: host_of_redirect(&response, url) });
    }
    if status != StatusCode::OK {
        return Err(NotFetched::Status(status.as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > TEXT_BYTES_MAX {
            return Err(NotFetched::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn host_of_redirect(response: &reqwest::Response, from: &Url) -> String {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    let target = location.and_then(|location| from.join(location).ok());
    let described = target.map(|url| format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default()));
    described.unwrap_or_else(|| "nowhere".to_owned())
}

async fn from_file(path: &Path) -> Result<Vec<u8>, NotFetched> {
    let failed = |error: std::io::Error| NotFetched::File(error.kind());
    // A pipe or a device would be waited for, or never end.
    if !tokio::fs::metadata(path).await.map_err(failed)?.is_file() {
        return Err(NotFetched::File(std::io::ErrorKind::InvalidInput));
    }
    let file = tokio::fs::File::open(path).await.map_err(failed)?;
    let mut body = Vec::new();
    let bound = u64::try_from(TEXT_BYTES_MAX + 1).unwrap_or(u64::MAX);
    file.take(bound).read_to_end(&mut body).await.map_err(failed)?;
    if body.len() > TEXT_BYTES_MAX { Err(NotFetched::TooLong) } else { Ok(body) }
}
