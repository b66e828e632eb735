//! What happens, as it happens: the daemon's stream of server-sent events, line by line.

use anyhow::Context as _;
use reqwest::{Method, Response};

use super::Remote;
use crate::cli::ask;
use crate::desk::dto::{EventShown, WithTranscript};

/// A line longer than this is not one of our events.
const LINE_MAX: usize = 64 * 1024;

/// An open stream of events.
pub struct Events {
    response: Response,
    unread: Vec<u8>,
}

impl Remote {
    /// Opens the stream; it stays open until either side ends.
    pub async fn events(&self, transcript: bool) -> anyhow::Result<Events> {
        let response =
            self.request(Method::GET, &["events"], &WithTranscript { transcript }, None::<&()>).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(Events { response, unread: Vec::new() });
        }
        let text = response.bytes().await.unwrap_or_default();
        Err(self.refused(status, &text))
    }
}

impl Events {
    /// The next event; `None` when the daemon has ended the stream.
    ///
    /// # Cancel safety
    /// What has been read of a line is kept.
    pub async fn next(&mut self) -> anyhow::Result<Option<EventShown>> {
        loop {
            while let Some(line) = self.line() {
                // Event names and the comments that keep the line open tell nothing more. How many events
                // a slow reader lost comes as a bare number.
                match line.strip_prefix("data:").map(str::trim) {
                    Some(data) if data.starts_with('{') => {
                        return Ok(Some(serde_json::from_str(data).context("an event makes no sense")?));
                    }
                    Some(lost) => ask::remark(&format!("({lost} events were lost: too slow)")),
                    None => {}
                }
            }
            anyhow::ensure!(self.unread.len() < LINE_MAX, "an event is too long");
            match self.response.chunk().await.context("the stream of events broke off")? {
                Some(bytes) => self.unread.extend_from_slice(&bytes),
                None => return Ok(None),
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let end = self.unread.iter().position(|byte| *byte == b'\n')?;
        let line: Vec<u8> = self.unread.drain(..=end).collect();
        Some(String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}
