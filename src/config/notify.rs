//! How the owner is told of what went wrong, and what signs messages to everybody's webhooks.

use secrecy::SecretString;
use url::Url;

use super::public_url;
use super::reader::{Reader, parse_web_address};

/// Where the owner is told; without any of it, the log has to do.
#[derive(Debug, Clone, Default)]
pub struct NotifySettings {
    /// JSON is posted here.
    pub webhook: Option<Url>,
    /// The ntfy topic's address.
    pub ntfy: Option<Url>,
    /// Opens a protected topic on that server.
    pub ntfy_token: Option<SecretString>,
    /// Signs the owner's webhooks, and those of back-up people.
    pub secret: Option<SecretString>,
}

pub(super) fn read(read: &mut Reader) -> NotifySettings {
    let mut address = |name: &str| {
        let url = read.parsed(name, parse_web_address)?;
        if url.scheme() == "http" && !public_url::is_private(&url) {
            read.warning(format!("{name} is not https: what it is told travels in the open"));
        }
        Some(url)
    };
    let (webhook, ntfy) = (address("WAKEUP_NOTIFY_WEBHOOK"), address("WAKEUP_NOTIFY_NTFY"));
    let ntfy_token = read.secret("WAKEUP_NOTIFY_NTFY_TOKEN");
    if ntfy_token.is_some() && ntfy.is_none() {
        read.warning("WAKEUP_NOTIFY_NTFY_TOKEN has no effect without WAKEUP_NOTIFY_NTFY".to_owned());
    }
    NotifySettings { webhook, ntfy, ntfy_token, secret: read.secret("WAKEUP_NOTIFY_SECRET") }
}
